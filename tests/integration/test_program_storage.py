"""The broker program on SQLite and on PostgreSQL alike, and two who agree or count at one moment."""

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from integration.postgres import fresh_schema
from spec.broker.terms_here import DECEMBER_BEGINS, agree_rates, agree_rules, count_at_leisure, rows_of, set_tier, write
from spec.broker.test_tiers import SETTINGS, play
from spec.small_exchange import BROKER, HOUR, SmallExchange
from sqlalchemy import Connection, insert

from commonbook.broker import agreed
from commonbook.broker.agreed import API
from commonbook.exchange import BackOffice
from commonbook.settings import Settings
from commonbook.storage.tables.program import (
    broker_clients,
    broker_days,
    broker_firsts,
    broker_notices,
    broker_places,
    program_clocks,
    tier_months,
)

TABLES = (broker_days, broker_clients, broker_firsts, tier_months, broker_notices, program_clocks)
TURNS = 20


def _told(folder: Path, settings: Settings) -> dict[str, list[dict[str, Any]]]:
    with SmallExchange(folder, settings) as exchange:
        agree_rules(exchange)
        set_tier(exchange, BROKER, 2, DECEMBER_BEGINS, DECEMBER_BEGINS + 50)
        agree_rates(exchange, BROKER, [{"tier": 1, "rate": "31"}], from_hour=DECEMBER_BEGINS + 60)
        play(exchange, lambda _: None if count_at_leisure(exchange) else pytest.fail("nothing was counted"))
        found = {table.name: rows_of(exchange.exchange.back_office, table) for table in TABLES}
        # The subject of what is set by hand is its approval, which differs from one exchange to the next.
        found["broker_notices"] = [row for row in found["broker_notices"] if row["kind"] != "tier_set"]
        return found


@pytest.mark.postgres
def test_what_is_counted_and_reviewed_is_the_same_on_both(tmp_path: Path, server: str) -> None:
    with fresh_schema(server) as url:
        here = _told(tmp_path / "sqlite", SETTINGS)
        there = _told(tmp_path / "postgres", msgspec.structs.replace(SETTINGS, database_url=url))
    assert here == there
    assert len(here["tier_months"]) == 2


@pytest.mark.postgres
def test_what_is_agreed_while_an_hour_begins_is_before_or_behind_it_for_everybody(tmp_path: Path, server: str) -> None:
    # Whatever wins, nothing is agreed for an hour whose terms the stream has read before.
    with fresh_schema(server) as url:
        settings = msgspec.structs.replace(SETTINGS, database_url=url)
        with SmallExchange(tmp_path, settings) as exchange:
            office = BackOffice.open(tmp_path, url, settings)
            for turn in range(1, TURNS + 1):
                _race(exchange, office, turn)
            office.close()


def _race(exchange: SmallExchange, desk: BackOffice, turn: int) -> None:
    gate, agreed_for = threading.Barrier(2), []

    def agree(connection: Connection) -> None:
        hour = agreed.hold(connection, API, HOUR + turn - 1)
        row = {"program": API, "broker": BROKER, "from_hour": hour, "parent": 0, "pool_e8": 0, "user_e8": turn}
        connection.execute(insert(broker_places).values(**row, made_by=0, made_ns=turn))
        agreed_for.append(hour)

    def at_the_desk() -> None:
        gate.wait()
        with desk.database.begin() as connection:
            agree(connection)

    thread = threading.Thread(target=at_the_desk)
    thread.start()
    gate.wait()
    exchange.tick(turn)
    thread.join()
    program = exchange.exchange.back_office.program()
    assert program is not None
    (hour,) = agreed_for
    assert hour in (HOUR + turn, HOUR + turn + 1)
    # What was read for the hour is what the tables say of it for good.
    fresh = write(
        exchange, lambda connection: agreed.load(connection, API, exchange.exchange.venue.assets[1], SETTINGS.broker)
    )
    assert program.terms(BROKER, HOUR + turn).path == fresh.terms(BROKER, HOUR + turn).path
