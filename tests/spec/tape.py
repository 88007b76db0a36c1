"""A tape of trades for the tests of market data: as a plain list, and the same in tables and files.

What the plain list says is reckoned here the long way round, by the calendar and without a query.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from commonbook.instrument.fills import Fill, FillSide, Role
from commonbook.instrument.model import Asset, Instrument
from commonbook.marketdata import history
from commonbook.marketdata.history import Candle
from commonbook.marketdata.moving import move_oldest_day
from commonbook.marketdata.queries import MarketHistory
from commonbook.records import Attribution, Channel, Side
from commonbook.storage.database import open_database
from commonbook.storage.schema import candles, market_days, trades
from commonbook.units import Lots

NS = 10**9
DAY_NS = 86_400 * NS
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
USDT, BTC = Asset(1, "USDT", 8), Asset(2, "BTC", 8)
FAR = 1 << 40  # a day that never comes


def ns(text: str) -> int:
    """A time of UTC, such as 2026-03-01T00:00:10."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) * 1000


def day(text: str) -> int:
    return ns(text) // DAY_NS


def instrument(number: int) -> Instrument:
    return Instrument(number, f"PAIR-{number}", BTC, USDT, 2, 1, 4, 1, Lots(1), 0)


@dataclass(frozen=True, slots=True)
class Print:
    """One trade. Its notional is free, so that amounts of any size can be tried."""

    trade: int
    time_ns: int
    price: int
    lots: int
    notional: int
    side: Side = Side.BUY
    instrument: int = 1

    @property
    def row(self) -> dict[str, Any]:
        return {
            "instrument": self.instrument,
            "trade": self.trade,
            "time_ns": self.time_ns,
            "price_ticks": self.price,
            "quantity_lots": self.lots,
            "taker_side": int(self.side),
        }

    @property
    def fill(self) -> Fill:
        def side(role: Role, which: Side) -> FillSide:
            return FillSide(role, which, 1, 1, 1, 0, 0, Channel.API, Attribution.NO_TAG, False, 0)

        return Fill(
            sequence=self.trade,
            index=0,
            time_ns=self.time_ns,
            trade=self.trade,
            instrument=instrument(self.instrument),
            price_ticks=self.price,
            quantity_lots=self.lots,
            notional=self.notional,
            buyer_released=0,
            taker=side(Role.TAKER, self.side),
            maker=side(Role.MAKER, Side.SELL if self.side is Side.BUY else Side.BUY),
        )


class Tape:
    """Tables and files of one folder."""

    def __init__(self, folder: Path, database: Engine | None = None) -> None:
        self.market = MarketHistory(folder)
        self.database = database or open_database(f"sqlite:///{folder / 'tables.db'}")

    def add(self, prints: Sequence[Print]) -> None:
        with self.database.begin() as connection:
            history.project([one.fill for one in prints], connection)

    def move(self, before_day: int = FAR, number: int = 1) -> int:
        """Move the closed days of an instrument into files; how many."""
        days = 0
        while move_oldest_day(self.database, self.market.archive, number, before_day):
            days += 1
        return days

    def trades(self, limit: int, after: int | None = None, before: int | None = None) -> list[dict[str, Any]]:
        with self.database.connect() as connection:
            return self.market.trade_list(connection, 1, limit, after, before)

    def trades_by_time(self, limit: int, after_ns: int | None, before_ns: int | None) -> list[dict[str, Any]]:
        with self.database.connect() as connection:
            return self.market.trades_by_time(connection, 1, limit, after_ns, before_ns)

    def candles(self, bar: str, limit: int, after_ns: int | None = None, before_ns: int | None = None) -> list[Candle]:
        with self.database.connect() as connection:
            return self.market.candle_list(connection, 1, bar, after_ns, before_ns, limit)

    def rows(self) -> tuple[int, int, int]:
        """How many trades and candles the tables hold, and how many days are in files."""
        with self.database.connect() as connection:
            counts = [len(connection.execute(select(table)).all()) for table in (trades, candles, market_days)]
        return counts[0], counts[1], counts[2]

    def everything(self) -> tuple[list[dict[str, Any]], list[Candle]]:
        """All trades and all minutes, oldest first, from wherever they are."""
        with self.database.connect() as connection:
            every = list(self.market.trades_between(connection, 1, 0, 1 << 62))
            first, last = (every[0]["time_ns"], every[-1]["time_ns"]) if every else (0, 0)
            start = first // DAY_NS * DAY_NS
            return every, list(self.market.candles_between(connection, 1, "1m", start, last + 1))


# -- what a plain list says ----------------------------------------------------------------------------------------


def plain_trades(
    prints: Sequence[Print],
    limit: int,
    after: int | None = None,
    before: int | None = None,
    after_ns: int | None = None,
    before_ns: int | None = None,
) -> list[dict[str, Any]]:
    inside = [
        one.row
        for one in reversed(prints)
        if (after is None or one.trade < after)
        and (before is None or one.trade > before)
        and (after_ns is None or one.time_ns < after_ns)
        and (before_ns is None or one.time_ns > before_ns)
    ]
    return inside[:limit]


def plain_start(bar: str, time_ns: int) -> int:
    """Where the bar begins that a time is in, by the calendar."""
    utc = bar.endswith("utc")
    count, unit = int(bar.removesuffix("utc")[:-1]), bar.removesuffix("utc")[-1]
    if unit in "mH" and (unit, count) not in (("H", 6), ("H", 12)):
        length = count * (60 if unit == "m" else 3_600) * NS
        return time_ns // length * length
    shift = timedelta() if utc else timedelta(hours=8)
    here = EPOCH + timedelta(seconds=time_ns // NS) + shift
    midnight = here.replace(hour=0, minute=0, second=0)
    match unit:
        case "H":
            start = midnight + timedelta(hours=here.hour // count * count)
        case "D":
            start = midnight - timedelta(days=(midnight - EPOCH).days % count)
        case "W":
            start = midnight - timedelta(days=midnight.weekday())
        case _:
            start = midnight.replace(day=1, month=(midnight.month - 1) // count * count + 1)
    return (start - shift - EPOCH) // timedelta(seconds=1) * NS


def plain_candles(
    prints: Sequence[Print], bar: str, limit: int, after_ns: int | None = None, before_ns: int | None = None
) -> list[Candle]:
    made: dict[int, Candle] = {}
    for one in prints:
        start = plain_start(bar, one.time_ns)
        if start not in made:
            made[start] = Candle(start, one.price, one.price, one.price, one.price, 0, 0)
        candle = made[start]
        candle.high_ticks = max(candle.high_ticks, one.price)
        candle.low_ticks = min(candle.low_ticks, one.price)
        candle.close_ticks = one.price
        candle.lots += one.lots
        candle.notional += one.notional
    inside = [
        candle
        for start, candle in sorted(made.items(), reverse=True)
        if (after_ns is None or start < after_ns) and (before_ns is None or start > before_ns)
    ]
    return inside[:limit]
