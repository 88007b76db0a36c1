//! From an id to a place, for ids that are given out in turn: a table, in chunks that are made when an id falls into
//! them, so that it grows without a stall and a lonely id costs one chunk. Ids beyond the table are hashed.

use crate::fault::{Step, broken};
use crate::index::Index;

const CHUNK: usize = 1_024;
/// Ids below this have their place in the table; a lonely one makes at most 8 KiB of places for chunks.
const DIRECT: u64 = 1 << 20;
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug, Default)]
pub struct Direct {
    chunks: Vec<Option<Box<[u32; CHUNK]>>>,
    beyond: Index,
}

impl Direct {
    /// The place of an id; `is_it` says whether what lies at a place has it, where that is not certain.
    #[inline(always)]
    #[must_use]
    pub fn find(&self, id: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        if id >= DIRECT {
            return self.beyond.find(id, is_it);
        }
        let (chunk, slot) = split(id);
        let place = *self.chunks.get(chunk)?.as_ref()?.get(slot)?;
        if place == NONE { None } else { Some(place) }
    }

    /// Note an id's place. The id is not in use.
    pub fn insert(&mut self, id: u64, place: u32) -> Step<()> {
        if id >= DIRECT {
            return self.beyond.insert(id, place);
        }
        let (chunk, slot) = split(id);
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk.saturating_add(1), None);
        }
        let chunk = self.chunks.get_mut(chunk).ok_or(broken(&"no such chunk of ids"))?;
        let row = chunk.get_or_insert_with(|| Box::new([NONE; CHUNK]));
        *row.get_mut(slot).ok_or(broken(&"no such id"))? = place;
        Ok(())
    }
}

#[inline(always)]
fn split(id: u64) -> (usize, usize) {
    let id = usize::try_from(id).unwrap_or(usize::MAX);
    (id / CHUNK, id % CHUNK)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::as_conversions, clippy::indexing_slicing)] // tests are free
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_are_found_on_both_sides_of_the_table_and_no_others(
            ids in prop::collection::hash_set(prop_oneof![0_u64..3_000, (DIRECT - 500)..(DIRECT + 500), any::<u64>()], 1..500),
            others in prop::collection::vec(prop_oneof![0_u64..3_000, (DIRECT - 500)..(DIRECT + 500)], 100),
        ) {
            let rows: Vec<u64> = ids.into_iter().collect();
            let mut direct = Direct::default();
            for (place, id) in rows.iter().enumerate() {
                direct.insert(*id, place as u32).unwrap();
            }
            for id in rows.iter().chain(&others) {
                let found = direct.find(*id, |place| rows[place as usize] == *id);
                prop_assert_eq!(found, rows.iter().position(|row| row == id).map(|place| place as u32));
            }
        }
    }
}
