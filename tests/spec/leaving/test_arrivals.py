"""A team arrives with the users it has. LV-8 to LV-10 of docs/rules/leaving.md."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec.desk_here import AURORA, BOREALIS, DeskHere
from spec.people.town import PASSWORD, SETTINGS, long_codes_in, opened_town
from spec.small_exchange import Crash
from sqlalchemy import Connection, event, select

from commonbook.administration import log
from commonbook.administration.roles import Role
from commonbook.errors import BadInput
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.identity.sealing import Seal
from commonbook.leaving import arrival, consent
from commonbook.leaving.arrival import ACCEPTED, MADE, MAILED, MINUTE_NS, Arriving
from commonbook.people import directory
from commonbook.people.directory import PENDING, User
from commonbook.settings import ArrivalSettings, Settings
from commonbook.storage.tables.leaving import external_ids, import_rows, user_imports
from commonbook.storage.tables.people import users
from commonbook.storage.tables.webhooks import webhook_events
from commonbook.webhook import endpoints
from commonbook.webhook.model import EventKind

SERVED = ArrivalSettings(countries_not_served=("KP",))
SECOND_NS = 10**9


def row(external_id: str, email: str = "", **values: Any) -> dict[str, Any]:
    known = {
        "external_id": external_id,
        "email": email or f"{external_id}@example.com",
        "language": "en",
        "country": "DE",
    }
    return known | values


def jsonl(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in rows)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskHere]:
    made = DeskHere(tmp_path, Settings(arrivals=SERVED))
    yield made
    made.close()


@pytest.fixture
def team(desk: DeskHere) -> Any:
    return desk.staff(AURORA, Role.OPERATIONS)


class Mailed:
    """Invitations as they are written, with when."""

    def __init__(self, desk: DeskHere) -> None:
        self.desk, self.to, self.now_ns = desk, [], time.time_ns()  # type: ignore[var-annotated]

    def invite(self, connection: Connection, seal: Seal, user: User) -> None:
        self.to.append((self.now_ns, directory.personal(connection, seal, user.id)["email"]))

    def work(self, seconds: float = 0.0) -> bool:
        self.now_ns += int(seconds * SECOND_NS)
        return arrival.work(self.desk.database, self.desk.seal, self.invite, self.now_ns)

    def finish(self) -> None:
        for _ in range(500):
            self.work(1)


def test_lv8_a_dry_run_says_of_each_line_what_would_become_of_it_and_keeps_nothing(desk: DeskHere, team: Any) -> None:
    desk.user(AURORA, email="there@example.com")
    desk.user(BOREALIS, email="other@example.com")
    content = jsonl(
        row("a1"),
        row("a2", "no address"),
        row("a3", country="KP"),
        row("a4", country="Germany"),
        row("a5", language="klingon!"),
        row("a 6"),
        row("a7", "There@Example.com"),
        row("a1", "again@example.com"),
        row("a8", "A1@example.com"),
        row("a9", password="secret"),
        row("a10", "other@example.com", consent=True, name="Ada"),  # a user of another brand is none of this one's
        row("a11", name="x" * 201),
        row("a12", name="line\nbreak"),
        row("a13", consent="yes"),
    )
    told = team.ask("POST", "/imports/check", {"content": content + "nonsense\n[1]\n"})
    assert (told["rows"], told["accepted"]) == (16, 2)
    assert [(one["line"], one["why"]) for one in told["refused"]] == [
        (2, "bad_email"),
        (3, "country_not_served"),
        (4, "bad_country"),
        (5, "bad_language"),
        (6, "bad_external_id"),
        (7, "already_a_user"),
        (8, "duplicate"),
        (9, "duplicate"),
        (10, "unreadable"),
        (12, "bad_name"),
        (13, "bad_name"),
        (14, "unreadable"),
        (15, "unreadable"),
        (16, "unreadable"),
    ]
    assert team.ask("GET", "/imports") == []


def test_lv8_csv_says_the_same_as_json_lines(desk: DeskHere, team: Any) -> None:
    content = (
        "external_id,email,language,country,name,consent\n"
        'a1,a1@example.com,en,DE,"Ada, the first",yes\n'
        "a2,a2@example.com,zh-Hans,CN,,no\n"
        "a3,a3@example.com,en,DE,x,maybe\n"
        "a4,a4@example.com,en\n"
        "a5,bad,en,DE,,\n"
    )
    told = team.ask("POST", "/imports/check", {"content": content, "format": "csv"})
    assert [(one["line"], one["why"]) for one in told["refused"]] == [
        (4, "unreadable"),
        (5, "unreadable"),
        (6, "bad_email"),
    ]
    read = arrival.read(content, "csv")
    assert (read[0].name, read[0].consent, read[1].consent) == ("Ada, the first", True, False)
    for wrong in (
        "email,language\n",
        "external_id,email,language,country,password\n",
        "",
        'external_id,email,language,country\n"a',
    ):
        assert team.code("POST", "/imports/check", {"content": wrong, "format": "csv"}) == "bad_request"
    assert team.code("POST", "/imports/check", {"content": "", "format": "xml"}) == "bad_request"


@given(st.text(max_size=300), st.sampled_from(["jsonl", "csv"]))
def test_lv8_whatever_is_sent_is_read_or_refused(content: str, form: str) -> None:
    try:
        rows = arrival.read(content, form)
    except BadInput:
        return
    assert all(isinstance(one, Arriving) for one in rows)


def test_lv8_a_file_has_so_many_rows_at_most(tmp_path: Path) -> None:
    assert ArrivalSettings().rows == 100_000
    desk = DeskHere(tmp_path, Settings(arrivals=ArrivalSettings(rows=3)))
    team = desk.staff(AURORA, Role.OWNER)
    assert team.code("POST", "/imports", {"content": jsonl(*(row(f"a{n}") for n in range(4)))}) == "bad_request"
    assert team.code("POST", "/imports", {"content": ""}) == "bad_request"
    assert team.send("POST", "/imports", {"content": jsonl(*(row(f"a{n}") for n in range(3)))}).status_code == 200
    desk.close()


def test_lv9_users_are_made_once_however_often_their_file_comes(desk: DeskHere, team: Any) -> None:
    content = jsonl(row("a1", consent=True, name="Ada"), row("a2", country="FR", language="fr"), row("a3", "hidden"))
    first = team.ask("POST", "/imports", {"content": content})
    assert (first["state"], first["accepted"], first["refused"], first["made"]) == ("running", 2, 1, 0)
    assert team.ask("POST", "/imports", {"content": content})["id"] == first["id"]
    mailed = Mailed(desk)
    mailed.finish()
    done = team.ask("GET", f"/imports/{first['id']}")
    assert (done["state"], done["made"], done["mailed"]) == ("done", 2, 2)
    assert team.ask("GET", f"/imports/{first['id']}/refused") == [{"line": 3, "why": "bad_email"}]
    assert sorted(to for _, to in mailed.to) == ["a1@example.com", "a2@example.com"]
    more = team.ask("POST", "/imports", {"content": jsonl(row("a1", "new@example.com"), row("a4"))})
    assert (more["accepted"], more["refused"]) == (1, 1)
    assert team.ask("GET", f"/imports/{more['id']}/refused") == [{"line": 1, "why": "already_imported"}]
    mailed.finish()
    with desk.database.connect() as connection:
        made = {one.external_id: one.user_id for one in connection.execute(select(external_ids))}
        assert sorted(made) == ["a1", "a2", "a4"]
        ada = directory.find(connection, made["a1"])
        assert (ada.state, ada.account, ada.brand, ada.language) == (PENDING, 0, AURORA, "en")
        assert ada.person >= directory.FIRST_PERSON
        told = directory.personal(connection, desk.seal, ada.id)
        assert told == {"email": "a1@example.com", "display_name": "Ada", "country": "DE"}
        said = consent.current(connection, AURORA)
        assert [(one.user, one.given, one.source) for one in said.values()] == [(ada.id, True, "import")]
        rows = list(connection.execute(select(import_rows)))
    assert all(one.sealed == "" for one in rows)  # nothing personal is left there
    assert "hidden" not in str(rows)


def test_lv9_an_import_that_is_cut_off_anywhere_goes_on_and_makes_nobody_twice(desk: DeskHere, team: Any) -> None:
    team.ask("POST", "/imports", {"content": jsonl(*(row(f"a{number}") for number in range(8)))})
    now_ns = time.time_ns()

    def invite(connection: Connection, seal: Seal, user: User) -> None:
        log.write(connection, AURORA, "test", "mailed", f"user:{user.id}")  # stands in the same transaction

    def work(cut_at: int) -> None:
        """One turn that is cut off at a commit, counted from 1."""
        nonlocal now_ns
        now_ns += SECOND_NS
        commits: list[None] = []

        def cut(_: Any) -> None:
            commits.append(None)
            if len(commits) == cut_at:
                raise Crash

        event.listen(desk.database, "commit", cut)
        try:
            arrival.work(desk.database, desk.seal, invite, now_ns)
        finally:
            event.remove(desk.database, "commit", cut)

    for cut_at in (1, 2, 3, 1, 2, 3):
        with pytest.raises(Crash):
            work(cut_at)
    for _ in range(12):
        work(0)
    with desk.database.connect() as connection:
        made = connection.execute(select(users).where(users.c.brand == AURORA)).all()
        (job,) = connection.execute(select(user_imports)).all()
        states = {one.state for one in connection.execute(select(import_rows))}
        mailed = [one.subject for one in log.acts(connection, AURORA) if one.act == "mailed"]
    assert len(made) == 8 + 1  # and the one who asked
    assert (job.state, job.done, job.mailed) == ("done", 8, 8)
    assert states == {MAILED}
    assert len(mailed) == len(set(mailed)) == 8


def test_lv9_who_has_become_a_user_meanwhile_is_refused_then(desk: DeskHere, team: Any) -> None:
    number = team.ask("POST", "/imports", {"content": jsonl(row("a1"), row("a2"))})["id"]
    desk.user(AURORA, email="A2@example.com")
    Mailed(desk).finish()
    told = team.ask("GET", f"/imports/{number}")
    assert (told["state"], told["accepted"], told["refused"], told["made"]) == ("done", 1, 1, 1)
    assert team.ask("GET", f"/imports/{number}/refused") == [{"line": 2, "why": "already_a_user"}]


def test_lv10_mails_keep_their_distance_and_lost_time_is_not_made_up_for(desk: DeskHere, team: Any) -> None:
    assert ArrivalSettings().mails_a_minute == 60
    team.ask("POST", "/imports", {"content": jsonl(*(row(f"a{number}") for number in range(150)))})
    mailed = Mailed(desk)
    for _ in range(30):
        mailed.work(1)
    assert 29 <= len(mailed.to) <= 31
    mailed.work(3_600)  # nobody has worked for an hour
    for _ in range(120):
        mailed.work(1)
    times = sorted(at_ns for at_ns, _ in mailed.to)
    assert len(times) == 150
    most = max(sum(1 for at in times if start <= at < start + MINUTE_NS) for start in times)
    assert most <= 60


def test_lv9_an_import_can_be_stopped_and_its_file_taken_up_again(desk: DeskHere, team: Any) -> None:
    content = jsonl(*(row(f"a{number}") for number in range(80)))
    number = team.ask("POST", "/imports", {"content": content})["id"]
    mailed = Mailed(desk)
    mailed.work()
    told = team.ask("POST", f"/imports/{number}/stop")
    assert (told["state"], told["made"], told["mailed"]) == ("stopped", 50, 1)
    assert team.code("POST", f"/imports/{number}/stop") == "not_running"
    assert not mailed.work(60)
    again = team.ask("POST", "/imports", {"content": content})
    assert again["id"] != number
    assert (again["accepted"], again["refused"]) == (30, 50)  # those who are there already are known


def test_lv9_imports_are_of_their_brand_and_for_who_runs_it(desk: DeskHere, team: Any) -> None:
    number = team.ask("POST", "/imports", {"content": jsonl(row("a1"))})["id"]
    other = desk.staff(BOREALIS, Role.OWNER)
    for method, path in (("GET", ""), ("GET", "/refused"), ("POST", "/stop")):
        assert (
            other.code(method, f"/imports/{number}{path}")
            == other.code(method, f"/imports/99{path}")
            == "no_such_import"
        )
    assert other.ask("GET", "/imports") == []
    assert desk.staff(AURORA, Role.SUPPORT).code("POST", "/imports", {"content": jsonl(row("a2"))}) == "not_permitted"
    assert desk.staff(AURORA, Role.MARKETING).code("POST", "/imports/check", {"content": ""}) == "not_permitted"


def test_lv9_who_uses_the_link_has_a_password_an_account_and_a_session(tmp_path: Path) -> None:
    """From the file to the first order: the mail, the link, the account; and the brand's programs are told."""
    assert ArrivalSettings().invitation_s == 30 * 86_400
    settings = msgspec.structs.replace(SETTINGS, arrivals=SERVED)
    with opened_town(tmp_path, settings) as town:
        desk = town.desk
        town.write(
            lambda connection: endpoints.add(
                connection, desk.seal, AURORA, "https://hook.example.com/", [EventKind.SIGN_UP], 1, settings.webhooks
            )
        )
        team = town.staff(AURORA, Role.OWNER)
        team.post("/partner/v1/imports", {"content": jsonl(row("a1", "ada@example.com", language="es"))})
        head = letterhead(settings.mail, desk.hosts, AURORA)

        def invite(connection: Connection, seal: Seal, user: User) -> None:
            arrival.invite(connection, seal, head, user, settings.arrivals.invitation_s)

        while arrival.work(desk.database, desk.seal, invite):
            pass
        (mail,) = town.mails("ada@example.com", "arrival")
        assert "aurora" in mail.subject
        assert "30 días" in mail.body
        (code,) = long_codes_in(mail.body)
        browser = town.browser(BOREALIS)
        assert browser.refused("POST", "/account/v1/invitation", {"code": code, "password": PASSWORD}) == "wrong_code"
        browser = town.browser(AURORA)
        browser.entered("ada@example.com", browser.post("/account/v1/invitation", {"code": code, "password": PASSWORD}))
        assert browser.account >= 1_000
        assert town.desk.venue.accounts[browser.account].brand == AURORA
        assert browser.refused("POST", "/account/v1/invitation", {"code": code, "password": PASSWORD}) == "wrong_code"
        town.browser(AURORA).login("ada@example.com")
        said = town.write(lambda connection: connection.execute(select(webhook_events.c.name)).scalars().all())
        assert said == [f"sign_up-{browser.user}"]
        told = browser.post("/account/v1/transfer-consent", {"given": True, "text": "I agree."})
        assert told["given"] is True
        assert browser.get("/account/v1/transfer-consent") == told
        assert browser.refused("POST", "/account/v1/transfer-consent", {"given": True, "text": ""}) == "bad_request"
        signed = town.member(AURORA)
        said = town.write(lambda connection: connection.execute(select(webhook_events.c.name)).scalars().all())
        assert sorted(said) == sorted([f"sign_up-{browser.user}", f"sign_up-{signed.user}"])
        assert {ACCEPTED, MADE} & {one[0] for one in town.rows("SELECT state FROM import_rows")} == set()
