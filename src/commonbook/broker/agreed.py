"""A program as it is agreed: read from the tables whenever an hour begins, and fixed from then on. Rule BT-14.

Whatever is agreed begins with an hour that has not begun. Whoever takes in the stream says in the program's clock which
hour it has come to, before it reads what holds; whoever agrees something holds the same row and begins behind it. So
what holds in an hour is known before the hour begins, to all the same, and an hour that is settled much later, or once
more, is settled by what held in it.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, Table, insert, select, update

from commonbook.broker import conditions, counting, fixed, schedules, sub_brokers, tiers
from commonbook.broker.counting import begin_of_counting
from commonbook.broker.model import Program
from commonbook.errors import Declined
from commonbook.instrument.model import Asset
from commonbook.instrument.venue import Venue
from commonbook.settings import BrokerSettings
from commonbook.storage.database import insert_new
from commonbook.storage.schema import subaccounts
from commonbook.storage.tables import program as program_tables
from commonbook.storage.tables.broker_clients import broker_consents, broker_refusals
from commonbook.storage.tables.corrections import busts_agreed, corrections_agreed
from commonbook.storage.tables.program import broker_places, program_clocks, rate_versions, tier_rules, tiers_by_hand
from commonbook.units import HOUR_NS

API = "api"  # the name of the program for brokers whose clients' orders carry a code
AGREED = (
    *(rate_versions, program_tables.program_conditions, program_tables.program_settings),
    *(tier_rules, tiers_by_hand, broker_places),
    *(program_tables.sub_brokers, program_tables.sub_broker_limits, program_tables.broker_bindings),
    *(broker_consents, broker_refusals, subaccounts),  # by which fills are judged (CN-11)
    *(busts_agreed, corrections_agreed),
)


def load(connection: Connection, name: str, asset: Asset, settings: BrokerSettings) -> Program:
    """All that is agreed, with the hours from which it is.

    Raises:
        BrokenInvariant: a version is not what its hash says.
    """
    tables, negotiated = schedules.load(connection, name)
    kept = fixed.versions(connection, name, settings)
    return Program(
        name=name,
        schedules=tables,
        negotiated=negotiated,
        tiers=tiers.levels_of(connection, name, kept),
        excluded_from_level=kept[0].excluded_from_level,
        excluded_from_levels=tuple((one.from_hour, one.excluded_from_level) for one in kept[1:]),
        conditions=conditions.versions(connection, name),
        minimums=tuple((one.from_hour, one.minimum_payout_minor) for one in kept),
        payout_asset=asset.id,
        payout_scale=asset.scale,
        commission_decimals=settings.commission_decimals,
        nodes=sub_brokers.places(connection, name),
    )


class Agreed:
    """The program of who takes in the stream, kept for an hour."""

    def __init__(self, settings: BrokerSettings, name: str = API) -> None:
        self._settings = settings
        self._name = name
        self._program: Program | None = None
        self._hour = -1

    def enter(
        self, connection: Connection, venue: Venue, time_ns: int, closed_days: Iterable[int] = ()
    ) -> Program | None:
        """What holds up to an engine time, in the transaction that takes in what happened up to it.

        Args:
            closed_days: that have ended since the last time; with some of them a month is reviewed.
            venue: as it was before what is taken in.

        Returns:
            None while the venue does not have the asset that is paid.

        Raises:
            OutsideFailure: the settings name another asset, or other decimals, than the program has begun with.
        """
        asset = venue.asset_named(self._settings.payout_asset)
        if asset is None:
            fixed.must_be_as_ever(connection, self._name, self._settings)
            return None
        hour = time_ns // HOUR_NS
        if self._is_known(asset) and hour <= self._hour:
            return self._program
        # The update comes first: who agrees something at this moment waits for it, or is waited for.
        mine = (program_clocks.c.program == self._name) & (program_clocks.c.hour < hour)
        if connection.execute(update(program_clocks).where(mine).values(hour=hour)).rowcount == 0:
            _begin(connection, self._name, hour)
        fixed.fix(connection, self._name, self._settings, hour)
        self._program, self._hour = load(connection, self._name, asset, self._settings), hour
        for day in closed_days:
            if tiers.close_day(connection, self._program, venue, day):
                self._program = load(connection, self._name, asset, self._settings)
        return self._program

    def now(self, database: Engine, venue: Venue) -> Program | None:
        """What was read last; for hours that have begun it stays what it is.

        Raises:
            OutsideFailure: as `enter`.
        """
        asset = venue.asset_named(self._settings.payout_asset)
        if asset is None:
            return None
        if not self._is_known(asset):
            with database.connect() as connection:
                fixed.must_be_as_ever(connection, self._name, self._settings)
                self._program = load(connection, self._name, asset, self._settings)
        return self._program

    def count_one(self, database: Engine, venue: Venue, today: int) -> bool:
        """Count the oldest day that is over and not counted yet, and warn whose tier it puts at risk (BT-8).

        May run in a thread of its own beside the stream.

        Args:
            today: by engine time.

        Returns:
            whether there was one.
        """
        asset = venue.asset_named(self._settings.payout_asset)
        if asset is None:
            return False
        with database.connect() as connection:
            program = load(connection, self._name, asset, self._settings)
        day = counting.count_one(database, program, venue, today)
        if day is not None:
            with database.begin() as connection:
                tiers.warn(connection, program, venue, day)
        return day is not None

    def _is_known(self, asset: Asset) -> bool:
        return self._program is not None and self._program.payout_asset == asset.id


def _begin(connection: Connection, program: str, hour: int) -> None:
    day = begin_of_counting(connection, program, hour // 24)
    insert_new(connection, program_clocks, {"program": program, "hour": hour, "counted_before": day, "changes": 0})


def hold(connection: Connection, program: str, now_hour: int) -> int:
    """Hold the program's clock until the caller's transaction ends; first of all in it.

    Args:
        now_hour: by engine time, as far as the caller has seen it.

    Returns:
        the first hour that something may be agreed for.
    """
    mine = program_clocks.c.program == program
    more = update(program_clocks).where(mine).values(changes=program_clocks.c.changes + 1)
    if connection.execute(more).rowcount == 0:
        _begin(connection, program, now_hour)
        connection.execute(more)
    entered = connection.execute(select(program_clocks.c.hour).where(mine)).scalar_one()
    return max(int(entered), now_hour) + 1


def chosen_hour(first: int, wanted: int) -> int:
    """
    Args:
        first: that may be agreed for.
        wanted: 0 for that one.

    Raises:
        Declined: `too_early`.
    """
    if wanted and wanted < first:
        text = f"hour {wanted} has begun or is fixed: what is agreed now holds from hour {first} on at the earliest"
        raise Declined("too_early", text, first_hour=str(first))
    return wanted or first


def copy_agreed(source: Connection, target: Connection) -> None:
    """What was agreed, into an empty database: with it and the journal all else is built anew."""
    table: Table
    for table in AGREED:
        rows = [dict(row) for row in source.execute(select(table)).mappings()]
        if rows:
            target.execute(insert(table), rows)
