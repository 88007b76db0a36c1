//! Money that comes in, goes out, or moves between accounts. Rules: docs/rules/counter.md.

use crate::accounts::SUBSIDY;
use crate::config::require;
use crate::engine::Engine;
use crate::events::Events;
use crate::fault::{Outcome, Step, broken};
use crate::money::{add, sub};
use crate::planted::{Bug, planted};
use crate::record;
use crate::words::Refusal;

impl Engine {
    pub fn deposit(&mut self, command: &record::Funds, events: &mut Events) -> Outcome<()> {
        let place = self.funds_account(command, command.account, true)?;
        let amount = self.check_amount(command)?;
        self.counter.accounts.change_supply(command.asset, amount)?;
        self.move_available(place, command, amount, events)?;
        self.counter.accounts.used_keys.insert(command.key);
        Ok(())
    }

    pub fn withdrawal(&mut self, command: &record::Funds, events: &mut Events) -> Outcome<()> {
        let place = self.funds_account(command, command.account, false)?;
        let amount = self.check_amount(command)?;
        self.check_available(place, command.asset, amount)?;
        let out = amount.checked_neg().ok_or(Refusal::Overflow)?;
        self.counter.accounts.change_supply(command.asset, out)?;
        self.move_available(place, command, out, events)?;
        self.counter.accounts.used_keys.insert(command.key);
        Ok(())
    }

    pub fn transfer(&mut self, command: &record::Funds, events: &mut Events) -> Outcome<()> {
        require(command.key != [0; 32], Refusal::Malformed)?;
        require(self.config.assets.contains_key(&command.asset), Refusal::UnknownAsset)?;
        let from = self.counter.accounts.find(command.account).ok_or(Refusal::UnknownAccount)?;
        let to = self.counter.accounts.find(command.to_account).ok_or(Refusal::UnknownAccount)?;
        require(from != to, Refusal::SameAccount)?;
        let amount = self.check_amount(command)?;
        self.check_available(from, command.asset, amount)?;
        self.move_available(from, command, amount.checked_neg().ok_or(Refusal::Overflow)?, events)?;
        self.move_available(to, command, amount, events)?;
        self.counter.accounts.used_keys.insert(command.key);
        Ok(())
    }

    /// the account of a deposit or withdrawal. The host may also fund, and take back, the subsidy account.
    fn funds_account(&self, command: &record::Funds, id: u64, subsidy: bool) -> Outcome<u32> {
        require(command.key != [0; 32], Refusal::Malformed)?;
        require(self.config.assets.contains_key(&command.asset), Refusal::UnknownAsset)?;
        if subsidy && id == SUBSIDY {
            return Ok(self.counter.accounts.find(id).ok_or(broken(&"system account missing"))?);
        }
        self.counter.user(id)
    }

    fn check_amount(&self, command: &record::Funds) -> Outcome<i128> {
        let amount = i128::from(command.amount);
        require(amount > 0, Refusal::BadAmount)?;
        let used = self.counter.accounts.used_keys.contains(&command.key) && !planted(Bug::KeyUsedTwice);
        require(!used, Refusal::DuplicateKey)?;
        require(!self.config.is_closed(command.asset), Refusal::AssetClosed)?;
        add(amount, 0)
    }

    fn check_available(&mut self, place: u32, asset: u32, amount: i128) -> Outcome<()> {
        let row = self.counter.accounts.row(place, asset)?;
        let available = self.counter.accounts.balance(row)?.available;
        require(sub(available, amount)? >= 0, Refusal::InsufficientFunds)
    }

    fn move_available(&mut self, place: u32, command: &record::Funds, delta: i128, events: &mut Events) -> Step<()> {
        let row = self.counter.accounts.row(place, command.asset)?;
        self.counter.accounts.shift(row, delta, 0)?;
        let balance = self.counter.accounts.balance(row)?;
        let id = self.counter.accounts.at(place)?.id;
        events.balance(id, command.kind, command.asset, delta, &balance);
        Ok(())
    }
}
