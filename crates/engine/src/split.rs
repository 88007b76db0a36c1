//! A token split: one asset becomes another in one step, by a ratio. Rules: docs/rules/splits.md.
//!
//! Everything is checked before anything moves. What an account has becomes the whole units of its share, and what those
//! leave of the whole share of all goes to the venue's rounding account.

use crate::accounts::{Account, FEE_POOL, ROUNDING, SUBSIDY};
use crate::config::{Config, require};
use crate::engine::Engine;
use crate::events::Events;
use crate::fault::{Outcome, Step, Stop, broken};
use crate::money::{add, mul, sub};
use crate::planted::{Bug, planted};
use crate::record;
use crate::words::{Refusal, Side, TradingStatus};

/// Accounts that one split converts, at most. Each is told by two events of 64 bytes, so that a split with all of them
/// takes 1 GiB of the 4 GiB that a batch's events may have.
pub const HOLDERS_MAX: usize = 8_388_608;

/// What has become of an asset that is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    pub asset: u32,
    pub new_asset: u32,
    pub ratio: Ratio,
    pub key: [u8; 32],
}

/// New units for old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    pub numerator: u32,
    pub denominator: u32,
}

impl Ratio {
    /// The whole new units of an amount that is not below zero, rounded down. Divided before multiplied, so that nothing
    /// short of the result itself can overflow: the rest x numerator is below 2^64.
    pub fn of(self, amount: i128) -> Outcome<i128> {
        let (numerator, denominator) = (i128::from(self.numerator), i128::from(self.denominator));
        let whole = amount.checked_div_euclid(denominator).ok_or(Refusal::Malformed)?;
        let rest = sub(amount, mul(whole, denominator)?)?;
        let part = mul(rest, numerator)?.checked_div_euclid(denominator).ok_or(Refusal::Malformed)?;
        add(mul(whole, numerator)?, part)
    }
}

/// An account that has something of the asset: its id, where it is, what it has.
type Holder = (u64, u32, i128);

impl Engine {
    /// SP-1 to SP-6: convert every balance of an asset and close it.
    pub fn split(&mut self, command: &record::Split, events: &mut Events) -> Outcome<()> {
        let ratio = Ratio { numerator: command.numerator, denominator: command.denominator };
        let split = Split { asset: command.asset, new_asset: command.new_asset, ratio, key: command.key };
        let total = self.check_split(&split)?;
        let new_total = ratio.of(total)?;
        let holders = self.holders(split.asset)?;
        require(fits(holders.len()), Refusal::Overflow)?;
        // From here on nothing is refused.
        if self.counter.accounts.find(ROUNDING).is_none() {
            self.counter.accounts.open(Account::new(ROUNDING, 0, 0, 0))?;
        }
        self.config.close_asset(split);
        self.counter.accounts.used_keys.insert(split.key);
        self.counter.accounts.supply.insert(split.asset, 0);
        self.counter.accounts.supply.insert(split.new_asset, new_total);
        events.config(command.kind);
        let mut left = new_total;
        for holder in holders {
            let converted = self.convert(&split, holder, command.kind, events)?;
            left = left.checked_sub(converted).filter(|left| *left >= 0).ok_or(broken(&"a split makes units"))?;
        }
        if left > 0 && !planted(Bug::RemainderForgotten) {
            let place = self.counter.accounts.find(ROUNDING).ok_or(broken(&"system account missing"))?;
            self.give(place, split.new_asset, left, command.kind, events)?;
        }
        Ok(())
    }

    /// All checks in their fixed order. Gives how much there is of the asset.
    fn check_split(&self, split: &Split) -> Outcome<i128> {
        let Split { asset, new_asset, ratio, key } = split;
        let sane = *key != [0; 32] && ratio.numerator > 0 && ratio.denominator > 0 && asset != new_asset;
        require(sane, Refusal::Malformed)?;
        let (config, accounts) = (&self.config, &self.counter.accounts);
        let old = config.assets.get(asset).ok_or(Refusal::UnknownAsset)?;
        let new = config.assets.get(new_asset).ok_or(Refusal::UnknownAsset)?;
        require(old.scale == new.scale, Refusal::BadScale)?;
        require(!accounts.used_keys.contains(key), Refusal::DuplicateKey)?;
        require(!config.is_closed(*asset) && !config.is_closed(*new_asset), Refusal::AssetClosed)?;
        let supply = |asset| accounts.supply.get(asset).copied().unwrap_or(0);
        require(supply(new_asset) == 0, Refusal::AssetInUse)?;
        self.require_at_rest(*asset)?;
        for id in [FEE_POOL, SUBSIDY] {
            require(self.counter.available(id, *asset)? == 0, Refusal::ClaimsOpen)?;
        }
        Ok(supply(asset))
    }

    /// Every instrument with the asset is halted by itself, whatever the venue is, and nothing rests in its book.
    fn require_at_rest(&self, asset: u32) -> Outcome<()> {
        let concerned = || (0_usize..).zip(&self.config.instruments).filter(move |(_, one)| one.has(asset));
        require(concerned().all(|(_, one)| one.status == TradingStatus::Halted), Refusal::NotHalted)?;
        for (place, _) in concerned() {
            let Some(book) = self.books.get(place) else { continue };
            let is_empty = |side| self.books.in_priority(book, side).next().is_none();
            require(is_empty(Side::Buy) && is_empty(Side::Sell), Refusal::OrdersRest)?;
        }
        Ok(())
    }

    /// Whoever has something of an asset, in ascending order of ids.
    fn holders(&self, asset: u32) -> Step<Vec<Holder>> {
        let accounts = &self.counter.accounts;
        let mut found = Vec::new();
        for (place, account) in (0_u32..).zip(accounts.iter()) {
            let Some(row) = accounts.known_row(place, asset)? else { continue };
            let balance = accounts.balance(row)?;
            if balance.held != 0 {
                return Err(broken(&"something is held where no order rests"));
            }
            if balance.available != 0 {
                found.push((account.id, place, balance.available));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// One account's balance of the old asset becomes one of the new; gives how much that is.
    fn convert(&mut self, split: &Split, holder: Holder, kind: u8, events: &mut Events) -> Step<i128> {
        let (id, place, before) = holder;
        let after = split.ratio.of(before).map_err(|stop| match stop {
            Stop::Broken(fault) => fault,
            Stop::Refused(_) => broken(&"a part of a split is beyond its whole"),
        })?;
        let accounts = &mut self.counter.accounts;
        let row = accounts.row(place, split.asset)?;
        let taken = before.checked_neg().ok_or(broken(&"balance overflows"))?;
        accounts.shift(row, taken, 0)?;
        events.balance(id, kind, split.asset, taken, &accounts.balance(row)?);
        accounts.hand_over(place, split.asset, split.new_asset)?;
        if after > 0 {
            self.give(place, split.new_asset, after, kind, events)?;
        }
        Ok(after)
    }

    fn give(&mut self, place: u32, asset: u32, amount: i128, kind: u8, events: &mut Events) -> Step<()> {
        let accounts = &mut self.counter.accounts;
        let row = accounts.row(place, asset)?;
        accounts.shift(row, amount, 0)?;
        events.balance(accounts.at(place)?.id, kind, asset, amount, &accounts.balance(row)?);
        Ok(())
    }
}

impl Config {
    /// SP-3: nothing of an asset that was split comes in, goes out or is traded any more.
    pub fn close_asset(&mut self, split: Split) {
        self.splits.push(split);
    }

    #[must_use]
    pub fn is_closed(&self, asset: u32) -> bool {
        self.splits.iter().any(|split| split.asset == asset)
    }

    /// Why an order of an instrument that is halted is refused: it may be so for good.
    #[cold]
    #[must_use]
    pub fn why_halted(&self, instrument: u32) -> Refusal {
        let found = self.place_of(instrument).and_then(|place| self.instruments.get(place));
        let closed = found.is_some_and(|one| self.is_closed(one.base) || self.is_closed(one.quote));
        if closed { Refusal::AssetClosed } else { Refusal::Halted }
    }
}

const fn fits(holders: usize) -> bool {
    holders <= HOLDERS_MAX
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::AMOUNT_LIMIT;

    fn of(numerator: u32, denominator: u32, amount: i128) -> Option<i128> {
        Ratio { numerator, denominator }.of(amount).ok()
    }

    #[test]
    fn a_reverse_split_of_three_to_one_as_worked_in_the_rules() {
        let parts: Vec<_> = [100, 50, 7].into_iter().map(|amount| of(1, 3, amount)).collect();
        assert_eq!(parts, [Some(33), Some(16), Some(2)]);
        assert_eq!(of(1, 3, 157), Some(52));
    }

    #[test]
    fn only_a_result_beyond_every_amount_overflows() {
        assert_eq!(of(u32::MAX, u32::MAX, AMOUNT_LIMIT - 1), Some(AMOUNT_LIMIT - 1));
        assert_eq!(of(10, 1, AMOUNT_LIMIT / 10), None);
        assert_eq!(of(10, 1, AMOUNT_LIMIT / 10 - 1), Some(AMOUNT_LIMIT - 10));
        assert_eq!(of(1, u32::MAX, 1), Some(0));
        assert_eq!(of(1, 0, 1), None);
    }

    #[test]
    fn as_many_holders_as_a_batch_has_room_for() {
        assert!(fits(0) && fits(HOLDERS_MAX) && !fits(HOLDERS_MAX + 1));
        let events = HOLDERS_MAX * 2 * record::EVENT_SIZE;
        assert!(events <= 1 << 30);
    }

    proptest! {
        #[test]
        fn a_part_is_rounded_down_to_whole_units(amount in 0..10_i128.pow(27), n in 1..u32::MAX, d in 1..u32::MAX) {
            let part = of(n, d, amount).unwrap_or(-1);
            let (exact, d) = (amount * i128::from(n), i128::from(d));
            prop_assert!(part * d <= exact && exact < (part + 1) * d);
        }

        #[test]
        fn parts_never_come_to_more_than_their_whole(amounts in proptest::collection::vec(0..10_i128.pow(27), 0..20),
            n in 1..u32::MAX, d in 1..u32::MAX) {
            let parts: i128 = amounts.iter().filter_map(|amount| of(n, d, *amount)).sum();
            let whole = of(n, d, amounts.iter().sum()).unwrap_or(-1);
            prop_assert!(parts <= whole && whole - parts <= i128::try_from(amounts.len()).unwrap_or(0));
        }
    }
}
