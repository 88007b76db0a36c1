"""Agreements of the broker program as the tests make them, without the desk and its four eyes."""

from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

from spec.small_exchange import HOUR, SmallExchange
from sqlalchemy import Connection, Table, select

from commonbook.broker import agreed, schedules, tiers
from commonbook.broker.agreed import API
from commonbook.broker.months import first_hour
from commonbook.broker.reviews import ByHand
from commonbook.exchange import BackOffice
from commonbook.units import HOUR_NS

Found = TypeVar("Found")
DECEMBER, JANUARY = 2025 * 12 + 11, 2026 * 12
DECEMBER_BEGINS = first_hour(DECEMBER) - HOUR  # 152 hours behind the beginning of the small exchange
JANUARY_BEGINS = first_hour(JANUARY) - HOUR
CLOSED = JANUARY_BEGINS + 24  # December is
NOTICE = 72

_approvals = count(1_000)

RULES: dict[str, Any] = {
    "grace_months": 1,
    "protected_months": 0,
    "notice_hours": NOTICE,
    "trader_volume": "0",
    "alert_days": 7,
    "rows": [
        {"level": 1, "spot_volume": "100", "spot_traders": 1},
        {"level": 2, "spot_volume": "1000", "spot_traders": 1},
        {"level": 4, "spot_volume": "5000", "spot_traders": 2, "active_days": 2},
    ],
}


def write(exchange: SmallExchange, work: Callable[[Connection], Found]) -> Found:
    with exchange.exchange.back_office.database.begin() as connection:
        return work(connection)


def hour_now(exchange: SmallExchange) -> int:
    return exchange.exchange.back_office._engine_time_ns // HOUR_NS


def agree_rules(exchange: SmallExchange, **changed: Any) -> int:
    """The first month."""
    asset = exchange.exchange.venue.assets[1]

    def work(connection: Connection) -> int:
        first = agreed.hold(connection, API, hour_now(exchange))
        return tiers.agree_rules(connection, asset, API, RULES | changed, next(_approvals), first, 1)

    return write(exchange, work)


def agree_rates(exchange: SmallExchange, broker: int, rows: list[dict[str, Any]], from_hour: int = 0) -> int:
    """The first hour, counted from HOUR."""

    def work(connection: Connection) -> int:
        hour = agreed.chosen_hour(
            agreed.hold(connection, API, hour_now(exchange)), from_hour + HOUR if from_hour else 0
        )
        schedules.agree(connection, API, broker, hour, schedules.read_rows(rows), next(_approvals), 1)
        return hour - HOUR

    return write(exchange, work)


def set_tier(exchange: SmallExchange, broker: int, level: int, from_hour: int, until_hour: int) -> None:
    """Hours count from HOUR."""
    hand = ByHand(broker, from_hour + HOUR, until_hour + HOUR, level)
    write(exchange, lambda connection: tiers.set_by_hand(connection, API, hand, "why", next(_approvals), 1))


def rows_of(office: BackOffice, table: Table) -> list[dict[str, Any]]:
    """In the order of their keys."""
    with office.database.connect() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        return [dict(row) for row in found]


def count_at_leisure(exchange: SmallExchange) -> int:
    """What the chore does; how many days."""
    days = 0
    while exchange.exchange.back_office.count_closed_day():
        days += 1
    return days
