"""Ledger and engine, compared while the exchange runs. docs/rules/clearing.md, Q-24; and the daily check, Q-23."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from spec.clearing.brand_days import DAY, at, trade, writing
from spec.small_exchange import BTC, HOUSE, SOUTH, TAKER, USDT, SmallExchange, units
from sqlalchemy import insert, update

from commonbook.administration import log
from commonbook.chain import walk
from commonbook.clearing import auditor as module
from commonbook.clearing.auditor import Auditor, Difference, keep_alarms, unknown_of
from commonbook.clearing.reconciliation import Outside, open_alarms
from commonbook.exchange import BackOffice, audit_log_problems
from commonbook.ledger.model import available
from commonbook.records import BALANCE_ROW, Records
from commonbook.settings import Settings
from commonbook.storage.schema import ledger_balances
from commonbook.storage.tables.administration import audit_log
from commonbook.storage.tables.clearing import audit_alarms, reconciliations, releases


class Core:
    """Answers at once, from the engine, in the order of the accounts."""

    def __init__(self, exchange: SmallExchange) -> None:
        self.exchange = exchange
        self.asked: list[list[int]] = []

    def balances_then(self, accounts: list[int], done: Callable[[int, Records], None]) -> None:
        engine = self.exchange.exchange.sequencer.engine
        self.asked.append(accounts)
        raw = b"".join(engine.balances(account) for account in accounts)
        done(engine.sequence(), np.frombuffer(raw, BALANCE_ROW))


def _auditor(exchange: SmallExchange) -> Auditor:
    office = exchange.exchange.back_office
    return Auditor(office.ledger, office.venue, 0)


def _compare(exchange: SmallExchange, auditor: Auditor, core: Core | None = None) -> list[Difference]:
    auditor.ask_if_due(core or Core(exchange))
    assert auditor.is_answered(exchange.exchange.back_office.position)
    with writing(exchange) as connection:
        return auditor.compare(connection)


def test_q24_nothing_differs_after_ordinary_business(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        auditor = _auditor(exchange)
        for number in range(5):
            auditor.took(trade(exchange, "100", 0, 20 - number % 2))
            assert _compare(exchange, auditor) == []
        assert auditor.clean_at == exchange.exchange.back_office.position
        assert auditor.clean_since_ns > 0


@pytest.mark.parametrize("asset", [USDT, BTC])
def test_q24_a_balance_that_differs_is_named_with_asset_and_sequence(tmp_path: Path, asset: int) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100")
        auditor = _auditor(exchange)
        exchange.exchange.back_office.ledger.balances[available(HOUSE), asset] += 1
        found = _compare(exchange, auditor)
        sequence = exchange.exchange.back_office.position
        has = units("10000000")
        assert Difference(sequence, asset, available(HOUSE), has + 1, has) in found
        assert auditor.clean_at == 0


def test_q24_a_row_that_was_edited_in_the_database_is_found(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        with writing(exchange) as connection:
            exchange.exchange.back_office.ledger.keep(connection)
            where = (ledger_balances.c.account == available(HOUSE)) & (ledger_balances.c.asset == BTC)
            connection.execute(update(ledger_balances).where(where).values(amount=7))
        (found,) = _compare(exchange, _auditor(exchange))
        assert (found.name, found.asset, found.ledger) == (f"{available(HOUSE)}, stored", BTC, 7)


def test_q24_what_moved_is_compared_first_and_everybody_else_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROUND_MOST", 1)
    monkeypatch.setattr(module, "MOVED_MOST", 2)
    with SmallExchange(tmp_path) as exchange:
        auditor, core = _auditor(exchange), Core(exchange)
        auditor.took(trade(exchange, "100"))
        for _ in range(8):
            _compare(exchange, auditor, core)
        assert {1_001, TAKER} <= set(core.asked[0])
        assert {account for asked in core.asked[1:] for account in asked} >= set(exchange.exchange.venue.accounts)
        assert all(len(asked) <= 5 for asked in core.asked)


def test_q24_an_answer_of_another_sequence_is_not_compared(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        auditor, office = _auditor(exchange), exchange.exchange.back_office
        auditor.ask_if_due(Core(exchange))
        assert not auditor.is_answered(office.position - 1)  # not there yet
        exchange.tick(1)
        assert not auditor.is_answered(office.position)  # passed by
        assert _compare(exchange, auditor) == []


def test_q24_who_was_passed_by_is_asked_about_again_within_the_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROUND_MOST", 1)
    with SmallExchange(tmp_path) as exchange:
        auditor, office, core = _auditor(exchange), exchange.exchange.back_office, Core(exchange)
        auditor.ask_if_due(core)
        exchange.tick(1)
        assert not auditor.is_answered(office.position)
        passed_by = core.asked.pop()
        while not auditor.clean_at:
            assert _compare(exchange, auditor, core) == []
        compared = {account for asked in core.asked for account in asked}
        assert compared >= {*passed_by, *exchange.exchange.venue.accounts}


def test_q24_a_round_of_an_exchange_without_accounts_ends_as_well() -> None:
    """Its days are closed like others'."""
    office = BackOffice.open(Path(), "sqlite://", Settings())
    auditor = Auditor(office.ledger, office.venue, 0)
    auditor.time_ns = 7

    class Empty:
        def balances_then(self, accounts: list[int], done: Callable[[int, Records], None]) -> None:
            done(0, np.zeros(0, BALANCE_ROW))

    auditor.ask_if_due(Empty())
    assert auditor.is_answered(0)
    with office.database.connect() as connection:
        assert auditor.compare(connection) == []
    assert auditor.clean_since_ns == 7
    office.close()


def test_q24_an_alarm_is_raised_once_and_stops_days_and_releases_until_it_is_put_away(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        at(exchange, 1, 2)
        database = exchange.exchange.back_office.database
        found = [Difference(17, USDT, available(TAKER), 5, 4)]
        keep_alarms(database, found, 1)
        with writing(exchange) as connection:
            assert unknown_of(connection, found) == []
            assert unknown_of(connection, [Difference(17, BTC, available(TAKER), 5, 4)])
        assert at(exchange, 2, 2).days == []
        assert exchange.rows(releases, "day") == []
        newest = exchange.rows(reconciliations, "day")[-1]
        assert newest["state"] == "broken"
        told = f"{available(TAKER)} has 5 of USDT (asset {USDT}) in the ledger and 4 in the engine at sequence 17"
        assert told in newest["problems"]
        with writing(exchange) as connection:
            connection.execute(update(audit_alarms).values(cleared_by=3))
            assert open_alarms(connection) == []
        assert at(exchange, 2, 3).days == [DAY + 1]
        assert len(exchange.rows(releases, "day")) == 2


def test_q23_a_difference_between_ledger_and_engine_stops_the_release_and_is_named(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        exchange.exchange.back_office.ledger.balances[available(HOUSE), USDT] += 3
        assert at(exchange, 2, 2).days == []
        (row,) = exchange.rows(reconciliations, "day")
        sequence = exchange.exchange.sequencer.engine.sequence()
        assert f"user:{HOUSE}:available of asset {USDT} differs by 3 at sequence {sequence}" in row["problems"]
        assert exchange.rows(releases, "day") == []
        exchange.exchange.back_office.ledger.balances[available(HOUSE), USDT] -= 3
        assert at(exchange, 2, 3).days == [DAY, DAY + 1]  # looked at again, and closed


def test_q23_what_brands_are_owed_must_be_the_ledgers(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        with writing(exchange) as connection:
            where = ledger_balances.c.account == "brand_revenue:2"
            connection.execute(update(ledger_balances).where(where).values(amount=units("51")))
        assert at(exchange, 1, 2).days == []
        (row,) = exchange.rows(reconciliations, "day")
        assert (
            "brand 2 is owed 5200000000 of USDT (asset 1) by its days and 5100000000 by the ledger" in row["problems"]
        )


def test_q23_the_logs_of_acts_and_the_journal_are_walked(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        found = walk(tmp_path)
        assert (len(found.newest_hash), found.problems, found.reached) == (64, (), None)
        assert walk(tmp_path / "nowhere").newest_hash == ""
        with writing(exchange) as connection:
            log.write(connection, SOUTH, "user:1", "give role", "user:2")
            log.write(connection, SOUTH, "user:1", "take role", "user:2")
        assert audit_log_problems(exchange.exchange.back_office.database) == []
        with writing(exchange) as connection:
            connection.execute(update(audit_log).where(audit_log.c.number == 1).values(actor="user:9"))
        assert at(exchange, 1, 2).days == []
        assert "audit log of brand 2: number 1" in exchange.rows(reconciliations, "day")[0]["problems"]


def test_q23_a_journal_with_a_damaged_frame_is_a_problem(tmp_path: Path) -> None:
    with SmallExchange(tmp_path / "data") as exchange:
        for number in range(20):
            trade(exchange, "10", 0, 20 + number // 10)
    (segment,) = sorted((tmp_path / "data" / "journal").glob("*"))[:1]
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 0xFF
    segment.write_bytes(content)
    assert walk(tmp_path / "data").problems[0].startswith("journal: ")


def test_q23_a_day_is_not_closed_before_ledger_and_engine_were_compared(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        exchange.tick(24)
        office = exchange.exchange.back_office
        asked: list[int] = []

        def not_yet(since_ns: int) -> Outside | None:
            asked.append(since_ns)
            return None

        assert office.clear_due(lambda _: None, not_yet).days == []  # type: ignore[arg-type, return-value]
        assert asked == [(DAY + 1) * 86_400 * 10**9]  # since the end of the day


def test_q23_the_liabilities_of_each_brand_are_kept_with_the_day(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100", 0, taker_broker=0)
        at(exchange, 1, 2)
        (row,) = exchange.rows(reconciliations, "day")
        # North's client sold 100 BTC for 100 USDT less 0.02; south's paid 100.1 and has another 10,000,000 (HOUSE).
        assert row["liabilities"] == (
            '{"1": {"1": "1000009998000000", "2": "999990000000000", "3": "1000000000000000"},'
            ' "2": {"1": "1999989990000000", "2": "2000010000000000", "3": "2000000000000000"}}'
        )


def test_q24_alarms_are_rows_of_their_own(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        with writing(exchange) as connection:
            row = {
                "sequence": 1,
                "asset": 1,
                "name": "x",
                "ledger": -5,
                "engine": 10**30,
                "time_ns": 1,
                "cleared_by": 0,
            }
            connection.execute(insert(audit_alarms).values(**row))
            (found,) = open_alarms(connection)
        assert (found.ledger, found.engine) == (-5, 10**30)
