"""What clients have said counts at the fill. Rules: docs/rules/consents.md, CN-4, CN-7 and CN-9 to CN-11; B-4, B-21."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spec.accrued import accrued
from spec.broker.made_sides import NORTHSTAR, PROGRAM, SOUTHSTAR, TREE, VENUE, line, percent
from spec.broker.made_sides import sides_of as decided
from spec.broker.tree_hours import SUB, tree_exchange
from spec.small_exchange import (
    BROKER,
    HOUR,
    MAKER,
    NORTH,
    PAYOUT,
    SOUTH,
    TAKER,
    SmallExchange,
    one,
    order,
    shown,
    time_ns,
    units,
)
from sqlalchemy import update

from commonbook.broker import agreed, consents, history
from commonbook.broker.consenting import PROGRAMS, Client, Consent, How, Refusal, cap_at, judged
from commonbook.broker.deciding import reason_of
from commonbook.broker.dividing import divided
from commonbook.broker.judging import REASONS, judge
from commonbook.broker.model import BIT, RULE_VERSION, Reason
from commonbook.broker.sides import SIDE
from commonbook.broker.standing import explain
from commonbook.broker.statement import canonical, statement_text, verify_statement
from commonbook.broker.sub_brokers import FIRST_NUMBER
from commonbook.broker.telling import words
from commonbook.broker.tree import Node
from commonbook.clearing.model import Terms
from commonbook.columns import units_of
from commonbook.console.audit import audit_folder
from commonbook.errors import Declined, OutsideFailure
from commonbook.exchange import BackOffice
from commonbook.instrument.accounts import subaccount
from commonbook.records import CommandKind, Side
from commonbook.settings import database_url
from commonbook.storage.database import open_database
from commonbook.storage.schema import subaccounts
from commonbook.storage.tables.broker import accrual_blocks
from commonbook.storage.tables.broker_clients import broker_refusals
from commonbook.storage.tables.program import sub_brokers
from commonbook.units import RateE8

OTHER, OWN = 7, 1_010


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[SmallExchange]:
    with SmallExchange(tmp_path) as found:
        yield found


def agree(exchange: SmallExchange, hour: int, cap: str = "", broker: int = BROKER, account: int = TAKER) -> None:
    office = exchange.exchange.back_office
    cap_e8 = percent(cap) if cap else PROGRAMS
    with office.database.begin() as connection:
        consents.give(connection, office.venue, account, broker, How.PAGE, time_ns(hour), 72, cap_e8)


def withdraw(exchange: SmallExchange, hour: int, broker: int = BROKER) -> None:
    with exchange.exchange.back_office.database.begin() as connection:
        consents.withdraw(connection, TAKER, broker, time_ns(hour))


def refuse(exchange: SmallExchange, hour: int, broker: int = BROKER) -> None:
    with exchange.exchange.back_office.database.begin() as connection:
        consents.refuse(connection, TAKER, broker, 0, time_ns(hour))


def lift(exchange: SmallExchange, hour: int, broker: int = BROKER) -> None:
    with exchange.exchange.back_office.database.begin() as connection:
        consents.lift(connection, TAKER, broker, time_ns(hour))


def takers(exchange: SmallExchange) -> list[tuple[str, str]]:
    """Reason and commission of each taker's side."""
    rows = [row for row in exchange.accrued() if row["role"] == "taker"]
    return [(row["reason"], shown(row["amount_quote"])) for row in rows]


def test_cn11_whoever_has_said_nothing_is_judged_by_its_keys_alone(exchange: SmallExchange) -> None:
    exchange.trade("100000")
    assert takers(exchange) == [("EARNED", "35")]


def test_bl4_what_a_clients_cap_has_cut_earns_and_is_told_so(exchange: SmallExchange) -> None:
    agree(exchange, 0, "20")
    exchange.trade("100000")
    office = exchange.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.connect() as connection:
        span, wanted = history.Span(HOUR, HOUR + 1), history.Wanted()
        found = history.sums(connection, program, office.venue, BROKER, str, span, wanted, history.By.DAY, "", 9)
        fill = exchange.accrued()[0]["line"]["fill"]
        terms = Terms(RateE8(0))
        (told,) = explain(connection, program, office.venue, terms, office.statements, fill, "taker")
    assert [(one.lines, one.earning, one.paid) for one in found.sums] == [(1, 1, "20")]
    assert told.reason == "CUT_BY_CONSENT"
    assert not [text for text in words(told) if "earns nothing" in text]


def test_cn9_a_broker_earns_nothing_on_its_own_person(exchange: SmallExchange) -> None:
    # Another account, at the other brand, of the person to whom the broker is paid.
    exchange.send(one(CommandKind.ACCOUNT, account=OWN, person=PAYOUT, brand=NORTH))
    exchange.transfer(TAKER, OWN, "200000", "to-own")
    exchange.trade("100000", taker=OWN)
    assert takers(exchange) == [("SELF_REFERRAL", "0")]
    assert exchange.ledger(f"broker_payable:{BROKER}") == "0"


def test_cn9_nor_on_it_by_the_code_of_whom_it_has_brought_in(exchange: SmallExchange) -> None:
    """Else a broker would pay a part of its own fees to itself, with a friend's code on its orders."""
    below, lower = FIRST_NUMBER + 1, FIRST_NUMBER + 2
    exchange.send(one(CommandKind.ACCOUNT, account=OWN, person=PAYOUT, brand=NORTH))
    exchange.transfer(TAKER, OWN, "300000", "to-own")
    for broker, code in ((below, b"BELOW"), (lower, b"LOWER")):
        exchange.send(one(CommandKind.BROKER_CODE, broker=broker, active=1, payout_account=MAKER, code=code))
    row = {"program": "api", "user_id": 1, "account": MAKER, "state": "active", "from_hour": 0, "removed_hour": 0}
    row |= {"why": "", "made_ns": 1}
    office = exchange.exchange.back_office
    with office.database.begin() as connection:
        for number, parent in ((1, BROKER), (2, below)):
            values = {"number": number, "parent": parent, "code": f"CODE{number}", "person": number}
            connection.execute(sub_brokers.insert().values(**row, **values))
    for account in (OWN, TAKER):
        exchange.send(order(account, Side.BUY, "1000", broker=lower))
        exchange.send(order(MAKER, Side.SELL, "1000"))
    with office.database.begin() as connection, pytest.raises(Declined, match="your own"):
        consents.give(connection, office.venue, OWN, lower, How.PAGE, time_ns(1), 72)
    found = [row["reason"] for row in exchange.accrued() if row["broker"] == lower]
    assert found == ["SELF_REFERRAL", "EARNED"]


@pytest.mark.parametrize("refused", [BROKER, 0])
def test_cn11_nothing_is_earned_while_a_refusal_stands(exchange: SmallExchange, refused: int) -> None:
    agree(exchange, 0)
    refuse(exchange, 1, refused)
    lift(exchange, 3, refused)
    for hour in range(5):
        exchange.trade("100000", hour=hour)
    earned, nothing = ("EARNED", "35"), ("REFUSED", "0")
    assert takers(exchange) == [earned, nothing, nothing, earned, earned]


def test_cn7_an_order_that_rests_when_a_consent_ends_earns_nothing_from_then_on(exchange: SmallExchange) -> None:
    agree(exchange, 0)
    exchange.send(order(TAKER, Side.BUY, "100000", broker=BROKER))
    exchange.send(order(MAKER, Side.SELL, "50000"), hour=1)
    withdraw(exchange, 2)
    exchange.send(order(MAKER, Side.SELL, "50000"), hour=3)
    rows = [row for row in exchange.accrued() if row["role"] == "maker"]
    assert [(row["broker"], row["reason"], shown(row["amount_quote"])) for row in rows] == [
        (BROKER, "EARNED", "3.5"),  # 35 % of 10.00
        (BROKER, "CONSENT_ENDED", "0"),
    ]
    assert exchange.ledger(f"broker_payable:{BROKER}") == "3.5"


def test_cn10_a_broker_that_takes_over_earns_from_a_full_hour_on(exchange: SmallExchange) -> None:
    code = one(CommandKind.BROKER_CODE, broker=OTHER, active=1, payout_account=MAKER, code=b"OTHER")
    exchange.send(code)
    agree(exchange, 0, broker=OTHER)
    withdraw(exchange, 1, OTHER)
    agree(exchange, 2)
    for hour in (3, 73, 74):
        exchange.trade("100000", hour=hour)
    assert takers(exchange) == [("MOVED_LATELY", "0"), ("MOVED_LATELY", "0"), ("EARNED", "35")]


def test_cn1_who_has_said_more_than_it_has_traded_is_judged_the_same() -> None:
    said = [Consent(n, TAKER, BROKER, 0, How.PAGE, "", n % 101, 2 * n, 2 * n, 2 * n + 1, False) for n in range(1, 400)]
    no = [Refusal(n, TAKER, BROKER, 0, 600 + n, 600 + n + 1) for n in range(0, 50, 3)]
    client = Client(BROKER, False, no, said)
    for times in ([5, 5, 601, 602, 799, 900], list(range(1_000))):
        sides = np.zeros(len(times), SIDE)
        sides["account"], sides["broker"], sides["time_ns"] = TAKER, BROKER, times
        sides["sequence"] = np.arange(1, len(times) + 1)
        reasons, caps = judge(sides, {(TAKER, BROKER): client})
        found = [None if not one else REASONS[one - 1] for one in reasons.tolist()]
        assert found == [judged(client, time) for time in times]
        assert caps.tolist() == [cap_at(client, time) for time in times]


def test_cn1_an_account_agrees_so_often_in_a_day_and_may_always_refuse(
    exchange: SmallExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consents, "SAID_A_DAY", 2)
    for hour in (0, 1):
        agree(exchange, hour)
        refuse(exchange, hour)
        lift(exchange, hour)
    with pytest.raises(Declined, match="go on tomorrow"):
        agree(exchange, 2)
    refuse(exchange, 2)
    with pytest.raises(Declined, match="go on tomorrow"):
        lift(exchange, 3)
    lift(exchange, 26)
    agree(exchange, 26)


@pytest.mark.parametrize(
    ("cap", "told"),
    [
        *((cap, ("EARNED", "35")) for cap in ("", "50", "35")),
        ("20", ("CUT_BY_CONSENT", "20")),
        ("0", ("CUT_BY_CONSENT", "0")),
    ],
)
def test_cn4_a_commission_is_cut_to_the_clients_cap(exchange: SmallExchange, cap: str, told: tuple[str, str]) -> None:
    agree(exchange, 0, cap)
    exchange.trade("100000")
    assert takers(exchange) == [told]
    assert exchange.ledger(f"broker_payable:{BROKER}") == told[1]
    assert exchange.exchange.ledger_difference() == {}


def test_cn4_a_cap_is_of_the_sides_own_fee_rounded_down(exchange: SmallExchange) -> None:
    """45.00 with a rebate of 5.00 earns 14.00 on 40.00; 20 % of 45.00 are 9.00, 33.33333333 % of it 14.9999999985."""
    cases = [("20", "9"), ("50", "14"), ("0", "0"), ("31.111111", "13.99999995")]
    found = decided([line("taker", "45", "-5", cap_e8=percent(cap)) for cap, _ in cases])
    assert [shown(one) for one in units_of(found["commission"]).tolist()] == [left for _, left in cases]
    assert [reason_of(int(one["failed"]), bool(one["cut"])) for one in found] == [
        *(Reason.CUT_BY_CONSENT, Reason.EARNED, Reason.CUT_BY_CONSENT, Reason.CUT_BY_CONSENT)
    ]
    (tiny,) = units_of(decided([line("taker", "0.00000003", cap_e8=percent("35"))])["commission"]).tolist()
    assert tiny == 1  # 1.05 units


@pytest.mark.parametrize(
    ("cap", "told"),
    [
        ("50", {NORTHSTAR: "10", SOUTHSTAR: "2", 0: "2"}),  # nothing is cut
        ("20", {NORTHSTAR: "5", SOUTHSTAR: "2", 0: "2"}),  # the root's rest is less
        ("5", {NORTHSTAR: "0", SOUTHSTAR: "1.125", 0: "1.125"}),  # 2.25 are 5.625 points: each has half of those
        ("0", {NORTHSTAR: "0", SOUTHSTAR: "0"}),
    ],
)
def test_cn4_all_who_are_on_the_side_share_what_is_left(cap: str, told: dict[int, str]) -> None:
    program = replace(PROGRAM, nodes=TREE)
    sides = decided([line("taker", "45", "-5", broker=SOUTHSTAR, cap_e8=percent(cap))], program)
    parts = divided(sides, program, VENUE).parts
    got = zip(parts.beneficiary.tolist(), parts.commission.tolist(), strict=True)
    assert {who: shown(part) for who, part in got} == told


def test_cn1_a_consent_holds_for_the_masters_sub_accounts(exchange: SmallExchange) -> None:
    sub = subaccount(TAKER, 1)
    exchange.send(one(CommandKind.ACCOUNT, account=sub, person=TAKER, brand=SOUTH))
    exchange.transfer(TAKER, sub, "200000", "to-sub")
    agree(exchange, 0, "20")
    exchange.trade("100000", taker=sub, hour=1)
    withdraw(exchange, 2)
    exchange.trade("50000", taker=sub, hour=3)
    assert takers(exchange) == [("CUT_BY_CONSENT", "20"), ("CONSENT_ENDED", "0")]


def test_b4_the_clients_reasons_stand_behind_those_of_the_order() -> None:
    order_of = [reason.value for reason in BIT]
    assert order_of[:8] == [
        *("NO_TAG", "UNKNOWN_CODE", "NOT_ASSOCIATED", "CODE_INACTIVE"),
        *("SELF_REFERRAL", "REFUSED", "CONSENT_ENDED", "MOVED_LATELY"),
    ]
    (both,) = decided([line("taker", "45", level=6, withheld=2)])
    assert reason_of(int(both["failed"]), bool(both["cut"])) is Reason.REFUSED
    assert [reason for reason in BIT if both["failed"] & BIT[reason]] == [Reason.REFUSED, Reason.VIP_TOO_HIGH]


# -- statements -------------------------------------------------------------------------------------------------------


def _settled(exchange: SmallExchange) -> Path:
    """One hour with a side that is cut, one that is refused and one that earns."""
    agree(exchange, -1, "20")
    exchange.trade("100000")
    with exchange.exchange.back_office.database.begin() as connection:
        consents.refuse(connection, TAKER, 0, 0, time_ns(0, 100))
        consents.lift(connection, TAKER, 0, time_ns(0, 200))
    exchange.trade("100000", second=150)
    exchange.trade("100000", second=300, taker_broker=0, maker_broker=BROKER)
    exchange.tick(2)
    exchange.settle()
    (path,) = exchange.statements().values()
    return path


def _forged(path: Path, number: int, **values: Any) -> tuple[bool, int | None, str]:
    lines = [json.loads(text) for text in path.read_text().splitlines()]
    yours = {name: values.pop(name) for name in ("commission", "paid", "pool") if name in values}
    lines[number - 1] |= values
    lines[number - 1]["your"] |= yours
    made = path.with_name("forged.jsonl")
    made.write_text(statement_text([canonical(one) for one in lines[:-1]]))
    found = verify_statement(made)
    return found.ok, found.line, found.why


def test_b21_a_line_has_what_the_client_had_said_and_the_cut_follows_from_the_file_alone(
    exchange: SmallExchange,
) -> None:
    path = _settled(exchange)
    lines = [json.loads(text) for text in path.read_text().splitlines()[1:-1]]
    names = ("reason", "excluded_by", "cap_e8", "withheld", "rule_version")
    assert [tuple(one[name] for name in names) for one in lines] == [
        ("CUT_BY_CONSENT", [], "20000000", "", RULE_VERSION),
        ("REFUSED", ["REFUSED"], "20000000", "REFUSED", RULE_VERSION),
        ("EARNED", [], "-1", "", RULE_VERSION),  # the maker, who has said nothing
    ]
    assert [shown(int(one["your"]["paid"])) for one in lines] == ["20", "0", "7"]
    assert verify_statement(path).ok
    assert exchange.available(PAYOUT) == "27"
    more, cut = str(units("35")), str(units("20"))
    for number, values, why in [
        (2, {"cap_e8": "-1"}, "the reason should be EARNED"),
        (2, {"cap_e8": "30000000"}, "the pool should be 3000000000"),
        (2, {"cap_e8": "-2"}, "a cap of -2 is none"),
        (2, {"reason": "EARNED"}, "the reason should be CUT_BY_CONSENT"),
        (2, {"pool": more, "commission": more, "paid": more}, "the pool should be 2000000000"),
        (3, {"withheld": ""}, "the reason should be CUT_BY_CONSENT"),
        (3, {"withheld": "NEVER"}, "nothing is withheld for 'NEVER'"),
        (3, {"commission": cut}, "the commission should be 0"),
        (4, {"withheld": "SELF_REFERRAL"}, "the reason should be SELF_REFERRAL"),
    ]:
        ok, named, told = _forged(path, number, **values)
        assert (ok, named) == (False, number), values
        assert why in told


def test_b23_of_one_below_a_root_a_part_above_the_cap_is_found(tmp_path: Path) -> None:
    with tree_exchange(tmp_path) as exchange:
        agree(exchange, -1, "5", broker=SUB)
        exchange.trade("100000", taker_broker=SUB)
        program = exchange.exchange.back_office.program()
        assert program is not None
        assert Node(SUB, 0, BROKER, percent("10"), percent("5")) in program.nodes
        exchange.tick(2)
        exchange.settle()
        path = exchange.exchange.back_office.statements / "SOUTHSTAR-2025-11-24T16.jsonl"
        draft = next(exchange.folder.rglob(path.name + "*"))
        found = json.loads(draft.read_text().splitlines()[1])
        # 5.00 of 100.00: half each to the sub-broker and the client, where 10.00 were promised.
        assert (found["reason"], found["your"]["commission"]) == ("CUT_BY_CONSENT", str(units("2.5")))
        assert verify_statement(draft).ok
        more = str(units("6"))
        lines = [json.loads(text) for text in draft.read_text().splitlines()[:-1]]
        lines[1]["your"] = {"commission": more, "paid": more, "points_e8": str(percent("6"))}
        made = tmp_path / "forged.jsonl"
        made.write_text(statement_text([canonical(one) for one in lines]))
        assert "more than the client's cap leaves" in verify_statement(made).why


# -- what is kept, and built anew --------------------------------------------------------------------------------------


def test_blocks_of_another_format_are_not_read(exchange: SmallExchange) -> None:
    exchange.trade("100000")
    for number in (1, 3):
        with exchange.exchange.back_office.database.begin() as connection:
            connection.execute(update(accrual_blocks).values(format=number))
        with pytest.raises(OutsideFailure, match=f"format {number}: this release reads format 2"):
            exchange.accrued()


def test_the_audit_judges_by_what_clients_had_said(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        _settled(exchange)
        settings = exchange.settings
    found = audit_folder(tmp_path, settings)
    assert found.problems == []
    assert found.statements == 1
    # A refusal that is taken out of the tables later is found: by what the journal gives without it.
    database = open_database(database_url(settings, tmp_path))
    with database.begin() as connection:
        connection.execute(broker_refusals.delete())
    database.dispose()
    problems = audit_folder(tmp_path, settings).problems
    assert any("line 3: the journal gives no such line" in one for one in problems)
    assert any(one.startswith(f"ledger: broker_payable:{BROKER} has") for one in problems)


def test_cn13_the_journal_alone_does_not_know_what_was_said(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        agree(exchange, 0, "20")
        exchange.trade("100000", hour=0)
        refuse(exchange, 1)
        exchange.trade("100000", hour=2)
        told = takers(exchange)
        assert told == [("CUT_BY_CONSENT", "20"), ("REFUSED", "0")]
        stored = exchange.exchange.back_office
        for has_backup in (True, False):
            rebuilt = BackOffice.open(tmp_path, "sqlite://", exchange.settings)
            if has_backup:
                with stored.database.connect() as source, rebuilt.database.begin() as target:
                    agreed.copy_agreed(source, target)
            for batch in exchange.exchange.sequencer.replay(0):
                rebuilt.project(batch)
            with rebuilt.database.connect() as connection:
                rows = [row for row in accrued(connection, rebuilt.venue) if row["role"] == "taker"]
            rebuilt.close()
            found = [(row["reason"], shown(row["amount_quote"])) for row in rows]
            assert found == (told if has_backup else [("EARNED", "35")] * 2)


def test_cn12_a_door_that_is_behind_changes_nothing_of_what_was_judged(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        agree(exchange, 0, "20")
        exchange.trade("100000", hour=0, second=5)
        withdraw(exchange, 0)  # the door has the time of five seconds ago
        agree(exchange, 0, "10")
        exchange.trade("100000", hour=0, second=6)
        refuse(exchange, 0)
        exchange.trade("50000", hour=0, second=7)
        told = [("CUT_BY_CONSENT", "20"), ("CUT_BY_CONSENT", "10"), ("REFUSED", "0")]
        assert takers(exchange) == told
        with exchange.exchange.back_office.database.connect() as connection:
            newer, older = consents.consents_of(connection, TAKER)
            (no,) = consents.refusals_of(connection, TAKER)
        assert older.ended_ns == newer.given_ns == time_ns(0)  # as the door has dated them
        assert 0 < older.ended_behind == newer.given_behind < no.refused_behind
        exchange.tick(2)
        exchange.settle()
        settings = exchange.settings
    assert audit_folder(tmp_path, settings).problems == []


def test_cn12_what_is_said_while_engine_time_stands_still_counts_at_once(tmp_path: Path) -> None:
    """As it does when a machine's clock is set back, until the clock has come to where it was."""
    with SmallExchange(tmp_path) as exchange:
        agree(exchange, 0, "20")
        exchange.trade("100000")
        agree(exchange, 0, "10")
        exchange.trade("100000")
        withdraw(exchange, 0)
        exchange.trade("100000")
        agree(exchange, 0)
        exchange.trade("100000")
        told = [("CUT_BY_CONSENT", "20"), ("CUT_BY_CONSENT", "10"), ("CONSENT_ENDED", "0"), ("EARNED", "35")]
        assert takers(exchange) == told
        exchange.tick(2)
        exchange.settle()
        settings = exchange.settings
    assert audit_folder(tmp_path, settings).problems == []


def test_cn9_a_sub_account_that_the_broker_keeps_for_a_client_of_its_own_earns(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        sub = subaccount(PAYOUT, 1)
        exchange.send(one(CommandKind.ACCOUNT, account=sub, person=PAYOUT, brand=SOUTH))
        exchange.transfer(TAKER, sub, "300000", "to-sub")
        exchange.trade("100000", taker=sub)
        with exchange.exchange.back_office.database.begin() as connection:
            _keep(connection, sub)
        exchange.trade("100000", taker=sub, hour=1)
        assert takers(exchange) == [("SELF_REFERRAL", "0"), ("EARNED", "35")]


def _keep(connection: Any, sub: int) -> None:
    values: dict[str, Any] = {"account": sub, "master": PAYOUT, "broker": BROKER}
    for column in subaccounts.columns:
        if column.name not in values and not column.nullable:
            values[column.name] = {int: 0, str: "kept", bool: False}.get(column.type.python_type, 0)
    connection.execute(subaccounts.insert().values(**values))
