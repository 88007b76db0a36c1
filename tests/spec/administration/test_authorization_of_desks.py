"""Every route of every desk, asked by every kind of principal: docs/reference/authorization-desks.md. AD-1, AD-2, S1.

`COMMONBOOK_WRITE_PROMISES=1` writes the page anew; what has changed in it is then for a person to judge.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from spec.house import SETTINGS, House, Person
from spec.small_exchange import NORTH, SOUTH

from commonbook.administration.roles import ALLOWED, HOST, May, Role
from commonbook.gateway.desk.app import DESKS, PAGES
from commonbook.gateway.desk.needs import Needs, Side
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.service import create_key
from commonbook.identity.sessions import end_session, hash_of
from commonbook.qa.desk_routes import Route, desk_document, routes
from commonbook.settings import PeopleSettings, Settings

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "authorization-desks.md"
LET_IN = "yes"
# Codes that tell who asks, not what was asked; `no_such_path` is a desk that is not at this address.
DENIED = {"sign_in", "wrong_desk", "not_permitted", "second_factor_needed", "session_needed", "no_such_path"}
PASSPHRASE = "Desk-42-key"
REAL = Settings(limits=SETTINGS.limits, people=PeopleSettings(answer_ms=0))  # second factors are asked for
Ask = Callable[[Route], httpx.Response]

HEAD = """# Who may ask for what at the desks

Every route of every desk, asked by every kind of principal, with what was answered: `yes`, or the code with which the
principal was not let in. The test `tests/spec/administration/test_authorization_of_desks.py` asks each and compares
(AD-1 and AD-2 of [administration](../rules/administration.md)); a route that is not here fails `make check`.

The principals are the desk's own: at `/host/v1` and `/partners` people of the host, at its address; elsewhere people of
a brand, at the brand's. `nobody`: no credential. `user`: a session without a role. `owner` to `read_only`: a session of
a user with this role, a second factor set up and shown just now. `host`: the host's owner, at the host's address.
`brand`: a brand's owner, at the brand's address. `other brand`: another brand's owner, with a session of that brand, at
this desk's address. `key`: an owner's key that may manage. `key without`: an owner's key that reads, trades and
withdraws. `ended`: an owner's session that has ended. `no factor`: an owner who has set up no second factor. `not
lately`: an owner who has shown theirs too long ago.

`yes` is what the desk says to the principal, not that the request is good: what is asked may still be absent, or be
refused by a rule.
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("desks"), REAL) as found:
        yield found


def value(path: str, name: str) -> str | None:
    """A role where a path has one; the rest as it comes."""
    return "support" if name == "role" and "{role}" in path else None


def ask_as(person: Person, route: Route, brand: int | None = None) -> httpx.Response:
    there = replace(person, brand=person.brand if brand is None else brand)
    return there.ask(route.method, route.target(value), route.body(value), {})


def principals(house: House, brand: int) -> dict[str, Ask]:
    """Those of one side. Behind each request to the account desk, which may end or erase one, there is a new user."""
    other = SOUTH if brand == NORTH else NORTH

    def nobody(route: Route) -> httpx.Response:
        return house.ask(route.method, route.target(value), route.body(value), brand)

    def session(at: int, *roles: Role, has_factor: bool = True, lately: bool = True) -> Ask:
        people: list[Person] = []

        def ask(route: Route) -> httpx.Response:
            person = people.pop() if people else house.person(at, *roles, has_factor=has_factor, lately=lately)
            if route.method == "GET" or not route.desk.startswith("/account"):
                people.append(person)
            return ask_as(person, route)

        return ask

    others, gone = (house.person(at, Role.OWNER, has_factor=True) for at in (other, brand))
    house.write(lambda connection: end_session(connection, hash_of(gone.session.token)))

    def other_brand(route: Route) -> httpx.Response:
        return ask_as(others, route, brand)

    def ended(route: Route) -> httpx.Response:
        return ask_as(gone, route)

    return {
        "nobody": nobody,
        "user": session(brand),
        **{role.value: session(brand, role) for role in Role},
        "host": session(HOST, Role.OWNER),
        "brand": session(NORTH, Role.OWNER),
        "other brand": other_brand,
        "key": by_key(house, brand, Permission.MANAGE),
        "key without": by_key(house, brand, Permission.READ, Permission.TRADE, Permission.WITHDRAW),
        "ended": ended,
        "no factor": session(brand, Role.OWNER, has_factor=False),
        "not lately": session(brand, Role.OWNER, lately=False),
    }


def by_key(house: House, brand: int, *permissions: Permission) -> Ask:
    owner = house.person(brand, Role.OWNER, has_factor=True)
    key = house.write(
        lambda connection: create_key(
            connection, house.seal, 0, brand, frozenset(permissions), "k", passphrase=PASSPHRASE, user=owner.user
        )
    )

    def ask(route: Route) -> httpx.Response:
        target, body = route.target(value), route.body(value)
        return house.ask(route.method, target, body, brand, signed(key, route.method, target, body))

    return ask


def signed(key: NewKey, method: str, target: str, body: object) -> dict[str, str]:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = moment + method + target + ("" if body is None else json.dumps(body))
    signature = base64.b64encode(hmac.new(key.api_secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
    return {
        "ok-access-key": key.api_key,
        "ok-access-sign": signature,
        "ok-access-timestamp": moment,
        "ok-access-passphrase": PASSPHRASE,
    }


def cell(route: Route, answer: httpx.Response) -> str:
    assert answer.status_code < 500 or "unavailable" in answer.text, (route.name, answer.text)
    told = answer.headers.get("content-type", "")
    code = answer.json().get("error", {}).get("code", "") if answer.is_error and told.startswith("application/") else ""
    return code if code in DENIED else LET_IN


def side_of(desk: str) -> int:
    return HOST if DESKS[desk][0] is Side.HOST or desk in PAGES else NORTH


def test_ad2_every_route_lets_in_whom_the_page_says(house: House) -> None:
    asked = {side: principals(house, side) for side in (NORTH, HOST)}
    made = HEAD
    for desk in DESKS:
        own = asked[side_of(desk)]
        made += f"\n## {desk}\n\n| route | {' | '.join(own)} |\n|---|{'---|' * len(own)}\n"
        for route in (one for one in routes() if one.desk == desk):
            cells = [cell(route, ask(route)) for ask in own.values()]
            made += f"| {route.name} | {' | '.join(cells)} |\n"
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        PAGE.write_text(made)
    assert PAGE.read_text() == made, "run this test with COMMONBOOK_WRITE_PROMISES=1 and judge what has changed"


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    """Routes and their cells."""
    names: list[str] = []
    for line in PAGE.read_text().splitlines():
        if line.startswith("| "):
            first, *cells = line.strip("| ").split(" | ")
            if first == "route":
                names = cells
            else:
                yield first, dict(zip(names, cells, strict=True))


def test_ad2_the_page_has_every_route_and_says_what_its_need_means() -> None:
    told = dict(rows())
    assert list(told) == [route.name for route in routes()]
    for route in routes():
        cells = told[route.name]
        if route.needs == Needs.NOBODY:
            assert cells["nobody"] in (LET_IN, "no_such_path"), route.name  # at the host's address alone
            continue
        strangers = {cells[name] for name in ("nobody", "ended", "other brand", "key without")}
        assert strangers == {"sign_in"}, route.name
        if route.needs == Needs.USER:
            assert cells["user"] == LET_IN, route.name
        else:
            assert cells["user"] == "not_permitted", route.name
            for role in Role:
                if May(route.needs) not in ALLOWED[role]:
                    assert cells[role] == "not_permitted", (route.name, role)
            is_read = route.method == "GET"
            assert cells["no factor"] == (LET_IN if is_read else "second_factor_needed"), route.name
        assert cells["owner"] == LET_IN, route.name
        assert (cells["not lately"] == "second_factor_needed") == route.fresh, route.name
        foreign = {Side.HOST: ("brand", "no_such_path"), Side.BRAND: ("host", "wrong_desk")}.get(route.side)
        if foreign is not None:
            assert cells[foreign[0]] == foreign[1], route.name


@pytest.mark.parametrize("desk", DESKS)
def test_each_desk_has_a_document(desk: str) -> None:
    assert desk_document(desk)["openapi"].startswith("3.")
