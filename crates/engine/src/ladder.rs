//! The prices of one side of a book: where each price's level is, and which is the best.
//!
//! Prices lie in pages of 16 neighbours, so that a busy market's levels lie together and coming to one is arithmetic,
//! not a search. The pages of a side are a sorted array with the best one last, where nearly all changes happen; it
//! changes only when a page gets its first level or loses its last, so that no price walk and no sweep moves much.
//! Beside it, each page is noted under the low bits of its number, where it is nearly always found at once.

use crate::fault::{Step, broken};
use crate::slab::{Blank, Slab};
use crate::words::Side;

pub const NONE: u32 = u32::MAX;
const BITS: u32 = 4;
const PAGE: usize = 1 << BITS;
const SLOT: u32 = (1 << BITS) - 1;
const HINTS: usize = 64;

/// All orders at one price, first come at the head.
#[repr(align(32))]
#[derive(Clone, Copy, Debug)]
pub struct Level {
    pub price: i64,
    pub total: i64,
    pub orders: u32,
    pub head: u32,
    pub tail: u32,
    pub side: Side,
}

const _: () = assert!(std::mem::size_of::<Level>() == 32);

/// The levels of 16 neighbouring prices.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    levels: [Level; PAGE],
    /// The prices' common high bits.
    number: i64,
    /// One bit for each level that has orders.
    used: u16,
}

/// Memory for the pages of all books.
pub type Pages = Slab<Page>;

#[derive(Clone, Copy, Debug)]
struct Place {
    number: i64,
    page: u32,
}

#[derive(Clone, Debug)]
pub struct Ladder {
    side: Side,
    /// The level at the best price, and that price; NONE and 0 where the side is empty.
    best: u32,
    best_price: i64,
    places: Vec<Place>,
    hints: [u32; HINTS],
}

impl Ladder {
    #[must_use]
    pub const fn new(side: Side) -> Self {
        Self { side, best: NONE, best_price: 0, places: Vec::new(), hints: [NONE; HINTS] }
    }

    /// The best price.
    #[inline(always)]
    #[must_use]
    pub const fn best(&self) -> Option<i64> {
        if self.best == NONE { None } else { Some(self.best_price) }
    }

    /// The level at the best price, NONE where the side is empty.
    #[inline(always)]
    #[must_use]
    pub const fn first(&self) -> u32 {
        self.best
    }

    /// The level of a price, which an order is about to join; made when the price has none.
    #[inline]
    pub fn level(&mut self, pages: &mut Pages, price: i64) -> Step<u32> {
        let number = price >> BITS;
        let slot = slot_of(price);
        let hint = *self.hints.get(hint_of(number)).unwrap_or(&NONE);
        let page = match pages.get(hint) {
            Some(page) if page.number == number => hint,
            _ => self.page(pages, number)?,
        };
        let level = (page << BITS) | slot;
        let row = pages.at_mut(page)?;
        let bit = 1 << slot;
        if row.used & bit == 0 {
            row.used |= bit;
            *level_mut(row, slot)? = Level { price, total: 0, orders: 0, head: NONE, tail: NONE, side: self.side };
            if self.best == NONE || self.side.is_better(price, self.best_price) {
                (self.best, self.best_price) = (level, price);
            }
        }
        Ok(level)
    }

    /// The level of a price, where the hint tells it.
    #[inline(always)]
    #[must_use]
    pub fn peek<'a>(&self, pages: &'a Pages, price: i64) -> Option<&'a Level> {
        let page = pages.get(*self.hints.get(hint_of(price >> BITS))?)?;
        page.levels.get(index(slot_of(price)))
    }

    /// A page that the hint does not tell; made when there is none.
    fn page(&mut self, pages: &mut Pages, number: i64) -> Step<u32> {
        let page = match self.find(number) {
            Ok(index) => self.places.get(index).ok_or(broken(&"no such page"))?.page,
            Err(index) => {
                let page = pages.put(Page { number, ..Page::BLANK })?;
                if page > NONE >> BITS >> 1 {
                    return Err(broken(&"price pages are used up"));
                }
                self.places.insert(index, Place { number, page });
                page
            }
        };
        *self.hints.get_mut(hint_of(number)).ok_or(broken(&"no such hint"))? = page;
        Ok(page)
    }

    /// A level has lost its last order.
    #[inline]
    pub fn emptied(&mut self, pages: &mut Pages, level: u32) -> Step<()> {
        let number = level >> BITS;
        let page = pages.at_mut(number)?;
        page.used &= !(1_u16 << (level & SLOT));
        if page.used == 0 {
            self.forget(pages, number)?;
        }
        if level == self.best { self.find_best(pages) } else { Ok(()) }
    }

    fn forget(&mut self, pages: &mut Pages, page: u32) -> Step<()> {
        let number = pages.at(page)?.number;
        let index = self.find(number).map_err(|_| broken(&"page without its price"))?;
        self.places.remove(index);
        let hint = self.hints.get_mut(hint_of(number)).ok_or(broken(&"no such hint"))?;
        if *hint == page {
            *hint = NONE;
        }
        pages.at_mut(page)?.number = i64::MIN;
        pages.free(page);
        Ok(())
    }

    fn find_best(&mut self, pages: &Pages) -> Step<()> {
        (self.best, self.best_price) = (NONE, 0);
        if let Some(place) = self.places.last() {
            let used = pages.at(place.page)?.used;
            let slot = match self.side {
                Side::Buy => SLOT.saturating_sub(used.leading_zeros()),
                Side::Sell => used.trailing_zeros(),
            };
            self.best = (place.page << BITS) | slot;
            self.best_price = (place.number << BITS) | i64::from(slot);
        }
        Ok(())
    }

    /// Levels from the best on.
    pub fn levels<'a>(&'a self, pages: &'a Pages) -> impl Iterator<Item = &'a Level> {
        self.places.iter().rev().filter_map(|place| pages.get(place.page)).flat_map(|page| {
            let slots = (0..PAGE).map(|slot| if self.side == Side::Buy { PAGE.saturating_sub(slot + 1) } else { slot });
            slots.filter(|slot| page.used & (1 << slot) != 0).filter_map(|slot| page.levels.get(slot))
        })
    }

    /// Where a page stands, or would stand.
    fn find(&self, number: i64) -> Result<usize, usize> {
        match self.side {
            Side::Buy => self.places.binary_search_by(|place| place.number.cmp(&number)),
            Side::Sell => self.places.binary_search_by(|place| number.cmp(&place.number)),
        }
    }
}

/// A level by its number.
#[inline(always)]
pub fn at(pages: &Pages, level: u32) -> Step<&Level> {
    let page = pages.at(level >> BITS)?;
    page.levels.get(index(level)).ok_or(broken(&"no such level"))
}

#[inline(always)]
pub fn at_mut(pages: &mut Pages, level: u32) -> Step<&mut Level> {
    level_mut(pages.at_mut(level >> BITS)?, level)
}

#[inline(always)]
fn level_mut(page: &mut Page, slot: u32) -> Step<&mut Level> {
    page.levels.get_mut(index(slot)).ok_or(broken(&"no such level"))
}

#[inline(always)]
fn index(slot: u32) -> usize {
    usize::try_from(slot & SLOT).unwrap_or(0)
}

#[inline(always)]
fn slot_of(price: i64) -> u32 {
    u32::try_from(price & i64::from(SLOT)).unwrap_or(0)
}

#[inline(always)]
fn hint_of(number: i64) -> usize {
    usize::try_from(number & 63).unwrap_or(0)
}

impl Blank for Page {
    const BLANK: Self = Self {
        levels: [Level { price: 0, total: 0, orders: 0, head: NONE, tail: NONE, side: Side::Buy }; PAGE],
        number: i64::MIN,
        used: 0,
    };
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::as_conversions, clippy::indexing_slicing)] // tests are free
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn prices() -> impl Strategy<Value = Vec<i64>> {
        // Crowded, spread, and at both ends of what a price can be.
        let one = prop_oneof![4 => 1_i64..200, 2 => 1_i64..100_000, 1 => (i64::MAX - 40)..=i64::MAX];
        prop::collection::vec(one, 1..300)
    }

    proptest! {
        #[test]
        fn levels_come_and_go_and_the_best_is_always_known(prices in prices(), bids in any::<bool>()) {
            let side = if bids { Side::Buy } else { Side::Sell };
            let (mut ladder, mut pages, mut there) = (Ladder::new(side), Pages::default(), BTreeSet::new());
            for price in prices {
                // A price that is there loses its level, any other gets one.
                let level = ladder.level(&mut pages, price).unwrap();
                prop_assert_eq!(at(&pages, level).unwrap().price, price);
                if there.remove(&price) {
                    ladder.emptied(&mut pages, level).unwrap();
                } else {
                    there.insert(price);
                }
                let best_first: Vec<i64> =
                    if bids { there.iter().rev().copied().collect() } else { there.iter().copied().collect() };
                prop_assert_eq!(ladder.best(), best_first.first().copied());
                let told: Vec<i64> = ladder.levels(&pages).map(|level| level.price).collect();
                prop_assert_eq!(told, best_first);
            }
        }
    }
}
