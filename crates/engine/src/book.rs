//! One instrument's resting orders: price, then time.
//!
//! Orders and price levels live in slabs. An order links to its neighbours in the queue of its price and to its level,
//! so that a cancel searches nothing; a side is a sorted array of prices with the best one last, where nearly all
//! changes happen. Nothing here knows accounts, funds or fees: an order brings a `ticket`, the counter's own handle,
//! and the book hands it back.

use crate::fault::{Step, broken};
use crate::planted::{Bug, planted};
use crate::slab::{Blank, Slab};
use crate::words::Side;

const NONE: u32 = u32::MAX;

/// A resting order as the book knows it: half a cache line.
#[repr(align(32))]
#[derive(Clone, Copy, Debug)]
pub struct Resting {
    pub person: u64,
    pub remaining: i64,
    pub ticket: u32,
    level: u32,
    before: u32,
    behind: u32,
}

const _: () = assert!(std::mem::size_of::<Resting>() == 32);

/// All orders at one price, first come at the head.
#[repr(align(32))]
#[derive(Clone, Copy, Debug)]
pub struct Level {
    pub price: i64,
    pub total: i64,
    pub orders: u32,
    head: u32,
    tail: u32,
    pub side: Side,
}

const _: () = assert!(std::mem::size_of::<Level>() == 32);

/// A price of a side and its level in the slab.
#[derive(Clone, Copy, Debug)]
struct Place {
    price: i64,
    level: u32,
}

/// What rests at a price after it changed.
#[derive(Clone, Copy, Debug)]
pub struct Touched {
    pub side: Side,
    pub price: i64,
    pub total: i64,
    pub orders: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Book {
    bids: Vec<Place>, // prices ascending: the best is last
    asks: Vec<Place>, // prices descending: the best is last
    levels: Slab<Level>,
    slab: Slab<Resting>,
    pub last_trade: u64,
    /// Of the newest trade; 0 before the first.
    pub last_price: i64,
}

impl Book {
    /// The best price of a side.
    #[must_use]
    pub fn best(&self, side: Side) -> Option<i64> {
        self.side(side).last().map(|place| place.price)
    }

    /// The order with priority at the best level of a side: its handle, what the book knows of it, and its price.
    #[inline]
    pub fn first(&self, side: Side) -> Step<Option<(u32, Resting, i64)>> {
        let Some(place) = self.side(side).last() else { return Ok(None) };
        let level = self.levels.at(place.level)?;
        let first = if planted(Bug::LastComeFirst) { level.tail } else { level.head };
        Ok(Some((first, *self.slab.at(first)?, place.price)))
    }

    /// Queue an order behind all others at its price. Returns its handle, and its level as it now is.
    #[inline]
    pub fn rest(&mut self, person: u64, ticket: u32, side: Side, price: i64, remaining: i64) -> Step<(u32, Touched)> {
        let number = match self.find(side, price) {
            Ok(index) => self.side(side).get(index).ok_or(broken("no such price"))?.level,
            Err(index) => {
                let level = self.levels.put(Level { price, total: 0, orders: 0, head: NONE, tail: NONE, side })?;
                self.side_mut(side).insert(index, Place { price, level });
                level
            }
        };
        let before = self.levels.at(number)?.tail;
        let resting = Resting { person, remaining, ticket, level: number, before, behind: NONE };
        let handle = self.slab.put(resting)?;
        if before != NONE {
            self.slab.at_mut(before)?.behind = handle;
        }
        let level = self.levels.at_mut(number)?;
        if before == NONE {
            level.head = handle;
        }
        level.tail = handle;
        level.total = level.total.checked_add(remaining).ok_or(broken("level total overflows"))?;
        level.orders = level.orders.checked_add(1).ok_or(broken("level count overflows"))?;
        Ok((handle, touched(level)))
    }

    /// Take an order out, wherever it stands in its queue. Returns its level as it now is.
    #[inline]
    pub fn remove(&mut self, handle: u32, ticket: u32) -> Step<Touched> {
        let resting = self.checked(handle, ticket)?;
        if resting.before != NONE {
            self.slab.at_mut(resting.before)?.behind = resting.behind;
        }
        if resting.behind != NONE {
            self.slab.at_mut(resting.behind)?.before = resting.before;
        }
        let level = self.levels.at_mut(resting.level)?;
        if resting.before == NONE {
            level.head = resting.behind;
        }
        if resting.behind == NONE {
            level.tail = resting.before;
        }
        level.total = level.total.checked_sub(resting.remaining).ok_or(broken("level total below zero"))?;
        level.orders = level.orders.checked_sub(1).ok_or(broken("level count below zero"))?;
        let now = touched(level);
        if now.orders == 0 {
            let index = self.find(now.side, now.price).map_err(|_| broken("level without its price"))?;
            self.side_mut(now.side).remove(index);
            self.levels.free(resting.level);
        }
        self.slab.at_mut(handle)?.ticket = NONE;
        self.slab.free(handle);
        Ok(now)
    }

    /// Lessen an order in its place: by a fill, or by an amendment that keeps its priority. To zero removes it.
    pub fn lessen(&mut self, handle: u32, ticket: u32, by: i64) -> Step<(i64, Touched)> {
        let resting = self.checked(handle, ticket)?;
        let left = resting.remaining.checked_sub(by).ok_or(broken("order lessened below zero"))?;
        if left < 0 || by < 0 {
            return Err(broken("order lessened below zero"));
        }
        if left == 0 {
            return Ok((0, self.remove(handle, ticket)?));
        }
        self.slab.at_mut(handle)?.remaining = left;
        let level = self.levels.at_mut(resting.level)?;
        level.total = level.total.checked_sub(by).ok_or(broken("level total below zero"))?;
        Ok((left, touched(level)))
    }

    /// Orders of a side from the best on, in the order in which they would be met: price, handle, order.
    pub fn in_priority(&self, side: Side) -> impl Iterator<Item = (i64, u32, &Resting)> {
        self.depth(side).flat_map(move |level| {
            let queue = Queue { book: self, next: level.head };
            queue.map(|(handle, resting)| (level.price, handle, resting))
        })
    }

    /// Levels of a side, best first.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = &Level> {
        self.side(side).iter().rev().filter_map(|place| self.levels.get(place.level))
    }

    const fn side(&self, side: Side) -> &Vec<Place> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    const fn side_mut(&mut self, side: Side) -> &mut Vec<Place> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Where a price stands, or would stand, in its side.
    fn find(&self, side: Side, price: i64) -> Result<usize, usize> {
        let places = self.side(side);
        match side {
            Side::Buy => places.binary_search_by(|place| place.price.cmp(&price)),
            Side::Sell => places.binary_search_by(|place| price.cmp(&place.price)),
        }
    }

    fn checked(&self, handle: u32, ticket: u32) -> Step<Resting> {
        let resting = self.slab.at(handle)?;
        if resting.ticket == ticket { Ok(*resting) } else { Err(broken("handle of another order")) }
    }
}

#[inline]
const fn touched(level: &Level) -> Touched {
    Touched { side: level.side, price: level.price, total: level.total, orders: level.orders }
}

impl Blank for Resting {
    const BLANK: Self = Self { person: 0, remaining: 0, ticket: NONE, level: NONE, before: NONE, behind: NONE };
}

impl Blank for Level {
    const BLANK: Self = Self { price: 0, total: 0, orders: 0, head: NONE, tail: NONE, side: Side::Buy };
}

struct Queue<'a> {
    book: &'a Book,
    next: u32,
}

impl<'a> Iterator for Queue<'a> {
    type Item = (u32, &'a Resting);

    fn next(&mut self) -> Option<(u32, &'a Resting)> {
        let handle = self.next;
        let resting = self.book.slab.get(handle)?;
        self.next = resting.behind;
        Some((handle, resting))
    }
}
