"""Suite `isolation`, I16: nobody sees, moves or cancels what is another's; it is as if it were not there.

Three owners, of two brands, one of them a sub-account, have orders, fills, bills, transfers, keys and sub-accounts, all
with names that occur nowhere else. More than twenty principals ask every route about these, and about names that nobody
has: both answers must be the same, byte for byte but for times and what was sent. They also listen to every WebSocket
channel while the owners trade, and send orders about theirs. No foreign name may come in an answer or a frame, none at
all in a log, and no stranger's in an export; and what the owners have is what it was. The desks are asked in the same
way (`isolation_desks`).
"""

import json
import random
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Engine, update

from commonbook.broker import consents
from commonbook.errors import OutsideFailure
from commonbook.gateway.okx_v5.app import ROUTES
from commonbook.gateway.okx_v5.budget import OPERATIONS
from commonbook.gateway.okx_v5.ws.broker_feeds import FEEDS as NEWS
from commonbook.gateway.okx_v5.ws.channels import CHANNELS
from commonbook.gateway.okx_v5.ws.connection import Url
from commonbook.identity.model import Permission
from commonbook.identity.sessions import NewSession, open_session
from commonbook.instrument.accounts import SUBACCOUNTS_MOST
from commonbook.qa import isolation_desks
from commonbook.qa.isolation_desks import Desks, ask_desks, is_untouched, shows_itself
from commonbook.qa.okx import API, PATIENCE_S, Answer, Key, Rest, Socket, login, proof
from commonbook.qa.people import FIRST_BRAND, SECOND_BRAND, Person, key_of, open_tables, prepare
from commonbook.qa.serving import Server
from commonbook.qa.suite import Result
from commonbook.simulator.demo_brands import BRANDS
from commonbook.simulator.demo_market import BROKER, BROKER_PAYOUT
from commonbook.storage.schema import api_keys

SETTINGS = (
    """[limits]
scale = 100_000
[streams]
connects_per_second = 100_000
requests_per_hour = 100_000_000
[gateway]
subaccounts = 100_000
keys = 100_000
late_ms = 0
history_wait_ms = 30_000
"""
    + isolation_desks.SETTINGS
)
FIRST_OWNER, SECOND_OWNER, MASTER, TWIN = 5_001, 5_002, 5_003, 5_004
FIRST_STRANGER, SECOND_STRANGER = 5_101, 5_102
AT_DESKS = 5_201  # of the first brand; who has it is an owner of the brand too
PEOPLE = (
    Person(FIRST_OWNER, FIRST_BRAND, cents=11),
    Person(SECOND_OWNER, SECOND_BRAND, cents=12),
    Person(MASTER, FIRST_BRAND, cents=13),
    Person(TWIN, SECOND_BRAND, person=FIRST_OWNER, cents=14),  # the first owner's own person, at the other brand
    Person(FIRST_STRANGER, FIRST_BRAND, cents=21),
    Person(SECOND_STRANGER, SECOND_BRAND, cents=22),
    Person(AT_DESKS, FIRST_BRAND, cents=31),
)
PASSPHRASE = "Suite-42-x"
WS_SHARE, DESK_SHARE = 0.12, 0.2  # of the trials are over WebSocket, and at the desks
ROUND = 1_000  # trials from one look at the owners' things to the next
BATCHES = tuple(
    path for _, path in ROUTES if "batch" in path or path in ("/trade/cancel-algos", "/trade/cancel-advance-algos")
)
# What a route may need beside names. Whatever it does not know it passes over, so one set goes with all of them.
GENERAL = {
    "instId": "BTC-USDT", "instType": "SPOT", "ccy": "USDT", "tdMode": "cash", "side": "buy", "ordType": "ioc",
    "px": "71000", "sz": "0.0001", "mgnMode": "cash", "amt": "0.01", "from": "18", "to": "6", "label": "mine",
    "passphrase": PASSPHRASE, "perm": "read_only", "newSz": "0.0002", "uly": "BTC-USD", "instFamily": "BTC-USD",
    "quoteCcy": "USDT", "index": "BTC-USDT", "bar": "1m", "fromCcy": "BTC", "toCcy": "USDT", "timeOut": "0",
}  # fmt: skip
NAMES = (
    *(
        "ordId",
        "clOrdId",
        "tag",
        "subAcct",
        "fromSubAccount",
        "toSubAccount",
        "apiKey",
        "clientId",
        "transId",
        "algoId",
    ),
    *("billId", "after", "before", "uid"),
)
PLACES = ("after", "before")
# What differs from one answer to the next: times, and numbers and secrets that are made new.
PASSING = re.compile(
    r'"(ts|left|expTime|inTime|outTime|pTime|uTime|cTime|fillTime|triggerTime|ticket|secretKey|apiKey|transId|ordId|billId|uid)":"[^"]*"'
)
NUMBERS = re.compile(r'"(ordId|billId|transId|uid|subUid|fromOrdId)":"(\d+)"')
MAKING = {
    *("/trade/order", "/trade/batch-orders", "/trade/order-algo", "/users/subaccount/create-subaccount"),
    *("/users/subaccount/apikey", "/asset/transfer"),
    *(f"/broker/{family}/{call}" for family in ("dma", "nd") for call in ("create-subaccount", "subaccount/apikey")),
}
KINDS = {"subUid": "uid", "fromOrdId": "ordId"}  # each kind of number counts for itself
Plant = Callable[[Connection, "Owner"], None]


@dataclass
class Owner:
    """Who has something, and by which names."""

    account: int
    key: Key
    words: dict[str, str]  # a parameter's name -> a text that is this owner's alone
    numbers: dict[str, str] = field(default_factory=dict)  # the same of ids, which are numbers
    spares: dict[str, str] = field(default_factory=dict)  # names that others may give to things of their own
    partners: dict[str, str] = field(
        default_factory=dict
    )  # a spare name -> the unused one that is always asked with it
    state: str = ""  # all that it has, as it is told to itself

    def names(self, making: bool) -> dict[str, str]:
        """By the names of parameters; those for things that a stranger makes are looked for nowhere afterwards."""
        order, transfer = self.numbers["ordId"], self.numbers["transId"]
        more = {"after": order, "before": order, "algoId": order, "uid": str(self.account), "transId": transfer}
        sub = self.words["subAcct"]
        found = {**self.words, **self.numbers, **more, "fromSubAccount": sub, "toSubAccount": sub}
        return found | self.spares if making else found


@dataclass
class Principal:
    """Somebody who asks. `ask` sends a request as this one does; `key` is what it logs in with, if anything."""

    name: str
    ask: Callable[[str, str, str], Answer]
    key: Key | None = None
    ticket: Callable[[], str] | None = None


def run(seed: int, trials: int, limit: float = 0.0, plant: Plant | None = None) -> Result:
    """`trials` pairs of questions from one seed.

    Args:
        plant: does something to the tables that must be noticed, knowing the first owner.
    """
    result = Result("isolation", seed, limit=limit)
    with tempfile.TemporaryDirectory(prefix="commonbook-isolation-") as folder, ExitStack() as stack:
        data_dir = Path(folder) / "data"
        prepare(data_dir, PEOPLE)
        (Path(folder) / "settings.toml").write_text(SETTINGS)
        server = stack.enter_context(Server(data_dir, "--settings", str(Path(folder) / "settings.toml")))
        tables = open_tables(data_dir)
        stack.callback(tables.dispose)
        town = _Town(server, tables, random.Random(seed), stack)
        desks = Desks.at(server.ready["rest"], data_dir, tables, AT_DESKS, random.Random(seed))
        stack.callback(desks.http.close)
        if plant is not None:
            with tables.begin() as connection:
                plant(connection, town.owners[0])
            time.sleep(1.5)  # keys are looked up anew each second
        rounds = -(-trials // ROUND)
        for number in range(rounds):
            size = min(ROUND, trials - result.trials)
            over_sockets, at_desks = round(size * WS_SHARE), round(size * DESK_SHARE)
            failure = ask_desks(desks, at_desks, result) or _routes(town, size - over_sockets - at_desks, result)
            failure = failure or _sockets(town, over_sockets, result) or _untouched(town, result) or is_untouched(desks)
            if failure or result.is_late():
                result.failure = failure and f"seed {seed}, round {number}: {failure}"
                break
        result.seeds = 1
        result.failure = result.failure or shows_itself(desks) or _logs(town, desks) or _exports(town, Path(folder))
    return result


class _Town:
    """Owners and strangers on one serving exchange."""

    def __init__(self, server: Server, tables: Engine, pick: random.Random, stack: ExitStack) -> None:
        self.server, self.tables, self.pick = server, tables, pick
        self.rest = stack.enter_context(Rest(server.ready["rest"]))
        self.owners = self._owners()
        self.principals = self._principals()
        self.routes = self._every_cell()
        self.asked: set[tuple[str, tuple[str, str]]] = set()

    # -- the owners -----------------------------------------------------------------------------------------------

    def _owners(self) -> list[Owner]:
        first, second = self._owner(FIRST_OWNER, FIRST_BRAND), self._owner(SECOND_OWNER, SECOND_BRAND)
        master = self.key(MASTER)
        sub = self._sub(master, _word("sub"))
        self.sibling = self._sub(master, _word("sib"))
        self._post(master, "/asset/transfer", {
            "ccy": "USDT", "amt": "50000", "from": "18", "to": "18", "type": "1", "subAcct": sub.words["subAcct"],
        })  # fmt: skip
        found = [first, second, sub]
        for owner in found:
            self._trade(owner)
        self._meet(first, second)
        for owner in found:
            owner.state = self.state(owner)
        return found

    def _owner(self, account: int, brand: int) -> Owner:
        label = _word("lab")
        key = self.key(account, brand, label=label)
        owner = Owner(account, key, {"label": label})
        row = self._post(key, "/users/subaccount/create-subaccount", {"subAcct": _word("own"), "label": _word("lbl")})
        owner.words |= {"subAcct": row["subAcct"], "labelOfSub": row["label"]}
        spare = self._post(key, "/users/subaccount/create-subaccount", {"subAcct": _word("spare")[:20]})
        owner.spares |= {"subAcct": spare["subAcct"]}
        asked = {"subAcct": row["subAcct"], "label": _word("key"), "passphrase": "Pass-" + _word("Q7"), "perm": "trade"}
        made = self._post(key, "/users/subaccount/apikey", asked)
        owner.words |= {"apiKey": made["apiKey"], "secretOfKey": made["secretKey"], "labelOfKey": made["label"]}
        return owner

    def _sub(self, master: Key, name: str) -> Owner:
        """A sub-account, whose siblings and whose siblings' keys are others."""
        row = self._post(master, "/users/subaccount/create-subaccount", {"subAcct": name, "label": _word("lbl")})
        label = _word("lab")
        asked = {"subAcct": name, "label": label, "passphrase": PASSPHRASE, "perm": "read_only,trade"}
        made = self._post(master, "/users/subaccount/apikey", asked)
        key = Key(made["apiKey"], made["secretKey"], PASSPHRASE)
        words = {"label": label, "labelOfSub": row["label"], "subAcct": name, "apiKey": key.api_key}
        return Owner(int(row["uid"]), key, words, spares={"subAcct": _word("spare")[:20]})

    def _trade(self, owner: Owner) -> None:
        """A transfer and an order that rests, under names of its own."""
        amount = f"7.{secrets.randbelow(90_000_000) + 10_000_000}1"[:10]
        asked = {"ccy": "USDT", "amt": amount, "from": "18", "to": "6", "clientId": _word("tra")}
        moved = self._post(owner.key, "/asset/transfer", asked)
        order = GENERAL | {"ordType": "post_only", "px": "72000", "sz": "0.001", "clOrdId": _word("ord")}
        row = self._post(owner.key, "/trade/order", order | {"tag": _word("T")[:16]})
        owner.words |= {"clientId": moved["clientId"], "clOrdId": row["clOrdId"], "tag": row["tag"], "amount": amount}
        spare = self._post(owner.key, "/trade/order", order | {"clOrdId": _word("spa"), "tag": _word("S")[:16]})
        named = self._post(owner.key, "/asset/transfer", asked | {"clientId": _word("spt")})
        owner.spares |= {"clOrdId": spare["clOrdId"], "tag": spare["tag"], "clientId": named["clientId"]}
        bill = self.rest.signed(owner.key, "GET", "/account/bills").data[0]
        owner.numbers |= {"transId": moved["transId"], "ordId": row["ordId"], "billId": bill["billId"]}

    def _meet(self, seller: Owner, buyer: Owner) -> None:
        """The two trade with each other."""
        for owner, side in ((seller, "sell"), (buyer, "buy")):
            order = GENERAL | {"ordType": "limit", "side": side, "px": "78300", "sz": "0.01", "clOrdId": _word("fil")}
            owner.words["clOrdIdOfFill"] = self._post(owner.key, "/trade/order", order)["clOrdId"]

    def state(self, owner: Owner) -> str:
        """All that an owner is told of its own."""
        paths: tuple[str, ...] = (
            "/trade/orders-pending",
            "/trade/orders-history?instType=SPOT",
            "/trade/fills",
            "/account/bills",
        )
        paths += ("/account/balance", "/asset/balances", "/asset/bills", "/account/config")
        if owner.account < 1 << 40:
            paths += ("/users/subaccount/list", f"/users/subaccount/apikey?subAcct={owner.words['subAcct']}")
        answers = [self.rest.signed(owner.key, "GET", path) for path in paths]
        return "\n".join(re.sub(r'"(ts|uTime)":"\d*"', "", answer.text) for answer in answers)

    # -- the principals -------------------------------------------------------------------------------------------

    def _principals(self) -> list[Principal]:
        read, trade, withdraw, manage = (frozenset({one}) for one in Permission)
        one, two = self.key(FIRST_STRANGER), self.key(SECOND_STRANGER, SECOND_BRAND)
        sub = self._sub(one, "stranger1")
        asked = {"subAcct": "stranger1", "label": "x", "passphrase": PASSPHRASE, "perm": "read_only"}
        reading = self._post(one, "/users/subaccount/apikey", asked)
        revoked = self.key(FIRST_STRANGER)
        with self.tables.begin() as connection:
            connection.execute(update(api_keys).where(api_keys.c.api_key == revoked.api_key).values(revoked=True))
            consents.set_form(connection, BROKER, True, SUBACCOUNTS_MOST)
        wrong = Key(one.api_key, one.secret[::-1], one.passphrase)
        forgotten = Key(one.api_key, one.secret, "Another-1x")
        keys = {
            "full": one,
            "read": self.key(FIRST_STRANGER, permissions=read),
            "trade": self.key(FIRST_STRANGER, permissions=trade),
            "withdraw": self.key(FIRST_STRANGER, permissions=withdraw),
            "manage": self.key(FIRST_STRANGER, permissions=manage),
            "at its address": self.key(FIRST_STRANGER, ip_list=("127.0.0.1",)),
            "at another address": self.key(FIRST_STRANGER, ip_list=("10.1.2.3",)),
            "with a broker": self.key(FIRST_STRANGER, brokers=frozenset({BROKER})),
            "a broker's own": self.key(BROKER_PAYOUT, SECOND_BRAND),
            "revoked": revoked,
            "wrong secret": wrong,
            "wrong passphrase": forgotten,
            "sub": sub.key,
            "sub that reads": Key(reading["apiKey"], reading["secretKey"], PASSPHRASE),
            "sibling": self.sibling.key,
            "other brand": two,
            "other brand that reads": self.key(SECOND_STRANGER, SECOND_BRAND, permissions=read),
            "other brand that trades": self.key(SECOND_STRANGER, SECOND_BRAND, permissions=trade),
            "same person at the other brand": self.key(TWIN, SECOND_BRAND),
        }
        found = [Principal(name, self._by_key(key), key) for name, key in keys.items()]
        found.append(
            Principal(
                "other brand at this brand's host", self._by_key(two, Host=f"{BRANDS[FIRST_BRAND]}.localhost"), two
            )
        )
        found.append(Principal("demo", self._by_key(one, **{"x-simulated-trading": "1"}), one))
        found.append(Principal("nobody", lambda method, target, body: self.rest.ask(method, target, body)))
        for name, account, brand in (
            ("session", FIRST_STRANGER, FIRST_BRAND),
            ("other session", SECOND_STRANGER, SECOND_BRAND),
        ):
            browser = _Browser(self, account, brand)
            found.append(Principal(name, browser.ask, None, browser.ticket))
        found.append(Principal("session without its token", _Browser(self, FIRST_STRANGER, FIRST_BRAND, False).ask))
        return found

    def _by_key(self, key: Key, **more: str) -> Callable[[str, str, str], Answer]:
        return lambda method, target, body: self.rest.ask(method, target, body, proof(key, method, target, body) | more)

    def key(self, account: int, brand: int = FIRST_BRAND, **more: Any) -> Key:
        with self.tables.begin() as connection:
            return key_of(connection, self.server.data_dir, account, brand, **more)

    def _post(self, key: Key, path: str, body: Any) -> dict[str, Any]:
        """The row of an answer that must be a success."""
        for _ in range(100):
            answer = self.rest.signed(key, "POST", path, body)
            if answer.code == "0":
                row: dict[str, Any] = answer.data[0]
                return row
            if answer.code not in ("50001", "50013"):  # not available just now
                break
            time.sleep(0.05)
        raise OutsideFailure(f"{path} of an owner: {answer.text}")

    def _every_cell(self) -> Iterator[tuple[Principal, tuple[str, str]]]:
        """Each route by each principal in a new order, again and again."""
        while True:
            cells = [(principal, route) for principal in self.principals for route in ROUTES]
            self.pick.shuffle(cells)
            yield from cells


class _Browser:
    """A web session; a new one when it has ended."""

    def __init__(self, town: _Town, account: int, brand: int, has_token: bool = True) -> None:
        self._town, self._account, self._brand, self._has_token = town, account, brand, has_token
        self._session = self._open()

    def _open(self) -> NewSession:
        with self._town.tables.begin() as connection:
            return open_session(connection, self._account, self._brand, 3_600)

    def ask(self, method: str, target: str, body: str) -> Answer:
        headers = {"Cookie": f"session={self._session.token}"}
        if self._has_token:
            headers["X-CSRF-Token"] = self._session.csrf
        answer = self._town.rest.ask(method, target, body, headers)
        if target == f"{API}/users/web/end":
            self._session = self._open()
        return answer

    def ticket(self) -> str:
        ticket: str = json.loads(self.ask("POST", f"{API}/users/web/ticket", "{}").text)["data"][0]["ticket"]
        return ticket


def _word(prefix: str) -> str:
    """A name that is nobody else's."""
    return prefix + secrets.token_hex(8)


# -- every route ------------------------------------------------------------------------------------------------------


def _routes(town: _Town, trials: int, result: Result) -> str:
    for _ in range(trials):
        principal, route = next(town.routes)
        owner = town.pick.choice(town.owners)
        there, absent = _names(town.pick, owner, route[0] == "POST" and route[1] in MAKING)
        if not route[1].startswith("/trade/orders"):
            # Other lists count by other numbers, so that one's own rows may lie between the two.
            there, absent = ({key: word for key, word in one.items() if key not in PLACES} for one in (there, absent))
        general = {name: value for name, value in GENERAL.items() if town.pick.random() < 0.85}
        if route[0] == "GET":
            general.pop("ordType", None)  # a list that is filtered by it has nothing of an owner's to tell
        general |= {"type": town.pick.choice("01234")} if town.pick.random() < 0.3 else {}
        one, two = (principal.ask(*_request(route, general | names)) for names in (there, absent))
        result.trials += 1
        result.checks += 2
        result.events[f"code_{one.code}"] += 1
        town.asked.add((principal.name, route))
        result.figures["cells_of_routes_and_principals"] = len(town.asked)
        failure = _same(one.text, two.text, there, absent) or _leak(one.text, town, there, "/account/bills" in route[1])
        if failure or one.status != two.status:
            asked = f"{principal.name} asks {' '.join(route)} about {sorted(there)}"
            return f"{asked}: {failure or f'status {one.status} and {two.status}'}"
    return ""


def _names(pick: random.Random, owner: Owner, making: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Some of an owner's names, and as many that nobody has."""
    chosen = pick.sample(NAMES, pick.choice((1, 1, 1, 2, 3)))
    there = {name: owner.names(making)[name] for name in chosen}
    absent = {name: _unused(name, value) for name, value in there.items()}
    if making:  # what a stranger has made under the one name it has made under the other as well
        absent = {name: owner.partners.setdefault(there[name], value) for name, value in absent.items()}
    return there, absent


def _unused(name: str, value: str) -> str:
    if name in PLACES:
        return str(int(value) + 1)  # a place between the same two of one's own rows
    if value.isdigit():
        return str(9_000_000_000_000_000_000 + secrets.randbelow(10**9))
    if "-" in value:
        return f"{secrets.token_hex(4)}-0000-4000-8000-{secrets.token_hex(6)}"
    return "".join(secrets.choice("abcdef0123456789") if one.isalnum() else one for one in value)


def _request(route: tuple[str, str], asked: dict[str, str]) -> tuple[str, str, str]:
    method, path = route
    if method == "GET":
        return method, f"{API}{path}?{urlencode(asked)}", ""
    return method, API + path, json.dumps([asked, asked] if path in BATCHES else asked)


def _same(one: str, two: str, there: dict[str, str], absent: dict[str, str]) -> str:
    """Empty when both answers are one, but for times and for what was sent."""
    told = [PASSING.sub(r'"\1":"~"', _blind(text, names)) for text, names in ((one, there), (two, absent))]
    return "" if told[0] == told[1] else f"it is told of another's: {one[:300]}, and of nobody's: {two[:300]}"


def _blind(text: str, names: dict[str, str]) -> str:
    for value in sorted(names.values(), key=len, reverse=True):
        text = text.replace(f'"{value}"', '"*"') if value.isdigit() else text.replace(value, "*")
    return text


def _leak(text: str, town: _Town, sent: dict[str, str], has_bills: bool = False) -> str:
    """Empty when no owner's name is in what a stranger is told, beside those it has sent itself."""
    for owner in town.owners:
        for name, word in owner.words.items():
            if word in text and word not in sent.values():
                return f"the {name} of account {owner.account} is told: {text[:300]}"
    for name, value in NUMBERS.findall(text):
        if name == "billId" and not has_bills:
            continue  # bills of funding and fills are counted otherwise, so their numbers may be the same
        theirs = (owner.numbers | {"uid": str(owner.account)} for owner in town.owners)
        if value in (one.get(KINDS.get(name, name)) for one in theirs) and value not in sent.values():
            return f"{name} {value}, which is another's, is told: {text[:300]}"
    return ""


# -- WebSocket --------------------------------------------------------------------------------------------------------


def _sockets(town: _Town, trials: int, result: Result) -> str:
    """Everybody listens to everything while the owners trade; then everybody sends orders about theirs."""
    with ExitStack() as stack:
        listening = [(one, *_listener(town, one, url, stack)) for one in town.principals for url in Url]
        control = [(owner, stack.enter_context(Socket(town.server.ready["ws"], "private"))) for owner in town.owners]
        for owner, socket in control:
            socket.send(login(owner.key), _subscription("orders", instType="ANY"))
        for owner, socket in control:
            _until(socket, '"event":"channel-conn-count"')
            seen = _word("see")
            owner.words["clOrdIdSeen"] = seen
            _act(town, owner, seen)
            _until(socket, seen)  # its owner is told of it
        for principal, socket, names in listening:
            for message in socket.all_that_comes(0.02):
                result.checks += 1
                result.events["frames"] += 1
                echoed = '"event":' in message  # an acknowledgement has what was sent; a push has nothing of it
                if found := _leak(message, town, names if echoed else {}):
                    return f"{principal.name} listens: {found}"
        private = [(one, socket) for one, socket, _ in listening if one.key or one.ticket]
        for number in range(trials):
            principal, socket = town.pick.choice(private)
            if socket.ended:
                result.trials += 1  # it was never let in, and told so
                continue
            failure = _ask_over(town, socket, number, result)
            if failure:
                return f"{principal.name} over WebSocket: {failure}"
    for owner in town.owners:
        owner.state = town.state(owner)
    return ""


def _listener(town: _Town, principal: Principal, url: Url, stack: ExitStack) -> tuple[Socket, dict[str, str]]:
    """A connection that asks for everything, and for more: whose it is to be."""
    socket = stack.enter_context(Socket(town.server.ready["ws"], url))
    if principal.key is not None:
        socket.send(login(principal.key))
    elif principal.ticket is not None:
        socket.send(json.dumps({"op": "login", "args": [{"ticket": principal.ticket()}]}))
    owner = town.pick.choice(town.owners)
    names = owner.names(False)
    more = {"instId": "BTC-USDT", "instType": "SPOT", "ccy": "USDT"} | names
    socket.send(*(_subscription(name, **more) for name in (*CHANNELS, "candle1m")))
    socket.send(*(_subscription(name, instType="ANY") for name in ("orders", "account", "fills")))
    socket.send(*(_subscription("broker", kind=kind) for kind in NEWS))
    return socket, names


def _subscription(channel: str, **more: str) -> str:
    return json.dumps({"op": "subscribe", "args": [{"channel": channel} | more]})


def _act(town: _Town, owner: Owner, name: str) -> None:
    """An order that comes and goes."""
    order = GENERAL | {"ordType": "post_only", "px": "72100", "clOrdId": name, "tag": owner.words["tag"]}
    town.rest.signed(owner.key, "POST", "/trade/order", order)
    named = {"instId": "BTC-USDT", "clOrdId": name}
    town.rest.signed(owner.key, "POST", "/trade/amend-order", named | {"newSz": "0.0003"})
    town.rest.signed(owner.key, "POST", "/trade/cancel-order", named)


def _ask_over(town: _Town, socket: Socket, number: int, result: Result) -> str:
    owner = town.pick.choice(town.owners)
    op = town.pick.choice(list(OPERATIONS))
    there, absent = _names(town.pick, owner, op in ("order", "batch-orders"))
    answers = []
    for which, names in (("t", there), ("a", absent)):
        arg = {name: GENERAL[name] for name in ("instId", "newSz", "tdMode", "side", "ordType", "px", "sz")} | names
        socket.send(json.dumps({"id": f"{which}{number}", "op": op, "args": [arg, arg] if "batch" in op else [arg]}))
        found = _until(socket, f'"id":"{which}{number}"')
        if socket.ended:
            break
        answers.append(found.replace(f'"id":"{which}{number}"', '"id":""'))
    result.trials += 1
    result.checks += 2
    result.events["orders_over_websocket"] += 1
    if len(answers) < 2:
        return ""  # it is not let in here
    return _same(answers[0], answers[1], there, absent) or _leak(answers[0], town, there)


def _until(socket: Socket, word: str) -> str:
    """The first message with a word in it; "" when the connection ends before."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        message = socket.receive()
        if word in message or socket.ended:
            return message
    raise OutsideFailure(f"no message with {word} has come")


# -- afterwards -------------------------------------------------------------------------------------------------------


def _untouched(town: _Town, result: Result) -> str:
    for owner in town.owners:
        result.checks += 1
        state = town.state(owner)
        if state != owner.state:
            at = next(place for place, (one, two) in enumerate(zip(state, owner.state, strict=False)) if one != two)
            return (
                f"account {owner.account} has {state[at - 100 : at + 200]}, it had {owner.state[at - 100 : at + 200]}"
            )
    return ""


def _logs(town: _Town, desks: Desks) -> str:
    """No log has any of the names."""
    written = [*(town.server.data_dir / "logs").glob("*.log"), Path(town.server.output.name)]
    told = "".join(path.read_text() for path in written)
    if found := desks.leak(told):
        return f"the first brand's {found} is in a log"
    for owner in town.owners:
        for name, word in owner.words.items():
            if word in told:
                return f"the {name} of account {owner.account} is in a log"
    return ""


def _exports(town: _Town, folder: Path) -> str:
    """A stranger's fills and the public history name no owner; an owner's fills do."""
    for what, account in (("fills", FIRST_STRANGER), ("fills", SECOND_STRANGER), ("trades", 0), ("candles", 0)):
        told = _export(town, folder, what, account)
        for owner in town.owners:
            found = next((name for name, word in owner.words.items() if word in told), "")
            if found:
                return f"the {found} of account {owner.account} is in an export of {what} of account {account}"
    if town.owners[0].words["clOrdIdOfFill"] not in _export(town, folder, "fills", FIRST_OWNER):
        return "an owner's own fill is not in the export of its fills"
    return ""


def _export(town: _Town, folder: Path, what: str, account: int) -> str:
    out = folder / "export.csv"
    command = [sys.executable, "-m", "commonbook.console.main", "export", what, str(town.server.data_dir)]
    command += ["--from", "2020-01-01", "--to", "2100-01-01", "--out", str(out)]
    command += ["--account", str(account)] if account else []
    command += ["--bar", "1m"] if what == "candles" else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OutsideFailure(f"export of {what}: {done.stderr}")
    return out.read_text()
