//! Amounts and rates. Rules: docs/rules/fees.md.

use crate::fault::Outcome;
use crate::planted::{Bug, planted};
use crate::words::Refusal;

/// Every amount is smaller than this in size.
pub const AMOUNT_LIMIT: i128 = 10_i128.pow(38);
/// 100 %.
pub const RATE_ONE: i128 = 100_000_000;
const RATE_ONE_WORD: u64 = 100_000_000;
const RATE_ONE_STEP: i64 = 100_000_000;

/// A sum, refused at the limit.
pub fn add(left: i128, right: i128) -> Outcome<i128> {
    bounded(left.checked_add(right))
}

/// A difference, refused at the limit.
pub fn sub(left: i128, right: i128) -> Outcome<i128> {
    bounded(left.checked_sub(right))
}

/// A product, refused at the limit.
pub fn mul(left: i128, right: i128) -> Outcome<i128> {
    if let (Ok(left), Ok(right)) = (i64::try_from(left), i64::try_from(right)) {
        // Nearly always; the product of two words is below 2^126, which is below the limit.
        return i128::from(left).checked_mul(i128::from(right)).ok_or(Refusal::Overflow.into());
    }
    bounded(left.checked_mul(right))
}

fn bounded(value: Option<i128>) -> Outcome<i128> {
    value.filter(|value| value.unsigned_abs() < AMOUNT_LIMIT.unsigned_abs()).ok_or(Refusal::Overflow.into())
}

/// F-1: what a rate makes of an amount, rounded up: a charge in our favour, a rebate (rate below zero) towards zero.
///
/// Divided before multiplied, so that nothing short of the result itself can overflow.
pub fn charge(amount: i128, rate_e8: i32) -> Outcome<i128> {
    let rate = i128::from(rate_e8);
    let (whole, rest) = match u64::try_from(amount) {
        Ok(word) => (i128::from(word.div_euclid(RATE_ONE_WORD)), i128::from(word.rem_euclid(RATE_ONE_WORD))),
        Err(_) => (amount.div_euclid(RATE_ONE), amount.rem_euclid(RATE_ONE)),
    };
    // 0 <= rest < 10^8 and |rate| < 10^8, so this product fits easily.
    let part = rest.checked_mul(rate).ok_or(Refusal::Overflow)?;
    let part = i64::try_from(part).map_err(|_| Refusal::Overflow)?;
    let rounded_up = i128::from(part.checked_neg().ok_or(Refusal::Overflow)?.div_euclid(RATE_ONE_STEP));
    let rounding = if planted(Bug::FeeRoundedDown) { 0 } else { rounded_up };
    sub(mul(whole, rate)?, rounding)
}

/// A share of an amount, both at least zero, rounded down.
#[must_use]
pub fn share_down(amount: i64, rate_e8: i64) -> i64 {
    let product = i128::from(amount).saturating_mul(i128::from(rate_e8)).div_euclid(RATE_ONE);
    i64::try_from(product).unwrap_or(i64::MAX)
}
