"""Paying brokers by the hour. Rules: docs/rules/broker.md, B-10 to B-19.

100,000 USDT at 10 basis points are a fee of 100.00 and, at 35 %, a commission of 35.00.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spec.broker.terms_here import write
from spec.broker.tree_hours import OTHER, SUB, give_tree, tree_exchange
from spec.small_exchange import (
    BROKER,
    BTC_EUR,
    EUR,
    FEE_POOL,
    HOUR,
    HOUR_S,
    HOUSE,
    PAYOUT,
    TAKER,
    USDT,
    Crash,
    SmallExchange,
    crash_at_commit,
    crash_before_the_transfer,
    one,
    shown,
    units,
)

from commonbook.broker import accrual, agreed, conditions, publishing, sharing_out
from commonbook.broker.agreed import API
from commonbook.broker.model import Conditions, DiscountPolicy
from commonbook.broker.settlement import Payout, lines_of_hour, payment_key
from commonbook.broker.statement import verify_statement
from commonbook.errors import BrokenInvariant, OutsideFailure
from commonbook.exchange import BackOffice
from commonbook.records import COMMAND, FUNDS, Batch, CommandKind, EventKind, Records, amount
from commonbook.settings import BrokerSettings, Settings, database_url
from commonbook.storage.tables.broker import settlement_hours, settlements


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
        frozen = [row["last_sequence"] for row in exchange.rows(settlement_hours, "hour")]
    assert [row["lines"] for row in rows] == [1, 2, 1]
    assert len(frozen) == 3
    assert frozen == sorted(frozen)


def test_b11_an_hour_in_which_everything_was_excluded_has_a_statement_and_no_payment(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.level(1_002, 6)
        exchange.trade("100000")
        before = exchange.tick(2).last
        assert _told(exchange.settle()) == [(0, "0", "published")]
        assert exchange.exchange.sequencer.engine.sequence() == before
        (statement,) = exchange.statements().values()
        assert verify_statement(statement).ok


def test_b11_an_hour_without_a_broker_is_settled_with_nothing(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=0)
        exchange.tick(2)
        assert exchange.settle() == []
        assert [row["state"] for row in exchange.rows(settlement_hours, "hour")] == ["published"]
        assert exchange.settle() == []


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
    assert len(payment_key("api", 9_999_999, 0, 99_999, 9_999_999)) <= 32
    # The highest id of an account that trades, and an hour of the year 2161.
    assert len(payment_key("api", 0, 2**60 - 1, 999, 1_679_615)) <= 32


def test_b12_a_key_that_does_not_fit_is_none() -> None:
    with pytest.raises(BrokenInvariant, match="longer than 32"):
        payment_key("programs", 0, 2**60 - 1, 999, 1_679_615)


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


def test_b16_a_draft_that_is_not_whole_is_written_again(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        with pytest.raises(Crash):
            crash_before_the_transfer(exchange)
        (draft,) = exchange.exchange.back_office.statements.glob("*.draft")
        whole = draft.read_bytes()
        draft.write_bytes(whole[:100])
        exchange.crash()
        exchange.tick(2, 1)
        assert _told(exchange.settle()) == [(0, "35", "published")]
        (statement,) = exchange.statements().values()
        assert statement.read_bytes() == whole


def test_b16_what_lies_in_a_statements_place_and_is_not_it_gives_way(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        with pytest.raises(Crash):
            crash_before_the_transfer(exchange)
        (draft,) = exchange.exchange.back_office.statements.glob("*.draft")
        whole = draft.read_bytes()
        draft.unlink()
        draft.with_suffix(".jsonl").write_bytes(whole.replace(b'"root":"', b'"root":"0')[:-5])
        exchange.crash()
        exchange.tick(2, 1)
        exchange.settle()
        (statement,) = exchange.statements().values()
        assert statement.read_bytes() == whole


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


def _a_few_lines_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "TOGETHER", 3)


def _by_two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def alone(*_: Any, **__: Any) -> None:
        raise AssertionError("the second process has written nothing")

    monkeypatch.setattr(sharing_out, "LARGE", 1)
    monkeypatch.setattr(sharing_out.log, "warning", alone)


def _by_a_second_process(says: str) -> Callable[[pytest.MonkeyPatch], None]:
    """One that is not to be relied on: the first does its part as well."""

    def begin(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sharing_out, "LARGE", 1)
        monkeypatch.setattr(sharing_out, "COMMAND", (sys.executable, "-c", says))

    return begin


def _written(folder: Path) -> tuple[list[tuple[int, bool, int, int, str]], dict[str, bytes]]:
    with tree_exchange(folder) as exchange:
        for second, broker in enumerate((BROKER, SUB, OTHER, SUB, BROKER, BROKER, SUB, OTHER)):
            exchange.trade("1000", second=second, taker_broker=broker, maker_broker=BROKER)
        exchange.tick(2)
        payouts = [(one.broker, bool(one.account), one.amount, one.lines, one.root) for one in exchange.settle()]
        assert all(verify_statement(path).ok for path in exchange.statements().values())
        return payouts, {file: path.read_bytes() for file, path in exchange.statements().items()}


_FEWER = """
from commonbook.broker import sharing_out
read = sharing_out.blocks_of_hour
sharing_out.blocks_of_hour = lambda *of: list(read(*of))[1:]
sharing_out.main()
"""


@pytest.mark.parametrize(
    "begin",
    [
        _a_few_lines_at_a_time,
        _by_two_processes,
        _by_a_second_process("raise SystemExit(3)"),
        _by_a_second_process(_FEWER),
    ],
)
def test_b20_however_an_hours_statements_are_written_they_are_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: Callable[[pytest.MonkeyPatch], None]
) -> None:
    before = _written(tmp_path / "plain")
    begin(monkeypatch)
    assert _written(tmp_path / "other") == before
    assert {broker for broker, *_ in before[0]} == {0, BROKER, SUB, OTHER}
    assert len(before[1]) == 3
    assert not list((tmp_path / "other" / "statements").glob("*.draft"))


def test_b20_a_sub_broker_is_told_of_what_it_has_nothing_of(tmp_path: Path) -> None:
    """Where the root has no rate, nobody below it has any part of it; the side came under its code all the same."""
    with SmallExchange(tmp_path, Settings(broker=BrokerSettings(default_level=0))) as exchange:
        exchange.send(one(CommandKind.BROKER_CODE, broker=SUB, active=1, payout_account=PAYOUT, code=b"SOUTHSTAR"))
        give_tree(exchange)
        exchange.trade("1000", taker_broker=SUB)
        exchange.tick(2)
        payouts = [(one.broker, shown(one.amount), one.lines, one.state) for one in exchange.settle()]
        assert payouts == [(BROKER, "0", 1, "published"), (SUB, "0", 1, "published")]
        for path in exchange.statements().values():
            assert verify_statement(path).ok
        told = [json.loads(path.read_text().splitlines()[1])["your"] for path in exchange.statements().values()]
        nothing = {"commission": "0", "paid": "0"}
        assert told == [nothing | {"given": [], "pool": "0", "rate_e8": "0"}, nothing | {"points_e8": "0"}]


def test_b11_the_terms_are_frozen_when_the_hour_is_computed(tmp_path: Path) -> None:
    # Between a crash and the next start the host changes level and minimum payout: this hour keeps what it had (BT-21).
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


def _under(exchange: SmallExchange, **settings: Any) -> None:
    """The host edits its settings and starts anew."""
    exchange.settings = Settings(broker=BrokerSettings(**settings))
    exchange.crash()


def test_bt21_what_the_settings_say_holds_from_the_next_hour_that_begins(tmp_path: Path) -> None:
    exchange = SmallExchange(tmp_path)
    exchange.level(TAKER, 2)
    exchange.trade("100000")
    changed = {"default_level": 4, "excluded_from_level": 2, "minimum_payout_minor": units("1000")}
    _under(exchange, **changed)
    exchange.trade("100000", second=5)  # still in the hour that had begun
    exchange.trade("100000", hour=1)
    exchange.level(TAKER, 1)
    exchange.trade("100000", hour=1, second=5)
    exchange.tick(3)
    assert _told(exchange.settle()) == [(0, "70", "published"), (1, "0", "carried")]
    first, second = exchange.statements().values()
    assert verify_statement(first).ok
    assert verify_statement(second).ok
    assert [json.loads(text)["reason"] for text in second.read_text().splitlines()[1:-1]] == ["VIP_TOO_HIGH", "EARNED"]
    assert [json.loads(path.read_text().splitlines()[0])["minimum_payout"] for path in (first, second)] == [
        "1",
        str(units("1000")),
    ]
    # Settled once more, under yet other settings, from the journal and what was agreed: it is what it was.
    _under(exchange, minimum_payout_minor=5)
    office = exchange.exchange.back_office
    with exchange, office.database.connect() as source:
        again = BackOffice.open(tmp_path, "sqlite://", exchange.settings)
        with again.database.begin() as target:
            agreed.copy_agreed(source, target)
        for batch in exchange.exchange.sequencer.replay(0):
            again.project(batch)
        program, known = again.program(), office.program()
        assert program is not None
        assert known is not None
        assert [program.minimum_in(HOUR + hour) for hour in range(2)] == [1, units("1000")]
        for hour in range(2):
            with again.database.connect() as rebuilt:
                assert lines_of_hour(rebuilt, program, again.venue, HOUR + hour) == lines_of_hour(
                    source, known, office.venue, HOUR + hour
                )
        again.close()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"payout_asset": "EUR"}, "broker.payout_asset is EUR in the settings, and the program api has USDT since"),
        ({"payout_asset": "GBP"}, "broker.payout_asset is GBP in the settings, and the program api has USDT since"),
        (
            {"commission_decimals": 6},
            "broker.commission_decimals is 6 in the settings, and the program api has 8 since",
        ),
    ],
)
def test_bt21_what_a_program_pays_in_and_how_finely_never_changes(
    tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    exchange = SmallExchange(tmp_path)
    exchange.trade("100000")
    _under(exchange, **changed)
    with pytest.raises(OutsideFailure, match=says):
        exchange.tick(1)
    if "GBP" not in says:  # which there is not
        with pytest.raises(OutsideFailure, match=says):
            exchange.exchange.back_office.program()
    _under(exchange)
    with exchange:
        exchange.tick(2)
        assert _told(exchange.settle()) == [(0, "35", "published")]


# -- late, small, refused --------------------------------------------------------------------------------------------


def _late(exchange: SmallExchange, number: int) -> None:
    """A correction that belongs to hour 0 and arrives now: what the first side says, under another fill."""
    with exchange.exchange.back_office.database.begin() as connection:
        late = next(accrual.blocks(connection))[:1].copy()
        late["index"] = 1_000 + number
        accrual.store(connection, late, "api")


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


def test_b20_what_comes_late_is_checked_by_the_conditions_of_its_own_hour(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.level(TAKER, 4)
        exchange.trade("100000", hour=0)
        stricter = Conditions(HOUR + 1, 4, DiscountPolicy.CASH_PART)
        write(exchange, lambda connection: conditions.agree(connection, API, stricter, 1, 1))
        exchange.trade("200000", hour=1)
        exchange.tick(2)
        exchange.settle()
        _late(exchange, 1)
        exchange.tick(3)
        assert _told(exchange.settle()) == [(1, "35", "published")]  # the late one, and nothing of its own
        path = exchange.statements()["NORTHSTAR-2025-11-24T17.jsonl"]
        assert verify_statement(path).ok
        header, *lines, _footer = [json.loads(text) for text in path.read_text().splitlines()]
        assert [(one["excluded_from_level"], one["discount"]) for one in header["conditions"]] == [
            ("6", "exclude_fill"),
            ("4", "cash_part"),
        ]
        reasons = [(line.get("of_hour", str(HOUR + 1)), line["reason"]) for line in lines if line["role"] == "taker"]
        assert sorted(reasons) == [(str(HOUR), "EARNED"), (str(HOUR + 1), "VIP_TOO_HIGH")]


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


def test_b18_who_cannot_be_paid_keeps_nobody_else_from_it(tmp_path: Path) -> None:
    # The pool has 120.00 USDT of fees: too little for 385.00, which a fee in EUR has earned, and enough for 35.00.
    with SmallExchange(tmp_path) as exchange:
        exchange.send(one(CommandKind.BROKER_CODE, broker=3, active=1, payout_account=HOUSE, code=b"OTHER"))
        exchange.price(EUR, "1.10")
        exchange.trade("1000000", instrument=BTC_EUR)
        exchange.trade("100000", taker_broker=3)
        exchange.tick(2)
        told = {payout.broker: (shown(payout.amount), payout.state) for payout in exchange.settle()}
        assert told == {BROKER: ("385", "computed"), 3: ("35", "published")}
        assert list(exchange.statements()) == ["OTHER-2025-11-24T16.jsonl"]
        exchange.transfer(HOUSE, FEE_POOL, "500", "host:pool")
        exchange.tick(2, 60)
        assert {payout.state for payout in exchange.settle()} == {"published"}
        assert sorted(exchange.statements()) == ["NORTHSTAR-2025-11-24T16.jsonl", "OTHER-2025-11-24T16.jsonl"]


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
