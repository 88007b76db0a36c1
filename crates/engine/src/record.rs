//! The records that travel: commands in, events out. `src/commonbook/records.py` declares the same layouts.
//!
//! Little-endian, no padding, each field means one thing for one kind of record. A command has 160 bytes (a header of
//! 32, a body of 128), an event 192 (16 and 176). Sizes are asserted below; offsets are compared by a test.

use bytemuck::{Pod, Zeroable};

pub const COMMAND_SIZE: usize = 160;
pub const EVENT_SIZE: usize = 192;

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

records! { 32;
    /// The head of every command.
    CommandHeader { sequence: u64, time_ns: i64, request: u64, kind: u16, reserved_header: [u8; 6], }
}

records! { 16;
    /// The head of every event.
    EventHeader { sequence: u64, index: u32, kind: u8, reason: u8, reserved_header: [u8; 2], }
}

records! { COMMAND_SIZE;
    Command { header: CommandHeader, body: [u8; 128], }
    Price { header: CommandHeader, asset: u32, quote_asset: u32, price_e8: i64, reserved_tail: [u8; 112], }
    Asset { header: CommandHeader, asset: u32, scale: u8, reserved_0: [u8; 3], name: [u8; 16], reserved_tail: [u8; 104], }
    Instrument {
        header: CommandHeader, instrument: u32, base_asset: u32, quote_asset: u32, tick_scale: u8, lot_scale: u8,
        reserved_0: [u8; 2], tick_mantissa: i64, lot_mantissa: i64, minimum_lots: i64, name: [u8; 32],
        reserved_tail: [u8; 56],
    }
    Brand { header: CommandHeader, brand: u32, reserved_0: [u8; 4], name: [u8; 32], reserved_tail: [u8; 88], }
    Account {
        header: CommandHeader, account: u64, person: u64, brand: u32, level: u8, reserved_0: [u8; 3],
        reserved_tail: [u8; 104],
    }
    Fees {
        header: CommandHeader, brand: u32, level: u8, scope: u8, subsidised: u8, reserved_0: [u8; 1], account: u64,
        maker_rate_e8: i64, taker_rate_e8: i64, highest_claim_e8: i64, reserved_tail: [u8; 88],
    }
    BrokerCode {
        header: CommandHeader, broker: u32, active: u8, reserved_0: [u8; 3], payout_account: u64, code: [u8; 16],
        reserved_tail: [u8; 96],
    }
    Status { header: CommandHeader, instrument: u32, status: u8, reserved_0: [u8; 3], reserved_tail: [u8; 120], }
    Funds {
        header: CommandHeader, account: u64, to_account: u64, asset: u32, reserved_0: [u8; 4], amount: Amount,
        key: [u8; 32], reserved_tail: [u8; 56],
    }
    Order {
        header: CommandHeader, account: u64, instrument: u32, side: u8, order_type: u8, self_trade: u8, channel: u8,
        price_ticks: i64, quantity_lots: i64, quote_amount: Amount, broker: u32, attribution: u8, size_in: u8,
        reserved_0: [u8; 2], tag: [u8; 16], client_id: [u8; 32], credential: u64, reserved_tail: [u8; 16],
    }
    /// Also amend, cancel-all and cancel-all-after.
    Cancel {
        header: CommandHeader, account: u64, instrument: u32, reserved_0: [u8; 4], order: u64, price_ticks: i64,
        quantity_lots: i64, deadline_ns: i64, tag: [u8; 16], client_id: [u8; 32], credential: u64,
        reserved_tail: [u8; 24],
    }
}

records! { 56;
    /// One side of a fill.
    FillSide {
        order: u64, account: u64, fee: Amount, remaining_lots: i64, brand: u32, broker: u32, level: u8, channel: u8,
        attribution: u8, subsidised: u8, reserved_0: [u8; 4],
    }
}

records! { EVENT_SIZE;
    Accepted {
        header: EventHeader, order: u64, account: u64, person: u64, instrument: u32, asset: u32, hold: Amount,
        maker_rate_e8: i64, taker_rate_e8: i64, brand: u32, broker: u32, level: u8, attribution: u8, subsidised: u8,
        side: u8, reserved_tail: [u8; 100],
    }
    Refused { header: EventHeader, account: u64, order: u64, command_kind: u16, reserved_tail: [u8; 158], }
    Resting {
        header: EventHeader, order: u64, account: u64, instrument: u32, side: u8, reserved_0: [u8; 3],
        price_ticks: i64, remaining_lots: i64, reserved_tail: [u8; 136],
    }
    Fill {
        header: EventHeader, trade: u64, instrument: u32, taker_side: u8, reserved_0: [u8; 3], price_ticks: i64,
        quantity_lots: i64, notional: Amount, buyer_released: Amount, taker: FillSide, maker: FillSide,
    }
    Canceled {
        header: EventHeader, order: u64, account: u64, instrument: u32, asset: u32, released: Amount,
        price_ticks: i64, remaining_lots: i64, side: u8, reserved_tail: [u8; 119],
    }
    Amended {
        header: EventHeader, order: u64, account: u64, instrument: u32, asset: u32, hold_delta: Amount,
        price_ticks: i64, quantity_lots: i64, remaining_lots: i64, side: u8, kept_priority: u8,
        reserved_tail: [u8; 110],
    }
    Balance {
        header: EventHeader, account: u64, asset: u32, command_kind: u16, reserved_0: [u8; 2],
        available_delta: Amount, available: Amount, held: Amount, key: [u8; 32], reserved_tail: [u8; 80],
    }
    Level {
        header: EventHeader, instrument: u32, side: u8, reserved_0: [u8; 3], price_ticks: i64, total_lots: i64,
        orders: u32, reserved_tail: [u8; 148],
    }
    Config { header: EventHeader, command_kind: u16, reserved_tail: [u8; 174], }
    Timer { header: EventHeader, account: u64, deadline_ns: i64, tag: [u8; 16], reserved_tail: [u8; 144], }
    CanceledAll { header: EventHeader, account: u64, orders: u32, reserved_tail: [u8; 164], }
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
        row::<Funds>(),
        row::<Order>(),
        row::<Cancel>(),
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
