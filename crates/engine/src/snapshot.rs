//! The whole state as canonical bytes, and back.
//!
//! Canonical: the same state gives the same bytes, whatever path led to it. Slab slots, free lists and hash maps are
//! left out, accounts stand in the order they were opened, their balances by asset without empty rows, orders as they
//! stand in the books. The state hash is the SHA-256 of these bytes.

use bytemuck::{Pod, Zeroable};
use sha2::{Digest, Sha256};

use crate::accounts::{Account, FIRST_USER, ROUNDING};
use crate::config::{Asset, BrokerCode, Instrument};
use crate::engine::Engine;
use crate::fault::{Step, broken};
use crate::fees::{Change, Rates};
use crate::listing::{BRANDS_MAX, Row, WORDS_MAX};
use crate::orders::{Marks, Names, Open, Terms};
use crate::planted::{Bug, planted};
use crate::protection::{Last, Limits};
use crate::split::{Ratio, Split};
use crate::words::{Attribution, Channel, KillScope, OrderType, SelfTrade, Side, SizeIn, TradingStatus};

/// What a state begins with. All formats are read; a state has the first that can say all of it, so that what was hashed
/// before there was a later one keeps its hash.
const MAGIC: &[u8; 8] = b"cbstate3";
/// With the listings that are closed, P-15.
const MAGIC_LISTINGS: &[u8; 8] = b"cbstate4";
/// With those and the assets that are closed, SP-3.
const MAGIC_SPLITS: &[u8; 8] = b"cbstate5";

/// Whether bytes are a state of a format that is read here; what is not, another release has written.
#[must_use]
pub fn is_known(state: &[u8]) -> bool {
    [MAGIC, MAGIC_LISTINGS, MAGIC_SPLITS].into_iter().any(|magic| state.starts_with(magic))
}

/// SHA-256 of the canonical bytes, in hexadecimal.
pub fn state_hash(engine: &Engine) -> Step<String> {
    let digest = Sha256::digest(write(engine)?);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The canonical bytes of the state.
pub fn write(engine: &Engine) -> Step<Vec<u8>> {
    let all_listed = engine.config.listings().is_empty() || planted(Bug::ListingForgotten);
    let none_split = engine.config.splits.is_empty() || planted(Bug::SplitForgotten);
    let magic = match (none_split, all_listed) {
        (true, true) => MAGIC,
        (true, false) => MAGIC_LISTINGS,
        (false, _) => MAGIC_SPLITS,
    };
    let mut out = Writer { bytes: magic.to_vec() };
    out.u64(engine.sequence);
    out.i64(engine.time_ns);
    write_config(&mut out, engine)?;
    if magic != MAGIC {
        write_listings(&mut out, engine)?;
    }
    if magic == MAGIC_SPLITS {
        write_splits(&mut out, &engine.config.splits)?;
    }
    write_accounts(&mut out, engine)?;
    for (place, book) in engine.books.iter().enumerate() {
        out.u64(book.last_trade);
        out.i64(book.last_price);
        for side in [Side::Buy, Side::Sell] {
            out.count(engine.books.in_priority(book, side).count())?;
            for (price, ticket, resting) in engine.books.in_priority(book, side) {
                let orders = &engine.counter.orders;
                let (open, terms) = orders.both(ticket)?;
                let counter = (open.place(), open.remaining, terms.price);
                if counter != (place, resting.remaining, price) {
                    return Err(broken(&"counter and book disagree on an order"));
                }
                write_order(&mut out, open, terms, &orders.names(ticket)?);
            }
        }
    }
    Ok(out.bytes)
}

fn write_config(out: &mut Writer, engine: &Engine) -> Step<()> {
    let config = &engine.config;
    out.count(config.assets.len())?;
    for (id, asset) in &config.assets {
        out.u32(*id);
        out.u8(asset.scale);
        out.raw(&asset.name);
    }
    out.count(config.instruments.len())?;
    for instrument in &config.instruments {
        out.u32(instrument.id);
        out.u32(instrument.base);
        out.u32(instrument.quote);
        out.u8(instrument.tick_scale);
        out.u8(instrument.lot_scale);
        out.i64(instrument.tick_mantissa);
        out.i64(instrument.lot_mantissa);
        out.i64(instrument.minimum_lots);
        out.raw(&instrument.name);
        out.i128(instrument.per_tick_lot);
        out.i128(instrument.lot_minor);
        out.u8(instrument.status.number());
        out.limits(&instrument.limits);
    }
    out.count(config.brands().len())?;
    for (id, name) in config.brands() {
        out.u32(*id);
        out.raw(name);
    }
    out.count(config.brokers.len())?;
    for (id, broker) in &config.brokers {
        out.u32(*id);
        out.u8(u8::from(broker.active));
        out.u64(broker.payout_account);
        out.raw(&broker.code);
    }
    let fees = &config.fee_table;
    out.count(fees.schedules().len())?;
    for ((brand, level), rates) in fees.schedules() {
        out.u32(*brand);
        out.u8(*level);
        out.rates(rates);
    }
    out.count(fees.overrides().len())?;
    for (account, rates) in fees.overrides() {
        out.u64(*account);
        out.rates(rates);
    }
    let (floor, highest_claim) = fees.floor();
    out.rates(&floor);
    out.i64(highest_claim);
    out.count(config.prices.len())?;
    for ((asset, quote), price) in &config.prices {
        out.u32(*asset);
        out.u32(*quote);
        out.i64(*price);
    }
    out.u8(config.venue_status.number());
    let kept = if planted(Bug::KillForgotten) { 0 } else { config.kills.all().len() };
    out.count(kept)?;
    for (scope, target) in config.kills.all().take(kept) {
        out.u8(scope.number());
        out.u64(*target);
    }
    Ok(())
}

/// Of each instrument that not every brand lists, the bits of those that do not.
fn write_listings(out: &mut Writer, engine: &Engine) -> Step<()> {
    let config = &engine.config;
    let partly = || config.instruments.iter().filter(|instrument| !instrument.closed.is_empty());
    out.count(partly().count())?;
    for instrument in partly() {
        let bits = config.listings().bits(instrument.closed);
        out.u32(instrument.id);
        out.count(bits.len())?;
        bits.iter().for_each(|word| out.u64(*word));
    }
    Ok(())
}

/// The assets that are closed, in the order in which they were.
fn write_splits(out: &mut Writer, splits: &[Split]) -> Step<()> {
    out.count(splits.len())?;
    for split in splits {
        out.u32(split.asset);
        out.u32(split.new_asset);
        out.u32(split.ratio.numerator);
        out.u32(split.ratio.denominator);
        out.raw(&split.key);
    }
    Ok(())
}

fn write_accounts(out: &mut Writer, engine: &Engine) -> Step<()> {
    let accounts = &engine.counter.accounts;
    out.count(usize::try_from(accounts.len()).map_err(|_| broken(&"too many accounts"))?)?;
    for (place, account) in (0_u32..).zip(accounts.iter()) {
        out.u64(account.id);
        out.u64(account.person);
        out.u32(account.brand);
        out.u8(account.level);
        let mut balances = Vec::new();
        for (asset, row) in accounts.rows_of(place)? {
            let balance = accounts.balance(row)?;
            if balance.available != 0 || balance.held != 0 {
                balances.push((asset, balance));
            }
        }
        balances.sort_by_key(|(asset, _)| *asset);
        out.count(balances.len())?;
        for (asset, balance) in balances {
            out.u32(asset);
            out.i128(balance.available);
            out.i128(balance.held);
        }
    }
    let supply: Vec<_> = accounts.supply.iter().filter(|(_, amount)| **amount != 0).collect();
    out.count(supply.len())?;
    for (asset, amount) in supply {
        out.u32(*asset);
        out.i128(*amount);
    }
    out.count(accounts.used_keys.len())?;
    for key in &accounts.used_keys {
        out.raw(key);
    }
    out.count(engine.timers.all().len())?;
    for timer in engine.timers.all() {
        out.i64(timer.deadline_ns);
        out.u64(timer.account);
        out.raw(&timer.tag);
    }
    let recent = engine.counter.recent.all();
    out.count(recent.len())?;
    for ((instrument, account), last) in recent {
        out.u32(u32::from(*instrument));
        out.u32(*account);
        out.u8(last.side.number());
        out.i64(last.price);
        out.i64(last.lots);
        out.i128(last.budget);
        out.i64(last.until_ns);
    }
    Ok(())
}

/// An order as it is stored: each field behind the other, as its bytes lie in memory.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, packed)]
struct Stored {
    id: u64,
    account_id: u64,
    order_type: u8,
    self_trade: u8,
    channel: u8,
    attribution: u8,
    subsidised: u8,
    level: u8,
    broker: u32,
    credential: u32,
    price: i64,
    quantity: i64,
    remaining: i64,
    hold: i128,
    maker_rate: i64,
    taker_rate: i64,
    tag: [u8; 16],
    client_id: [u8; 32],
}

/// Bytes of one order.
const ORDER: usize = size_of::<Stored>();
const _: () = assert!(ORDER == 134 && cfg!(target_endian = "little"));

fn write_order(out: &mut Writer, open: &Open, terms: &Terms, names: &Names) {
    let stored = Stored {
        id: open.id,
        account_id: open.account_id,
        order_type: terms.order_type.number(),
        self_trade: terms.self_trade.number(),
        channel: terms.channel.number(),
        attribution: terms.attribution.number(),
        subsidised: u8::from(terms.subsidised),
        level: terms.level,
        broker: terms.broker,
        credential: terms.credential,
        price: terms.price,
        quantity: terms.quantity,
        remaining: open.remaining,
        hold: open.hold,
        maker_rate: open.maker_rate.into(),
        taker_rate: terms.taker_rate.into(),
        tag: names.tag,
        client_id: names.client_id,
    };
    out.raw(bytemuck::bytes_of(&stored));
}

/// The state that `write` wrote.
///
/// # Errors
/// The bytes are not a whole snapshot of this format.
pub fn read(bytes: &[u8]) -> Step<Engine> {
    let mut input = Reader { bytes };
    let magic = input.raw::<8>()?;
    if !is_known(&magic) {
        return Err(broken(&"not a snapshot of this format"));
    }
    let mut engine = Engine::new()?;
    engine.sequence = input.u64()?;
    engine.time_ns = input.i64()?;
    read_config(&mut input, &mut engine)?;
    if magic != *MAGIC {
        read_listings(&mut input, &mut engine)?;
    }
    if magic == *MAGIC_SPLITS {
        read_splits(&mut input, &mut engine)?;
    }
    read_accounts(&mut input, &mut engine)?;
    engine.counter.orders.make_room(input.bytes.len().checked_div(ORDER).unwrap_or(0))?;
    engine.books.make(engine.config.instruments.len());
    for place in 0..engine.config.instruments.len() {
        let last_trade = input.u64()?;
        let last_price = input.i64()?;
        let sides = engine.books.open(place)?.sides;
        (sides.last_trade, sides.last_price) = (last_trade, last_price);
        for side in [Side::Buy, Side::Sell] {
            read_orders(&mut input, &mut engine, place, side)?;
        }
    }
    if input.bytes.is_empty() { Ok(engine) } else { Err(broken(&"bytes behind the snapshot's end")) }
}

fn read_config(input: &mut Reader, engine: &mut Engine) -> Step<()> {
    let config = &mut engine.config;
    for _ in 0..input.count()? {
        let id = input.u32()?;
        config.assets.insert(id, Asset { scale: input.u8()?, name: input.raw()? });
    }
    for _ in 0..input.count()? {
        let instrument = Instrument {
            id: input.u32()?,
            base: input.u32()?,
            quote: input.u32()?,
            tick_scale: input.u8()?,
            lot_scale: input.u8()?,
            tick_mantissa: input.i64()?,
            lot_mantissa: input.i64()?,
            minimum_lots: input.i64()?,
            name: input.raw()?,
            per_tick_lot: input.i128()?,
            lot_minor: input.i128()?,
            status: input.word(TradingStatus::read)?,
            closed: Row::default(),
            limits: input.limits()?,
        };
        config.add_instrument(instrument);
    }
    for _ in 0..input.count()? {
        let id = input.u32()?;
        config.add_brand(id, input.raw()?);
    }
    for _ in 0..input.count()? {
        let id = input.u32()?;
        let broker = BrokerCode { active: input.u8()? == 1, payout_account: input.u64()?, code: input.raw()? };
        config.brokers.insert(id, broker);
    }
    for _ in 0..input.count()? {
        let (brand, level) = (input.u32()?, input.u8()?);
        config.fee_table.change(Change::Schedule { brand, level, rates: Some(input.rates()?) });
    }
    for _ in 0..input.count()? {
        let account = input.u64()?;
        config.fee_table.change(Change::Override { account, rates: Some(input.rates()?) });
    }
    let floor = input.rates()?;
    config.fee_table.change(Change::Floor { rates: floor, highest_claim: input.i64()? });
    for _ in 0..input.count()? {
        let pair = (input.u32()?, input.u32()?);
        config.prices.insert(pair, input.i64()?);
    }
    config.venue_status = input.word(TradingStatus::read)?;
    for _ in 0..input.count()? {
        let scope = input.word(KillScope::read)?;
        config.kills.set(scope, input.u64()?, true);
    }
    Ok(())
}

fn read_listings(input: &mut Reader, engine: &mut Engine) -> Step<()> {
    for _ in 0..input.count()? {
        let id = input.u32()?;
        let place = engine.config.place_of(id).ok_or(broken(&"listing of no instrument"))?;
        let count = input.count()?;
        if count > WORDS_MAX {
            return Err(broken(&"listing of a brand beyond all"));
        }
        for (first, word) in (0..BRANDS_MAX).step_by(64).zip(input.rows::<8>(count)?) {
            let word = u64::from_le_bytes(*word);
            for brand in (first..).take(64).filter(|brand| word.rotate_right(*brand) & 1 == 1) {
                engine.config.list(place, brand, true);
            }
        }
    }
    Ok(())
}

fn read_splits(input: &mut Reader, engine: &mut Engine) -> Step<()> {
    for _ in 0..input.count()? {
        let (asset, new_asset) = (input.u32()?, input.u32()?);
        let ratio = Ratio { numerator: input.u32()?, denominator: input.u32()? };
        engine.config.close_asset(Split { asset, new_asset, ratio, key: input.raw()? });
    }
    Ok(())
}

fn read_accounts(input: &mut Reader, engine: &mut Engine) -> Step<()> {
    let accounts = &mut engine.counter.accounts;
    for _ in 0..input.count()? {
        let (id, person, brand, level) = (input.u64()?, input.u64()?, input.u32()?, input.u8()?);
        if id >= FIRST_USER || id == ROUNDING {
            accounts.open(Account::new(id, person, brand, level))?;
        }
        let place = accounts.find(id).ok_or(broken(&"system account missing"))?;
        for _ in 0..input.count()? {
            let row = accounts.row(place, input.u32()?)?;
            let (available, held) = (input.i128()?, input.i128()?);
            accounts.shift(row, available, held)?;
        }
    }
    for _ in 0..input.count()? {
        let asset = input.u32()?;
        accounts.supply.insert(asset, input.i128()?);
    }
    let keys = input.count()?;
    accounts.used_keys = input.rows::<32>(keys)?.iter().copied().collect();
    for _ in 0..input.count()? {
        let (deadline_ns, account, tag) = (input.i64()?, input.u64()?, input.raw()?);
        engine.timers.set(account, tag, deadline_ns);
    }
    for _ in 0..input.count()? {
        let instrument = u16::try_from(input.u32()?).map_err(|_| broken(&"too many instruments"))?;
        let account = input.u32()?;
        let last = Last {
            side: input.word(Side::read)?,
            price: input.i64()?,
            lots: input.i64()?,
            budget: input.i128()?,
            until_ns: input.i64()?,
        };
        engine.counter.recent.put(instrument, account, last);
    }
    Ok(())
}

/// So many orders are looked up before they are put in, so that one's memory is fetched while another's is waited for.
const TOGETHER: usize = 64;

fn read_orders(input: &mut Reader, engine: &mut Engine, place: usize, side: Side) -> Step<()> {
    let instrument = engine.config.instruments.get(place).ok_or(broken(&"no such instrument"))?;
    let number = u16::try_from(place).map_err(|_| broken(&"too many instruments"))?;
    let book = Home { number, place, side, base: instrument.base, quote: instrument.quote };
    let count = input.count()?;
    let orders: &[Stored] = bytemuck::must_cast_slice(input.rows::<ORDER>(count)?);
    for orders in orders.chunks(TOGETHER) {
        let mut accounts = [0; TOGETHER];
        look_up(orders, engine, &mut accounts)?;
        let mut lots = 0_i64;
        for (order, account) in orders.iter().zip(accounts) {
            let remaining = read_order(order, account, engine, &book)?;
            lots = lots.checked_add(remaining).ok_or(broken(&"open lots overflow"))?;
        }
        engine.counter.add_open_lots(place, side, lots)?;
    }
    Ok(())
}

/// Whose the orders are, and everything near that putting them in will touch.
fn look_up(orders: &[Stored], engine: &Engine, accounts: &mut [u32; TOGETHER]) -> Step<()> {
    let mut seen = 0;
    for (order, account) in orders.iter().zip(accounts.iter_mut()) {
        seen ^= engine.counter.orders.peek(order.id);
        *account = engine.counter.accounts.find(order.account_id).ok_or(broken(&"order of no account"))?;
    }
    for account in accounts.iter().take(orders.len()) {
        seen ^= engine.counter.peek_account(*account);
    }
    std::hint::black_box(seen);
    Ok(())
}

/// Where orders rest.
struct Home {
    number: u16,
    place: usize,
    side: Side,
    base: u32,
    quote: u32,
}

/// Put one order in. Gives the lots it has left.
fn read_order(order: &Stored, account: u32, engine: &mut Engine, book: &Home) -> Step<i64> {
    let accounts = &mut engine.counter.accounts;
    let base_row = accounts.row(account, book.base)?;
    let quote_row = accounts.row(account, book.quote)?;
    let owner = accounts.at(account)?;
    let (brand, person) = (owner.brand, owner.person);
    let (tag, client_id, remaining, price) = (order.tag, order.client_id, order.remaining, order.price);
    let terms = Terms {
        budget: 0,
        price,
        quantity: order.quantity,
        brand,
        broker: order.broker,
        taker_rate: rate(order.taker_rate)?,
        credential: order.credential,
        order_type: word(order.order_type, OrderType::read)?,
        self_trade: word(order.self_trade, SelfTrade::read)?,
        channel: word(order.channel, Channel::read)?,
        attribution: word(order.attribution, Attribution::read)?,
        subsidised: order.subsidised == 1,
        level: order.level,
    };
    let open = Open {
        hold: order.hold,
        id: order.id,
        account_id: order.account_id,
        remaining,
        account,
        base_row,
        quote_row,
        maker_rate: rate(order.maker_rate)?,
        instrument: book.number,
        side: book.side,
        marks: Marks::new(SizeIn::Base, &client_id, &tag),
    };
    let ticket = engine.counter.orders.insert(open, terms, &client_id, &tag, &mut engine.counter.accounts)?;
    engine.books.open(book.place)?.rest(person, ticket, book.side, price, remaining)?;
    Ok(remaining)
}

fn word<T>(number: u8, read: impl Fn(u8) -> Option<T>) -> Step<T> {
    read(number).ok_or(broken(&"unknown word in a snapshot"))
}

fn rate(stored: i64) -> Step<i32> {
    i32::try_from(stored).map_err(|_| broken(&"rate above 100 % in a snapshot"))
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    fn u32(&mut self, value: u32) {
        self.raw(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.raw(&value.to_le_bytes());
    }

    fn i64(&mut self, value: i64) {
        self.raw(&value.to_le_bytes());
    }

    fn i128(&mut self, value: i128) {
        self.raw(&value.to_le_bytes());
    }

    fn count(&mut self, value: usize) -> Step<()> {
        self.u32(u32::try_from(value).map_err(|_| broken(&"too many for a snapshot"))?);
        Ok(())
    }

    fn limits(&mut self, limits: &Limits) {
        self.i64(limits.reference);
        self.i64(limits.premium);
        self.u32(limits.band_e8);
        self.u32(limits.band_max_e8);
        self.u32(limits.deviation_e8);
        self.u32(limits.duplicate_ms);
        self.i64(limits.largest_lots);
        self.i128(limits.largest_notional);
    }

    fn rate(&mut self, rate: i32) {
        self.i64(rate.into());
    }

    fn rates(&mut self, rates: &Rates) {
        self.rate(rates.maker);
        self.rate(rates.taker);
        self.u8(u8::from(rates.subsidised));
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn raw<const N: usize>(&mut self) -> Step<[u8; N]> {
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or(broken(&"snapshot ends early"))?;
        self.bytes = rest;
        Ok(*head)
    }

    /// So many rows of one size, as they lie there.
    fn rows<const N: usize>(&mut self, count: usize) -> Step<&'a [[u8; N]]> {
        let (rows, _) = self.bytes.as_chunks::<N>();
        let rows = rows.get(..count).ok_or(broken(&"snapshot ends early"))?;
        self.bytes = self.bytes.get(rows.as_flattened().len()..).ok_or(broken(&"snapshot ends early"))?;
        Ok(rows)
    }

    fn u8(&mut self) -> Step<u8> {
        Ok(u8::from_le_bytes(self.raw()?))
    }

    fn u32(&mut self) -> Step<u32> {
        Ok(u32::from_le_bytes(self.raw()?))
    }

    fn u64(&mut self) -> Step<u64> {
        Ok(u64::from_le_bytes(self.raw()?))
    }

    fn i64(&mut self) -> Step<i64> {
        Ok(i64::from_le_bytes(self.raw()?))
    }

    fn i128(&mut self) -> Step<i128> {
        Ok(i128::from_le_bytes(self.raw()?))
    }

    fn count(&mut self) -> Step<usize> {
        let count = usize::try_from(self.u32()?).map_err(|_| broken(&"too many for this machine"))?;
        if planted(Bug::CountBelieved) {
            std::hint::black_box(Vec::<u8>::with_capacity(count));
        }
        Ok(count)
    }

    fn word<T>(&mut self, read: impl Fn(u8) -> Option<T>) -> Step<T> {
        word(self.u8()?, read)
    }

    fn limits(&mut self) -> Step<Limits> {
        let (reference, premium) = (self.i64()?, self.i64()?);
        let (band_e8, band_max_e8) = (self.u32()?, self.u32()?);
        let (deviation_e8, duplicate_ms) = (self.u32()?, self.u32()?);
        let (largest_lots, largest_notional) = (self.i64()?, self.i128()?);
        let careful = largest_lots > 0 || largest_notional > 0 || deviation_e8 > 0 || duplicate_ms > 0;
        let set = Limits {
            careful,
            band_e8,
            band_max_e8,
            deviation_e8,
            duplicate_ms,
            largest_lots,
            largest_notional,
            ..Limits::NONE
        };
        Ok(set.with_reference(reference, premium))
    }

    fn rate(&mut self) -> Step<i32> {
        rate(self.i64()?)
    }

    fn rates(&mut self) -> Step<Rates> {
        Ok(Rates { maker: self.rate()?, taker: self.rate()?, subsidised: self.u8()? == 1 })
    }
}
