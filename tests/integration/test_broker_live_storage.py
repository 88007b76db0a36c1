"""What brokers are told live and warned of, read on SQLite and on PostgreSQL. BL-11, BL-14, BL-19 to BL-21."""

import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from integration.postgres import fresh_schema
from spec.broker.made_sides import VENUE, line, sides_of
from spec.small_exchange import BROKER, HOUR, TAKER
from sqlalchemy import Engine, insert, select

from commonbook.broker import accrual, alerts, reversals
from commonbook.broker.agreed import API
from commonbook.broker.earnings import Way
from commonbook.broker.reversing import CORRECTION, Reversal
from commonbook.gateway.okx_v5.ws import accruing
from commonbook.gateway.okx_v5.ws import brokers as news
from commonbook.gateway.okx_v5.ws.accruing import Accruing, Asked
from commonbook.gateway.okx_v5.ws.broker_feeds import Read
from commonbook.records import Attribution, Channel
from commonbook.settings import BrokerSettings
from commonbook.storage.database import BACK_OFFICE, advance, open_database
from commonbook.storage.schema import orders
from commonbook.storage.tables.program import broker_notices
from commonbook.units import HOUR_NS

NOW_NS = HOUR * HOUR_NS


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Each database in turn."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'tables.db'}")
        yield engine
        engine.dispose()
        return
    with fresh_schema(request.getfixturevalue("server")) as url:
        engine = open_database(url)
        yield engine
        engine.dispose()


def accrue(database: Engine, sequence: int, hour: int, lines: int, channel: Channel = Channel.API) -> None:
    """A batch's sides, decided and kept."""
    time_ns = hour * HOUR_NS
    sides = sides_of([line("taker", "1", channel=channel, time_ns=time_ns) for _ in range(lines)])
    sides["sequence"] = list(range(sequence, sequence + lines))
    with database.begin() as connection:
        accrual.store(connection, sides, API)


def correct(database: Engine, sequence: int, hour: int) -> None:
    """A correction's line, as the back office keeps it."""
    told = dict.fromkeys((one.name for one in fields(Reversal)), 0)
    told |= {"sequence": sequence, "hour": hour, "time_ns": hour * HOUR_NS, "broker": BROKER, "code": BROKER, "paid": 7}
    with database.begin() as connection:
        reversals.keep(connection, API, [Reversal(**told | {"kind": CORRECTION, "text": "{}"})])  # type: ignore[arg-type]


def test_bl21_of_those_who_write_the_same_alert_at_once_one_does(database: Engine) -> None:
    told: list[bool] = []

    def warn() -> None:
        with database.begin() as connection:
            told.append(alerts.warn(connection, BROKER, "token_errors", "expired", NOW_NS, {"count": 1}))

    threads = [threading.Thread(target=warn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, False, False, True]
    with database.connect() as connection:
        assert len(connection.execute(select(broker_notices)).all()) == 1


def test_bl19_and_bl20_are_found_in_the_tables(database: Engine) -> None:
    watch = alerts.Watch(BrokerSettings(alert_lines=4))
    assert watch.look(database, VENUE, 100, NOW_NS) == 0
    blank = {one.name: 0 for one in orders.c if one.name not in ("client_id", "tag", "state")}
    with database.begin() as connection:
        for number in (101, 102):
            row = blank | {"order_id": number, "account": TAKER, "client_id": "", "state": "live", "tag": "NORTHSTAR"}
            connection.execute(insert(orders).values(**row | {"attribution": int(Attribution.NOT_ASSOCIATED)}))
    accrue(database, 200, HOUR, 5)
    accrue(database, 210, HOUR + 1, 3)
    accrue(database, 220, HOUR + 1, 2, Channel.WEB)
    assert watch.look(database, VENUE, 230, (HOUR + 2) * HOUR_NS) == 2
    with database.connect() as connection:
        kinds = connection.execute(select(broker_notices.c.kind).order_by(broker_notices.c.kind)).scalars().all()
    assert list(kinds) == ["exclusions_rise", "tag_not_associated"]


def test_bl11_what_was_earned_and_corrected_is_read_behind_what_was_told(database: Engine) -> None:
    door: Any = SimpleNamespace(venue=VENUE, time_ns=(HOUR + 1) * HOUR_NS, broker=BrokerSettings())
    reading = Accruing(door)

    def read(position: int, before: Read | None) -> Any:
        asked = Asked(position, {BROKER: before}, {}, time.time_ns())
        with database.connect() as connection:
            return dict(reading.read(connection, asked))[BROKER]

    assert read(1_000, None) == ({}, Read(0, 0, -1), True)
    accrue(database, 200, HOUR - 5, 2)  # long ago
    accrue(database, 210, HOUR, 3)
    accrue(database, 220, HOUR + 1, 2)
    correct(database, 214, HOUR)
    correct(database, 230, HOUR + 1)
    assert read(1_000, None)[0] == {}  # the back office has not said that it is so far
    with database.begin() as connection:
        advance(connection, BACK_OFFICE, 0, 1_000)
    hours, first, is_there = read(215, None)  # the newest batch has not come here yet
    assert ([(hour, sequence) for hour, (_, sequence) in hours.items()], is_there) == ([(HOUR, 214)], True)
    assert [one.lines for one in hours[HOUR][0].values()] == [3, 1]
    hours, last, is_there = read(1_000, first)
    assert ([(hour, sequence) for hour, (_, sequence) in hours.items()], is_there) == ([(HOUR + 1, 230)], True)
    assert [(kind.way, one.lines) for kind, one in hours[HOUR + 1][0].items()] == [(Way.OWN, 2), (Way.CORRECTION, 1)]
    assert read(1_000, last) == ({}, last, True)


def test_bl11_a_look_that_is_cut_ends_for_all_lines_at_one_sequence(database: Engine) -> None:
    """Else the rest would have sequences before what was told, and never be told."""
    door: Any = SimpleNamespace(venue=VENUE, time_ns=HOUR * HOUR_NS, broker=BrokerSettings())
    for sequence in (210, 220, 230):
        accrue(database, sequence, HOUR, 2)
        correct(database, sequence + 5, HOUR)
    with database.begin() as connection:
        advance(connection, BACK_OFFICE, 0, 1_000)
    told: list[tuple[int, bool, int]] = []
    read = None
    with mock.patch.object(accruing, "SIDES_MOST", 2), mock.patch.object(accruing, "SIDES_TOGETHER", 1):
        while not told or not told[-1][1]:
            with database.connect() as connection:
                asked = Asked(1_000, {BROKER: read}, {}, NOW_NS)
                hours, read, is_there = dict(Accruing(door).read(connection, asked))[BROKER]
            lines = sum(one.lines for one in hours[HOUR][0].values())
            told.append((hours[HOUR][1], is_there, lines))
    assert told == [(211, False, 2), (221, False, 3), (235, True, 4)]


def test_bl16_what_is_read_for_several_brokers_is_read_once(database: Engine) -> None:
    door: Any = SimpleNamespace(venue=VENUE, time_ns=HOUR * HOUR_NS, broker=BrokerSettings())
    accrue(database, 210, HOUR, 2)
    accrue(database, 220, HOUR, 2)
    correct(database, 230, HOUR)
    with database.begin() as connection:
        advance(connection, BACK_OFFICE, 0, 1_000)
    reading, place = Accruing(door), Read(0, 0, HOUR)
    with (
        database.connect() as connection,
        mock.patch.object(accruing, "_blocks", wraps=accruing._blocks) as fills,
        mock.patch.object(accruing, "reversals_behind", wraps=reversals.reversals_behind) as lines,
    ):
        asked = Asked(1_000, {BROKER: place, BROKER + 1: place, BROKER + 2: place}, {}, NOW_NS)
        found = dict(reading.read(connection, asked))
    assert (fills.call_count, lines.call_count) == (1, 1)
    assert [len(found[broker][0]) for broker in (BROKER, BROKER + 1, BROKER + 2)] == [1, 0, 0]
    assert len({read for _, read, _ in found.values()}) == 1


def test_bl14_notices_are_read_behind_what_was_told(database: Engine) -> None:
    with database.begin() as connection:
        alerts.warn(connection, BROKER, "token_errors", "expired", NOW_NS, {"count": 1})
        alerts.warn(connection, BROKER, "token_errors", "revoked", NOW_NS, {"count": 1})
    asked = Asked(0, {}, {}, NOW_NS)
    with database.connect() as connection:
        rows, newest = news._notices(connection, BROKER, None, asked)
        assert [row.subject for row in rows] == [f"expired:{HOUR}", f"revoked:{HOUR}"]
        assert news._notices(connection, BROKER, newest, asked) == ([], newest)
        assert [row.notice for row in news._notices(connection, BROKER, newest - 1, asked)[0]] == [newest]
