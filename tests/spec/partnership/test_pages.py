"""The program's pages: PA-24 of docs/rules/partnership.md."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from fluent.syntax import FluentParser
from fluent.syntax.ast import Message, VariableReference
from fluent.syntax.visitor import Visitor
from spec.partnership.desk_here import RETAIL, TEAM, Browser, DesksHere
from spec.partnership.journey import Host, Team, locked_team

from commonbook.errors import BrokenInvariant
from commonbook.partnership import pages, words
from commonbook.partnership.model import State
from commonbook.settings import PartnershipSettings, Settings

FORM = TEAM | {"email": "ada@example.com", "brand_name": "ada-x"}
SAFE = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class Names(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: VariableReference) -> None:
        self.found.add(node.id.name)


def texts(language: str) -> dict[str, set[str]]:
    """Each key of a language, with the values that its text takes."""
    resource = FluentParser().parse((words.TEXTS / f"{language}.ftl").read_text(encoding="utf-8"))
    found = {}
    for entry in resource.body:
        assert type(entry).__name__ != "Junk", entry
        if isinstance(entry, Message):
            names = Names()
            names.visit(entry)
            found[entry.id.name] = names.found
    return found


class Reader(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page(desks: DesksHere, path: str = "/partners", **headers: str) -> str:
    answer = desks.nobody.ask("GET", path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == SAFE
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    must_be_plain(answer.text)
    return answer.text


def must_be_plain(text: str) -> None:
    """No script, no style of its own, nothing from elsewhere, and no handler in an attribute."""
    for tag, attributes in Reader(text).tags:
        assert tag not in ("script", "style", "iframe", "object", "embed", "img", "base"), tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action"):
            value = attributes.get(name) or ""
            assert not re.match(r"(https?:)?//|javascript:|data:", value) or "/partners/mine/" in value, value


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_pa24_every_text_has_its_key_in_every_language(language: str) -> None:
    wanted = texts(words.LANGUAGES[0])
    found = texts(language)
    assert set(found) == set(wanted)
    assert {key: names for key, names in found.items() if not names <= wanted[key]} == {}
    assert words.keys(language) == set(wanted)
    assert {f"state-{state}" for state in State} <= set(found)
    assert {f"field-{name}" for name in pages.FORM} <= set(found)


def test_pa24_a_text_that_is_missing_is_a_bug() -> None:
    with pytest.raises(BrokenInvariant, match="no none-such"):
        words.say("en", "none-such")
    with pytest.raises(BrokenInvariant, match="phase-line"):
        words.say("en", "phase-line")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_pa24_the_ten_questions_with_the_values_in_force(desks: DesksHere, host: Host, language: str) -> None:
    host.open_phase(quota=3)
    locked_team(desks, host)
    text = page(desks, f"/partners?lang={language}")
    reader = Reader(text)
    assert [tag for tag, _ in reader.tags].count("dt") == 10
    for number in range(1, 11):
        assert f"{number}. " in reader.text
    for value in ("Phase 1", "500\N{NARROW NO-BREAK SPACE}000", "HUB", "80", "24"):
        assert value in reader.text, value
    line = words.say(language, "phase-line", phase="Phase 1", taken="1", quota="3", left="2")
    assert line in reader.text
    program = desks.nobody.get("/program/v1/program")
    assert (program["phases"][0]["taken"], program["phases"][0]["left"]) == (1, 2)
    (html, attributes), *_ = reader.tags
    assert (html, attributes["lang"]) == ("html", language)


def test_pa24_the_questions_are_told_as_json_too_at_the_hosts_address_alone(desks: DesksHere, host: Host) -> None:
    host.open_phase(quota=3)
    told = desks.nobody.get("/program/v1/program/questions?language=es")
    assert (told["language"], len(told["questions"])) == ("es", 10)
    asked = [one["asked"] for one in told["questions"]]
    text = Reader(page(desks, "/partners?lang=es")).text
    assert all(one in text for one in asked)
    assert "500\N{NARROW NO-BREAK SPACE}000 HUB" in " ".join(told["questions"][9]["answers"])
    assert desks.nobody.get("/program/v1/program/questions?language=xx")["language"] == "en"


def test_pa24_what_is_not_agreed_is_not_promised(desks: DesksHere, host: Host) -> None:
    closed = Reader(page(desks)).text
    assert "No phase takes applications" in closed
    assert "%" not in closed
    assert "<form" not in page(desks)
    host.open_phase(token_required=False, holders_share="0", host_holders_share="0", stake="7.5")
    told = Reader(page(desks)).text
    assert "Nothing is agreed about tokens" in told
    assert "7.5 HUB" in told


def test_pa24_the_address_for_mail_is_told_where_there_is_one(tmp_path: Any) -> None:
    settings = Settings(partnership=PartnershipSettings(intake_address="join@example.org", host_name="Meridian"))
    with DesksHere(tmp_path / "x", settings) as desks:
        Host.of(desks).open_phase()
        told = Reader(page(desks)).text
    assert "join@example.org" in told
    assert "What does Meridian provide?" in told


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ("", "", "en"),
        ("es", "zh-CN", "es"),
        ("", "zh-CN", "zh-Hans"),
        ("", "fr, es-MX;q=0.5", "es"),
        ("", "ZH-HANS", "zh-Hans"),
        ("../../etc/passwd", "<script>", "en"),
    ],
)
def test_pa24_the_language_is_the_one_that_was_chosen_or_accepted(wanted: str, accepted: str, language: str) -> None:
    assert words.language_of(wanted, accepted) == language


def post(desks: DesksHere, path: str, **fields: str) -> tuple[int, str]:
    answer = desks.nobody.ask("POST", path, data=fields)
    must_be_plain(answer.text)
    assert answer.headers["content-security-policy"] == SAFE
    return answer.status_code, answer.text


def test_pa24_the_form_works_without_script(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    status, received = post(desks, "/partners?lang=es", contact="Ada Bell")
    assert status == 201
    link = next(attributes["href"] for tag, attributes in Reader(received).tags if tag == "a")
    assert link is not None
    mine = page(desks, link)
    assert "Ada Bell" in mine
    assert "borrador" in mine
    path = link.partition("?")[0]
    status, incomplete = post(desks, path, **FORM | {"plan": ""}, action="submit")
    assert status == 409
    assert "contact, mail, phone" in incomplete
    status, done = post(desks, f"{path}?lang=en", **FORM, action="submit")
    assert status == 200
    assert "handed in" in done
    status, late = post(desks, path, **FORM, action="save")
    assert (status, "drafts are changed" in late) == (409, True)
    status, gone = post(desks, f"{path}?lang=en", action="withdraw")
    assert (status, "withdrawn" in gone) == (200, True)


def test_pa24_what_was_filled_in_is_shown_again_and_is_text(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    evil = '"><script>alert(1)</script>'
    status, text = post(desks, "/partners", contact=evil, email="nobody", team=evil)
    assert status == 400
    assert "&lt;script&gt;" in text
    assert "nobody" in text
    found = desks.nobody.ask("POST", "/partners", data={"unknown": "x"})
    assert found.status_code == 400
    status, text = post(desks, "/partners", **FORM | {"contact": evil})
    assert status == 201


def test_pa24_a_link_that_is_none_or_is_claimed_shows_the_program(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    assert desks.nobody.ask("GET", "/partners/mine/guess").status_code == 404
    made = desks.nobody.post("/program/v1/applications", FORM)
    path = f"/partners/mine/{made['secret']}"
    page(desks, path)
    browser = desks.browser(desks.user(RETAIL, desks.account(2_500)), RETAIL)
    browser.post(
        f"/program/v1/applications/{made['reference']}/claim", headers={"x-application-secret": made["secret"]}
    )
    assert desks.nobody.ask("GET", path).status_code == 404


def test_pa24_whoever_is_signed_in_applies_by_the_form_as_anybody(desks: DesksHere, host: Host) -> None:
    """A form carries no CSRF token, so a foreign page could send it: it must not act for who is signed in."""
    host.open_phase()
    headers = {"cookie": host.first.headers["cookie"]}
    answer = desks.nobody.ask("POST", "/partners", data=FORM, headers=headers)
    assert answer.status_code == 201
    (listed,) = host.first.get("/host/v1/partnership/applications")
    assert listed["source"] == "form"
    assert desks.found(listed["reference"]).user == 0


def test_pa24_at_a_brands_address_nothing_tells_of_the_program(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    host.publish()
    team = Team.applies(desks)
    there = Browser(desks, "retail.localhost")
    paths = ("/partners", "/partners/style.css", "/partners/mine/x", "/program/v1/program", "/program/v1/contract")
    for path in paths:
        for browser in (there, team.browser):
            assert browser.code(path, method="GET") == "no_such_path"
    assert there.code("/partners", method="POST", data=FORM) == "no_such_path"
    assert there.code("/program/v1/applications", FORM) == "no_such_path"
    assert team.told()["state"] == "submitted"  # an applicant's own is there


def test_pa24_the_style_is_a_file_of_its_own(desks: DesksHere) -> None:
    answer = desks.nobody.ask("GET", "/partners/style.css")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "url(" not in answer.text


def test_pa24_the_desk_tells_its_routes_and_the_pages_are_no_part_of_it(desks: DesksHere) -> None:
    document = desks.nobody.get("/program/v1/openapi.json")
    assert "/program/v1/applications/{reference}/stake" in document["paths"]
    assert not [path for path in document["paths"] if path.startswith("/partners")]
    assert desks.nobody.ask("GET", "/partners/openapi.json").status_code == 404
