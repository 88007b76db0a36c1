"""A broker's client asks for access, gets it on the consent page, and loses it when the user ends it. Rule O-11."""

import contextlib
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from journeys.exchange import ONE, PASSWORD, Exchange
from journeys.hands import found_by_axe, funded
from playwright.sync_api import Page, Route, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

REDIRECT = "https://app.example/done"


def test_o11_a_user_lets_a_broker_in_and_takes_it_back_by_the_page(page: Page, exchange: Exchange) -> None:
    client = exchange.client(REDIRECT)
    funded(page, exchange, ONE)
    answered: list[str] = []

    def done(route: Route) -> None:
        answered.append(route.request.url)
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>app</title>")

    page.route(f"{REDIRECT}*", done)
    verifier = secrets.token_urlsafe(48)
    query = {
        "response_type": "code",
        "access_type": "offline",
        "client_id": client.client_id,
        "redirect_uri": REDIRECT,
        "scope": "read_only",
        "state": "s-1",
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    page.goto(exchange.at(ONE, f"/account/oauth/authorize?{urlencode(query)}"))
    assert "Journey bots" in page.locator("main").inner_text()
    assert found_by_axe(page) == []
    if page.locator('input[name="proof"]').count():
        page.locator('input[name="proof"]').fill(PASSWORD)
    page.locator('button[value="approve"]').click()
    page.wait_for_url(f"{REDIRECT}*")
    told = parse_qs(urlsplit(answered[0]).query)
    assert told["state"] == ["s-1"]

    with httpx.Client(base_url=f"http://127.0.0.1:{exchange.port}", headers={"host": f"{ONE}.localhost"}) as http:
        body = {"grant_type": "authorization_code", "code": told["code"][0], "code_verifier": verifier}
        own = {"client_id": client.client_id, "client_secret": client.client_secret}
        tokens = http.post("/v5/users/oauth/token", json=body | own).json()
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        assert http.get("/api/v5/account/balance", headers=headers).json()["code"] == "0"

        with connect(f"{exchange.server.ready['ws']}/ws/v5/private") as socket:
            assert sent(socket, "login", {"accessToken": tokens["access_token"]})["event"] == "login"
            assert sent(socket, "subscribe", {"channel": "account"})["event"] == "subscribe"

            page.goto(exchange.at(ONE, "/settings/brokers"))
            row = page.get_by_role("row").filter(has_text="Journey bots")
            expect(row).to_contain_text("NORTHSTAR")
            assert found_by_axe(page) == []
            row.get_by_role("button").click()
            page.get_by_role("dialog").get_by_role("button", name="End access", exact=True).click()
            expect(row).to_have_count(0)

            deadline = time.monotonic() + 30  # it is out within a second, and the machine may be busy
            with contextlib.suppress(ConnectionClosed):
                while time.monotonic() < deadline:
                    socket.recv(timeout=30)
            assert socket.close_code == 4007
        refused = http.get("/api/v5/account/balance", headers=headers).json()
        assert refused["code"] == "53001"
        again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert http.post("/v5/users/oauth/token", json=again | own).status_code >= 400


def sent(socket: ClientConnection, op: str, arg: dict[str, str]) -> dict[str, Any]:
    """The next event after a request."""
    socket.send(json.dumps({"op": op, "args": [arg]}))
    while "event" not in (told := json.loads(socket.recv(timeout=30))):
        pass
    answer: dict[str, Any] = told
    return answer
