"""Whole days of a small exchange, for the tests of closing and release. Day 0 is that of the first hour."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spec.small_exchange import FEE_POOL, HOUR, HOUSE, SmallExchange
from sqlalchemy import Connection, event

from commonbook.clearing.model import DAY_NS
from commonbook.exchange import Cleared
from commonbook.records import Batch
from commonbook.settings import ClearingSettings, Settings

DAY = HOUR // 24
NOW_NS = DAY * DAY_NS
AT_ONCE = Settings(clearing=ClearingSettings(release_delay_days=0))


def hour_of(day: int, hour: int = 0) -> int:
    """An hour of a day as SmallExchange counts: from HOUR."""
    return (DAY + day) * 24 + hour - HOUR


def at(exchange: SmallExchange, day: int, hour: int = 12) -> Cleared:
    """Engine time moves on, and clearing does what is due."""
    exchange.tick(hour_of(day, hour))
    return exchange.exchange.clear(timed=True)


def trade(exchange: SmallExchange, notional: str, day: int = 0, hour: int = 20, **terms: Any) -> Batch:
    return exchange.trade(notional, hour=hour_of(day, hour), **terms)


def income(exchange: SmallExchange, key: str, text: str, account: int = HOUSE) -> Batch:
    return exchange.transfer(account, FEE_POOL, text, key)


def files(exchange: SmallExchange) -> dict[str, Path]:
    folder = exchange.exchange.back_office.clearing
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*.*"))}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@contextmanager
def writing(exchange: SmallExchange) -> Iterator[Connection]:
    with exchange.exchange.back_office.database.begin() as connection:
        yield connection


def fail_at_commit(exchange: SmallExchange, number: int, failure: type[Exception]) -> None:
    """The number-th commit of the database from now on fails before it has happened; counted from 1."""
    commits: list[None] = []

    def count(_: Any) -> None:
        commits.append(None)
        if len(commits) == number:
            raise failure

    event.listen(exchange.exchange.back_office.database, "commit", count)
