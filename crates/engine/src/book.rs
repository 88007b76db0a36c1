//! One instrument's resting orders: price, then time.
//!
//! Orders and price levels live in slabs. An order links to its neighbours in the queue of its price and to its level,
//! so that a cancel searches nothing; a side is a sorted array of prices with the best one last, where nearly all
//! changes happen. Nothing here knows accounts, funds or fees: an order brings a `ticket`, the counter's own handle,
//! and the book hands it back.

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
    level: u32,
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
    levels: Vec<Level>,
    free_levels: Vec<u32>,
    slab: Vec<Resting>,
    free: Vec<u32>,
    /// Prices that changed since `take_touched`, each as it then was.
    touched: Vec<Touched>,
    pub last_trade: u64,
}

impl Book {
    /// The best price of a side.
    #[must_use]
    pub fn best(&self, side: Side) -> Option<i64> {
        self.side(side).last().map(|place| place.price)
    }

    /// The order with priority at the best level of a side: its handle and what the book knows of it.
    pub fn first(&self, side: Side) -> Step<Option<(u32, Resting)>> {
        let Some(place) = self.side(side).last() else { return Ok(None) };
        let level = self.level(place.level)?;
        let first = if planted(Bug::LastComeFirst) { level.tail } else { level.head };
        Ok(Some((first, *self.at(first)?)))
    }

    /// Queue an order behind all others at its price. Returns its handle.
    pub fn rest(&mut self, order: u64, person: u64, ticket: u32, side: Side, price: i64, remaining: i64) -> Step<u32> {
        let number = match self.find(side, price) {
            Ok(index) => self.side(side).get(index).ok_or(broken("no such price"))?.level,
            Err(index) => {
                let empty = Level { price, total: 0, orders: 0, head: NONE, tail: NONE };
                let level = store(&mut self.levels, &mut self.free_levels, empty)?;
                self.side_mut(side).insert(index, Place { price, level });
                level
            }
        };
        let before = self.level(number)?.tail;
        let resting = Resting { order, person, ticket, side, price, remaining, level: number, before, behind: NONE };
        let handle = store(&mut self.slab, &mut self.free, resting)?;
        if before != NONE {
            self.at_mut(before)?.behind = handle;
        }
        let level = self.level_mut(number)?;
        if before == NONE {
            level.head = handle;
        }
        level.tail = handle;
        level.total = level.total.checked_add(remaining).ok_or(broken("level total overflows"))?;
        level.orders = level.orders.checked_add(1).ok_or(broken("level count overflows"))?;
        self.touch(side, number)?;
        Ok(handle)
    }

    /// Take an order out, wherever it stands in its queue.
    pub fn remove(&mut self, handle: u32, order: u64) -> Step<Resting> {
        let resting = self.checked(handle, order)?;
        if resting.before != NONE {
            self.at_mut(resting.before)?.behind = resting.behind;
        }
        if resting.behind != NONE {
            self.at_mut(resting.behind)?.before = resting.before;
        }
        let level = self.level_mut(resting.level)?;
        if resting.before == NONE {
            level.head = resting.behind;
        }
        if resting.behind == NONE {
            level.tail = resting.before;
        }
        level.total = level.total.checked_sub(resting.remaining).ok_or(broken("level total below zero"))?;
        level.orders = level.orders.checked_sub(1).ok_or(broken("level count below zero"))?;
        let empty = level.orders == 0;
        self.touch(resting.side, resting.level)?;
        if empty {
            let index = self.find(resting.side, resting.price).map_err(|_| broken("level without its price"))?;
            self.side_mut(resting.side).remove(index);
            self.free_levels.push(resting.level);
        }
        self.at_mut(handle)?.order = 0;
        self.free.push(handle);
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
        let level = self.level_mut(resting.level)?;
        level.total = level.total.checked_sub(by).ok_or(broken("level total below zero"))?;
        self.touch(resting.side, resting.level)?;
        Ok(left)
    }

    /// Orders of a side from the best on, in the order in which they would be met.
    pub fn in_priority(&self, side: Side) -> impl Iterator<Item = &Resting> {
        self.depth(side).flat_map(move |level| Queue { book: self, next: level.head })
    }

    /// Levels of a side, best first.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = &Level> {
        self.side(side).iter().rev().filter_map(|place| slot(place.level).and_then(|index| self.levels.get(index)))
    }

    /// What an order has left, if it rests here.
    #[must_use]
    pub fn remaining(&self, handle: u32, order: u64) -> Option<i64> {
        self.checked(handle, order).ok().map(|resting| resting.remaining)
    }

    /// The prices touched since the last call as they are now: bids before asks, prices ascending, each once.
    pub fn take_touched(&mut self, into: &mut Vec<Touched>) {
        into.clear();
        std::mem::swap(into, &mut self.touched);
        if into.len() > 1 {
            // The newest of a price first, so that it is the one that stays.
            into.reverse();
            into.sort_by_key(|touched| (touched.side, touched.price));
            into.dedup_by_key(|touched| (touched.side, touched.price));
        }
    }

    fn touch(&mut self, side: Side, number: u32) -> Step<()> {
        let level = self.level(number)?;
        let now = Touched { side, price: level.price, total: level.total, orders: level.orders };
        match self.touched.last_mut() {
            Some(last) if last.side == side && last.price == now.price => *last = now,
            _ => self.touched.push(now),
        }
        Ok(())
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

    fn level(&self, number: u32) -> Step<&Level> {
        slot(number).and_then(|index| self.levels.get(index)).ok_or(broken("no such level"))
    }

    fn level_mut(&mut self, number: u32) -> Step<&mut Level> {
        slot(number).and_then(|index| self.levels.get_mut(index)).ok_or(broken("no such level"))
    }

    /// Where a price stands, or would stand, in its side.
    fn find(&self, side: Side, price: i64) -> Result<usize, usize> {
        let places = self.side(side);
        match side {
            Side::Buy => places.binary_search_by(|place| place.price.cmp(&price)),
            Side::Sell => places.binary_search_by(|place| price.cmp(&place.price)),
        }
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

/// Put an item into a slab, in a free slot when there is one.
fn store<T>(slab: &mut Vec<T>, free: &mut Vec<u32>, item: T) -> Step<u32> {
    if let Some(handle) = free.pop() {
        *slot(handle).and_then(|index| slab.get_mut(index)).ok_or(broken("no such slot"))? = item;
        return Ok(handle);
    }
    let handle = u32::try_from(slab.len()).map_err(|_| broken("slab is full"))?;
    slab.push(item);
    Ok(handle)
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
