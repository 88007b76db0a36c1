"""A day is closed beside what is taken in: whoever reads history does not wait for it. docs/rules/clearing.md, Q-12."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spec.clearing.brand_days import AT_ONCE, NOW_NS, trade
from spec.clearing.served import ExchangeHere
from spec.small_exchange import SmallExchange
from sqlalchemy import Engine, select

from commonbook.clearing import closing
from commonbook.clearing.model import DAY_NS
from commonbook.clearing.reconciliation import CLOSED
from commonbook.storage.database import BACK_OFFICE, open_database, position
from commonbook.storage.tables.clearing import reconciliations

PATIENCE_S = 60.0
OVER_NS = NOW_NS + DAY_NS + DAY_NS // 2  # day 0 is over


def until(database: Engine, least: int) -> None:
    """History holds so much."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with database.connect() as connection:
            if position(connection, BACK_OFFICE) >= least:
                return
        assert time.monotonic() < deadline, f"history has not come to {least}"
        time.sleep(0.01)


def minutes_pass(here: ExchangeHere, until_so: Callable[[], bool]) -> None:
    """Of engine time: a day that could not be closed is looked at again once a minute."""
    deadline = time.monotonic() + PATIENCE_S
    minute = 1
    while not until_so():
        assert time.monotonic() < deadline
        here.goes_to(OVER_NS + minute * 60 * 10**9)
        minute += 1
        time.sleep(0.2)


def test_q12_history_goes_on_while_a_day_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000")
    begun, go_on = threading.Event(), threading.Event()
    close_day = closing.close_day

    def slowly(*arguments: Any) -> Any:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        return close_day(*arguments)

    monkeypatch.setattr(closing, "close_day", slowly)
    database = open_database(f"sqlite:///{tmp_path / 'backoffice.db'}")
    with ExchangeHere(tmp_path, AT_ONCE, OVER_NS) as here:
        minutes_pass(here, begun.is_set)
        with database.connect() as connection:
            before = position(connection, BACK_OFFICE)
        until(database, before + 50)  # engine time goes on, and is taken in
        go_on.set()
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with database.connect() as connection:
                states = connection.execute(select(reconciliations.c.state)).scalars().all()
            if states == [CLOSED]:
                break
            assert time.monotonic() < deadline, states
            time.sleep(0.01)
    database.dispose()


def test_q12_a_close_that_fails_ends_the_back_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000")

    def wrongly(*_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(closing, "close_day", wrongly)
    here = ExchangeHere(tmp_path, AT_ONCE, OVER_NS)
    with pytest.raises(ZeroDivisionError):
        until_it_fails(here)


def until_it_fails(here: ExchangeHere) -> None:
    """Leaving it raises why."""
    with here:
        minutes_pass(here, lambda: here.failure is not None)
