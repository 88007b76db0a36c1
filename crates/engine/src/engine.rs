//! START HERE: `Engine::apply`, everything that follows from a batch of commands.
//!
//! A pure function of the state and the bytes: no clock, no randomness, no files, no order of a hash map. Counter and
//! matching are two state machines; this module carries the messages between them and writes down the events.

use bytemuck::cast_ref;

use crate::book::{Books, Touched};
use crate::config::{Config, Instrument, require};
use crate::counter::{Admitted, Counter};
use crate::events::{Events, Trade};
use crate::fault::{Outcome, Step, Stop, broken};
use crate::matching::{self, Enter, Report, Size};
use crate::orders::{NONE, Open, Terms};
use crate::protection::Wish;
use crate::reckon::{Left, requirement};
use crate::record::{self, COMMAND_SIZE};
use crate::scout::{AHEAD, Found};
use crate::timers::Timers;
use crate::words::{CancelReason, CommandKind, Refusal, Side, SizeIn, TradingStatus};

#[derive(Clone, Debug, Default)]
pub struct Engine {
    pub sequence: u64,
    pub time_ns: i64,
    pub config: Config,
    pub counter: Counter,
    pub books: Books,
    pub timers: Timers,
    /// Levels that the current command changed, each as it then was.
    touched: Vec<(usize, Touched)>,
}

impl Engine {
    /// An engine before its first command.
    ///
    /// # Errors
    /// None in practice: the venue's own accounts always find room.
    pub fn new() -> Step<Self> {
        let mut engine = Self::default();
        engine.counter.accounts.open_system()?;
        Ok(engine)
    }

    /// Apply a batch: the bytes of whole command records, sequences contiguous, time never falling.
    ///
    /// # Errors
    /// A `Fault` is a bug, here or in the sequencer: the state is then undefined and the engine must not go on.
    pub fn apply(&mut self, commands: &[u8], events: &mut Events) -> Step<()> {
        if let Ok(records) = bytemuck::try_cast_slice::<u8, record::Command>(commands) {
            for group in records.chunks(AHEAD) {
                let found = if self.is_wide() { self.scout(group) } else { [Found::NOTHING; AHEAD] };
                group.iter().zip(&found).try_for_each(|(command, found)| self.one(command, found, events))?;
            }
            return Ok(());
        }
        // Bytes that do not start at a word, or are not whole records.
        let (records, rest) = commands.as_chunks::<COMMAND_SIZE>();
        if !rest.is_empty() {
            return Err(broken(&"commands are not whole records"));
        }
        records.iter().try_for_each(|record| self.one(&bytemuck::pod_read_unaligned(record), &Found::NOTHING, events))
    }

    fn one(&mut self, command: &record::Command, found: &Found, events: &mut Events) -> Step<()> {
        let header = &command.header;
        if Some(header.sequence) != self.sequence.checked_add(1) {
            return Err(broken(&"sequence jumps"));
        }
        if header.time_ns < self.time_ns {
            return Err(broken(&"engine time falls"));
        }
        self.sequence = header.sequence;
        self.time_ns = header.time_ns;
        events.begin(header.sequence);
        while let Some(due) = self.timers.pop_due(self.time_ns) {
            self.run_timer(due.account, &due.tag, events)?;
        }
        match self.dispatch(command, found, events) {
            Ok(()) => {}
            Err(Stop::Broken(fault)) => return Err(fault),
            Err(Stop::Refused(refusal)) => {
                let (account, order) = concerned(command);
                events.refused(refusal, command.kind, account, order);
            }
        }
        if self.touched.is_empty() { Ok(()) } else { self.tell_levels(events) }
    }

    #[inline(always)]
    fn dispatch(&mut self, command: &record::Command, found: &Found, events: &mut Events) -> Outcome<()> {
        if command.kind == CommandKind::Order.number() {
            return self.order(cast_ref(command), found, events);
        }
        if command.kind == CommandKind::Cancel.number() {
            return self.cancel(cast_ref(command), found, events);
        }
        self.further(command, events)
    }

    /// All commands that are rarer: kept apart, so that the frequent ones stay small.
    #[inline(never)]
    fn further(&mut self, command: &record::Command, events: &mut Events) -> Outcome<()> {
        match CommandKind::read(command.kind).ok_or(Refusal::Malformed)? {
            CommandKind::Time | CommandKind::Receipt => return Ok(()),
            CommandKind::Order | CommandKind::Cancel => {
                return Err(broken(&"a frequent command among the rare").into());
            }
            CommandKind::Amend => return self.amend(cast_ref(command), events),
            CommandKind::CancelAll => return self.cancel_all(cast_ref(command), events),
            CommandKind::CancelAllAfter => return self.cancel_all_after(cast_ref(command), events),
            CommandKind::Deposit => return self.deposit(cast_ref(command), events),
            CommandKind::Withdrawal => return self.withdrawal(cast_ref(command), events),
            CommandKind::Transfer => return self.transfer(cast_ref(command), events),
            CommandKind::Price => self.config.price(cast_ref(command))?,
            CommandKind::Asset => self.config.asset(cast_ref(command))?,
            CommandKind::Instrument => self.config.instrument(cast_ref(command))?,
            CommandKind::Brand => self.config.brand(cast_ref(command))?,
            CommandKind::Account => self.counter.account(cast_ref(command), &self.config)?,
            CommandKind::Fees => {
                let fees: &record::Fees = cast_ref(command);
                self.config.fees(fees, |account| self.counter.user(account).map(|_| ()))?;
            }
            CommandKind::BrokerCode => {
                let code: &record::BrokerCode = cast_ref(command);
                self.config.broker_code(code, |account| self.counter.user(account).map(|_| ()))?;
            }
            CommandKind::Status => self.config.status(cast_ref(command))?,
            CommandKind::Limits => self.config.limits(cast_ref(command))?,
            CommandKind::Reference => self.config.reference(cast_ref(command))?,
            CommandKind::Kill => return self.kill(cast_ref(command), events),
            CommandKind::Listing => return self.listing(cast_ref(command), events),
            CommandKind::Split => return self.split(cast_ref(command), events),
        }
        self.books.make(self.config.instruments.len());
        events.config(command.kind);
        Ok(())
    }

    fn order(&mut self, command: &record::Order, found: &Found, events: &mut Events) -> Outcome<()> {
        let books = &self.books;
        let anchor = |place, side| anchor(books, place, side);
        let Admitted { ticket, person, open, terms } =
            self.counter.admit(command, found.account, &self.config, anchor)?;
        let place = open.place();
        let instrument = self.config.instruments.get(place).ok_or(broken(&"no such instrument"))?;
        events.accepted(&open, &terms, instrument.id);
        let mut book = self.books.open(place)?;
        if !matching::rests_at_once(&book, open.side, terms.order_type, terms.price) {
            let order = entering(ticket, person, &open, &terms, instrument);
            return Ok(self.meet(place, ticket, &order, events)?);
        }
        let level = book.rest(person, ticket, open.side, terms.price, open.remaining)?;
        events.resting(&open, instrument.id, terms.price, open.remaining);
        let instrument = instrument.id;
        self.touch_last(place, instrument, level, events);
        Ok(())
    }

    /// Send an order that has left its book to it again.
    fn enter(&mut self, ticket: u32, events: &mut Events) -> Step<()> {
        let (open, terms) = self.counter.orders.both(ticket)?;
        let place = open.place();
        let person = self.counter.accounts.at(open.account)?.person;
        let instrument = self.config.instruments.get(place).ok_or(broken(&"no such instrument"))?;
        let order = entering(ticket, person, open, terms, instrument);
        self.meet(place, ticket, &order, events)
    }

    /// Let an order meet its book and carry out what the book reports.
    #[inline(never)]
    fn meet(&mut self, place: usize, ticket: u32, order: &Enter, events: &mut Events) -> Step<()> {
        let Self { config, counter, books, touched, .. } = self;
        let instrument = config.instruments.get(place).ok_or(broken(&"no such instrument"))?;
        let mut met = Met { taker: ticket, place, instrument, counter, touched, events };
        matching::enter(&mut books.open(place)?, order, |report| met.carry_out(&report))
    }

    fn cancel(&mut self, command: &record::Cancel, found: &Found, events: &mut Events) -> Outcome<()> {
        let ticket = self.own_order(command, found.ticket)?;
        let open = self.counter.orders.at(ticket)?;
        require(self.status(open)? != TradingStatus::Halted, Refusal::Halted)?;
        let (place, instrument, level) = self.pull(ticket, CancelReason::User, events)?;
        self.touch_last(place, instrument, level, events);
        Ok(())
    }

    /// Take a resting order out of its book and close it. Returns its instrument, by place and by id, and its level as
    /// it now is.
    #[inline(always)]
    fn pull(&mut self, ticket: u32, reason: CancelReason, events: &mut Events) -> Step<(usize, u32, Touched)> {
        let open = self.counter.orders.at(ticket)?;
        let place = open.place();
        let instrument = self.config.instruments.get(place).ok_or(broken(&"no such instrument"))?.id;
        events.canceled(open, reason, instrument);
        let level = self.books.open(place)?.remove(ticket)?;
        unrefused(self.counter.finish(ticket))?;
        Ok((place, instrument, level))
    }

    /// The same where more levels may change with the command.
    #[inline(never)]
    pub fn pull_one(&mut self, ticket: u32, reason: CancelReason, events: &mut Events) -> Step<()> {
        let (place, _, level) = self.pull(ticket, reason, events)?;
        self.touched.push((place, level));
        Ok(())
    }

    /// The last level that the command changes, told at once where no other waits.
    #[inline(always)]
    fn touch_last(&mut self, place: usize, instrument: u32, level: Touched, events: &mut Events) {
        if self.touched.is_empty() {
            events.level(instrument, &level);
        } else {
            self.touched.push((place, level));
        }
    }

    /// K-9: smaller at the same price keeps its place; anything else leaves the queue and comes in anew.
    fn amend(&mut self, command: &record::Cancel, events: &mut Events) -> Outcome<()> {
        require(command.price_ticks >= 0 && command.quantity_lots >= 0, Refusal::Malformed)?;
        let ticket = self.own_order(command, NONE)?;
        let (open, terms) = self.counter.orders.both(ticket).map(|(open, terms)| (*open, *terms))?;
        match self.status(&open)? {
            TradingStatus::Halted => return Err(Refusal::Halted.into()),
            TradingStatus::CancelOnly => return Err(Refusal::CancelOnly.into()),
            TradingStatus::Live => {}
        }
        let place = open.place();
        let instrument = *self.config.instruments.get(place).ok_or(broken(&"no such instrument"))?;
        require(self.config.is_listed(&instrument, terms.brand), Refusal::NotListed)?;
        if !self.config.kills.is_empty() {
            let (credential, broker) = (command.credential, terms.broker);
            self.counter.require_not_killed(&self.config, open.account, credential, broker, instrument.id)?;
        }
        let price = if command.price_ticks == 0 { terms.price } else { command.price_ticks };
        let quantity = if command.quantity_lots == 0 { terms.quantity } else { command.quantity_lots };
        require(price != terms.price || quantity != terms.quantity, Refusal::NothingToAmend)?;
        require(quantity >= instrument.minimum_lots, Refusal::BelowMinimum)?;
        let filled = terms.quantity.checked_sub(open.remaining).ok_or(broken(&"filled beyond its size"))?;
        require(quantity > filled, Refusal::AmendBelowFilled)?;
        let kept = price == terms.price && quantity < terms.quantity;
        if !kept {
            let limits = &instrument.limits;
            limits.within_band(open.side, price)?;
            if limits.careful {
                let per_tick_lot = instrument.per_tick_lot;
                let wish = Wish { side: open.side, price, lots: quantity, budget: 0, per_tick_lot };
                limits.check_size(&wish, true, anchor(&self.books, place, open.side))?;
            }
        }
        let delta = self.counter.rehold(ticket, &instrument, price, quantity)?;
        let amended = self.counter.orders.both(ticket)?;
        events.amended(amended, instrument.id, delta, kept);
        let mut book = self.books.open(place)?;
        if kept {
            let less = terms.quantity.checked_sub(quantity).ok_or(broken(&"amended to less is more"))?;
            let (_, level) = book.lessen(ticket, less)?;
            self.touched.push((place, level));
            return Ok(());
        }
        self.touched.push((place, book.remove(ticket)?));
        Ok(self.enter(ticket, events)?)
    }

    /// A live order of the sender's own account; absent, foreign and finished ones answer alike. `hint` is where it
    /// may be.
    #[inline]
    fn own_order(&self, command: &record::Cancel, hint: u32) -> Outcome<u32> {
        let hinted = self.counter.orders.get(hint).is_some_and(|open| open.id == command.order);
        let ticket = match command.order {
            0 => self.named_order(command)?,
            _ if hinted => Some(hint),
            order => self.counter.orders.find(order),
        };
        if let Some(ticket) = ticket {
            let open = self.counter.orders.at(ticket)?;
            let instrument = self.config.instruments.get(open.place()).ok_or(broken(&"no such instrument"))?;
            let same_instrument = command.instrument == 0 || command.instrument == instrument.id;
            if open.account_id == command.account && same_instrument {
                return Ok(ticket);
            }
        }
        self.counter.user(command.account)?;
        Err(Refusal::UnknownOrder.into())
    }

    /// The order with the client's own id.
    #[inline(never)]
    fn named_order(&self, command: &record::Cancel) -> Outcome<Option<u32>> {
        require(command.client_id != [0; 32], Refusal::Malformed)?;
        let account = self.counter.user(command.account)?;
        Ok(self.counter.orders.find_client_id(account, &command.client_id))
    }

    fn status(&self, open: &Open) -> Step<TradingStatus> {
        let instrument = self.config.instruments.get(open.place()).ok_or(broken(&"no such instrument"))?;
        Ok(self.config.venue_status.max(instrument.status))
    }

    /// One event for each price level that the command changed: by book, bids before asks, prices ascending.
    #[inline(never)]
    fn tell_levels(&mut self, events: &mut Events) -> Step<()> {
        if self.touched.len() > 1 {
            // The newest of a price first, so that it is the one that stays.
            self.touched.reverse();
            self.touched.sort_by_key(|(place, level)| (*place, level.side, level.price));
            self.touched.dedup_by_key(|(place, level)| (*place, level.side, level.price));
        }
        for (place, level) in &self.touched {
            let instrument = self.config.instruments.get(*place).ok_or(broken(&"no such instrument"))?;
            events.level(instrument.id, level);
        }
        self.touched.clear();
        Ok(())
    }

    /// What a live order must hold; equals what it holds. For audits.
    pub fn requirement_of(&self, ticket: u32) -> Outcome<i128> {
        let (open, terms) = self.counter.orders.both(ticket)?;
        let instrument = self.config.instruments.get(open.place()).ok_or(broken(&"no such instrument"))?;
        requirement(instrument, open, terms, &Left { remaining: open.remaining, budget: terms.budget })
    }
}

/// An order that has met its book, and all that changes with what the book reports.
struct Met<'a> {
    taker: u32,
    place: usize,
    instrument: &'a Instrument,
    counter: &'a mut Counter,
    touched: &'a mut Vec<(usize, Touched)>,
    events: &'a mut Events,
}

impl Met<'_> {
    #[inline(always)]
    fn carry_out(&mut self, report: &Report) -> Step<()> {
        match *report {
            Report::Traded { trade, maker, maker_left, price, lots, level } => {
                self.touched.push((self.place, level));
                let trade = Trade { number: trade, taker: self.taker, maker, price, lots };
                let moves = unrefused(self.counter.settle(self.instrument, &trade))?;
                let (taking, making) = (self.counter.orders.both(self.taker)?, self.counter.orders.both(maker)?);
                self.events.fill(self.instrument.id, &trade, &moves, taking, making);
                if maker_left == 0 { unrefused(self.counter.finish(maker)) } else { Ok(()) }
            }
            Report::MakerCanceled { maker, level } => {
                self.touched.push((self.place, level));
                self.close(maker, CancelReason::SelfTrade)
            }
            Report::Rested { remaining, level } => {
                self.touched.push((self.place, level));
                let (open, terms) = self.counter.orders.both(self.taker)?;
                self.events.resting(open, self.instrument.id, terms.price, remaining);
                Ok(())
            }
            Report::Closed { reason } => self.close(self.taker, reason),
            Report::Filled => unrefused(self.counter.finish(self.taker)),
        }
    }

    /// The end of an order that is not filled: release its hold, say why. It is out of the book already.
    fn close(&mut self, ticket: u32, reason: CancelReason) -> Step<()> {
        self.events.canceled(self.counter.orders.at(ticket)?, reason, self.instrument.id);
        unrefused(self.counter.finish(ticket))
    }
}

/// P-4: the best price opposite to a side, else the last, else 0.
fn anchor(books: &Books, place: usize, side: Side) -> i64 {
    books.get(place).map_or(0, |book| book.best(side.opposite()).unwrap_or(book.last_price))
}

/// The message in which the counter sends an order to its book.
#[inline]
fn entering(ticket: u32, person: u64, open: &Open, terms: &Terms, instrument: &Instrument) -> Enter {
    let limit = match (open.side, terms.price) {
        (Side::Buy, 0) => i64::MAX,
        (Side::Sell, 0) => 1,
        (_, price) => price,
    };
    let size = match open.size_in() {
        SizeIn::Base => Size::Lots(open.remaining),
        SizeIn::Quote => Size::Quote { budget: terms.budget, per_tick_lot: instrument.per_tick_lot },
    };
    Enter { person, ticket, side: open.side, order_type: terms.order_type, self_trade: terms.self_trade, limit, size }
}

/// A refusal where everything was checked before is a bug.
fn unrefused<T>(outcome: Outcome<T>) -> Step<T> {
    outcome.map_err(|stop| match stop {
        Stop::Broken(fault) => fault,
        Stop::Refused(_) => broken(&"refused after it was accepted"),
    })
}

/// The account and order a command speaks of, for its refusal.
fn concerned(command: &record::Command) -> (u64, u64) {
    match CommandKind::read(command.kind) {
        Some(CommandKind::Order) => (cast_ref::<_, record::Order>(command).account, 0),
        Some(CommandKind::Cancel | CommandKind::Amend | CommandKind::CancelAll | CommandKind::CancelAllAfter) => {
            let cancel: &record::Cancel = cast_ref(command);
            (cancel.account, cancel.order)
        }
        Some(CommandKind::Deposit | CommandKind::Withdrawal | CommandKind::Transfer) => {
            (cast_ref::<_, record::Funds>(command).account, 0)
        }
        Some(CommandKind::Account) => (cast_ref::<_, record::Account>(command).account, 0),
        Some(CommandKind::Fees) => (cast_ref::<_, record::Fees>(command).account, 0),
        Some(
            CommandKind::Time
            | CommandKind::Receipt
            | CommandKind::Price
            | CommandKind::Asset
            | CommandKind::Instrument
            | CommandKind::Brand
            | CommandKind::BrokerCode
            | CommandKind::Status
            | CommandKind::Limits
            | CommandKind::Reference
            | CommandKind::Kill
            | CommandKind::Listing
            | CommandKind::Split,
        )
        | None => (0, 0),
    }
}
