//! What an order must hold, and what a trade moves: pure reckoning. Rules: docs/rules/fees.md.
//!
//! Each figure is reckoned in words where all that it comes from fits into words, as it nearly always does, and in long
//! words where not; by the same lines, so that both come to the same.

use crate::config::Instrument;
use crate::fault::Outcome;
use crate::money::Whole;
use crate::orders::{Open, Terms};
use crate::words::{Refusal, Side, SizeIn};

/// What is left of an order: lots, or quote units to spend.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    pub remaining: i64,
    pub budget: i128,
}

/// A trade, and what its two sides bring to it.
#[derive(Clone, Copy, Debug)]
pub struct Meeting<'a> {
    pub instrument: &'a Instrument,
    pub price: i64,
    pub lots: i64,
    pub taker_buys: bool,
    /// The buyer's order, and what this trade leaves of it.
    pub buying: (&'a Open, &'a Terms),
    pub left: &'a Left,
    /// What the buyer has beside what the order holds.
    pub available: i128,
    /// What the host puts behind the maker's rebate, beyond the taker's fee.
    pub backing: i128,
    pub taker_rate: i32,
    pub maker_rate: i32,
}

/// What a trade comes to: all in minor units, of the quote where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moves {
    /// Lots in minor units of the base: from what the seller holds to what the buyer has.
    pub base: i128,
    /// Out of the buyer's hold and back to what is available, fee already taken; and what stays held.
    pub released: i128,
    pub held: i128,
    /// Above zero where the side pays, below where it is paid.
    pub taker_fee: i128,
    pub maker_fee: i128,
    /// Changes of the buyer's available and held funds, and of what the seller and the fee pool have available.
    pub buyer_available: i128,
    pub buyer_held: i128,
    pub seller: i128,
    pub pool: i128,
}

/// A fee is less than its notional, so that whoever has this much available beside a smaller notional has enough.
const ENOUGH: i128 = 1 << 62;

/// What an order must hold for what is left of it: a sell its lots, a buy its notional and the worst fee on it (F-2).
///
/// # Errors
/// `Overflow`: more than any amount can be.
#[inline(always)]
pub fn requirement(instrument: &Instrument, open: &Open, terms: &Terms, left: &Left) -> Outcome<i128> {
    let basis = Basis { side: open.side, size_in: open.size_in(), worst_rate: terms.worst_rate(open.maker_rate) };
    hold(instrument, &basis, terms.price, left)
}

/// What a hold hangs on beside price and size.
#[derive(Clone, Copy, Debug)]
pub struct Basis {
    pub side: Side,
    pub size_in: SizeIn,
    pub worst_rate: i32,
}

/// The same for an order that is not live yet.
///
/// # Errors
/// `Overflow`: more than any amount can be.
#[inline(always)]
pub fn hold(instrument: &Instrument, basis: &Basis, price: i64, left: &Left) -> Outcome<i128> {
    match needed::<i64>(instrument, basis, price, left) {
        Some(word) => Ok(word.into()),
        None => hold_long(instrument, basis, price, left).ok_or(Refusal::Overflow.into()),
    }
}

#[cold]
#[inline(never)]
fn hold_long(instrument: &Instrument, basis: &Basis, price: i64, left: &Left) -> Option<i128> {
    needed(instrument, basis, price, left)
}

#[inline(always)]
fn needed<N: Whole>(instrument: &Instrument, basis: &Basis, price: i64, left: &Left) -> Option<N> {
    let cost: N = match (basis.side, basis.size_in) {
        (Side::Sell, _) => return N::word(left.remaining).times(N::of(instrument.lot_minor)?),
        (Side::Buy, SizeIn::Base) => notional(instrument, price, left.remaining)?,
        (Side::Buy, SizeIn::Quote) => N::of(left.budget)?,
    };
    cost.plus(cost.charged(basis.worst_rate)?)
}

#[inline(always)]
fn notional<N: Whole>(instrument: &Instrument, price: i64, lots: i64) -> Option<N> {
    N::word(price).times(N::word(lots))?.times(N::of(instrument.per_tick_lot)?)
}

/// What these lots leave of an order.
///
/// # Errors
/// `Overflow`: they are more than it has.
#[inline(always)]
pub fn left_of(instrument: &Instrument, open: &Open, terms: &Terms, price: i64, lots: i64) -> Outcome<Left> {
    let left = match open.size_in() {
        SizeIn::Base => open.remaining.checked_sub(lots).map(|remaining| Left { remaining, budget: terms.budget }),
        SizeIn::Quote => notional(instrument, price, lots)
            .and_then(|spent: i128| terms.budget.minus(spent))
            .map(|budget| Left { remaining: open.remaining, budget }),
    };
    left.ok_or(Refusal::Overflow.into())
}

/// What a trade moves between its two sides and the fee pool.
///
/// # Errors
/// `Overflow`: a figure is more than any amount can be.
#[inline(always)]
pub fn settle(meeting: &Meeting<'_>) -> Outcome<Moves> {
    match moves::<i64>(meeting) {
        Some(moves) => Ok(moves),
        None => settle_long(meeting).ok_or(Refusal::Overflow.into()),
    }
}

#[cold]
#[inline(never)]
fn settle_long(meeting: &Meeting<'_>) -> Option<Moves> {
    moves::<i128>(meeting)
}

#[inline(always)]
fn moves<N: Whole>(meeting: &Meeting<'_>) -> Option<Moves> {
    let (instrument, (open, terms)) = (meeting.instrument, meeting.buying);
    let notional: N = notional(instrument, meeting.price, meeting.lots)?;
    let available = if notional < N::of(ENOUGH)? { meeting.available.min(ENOUGH) } else { meeting.available };
    let basis = Basis { side: Side::Buy, size_in: open.size_in(), worst_rate: terms.worst_rate(open.maker_rate) };
    let (hold, rest) = (N::of(open.hold)?, needed::<N>(instrument, &basis, terms.price, meeting.left)?);
    let unspent = hold.minus(notional)?.minus(rest)?;
    // F-7: a buy is never charged more than it has.
    let spare = unspent.plus(N::of(available)?)?;
    let mut taker_fee = notional.charged(meeting.taker_rate)?;
    let mut maker_fee = notional.charged(meeting.maker_rate)?;
    if meeting.taker_buys {
        taker_fee = taker_fee.min(spare);
    } else {
        maker_fee = maker_fee.min(spare);
    }
    if maker_fee < N::ZERO {
        // F-6: a rebate is paid out of the taker's fee, and beyond it out of what backs it.
        maker_fee = maker_fee.max(N::ZERO.minus(taker_fee.plus(N::of(meeting.backing)?)?)?);
    }
    let (buyer_fee, seller_fee) = if meeting.taker_buys { (taker_fee, maker_fee) } else { (maker_fee, taker_fee) };
    Some(Moves {
        base: N::word(meeting.lots).times(N::of(instrument.lot_minor)?)?.long(),
        released: unspent.minus(buyer_fee.max(N::ZERO))?.long(),
        held: rest.long(),
        taker_fee: taker_fee.long(),
        maker_fee: maker_fee.long(),
        buyer_available: unspent.minus(buyer_fee)?.long(),
        buyer_held: rest.minus(hold)?.long(),
        seller: notional.minus(seller_fee)?.long(),
        pool: taker_fee.plus(maker_fee)?.long(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::accounts;
    use crate::listing::Row;
    use crate::orders::Marks;
    use crate::protection::Limits;
    use crate::words::{Attribution, Channel, OrderType, SelfTrade, TradingStatus};

    fn instrument(per_tick_lot: i128, lot_minor: i128) -> Instrument {
        Instrument {
            id: 1,
            base: 1,
            quote: 2,
            tick_scale: 0,
            lot_scale: 0,
            tick_mantissa: 1,
            lot_mantissa: 1,
            minimum_lots: 1,
            name: [b'x'; 32],
            per_tick_lot,
            lot_minor,
            status: TradingStatus::Live,
            closed: Row::default(),
            limits: Limits::NONE,
        }
    }

    fn buy(price: i64, quantity: i64, maker_rate: i32, taker_rate: i32) -> (Open, Terms) {
        let open = Open {
            hold: 0,
            id: 1,
            account_id: 1_000,
            remaining: quantity,
            account: 0,
            base_row: accounts::Row::NONE,
            quote_row: accounts::Row::NONE,
            maker_rate,
            instrument: 0,
            side: Side::Buy,
            marks: Marks::new(SizeIn::Base, &[0; 32], &[0; 16]),
        };
        let terms = Terms {
            budget: 0,
            price,
            quantity,
            brand: 1,
            broker: 0,
            taker_rate,
            credential: 0,
            order_type: OrderType::Limit,
            self_trade: SelfTrade::CancelMaker,
            channel: Channel::Api,
            attribution: Attribution::NoTag,
            subsidised: false,
            level: 0,
        };
        (open, terms)
    }

    proptest! {
        #[test]
        fn words_and_long_words_come_to_the_same_and_nothing_is_lost_or_made(
            (limit, better) in (1_i64..1 << 31, 0_i64..1 << 31), (quantity, traded) in (1_i64..1 << 31, 1_i64..1 << 31),
            (each, lot) in (1_i128..1 << 12, 1_i128..1 << 40), available in 0_i128..1 << 70, backing in 0_i128..1_000,
            (taker_rate, maker_rate, other_rate) in (0_i32..9_999_999, -999_999_i32..999_999, -999_999_i32..999_999),
            taker_buys in any::<bool>()
        ) {
            let (price, lots) = ((limit - better).max(1), traded.min(quantity));
            let instrument = instrument(each, lot);
            let (mut open, terms) = buy(limit, quantity, other_rate, taker_rate);
            let whole = Left { remaining: quantity, budget: 0 };
            open.hold = requirement(&instrument, &open, &terms, &whole).map_err(|_| TestCaseError::reject("too big"))?;
            let maker_rate = if taker_buys { maker_rate } else { other_rate };
            let left = Left { remaining: quantity - lots, budget: 0 };
            let (buying, left) = ((&open, &terms), &left);
            let meeting = Meeting {
                instrument: &instrument, price, lots, taker_buys, buying, left, available, backing, taker_rate, maker_rate,
            };
            let Some(long) = moves::<i128>(&meeting) else { return Err(TestCaseError::reject("too big")) };
            if let Some(words) = moves::<i64>(&meeting) {
                prop_assert_eq!(words, long);
            }
            prop_assert_eq!(settle(&meeting), Ok(long));
            prop_assert_eq!(long.buyer_available + long.buyer_held + long.seller + long.pool, 0);
            prop_assert_eq!(open.hold + long.buyer_held, long.held);
            prop_assert_eq!(long.pool, long.taker_fee + long.maker_fee);
            prop_assert!(available + long.buyer_available >= 0, "charged more than there is");
            prop_assert!(long.pool >= -backing, "a rebate beyond the taker's fee and what backs it");
        }
    }
}
