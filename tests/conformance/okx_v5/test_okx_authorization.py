"""Every route asked by every kind of principal: docs/reference/authorization.md is what the server answers. I-13; S1.

`COMMONBOOK_WRITE_PROMISES=1` writes the page anew; what has changed in it is then for a person to judge.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conformance.okx_v5.oauth_hand import granted, library, registered, signed_in
from conformance.okx_v5.test_okx_sessions import Browser
from conformance.okx_v5.wire import API, Answer, Hand, Running, checked, started

from commonbook.gateway.okx_v5.app import MAKES_KEYS, NOT_BY_TOKEN, ROUTES
from commonbook.gateway.okx_v5.oauth import PATHS, PREFIXES, TOKEN
from commonbook.identity.model import Permission
from commonbook.oauth import clients
from commonbook.oauth.model import ClientKind, NewClient

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "authorization.md"
LET_IN = "yes"
DENIED = {"50101", "50103", "50110", "50111", "50114", "50120", "53013"}  # codes that tell who asks, not what was asked
Ask = Callable[[str, str], Answer]

HEAD = """# Who may ask for what

Every route of the OKX v5 door, asked by every kind of principal, with what the server answered: `yes`, or the code
with which it did not let the principal in. The test `tests/conformance/okx_v5/test_okx_authorization.py` asks each and
compares (I-13 of [identity](../rules/identity.md)); a route that is not here fails it.

`none`: no credential. `read`, `trade`, `withdraw`: keys with this permission alone. `session`: a web session with its
CSRF token. `other brand`: a full key of a customer of another brand, sent to this brand's host. `sub`: a full key of a
sub-account. `simulated`: a full key of the simulated venue, with `x-simulated-trading: 1`. `for live`: the same key
without it. `for simulated`: a full live key with it. `revoked`: a full key that was revoked. `address`: a full key for
another address. `token`: an access token of the scopes `read_only` and `trade`
([oauth](../rules/oauth.md)). `key token`: one of the scope `fast_api`.

"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


def by_key(hand: Hand, **headers: str) -> Ask:
    def ask(method: str, path: str) -> Answer:
        return hand.send(method, path, "{}" if method == "POST" else "", changed=headers)

    return ask


def principals(running: Running) -> dict[str, Ask]:
    full, master = running.hand("aurora"), running.hand("aurora")
    player = running.simulated(full)
    only = {permission: running.hand(permissions=frozenset({permission})) for permission in Permission}
    revoked = running.hand("aurora")
    revoked.get("/account/config")
    running.change("UPDATE api_keys SET revoked = TRUE WHERE api_key = :key", key=revoked.key["api_key"])
    running.wait(lambda: revoked.get("/account/config").code == "50111", 3)

    def nobody(method: str, path: str) -> Answer:
        return checked(running.http.request(method, API + path, content="{}" if method == "POST" else None))

    def session(method: str, path: str) -> Answer:
        browser = Browser(running, full.account)  # a new one each time, as one of the routes ends it
        return browser.post(path, {}) if method == "POST" else browser.get(path)

    maker = registered(running)
    browser = signed_in(running, running.hand("aurora"))

    def by_token(scope: str) -> Ask:
        with library(running, maker, scope) as client:
            headers = {"authorization": f"Bearer {granted(client, browser)['access_token']}"}

        def ask(method: str, path: str) -> Answer:
            content = "{}" if method == "POST" else None
            return checked(running.http.request(method, API + path, content=content, headers=headers))

        return ask

    return {
        "none": nobody,
        "read": by_key(only[Permission.READ]),
        "trade": by_key(only[Permission.TRADE]),
        "withdraw": by_key(only[Permission.WITHDRAW]),
        "session": session,
        "other brand": by_key(running.hand("borealis"), host="aurora.localhost"),
        "sub": by_key(master.open_sub("trader1")),
        "simulated": by_key(player),
        "for live": by_key(player, **{"x-simulated-trading": ""}),
        "for simulated": by_key(full, **{"x-simulated-trading": "1"}),
        "revoked": by_key(revoked),
        "address": by_key(running.hand(ip_list=("10.1.2.3",))),
        "token": by_token("read_only,trade"),
        "key token": by_token("fast_api"),
    }


TOKEN_HEAD = """
## The token endpoints

They are not routes of the door: bare objects are answered there, to clients of brokers
([oauth](../rules/oauth.md), O-6 and O-14). Each is at `/v5/users/oauth` and at `/api/v5/users/oauth`.

`none`: no client. `key`: the signature of a full API key. `session`: a web session with its CSRF token. `unknown`: a
client that is not there. `wrong secret`: one with another's secret. `client`: one with its secret. `public`: a public
one. `other address`: one whose servers are elsewhere. `disabled`: one that the host has disabled.

"""
NOT_A_CLIENT = {"53009", "53014"}


def test_o7_the_token_endpoints_let_in_whom_the_page_says(running: Running) -> None:
    hand = running.hand("aurora")
    browser, own, other = signed_in(running, hand), registered(running), registered(running)
    public, far, gone = (
        registered(running, ClientKind.PUBLIC),
        registered(running, address="10.1.2.3"),
        registered(running),
    )
    running.database(lambda connection: clients.disable(connection, gone.client_id))

    def of(client: NewClient, secret: str = "") -> dict[str, str]:
        shown = secret or client.client_secret
        return {"client_id": client.client_id} | ({"client_secret": shown} if shown else {})

    asked: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "none": ({}, {}),
        "key": ({}, hand.sign("POST", TOKEN, "{}")),
        "session": ({}, browser.headers),
        "unknown": ({"client_id": "f" * 32, "client_secret": "x"}, {}),
        "wrong secret": (of(own, other.client_secret), {}),
        "client": (of(own), {}),
        "public": (of(public), {}),
        "other address": (of(far), {}),
        "disabled": (of(gone), {}),
    }
    lines = [f"| endpoint | {' | '.join(asked)} |", f"|---|{'---|' * len(asked)}"]
    body = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    for path in sorted(path for path in PATHS if path.startswith("/v5")):
        cells = []
        for client, headers in asked.values():
            answers = [
                running.http.post(prefix + path, json=body | client, headers=headers).json() for prefix in ("", "/api")
            ]
            assert answers[0] == answers[1]
            code = answers[0].get("code", "")
            cells.append(code if code in NOT_A_CLIENT else LET_IN)
        lines.append(f"| POST {path.removeprefix('/v5/users/oauth')} | {' | '.join(cells)} |")
    made = TOKEN_HEAD + "\n".join(lines) + "\n"
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        PAGE.write_text(PAGE.read_text().partition(TOKEN_HEAD)[0] + made)
    assert PAGE.read_text().endswith(made)


def test_i13_every_route_lets_in_whom_the_page_says(running: Running) -> None:
    asked = principals(running)
    lines = [f"| route | {' | '.join(asked)} |", f"|---|{'---|' * len(asked)}"]
    for method, path in ROUTES:
        answers = [ask(method, path) for ask in asked.values()]
        assert all(answer.status < 500 for answer in answers), path
        cells = [answer.code if answer.code in DENIED else LET_IN for answer in answers]
        lines.append(f"| {method} {path} | {' | '.join(cells)} |")
    made = HEAD + "\n".join(lines) + "\n"
    written = PAGE.read_text()
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        PAGE.write_text(made + "".join(written.partition(TOKEN_HEAD)[1:]))
    assert PAGE.read_text().partition(TOKEN_HEAD)[0] == made


def rows() -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    first = PAGE.read_text().partition(TOKEN_HEAD)[0]
    lines = [line.strip("| ").split(" | ") for line in first.splitlines() if line.startswith("| ")]
    for route, *cells in lines[1:]:
        method, _, path = route.partition(" ")
        yield (method, path), dict(zip(lines[0][1:], cells, strict=True))


def test_i13_the_page_has_every_route_and_says_what_its_permission_means() -> None:
    told = dict(rows())
    assert set(told) == set(ROUTES)
    for route, cells in told.items():
        needed = ROUTES[route].permission
        if needed is None:
            assert set(cells.values()) == {LET_IN}, route
            continue
        own = route[1].startswith("/users/web/") or route in MAKES_KEYS  # of a session, or of a token, alone
        for permission, name in (
            (Permission.READ, "read"),
            (Permission.TRADE, "trade"),
            (Permission.WITHDRAW, "withdraw"),
        ):
            assert cells[name] == (LET_IN if permission is needed and not own else "50120"), route
        assert cells["simulated"] == cells["other brand"], route
        is_sessions = needed is not Permission.WITHDRAW and route not in MAKES_KEYS
        assert cells["session"] == (LET_IN if is_sessions else "50120"), route
        assert cells["key token"] == (LET_IN if route in MAKES_KEYS else "53013"), route
        is_tokens = is_sessions and route not in NOT_BY_TOKEN
        assert cells["token"] == (LET_IN if is_tokens else "53013"), route
        denied = {
            "none": "50103",
            "for live": "50101",
            "for simulated": "50101",
            "revoked": "50111",
            "address": "50110",
        }
        assert {name: cells[name] for name in denied} == denied, route


def test_o7_the_page_has_every_token_endpoint() -> None:
    second = PAGE.read_text().partition(TOKEN_HEAD)[2]
    told = set(re.findall(r"^\| POST (/[a-z]+) \|", second, re.MULTILINE))
    assert {prefix + path for prefix in PREFIXES for path in told} == PATHS


def test_i13_a_refused_principal_has_changed_nothing(running: Running) -> None:
    reader = running.hand(permissions=frozenset({Permission.READ}))
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
    assert reader.send("POST", "/trade/order", json.dumps(order)).told() == (200, "50120")
    assert reader.get("/trade/orders-pending").data == []
    assert reader.balances()["USDT"] == ("1000000", "0")
