"""What a browser finds at a brand's address, and that nothing there names the host or the product. BR-14 and BR-15."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from spec.brand.served import HOST_NAME, Served

from commonbook.administration.roles import Role
from commonbook.brand.model import Document, State
from commonbook.gateway.desk.app import DESKS
from commonbook.gateway.front.app import PLAIN
from commonbook.gateway.front.page import page, style
from commonbook.gateway.front.texts import language_of
from commonbook.gateway.okx_v5.app import PREFIX, ROUTES
from commonbook.gateway.reference.pages import ROOT
from commonbook.settings import BrandSettings

RIGHT = Document(name="north", title="North", state=State.LIVE, languages=("en", "de", "pt-BR", "ar"))
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


# -- the page ---------------------------------------------------------------------------------------------------------


def test_br14_the_page_shows_the_brand_and_what_it_lists(served: Served) -> None:
    served.create("maple", support="help@example.com", languages=["en", "de"])
    found = served.get("maple.localhost", PLAIN)
    assert (found.status_code, found.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert found.headers["content-security-policy"] == POLICY
    assert "<h1>Maple</h1>" in found.text
    assert '<th scope="row">BTC-USDT</th>' in found.text
    assert 'href="mailto:help@example.com"' in found.text
    assert '<html lang="en" dir="ltr">' in found.text
    assert '<html lang="de"' in served.get("maple.localhost", PLAIN, **{"accept-language": "de-AT,en;q=0.5"}).text


def test_br14_the_page_leaves_out_what_the_journal_says_that_the_brand_does_not_list(served: Served) -> None:
    """LI-1: there is one source of it."""
    served.create("oleander")
    assert "BTC-USDT" in served.get("oleander.localhost", PLAIN).text
    served.delist("oleander", "BTC-USDT")
    deadline = time.monotonic() + 5
    while "BTC-USDT" in served.get("oleander.localhost", PLAIN).text:
        assert time.monotonic() < deadline
    assert "BTC-USDT" in served.get("aurora.localhost", PLAIN).text


def test_br14_a_page_is_asked_for_its_head_and_asked_again(served: Served) -> None:
    whole = served.get("aurora.localhost")
    head = served.get("aurora.localhost", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]
    same = served.get("aurora.localhost", **{"if-none-match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert served.get("aurora.localhost", method="POST").status_code == 404


def test_br14_the_look_as_json_says_what_a_page_is_made_of_and_nothing_internal(served: Served) -> None:
    served.create("plum", colours={"accent": "#0b5cad"}, fonts={"heading": "serif"}, countries=["DE"])
    look = served.get("plum.localhost", "/program/v1/brand").json()
    assert set(look) == {
        *("name", "title", "logo", "theme", "colours", "fonts", "languages", "texts", "support", "countries"),
        *("sign_up", "deposits", "withdrawals", "names"),
    }
    assert (look["colours"]["accent"], look["countries"]) == ("#0b5cad", ["DE"])
    assert look["fonts"]["heading"].startswith("Georgia")
    assert served.get("127.0.0.1", "/program/v1/brand").json()["error"]["code"] == "no_such_brand"
    sheet = served.get("plum.localhost", look["theme"])
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "--accent: #0b5cad;" in sheet.text


def test_br14_under_a_host_that_is_no_brands_there_is_nothing_and_nobody(served: Served) -> None:
    for host in ("nobody.localhost", "127.0.0.1", "exchange.example.com", ""):
        for path in ("/", "/brand/theme.css", "/brand/logo-" + "0" * 64):
            found = served.get(host, path)
            assert found.status_code == 404
            assert (
                found.text
                == '<!doctype html>\n<html lang="en">\n<title>Not found</title>\n<h1>Not found</h1>\n</html>\n'
            )


def test_br14_what_a_brand_writes_is_text_and_never_markup() -> None:
    nasty = "</title><script>alert(1)</script>\"'&"
    document = replace(RIGHT, title=nasty, texts={"front.tagline": {"en": nasty}}, support="a@b.com")
    told = page(document, "en", [(nasty, nasty, nasty)], "")
    assert "<script" not in told
    assert told.count("&lt;/title&gt;&lt;script&gt;") == 6
    assert "script" not in page(RIGHT, "en", [], "").lower()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-CH", "de"),
        ("fr,de;q=0.1", "de"),
        ("en;q=0.1,de;q=0.9", "de"),
        ("pt", "pt-BR"),
        ("pt-PT,en;q=0.1", "pt-BR"),
        ("ar-EG", "ar"),
        ("de;q=0", "en"),
        ("ja", "en"),
        ("*", "en"),
        (";;;,,q=x", "en"),
        ("de;q=abc", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_br14_the_language_is_the_one_that_is_liked_best(accepted: str, language: str) -> None:
    assert language_of(RIGHT, accepted) == language


def test_br14_a_language_from_right_to_left_is_written_so() -> None:
    assert '<html lang="ar" dir="rtl">' in page(RIGHT, "ar", [], "")


def test_br14_texts_come_in_the_language_else_in_the_first_else_ours() -> None:
    document = replace(
        RIGHT, texts={"front.tagline": {"en": "Trade.", "de": "Handle."}, "front.api": {"en": "For machines"}}
    )
    german = page(document, "de", [], "")
    assert "Handle." in german
    assert "For machines" in german
    assert "Markets" in german


def test_br14_the_style_sheet_has_no_way_to_elsewhere() -> None:
    sheet = style(RIGHT, BrandSettings().fonts)
    assert not re.search(r"url\(|@import|expression|http", sheet)
    assert "--font-heading: system-ui" in sheet


# -- who is named -----------------------------------------------------------------------------------------------------


def test_br15_the_host_is_named_where_the_law_wants_it_and_nowhere_else() -> None:
    assert "Zebrahouse" not in page(RIGHT, "en", [], "Zebrahouse")
    assert "Operated on the exchange of Zebrahouse." in page(replace(RIGHT, names_host=True), "en", [], "Zebrahouse")


PROOFS = ("acme-challenge", "exchange-proof")


@dataclass(frozen=True)
class Question:
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def questions() -> Iterator[Question]:
    """Everything that there is to ask for, and what there is not."""
    for path in (
        "/",
        "/brand/theme.css",
        "/brand/logo-0",
        "/.well-known/acme-challenge/x",
        "/.well-known/exchange-proof/x",
    ):
        for method in ("GET", "HEAD", "POST", "DELETE"):
            yield Question(method, path)
    for method, path in ROUTES:
        yield Question(method, PREFIX + path)
        yield Question(method, PREFIX + path, (("ok-access-key", "x"), ("ok-access-sign", "x")))
        yield Question(method, PREFIX + path, (("x-simulated-trading", "1"),))
        yield Question("PATCH", PREFIX + path)
    for name in ("openapi", "asyncapi", "compatibility", "api-changes"):
        yield Question("GET", f"{PREFIX}/{name}.json")
    for page_of in ("", "/", "/websocket", "/codes", "/compatibility", "/changes", "/reference.css", "/reference.js"):
        yield Question("GET", ROOT + page_of)
    for group in ("public", "market", "trade", "account", "asset", "users", "system", "support", "nowhere"):
        yield Question("GET", f"{ROOT}/{group}")
    for path in ("summary", "ticker", "tickers", "assets", "pairs", "orderbook/BTC_USDT", "trades/BTC_USDT", "nowhere"):
        yield Question("GET", f"/public/v1/{path}")
        yield Question("POST", f"/public/v1/{path}")
    yield Question("GET", "/public/v1/historical_trades?ticker_id=BTC_USDT")
    for prefix, (_, _, handlers) in DESKS.items():
        yield Question("GET", f"{prefix}/openapi.json")
        yield Question("GET", f"{prefix}/nowhere")
        for handler in handlers:
            for path in getattr(handler, "paths", ()):
                shown = re.sub(r"\{[^}]*\}", "1", path)
                for method in getattr(handler, "http_methods", ()):
                    yield Question(method, prefix + shown, body=b"{}")
                yield Question("PATCH", prefix + shown, body=b"no json")
    for path in (
        "/nowhere",
        "/favicon.ico",
        "/robots.txt",
        "/.git/config",
        "/%2e%2e/etc/passwd",
        "/ws/v5/public",
        "/ws/v5/x",
    ):
        yield Question("GET", path)
        yield Question("GET", path, (("connection", "Upgrade"), ("upgrade", "websocket")))
    big = (("x-long", "x" * 70_000),)
    yield Question("GET", "/", big)
    yield Question("POST", f"{PREFIX}/trade/order", body=b"x" * (1024 * 1024 + 1))
    yield Question("POST", "/partner/v1/brand", body=b"x" * (1024 * 1024 + 1))


def names(answer: httpx.Response) -> list[str]:
    told = f"{answer.status_code} {answer.reason_phrase} {answer.headers.multi_items()} {answer.text}".lower()
    return [name for name in (HOST_NAME.lower(), "commonbook", "uvicorn", "litestar", "picows") if name in told]


def test_br15_no_answer_at_a_brands_address_names_the_host_or_the_product(served: Served) -> None:
    served.create("quince", domains=["quince-ex.com"])
    asked = 0
    with httpx.Client(base_url=served.address, timeout=30) as http:
        for one in questions():
            headers = {"host": "quince.localhost"} | dict(one.headers)
            answer = http.request(one.method, one.path, headers=headers, content=one.body)
            assert names(answer) == [], (one, answer.headers, answer.text[:2_000])
            assert answer.status_code != 500, (one, answer.text)
            asked += 1
    assert asked > 800


def test_br15_nor_does_one_that_a_brands_team_is_given(served: Served) -> None:
    served.create("rowan", domains=["rowan-ex.com"])
    team = served.team("rowan", Role.OWNER)
    bodies: list[Any] = [
        None,
        {},
        {"based_on": 0, "document": {}},
        {"based_on": 9, "document": {"name": "rowan", "title": "R"}},
    ]
    asked = 0
    with httpx.Client(base_url=served.address, timeout=30) as http:
        for prefix in ("/partner/v1", "/program/v1"):
            for handler in DESKS[prefix][2]:
                for path in getattr(handler, "paths", ()):
                    for method in getattr(handler, "http_methods", ()):
                        for body in bodies:
                            given = {"host": team.host, "cookie": f"session={team.token}", "x-csrf-token": team.csrf}
                            shown = re.sub(r"\{[^}]*\}", "1", path)
                            answer = http.request(method, prefix + shown, headers=given, content=json.dumps(body))
                            assert names(answer) == [], (method, shown, answer.text)
                            asked += 1
    assert asked >= 80


def test_br15_a_websocket_does_not_name_them_either(served: Served) -> None:
    upgrade = {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13"}
    upgrade["sec-websocket-key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    with httpx.Client(base_url=served.address, timeout=60) as http:
        for path in ("/ws/v5/public", "/ws/v5/private", "/ws/v5/nowhere"):
            with http.stream("GET", path, headers=upgrade | {"host": "aurora.localhost"}) as answer:
                told = str(answer.headers.multi_items()).lower()
                assert answer.status_code == (404 if "nowhere" in path else 101)
                assert not any(name in told for name in ("commonbook", "picows", HOST_NAME.lower(), "server"))
