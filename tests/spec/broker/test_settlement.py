"""Paying brokers by the hour. Rules: docs/rules/broker.md, B-10 to B-19.

100,000 USDT at 10 basis points are a fee of 100.00 and, at 35 %, a commission of 35.00.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from spec.small_exchange import (
    BROKER,
    BTC_EUR,
    EUR,
    FEE_POOL,
    HOUR,
    HOUR_S,
    HOUSE,
    PAYOUT,
    USDT,
    Crash,
    SmallExchange,
    crash_at_commit,
    crash_before_the_transfer,
    shown,
    units,
)

from commonbook.broker import accrual
from commonbook.broker.settlement import Payout, payment_key
from commonbook.broker.statement import verify_statement
from commonbook.errors import BrokenInvariant
from commonbook.exchange import BackOffice
from commonbook.records import COMMAND, FUNDS, Batch, CommandKind, EventKind, Records, amount
from commonbook.settings import BrokerSettings, Settings, database_url
from commonbook.storage.schema import accruals, settlements


def _told(payouts: list[Payout]) -> list[tuple[int, str, str]]:
    return [(payout.hour - HOUR, shown(payout.amount), payout.state) for payout in payouts]


# -- when ------------------------------------------------------------------------------------------------------------


def test_b10_an_hour_is_paid_once_engine_time_is_an_hour_behind_its_end(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000", hour=0, second=3_599)
        exchange.tick(1, HOUR_S - 1)  # one second too early
        assert exchange.settle() == []
        exchange.tick(2)
        assert _told(exchange.settle()) == [(0, "35", "published")]
        assert exchange.available(PAYOUT) == "35"


def test_b10_hours_pass_by_engine_time_and_by_nothing_else(tmp_path: Path) -> None:
    # The wall clock is years behind or ahead of these hours; without a command engine time stands still.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        assert exchange.settle() == exchange.settle() == []
        exchange.tick(2)
        assert len(exchange.settle()) == 1


def test_b10_the_grace_is_a_setting(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, Settings(broker=BrokerSettings(settlement_grace_s=60))) as exchange:
        exchange.trade("100000")
        exchange.tick(1, 59)
        assert exchange.settle() == []
        exchange.tick(1, 60)
        assert _told(exchange.settle()) == [(0, "35", "published")]


def test_b11_an_hour_holds_the_fills_of_its_engine_time_and_each_hour_is_paid_by_itself(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000", hour=0)
        exchange.trade("200000", hour=1)
        exchange.trade("200000", hour=1, second=3_599)
        exchange.trade("400000", hour=2)
        exchange.tick(4)
        assert _told(exchange.settle()) == [(0, "35", "published"), (1, "140", "published"), (2, "140", "published")]
        rows = exchange.rows(settlements, "hour")
    assert [row["lines"] for row in rows] == [1, 2, 1]
    assert [row["last_sequence"] for row in rows] == sorted(row["last_sequence"] for row in rows)


def test_b11_an_hour_in_which_everything_was_excluded_has_a_statement_and_no_payment(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.level(1_002, 6)
        exchange.trade("100000")
        before = exchange.tick(2).last
        assert _told(exchange.settle()) == [(0, "0", "published")]
        assert exchange.exchange.sequencer.engine.sequence() == before
        (statement,) = exchange.statements().values()
        assert verify_statement(statement).ok


# -- once ------------------------------------------------------------------------------------------------------------


def test_b12_a_payment_is_a_journaled_transfer_whose_key_names_program_broker_asset_and_hour(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        before = exchange.tick(2).last
        exchange.settle()
        (batch,) = exchange.exchange.sequencer.replay(before)
        (transfer,) = batch.commands.view(FUNDS)
        assert (transfer["kind"], transfer["account"], transfer["to_account"]) == (
            CommandKind.TRANSFER,
            FEE_POOL,
            PAYOUT,
        )
        assert (transfer["key"].decode(), amount(transfer["amount"])) == (f"settle:api:1:1:{HOUR}", units("35"))
        (row,) = exchange.rows(settlements, "hour")
        assert row["key"] == f"settle:api:1:1:{HOUR}"
        assert exchange.available(FEE_POOL) == "85"  # 100 + 20 of fees - 35


def test_b12_the_key_fits_for_as_long_as_it_must() -> None:
    assert len(payment_key("api", 9_999_999, 99_999, 9_999_999)) <= 32


def test_b12_settling_again_pays_nothing_again(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        assert len(exchange.settle()) == 1
        for hour in (2, 3, 4):
            exchange.tick(hour, 30)
            assert exchange.settle() == []
        exchange.crash()
        exchange.tick(5)
        assert exchange.settle() == []
        assert exchange.available(PAYOUT) == "35"


def _when_the_transfer_is_durable(exchange: SmallExchange) -> None:
    """The core has it; the answer never arrives, and the back office has not seen it."""

    def fail(transfer: Records) -> Batch:
        exchange.exchange.sequencer.commit(transfer.view(COMMAND), None)
        raise Crash

    exchange.exchange.back_office.settle_due(fail)


def _when_the_statement_is_written(exchange: SmallExchange) -> None:
    """A file stands where the folder should be."""
    exchange.exchange.back_office.statements.write_text("in the way")
    try:
        exchange.settle()
    except FileExistsError:
        exchange.exchange.back_office.statements.unlink()
        raise Crash from None


CRASHES = {
    "before the hour is computed": crash_at_commit(1),
    "before the transfer": crash_before_the_transfer,
    "when the transfer is durable and not projected": _when_the_transfer_is_durable,
    "while the transfer is projected": crash_at_commit(2),
    "before it is marked as paid": crash_at_commit(3),
    "when the statement is written": _when_the_statement_is_written,
    "before it is marked as published": crash_at_commit(4),
}


@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
def test_b13_a_crash_at_any_step_of_a_settlement_pays_once(tmp_path: Path, crash: Callable[..., None]) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        with pytest.raises(Crash):
            crash(exchange)
        exchange.crash()
        exchange.tick(2, 1)
        assert _told(exchange.settle()) == [(0, "35", "published")]
        exchange.tick(2, 2)
        assert exchange.settle() == []
        assert exchange.available(PAYOUT) == exchange.ledger(f"user:{PAYOUT}:available") == "35"
        assert exchange.ledger("broker_payable:1") == "0"
        assert exchange.exchange.ledger_difference() == {}
        (statement,) = exchange.statements().values()
        assert verify_statement(statement).total == units("35")


CARRYING = {
    "before the hour is computed": crash_at_commit(1),
    "before it is marked as done": crash_at_commit(2),
    "when the statement is written": _when_the_statement_is_written,
    "before it is marked as carried": crash_at_commit(3),
}


@pytest.mark.parametrize("crash", CARRYING.values(), ids=CARRYING)
def test_b13_a_crash_while_an_hour_is_carried_loses_neither_amount_nor_statement(
    tmp_path: Path, crash: Callable[..., None]
) -> None:
    with SmallExchange.with_minimum_payout(tmp_path, "50") as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        with pytest.raises(Crash):
            crash(exchange)
        exchange.crash()
        exchange.tick(2, 1)
        assert _told(exchange.settle()) == [(0, "0", "carried")]
        assert len(exchange.statements()) == 1
        exchange.trade("100000", hour=2, second=2)
        exchange.tick(4)
        assert _told(exchange.settle()) == [(2, "70", "published")]


def test_b13_the_statement_is_the_same_bytes_however_often_it_is_written(tmp_path: Path) -> None:
    written = []
    for name, crash in (("smooth", None), ("crashed", crash_at_commit(4))):
        with SmallExchange(tmp_path / name) as exchange:
            exchange.trade("100000")
            exchange.tick(2)
            if crash is not None:
                with pytest.raises(Crash):
                    crash(exchange)
                exchange.crash()
                exchange.tick(2, 1)
            exchange.settle()
            written.append({file: path.read_bytes() for file, path in exchange.statements().items()})
    assert written[0] == written[1]
    assert list(written[0]) == ["NORTHSTAR-2025-11-24T16.jsonl"]


def test_b11_the_terms_are_frozen_when_the_hour_is_computed(tmp_path: Path) -> None:
    # Between a crash and the next start the host changes level and minimum payout: this hour keeps what it had.
    exchange = SmallExchange(tmp_path)
    exchange.trade("100000")
    exchange.tick(2)
    with pytest.raises(Crash):
        crash_before_the_transfer(exchange)
    exchange.settings = Settings(broker=BrokerSettings(default_level=1, minimum_payout_minor=units("1000")))
    exchange.crash()
    with exchange:
        exchange.tick(2, 1)
        assert _told(exchange.settle()) == [(0, "35", "published")]
        (statement,) = exchange.statements().values()
        assert verify_statement(statement).ok


# -- late, small, refused --------------------------------------------------------------------------------------------


def _late(exchange: SmallExchange, number: int) -> None:
    """A correction that belongs to hour 0 and arrives now: what the first row says, under another fill."""
    row = exchange.rows(accruals, "accrual")[0]
    del row["accrual"]
    line = json.loads(row["line"]) | {"fill": f"late-{number}"}
    late = row | {"fill_id": f"late-{number}", "line": json.dumps(line, sort_keys=True, separators=(",", ":"))}
    with exchange.exchange.back_office.database.begin() as connection:
        accrual.store(connection, [late])


def test_b14_what_comes_late_goes_to_the_next_open_hour_and_names_its_own(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000", hour=0)
        exchange.trade("200000", hour=1)
        exchange.tick(2)
        assert _told(exchange.settle()) == [(0, "35", "published")]
        before = exchange.statements()["NORTHSTAR-2025-11-24T16.jsonl"].read_bytes()
        _late(exchange, 1)
        exchange.tick(3)
        assert _told(exchange.settle()) == [(1, "105", "published")]  # 70 of its own and 35 late
        late = [
            json.loads(line) for line in exchange.statements()["NORTHSTAR-2025-11-24T17.jsonl"].read_text().splitlines()
        ]
        assert [line["of_hour"] for line in late if "of_hour" in line] == [str(HOUR)]
        assert all(verify_statement(path).ok for path in exchange.statements().values())
        assert exchange.statements()["NORTHSTAR-2025-11-24T16.jsonl"].read_bytes() == before
        assert exchange.available(PAYOUT) == "140"


def test_b14_what_comes_late_passes_by_every_hour_that_is_settled(tmp_path: Path) -> None:
    # Hours 0 and 3 are settled and nothing ever happened in 1 and 2: late is what belongs before 3, so it goes to 4.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000", hour=0)
        exchange.trade("100000", hour=3)
        exchange.tick(5)
        exchange.settle()
        _late(exchange, 1)
        exchange.tick(6)
        assert _told(exchange.settle()) == [(4, "35", "published")]


def test_b15_less_than_the_minimum_is_carried_to_the_next_hour_until_it_is_enough(tmp_path: Path) -> None:
    # Minimum 100: 35, then 70, then 105 are due.
    with SmallExchange.with_minimum_payout(tmp_path, "100") as exchange:
        told = []
        for hour in (0, 1, 2, 3):
            exchange.trade("100000", hour=hour)
        for hour in (2, 3, 4, 5):
            exchange.tick(hour)
            told += _told(exchange.settle())
        assert told == [(0, "0", "carried"), (1, "0", "carried"), (2, "105", "published"), (3, "0", "carried")]
        assert exchange.available(PAYOUT) == "105"
        ends = [json.loads(path.read_text().splitlines()[-1]) for path in exchange.statements().values()]
        heads = [json.loads(path.read_text().splitlines()[0]) for path in exchange.statements().values()]
        assert [shown(int(head["brought_forward"])) for head in heads] == ["0", "35", "70", "0"]
        assert [shown(int(end["paid"])) for end in ends] == ["0", "0", "105", "0"]
        assert [shown(int(end["carried_forward"])) for end in ends] == ["35", "70", "0", "35"]
        assert all(verify_statement(path).ok for path in exchange.statements().values())
        assert exchange.ledger("broker_payable:1") == "35"  # what is carried is still owed


def test_b16_the_root_of_the_hour_is_the_root_of_its_statement(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        (payout,) = exchange.settle()
        (row,) = exchange.rows(settlements, "hour")
        (statement,) = exchange.statements().values()
        assert payout.statement == statement
        assert payout.root == row["root"] == verify_statement(statement).root


def test_b18_a_payment_that_the_pool_cannot_make_stays_due_and_is_tried_once_a_minute(tmp_path: Path) -> None:
    # 35.00 EUR of commission at 1.10 are 38.50 USDT; all fees were in EUR, so the pool has no USDT.
    with SmallExchange(tmp_path) as exchange:
        exchange.price(EUR, "1.10")
        exchange.trade("100000", instrument=BTC_EUR)
        exchange.tick(2)
        assert _told(exchange.settle()) == [(0, "38.5", "computed")]
        tried = exchange.exchange.sequencer.engine.sequence()
        exchange.tick(2, 59)
        assert exchange.settle() == []
        assert exchange.exchange.sequencer.engine.sequence() == tried + 1  # the tick alone
        exchange.tick(2, 60)
        assert _told(exchange.settle()) == [(0, "38.5", "computed")]
        assert exchange.statements() == {}
        exchange.transfer(HOUSE, FEE_POOL, "50", "host:pool")
        exchange.tick(2, 120)
        assert _told(exchange.settle()) == [(0, "38.5", "published")]
        assert exchange.available(PAYOUT) == "38.5"
        assert exchange.exchange.ledger_difference() == {}


# -- two of them -----------------------------------------------------------------------------------------------------


def _second_office(exchange: SmallExchange) -> BackOffice:
    office = BackOffice.open(exchange.folder, database_url(exchange.settings, exchange.folder), exchange.settings)
    office._engine_time_ns = exchange.exchange.sequencer.engine.time_ns()
    return office


def test_b17_a_second_back_office_that_settles_in_the_middle_of_a_payment_does_not_pay_twice(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        second = _second_office(exchange)
        by_second: list[Payout] = []
        answers: list[int] = []

        def submit(transfer: Records) -> Batch:
            by_second.extend(second.settle_due(lambda commands: exchange.exchange.submit(commands, timed=True)))
            batch = exchange.exchange.submit(transfer, timed=True)
            answers.extend(batch.events["kind"].tolist())
            return batch

        first = exchange.exchange.back_office.settle_due(submit)
        assert _told(by_second) == _told(first) == [(0, "35", "published")]
        assert answers == [EventKind.REFUSED]  # the key has had its effect
        assert exchange.available(PAYOUT) == "35"
        assert exchange.exchange.ledger_difference() == {}
        second.close()


def test_b17_of_two_back_offices_on_one_database_the_second_stops_at_the_first_batch(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        second = _second_office(exchange)
        batch = exchange.tick(0, 1)
        with pytest.raises(BrokenInvariant, match="another process projects into this database"):
            second.project(batch)
        second.close()


def test_b17_a_database_that_is_built_anew_finds_everything_paid(tmp_path: Path) -> None:
    with SmallExchange.with_minimum_payout(tmp_path, "50") as exchange:
        for hour in range(3):
            exchange.trade("100000", hour=hour)
            exchange.tick(hour + 2)
            exchange.settle()
        before = {name: path.read_bytes() for name, path in exchange.statements().items()}
        settled = [
            {name: row[name] for name in row if name != "last_sequence"} for row in exchange.rows(settlements, "hour")
        ]
        assert exchange.available(PAYOUT) == "70"
        exchange.exchange.back_office.close()
        (exchange.folder / "backoffice.db").unlink()
        for path in exchange.statements().values():
            path.unlink()
        exchange.crash()
        exchange.tick(4, 1)
        exchange.settle()
        assert exchange.available(PAYOUT) == "70"
        assert {name: path.read_bytes() for name, path in exchange.statements().items()} == before
        again = [
            {name: row[name] for name in row if name != "last_sequence"} for row in exchange.rows(settlements, "hour")
        ]
        assert again == settled
        assert exchange.exchange.ledger_difference() == {}


def test_b10_brokers_are_settled_each_for_itself(tmp_path: Path) -> None:
    # The order's broker is the one that earns, on whichever side; the other side had none.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=0, maker_broker=BROKER)  # the maker pays 2 bps: 20.00; 35 % are 7.00
        exchange.trade("100000", taker_broker=BROKER, maker_broker=BROKER)
        exchange.tick(2)
        assert _told(exchange.settle()) == [(0, "49", "published")]  # 7 + 35 + 7
        assert exchange.available(PAYOUT, USDT) == "49"
