//! The counter: checks an order before the book, holds what it may cost, settles what the book reports.
//! Rules: docs/rules/counter.md, docs/rules/fees.md. The book is never touched here.

use crate::accounts::{Account, Accounts, FEE_POOL, FIRST_USER, Row, SUBSIDY};
use crate::config::{Config, Instrument, require};
use crate::events::Trade;
use crate::fault::{Outcome, Step, Stop, broken};
use crate::money::sub;
use crate::orders::{Marks, Open, Orders, Terms};
use crate::planted::{Bug, planted};
use crate::protection::{Limits, Recent, Source, Wish};
use crate::reckon::{self, Left, Meeting, Moves, left_of};
use crate::record;
use crate::words::{Attribution, Channel, OrderType, Refusal, SelfTrade, Side, SizeIn, TradingStatus};

/// An order that has passed the counter.
#[derive(Clone, Copy, Debug)]
pub struct Admitted {
    pub ticket: u32,
    pub person: u64,
    pub open: Open,
    pub terms: Terms,
}

/// What an order asks for, in words.
#[derive(Clone, Copy, Debug)]
struct Asked {
    side: Side,
    order_type: OrderType,
    self_trade: SelfTrade,
    channel: Channel,
    attribution: Attribution,
    size_in: SizeIn,
}

impl Asked {
    /// The words of a command, all of which and whose signs must make sense (R-2, the first refusal).
    #[inline(always)]
    fn read(command: &record::Order) -> Result<Self, Refusal> {
        let asked = Self {
            side: Side::read(command.side).ok_or(Refusal::Malformed)?,
            order_type: OrderType::read(command.order_type).ok_or(Refusal::Malformed)?,
            self_trade: SelfTrade::read(command.self_trade.max(1)).ok_or(Refusal::Malformed)?, // 0: not said
            channel: Channel::read(command.channel).ok_or(Refusal::Malformed)?,
            attribution: Attribution::read(command.attribution).ok_or(Refusal::Malformed)?,
            size_in: SizeIn::read(command.size_in).ok_or(Refusal::Malformed)?,
        };
        let market_buy = asked.order_type == OrderType::Market && asked.side == Side::Buy;
        let sized_right = asked.size_in == SizeIn::Base || market_buy;
        let attributed = (command.broker != 0) == (asked.attribution == Attribution::Broker);
        let signs = (command.quantity_lots | command.price_ticks | command.quote_amount.high) >= 0;
        let credential = command.credential <= u64::from(u32::MAX);
        if sized_right && attributed && signs && credential { Ok(asked) } else { Err(Refusal::Malformed) }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Counter {
    pub accounts: Accounts,
    pub orders: Orders,
    /// Per instrument and side the lots of all live orders; bounded, so that no level's total can overflow.
    open_lots: Vec<[i64; 2]>,
    /// Per instrument the fee pool's balance of its quote, once it has one.
    pools: Vec<Row>,
    pub recent: Recent,
}

impl Counter {
    /// All checks of a new order in their fixed order; then the hold. Nothing changes when it is refused.
    ///
    /// `hint`: where the account may be. `anchor` tells the best price opposite to a side, else the last, else 0; asked
    /// only where limits need it.
    #[inline(always)]
    pub fn admit(
        &mut self,
        command: &record::Order,
        hint: u32,
        config: &Config,
        anchor: impl Fn(usize, Side) -> i64,
    ) -> Outcome<Admitted> {
        let Asked { side, order_type, self_trade, channel, attribution, size_in } = Asked::read(command)?;
        let place = config.place_of(command.instrument).ok_or(Refusal::UnknownInstrument)?;
        let instrument = config.instruments.get(place).ok_or(broken(&"no such instrument"))?;
        let (account, brand) = self.user_at(hint, command.account)?;
        let inactive =
            command.broker != 0 && !config.brokers.get(&command.broker).ok_or(Refusal::UnknownBroker)?.active;
        match config.venue_status.max(instrument.status) {
            TradingStatus::Halted => return Err(config.why_halted(command.instrument).into()),
            TradingStatus::CancelOnly => return Err(Refusal::CancelOnly.into()),
            TradingStatus::Live => {}
        }
        require(config.is_listed(instrument, brand), Refusal::NotListed)?;
        if !config.kills.is_empty() {
            self.require_not_killed(config, account, command.credential, command.broker, command.instrument)?;
        }
        let in_quote = size_in == SizeIn::Quote;
        let both = order_type == OrderType::Fok && self_trade == SelfTrade::CancelBoth;
        require(!both, Refusal::SelfTradeMode)?;
        let needs_price = order_type != OrderType::Market || (side == Side::Buy && !in_quote);
        require(!needs_price || command.price_ticks > 0, Refusal::BadPrice)?;
        if in_quote {
            require(i128::from(command.quote_amount) > 0, Refusal::BadSize)?;
        } else {
            require(command.quantity_lots > 0, Refusal::BadSize)?;
            require(command.quantity_lots >= instrument.minimum_lots, Refusal::BelowMinimum)?;
        }

        let limits = &instrument.limits;
        let anchor = if limits.careful { anchor(place, side) } else { 0 };
        let price = if order_type == OrderType::Market {
            limits.worst_price(side, command.price_ticks, anchor)
        } else {
            limits.within_band(side, command.price_ticks)?;
            command.price_ticks
        };
        let (lots, budget) = if in_quote { (0, i128::from(command.quote_amount)) } else { (command.quantity_lots, 0) };
        let number = u16::try_from(place).map_err(|_| broken(&"too many instruments"))?;
        if limits.careful {
            let wish = Wish { side, price, lots, budget, per_tick_lot: instrument.per_tick_lot };
            self.require_careful(command, number, account, &wish, limits, anchor)?;
        }

        let (base_row, quote_row) = self.accounts.trader(account, config, instrument.base, instrument.quote)?;
        let owner = self.accounts.at(account)?;
        let (person, maker_rate) = (owner.person, owner.rates.maker);
        let terms = Terms {
            budget,
            price,
            quantity: lots,
            brand: owner.brand,
            broker: if inactive { 0 } else { command.broker },
            taker_rate: owner.rates.taker,
            credential: u32::try_from(command.credential).map_err(|_| Refusal::Malformed)?,
            order_type,
            self_trade,
            channel,
            attribution: if inactive { Attribution::CodeInactive } else { attribution },
            subsidised: owner.rates.subsidised,
            level: owner.level,
        };
        let basis = reckon::Basis { side, size_in, worst_rate: terms.worst_rate(maker_rate) };
        let hold = reckon::hold(instrument, &basis, price, &Left { remaining: lots, budget })?;
        let open_lots = self.room_for(place, side, lots)?;
        let open = Open {
            hold,
            id: command.header.sequence,
            account_id: command.account,
            remaining: lots,
            account,
            base_row,
            quote_row,
            maker_rate,
            instrument: number,
            side,
            marks: Marks::new(size_in, &command.client_id, &command.tag),
        };
        let taken = open.is_named() && self.orders.find_client_id(account, &command.client_id).is_some();
        require(!taken || planted(Bug::ClientIdUsedTwice), Refusal::DuplicateClientId)?;
        self.accounts.hold(open.held(), hold)?;
        self.set_open_lots(place, side, open_lots)?;
        let ticket = self.orders.insert(open, terms, &command.client_id, &command.tag, &mut self.accounts)?;
        if limits.duplicate_ms != 0 {
            let per_tick_lot = instrument.per_tick_lot;
            let asked = Wish { side, price: command.price_ticks, lots, budget, per_tick_lot };
            self.recent.keep(number, account, &asked, command.header.time_ns, limits);
        }
        Ok(Admitted { ticket, person, open, terms })
    }

    /// P-4 to P-7, where an instrument has such limits.
    #[cold]
    #[inline(never)]
    fn require_careful(
        &self,
        command: &record::Order,
        instrument: u16,
        account: u32,
        wish: &Wish,
        limits: &Limits,
        anchor: i64,
    ) -> Outcome<()> {
        limits.check_size(wish, command.order_type != OrderType::Market.number(), anchor)?;
        if limits.duplicate_ms != 0 {
            let asked = Wish { price: command.price_ticks, ..*wish };
            self.recent.check(instrument, account, &asked, command.header.time_ns)?;
        }
        Ok(())
    }

    /// Settle one trade on both sides: sizes, holds, funds, fees, the fee pool (F-2, F-6, F-7).
    #[inline]
    pub fn settle(&mut self, instrument: &Instrument, trade: &Trade) -> Outcome<Moves> {
        let Trade { taker, maker, price, lots, .. } = *trade;
        let ((taking, taker_terms), (making, maker_terms)) = (self.orders.both(taker)?, self.orders.both(maker)?);
        let (place, taker_buys) = (taking.place(), taking.side == Side::Buy);
        let taker_left = left_of(instrument, taking, taker_terms, price, lots)?;
        let maker_left = left_of(instrument, making, maker_terms, price, lots)?;
        let (buying, selling, left) = if taker_buys {
            ((taking, taker_terms), making, &taker_left)
        } else {
            ((making, maker_terms), taking, &maker_left)
        };
        let (buyer_quote, buyer_base) = (buying.0.quote_row, buying.0.base_row);
        let (seller_quote, seller_base) = (selling.quote_row, selling.base_row);
        let backed = making.maker_rate < 0 && maker_terms.subsidised;
        let moves = reckon::settle(&Meeting {
            instrument,
            price,
            lots,
            taker_buys,
            buying,
            left,
            available: self.accounts.balance(buyer_quote)?.available,
            backing: if backed { self.available(SUBSIDY, instrument.quote)? } else { 0 },
            taker_rate: taker_terms.taker_rate,
            maker_rate: making.maker_rate,
        })?;
        let less_base = moves.base.checked_neg().ok_or(broken(&"size overflows"))?;
        let seller_hold = selling.hold.checked_add(less_base).ok_or(broken(&"hold overflows"))?;
        let (taker_hold, maker_hold) = if taker_buys { (moves.held, seller_hold) } else { (seller_hold, moves.held) };
        let taken = self.lessen(taker, &taker_left, taker_hold)?;
        let made = self.lessen(maker, &maker_left, maker_hold)?;
        let (bought, sold) = if taker_buys { (taken, made) } else { (made, taken) };
        let [buys, sells] = self.open_lots.get_mut(place).ok_or(broken(&"no such instrument"))?;
        *buys = buys.checked_sub(bought).ok_or(broken(&"open lots overflow"))?;
        *sells = sells.checked_sub(sold).ok_or(broken(&"open lots overflow"))?;
        let accounts = &mut self.accounts;
        accounts.shift(buyer_quote, moves.buyer_available, moves.buyer_held)?;
        accounts.shift(buyer_base, moves.base, 0)?;
        accounts.shift(seller_base, 0, less_base)?;
        accounts.shift(seller_quote, moves.seller, 0)?;
        self.collect(place, instrument, moves.pool)?;
        Ok(moves)
    }

    /// The net fee of a trade goes to the fee pool; what it is short of comes from the subsidy account.
    #[inline]
    fn collect(&mut self, place: usize, instrument: &Instrument, net: i128) -> Outcome<()> {
        if planted(Bug::FeeVanishes) {
            return Ok(());
        }
        if net < 0 {
            let subsidy = self.system_row(SUBSIDY, instrument.quote)?;
            return Ok(self.accounts.shift(subsidy, net, 0)?);
        }
        let pool = match self.pools.get(place) {
            Some(pool) if *pool != Row::NONE => *pool,
            _ => self.pool(place, instrument.quote)?,
        };
        Ok(self.accounts.shift(pool, net, 0)?)
    }

    /// The fee pool's row for an instrument's quote, looked up once.
    #[cold]
    fn pool(&mut self, place: usize, quote: u32) -> Step<Row> {
        let pool = self.system_row(FEE_POOL, quote)?;
        if self.pools.len() <= place {
            self.pools.resize(place.saturating_add(1), Row::NONE);
        }
        *self.pools.get_mut(place).ok_or(broken(&"no such instrument"))? = pool;
        Ok(pool)
    }

    /// An order after a trade: what is left of it, and what that holds. Returns the lots that it no longer asks for.
    #[inline(always)]
    fn lessen(&mut self, ticket: u32, left: &Left, hold: i128) -> Step<i64> {
        let (open, terms) = self.orders.both_mut(ticket)?;
        let less = open.remaining.checked_sub(left.remaining).ok_or(broken(&"size overflows"))?;
        (open.remaining, open.hold) = (left.remaining, hold);
        if less == 0 {
            terms.budget = left.budget; // sized in quote
        }
        Ok(less)
    }

    /// An order has come to its end: release what it still holds and forget it.
    #[inline]
    pub fn finish(&mut self, ticket: u32) -> Outcome<()> {
        let open = self.orders.at(ticket)?;
        let (place, side, held, remaining) = (open.place(), open.side, open.held(), open.remaining);
        let released = if planted(Bug::HoldForgotten) { 0 } else { open.hold };
        if released != 0 {
            let less = released.checked_neg().ok_or(broken(&"hold overflows"))?;
            self.accounts.shift(held, released, less)?;
        }
        if remaining != 0 {
            self.add_open_lots(place, side, remaining.checked_neg().ok_or(broken(&"size overflows"))?)?;
        }
        Ok(self.orders.remove(ticket, &mut self.accounts)?)
    }

    /// C-9: hold what the amended order needs before anything else; lacking funds leave the order as it was.
    pub fn rehold(&mut self, ticket: u32, instrument: &Instrument, price: i64, quantity: i64) -> Outcome<i128> {
        let (before, terms) = self.orders.both(ticket).map(|(open, terms)| (*open, *terms))?;
        let filled = terms.quantity.checked_sub(before.remaining).ok_or(broken(&"filled beyond its size"))?;
        let remaining = quantity.checked_sub(filled).ok_or(broken(&"amended below filled"))?;
        let mut after = before;
        after.remaining = remaining;
        let agreed = Terms { price, quantity, ..terms };
        let needed = reckon::requirement(instrument, &after, &agreed, &Left { remaining, budget: agreed.budget })?;
        let more = remaining.checked_sub(before.remaining).ok_or(Refusal::Overflow)?;
        let open_lots = self.room_for(before.place(), before.side, more)?;
        let delta = sub(needed, before.hold)?;
        self.accounts.hold(before.held(), delta)?;
        self.set_open_lots(before.place(), before.side, open_lots)?;
        after.hold = needed;
        let (open, terms) = self.orders.both_mut(ticket)?;
        (*open, *terms) = (after, agreed);
        Ok(delta)
    }

    /// P-8. Only where any switch is on.
    pub fn require_not_killed(
        &self,
        config: &Config,
        account: u32,
        credential: u64,
        broker: u32,
        instrument: u32,
    ) -> Outcome<()> {
        let owner = self.accounts.at(account)?;
        let (account, person, brand) = (owner.id, owner.person, owner.brand);
        let source = Source { credential, account, person, broker, brand, instrument };
        require(!config.kills.names(&source), Refusal::Killed)
    }

    /// Read what an account's next order will change, to have it near.
    #[inline(always)]
    #[must_use]
    pub fn peek_account(&self, place: u32) -> u32 {
        let Ok(account) = self.accounts.at(place) else { return 0 };
        self.accounts.peek_balances(account) ^ self.orders.peek_links(account.newest_order)
    }

    /// Read what the end of an order will change, to have it near.
    #[inline(always)]
    #[must_use]
    pub fn peek_order(&self, ticket: u32) -> u32 {
        let Some(open) = self.orders.get(ticket) else { return 0 };
        self.accounts.peek_balance(open.held()) ^ self.orders.peek_links(ticket)
    }

    /// A user's account, by its id, and its brand; `hint` is where it may be.
    #[inline(always)]
    fn user_at(&self, hint: u32, id: u64) -> Outcome<(u32, u32)> {
        match self.accounts.at(hint) {
            Ok(account) if account.id == id && id >= FIRST_USER => Ok((hint, account.brand)),
            _ => {
                let place = self.user(id)?;
                Ok((place, self.accounts.at(place)?.brand))
            }
        }
    }

    /// A user's account, by its id.
    #[inline]
    pub fn user(&self, id: u64) -> Outcome<u32> {
        let place = self.accounts.find(id).ok_or(Refusal::UnknownAccount)?;
        require(id >= FIRST_USER, Refusal::SystemAccount)?;
        Ok(place)
    }

    pub fn account(&mut self, command: &record::Account, config: &Config) -> Outcome<()> {
        let sane = command.account != 0 && command.person != 0 && command.level <= crate::fees::LEVEL_MAX;
        require(sane, Refusal::Malformed)?;
        require(command.account >= FIRST_USER, Refusal::SystemAccount)?;
        require(config.brands().contains_key(&command.brand), Refusal::UnknownBrand)?;
        if let Some(place) = self.accounts.find(command.account) {
            let known = self.accounts.at_mut(place)?;
            require(known.person == command.person && known.brand == command.brand, Refusal::DuplicateId)?;
            known.set_level(command.level);
            return Ok(());
        }
        let fresh = Account::new(command.account, command.person, command.brand, command.level);
        Ok(self.accounts.open(fresh)?)
    }

    /// A system account's row for an asset.
    pub fn system_row(&mut self, id: u64, asset: u32) -> Step<Row> {
        let place = self.accounts.find(id).ok_or(broken(&"system account missing"))?;
        self.accounts.row(place, asset)
    }

    /// What an account of the venue's own has available.
    pub fn available(&self, id: u64, asset: u32) -> Step<i128> {
        let place = self.accounts.find(id).ok_or(broken(&"system account missing"))?;
        let row = self.accounts.known_row(place, asset)?;
        Ok(row.map(|row| self.accounts.balance(row)).transpose()?.map_or(0, |balance| balance.available))
    }

    /// The lots of all live orders of a side with these added, if there is room for them.
    #[inline]
    fn room_for(&self, place: usize, side: Side, more: i64) -> Outcome<i64> {
        let sides = self.open_lots.get(place).copied().unwrap_or_default();
        let [buys, sells] = sides;
        let lots = if side == Side::Buy { buys } else { sells };
        lots.checked_add(more).ok_or(Stop::Refused(Refusal::Overflow))
    }

    #[inline(always)]
    fn set_open_lots(&mut self, place: usize, side: Side, lots: i64) -> Step<()> {
        if self.open_lots.len() <= place {
            self.more_open_lots(place);
        }
        let [buys, sells] = self.open_lots.get_mut(place).ok_or(broken(&"no such instrument"))?;
        *(if side == Side::Buy { buys } else { sells }) = lots;
        Ok(())
    }

    #[cold]
    fn more_open_lots(&mut self, place: usize) {
        self.open_lots.resize(place.saturating_add(1), [0, 0]);
    }

    #[inline(always)]
    pub fn add_open_lots(&mut self, place: usize, side: Side, lots: i64) -> Step<()> {
        let total = self.room_for(place, side, lots).map_err(|_| broken(&"open lots overflow"))?;
        self.set_open_lots(place, side, total)
    }
}
