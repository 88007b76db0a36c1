//! Accounts and their balances: what is available, what is held. Rules: docs/rules/counter.md.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::config::{Config, Rates};
use crate::fault::{Outcome, Step, broken};
use crate::hash::FastHash;
use crate::money::{add, sub};
use crate::words::Refusal;

pub const FEE_POOL: u64 = 1;
pub const SUBSIDY: u64 = 2;
pub const FIRST_USER: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    pub asset: u32,
    pub available: i128,
    pub held: i128,
}

#[derive(Clone, Debug)]
pub struct Account {
    pub id: u64,
    pub person: u64,
    pub brand: u32,
    pub level: u8,
    /// One row an asset, in the order in which the account first had it; a row's place never changes.
    pub balances: Vec<Balance>,
    /// The newest of the account's live orders; they link to each other.
    pub newest_order: u32,
    /// What the fee schedules make of it, and the version of the schedules that this was read from.
    rates: Rates,
    rates_version: u64,
}

/// Where a balance is: the account's place and the row's place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub account: usize,
    pub row: u32,
}

#[derive(Clone, Debug)]
pub struct Accounts {
    pub list: Vec<Account>,
    index: HashMap<u64, usize, FastHash>,
    /// Per asset everything that came in and has not gone out: no balance can exceed it.
    pub supply: BTreeMap<u32, i128>,
    pub used_keys: BTreeSet<[u8; 32]>,
}

impl Row {
    fn place(self) -> Option<usize> {
        usize::try_from(self.row).ok()
    }
}

impl Accounts {
    #[must_use]
    pub fn new() -> Self {
        let mut accounts =
            Self { list: Vec::new(), index: HashMap::default(), supply: BTreeMap::new(), used_keys: BTreeSet::new() };
        for id in [FEE_POOL, SUBSIDY] {
            accounts.open(Account::new(id, 0, 0, 0));
        }
        accounts
    }

    pub fn open(&mut self, account: Account) {
        self.index.insert(account.id, self.list.len());
        self.list.push(account);
    }

    #[must_use]
    pub fn find(&self, id: u64) -> Option<usize> {
        self.index.get(&id).copied()
    }

    pub fn at(&self, place: usize) -> Step<&Account> {
        self.list.get(place).ok_or(broken("no such account"))
    }

    pub fn at_mut(&mut self, place: usize) -> Step<&mut Account> {
        self.list.get_mut(place).ok_or(broken("no such account"))
    }

    /// The rates of an account's next order (F-3).
    pub fn rates(&mut self, place: usize, config: &Config) -> Step<Rates> {
        let account = self.at_mut(place)?;
        if account.rates_version != config.fees_version {
            account.rates = config.rates(account.id, account.brand, account.level);
            account.rates_version = config.fees_version;
        }
        Ok(account.rates)
    }

    /// The account's row for an asset; made, at zero, when it has none.
    pub fn row(&mut self, account: usize, asset: u32) -> Step<Row> {
        let balances = &mut self.at_mut(account)?.balances;
        let place = balances.iter().position(|balance| balance.asset == asset).unwrap_or_else(|| {
            balances.push(Balance { asset, available: 0, held: 0 });
            balances.len().saturating_sub(1)
        });
        let row = u32::try_from(place).map_err(|_| broken("too many assets"))?;
        Ok(Row { account, row })
    }

    pub fn balance(&self, row: Row) -> Step<Balance> {
        let balances = &self.at(row.account)?.balances;
        row.place().and_then(|place| balances.get(place)).copied().ok_or(broken("no such balance"))
    }

    /// Move both parts of a balance. Below zero is a bug here: whoever calls has checked.
    pub fn shift(&mut self, row: Row, available: i128, held: i128) -> Step<()> {
        let balances = &mut self.at_mut(row.account)?.balances;
        let balance = row.place().and_then(|place| balances.get_mut(place)).ok_or(broken("no such balance"))?;
        balance.available = balance.available.checked_add(available).ok_or(broken("balance overflows"))?;
        balance.held = balance.held.checked_add(held).ok_or(broken("hold overflows"))?;
        if balance.available < 0 || balance.held < 0 {
            return Err(broken("balance below zero"));
        }
        Ok(())
    }

    /// Take from available into held.
    pub fn hold(&mut self, row: Row, amount: i128) -> Outcome<()> {
        let balances = &mut self.at_mut(row.account)?.balances;
        let balance = row.place().and_then(|place| balances.get_mut(place)).ok_or(broken("no such balance"))?;
        if balance.available < amount {
            return Err(Refusal::InsufficientFunds.into());
        }
        balance.available = balance.available.checked_sub(amount).ok_or(broken("balance overflows"))?;
        balance.held = balance.held.checked_add(amount).ok_or(broken("hold overflows"))?;
        if balance.held < 0 {
            return Err(broken("balance below zero").into());
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
        for balance in self.list.iter().flat_map(|account| &account.balances).filter(|balance| balance.asset == asset) {
            total = add(add(total, balance.available)?, balance.held)?;
        }
        sub(total, 0)
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Self::new()
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
            level,
            balances: Vec::new(),
            newest_order: u32::MAX,
            rates: Rates::NONE,
            rates_version: 0,
        }
    }
}
