"""Splitting a token: what speaks against it before it is asked for, its commands, and what it means to its brand.

Rules SP-10 and LI-9. What the split itself does is the engine's (docs/rules/splits.md).
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from commonbook.brand.listings import SCALE_MOST, TOKEN_NAME, names_at, own_tokens_of
from commonbook.errors import Declined
from commonbook.instrument.model import Asset
from commonbook.instrument.splits import Split
from commonbook.instrument.venue import Venue
from commonbook.records import CommandKind, Records, TradingStatus, as_commands, commands
from commonbook.settings import Settings
from commonbook.storage.tables.autonomy import asset_names, own_tokens
from commonbook.storage.tables.partnership import stakes

RATIO_MOST = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    old: Asset
    new: Asset
    numerator: int
    denominator: int


def wanted(venue: Venue, asset: str, new_asset: str, numerator: int, denominator: int) -> Wanted:
    """A split as it is asked for; the new asset may be there or not.

    Raises:
        Declined: `no_such_asset`, `asset_closed`, `bad_token`, `bad_ratio`, `bad_scale`, `not_halted`.
    """
    old = venue.asset_named(asset)
    if old is None:
        raise Declined("no_such_asset", f"there is no asset {asset[:16]!r}")
    if old.id in venue.splits:
        now = venue.assets[venue.splits[old.id].new_asset]
        raise Declined("asset_closed", f"{old.name} was split already: it is {now.name} now")
    if not all(0 < term <= RATIO_MOST for term in (numerator, denominator)):
        raise Declined("bad_ratio", f"{numerator} for {denominator} is no ratio: both are 1 to {RATIO_MOST}")
    new = venue.asset_named(new_asset)
    if new is None:
        if not TOKEN_NAME.fullmatch(new_asset) or old.scale > SCALE_MOST:
            raise Declined("bad_token", f"{new_asset[:16]!r} is no name: 2 to 16 capital letters and digits")
        new = Asset(max(venue.assets) + 1, new_asset, old.scale)
    if new.id == old.id or new.scale != old.scale:
        raise Declined("bad_scale", f"{new.name}: the new units are another asset, with {old.scale} decimals")
    traded = [one for one in venue.instruments.values() if old.id in (one.base.id, one.quote.id)]
    live = [one.name for one in traded if venue.statuses.get(one.id) is not TradingStatus.HALTED]
    if live:
        raise Declined("not_halted", f"halt {', '.join(live[:20])} first, and cancel what rests there")
    return Wanted(old, new, numerator, denominator)


def must_be_told_nowhere_else(venue: Venue, asset: Asset, used: Collection[str]) -> None:
    """SP-10: fees, volumes, statements and what the settings name are in an asset's units, and are not split with it.

    Args:
        used: names of assets, as `named_by` gives them.

    Raises:
        Declined: `asset_needed`.
    """
    quoted = [one.name for one in venue.instruments.values() if one.quote.id == asset.id]
    if quoted:
        raise Declined("asset_needed", f"{asset.name} is what {quoted[0]} is paid in: fees and volumes are told in it")
    if asset.name in used:
        raise Declined("asset_needed", f"{asset.name} is what the host bills, pays or takes stakes in")


def named_by(settings: Settings) -> set[str]:
    """The assets in which the settings say that something is billed or paid."""
    return {settings.clearing.bill_asset, settings.broker.payout_asset}


def staked(connection: Connection, venue: Venue) -> set[str]:
    """The assets in which stakes are locked."""
    chosen = select(stakes.c.asset).where(stakes.c.state != "returned").distinct()
    return {venue.assets[asset].name for asset in connection.execute(chosen).scalars()}


def split_commands(venue: Venue, asked: Wanted, key: bytes) -> Records:
    """The new asset, where it is not there, and the split."""
    parts: list[Records] = []
    if asked.new.id not in venue.assets:
        asset = commands(CommandKind.ASSET)
        asset["asset"], asset["scale"], asset["name"] = asked.new.id, asked.new.scale, asked.new.name.encode()
        parts.append(asset)
    split = commands(CommandKind.SPLIT)
    split["asset"], split["new_asset"], split["key"] = asked.old.id, asked.new.id, key
    split["numerator"], split["denominator"] = asked.numerator, asked.denominator
    return as_commands(*parts, split)


def follow(connection: Connection, split: Split) -> None:
    """LI-9, in the batch's transaction: the new asset is its brand's, and is called what the old one was."""
    token = own_tokens_of(connection).get(split.asset)
    if token is not None and split.new_asset not in own_tokens_of(connection):
        row = {"brand": token.brand, "is_platform": token.is_platform, "exclusive_until_ns": token.exclusive_until_ns}
        connection.execute(insert(own_tokens).values(asset=split.new_asset, **row))
        where = own_tokens.c.asset == split.asset
        connection.execute(update(own_tokens).where(where).values(is_platform=False))
    name = names_at(connection).get(split.asset)
    if name is not None:
        # An approval has one name; that of a split is by its sequence, below zero.
        told = {"from_ns": split.time_ns, "from_sequence": split.sequence, "approval": -split.sequence}
        connection.execute(insert(asset_names).values(asset=split.new_asset, name=name, **told))
    waiting = (asset_names.c.asset == split.asset) & (asset_names.c.from_sequence == 0)
    connection.execute(update(asset_names).where(waiting).values(asset=split.new_asset))
