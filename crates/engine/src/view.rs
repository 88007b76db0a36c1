//! What may be asked of the state: balances, live orders, depth, an audit of all of it. Reading only.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::fault::{Step, Stop, broken};
use crate::money::add;
use crate::record::{BalanceRow, OrderRow};
use crate::words::Side;

/// A price level as people see it: price in ticks, lots, number of orders.
pub type DepthLevel = (i64, i64, u32);

/// What there is of one asset: everybody's available and held, and the supply that they must come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    pub available: i128,
    pub held: i128,
    pub supply: i128,
}

impl Engine {
    /// The best `levels` of both sides, best first; nothing for an unknown instrument.
    #[must_use]
    pub fn depth(&self, instrument: u32, levels: usize) -> (Vec<DepthLevel>, Vec<DepthLevel>) {
        let place = self.config.instrument_index.get(&instrument);
        let Some(book) = place.and_then(|place| self.books.get(*place)) else {
            return (Vec::new(), Vec::new());
        };
        let side = |side| {
            self.books.depth(book, side).take(levels).map(|level| (level.price, level.total, level.orders)).collect()
        };
        (side(Side::Buy), side(Side::Sell))
    }

    /// Balances that are not empty, of one account or of all, by account and asset.
    ///
    /// # Errors
    /// An account's rows do not hang together, which is a bug.
    pub fn balances(&self, account: Option<u64>) -> Step<Vec<BalanceRow>> {
        let accounts = &self.counter.accounts;
        let mut rows = Vec::new();
        let places: Vec<u32> = match account {
            Some(id) => accounts.find(id).into_iter().collect(),
            None => (0_u32..).zip(accounts.iter()).map(|(place, _)| place).collect(),
        };
        for place in places {
            let owner = accounts.at(place)?;
            for (asset, row) in accounts.rows_of(place)? {
                let balance = accounts.balance(row)?;
                if balance.available != 0 || balance.held != 0 {
                    rows.push(BalanceRow {
                        account: owner.id,
                        asset,
                        reserved_0: [0; 4],
                        available: balance.available.into(),
                        held: balance.held.into(),
                    });
                }
            }
        }
        rows.sort_by_key(|row| (row.account, row.asset));
        Ok(rows)
    }

    /// Live orders, of one account or of all, by id.
    ///
    /// # Errors
    /// Counter and book disagree, which is a bug.
    pub fn open_orders(&self, account: Option<u64>) -> Step<Vec<OrderRow>> {
        let mut rows = Vec::new();
        for (book, instrument) in self.books.iter().zip(&self.config.instruments) {
            let orders = |side| self.books.in_priority(book, side);
            for (price, ticket, resting) in orders(Side::Buy).chain(orders(Side::Sell)) {
                let (open, terms) = self.counter.orders.both(ticket)?;
                if (open.remaining, terms.price) != (resting.remaining, price) {
                    return Err(broken(&"counter and book disagree on an order"));
                }
                if account.is_none_or(|id| open.account_id == id) {
                    rows.push(OrderRow {
                        order: open.id,
                        account: open.account_id,
                        instrument: instrument.id,
                        side: open.side.number(),
                        order_type: terms.order_type.number(),
                        reserved_0: [0; 2],
                        price_ticks: terms.price,
                        quantity_lots: terms.quantity,
                        remaining_lots: open.remaining,
                        hold: open.hold.into(),
                        client_id: self.counter.orders.names(ticket)?.client_id,
                    });
                }
            }
        }
        rows.sort_by_key(|row| row.order);
        Ok(rows)
    }

    /// Every balance and every live order looked at once: totals by asset, whoever judges them.
    ///
    /// # Errors
    /// A balance below zero, an order with nothing left or with another hold than it must have, a held balance that is
    /// not what the account's orders hold. Each is a bug.
    pub fn audit(&self) -> Step<BTreeMap<u32, Total>> {
        let mut holds = self.audit_orders()?;
        let accounts = &self.counter.accounts;
        let mut totals: BTreeMap<u32, Total> = BTreeMap::new();
        for place in 0..accounts.len() {
            for (asset, row) in accounts.rows_of(place)? {
                let balance = accounts.balance(row)?;
                if balance.available < 0 || balance.held < 0 {
                    return Err(broken(&"audit: a balance is below zero"));
                }
                if balance.held != holds.remove(&(place, asset)).unwrap_or(0) {
                    return Err(broken(&"audit: an account holds other than its orders"));
                }
                let total = totals.entry(asset).or_default();
                total.available = sum(total.available, balance.available)?;
                total.held = sum(total.held, balance.held)?;
            }
        }
        if !holds.is_empty() {
            return Err(broken(&"audit: orders hold what no account holds"));
        }
        for (asset, supply) in &accounts.supply {
            totals.entry(*asset).or_default().supply = *supply;
        }
        Ok(totals)
    }

    /// What live orders hold, by account's place and asset.
    fn audit_orders(&self) -> Step<BTreeMap<(u32, u32), i128>> {
        let mut holds: BTreeMap<(u32, u32), i128> = BTreeMap::new();
        for (book, instrument) in self.books.iter().zip(&self.config.instruments) {
            let orders = |side| self.books.in_priority(book, side);
            for (_, ticket, resting) in orders(Side::Buy).chain(orders(Side::Sell)) {
                let open = self.counter.orders.at(ticket)?;
                if open.remaining <= 0 || open.remaining != resting.remaining {
                    return Err(broken(&"audit: a live order has nothing left, or another rest than in its book"));
                }
                if !self.requirement_of(ticket).is_ok_and(|needed| needed == open.hold) {
                    return Err(broken(&"audit: a live order holds other than it must"));
                }
                let asset = match open.side {
                    Side::Buy => instrument.quote,
                    Side::Sell => instrument.base,
                };
                let hold = holds.entry((open.account, asset)).or_default();
                *hold = sum(*hold, open.hold)?;
            }
        }
        Ok(holds)
    }
}

/// A sum that is beyond every amount is a bug here.
fn sum(left: i128, right: i128) -> Step<i128> {
    add(left, right).map_err(|stop| match stop {
        Stop::Broken(fault) => fault,
        Stop::Refused(_) => broken(&"audit: a sum overflows"),
    })
}
