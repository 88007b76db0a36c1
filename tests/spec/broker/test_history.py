"""A broker's lines at its desk: pages, sums, files, why. Rules: docs/rules/broker-live.md, BL-1 to BL-6.

NORTHSTAR is at tier 3, 35 %; its sub-broker ADA has 10 points of them; OTHER is a broker for itself.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest
from msgspec.structs import replace
from spec.house import SETTINGS, House, Person
from spec.small_exchange import BROKER, BTC_EUR, EUR, HOUSE, MAKER, PAYOUT, SOUTH, TAKER, one, order, trade_records

from commonbook.broker import history
from commonbook.broker.history import By
from commonbook.gateway.desk.broker import history as desk_history
from commonbook.records import Channel, CommandKind, Side
from commonbook.settings import BrokerSettings
from commonbook.units import parse_units

OTHER, OTHER_CODE, OTHER_PAYOUT = 7, "OTHER", 2_003
LINES, WHOLE = "/broker/v1/history/fills", "first=2025-11-24&last=2025-11-26"
QUICK = replace(SETTINGS, broker=BrokerSettings(settlement_grace_s=60))


class Lines(House):
    """Two settled hours and one that is open."""

    root: Person
    ada: Person
    other: Person


def trade(house: House, notional: str, code: str = "", broker: int = BROKER, **others: Any) -> None:
    maker = order(MAKER, Side.SELL, notional, **others)
    taker = order(TAKER, Side.BUY, notional, broker=broker, **others)
    taker["tag"] = code.encode()
    house.send(maker, taker)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    with Lines(tmp_path_factory.mktemp("lines"), QUICK) as found:
        found.at(0, 1)
        found.root = found.trader(PAYOUT)
        for account in (2_001, OTHER_PAYOUT):
            found.send(one(CommandKind.ACCOUNT, account=account, person=account, brand=SOUTH))
        found.ada, found.other = found.trader(2_001), found.trader(OTHER_PAYOUT)
        code = {"broker": OTHER, "active": 1, "payout_account": OTHER_PAYOUT, "code": OTHER_CODE.encode()}
        found.send(one(CommandKind.BROKER_CODE, **code))
        token = found.root.post("/broker/v1/sub-brokers/invitations", {"pool": "10", "users": "0"}).json()["token"]
        joined = found.ada.post("/broker/v1/invitations/accept", {"token": token, "code": "ADA"}).json()
        found.at(1, 1)
        trade(found, "1000", "NORTHSTAR")
        found.second = 2
        trade(found, "333.33333333", "ADA", int(joined["broker"]))
        found.at(2, 1)
        trade(found, "500", "NORTHSTAR")
        found.second = 2
        trade(found, "40", "NORTHSTAR")
        trade(found, "9", OTHER_CODE, OTHER)
        found.at(4, 1)
        found.small.exchange.back_office.settle_due(lambda commands: found.send(commands))
        trade(found, "7", "NORTHSTAR")
        yield found


def lines(person: Person, asked: str = WHOLE) -> list[dict[str, Any]]:
    answer = person.get(f"{LINES}?{asked}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] == ""
    found: list[dict[str, Any]] = answer.json()["lines"]
    return found


def paged(person: Person, most: int, path: str = LINES, name: str = "lines") -> list[list[dict[str, Any]]]:
    pages, after = [], ""
    while True:
        answer = person.get(f"{path}?{WHOLE}&limit={most}&after={after}").json()
        pages.append(answer[name])
        after = answer["next"]
        if not after:
            return pages


def sums(person: Person, by: str, asked: str = WHOLE) -> list[dict[str, Any]]:
    answer = person.get(f"/broker/v1/history/sums/{by}?{asked}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["sums"]
    return found


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def units(text: str) -> int:
    return parse_units(text, 8)


# -- lines -----------------------------------------------------------------------------------------------------------


def test_bl1_a_broker_has_the_lines_of_its_tree_and_of_no_other(house: Lines) -> None:
    root, ada, other = lines(house.root), lines(house.ada), lines(house.other)
    assert [one["code"] for one in root] == ["NORTHSTAR", "ADA", "NORTHSTAR", "NORTHSTAR", "NORTHSTAR"]
    assert [one["code"] for one in ada] == ["ADA"]
    assert [one["code"] for one in other] == [OTHER_CODE]
    assert {one["fill"] for one in other}.isdisjoint(one["fill"] for one in root)
    assert [one["state"] for one in root] == ["published"] * 4 + ["accrued"]
    assert root[0]["commission"] == "0.35"
    # 33.3 % of a cent: 25 of the 35 points stay with the root, which has the rest of the rounding as well.
    assert units(root[1]["commission"]) + units(ada[0]["commission"]) == units(root[1]["pool"])
    assert (ada[0]["points"], "pool" in ada[0], "rate" in ada[0]) == ("10", False, False)
    assert all(isinstance(value, str) for line in root for value in line.values())


def test_bl1_lines_are_those_of_the_statements(house: Lines) -> None:
    told: list[dict[str, Any]] = []
    for statement in sorted(house.small.exchange.back_office.statements.glob("NORTHSTAR-*.jsonl")):
        told += [json.loads(text) for text in statement.read_text().splitlines()[1:-1]]
    settled = [one for one in lines(house.root) if one["state"] == "published"]
    assert len(settled) == len(told) == 4
    for line, of_statement in zip(settled, told, strict=True):
        assert (line["fill"], line["role"]) == (of_statement["fill"], of_statement["role"])
        assert units(line["commission"]) == int(of_statement["your"]["commission"])


def test_bl1_an_order_an_account_and_an_instrument_each_leave_its_own(house: Lines) -> None:
    found = lines(house.root)
    (only,) = lines(house.root, f"{WHOLE}&order={found[2]['order']}")
    assert only == found[2]
    assert lines(house.root, f"{WHOLE}&account={TAKER}") == found
    assert lines(house.root, f"{WHOLE}&account={MAKER}") == []
    assert lines(house.root, f"{WHOLE}&instrument=BTC-USDT") == found
    assert code_of(house.root.get(f"{LINES}?{WHOLE}&instrument=MOON-USDT")) == "no_such_instrument"


@pytest.mark.parametrize("most", [1, 2, 5, 100])
def test_bl2_page_by_page_each_line_comes_once(house: Lines, most: int) -> None:
    pages = paged(house.root, most)
    assert [line for page in pages for line in page] == lines(house.root)
    assert all(len(page) <= most for page in pages)


def test_bl2_a_page_looks_at_so_much_and_no_more(house: Lines) -> None:
    with mock.patch.object(history, "LOOKED_MOST", 1), mock.patch.object(history, "TOGETHER", 1):
        pages = paged(house.root, 100)
        assert [line for page in pages for line in page] == lines_over(pages)
        assert [] in paged(house.other, 100)  # nothing of its own was there, and more behind it
    assert [line for page in pages for line in page] == lines(house.root)
    assert len(pages) > 2


def lines_over(pages: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The same in the order of their fills."""
    return sorted((line for page in pages for line in page), key=lambda line: int(line["fill"].split("-")[0]))


def test_bl3_times_are_dates_or_hours_both_included(house: Lines) -> None:
    found = lines(house.root)
    hours = sorted({line["hour"][:19] + "Z" for line in found})
    assert len(hours) == 3
    assert lines(house.root, f"first={hours[1]}&last={hours[1]}") == [
        one for one in found if one["hour"][:13] == hours[1][:13]
    ]
    assert lines(house.root, "") == found  # the last 24 hours
    assert lines(house.root, f"first={hours[2]}") == found[-1:]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("first=2025-01-01&last=2025-11-24", "are more than the 180 days"),
        ("first=2025-11-25&last=2025-11-24", "nothing lies between"),
        ("first=yesterday&last=2025-11-24", "is no time"),
        ("first=1969-12-31&last=2025-11-24", "is before 1970"),
        ("order=x", "is no number"),
        ("account=-1", "is no number"),
        ("limit=0", "it has 1 to 1000"),
        ("limit=1001", "it has 1 to 1000"),
        ("after=1-2-3", "is the end of no page"),
        ("after=1-2-3-nobody", "is the end of no page"),
    ],
)
def test_bl3_what_is_too_long_or_no_time_is_refused_and_says_why(house: Lines, asked: str, says: str) -> None:
    answer = house.root.get(f"{LINES}?{asked}")
    assert (answer.status_code, code_of(answer)) == (400, "bad_request")
    assert says in answer.json()["error"]["message"]
    answer = house.root.get("/broker/v1/history/sums/day?first=2025-10-24&last=2025-11-24")
    assert "768 hours are more than the 31 days" in answer.json()["error"]["message"]


# -- sums ------------------------------------------------------------------------------------------------------------


def test_bl4_the_example_of_the_rulebook(house: Lines) -> None:
    hours = sums(house.other, "hour")
    assert [(one["lines"], one["notional"]) for one in hours] == [(1, "9")]
    own = [one for one in sums(house.root, "order") if one["notional"] != "333.33333333"][:3]
    assert [(one["notional"], one["commission"]) for one in own] == [
        ("1000", "0.35"),
        ("500", "0.175"),
        ("40", "0.014"),
    ]
    hours = sums(house.root, "hour")
    assert [(one["lines"], one["notional"], one["commission"]) for one in hours][1:] == [
        (2, "540", "0.189"),
        (1, "7", "0.00245"),
    ]
    assert [one["states"] for one in hours] == [{"published": 2}, {"published": 2}, {"accrued": 1}]


@pytest.mark.parametrize("by", list(By))
def test_bl4_sums_of_any_kind_are_the_same_together(house: Lines, by: By) -> None:
    found = lines(house.root)
    told = sums(house.root, by)
    for name in ("notional", "base", "commission", "paid"):
        assert sum(units(one[name]) for one in told) == sum(units(one[name]) for one in found)
    assert sum(one["lines"] for one in told) == len(found)
    assert sum(one["earning"] for one in told) == sum(one["reason"] == "EARNED" for one in found)
    pages = paged(house.root, 1, f"/broker/v1/history/sums/{by}", "sums")
    assert [one for page in pages for one in page] == told


def test_bl4_fees_in_different_assets_are_never_added(tmp_path: Path) -> None:
    with House(tmp_path, QUICK) as house:
        house.at(0, 1)
        root = house.trader(PAYOUT)
        house.small.price(EUR, "1.10")
        house.at(1, 1)
        trade(house, "100", "NORTHSTAR")
        house.send(*trade_records("100", instrument=BTC_EUR, taker_broker=BROKER, channel=Channel.API))
        told = sums(root, "day")
        assert [(one["fee_asset"], one["lines"]) for one in told] == [("EUR", 1), ("USDT", 1)]
        pages = paged(root, 1, "/broker/v1/history/sums/day", "sums")
        assert [one for page in pages for one in page] == told
    answer = root.get("/broker/v1/history/sums/moon")
    assert "it is one of order, client, instrument, hour, day" in answer.json()["error"]["message"]


# -- files and why ---------------------------------------------------------------------------------------------------


def test_bl5_a_file_in_each_form_holds_the_lines(house: Lines, tmp_path: Path) -> None:
    found = lines(house.root)
    path = "/broker/v1/history/export"
    as_csv, as_json = (house.root.get(f"{path}/{form}?{WHOLE}") for form in ("csv", "json"))
    assert list(csv.DictReader(io.StringIO(as_csv.text))) == as_json.json() == found
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert "NORTHSTAR-" in as_csv.headers["content-disposition"]
    parquet = tmp_path / "lines.parquet"
    parquet.write_bytes(house.root.get(f"{path}/parquet?{WHOLE}").content)
    rows = duckdb.sql(f"SELECT fill, commission FROM '{parquet}'").fetchall()
    assert [(fill, units(str(amount))) for fill, amount in rows] == [
        (line["fill"], units(line["commission"])) for line in found
    ]
    assert len(house.ada.get(f"{path}/json?{WHOLE}").json()) == 1
    assert "is one of csv, json, parquet" in house.root.get(f"{path}/xml?{WHOLE}").json()["error"]["message"]
    assert "are more than the 180 days" in house.root.get(f"{path}/csv?first=2025-01-01&last=2025-11-24").text


def test_bl5_one_file_is_written_for_a_broker_at_a_time(house: Lines) -> None:
    asked = f"/broker/v1/history/export/csv?{WHOLE}"
    with mock.patch.object(desk_history, "_WRITING", {BROKER}):
        assert code_of(house.root.get(asked)) == "export_running"
        assert house.other.get(asked).status_code == 200
    assert house.root.get(asked).status_code == 200


def test_bl6_why_is_told_of_a_brokers_own_sides_and_of_others_as_if_there_were_none(house: Lines) -> None:
    _, of_ada, *_ = lines(house.root)
    path = f"{LINES}/{of_ada['fill']}/why"
    (as_root,) = house.root.get(path).json()
    assert {part["party"] for part in as_root["parts"]} == {"broker", "sub_broker"}
    assert as_root["rate"]["rate"].startswith("35")
    (as_ada,) = house.ada.get(path).json()
    assert ([part["party"] for part in as_ada["parts"]], "rate" in as_ada) == (["sub_broker"], False)
    assert as_ada["parts"][0]["state"] == "published"
    foreign, absent = house.other.get(path), house.other.get(f"{LINES}/999999-1/why")
    assert (foreign.status_code, code_of(foreign), code_of(absent)) == (404, "no_such_fill", "no_such_fill")
    assert foreign.json()["error"]["message"] == absent.json()["error"]["message"].replace("999999-1", of_ada["fill"])
    assert house.root.get(f"{LINES}/x/why").status_code == 400


def test_bl6_who_is_no_broker_is_told_so(house: Lines) -> None:
    stranger = house.trader(HOUSE)
    for path in (LINES, "/broker/v1/history/sums/day", f"{LINES}/1042-1/why"):
        assert code_of(stranger.get(path)) == "not_a_broker"
    assert code_of(stranger.get(f"/broker/v1/history/export/csv?{WHOLE}")) == "not_a_broker"
