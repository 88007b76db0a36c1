"""Schedules and promotions at their dates. docs/rules/schedules.md, SC-1 to SC-7."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec.house import House, Person
from spec.small_exchange import HOUR, HOUR_S, NORTH, SECOND_NS, SOUTH, TAKER, one
from sqlalchemy import select

from commonbook.administration import log
from commonbook.administration.roles import Role
from commonbook.brand import schedules
from commonbook.brand.schedules import steps
from commonbook.errors import BadInput
from commonbook.instrument.model import Rates
from commonbook.records import CommandKind, FeeScope
from commonbook.storage.schema import venue_commands

RATE = st.integers(-1_000, 100_000)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


def ns(hour: int, second: int = 0) -> str:
    return str(((HOUR + hour) * HOUR_S + second) * SECOND_NS)


def levels(*rows: tuple[int, str, str]) -> list[dict[str, Any]]:
    return [{"level": level, "maker": maker, "taker": taker} for level, maker, taker in rows]


def in_force(person: Person) -> dict[int, tuple[str, str]]:
    told = person.get("/partner/v1/fees").json()["schedule"]
    return {row["level"]: (row["maker"], row["taker"]) for row in told}


def fee_commands(house: House) -> int:
    """How many FEES commands the journal has taken."""
    rows = house.read(lambda connection: connection.execute(select(venue_commands.c.record)).scalars().all())
    return sum(bytes.fromhex(row)[16] == CommandKind.FEES for row in rows)


def floor(house: House, maker: int, taker: int, claim: int = 40_000_000) -> None:
    house.send(
        one(
            CommandKind.FEES,
            scope=FeeScope.VENUE,
            maker_rate_e8=maker,
            taker_rate_e8=taker,
            highest_claim_e8=claim,
        )
    )


def test_sc1_a_schedule_for_now_is_in_force_a_moment_later(house: House) -> None:
    owner = house.owner(SOUTH)
    wanted = levels((0, "0.0008", "0.001"), (5, "0.0005", "0.0007"))
    told = owner.post("/partner/v1/fees/schedules", {"levels": wanted}).json()
    assert told["state"] == "waiting"
    house.at(0, 1)
    assert in_force(owner) == {0: ("0.0008", "0.001"), 5: ("0.0005", "0.0007")}
    (plan,) = owner.get("/partner/v1/fees").json()["plans"]
    assert plan["state"] == "done"
    order = house.small.trade("1000", second=2, taker_broker=0)  # 10 bps of 1,000
    assert house.small.available(TAKER) == "9998999"
    assert order.last > int(plan["begun_sequence"])


@pytest.mark.parametrize("refused", [("-0.0001", "0.001"), ("0.0003", "0.0004"), ("0.0001", "0.001")])
def test_sc1_below_the_floor_is_refused_when_it_is_planned(house: House, refused: tuple[str, str]) -> None:
    floor(house, 20_000, 50_000)
    owner = house.owner(SOUTH)
    answer = owner.post("/partner/v1/fees/schedules", {"levels": levels((3, *refused))})
    assert answer.status_code == 409
    told = answer.json()["error"]
    assert (told["code"], told["values"]["level"]) == ("refused_fee_below_floor", 3)
    assert owner.get("/partner/v1/fees").json()["plans"] == []


def test_sc1_the_floor_itself_is_allowed_and_a_rebate_that_is_covered(house: House) -> None:
    floor(house, -60_000, 0)
    owner = house.owner(SOUTH)
    # North's taker rate of 10 bps is the lowest; 60 % of it are left after the claims: 6 bps.
    right, wrong = levels((0, "-0.0006", "0.001")), levels((0, "-0.00060001", "0.001"))
    assert owner.post("/partner/v1/fees/schedules", {"levels": wrong}).json()["error"]["code"] == (
        "refused_fee_below_floor"
    )
    floor(house, -100_000, 0)
    assert owner.post("/partner/v1/fees/schedules", {"levels": wrong}).json()["error"]["code"] == (
        "refused_rebate_too_high"
    )
    owner.post("/partner/v1/fees/schedules", {"levels": right})
    house.at(0, 1)
    assert in_force(owner)[0] == ("-0.0006", "0.001")


def test_sc1_a_floor_that_has_risen_before_its_time_refuses_and_is_told(house: House) -> None:
    owner = house.owner(SOUTH)
    owner.post("/partner/v1/fees/schedules", {"levels": levels((0, "0.0001", "0.0005")), "begin_ns": ns(5)})
    floor(house, 15_000, 60_000)
    house.at(5)
    (plan,) = owner.get("/partner/v1/fees").json()["plans"]
    assert (plan["state"], plan["why"]) == ("refused", "fee_below_floor")
    assert in_force(owner) == {0: ("0.0002", "0.001")}
    assert [one["kind"] for one in owner.get("/partner/v1/notices").json()] == ["fees_refused"]


def test_sc2_half_of_a_schedule_never_stays(house: House) -> None:
    owner = house.owner(SOUTH)
    wanted = levels((0, "0.0005", "0.0009"), (1, "0.0001", "0.0004"))
    owner.post("/partner/v1/fees/schedules", {"levels": wanted, "begin_ns": ns(5)})
    floor(house, 15_000, 50_000)  # level 1 is now below it, level 0 is not
    house.at(5)
    assert owner.get("/partner/v1/fees").json()["plans"][0]["state"] == "refused"
    assert in_force(owner) == {0: ("0.0002", "0.001")}


def test_sc2_the_steps_of_the_examples() -> None:
    before = {0: Rates(80_000, 100_000, False)}
    mixed, up = Rates(100_000, 90_000, False), Rates(90_000, 120_000, False)
    assert steps(before, {0: mixed}) == [(0, Rates(100_000, 100_000, False)), (0, mixed)]
    assert steps(before, {0: up}) == [(0, up)]
    assert steps(before, before) == []


@given(
    st.dictionaries(st.integers(0, 9), st.tuples(RATE, st.integers(0, 100_000)), min_size=1),
    st.dictionaries(st.integers(0, 9), st.tuples(RATE, st.integers(0, 100_000)), min_size=1),
)
def test_sc2_each_step_is_covered_when_begin_and_end_are(
    first: dict[int, tuple[int, int]], last: dict[int, tuple[int, int]]
) -> None:
    def highest_rebate(levels: dict[int, Rates]) -> int:
        return min(rates.taker_e8 for rates in levels.values()) * 6 // 10

    def is_covered(levels: dict[int, Rates]) -> bool:
        return all(-rates.maker_e8 <= highest_rebate(levels) for rates in levels.values())

    before = {level: Rates(*rates, False) for level, rates in first.items()}
    after = {level: Rates(*rates, False) for level, rates in last.items()}
    end = before | after
    if not is_covered(before) or not is_covered(end):
        return
    now = dict(before)
    for level, rates in steps(before, after):
        now = now | {level: rates}
        assert is_covered(now)
    assert now == end


def test_sc3_a_schedule_comes_into_force_at_its_date_by_one_command(house: House) -> None:
    owner = house.owner(SOUTH)
    before = fee_commands(house)
    owner.post("/partner/v1/fees/schedules", {"levels": levels((0, "0.0003", "0.0012")), "begin_ns": ns(5)})
    house.at(4, 3_599)
    assert in_force(owner) == {0: ("0.0002", "0.001")}
    house.at(5)
    assert in_force(owner) == {0: ("0.0003", "0.0012")}
    house.at(6)
    assert fee_commands(house) == before + 1


def test_sc3_cut_off_after_sending_it_is_not_sent_again(house: House) -> None:
    owner = house.owner(SOUTH)
    owner.post("/partner/v1/fees/schedules", {"levels": levels((0, "0.0003", "0.0012")), "begin_ns": ns(5)})
    office = house.small.exchange.back_office

    class Cut(Exception):
        pass

    def cut_off(records: Any) -> Any:
        house.send(records)
        raise Cut

    house.hour = 5
    house.door.follow(house.small.tick(5))
    with pytest.raises(Cut):
        office.do_due(cut_off)
    sent = fee_commands(house)
    house.small.crash()
    house.at(5, 1)
    assert in_force(owner) == {0: ("0.0003", "0.0012")}
    assert fee_commands(house) == sent
    (plan,) = owner.get("/partner/v1/fees").json()["plans"]
    assert plan["state"] == "done"


def test_sc3_what_has_not_begun_can_be_withdrawn(house: House) -> None:
    owner = house.owner(SOUTH)
    plan = owner.post(
        "/partner/v1/fees/schedules", {"levels": levels((0, "0.0003", "0.0012")), "begin_ns": ns(5)}
    ).json()
    assert owner.post(f"/partner/v1/fees/plans/{plan['id']}/withdraw").json()["state"] == "withdrawn"
    house.at(5)
    assert in_force(owner) == {0: ("0.0002", "0.001")}
    assert owner.post(f"/partner/v1/fees/plans/{plan['id']}/withdraw").json()["error"]["code"] == "has_begun"


PROMOTION = {"name": "Free makers", "levels": levels((0, "0", "0.0005")), "begin_ns": ns(2), "end_ns": ns(4)}


def test_sc4_a_promotion_begins_and_ends_and_the_schedule_comes_back(house: House) -> None:
    owner = house.owner(SOUTH)
    plan = owner.post("/partner/v1/fees/promotions", PROMOTION).json()
    house.at(2)
    assert in_force(owner) == {0: ("0", "0.0005")}
    running = owner.get("/partner/v1/fees").json()["plans"][0]
    assert (running["state"], running["comes_back"]) == ("running", levels((0, "0.0002", "0.001")))
    house.at(3, 3_599)
    assert in_force(owner) == {0: ("0", "0.0005")}
    house.at(4)
    assert in_force(owner) == {0: ("0.0002", "0.001")}
    assert plan["id"] == running["id"]


@pytest.mark.parametrize("when", ["before", "begun", "ended"])
def test_sc4_the_schedule_comes_back_after_a_restart(house: House, when: str) -> None:
    owner = house.owner(SOUTH)
    owner.post("/partner/v1/fees/promotions", PROMOTION)
    if when == "before":
        house.small.crash()
    house.at(2)
    if when == "begun":
        house.small.crash()
    assert in_force(owner) == {0: ("0", "0.0005")}
    house.at(4)
    if when == "ended":
        house.small.crash()
    house.at(5)
    assert in_force(owner) == {0: ("0.0002", "0.001")}


def test_sc4_cut_off_while_it_begins_what_comes_back_is_not_the_promotion(house: House) -> None:
    owner = house.owner(SOUTH)
    owner.post("/partner/v1/fees/promotions", PROMOTION)

    class Cut(Exception):
        pass

    def cut_off(records: Any) -> Any:
        house.send(records)
        raise Cut

    house.hour = 2
    house.door.follow(house.small.tick(2))
    with pytest.raises(Cut):
        house.small.exchange.back_office.do_due(cut_off)
    house.small.crash()
    house.at(2, 5)
    assert owner.get("/partner/v1/fees").json()["plans"][0]["state"] == "running"
    house.at(4)
    assert in_force(owner) == {0: ("0.0002", "0.001")}


def test_sc4_a_schedule_that_falls_due_meanwhile_is_what_comes_back(house: House) -> None:
    owner = house.owner(SOUTH)
    owner.post("/partner/v1/fees/promotions", PROMOTION)
    wanted = levels((0, "0.0004", "0.0015"), (6, "0.0001", "0.0006"))
    owner.post("/partner/v1/fees/schedules", {"levels": wanted, "begin_ns": ns(3)})
    house.at(3)
    assert in_force(owner) == {0: ("0", "0.0005"), 6: ("0.0001", "0.0006")}
    house.at(4)
    assert in_force(owner) == {0: ("0.0004", "0.0015"), 6: ("0.0001", "0.0006")}


def test_sc4_what_comes_back_is_raised_to_a_floor_that_has_risen(house: House) -> None:
    north, owner = house.owner(NORTH), house.owner(SOUTH)
    owner.post("/partner/v1/fees/promotions", PROMOTION | {"levels": levels((0, "0.0005", "0.002"))})
    north.post("/partner/v1/fees/schedules", {"levels": levels((0, "0.0005", "0.002"))})
    house.at(2)
    floor(house, 30_000, 150_000)
    house.at(4)
    assert in_force(owner) == {0: ("0.0003", "0.0015")}


def test_sc4_a_running_promotion_can_be_ended_and_one_that_is_over_is_left_out(house: House) -> None:
    owner = house.owner(SOUTH)
    plan = owner.post("/partner/v1/fees/promotions", PROMOTION).json()
    assert owner.post(f"/partner/v1/fees/plans/{plan['id']}/end").json()["error"]["code"] == "not_running"
    house.at(2)
    assert owner.post(f"/partner/v1/fees/plans/{plan['id']}/end").status_code == 200
    house.at(2, 5)
    assert in_force(owner) == {0: ("0.0002", "0.001")}
    late = owner.post("/partner/v1/fees/promotions", PROMOTION | {"begin_ns": ns(5), "end_ns": ns(6)}).json()
    before = fee_commands(house)
    house.at(7)
    assert fee_commands(house) == before
    told = next(one for one in owner.get("/partner/v1/fees").json()["plans"] if one["id"] == late["id"])
    assert (told["state"], told["why"]) == ("done", "over_before_it_began")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"end_ns": ns(2)}, "end_before_begin"),
        ({"name": " "}, "no_name"),
        ({"levels": levels((4, "0", "0.0005"))}, "level_without_schedule"),
        ({"levels": []}, "no_levels"),
        ({"levels": levels((10, "0", "0.0005"))}, "no_such_level"),
        ({"begin_ns": "5"}, "begin_in_the_past"),
        ({"begin_ns": "8" + "0" * 18}, "begin_too_far"),
        ({"levels": levels((0, "0.000000001", "0.0005"))}, "bad_request"),
        ({"levels": levels((0, "ten", "0.0005"))}, "bad_request"),
        ({"levels": levels((0, "0", "1"))}, "bad_request"),
        ({"levels": levels((0, "0", "-0.0001"))}, "bad_request"),
    ],
)
def test_sc4_what_is_no_promotion_is_refused(house: House, changed: dict[str, Any], code: str) -> None:
    owner = house.owner(SOUTH)
    house.at(0, 1)
    assert owner.post("/partner/v1/fees/promotions", PROMOTION | changed).json()["error"]["code"] == code
    assert owner.get("/partner/v1/fees").json()["plans"] == []


def test_sc4_two_promotions_do_not_overlap(house: House) -> None:
    owner = house.owner(SOUTH)
    owner.post("/partner/v1/fees/promotions", PROMOTION)
    for begin, end, code in ((1, 3, 409), (3, 9, 409), (1, 2, 200), (4, 5, 200)):
        answer = owner.post("/partner/v1/fees/promotions", PROMOTION | {"begin_ns": ns(begin), "end_ns": ns(end)})
        assert answer.status_code == code, (begin, end)
    assert house.owner(NORTH).post("/partner/v1/fees/promotions", PROMOTION).status_code == 200


def test_sc5_history_says_from_which_sequence_on_a_rate_was_in_force(house: House) -> None:
    owner = house.owner(SOUTH)
    first = owner.get("/partner/v1/fees/history").json()
    assert [(row["scope"], row["maker"], row["taker"]) for row in first] == [
        ("brand", "0.0002", "0.001"),
        ("venue", "0", "0"),
    ]
    owner.post("/partner/v1/fees/promotions", PROMOTION)
    house.at(2)
    house.at(4)
    history = [row for row in owner.get("/partner/v1/fees/history").json() if row["scope"] == "brand"]
    assert [row["taker"] for row in history] == ["0.001", "0.0005", "0.001"]
    begun = int(history[1]["sequence"])
    at = {sequence: owner.get(f"/partner/v1/fees/at/{sequence}").json() for sequence in (begun, begun + 1)}
    assert at == {begun: levels((0, "0.0002", "0.001")), begun + 1: levels((0, "0", "0.0005"))}
    assert owner.get(f"/partner/v1/fees/history?before={begun}").json() == first


def test_sc6_another_brands_plans_are_not_there_and_roles_decide(house: House) -> None:
    owner, stranger = house.owner(SOUTH), house.owner(NORTH)
    plan = owner.post("/partner/v1/fees/promotions", PROMOTION).json()
    assert stranger.get("/partner/v1/fees").json()["plans"] == []
    answer = stranger.post(f"/partner/v1/fees/plans/{plan['id']}/withdraw")
    absent = stranger.post("/partner/v1/fees/plans/999/withdraw")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_plan")
    assert answer.json()["error"]["message"].replace(plan["id"], "N") == absent.json()["error"]["message"].replace(
        "999", "N"
    )
    for role, status in ((Role.FINANCE, 200), (Role.MARKETING, 403), (Role.OPERATIONS, 403)):
        body = {"levels": levels((0, "0.0003", "0.0012")), "begin_ns": ns(9)}
        assert house.person(SOUTH, role).post("/partner/v1/fees/schedules", body).status_code == status
    assert "plan promotion" in house.read(lambda connection: [act.act for act in log.acts(connection, SOUTH)])


def test_sc7_a_notice_is_told_once(house: House) -> None:
    owner = house.owner(SOUTH)
    floor(house, -60_000, 0)
    owner.post("/partner/v1/fees/schedules", {"levels": levels((0, "-0.0006", "0.001"))})
    house.at(0, 1)
    owner.post("/partner/v1/fees/promotions", PROMOTION | {"levels": levels((0, "0.0001", "0.001"))})
    house.at(2)
    # Claims of 60 %: what is to come back is no longer covered.
    floor(house, -60_000, 0, claim=60_000_000)
    for second in (0, 70, 140):
        house.at(4, second)
    kinds = [row["kind"] for row in owner.get("/partner/v1/notices").json()]
    assert kinds == ["promotion_not_ended", "promotion_begun", "schedule_begun"]
    assert in_force(owner) == {0: ("0.0001", "0.001")}
    floor(house, -60_000, 0, claim=40_000_000)
    house.at(4, 300)
    assert in_force(owner) == {0: ("-0.0006", "0.001")}
    assert house.owner(NORTH).get("/partner/v1/notices").json() == []


@pytest.mark.parametrize("text", ["", "abc", "1", "-1", "0.000000001", "1e3"])
def test_sc1_what_is_no_rate_is_refused_with_what_to_give(text: str) -> None:
    with pytest.raises(BadInput, match="rate"):
        schedules.read_rate(text, "rate")
