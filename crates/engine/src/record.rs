//! The records that travel: commands in, events out. `src/commonbook/records.py` declares the same layouts.
//!
//! Little-endian, no padding, each field means one thing for one kind of record. A command has 128 bytes, of
//! which the first 64 are all that most commands use, an event 64. Sizes are asserted below; offsets are compared by a
//! test.

use bytemuck::{Pod, Zeroable};

pub const COMMAND_SIZE: usize = 128;
pub const EVENT_SIZE: usize = 64;

/// A signed 128-bit amount in two words, so that no record needs 16-byte alignment.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Amount {
    pub low: u64,
    pub high: i64,
}

impl From<i128> for Amount {
    fn from(value: i128) -> Self {
        let bytes = value.to_le_bytes();
        bytemuck::pod_read_unaligned(&bytes)
    }
}

impl From<Amount> for i128 {
    fn from(value: Amount) -> Self {
        (Self::from(value.high) << 64) | Self::from(value.low)
    }
}

/// Declares a record of exactly `$size` bytes and the table of its fields for the layout test.
macro_rules! records {
    ($size:expr; $($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[repr(C)]
            #[derive(Clone, Copy, Debug, Pod, Zeroable)]
            pub struct $name { $(pub $field: $type,)* }
            const _: () = assert!(std::mem::size_of::<$name>() == $size);
            impl Layout for $name {
                const NAME: &'static str = stringify!($name);
                const SIZE: usize = $size;
                fn fields() -> Vec<(&'static str, usize)> {
                    vec![$((stringify!($field), std::mem::offset_of!($name, $field)),)*]
                }
            }
        )*
    };
}

/// A record's name, size and field offsets, for the test that compares them with NumPy's.
pub trait Layout {
    const NAME: &'static str;
    const SIZE: usize;
    fn fields() -> Vec<(&'static str, usize)>;
}

records! { 16;
    /// The head of every command.
    CommandHeader { sequence: u64, time_ns: i64, }
    /// The head of every event.
    EventHeader { sequence: u64, index: u32, kind: u8, reason: u8, reserved_header: [u8; 2], }
}

// A command's first half is what the hot path reads; the second half holds names and is zero where there are none.
records! { COMMAND_SIZE;
    Command { header: CommandHeader, kind: u8, body: [u8; 111], }
    Price {
        header: CommandHeader, kind: u8, reserved_0: [u8; 3], asset: u32, quote_asset: u32, reserved_1: [u8; 4],
        price_e8: i64, reserved_tail: [u8; 88],
    }
    Asset {
        header: CommandHeader, kind: u8, scale: u8, reserved_0: [u8; 2], asset: u32, reserved_1: [u8; 40],
        name: [u8; 16], reserved_tail: [u8; 48],
    }
    Instrument {
        header: CommandHeader, kind: u8, tick_scale: u8, lot_scale: u8, reserved_0: [u8; 1], instrument: u32,
        base_asset: u32, quote_asset: u32, tick_mantissa: i64, lot_mantissa: i64, minimum_lots: i64,
        reserved_1: [u8; 8], name: [u8; 32], reserved_tail: [u8; 32],
    }
    Brand {
        header: CommandHeader, kind: u8, reserved_0: [u8; 3], brand: u32, reserved_1: [u8; 40], name: [u8; 32],
        reserved_tail: [u8; 32],
    }
    Account {
        header: CommandHeader, kind: u8, level: u8, reserved_0: [u8; 2], brand: u32, account: u64, person: u64,
        reserved_tail: [u8; 88],
    }
    Fees {
        header: CommandHeader, kind: u8, level: u8, scope: u8, subsidised: u8, brand: u32, account: u64,
        maker_rate_e8: i64, taker_rate_e8: i64, highest_claim_e8: i64, reserved_tail: [u8; 72],
    }
    BrokerCode {
        header: CommandHeader, kind: u8, active: u8, reserved_0: [u8; 2], broker: u32, payout_account: u64,
        reserved_1: [u8; 32], code: [u8; 16], reserved_tail: [u8; 48],
    }
    Status {
        header: CommandHeader, kind: u8, status: u8, reserved_0: [u8; 2], instrument: u32, reserved_tail: [u8; 104],
    }
    Limits {
        header: CommandHeader, kind: u8, reserved_0: [u8; 3], instrument: u32, band_e8: u32, band_max_e8: u32,
        largest_lots: i64, largest_notional: Amount, deviation_e8: u32, duplicate_ms: u32, reserved_tail: [u8; 64],
    }
    Reference {
        header: CommandHeader, kind: u8, reserved_0: [u8; 3], instrument: u32, reference_ticks: i64,
        premium_ticks: i64, reserved_tail: [u8; 88],
    }
    Kill {
        header: CommandHeader, kind: u8, scope: u8, active: u8, reserved_0: [u8; 5], target: u64,
        reserved_tail: [u8; 96],
    }
    Listing {
        header: CommandHeader, kind: u8, mode: u8, reserved_0: [u8; 2], brand: u32, instrument: u32,
        reserved_tail: [u8; 100],
    }
    Split {
        header: CommandHeader, kind: u8, reserved_0: [u8; 3], asset: u32, new_asset: u32, numerator: u32,
        denominator: u32, reserved_1: [u8; 28], key: [u8; 32], reserved_tail: [u8; 32],
    }
    Funds {
        header: CommandHeader, kind: u8, reserved_0: [u8; 3], asset: u32, account: u64, to_account: u64,
        amount: Amount, reserved_1: [u8; 8], key: [u8; 32], reserved_tail: [u8; 32],
    }
    Order {
        header: CommandHeader, kind: u8, side: u8, order_type: u8, self_trade: u8, channel: u8, attribution: u8,
        size_in: u8, reserved_0: [u8; 1], account: u64, price_ticks: i64, quantity_lots: i64, instrument: u32,
        broker: u32, credential: u64, client_id: [u8; 32], tag: [u8; 16], quote_amount: Amount,
    }
    /// Also amend, cancel-all and cancel-all-after.
    Cancel {
        header: CommandHeader, kind: u8, scope: u8, reserved_0: [u8; 2], instrument: u32, account: u64, order: u64,
        price_ticks: i64, quantity_lots: i64, credential: u64, client_id: [u8; 32], tag: [u8; 16], deadline_ns: i64,
        reserved_tail: [u8; 8],
    }
    /// What the record door took in; nothing to the engine.
    Receipt {
        header: CommandHeader, kind: u8, purpose: u8, cancel_on_disconnect: u8, reserved_0: [u8; 1], count: u32,
        account: u64, session: u64, first: u64, checksum: u32, reserved_1: [u8; 4], credential: u64,
        correlation: u64, reserved_tail: [u8; 56],
    }
}

records! { EVENT_SIZE;
    Accepted {
        header: EventHeader, account: u64, hold: Amount, instrument: u32, brand: u32, broker: u32,
        maker_rate_e8: i32, taker_rate_e8: i32, level: u8, attribution: u8, subsidised: u8, side: u8,
    }
    Refused { header: EventHeader, account: u64, order: u64, command_kind: u8, reserved_tail: [u8; 31], }
    Resting {
        header: EventHeader, order: u64, account: u64, price_ticks: i64, remaining_lots: i64, instrument: u32,
        side: u8, reserved_tail: [u8; 11],
    }
    /// A trade; the two events behind it are its sides, the taker's first.
    Fill {
        header: EventHeader, trade: u64, price_ticks: i64, quantity_lots: i64, buyer_released: Amount,
        instrument: u32, taker_side: u8, reserved_tail: [u8; 3],
    }
    FillSide {
        header: EventHeader, order: u64, account: u64, fee: Amount, brand: u32, broker: u32, level: u8, channel: u8,
        attribution: u8, subsidised: u8, role: u8, complete: u8, reserved_tail: [u8; 2],
    }
    Canceled {
        header: EventHeader, order: u64, account: u64, released: Amount, remaining_lots: i64, instrument: u32,
        side: u8, reserved_tail: [u8; 3],
    }
    Amended {
        header: EventHeader, order: u64, hold_delta: Amount, price_ticks: i64, quantity_lots: i64, instrument: u32,
        side: u8, kept_priority: u8, reserved_tail: [u8; 2],
    }
    Balance {
        header: EventHeader, account: u64, available_delta: Amount, available: Amount, asset: u32, command_kind: u8,
        reserved_tail: [u8; 3],
    }
    Level {
        header: EventHeader, price_ticks: i64, total_lots: i64, orders: u32, instrument: u32, side: u8,
        reserved_tail: [u8; 23],
    }
    Config { header: EventHeader, command_kind: u8, reserved_tail: [u8; 47], }
    Timer { header: EventHeader, account: u64, deadline_ns: i64, tag: [u8; 16], reserved_tail: [u8; 16], }
    CanceledAll { header: EventHeader, account: u64, orders: u32, reserved_tail: [u8; 36], }
}

records! { 48;
    BalanceRow { account: u64, asset: u32, reserved_0: [u8; 4], available: Amount, held: Amount, }
}

records! { 96;
    OrderRow {
        order: u64, account: u64, instrument: u32, side: u8, order_type: u8, reserved_0: [u8; 2], price_ticks: i64,
        quantity_lots: i64, remaining_lots: i64, hold: Amount, client_id: [u8; 32],
    }
}

/// A layout's name, its size, and the name and offset of each field.
pub type Described = (&'static str, usize, Vec<(&'static str, usize)>);

/// Every layout, for the test that compares them with NumPy's.
#[must_use]
pub fn layouts() -> Vec<Described> {
    fn row<T: Layout>() -> Described {
        (T::NAME, T::SIZE, T::fields())
    }
    vec![
        row::<CommandHeader>(),
        row::<EventHeader>(),
        row::<Price>(),
        row::<Asset>(),
        row::<Instrument>(),
        row::<Brand>(),
        row::<Account>(),
        row::<Fees>(),
        row::<BrokerCode>(),
        row::<Status>(),
        row::<Limits>(),
        row::<Reference>(),
        row::<Kill>(),
        row::<Listing>(),
        row::<Split>(),
        row::<Funds>(),
        row::<Order>(),
        row::<Cancel>(),
        row::<Receipt>(),
        row::<FillSide>(),
        row::<Accepted>(),
        row::<Refused>(),
        row::<Resting>(),
        row::<Fill>(),
        row::<Canceled>(),
        row::<Amended>(),
        row::<Balance>(),
        row::<Level>(),
        row::<Config>(),
        row::<Timer>(),
        row::<CanceledAll>(),
        row::<BalanceRow>(),
        row::<OrderRow>(),
    ]
}

/// Rows as the bytes that travel.
#[must_use]
pub fn as_bytes<T: Pod>(rows: &[T]) -> &[u8] {
    bytemuck::cast_slice(rows)
}
