//! Writing events down, as bytes, in the order in which things happened.

use bytemuck::Pod;

use crate::accounts::Balance;
use crate::book::Touched;
use crate::orders::{Open, Terms};
use crate::reckon::Moves;
use crate::record::{self, Amount, EVENT_SIZE, EventHeader};
use crate::words::{CancelReason, EventKind, FillRole, Refusal, SizeIn};

/// One event record, as words.
pub type Words = [u64; EVENT_SIZE / 8];

/// The events of a batch: whole event records, one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Events {
    pub records: Vec<Words>,
    sequence: u64,
    index: u32,
}

impl Events {
    /// No events yet, and room for this many.
    #[must_use]
    pub fn with_room(count: usize) -> Self {
        Self { records: Vec::with_capacity(count), ..Self::default() }
    }

    /// The events that follow belong to the command with this sequence.
    pub const fn begin(&mut self, sequence: u64) {
        self.sequence = sequence;
        self.index = 0;
    }

    const fn header(&mut self, kind: EventKind, reason: u8) -> EventHeader {
        let index = self.index;
        self.index = index.saturating_add(1);
        EventHeader { sequence: self.sequence, index, kind: kind.number(), reason, reserved_header: [0; 2] }
    }

    #[inline(always)]
    fn push<T: Pod>(&mut self, event: T) {
        self.records.push(bytemuck::must_cast(event));
    }

    #[inline]
    pub fn accepted(&mut self, open: &Open, terms: &Terms, instrument: u32) {
        let header = self.header(EventKind::Accepted, 0);
        self.push(record::Accepted {
            header,
            account: open.account_id,
            hold: open.hold.into(),
            instrument,
            brand: terms.brand,
            broker: terms.broker,
            maker_rate_e8: open.maker_rate,
            taker_rate_e8: terms.taker_rate,
            level: terms.level,
            attribution: terms.attribution.number(),
            subsidised: u8::from(terms.subsidised),
            side: open.side.number(),
        });
    }

    pub fn refused(&mut self, refusal: Refusal, command_kind: u8, account: u64, order: u64) {
        let header = self.header(EventKind::Refused, refusal.number());
        self.push(record::Refused { header, account, order, command_kind, reserved_tail: [0; 31] });
    }

    #[inline]
    pub fn resting(&mut self, open: &Open, instrument: u32, price_ticks: i64, remaining_lots: i64) {
        let header = self.header(EventKind::Resting, 0);
        self.push(record::Resting {
            header,
            order: open.id,
            account: open.account_id,
            price_ticks,
            remaining_lots,
            instrument,
            side: open.side.number(),
            reserved_tail: [0; 11],
        });
    }

    /// A trade and, behind it, its two sides.
    pub fn fill(
        &mut self,
        instrument: u32,
        trade: &Trade,
        moves: &Moves,
        taker: (&Open, &Terms),
        maker: (&Open, &Terms),
    ) {
        let header = self.header(EventKind::Fill, 0);
        self.push(record::Fill {
            header,
            trade: trade.number,
            price_ticks: trade.price,
            quantity_lots: trade.lots,
            buyer_released: moves.released.into(),
            instrument,
            taker_side: taker.0.side.number(),
            reserved_tail: [0; 3],
        });
        self.fill_side(FillRole::Taker, taker, moves.taker_fee);
        self.fill_side(FillRole::Maker, maker, moves.maker_fee);
    }

    fn fill_side(&mut self, role: FillRole, (open, terms): (&Open, &Terms), fee: i128) {
        let header = self.header(EventKind::FillSide, 0);
        self.push(record::FillSide {
            header,
            order: open.id,
            account: open.account_id,
            fee: Amount::from(fee),
            brand: terms.brand,
            broker: terms.broker,
            level: terms.level,
            channel: terms.channel.number(),
            attribution: terms.attribution.number(),
            subsidised: u8::from(terms.subsidised),
            role: role.number(),
            complete: u8::from(open.size_in() == SizeIn::Base && open.remaining == 0),
            reserved_tail: [0; 2],
        });
    }

    /// The end of an order; what it still holds is released.
    #[inline(always)]
    pub fn canceled(&mut self, open: &Open, reason: CancelReason, instrument: u32) {
        let header = self.header(EventKind::Canceled, reason.number());
        self.push(record::Canceled {
            header,
            order: open.id,
            account: open.account_id,
            released: open.hold.into(),
            remaining_lots: open.remaining,
            instrument,
            side: open.side.number(),
            reserved_tail: [0; 3],
        });
    }

    pub fn amended(&mut self, (open, terms): (&Open, &Terms), instrument: u32, hold_delta: i128, kept_priority: bool) {
        let header = self.header(EventKind::Amended, 0);
        self.push(record::Amended {
            header,
            order: open.id,
            hold_delta: hold_delta.into(),
            price_ticks: terms.price,
            quantity_lots: terms.quantity,
            instrument,
            side: open.side.number(),
            kept_priority: u8::from(kept_priority),
            reserved_tail: [0; 2],
        });
    }

    pub fn balance(&mut self, account: u64, command_kind: u8, asset: u32, delta: i128, after: &Balance) {
        let header = self.header(EventKind::Balance, 0);
        self.push(record::Balance {
            header,
            account,
            available_delta: delta.into(),
            available: after.available.into(),
            asset,
            command_kind,
            reserved_tail: [0; 3],
        });
    }

    #[inline(always)]
    pub fn level(&mut self, instrument: u32, now: &Touched) {
        let header = self.header(EventKind::Level, 0);
        self.push(record::Level {
            header,
            price_ticks: now.price,
            total_lots: now.total,
            orders: now.orders,
            instrument,
            side: now.side.number(),
            reserved_tail: [0; 23],
        });
    }

    pub fn config(&mut self, command_kind: u8) {
        let header = self.header(EventKind::Config, 0);
        self.push(record::Config { header, command_kind, reserved_tail: [0; 47] });
    }

    pub fn timer(&mut self, account: u64, deadline_ns: i64, tag: [u8; 16]) {
        let header = self.header(EventKind::Timer, 0);
        self.push(record::Timer { header, account, deadline_ns, tag, reserved_tail: [0; 16] });
    }

    pub fn canceled_all(&mut self, account: u64, orders: u32) {
        let header = self.header(EventKind::CanceledAll, 0);
        self.push(record::CanceledAll { header, account, orders, reserved_tail: [0; 36] });
    }
}

/// A trade between two orders, named by their tickets.
#[derive(Clone, Copy, Debug)]
pub struct Trade {
    pub number: u64,
    pub taker: u32,
    pub maker: u32,
    pub price: i64,
    pub lots: i64,
}
