"""Rates as versions, decided by two, fixed before their hour. docs/rules/broker-tiers.md, BT-9 and BT-14 to BT-19."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from spec.broker.terms_here import DECEMBER_BEGINS, RULES, agree_rates, agree_rules, set_tier, write
from spec.house import SETTINGS, House, Person
from spec.small_exchange import BROKER, HOUR, HOUSE, PAYOUT, SOUTH, TAKER, SmallExchange, time_ns, trade_records
from sqlalchemy import Connection, select, update

from commonbook.administration.roles import HOST, Role
from commonbook.broker import agreed, conditions, schedules
from commonbook.broker.agreed import API
from commonbook.broker.model import PUBLIC, TIERS_2022, Conditions, DiscountPolicy
from commonbook.broker.rates import RateRow, in_force
from commonbook.broker.schedules import Version, compose
from commonbook.broker.statement import verify_statement
from commonbook.errors import BadInput, BrokenInvariant, Declined
from commonbook.records import as_commands
from commonbook.storage.tables.administration import approvals
from commonbook.storage.tables.program import program_clocks, rate_versions
from commonbook.units import HOUR_NS, RateE8

ROWS = [{"tier": 3, "rate": "38", "affiliated": False}, {"tier": 3, "rate": "12", "affiliated": True}]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, SETTINGS) as found:
        found.at(0, 1)
        yield found


@pytest.fixture
def hosts(house: House) -> tuple[Person, Person]:
    return house.owner(HOST), house.owner(HOST)


def rate(exchange: SmallExchange, hour: int, second: int = 0) -> str:
    """In per cent, of a trade."""
    exchange.trade("100", hour=hour, second=second)
    taken = [row for row in exchange.accrued() if row["role"] == "taker"]
    return str(int(taken[-1]["line"]["rate_e8"]) // 10**6)


# -- hours -----------------------------------------------------------------------------------------------------------


def test_bt14_what_is_agreed_begins_with_the_next_hour_or_a_later_one(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        assert rate(exchange, 5) == "35"
        assert agree_rates(exchange, PUBLIC, ROWS) == 6
        assert agree_rates(exchange, BROKER, [{"tier": 3, "rate": "20"}], from_hour=9) == 9
        assert [rate(exchange, 5, 3_599), rate(exchange, 6), rate(exchange, 8, 3_599), rate(exchange, 9)] == [
            "35",
            "38",
            "38",
            "20",
        ]


def test_bt14_nothing_begins_in_an_hour_that_the_stream_has_come_to(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.tick(7)
        with pytest.raises(Declined, match=f"from hour {HOUR + 8} on") as refused:
            agree_rates(exchange, PUBLIC, ROWS, from_hour=7)
        assert (refused.value.code, refused.value.values) == ("too_early", {"first_hour": str(HOUR + 8)})
        # Whoever agrees may not have seen how far the stream has come: the clock has.
        assert write(exchange, lambda connection: agreed.hold(connection, API, HOUR + 2)) == HOUR + 8
        assert write(exchange, lambda connection: agreed.hold(connection, API, HOUR + 30)) == HOUR + 31


def test_bt14_a_batch_over_the_end_of_an_hour_is_decided_by_each_hours_terms(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        agree_rates(exchange, PUBLIC, ROWS)
        batch = as_commands(*trade_records("100"), *trade_records("100"))
        batch["time_ns"] = [time_ns(0, 3_599)] * 2 + [time_ns(1)] * 2
        exchange.exchange.submit(batch, timed=True)
        assert [row["line"]["rate_e8"] for row in exchange.accrued() if row["broker"]] == ["35000000", "38000000"]
        with pytest.raises(Declined, match="has begun"):
            agree_rates(exchange, PUBLIC, ROWS, from_hour=1)


def test_bt14_an_hour_that_is_settled_late_is_settled_by_what_held_in_it(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000", hour=0)
        agree_rates(exchange, PUBLIC, ROWS)
        set_tier(exchange, BROKER, 4, 1, 3)
        exchange.tick(30)
        exchange.crash()
        exchange.tick(31)
        (paid,) = exchange.settle()
        assert exchange.available(PAYOUT) == "35"
        assert paid.hour == HOUR
        assert '"tier":"3"' in next(iter(exchange.statements().values())).read_text()


def test_bt14_the_clock_begins_with_the_program_and_moves_with_the_stream(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.tick(3, 5)
        (clock,) = exchange.rows(program_clocks, "program")
        assert (clock["hour"], clock["counted_before"]) == (HOUR + 3, HOUR // 24)
        agree_rates(exchange, PUBLIC, ROWS)
        assert exchange.rows(program_clocks, "program")[0]["changes"] == 1


# -- versions --------------------------------------------------------------------------------------------------------


def test_bt15_a_version_is_never_edited_and_the_next_begins_no_earlier(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        agree_rates(exchange, PUBLIC, ROWS, from_hour=5)
        with pytest.raises(Declined) as refused:
            agree_rates(exchange, PUBLIC, ROWS, from_hour=4)
        assert (refused.value.code, refused.value.values["newest_hour"]) == ("behind_newest", str(HOUR + 5))
        agree_rates(exchange, PUBLIC, [{"tier": 3, "rate": "1"}], from_hour=5)
        found = write(exchange, lambda connection: schedules.versions(connection, API, PUBLIC))
        assert [(one.number, one.from_hour - HOUR) for one in found[1:]] == [(2, 5), (3, 5)]
        assert rate(exchange, 5) == "1"


def test_bt15_a_version_that_is_not_what_its_hash_says_stops_who_reads_it(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        agree_rates(exchange, PUBLIC, ROWS)
        rows = '[{"affiliated":null,"level_from":0,"level_to":9,"product":null,"rate":"99","role":null,"tier":3}]'
        write(exchange, lambda connection: connection.execute(update(rate_versions).values(rows=rows)))
        with pytest.raises(BrokenInvariant, match="rates, version 2"):
            exchange.tick(2)


def versions(*told: tuple[int, int, int, str]) -> list[Version]:
    """Number, broker, hour, rate of tier 3; no rate: no rows."""
    return [
        Version(number, broker, hour, (RateRow(3, RateE8(int(rate) * 10**6)),) if rate else ())
        for number, broker, hour, rate in told
    ]


def test_bt16_a_broker_is_under_the_public_schedule_before_and_behind_its_own() -> None:
    found = versions(
        (1, PUBLIC, 0, "35"),
        (2, PUBLIC, 10, "36"),
        (3, 7, 20, "50"),
        (4, PUBLIC, 30, "37"),
        (5, 7, 40, ""),
        (6, PUBLIC, 50, "38"),
        (7, 7, 60, "55"),
        (8, PUBLIC, 70, "39"),
    )
    tables, negotiated = compose(found)
    assert negotiated == {7: 7}

    def told(broker: int) -> list[int]:
        held = [in_force(tables[broker], hour * HOUR_NS) for hour in (0, 10, 20, 30, 40, 50, 60, 70)]
        return [int(one.cells[3].max()) // 10**6 for one in held if one is not None]

    assert told(7) == [35, 36, 50, 50, 37, 38, 55, 55]
    assert told(PUBLIC) == [35, 36, 36, 37, 37, 38, 38, 39]


def test_bt16_the_statement_tells_the_version_that_held(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.tick(0, 1)
        agree_rates(exchange, BROKER, [{"tier": 3, "rate": "40"}], from_hour=2)
        agree_rates(exchange, BROKER, [], from_hour=4)
        told = [rate(exchange, hour) for hour in (1, 2, 3, 4)]
        assert told == ["35", "40", "40", "35"]
        exchange.tick(7)
        exchange.settle()
        heads = [path.read_text().splitlines()[0] for path in exchange.statements().values()]
        assert ['"version":"1"' in head for head in heads] == [True, False, False, False]
        assert ['"version":"2"' in head for head in heads] == [False, True, True, False]
        assert '"version":"3"' in heads[3]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"tier": 3, "rate": "100.000001"}, "bad_rate"),
        ({"tier": 3, "rate": "-1"}, "bad_rate"),
        ({"tier": 10, "rate": "1"}, "bad_tier"),
        ({"tier": 1, "rate": "1", "level_from": 5, "level_to": 4}, "bad_level"),
        ({"tier": 1, "rate": "1", "role": "both"}, "bad_role"),
        ({"tier": 1, "rate": "1", "product": "bonds"}, "bad_product"),
    ],
)
def test_bt15_rows_that_make_no_sense_are_refused_with_the_value(row: dict[str, Any], code: str) -> None:
    with pytest.raises(Declined, match="row 2") as refused:
        schedules.read_rows([{"tier": 1, "rate": "1"}, row])
    assert refused.value.code == code


def test_bt15_a_rate_is_exact_to_a_hundred_millionth() -> None:
    assert schedules.read_rows([{"tier": 1, "rate": "7.123456"}])[0].rate_e8 == 7_123_456
    for text in ("7.1234567", "seven"):
        with pytest.raises(BadInput, match=text):
            schedules.read_rows([{"tier": 1, "rate": text}])
    with pytest.raises(Declined) as refused:
        schedules.read_rows([{"tier": 1, "rate": "1"}] * 2_001)
    assert refused.value.code == "too_many_rows"
    assert schedules.read_rows(schedules.told_rows(TIERS_2022.rows)) == TIERS_2022.rows


# -- by two, at the desk ---------------------------------------------------------------------------------------------


def test_bt18_two_decide_and_see_in_words_what_changes(house: House, hosts: tuple[Person, Person]) -> None:
    first, second = hosts
    wanted = {"broker": str(BROKER), "rows": [*ROWS, {"tier": 4, "rate": "40"}]}
    seen = first.post("/host/v1/broker-rates/difference", wanted).json()
    assert seen["changes"] == [
        "tier 1, with an affiliate: 0 % instead of 5 %",
        "tier 1, without an affiliate: 0 % instead of 25 %",
        "tier 2, with an affiliate: 0 % instead of 7.5 %",
        "tier 2, without an affiliate: 0 % instead of 30 %",
        "tier 3, with an affiliate: 12 % instead of 10 %",
        "tier 3, without an affiliate: 38 % instead of 35 %",
        "tier 4, with an affiliate: 40 % instead of 12.5 %",
    ]
    assert seen["from_hour"] == HOUR + 1
    asked = first.post("/host/v1/broker-rates", wanted).json()
    assert asked["payload"]["changes"] == seen["changes"]
    assert house.approve(asked, first).json()["error"]["code"] == "own_request"
    house.at(1, 5)
    done = house.approve(asked, second).json()
    assert (done["state"], done["outcome"]) == ("done", {"version": 2, "from_hour": HOUR + 2})  # its hour has begun
    assert [rate(house.small, hour, 9) for hour in (1, 2)] == ["35", "38"]
    (notice,) = house.trader(PAYOUT).get("/broker/v1/notices").json()
    assert (notice["kind"], notice["subject"], notice["details"]["changes"]) == ("rates_changed", "2", seen["changes"])
    assert house.trader(PAYOUT).get("/broker/v1/rates").json()["negotiated"] is True
    told = first.get(f"/host/v1/broker-rates?broker={BROKER}").json()
    assert [(one["version"], one["from_time"]) for one in told] == [(2, "2025-11-24T18:00:00Z")]


def test_bt18_a_yes_to_one_change_is_none_to_another(house: House, hosts: tuple[Person, Person]) -> None:
    first, second = hosts
    asked = [first.post("/host/v1/broker-rates", {"rows": ROWS}).json() for _ in range(2)]
    assert house.approve(asked[0], second).json()["state"] == "done"
    assert house.trader(PAYOUT).get("/broker/v1/notices").json()[0]["details"]["from_hour"] == HOUR + 1
    again = house.approve(asked[1], second).json()
    assert (again["state"], again["outcome"]["code"]) == ("failed", "changed_meanwhile")


def test_bt18_cut_off_behind_the_yes_it_is_carried_out_once(house: House, hosts: tuple[Person, Person]) -> None:
    first, second = hosts
    asked = first.post("/host/v1/broker-rates", {"rows": ROWS}).json()
    house.approve(asked, second)
    approved_again(house, asked["id"])
    (done,) = house.carry_out_left()
    assert (done.state, done.outcome) == ("done", {"version": 2, "from_hour": HOUR + 1})
    assert len(house.read(lambda connection: connection.execute(select(rate_versions)).all())) == 1


def approved_again(house: House, number: int) -> None:
    """As a process that died behind the effect has left it."""
    mine = approvals.c.approval == number
    house.write(lambda connection: connection.execute(update(approvals).where(mine).values(state="approved")))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"rows": [{"tier": 3, "rate": "40.000001"}]}, "refused_claim_too_high"),  # F-5: claims take 40 % at most
        ({"rows": [], "broker": "0"}, "no_rows"),
        ({"rows": ROWS, "broker": "99"}, "no_such_broker"),
        ({"rows": ROWS, "broker": "x"}, "bad_request"),
        ({"rows": ROWS, "from_hour": HOUR}, "too_early"),
        ({"rows": [{"tier": 3, "rate": "1e"}]}, "bad_request"),
        ({"rows": [{"tier": 3}]}, "bad_request"),
        ({"rows": [{"tier": 3, "rate": "1", "more": 1}]}, "bad_request"),
    ],
)
def test_bt17_what_cannot_be_agreed_is_refused_before_anybody_is_asked(
    house: House, hosts: tuple[Person, Person], body: dict[str, Any], code: str
) -> None:
    answer = hosts[0].post("/host/v1/broker-rates", body)
    assert answer.json()["error"]["code"] == code
    assert hosts[0].get("/host/v1/approvals").json() == []


def test_bt18_only_who_may_change_fees_asks_and_approves(house: House, hosts: tuple[Person, Person]) -> None:
    support, finance = house.person(HOST, Role.SUPPORT), house.person(HOST, Role.FINANCE)
    assert support.post("/host/v1/broker-rates", {"rows": ROWS}).json()["error"]["code"] == "not_permitted"
    asked = hosts[0].post("/host/v1/broker-rates", {"rows": ROWS}).json()
    assert house.approve(asked, support).json()["error"]["code"] == "not_permitted"
    assert house.approve(asked, finance).json()["state"] == "done"
    brands = house.owner(SOUTH)
    assert brands.post("/host/v1/broker-rates", {"rows": ROWS}).json()["error"]["code"] == "no_such_path"


def test_bt19_rules_are_decided_by_two_and_judge_from_the_next_month_on(
    house: House, hosts: tuple[Person, Person]
) -> None:
    first, second = hosts
    template = first.get("/host/v1/broker-tiers/rules").json()
    assert (template["versions"], len(template["public_2022"]["rows"])) == ([], 4)
    asked = first.post("/host/v1/broker-tiers/rules", template["public_2022"]).json()
    assert "tier 1: new" in asked["payload"]["changes"]
    done = house.approve(asked, second).json()
    assert done["outcome"] == {"first_month": "2025-12"}
    changed = first.post("/host/v1/broker-tiers/rules", template["public_2022"] | {"grace_months": 2}).json()
    assert changed["payload"]["changes"] == ["grace months: 2 instead of 1"]
    assert house.approve(changed, second).json()["outcome"] == {"first_month": "2025-12"}
    (newest, oldest) = first.get("/host/v1/broker-tiers/rules").json()["versions"]
    assert (newest["rules"]["grace_months"], oldest["rules"]["grace_months"]) == (2, 1)
    stale = first.post("/host/v1/broker-tiers/rules", RULES).json()
    house.approve(first.post("/host/v1/broker-tiers/rules", RULES | {"alert_days": 3}).json(), second)
    assert house.approve(stale, second).json()["outcome"]["code"] == "changed_meanwhile"
    wrong = first.post("/host/v1/broker-tiers/rules", RULES | {"notice_hours": 1})
    assert wrong.json()["error"]["code"] == "bad_rules"


def test_bt20_who_is_excluded_is_decided_by_two_and_begins_with_an_hour(
    house: House, hosts: tuple[Person, Person]
) -> None:
    first, second = hosts
    house.small.level(TAKER, 4)
    asked = first.post("/host/v1/broker-conditions", {"excluded_from_level": 4, "from_hour": HOUR + 2}).json()
    assert asked["payload"]["changes"] == ["clients earn nothing from VIP level 4 up instead of 6"]
    stale = first.post("/host/v1/broker-conditions", {"excluded_from_level": 7}).json()
    assert house.approve(asked, second).json()["outcome"] == {"from_hour": HOUR + 2}
    approved_again(house, asked["id"])
    assert house.carry_out_left()[0].outcome == {"from_hour": HOUR + 2}
    assert house.approve(stale, second).json()["outcome"]["code"] == "changed_meanwhile"
    for hour in (1, 2):
        house.small.trade("100", hour=hour, second=9)
    reasons = [row["reason"] for row in house.small.accrued() if row["role"] == "taker"]
    assert reasons == ["EARNED", "VIP_TOO_HIGH"]
    house.small.tick(5)
    house.small.settle()
    for path, level in zip(house.small.statements().values(), (6, 4), strict=True):
        assert verify_statement(path).ok
        (of_hour,) = json.loads(path.read_text().splitlines()[0])["conditions"]
        assert of_hour["excluded_from_level"] == str(level)
    told = first.get("/host/v1/broker-conditions").json()
    assert [(one["excluded_from_level"], one["discount"]) for one in told] == [(4, "exclude_fill"), (6, "exclude_fill")]
    early = first.post("/host/v1/broker-conditions", {"excluded_from_level": 4, "from_hour": HOUR})
    assert early.json()["error"]["code"] == "too_early"
    for body, code in (
        ({"excluded_from_level": 11}, "bad_level"),
        ({"excluded_from_level": -1}, "bad_level"),
        ({"excluded_from_level": 6, "discount": "none"}, "bad_policy"),
        ({"discount": "cash_part"}, "bad_request"),
    ):
        assert first.post("/host/v1/broker-conditions", body).json()["error"]["code"] == code


def test_bt20_conditions_begin_no_earlier_than_those_that_are_agreed(house: House) -> None:
    def agree(connection: Connection, hour: int, approval: int) -> None:
        wanted = Conditions(HOUR + hour, 3, DiscountPolicy.CASH_PART)
        conditions.agree(connection, API, wanted, approval, 1)

    house.write(partial(agree, hour=9, approval=1))
    with pytest.raises(Declined) as refused:
        house.write(partial(agree, hour=8, approval=2))
    assert refused.value.code == "behind_newest"
    (held,) = house.read(partial(conditions.versions, program=API))
    assert conditions.difference(Conditions(0, 6, DiscountPolicy.EXCLUDE_FILL), held) == [
        "clients earn nothing from VIP level 3 up instead of 6",
        "discounts: cash_part instead of exclude_fill",
    ]


def test_bt9_a_tier_is_set_by_two_with_a_reason_and_an_end(house: House, hosts: tuple[Person, Person]) -> None:
    first, second = hosts
    wanted = {"broker": str(BROKER), "level": 4, "until_hour": HOUR + 5, "why": "a launch together"}
    asked = first.post("/host/v1/broker-tiers/by-hand", wanted).json()
    assert asked["payload"]["changes"] == [f"broker {BROKER}: tier 4 instead of 3, up to 2025-11-24T21:00:00Z"]
    assert house.approve(asked, second).json()["outcome"] == {"from_hour": HOUR + 1, "until_hour": HOUR + 5}
    approved_again(house, asked["id"])
    assert house.carry_out_left()[0].outcome == {"from_hour": HOUR + 1, "until_hour": HOUR + 5}
    assert len(first.get("/host/v1/broker-tiers/by-hand").json()) == 1
    assert [rate(house.small, hour, 9) for hour in (0, 1, 4, 5)] == ["35", "40", "40", "35"]
    for changed, code in (
        ({"until_hour": HOUR + 6}, "bad_end"),
        ({"level": 10, "until_hour": HOUR + 50}, "bad_tier"),
        ({"why": " ", "until_hour": HOUR + 50}, "bad_reason"),
        ({"broker": "9", "until_hour": HOUR + 50}, "no_such_broker"),
        ({"from_hour": HOUR, "until_hour": HOUR + 50}, "too_early"),
    ):
        house.hour = 5
        house.door.time_ns = house.now_ns
        refused = first.post("/host/v1/broker-tiers/by-hand", wanted | changed)
        assert refused.json()["error"]["code"] == code


def test_bt8_a_broker_reads_its_tier_its_months_its_rates_and_what_it_was_told(
    house: House, hosts: tuple[Person, Person]
) -> None:
    broker, stranger = house.trader(PAYOUT), house.trader(HOUSE)
    assert stranger.get("/broker/v1/tier").json()["error"]["code"] == "not_a_broker"
    unreviewed = broker.get("/broker/v1/tier").json()
    assert (unreviewed["level"], unreviewed["earned"], unreviewed["decided_at"]) == (3, None, "")
    agree_rules(house.small, protected_months=1)
    house.at(DECEMBER_BEGINS)
    house.send(*trade_records("150"))
    house.at(DECEMBER_BEGINS + 25)
    assert house.small.exchange.back_office.count_closed_day()
    while house.small.exchange.back_office.count_closed_day():
        pass
    told = broker.get("/broker/v1/tier").json()
    assert (told["code"], told["level"], told["earned"], told["at_risk"], told["outcome"]) == (
        "NORTHSTAR",
        3,
        1,
        True,
        "protected",
    )
    assert (told["month"], told["decided_at"]) == ("2025-12", "2026-01-04T00:00:00Z")
    assert (told["facts"]["spot_volume"], told["facts"]["spot_traders"]) == ("150", 1)
    assert told["to_keep"] is None  # no rung is for tier 3
    assert told["to_rise"]["spot"] == {"volume": "4850", "traders": 1}
    house.at(DECEMBER_BEGINS + 33 * 24)
    (month,) = broker.get("/broker/v1/tier/months").json()
    assert (month["month"], month["outcome"], month["level"]) == ("2025-12", "protected", 3)
    assert [one["kind"] for one in broker.get("/broker/v1/notices").json()] == ["tier_protected"]
    assert broker.get("/broker/v1/rates").json()["negotiated"] is False
    (review,) = hosts[0].get("/host/v1/broker-tiers/months/2025-12").json()
    assert (review["code"], review["review"]["earned"]) == ("NORTHSTAR", 1)
    assert hosts[0].get("/host/v1/broker-tiers/months/soon").json()["error"]["code"] == "bad_request"
    (standing,) = hosts[0].get("/host/v1/broker-tiers").json()
    assert (standing["code"], standing["reviewed_level"]) == ("NORTHSTAR", 3)
    table = house.ask("GET", "/broker/v1/tiers", brand=SOUTH).json()
    assert (table["rates"][0]["version"], table["tiers"][0]["first_month"]) == (1, "2025-12")
