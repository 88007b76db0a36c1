//! Resting orders of all instruments: price, then time.
//!
//! An order has one row, by the `ticket` that the counter knows it by; it links to its neighbours in the queue of its
//! price and to its level, so that a cancel searches nothing. Where the prices are, `ladder` tells. Nothing here knows
//! accounts, funds or fees.

use crate::fault::{Step, broken};
use crate::ladder::{self, Ladder, Level, Pages};
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
    /// NONE while it does not rest.
    level: u32,
    before: u32,
    behind: u32,
}

const _: () = assert!(std::mem::size_of::<Resting>() == 32);

/// What rests at a price after it changed.
#[derive(Clone, Copy, Debug)]
pub struct Touched {
    pub side: Side,
    pub price: i64,
    pub total: i64,
    pub orders: u32,
}

/// The books of all instruments, by the instrument's place, and the memory that they share.
#[derive(Clone, Debug, Default)]
pub struct Books {
    list: Vec<Sides>,
    rows: Slab<Resting>,
    pages: Pages,
}

/// What is one instrument's own.
#[derive(Clone, Debug)]
pub struct Sides {
    bids: Ladder,
    asks: Ladder,
    pub last_trade: u64,
    /// Of the newest trade; 0 before the first.
    pub last_price: i64,
}

/// One instrument's book, open to be changed.
#[derive(Debug)]
pub struct Book<'a> {
    pub sides: &'a mut Sides,
    rows: &'a mut Slab<Resting>,
    pages: &'a mut Pages,
}

impl Default for Sides {
    fn default() -> Self {
        Self { bids: Ladder::new(Side::Buy), asks: Ladder::new(Side::Sell), last_trade: 0, last_price: 0 }
    }
}

impl Sides {
    /// The best price of a side.
    #[inline(always)]
    #[must_use]
    pub const fn best(&self, side: Side) -> Option<i64> {
        self.of(side).best()
    }

    #[inline(always)]
    const fn of(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    #[inline(always)]
    const fn of_mut(&mut self, side: Side) -> &mut Ladder {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

impl Books {
    /// Books for so many instruments.
    pub fn make(&mut self, count: usize) {
        if self.list.len() < count {
            self.list.resize_with(count, Sides::default);
        }
    }

    #[must_use]
    #[inline]
    pub fn get(&self, place: usize) -> Option<&Sides> {
        self.list.get(place)
    }

    #[inline(always)]
    pub fn open(&mut self, place: usize) -> Step<Book<'_>> {
        let sides = self.list.get_mut(place).ok_or(broken(&"no such book"))?;
        Ok(Book { sides, rows: &mut self.rows, pages: &mut self.pages })
    }

    /// The last order in the queue of a price, where it is found at once; NONE else.
    #[inline(always)]
    #[must_use]
    pub fn peek_tail(&self, place: usize, side: Side, price: i64) -> u32 {
        let level = self.list.get(place).and_then(|sides| sides.of(side).peek(&self.pages, price));
        level.map_or(NONE, |level| level.tail)
    }

    /// Read an order's row, to have it near.
    #[inline(always)]
    #[must_use]
    pub fn peek_row(&self, ticket: u32) -> u32 {
        self.rows.get(ticket).map_or(0, |row| row.behind)
    }

    /// Read the level of an order and its neighbours in the queue, whose row is near.
    #[inline(always)]
    #[must_use]
    pub fn peek_queue(&self, ticket: u32) -> u32 {
        let Some(row) = self.rows.get(ticket) else { return 0 };
        let level = ladder::at(&self.pages, row.level).map_or(0, |level| level.orders);
        level ^ self.peek_row(row.before) ^ self.peek_row(row.behind)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Sides> {
        self.list.iter()
    }

    /// Orders of a side in the order in which they would be met: price, ticket, order.
    pub fn in_priority<'a>(&'a self, of: &'a Sides, side: Side) -> impl Iterator<Item = (i64, u32, &'a Resting)> {
        in_priority(of, &self.rows, &self.pages, side)
    }

    /// Levels of a side, best first.
    pub fn depth<'a>(&'a self, of: &'a Sides, side: Side) -> impl Iterator<Item = &'a Level> {
        of.of(side).levels(&self.pages)
    }
}

impl Book<'_> {
    /// The order with priority at the best level of a side: its ticket, what the book knows of it, and its price.
    #[inline]
    pub fn first(&self, side: Side) -> Step<Option<(u32, Resting, i64)>> {
        let number = self.sides.of(side).first();
        if number == NONE {
            return Ok(None);
        }
        let level = ladder::at(self.pages, number)?;
        let first = if planted(Bug::LastComeFirst) { level.tail } else { level.head };
        Ok(Some((first, *self.rows.at(first)?, level.price)))
    }

    /// Queue an order behind all others at its price. Returns its level as it now is.
    #[inline]
    pub fn rest(&mut self, person: u64, ticket: u32, side: Side, price: i64, remaining: i64) -> Step<Touched> {
        let number = self.sides.of_mut(side).level(self.pages, price)?;
        let level = ladder::at_mut(self.pages, number)?;
        let before = level.tail;
        level.tail = ticket;
        level.total = level.total.checked_add(remaining).ok_or(broken(&"level total overflows"))?;
        level.orders = level.orders.checked_add(1).ok_or(broken(&"level count overflows"))?;
        if before == NONE {
            level.head = ticket;
        } else {
            self.rows.at_mut(before)?.behind = ticket;
        }
        while self.rows.len() <= ticket {
            self.rows.push(Resting::BLANK)?;
        }
        *self.rows.at_mut(ticket)? = Resting { person, remaining, level: number, before, behind: NONE };
        Ok(touched(level))
    }

    /// Take an order out, wherever it stands in its queue. Returns its level as it now is.
    #[inline]
    pub fn remove(&mut self, ticket: u32) -> Step<Touched> {
        let row = self.rows.at_mut(ticket)?;
        let resting = *row;
        row.level = NONE;
        if resting.level == NONE {
            return Err(broken(&"order does not rest"));
        }
        if resting.before != NONE {
            self.rows.at_mut(resting.before)?.behind = resting.behind;
        }
        if resting.behind != NONE {
            self.rows.at_mut(resting.behind)?.before = resting.before;
        }
        let level = ladder::at_mut(self.pages, resting.level)?;
        if resting.before == NONE {
            level.head = resting.behind;
        }
        if resting.behind == NONE {
            level.tail = resting.before;
        }
        level.total = level.total.checked_sub(resting.remaining).ok_or(broken(&"level total below zero"))?;
        level.orders = level.orders.checked_sub(1).ok_or(broken(&"level count below zero"))?;
        let now = touched(level);
        if now.orders == 0 {
            self.sides.of_mut(now.side).emptied(self.pages, resting.level)?;
        }
        Ok(now)
    }

    /// Lessen an order in its place: by a fill, or by an amendment that keeps its priority. To zero removes it.
    pub fn lessen(&mut self, ticket: u32, by: i64) -> Step<(i64, Touched)> {
        let row = self.rows.at_mut(ticket)?;
        let left = row.remaining.checked_sub(by).ok_or(broken(&"order lessened below zero"))?;
        if left < 0 || by < 0 || row.level == NONE {
            return Err(broken(&"order lessened below zero"));
        }
        if left == 0 {
            return Ok((0, self.remove(ticket)?));
        }
        row.remaining = left;
        let level = ladder::at_mut(self.pages, row.level)?;
        level.total = level.total.checked_sub(by).ok_or(broken(&"level total below zero"))?;
        Ok((left, touched(level)))
    }

    /// Orders of a side in the order in which they would be met: price, ticket, order.
    pub fn in_priority(&self, side: Side) -> impl Iterator<Item = (i64, u32, &Resting)> {
        in_priority(self.sides, self.rows, self.pages, side)
    }
}

fn in_priority<'a>(
    sides: &'a Sides,
    rows: &'a Slab<Resting>,
    pages: &'a Pages,
    side: Side,
) -> impl Iterator<Item = (i64, u32, &'a Resting)> {
    sides.of(side).levels(pages).flat_map(move |level| {
        let queue = Queue { rows, next: level.head };
        queue.map(|(ticket, resting)| (level.price, ticket, resting))
    })
}

#[inline(always)]
const fn touched(level: &Level) -> Touched {
    Touched { side: level.side, price: level.price, total: level.total, orders: level.orders }
}

impl Blank for Resting {
    const BLANK: Self = Self { person: 0, remaining: 0, level: NONE, before: NONE, behind: NONE };
}

struct Queue<'a> {
    rows: &'a Slab<Resting>,
    next: u32,
}

impl<'a> Iterator for Queue<'a> {
    type Item = (u32, &'a Resting);

    fn next(&mut self) -> Option<(u32, &'a Resting)> {
        let ticket = self.next;
        let resting = self.rows.get(ticket)?;
        self.next = resting.behind;
        Some((ticket, resting))
    }
}
