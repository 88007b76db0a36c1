//! What may be asked of the state: balances, live orders, depth. Reading only.

use crate::engine::Engine;
use crate::fault::{Step, broken};
use crate::record::{BalanceRow, OrderRow};
use crate::words::Side;

/// A price level as people see it: price in ticks, lots, number of orders.
pub type DepthLevel = (i64, i64, u32);

impl Engine {
    /// The best `levels` of both sides, best first; nothing for an unknown instrument.
    #[must_use]
    pub fn depth(&self, instrument: u32, levels: usize) -> (Vec<DepthLevel>, Vec<DepthLevel>) {
        let place = self.config.instrument_index.get(&instrument);
        let Some(book) = place.and_then(|place| self.books.get(*place)) else {
            return (Vec::new(), Vec::new());
        };
        let side = |side| book.depth(side).take(levels).map(|level| (level.price, level.total, level.orders)).collect();
        (side(Side::Buy), side(Side::Sell))
    }

    /// Balances that are not empty, of one account or of all, by account and asset.
    ///
    /// # Errors
    /// An account's rows do not hang together, which is a bug.
    pub fn balances(&self, account: Option<u64>) -> Step<Vec<BalanceRow>> {
        let accounts = &self.counter.accounts;
        let mut rows = Vec::new();
        for (place, owner) in
            (0_u32..).zip(accounts.iter()).filter(|(_, owner)| account.is_none_or(|id| owner.id == id))
        {
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
            for (price, handle, resting) in book.in_priority(Side::Buy).chain(book.in_priority(Side::Sell)) {
                let (open, terms) = self.counter.orders.both(resting.ticket)?;
                if (open.handle, open.remaining, terms.price) != (handle, resting.remaining, price) {
                    return Err(broken("counter and book disagree on an order"));
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
                        client_id: self.counter.orders.names(resting.ticket)?.client_id,
                    });
                }
            }
        }
        rows.sort_by_key(|row| row.order);
        Ok(rows)
    }
}
