//! What protects a market and those who trade on it: price bands, limits against slips of a finger, kill switches.
//! Rules: docs/rules/protection.md. Every order passes here, so that what is not set costs a comparison.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::require;
use crate::fault::Outcome;
use crate::planted::{Bug, planted};
use crate::record;
use crate::words::{KillScope, Refusal, Side};

const ONE_E8: i128 = 100_000_000;
const NS_PER_MS: i64 = 1_000_000;

/// The protection of one instrument, as it was set and as it follows from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// P-1: no buy above and no sell below; where there is no band, the highest price there is and 0.
    pub upper: i64,
    pub lower: i64,
    /// Whether an order must be looked at more closely: any of the four limits below is set.
    pub careful: bool,
    /// 0: not given.
    pub reference: i64,
    pub premium: i64,
    pub band_e8: u32,
    pub band_max_e8: u32,
    pub deviation_e8: u32,
    pub duplicate_ms: u32,
    pub largest_lots: i64,
    pub largest_notional: i128,
}

/// An order, or what an amendment makes of it, as the limits see it.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub side: Side,
    pub price: i64,
    pub lots: i64,
    /// Quote-sized orders: what they spend.
    pub budget: i128,
    pub per_tick_lot: i128,
}

impl Limits {
    pub const NONE: Self = Self {
        upper: i64::MAX,
        lower: 0,
        careful: false,
        reference: 0,
        premium: 0,
        band_e8: 0,
        band_max_e8: 0,
        deviation_e8: 0,
        duplicate_ms: 0,
        largest_lots: 0,
        largest_notional: 0,
    };

    /// What a command sets, still without a reference price.
    pub fn read(command: &record::Limits) -> Outcome<Self> {
        let largest_notional = i128::from(command.largest_notional);
        let (inner, outer) = (command.band_e8, command.band_max_e8);
        let none = inner == 0 && outer == 0;
        let band = none || (inner > 0 && inner <= outer && i128::from(outer) < ONE_E8);
        require(band && command.largest_lots >= 0 && largest_notional >= 0, Refusal::Malformed)?;
        let careful =
            command.largest_lots > 0 || largest_notional > 0 || command.deviation_e8 > 0 || command.duplicate_ms > 0;
        Ok(Self {
            careful,
            band_e8: inner,
            band_max_e8: outer,
            deviation_e8: command.deviation_e8,
            duplicate_ms: command.duplicate_ms,
            largest_lots: command.largest_lots,
            largest_notional,
            ..Self::NONE
        })
    }

    /// P-1: the band around a reference price, never wider than the rule for want of a whole tick.
    #[must_use]
    pub fn with_reference(self, reference: i64, premium: i64) -> Self {
        let fixed = Self { reference, premium, ..self };
        if reference == 0 || self.band_e8 == 0 {
            return Self { upper: i64::MAX, lower: 0, ..fixed };
        }
        let (base, inner, outer) = (i128::from(reference), i128::from(self.band_e8), i128::from(self.band_max_e8));
        let shifted = |share: i128| part_down(base, ONE_E8.saturating_add(share)).saturating_add(premium.into());
        let dropped = |share: i128| part_up(base, ONE_E8.saturating_sub(share)).saturating_add(premium.into());
        let upper = base.max(shifted(inner)).min(part_down(base, ONE_E8.saturating_add(outer)));
        let lower = base.min(dropped(inner)).max(part_up(base, ONE_E8.saturating_sub(outer)));
        Self { upper: narrow(upper), lower: narrow(lower), ..fixed }
    }

    /// P-2: a price that is fixed is refused outside the band.
    #[inline]
    pub fn within_band(&self, side: Side, price: i64) -> Outcome<()> {
        if planted(Bug::BandIgnored) {
            return Ok(());
        }
        match side {
            Side::Buy => require(price <= self.upper, Refusal::PriceAboveBand),
            Side::Sell => require(price >= self.lower, Refusal::PriceBelowBand),
        }
    }

    /// P-3: a market order's worst price, which the band and the largest deviation draw nearer.
    #[inline]
    #[must_use]
    pub fn worst_price(&self, side: Side, price: i64, anchor: i64) -> i64 {
        let far = self.farthest(side, anchor);
        match side {
            Side::Buy => (if price == 0 { i64::MAX } else { price }).min(self.upper).min(far),
            Side::Sell => price.max(self.lower).max(far),
        }
    }

    /// P-4: the price farthest from the anchor that an order of this side may have.
    fn farthest(&self, side: Side, anchor: i64) -> i64 {
        let share = i128::from(self.deviation_e8);
        match side {
            Side::Buy if share == 0 || anchor == 0 => i64::MAX,
            Side::Sell if share == 0 || anchor == 0 => 0,
            Side::Buy => narrow(part_down(anchor.into(), ONE_E8.saturating_add(share))),
            Side::Sell => narrow(part_up(anchor.into(), ONE_E8.saturating_sub(share).max(0))),
        }
    }

    /// P-4 to P-6: a slip of a finger. `fixed`: the price is a limit, so that it is refused where it is too far away.
    pub fn check_size(&self, wish: &Wish, fixed: bool, anchor: i64) -> Outcome<()> {
        let far = self.farthest(wish.side, anchor);
        let near = match wish.side {
            Side::Buy => wish.price <= far,
            Side::Sell => wish.price >= far,
        };
        require(near || !fixed, Refusal::PriceTooFar)?;
        require(self.largest_lots == 0 || wish.lots <= self.largest_lots, Refusal::SizeAboveLimit)?;
        require(
            self.largest_notional == 0 || wish.notional(anchor) <= self.largest_notional,
            Refusal::NotionalAboveLimit,
        )
    }
}

impl Wish {
    /// P-6: at its price; a sell at the anchor, where that is higher. More than any amount counts as that.
    fn notional(&self, anchor: i64) -> i128 {
        if self.budget > 0 {
            return self.budget;
        }
        let price = match self.side {
            Side::Buy => self.price,
            Side::Sell => self.price.max(anchor),
        };
        i128::from(price).saturating_mul(i128::from(self.lots)).saturating_mul(self.per_tick_lot)
    }
}

/// P-7: what was last ordered, per instrument's place and account's place, as long as it may matter.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    last: BTreeMap<(u16, u32), Last>,
    by_end: BTreeSet<(i64, u16, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    pub side: Side,
    pub price: i64,
    pub lots: i64,
    pub budget: i128,
    /// Up to here, and not at it, the same again is a duplicate.
    pub until_ns: i64,
}

impl Recent {
    pub fn check(&self, instrument: u16, account: u32, wish: &Wish, now_ns: i64) -> Outcome<()> {
        let last = self.last.get(&(instrument, account)).filter(|last| now_ns < last.until_ns);
        let again = |last: &Last| {
            (last.side, last.price, last.lots, last.budget) == (wish.side, wish.price, wish.lots, wish.budget)
        };
        require(!last.is_some_and(again), Refusal::DuplicateOrder)
    }

    /// Remember an accepted order. Two that have run out are forgotten meanwhile, so that there are never many.
    pub fn keep(&mut self, instrument: u16, account: u32, wish: &Wish, now_ns: i64, limits: &Limits) {
        for _ in 0..2 {
            let Some(&(end, place, owner)) = self.by_end.first().filter(|(end, _, _)| *end <= now_ns) else { break };
            self.by_end.remove(&(end, place, owner));
            self.last.remove(&(place, owner));
        }
        let until_ns = now_ns.saturating_add(i64::from(limits.duplicate_ms).saturating_mul(NS_PER_MS));
        let Wish { side, price, lots, budget, .. } = *wish;
        self.put(instrument, account, Last { side, price, lots, budget, until_ns });
    }

    pub fn put(&mut self, instrument: u16, account: u32, last: Last) {
        if let Some(before) = self.last.insert((instrument, account), last) {
            self.by_end.remove(&(before.until_ns, instrument, account));
        }
        self.by_end.insert((last.until_ns, instrument, account));
    }

    pub fn all(&self) -> impl ExactSizeIterator<Item = (&(u16, u32), &Last)> {
        self.last.iter()
    }
}

/// P-8: what is killed now.
#[derive(Clone, Debug, Default)]
pub struct Kills {
    set: BTreeSet<(KillScope, u64)>,
}

/// Everything by which an order or an amendment can be killed.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    pub credential: u64,
    pub account: u64,
    pub person: u64,
    pub broker: u32,
    pub brand: u32,
    pub instrument: u32,
}

impl Kills {
    pub fn set(&mut self, scope: KillScope, target: u64, active: bool) {
        if active {
            self.set.insert((scope, target));
        } else {
            self.set.remove(&(scope, target));
        }
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whether any switch that is on names this source.
    #[must_use]
    pub fn names(&self, source: &Source) -> bool {
        let keys = [
            (KillScope::Credential, source.credential),
            (KillScope::Account, source.account),
            (KillScope::Person, source.person),
            (KillScope::Broker, source.broker.into()),
            (KillScope::Brand, source.brand.into()),
            (KillScope::Instrument, source.instrument.into()),
            (KillScope::Venue, 0),
        ];
        keys.iter().any(|key| self.set.contains(key))
    }

    pub fn all(&self) -> impl ExactSizeIterator<Item = &(KillScope, u64)> {
        self.set.iter()
    }
}

/// A share, in hundred-millionths, of a price, rounded down.
const fn part_down(price: i128, share: i128) -> i128 {
    price.saturating_mul(share).div_euclid(ONE_E8)
}

/// The same, rounded up.
const fn part_up(price: i128, share: i128) -> i128 {
    price.saturating_mul(share).saturating_neg().div_euclid(ONE_E8).saturating_neg()
}

/// As a price; what is beyond the highest there is counts as that.
fn narrow(price: i128) -> i64 {
    i64::try_from(price.max(0)).unwrap_or(i64::MAX)
}
