"""The quota and the stake: PA-12 to PA-17 of docs/rules/partnership.md. Parallel locks, and a death at each step."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from spec.partnership.desk_here import (
    BEFORE_COMMAND,
    BEFORE_PROJECTION,
    FIRST_APPLICANT,
    HOST_TOKEN,
    RETAIL,
    STAKE,
    DesksHere,
)
from spec.partnership.journey import Host, Team, after, locked_team, sandbox_team
from spec.small_exchange import Crash, one, units
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from commonbook.administration.roles import HOST
from commonbook.brand.notices import of_brand
from commonbook.errors import Declined
from commonbook.gateway.desk.program import moves
from commonbook.instrument.accounts import is_stake, relation, stake_account, subaccount
from commonbook.partnership import moving, slots, stake
from commonbook.partnership.model import State
from commonbook.partnership.rules import COUNTED, stake_key
from commonbook.partnership.slots import Slot
from commonbook.records import CommandKind, Records, words
from commonbook.settings import PartnershipSettings, Settings
from commonbook.storage.tables import partnership as tables

WHOLE = units(STAKE)
SECOND_NS = 10**9


def admitted(desks: DesksHere, host: Host, count: int, coins: str = STAKE) -> list[Team]:
    teams = [Team.applies(desks, number, coins) for number in range(count)]
    for team in teams:
        host.admit(team.reference)
    return teams


def taken(desks: DesksHere) -> int:
    return desks.read(lambda connection: slots.taken(connection, 1))


def counted(desks: DesksHere) -> int:
    table = tables.applications
    chosen = select(func.count()).select_from(table).where(table.c.state.in_([state.value for state in COUNTED]))
    return desks.read(lambda connection: connection.execute(chosen).scalar_one())


def slot_of(desks: DesksHere, team: Team) -> Slot | None:
    return desks.read(lambda connection: slots.slot_of(connection, desks.found(team.reference).id))


def lock_together(desks: DesksHere, teams: list[Team]) -> list[str]:
    """Everybody locks at once; what each was answered."""

    async def lock(team: Team) -> str:
        try:
            found = await moves.lock_stake(desks.desk, desks.found(team.reference), WHOLE)
        except Declined as declined:
            return declined.code
        return found.state

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(lock(team) for team in teams))

    return asyncio.run(all_of_them())


def transfer(account: int, to_account: int, amount: int, key: bytes) -> Any:
    record = one(CommandKind.TRANSFER, account=account, to_account=to_account, asset=HOST_TOKEN, key=key)
    record["amount"] = words(amount)
    return record


def test_pa14_the_stake_lies_in_an_account_of_its_own(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    (team,) = admitted(desks, host, 1, "500001")
    locked = team.lock()
    assert locked["state"] == "deposit_locked"
    assert desks.available(team.account) == units("1")
    assert desks.available(stake_account(team.account)) == WHOLE
    assert locked["stakes"][0] | {"locked_ns": ""} == {
        "slot": 1,
        "asset": "HUB",
        "amount": "500000",
        "state": "locked",
        "locked_ns": "",
        "payments": [],
    }
    owner = desks.desk.venue.accounts
    assert owner[stake_account(team.account)].person == owner[team.account].person
    assert desks.exchange.ledger_difference() == {}


def test_pa8_the_contact_and_the_host_hear_of_a_stake_that_is_locked(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = locked_team(desks, host)
    (letter,) = [one for one in desks.letters() if "stake locked" in one.subject]
    assert letter.to == "ada0@example.com"
    notices = desks.read(lambda connection: of_brand(connection, HOST))
    assert [(one.kind, one.details["reference"]) for one in notices] == [("stake_locked", team.reference)]


def test_pa14_a_stake_account_is_told_apart_by_its_id() -> None:
    assert stake_account(2_000) == 2_000 | 1 << 61
    assert is_stake(stake_account(2_000))
    assert not is_stake(2_000)
    assert not is_stake(subaccount(2_000, (1 << 20) - 1))
    assert relation(2_000, stake_account(2_000)) == "stake"
    assert relation(2_001, stake_account(2_000)) == ""


@pytest.mark.parametrize(
    ("coins", "why"),
    [("250000", "stake_too_small"), ("0", "stake_too_small"), ("500000.00000001", "stake_too_large")],
)
def test_pa14_a_stake_in_pieces_or_of_another_size_is_refused(
    desks: DesksHere, host: Host, coins: str, why: str
) -> None:
    host.open_phase()
    (team,) = admitted(desks, host, 1, "600000")
    assert team.browser.code(f"{team.path}/stake", {"amount": coins}) == why
    assert team.browser.code(f"{team.path}/stake", {"amount": coins}) == why  # a second piece neither
    assert (team.state, desks.available(team.account), taken(desks)) == ("deposit_pending", units("600000"), 0)


def test_pa14_money_that_comes_to_a_stake_account_otherwise_is_no_stake(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    (team,) = admitted(desks, host, 1, "1000000")
    place = stake_account(team.account)
    desks.submit(one(CommandKind.ACCOUNT, account=place, person=team.account, brand=RETAIL))
    desks.submit(transfer(team.account, place, WHOLE, b"gift"))
    assert team.state == "deposit_pending"
    assert taken(desks) == 0
    team.lock()
    assert team.state == "deposit_locked"


def test_pa13_funds_that_do_not_reach_free_the_slot_again(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    poor, rich = admitted(desks, host, 2)
    desks.submit(transfer(poor.account, rich.account, 1, b"one-unit"))
    assert poor.browser.code(f"{poor.path}/stake", {"amount": STAKE}) == "insufficient_funds"
    assert slot_of(desks, poor) is None
    rich.lock()
    assert slot_of(desks, rich) == Slot(1, 1, 0, True)
    desks.submit(transfer(rich.account, poor.account, 1, b"one-unit-back"))
    poor.lock()  # the refusal has not used up the key
    assert slot_of(desks, poor) == Slot(1, 2, 0, True)


def test_pa12_the_quota_is_full(desks: DesksHere, host: Host) -> None:
    host.open_phase(quota=2)
    first, second, third = admitted(desks, host, 3)
    first.lock()
    second.lock()
    answer = third.browser.ask("POST", f"{third.path}/stake", {"amount": STAKE})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "quota_full"
    assert answer.json()["error"]["values"] == {"quota": 2, "taken": 2}
    assert desks.available(third.account) == WHOLE
    program = desks.nobody.get("/program/v1/program")["phases"][0]
    assert (program["quota"], program["taken"], program["left"]) == (2, 2, 0)
    host.open_phase(quota=3)
    third.lock()
    assert slot_of(desks, third) == Slot(1, 3, 0, True)
    host.open_phase(quota=1)  # those who are in stay in
    assert taken(desks) == counted(desks) == 3


def test_pa13_64_at_once_for_one_application_lock_once(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    (team,) = admitted(desks, host, 1, "40000000")  # it could pay 80 stakes
    assert lock_together(desks, [team] * 64) == ["deposit_locked"] * 64
    assert desks.available(stake_account(team.account)) == WHOLE
    assert taken(desks) == 1
    assert slot_of(desks, team) == Slot(1, 1, 0, True)
    assert len([step for step in team.told()["timeline"] if step["after"] == "deposit_locked"]) == 1


def test_pa13_64_applications_at_once_for_10_places(desks: DesksHere, host: Host) -> None:
    host.open_phase(quota=10)
    teams = [Team.applies(desks, number) for number in range(64)]
    table = tables.applications  # what screening does is not what is tried here
    desks.write(lambda connection: connection.execute(update(table).values(state=State.DEPOSIT_PENDING.value)))
    answers = Counter(lock_together(desks, teams))
    assert answers == {"deposit_locked": 10, "quota_full": 54}
    states = {team.reference: team.state for team in teams}
    staked = [team for team in teams if states[team.reference] == "deposit_locked"]
    assert len(staked) == taken(desks) == counted(desks) == 10
    assert sorted(found.slot for team in staked if (found := slot_of(desks, team))) == list(range(1, 11))
    assert sum(desks.available(stake_account(team.account)) for team in teams) == 10 * WHOLE
    assert all(desks.available(team.account) in (0, WHOLE) for team in teams)
    assert desks.exchange.ledger_difference() == {}


def test_pa15_a_death_before_the_command_locks_nothing_and_is_gone_over(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    (team,) = admitted(desks, host, 1)
    desks.door.dies_at = BEFORE_COMMAND
    with pytest.raises(Crash):
        desks.run(moves.lock_stake(desks.desk, desks.found(team.reference), WHOLE))
    desks.again()
    assert team.state == "deposit_pending"
    assert slot_of(desks, team) == Slot(1, 1, 0, False)  # reserved, and not counted
    assert taken(desks) == 0
    assert team.browser.code(f"{team.path}/withdraw") == "lock_under_way"
    team.lock()
    assert (team.state, slot_of(desks, team)) == ("deposit_locked", Slot(1, 1, 0, True))
    assert desks.available(stake_account(team.account)) == WHOLE


def test_pa15_a_death_before_the_projection_is_healed_by_the_next_start(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    (team,) = admitted(desks, host, 1, "5000000")
    desks.door.dies_at = BEFORE_PROJECTION
    with pytest.raises(Crash):
        desks.run(moves.lock_stake(desks.desk, desks.found(team.reference), WHOLE))
    assert team.state == "deposit_pending"  # the tables do not know of it yet
    desks.again()
    assert team.state == "deposit_locked"
    team.lock()  # asked again it stays at one
    assert desks.available(stake_account(team.account)) == WHOLE
    assert taken(desks) == counted(desks) == 1


def test_pa15_whoever_is_asked_again_before_the_tables_know_locks_once(desks: DesksHere, host: Host) -> None:
    """The stake is in the journal, the back office is behind, and the applicant asks again."""
    host.open_phase()
    (team,) = admitted(desks, host, 1, "5000000")
    application = desks.found(team.reference)
    desks.door.dies_at = BEFORE_PROJECTION
    with pytest.raises(Crash):
        desks.run(moves.lock_stake(desks.desk, application, WHOLE))
    with pytest.raises(Crash):
        desks.run(moves.lock_stake(desks.desk, application, WHOLE))  # refused by the core: the key is used
    desks.again()
    assert desks.available(stake_account(team.account)) == WHOLE
    assert team.state == "deposit_locked"


def reserved_and_dead(desks: DesksHere, team: Team) -> Slot:
    """A slot is reserved for the team, and whoever was to send the stake has died."""
    desks.door.dies_at = BEFORE_COMMAND
    with pytest.raises(Crash):
        desks.run(moves.lock_stake(desks.desk, desks.found(team.reference), WHOLE))
    desks.again()
    found = slot_of(desks, team)
    assert found is not None
    return found


def too_late(desks: DesksHere, team: Team, slot: Slot) -> None:
    """The stake of a reservation that was given up comes to the core after all."""
    application = desks.found(team.reference)
    terms = desks.read(lambda connection: moving.terms_of(connection, application))
    desks.submit(stake.lock_commands(desks.desk.venue, application, terms, slot))


def age(desks: DesksHere) -> None:
    """Every reservation is older than the patience."""
    desks.write(lambda connection: connection.execute(update(tables.slots).values(reserved_ns=1)))


def test_pa13_a_slot_whose_stake_does_not_come_is_anothers_under_the_same_key(desks: DesksHere, host: Host) -> None:
    host.open_phase(quota=1)
    slow, quick = admitted(desks, host, 2)
    slot = reserved_and_dead(desks, slow)
    assert quick.browser.code(f"{quick.path}/stake", {"amount": STAKE}) == "quota_full"
    age(desks)
    quick.lock()
    assert slot_of(desks, quick) == Slot(1, 1, 0, True)
    too_late(desks, slow, slot)  # the core has given the slot away: it has no effect
    assert (desks.available(slow.account), desks.available(stake_account(slow.account))) == (WHOLE, 0)
    assert taken(desks) == 1


def test_pa13_the_core_decides_between_two_who_have_the_same_slot(desks: DesksHere, host: Host) -> None:
    """The slow one's transfer arrives while the quick one holds the reservation: the first in the journal has it."""
    host.open_phase(quota=2)
    slow, quick = admitted(desks, host, 2)
    slot = reserved_and_dead(desks, slow)
    age(desks)
    now = desks.write(
        lambda connection: slots.reserve(connection, 1, desks.found(quick.reference).id, 2, 60 * SECOND_NS)
    )
    assert now == slot
    too_late(desks, slow, slot)
    assert slot_of(desks, slow) == Slot(1, 1, 0, True)
    assert slot_of(desks, quick) is None
    quick.lock()
    assert slot_of(desks, quick) == Slot(1, 2, 0, True)
    assert [desks.available(stake_account(team.account)) for team in (slow, quick)] == [WHOLE, WHOLE]


def test_pa15_a_stake_that_comes_when_the_application_has_one_goes_back_whole(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    slow, quick = admitted(desks, host, 2, "2000000")
    slot = reserved_and_dead(desks, slow)
    age(desks)
    other = desks.write(
        lambda connection: slots.reserve(connection, 1, desks.found(quick.reference).id, 100, 60 * SECOND_NS)
    )
    assert other == slot
    slow.lock()  # in the next slot
    assert slot_of(desks, slow) == Slot(1, 2, 0, True)
    too_late(desks, slow, slot)
    assert desks.available(stake_account(slow.account)) == 2 * WHOLE
    assert taken(desks) == counted(desks) == 1
    desks.keep()
    assert desks.available(stake_account(slow.account)) == WHOLE
    assert [row["state"] for row in slow.told()["stakes"]] == ["locked", "returned"]
    quick.lock()  # the first slot goes on under its next generation
    assert slot_of(desks, quick) == Slot(1, 1, 1, True)
    desks.keep()
    assert desks.available(stake_account(slow.account)) == WHOLE
    assert desks.exchange.ledger_difference() == {}


def test_pa15_a_stake_that_comes_after_the_application_was_given_up_goes_back(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    (team,) = admitted(desks, host, 1)
    slot = reserved_and_dead(desks, team)
    age(desks)
    team.browser.post(f"{team.path}/withdraw")
    too_late(desks, team, slot)
    assert (team.state, taken(desks)) == ("withdrawn", 0)
    assert desks.available(stake_account(team.account)) == WHOLE
    desks.keep()
    assert (desks.available(team.account), desks.available(stake_account(team.account))) == (WHOLE, 0)


def test_pa13_a_key_that_something_else_has_used_is_passed_over(desks: DesksHere, host: Host) -> None:
    host.open_phase(quota=1)
    (team,) = admitted(desks, host, 1)
    desks.account(1_500, "10")
    desks.submit(transfer(1_500, team.account, 1, stake_key(1, 1, 0)))
    team.lock()
    assert slot_of(desks, team) == Slot(1, 1, 1, True)


def test_pa12_and_pa17_who_leaves_frees_the_slot_for_the_next_generation(desks: DesksHere, host: Host) -> None:
    host.open_phase(quota=1)
    host.publish()
    first = locked_team(desks, host, 0)
    (second,) = [Team.applies(desks, 1)]
    host.admit(second.reference)
    first.browser.post(f"{first.path}/leave")
    assert (first.state, taken(desks), counted(desks)) == ("offboarding", 0, 0)
    second.lock()
    assert slot_of(desks, second) == Slot(1, 1, 1, True)
    settle(desks, host, first, [])
    assert (first.state, desks.available(first.account)) == ("closed", WHOLE)


def settle(desks: DesksHere, host: Host, team: Team, obligations: list[dict[str, str]]) -> dict[str, Any]:
    path = f"/host/v1/partnership/applications/{team.reference}/settle"
    return host.approve(host.first.post(path, {"obligations": obligations}))


def owing(desks: DesksHere) -> list[dict[str, str]]:
    for account in (1_601, 1_602):
        desks.account(account)
    return [
        {"account": "1601", "amount": "1200.5", "reason": "invoice 7"},
        {"account": "1602", "amount": "300", "reason": "chargeback 3"},
    ]


def test_pa16_the_stake_comes_back_less_what_is_owed(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = locked_team(desks, host)
    owed = owing(desks)
    team.browser.post(f"{team.path}/leave")
    assert settle(desks, host, team, owed)["outcome"] == {"state": "closed"}
    assert desks.available(team.account) == units("498499.5")
    assert (desks.available(1_601), desks.available(1_602)) == (units("1200.5"), units("300"))
    assert desks.available(stake_account(team.account)) == 0
    told = team.told()["stakes"][0]
    assert told["state"] == "returned"
    assert [(one["account"], one["amount"], one["paid"]) for one in told["payments"]] == [
        (str(team.account), "498499.5", True),
        ("1601", "1200.5", True),
        ("1602", "300", True),
    ]
    assert desks.exchange.ledger_difference() == {}


def test_pa16_more_than_the_stake_or_to_nobody_is_refused(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = locked_team(desks, host)
    team.browser.post(f"{team.path}/leave")
    path = f"/host/v1/partnership/applications/{team.reference}/settle"
    owing(desks)
    more = [{"account": "1601", "amount": "500000.00000001", "reason": "too much"}]
    assert host.first.code(path, {"obligations": more}) == "obligations_above_stake"
    nothing = [{"account": "1601", "amount": "0", "reason": "nothing"}]
    assert host.first.code(path, {"obligations": nothing}) == "bad_request"
    nobody = [{"account": "999999", "amount": "1", "reason": "nobody"}]
    failed = host.approve(host.first.post(path, {"obligations": nobody}))
    assert (failed["state"], failed["outcome"]["code"]) == ("failed", "no_such_account")
    assert (team.state, desks.available(stake_account(team.account))) == ("offboarding", WHOLE)


def test_pa16_what_was_decided_is_not_decided_otherwise(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = locked_team(desks, host)
    owed = owing(desks)
    team.browser.post(f"{team.path}/leave")
    path = f"/host/v1/partnership/applications/{team.reference}/settle"
    one_way = host.first.post(path, {"obligations": owed})
    other_way = host.first.post(path, {"obligations": []})
    desks.door.dies_at = BEFORE_COMMAND
    dies(host, one_way)
    desks.door.dies_at = ""
    failed = host.approve(other_way)
    assert (failed["state"], failed["outcome"]["code"]) == ("failed", "settled")
    desks.keep()
    assert desks.available(1_601) == units("1200.5")
    assert team.state == "closed"


@pytest.mark.parametrize("place", [BEFORE_COMMAND, BEFORE_PROJECTION])
@pytest.mark.parametrize("after_commands", [0, 1, 2])
def test_pa17_a_death_within_the_return_pays_each_once(
    desks: DesksHere, host: Host, place: str, after_commands: int
) -> None:
    host.open_phase()
    team = locked_team(desks, host)
    owed = owing(desks)
    team.browser.post(f"{team.path}/leave")
    waiting = host.first.post(f"/host/v1/partnership/applications/{team.reference}/settle", {"obligations": owed})
    die_after(desks, place, after_commands)
    dies(host, waiting)
    desks.again()
    assert team.state == "offboarding"
    for _ in range(2):  # twice: the second look finds nothing to do
        desks.keep()
    assert team.state == "closed"
    assert desks.available(team.account) == units("498499.5")
    assert (desks.available(1_601), desks.available(1_602)) == (units("1200.5"), units("300"))
    assert desks.available(stake_account(team.account)) == 0
    assert desks.exchange.ledger_difference() == {}


def dies(host: Host, waiting: dict[str, Any]) -> None:
    """The process dies while it carries out what was approved."""
    approval = waiting["approval"]
    body = {"payload_hash": approval["payload_hash"]}
    with capture_logs():
        answer = host.second.ask("POST", f"/host/v1/approvals/{approval['id']}/approve", body)
    assert answer.status_code == 500


def die_after(desks: DesksHere, place: str, commands: int) -> None:
    """The process dies at a place once so many submissions have gone well."""
    door, well = desks.door, desks.door._submit
    left = [commands]

    def submit(commands: Records) -> list[Records]:
        if not left[0]:
            door.dies_at = place
        left[0] -= 1
        return well(commands)

    door._submit = submit  # type: ignore[method-assign]


def test_pa17_a_brand_that_was_live_has_its_notice(
    desks: DesksHere, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.open_phase(token_required=False)
    host.publish(notice_days=10)
    team = sandbox_team(desks, host)
    table = tables.applications
    desks.write(
        lambda connection: connection.execute(
            update(table).where(table.c.reference == team.reference).values(state="live", stopped=False)
        )
    )
    told = team.browser.post(f"{team.path}/leave")
    assert told["state"] == "offboarding"
    assert after(9.9) < int(told["notice_ends_ns"]) < after(10.1)
    assert int(float(told["notice_ends_ns"])) == int(told["notice_ends_ns"])  # as a browser keeps a number
    assert told["awaits"]["blocks"][0]["code"] == "notice_running"
    failed = settle(desks, host, team, [])
    assert (failed["state"], failed["outcome"]["code"]) == ("failed", "notice_running")
    desks.write(lambda connection: connection.execute(update(table).values(notice_ends_ns=1)))
    assert settle(desks, host, team, [])["outcome"] == {"state": "closed"}
    assert desks.found(team.reference).stopped
    assert desks.available(team.account) == WHOLE


def test_pa13_the_settings_say_how_long_a_reservation_lasts(tmp_path: Any) -> None:
    with DesksHere(tmp_path / "x", Settings(partnership=PartnershipSettings(reservation_s=0))) as desks:
        host = Host.of(desks)
        host.open_phase(quota=1)
        slow, quick = admitted(desks, host, 2)
        reserved_and_dead(desks, slow)
        quick.lock()
        assert quick.state == "deposit_locked"


def test_pa13_who_is_no_user_with_a_trading_account_locks_nothing(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    browser = desks.browser(desks.user(RETAIL, 0), RETAIL)
    draft = {"contact": "A", "email": "a@example.com", "phone": "1", "team": "t", "plan": "p", "brand_name": "abc"}
    reference = browser.post("/program/v1/applications", draft)["reference"]
    path = f"/program/v1/applications/{reference}"
    browser.post(f"{path}/submit")
    host.admit(reference)
    assert browser.code(f"{path}/stake", {"amount": STAKE}) == "not_claimed"
    stale = desks.browser(desks.found(reference).user, RETAIL, proved=False)
    assert stale.code(f"{path}/stake", {"amount": STAKE}) == "second_factor_needed"
    assert desks.nobody.code(f"{path}/stake", {"amount": STAKE}) == "sign_in"
    assert FIRST_APPLICANT not in desks.desk.venue.accounts
