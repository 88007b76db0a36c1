//! Who is charged what: the schedules of brands, the rates agreed with single accounts, the floor of the venue.
//! Rules: docs/rules/fees.md.
//!
//! A change is judged by the lowest of all rates (F-4, F-5). They are counted by their value, so that it costs the same
//! with a thousand brands as with one.

use std::collections::BTreeMap;

use crate::config::require;
use crate::fault::Outcome;
use crate::money::{RATE_ONE, share_down};
use crate::record;
use crate::words::{FeeScope, Refusal};

pub const LEVEL_MAX: u8 = 9;
const ONE_E8: i64 = 100_000_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Both below 100 % in size, in hundred-millionths.
    pub maker: i32,
    pub taker: i32,
    pub subsidised: bool,
}

impl Rates {
    pub const NONE: Self = Self { maker: 0, taker: 0, subsidised: false };
}

#[derive(Clone, Debug)]
pub struct FeeTable {
    schedules: BTreeMap<(u32, u8), Rates>,
    overrides: BTreeMap<u64, Rates>,
    floor: Rates,
    highest_claim: i64,
    /// Counts the changes; never 0.
    pub version: u32,
    scheduled_takers: Counted,
    scheduled_makers: Counted,
    /// Of schedules and overrides together.
    takers: Counted,
    unsubsidised_makers: Counted,
}

impl Default for FeeTable {
    fn default() -> Self {
        Self {
            schedules: BTreeMap::new(),
            overrides: BTreeMap::new(),
            floor: Rates::NONE,
            highest_claim: 0,
            version: 1,
            scheduled_takers: Counted::default(),
            scheduled_makers: Counted::default(),
            takers: Counted::default(),
            unsubsidised_makers: Counted::default(),
        }
    }
}

/// One change of the table. Changing gives back the change that undoes it.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Schedule { brand: u32, level: u8, rates: Option<Rates> },
    Override { account: u64, rates: Option<Rates> },
    Floor { rates: Rates, highest_claim: i64 },
}

impl FeeTable {
    /// F-4, F-5: no schedule below the floor, no rebate above what the lowest taker rate leaves after the highest claims.
    pub fn set(
        &mut self,
        command: &record::Fees,
        is_brand: impl Fn(u32) -> bool,
        user: impl Fn(u64) -> Outcome<()>,
    ) -> Outcome<()> {
        let scope = FeeScope::read(command.scope).ok_or(Refusal::Malformed)?;
        let below_one = |rate: i64| i32::try_from(rate).ok().filter(|rate| i128::from(*rate).abs() < RATE_ONE);
        let rates = Rates {
            maker: below_one(command.maker_rate_e8).ok_or(Refusal::Malformed)?,
            taker: below_one(command.taker_rate_e8).ok_or(Refusal::Malformed)?,
            subsidised: command.subsidised == 1,
        };
        let claim = (0..=RATE_ONE).contains(&i128::from(command.highest_claim_e8));
        let level = command.level <= LEVEL_MAX && command.subsidised <= 1;
        require(rates.taker >= 0 && level && (scope != FeeScope::Venue || claim), Refusal::Malformed)?;
        let change = match scope {
            FeeScope::Brand => {
                require(is_brand(command.brand), Refusal::UnknownBrand)?;
                let above = rates.taker >= self.floor.taker && rates.maker >= self.floor.maker;
                require(above, Refusal::FeeBelowFloor)?;
                Change::Schedule { brand: command.brand, level: command.level, rates: Some(rates) }
            }
            FeeScope::Account => {
                user(command.account)?;
                Change::Override { account: command.account, rates: Some(rates) }
            }
            FeeScope::Venue => {
                let above = |rates: &Counted, floor: i32| rates.lowest().is_none_or(|lowest| lowest >= floor);
                let takers = above(&self.scheduled_takers, rates.taker);
                require(takers && above(&self.scheduled_makers, rates.maker), Refusal::FeeBelowFloor)?;
                Change::Floor { rates, highest_claim: command.highest_claim_e8 }
            }
        };
        let undo = self.change(change);
        if !self.rebates_are_covered() {
            self.change(undo);
            return Err(Refusal::RebateTooHigh.into());
        }
        self.version = self.version.saturating_add(1);
        Ok(())
    }

    /// F-3: the account's own rates, else its brand's at the highest level not above the account's, else the floor.
    #[must_use]
    pub fn rates(&self, account: u64, brand: u32, level: u8) -> Rates {
        if let Some(own) = self.overrides.get(&account) {
            return *own;
        }
        self.schedules.range((brand, 0)..=(brand, level)).next_back().map_or(self.floor, |(_, rates)| *rates)
    }

    #[must_use]
    pub const fn schedules(&self) -> &BTreeMap<(u32, u8), Rates> {
        &self.schedules
    }

    #[must_use]
    pub const fn overrides(&self) -> &BTreeMap<u64, Rates> {
        &self.overrides
    }

    #[must_use]
    pub const fn floor(&self) -> (Rates, i64) {
        (self.floor, self.highest_claim)
    }

    /// Make a change that needs no judging, and give back what undoes it.
    pub fn change(&mut self, change: Change) -> Change {
        match change {
            Change::Schedule { brand, level, rates } => {
                let before = replace(&mut self.schedules, (brand, level), rates);
                self.scheduled_takers.replace(before.map(|rates| rates.taker), rates.map(|rates| rates.taker));
                self.scheduled_makers.replace(before.map(|rates| rates.maker), rates.map(|rates| rates.maker));
                self.count(before, rates);
                Change::Schedule { brand, level, rates: before }
            }
            Change::Override { account, rates } => {
                let before = replace(&mut self.overrides, account, rates);
                self.count(before, rates);
                Change::Override { account, rates: before }
            }
            Change::Floor { rates, highest_claim } => {
                let before = Change::Floor { rates: self.floor, highest_claim: self.highest_claim };
                (self.floor, self.highest_claim) = (rates, highest_claim);
                before
            }
        }
    }

    fn count(&mut self, before: Option<Rates>, after: Option<Rates>) {
        let unsubsidised = |rates: Option<Rates>| rates.filter(|rates| !rates.subsidised).map(|rates| rates.maker);
        self.takers.replace(before.map(|rates| rates.taker), after.map(|rates| rates.taker));
        self.unsubsidised_makers.replace(unsubsidised(before), unsubsidised(after));
    }

    /// F-5. The floor is judged for itself while there is nothing else.
    fn rebates_are_covered(&self) -> bool {
        let (lowest_taker, lowest_maker) = match self.takers.lowest() {
            Some(taker) => (taker, self.unsubsidised_makers.lowest()),
            None => (self.floor.taker, Some(self.floor.maker).filter(|_| !self.floor.subsidised)),
        };
        let highest_rebate = share_down(lowest_taker.into(), ONE_E8.saturating_sub(self.highest_claim));
        lowest_maker.is_none_or(|maker| i64::from(maker).saturating_neg() <= highest_rebate)
    }
}

fn replace<K: Ord>(table: &mut BTreeMap<K, Rates>, key: K, rates: Option<Rates>) -> Option<Rates> {
    match rates {
        Some(rates) => table.insert(key, rates),
        None => table.remove(&key),
    }
}

/// Rates, how many there are of each.
#[derive(Clone, Debug, Default)]
struct Counted(BTreeMap<i32, u64>);

impl Counted {
    fn lowest(&self) -> Option<i32> {
        self.0.first_key_value().map(|(rate, _)| *rate)
    }

    /// One goes, where there was one, and one comes.
    fn replace(&mut self, before: Option<i32>, after: Option<i32>) {
        if before == after {
            return;
        }
        if let Some(rate) = before {
            let left = self.0.get(&rate).map_or(0, |count| count.saturating_sub(1));
            if left == 0 {
                self.0.remove(&rate);
            } else {
                self.0.insert(rate, left);
            }
        }
        if let Some(rate) = after {
            let count = self.0.entry(rate).or_default();
            *count = count.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    use super::*;
    use crate::fault::Stop;

    const BRANDS: u32 = 3;
    const ACCOUNTS: u64 = 4;

    /// The rules of F-4 and F-5 as they are written: a copy of the whole table, looked at from end to end.
    #[derive(Clone, Debug, Default)]
    struct Naive {
        schedules: BTreeMap<(u32, u8), Rates>,
        overrides: BTreeMap<u64, Rates>,
        floor: Rates,
        highest_claim: i64,
    }

    impl Naive {
        fn set(&mut self, scope: FeeScope, of: u8, level: u8, rates: Rates, claim: i64) -> Result<(), Refusal> {
            let mut after = self.clone();
            match scope {
                FeeScope::Brand => {
                    if rates.taker < self.floor.taker || rates.maker < self.floor.maker {
                        return Err(Refusal::FeeBelowFloor);
                    }
                    after.schedules.insert((of.into(), level), rates);
                }
                FeeScope::Account => {
                    after.overrides.insert(of.into(), rates);
                }
                FeeScope::Venue => {
                    let above = |other: &Rates| other.taker >= rates.taker && other.maker >= rates.maker;
                    if !self.schedules.values().all(above) {
                        return Err(Refusal::FeeBelowFloor);
                    }
                    (after.floor, after.highest_claim) = (rates, claim);
                }
            }
            let all: Vec<Rates> = after.schedules.values().chain(after.overrides.values()).copied().collect();
            let lowest = all.iter().map(|rates| rates.taker).min().unwrap_or(after.floor.taker);
            let most = i64::from(lowest) * (ONE_E8 - after.highest_claim) / ONE_E8;
            let judged = if all.is_empty() { vec![after.floor] } else { all };
            if judged.iter().any(|rates| !rates.subsidised && -i64::from(rates.maker) > most) {
                return Err(Refusal::RebateTooHigh);
            }
            *self = after;
            Ok(())
        }
    }

    prop_compose! {
        fn rates()(
            maker in prop_oneof![-12_i32..4, -2_i32..2],
            taker in 0_i32..12,
            subsidised in any::<bool>(),
            unit in prop_oneof![Just(1), Just(5_000)],
        ) -> Rates {
            Rates { maker: maker * unit, taker: taker * unit, subsidised }
        }
    }

    prop_compose! {
        fn change()(
            scope in prop_oneof![4 => Just(FeeScope::Brand), 3 => Just(FeeScope::Account), 1 => Just(FeeScope::Venue)],
            of in 1_u8..4,
            level in 0_u8..3,
            rates in rates(),
            claim in prop_oneof![Just(0), Just(30_000_000_i64), Just(33_333_333), Just(100_000_000)],
        ) -> (FeeScope, u8, u8, Rates, i64) {
            (scope, of, level, rates, claim)
        }
    }

    proptest! {
        #[test]
        fn counted_rates_take_and_refuse_what_the_whole_table_would(
            changes in proptest::collection::vec(change(), 1..60)
        ) {
            let (mut table, mut naive) = (FeeTable::default(), Naive::default());
            for (scope, of, level, rates, claim) in changes {
                let command = record::Fees {
                    scope: scope.number(),
                    level,
                    brand: of.into(),
                    account: of.into(),
                    maker_rate_e8: rates.maker.into(),
                    taker_rate_e8: rates.taker.into(),
                    subsidised: rates.subsidised.into(),
                    highest_claim_e8: claim,
                    ..Zeroable::zeroed()
                };
                let version = table.version;
                let told = table.set(&command, |brand| brand <= BRANDS, |_| Ok(()));
                prop_assert_eq!(&told, &naive.set(scope, of, level, rates, claim).map_err(Stop::Refused));
                prop_assert_eq!(table.version, version + u32::from(told.is_ok()));
                prop_assert_eq!(table.schedules(), &naive.schedules);
                prop_assert_eq!(table.overrides(), &naive.overrides);
                prop_assert_eq!(table.floor(), (naive.floor, naive.highest_claim));
                let counts = |rates: &Counted| rates.0.values().map(|count| usize::try_from(*count).unwrap_or(0)).sum::<usize>();
                prop_assert_eq!(counts(&table.scheduled_takers), naive.schedules.len());
                prop_assert_eq!(counts(&table.takers), naive.schedules.len() + naive.overrides.len());
            }
            for account in 1..=ACCOUNTS {
                let own = naive.overrides.get(&account).copied();
                let of_brand = (0..=1).rev().find_map(|level| naive.schedules.get(&(1, level)).copied());
                prop_assert_eq!(table.rates(account, 1, 1), own.or(of_brand).unwrap_or(naive.floor));
            }
        }
    }
}
