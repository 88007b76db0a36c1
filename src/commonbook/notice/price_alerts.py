"""Prices that users wait for: kept with them, looked for among the trades, told once. Rule IN-4."""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from commonbook.errors import BadInput, Declined
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.notice import inbox
from commonbook.storage.schema import trades
from commonbook.storage.tables.inbox import price_alerts as table

MOST = 50  # of a user
_TOGETHER = 500
_TICKS_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Alert:
    id: int
    user: int
    instrument: int
    price_ticks: int
    rises: bool  # it comes when the price has risen to it, else when it has fallen
    created_ns: int
    after_trade: int


def add(connection: Connection, user: int, instrument: Instrument, price: str) -> Alert:
    """Wait for a price, from the side on which the last one is.

    Raises:
        BadInput: no price on a tick.
        Declined: `too_many_alerts`, `no_price_yet`, `price_is_there`.
    """
    ticks = instrument.price_in_ticks(price)
    if ticks is None or not 0 < ticks < _TICKS_MOST:
        raise BadInput(f"price {price[:40]!r}: a multiple of {instrument.format_price(1)} above zero")
    if len(of_user(connection, user)) >= MOST:
        raise Declined("too_many_alerts", f"you wait for {MOST} prices, and more cannot be: take one away", most=MOST)
    newest = connection.execute(
        select(trades.c.trade, trades.c.price_ticks)
        .where(trades.c.instrument == instrument.id)
        .order_by(trades.c.trade.desc())
        .limit(1)
    ).first()
    if newest is None:
        raise Declined("no_price_yet", f"{instrument.name} has not been traded yet: there is no price to wait from")
    if newest.price_ticks == ticks:
        raise Declined("price_is_there", f"{instrument.name} is at {price} now")
    row = {
        "user_id": user,
        "instrument": instrument.id,
        "price_ticks": ticks,
        "rises": newest.price_ticks < ticks,
        "created_ns": time.time_ns(),
        "after_trade": newest.trade,
    }
    made = connection.execute(insert(table).values(**row).returning(table)).one()
    return Alert(*made)


def of_user(connection: Connection, user: int) -> list[Alert]:
    """Oldest first."""
    return [
        Alert(*row) for row in connection.execute(select(table).where(table.c.user_id == user).order_by(table.c.alert))
    ]


def remove(connection: Connection, user: int, alert: int) -> bool:
    mine = (table.c.user_id == user) & (table.c.alert == alert)
    return connection.execute(delete(table).where(mine)).rowcount == 1


def look(database: Engine, venue: Venue) -> int:
    """Look at the trades since the last look, and tell whose price has come; how many.

    Each alert remembers the newest trade that it was held against, so that a look that was cut off, or was not made for
    a while, misses none and tells none twice.
    """
    with database.connect() as connection:
        waiting = [Alert(*row) for row in connection.execute(select(table))]
        newest = _newest(connection, {one.instrument for one in waiting})
    if all(newest.get(one.instrument, 0) <= one.after_trade for one in waiting):
        return 0
    with database.begin() as connection:
        return sum(
            _look_at(connection, venue, instrument, upto, [one for one in waiting if one.instrument == instrument])
            for instrument, upto in newest.items()
        )


def _newest(connection: Connection, instruments: set[int]) -> dict[int, int]:
    found = {}
    for one in sorted(instruments):
        found[one] = int(
            connection.execute(select(func.max(trades.c.trade)).where(trades.c.instrument == one)).scalar() or 0
        )
    return found


def _look_at(connection: Connection, venue: Venue, instrument: int, upto: int, waiting: list[Alert]) -> int:
    """Those that were held against the same trade before share one question."""
    count = 0
    for after in sorted({one.after_trade for one in waiting if one.after_trade < upto}):
        some = (trades.c.instrument == instrument) & (trades.c.trade > after) & (trades.c.trade <= upto)
        low, high = connection.execute(
            select(func.min(trades.c.price_ticks), func.max(trades.c.price_ticks)).where(some)
        ).one()
        for one in waiting:
            if one.after_trade != after or low is None:
                continue
            if high >= one.price_ticks if one.rises else low <= one.price_ticks:
                count += _come(connection, venue.instruments[instrument], one, high if one.rises else low)
    # By their numbers: one that was made since the look began has not been held against anything.
    ids = [one.id for one in waiting if one.after_trade < upto]
    for start in range(0, len(ids), _TOGETHER):
        these = table.c.alert.in_(ids[start : start + _TOGETHER])
        connection.execute(update(table).where(these).values(after_trade=upto))
    return count


def _come(connection: Connection, instrument: Instrument, alert: Alert, reached: int) -> bool:
    """False for one that its user has taken away meanwhile."""
    if not remove(connection, alert.user, alert.id):
        return False
    details = {"instrument": instrument.name, "price": instrument.format_price(alert.price_ticks)}
    details |= {"reached": instrument.format_price(reached)}
    inbox.tell(connection, alert.user, inbox.ROSE if alert.rises else inbox.FELL, details)
    return True
