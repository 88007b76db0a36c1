"""Signed hours on SQLite and on PostgreSQL alike, and signed by two at once. docs/rules/broker-proofs.md, BP-1."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from integration.postgres import fresh_schema
from spec.small_exchange import SmallExchange

from commonbook.administration.checkpoint import AuditKey
from commonbook.broker.hours import check_chain, read_hour
from commonbook.broker.signing import sign_due, signed_hours_of
from commonbook.settings import Settings


def _signed(folder: Path, settings: Settings, signers: int) -> dict[str, bytes]:
    """Four hours, settled two by two and signed after each, by as many at once."""
    key = AuditKey.open(folder.parent)
    with SmallExchange(folder, settings) as exchange:
        office = exchange.exchange.back_office
        for hour in (0, 4):
            exchange.trade("1000", hour=hour)
            exchange.trade("1000", hour=hour + 1)
            exchange.tick(hour + 3)
            exchange.settle()
            with ThreadPoolExecutor(signers) as pool:
                for done in [pool.submit(sign_due, office.database, office.statements, key) for _ in range(signers)]:
                    done.result()
        with office.database.connect() as connection:
            found = signed_hours_of(connection, "api", None, 10)
            assert [one.number for one in signed_hours_of(connection, "api", 3, 1)] == [2]
        check_chain(reversed(found))
        files = {path.name: path.read_bytes() for path in office.statements.glob("hour-*.json")}
    assert [one.number for one in found] == [4, 3, 2, 1]
    assert {read_hour(content.decode()) for content in files.values()} == set(found)
    return files


@pytest.mark.postgres
def test_bp1_both_databases_give_the_same_signed_hours_however_many_sign_them(tmp_path: Path, server: str) -> None:
    once = _signed(tmp_path / "sqlite", Settings(), 1)
    assert _signed(tmp_path / "more", Settings(), 4) == once
    with fresh_schema(server) as url:
        assert _signed(tmp_path / "postgres", Settings(database_url=url), 4) == once
    shutil.rmtree(tmp_path / "more")
