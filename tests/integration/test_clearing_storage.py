"""Clearing on SQLite and on PostgreSQL alike; and a database of the release before, brought forward."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic import command
from integration.before_blocks import put_back_into_rows
from integration.postgres import fresh_schema
from spec.clearing.at_once import two_back_offices
from spec.clearing.brand_days import AT_ONCE, DAY, at, files, hour_of, income, trade
from spec.small_exchange import SOUTH, TAKER, USDT, SmallExchange, one, shown, units
from sqlalchemy import create_engine, select
from sqlalchemy.exc import OperationalError

from commonbook.clearing import billing
from commonbook.clearing.model import DAY_NS, Source
from commonbook.clearing.release import hold, lift
from commonbook.clearing.statement import verify_clearing
from commonbook.clearing.terms import agree_cost_share
from commonbook.console.audit import audit_folder
from commonbook.instrument.accounts import treasury_account
from commonbook.records import CommandKind
from commonbook.settings import Settings
from commonbook.storage.migration import _config
from commonbook.storage.tables import clearing as tables
from commonbook.storage.tables.clearing import clearing_statements, reconciliations, releases, revenue_days

NOVEMBER = 2025 * 12 + 10
KEPT = (tables.revenue_days, tables.revenue_moves, clearing_statements, releases, tables.invoices)


def on(url: str) -> Settings:
    return msgspec.structs.replace(AT_ONCE, database_url=url)


def _weeks(folder: Path, settings: Settings) -> tuple[dict[str, bytes], list[Any]]:
    """Nine days with income of all kinds, a hold, another cost share and an invoice; files, and what the tables say."""
    with SmallExchange(folder, settings) as exchange:
        database = exchange.exchange.back_office.database
        with database.begin() as connection:
            billing.set_price(connection, 0, "support", NOVEMBER, units("60"))
            billing.set_use(connection, SOUTH, NOVEMBER, "support", 1)
            agree_cost_share(connection, SOUTH, Source.TRADING, DAY + 4, 10_000_000, DAY * DAY_NS)
        for day in range(9):
            trade(exchange, f"{1_000 * (day + 1)}.00000007", day, 20)
            income(exchange, f"income:l:2:{day}", "0.00000003")
            at(exchange, day, 21)
            if day == 2:
                with database.begin() as connection:
                    hold(connection, 1, SOUTH, USDT, DAY + 1, units("0.5"), "a dispute", "[]")
            if day == 5:
                with database.begin() as connection:
                    lift(connection, 1, 2)
        at(exchange, 9, 2)
        assert exchange.exchange.ledger_difference() == {}
        found = {name: path.read_bytes() for name, path in files(exchange).items()}
        assert all(one.ok for one in verify_clearing([p for n, p in files(exchange).items() if "USDT" in n]))
        with database.connect() as connection:
            told = [sorted(tuple(row) for row in connection.execute(select(table))) for table in KEPT]
        return found, told


@pytest.mark.postgres
def test_both_databases_close_release_and_bill_the_same_to_the_byte(tmp_path: Path, server: str) -> None:
    with fresh_schema(server) as postgres:
        one_way = _weeks(tmp_path / "sqlite", on(f"sqlite:///{tmp_path / 'tables.db'}"))
        other = _weeks(tmp_path / "postgres", on(postgres))
        for name, content in one_way[0].items():
            assert other[0][name] == content, name
        for table, rows, others in zip(KEPT, one_way[1], other[1], strict=True):
            assert others == rows, table.name
        assert len(one_way[0]) > 18
        for folder, url in (("sqlite", f"sqlite:///{tmp_path / 'tables.db'}"), ("postgres", postgres)):
            audit = audit_folder(tmp_path / folder, on(url))
            assert (audit.problems, audit.ledger_difference) == ([], 0)
            assert audit.statements > 18


@pytest.mark.postgres
def test_64_runs_of_two_back_offices_on_postgresql_release_and_bill_once(tmp_path: Path, server: str) -> None:
    with fresh_schema(server) as url, SmallExchange(tmp_path, on(url)) as exchange:
        with exchange.exchange.back_office.database.begin() as connection:
            billing.set_price(connection, 0, "support", NOVEMBER, units("16"))
            billing.set_use(connection, SOUTH, NOVEMBER, "support", 1)
        trade(exchange, "100000", 6)
        exchange.tick(hour_of(7, 2))
        with two_back_offices(exchange, tmp_path) as run, ThreadPoolExecutor(8) as pool:
            list(pool.map(run, range(64)))
        assert exchange.available(treasury_account(SOUTH)) == "36"  # 52 - 16
        assert [(row["number"], row["brand"]) for row in exchange.rows(tables.invoices, "brand")] == [(1, 1), (1, 2)]
        assert len(exchange.rows(releases, "brand")) == 2
        assert exchange.exchange.ledger_difference() == {}


def test_a_database_from_before_is_brought_forward_with_what_brands_are_owed(tmp_path: Path) -> None:
    """Made as release 0.1.0 left it: no table of clearing, and a ledger with what was earned until then."""
    url = f"sqlite:///{tmp_path / 'backoffice.db'}"
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0, 20)
        exchange.tick(hour_of(0, 21))
        office = exchange.exchange.back_office
        with office.database.begin() as connection:
            office.ledger.keep(connection)
            put_back_into_rows(connection, office.venue)
    database = create_engine(url)
    with database.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
    with database.connect() as connection, pytest.raises(OperationalError):
        connection.execute(select(revenue_days))
    database.dispose()
    shutil.copy(tmp_path / "backoffice.db", tmp_path / "before.db")
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        days = exchange.rows(revenue_days, "brand")
        assert [(row["brand"], row["day"] - DAY, shown(row["transfers"])) for row in days] == [
            (1, 0, "16"),
            (2, 0, "52"),
        ]
        trade(exchange, "100000", 0, 22)  # of the day that was not begun with clearing: owed, and in no statement
        trade(exchange, "100000", 1, 20)
        cleared = at(exchange, 2, 2)
        assert cleared.days == [DAY + 1]
        south = exchange.rows(clearing_statements, "brand")[1]
        assert (shown(south["opening"]), shown(south["closing"])) == ("104", "156")
        assert exchange.available(treasury_account(SOUTH)) == "156"
        assert [row["state"] for row in exchange.rows(reconciliations, "day")] == ["before", "closed"]
        assert exchange.exchange.ledger_difference() == {}


def test_the_audit_finds_a_clearing_statement_that_was_altered_or_taken_away(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        for day in range(2):
            trade(exchange, "100000", day)
            at(exchange, day + 1, 2)
        exchange.send(one(CommandKind.TIME), hour=hour_of(2, 3))
    assert audit_folder(tmp_path, AT_ONCE).problems == []
    path = tmp_path / "clearing/2/USDT-2025-11-24.jsonl"
    good = path.read_bytes()
    path.write_bytes(good.replace(str(TAKER).encode(), b"1001"))
    assert "line 2" in audit_folder(tmp_path, AT_ONCE).problems[0]
    path.unlink()
    assert any("has no file" in problem for problem in audit_folder(tmp_path, AT_ONCE).problems)
