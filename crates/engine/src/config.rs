//! What the venue is set up with: assets, instruments, brands, broker codes, fee schedules, index prices, status.
//! Every bit of it came in as a journaled command. Rules: docs/rules/counter.md, docs/rules/fees.md.

use std::collections::{BTreeMap, HashMap};

use crate::fault::{Outcome, Stop};
use crate::hash::FastHash;
use crate::money::{AMOUNT_LIMIT, RATE_ONE, share_down};
use crate::protection::{Kills, Limits};
use crate::record;
use crate::words::{FeeScope, Refusal, Side, TradingStatus};

pub const SCALE_MAX: u8 = 18;
pub const LEVEL_MAX: u8 = 9;
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerCode {
    pub active: bool,
    pub payout_account: u64,
    pub code: [u8; 16],
}

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
pub struct Config {
    pub assets: BTreeMap<u32, Asset>,
    pub instruments: Vec<Instrument>,
    pub instrument_index: HashMap<u32, usize, FastHash>,
    /// The same for small ids, place by id, u16::MAX for none.
    small_ids: Vec<u16>,
    pub brands: BTreeMap<u32, [u8; 32]>,
    pub brokers: BTreeMap<u32, BrokerCode>,
    pub schedules: BTreeMap<(u32, u8), Rates>,
    pub overrides: BTreeMap<u64, Rates>,
    pub floor: Rates,
    pub highest_claim: i64,
    /// Counts the changes of schedules, overrides and floor; never 0.
    pub fees_version: u32,
    pub prices: BTreeMap<(u32, u32), i64>,
    pub venue_status: TradingStatus,
    pub kills: Kills,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            assets: BTreeMap::new(),
            instruments: Vec::new(),
            instrument_index: HashMap::default(),
            small_ids: Vec::new(),
            brands: BTreeMap::new(),
            brokers: BTreeMap::new(),
            schedules: BTreeMap::new(),
            overrides: BTreeMap::new(),
            floor: Rates::default(),
            highest_claim: 0,
            fees_version: 1,
            prices: BTreeMap::new(),
            venue_status: TradingStatus::Live,
            kills: Kills::default(),
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
            limits: Limits::NONE,
        };
        if let Some(known) =
            self.instrument_index.get(&command.instrument).and_then(|index| self.instruments.get(*index))
        {
            let same = Instrument { status: known.status, limits: known.limits, ..instrument } == *known;
            return require(same, Refusal::DuplicateId);
        }
        require(!self.instruments.iter().any(|other| other.name == instrument.name), Refusal::DuplicateId)?;
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
        self.instruments.push(instrument);
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
        require(!self.brands.values().any(|name| *name == command.name), Refusal::DuplicateId)?;
        self.brands.insert(command.brand, command.name);
        Ok(())
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
        let index = self.instrument_index.get(&command.instrument).ok_or(Refusal::UnknownInstrument)?;
        self.instruments.get_mut(*index).ok_or(Refusal::UnknownInstrument)?.status = status;
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

    /// F-4, F-5: no schedule below the floor, no rebate above what the lowest taker rate leaves after the highest claims.
    pub fn fees(&mut self, command: &record::Fees, user: impl Fn(u64) -> Outcome<()>) -> Outcome<FeeScope> {
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
        let mut after = self.clone_fees();
        match scope {
            FeeScope::Brand => {
                require(self.brands.contains_key(&command.brand), Refusal::UnknownBrand)?;
                require(rates.taker >= self.floor.taker && rates.maker >= self.floor.maker, Refusal::FeeBelowFloor)?;
                after.schedules.insert((command.brand, command.level), rates);
            }
            FeeScope::Account => {
                user(command.account)?;
                after.overrides.insert(command.account, rates);
            }
            FeeScope::Venue => {
                let above = |other: &Rates| other.taker >= rates.taker && other.maker >= rates.maker;
                require(self.schedules.values().all(above), Refusal::FeeBelowFloor)?;
                after.floor = rates;
                after.highest_claim = command.highest_claim_e8;
            }
        }
        require(after.rebates_are_covered(), Refusal::RebateTooHigh)?;
        self.schedules = after.schedules;
        self.overrides = after.overrides;
        self.floor = after.floor;
        self.highest_claim = after.highest_claim;
        self.fees_version = self.fees_version.saturating_add(1);
        Ok(scope)
    }

    /// F-3: the account's own rates, else its brand's at the highest level not above the account's, else the floor.
    #[must_use]
    pub fn rates(&self, account: u64, brand: u32, level: u8) -> Rates {
        if let Some(own) = self.overrides.get(&account) {
            return *own;
        }
        self.schedules.range((brand, 0)..=(brand, level)).next_back().map_or(self.floor, |(_, rates)| *rates)
    }

    fn clone_fees(&self) -> FeeTable {
        FeeTable {
            schedules: self.schedules.clone(),
            overrides: self.overrides.clone(),
            floor: self.floor,
            highest_claim: self.highest_claim,
        }
    }
}

struct FeeTable {
    schedules: BTreeMap<(u32, u8), Rates>,
    overrides: BTreeMap<u64, Rates>,
    floor: Rates,
    highest_claim: i64,
}

impl FeeTable {
    fn all(&self) -> impl Iterator<Item = &Rates> {
        self.schedules.values().chain(self.overrides.values())
    }

    fn rebates_are_covered(&self) -> bool {
        let lowest_taker = self.all().map(|rates| rates.taker).min().unwrap_or(self.floor.taker);
        let kept = 100_000_000_i64.saturating_sub(self.highest_claim);
        let highest_rebate = share_down(lowest_taker.into(), kept);
        let covered = |rates: &Rates| rates.subsidised || i64::from(rates.maker).saturating_neg() <= highest_rebate;
        self.all().all(covered) && (self.all().next().is_some() || covered(&self.floor))
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
