"""Market makers: what is measured, judged and taken away. docs/rules/schedules.md, SC-8 to SC-12."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.house import House, Person
from spec.small_exchange import BTC_USDT, HOUR, HOUSE, NORTH, SECOND_NS, SOUTH, TAKER, one, order
from sqlalchemy import select

from commonbook.administration.roles import HOST, Role
from commonbook.brand import makers, quotes
from commonbook.brand.makers import Presence
from commonbook.records import CommandKind, FeeScope, OrderType, Refusal, Side, TradingStatus, refusal_of
from commonbook.storage.tables.autonomy import maker_days, maker_hours
from commonbook.units import HOUR_NS

MINUTE_NS = 60 * SECOND_NS
FIRST_DAY_HOUR = 8  # the small exchange begins at 16:00 UTC; so many hours later a day begins
PROPOSAL = {
    "account": str(HOUSE),
    "maker": "-0.0002",
    "taker": "0.0005",
    "spread_bps": 20,
    "presence": "0.9",
    "instruments": ["BTC-USDT"],
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


def granted(house: House, **changed: Any) -> tuple[Person, dict[str, Any]]:
    """The brand's owner, and a maker whose rates the host has given."""
    owner, first, second = house.owner(SOUTH), house.owner(HOST), house.owner(HOST)
    told = owner.post("/partner/v1/fees/makers", PROPOSAL | changed)
    assert told.status_code == 200, told.text
    approval = first.post(f"/host/v1/fees/makers/{told.json()['id']}/grant", {}).json()
    done = house.approve(approval, second).json()
    assert done["state"] == "done", done
    return owner, owner.get("/partner/v1/fees/makers").json()[0]


def quote(house: House, hour: int, second: int, buy: int, sell: int, names: str = "q") -> None:
    """Replace the maker's quotes: one lot on both sides."""
    house.hour, house.second = hour, second
    house.send(one(CommandKind.CANCEL_ALL, account=HOUSE))
    house.send(
        order(HOUSE, Side.BUY, "1", price_ticks=buy, client_id=f"{names}b".encode()),
        order(HOUSE, Side.SELL, "1", price_ticks=sell, client_id=f"{names}s".encode()),
    )


def stop_quoting(house: House, hour: int, second: int = 0) -> None:
    house.hour, house.second = hour, second
    house.send(one(CommandKind.CANCEL_ALL, account=HOUSE))


def hours(house: House) -> dict[tuple[int, int], int]:
    """Seconds by hour (from the beginning of the small exchange) and width."""
    rows = house.read(lambda connection: connection.execute(select(maker_hours)).all())
    return {(row.hour - HOUR, row.width_bps): row.time_ns // SECOND_NS for row in rows if row.account == HOUSE}


def rates(house: House, account: int = HOUSE) -> tuple[int, int]:
    own = house.door.venue.rates(house.door.venue.accounts[account])
    return own.maker_e8, own.taker_e8


@pytest.mark.parametrize(
    ("buy", "sell", "width"),
    [(999, 1_001, 20), (1_000, 1_001, 10), (100, 300, 10_000), (1, 2**62, 10_000), (10**9, 10**9 + 1, 1)],
)
def test_sc8_the_width_of_quotes_is_rounded_up(buy: int, sell: int, width: int) -> None:
    assert quotes.width_bps(buy, sell) == width


def test_sc8_widths_are_summed_by_the_hour_as_engine_time_moves(house: House) -> None:
    house.rates_of_their_own(HOUSE)
    quote(house, 0, 600, 999, 1_001)  # 20 bps from 00:10
    quote(house, 0, 3_000, 990, 1_010, "r")  # 200 bps from 00:50
    quote(house, 2, 60, 999, 1_001, "t")  # 20 bps from 02:01
    stop_quoting(house, 2, 120)
    assert hours(house) == {(0, 20): 2_400, (0, 200): 600, (1, 200): 3_600, (2, 200): 60, (2, 20): 60}


def test_sc8_one_side_alone_is_no_quote_and_fills_and_amendments_count(house: House) -> None:
    house.rates_of_their_own(HOUSE)
    house.hour = 0
    house.send(order(HOUSE, Side.BUY, "2", price_ticks=990, client_id=b"far"))
    house.second = 10
    house.send(order(HOUSE, Side.SELL, "1", price_ticks=1_001, client_id=b"sell"))  # 111 bps
    house.second = 20
    house.send(order(HOUSE, Side.BUY, "1", price_ticks=999, client_id=b"near"))  # 20 bps
    house.second = 30
    house.send(order(TAKER, Side.SELL, "0.5", price_ticks=999, order_type=OrderType.IOC))  # half of it
    house.second = 40
    house.send(order(TAKER, Side.SELL, "0.5", price_ticks=999, order_type=OrderType.IOC))  # all of it: 111 bps again
    house.second = 50
    amendment = one(CommandKind.AMEND, account=HOUSE, instrument=BTC_USDT, client_id=b"far", price_ticks=999)
    house.send(amendment)  # 20 bps
    house.second = 65
    house.send(one(CommandKind.CANCEL, account=HOUSE, instrument=BTC_USDT, client_id=b"sell"))
    house.second = 100
    stop_quoting(house, 0, 100)
    assert hours(house) == {(0, 111): 10 + 10, (0, 20): 20 + 15}


def test_sc8_nothing_counts_while_the_instrument_or_the_venue_is_halted(house: House) -> None:
    house.rates_of_their_own(HOUSE)
    quote(house, 0, 0, 999, 1_001)
    for second, instrument, status in (
        (100, BTC_USDT, TradingStatus.CANCEL_ONLY),
        (300, 0, TradingStatus.HALTED),
        (400, BTC_USDT, TradingStatus.LIVE),
        (600, 0, TradingStatus.LIVE),
    ):
        house.second = second
        house.send(one(CommandKind.STATUS, instrument=instrument, status=status))
    stop_quoting(house, 0, 1_000)
    assert hours(house) == {(0, 20): 100 + 400}
    start_ns = HOUR * HOUR_NS
    opened = house.read(lambda connection: makers.open_time_ns(connection, BTC_USDT, start_ns, start_ns + HOUR_NS))
    assert opened == (100 + 3_600 - 600) * SECOND_NS


def test_sc8_measuring_begins_with_the_rates_also_for_orders_that_rest_already(house: House) -> None:
    quote(house, 0, 0, 999, 1_001)
    house.second = 600
    house.rates_of_their_own(HOUSE)
    stop_quoting(house, 0, 1_000)
    assert hours(house) == {(0, 20): 400}


@pytest.mark.parametrize("account", [TAKER + 90_000, 2**63, 2**64 - 1])
def test_sc8_rates_that_were_refused_make_nobody_a_maker(house: House, account: int) -> None:
    """Whatever number stands in them, one that no table can hold among it: the back office goes on."""
    rates_of_nobody = {"account": account, "maker_rate_e8": 20_000, "taker_rate_e8": 100_000}
    refused = house.send(one(CommandKind.FEES, scope=FeeScope.ACCOUNT, **rates_of_nobody))
    assert refusal_of(refused.events) is Refusal.UNKNOWN_ACCOUNT
    house.rates_of_their_own(HOUSE)
    quote(house, 0, 0, 999, 1_001)
    stop_quoting(house, 0, 100)
    assert hours(house) == {(0, 20): 100}


@pytest.mark.parametrize("restarts", [False, True])
def test_sc8_a_restart_changes_nothing(house: House, restarts: bool) -> None:
    house.rates_of_their_own(HOUSE)
    quote(house, 0, 600, 999, 1_001)
    if restarts:
        house.small.crash()
    quote(house, 1, 600, 990, 1_010, "r")
    if restarts:
        house.small.crash()
    stop_quoting(house, 1, 1_200)
    assert hours(house) == {(0, 20): 3_000, (1, 20): 600, (1, 200): 600}


@pytest.mark.parametrize(
    ("open_ns", "present_ns", "met"),
    [
        (24 * HOUR_NS, 21 * HOUR_NS + 36 * MINUTE_NS, True),
        (24 * HOUR_NS, 21 * HOUR_NS + 36 * MINUTE_NS - 1, False),
        (2 * HOUR_NS, HOUR_NS + 48 * MINUTE_NS, True),
        (0, 0, True),
    ],
)
def test_sc9_presence_is_compared_in_whole_numbers(open_ns: int, present_ns: int, met: bool) -> None:
    assert Presence(open_ns, present_ns).meets(90_000_000) is met


def test_sc9_a_day_is_met_by_ninety_per_cent_of_the_time_that_the_instrument_traded(house: House) -> None:
    owner, maker = granted(house)
    first = FIRST_DAY_HOUR
    quote(house, first, 0, 999, 1_001)
    stop_quoting(house, first + 21, 36 * 60)  # 21.6 hours: 90 %
    house.at(first + 24)
    quote(house, first + 24, 0, 999, 1_001, "r")
    stop_quoting(house, first + 24 + 21, 36 * 60 - 1)
    house.at(first + 48)
    rows = house.read(lambda connection: connection.execute(select(maker_days).order_by(maker_days.c.day)).all())
    assert [(row.open_ns // SECOND_NS, row.present_ns // SECOND_NS, row.is_met) for row in rows] == [
        (86_400, 77_760, True),
        (86_400, 77_759, False),
    ]
    notice, granted_before = owner.get("/partner/v1/notices").json()
    assert granted_before["kind"] == "maker_granted"
    assert (notice["kind"], notice["details"]["days_in_a_row"]) == ("maker_day_failed", 1)
    assert owner.get("/partner/v1/fees/makers").json()[0]["failed_days"] == 1
    (last, *_) = [
        row for row in owner.get(f"/partner/v1/fees/makers/{maker['id']}/hours").json() if row["present_ns"] != "0"
    ]
    assert (last["instrument"], int(last["open_ns"]), int(last["present_ns"])) == (
        "BTC-USDT",
        HOUR_NS,
        (36 * 60 - 1) * SECOND_NS,
    )


def test_sc9_quotes_that_go_on_over_midnight_count_for_both_days(house: House) -> None:
    _, maker = granted(house)
    quote(house, 7, 0, 999, 1_001)
    house.at(FIRST_DAY_HOUR + 24)
    house.at(FIRST_DAY_HOUR + 48)
    rows = house.read(lambda connection: connection.execute(select(maker_days)).all())
    assert [(row.present_ns // SECOND_NS, row.is_met) for row in rows] == [(86_400, True), (86_400, True)]
    assert maker["first_day"] == (HOUR + FIRST_DAY_HOUR) // 24


def test_sc10_the_rates_are_given_by_two_users_of_the_host(house: House) -> None:
    owner, first, second = house.owner(SOUTH), house.owner(HOST), house.person(HOST, Role.FINANCE)
    told = owner.post("/partner/v1/fees/makers", PROPOSAL).json()
    assert told["state"] == "proposed"
    before = rates(house)
    approval = first.post(f"/host/v1/fees/makers/{told['id']}/grant", {}).json()
    assert house.approve(approval, first).json()["error"]["code"] == "own_request"
    assert owner.post(f"/host/v1/fees/makers/{told['id']}/grant", {}).status_code == 404  # at a brand's address
    assert rates(house) == before
    assert house.approve(approval, second).json()["state"] == "done"
    assert rates(house) == (-20_000, 50_000)
    assert owner.get("/partner/v1/fees/makers").json()[0]["state"] == "active"
    assert first.post(f"/host/v1/fees/makers/{told['id']}/grant", {}).json()["error"]["code"] == "not_proposed"


def test_sc10_a_rebate_that_is_not_covered_needs_the_hosts_subsidy(house: House) -> None:
    owner, first, second = house.owner(SOUTH), house.owner(HOST), house.owner(HOST)
    told = owner.post("/partner/v1/fees/makers", PROPOSAL | {"maker": "-0.002"}).json()
    refused = first.post(f"/host/v1/fees/makers/{told['id']}/grant", {}).json()
    outcome = house.approve(refused, second).json()
    assert (outcome["state"], outcome["outcome"]["code"]) == ("failed", "refused_rebate_too_high")
    again = first.post(f"/host/v1/fees/makers/{told['id']}/grant", {"subsidised": True}).json()
    assert house.approve(again, second).json()["state"] == "done"
    assert rates(house) == (-200_000, 50_000)


def test_sc10_the_host_may_refuse(house: House) -> None:
    owner, host = house.owner(SOUTH), house.owner(HOST)
    told = owner.post("/partner/v1/fees/makers", PROPOSAL).json()
    assert host.post(f"/host/v1/fees/makers/{told['id']}/refuse").json()["state"] == "refused"
    assert host.post(f"/host/v1/fees/makers/{told['id']}/refuse").json()["error"]["code"] == "not_proposed"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"account": "1001"}, "no_such_account"),  # north's
        ({"account": "77"}, "no_such_account"),
        ({"instruments": []}, "no_duty"),
        ({"instruments": ["BTC-USDT", "BTC-USDT"]}, "no_duty"),
        ({"instruments": ["ETH-USDT"]}, "bad_request"),
        ({"spread_bps": 0}, "no_duty"),
        ({"spread_bps": 5_001}, "no_duty"),
        ({"presence": "0"}, "no_duty"),
        ({"presence": "1.5"}, "bad_request"),
    ],
)
def test_sc10_what_is_no_proposal_is_refused(house: House, changed: dict[str, Any], code: str) -> None:
    owner = house.owner(SOUTH)
    assert owner.post("/partner/v1/fees/makers", PROPOSAL | changed).json()["error"]["code"] == code
    assert owner.get("/partner/v1/fees/makers").json() == []


def fail_days(house: House, count: int) -> None:
    for day in range(1, count + 1):
        house.at(FIRST_DAY_HOUR + 24 * day, 1)


def test_sc11_three_failed_days_in_a_row_and_the_rates_are_the_schedules(house: House) -> None:
    owner, _ = granted(house)
    fail_days(house, 2)
    assert rates(house) == (-20_000, 50_000)
    house.at(FIRST_DAY_HOUR + 72, 1)
    assert rates(house) == (20_000, 100_000)
    assert owner.get("/partner/v1/fees/makers").json()[0]["state"] == "lost"
    kinds = [row["kind"] for row in owner.get("/partner/v1/notices").json()]
    assert kinds == ["maker_rate_lost", *["maker_day_failed"] * 3, "maker_granted"]
    person = house.person(SOUTH, account=HOUSE)
    assert [row["kind"] for row in person.get("/account/v1/notices").json()] == kinds
    assert house.owner(NORTH).get("/partner/v1/fees/makers").json() == []


def test_sc11_a_met_day_between_begins_the_count_anew(house: House) -> None:
    owner, _ = granted(house)
    fail_days(house, 2)
    quote(house, FIRST_DAY_HOUR + 48, 2, 999, 1_001)
    house.at(FIRST_DAY_HOUR + 72, 1)
    stop_quoting(house, FIRST_DAY_HOUR + 72, 2)
    assert owner.get("/partner/v1/fees/makers").json()[0]["failed_days"] == 0
    house.at(FIRST_DAY_HOUR + 120, 1)
    assert rates(house) == (-20_000, 50_000)
    house.at(FIRST_DAY_HOUR + 144, 1)
    assert rates(house) == (20_000, 100_000)


def test_sc11_whoever_has_lost_them_follows_the_schedule_and_the_level(house: House) -> None:
    owner, maker = granted(house)
    owner.post(f"/partner/v1/fees/makers/{maker['id']}/end")
    house.at(0, 5)
    assert rates(house) == (20_000, 100_000)
    levels = [{"level": 0, "maker": "0.0004", "taker": "0.0011"}, {"level": 4, "maker": "0.0003", "taker": "0.0008"}]
    owner.post("/partner/v1/fees/schedules", {"levels": levels})
    house.at(0, 10)
    house.at(0, 15)
    assert rates(house) == (40_000, 110_000)
    house.second = 20
    house.send(one(CommandKind.ACCOUNT, account=HOUSE, person=HOUSE, brand=SOUTH, level=4))
    house.at(0, 25)
    assert rates(house) == (30_000, 80_000)


def test_sc11_new_rates_take_the_place_of_those_that_were_lost(house: House) -> None:
    owner, maker = granted(house)
    owner.post(f"/partner/v1/fees/makers/{maker['id']}/end")
    house.at(0, 5)
    granted(house, maker="-0.0001")
    house.at(0, 10)
    assert rates(house) == (-10_000, 50_000)
    assert [row["state"] for row in owner.get("/partner/v1/fees/makers").json()] == ["active", "ended"]


@pytest.mark.parametrize("sent", [False, True])
def test_sc12_cut_off_while_the_rates_are_taken_away_they_are_taken_once(house: House, sent: bool) -> None:
    owner, _ = granted(house)
    fail_days(house, 2)

    class Cut(Exception):
        pass

    def cut_off(records: Any) -> Any:
        if sent:
            house.send(records)
        raise Cut

    house.hour, house.second = FIRST_DAY_HOUR + 72, 1
    house.door.follow(house.small.tick(house.hour, 1))
    with pytest.raises(Cut):
        house.small.exchange.back_office.do_due(cut_off)
    house.small.crash()
    house.at(FIRST_DAY_HOUR + 72, 5)
    assert rates(house) == (20_000, 100_000)
    history = [row for row in owner.get("/partner/v1/fees/history").json() if row["scope"] == "account"]
    assert [row["maker"] for row in history] == ["0.0002", "-0.0002"]
    days = house.read(lambda connection: connection.execute(select(maker_days)).all())
    assert len(days) == 3
