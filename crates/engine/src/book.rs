//! One instrument's resting orders: price, then time.
//!
//! Orders live in a slab and link to their neighbours in the queue of their price; a side is a sorted array of price
//! levels with the best one last, where nearly all changes happen. Nothing here knows accounts, funds or fees: an
//! order brings a `ticket`, the counter's own handle, and the book hands it back.

use crate::fault::{Step, broken};
use crate::planted::{Bug, planted};
use crate::words::Side;

const NONE: u32 = u32::MAX;

/// A resting order as the book knows it.
#[derive(Clone, Copy, Debug)]
pub struct Resting {
    pub order: u64,
    pub person: u64,
    pub ticket: u32,
    pub side: Side,
    pub price: i64,
    pub remaining: i64,
    before: u32,
    behind: u32,
}

/// All orders at one price, first come at the head.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    pub price: i64,
    pub total: i64,
    pub orders: u32,
    head: u32,
    tail: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Book {
    bids: Vec<Level>, // prices ascending: the best is last
    asks: Vec<Level>, // prices descending: the best is last
    slab: Vec<Resting>,
    free: Vec<u32>,
    /// Prices that changed since `take_touched`.
    touched: Vec<(Side, i64)>,
    pub last_trade: u64,
}

impl Book {
    /// The best level of a side.
    #[must_use]
    pub fn best(&self, side: Side) -> Option<&Level> {
        self.levels(side).last()
    }

    /// The order with priority at the best level of a side: its handle and what the book knows of it.
    pub fn first(&self, side: Side) -> Step<Option<(u32, Resting)>> {
        match self.best(side) {
            None => Ok(None),
            Some(level) => {
                let first = if planted(Bug::LastComeFirst) { level.tail } else { level.head };
                Ok(Some((first, *self.at(first)?)))
            }
        }
    }

    /// Queue an order behind all others at its price. Returns its handle.
    pub fn rest(&mut self, order: u64, person: u64, ticket: u32, side: Side, price: i64, remaining: i64) -> Step<u32> {
        let at = self.find(side, price);
        let before = match at {
            Ok(index) => self.level(side, index)?.tail,
            Err(_) => NONE,
        };
        let resting = Resting { order, person, ticket, side, price, remaining, before, behind: NONE };
        let handle = self.store(resting)?;
        match at {
            Ok(index) => {
                self.at_mut(before)?.behind = handle;
                let level = self.level_mut(side, index)?;
                level.tail = handle;
                level.total = level.total.checked_add(remaining).ok_or(broken("level total overflows"))?;
                level.orders = level.orders.checked_add(1).ok_or(broken("level count overflows"))?;
            }
            Err(index) => {
                let level = Level { price, total: remaining, orders: 1, head: handle, tail: handle };
                self.levels_mut(side).insert(index, level);
            }
        }
        self.touch(side, price);
        Ok(handle)
    }

    /// Take an order out, wherever it stands in its queue.
    pub fn remove(&mut self, handle: u32, order: u64) -> Step<Resting> {
        let resting = self.checked(handle, order)?;
        let index = self.find(resting.side, resting.price).map_err(|_| broken("order without its level"))?;
        if resting.before != NONE {
            self.at_mut(resting.before)?.behind = resting.behind;
        }
        if resting.behind != NONE {
            self.at_mut(resting.behind)?.before = resting.before;
        }
        let level = self.level_mut(resting.side, index)?;
        if resting.before == NONE {
            level.head = resting.behind;
        }
        if resting.behind == NONE {
            level.tail = resting.before;
        }
        level.total = level.total.checked_sub(resting.remaining).ok_or(broken("level total below zero"))?;
        level.orders = level.orders.checked_sub(1).ok_or(broken("level count below zero"))?;
        if level.orders == 0 {
            self.levels_mut(resting.side).remove(index);
        }
        self.at_mut(handle)?.order = 0;
        self.free.push(handle);
        self.touch(resting.side, resting.price);
        Ok(resting)
    }

    /// Lessen an order in its place: by a fill, or by an amendment that keeps its priority. To zero removes it.
    pub fn lessen(&mut self, handle: u32, order: u64, by: i64) -> Step<i64> {
        let resting = self.checked(handle, order)?;
        let left = resting.remaining.checked_sub(by).ok_or(broken("order lessened below zero"))?;
        if left < 0 || by < 0 {
            return Err(broken("order lessened below zero"));
        }
        if left == 0 {
            self.remove(handle, order)?;
            return Ok(0);
        }
        self.at_mut(handle)?.remaining = left;
        let index = self.find(resting.side, resting.price).map_err(|_| broken("order without its level"))?;
        let level = self.level_mut(resting.side, index)?;
        level.total = level.total.checked_sub(by).ok_or(broken("level total below zero"))?;
        self.touch(resting.side, resting.price);
        Ok(left)
    }

    /// Orders of a side from the best on, in the order in which they would be met.
    pub fn in_priority(&self, side: Side) -> impl Iterator<Item = &Resting> {
        self.levels(side).iter().rev().flat_map(move |level| Queue { book: self, next: level.head })
    }

    /// Levels of a side, best first.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = &Level> {
        self.levels(side).iter().rev()
    }

    /// What an order has left, if it rests here.
    #[must_use]
    pub fn remaining(&self, handle: u32, order: u64) -> Option<i64> {
        self.checked(handle, order).ok().map(|resting| resting.remaining)
    }

    /// The level's total and count now; nothing when the level is gone.
    #[must_use]
    pub fn total(&self, side: Side, price: i64) -> (i64, u32) {
        self.find(side, price)
            .ok()
            .and_then(|index| self.levels(side).get(index))
            .map_or((0, 0), |level| (level.total, level.orders))
    }

    /// The prices touched since the last call: bids before asks, prices ascending, each once.
    pub fn take_touched(&mut self, into: &mut Vec<(Side, i64)>) {
        into.clear();
        into.append(&mut self.touched);
        if into.len() > 1 {
            into.sort_unstable();
            into.dedup();
        }
    }

    fn touch(&mut self, side: Side, price: i64) {
        if self.touched.last() != Some(&(side, price)) {
            self.touched.push((side, price));
        }
    }

    const fn levels(&self, side: Side) -> &Vec<Level> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    const fn levels_mut(&mut self, side: Side) -> &mut Vec<Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    fn level(&self, side: Side, index: usize) -> Step<&Level> {
        self.levels(side).get(index).ok_or(broken("no such level"))
    }

    fn level_mut(&mut self, side: Side, index: usize) -> Step<&mut Level> {
        self.levels_mut(side).get_mut(index).ok_or(broken("no such level"))
    }

    /// Where a price stands, or would stand, in its side. Looks near the best first.
    fn find(&self, side: Side, price: i64) -> Result<usize, usize> {
        let levels = self.levels(side);
        match side {
            Side::Buy => levels.binary_search_by(|level| level.price.cmp(&price)),
            Side::Sell => levels.binary_search_by(|level| price.cmp(&level.price)),
        }
    }

    fn store(&mut self, resting: Resting) -> Step<u32> {
        if let Some(handle) = self.free.pop() {
            *self.at_mut(handle)? = resting;
            return Ok(handle);
        }
        let handle = u32::try_from(self.slab.len()).map_err(|_| broken("book slab is full"))?;
        self.slab.push(resting);
        Ok(handle)
    }

    fn checked(&self, handle: u32, order: u64) -> Step<Resting> {
        let resting = self.at(handle)?;
        if resting.order == order { Ok(*resting) } else { Err(broken("handle of another order")) }
    }

    fn at(&self, handle: u32) -> Step<&Resting> {
        slot(handle).and_then(|index| self.slab.get(index)).ok_or(broken("no such order in the book"))
    }

    fn at_mut(&mut self, handle: u32) -> Step<&mut Resting> {
        slot(handle).and_then(|index| self.slab.get_mut(index)).ok_or(broken("no such order in the book"))
    }
}

fn slot(handle: u32) -> Option<usize> {
    usize::try_from(handle).ok()
}

struct Queue<'a> {
    book: &'a Book,
    next: u32,
}

impl<'a> Iterator for Queue<'a> {
    type Item = &'a Resting;

    fn next(&mut self) -> Option<&'a Resting> {
        let resting = self.book.slab.get(slot(self.next)?)?;
        self.next = resting.behind;
        Some(resting)
    }
}

