"""Web sessions as a credential. I-10 to I-12 of docs/rules/identity.md."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import API, ORDER, Answer, Hand, Running, checked

from commonbook.identity.sessions import FIRST_CREDENTIAL, NewSession, issue_ticket, open_session, redeem_ticket
from commonbook.records import Channel


class Browser:
    """A cookie and a CSRF token at work."""

    def __init__(self, running: Running, account: int, lifetime_s: int = 60) -> None:
        self.running = running
        self.session: NewSession = running.database(lambda connection: open_session(connection, account, 1, lifetime_s))

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("POST", path, body, {"x-csrf-token": self.session.csrf} | headers)

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        cookie = {"cookie": f"theme=dark; session={self.session.token}"}
        content = None if body is None else json.dumps(body)
        return checked(self.running.http.request(method, API + path, content=content, headers=cookie | headers))


@pytest.fixture
def browser(running: Running, alice: Hand) -> Browser:
    """Alice's."""
    return Browser(running, alice.account)


def test_i10_a_session_reads_and_trades_for_its_account(running: Running, browser: Browser, alice: Hand) -> None:
    assert browser.get("/account/config").row["uid"] == str(alice.account)
    row = browser.post("/trade/order", ORDER).row
    assert row["sCode"] == "0"
    assert alice.order(row["ordId"])["state"] == "live"
    (stored,) = running.rows("SELECT channel FROM orders WHERE order_id = :order", order=int(row["ordId"]))
    assert stored["channel"] == Channel.WEB
    ours = alice.order(alice.placed())["ordId"]
    (stored,) = running.rows("SELECT channel FROM orders WHERE order_id = :order", order=int(ours))
    assert stored["channel"] == Channel.API


def test_i10_tokens_are_kept_as_hashes_and_numbered_beyond_the_keys(running: Running, browser: Browser) -> None:
    rows = running.rows("SELECT * FROM web_sessions")
    assert all(row["credential"] > FIRST_CREDENTIAL for row in rows)
    assert browser.session.token not in str(rows)
    assert browser.session.csrf not in str(rows)


def test_i10_a_session_never_withdraws(browser: Browser) -> None:
    asked = {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "x", "chain": "USDT-TRC20"}
    assert browser.post("/asset/withdrawal", asked).code == "50120"


@pytest.mark.parametrize("csrf", ["", "wrong"])
def test_i11_without_its_csrf_token_a_session_changes_nothing(browser: Browser, alice: Hand, csrf: str) -> None:
    assert browser.send("POST", "/trade/order", ORDER, {"x-csrf-token": csrf}).told() == (401, "50114")
    assert browser.send("POST", "/trade/order", ORDER, {}).told() == (401, "50114")
    assert alice.get("/trade/orders-pending").data == []
    assert browser.get("/trade/orders-pending").code == "0"  # reading needs none


def test_i11_a_session_that_is_not_there_or_over_is_refused(running: Running, alice: Hand) -> None:
    over = Browser(running, alice.account, lifetime_s=0)
    assert over.get("/account/config").told() == (401, "50114")
    stranger = Browser(running, alice.account)
    stranger.session = NewSession("made-up", "made-up")
    assert stranger.get("/account/config").told() == (401, "50114")


def test_i11_a_session_that_has_ended_is_refused(running: Running, browser: Browser) -> None:
    assert browser.post("/users/web/end", {}).code == "0"
    running.wait(lambda: browser.get("/account/config").told() == (401, "50114"), 3)


def test_i11_a_cookie_beside_a_key_says_nothing(browser: Browser, bob: Hand) -> None:
    headers = bob.sign("GET", "/account/config", "") | {"cookie": f"session={browser.session.token}"}
    assert bob.repeat("GET", "/account/config", "", headers).row["uid"] == str(bob.account)


def test_i11_public_routes_take_no_notice(browser: Browser) -> None:
    assert browser.get("/public/time").code == "0"


def test_i12_a_ticket_logs_one_websocket_in(running: Running, browser: Browser, alice: Hand) -> None:
    ticket = browser.post("/users/web/ticket", {}).row["ticket"]
    with SocketHand(running, "private") as first, SocketHand(running, "private") as second:
        first.send({"op": "login", "args": [{"ticket": ticket}]})
        assert first.receive()["event"] == "login"
        second.send({"op": "login", "args": [{"ticket": ticket}]})
        assert second.receive()["code"] == "60009"
        assert second.closed()[0] == 4001
        placed = first.order("order", ORDER)
        assert alice.order(placed["data"][0]["ordId"])["state"] == "live"
        browser.post("/users/web/end", {})
        assert first.closed(5)[0] == 4007


def test_i12_the_cookie_alone_logs_no_websocket_in(running: Running, browser: Browser) -> None:
    cookie = {"cookie": f"session={browser.session.token}"}
    with SocketHand(running, "private", cookie) as stream:
        assert stream.subscribe("account")["code"] == "60011"


def test_i12_a_ticket_is_over_after_thirty_seconds_and_works_once_for_two_at_a_time(running: Running) -> None:
    def try_at(later_ns: int) -> Callable[[Any], list[str | None]]:
        def work(connection: Any) -> list[str | None]:
            ticket = issue_ticket(connection, "a" * 64, 1_000)
            return [redeem_ticket(connection, ticket, 1_000 + later_ns) for _ in range(2)]

        return work

    assert running.database(try_at(29_999_999_999)) == ["a" * 64, None]
    assert running.database(try_at(30_000_000_000)) == [None, None]


def test_i12_only_a_session_asks_for_a_ticket(alice: Hand) -> None:
    assert alice.post("/users/web/ticket", {}).code == "50120"
    assert alice.post("/users/web/end", {}).code == "50120"
