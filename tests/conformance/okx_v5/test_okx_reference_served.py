"""The reference as a running exchange serves it. RF-5 of docs/reference/reference.md."""

import gzip
import socket
from typing import Any

import httpx
import pytest
from conformance.okx_v5.wire import Running, checked

from commonbook.gateway.reference.app import documents
from commonbook.settings import LimitSettings, Settings

DOCUMENTS = ("openapi", "asyncapi", "compatibility", "api-changes")
PAGES = ("", "/market", "/trade", "/websocket", "/codes", "/compatibility", "/changes")


def of_brand(running: Running, path: str, brand: str = "aurora", **headers: str) -> httpx.Response:
    port = running.server.ready["rest"].rsplit(":", 1)[1]
    return running.http.get(path, headers={"host": f"{brand}.localhost:{port}"} | headers)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_rf5_documents_are_served_to_everybody_as_the_code_makes_them(running: Running, name: str) -> None:
    answer = of_brand(running, f"/api/v5/{name}.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    settings = Settings(limits=LimitSettings(scale=1_000))  # this exchange's
    assert answer.json() == documents(settings, "aurora")[name]


@pytest.mark.parametrize("page", PAGES)
def test_rf5_pages_bear_the_name_of_the_brand_that_was_asked_and_no_other(running: Running, page: str) -> None:
    texts = {brand: of_brand(running, f"/docs/api{page}", brand).text for brand in ("aurora", "borealis")}
    for brand, text in texts.items():
        other = next(one for one in texts if one != brand)
        assert f'<a class="brand" href="/docs/api">{brand} <span>' in text
        assert other not in text
        assert "commonbook" not in text
    assert texts["aurora"].replace("aurora", "borealis") == texts["borealis"]


def test_rf5_an_address_that_is_no_brands_bears_no_name(running: Running) -> None:
    for path in ("/docs/api", "/api/v5/openapi.json", "/api/v5/asyncapi.json"):
        text = running.http.get(path).text
        assert "Exchange" in text
        assert not any(name in text for name in ("aurora", "borealis"))


def test_rf5_a_browser_may_run_nothing_and_ask_nothing_of_others(running: Running) -> None:
    headers = of_brand(running, "/docs/api").headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    for name, kind in (("reference.css", "text/css"), ("reference.js", "text/javascript")):
        assert of_brand(running, f"/docs/api/{name}").headers["content-type"].startswith(kind)


def test_rf5_who_has_a_document_is_told_that_it_is_the_same(running: Running) -> None:
    first = of_brand(running, "/api/v5/openapi.json")
    again = of_brand(running, "/api/v5/openapi.json", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = of_brand(running, "/api/v5/openapi.json", "borealis", **{"if-none-match": first.headers["etag"]})
    assert other.status_code == 200
    assert other.headers["vary"] == "host, accept-encoding"


def test_rf5_a_document_is_packed_for_who_can_read_that(running: Running) -> None:
    host, _, port = running.server.ready["rest"].removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as opened:
        opened.sendall(b"GET /docs/api HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
        whole = b"".join(iter(lambda: opened.recv(65_536), b""))
    head, _, body = whole.partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower()
    plain = running.http.get("/docs/api", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(body) == plain.content


@pytest.mark.parametrize("path", ["/docs/api", "/api/v5/openapi.json"])
def test_rf5_other_methods_are_told_which_one_there_is(running: Running, path: str) -> None:
    answer = running.http.post(path, json={})
    assert checked(answer).told() == (405, "50115")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/docs/api/no-such-page", "/docs/apis", "/docs", "/api/v5/no-such.json"])
def test_rf5_what_is_not_of_the_reference_is_answered_by_the_door(running: Running, path: str) -> None:
    assert checked(running.http.get(path)).told() == (404, "50404")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/trade/order", "GET, POST"),
        ("POST", "/market/ticker", "GET"),
        ("GET", "/trade/cancel-order", "POST"),
    ],
)
def test_w2_a_405_says_which_methods_the_path_knows(running: Running, method: str, path: str, allowed: str) -> None:
    answer: Any = running.http.request(method, f"/api/v5{path}")
    assert checked(answer).told() == (405, "50115")
    assert answer.headers["allow"] == allowed
