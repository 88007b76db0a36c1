"""Index prices by the minute: written from the stream in the caller's transaction, and asked for.

An index price is in force until the next one, so a day's figures begin with the one that was in force when it began.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, desc, insert, select, update

from commonbook.instrument.venue import accepted_configuration
from commonbook.marketdata.bars import BARS, DAY_NS, MINUTE_NS
from commonbook.marketdata.history import Candle
from commonbook.marketdata.queries import newest_bars
from commonbook.records import PRICE, Batch, CommandKind
from commonbook.storage.schema import index_candles

Pair = tuple[int, int]  # asset and quote asset
Price = tuple[Pair, int, int]  # pair, engine time, price in 10^-8 of a whole quote unit


def project(batch: Batch, connection: Connection) -> None:
    """Bring the minutes of a batch's index prices up to date."""
    chosen = accepted_configuration(batch)
    rows = chosen[chosen["kind"] == CommandKind.PRICE].view(PRICE)
    pairs = zip(rows["asset"].tolist(), rows["quote_asset"].tolist(), strict=True)
    keep(connection, zip(pairs, rows["time_ns"].tolist(), rows["price_e8"].tolist(), strict=True))


def keep(connection: Connection, prices: Iterable[Price]) -> None:
    """Add index prices, in their order, to their minutes."""
    minutes: dict[tuple[Pair, int], Candle] = {}
    for pair, time_ns, price_e8 in prices:
        minute = time_ns // MINUTE_NS
        bar = Candle(minute * MINUTE_NS, price_e8, price_e8, price_e8, price_e8, 0, 0)
        if (pair, minute) in minutes:
            minutes[pair, minute].add(bar)
        else:
            minutes[pair, minute] = bar
    table = index_candles.c
    for ((asset, quote), minute), bar in minutes.items():
        where = (table.asset == asset) & (table.quote_asset == quote) & (table.minute == minute)
        found = connection.execute(select(index_candles).where(where)).first()
        if found:
            whole = _candle(found)
            whole.add(bar)
            connection.execute(update(index_candles).where(where).values(**_values(whole)))
        else:
            key = {"asset": asset, "quote_asset": quote, "minute": minute}
            connection.execute(insert(index_candles).values(**key, **_values(bar)))


def _candle(row: Any) -> Candle:
    """A row as a bar whose prices are in 10^-8 of a whole quote unit."""
    return Candle(row.minute * MINUTE_NS, row.open_e8, row.high_e8, row.low_e8, row.close_e8, 0, 0)


def _values(bar: Candle) -> dict[str, int]:
    prices = (bar.open_ticks, bar.high_ticks, bar.low_ticks, bar.close_ticks)
    return dict(zip(("open_e8", "high_e8", "low_e8", "close_e8"), prices, strict=True))


def index_candle_list(
    connection: Connection, pair: Pair, bar: str, after_ns: int | None, before_ns: int | None, limit: int
) -> list[Candle]:
    """As `queries.candle_list`, of an index price; a bar in which none was set is left out."""
    table = index_candles.c
    first, behind = BARS[bar].minutes(after_ns, before_ns)
    where = [table.asset == pair[0], table.quote_asset == pair[1]]
    where += [table.minute >= first] if first is not None else []
    where += [table.minute < behind] if behind is not None else []
    with connection.execute(select(index_candles).where(*where).order_by(desc(table.minute))) as rows:
        return newest_bars(BARS[bar], map(_candle, rows), limit)


@dataclass(frozen=True, slots=True)
class IndexDay:
    """An index price over the last 24 hours by whole minutes, and when the day began; in 10^-8 of a quote unit."""

    open_e8: int
    high_e8: int
    low_e8: int
    opened_utc0_e8: int
    opened_utc8_e8: int


def index_day(connection: Connection, pair: Pair, now_ns: int, newest_e8: int) -> IndexDay:
    """The day of an index price whose newest value is given."""
    table = index_candles.c
    mine = (table.asset == pair[0]) & (table.quote_asset == pair[1])
    since = (now_ns - DAY_NS) // MINUTE_NS
    within = select(index_candles).where(mine, table.minute >= since).order_by(table.minute)
    day = [_candle(row) for row in connection.execute(within)]

    def in_force(minute: int) -> int:
        """The price when a minute began: the last one before it, else the first one since."""
        before = select(table.close_e8).where(mine, table.minute < minute).order_by(desc(table.minute)).limit(1)
        found = connection.execute(before).scalar()
        return int(found) if found is not None else day[0].open_ticks if day else newest_e8

    opened = in_force(since)
    return IndexDay(
        open_e8=opened,
        high_e8=max([opened, *(one.high_ticks for one in day)]),
        low_e8=min([opened, *(one.low_ticks for one in day)]),
        opened_utc0_e8=in_force(BARS["1Dutc"].start(now_ns) // MINUTE_NS),
        opened_utc8_e8=in_force(BARS["1D"].start(now_ns) // MINUTE_NS),
    )
