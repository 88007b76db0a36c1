"""The program's page and its data: BE-1."""

from html.parser import HTMLParser

import pytest
from fluent.syntax import FluentParser
from fluent.syntax.ast import Message, VariableReference
from fluent.syntax.visitor import Visitor
from spec.partnership.desk_here import RETAIL, Browser, DesksHere

from commonbook.brokerage import pages, words
from commonbook.brokerage.model import AttestationKind, Business, State
from commonbook.brokerage.questionnaire import ASKED, SECURITY

SAFE = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class Names(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: VariableReference) -> None:
        self.found.add(node.id.name)


class Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


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


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_be1_every_text_has_its_key_in_every_language(language: str) -> None:
    wanted, found = texts(words.LANGUAGES[0]), texts(language)
    assert set(found) == set(wanted) == words.keys(language)
    assert {key: names for key, names in found.items() if names != wanted[key]} == {}
    assert {f"state-{state}" for state in State} | {f"business-{one}" for one in Business} <= set(found)
    assert {f"attest-{kind.replace('_', '-')}" for kind in AttestationKind} <= set(found)
    assert {f"security-{name}" for name in SECURITY} <= set(found)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_be1_the_page_compares_the_models_row_by_row_and_answers_the_questions(desks: DesksHere, language: str) -> None:
    answer = desks.nobody.ask("GET", f"/brokers?lang={language}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == SAFE
    assert answer.headers["referrer-policy"] == "no-referrer"
    reader = Reader(answer.text)
    tags = [tag for tag, _ in reader.tags]
    assert (tags.count("dt"), tags.count("tr")) == (len(pages.POINTS), len(pages.COMPARED) + 1)
    assert not {"script", "style", "iframe", "form", "img"} & set(tags)
    assert not [attributes for _, attributes in reader.tags if any(name.startswith("on") for name in attributes)]
    for value in ("100", "365", "30", "USDT", "VIP"):
        assert value in reader.text, value
    asked_in = {"accept-language": language}
    rows = desks.nobody.get("/broker/v1/models", headers=asked_in)
    assert [row["name"] for row in rows] == list(pages.COMPARED)
    for row in rows:
        for text in (row["feature"], row["api"], row["oauth"]):
            assert text in reader.text
        assert row["api"] != row["oauth"]
    told = desks.nobody.get("/broker/v1/questions", headers=asked_in)
    for question in told:
        for text in (question["question"], question["answer"], *question["points"]):
            assert text in reader.text
    assert [len(one["points"]) for one in told] == [len(points) for points in pages.POINTS.values()]


def test_be1_what_decides_between_the_models_is_compared(desks: DesksHere) -> None:
    rows = {row["name"]: row for row in desks.nobody.get("/broker/v1/models")}
    assert {"security", "privacy", "speed", "control", "use"} <= set(rows)
    assert "never withdrawals" in rows["control"]["oauth"]
    assert "except withdrawals" in rows["control"]["api"]


def test_be1_at_a_brands_address_it_speaks_in_the_brands_name(desks: DesksHere) -> None:
    brand = Browser(desks, f"{desks.desk.venue.brands[RETAIL].name}.localhost")
    text = brand.ask("GET", "/brokers").text
    assert "Become a broker at retail" in text
    assert "commonbook" not in text.lower()
    assert "Become a broker at commonbook" in desks.nobody.ask("GET", "/brokers").text
    style = brand.ask("GET", "/brokers/style.css")
    assert style.headers["content-type"].startswith("text/css")


def test_be1_what_is_asked_of_who_applies_is_told_as_data(desks: DesksHere) -> None:
    program = desks.nobody.get("/broker/v1/program")
    assert program["fields"] + [one["name"] for one in program["security"]] == list(ASKED)
    assert all(one["question"].endswith("?") for one in program["security"])
    assert program["models"] == ["api", "oauth", "both"]
    assert program["businesses"] == ["aggregator", "algo_provider", "wealth_manager", "social_trading", "fintech"]
    assert program["contract"] is None


def test_be1_the_desk_has_its_document(desks: DesksHere) -> None:
    document = desks.nobody.get("/broker/v1/openapi.json")
    paths = document["paths"]
    assert {"/broker/v1/applications", "/broker/v1/models", "/broker/v1/broker"} <= set(paths)
    operation = paths["/broker/v1/applications/{application}/contract"]["post"]
    assert {"400", "401", "403", "404", "409", "429"} <= set(operation["responses"])
    assert "#/components/schemas/Acceptance" in str(operation["requestBody"])
