//! What the venue is set up with, told as the commands that would set it up so: what a host reads before it changes
//! anything. Reading only.

use bytemuck::{Pod, Zeroable, cast};

use crate::config::{Asset, BrokerCode, Config, Instrument};
use crate::record::{self, Command};
use crate::split::Split;
use crate::words::{CommandKind, KillScope, ListingMode, TradingStatus};

impl Config {
    /// Assets, brands and broker codes, each instrument with its status, limits and reference price, the venue's
    /// status, the switches that are on, the listings and the assets that are closed, without sequences and times. Fees
    /// and index prices are not told.
    #[must_use]
    pub fn setup(&self) -> Vec<Command> {
        let assets = self.assets.iter().map(|(id, asset)| asset_command(*id, asset));
        let brands = self.brands().iter().map(|(id, name)| brand_command(*id, *name));
        let brokers = self.brokers.iter().map(|(id, broker)| broker_command(*id, broker));
        let instruments = self.instruments.iter().flat_map(|one| {
            let status = status_command(one.id, one.status);
            [instrument_command(one), status, limits_command(one), reference_command(one)]
        });
        let venue = std::iter::once(status_command(0, self.venue_status));
        let kills = self.kills.all().map(|(scope, target)| kill_command(*scope, *target));
        let listings = self
            .instruments
            .iter()
            .flat_map(|one| self.listings().closed_by(one.closed).map(|brand| listing_command(brand, one.id)));
        let splits = self.splits.iter().map(split_command);
        let traded = assets.chain(brands).chain(brokers).chain(instruments).chain(venue);
        traded.chain(kills).chain(listings).chain(splits).collect()
    }
}

fn asset_command(id: u32, asset: &Asset) -> Command {
    of(record::Asset {
        kind: CommandKind::Asset.number(),
        scale: asset.scale,
        asset: id,
        name: asset.name,
        ..Zeroable::zeroed()
    })
}

fn brand_command(id: u32, name: [u8; 32]) -> Command {
    of(record::Brand { kind: CommandKind::Brand.number(), brand: id, name, ..Zeroable::zeroed() })
}

fn broker_command(id: u32, broker: &BrokerCode) -> Command {
    of(record::BrokerCode {
        kind: CommandKind::BrokerCode.number(),
        active: u8::from(broker.active),
        broker: id,
        payout_account: broker.payout_account,
        code: broker.code,
        ..Zeroable::zeroed()
    })
}

fn instrument_command(instrument: &Instrument) -> Command {
    of(record::Instrument {
        kind: CommandKind::Instrument.number(),
        tick_scale: instrument.tick_scale,
        lot_scale: instrument.lot_scale,
        instrument: instrument.id,
        base_asset: instrument.base,
        quote_asset: instrument.quote,
        tick_mantissa: instrument.tick_mantissa,
        lot_mantissa: instrument.lot_mantissa,
        minimum_lots: instrument.minimum_lots,
        name: instrument.name,
        ..Zeroable::zeroed()
    })
}

fn status_command(instrument: u32, status: TradingStatus) -> Command {
    let kind = CommandKind::Status.number();
    of(record::Status { kind, status: status.number(), instrument, ..Zeroable::zeroed() })
}

fn limits_command(instrument: &Instrument) -> Command {
    let limits = &instrument.limits;
    of(record::Limits {
        kind: CommandKind::Limits.number(),
        instrument: instrument.id,
        band_e8: limits.band_e8,
        band_max_e8: limits.band_max_e8,
        largest_lots: limits.largest_lots,
        largest_notional: limits.largest_notional.into(),
        deviation_e8: limits.deviation_e8,
        duplicate_ms: limits.duplicate_ms,
        ..Zeroable::zeroed()
    })
}

fn reference_command(instrument: &Instrument) -> Command {
    of(record::Reference {
        kind: CommandKind::Reference.number(),
        instrument: instrument.id,
        reference_ticks: instrument.limits.reference,
        premium_ticks: instrument.limits.premium,
        ..Zeroable::zeroed()
    })
}

fn kill_command(scope: KillScope, target: u64) -> Command {
    let kind = CommandKind::Kill.number();
    of(record::Kill { kind, scope: scope.number(), active: 1, target, ..Zeroable::zeroed() })
}

fn listing_command(brand: u32, instrument: u32) -> Command {
    let (kind, mode) = (CommandKind::Listing.number(), ListingMode::Closed.number());
    of(record::Listing { kind, mode, brand, instrument, ..Zeroable::zeroed() })
}

fn split_command(split: &Split) -> Command {
    of(record::Split {
        kind: CommandKind::Split.number(),
        asset: split.asset,
        new_asset: split.new_asset,
        numerator: split.ratio.numerator,
        denominator: split.ratio.denominator,
        key: split.key,
        ..Zeroable::zeroed()
    })
}

/// Any command's record as the common one.
fn of<T: Pod>(command: T) -> Command {
    cast(command)
}
