//! Amounts and rates. Rules: docs/rules/fees.md.

use crate::fault::Outcome;
use crate::planted::{Bug, planted};
use crate::words::Refusal;

/// Every amount is smaller than this in size.
pub const AMOUNT_LIMIT: i128 = 10_i128.pow(38);
/// 100 %.
pub const RATE_ONE: i128 = 100_000_000;
const RATE_ONE_STEP: i64 = 100_000_000;

/// Whole numbers that amounts are reckoned in, each operation None beyond its bound: a word's, or `AMOUNT_LIMIT`.
pub trait Whole: Copy + Ord {
    const ZERO: Self;
    fn word(word: i64) -> Self;
    fn of(long: i128) -> Option<Self>;
    fn long(self) -> i128;
    fn plus(self, other: Self) -> Option<Self>;
    fn minus(self, other: Self) -> Option<Self>;
    fn times(self, other: Self) -> Option<Self>;
    /// F-1, of an amount not below zero.
    fn charged(self, rate_e8: i32) -> Option<Self>;
}

impl Whole for i64 {
    const ZERO: Self = 0;

    #[inline(always)]
    fn word(word: i64) -> Self {
        word
    }

    #[inline(always)]
    fn of(long: i128) -> Option<Self> {
        Self::try_from(long).ok()
    }

    #[inline(always)]
    fn long(self) -> i128 {
        self.into()
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Option<Self> {
        self.checked_sub(other)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Option<Self> {
        self.checked_mul(other)
    }

    #[inline(always)]
    fn charged(self, rate_e8: i32) -> Option<Self> {
        if self < 0 { None } else { charge_word(self, rate_e8) }
    }
}

impl Whole for i128 {
    const ZERO: Self = 0;

    fn word(word: i64) -> Self {
        word.into()
    }

    fn of(long: i128) -> Option<Self> {
        Some(long)
    }

    fn long(self) -> i128 {
        self
    }

    fn plus(self, other: Self) -> Option<Self> {
        add(self, other).ok()
    }

    fn minus(self, other: Self) -> Option<Self> {
        sub(self, other).ok()
    }

    fn times(self, other: Self) -> Option<Self> {
        mul(self, other).ok()
    }

    fn charged(self, rate_e8: i32) -> Option<Self> {
        charge(self, rate_e8).ok()
    }
}

/// A sum, refused at the limit.
#[inline(always)]
pub fn add(left: i128, right: i128) -> Outcome<i128> {
    bounded(left.checked_add(right))
}

/// A difference, refused at the limit.
#[inline(always)]
pub fn sub(left: i128, right: i128) -> Outcome<i128> {
    bounded(left.checked_sub(right))
}

/// A product, refused at the limit.
#[inline(always)]
pub fn mul(left: i128, right: i128) -> Outcome<i128> {
    if let (Ok(left), Ok(right)) = (i64::try_from(left), i64::try_from(right)) {
        // Nearly always; the product of two words is below 2^126, which is below the limit.
        return i128::from(left).checked_mul(i128::from(right)).ok_or(Refusal::Overflow.into());
    }
    bounded(left.checked_mul(right))
}

#[inline(always)]
fn bounded(value: Option<i128>) -> Outcome<i128> {
    match value {
        // Nearly always far below the limit, which is more than 2^126.
        Some(value) if matches!(value >> 126, 0 | -1) => Ok(value),
        value => at_the_limit(value),
    }
}

#[cold]
fn at_the_limit(value: Option<i128>) -> Outcome<i128> {
    value.filter(|value| value.unsigned_abs() < AMOUNT_LIMIT.unsigned_abs()).ok_or(Refusal::Overflow.into())
}

/// F-1: what a rate makes of an amount, rounded up: a charge in our favour, a rebate (rate below zero) towards zero.
///
/// Divided before multiplied, so that nothing short of the result itself can overflow.
#[inline(always)]
pub fn charge(amount: i128, rate_e8: i32) -> Outcome<i128> {
    match i64::try_from(amount) {
        Ok(word) if word >= 0 => charge_word(word, rate_e8).map(i128::from).ok_or(Refusal::Overflow.into()),
        _ => charge_long(amount, rate_e8),
    }
}

/// The same for an amount of one word, at least zero: whole < 2^63 / 10^8, so whole x rate is below 2^63, and rest x rate
/// below 10^16. None: too big for a word.
#[inline(always)]
#[must_use]
pub fn charge_word(amount: i64, rate_e8: i32) -> Option<i64> {
    let (whole, rest, rate) = (amount / RATE_ONE_STEP, amount % RATE_ONE_STEP, i64::from(rate_e8));
    whole.checked_mul(rate)?.checked_add(rounded(rest.checked_mul(rate)?))
}

#[cold]
fn charge_long(amount: i128, rate_e8: i32) -> Outcome<i128> {
    let rate = i128::from(rate_e8);
    let part = amount.rem_euclid(RATE_ONE).checked_mul(rate).ok_or(Refusal::Overflow)?;
    let part = i64::try_from(part).map_err(|_| Refusal::Overflow)?;
    add(mul(amount.div_euclid(RATE_ONE), rate)?, i128::from(rounded(part)))
}

/// A part in hundred-millionths, below 2^62 in size, rounded up to a whole unit: away from zero above it, towards zero
/// below.
#[inline(always)]
fn rounded(part: i64) -> i64 {
    let up = if planted(Bug::FeeRoundedDown) { 0 } else { RATE_ONE_STEP.saturating_sub(1) };
    // One division either way, of what is not below zero.
    if part >= 0 { part.saturating_add(up) / RATE_ONE_STEP } else { part / RATE_ONE_STEP }
}

/// A share of an amount, both at least zero, rounded down.
#[must_use]
pub fn share_down(amount: i64, rate_e8: i64) -> i64 {
    let product = i128::from(amount).saturating_mul(i128::from(rate_e8)).div_euclid(RATE_ONE);
    i64::try_from(product).unwrap_or(i64::MAX)
}
