//! Matching: one order against one book. Rules: docs/rules/matching.md.
//!
//! The counter sends an `Enter` and reads back `Report`s, in the order in which things happened. No funds, no fees:
//! in a cluster the two would run on different machines and these would be the messages between them.

use crate::book::{Book, Resting, Touched};
use crate::fault::{Step, broken};
use crate::planted::{Bug, planted};
use crate::words::{CancelReason, OrderType, SelfTrade, Side};

/// How much an order wants.
#[derive(Clone, Copy, Debug)]
pub enum Size {
    Lots(i64),
    /// Quote units to spend; one lot at one tick costs `per_tick_lot`.
    Quote {
        budget: i128,
        per_tick_lot: i128,
    },
}

/// An order on its way into a book.
#[derive(Clone, Copy, Debug)]
pub struct Enter {
    pub person: u64,
    pub ticket: u32,
    pub side: Side,
    pub order_type: OrderType,
    pub self_trade: SelfTrade,
    /// The worst price it accepts.
    pub limit: i64,
    pub size: Size,
}

/// What happened in the book. Makers are named by the ticket they were entered with.
#[derive(Clone, Copy, Debug)]
pub enum Report {
    /// A trade at the maker's price.
    Traded { trade: u64, maker: u32, maker_left: i64, price: i64, lots: i64, level: Touched },
    /// A resting order of the same person was taken out.
    MakerCanceled { maker: u32, level: Touched },
    /// What is left of the order rests.
    Rested { remaining: i64, level: Touched },
    /// What is left of the order is canceled.
    Closed { reason: CancelReason },
    /// Nothing is left of the order.
    Filled,
}

/// Match an order and rest or close what is left of it; `tell` takes each report as it comes about.
#[inline]
pub fn enter(book: &mut Book<'_>, order: &Enter, mut tell: impl FnMut(Report) -> Step<()>) -> Step<()> {
    let opposite = order.side.opposite();
    match order.order_type {
        // K-5: decided before self-trade prevention, so that it never cancels a maker.
        OrderType::PostOnly if best_within(book, opposite, order).is_some() => {
            return tell(Report::Closed { reason: CancelReason::PostOnlyWouldCross });
        }
        OrderType::Fok if !fillable(book, order)? => {
            return tell(Report::Closed { reason: CancelReason::FokUnfillable });
        }
        OrderType::Limit | OrderType::Market | OrderType::PostOnly | OrderType::Ioc | OrderType::Fok => {}
    }
    let mut left = order.size;
    let mut bought = false;
    while wants(left) && best_within(book, opposite, order).is_some() {
        let Some((ticket, maker, price)) = book.first(opposite)? else { break };
        let lots = affordable(left, &maker, price)?;
        if lots == 0 {
            let reason = if bought { CancelReason::QuoteSpent } else { CancelReason::IocRemainder };
            return tell(Report::Closed { reason });
        }
        if maker.person == order.person && !planted(Bug::SelfTradeAllowed) {
            if order.self_trade != SelfTrade::CancelTaker {
                let level = book.remove(ticket)?;
                tell(Report::MakerCanceled { maker: ticket, level })?;
            }
            if order.self_trade != SelfTrade::CancelMaker {
                return tell(Report::Closed { reason: CancelReason::SelfTrade });
            }
            continue;
        }
        let (maker_left, level) = book.lessen(ticket, lots)?;
        left = lessened(left, lots, price)?;
        let trade = book.sides.last_trade.checked_add(1).ok_or(broken(&"trade ids are used up"))?;
        (book.sides.last_trade, book.sides.last_price) = (trade, price);
        tell(Report::Traded { trade, maker: ticket, maker_left, price, lots, level })?;
        bought = true;
    }
    tell(close(book, order, left)?)
}

/// Whether an order meets nothing and rests whole, as most do.
#[inline(always)]
#[must_use]
pub fn rests_at_once(book: &Book<'_>, side: Side, order_type: OrderType, limit: i64) -> bool {
    matches!(order_type, OrderType::Limit | OrderType::PostOnly)
        && book.sides.best(side.opposite()).is_none_or(|price| !reaches(side, limit, price))
}

/// What becomes of an order that has met all it can.
fn close(book: &mut Book<'_>, order: &Enter, left: Size) -> Step<Report> {
    let remaining = match left {
        Size::Lots(0) => return Ok(Report::Filled),
        Size::Quote { budget: 0, .. } => return Ok(Report::Closed { reason: CancelReason::QuoteSpent }),
        Size::Quote { .. } => return Ok(Report::Closed { reason: CancelReason::IocRemainder }),
        Size::Lots(remaining) => remaining,
    };
    match order.order_type {
        OrderType::Limit | OrderType::PostOnly => {
            let level = book.rest(order.person, order.ticket, order.side, order.limit, remaining)?;
            Ok(Report::Rested { remaining, level })
        }
        OrderType::Market | OrderType::Ioc | OrderType::Fok => {
            Ok(Report::Closed { reason: CancelReason::IocRemainder })
        }
    }
}

/// The best opposite price, if the order accepts it.
fn best_within(book: &Book<'_>, opposite: Side, order: &Enter) -> Option<i64> {
    book.sides.best(opposite).filter(|price| accepts(order, *price))
}

const fn accepts(order: &Enter, price: i64) -> bool {
    reaches(order.side, order.limit, price)
}

const fn reaches(side: Side, limit: i64, price: i64) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}

const fn wants(left: Size) -> bool {
    match left {
        Size::Lots(lots) => lots > 0,
        Size::Quote { budget, .. } => budget > 0,
    }
}

/// K-7: whether a fill-or-kill order finds its whole size. Its own person's orders are no liquidity, and in the mode
/// that cancels the taker the first of them ends the search.
fn fillable(book: &Book<'_>, order: &Enter) -> Step<bool> {
    let Size::Lots(wanted) = order.size else { return Err(broken(&"fill-or-kill sized in quote")) };
    let mut found: i64 = 0;
    for (price, _, maker) in book.in_priority(order.side.opposite()) {
        if !accepts(order, price) {
            break;
        }
        if maker.person == order.person {
            if order.self_trade == SelfTrade::CancelMaker {
                continue;
            }
            return Ok(false);
        }
        found = found.saturating_add(maker.remaining);
        if found >= wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many lots of this maker the order can take.
fn affordable(left: Size, maker: &Resting, price: i64) -> Step<i64> {
    match left {
        Size::Lots(lots) => Ok(lots.min(maker.remaining)),
        Size::Quote { budget, per_tick_lot } => {
            // A resting ask may ask more for one lot than any amount is; nobody's budget buys that.
            let one = i128::from(price).saturating_mul(per_tick_lot);
            let lots = budget.checked_div(one).ok_or(broken(&"a lot costs nothing"))?;
            Ok(i64::try_from(lots).map_or(maker.remaining, |lots| lots.min(maker.remaining)))
        }
    }
}

fn lessened(left: Size, lots: i64, price: i64) -> Step<Size> {
    match left {
        Size::Lots(have) => Ok(Size::Lots(have.checked_sub(lots).ok_or(broken(&"took more than wanted"))?)),
        Size::Quote { budget, per_tick_lot } => {
            let spent = cost(price, lots, per_tick_lot)?;
            let budget = budget.checked_sub(spent).ok_or(broken(&"spent more than the budget"))?;
            Ok(Size::Quote { budget, per_tick_lot })
        }
    }
}

fn cost(price: i64, lots: i64, per_tick_lot: i128) -> Step<i128> {
    i128::from(price)
        .checked_mul(i128::from(lots))
        .and_then(|tick_lots| tick_lots.checked_mul(per_tick_lot))
        .ok_or(broken(&"cost overflows"))
}
