"""What the settings say of a program, kept with the hours that it holds for. Rule BT-21.

Settings are read at a start, and an hour is settled after its end, or once more: what it was under must not be looked
for in a file that has been edited meanwhile. So who takes in the stream writes them down when an hour begins, and they
hold until an hour begins under others. In what a program pays, and how finely, is fixed with its first hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from commonbook.errors import OutsideFailure
from commonbook.settings import BrokerSettings
from commonbook.storage.tables.program import program_settings

ALWAYS = ("payout_asset", "commission_decimals")  # names of settings that never change
_NAMES = (*ALWAYS, "minimum_payout_minor", "default_level", "excluded_from_level")


@dataclass(frozen=True, slots=True)
class Fixed:
    """Settings of a program, from an hour on."""

    from_hour: int
    until_hour: int  # the newest that has begun under them
    payout_asset: str
    commission_decimals: int
    minimum_payout_minor: int  # payout asset
    default_level: int
    excluded_from_level: int  # VIP


def versions(connection: Connection, program: str, settings: BrokerSettings) -> list[Fixed]:
    """All there have been, by their hours; before a program's first hour those of today."""
    chosen = select(program_settings).where(program_settings.c.program == program)
    found = [_fixed(row) for row in connection.execute(chosen.order_by(program_settings.c.from_hour))]
    return found or [Fixed(0, 0, **_told(settings))]


def in_force(found: Sequence[Fixed], hour: int) -> Fixed:
    """Those of an hour; of an hour before the first, the first."""
    return next((one for one in reversed(found) if one.from_hour <= hour), found[0])


def in_hour(connection: Connection, program: str, hour: int, settings: BrokerSettings) -> Fixed:
    """The same, from the tables."""
    return in_force(versions(connection, program, settings), hour)


def fix(connection: Connection, program: str, settings: BrokerSettings, hour: int) -> None:
    """An hour begins: what the settings say holds in it, unless it is known already what did.

    In the transaction that takes in what happened in it. From the journal once more nothing is written: an hour that
    lies before the newest is under what was in force then.

    Raises:
        OutsideFailure: as `must_be_as_ever`.
    """
    must_be_as_ever(connection, program, settings)
    table = program_settings.c
    chosen = select(program_settings).where(table.program == program).order_by(table.from_hour)
    found = [_fixed(row) for row in connection.execute(chosen)]
    told = _told(settings)
    if found and found[0].from_hour <= hour <= found[-1].until_hour:
        return
    newest = found[-1] if found and found[-1].until_hour < hour else None
    if newest is not None and all(getattr(newest, name) == told[name] for name in _NAMES):
        mine = (table.program == program) & (table.from_hour == newest.from_hour)
        connection.execute(update(program_settings).where(mine).values(until_hour=hour))
        return
    connection.execute(insert(program_settings).values(program=program, from_hour=hour, until_hour=hour, **told))


def must_be_as_ever(connection: Connection, program: str, settings: BrokerSettings) -> None:
    """
    Raises:
        OutsideFailure: the settings name another asset, or other decimals, than the program has begun with.
    """
    first = versions(connection, program, settings)[0]
    for name in ALWAYS:
        was, now = getattr(first, name), getattr(settings, name)
        if was != now:
            raise OutsideFailure(
                f"broker.{name} is {now} in the settings, and the program {program} has {was} since its first hour,"
                f" {first.from_hour}: what was accrued is in it; put {was} back"
            )


def _told(settings: BrokerSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in _NAMES}


def _fixed(row: Row[Any]) -> Fixed:
    return Fixed(row.from_hour, row.until_hour, *(getattr(row, name) for name in _NAMES))
