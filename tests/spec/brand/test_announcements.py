"""What a brand tells. docs/rules/announcements.md, AN-1 to AN-5."""

import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec.house import House, Person
from spec.small_exchange import NORTH, SOUTH

from commonbook.administration import log
from commonbook.administration.roles import HOST, Role
from commonbook.brand import markdown
from commonbook.brand.announcements import slug_of
from commonbook.brand.hosts import Snapshot
from commonbook.brand.model import Document, State, Version

TEXT = {"en": {"title": "New: BTC-EUR", "body": "Trading begins **today**.\n\n- one\n- two\n"}}
DRAFT = {"texts": TEXT, "topic": "announcements-new-listings"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


def published(person: Person, **changed: Any) -> dict[str, Any]:
    desk = "host" if person.brand == HOST else "partner"
    made = person.post(f"/{desk}/v1/announcements", DRAFT | changed)
    assert made.status_code == 200, made.text
    told: dict[str, Any] = person.post(f"/{desk}/v1/announcements/{made.json()['id']}/publish", {}).json()
    return told


def page(house: House, slug: str, brand: int = SOUTH, language: str = "en") -> tuple[int, str]:
    answer = house.ask("GET", f"/a/{slug}", brand=brand, headers={"accept-language": language})
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.headers["content-security-policy"]
    return answer.status_code, answer.text


def okx(house: House, query: str = "", brand: int = SOUTH, language: str = "en") -> dict[str, Any]:
    answer = house.ask(
        "GET", f"/api/v5/support/announcements{query}", brand=brand, headers={"accept-language": language}
    ).json()
    assert answer["code"] == "0", answer
    (row,) = answer["data"]
    assert isinstance(row, dict)
    return row


def test_an1_the_address_is_made_of_the_title_or_given_and_taken_for_ever(house: House) -> None:
    owner, stranger = house.person(SOUTH, Role.MARKETING), house.person(NORTH, Role.MARKETING)
    made = owner.post("/partner/v1/announcements", DRAFT).json()
    assert (made["slug"], made["state"], made["version"]) == ("new-btc-eur", "draft", 1)
    assert owner.post("/partner/v1/announcements", DRAFT).json()["error"]["code"] == "slug_taken"
    assert stranger.post("/partner/v1/announcements", DRAFT).status_code == 200
    owner.post(f"/partner/v1/announcements/{made['id']}/publish", {})
    owner.post(f"/partner/v1/announcements/{made['id']}/withdraw")
    assert owner.post("/partner/v1/announcements", DRAFT).json()["error"]["code"] == "slug_taken"
    given = owner.post("/partner/v1/announcements", DRAFT | {"slug": "summer-2026"}).json()
    assert given["slug"] == "summer-2026"


@pytest.mark.parametrize(
    ("title", "slug"),
    [("New: BTC-EUR!", "new-btc-eur"), ("Über uns", "ber-uns"), ("a" * 80, "a" * 64), ("a" * 63 + " b", "a" * 63)],
)
def test_an1_an_address_out_of_a_title(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"slug": "Not-Small"}, "bad_slug"),
        ({"slug": "two--hyphens"}, "bad_slug"),
        ({"slug": "../etc"}, "bad_slug"),
        ({"slug": "a" * 65}, "bad_slug"),
        ({"texts": {"zh": {"title": "公告", "body": "x"}}}, "bad_slug"),
        ({"texts": {}}, "no_text"),
        ({"topic": "announcements-unknown"}, "no_such_topic"),
        ({"form": "poster"}, "bad_request"),
        ({"texts": {"en": {"title": "", "body": "x"}}}, "bad_request"),
        ({"texts": {"en": {"title": "two\nlines", "body": "x"}}}, "bad_request"),
        ({"texts": {"en": {"title": "t" * 201, "body": "x"}}}, "bad_request"),
        ({"texts": {"en": {"title": "t", "body": " "}}}, "bad_request"),
        ({"texts": {"en": {"title": "t", "body": "x" * 100_001}}}, "bad_request"),
        ({"texts": {"english": {"title": "t", "body": "x"}}}, "bad_request"),
    ],
)
def test_an1_what_is_none_is_refused(house: House, changed: dict[str, Any], code: str) -> None:
    owner = house.owner(SOUTH)
    assert owner.post("/partner/v1/announcements", DRAFT | changed).json()["error"]["code"] == code
    assert owner.get("/partner/v1/announcements").json() == []


def test_an1_only_who_may_tell_writes_and_it_is_logged(house: House) -> None:
    for role, status in ((Role.MARKETING, 200), (Role.OPERATIONS, 200), (Role.FINANCE, 403), (Role.SUPPORT, 403)):
        answer = house.person(SOUTH, role).post(
            "/partner/v1/announcements", DRAFT | {"slug": role.value.replace("_", "-")}
        )
        assert answer.status_code == status
    owner = house.owner(SOUTH)
    made = published(owner)
    owner.put(f"/partner/v1/announcements/{made['id']}", {"texts": TEXT})
    owner.post(f"/partner/v1/announcements/{made['id']}/withdraw")
    acts = house.read(lambda connection: [act.act for act in log.acts(connection, SOUTH)])
    assert acts[2:] == [f"{act} announcement" for act in ("draft", "publish", "rewrite", "withdraw")]
    stranger = house.owner(NORTH)
    assert stranger.post(f"/partner/v1/announcements/{made['id']}/withdraw").status_code == 404
    assert stranger.get("/partner/v1/announcements").json() == []


def test_an2_a_draft_and_a_new_version_are_seen_once_they_are_published(house: House) -> None:
    owner = house.owner(SOUTH)
    made = owner.post("/partner/v1/announcements", DRAFT).json()
    assert page(house, "new-btc-eur")[0] == 404
    assert okx(house)["details"] == []
    first = owner.post(f"/partner/v1/announcements/{made['id']}/publish", {}).json()
    assert "<strong>today</strong>" in page(house, "new-btc-eur")[1]
    owner.put(f"/partner/v1/announcements/{made['id']}", {"texts": {"en": {"title": "Later", "body": "Tomorrow."}}})
    assert "<strong>today</strong>" in page(house, "new-btc-eur")[1]
    second = owner.post(f"/partner/v1/announcements/{made['id']}/publish", {}).json()
    assert "Tomorrow." in page(house, "new-btc-eur")[1]
    assert second["published_ns"] == first["published_ns"]
    assert owner.get(f"/partner/v1/announcements/{made['id']}/versions/1").json()["en"]["title"] == "New: BTC-EUR"
    owner.post(f"/partner/v1/announcements/{made['id']}/withdraw")
    assert page(house, "new-btc-eur")[0] == 410
    assert okx(house)["details"] == []
    answer = house.ask("GET", "/program/v1/announcements/new-btc-eur", brand=SOUTH)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "withdrawn")
    owner.post(f"/partner/v1/announcements/{made['id']}/publish", {})
    assert page(house, "new-btc-eur")[0] == 200


def test_an2_the_desk_lists_each_with_the_titles_of_its_newest_version(house: House) -> None:
    owner = house.owner(SOUTH)
    made = owner.post("/partner/v1/announcements", DRAFT).json()
    assert made["titles"] == {"en": "New: BTC-EUR"}
    owner.post(f"/partner/v1/announcements/{made['id']}/publish", {})
    newer = {"en": {"title": "Later", "body": "Tomorrow."}, "de": {"title": "Später", "body": "Morgen."}}
    owner.put(f"/partner/v1/announcements/{made['id']}", {"texts": newer})
    other = owner.post("/partner/v1/announcements", DRAFT | {"slug": "other"}).json()
    told = [(one["id"], one["titles"]) for one in owner.get("/partner/v1/announcements").json()]
    assert told == [(other["id"], {"en": "New: BTC-EUR"}), (made["id"], {"de": "Später", "en": "Later"})]


def test_an2_it_is_shown_from_its_time_on(house: House) -> None:
    owner = house.owner(SOUTH)
    made = owner.post("/partner/v1/announcements", DRAFT).json()
    at_ns = time.time_ns() + 400_000_000
    owner.post(f"/partner/v1/announcements/{made['id']}/publish", {"at_ns": str(at_ns)})
    assert page(house, "new-btc-eur")[0] == 404
    time.sleep(max(0.0, (at_ns - time.time_ns()) / 1e9) + 0.01)
    assert page(house, "new-btc-eur")[0] == 200
    assert okx(house)["details"][0]["pTime"] == str(at_ns // 1_000_000)
    for when, code in (("5", "publish_in_the_past"), ("8" + "0" * 18, "publish_too_far")):
        answer = owner.post(f"/partner/v1/announcements/{made['id']}/publish", {"at_ns": when})
        assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("# Head\n\ntext", "<h1>Head</h1>\n<p>text</p>\n"),
        ("a **b** _c_ `d`", "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>\n"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>\n"),
        (
            "[us](https://example.com/a)",
            '<p><a href="https://example.com/a" rel="nofollow noopener noreferrer">us</a></p>\n',
        ),
        ("[here](/a/other)", '<p><a href="/a/other" rel="nofollow noopener noreferrer">here</a></p>\n'),
        ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("![x](https://example.com/x.png)", None),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("<javascript:alert(1)>", "<p>&lt;javascript:alert(1)&gt;</p>\n"),
        ("[x](data:text/html;base64,AAAA)", "<p>[x](data:text/html;base64,AAAA)</p>\n"),
        ("[x](//evil.example)", "<p>[x](//evil.example)</p>\n"),
        ("[x](/\\evil.example)", None),
        ("[x](vbscript:x)", "<p>[x](vbscript:x)</p>\n"),
        ("[x][1]\n\n[1]: javascript:x", None),
        ('[x](https://example.com "t<i>")', None),
    ],
)
def test_an3_markdown_is_shown_and_html_is_not(written: str, shown: str | None) -> None:
    html = markdown.render(written)
    assert shown is None or html == shown
    must_be_safe(html)


TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "a"),
    *("hr", "br", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"href", "rel", "title", "start", "class", "style"}


class Looking(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            if name == "href":
                assert re.match(r"(https?://|mailto:|/[^/\\]|/$|#)", value or "", re.IGNORECASE), value
            if name == "style":
                assert re.fullmatch(r"text-align:(left|right|center)", value or "")
            if name == "class":
                assert tag == "code"


def must_be_safe(html: str) -> None:
    Looking(convert_charrefs=True).feed(html)


PIECES = st.sampled_from(
    [
        *("<", ">", "script", "img", " onerror=", "javascript:", "[", "]", "(", ")", "!", "`", "&#x6A;", "&lt;", "\\"),
        *("https://a.example/", "//", "/", "mailto:x@y", "data:", '"', "'", "|", "---", "# ", "- ", "> ", "*", "x"),
        *("\n", "\n\n", " "),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_an3_whatever_is_written_nothing_else_is_shown(written: str) -> None:
    must_be_safe(markdown.render(written))


def test_an4_a_page_is_the_brands_own_in_the_language_of_the_request(house: House) -> None:
    owner = house.owner(SOUTH)
    texts = TEXT | {"de": {"title": "Neu", "body": "Der Handel beginnt **heute**."}}
    published(owner, texts=texts)
    status, text = page(house, "new-btc-eur", language="de-AT,en;q=0.3")
    assert status == 200
    assert '<html lang="de">' in text
    assert "<strong>heute</strong>" in text
    assert "south" in text
    assert "today" in page(house, "new-btc-eur", language="fr")[1]
    for brand in (NORTH, HOST):
        assert page(house, "new-btc-eur", brand)[0] == 404
    assert page(house, "<script>")[0] == 404


def test_an4_a_page_has_the_brands_title_and_not_its_name_for_machines(house: House) -> None:
    published(house.owner(SOUTH))
    version = Version(SOUTH, 1, Document("south", "Southern <Exchange>", state=State.LIVE), "", 0, "", "")
    house.desk.hosts.take(Snapshot(1, {SOUTH: version}))
    for slug, status in (("new-btc-eur", 200), ("nowhere", 404)):
        found = page(house, slug)
        assert found[0] == status
        assert "Southern &lt;Exchange&gt;</a></h1>" in found[1]
        assert " - Southern &lt;Exchange&gt;</title>" in found[1]
        assert ">south<" not in found[1]


def test_an4_a_title_is_no_html(house: House) -> None:
    owner = house.owner(SOUTH)
    published(owner, slug="odd", texts={"en": {"title": "<script>x</script>", "body": "text"}})
    text = page(house, "odd")[1]
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_an5_the_okx_door_tells_the_same_by_page_type_and_language(house: House) -> None:
    owner = house.owner(SOUTH)
    for place in range(23):
        published(owner, slug=f"news-{place}", event_ns="1770000000000000000")
    published(owner, slug="down", topic="announcements-delistings", form="notice")
    published(owner, slug="sale", form="campaign")
    published(owner, slug="head", form="banner")
    published(owner, slug="deutsch", texts={"de": {"title": "Nur deutsch", "body": "x"}})
    first, second, third = okx(house), okx(house, "?page=2"), okx(house, "?page=3")
    assert (first["totalPage"], len(first["details"]), len(second["details"]), third["details"]) == ("2", 20, 5, [])
    slugs = [row["url"].rpartition("/")[2] for row in [*first["details"], *second["details"]]]
    assert slugs == ["deutsch", "down", *(f"news-{place}" for place in range(22, -1, -1))]
    row = okx(house, "?annType=announcements-delistings")["details"][0]
    assert row == {
        "annType": "announcements-delistings",
        "title": "New: BTC-EUR",
        "url": "http://south.localhost/a/down",
        "pTime": row["pTime"],
        "businessPTime": "",
    }
    assert second["details"][-1]["businessPTime"] == "1770000000000"
    assert first["details"][0]["title"] == "Nur deutsch"
    assert okx(house, brand=NORTH)["details"] == []
    told = house.ask("GET", "/program/v1/announcements?form=campaign", brand=SOUTH).json()
    assert [row["slug"] for row in told["announcements"]] == ["sale"]
    for query in ("?page=0", "?annType=other"):
        answer = house.ask("GET", f"/api/v5/support/announcements{query}", brand=SOUTH)
        assert (answer.status_code, answer.json()["code"]) == (400, "51000")
    assert house.ask("GET", "/program/v1/announcements?form=poster", brand=SOUTH).status_code == 400


def test_an5_the_host_tells_at_its_own_address(house: House) -> None:
    published(house.owner(HOST), slug="maintenance")
    assert [row["url"] for row in okx(house, brand=HOST)["details"]] == ["http://127.0.0.1/a/maintenance"]
    types = house.ask("GET", "/api/v5/support/announcement-types").json()["data"]
    assert {"annType": "announcements-api", "annTypeDesc": "API"} in types
    assert okx(house)["details"] == []
