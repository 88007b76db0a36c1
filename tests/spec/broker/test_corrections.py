"""Corrections of commissions, and what busts do to months, tables and desks.

docs/rules/corrections.md, CO-3, CO-7, CO-10, CO-13 and CO-14.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.broker.busting import BECAUSE, bust, correct, give_back, lines, newest_fill
from spec.house import House, Person
from spec.small_exchange import (
    BROKER,
    CODE,
    FEE_POOL,
    HOUR,
    HOUSE,
    MAKER,
    PAYOUT,
    TAKER,
    SmallExchange,
    shown,
    trade_records,
    units,
)
from sqlalchemy import select, update
from typer.testing import CliRunner

from commonbook.administration.checkpoint import AuditKey
from commonbook.administration.roles import HOST, Role
from commonbook.broker import reports
from commonbook.broker.corrections import Correction
from commonbook.broker.exporting import write_lines
from commonbook.broker.hours import path_of_hour
from commonbook.broker.proof import prove
from commonbook.broker.signing import sign_due
from commonbook.broker.statement import verify_statement
from commonbook.clearing.keys import correction_keys
from commonbook.console.commands import commands
from commonbook.errors import BadInput, Declined
from commonbook.records import EventKind
from commonbook.storage.schema import fills
from commonbook.storage.tables.administration import approvals
from commonbook.storage.tables.corrections import busts as busts_table
from commonbook.storage.tables.corrections import corrections_agreed, reversals
from commonbook.storage.tables.program import broker_clients, broker_days, broker_firsts, broker_notices
from commonbook.table_file import Format

DAY = 24


def wanted(amount: str, about: str, subject: str, key: str = "ticket-1") -> Correction:
    return Correction(BROKER, units(amount), about, subject, key)


# -- what is booked ----------------------------------------------------------------------------------------------------


def test_co10_a_broker_is_credited_more_to_the_hosts_cost_and_is_paid_with_the_open_hour(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        exchange.settle()
        correct(exchange, wanted("1.5", "hour", str(HOUR)), 2)
        assert (exchange.ledger("broker_payable:1"), exchange.ledger("host_fee")) == ("1.5", "15.5")
        exchange.tick(4)
        (payout,) = exchange.settle()
        assert (payout.hour - HOUR, shown(payout.amount)) == (2, "1.5")
        assert exchange.available(PAYOUT) == "36.5"
        path = exchange.statements()["NORTHSTAR-2025-11-24T18.jsonl"]
        assert verify_statement(path).ok
        line = lines(path)[1]
        assert (line["kind"], line["of"], line["your"]["paid"]) == ("correction", {"hour": str(HOUR)}, "150000000")
        assert (line["asked_by"], line["approved_by"], line["reason"]) == ("user:11", "user:12", BECAUSE.reason)
        assert exchange.exchange.ledger_difference() == {}


def test_co10_less_is_credited_for_the_hosts_good_and_no_more_than_there_was(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        side = f"{newest_fill(exchange)} taker"
        correct(exchange, wanted("-5", "fill", side), 0)
        assert (exchange.ledger("broker_payable:1"), exchange.ledger("host_fee")) == ("30", "22")
        with pytest.raises(Declined) as refused:
            correct(exchange, wanted("-30.00000001", "fill", side, "ticket-2"), 0)
        assert (refused.value.code, refused.value.values) == ("more_than_credited", {"credited": "30"})
        correct(exchange, wanted("-30", "fill", side, "ticket-2"), 0)
        assert exchange.ledger("broker_payable:1") == "0"
        exchange.tick(2)
        (payout,) = exchange.settle()
        assert payout.amount == 0
        assert all(verify_statement(path).ok for path in exchange.statements().values())


def test_co10_of_a_busted_side_nothing_is_left_to_take_back(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        bust(exchange, fill, 0, 5)
        for about, subject in (("fill", f"{fill} taker"), ("client", str(TAKER))):
            with pytest.raises(Declined) as refused:
                correct(exchange, wanted("-0.01", about, subject), 0)
            assert refused.value.code == "more_than_credited"


def test_co10_for_a_client_what_its_fills_have_brought_is_the_most(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.trade("100000", second=1)
        correct(exchange, wanted("-70", "client", str(TAKER)), 0)
        assert exchange.ledger("broker_payable:1") == "0"
        with pytest.raises(Declined):
            correct(exchange, wanted("-0.01", "client", str(TAKER), "ticket-2"), 0)


def test_co10_one_key_is_one_correction(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        side = f"{newest_fill(exchange)} taker"
        correct(exchange, wanted("-5", "fill", side), 0)
        again = correct(exchange, wanted("-5", "fill", side), 0)
        assert int((again.events["kind"] == EventKind.REFUSED).sum()) == 2  # both keys have had their effect
        assert exchange.ledger("broker_payable:1") == "30"
        assert len(exchange.rows(reversals, "reversal")) == 1
        with pytest.raises(Declined) as refused:
            correct(exchange, wanted("-6", "fill", side), 0)
        assert refused.value.code == "other_correction"


def test_co10_not_at_all_when_the_pool_lacks_it_at_that_moment(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        exchange.tick(2)
        exchange.settle()
        exchange.transfer(FEE_POOL, HOUSE, exchange.available(FEE_POOL), "out")
        before = exchange.ledger("broker_payable:1")
        batch = correct(exchange, wanted("1", "hour", str(HOUR)), 2)
        assert int((batch.events["kind"] == EventKind.REFUSED).sum()) == 2
        assert exchange.ledger("broker_payable:1") == before
        assert exchange.rows(reversals, "reversal") == []


@pytest.mark.parametrize(
    ("amount", "about", "subject", "code"),
    [
        ("0", "hour", str(HOUR), ""),
        ("1", "day", "1", ""),
        ("1", "fill", "1042-1", ""),
        ("1", "client", "me", ""),
        ("1", "fill", "9999-1 taker", "no_such_fill"),
        ("1", "hour", str(HOUR + 1), "hour_not_settled"),
    ],
)
def test_co10_what_is_none_is_refused(tmp_path: Path, amount: str, about: str, subject: str, code: str) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        with pytest.raises((BadInput, Declined)) as refused:
            correct(exchange, wanted(amount, about, subject), 0)
        assert getattr(refused.value, "code", "") == code
        assert exchange.rows(corrections_agreed, "correction") == []


def test_co3_a_correction_is_told_to_its_broker(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        correct(exchange, wanted("-5", "client", str(TAKER)), 0)
        (row,) = exchange.rows(broker_notices, "notice")
    assert (row["kind"], json.loads(row["details"])["paid"]) == ("commission_corrected", "-5")


# -- months ------------------------------------------------------------------------------------------------------------


def counted(exchange: SmallExchange) -> tuple[list[Any], list[Any], list[Any]]:
    days = [
        (
            row["day"],
            row["sides"],
            shown(row["spot_volume"]),
            row["clients"],
            row["new_clients"],
            shown(row["commission"]),
        )
        for row in exchange.rows(broker_days, "day")
    ]
    clients = [
        (row["person"], row["days"], row["spot_sides"], shown(row["spot_volume"]))
        for row in exchange.rows(broker_clients, "person")
    ]
    firsts = [(row["person"], row["day"]) for row in exchange.rows(broker_firsts, "person")]
    return days, clients, firsts


def count_all(exchange: SmallExchange) -> None:
    while exchange.exchange.back_office.count_closed_day():
        pass


FIRST = HOUR // DAY


@pytest.mark.parametrize("counts_first", [True, False])
def test_co7_a_busted_fill_counts_for_nothing_whether_its_day_was_counted_or_not(
    tmp_path: Path, counts_first: bool
) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.trade("1000", hour=DAY)
        exchange.tick(2 * DAY)
        if counts_first:
            count_all(exchange)
            days, clients, firsts = counted(exchange)
            assert days == [(FIRST, 1, "100000", 1, 1, "35"), (FIRST + 1, 1, "1000", 1, 0, "0.35")]
            assert (clients, firsts) == ([(TAKER, 2, 2, "101000")], [(TAKER, FIRST)])
        bust(exchange, fill, 2 * DAY)
        count_all(exchange)
        days, clients, firsts = counted(exchange)
        assert days == [(FIRST + 1, 1, "1000", 1, 1, "0.35")]
        assert (clients, firsts) == ([(TAKER, 1, 1, "1000")], [(TAKER, FIRST + 1)])


def test_co7_a_clients_only_trade_is_busted_and_it_is_none(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.tick(DAY)
        count_all(exchange)
        bust(exchange, fill, DAY)
        days, clients, firsts = counted(exchange)
        assert (days, clients, firsts) == ([], [], [])
        (row,) = exchange.rows(busts_table, "sequence")
        less = json.loads(row["months"])
        assert less["reviewed"] is False
        assert less["brokers"][CODE] == {
            "sides": "-1",
            "spot_volume": "-100000",
            "contract_volume": "0",
            "clients": "-1",
            "new_clients": "-1",
            "commission": "-35",
        }
        exchange.trade("10", hour=DAY, second=5)  # whoever comes back is new now
        exchange.tick(2 * DAY)
        count_all(exchange)
        assert counted(exchange)[2] == [(TAKER, FIRST + 1)]


def test_co7_who_is_left_alone_on_a_day_is_known(tmp_path: Path) -> None:
    # Of two persons under the code one is left.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.trade("1000", taker=HOUSE, second=1)
        exchange.trade("500", taker=HOUSE, second=2)
        exchange.tick(DAY)
        count_all(exchange)
        assert [row["alone"] for row in exchange.rows(broker_days, "day")] == [0]
        bust(exchange, fill, DAY)
        (row,) = exchange.rows(broker_days, "day")
        assert (row["alone"], row["clients"], row["sides"], shown(row["spot_volume"])) == (HOUSE, 1, 2, "1500")
        assert [(one["person"], one["days"]) for one in exchange.rows(broker_clients, "person")] == [(HOUSE, 1)]


def test_co7_a_month_that_was_reviewed_stays_and_the_difference_is_told(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        later = 9 * DAY  # the 3rd of December: November was reviewed with the 2nd
        for day in range(1, 10):
            exchange.tick(day * DAY)
        before = counted(exchange)
        assert before[0][0] == (FIRST, 1, "100000", 1, 1, "35")
        bust(exchange, fill, later)
        assert counted(exchange) == before
        (row,) = exchange.rows(busts_table, "sequence")
        less = json.loads(row["months"])
        assert (less["reviewed"], less["brokers"][CODE]["spot_volume"]) == (True, "-100000")
        details = [json.loads(one["details"]) for one in exchange.rows(broker_notices, "notice")]
        (told,) = [one for one in details if "month_reviewed" in one]
        assert (told["month_reviewed"], told["day_spot_volume"]) == ("yes", "-100000")


# -- tables ------------------------------------------------------------------------------------------------------------


def test_co13_files_have_what_was_taken_back_and_sum_to_what_is_paid(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        exchange.trade("40000", second=1)
        bust(exchange, fill, 2, 5)  # an hour without a fill
        correct(exchange, wanted("1", "client", str(TAKER)), 3)
        exchange.tick(6)
        exchange.settle()
        office = exchange.exchange.back_office
        program = office.program()
        assert program is not None
        out = tmp_path / "lines.csv"
        with office.database.connect() as connection:
            place = (connection, program, office.venue, BROKER, str, HOUR, HOUR + 6, 180, out, Format.CSV)
            assert write_lines(*place) == 4
        rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [(row["reason"], row["paid"].rstrip("0").rstrip(".")) for row in rows] == [
        ("EARNED", "35"),
        ("EARNED", "14"),
        ("BUSTED", "-35"),
        ("CORRECTED", "1"),
    ]
    assert (rows[2]["fill"], rows[2]["role"], rows[2]["hour"][:13]) == (fill, "taker", "2025-11-24T18")
    assert rows[2]["notional"].startswith("-100000")
    assert sum(float(row["paid"]) for row in rows) == 15


def test_co13_reports_of_orders_and_days_have_what_was_taken_back(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        fill = newest_fill(exchange)
        bust(exchange, fill, 2, 5)
        exchange.trade("40000", hour=2, second=9)
        correct(exchange, wanted("1", "client", str(TAKER)), 2)
        exchange.tick(6)
        exchange.settle()
        office = exchange.exchange.back_office
        with office.database.connect() as connection:
            paths = reports.statements_between(connection, office.statements, BROKER, HOUR, HOUR + 6)
        rows = [(shown(one.volume), shown(one.fee), shown(one.broker_part)) for one in reports.orders_of(paths)]
        assert sorted(rows) == [("-100000", "-100", "-35"), ("100000", "100", "35"), ("40000", "40", "14")]
        by_day = reports.paid_by_day(paths, frozenset({TAKER}))
        assert {day: shown(paid) for day, paid in by_day.items()} == {(FIRST, TAKER): "15"}
        assert reports.client_points(paths[-1]) == 0
        assert '"fill":"' + fill in prove(paths[0], _hour_file(exchange, paths[0]), fill).replace(" ", "")


def _hour_file(exchange: SmallExchange, statement: Path) -> Path:
    office = exchange.exchange.back_office
    sign_due(office.database, office.statements, AuditKey.open(exchange.folder))
    return path_of_hour(statement.parent, "api", HOUR)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path / "house") as found:
        found.at(0, 1)
        yield found


@pytest.fixture
def hosts(house: House) -> tuple[Person, Person]:
    return house.owner(HOST), house.owner(HOST)


def trade(house: House, notional: str) -> str:
    house.send(*trade_records(notional))
    return newest_fill(house.small)


def test_co13_pages_and_sums_have_them_in_their_place(house: House, hosts: tuple[Person, Person]) -> None:
    fill = trade(house, "100000")
    trade(house, "40000")
    house.approve(hosts[0].post("/host/v1/busts", {"fill": fill, "reason": "a slip"}).json(), hosts[1])
    trade(house, "1000")
    root = house.trader(PAYOUT)
    span = "first=2025-11-24&last=2025-11-24"
    page = root.get(f"/broker/v1/history/fills?{span}").json()
    assert [line["reason"] for line in page["lines"]] == ["EARNED", "EARNED", "BUSTED", "EARNED"]
    one_by_one, after = [], ""
    for _ in range(4):
        part = root.get(f"/broker/v1/history/fills?{span}&limit=1&after={after}").json()
        one_by_one += part["lines"]
        after = part["next"]
    assert one_by_one == page["lines"]
    for by in ("hour", "day", "client", "instrument", "order"):
        sums = root.get(f"/broker/v1/history/sums/{by}?{span}").json()["sums"]
        assert sum(units(one["paid"]) for one in sums) == units("14.35")
    (hour,) = root.get(f"/broker/v1/history/sums/hour?{span}").json()["sums"]
    assert (hour["lines"], hour["earning"], hour["notional"], hour["commission"]) == (4, 3, "41000", "14.35")
    mine = root.get(f"/broker/v1/history/fills?{span}&order={page['lines'][0]['order']}").json()["lines"]
    assert [line["reason"] for line in mine] == ["EARNED", "BUSTED"]


# -- by two, at the desk -----------------------------------------------------------------------------------------------


def test_co14_one_asks_and_another_busts_what_it_has_seen(house: House, hosts: tuple[Person, Person]) -> None:
    fill = trade(house, "100000")
    first, second = hosts
    asked = first.post("/host/v1/busts", {"fill": fill, "reason": "priced by a broken feed"}).json()
    assert asked["payload"] == {
        "fill": fill,
        "reason": "priced by a broken feed",
        "instrument": "BTC-USDT",
        "price": "1",
        "quantity": "100000",
        "buyer": str(TAKER),
        "seller": str(MAKER),
        "taker_fee": "100",
        "maker_fee": "20",
    }
    assert house.approve(asked, first).json()["error"]["code"] == "own_request"
    assert first.get("/host/v1/busts").json() == []
    done = house.approve(asked, second).json()
    assert (done["state"], done["outcome"]) == ("done", {"fill": fill})
    (told,) = first.get("/host/v1/busts").json()
    assert (told["fill"], told["whole"], told["base_open"], told["taker_fee_open"]) == (fill, False, "100000", "100")
    assert [(one["code"], one["paid"]) for one in told["lines"]] == [(CODE, "-35")]
    assert (told["asked_by"], told["approved_by"]) == (f"user:{first.user}", f"user:{second.user}")
    house.at(0, 10)  # the back office does the rest
    (told,) = first.get("/host/v1/busts").json()
    assert (told["whole"], told["base_open"], told["taker_fee_open"]) == (True, "0", "0")
    again = first.post("/host/v1/busts", {"fill": fill, "reason": "again"}).json()
    assert again["error"]["code"] == "already_busted"
    (notice,) = house.trader(PAYOUT).get("/broker/v1/notices").json()
    assert (notice["kind"], notice["details"]["paid"]) == ("trade_busted", "-35")


def test_co4_the_desk_finds_a_trade_and_shows_what_its_bust_would_take_back_from_whom(
    house: House, hosts: tuple[Person, Person]
) -> None:
    fill = trade(house, "100000")
    first, second = hosts
    found = first.get(f"/host/v1/fills?account={TAKER}").json()
    assert [(one["fill"], one["side"], one["role"], one["fee"]) for one in found] == [(fill, "buy", "taker", "100")]
    assert first.get(f"/host/v1/fills?account={TAKER}&before={found[0]['number']}").json() == []
    assert first.get("/host/v1/fills?account=77").json()["error"]["code"] == "no_such_account"
    told = first.get(f"/host/v1/busts/{fill}").json()
    assert (told["notional"], told["buyer"], told["taker"], told["taker_fee"]) == (
        "100000",
        str(TAKER),
        str(TAKER),
        "100",
    )
    parts = {(one["who"], one["id"]): units(one["amount"]) for one in told["parts"]}
    # 35 % of 100.00 to the broker; what the traders paid goes back, and nothing is left over.
    assert parts[("broker_payable", CODE)] == units("-35")
    assert parts[("bust_refund", "")] == units("120")
    assert sum(parts.values()) == 0
    assert first.get("/host/v1/busts/9999-1").json()["error"]["code"] == "no_such_fill"
    house.approve(first.post("/host/v1/busts", {"fill": fill, "reason": "a slip"}).json(), second)
    assert [one["busted"] for one in first.get(f"/host/v1/fills?account={TAKER}").json()] == [True]
    assert first.get(f"/host/v1/busts/{fill}").json()["error"]["code"] == "already_busted"


def test_co16_a_trader_is_told_which_of_the_own_trades_were_busted(house: House, hosts: tuple[Person, Person]) -> None:
    fill = trade(house, "100000")
    trade(house, "5000")
    taker, other = house.trader(), house.trader(PAYOUT)
    assert taker.get("/account/v1/busted-trades").json() == []
    house.approve(hosts[0].post("/host/v1/busts", {"fill": fill, "reason": "a slip"}).json(), hosts[1])
    (told,) = taker.get("/account/v1/busted-trades").json()
    assert (told["instrument"], told["whole"]) == ("BTC-USDT", False)
    mine = select(fills.c.trade).where(fills.c.account == TAKER).order_by(fills.c.fill)
    trades = house.read(lambda connection: list(connection.execute(mine).scalars()))
    assert (told["trade"], len(trades)) == (str(trades[0]), 2)
    assert other.get("/account/v1/busted-trades").json() == []
    assert hosts[0].get("/account/v1/busted-trades").json() == []
    house.at(0, 10)
    assert taker.get("/account/v1/busted-trades").json()[0]["whole"] is True


def test_co14_cut_off_behind_the_yes_it_is_carried_out_once(house: House, hosts: tuple[Person, Person]) -> None:
    fill = trade(house, "100000")
    first, second = hosts
    asked = first.post("/host/v1/busts", {"fill": fill, "reason": "a slip"}).json()
    house.approve(asked, second)
    mine = approvals.c.approval == asked["id"]  # as a process that died behind the effect has left it
    house.write(lambda connection: connection.execute(update(approvals).where(mine).values(state="approved")))
    (left,) = house.carry_out_left()
    assert left.state == "done"
    assert house.small.ledger("broker_payable:1") == "0"
    assert len(house.small.rows(reversals, "reversal")) == 1


def test_co14_a_correction_is_asked_for_with_a_key_and_booked_by_two(
    house: House, hosts: tuple[Person, Person]
) -> None:
    fill = trade(house, "100000")
    first, second = hosts
    body = {"code": CODE, "amount": "-5", "fill": fill, "role": "taker", "reason": "twice the rate", "key": "ticket-9"}
    asked = first.post("/host/v1/corrections", body).json()
    done = house.approve(asked, second).json()
    assert (done["state"], done["outcome"]) == ("done", {"correction": "1"})
    again = house.approve(first.post("/host/v1/corrections", body).json(), second).json()
    assert (again["state"], again["outcome"]) == ("done", {"correction": "1"})
    assert house.small.ledger("broker_payable:1") == "30"
    (told,) = first.get("/host/v1/corrections").json()
    assert (told["amount"], told["about"], told["subject"]) == ("-5", "fill", f"{fill} taker")
    assert (told["booked"], told["hour"]) == (True, "2025-11-24T16:00:00Z")
    other = first.post("/host/v1/corrections", body | {"amount": "-6", "key": "ticket-10"}).json()
    assert house.approve(other, second).json()["state"] == "done"
    too_much = first.post("/host/v1/corrections", body | {"amount": "-25", "key": "ticket-11"}).json()
    assert too_much["error"]["code"] == "more_than_credited"
    for wrong, code in (
        ({"hour": 1}, "bad_request"),
        ({"fill": "", "role": ""}, "bad_request"),
        ({"code": "NOBODY"}, "no_such_broker"),
        ({"reason": " "}, "bad_request"),
    ):
        assert first.post("/host/v1/corrections", body | wrong).json()["error"]["code"] == code


def test_co14_who_has_no_role_for_money_neither_asks_nor_approves(house: House, hosts: tuple[Person, Person]) -> None:
    fill = trade(house, "100000")
    support = house.person(HOST, Role.SUPPORT)
    body = {"fill": fill, "reason": "a slip"}
    assert support.post("/host/v1/busts", body).json()["error"]["code"] == "not_permitted"
    asked = hosts[0].post("/host/v1/busts", body).json()
    assert house.approve(asked, support).json()["error"]["code"] == "not_permitted"
    assert house.small.rows(busts_table, "sequence") == []


def test_co14_the_console_shows_what_a_bust_would_take_back_and_asks(
    house: House, hosts: tuple[Person, Person]
) -> None:
    fill = trade(house, "100000")
    data = str(house.small.folder)
    seen = CliRunner().invoke(commands(), ["corrections", "preview", data, fill, "--json"])
    assert seen.exit_code == 0, seen.output
    told = json.loads(seen.output)
    assert (told["fill"], told["fees"], [one["paid"] for one in told["lines"]]) == (
        fill,
        {"taker": "100", "maker": "20"},
        ["-35"],
    )
    asked = CliRunner().invoke(
        commands(), ["corrections", "ask-bust", data, fill, "--reason", "a slip", "--user", "user0@example.com"]
    )
    assert asked.exit_code == 0, asked.output
    (waiting,) = hosts[1].get("/host/v1/approvals").json()
    assert (waiting["kind"], waiting["payload"]["fill"]) == ("bust_trade", fill)
    assert house.approve(waiting, hosts[1]).json()["state"] == "done"
    shown_now = CliRunner().invoke(commands(), ["corrections", "list", data, "--json"])
    assert [one["fill"] for one in json.loads(shown_now.output)["busts"]] == [fill]
    again = CliRunner().invoke(commands(), ["corrections", "preview", data, fill])
    assert (again.exit_code, "was busted" in str(again.exception)) == (1, True)


def test_co10_the_keys_of_corrections_fit(tmp_path: Path) -> None:
    assert len(correction_keys(9_999_999_999, 9_999_999_999)[0]) <= 32


def test_co6_what_goes_back_is_sent_by_who_follows_the_stream(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000")
        bust(exchange, newest_fill(exchange), 0, 5)
        exchange.crash()  # between the bust and what goes back
        exchange.tick(0, 9)
        assert len(give_back(exchange, 0, 10)) == 1
        assert exchange.rows(busts_table, "sequence")[0]["is_whole"]
