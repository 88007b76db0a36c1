//! Commands that take many orders out of their books: an account's, those of a timer, those of a kill switch, those of a
//! listing that is closed. Rules: docs/rules/counter.md (K-12), docs/rules/protection.md (P-8, P-11, P-15).

use crate::config::{Config, require};
use crate::engine::Engine;
use crate::events::Events;
use crate::fault::{Outcome, Step, broken};
use crate::listing::BRANDS_MAX;
use crate::orders::{Names, Open, Terms};
use crate::planted::{Bug, planted};
use crate::record;
use crate::words::{CancelReason, CancelScope, KillScope, ListingMode, Refusal, Side, TradingStatus};

impl Engine {
    /// The account's live orders go, of one instrument or of all that are not halted. P-11: those of one credential go
    /// out of halted books too.
    pub fn cancel_all(&mut self, command: &record::Cancel, events: &mut Events) -> Outcome<()> {
        let scope = CancelScope::read(command.scope).ok_or(Refusal::Malformed)?;
        let ended = scope == CancelScope::Credential;
        require(!ended || command.credential != 0, Refusal::Malformed)?;
        let only = match command.instrument {
            0 => None,
            id => Some(self.config.place_of(id).ok_or(Refusal::UnknownInstrument)?),
        };
        let account = self.counter.user(command.account)?;
        let status = only.and_then(|place| self.config.instruments.get(place)).map(|instrument| instrument.status);
        let halted = self.config.venue_status.max(status.unwrap_or(TradingStatus::Live)) == TradingStatus::Halted;
        require(!halted || ended, Refusal::Halted)?;
        let chosen = |config: &Config, open: &Open, terms: &Terms, _: &Names| {
            let status = config.instruments.get(open.place()).map(|instrument| instrument.status);
            let which = if ended { u64::from(terms.credential) == command.credential } else { true };
            let where_to = ended || status != Some(TradingStatus::Halted);
            which && where_to && only.is_none_or(|place| open.place() == place)
        };
        let reason = if ended { CancelReason::Disconnected } else { CancelReason::User };
        let count = self.sweep(account, reason, events, chosen)?;
        events.canceled_all(command.account, count);
        Ok(())
    }

    /// Cancel an account's live orders that `chosen` names, oldest first.
    fn sweep(
        &mut self,
        account: u32,
        reason: CancelReason,
        events: &mut Events,
        chosen: impl Fn(&Config, &Open, &Terms, &Names) -> bool,
    ) -> Step<u32> {
        let mut count: u32 = 0;
        let newest = self.counter.accounts.at(account)?.newest_order;
        for ticket in self.counter.orders.of_account(newest)? {
            let (open, terms) = self.counter.orders.both(ticket)?;
            if chosen(&self.config, open, terms, &self.counter.orders.names(ticket)?) {
                self.pull_one(ticket, reason, events)?;
                count = count.checked_add(1).ok_or(broken(&"too many orders"))?;
            }
        }
        Ok(count)
    }

    /// P-8: while it is on, nothing new of that scope; what rests goes, oldest first, out of halted books too.
    pub fn kill(&mut self, command: &record::Kill, events: &mut Events) -> Outcome<()> {
        let scope = KillScope::read(command.scope).ok_or(Refusal::Malformed)?;
        let (target, active) = (command.target, command.active == 1);
        require(command.active <= 1 && (target == 0) == (scope == KillScope::Venue), Refusal::Malformed)?;
        let short = u32::try_from(target).unwrap_or(0);
        match scope {
            KillScope::Credential | KillScope::Person | KillScope::Venue => {}
            KillScope::Account => self.counter.user(target).map(|_| ())?,
            KillScope::Broker => require(self.config.brokers.contains_key(&short), Refusal::UnknownBroker)?,
            KillScope::Brand => require(self.config.brands().contains_key(&short), Refusal::UnknownBrand)?,
            KillScope::Instrument => require(self.config.place_of(short).is_some(), Refusal::UnknownInstrument)?,
        }
        self.config.kills.set(scope, target, active);
        events.config(command.kind);
        if !active || planted(Bug::KillSparesResting) {
            return Ok(());
        }
        let (instruments, accounts) = (&self.config.instruments, &self.counter.accounts);
        let of_scope = |open: &Open, terms: &Terms| match scope {
            KillScope::Credential => u64::from(terms.credential) == target,
            KillScope::Account => open.account_id == target,
            KillScope::Person => accounts.at(open.account).is_ok_and(|owner| owner.person == target),
            KillScope::Broker => terms.broker == short,
            KillScope::Brand => terms.brand == short,
            KillScope::Instrument => instruments.get(open.place()).is_some_and(|found| found.id == short),
            KillScope::Venue => true,
        };
        for ticket in self.counter.orders.chosen(of_scope) {
            self.pull_one(ticket, CancelReason::Killed, events)?;
        }
        Ok(())
    }

    /// P-15: while a listing is closed, the brand's accounts trade nothing new in the instrument; what rests of them
    /// goes, oldest first, out of a halted book too.
    pub fn listing(&mut self, command: &record::Listing, events: &mut Events) -> Outcome<()> {
        let mode = ListingMode::read(command.mode).ok_or(Refusal::Malformed)?;
        let brand = command.brand;
        require(self.config.brands().contains_key(&brand), Refusal::UnknownBrand)?;
        let place = self.config.place_of(command.instrument).ok_or(Refusal::UnknownInstrument)?;
        require(brand < BRANDS_MAX, Refusal::Overflow)?;
        let closed = mode == ListingMode::Closed;
        self.config.list(place, brand, closed);
        events.config(command.kind);
        if !closed || planted(Bug::DelistingSparesResting) {
            return Ok(());
        }
        for ticket in self.resting_of(place, brand)? {
            self.pull_one(ticket, CancelReason::Delisted, events)?;
        }
        Ok(())
    }

    /// Tickets of a brand's orders in one book, oldest first.
    fn resting_of(&self, place: usize, brand: u32) -> Step<Vec<u32>> {
        let Some(book) = self.books.get(place) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for side in [Side::Buy, Side::Sell] {
            for (_, ticket, _) in self.books.in_priority(book, side) {
                let (open, terms) = self.counter.orders.both(ticket)?;
                if terms.brand == brand {
                    found.push((open.id, ticket));
                }
            }
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, ticket)| ticket).collect())
    }

    pub fn cancel_all_after(&mut self, command: &record::Cancel, events: &mut Events) -> Outcome<()> {
        require(command.deadline_ns == 0 || command.deadline_ns > self.time_ns, Refusal::Malformed)?;
        self.counter.user(command.account)?;
        self.timers.set(command.account, command.tag, command.deadline_ns);
        events.timer(command.account, command.deadline_ns, command.tag);
        Ok(())
    }

    /// K-12: whoever does not say that it is alive is out of every book, halted ones too.
    pub fn run_timer(&mut self, account: u64, tag: &[u8; 16], events: &mut Events) -> Step<()> {
        let place = self.counter.accounts.find(account).ok_or(broken(&"timer of no account"))?;
        let any = *tag == [0; 16];
        self.sweep(place, CancelReason::CancelAllAfter, events, |_, _, _, names| any || names.tag == *tag)?;
        events.timer(account, 0, *tag);
        Ok(())
    }
}
