//! Which brands list which instruments: every brand every one of them, until a listing is closed. Rules:
//! docs/rules/protection.md, P-15.
//!
//! Every order passes here. An instrument knows where its bits are, one for each brand by the brand's id, as far as a
//! brand does not list it: so that an order pays a comparison where every brand does, and else one word.

/// Brand ids from here up have no bit.
pub const BRANDS_MAX: u32 = 65_536;
/// Words of an instrument that the highest of them does not list.
pub const WORDS_MAX: usize = 1_024;

/// Where the bits of an instrument are. No last word is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    first: u32,
    words: u32,
}

impl Row {
    /// Whether every brand lists the instrument.
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.words == 0
    }

    /// So many words have come, or gone, before it.
    pub const fn moved(&mut self, by: Moved) {
        self.first = by.applied(self.first);
    }
}

/// How many words behind a row have moved on or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    On(u32),
    Back(u32),
}

impl Moved {
    pub const NOT: Self = Self::On(0);

    const fn applied(self, place: u32) -> u32 {
        match self {
            Self::On(words) => place.saturating_add(words),
            Self::Back(words) => place.saturating_sub(words),
        }
    }
}

/// The bits of all instruments, one behind the other in the order of their places.
#[derive(Clone, Debug, Default)]
pub struct Listings {
    words: Vec<u64>,
}

impl Listings {
    /// The row of an instrument behind all others, which every brand lists.
    #[must_use]
    pub fn fresh(&self) -> Row {
        Row { first: u32::try_from(self.words.len()).unwrap_or(u32::MAX), words: 0 }
    }

    /// Whether a brand does not list an instrument.
    #[inline(always)]
    #[must_use]
    pub fn is_closed(&self, row: Row, brand: u32) -> bool {
        let word = word_of(brand);
        word < row.words
            && self.words.get(index(row.first.wrapping_add(word))).is_some_and(|bits| (bits >> (brand & 63)) & 1 == 1)
    }

    /// Close a listing or open it again, of a brand below `BRANDS_MAX`. Gives by how much all rows behind it move.
    pub fn set(&mut self, row: &mut Row, brand: u32, closed: bool) -> Moved {
        let before = row.words;
        if closed {
            self.grow(row, word_of(brand).saturating_add(1));
        }
        if word_of(brand) < row.words
            && let Some(bits) = self.words.get_mut(index(row.first.saturating_add(word_of(brand))))
        {
            *bits = if closed { *bits | bit_of(brand) } else { *bits & !bit_of(brand) };
        }
        self.trim(row);
        match row.words.checked_sub(before) {
            Some(more) => Moved::On(more),
            None => Moved::Back(before.saturating_sub(row.words)),
        }
    }

    /// At least so many words.
    fn grow(&mut self, row: &mut Row, words: u32) {
        let end = index(row.first.saturating_add(row.words));
        let more = words.saturating_sub(row.words);
        if more > 0 && end <= self.words.len() {
            self.words.splice(end..end, std::iter::repeat_n(0, index(more)));
            row.words = words;
        }
    }

    /// Without last words of 0.
    fn trim(&mut self, row: &mut Row) {
        let kept = self.bits(*row).iter().rposition(|bits| *bits != 0).map_or(0, |last| last.saturating_add(1));
        let (from, end) = (index(row.first).saturating_add(kept), index(row.first.saturating_add(row.words)));
        if from < end && end <= self.words.len() {
            self.words.drain(from..end);
            row.words = u32::try_from(kept).unwrap_or(u32::MAX);
        }
    }

    /// The bits of an instrument; nothing where every brand lists it.
    #[must_use]
    pub fn bits(&self, row: Row) -> &[u64] {
        self.words.get(index(row.first)..index(row.first.saturating_add(row.words))).unwrap_or_default()
    }

    /// The brands that do not list an instrument, by id.
    pub fn closed_by(&self, row: Row) -> impl Iterator<Item = u32> {
        let words = (0_u32..).step_by(64).zip(self.bits(row));
        words.flat_map(|(first, bits)| {
            let brands = (first..).take(64).filter(|brand| bits & bit_of(*brand) != 0);
            brands.collect::<Vec<u32>>()
        })
    }

    /// Whether every brand lists everything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

#[inline(always)]
const fn word_of(brand: u32) -> u32 {
    brand >> 6
}

/// The brand's bit in its word: as many places to the left as the id has over whole words.
#[inline(always)]
const fn bit_of(brand: u32) -> u64 {
    1_u64.rotate_left(brand)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// As the configuration does it.
    fn set(listings: &mut Listings, rows: &mut [Row], place: usize, brand: u32, closed: bool) {
        let mut from = rows.iter_mut().skip(place);
        let moved = from.next().map_or(Moved::NOT, |row| listings.set(row, brand, closed));
        from.for_each(|row| row.moved(moved));
    }

    proptest! {
        #[test]
        fn what_is_closed_is_closed_until_it_is_opened_and_takes_no_more_words_than_it_needs(
            steps in proptest::collection::vec((0_usize..4, 0_u32..300, any::<bool>()), 0..200)
        ) {
            let (mut listings, mut rows, mut known) = (Listings::default(), [Row::default(); 4], BTreeSet::new());
            for (place, brand, closed) in steps {
                set(&mut listings, &mut rows, place, brand, closed);
                if closed { known.insert((place, brand)); } else { known.remove(&(place, brand)); }
                prop_assert_eq!(rows.get(place).map(|row| listings.is_closed(*row, brand)), Some(closed));
            }
            prop_assert_eq!(listings.is_empty(), known.is_empty());
            for (place, row) in rows.into_iter().enumerate() {
                let brands: Vec<u32> = known.iter().filter(|one| one.0 == place).map(|one| one.1).collect();
                prop_assert_eq!(listings.closed_by(row).collect::<Vec<u32>>(), brands.clone());
                prop_assert_eq!(row.words, brands.last().map_or(0, |brand| word_of(*brand) + 1));
                prop_assert_eq!(row.is_empty(), brands.is_empty());
                for brand in 0..400 {
                    prop_assert_eq!(listings.is_closed(row, brand), known.contains(&(place, brand)));
                }
            }
            let words: usize = rows.iter().map(|row| index(row.words)).sum();
            prop_assert_eq!(listings.words.len(), words);
            prop_assert_eq!(listings.fresh(), Row { first: u32::try_from(words).unwrap_or(0), words: 0 });
        }
    }

    #[test]
    fn the_highest_brand_has_a_bit_and_the_others_of_its_instrument_none() {
        let (mut listings, mut rows) = (Listings::default(), [Row::default(); 2]);
        set(&mut listings, &mut rows, 0, BRANDS_MAX - 1, true);
        assert!(listings.is_closed(rows[0], BRANDS_MAX - 1));
        assert!(!listings.is_closed(rows[0], 63) && !listings.is_closed(rows[1], BRANDS_MAX - 1));
        assert!(!listings.is_closed(rows[0], BRANDS_MAX) && !listings.is_closed(rows[0], u32::MAX));
        assert_eq!(listings.bits(rows[0]).len(), WORDS_MAX);
    }
}
