"""Every route asked by every kind of principal: docs/reference/authorization.md is what the server answers. I-13; S1.

`COMMONBOOK_WRITE_PROMISES=1` writes the page anew; what has changed in it is then for a person to judge.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conformance.okx_v5.test_okx_sessions import Browser
from conformance.okx_v5.wire import API, Answer, Hand, Running, checked, started

from commonbook.gateway.okx_v5.app import ROUTES
from commonbook.identity.model import Permission

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "authorization.md"
LET_IN = "yes"
DENIED = {"50101", "50103", "50110", "50111", "50114", "50120"}  # codes that tell who asks, not what was asked
Ask = Callable[[str, str], Answer]

HEAD = """# Who may ask for what

Every route of the OKX v5 door, asked by every kind of principal, with what the server answered: `yes`, or the code
with which it did not let the principal in. The test `tests/conformance/okx_v5/test_okx_authorization.py` asks each and
compares (I-13 of [identity](../rules/identity.md)); a route that is not here fails it.

`none`: no credential. `read`, `trade`, `withdraw`: keys with this permission alone. `session`: a web session with its
CSRF token. `other brand`: a full key of a customer of another brand, sent to this brand's host. `sub`: a full key of a
sub-account. `simulated`: a full key of the simulated venue, with `x-simulated-trading: 1`. `for live`: the same key
without it. `for simulated`: a full live key with it. `revoked`: a full key that was revoked. `address`: a full key for
another address.

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
    }


def test_i13_every_route_lets_in_whom_the_page_says(running: Running) -> None:
    asked = principals(running)
    lines = [f"| route | {' | '.join(asked)} |", f"|---|{'---|' * len(asked)}"]
    for method, path in ROUTES:
        answers = [ask(method, path) for ask in asked.values()]
        assert all(answer.status < 500 for answer in answers), path
        cells = [answer.code if answer.code in DENIED else LET_IN for answer in answers]
        lines.append(f"| {method} {path} | {' | '.join(cells)} |")
    made = HEAD + "\n".join(lines) + "\n"
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        PAGE.write_text(made)
    assert PAGE.read_text() == made


def rows() -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    lines = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
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
        own = route[1].startswith("/users/web/")  # of a web session alone
        for permission, name in (
            (Permission.READ, "read"),
            (Permission.TRADE, "trade"),
            (Permission.WITHDRAW, "withdraw"),
        ):
            assert cells[name] == (LET_IN if permission is needed and not own else "50120"), route
        assert cells["simulated"] == cells["other brand"], route
        assert cells["session"] == (LET_IN if needed is not Permission.WITHDRAW else "50120"), route
        denied = {
            "none": "50103",
            "for live": "50101",
            "for simulated": "50101",
            "revoked": "50111",
            "address": "50110",
        }
        assert {name: cells[name] for name in denied} == denied, route


def test_i13_a_refused_principal_has_changed_nothing(running: Running) -> None:
    reader = running.hand(permissions=frozenset({Permission.READ}))
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
    assert reader.send("POST", "/trade/order", json.dumps(order)).told() == (200, "50120")
    assert reader.get("/trade/orders-pending").data == []
    assert reader.balances()["USDT"] == ("1000000", "0")
