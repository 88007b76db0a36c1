//! What the venue is set up with: assets, instruments, brands, broker codes, fee schedules, index prices, status.
//! Every bit of it came in as a journaled command. Rules: docs/rules/counter.md, docs/rules/fees.md.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::fault::{Outcome, Stop};
use crate::fees::FeeTable;
use crate::hash::FastHash;
use crate::listing::{Listings, Moved, Row};
use crate::money::AMOUNT_LIMIT;
use crate::protection::{Kills, Limits};
use crate::record;
use crate::split::Split;
use crate::words::{Refusal, Side, TradingStatus};

pub const SCALE_MAX: u8 = 18;
/// An order names its instrument in 16 bits.
pub const INSTRUMENTS_MAX: usize = 65_535;
/// Ids below this are looked up in an array.
const SMALL_IDS: usize = 65_536;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    pub scale: u8,
    pub name: [u8; 16],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instrument {
    pub id: u32,
    pub base: u32,
    pub quote: u32,
    pub tick_scale: u8,
    pub lot_scale: u8,
    pub tick_mantissa: i64,
    pub lot_mantissa: i64,
    pub minimum_lots: i64,
    pub name: [u8; 32],
    /// Quote units that one lot costs at one tick.
    pub per_tick_lot: i128,
    /// Base units in one lot.
    pub lot_minor: i128,
    pub status: TradingStatus,
    /// The brands that do not list it.
    pub closed: Row,
    pub limits: Limits,
}

impl Instrument {
    /// The asset that an order of this side holds.
    #[must_use]
    pub const fn paid_with(&self, side: Side) -> u32 {
        match side {
            Side::Buy => self.quote,
            Side::Sell => self.base,
        }
    }

    /// Whether an asset is one of its two.
    #[must_use]
    pub const fn has(&self, asset: u32) -> bool {
        self.base == asset || self.quote == asset
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerCode {
    pub active: bool,
    pub payout_account: u64,
    pub code: [u8; 16],
}

#[derive(Clone, Debug)]
pub struct Config {
    pub assets: BTreeMap<u32, Asset>,
    pub instruments: Vec<Instrument>,
    pub instrument_index: HashMap<u32, usize, FastHash>,
    /// The same for small ids, place by id, u16::MAX for none.
    small_ids: Vec<u16>,
    instrument_names: BTreeSet<[u8; 32]>,
    brands: BTreeMap<u32, [u8; 32]>,
    brand_names: BTreeSet<[u8; 32]>,
    pub brokers: BTreeMap<u32, BrokerCode>,
    pub fee_table: FeeTable,
    pub prices: BTreeMap<(u32, u32), i64>,
    pub venue_status: TradingStatus,
    pub kills: Kills,
    listings: Listings,
    /// The assets that are closed, in the order in which they were.
    pub splits: Vec<Split>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            assets: BTreeMap::new(),
            instruments: Vec::new(),
            instrument_index: HashMap::default(),
            small_ids: Vec::new(),
            instrument_names: BTreeSet::new(),
            brands: BTreeMap::new(),
            brand_names: BTreeSet::new(),
            brokers: BTreeMap::new(),
            fee_table: FeeTable::default(),
            prices: BTreeMap::new(),
            venue_status: TradingStatus::Live,
            kills: Kills::default(),
            listings: Listings::default(),
            splits: Vec::new(),
        }
    }
}

impl Config {
    pub fn asset(&mut self, command: &record::Asset) -> Outcome<()> {
        require(command.asset != 0 && is_name(&command.name), Refusal::Malformed)?;
        let asset = Asset { scale: command.scale, name: command.name };
        require(asset.scale <= SCALE_MAX, Refusal::BadScale)?;
        if let Some(known) = self.assets.get(&command.asset) {
            return require(*known == asset, Refusal::DuplicateId);
        }
        require(!self.assets.values().any(|other| other.name == asset.name), Refusal::DuplicateId)?;
        self.assets.insert(command.asset, asset);
        Ok(())
    }

    /// C-1: tick x lot is a whole number of quote units, a lot a whole number of base units.
    pub fn instrument(&mut self, command: &record::Instrument) -> Outcome<()> {
        let positive = command.tick_mantissa > 0 && command.lot_mantissa > 0 && command.minimum_lots > 0;
        let distinct = command.base_asset != command.quote_asset;
        require(command.instrument != 0 && positive && distinct && is_name(&command.name), Refusal::Malformed)?;
        let base = self.assets.get(&command.base_asset).ok_or(Refusal::UnknownAsset)?;
        let quote = self.assets.get(&command.quote_asset).ok_or(Refusal::UnknownAsset)?;
        require(command.tick_scale <= 36 && command.lot_scale <= 36, Refusal::BadScale)?;
        let tick_lot =
            i128::from(command.tick_mantissa).checked_mul(i128::from(command.lot_mantissa)).ok_or(Refusal::Overflow)?;
        let fineness =
            i16::from(command.tick_scale).checked_add(i16::from(command.lot_scale)).ok_or(Refusal::Overflow)?;
        let per_tick_lot = scaled(tick_lot, quote.scale, fineness)?;
        let instrument = Instrument {
            id: command.instrument,
            base: command.base_asset,
            quote: command.quote_asset,
            tick_scale: command.tick_scale,
            lot_scale: command.lot_scale,
            tick_mantissa: command.tick_mantissa,
            lot_mantissa: command.lot_mantissa,
            minimum_lots: command.minimum_lots,
            name: command.name,
            per_tick_lot,
            lot_minor: scaled(i128::from(command.lot_mantissa), base.scale, i16::from(command.lot_scale))?,
            status: TradingStatus::Live,
            closed: Row::default(),
            limits: Limits::NONE,
        };
        if let Some(known) =
            self.instrument_index.get(&command.instrument).and_then(|index| self.instruments.get(*index))
        {
            let Instrument { status, closed, limits, .. } = *known;
            let same = Instrument { status, closed, limits, ..instrument } == *known;
            return require(same, Refusal::DuplicateId);
        }
        require(!self.instrument_names.contains(&instrument.name), Refusal::DuplicateId)?;
        require(!self.is_closed(instrument.base) && !self.is_closed(instrument.quote), Refusal::AssetClosed)?;
        require(self.instruments.len() < INSTRUMENTS_MAX, Refusal::Overflow)?;
        self.add_instrument(instrument);
        Ok(())
    }

    pub fn add_instrument(&mut self, instrument: Instrument) {
        let place = self.instruments.len();
        self.instrument_index.insert(instrument.id, place);
        let id = usize::try_from(instrument.id).ok().filter(|id| *id < SMALL_IDS);
        if let (Some(id), Ok(small)) = (id, u16::try_from(place)) {
            if self.small_ids.len() <= id {
                self.small_ids.resize(id.saturating_add(1), u16::MAX);
            }
            if let Some(slot) = self.small_ids.get_mut(id) {
                *slot = small;
            }
        }
        self.instrument_names.insert(instrument.name);
        self.instruments.push(Instrument { closed: self.listings.fresh(), ..instrument });
    }

    /// Where an instrument is, by its id.
    #[inline(always)]
    #[must_use]
    pub fn place_of(&self, instrument: u32) -> Option<usize> {
        match usize::try_from(instrument).ok().and_then(|id| self.small_ids.get(id)) {
            Some(place) if *place != u16::MAX => Some(usize::from(*place)),
            _ => self.indexed_place(instrument),
        }
    }

    #[cold]
    fn indexed_place(&self, instrument: u32) -> Option<usize> {
        self.instrument_index.get(&instrument).copied()
    }

    pub fn brand(&mut self, command: &record::Brand) -> Outcome<()> {
        require(command.brand != 0 && is_name(&command.name), Refusal::Malformed)?;
        if let Some(known) = self.brands.get(&command.brand) {
            return require(*known == command.name, Refusal::DuplicateId);
        }
        require(!self.brand_names.contains(&command.name), Refusal::DuplicateId)?;
        self.add_brand(command.brand, command.name);
        Ok(())
    }

    pub fn add_brand(&mut self, brand: u32, name: [u8; 32]) {
        self.brand_names.insert(name);
        self.brands.insert(brand, name);
    }

    /// Names of brands by id.
    #[must_use]
    pub const fn brands(&self) -> &BTreeMap<u32, [u8; 32]> {
        &self.brands
    }

    pub fn broker_code(&mut self, command: &record::BrokerCode, user: impl Fn(u64) -> Outcome<()>) -> Outcome<()> {
        require(command.broker != 0 && command.active <= 1 && is_code(&command.code), Refusal::Malformed)?;
        user(command.payout_account)?;
        let taken = self.brokers.iter().any(|(id, other)| *id != command.broker && other.code == command.code);
        let changed = self.brokers.get(&command.broker).is_some_and(|known| known.code != command.code);
        require(!taken && !changed, Refusal::DuplicateId)?;
        let code =
            BrokerCode { active: command.active == 1, payout_account: command.payout_account, code: command.code };
        self.brokers.insert(command.broker, code);
        Ok(())
    }

    pub fn price(&mut self, command: &record::Price) -> Outcome<()> {
        require(command.price_e8 > 0 && command.asset != command.quote_asset, Refusal::Malformed)?;
        let known = self.assets.contains_key(&command.asset) && self.assets.contains_key(&command.quote_asset);
        require(known, Refusal::UnknownAsset)?;
        self.prices.insert((command.asset, command.quote_asset), command.price_e8);
        Ok(())
    }

    pub fn status(&mut self, command: &record::Status) -> Outcome<()> {
        let status = TradingStatus::read(command.status).ok_or(Refusal::Malformed)?;
        if command.instrument == 0 {
            self.venue_status = status;
            return Ok(());
        }
        let place = self.place_of(command.instrument).ok_or(Refusal::UnknownInstrument)?;
        let halted_for_good = self.why_halted(command.instrument) == Refusal::AssetClosed;
        require(status == TradingStatus::Halted || !halted_for_good, Refusal::AssetClosed)?;
        self.instruments.get_mut(place).ok_or(Refusal::UnknownInstrument)?.status = status;
        Ok(())
    }

    pub fn limits(&mut self, command: &record::Limits) -> Outcome<()> {
        let set = Limits::read(command)?;
        let limits = self.limits_of(command.instrument)?;
        *limits = set.with_reference(limits.reference, limits.premium);
        Ok(())
    }

    pub fn reference(&mut self, command: &record::Reference) -> Outcome<()> {
        require(command.reference_ticks >= 0, Refusal::Malformed)?;
        let limits = self.limits_of(command.instrument)?;
        *limits = limits.with_reference(command.reference_ticks, command.premium_ticks);
        Ok(())
    }

    fn limits_of(&mut self, instrument: u32) -> Outcome<&mut Limits> {
        let place = self.place_of(instrument).ok_or(Refusal::UnknownInstrument)?;
        Ok(&mut self.instruments.get_mut(place).ok_or(Refusal::UnknownInstrument)?.limits)
    }

    /// P-15: a brand's listing of an instrument, by its place, closed or opened again.
    pub fn list(&mut self, place: usize, brand: u32, closed: bool) {
        let mut from = self.instruments.iter_mut().skip(place);
        let moved = from.next().map_or(Moved::NOT, |one| self.listings.set(&mut one.closed, brand, closed));
        if moved != Moved::NOT {
            from.for_each(|behind| behind.closed.moved(moved));
        }
    }

    /// P-15: whether a brand lists an instrument.
    #[inline(always)]
    #[must_use]
    pub fn is_listed(&self, instrument: &Instrument, brand: u32) -> bool {
        !self.listings.is_closed(instrument.closed, brand)
    }

    #[must_use]
    pub const fn listings(&self) -> &Listings {
        &self.listings
    }

    /// F-3 to F-5.
    pub fn fees(&mut self, command: &record::Fees, user: impl Fn(u64) -> Outcome<()>) -> Outcome<()> {
        let brands = &self.brands;
        self.fee_table.set(command, |brand| brands.contains_key(&brand), user)
    }
}

/// `mantissa` x 10^(scale - fineness) as a whole number of at least one.
fn scaled(mantissa: i128, scale: u8, fineness: i16) -> Outcome<i128> {
    let exponent = i16::from(scale).checked_sub(fineness).ok_or(Refusal::Overflow)?;
    let power = 10_i128.checked_pow(u32::from(exponent.unsigned_abs())).ok_or(Refusal::BadScale)?;
    let value = if exponent >= 0 {
        mantissa.checked_mul(power).ok_or(Refusal::BadScale)?
    } else {
        require(mantissa.checked_rem(power) == Some(0), Refusal::BadScale)?;
        mantissa.checked_div(power).ok_or(Refusal::BadScale)?
    };
    require((1..AMOUNT_LIMIT).contains(&value), Refusal::BadScale)?;
    Ok(value)
}

/// Not empty, and nothing but zeros after its end.
fn is_name(name: &[u8]) -> bool {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    end > 0 && name.iter().skip(end).all(|byte| *byte == 0)
}

fn is_code(code: &[u8]) -> bool {
    is_name(code) && code.iter().all(|byte| *byte == 0 || byte.is_ascii_alphanumeric())
}

pub fn require(holds: bool, refusal: Refusal) -> Outcome<()> {
    if holds { Ok(()) } else { Err(Stop::Refused(refusal)) }
}
