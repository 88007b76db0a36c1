//! What the next commands will look at, looked up for several of them together.
//!
//! Most of a big exchange's state lies outside the processor's caches, and a command that finds its account, then its
//! order, then the order's level waits for memory each time. Done for several commands side by side, those waits
//! overlap. Nothing is decided here and nothing changes: a command checks what it is handed and looks for itself where
//! that does not fit, as when the order came only with the command before.

use bytemuck::cast_ref;

use crate::engine::Engine;
use crate::orders::NONE;
use crate::record;
use crate::words::{CommandKind, Side};

/// Commands that are scouted together.
pub const AHEAD: usize = 16;
/// Orders and accounts, together, that still fit into the caches of a core; up to here scouting costs more than it
/// saves.
const NARROW: u32 = 16_384;

/// Where a command's account and order were when they were looked up; NONE for neither.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub account: u32,
    pub ticket: u32,
}

impl Found {
    pub const NOTHING: Self = Self { account: NONE, ticket: NONE };
}

const ORDER: u8 = CommandKind::Order.number();
const CANCEL: u8 = CommandKind::Cancel.number();

impl Engine {
    /// Whether the state has outgrown the caches.
    #[inline]
    pub fn is_wide(&self) -> bool {
        self.counter.orders.rows().saturating_add(self.counter.accounts.len()) > NARROW
    }

    /// Look up what these commands name, at most `AHEAD` of them, and read once what they will change: for all of them
    /// what is near, then what that leads to.
    pub fn scout(&self, commands: &[record::Command]) -> [Found; AHEAD] {
        let mut found = [Found::NOTHING; AHEAD];
        let mut seen = 0;
        for command in commands {
            seen ^= self.scout_buckets(command);
        }
        for (command, found) in commands.iter().zip(&mut found) {
            *found = self.scout_rows(command);
        }
        for (command, found) in commands.iter().zip(&found) {
            seen ^= self.scout_neighbours(command, found);
        }
        for found in found.iter().filter(|found| found.ticket != NONE) {
            seen ^= self.books.peek_queue(found.ticket);
        }
        std::hint::black_box(seen);
        found
    }

    #[inline(always)]
    fn scout_buckets(&self, command: &record::Command) -> u32 {
        let cancel: &record::Cancel = cast_ref(command);
        match command.kind {
            ORDER => self.counter.orders.peek(command.header.sequence),
            CANCEL => self.counter.orders.peek(cancel.order),
            _ => 0,
        }
    }

    #[inline(always)]
    fn scout_rows(&self, command: &record::Command) -> Found {
        let cancel: &record::Cancel = cast_ref(command);
        match command.kind {
            ORDER => Found { account: self.counter.accounts.find(cancel.account).unwrap_or(NONE), ticket: NONE },
            CANCEL if cancel.order != 0 => {
                Found { account: NONE, ticket: self.counter.orders.find(cancel.order).unwrap_or(NONE) }
            }
            _ => Found::NOTHING,
        }
    }

    #[inline(always)]
    fn scout_neighbours(&self, command: &record::Command, found: &Found) -> u32 {
        if command.kind == ORDER {
            let order: &record::Order = cast_ref(command);
            let side = if order.side == Side::Buy.number() { Side::Buy } else { Side::Sell };
            let place = self.config.place_of(order.instrument);
            let tail = place.map_or(NONE, |place| self.books.peek_tail(place, side, order.price_ticks));
            return self.books.peek_row(tail) ^ self.counter.peek_account(found.account);
        }
        if found.ticket == NONE {
            return 0;
        }
        self.counter.peek_order(found.ticket) ^ self.books.peek_row(found.ticket)
    }
}
