//! Accounts and their balances: what is available, what is held. Rules: docs/rules/counter.md.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::direct::Direct;
use crate::fault::{Outcome, Step, broken};
use crate::fees::Rates;
use crate::money::{add, sub};
use crate::planted::{Bug, planted};
use crate::slab::{Blank, Slab};
use crate::words::Refusal;

pub const FEE_POOL: u64 = 1;
pub const SUBSIDY: u64 = 2;
/// What the floors of splits leave; opened by the first of them, so that a state without any is as it was.
pub const ROUNDING: u64 = 3;
pub const FIRST_USER: u64 = 1_000;
pub const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    pub available: i128,
    pub held: i128,
}

/// Whose a balance is; beside the balances, which the hot path reads alone.
#[derive(Clone, Copy, Debug)]
struct Owner {
    asset: u32,
    /// The account's next balance.
    next: u32,
}

/// One cache line. Its first two balances are named in it, the others hang on the second.
#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
pub struct Account {
    pub id: u64,
    pub person: u64,
    pub brand: u32,
    /// The newest of the account's live orders; they link to each other.
    pub newest_order: u32,
    first: [(u32, u32); 2], // asset and balance
    /// What the fee schedules make of it, and the version of the schedules that this was read from.
    pub rates: Rates,
    rates_version: u32,
    pub level: u8,
}

const _: () = assert!(std::mem::size_of::<Account>() == 64);

/// Where a balance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row(u32);

impl Row {
    pub const NONE: Self = Self(NONE);
}

impl Blank for Account {
    const BLANK: Self = Self::new(0, 0, 0, 0);
}

impl Blank for Balance {
    const BLANK: Self = Self { available: 0, held: 0 };
}

impl Blank for Owner {
    const BLANK: Self = Self { asset: 0, next: NONE };
}

#[derive(Clone, Debug, Default)]
pub struct Accounts {
    list: Slab<Account>,
    balances: Slab<Balance>,
    owners: Slab<Owner>,
    places: Direct,
    /// Per asset everything that came in and has not gone out: no balance can exceed it.
    pub supply: BTreeMap<u32, i128>,
    pub used_keys: BTreeSet<[u8; 32]>,
}

impl Accounts {
    /// The venue's own accounts, which are there before all others.
    pub fn open_system(&mut self) -> Step<()> {
        [FEE_POOL, SUBSIDY].into_iter().try_for_each(|id| self.open(Account::new(id, 0, 0, 0)))
    }

    pub fn open(&mut self, account: Account) -> Step<()> {
        let place = self.list.push(account)?;
        self.places.insert(account.id, place)
    }

    #[must_use]
    #[inline]
    pub fn find(&self, id: u64) -> Option<u32> {
        self.places.find(id, |place| self.list.get(place).is_some_and(|account| account.id == id))
    }

    /// Read an account's first two balances, to have them near.
    #[inline(always)]
    #[must_use]
    pub fn peek_balances(&self, account: &Account) -> u32 {
        let [first, second] = account.first.map(|(_, row)| self.peek_balance(Row(row)));
        first ^ second
    }

    #[inline(always)]
    #[must_use]
    pub fn peek_balance(&self, row: Row) -> u32 {
        self.balances.get(row.0).map_or(0, |balance| u32::from(balance.held == 0))
    }

    #[inline]
    pub fn at(&self, place: u32) -> Step<&Account> {
        self.list.at(place)
    }

    #[inline]
    pub fn at_mut(&mut self, place: u32) -> Step<&mut Account> {
        self.list.at_mut(place)
    }

    /// All accounts, in the order in which they were opened.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.list.iter()
    }

    #[must_use]
    pub const fn len(&self) -> u32 {
        self.list.len()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// An account about to trade: the rates of its next order (F-3) up to date, and both balances there. Returns the
    /// rows of base and quote.
    #[inline(always)]
    pub fn trader(&mut self, place: u32, config: &Config, base: u32, quote: u32) -> Step<(Row, Row)> {
        let account = self.list.at(place)?;
        let [first, second] = account.first;
        if account.rates_version == config.fee_table.version {
            if (first.0, second.0) == (base, quote) {
                return Ok((Row(first.1), Row(second.1)));
            }
            if (first.0, second.0) == (quote, base) {
                return Ok((Row(second.1), Row(first.1)));
            }
        }
        self.other_trader(place, config, base, quote)
    }

    /// The same for an account whose rates are out of date, or whose first balances are others.
    #[inline(never)]
    fn other_trader(&mut self, place: u32, config: &Config, base: u32, quote: u32) -> Step<(Row, Row)> {
        if self.list.at(place)?.rates_version != config.fee_table.version {
            self.refresh(place, config)?;
        }
        Ok((self.row(place, base)?, self.row(place, quote)?))
    }

    fn refresh(&mut self, place: u32, config: &Config) -> Step<()> {
        let account = self.list.at_mut(place)?;
        account.rates = config.fee_table.rates(account.id, account.brand, account.level);
        account.rates_version = config.fee_table.version;
        Ok(())
    }

    /// The account's row for an asset; made, at zero, when it has none. A row's place never changes.
    #[inline]
    pub fn row(&mut self, account: u32, asset: u32) -> Step<Row> {
        let [first, second] = self.list.at(account)?.first;
        if first.0 == asset {
            return Ok(Row(first.1));
        }
        if second.0 == asset {
            return Ok(Row(second.1));
        }
        self.further_row(account, asset)
    }

    fn further_row(&mut self, account: u32, asset: u32) -> Step<Row> {
        let last = match self.row_or_last(account, asset)? {
            Ok(found) => return Ok(found),
            Err(last) => last,
        };
        let row = self.balances.push(Balance::default())?;
        if self.owners.push(Owner { asset, next: NONE })? != row {
            return Err(broken(&"balances and their owners are out of step"));
        }
        if last != NONE {
            self.owners.at_mut(last)?.next = row;
        }
        let first = &mut self.list.at_mut(account)?.first;
        if let Some(free) = first.iter_mut().find(|(_, row)| *row == NONE) {
            *free = (asset, row);
        }
        Ok(Row(row))
    }

    /// Let an account's empty row of one asset be its row of another, unless it has one of that already: who traded the
    /// one finds the other as near. No live order may know the row.
    pub fn hand_over(&mut self, account: u32, from: u32, to: u32) -> Step<()> {
        let Some(Row(row)) = self.known_row(account, from)? else { return Ok(()) };
        if self.known_row(account, to)?.is_some() {
            return Ok(());
        }
        if self.balance(Row(row))? != Balance::default() {
            return Err(broken(&"a row that is handed over is not empty"));
        }
        self.owners.at_mut(row)?.asset = to;
        let first = &mut self.list.at_mut(account)?.first;
        if let Some(named) = first.iter_mut().find(|(_, named)| *named == row) {
            named.0 = to;
        }
        Ok(())
    }

    /// The account's row for an asset, if it has one.
    pub fn known_row(&self, account: u32, asset: u32) -> Step<Option<Row>> {
        Ok(self.row_or_last(account, asset)?.ok())
    }

    /// The account's row for an asset; else its last row, behind which another comes: NONE when it has no row.
    fn row_or_last(&self, account: u32, asset: u32) -> Step<Result<Row, u32>> {
        let (mut last, mut next) = (NONE, self.list.at(account)?.first.first().map_or(NONE, |(_, row)| *row));
        while next != NONE {
            let owner = self.owners.at(next)?;
            if owner.asset == asset {
                return Ok(Ok(Row(next)));
            }
            (last, next) = (next, owner.next);
        }
        Ok(Err(last))
    }

    /// The account's assets and where their balances are, in the order in which it first had them.
    pub fn rows_of(&self, account: u32) -> Step<Vec<(u32, Row)>> {
        let mut rows = Vec::new();
        let mut next = self.list.at(account)?.first.first().map_or(NONE, |(_, row)| *row);
        while next != NONE {
            let owner = self.owners.at(next)?;
            rows.push((owner.asset, Row(next)));
            next = owner.next;
        }
        Ok(rows)
    }

    #[inline]
    pub fn balance(&self, row: Row) -> Step<Balance> {
        self.balances.at(row.0).copied()
    }

    /// Move both parts of a balance. Below zero is a bug here: whoever calls has checked.
    #[inline]
    pub fn shift(&mut self, row: Row, available: i128, held: i128) -> Step<()> {
        let balance = self.balances.at_mut(row.0)?;
        balance.available = balance.available.checked_add(available).ok_or(broken(&"balance overflows"))?;
        balance.held = balance.held.checked_add(held).ok_or(broken(&"hold overflows"))?;
        if balance.available < 0 || balance.held < 0 {
            return Err(broken(&"balance below zero"));
        }
        Ok(())
    }

    /// Take from available into held.
    #[inline]
    pub fn hold(&mut self, row: Row, amount: i128) -> Outcome<()> {
        let balance = self.balances.at_mut(row.0)?;
        if balance.available < amount && !planted(Bug::Overdraft) {
            return Err(Refusal::InsufficientFunds.into());
        }
        balance.available = balance.available.checked_sub(amount).ok_or(broken(&"balance overflows"))?;
        balance.held = balance.held.checked_add(amount).ok_or(broken(&"hold overflows"))?;
        if balance.held < 0 {
            return Err(broken(&"balance below zero").into());
        }
        Ok(())
    }

    /// Money that comes into the venue, or with a negative amount goes out.
    pub fn change_supply(&mut self, asset: u32, amount: i128) -> Outcome<()> {
        let before = self.supply.get(&asset).copied().unwrap_or(0);
        self.supply.insert(asset, add(before, amount)?);
        Ok(())
    }

    /// Everything the accounts have of each asset; equals the supply.
    pub fn total(&self, asset: u32) -> Outcome<i128> {
        let mut total = 0;
        for (balance, _) in self.balances.iter().zip(self.owners.iter()).filter(|(_, owner)| owner.asset == asset) {
            total = add(add(total, balance.available)?, balance.held)?;
        }
        sub(total, 0)
    }
}

impl Account {
    /// A new VIP level; the next order is charged by it.
    pub const fn set_level(&mut self, level: u8) {
        self.level = level;
        self.rates_version = 0;
    }

    #[must_use]
    pub const fn new(id: u64, person: u64, brand: u32, level: u8) -> Self {
        Self {
            id,
            person,
            brand,
            newest_order: NONE,
            first: [(0, NONE); 2],
            rates: Rates::NONE,
            rates_version: 0,
            level,
        }
    }
}
