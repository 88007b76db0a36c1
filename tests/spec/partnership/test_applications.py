"""Phases and applications: PA-1 to PA-5 and PA-7 to PA-11 of docs/rules/partnership.md."""

import json
from typing import Any

import pytest
from spec.partnership.desk_here import FIRST_APPLICANT, RETAIL, STAKE, TEAM, DesksHere
from spec.partnership.journey import PHASE, Host, Team, after, locked_team
from spec.small_exchange import units
from sqlalchemy import select, update

from commonbook.administration import log
from commonbook.administration.roles import HOST, Role
from commonbook.errors import Declined
from commonbook.partnership import applications, phases
from commonbook.partnership.applications import origin_of
from commonbook.settings import PartnershipSettings, Settings
from commonbook.storage.tables import metadata
from commonbook.storage.tables import partnership as tables

APPLICATIONS = "/program/v1/applications"
DRAFT = TEAM | {"email": "ada@example.com", "brand_name": "ada-x"}


def acts(desks: DesksHere, brand: int = HOST) -> list[log.Act]:
    return desks.read(lambda connection: list(log.acts(connection, brand)))


def started(desks: DesksHere, **changed: str) -> tuple[str, dict[str, str]]:
    """A draft of nobody who is signed in: its path, and the header that opens it."""
    made = desks.nobody.post(APPLICATIONS, DRAFT | changed)
    return f"{APPLICATIONS}/{made['reference']}", {"x-application-secret": made["secret"]}


# -- phases -----------------------------------------------------------------------------------------------------------


def test_pa1_phase_1_as_the_program_has_it(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    (told,) = desks.nobody.get("/program/v1/program")["phases"]
    assert told | {"opens_ns": "", "closes_ns": ""} == {
        "phase": 1,
        "version": 1,
        "name": "Phase 1",
        "opens_ns": "",
        "closes_ns": "",
        "is_open": True,
        "quota": 100,
        "taken": 0,
        "left": 100,
        "asset": "HUB",
        "stake": "500000",
        "token_required": True,
        "holders_share": "80",
        "host_holders_share": "24",
    }
    assert desks.read(lambda connection: phases.current(connection, 1)).stake == units(STAKE)


@pytest.mark.parametrize(
    "bad",
    [
        {"quota": 0},
        {"quota": 1_000_000},
        {"phase": 0},
        {"name": " "},
        {"asset": "NONE"},
        {"stake": "0"},
        {"stake": "-1"},
        {"stake": "1.000000001"},
        {"opens_ns": "5", "closes_ns": "5"},
        {"holders_share": "101"},
        {"host_holders_share": "0"},
        {"unknown": 1},
        {"opens_ns": "soon"},
    ],
)
def test_pa1_terms_that_cannot_be_held_to_are_refused(desks: DesksHere, host: Host, bad: dict[str, Any]) -> None:
    assert host.first.code("/host/v1/partnership/phases", PHASE | bad) == "bad_request"
    assert host.first.get("/host/v1/approvals") == []


def test_pa2_one_alone_opens_no_phase(desks: DesksHere, host: Host) -> None:
    waiting = host.first.post("/host/v1/partnership/phases", PHASE)
    body = {"payload_hash": waiting["payload_hash"]}
    assert host.first.code(f"/host/v1/approvals/{waiting['id']}/approve", body) == "own_request"
    assert desks.nobody.get("/program/v1/program")["phases"] == []
    host.approve(waiting)
    assert len(desks.nobody.get("/program/v1/program")["phases"]) == 1
    assert desks.staff(Role.FINANCE).code("/host/v1/partnership/phases", PHASE) == "not_permitted"
    stale = desks.browser(desks.user(roles_held=(Role.OWNER,)), proved=False)
    assert stale.code("/host/v1/partnership/phases", PHASE) == "second_factor_needed"


def test_pa2_terms_that_were_in_force_at_submission_bind(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    early = Team.applies(desks, 0, "400000")
    host.open_phase(stake="400000")
    late = Team.applies(desks, 1, "400000")
    assert [team.told()["stake_needed"] for team in (early, late)] == ["500000", "400000"]
    for team in (early, late):
        host.admit(team.reference)
    assert early.browser.code(f"{early.path}/stake", {"amount": "400000"}) == "stake_too_small"
    assert late.lock("400000")["state"] == "deposit_locked"
    versions = host.first.get("/host/v1/partnership/phases")
    assert [(one["version"], one["stake"]) for one in versions] == [(1, "500000"), (2, "400000")]


def test_pa2_an_approved_change_is_carried_out_once(desks: DesksHere) -> None:
    terms = phases.from_payload(PHASE | {"stake": str(units(STAKE)), "holders_share_e8": 1, "host_holders_share_e8": 1})
    for _ in range(2):
        desks.write(lambda connection: phases.put(connection, terms, 7))
    assert desks.read(lambda connection: phases.current(connection, 1)).version == 1


# -- applications -----------------------------------------------------------------------------------------------------


def test_pa3_without_a_phase_there_are_no_applications(desks: DesksHere, host: Host) -> None:
    assert desks.nobody.code(APPLICATIONS, DRAFT) == "phase_closed"
    host.open_phase(opens_ns=str(after(1)), closes_ns=str(after(2)))
    assert desks.nobody.code(APPLICATIONS, DRAFT) == "phase_closed"


def test_pa3_without_a_login_the_link_opens_it_and_nothing_else_does(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    path, link = started(desks)
    assert desks.nobody.get(path, headers=link)["told"]["contact"] == "Ada Bell"
    absent = f"{APPLICATIONS}/ABCDEFGHJKLM"
    for headers in ({}, {"x-application-secret": "guess"}):
        here = desks.nobody.ask("GET", path, headers=headers)
        there = desks.nobody.ask("GET", absent, headers=headers)
        assert here.status_code == there.status_code == 404
        assert here.text.replace(path.rsplit("/", 1)[1], "X") == there.text.replace("ABCDEFGHJKLM", "X")
    changed = desks.nobody.ask("PATCH", path, {"plan": "Another plan."}, headers=link)
    assert changed.json()["told"] | {"plan": ""} == DRAFT_TOLD | {"plan": ""}
    assert changed.json()["told"]["plan"] == "Another plan."
    assert desks.nobody.post(f"{path}/submit", headers=link)["state"] == "submitted"
    late = desks.nobody.ask("PATCH", path, {"plan": "Too late."}, headers=link)
    assert late.json()["error"]["code"] == "wrong_state"


DRAFT_TOLD = {name: value for name, value in DRAFT.items() if name != "brand_name"}


def test_pa3_the_secret_of_the_link_is_nowhere_in_the_tables(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    made = desks.nobody.post(APPLICATIONS, DRAFT)
    assert made["secret"] in made["link"]
    assert made["secret"] not in everything_stored(desks)


def everything_stored(desks: DesksHere) -> str:
    """Every row of every table, as text."""

    def dump(connection: Any) -> str:
        return "\n".join(
            str(tuple(row)) for table in metadata.tables.values() for row in connection.execute(select(table))
        )

    return desks.read(dump)


def test_pa3_a_user_claims_it_and_the_link_is_of_no_use_any_more(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    path, link = started(desks)
    account = desks.account(FIRST_APPLICANT)
    browser = desks.browser(desks.user(RETAIL, account), RETAIL)
    assert browser.code(f"{path}/claim") == "no_such_application"  # without the link
    assert browser.post(f"{path}/claim", headers=link)["claimed"]
    assert desks.nobody.code(path, method="GET", headers=link) == "no_such_application"
    stranger = desks.browser(desks.user(RETAIL, desks.account(FIRST_APPLICANT + 1)), RETAIL)
    assert stranger.code(f"{path}/claim", headers=link) == "no_such_application"
    assert browser.get(path)["claimed"]
    assert [one["reference"] for one in browser.get(APPLICATIONS)] == [path.rsplit("/", 1)[1]]


def test_pa10_an_account_has_one_application_at_a_time(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = Team.applies(desks)
    path, link = started(desks)
    assert team.browser.code(f"{path}/claim", headers=link) == "application_open"
    assert team.browser.code(APPLICATIONS, DRAFT) == "application_open"
    team.browser.post(f"{team.path}/withdraw")
    assert team.browser.post(f"{path}/claim", headers=link)["claimed"]


def test_pa3_so_many_in_an_hour_and_no_more(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    for _ in range(5):
        desks.nobody.post(APPLICATIONS, DRAFT)
    answer = desks.nobody.ask("POST", APPLICATIONS, DRAFT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_applications")
    Team.applies(desks)  # a user is counted apart
    hour_ago = after(-1 / 24) - 1
    desks.write(lambda connection: connection.execute(update(tables.applications).values(created_ns=hour_ago)))
    desks.nobody.post(APPLICATIONS, DRAFT)


def test_pa3_all_together_have_a_limit_too(tmp_path: Any) -> None:
    settings = Settings(partnership=PartnershipSettings(applications_per_hour=2))
    with DesksHere(tmp_path / "x", settings) as desks:
        Host.of(desks).open_phase()
        desks.nobody.post(APPLICATIONS, DRAFT)
        Team.applies(desks)
        assert desks.nobody.code(APPLICATIONS, DRAFT) == "too_many_applications"


def test_pa3_a_network_of_ipv6_counts_as_one_address(desks: DesksHere) -> None:
    one, same, other = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    seal = desks.seal
    assert origin_of(seal, "address", one) == origin_of(seal, "address", same)
    assert origin_of(seal, "address", one) != origin_of(seal, "address", other)
    assert origin_of(seal, "address", "192.0.2.1") != origin_of(seal, "address", "192.0.2.2")


@pytest.mark.parametrize(
    "bad",
    [
        {"email": "nobody"},
        {"contact": "x" * 201},
        {"phone": "1" * 65},
        {"team": "x" * 8_001},
        {"plan": "a\x00b"},
        {"brand_name": "Not A Name"},
        {"surprise": "x"},
        {"contact": 5},
    ],
)
def test_pa3_what_cannot_be_read_is_refused_and_nothing_is_kept(
    desks: DesksHere, host: Host, bad: dict[str, Any]
) -> None:
    host.open_phase()
    assert desks.nobody.code(APPLICATIONS, DRAFT | bad) == "bad_request"
    found = desks.read(lambda connection: connection.execute(select(tables.applications)).all())
    assert found == []


@pytest.mark.parametrize("left_out", ["contact", "email", "phone", "team", "plan", "brand_name"])
def test_pa6_an_application_is_complete_before_it_is_submitted(desks: DesksHere, host: Host, left_out: str) -> None:
    host.open_phase()
    path, link = started(desks, **{left_out: ""})
    assert desks.nobody.code(f"{path}/submit", headers=link) == "incomplete"
    told = desks.nobody.get(path, headers=link)
    assert told["awaits"]["blocks"][0]["code"] == "incomplete"


def test_pa5_what_is_told_is_sealed_and_can_be_destroyed(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    path, link = started(desks)
    reference = path.rsplit("/", 1)[1]
    secrets = [*DRAFT_TOLD.values()]
    assert not [one for one in secrets if one in everything_stored(desks)]
    erase = f"/host/v1/partnership/applications/{reference}/personal"
    assert host.first.code(erase, method="DELETE") == "wrong_state"
    desks.nobody.post(f"{path}/withdraw", headers=link)
    assert host.first.get(f"/host/v1/partnership/applications/{reference}")["told"] == DRAFT_TOLD
    sealed = desks.read(lambda connection: connection.execute(select(tables.applications.c.personal)).scalar_one())
    assert host.first.ask("DELETE", erase).json()["told"] == {}
    desks.write(lambda connection: connection.execute(update(tables.applications).values(personal=sealed)))  # a backup
    assert host.first.get(f"/host/v1/partnership/applications/{reference}")["told"] == {}
    assert desks.letters() == []
    assert "partnership erase" in [act.act for act in acts(desks)]


def test_pa5_contacts_are_for_who_may_see_users(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = Team.applies(desks)
    path = f"/host/v1/partnership/applications/{team.reference}"
    assert desks.staff(Role.SUPPORT).get(path)["told"]["contact"] == "Ada Bell"
    assert desks.staff(Role.FINANCE).get(path)["told"] == {}
    assert team.browser.code(path, method="GET") == "no_such_path"
    assert desks.nobody.code(path, method="GET") == "sign_in"


# -- moving -----------------------------------------------------------------------------------------------------------


def test_pa7_the_applicant_sees_each_step_and_what_is_awaited(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = Team.applies(desks)
    host.move(team.reference, "screening")
    told = team.told()
    assert [(step["before"], step["after"], step["role"]) for step in told["timeline"]] == [
        ("", "draft", "applicant"),
        ("draft", "submitted", "applicant"),
        ("submitted", "screening", "host"),
    ]
    times = [int(step["time_ns"]) for step in told["timeline"]]
    assert times == sorted(times)
    assert told["awaits"]["state"] == "deposit_pending"
    assert told["awaits"]["of"] == ["host"]
    assert [(block["code"], block["asked_of"]) for block in told["awaits"]["blocks"]] == [
        ("kyb_missing", "host"),
        ("sanctions_missing", "host"),
    ]
    assert "user:" not in json.dumps(told)  # who of the host's people it was is the host's own affair


def test_pa8_a_move_is_in_the_log_and_a_refused_one_with_its_code(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = Team.applies(desks)
    host.move(team.reference, "screening")
    path = f"/host/v1/partnership/applications/{team.reference}/move"
    assert host.first.code(path, {"to": "deposit_pending"}) == "kyb_missing"
    assert host.first.code(path, {"to": "refused"}) == "no_reason"
    assert host.first.code(path, {"to": "live"}) == "not_yours_to_move"
    assert host.first.code(path, {"to": "nowhere"}) == "bad_request"
    assert host.first.code(path, {"to": "refused", "reason": "Ada Bell said no"}) == "bad_request"
    number = desks.found(team.reference).id
    told = [(act.act, json.loads(act.details)) for act in acts(desks) if act.subject == f"application:{number}"]
    assert told == [
        ("partnership submitted", {"from": "draft", "role": "applicant"}),
        ("partnership screening", {"from": "submitted", "role": "screening"}),
        ("partnership refused", {"to": "deposit_pending", "code": "kyb_missing"}),
        ("partnership refused", {"to": "refused", "code": "no_reason"}),
    ]
    desks.read(lambda connection: log.verify(connection, HOST))


def test_pa9_the_newest_check_of_a_kind_counts(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = Team.applies(desks)
    host.move(team.reference, "screening")
    path = f"/host/v1/partnership/applications/{team.reference}"
    for kind, passed in (("kyb", True), ("sanctions", True), ("sanctions", False)):
        host.first.post(f"{path}/checks", {"kind": kind, "passed": passed, "source": f"list-{passed}"})
    assert host.first.code(f"{path}/move", {"to": "deposit_pending"}) == "sanctions_missing"
    assert host.first.code(f"{path}/checks", {"kind": "mood", "passed": True, "source": "x"}) == "bad_request"
    assert desks.staff(Role.SUPPORT).code(f"{path}/checks", {"kind": "kyb", "passed": True, "source": "x"}) == (
        "not_permitted"
    )
    host.move(team.reference, "refused", "sanctioned")
    told = team.told()
    assert (told["state"], told["timeline"][-1]["reason"]) == ("refused", "sanctioned")
    kinds = [(one["kind"], one["passed"]) for one in host.first.get(f"{path}/checks")]
    assert kinds == [("kyb", True), ("sanctions", True), ("sanctions", False)]


def test_pa9_who_is_admitted_is_refused_by_two(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = Team.applies(desks)
    host.admit(team.reference)
    done = host.move(team.reference, "refused", "owner_changed")
    assert done["outcome"] == {"state": "refused"}
    assert team.browser.code(f"{team.path}/stake", {"amount": STAKE}) == "wrong_state"


def test_pa11_drafts_and_admissions_expire(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    path, link = started(desks)
    team = Team.applies(desks)
    host.admit(team.reference)
    table = tables.applications
    for days, states in ((29.9, ["draft", "deposit_pending"]), (30.1, ["expired", "expired"])):
        old = after(-days)
        desks.write(lambda connection, at=old: connection.execute(update(table).values(changed_ns=at)))  # type: ignore[misc]
        desks.keep()
        assert [desks.nobody.get(path, headers=link)["state"], team.state] == states
    reasons = [team.told()["timeline"][-1]["reason"], desks.nobody.get(path, headers=link)["timeline"][-1]["reason"]]
    assert reasons == ["no_stake", "not_submitted"]
    assert [act.actor for act in acts(desks) if act.act == "partnership expired"] == ["back-office"] * 2
    team.browser.post(APPLICATIONS, DRAFT)  # the account is free again


def test_pa11_an_applicant_withdraws_up_to_the_stake(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    path, link = started(desks)
    assert desks.nobody.post(f"{path}/withdraw", headers=link)["state"] == "withdrawn"
    assert desks.nobody.code(f"{path}/withdraw", headers=link) == "wrong_state"
    team = locked_team(desks, host)
    assert team.browser.code(f"{team.path}/withdraw") == "wrong_state"


def test_pa8_an_application_is_moved_once_by_one_act(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    team = Team.applies(desks)
    host.admit(team.reference)
    host.move(team.reference, "refused", "late_find")
    found = desks.found(team.reference)
    cause = desks.read(lambda connection: applications.timeline(connection, found.id))[-1].cause
    assert cause.startswith("approval:")
    again = desks.read(lambda connection: applications.step_of(connection, found.id, cause))
    assert again is not None
    with pytest.raises(Declined):
        desks.read(lambda connection: applications.find(connection, 10**9))


def test_pa8_letters_wait_in_the_language_of_the_applicant(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    made = desks.nobody.ask("POST", APPLICATIONS, DRAFT, headers={"accept-language": "es,en;q=0.5"}).json()
    (letter,) = desks.letters()
    assert (letter.kind, letter.to) == ("partnership-receipt", "ada@example.com")
    assert "Su solicitud" in letter.subject
    assert made["link"] in letter.body
    path, link = f"{APPLICATIONS}/{made['reference']}", {"x-application-secret": made["secret"]}
    desks.nobody.post(f"{path}/submit", headers=link)
    assert "está ahora: entregada" in desks.letters()[-1].body


def test_the_host_lists_a_page_of_applications(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    first, second = Team.applies(desks, 0), Team.applies(desks, 1)
    host.move(second.reference, "screening")
    path = "/host/v1/partnership/applications"
    assert [one["reference"] for one in host.first.get(path)] == [second.reference, first.reference]
    assert [one["reference"] for one in host.first.get(f"{path}?state=screening")] == [second.reference]
    newest = host.first.get(path)[0]["id"]
    assert [one["reference"] for one in host.first.get(f"{path}?before={newest}")] == [first.reference]
    assert host.first.code(f"{path}?state=lost", method="GET") == "bad_request"
    assert host.first.code(f"{path}/NOSUCHREF", method="GET") == "no_such_application"
