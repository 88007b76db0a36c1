//! Which brands list which instruments: every brand every one of them, until a listing is closed. Rules:
//! docs/rules/protection.md, P-15. Every order passes here: where its instrument has closed listings, that costs a word
//! and a bit of it.

/// Brand ids from here up have no bit.
pub const BRANDS_MAX: u32 = 65_536;
const WORD: u32 = 64;
/// Words of an instrument that the highest of them does not list.
pub const WORDS_MAX: usize = 1_024;

/// Of each instrument, by its place, a bit for each brand that does not list it, by the brand's id. No last word is 0.
#[derive(Clone, Debug, Default)]
pub struct Listings {
    closed: Vec<Vec<u64>>,
}

impl Listings {
    /// Whether a brand does not list an instrument.
    #[inline]
    #[must_use]
    pub fn is_closed(&self, place: usize, brand: u32) -> bool {
        let word = self.words(place).get(word_of(brand)).copied().unwrap_or(0);
        word & bit_of(brand) != 0
    }

    /// Close a listing or open it again, of a brand below `BRANDS_MAX`.
    pub fn set(&mut self, place: usize, brand: u32, closed: bool) {
        if closed {
            self.close(place, brand);
        } else if let Some(words) = self.closed.get_mut(place) {
            if let Some(word) = words.get_mut(word_of(brand)) {
                *word &= !bit_of(brand);
            }
            while words.last() == Some(&0) {
                words.pop();
            }
        }
    }

    fn close(&mut self, place: usize, brand: u32) {
        if self.closed.len() <= place {
            self.closed.resize(place.saturating_add(1), Vec::new());
        }
        let Some(words) = self.closed.get_mut(place) else { return };
        let needed = word_of(brand).saturating_add(1);
        if words.len() < needed {
            words.reserve_exact(needed.saturating_sub(words.len()));
            words.resize(needed, 0);
        }
        if let Some(word) = words.get_mut(word_of(brand)) {
            *word |= bit_of(brand);
        }
    }

    /// The bits of an instrument; nothing where every brand lists it.
    #[inline]
    #[must_use]
    pub fn words(&self, place: usize) -> &[u64] {
        self.closed.get(place).map_or(&[], Vec::as_slice)
    }

    /// The brands that do not list an instrument, by id.
    pub fn closed_by(&self, place: usize) -> impl Iterator<Item = u32> {
        let words = (0_u32..).step_by(64).zip(self.words(place));
        words.flat_map(|(first, word)| {
            let brands = (first..).take(64).filter(|brand| word & bit_of(*brand) != 0);
            brands.collect::<Vec<u32>>()
        })
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.closed.iter().all(Vec::is_empty)
    }
}

#[inline]
fn word_of(brand: u32) -> usize {
    usize::try_from(brand.div_euclid(WORD)).unwrap_or(usize::MAX)
}

/// The brand's bit in its word: as many places to the left as the id has over whole words.
#[inline]
const fn bit_of(brand: u32) -> u64 {
    1_u64.rotate_left(brand)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_closed_is_closed_until_it_is_opened_and_takes_no_more_words_than_it_needs(
            steps in proptest::collection::vec((0_usize..3, 0_u32..200, any::<bool>()), 0..200)
        ) {
            let (mut listings, mut known) = (Listings::default(), BTreeSet::new());
            for (place, brand, closed) in steps {
                listings.set(place, brand, closed);
                if closed { known.insert((place, brand)); } else { known.remove(&(place, brand)); }
                prop_assert_eq!(listings.is_closed(place, brand), closed);
            }
            prop_assert_eq!(listings.is_empty(), known.is_empty());
            for place in 0..4 {
                let brands: Vec<u32> = known.iter().filter(|one| one.0 == place).map(|one| one.1).collect();
                prop_assert_eq!(listings.closed_by(place).collect::<Vec<u32>>(), brands.clone());
                let words = brands.last().map_or(0, |brand| word_of(*brand) + 1);
                prop_assert_eq!(listings.words(place).len(), words);
                for brand in 0..300 {
                    prop_assert_eq!(listings.is_closed(place, brand), known.contains(&(place, brand)));
                }
            }
        }
    }

    #[test]
    fn the_highest_brand_has_a_bit_and_the_others_of_its_instrument_none() {
        let mut listings = Listings::default();
        listings.set(7, BRANDS_MAX - 1, true);
        assert!(listings.is_closed(7, BRANDS_MAX - 1));
        assert!(!listings.is_closed(7, 63) && !listings.is_closed(6, BRANDS_MAX - 1));
        assert!(!listings.is_closed(7, BRANDS_MAX) && !listings.is_closed(7, u32::MAX));
        assert_eq!(listings.words(7).len(), WORDS_MAX);
    }
}
