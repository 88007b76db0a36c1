"""VIP levels: measured at the end of each day of UTC, by a table of the host, and set by sequenced commands.

The measures are taken in the transaction in which the first command of the next day is projected, from what the ledger,
the fills and the index prices were before it: the same for whoever replays the journal. Rules VL-1 to VL-8 of
docs/rules/levels.md.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, tuple_, update

from commonbook.brand.schedules import LEVELS, Submit
from commonbook.errors import BadInput, BrokenInvariant, Declined
from commonbook.instrument.accounts import is_brands_own, is_funding, is_stake, master_of
from commonbook.instrument.fills import Fill
from commonbook.instrument.model import Asset
from commonbook.instrument.venue import Venue
from commonbook.records import FIRST_USER_ACCOUNT, CommandKind, commands, refusal_of
from commonbook.storage.database import execute_many
from commonbook.storage.tables.autonomy import (
    index_days,
    level_changes,
    level_days,
    level_names,
    level_tables,
    volume_days,
)

WAITING, DONE = "waiting", "done"
WINDOW_MOST = 366  # days
AT_ONCE = 1_000  # ACCOUNT commands of one submission
NAME_CHARACTERS = 32


# -- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rung:
    """What one VIP level asks for; None: not asked for."""

    level: int
    volume: int | None  # ledger units of the valuation asset
    assets: int | None  # the same
    token: int | None  # ledger units of the token
    any_of: bool  # one of them will do; else all

    def holds(self, measured: "Measures") -> bool:
        asked = (
            (self.volume, measured.volume),
            (self.assets, measured.assets),
            (self.token, measured.token),
        )
        met = [have >= wanted for wanted, have in asked if wanted is not None]
        return any(met) if self.any_of else all(met)


@dataclass(frozen=True, slots=True)
class Ladder:
    """A version of the host's table."""

    version: int
    first_day: int
    valuation: Asset
    token: Asset | None
    days: int  # that the volume is summed over, the measured one the last
    rungs: tuple[Rung, ...]  # by level, ascending

    def level(self, measured: "Measures") -> int:
        """VL-1: the highest level whose condition holds, whatever holds below it; else 0."""
        return next((one.level for one in reversed(self.rungs) if one.holds(measured)), 0)

    def above(self, level: int) -> Rung | None:
        """The next rung above a level."""
        return next((one for one in self.rungs if one.level > level), None)


@dataclass(frozen=True, slots=True)
class Measures:
    volume: int = 0  # ledger units of the valuation asset
    assets: int = 0
    token: int = 0  # ledger units of the token


def read_table(venue: Venue, table: Mapping[str, Any], version: int = 0, first_day: int = 0) -> Ladder:
    """A table as the host wrote it.

    Raises:
        BadInput: an amount that is none, or finer than the asset.
        Declined: `no_such_asset`, `bad_table` with what is wrong.
    """
    valuation = _asset(venue, table["valuation"])
    token = _asset(venue, table["token"]) if table.get("token") else None
    days = int(table["days"])
    if not 1 <= days <= WINDOW_MOST:
        raise Declined("bad_table", f"volume is summed over 1 to {WINDOW_MOST} days, not {days}")
    rungs: list[Rung] = []
    for row in table["rows"]:
        volume, assets = (_amount(valuation, row.get(name), name) for name in ("volume", "assets"))
        held = row.get("token")
        if held and token is None:
            raise Declined("bad_table", f"level {row['level']} asks for a token, and the table names none")
        tokens = _amount(token, held, "token") if token is not None else None
        rung = Rung(int(row["level"]), volume, assets, tokens, bool(row["any_of"]))
        if not 0 < rung.level < LEVELS or (rungs and rung.level <= rungs[-1].level):
            raise Declined("bad_table", f"level {rung.level}: levels ascend from 1 to {LEVELS - 1}")
        if (volume, assets, tokens) == (None, None, None):
            raise Declined("bad_table", f"level {rung.level} asks for nothing: everybody would have it")
        rungs.append(rung)
    _must_rise(rungs)
    return Ladder(version, first_day, valuation, token, days, tuple(rungs))


def _must_rise(rungs: Sequence[Rung]) -> None:
    """A higher level that asks for less of a measure is a slip of the pen."""
    for name in ("volume", "assets", "token"):
        highest = 0
        for rung in rungs:
            wanted = getattr(rung, name)
            if wanted is None:
                continue
            if wanted <= highest:
                raise Declined("bad_table", f"level {rung.level} asks for no more {name} than the one below it")
            highest = wanted


def _asset(venue: Venue, name: str) -> Asset:
    found = venue.asset_named(name)
    if found is None:
        raise Declined("no_such_asset", f"there is no asset {name[:16]!r}")
    return found


def _amount(asset: Asset, text: str | None, what: str) -> int | None:
    if not text:
        return None
    try:
        amount = asset.parse(text)
    except BadInput as error:
        raise BadInput(
            f"{what} {text[:40]!r}: {error}; give {asset.name} with at most {asset.scale} decimals"
        ) from None
    if amount <= 0:
        raise Declined("bad_table", f"{what} {text} is not above zero: leave it out")
    return amount


def canonical(table: Mapping[str, Any]) -> str:
    return json.dumps(table, sort_keys=True, separators=(",", ":"))


def keep_table(
    connection: Connection, venue: Venue, table: Mapping[str, Any], approval: int, today: int, now_ns: int
) -> int:
    """A version, in force from the day after the next midnight's on: what is measured is known beforehand (VL-6).

    Args:
        approval: by which it was decided; the same one has one effect.
        today: days since 1970, by engine time.

    Returns:
        the first day that is judged by it.
    """
    read_table(venue, table)
    found = connection.execute(select(level_tables.c.first_day).where(level_tables.c.approval == approval)).scalar()
    if found is not None:
        return int(found)
    newest = int(connection.execute(select(func.max(level_tables.c.first_day))).scalar() or 0)
    first_day = max(today + 1, newest)
    row = {
        "first_day": first_day,
        "table": canonical(table),
        "hash": hashlib.sha256(canonical(table).encode()).hexdigest(),
        "approval": approval,
        "made_ns": now_ns,
    }
    connection.execute(insert(level_tables).values(**row))
    return first_day


def tables(connection: Connection) -> list[dict[str, Any]]:
    """All versions, newest first."""
    rows = connection.execute(select(level_tables).order_by(level_tables.c.version.desc()))
    return [
        {"version": row.version, "first_day": row.first_day, "hash": row.hash, "table": json.loads(row.table)}
        for row in rows
    ]


def ladder_for(connection: Connection, venue: Venue, day: int) -> Ladder | None:
    """The table that a day is judged by; None before the first.

    Raises:
        BrokenInvariant: the table is not what its hash says.
    """
    chosen = select(level_tables).where(level_tables.c.first_day <= day)
    row = connection.execute(chosen.order_by(level_tables.c.first_day.desc(), level_tables.c.version.desc())).first()
    if row is None:
        return None
    if hashlib.sha256(row.table.encode()).hexdigest() != row.hash:
        raise BrokenInvariant(f"level table {row.version} is not what its hash says")
    return read_table(venue, json.loads(row.table), row.version, row.first_day)


# -- measuring --------------------------------------------------------------------------------------------------------


def value(amount: int, asset: Asset, valuation: Asset, prices: Mapping[tuple[int, int], int]) -> int:
    """VL-3: an amount in the valuation asset by the index price of the day's end, rounded down; without one nothing."""
    if asset.id == valuation.id:
        return amount
    price_e8 = prices.get((asset.id, valuation.id), 0)
    valued: int = amount * price_e8 * 10**valuation.scale // 10 ** (asset.scale + 8)
    return valued


@dataclass
class VolumeToday:
    """Side volume of the day, by master and quote asset; in memory as in the table."""

    day: int = -1
    sums: dict[tuple[int, int], int] = field(default_factory=dict)

    def project(self, connection: Connection, day: int, fills: Sequence[Fill]) -> None:
        """VL-2: the notional of each side for its account's master; both sides of one master count twice."""
        if not fills:
            return
        if day != self.day:
            rows = connection.execute(select(volume_days).where(volume_days.c.day == day))
            self.sums = {(row.master, row.quote_asset): row.notional for row in rows}
            self.day = day
        changed: dict[tuple[int, int], int] = defaultdict(int)
        for fill in fills:
            for side in fill.sides:
                changed[master_of(side.account), fill.instrument.quote.id] += fill.notional
        for key, more in changed.items():
            self.sums[key] = self.sums.get(key, 0) + more
        keys = sorted(changed)
        table = volume_days.c
        for start in range(0, len(keys), 400):
            part = keys[start : start + 400]
            mine = (table.day == day) & tuple_(table.master, table.quote_asset).in_(part)
            connection.execute(delete(volume_days).where(mine))
        rows_after = [
            {"day": day, "master": master, "quote_asset": quote, "notional": self.sums[master, quote]}
            for master, quote in keys
        ]
        execute_many(connection, insert(volume_days), rows_after)


def close_day(
    connection: Connection, venue: Venue, balances: Mapping[tuple[str, int], int], day: int, kept_days: int
) -> None:
    """Measure a day that has ended, and note whose level it changes; in the caller's transaction.

    Args:
        venue, balances: as the day's last command has left them.
        kept_days: measures of earlier days are given up.
    """
    prices = {pair: price.price_e8 for pair, price in venue.prices.items()}
    rows = [
        {"day": day, "asset": asset, "quote_asset": quote, "price_e8": price}
        for (asset, quote), price in sorted(prices.items())
    ]
    if rows:
        connection.execute(insert(index_days), rows)
    ladder = ladder_for(connection, venue, day)
    if ladder is None:
        return
    levels = _measure(connection, venue, balances, ladder, day)
    _note_changes(connection, venue, levels, day)
    connection.execute(delete(level_days).where(level_days.c.day < day - kept_days))


def _measure(
    connection: Connection, venue: Venue, balances: Mapping[tuple[str, int], int], ladder: Ladder, day: int
) -> dict[int, int]:
    """Everybody's three measures; the level by master, where it is not 0."""
    volume = _volumes(connection, venue, ladder, day)
    holdings = _holdings(balances)
    prices = {pair: price.price_e8 for pair, price in venue.prices.items()}
    rows, levels = [], {}
    for master in sorted({*volume, *holdings}):
        held = holdings.get(master, {})
        measured = Measures(
            volume=volume.get(master, 0),
            assets=sum(value(sum_, venue.assets[asset], ladder.valuation, prices) for asset, sum_ in held.items()),
            token=held.get(ladder.token.id, 0) if ladder.token is not None else 0,
        )
        if measured == Measures():
            continue
        level = ladder.level(measured)
        if level:
            levels[master] = level
        rows.append(
            {
                "day": day,
                "master": master,
                "volume": measured.volume,
                "assets": measured.assets,
                "token": measured.token,
                "level": level,
                "version": ladder.version,
            }
        )
    if rows:
        execute_many(connection, insert(level_days), rows)
    return levels


def _volumes(connection: Connection, venue: Venue, ladder: Ladder, day: int) -> dict[int, int]:
    """The window's volume by master; each day's, of each quote asset, valued by that day's last index price."""
    first = day - ladder.days + 1
    prices: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    chosen = select(index_days).where(
        index_days.c.day.between(first, day), index_days.c.quote_asset == ladder.valuation.id
    )
    for row in connection.execute(chosen):
        prices[row.day][row.asset, row.quote_asset] = row.price_e8
    found: dict[int, int] = defaultdict(int)
    for row in connection.execute(select(volume_days).where(volume_days.c.day.between(first, day))):
        found[row.master] += value(row.notional, venue.assets[row.quote_asset], ladder.valuation, prices[row.day])
    return found


def _holdings(balances: Mapping[tuple[str, int], int]) -> dict[int, dict[int, int]]:
    """By master and asset all that its accounts have, held for orders or not; stakes count in nothing (VL-4)."""
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (name, asset), amount in balances.items():
        if amount and name.startswith("user:"):
            account = int(name.split(":", 2)[1])
            if _is_owners(account):
                found[master_of(account)][asset] += amount
    return found


def _is_owners(account: int) -> bool:
    """Trading, funding and sub-accounts; what is pledged, and what is a brand's own, is nobody's to trade with."""
    return not is_stake(account) and not is_brands_own(account)


def _note_changes(connection: Connection, venue: Venue, levels: Mapping[int, int], day: int) -> None:
    """VL-5: of each trading account whose level is another from now on; a change that still waits counts as made."""
    coming = {row.account: row.level for row in _waiting(connection)}
    rows = []
    for account in sorted(venue.accounts):
        if account < FIRST_USER_ACCOUNT or is_funding(account) or not _is_owners(account):
            continue
        level = levels.get(master_of(account), 0)
        if coming.get(account, venue.accounts[account].level) != level:
            rows.append({"day": day, "account": account, "level": level, "state": WAITING})
    if rows:
        execute_many(connection, insert(level_changes), rows)


def _waiting(connection: Connection, most: int = 2**31) -> list[Any]:
    table = level_changes.c
    chosen = select(level_changes).where(table.state == WAITING).order_by(table.day, table.account).limit(most)
    return list(connection.execute(chosen).all())


def send_changes(database: Engine, venue: Venue, submit: Submit) -> int:
    """Bring the next changes into force; how many there were. May be done again after a crash anywhere.

    Args:
        venue: as the newest durable command has left it.
    """
    with database.connect() as connection:
        rows = _waiting(connection, AT_ONCE)
    rows = [row for row in rows if row.day == rows[0].day]
    changed = [row for row in rows if venue.accounts[row.account].level != row.level]
    if changed:
        records = commands(CommandKind.ACCOUNT, len(changed))
        for record, row in zip(records, changed, strict=True):
            account = venue.accounts[row.account]
            record["account"], record["person"], record["brand"] = account.id, account.person, account.brand
            record["level"] = row.level
        refusal = refusal_of(submit(records).events)
        if refusal is not None:
            raise BrokenInvariant(f"the level of an account that is there was refused: {refusal.name}")
    if rows:
        table = level_changes.c
        keys = [(row.day, row.account) for row in rows]
        with database.begin() as connection:
            for start in range(0, len(keys), 400):
                mine = tuple_(table.day, table.account).in_(keys[start : start + 400])
                connection.execute(update(level_changes).where(mine).values(state=DONE))
    return len(rows)


# -- what is told -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What was measured of a master at the end of a day."""

    day: int
    measures: Measures
    level: int
    version: int


def newest_day(connection: Connection) -> int:
    """The last day that was measured; -1 before the first."""
    found = connection.execute(select(func.max(level_days.c.day))).scalar()
    return -1 if found is None else int(found)


def standing(connection: Connection, account: int, day: int) -> Standing:
    """A day's measures of an account's master; nothing of one who had nothing."""
    mine = (level_days.c.master == master_of(account)) & (level_days.c.day == day)
    row = connection.execute(select(level_days).where(mine)).first()
    if row is None:
        return Standing(day, Measures(), 0, 0)
    return Standing(day, Measures(row.volume, row.assets, row.token), row.level, row.version)


def missing(rung: Rung, measured: Measures) -> Measures:
    """How much of each measure a rung still asks for; 0 where it asks for none, or has it."""

    def left(wanted: int | None, have: int) -> int:
        return max(0, (wanted or 0) - have)

    return Measures(
        left(rung.volume, measured.volume), left(rung.assets, measured.assets), left(rung.token, measured.token)
    )


def names(connection: Connection, brand: int) -> dict[int, str]:
    """How a brand calls the levels; the others by default."""
    found = {level: f"VIP {level}" for level in range(LEVELS)}
    for row in connection.execute(select(level_names).where(level_names.c.brand == brand)):
        found[row.level] = row.name
    return found


def name_levels(connection: Connection, brand: int, given: Mapping[int, str]) -> None:
    """VL-7: a brand names the host's levels; what they ask for and which there are is the host's.

    Raises:
        Declined: `no_such_level`, `bad_name`.
    """
    for level, name in given.items():
        if not 0 <= level < LEVELS:
            raise Declined("no_such_level", f"there is no VIP level {level}: they are 0 to {LEVELS - 1}", level=level)
        if not 0 < len(name.strip()) <= NAME_CHARACTERS or not name.isprintable():
            raise Declined("bad_name", f"level {level}: a name has 1 to {NAME_CHARACTERS} characters", level=level)
        where = (level_names.c.brand == brand) & (level_names.c.level == level)
        connection.execute(delete(level_names).where(where))
        connection.execute(insert(level_names).values(brand=brand, level=level, name=name.strip()))
