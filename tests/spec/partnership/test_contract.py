"""The contract: PA-18 to PA-20 of docs/rules/partnership.md."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from spec.partnership.desk_here import DesksHere
from spec.partnership.journey import CONTRACT, DAY_NS, Host, Team, after, locked_team, sandbox_team
from sqlalchemy import update

from commonbook.administration.roles import Role
from commonbook.admission.contracts import Contract
from commonbook.errors import Declined
from commonbook.partnership.contracts import CONTRACTS
from commonbook.storage.tables import partnership as tables

TEXTS = "/host/v1/partnership/contracts"


def of(desks: DesksHere, team: Team) -> list[Contract]:
    number = desks.found(team.reference).id
    return desks.read(lambda connection: CONTRACTS.contracts_of(connection, number))


def accept(desks: DesksHere, team: Team, now_ns: int, partner: int = 0, approval: int = 0) -> Contract:
    """One side accepts the newest version at a moment."""
    number = desks.found(team.reference).id

    def work(connection: Any) -> Contract:
        text = CONTRACTS.newest(connection)
        return CONTRACTS.accept(connection, number, text.version, text.hash, now_ns, partner, approval)

    return desks.write(work)


def test_pa18_the_host_publishes_versions_with_four_eyes(desks: DesksHere, host: Host) -> None:
    assert desks.nobody.code("/program/v1/contract", method="GET") == "no_such_contract"
    waiting = host.first.post(TEXTS, CONTRACT)
    assert desks.nobody.code("/program/v1/contract", method="GET") == "no_such_contract"
    host.approve(waiting)
    host.publish(text="Both sides agree more.")
    told = desks.nobody.get("/program/v1/contract")
    assert told == CONTRACT | {
        "text": "Both sides agree more.",
        "version": 2,
        "hash": hashlib.sha256(b"Both sides agree more.").hexdigest(),
    }
    assert [one["version"] for one in host.first.get(TEXTS)] == [1, 2]
    assert desks.staff(Role.COMPLIANCE).code(TEXTS, CONTRACT) == "not_permitted"


@pytest.mark.parametrize(
    "bad",
    [{"text": " "}, {"term_days": 0}, {"renewal_days": 0}, {"renewal_days": 366}, {"notice_days": -1}, {"more": 1}],
)
def test_pa18_a_contract_that_cannot_be_kept_is_refused(desks: DesksHere, host: Host, bad: dict[str, Any]) -> None:
    assert host.first.code(TEXTS, CONTRACT | bad) == "bad_request"


@pytest.mark.parametrize("first", ["partner", "host"])
def test_pa19_both_sides_accept_in_either_order(desks: DesksHere, host: Host, first: str) -> None:
    host.open_phase()
    host.publish()
    team = locked_team(desks, host)
    blocks = {block["code"] for block in team.told()["awaits"]["blocks"]}
    assert blocks == {"partner_has_not_accepted", "host_has_not_accepted"}
    sides: dict[str, Callable[[], Any]] = {
        "partner": team.accept_contract,
        "host": lambda: host.accept_contract(team.reference),
    }
    sides[first]()
    assert team.state == "deposit_locked"
    assert len(team.told()["awaits"]["blocks"]) == 1
    sides["host" if first == "partner" else "partner"]()
    assert team.state == "contracted"
    (contract,) = of(desks, team)
    assert contract.ends_ns - contract.starts_ns == 365 * DAY_NS
    assert team.told()["timeline"][-1]["role"] == ("host" if first == "partner" else "partner")


def test_pa19_what_was_not_read_is_not_accepted(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = locked_team(desks, host)
    text = desks.nobody.get("/program/v1/contract")
    path = f"{team.path}/contract"
    for body in ({"version": 1, "hash": "0" * 64}, {"version": 2, "hash": text["hash"]}):
        assert team.browser.code(path, body) == "other_contract"
    waiting = host.first.post(f"/host/v1/partnership/applications/{team.reference}/contract")
    host.publish(text="Another text.")
    failed = host.approve(waiting)
    assert (failed["state"], failed["outcome"]["code"]) == ("failed", "other_contract")
    assert team.browser.code(path, {"version": 1, "hash": text["hash"]}) == "other_contract"
    stale = desks.browser(desks.found(team.reference).user, 1, proved=False)
    assert stale.code(path, {"version": 1, "hash": text["hash"]}) == "second_factor_needed"


def test_pa19_a_newer_version_is_read_by_both(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = locked_team(desks, host)
    host.accept_contract(team.reference)
    host.publish(text="Another text.")
    team.accept_contract()
    assert team.state == "deposit_locked"  # the host has accepted another text
    assert [block["code"] for block in team.told()["awaits"]["blocks"]] == ["host_has_not_accepted"]
    host.accept_contract(team.reference)
    assert team.state == "contracted"


def test_pa19_before_the_stake_there_is_nothing_to_sign(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = Team.applies(desks)
    text = desks.nobody.get("/program/v1/contract")
    body = {"version": text["version"], "hash": text["hash"]}
    assert team.browser.code(f"{team.path}/contract", body) == "wrong_state"


def test_pa20_a_renewal_begins_where_the_term_ends(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish(term_days=100, renewal_days=30)
    team = locked_team(desks, host)
    team.accept_contract()
    host.accept_contract(team.reference)
    (first,) = of(desks, team)
    assert accept(desks, team, first.ends_ns - 31 * DAY_NS, partner=5) == first  # nothing changes by it
    begun = accept(desks, team, first.ends_ns - 30 * DAY_NS, partner=5)
    assert (begun.number, begun.is_accepted) == (2, False)
    done = accept(desks, team, first.ends_ns - 5 * DAY_NS, approval=99)
    assert (done.starts_ns, done.ends_ns) == (first.ends_ns, first.ends_ns + 100 * DAY_NS)
    assert not done.is_in_force(first.ends_ns - 1)
    assert first.is_in_force(first.ends_ns - 1)
    assert done.is_in_force(first.ends_ns)
    assert accept(desks, team, first.ends_ns, approval=99) == done  # the same approval, carried out again


def test_pa20_a_newer_version_waits_for_the_end_of_the_term(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = locked_team(desks, host)
    team.accept_contract()
    host.accept_contract(team.reference)
    host.publish(text="Another text.")
    with pytest.raises(Declined) as refused:
        accept(desks, team, time.time_ns(), partner=5)
    assert refused.value.code == "too_early"


def test_pa20_a_contract_that_has_ended_stops_going_live(
    desks: DesksHere, host: Host, monkeypatch: pytest.MonkeyPatch, everything: None
) -> None:
    host.open_phase(token_required=False)
    host.publish()
    team = sandbox_team(desks, host)
    team.owner().post("/partner/v1/partnership/verify")
    desks.write(lambda connection: connection.execute(update(tables.contracts).values(ends_ns=after(-1))))
    path = f"/host/v1/partnership/applications/{team.reference}/move"
    assert host.first.code(path, {"to": "live"}) == "contract_not_in_force"
    owner = team.owner()
    text = owner.get("/partner/v1/partnership/contract")
    owner.post("/partner/v1/partnership/contract", {"version": text["version"], "hash": text["hash"]})
    host.accept_contract(team.reference)
    host.move(team.reference, "live")
    assert team.state == "live"


def test_pa20_after_notice_a_live_brand_is_suspended(
    desks: DesksHere, host: Host, monkeypatch: pytest.MonkeyPatch, everything: None
) -> None:
    host.open_phase(token_required=False)
    host.publish()
    team = sandbox_team(desks, host)
    team.owner().post("/partner/v1/partnership/verify")
    host.move(team.reference, "live")
    desks.keep()
    assert team.state == "live"
    table = tables.contracts
    desks.write(lambda connection: connection.execute(update(table).values(ends_ns=after(-0.1))))
    desks.keep()
    letters = desks.letters()
    assert letters[-1].kind == "partnership-contract-ends"
    assert "14 days" in letters[-1].body
    desks.keep()
    assert len(desks.letters()) == len(letters)  # told once
    desks.write(lambda connection: connection.execute(update(table).values(noticed_ns=after(-13.9))))
    desks.keep()
    assert team.state == "live"
    desks.write(lambda connection: connection.execute(update(table).values(noticed_ns=after(-14.1))))
    desks.keep()
    assert team.state == "suspended"
    assert team.told()["timeline"][-1] | {"time_ns": ""} == {
        "time_ns": "",
        "before": "live",
        "after": "suspended",
        "role": "system",
        "reason": "contract_ended",
    }
    assert desks.found(team.reference).stopped
    assert not desks.found(team.reference).stop_pending
