//! Writing events down, as bytes, in the order in which things happened.

use bytemuck::{Pod, Zeroable};

use crate::accounts::Balance;
use crate::book::Touched;
use crate::counter::Settled;
use crate::orders::Open;
use crate::record::{self, Amount, EVENT_SIZE, EventHeader, FillSide};
use crate::words::{CancelReason, EventKind, Refusal};

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

    #[inline]
    fn push<T: Pod>(&mut self, event: T) {
        self.records.push(bytemuck::must_cast(event));
    }

    pub fn accepted(&mut self, open: &Open, instrument: u32, asset: u32, hold: i128) {
        let header = self.header(EventKind::Accepted, 0);
        self.push(record::Accepted {
            header,
            order: open.id,
            account: open.account_id,
            person: open.person,
            instrument,
            asset,
            hold: hold.into(),
            maker_rate_e8: open.maker_rate.into(),
            taker_rate_e8: open.taker_rate.into(),
            brand: open.brand,
            broker: open.broker,
            level: open.level,
            attribution: open.attribution.number(),
            subsidised: u8::from(open.subsidised),
            side: open.side.number(),
            reserved_tail: [0; 100],
        });
    }

    pub fn refused(&mut self, refusal: Refusal, command_kind: u16, account: u64, order: u64) {
        let header = self.header(EventKind::Refused, refusal.number());
        self.push(record::Refused { header, account, order, command_kind, reserved_tail: [0; 158] });
    }

    pub fn resting(&mut self, open: &Open, instrument: u32, remaining_lots: i64) {
        let header = self.header(EventKind::Resting, 0);
        self.push(record::Resting {
            header,
            order: open.id,
            account: open.account_id,
            instrument,
            side: open.side.number(),
            reserved_0: [0; 3],
            price_ticks: open.price,
            remaining_lots,
            reserved_tail: [0; 136],
        });
    }

    #[allow(clippy::too_many_arguments)] // one record, written at one place
    pub fn fill(
        &mut self,
        trade: u64,
        instrument: u32,
        price_ticks: i64,
        quantity_lots: i64,
        settled: &Settled,
        taker: &Open,
        maker: &Open,
    ) {
        let header = self.header(EventKind::Fill, 0);
        self.push(record::Fill {
            header,
            trade,
            instrument,
            taker_side: taker.side.number(),
            reserved_0: [0; 3],
            price_ticks,
            quantity_lots,
            notional: settled.notional.into(),
            buyer_released: settled.buyer_released.into(),
            taker: side_of(taker, settled.taker_fee),
            maker: side_of(maker, settled.maker_fee),
        });
    }

    /// The end of an order; what it still holds is released.
    pub fn canceled(&mut self, open: &Open, reason: CancelReason, instrument: u32, asset: u32) {
        let header = self.header(EventKind::Canceled, reason.number());
        self.push(record::Canceled {
            header,
            order: open.id,
            account: open.account_id,
            instrument,
            asset,
            released: open.hold.into(),
            price_ticks: open.price,
            remaining_lots: open.remaining,
            side: open.side.number(),
            reserved_tail: [0; 119],
        });
    }

    pub fn amended(&mut self, open: &Open, instrument: u32, asset: u32, hold_delta: i128, kept_priority: bool) {
        let header = self.header(EventKind::Amended, 0);
        self.push(record::Amended {
            header,
            order: open.id,
            account: open.account_id,
            instrument,
            asset,
            hold_delta: hold_delta.into(),
            price_ticks: open.price,
            quantity_lots: open.quantity,
            remaining_lots: open.remaining,
            side: open.side.number(),
            kept_priority: u8::from(kept_priority),
            reserved_tail: [0; 110],
        });
    }

    pub fn balance(&mut self, account: u64, command_kind: u16, delta: i128, after: &Balance, key: [u8; 32]) {
        let header = self.header(EventKind::Balance, 0);
        self.push(record::Balance {
            header,
            account,
            asset: after.asset,
            command_kind,
            reserved_0: [0; 2],
            available_delta: delta.into(),
            available: after.available.into(),
            held: after.held.into(),
            key,
            reserved_tail: [0; 80],
        });
    }

    pub fn level(&mut self, instrument: u32, now: &Touched) {
        let header = self.header(EventKind::Level, 0);
        self.push(record::Level {
            header,
            instrument,
            side: now.side.number(),
            reserved_0: [0; 3],
            price_ticks: now.price,
            total_lots: now.total,
            orders: now.orders,
            reserved_tail: [0; 148],
        });
    }

    pub fn config(&mut self, command_kind: u16) {
        let header = self.header(EventKind::Config, 0);
        self.push(record::Config { header, command_kind, reserved_tail: [0; 174] });
    }

    pub fn timer(&mut self, account: u64, deadline_ns: i64, tag: [u8; 16]) {
        let header = self.header(EventKind::Timer, 0);
        self.push(record::Timer { header, account, deadline_ns, tag, reserved_tail: [0; 144] });
    }

    pub fn canceled_all(&mut self, account: u64, orders: u32) {
        let header = self.header(EventKind::CanceledAll, 0);
        self.push(record::CanceledAll { header, account, orders, reserved_tail: [0; 164] });
    }
}

fn side_of(open: &Open, fee: i128) -> FillSide {
    FillSide {
        order: open.id,
        account: open.account_id,
        fee: Amount::from(fee),
        remaining_lots: open.remaining,
        brand: open.brand,
        broker: open.broker,
        level: open.level,
        channel: open.channel.number(),
        attribution: open.attribution.number(),
        subsidised: u8::from(open.subsidised),
        ..FillSide::zeroed()
    }
}
