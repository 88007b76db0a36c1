"""The report of a day for a brand, and where it is kept. Rule LQ-6 of docs/rules/liquidity.md.

`DATA/liquidity/DAY/brand-N.json`, whole or not there at all.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonbook.errors import BadInput
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.liquidity.day import Day, OfBrand, Progress, Traded, name_of, replay_day
from commonbook.liquidity.depth import BASIS_POINTS, Watch, Weighed
from commonbook.liquidity.orders import Filling
from commonbook.units import format_units
from commonbook.whole_file import make_folder, write_whole

FOLDER, DONE = "liquidity", "done"
Report = dict[str, Any]
HOURS = 24


def reports(
    data_dir: Path, venue: Venue, brands: Iterable[int], day: int, progress: Progress = lambda sequence: None
) -> dict[int, Report]:
    """The reports of a closed day, of several brands by one replay.

    Raises:
        BadInput, JournalDamaged: as `replay_day` says.
    """
    replayed = replay_day(data_dir, venue, brands, day, progress)
    return {brand: _report(replayed, one, venue) for brand, one in replayed.brands.items()}


def path_of(data_dir: Path, brand: int, day: int) -> Path:
    return data_dir / FOLDER / name_of(day) / f"brand-{brand}.json"


def keep(data_dir: Path, day: int, found: dict[int, Report]) -> None:
    """Write reports of a day; those that are there are replaced."""
    for brand, report in found.items():
        path = path_of(data_dir, brand, day)
        make_folder(path.parent)
        write_whole(path, json.dumps(report, indent=1).encode() + b"\n")


def is_done(data_dir: Path, day: int) -> bool:
    return (data_dir / FOLDER / name_of(day) / DONE).exists()


def mark_done(data_dir: Path, day: int) -> None:
    """The day's reports are all there."""
    folder = data_dir / FOLDER / name_of(day)
    make_folder(folder)
    write_whole(folder / DONE, b"")


def kept(data_dir: Path, brand: int, day: int) -> Report | None:
    """None where there is none."""
    path = path_of(data_dir, brand, day)
    found: Report | None = json.loads(path.read_bytes()) if path.is_file() else None
    return found


def kept_days(data_dir: Path, brand: int) -> list[str]:
    """The days that there is a report of, newest first."""
    folders = (data_dir / FOLDER).glob("????-??-??") if (data_dir / FOLDER).is_dir() else ()
    return sorted((one.name for one in folders if (one / f"brand-{brand}.json").is_file()), reverse=True)


def day_named(text: str) -> int:
    """Days since 1970 of a day such as 2026-11-27.

    Raises:
        BadInput: it is none.
    """
    try:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput(f"{text[:32]!r} is no day; write it as 2026-11-27") from None
    return int(moment.timestamp()) // 86_400


# -- the report --------------------------------------------------------------------------------------------------------


def _report(day: Day, one: OfBrand, venue: Venue) -> Report:
    alone = one.alone
    numbers = sorted({*alone.watches, *one.traded, *one.orders.filling})
    return {
        "brand": str(one.brand),
        "day": name_of(day.number),
        "first_sequence": str(day.first),
        "last_sequence": str(day.last),
        "instruments": [_instrument(day, one, venue.instruments[number]) for number in numbers],
    }


def _instrument(day: Day, one: OfBrand, instrument: Instrument) -> Report:
    shared, alone = day.watches.get(instrument.id), one.alone.watches.get(instrument.id)
    hours = range(day.number * HOURS, (day.number + 1) * HOURS)
    return {
        "instrument": instrument.name,
        "currency": instrument.quote.name,
        "shared": _book(shared, hours, instrument),
        "alone": _book(alone, hours, instrument),
        "hours": [
            {
                "hour": hour % HOURS,
                "shared": _book(shared, [hour], instrument),
                "alone": _book(alone, [hour], instrument),
            }
            for hour in hours
        ],
        "fills": _fills(one.traded.get(instrument.id, Traded()), instrument),
        "orders": {
            "shared": _orders(one.orders.of(instrument.id), instrument),
            "alone": _orders(one.alone.orders.of(instrument.id), instrument),
        },
    }


def _book(watch: Watch | None, hours: Iterable[int], instrument: Instrument) -> Report:
    total = Weighed()
    for hour in hours:
        part = None if watch is None else watch.hours.get(hour)
        total.join(part or Weighed(ns=3_600 * 10**9))
    spread = total.mean_spread_e8
    told = instrument.quote.format
    sides = zip(BASIS_POINTS, total.mean_bids, total.mean_asks, strict=True)
    return {
        "two_sided_ms": total.two_sided_ns // 10**6,
        "spread_bps": "" if spread is None else format_units(spread, 4),
        "depth": {str(points): {"bids": told(bids), "asks": told(asks)} for points, bids, asks in sides},
    }


def _fills(traded: Traded, instrument: Instrument) -> Report:
    told = instrument.quote.format
    return {
        "sides": traded.sides,
        "notional": told(traded.notional),
        "sides_with_others": traded.sides_with_others,
        "notional_with_others": told(traded.notional_with_others),
        "share_with_others": _share(traded.share_e8),
    }


def _orders(found: Filling, instrument: Instrument) -> Report:
    wait_ns = found.mean_wait_ns
    return {
        "orders": found.orders,
        "orders_by_amount": found.by_amount,
        "ordered": instrument.format_quantity(found.ordered_lots),
        "filled": instrument.format_quantity(found.filled_lots),
        "share_filled": _share(found.share_e8),
        "time_to_fill_ms": "" if wait_ns is None else str(wait_ns // 10**6),
    }


def _share(rate_e8: int | None) -> str:
    return "" if rate_e8 is None else format_units(rate_e8, 8)
