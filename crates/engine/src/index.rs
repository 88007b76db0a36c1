//! From an id to a place: a hash table that grows by one bucket at a time, so that no insertion ever waits for a
//! doubling (linear hashing). It keeps 32 bits of each id's hash beside the place; whoever owns the rows compares the
//! whole id. Nothing iterates over it, so its order is never seen.

use wide::u32x8;

use crate::fault::{Step, broken};

const SLOTS: usize = 7;
const SLOT_BITS: u32 = (1 << SLOTS) - 1;
const FILL: usize = 4; // ids a bucket has on average before another is added
const CHUNK: usize = 256; // buckets that are allocated together
const NONE: u32 = u32::MAX;

/// One cache line.
#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tags: [u32; SLOTS + 1],
    /// Where each tag's id is, NONE in a free slot; and behind them a bucket of `spill`, when there are more than SLOTS.
    places: [u32; SLOTS + 1],
}

const EMPTY: Bucket = Bucket { tags: [0; SLOTS + 1], places: [NONE; SLOTS + 1] };

#[derive(Clone, Debug)]
pub struct Index {
    chunks: Vec<Box<[Bucket; CHUNK]>>,
    spill: Vec<Bucket>,
    free_spill: Vec<u32>,
    count: usize,
    buckets: usize,
    /// Buckets at the last full doubling, a power of two.
    level: usize,
    /// The two masks that choose a tag's bucket.
    narrow: usize,
    wide: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            chunks: vec![Box::new([EMPTY; CHUNK])],
            spill: Vec::new(),
            free_spill: Vec::new(),
            count: 0,
            buckets: CHUNK,
            level: CHUNK,
            narrow: CHUNK - 1,
            wide: 2 * CHUNK - 1,
        }
    }
}

impl Bucket {
    /// One bit for each slot with this tag; all are compared at once, with no branch to be guessed wrong.
    #[inline(always)]
    fn hits(&self, tag: u32) -> u32 {
        equal(&self.tags, tag)
    }

    /// The slot of a place, which stands but once; of NONE, the first free one.
    #[inline(always)]
    fn slot(&self, place: u32) -> Option<usize> {
        let hits = equal(&self.places, place);
        if hits == 0 { None } else { Some(slot_of(hits)) }
    }

    #[inline(always)]
    const fn more(&self) -> u32 {
        let [.., more] = self.places;
        more
    }

    /// Put an id's place into a slot.
    #[inline(always)]
    fn set(&mut self, slot: usize, tag: u32, place: u32) -> Step<()> {
        *self.tags.get_mut(slot).ok_or(broken(&"no such slot"))? = tag;
        *self.places.get_mut(slot).ok_or(broken(&"no such slot"))? = place;
        Ok(())
    }
}

#[inline(always)]
fn equal(row: &[u32; SLOTS + 1], word: u32) -> u32 {
    u32x8::new(*row).simd_eq(u32x8::splat(word)).to_bitmask() & SLOT_BITS
}

impl Index {
    /// The place of an id; `is_it` says whether what lies at a place has it.
    #[must_use]
    #[inline]
    pub fn find(&self, id: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = tag_of(id);
        let mut bucket = self.bucket(self.number(tag))?;
        loop {
            let mut hits = bucket.hits(tag);
            while hits != 0 {
                let place = bucket.places.get(slot_of(hits)).copied().unwrap_or(NONE);
                if place != NONE && is_it(place) {
                    return Some(place);
                }
                hits &= hits.wrapping_sub(1);
            }
            if bucket.more() == NONE {
                return None;
            }
            bucket = self.spill.get(usize::try_from(bucket.more()).ok()?)?;
        }
    }

    /// Read the bucket an id would be in, to have it near.
    #[inline(always)]
    #[must_use]
    pub fn peek(&self, id: u64) -> u32 {
        self.bucket(self.number(tag_of(id))).map_or(0, Bucket::more)
    }

    /// Note an id's place. The id is not in use.
    #[inline]
    pub fn insert(&mut self, id: u64, place: u32) -> Step<()> {
        let tag = tag_of(id);
        self.put(self.number(tag), tag, place)?;
        self.count = self.count.saturating_add(1);
        if self.count > self.buckets.saturating_mul(FILL) {
            self.split()?;
        }
        Ok(())
    }

    /// As many buckets as so many ids will have, so that none is split on the way. Takes as long as what is in there.
    pub fn make_room(&mut self, ids: usize) -> Step<()> {
        let wanted = ids.checked_div(FILL).unwrap_or(0).next_multiple_of(CHUNK);
        if wanted <= self.buckets {
            return Ok(());
        }
        let mut entries = Vec::new();
        for bucket in 0..self.buckets {
            entries.append(&mut self.drain(bucket)?);
        }
        self.chunks.resize_with(wanted.checked_div(CHUNK).unwrap_or(1), || Box::new([EMPTY; CHUNK]));
        self.buckets = wanted;
        self.level = wanted.checked_ilog2().and_then(|bits| 1_usize.checked_shl(bits)).unwrap_or(CHUNK);
        self.narrow = self.level.saturating_sub(1);
        self.wide = self.level.saturating_mul(2).saturating_sub(1);
        entries.into_iter().try_for_each(|(tag, place)| self.put(self.number(tag), tag, place))
    }

    /// Forget an id's place.
    pub fn remove(&mut self, id: u64, place: u32) -> Step<()> {
        let tag = tag_of(id);
        let mut at = At::Table(self.number(tag));
        loop {
            let bucket = self.at_mut(at).ok_or(broken(&"id without its bucket"))?;
            if let Some(slot) = bucket.slot(place) {
                bucket.set(slot, 0, NONE)?;
                self.count = self.count.saturating_sub(1);
                return Ok(());
            }
            let more = bucket.more();
            if more == NONE {
                return Err(broken(&"id is not in the index"));
            }
            at = At::Spill(more);
        }
    }

    /// Add one bucket and share out the entries of the one that it splits from.
    #[cold]
    #[inline(never)]
    fn split(&mut self) -> Step<()> {
        let from = self.buckets.checked_sub(self.level).ok_or(broken(&"index without buckets"))?;
        if self.buckets.is_multiple_of(CHUNK) {
            self.chunks.push(Box::new([EMPTY; CHUNK]));
        }
        let into = self.buckets;
        self.buckets = self.buckets.saturating_add(1);
        let bit = self.level;
        if self.buckets == self.level.saturating_mul(2) {
            self.level = self.buckets;
            self.narrow = self.level.saturating_sub(1);
            self.wide = self.level.saturating_mul(2).saturating_sub(1);
        }
        let entries = self.drain(from)?;
        for (tag, place) in entries {
            let goes = usize::try_from(tag >> 2).map_or(0, |tag| tag & bit) != 0;
            self.put(if goes { into } else { from }, tag, place)?;
        }
        Ok(())
    }

    /// Take everything out of a bucket and what hangs on it.
    fn drain(&mut self, number: usize) -> Step<Vec<(u32, u32)>> {
        let mut entries = Vec::new();
        let mut at = At::Table(number);
        loop {
            let bucket = self.at_mut(at).ok_or(broken(&"no such bucket"))?;
            let slots = bucket.tags.iter().copied().zip(bucket.places).take(SLOTS);
            entries.extend(slots.filter(|(_, place)| *place != NONE));
            let more = bucket.more();
            *bucket = EMPTY;
            if let At::Spill(place) = at {
                self.free_spill.push(place);
            }
            if more == NONE {
                return Ok(entries);
            }
            at = At::Spill(more);
        }
    }

    #[inline]
    fn put(&mut self, number: usize, tag: u32, place: u32) -> Step<()> {
        let mut at = At::Table(number);
        loop {
            let bucket = self.at_mut(at).ok_or(broken(&"no such bucket"))?;
            if let Some(slot) = bucket.slot(NONE) {
                return bucket.set(slot, tag, place);
            }
            let mut more = bucket.more();
            if more == NONE {
                more = self.fresh_spill()?;
                let [.., link] = &mut self.at_mut(at).ok_or(broken(&"no such bucket"))?.places;
                *link = more;
            }
            at = At::Spill(more);
        }
    }

    #[cold]
    #[inline(never)]
    fn fresh_spill(&mut self) -> Step<u32> {
        if let Some(place) = self.free_spill.pop() {
            return Ok(place);
        }
        self.spill.push(EMPTY);
        let place = self.spill.len().checked_sub(1).and_then(|place| u32::try_from(place).ok());
        place.ok_or(broken(&"index is full"))
    }

    /// Which bucket a tag belongs to now: four neighbours go to one.
    #[inline(always)]
    fn number(&self, tag: u32) -> usize {
        let tag = usize::try_from(tag >> 2).unwrap_or(0);
        let wide = tag & self.wide;
        if wide < self.buckets { wide } else { tag & self.narrow }
    }

    #[inline(always)]
    fn bucket(&self, number: usize) -> Option<&Bucket> {
        self.chunks.get(number / CHUNK)?.get(number % CHUNK)
    }

    #[inline(always)]
    fn at_mut(&mut self, at: At) -> Option<&mut Bucket> {
        match at {
            At::Table(number) => self.chunks.get_mut(number / CHUNK)?.get_mut(number % CHUNK),
            At::Spill(place) => usize::try_from(place).ok().and_then(|place| self.spill.get_mut(place)),
        }
    }
}

#[derive(Clone, Copy)]
enum At {
    Table(usize),
    Spill(u32),
}

/// The slot of the lowest hit.
#[inline(always)]
fn slot_of(hits: u32) -> usize {
    usize::try_from(hits.trailing_zeros()).unwrap_or(SLOTS)
}

/// 30 well-mixed bits of an id's group of four neighbours, and which of the four it is. New ids are given out in turn,
/// so that those who come together lie together, and which groups share a bucket is nobody's choice.
#[inline(always)]
fn tag_of(id: u64) -> u32 {
    let mixed = (id >> 2).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let group = u32::try_from((mixed ^ (mixed >> 29)) >> 32).unwrap_or(0);
    (group << 2) | u32::try_from(id & 3).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::as_conversions, clippy::indexing_slicing)] // tests are free
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_put_in_is_found_and_what_was_taken_out_is_not(
            ids in prop::collection::hash_set(any::<u64>(), 1..4_000), every in 2_usize..5, room in 0_usize..8_000
        ) {
            let rows: Vec<u64> = ids.into_iter().collect();
            let mut index = Index::default();
            for (place, id) in rows.iter().enumerate() {
                if place == rows.len() / 3 {
                    index.make_room(room).unwrap();
                }
                index.insert(*id, place as u32).unwrap();
            }
            for (place, id) in rows.iter().enumerate().filter(|(place, _)| place % every == 0) {
                index.remove(*id, place as u32).unwrap();
            }
            for (place, id) in rows.iter().enumerate() {
                let found = index.find(*id, |place| rows[place as usize] == *id);
                prop_assert_eq!(found, (place % every != 0).then_some(place as u32));
            }
        }
    }
}
