"""Busted trades: docs/rules/corrections.md, CO-1 to CO-9, CO-11, CO-12 and CO-15.

100,000 USDT at 10 basis points are a fee of 100.00 of the taker, and at 2 of 20.00 of the maker; the broker has 35.00.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spec.broker.busting import BECAUSE, bust, follow_tree, give_back, lines, newest_fill, with_tree
from spec.broker.tree_hours import OTHER, SUB
from spec.small_exchange import (
    BROKER,
    BTC,
    BTC_EUR,
    EUR,
    FEE_POOL,
    HOUR,
    HOUSE,
    MAKER,
    NORTH,
    PAYOUT,
    SOUTH,
    TAKER,
    USDT,
    Crash,
    SmallExchange,
    crash_at_commit,
    crash_before_the_transfer,
    deposit,
    one,
    order,
    shown,
    units,
)

from commonbook.broker import busts
from commonbook.broker.agreed import copy_agreed
from commonbook.broker.covering import still_open
from commonbook.broker.reversing import Because
from commonbook.broker.standing import explain
from commonbook.broker.statement import canonical, statement_text, verify_statement
from commonbook.broker.telling import told, words
from commonbook.clearing.keys import bust_key
from commonbook.clearing.model import Terms
from commonbook.clearing.release import account_of
from commonbook.clearing.statement import verify_clearing
from commonbook.console.audit import audit_folder
from commonbook.errors import Declined
from commonbook.exchange import BackOffice
from commonbook.gateway.okx_v5.transfer import key_of
from commonbook.instrument.accounts import passing_account
from commonbook.records import CommandKind, EventKind, Records, Side, TradingStatus, refusal_of
from commonbook.records import words as record_words
from commonbook.storage.schema import brand_hours, fills
from commonbook.storage.tables.broker import settlements
from commonbook.storage.tables.clearing import revenue_moves
from commonbook.storage.tables.corrections import busts as busts_table
from commonbook.storage.tables.corrections import reversals
from commonbook.storage.tables.program import broker_notices
from commonbook.units import RateE8

NAMES = ("broker_payable", "client_payable", "brand_revenue", "host_fee", "conversion", "bust_", "token", "affiliate")


def owed(exchange: SmallExchange) -> dict[tuple[str, int], str]:
    """What the venue's names have."""
    found = exchange.exchange.back_office.ledger.balances.items()
    return {key: shown(amount) for key, amount in sorted(found) if key[0].startswith(NAMES)}


def all_of(exchange: SmallExchange) -> list[str]:
    return [exchange.available(account, asset) for account in (MAKER, TAKER) for asset in (USDT, BTC)]


def hour_of(exchange: SmallExchange, code: str, hour: str) -> Path:
    return exchange.statements()[f"{code}-2025-11-24T{hour}.jsonl"]


# -- lines -------------------------------------------------------------------------------------------------------------


def test_co1_a_bust_leaves_the_settled_hour_as_it_is_and_stands_in_the_one_that_is_open(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        before = hour_of(exchange, "NORTHSTAR", "16").read_bytes()
        bust(exchange, fill, 2, 5)
        exchange.trade("100000", hour=2, second=9)
        exchange.tick(4)
        (payout,) = exchange.settle()
        assert (payout.hour - HOUR, payout.lines, payout.amount, payout.state) == (2, 2, 0, "published")
        assert hour_of(exchange, "NORTHSTAR", "16").read_bytes() == before
        kinds = [line["kind"] for line in lines(hour_of(exchange, "NORTHSTAR", "18"))]
        assert kinds == ["header", "fill", "bust", "footer"]


def test_co2_the_line_names_the_original_its_reason_and_who_has_agreed(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        sequence = int(bust(exchange, fill, 2, 5).commands["sequence"][1])
        exchange.tick(4)
        exchange.settle()
        text = hour_of(exchange, "NORTHSTAR", "16").read_text().split("\n")[1]
        line = lines(hour_of(exchange, "NORTHSTAR", "18"))[1]  # a statement with that alone
    assert line["original"] == json.loads(text)
    leaf = hashlib.sha256(b"\x00" + text.encode()).hexdigest()
    assert line["of"] == {"fill": fill, "hour": str(HOUR), "leaf": leaf, "role": "taker"}
    assert (line["reason"], line["asked_by"], line["approved_by"]) == (BECAUSE.reason, "user:11", "user:12")
    assert (line["number"], line["sequence"]) == ("7", str(sequence))
    assert line["your"] == {"commission": "-3500000000", "paid": "-3500000000"}


@pytest.mark.parametrize(
    ("alter", "why"),
    [
        (lambda line: line["your"].update(paid="-3400000000"), "it should take back"),
        (lambda line: line["of"].update(leaf="0" * 64), "does not have the hash"),
        (lambda line: line["original"].update(taker_fee="9000000000"), "does not have the hash"),
        (lambda line: line.update(approved_by="user:11"), "two who have agreed"),
        (lambda line: line.update(reason=""), "needs a reason"),
        (lambda line: line.update(time_ns="1764000000000000000"), "of another hour"),
        (lambda line: line["of"].update(fill="1-1"), "of another fill side"),
        (lambda line: line.update(kind="gift"), "no kind of line"),
    ],
)
def test_co3_what_is_altered_in_the_line_is_found_though_all_hashes_were_made_anew(
    tmp_path: Path, alter: Callable[[dict[str, Any]], None], why: str
) -> None:
    path = _busted_statement(tmp_path)
    texts = path.read_text().split("\n")[:-2]
    line = json.loads(texts[1])
    alter(line)
    path.write_text(statement_text([texts[0], canonical(line)]))
    found = verify_statement(path)
    assert (found.ok, found.line) == (False, 2)
    assert why in found.why


def test_co3_what_is_taken_back_twice_is_found(tmp_path: Path) -> None:
    path = _busted_statement(tmp_path)
    assert verify_statement(path).ok
    texts = path.read_text().split("\n")[:-2]
    path.write_text(statement_text([*texts, texts[1]]))
    found = verify_statement(path)
    assert (found.ok, found.line, found.why) == (False, 3, "the same is reversed twice")


def test_co3_an_original_whose_hash_was_made_anew_does_not_follow_from_its_inputs(tmp_path: Path) -> None:
    path = _busted_statement(tmp_path)
    texts = path.read_text().split("\n")[:-2]
    line = json.loads(texts[1])
    line["original"]["taker_fee"] = "9000000000"
    line["of"]["leaf"] = hashlib.sha256(b"\x00" + canonical(line["original"]).encode()).hexdigest()
    path.write_text(statement_text([texts[0], canonical(line)]))
    assert verify_statement(path).why == "the original line: the base should be 9000000000"


def _busted_statement(folder: Path) -> Path:
    with SmallExchange(folder) as exchange:
        exchange.trade("100000")
        bust(exchange, newest_fill(exchange), 2)
        exchange.tick(4)
        exchange.settle()
        return hour_of(exchange, "NORTHSTAR", "18")


def test_co3_of_the_same_hour_the_original_stands_in_the_same_file(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        bust(exchange, newest_fill(exchange), 0, 9)
        exchange.tick(2)
        (payout,) = exchange.settle()
        assert (payout.amount, payout.lines) == (0, 2)
        path = hour_of(exchange, "NORTHSTAR", "16")
    assert verify_statement(path).ok
    texts = path.read_text().split("\n")[:-2]
    path.write_text(statement_text([texts[0], texts[2]]))
    assert verify_statement(path).why == "its own statement has no line with that hash"


def test_co3_each_broker_is_told_its_own_amount_and_the_reason(tmp_path: Path) -> None:
    with with_tree(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=SUB)
        fill = newest_fill(exchange)
        bust(exchange, fill, 0, 9)
        notices = {row["broker"]: row for row in exchange.rows(broker_notices, "notice")}
    assert {row["kind"] for row in notices.values()} == {"trade_busted"}
    details = {broker: json.loads(row["details"]) for broker, row in notices.items()}
    assert {broker: one["paid"] for broker, one in details.items()} == {BROKER: "-25", SUB: "-5"}
    assert {one["reason"] for one in details.values()} == {BECAUSE.reason}
    assert notices[SUB]["subject"] == f"{fill} taker"


# -- amounts -----------------------------------------------------------------------------------------------------------


def test_co4_each_party_of_the_tree_has_exactly_its_own_taken_back(tmp_path: Path) -> None:
    with with_tree(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=SUB)
        assert owed(exchange) == {
            ("brand_revenue:1", USDT): "16",
            ("brand_revenue:2", USDT): "52",
            ("broker_payable:1", USDT): "25",
            ("broker_payable:2", USDT): "5",
            ("client_payable:1002", USDT): "5",
            ("host_fee", USDT): "17",
        }
        bust(exchange, newest_fill(exchange), 0, 9)
        sequence = int(newest_fill(exchange).split("-")[0])
        assert owed(exchange) == {(f"bust_refund:{sequence}", USDT): "120"}
        assert exchange.exchange.ledger_difference() == {}
        rows = exchange.rows(reversals, "reversal")
        taken = [(row["broker"], row["account"], shown(row["paid"])) for row in rows]
        assert taken == [(SUB, 0, "-5"), (0, TAKER, "-5"), (BROKER, 0, "-25")]
        give_back(exchange, 0, 10)
        assert owed(exchange) == {}
        assert all_of(exchange) == ["10000000"] * 4
        exchange.tick(2)
        assert {(one.broker, one.account): one.amount for one in exchange.settle()} == {
            (BROKER, 0): 0,
            (SUB, 0): 0,
            (0, TAKER): 0,
        }
        assert all(verify_statement(path).ok for path in exchange.statements().values())


def test_co4_the_tree_is_that_of_the_fill_whatever_it_has_become(tmp_path: Path) -> None:
    with with_tree(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=SUB)
        fill = newest_fill(exchange)
        exchange.trade("100000", taker_broker=OTHER)  # who has nothing to do with it
        exchange.tick(2)
        exchange.settle()
        bust(exchange, fill, 2)
        exchange.tick(4)
        found = {(one.broker, one.account): one.amount for one in exchange.settle()}
        carried = {row["broker"]: row for row in exchange.rows(reversals, "reversal")}
    assert OTHER not in {broker for broker, _ in found}
    assert set(carried) == {BROKER, SUB, 0}


def test_co4_a_rebate_and_a_makers_broker_are_taken_back(tmp_path: Path) -> None:
    # The taker's base is 80.00 of which its broker has 28.00; the maker was paid 20.00.
    with SmallExchange(tmp_path) as exchange:
        exchange.rates(MAKER, "-2", "10")
        exchange.trade("100000", maker_broker=BROKER)
        before = owed(exchange)
        assert before["broker_payable:1", USDT] == "28"
        fill = newest_fill(exchange)
        sequence = int(fill.split("-")[0])
        bust(exchange, fill, 0, 9)
        assert owed(exchange) == {(f"bust_claim:{sequence}", USDT): "-20", (f"bust_refund:{sequence}", USDT): "100"}
        give_back(exchange, 0, 10)
        exchange.tick(0, 80)
        give_back(exchange, 0, 80)  # the pool has the rebate now
        assert owed(exchange) == {}
        assert all_of(exchange) == ["10000000"] * 4
        rows = exchange.rows(reversals, "reversal")
        assert [(row["role"], shown(row["paid"])) for row in rows] == [(1, "-28"), (2, "0")]


def test_co5_what_was_paid_in_another_asset_is_taken_back_as_it_was_paid(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.price(EUR, "1.10")
        exchange.trade("100000", instrument=BTC_EUR)
        assert owed(exchange)["broker_payable:1", USDT] == "38.5"
        exchange.price(EUR, "2.50", second=5)
        fill = newest_fill(exchange)
        bust(exchange, fill, 0, 9)
        assert owed(exchange) == {(f"bust_refund:{fill.split('-')[0]}", EUR): "120"}
        give_back(exchange, 0, 10)
        assert owed(exchange) == {}
        assert exchange.available(TAKER, EUR) == "10000000"
        exchange.tick(2)
        (payout,) = exchange.settle()
        assert payout.amount == 0
        assert verify_statement(hour_of(exchange, "NORTHSTAR", "16")).ok


# -- what was exchanged ------------------------------------------------------------------------------------------------


def test_co6_what_is_spent_stays_open_and_goes_back_as_it_comes(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.transfer(TAKER, HOUSE, "10060000", "spent", BTC)  # of 10,100,000: 40,000 are left
        bust(exchange, newest_fill(exchange), 0, 9)
        give_back(exchange, 0, 10)
        (row,) = exchange.rows(busts_table, "sequence")
        still = still_open(row, exchange.exchange.venue)
        assert (shown(still.base), shown(still.quote), row["is_whole"]) == ("60000", "60000", False)
        # 100,100.00 and 100,000 - 20.00 were moved; 40,000 for 40,000.00 are back, and both fees.
        assert all_of(exchange) == ["10060000", "9940000", "9940000", "0"]
        assert exchange.exchange.ledger_difference() == {}
        exchange.tick(0, 11)
        assert give_back(exchange, 0, 11) == []  # it is not asked for more often than once a minute
        exchange.transfer(HOUSE, TAKER, "60000", "found", BTC)
        exchange.tick(0, 75)
        give_back(exchange, 0, 75)
        (row,) = exchange.rows(busts_table, "sequence")
        assert row["is_whole"]
        assert all_of(exchange) == ["10000000", "10000000", "10000000", "0"]


def test_co6_nobody_gives_back_without_being_given(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.transfer(MAKER, HOUSE, exchange.available(MAKER), "spent")
        bust(exchange, newest_fill(exchange), 0, 9)
        give_back(exchange, 0, 10)
        # The maker has its fee of 20.00 back, with which the next look pays; until then no BTC has gone back.
        assert all_of(exchange) == ["20", "9900000", "9900000", "10100000"]
        assert exchange.exchange.ledger_difference() == {}


def test_co6_where_one_leg_is_refused_at_that_moment_the_other_one_goes_home(tmp_path: Path) -> None:
    # What the books say is there is spent between the look and the command.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        bust(exchange, newest_fill(exchange), 0, 9)
        office = exchange.exchange.back_office
        sent: list[Records] = []

        def submit(records: Records) -> Any:
            if not sent:
                exchange.transfer(MAKER, HOUSE, exchange.available(MAKER), "first")
            sent.append(records)
            return exchange.exchange.submit(records, timed=False)

        before = exchange.available(TAKER, BTC)
        office.do_due(submit)
        assert exchange.available(TAKER, BTC) == before
        (row,) = exchange.rows(busts_table, "sequence")
        assert (row["lots_returned"], row["attempts"]) == (0, 1)
        assert exchange.exchange.ledger_difference() == {}


def test_co6_what_is_held_for_an_order_is_not_touched(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.send(order(TAKER, Side.SELL, "10100000", price_ticks=2), second=5)
        bust(exchange, newest_fill(exchange), 0, 9)
        give_back(exchange, 0, 10)
        (row,) = exchange.rows(busts_table, "sequence")
        assert row["lots_returned"] == 0


def test_co11_a_refund_is_never_paid_from_what_is_owed_to_others(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        bust(exchange, fill, 2, 5)
        give_back(exchange, 2, 6)
        assert (exchange.available(FEE_POOL), exchange.ledger("broker_payable:1")) == ("0", "-35")
        assert exchange.ledger(f"bust_refund:{fill.split('-')[0]}") == "35"  # 85 of 120 are refunded
        exchange.transfer(HOUSE, FEE_POOL, "35", "cover")
        exchange.tick(2, 70)
        give_back(exchange, 2, 70)
        assert exchange.ledger(f"bust_refund:{fill.split('-')[0]}") == "0"
        assert all_of(exchange) == ["10000000"] * 4
        assert exchange.exchange.ledger_difference() == {}


def test_co11_what_the_broker_earns_back_covers_it_and_what_others_earn_does_not(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        bust(exchange, fill, 2, 5)
        give_back(exchange, 2, 6)
        name = f"bust_refund:{fill.split('-')[0]}"
        exchange.trade("1000", hour=2, second=7, taker_broker=0)  # 1.20 of fees: the host's 20 % are its own
        exchange.tick(2, 70)
        give_back(exchange, 2, 70)
        assert exchange.ledger(name) == "34.76"
        exchange.trade("100000", hour=2, second=71)  # 35.00 the broker's, and the host's 13.00 and 4.00
        exchange.tick(2, 140)
        give_back(exchange, 2, 140)
        assert exchange.ledger(name) == "0"


def test_co11_what_an_hour_that_is_not_paid_yet_will_pay_is_kept_for_it(tmp_path: Path) -> None:
    # Hour 0 earns 35.00 and is paid whole; what hour 1 takes back of it is set off later. Between the two the balance
    # of the broker is 0, and the pool looks richer by 35.00 than it is.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        name = f"bust_refund:{fill.split('-')[0]}"
        bust(exchange, fill, 1, 5)
        assert exchange.ledger("broker_payable:1") == "0"
        give_back(exchange, 1, 6)
        assert (exchange.available(FEE_POOL), exchange.ledger(name)) == ("35", "35")
        exchange.tick(2)
        (payout,) = exchange.settle()
        assert (shown(payout.amount), payout.state) == ("35", "published")
        give_back(exchange, 2, 6)
        assert exchange.ledger(name) == "35"  # the broker has it now, and owes it
        exchange.tick(3)
        assert [(shown(one.amount), one.state) for one in exchange.settle()] == [("0", "carried")]
        exchange.transfer(HOUSE, FEE_POOL, "35", "cover")
        exchange.tick(3, 70)
        give_back(exchange, 3, 70)
        assert exchange.ledger(name) == "0"
        assert exchange.exchange.ledger_difference() == {}


def test_co11_another_broker_is_paid_though_a_fill_of_an_unpaid_hour_was_busted(tmp_path: Path) -> None:
    with with_tree(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=OTHER)
        exchange.trade("100000")
        bust(exchange, newest_fill(exchange), 1, 5)
        give_back(exchange, 1, 6)
        exchange.tick(2)
        assert {one.state for one in exchange.settle()} == {"published"}
        brands = [units(text) for (name, _), text in owed(exchange).items() if name.startswith("brand_revenue")]
        assert units(exchange.available(FEE_POOL)) >= sum(brands) > 0  # and nothing of the brands' was spent


# -- balances below zero -----------------------------------------------------------------------------------------------


def test_co8_what_is_taken_back_and_not_earned_is_carried_below_zero_and_set_off(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        bust(exchange, fill, 2, 5)
        exchange.trade("40000", hour=3)
        exchange.trade("100000", hour=4)
        exchange.tick(6)
        told_of = [(one.hour - HOUR, shown(one.amount), one.state) for one in exchange.settle()]
        assert told_of == [(2, "0", "carried"), (3, "0", "carried"), (4, "14", "published")]
        ends = [lines(hour_of(exchange, "NORTHSTAR", hour)) for hour in ("18", "19", "20")]
        assert [shown(int(one[-1]["carried_forward"])) for one in ends] == ["-35", "-21", "0"]
        assert [shown(int(one[0]["brought_forward"])) for one in ends] == ["0", "-35", "-21"]
        assert all(verify_statement(path).ok for path in exchange.statements().values())
        assert exchange.available(PAYOUT) == "49"
        assert exchange.ledger("broker_payable:1") == "0"


def test_co8_the_minimum_is_asked_of_what_is_left(tmp_path: Path) -> None:
    with SmallExchange.with_minimum_payout(tmp_path, "20") as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        bust(exchange, fill, 2, 5)
        exchange.trade("100000", hour=3)
        exchange.trade("40000", hour=3)  # 49.00 - 35.00 = 14.00 is below it
        exchange.trade("40000", hour=4)
        exchange.tick(6)
        told_of = [(one.hour - HOUR, shown(one.amount), one.state) for one in exchange.settle()]
        assert told_of == [(2, "0", "carried"), (3, "0", "carried"), (4, "28", "published")]


def test_co8_a_client_is_carried_below_zero_and_set_off_as_a_broker_is(tmp_path: Path) -> None:
    # The client has 5 points of the base back: 5.00, 2.00 and 5.00 of hours 0, 3 and 4.
    with with_tree(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=SUB)
        fill = newest_fill(exchange)
        exchange.tick(2)
        assert {one.account: shown(one.amount) for one in exchange.settle()}[TAKER] == "5"
        bust(exchange, fill, 2, 5)
        assert exchange.ledger(f"client_payable:{TAKER}") == "-5"
        exchange.trade("40000", hour=3, taker_broker=SUB)
        exchange.trade("100000", hour=4, taker_broker=SUB)
        before = units(exchange.available(TAKER))
        exchange.tick(6)
        paid = [(one.hour - HOUR, shown(one.amount), one.state) for one in exchange.settle() if one.account == TAKER]
        assert paid == [(2, "0", "carried"), (3, "0", "carried"), (4, "2", "published")]
        rows = [row for row in exchange.rows(settlements, "hour") if row["account"] == TAKER]
        assert [shown(row["carried"]) for row in rows] == ["0", "-5", "-3", "0"]
        assert shown(units(exchange.available(TAKER)) - before) == "2"
        assert exchange.ledger(f"client_payable:{TAKER}") == "0"


def to_bust(exchange: SmallExchange, fill: str) -> busts.Busted:
    office = exchange.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.connect() as connection:
        return busts.to_bust(connection, program, office.venue, fill)


# -- once --------------------------------------------------------------------------------------------------------------


def test_co9_a_fill_is_busted_once_however_often_it_is_sent(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        office = exchange.exchange.back_office
        found = to_bust(exchange, fill)
        bust(exchange, fill, 0, 9)
        before = (owed(exchange), exchange.rows(reversals, "reversal"))
        again = exchange.send(busts.bust_commands(found), hour=1)
        assert int((again.events["kind"] == EventKind.REFUSED).sum()) == 2
        assert (owed(exchange), exchange.rows(reversals, "reversal")) == before
        with pytest.raises(Declined, match="was busted with sequence") as refused:
            bust(exchange, fill, 1)
        assert refused.value.code == "already_busted"
        with office.database.begin() as connection, pytest.raises(Declined) as refused:
            busts.agree(connection, found, Because(8, "once more", "user:13", "user:14"))
        assert refused.value.code == "already_busted"


@pytest.mark.parametrize("crash", [crash_before_the_transfer, crash_at_commit(1), crash_at_commit(2)])
def test_co9_a_settlement_that_is_cut_off_takes_back_once(
    tmp_path: Path, crash: Callable[[SmallExchange], None]
) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.trade("200000", second=1)
        bust(exchange, newest_fill(exchange), 0, 9)
        exchange.tick(2)
        with pytest.raises(Crash):
            crash(exchange)
        exchange.crash()
        exchange.tick(2, 1)
        (payout,) = exchange.settle()
        assert shown(payout.amount) == exchange.available(PAYOUT) == "35"
        assert verify_statement(hour_of(exchange, "NORTHSTAR", "16")).ok


@pytest.mark.parametrize(
    "other",
    [
        {"account": MAKER},
        {"asset": BTC},
        {"amount": units("0.00000002")},
        {"kind": CommandKind.WITHDRAWAL, "account": MAKER},
        {"kind": CommandKind.TRANSFER, "account": MAKER, "to_account": TAKER},
    ],
)
def test_co9_what_has_a_busts_key_and_is_not_the_busts_own_busts_nothing(tmp_path: Path, other: dict[str, Any]) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        found = to_bust(exchange, newest_fill(exchange))
        before = (owed(exchange), exchange.ledger("host_fee"))
        between = passing_account(found.brand)
        exchange.send(account_of(found.brand, between), hour=0, second=8)
        for what in "tm":
            fields = {"account": between, "asset": found.quote, "amount": 1} | other
            amount = fields.pop("amount")
            command = one(
                fields.pop("kind", CommandKind.DEPOSIT), key=bust_key(found.sequence, found.index, what), **fields
            )
            command["amount"] = record_words(amount)
            exchange.send(command, hour=0, second=9)
        assert exchange.rows(busts_table, "sequence") == exchange.rows(reversals, "reversal") == []
        assert (owed(exchange), exchange.ledger("host_fee")) == before


def test_co9_what_has_the_key_of_a_return_and_is_not_the_busts_own_gives_nothing_back(tmp_path: Path) -> None:
    """The key is used up, so what goes back takes the next one."""
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        found = to_bust(exchange, fill)
        bust(exchange, fill, 0, 9)
        for what in ("rt1", "rm1", "s1x"):
            key = bust_key(found.sequence, found.index, what)
            gift = one(CommandKind.TRANSFER, account=MAKER, to_account=HOUSE, asset=USDT, key=key)
            gift["amount"] = record_words(1)
            assert not (exchange.send(gift, hour=0, second=10).events["kind"] == EventKind.REFUSED).any()
        (row,) = exchange.rows(busts_table, "sequence")
        assert (row["taker_returned"], row["maker_returned"], row["lots_returned"], row["attempts"]) == (0, 0, 0, 1)
        give_back(exchange, 0, 11)
        (row,) = exchange.rows(busts_table, "sequence")
        assert (row["taker_returned"], row["maker_returned"], row["attempts"]) == (found.taker_fee, found.maker_fee, 2)
        assert row["lots_returned"] == found.lots


def test_co9_nobody_chooses_a_key_that_begins_as_a_busts() -> None:
    assert key_of(TAKER, "bust:1:0:t").startswith(b"t:")


# -- which fills -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settled", [False, True])
def test_co12_a_fill_of_an_hour_that_is_over_is_busted_settled_or_not(tmp_path: Path, settled: bool) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        if settled:
            exchange.tick(2)
            exchange.settle()
        bust(exchange, fill, 2 if settled else 1, 5)  # within the grace of hour 0
        exchange.tick(6)
        exchange.settle()
        assert exchange.available(PAYOUT) == "35"  # its hour is paid as it was
        assert exchange.ledger("broker_payable:1") == "-35"
        assert all(verify_statement(path).ok for path in exchange.statements().values())


def test_co12_an_hour_that_is_computed_and_not_paid_stays_as_it_was_frozen(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        with pytest.raises(Crash):
            crash_before_the_transfer(exchange)
        bust(exchange, fill, 2, 5)
        (payout,) = exchange.settle()
        assert (payout.hour - HOUR, shown(payout.amount), payout.state) == (0, "35", "published")
        exchange.tick(4)
        (payout,) = exchange.settle()
        assert (payout.hour - HOUR, payout.amount, payout.state) == (2, 0, "carried")


def test_co12_what_was_split_since_is_not_busted(tmp_path: Path) -> None:
    # What was exchanged is no more (SP-9): there is nothing that could go back lot by lot.
    pair, old, new = 11, 11, 12
    with SmallExchange(tmp_path) as exchange:
        names = ((old, b"OLD"), (new, b"NEW"))
        terms = {"base_asset": old, "quote_asset": USDT, "name": b"OLD-USDT", "lot_scale": 8, "minimum_lots": 1}
        exchange.send(
            *(one(CommandKind.ASSET, asset=asset, scale=8, name=name) for asset, name in names),
            one(CommandKind.INSTRUMENT, instrument=pair, tick_mantissa=1, lot_mantissa=1, **terms),
            deposit(MAKER, old, "1000", "old"),
        )
        exchange.trade("100", instrument=pair)
        fill = newest_fill(exchange)
        halt = one(CommandKind.STATUS, instrument=pair, status=TradingStatus.HALTED)
        ratio = {"asset": old, "new_asset": new, "numerator": 1, "denominator": 3, "key": b"split"}
        batch = exchange.send(halt, one(CommandKind.SPLIT, **ratio))
        assert refusal_of(batch.events) is None
        before = owed(exchange)
        with pytest.raises(Declined, match="OLD") as refused:
            bust(exchange, fill, 1)
        assert refused.value.code == "asset_closed"
        assert (owed(exchange), exchange.rows(reversals, "reversal")) == (before, [])


def test_co12_what_is_not_kept_or_never_was_is_refused_with_the_reason(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        for fill, code in (("1-1", "fill_too_old"), ("999999-1", "no_such_fill")):
            with pytest.raises(Declined) as refused:
                bust(exchange, fill, 0, 9)
            assert refused.value.code == code


def test_co12_why_tells_that_it_was_busted_and_what_was_taken_back(tmp_path: Path) -> None:
    with with_tree(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=SUB)
        fill = newest_fill(exchange)
        bust(exchange, fill, 0, 9)
        office = exchange.exchange.back_office
        program = office.program()
        assert program is not None
        with office.database.connect() as connection:
            terms = Terms(RateE8(20_000_000))
            (found,) = explain(connection, program, office.venue, terms, office.statements, fill, "taker")
        of_host = told(found)
        assert of_host["busted"]
        taken = {one["who"]: (one["paid"], one["reason"], one["asked_by"]) for one in of_host["reversals"]}
        assert taken == {
            "NORTHSTAR": ("-25", BECAUSE.reason, "user:11"),
            "SOUTHSTAR": ("-5", BECAUSE.reason, "user:11"),
            str(TAKER): ("-5", BECAUSE.reason, "user:11"),
        }
        from_sub = next(share for share in found.shares if share.who == "SOUTHSTAR")
        own = told(found, from_sub.party, from_sub.id)["reversals"]
        assert [one["who"] for one in own] == ["SOUTHSTAR"]
        assert any("busted" in text for text in words(found))


# -- from the journal --------------------------------------------------------------------------------------------------


def test_co15_built_anew_from_the_journal_all_of_it_is_the_same_and_goes_on(tmp_path: Path) -> None:
    with with_tree(tmp_path) as exchange:
        exchange.trade("100000", taker_broker=SUB)
        exchange.transfer(TAKER, HOUSE, "10060000", "spent", BTC)
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        bust(exchange, fill, 2, 5)
        give_back(exchange, 2, 6)
        exchange.tick(4)
        exchange.settle()
        before = (owed(exchange), exchange.rows(busts_table, "sequence"), exchange.rows(reversals, "reversal"))
        files = {name: path.read_bytes() for name, path in exchange.statements().items()}
        first = exchange.exchange.back_office
        second = BackOffice.open(tmp_path / "anew", "sqlite://", exchange.settings)
        with first.database.connect() as source, second.database.begin() as target:
            copy_agreed(source, target)
        exchange.exchange.back_office = second
        second.venue.assets |= first.venue.assets  # for the tree alone; the journal brings them
        follow_tree(exchange)
        for batch in exchange.exchange.sequencer.replay(0):
            second.project(batch)
        assert owed(exchange) == before[0]
        assert exchange.rows(busts_table, "sequence") == before[1]
        assert exchange.rows(reversals, "reversal") == before[2]
        exchange.settle()
        assert {name: path.read_bytes() for name, path in exchange.statements().items()} == files
        exchange.transfer(HOUSE, TAKER, "60000", "found", BTC)
        exchange.transfer(HOUSE, FEE_POOL, "100", "cover")
        exchange.tick(4, 5)
        give_back(exchange, 4, 5)
        assert exchange.rows(busts_table, "sequence")[0]["is_whole"]
        exchange.exchange.back_office = first
        second.close()


def test_co15_an_audit_finds_the_same_from_the_journal(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        bust(exchange, fill, 2, 5)
        give_back(exchange, 2, 6)
        exchange.tick(4)
        exchange.settle()
    found = audit_folder(tmp_path)
    assert (found.problems, found.statements, found.ledger_difference) == ([], 2, 0)


def test_co16_the_trade_and_the_volume_of_brands_stay_told_and_the_brand_sees_a_transfer(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        before = (exchange.rows(fills, "fill"), exchange.rows(brand_hours, "brand"))
        bust(exchange, fill, 0, 9)
        assert (exchange.rows(fills, "fill"), exchange.rows(brand_hours, "brand")) == before
        moves = exchange.rows(revenue_moves, "sequence")
        told_of = [(row["brand"], row["kind"], row["reference"], shown(row["amount"])) for row in moves]
        assert told_of == [(SOUTH, "transfer", f"bust {fill}", "-52"), (NORTH, "transfer", f"bust {fill}", "-16")]


def test_co16_a_day_with_a_bust_closes_and_its_clearing_statements_verify(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.trade("1000", second=1)
        bust(exchange, fill, 0, 9)
        give_back(exchange, 0, 10)
        exchange.tick(3 * 24)
        cleared = exchange.exchange.clear(timed=True)
        assert cleared.days
        paths = sorted((tmp_path / "clearing").glob("*/*.jsonl"))
        assert len(paths) >= 2
        assert [one.why for one in verify_clearing(paths) if not one.ok] == []
        (transfer,) = [
            line for line in lines(tmp_path / "clearing/2/USDT-2025-11-24.jsonl") if line["kind"] == "transfer"
        ]
        assert (transfer["reference"], shown(int(transfer["amount"]))) == (f"bust {fill}", "-52")
