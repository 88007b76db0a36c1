"""`commonbook partnership ...` on a folder that nobody serves, and the stake on a real PostgreSQL."""

import asyncio
import json
import mailbox
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from integration.postgres import fresh_schema
from spec.partnership.desk_here import RETAIL, STAKE, DesksHere
from spec.partnership.journey import Host, Team, everything_is_there, sandbox_team
from spec.small_exchange import units
from sqlalchemy import update
from typer.testing import CliRunner

from commonbook.administration.roles import Role
from commonbook.console.partnership import partnership_app
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.program import moves
from commonbook.instrument.accounts import stake_account
from commonbook.partnership import slots
from commonbook.partnership.model import State
from commonbook.settings import Settings
from commonbook.storage.tables import partnership as tables


def said(*words: str) -> Any:
    done = CliRunner().invoke(partnership_app, [*words, "--json"])
    assert done.exit_code == 0, done.exception or done.output
    return json.loads(done.stdout)


def printed(*words: str) -> str:
    done = CliRunner().invoke(partnership_app, [*words])
    assert done.exit_code == 0, done.exception or done.output
    return done.stdout


def refused(*words: str) -> str:
    done = CliRunner().invoke(partnership_app, [*words])
    assert isinstance(done.exception, BadInput | Declined), done.output
    return str(done.exception)


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[DesksHere]:
    with DesksHere(tmp_path) as found:
        yield found


def create(data: str, asker: int, **changed: str) -> tuple[str, ...]:
    told = {
        "phase": "1",
        "name": "Phase 1",
        "opens": "2020-01-01",
        "closes": "2100-01-01",
        "quota": "100",
        "asset": "HUB",
        "stake": STAKE,
        "holders-share": "80",
        "host-holders-share": "24",
        "by": str(asker),
    } | changed
    options = [word for name, value in told.items() for word in (f"--{name}", value)]
    return ("phase", "create", "--data", data, "--token-required", *options)


def test_pa2_a_phase_is_asked_for_here_and_opened_by_another(desks: DesksHere) -> None:
    data, host = str(desks.folder), Host.of(desks)
    asker = desks.user(roles_held=(Role.OWNER,))
    waiting = said(*create(data, asker))
    assert waiting["kind"] == "partnership_phase"
    assert said("phase", "list", "--data", data) == []
    host.approve({"id": waiting["approval"], "payload_hash": waiting["payload_hash"]})
    (phase,) = said("phase", "list", "--data", data)
    assert (phase["quota"], phase["stake"], phase["taken"], phase["version"]) == (100, "500000", 0, 1)
    assert (phase["holders_share_e8"], phase["host_holders_share_e8"]) == (80_000_000, 24_000_000)
    assert "0 of 100 taken  500000 HUB  2020-01-01 00:00 to 2100-01-01 00:00" in printed(
        "phase", "list", "--data", data
    )


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"closes": "someday"}, "--closes 'someday' is no date"),
        ({"closes": "2019-01-01"}, "before it opens"),
        ({"asset": "NONE"}, "no asset 'NONE'"),
        ({"stake": "1.123456789"}, "finer than"),
        ({"by": "99"}, "--by 99"),
    ],
)
def test_pa2_what_cannot_be_a_phase_is_told(desks: DesksHere, changed: dict[str, str], why: str) -> None:
    asker = desks.user(roles_held=(Role.OWNER,))
    assert why in refused(*create(str(desks.folder), asker, **changed))


def test_the_host_lists_shows_and_moves(desks: DesksHere, monkeypatch: pytest.MonkeyPatch) -> None:
    everything_is_there(monkeypatch)
    data, host = str(desks.folder), Host.of(desks)
    host.open_phase(token_required=False)
    host.publish()
    team = Team.applies(desks)
    by = desks.user(roles_held=(Role.OWNER,))
    clerk = desks.user(roles_held=(Role.READ_ONLY,))
    move = ("--data", data, "--by", str(by))
    assert "role that may restrict" in refused("move", team.reference, "screening", "--data", data, "--by", str(clerk))
    assert said("move", team.reference, "screening", *move)["state"] == "screening"
    assert "has not passed" in refused("move", team.reference, "deposit_pending", *move)
    assert "does not move" in refused("move", team.reference, "live", *move)
    shown = said("show", team.reference, "--data", data)
    assert [step["after"] for step in shown["timeline"]] == ["draft", "submitted", "screening"]
    assert shown["awaits"]["blocks"] == ["kyb_missing", "sanctions_missing"]
    assert shown["told"] == {}
    assert said("show", team.reference, "--data", data, "--personal")["told"]["contact"] == "Ada Bell"
    assert "kyb_missing: the check of the business" in printed("show", team.reference, "--data", data)
    assert [one["reference"] for one in said("list", "--data", data, "--state", "screening")] == [team.reference]
    assert said("list", "--data", data, "--state", "live") == []
    assert team.reference in printed("list", "--data", data)
    assert "no application" in refused("show", "NOSUCHREF", "--data", data)
    assert "holds no journal" in refused("list", "--data", str(desks.folder / "none"))


def test_pa23_a_suspension_from_here_reaches_the_core(desks: DesksHere, monkeypatch: pytest.MonkeyPatch) -> None:
    everything_is_there(monkeypatch)
    data, host = str(desks.folder), Host.of(desks)
    host.open_phase(token_required=False)
    host.publish()
    team = sandbox_team(desks, host)
    by = str(desks.user(roles_held=(Role.OWNER,)))
    assert said("move", team.reference, "verified", "--data", data, "--by", by)["state"] == "verified"
    waiting = said("move", team.reference, "live", "--data", data, "--by", by)
    host.approve({"id": waiting["approval"], "payload_hash": waiting["payload_hash"]})
    assert team.state == "live"
    brand = desks.found(team.reference).brand
    said("move", team.reference, "suspended", "--reason", "complaint", "--data", data, "--by", by)
    assert desks.found(team.reference).stop_pending
    desks.keep()
    assert not desks.found(team.reference).stop_pending
    assert [target for _, target in desks.desk.venue.kills] == [brand]


def test_pa4_a_folder_of_mail_is_taken_in_once(desks: DesksHere) -> None:
    data = str(desks.folder)
    Host.of(desks).open_phase()
    folder = mailbox.Maildir(desks.folder / "mail", create=True)
    for number in (1, 1, 2):
        message = EmailMessage()
        message["From"], message["Message-ID"] = f"a{number}@example.com", f"<{number}@example.com>"
        message.set_content(f"Contact: Person {number}")
        folder.add(message)
    folder.add(b"no message at all")
    words = ("intake", "--maildir", str(desks.folder / "mail"), "--data", data)
    done = CliRunner().invoke(partnership_app, [*words, "--json"])
    assert json.loads(done.stdout) == {"taken": 2, "duplicates": 1, "left_out": 1}
    assert "a message was left out" in done.stderr
    assert said(*words) == {"taken": 0, "duplicates": 0, "left_out": 0}
    assert len(said("list", "--data", data)) == 2
    subfolders = Counter((message.get_subdir(), message.get_flags()) for message in folder)
    assert subfolders == {("cur", "S"): 3, ("cur", "F"): 1}


@pytest.mark.postgres
def test_pa13_64_applications_at_once_for_10_places_on_postgresql(tmp_path: Path, server: str) -> None:
    with fresh_schema(server) as url, DesksHere(tmp_path, Settings(database_url=url)) as desks:
        host = Host.of(desks)
        host.open_phase(quota=10)
        teams = [Team.applies(desks, number) for number in range(64)]
        table = tables.applications
        desks.write(lambda connection: connection.execute(update(table).values(state=State.DEPOSIT_PENDING.value)))

        async def lock(team: Team) -> str:
            try:
                found = await moves.lock_stake(desks.desk, desks.found(team.reference), units(STAKE))
            except Declined as declined:
                return declined.code
            return found.state

        async def together() -> list[str]:
            return await asyncio.gather(*(lock(team) for team in teams for _ in range(2)))

        assert Counter(asyncio.run(together())) == {"deposit_locked": 20, "quota_full": 108}
        assert desks.read(lambda connection: slots.taken(connection, 1)) == 10
        assert sum(desks.available(stake_account(team.account)) for team in teams) == 10 * units(STAKE)
        staked = next(team for team in teams if team.state == "deposit_locked")
        staked.browser.post(f"{staked.path}/leave")
        path = f"/host/v1/partnership/applications/{staked.reference}/settle"
        assert host.approve(host.first.post(path, {"obligations": []}))["outcome"] == {"state": "closed"}
        assert desks.available(staked.account) == units(STAKE)
        assert desks.exchange.ledger_difference() == {}
        assert RETAIL in desks.desk.venue.brands
