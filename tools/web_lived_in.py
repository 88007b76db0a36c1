"""A demo that people have lived in, for pictures of its pages: days of trades, people with roles, and things that wait.

Nothing here is a test. The market is a walk of a seeded die, so that one picture can be laid beside the next; what is
done at the desks is done by their own APIs, as their pages do it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from journeys.broker_hands import CLIENT_ACCOUNT, broker_person
from journeys.exchange import ONE, OTHER, Exchange
from spec.staff import staff_member

from commonbook.administration.roles import HOST, Role
from commonbook.brand.listings import listing_command
from commonbook.exchange import Exchange as Core
from commonbook.identity.sessions import NewSession, open_session
from commonbook.records import (
    Attribution,
    Channel,
    CommandKind,
    ListingMode,
    OrderType,
    Records,
    Side,
    as_commands,
    commands,
    words,
)
from commonbook.settings import Settings
from commonbook.simulator.demo_brands import FIRST_BRAND, SECOND_BRAND, describe
from commonbook.simulator.demo_market import (
    BROKER,
    BROKER_CODE,
    BROKER_PAYOUT,
    BTC_USDT,
    HOUSE,
    KEY_ACCOUNTS,
    LIMITS,
    MARKET_MAKER,
    MID_TICKS,
    UNIT,
    USDT,
    venue_commands,
)
from commonbook.units import HOUR_NS

MINUTE_NS = 60 * 10**9
DAY_NS = 24 * HOUR_NS
DAYS = 8
TOGETHER = 100  # trades in one batch
BRANDS = {ONE: FIRST_BRAND, OTHER: SECOND_BRAND}
TRADERS = {ONE: KEY_ACCOUNTS[FIRST_BRAND][0], OTHER: KEY_ACCOUNTS[SECOND_BRAND][0]}
HEARD = ("ETH", "SOL", "XRP")  # beside the demo's own pair: asset, and a pair in USDT
LOTS = 10**6  # of one coin of these
PRICES = {"ETH": 298_000, "SOL": 17_250, "XRP": 241}  # in hundredths
ADVICE = """## What changes

Orders that rest longer than **90 days** are canceled. We tell you a week before, by mail.

- nothing changes for new orders
- what is canceled costs nothing
"""


@dataclass(frozen=True, slots=True)
class People:
    """Sessions, each of somebody who may see what a desk has; by (desk, brand)."""

    sessions: dict[tuple[str, str], NewSession]
    application: str  # the reference of a partner's application, and the secret of its link
    fill: str  # under the broker's code
    hour: str  # that was settled for the broker


# -- the market ------------------------------------------------------------------------------------------------------


def past(data: Path) -> None:
    """Days of trades of all pairs, settled up to the last whole hour, and a book around the last price."""
    data.mkdir()
    with Core.open(data, Settings()) as core:
        now_ns = time.time_ns()
        began_ns = now_ns - DAYS * DAY_NS

        def send(records: Records, time_ns: int) -> None:
            records["time_ns"] = time_ns
            core.submit(records, timed=True)

        send(venue_commands(), began_ns)
        send(_more_pairs(), began_ns + 1)
        describe(core.back_office.database)
        trades = list(_walk(began_ns + MINUTE_NS, now_ns - MINUTE_NS))
        for time_ns, trade, _ in trades:
            trade["time_ns"] = time_ns
        for first in range(0, len(trades), TOGETHER):
            together = [trade for _, trade, _ in trades[first : first + TOGETHER]]
            core.submit(np.concatenate(together), timed=True)
        last = trades[-1][2]
        send(as_commands(*_books(last), *_resting(last)), now_ns - MINUTE_NS)
        send(as_commands(commands(CommandKind.TIME)), now_ns)
        core.settle(timed=True)
        core.clear(timed=True)


def _walk(first_ns: int, last_ns: int) -> Iterator[tuple[int, Records, int]]:
    """(time, the two orders of a trade, its price): one in 20 minutes long ago, one in 20 seconds of late."""
    die, price, time_ns, number = np.random.default_rng(7), MID_TICKS, first_ns, 0
    while time_ns < last_ns:
        step = int(die.normal(0, 38 if last_ns - time_ns > 8 * HOUR_NS else 9))
        price = min(max(price + step, MID_TICKS - 3_000), MID_TICKS + 3_000)
        side = Side.BUY if step > 0 else Side.SELL
        yield time_ns, _trade(number, BTC_USDT, price, int(die.integers(1, 60)) * UNIT // 200, side, die), price
        if number % 9 == 0:
            pair = 2 + number // 9 % len(HEARD)
            around = PRICES[HEARD[pair - 2]]
            other = around + int(around * die.normal(0, 0.006))
            yield (
                time_ns + 1,
                _trade(number + 10**6, pair, other, int(die.integers(1, 90)) * LOTS // 10, side, die),
                price,
            )
        number += 1
        old = last_ns - time_ns
        minutes = 20 if old > DAY_NS else 4 if old > 4 * HOUR_NS else 1 / 3
        time_ns += int(minutes * MINUTE_NS * (0.5 + die.random()))


def _trade(number: int, pair: int, price: int, lots: int, side: int, die: np.random.Generator) -> Records:
    """What rests, and what comes and takes it."""
    resting, taking = _order(pair, price, lots), _order(pair, price, lots)
    resting["account"] = MARKET_MAKER if number % 3 else HOUSE
    resting["side"], resting["client_id"] = Side.SELL if side == Side.BUY else Side.BUY, f"rests{number}".encode()
    taking["side"], taking["order_type"], taking["client_id"] = side, OrderType.IOC, f"takes{number}".encode()
    who = int(die.integers(0, 10))
    if who < 4:
        taking["account"], taking["broker"], taking["tag"] = CLIENT_ACCOUNT, BROKER, BROKER_CODE.encode()
        taking["attribution"] = Attribution.BROKER
        taking["channel"] = Channel.WEB if number % 7 == 0 else Channel.API
    else:
        taking["account"] = (TRADERS[ONE], TRADERS[OTHER], KEY_ACCOUNTS[FIRST_BRAND][1])[who % 3]
        taking["channel"] = Channel.WEB
    return as_commands(resting, taking)


def _order(pair: int, price: int, lots: int) -> Records:
    order = commands(CommandKind.ORDER)
    order["instrument"], order["price_ticks"], order["quantity_lots"] = pair, price, lots
    order["order_type"], order["channel"], order["attribution"] = OrderType.LIMIT, Channel.API, Attribution.NO_TAG
    return order


def _more_pairs() -> Records:
    parts = []
    rich = {HOUSE: 10**6, MARKET_MAKER: 10**6} | {one: 4_000 for pair in KEY_ACCOUNTS.values() for one in pair}
    for number, name in enumerate(HEARD):
        asset, pair = USDT + 1 + number, BTC_USDT + 1 + number
        parts += [
            _one(CommandKind.ASSET, asset=asset, scale=8, name=name.encode()),
            _one(
                CommandKind.INSTRUMENT,
                instrument=pair,
                base_asset=asset,
                quote_asset=USDT,
                tick_scale=2,
                tick_mantissa=1,
                lot_scale=6,  # with the tick not finer than the smallest unit of USDT
                lot_mantissa=1,
                minimum_lots=1,
                name=f"{name}-USDT".encode(),
            ),
            _one(CommandKind.PRICE, asset=asset, quote_asset=USDT, price_e8=PRICES[name] * 10**6),
            _one(CommandKind.LIMITS, instrument=pair, **LIMITS),
            _one(CommandKind.REFERENCE, instrument=pair, reference_ticks=PRICES[name]),
        ]
        for account, coins in rich.items():
            key = f"lived:{account}:{asset}".encode()
            parts.append(_one(CommandKind.DEPOSIT, account=account, asset=asset, amount=words(coins * UNIT), key=key))
    parts.append(listing_command(FIRST_BRAND, BTC_USDT + len(HEARD), ListingMode.CLOSED))
    return as_commands(*parts)


def _books(last: int) -> Iterator[Records]:
    """What rests of the house: of each pair around its price, deeper further away, and never quite even."""
    die = np.random.default_rng(11)
    for number, middle in enumerate((last, *PRICES.values())):
        step, lots_of_one = (3, UNIT) if number == 0 else (max(1, middle // 2_000), 40 * LOTS)
        for level in range(1, 41):
            for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
                thousandths = 10 + int((200 + 60 * level) * die.gamma(2, 0.6))
                lots = thousandths * lots_of_one // 1_000
                order = _order(BTC_USDT + number, middle + sign * level * step, lots)
                order["account"], order["side"] = HOUSE, side
                order["client_id"] = f"deep{number}x{level}x{side}".encode()
                yield order


def _resting(last: int) -> Iterator[Records]:
    """Orders of the two traders that wait."""
    for account in TRADERS.values():
        for number, away in enumerate((-120, -260, -540, 180, 410)):
            order = _order(BTC_USDT, last + away, (number + 2) * UNIT // 20)
            order["account"], order["channel"] = account, Channel.WEB
            order["side"] = Side.BUY if away < 0 else Side.SELL
            order["client_id"] = f"waits{number}".encode()
            yield order


def _one(kind: CommandKind, **values: object) -> Records:
    record = commands(kind)
    for name, value in values.items():
        record[name] = value
    return record


# -- people, and what they have asked for -----------------------------------------------------------------------------


class Hand:
    """Somebody signed in, by the API."""

    def __init__(self, exchange: Exchange, brand: str, session: NewSession | None = None) -> None:
        host = f"{brand}.localhost:{exchange.port}" if brand else f"127.0.0.1:{exchange.port}"
        headers = {"host": host}
        if session is not None:
            headers |= {"cookie": f"session={session.token}", "x-csrf-token": session.csrf}
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{exchange.port}", headers=headers, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self._client.request(method, path, json=body, headers=headers)
        if answer.status_code >= 400:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, {} if body is None else body, **headers)


def move_in(exchange: Exchange) -> People:
    """Traders, teams, the broker and the host's people; and what is in the middle of being done at their desks."""
    sessions = {}

    def session(connection: Any, user: int, brand: int, account: int = 0) -> NewSession:
        return open_session(connection, account, brand, 86_400, user, time.time_ns(), "")

    broker = broker_person(exchange.database, exchange.seal, "northstar@example.com")
    with exchange.database.begin() as connection:
        for name, brand in BRANDS.items():
            trader = staff_member(
                connection, exchange.seal, brand, email=f"trader@{name}.example", account=TRADERS[name]
            )
            sessions["trader", name] = session(connection, trader, brand, TRADERS[name])
            owner = staff_member(connection, exchange.seal, brand, Role.OWNER, email=f"owner@{name}.example")
            sessions["partner", name] = session(connection, owner, brand)
            for role in (Role.FINANCE, Role.SUPPORT):
                staff_member(connection, exchange.seal, brand, role, email=f"{role}@{name}.example")
        sessions["broker", OTHER] = session(connection, broker, SECOND_BRAND, BROKER_PAYOUT)
        first, second = (
            staff_member(connection, exchange.seal, HOST, Role.OWNER, email=f"{name}@host.example")
            for name in ("ada", "grace")
        )
        sessions["host", ""] = session(connection, first, HOST)
        other = session(connection, second, HOST)
    for name in BRANDS:
        _at_the_partners_desk(Hand(exchange, name, sessions["partner", name]))
    _at_the_hosts_desk(Hand(exchange, "", sessions["host", ""]), Hand(exchange, "", other))
    desk = Hand(exchange, OTHER, sessions["broker", OTHER])
    draft = {
        "contact": "Ada Bell",
        "email": "ada@example.com",
        "phone": "+44 20 7946 0000",
        "team": "Six people who have run a brokerage.",
        "plan": "Spot markets for two countries.",
        "brand_name": "meridian",
    }
    made = Hand(exchange, "").post("/program/v1/applications", draft)
    fills = desk.ask("GET", "/broker/v1/history/fills")
    hours = desk.ask("GET", "/broker/v1/statements")
    return People(sessions, f"{made['reference']}#{made['secret']}", _first(fills, "fill"), _first(hours, "hour"))


def _first(told: Any, key: str) -> str:
    """Of a list, or of the list in an answer."""
    rows = told if isinstance(told, list) else next(value for value in told.values() if isinstance(value, list))
    return str(rows[0][key])


def _at_the_partners_desk(desk: Hand) -> None:
    now_ns = time.time_ns()
    told = (
        ("announcement", "announcements-latest-announcements", "Long-resting orders are canceled", True),
        ("notice", "announcements-trading-updates", "Maintenance on Sunday, 04:00 to 04:20 UTC", True),
        ("announcement", "announcements-new-listings", "ETH and SOL can be traded", False),
    )
    for form, topic, title, is_told in told:
        texts = {"en": {"title": title, "body": ADVICE}}
        made = desk.post("/partner/v1/announcements", {"texts": texts, "form": form, "topic": topic})
        if is_told:
            desk.post(f"/partner/v1/announcements/{made['id']}/publish")
    level = [{"level": 0, "maker": "0.0007", "taker": "0.0009"}]
    in_a_week = str(now_ns + 7 * DAY_NS)
    desk.post("/partner/v1/fees/schedules", {"levels": level, "begin_ns": in_a_week})
    pairs = [{"base": "TIDE", "quote": "USDT", "tick": "0.0001", "lot": "0.01", "minimum": "1"}]
    desk.post("/partner/v1/listings/proposals", {"token": {"name": "TIDE", "scale": 8}, "pairs": pairs})
    last = {"last_order_ns": str(now_ns + 10 * DAY_NS), "withdrawals_until_ns": str(now_ns + 100 * DAY_NS)}
    texts = {"en": {"title": "SOL-USDT is delisted", "body": ADVICE}}
    desk.post("/partner/v1/listings/delist", {"instrument": "SOL-USDT", "texts": texts} | last)


def _at_the_hosts_desk(first: Hand, second: Hand) -> None:
    """What is done by two of them, and what waits for the second."""
    phase = {
        "phase": 1,
        "name": "Phase 1",
        "opens_ns": "1",
        "closes_ns": str(time.time_ns() + 120 * DAY_NS),
        "quota": 100,
        "asset": "USDT",
        "stake": "500000",
        "token_required": False,
        "holders_share": "80",
        "host_holders_share": "24",
    }
    contract = {"text": "Both sides agree.", "term_days": 365, "renewal_days": 30, "notice_days": 10}
    done = (
        ("/host/v1/partnership/phases", phase),
        ("/host/v1/partnership/contracts", contract),
        ("/host/v1/control/status", {"instrument": "XRP-USDT", "status": "cancel-only"}),
    )
    for path, body in done:
        asked = first.post(path, body)
        answer = second.post(f"/host/v1/approvals/{asked['id']}/approve", {"payload_hash": asked["payload_hash"]})
        if answer["state"] != "done":
            raise SystemExit(f"{path}: {answer}")
    second.post("/host/v1/control/status", {"instrument": "SOL-USDT", "status": "halted"})
    second.post("/host/v1/control/limits", {"instrument": "BTC-USDT", "band": "12", "largest_size": "50"})
    first.post("/host/v1/control/kill", {"scope": "broker", "target": "OLDHARBOUR"})
    correction = {
        "code": BROKER_CODE,
        "amount": "12.5",
        "reason": "an hour was paid at the old rate",
        "key": "old-rate",
    }
    second.post("/host/v1/corrections", correction | {"hour": int(time.time_ns() // HOUR_NS - 5)})
