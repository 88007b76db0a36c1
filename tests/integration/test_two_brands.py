"""Two brands under their own addresses: all texts, ids, fees and people differ, the book is one, and nothing of one is
to be seen from the other.

North has written a word that occurs nowhere else into every field that takes a text, and its ids are collected from all
that its own desk tells it. South's people then ask every route of every desk, and the OKX door, about these ids and
about ids that nobody has: both are answered alike, and no answer, page, export, delivery or log has one of the words.
"""

import platform
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from spec.house import SETTINGS, House, Person
from spec.small_exchange import MAKER, NORTH, SOUTH, TAKER
from sqlalchemy import select

from commonbook.administration import approvals
from commonbook.administration.roles import ALLOWED, May, Role
from commonbook.brand import challenges
from commonbook.gateway.desk.app import DESKS
from commonbook.gateway.desk.needs import Needs, Side
from commonbook.gateway.figures.app import FiguresApp
from commonbook.gateway.front.app import WithFront
from commonbook.gateway.okx_v5.app import ROUTES
from commonbook.leaving.export import write_export
from commonbook.liquidity.report import keep, reports
from commonbook.notice import mail
from commonbook.qa import desk_words
from commonbook.qa.desk_ids import Noted, like_of, shown
from commonbook.qa.desk_routes import Route, routes
from commonbook.settings import ClearingSettings, PeopleSettings
from commonbook.storage.tables.webhooks import webhook_events

WORD = re.compile(r"canary[\w@.-]*", re.IGNORECASE)
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "ordType": "limit", "px": "1", "sz": "100"}
NOVEMBER = 2025 * 12 + 10
FIRST_DAY = "2025-11-24"
FIGURES = ("orderbook?ticker_id=BTC_USDT", "historical_trades?ticker_id=BTC_USDT")
TO_NEXT_DAY, TO_MONTHS_END = 8 + 12, 8 + 6 * 24 + 2  # hours from the first of the small exchange
# Each brand counts these by itself, or has them by days: south is shown its own.
COUNTED = tuple(f"/partner/v1/{one}/" for one in ("clearing/invoices", "clearing/statements", "liquidity", "fees/at"))
# Made anew for each answer.
PASSING = re.compile(
    r'"(ts|time_ns|at_ns|requested_ns|expires_ns|csrf|sign_up|id|payload_hash|inTime|outTime)":"?[^",}]*"?'
)


@dataclass
class Town:
    """Both brands, with all that north has."""

    house: House
    north: Person  # an owner of the brand
    trader: Person  # a customer of it
    south: Person
    taker: Person
    ids: dict[str, str] = field(default_factory=dict)  # of north, by the names of parameters and fields

    def theirs(self, path: str, name: str) -> str | None:
        """North's id for a place in a path, a query or a body."""
        return self._usual(path, name) or self.ids.get(f"{name} of {path.split('/')[3:4]}") or self.ids.get(name)

    def absent(self, path: str, name: str) -> str | None:
        """The like of it that nobody has."""
        usual, theirs = self._usual(path, name), self.theirs(path, name)
        if usual is not None or theirs is None:
            return usual
        return like_of(theirs)

    @staticmethod
    def _usual(path: str, name: str) -> str | None:
        """What is no id. Who invites an address has it in their own list."""
        known = {"month": "2025-11", "first": FIRST_DAY, "last": "2025-11-30", "detail": "fill", "role": "support"}
        known |= {"asset": "USDT", "amount": "1", "fill": "1-0", "by": "hour", "form": "csv"}
        if name == "email" and path.endswith("/staff/invite"):
            return "invited@example.com"
        return known.get(name)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    settings = replace(
        SETTINGS,
        clearing=ClearingSettings(release_delay_days=0),
        people=PeopleSettings(answer_ms=0, staff_second_factor=False),
    )
    with House(tmp_path_factory.mktemp("two"), settings) as house:
        figures = FiguresApp(house.door, house.settings.limits, house.app)
        house.app = WithFront(house.door, house.settings, figures)  # type: ignore[assignment]
        north = house.person(NORTH, Role.OWNER, name="canary-owner")
        trader = house.person(NORTH, Role.OWNER, account=MAKER, name="canary-trader")
        made = Town(house, north, trader, house.owner(SOUTH), house.person(SOUTH, account=TAKER))
        house.write(desk_words.open_phase)
        write_everywhere(made)
        trade(made)
        time_passes(made)
        yield made


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def write_everywhere(town: Town) -> None:
    """North's word is in every text of every desk."""
    house, north, trader = town.house, town.north, town.trader
    now_ns = house.now_ns
    town.ids |= desk_words.write_everywhere(north, trader, MAKER, "canary-trader@example.com", canary, now_ns)
    hook = {"url": "https://south.example/", "events": ["trade", "order", "sign_up"]}
    done(town.south.post("/partner/v1/webhooks", hook))
    house.write(lambda connection: desk_words.host_writes(connection, house.seal, NORTH, north.user, NOVEMBER, canary))


def canary(kind: str) -> str:
    return f"canary{kind}"


def trade(town: Town) -> None:
    """North's customer sells to south's, in one book."""
    sub = {"subAcct": "canarysub", "label": "canarysublabel"}
    assert town.trader.post("/api/v5/users/subaccount/create-subaccount", sub).json()["code"] == "0"
    mine = ORDER | {"side": "sell", "clOrdId": "canaryorder", "tag": "canarytag", "sz": "300"}
    row = town.trader.post("/api/v5/trade/order", mine).json()["data"][0]
    assert row["sCode"] == "0", row
    town.ids |= {"ordId": row["ordId"], "clOrdId": "canaryorder", "subAcct": "canarysub", "tag": "canarytag"}
    for _ in range(2):
        row = town.taker.post("/api/v5/trade/order", ORDER | {"side": "buy"}).json()["data"][0]
        assert row["sCode"] == "0", row


def time_passes(town: Town) -> None:
    """The day is closed, the month billed; both have a report of what the book was worth to them."""
    house = town.house
    for hour in (TO_NEXT_DAY, TO_MONTHS_END):
        house.at(hour)
        house.small.exchange.clear(timed=True)
    town.ids |= {"date": FIRST_DAY, "number of ['clearing']": "1"}
    day = house.now_ns // (86_400 * 10**9) - 7
    keep(house.folder, day, reports(house.folder, house.door.venue, [NORTH, SOUTH], day))
    town.ids["day"] = FIRST_DAY


# -- who asks ---------------------------------------------------------------------------------------------------------


def strangers(town: Town) -> dict[str, Callable[[Route, str, Any], httpx.Response]]:
    """South's people. Behind what may end or change one there is a new one."""
    house = town.house

    def session(*roles: Role, at: int = SOUTH) -> Callable[[Route, str, Any], httpx.Response]:
        people: list[Person] = []

        def ask(route: Route, target: str, body: Any) -> httpx.Response:
            person = people.pop() if people else house.person(SOUTH, *roles)
            if route.method == "GET" or not route.desk.startswith("/account"):
                people.append(person)
            own = {"cookie": f"session={person.session.token}", "x-csrf-token": person.session.csrf}
            return house.ask(route.method, target, body, at, own)

        return ask

    return {
        "nobody": lambda route, target, body: house.ask(route.method, target, body, SOUTH),
        "user": session(),
        **{role.value: session(role) for role in Role},
        "owner at north": session(Role.OWNER, at=NORTH),
    }


def concerns(who: str, route: Route) -> bool:
    """Who has no role for a route is refused before anything is looked up: the table of authorization shows that."""
    if who in ("nobody", "owner"):
        return True
    if not route.names or route.side is Side.HOST:
        return False
    if who not in list(Role):
        return route.desk != "/partner/v1" or who != "user"
    return route.needs not in list(Needs) and May(route.needs) in ALLOWED[Role(who)]


def look(town: Town, who: str, ask: Callable[[Route, str, Any], httpx.Response], route: Route) -> str:
    """What south's people may not see at a route; "" when there is nothing of it."""
    theirs, absent = Noted(town.theirs), Noted(town.absent)
    public = who == "owner at north" and route.needs == Needs.NOBODY  # what anybody sees at north's own address
    there = ask(route, route.target(theirs), route.body(theirs))
    nowhere = ask(route, route.target(absent), route.body(absent))
    one, other = shown(there, theirs.given, PASSING), shown(nowhere, absent.given, PASSING)
    found = WORD.search(one)
    if found and not public:
        return f"{who} sees {found[0]} at {route.name}: {one}"
    is_own = there.is_success and nowhere.is_success and route.method != "GET"  # it has made something of its own
    if one != other and not public and not is_own and not route.path.startswith(COUNTED):
        return f"{who} is told apart what is north's and what is absent at {route.name}: {one} / {other}"
    return ""


# -- tests ------------------------------------------------------------------------------------------------------------


def test_every_word_of_north_is_told_to_north_itself(town: Town) -> None:
    """Else the others could not fail."""
    told = ""
    for route in routes():
        if route.method == "GET" and route.desk in ("/account/v1", "/partner/v1", "/program/v1", "/broker/v1"):
            person = town.trader if route.desk != "/partner/v1" else town.north
            answer = person.get(route.target(town.theirs))
            assert (
                answer.is_success
                or "oidc" in route.path
                or "partnership" in route.path
                or "/program/v1" in route.path
                or "/broker/v1" in route.path
                or route.path == "/account/v1/brokers/{code}/text"  # theirs is not live: there is nothing to say yes to
                or "/files/" in route.path
            ), route
            told += answer.text
    told += town.house.ask("GET", "/", brand=NORTH).text + town.trader.get("/api/v5/trade/fills").text
    told += town.trader.get("/api/v5/users/subaccount/list").text
    words = {word.lower() for word in re.findall(r"canary[a-z]+", told, re.IGNORECASE)}
    assert words >= {
        *("canarytitle", "canarytagline", "canarysupport", "canarydomain", "canarynote", "canaryheadline"),
        *("canarybody", "canaryslug", "canaryterms", "canarypromotion", "canarylevel", "canarytoken", "canaryhook"),
        *("canaryissuer", "canaryclient", "canarystaff", "canaryname", "canarylabel", "canarycontact", "canaryplan"),
        *("canaryteam", "canarybrand", "canaryservice", "canaryreason", "canaryorder", "canarytag", "canarysub"),
        *("canarycompany", "canarybroking", "canaryvault", "canarybrokerage", "canarycode", "canaryback"),
        *("canarypaper", "canaryquestion"),
    }, words


def test_no_route_of_any_desk_tells_south_anything_of_north(town: Town, capfd: pytest.CaptureFixture[str]) -> None:
    before = town.north.get("/partner/v1/approvals").text
    told = []
    for who, ask in strangers(town).items():
        told += [found for route in routes() if concerns(who, route) and (found := look(town, who, ask, route))]
    assert told == [], "\n".join(told)
    assert town.north.get("/partner/v1/approvals").text == before
    logged = capfd.readouterr()
    assert not WORD.search(logged.out + logged.err)


def test_the_book_is_one_and_tells_of_nobody(town: Town) -> None:
    for path in ("books?instId=BTC-USDT&sz=5", "trades?instId=BTC-USDT"):
        north, south = (town.house.ask("GET", f"/api/v5/market/{path}", brand=brand) for brand in (NORTH, SOUTH))
        mine, theirs = (PASSING.sub("", one.text) for one in (north, south))
        assert mine == theirs
        assert len(north.json()["data"]) >= 1
        assert not WORD.search(south.text)
    sold, bought = (one.get("/api/v5/trade/fills").json()["data"] for one in (town.trader, town.taker))
    assert {one["tradeId"] for one in sold} == {one["tradeId"] for one in bought}


def test_public_figures_tell_of_nobody(town: Town) -> None:
    """What sites that list exchanges read: the book is one, a brand's trades and volume are its own."""
    seen = {}
    for path in ("summary", "ticker", "tickers", "assets", "pairs", "orderbook/BTC_USDT", "trades/BTC_USDT", *FIGURES):
        north, south = (town.house.ask("GET", f"/public/v1/{path}", brand=brand) for brand in (NORTH, SOUTH))
        assert done(south) or "trades" in path, path  # they are of the last day
        assert of_north(town, f"{south.headers} {south.text}") == [], path
        seen[path] = (PASSING.sub("", north.text), PASSING.sub("", south.text))
    mine, theirs = seen["orderbook/BTC_USDT"]
    assert re.sub(r'"timestamp":"?\d+"?', "", mine) == re.sub(r'"timestamp":"?\d+"?', "", theirs)
    assert town.house.ask("GET", "/public/v1/orderbook/NORTH_USDT", brand=SOUTH).status_code == 404


def test_no_route_of_the_okx_door_tells_south_anything_of_north(town: Town) -> None:
    names = {name: town.ids[name] for name in ("ordId", "clOrdId", "tag", "subAcct")} | {"instId": "BTC-USDT"}
    names |= {"instType": "SPOT", "ccy": "USDT", "apiKey": town.ids["api_key"]}
    for method, path in ROUTES:
        if path.startswith("/users/web/"):
            continue
        query = "?" + "&".join(f"{name}={value}" for name, value in names.items()) if method == "GET" else ""
        answer = town.taker.ask(method, f"/api/v5{path}{query}", names if method == "POST" else None, {})
        assert answer.status_code < 500, path
        assert not WORD.search(shown(answer, names, PASSING)), (path, answer.text)


def test_no_page_export_or_delivery_of_south_has_anything_of_north(town: Town, tmp_path: Path) -> None:
    for path in ("/", "/brand/theme.css", f"/brand/logo-{town.ids['logo']}", "/a/canaryslug", "/partners", "/nowhere"):
        answer = town.house.ask("GET", path, brand=SOUTH)
        assert not WORD.search(answer.text), path
        assert answer.status_code == (200 if path in ("/", "/brand/theme.css") else 404), path
    office = town.house.small.exchange.back_office
    for brand, is_there in ((SOUTH, False), (NORTH, True)):
        out = tmp_path / str(brand)
        write_export(office.database, town.house.seal, brand, out)
        texts = [one.read_text() for one in sorted(out.rglob("*")) if one.is_file()]
        assert any(WORD.search(text) for text in texts) is is_there
        events = town.house.read(lambda connection: connection.execute(select(webhook_events)).mappings().all())
        bodies = [one["body"] for one in events if one["brand"] == brand]
        assert bodies
        assert any(WORD.search(body) for body in bodies) is is_there


def of_north(town: Town, text: str) -> list[str]:
    """North's word, and what nobody else can have: the number of its customer, the name of an application."""
    own = {str(MAKER): "account", town.ids["reference"]: "application"}
    told = [f"{what} {one}" for one, what in own.items() if re.search(rf"(?<![0-9a-zA-Z]){one}(?![0-9a-zA-Z])", text)]
    return told + WORD.findall(text)


def books_of(person: Person) -> dict[str, httpx.Response]:
    """Statements, invoices, accounting and reports of a brand, as files and pages."""
    clearing = "/partner/v1/clearing"
    paths = [f"{clearing}/export?month=2025-11&detail=fill{form}" for form in ("", "&form=csv")]
    statements = done(person.get(f"{clearing}/statements"))
    paths += [f"{clearing}/statements/{one['asset']}/{one['date']}" for one in statements]
    paths += [f"{clearing}/invoices/{number}{form}" for number in (1,) for form in ("", "/page")]
    paths += [f"{clearing}/{one}" for one in ("owed", "releases", "holds", "adjustments", "checks")]
    paths += [f"{clearing}/volume?first={FIRST_DAY}&last=2025-11-30"]
    paths += [f"/partner/v1/liquidity/{FIRST_DAY}{form}" for form in ("", "/picture")]
    return {path: person.get(path) for path in paths}


def test_the_books_of_south_have_nothing_of_north(town: Town) -> None:
    """Statements with every fill, the accounting of the month, invoices, reports of the book."""
    south, north = books_of(town.south), books_of(town.north)
    assert sum("/statements/" in path for path in south) >= 1
    for path, answer in south.items():
        assert answer.is_success, (path, answer.text)
        assert of_north(town, answer.text) == [], (path, answer.text)
    assert any(of_north(town, answer.text) for answer in north.values())


def test_no_letter_to_souths_people_has_anything_of_north(town: Town) -> None:
    done(town.south.post("/partner/v1/staff/invite", {"email": "somebody@example.com", "role": "support"}))
    letters = town.house.read(lambda connection: mail.newest(connection, town.house.seal, 1_000))
    for brand, is_there in ((SOUTH, False), (NORTH, True)):
        mine = [f"{one.sender} {one.sender_address} {one.subject} {one.body}" for one in letters if one.brand == brand]
        mine = [one.replace(town.ids["email"], "") for one in mine]  # whoever writes to an address has it
        assert mine
        assert any(WORD.search(text) for text in mine) is is_there


def test_what_proves_norths_domain_is_answered_there_alone(town: Town) -> None:
    """The challenge of a certificate's authority, and the token of a domain: south's address has neither."""
    challenges.keep(town.house.door.database, "north.localhost", "canarychallenge", "canaryanswer")
    challenge = "/.well-known/acme-challenge/canarychallenge"
    assert town.house.ask("GET", challenge, brand=NORTH).text == "canaryanswer"
    (domain,) = done(town.north.get("/partner/v1/brand/domains"))
    proof_name = town.house.settings.brand.proof_name
    for path in (challenge, f"/.well-known/{proof_name}-proof/{domain['token']}"):
        answer = town.house.ask("GET", path, brand=SOUTH)
        assert answer.status_code == 404
        assert not WORD.search(f"{answer.headers} {answer.text}")


@pytest.mark.parametrize("brand", [NORTH, SOUTH])
def test_no_document_error_or_header_tells_of_brand_host_or_machine(
    town: Town, brand: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documents of the desks, what is not there, what cannot be read, and every header of these answers."""
    for module, name in ((socket, "gethostname"), (socket, "getfqdn"), (platform, "node")):
        monkeypatch.setattr(module, name, lambda *_: "zebramachine")  # no word of ours has it by chance
    mark = re.compile(
        rf"commonbook|uvicorn|litestar|python|sqlite|traceback|zebramachine|{re.escape(str(town.house.folder))}",
        re.IGNORECASE,
    )
    asked: list[tuple[str, str, Any]] = [("GET", f"{desk}/openapi.json", None) for desk in DESKS]
    for desk in DESKS:
        asked += [("GET", f"{desk}/nowhere", None), ("PATCH", f"{desk}/openapi.json", {"x": 1})]
    asked += [(one.method, one.target(town.absent), ["no body of this"]) for one in routes() if one.method != "GET"]
    asked += [("GET", path, None) for path in ("/", "/nowhere", "/a/nowhere", "/metrics", "/api/v5/nowhere")]
    person = town.north if brand == NORTH else town.south
    for method, path, body in asked:
        if path.endswith(("/logout", "/sessions", "/erase")):
            continue  # it would end who asks
        for answer in (person.ask(method, path, body, {}), town.house.ask(method, path, body, brand=brand)):
            told = f"{answer.headers.multi_items()} {answer.text}"
            assert answer.status_code != 500, (method, path, told)
            assert not mark.search(told), (method, path, told)
            assert brand == NORTH or not WORD.search(told), (method, path, told)


def test_a_route_that_forgets_the_brand_is_found(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    find = approvals.find
    monkeypatch.setattr(approvals, "find", lambda connection, number, brand=None: find(connection, number))
    route = next(one for one in routes() if one.name == "GET /partner/v1/approvals/{approval}")
    ask = strangers(town)["owner"]
    assert "owner is told apart" in look(town, "owner", ask, route)
