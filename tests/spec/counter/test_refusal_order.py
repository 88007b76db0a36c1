"""Every refusal in its fixed order: what violates two checks is told the first. Rules: docs/rules/refusals.md.

Each table lists a command's checks in their order with the fields, or the state of the venue, that violate one of them
and nothing before it. All pairs are tried, so that no two checks can change places unseen.
"""

from itertools import combinations
from typing import Any, NamedTuple

import pytest
from spec.session import Session

from commonbook._engine import Engine, EngineFault
from commonbook.qa.plain import command, encode
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    Attribution,
    CommandKind,
    FeeScope,
    KillScope,
    ListingMode,
    OrderType,
    Refusal,
    SelfTrade,
    Side,
    TradingStatus,
)

HIGHEST = 2**63 - 1
TOKEN, PAIR = 9, 9  # an asset of 18 decimals; BTC against it, where one lot at one tick costs 10^20 units
OLD, NEW, GONE, AFTER, HELD, RESTING, CLAIMED = range(21, 28)  # assets about splits, and pairs of the same numbers
NEW_PAIR: dict[str, Any] = {
    "instrument": 8,
    "base_asset": 2,
    "quote_asset": 1,
    "tick_mantissa": 1,
    "tick_scale": 2,
    "lot_mantissa": 1,
    "lot_scale": 2,
    "minimum_lots": 1,
    "name": b"NEW",
}


class Violation(NamedTuple):
    """What makes one check fail: fields of the command, or what was sent before it."""

    refusal: Refusal
    fields: dict[str, Any]
    status: tuple[tuple[int, TradingStatus], ...] = ()  # instrument (0: the venue) and its status
    limits: dict[str, int] | None = None  # of PAIR; those of several violations are set together
    reference: int = 0
    kill: int = 0  # a credential
    delist: int = 0  # a brand, which no longer lists PAIR
    earlier: bool = False  # the same order was taken a moment ago


class Venue:
    """A venue in which each well-formed command below is taken."""

    def __init__(self) -> None:
        self.session = Session()
        play = self.session.play
        play("config", f"ASSET asset={TOKEN} scale=18 name=TOKEN")
        pair = {**NEW_PAIR, "instrument": PAIR, "quote_asset": TOKEN, "tick_scale": 0, "lot_mantissa": 100}
        pair |= {"lot_scale": 0, "minimum_lots": 2, "name": b"BTC-TOKEN"}
        self.send(CommandKind.INSTRUMENT, pair)
        play("given", f"alice BTC 1000000; alice {TOKEN} {10**24}; bob USDT 100")
        self.alice, self.bob = self.session.account("alice"), self.session.account("bob")
        play("order", f"A1 alice bid 20 @ 5 gtc client taken instrument={PAIR}")
        play("deposit", "bob USDT 1 key used")
        for asset in (GONE, AFTER):
            play("config", f"ASSET asset={asset} scale=2 name=A{asset}")
        self.halted_pair(GONE)
        play("split", f"{GONE} {AFTER} 1 for 1 key gone")

    def halted_pair(self, asset: int, *before: str) -> None:
        """A pair of an asset against USDT; what is played `before` it is halted."""
        pair = {**NEW_PAIR, "instrument": asset, "base_asset": asset, "name": b"A%d-USDT" % asset}
        self.send(CommandKind.INSTRUMENT, pair)
        for line in before:
            self.session.play(*line.split(" ", 1))
        self.send(CommandKind.STATUS, {"instrument": asset, "status": TradingStatus.HALTED})

    def send(self, kind: CommandKind, fields: dict[str, Any]) -> str:
        return self.session.send(kind, **fields)


def order(venue: Venue) -> dict[str, Any]:
    return {
        "account": venue.alice,
        "instrument": PAIR,
        "side": Side.BUY,
        "order_type": OrderType.LIMIT,
        "attribution": Attribution.NO_TAG,
        "price_ticks": 5,
        "quantity_lots": 2,
        "client_id": b"fresh",
    }


HALT = ((0, TradingStatus.HALTED),)
CLOSE = ((PAIR, TradingStatus.CANCEL_ONLY),)
BAND = {"band_e8": 1_000_000, "band_max_e8": 1_000_000}

ORDER = [
    Violation(Refusal.MALFORMED, {"channel": 9}),
    Violation(Refusal.UNKNOWN_INSTRUMENT, {"instrument": 77}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"account": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"account": FEE_POOL_ACCOUNT}),
    Violation(Refusal.UNKNOWN_BROKER, {"broker": 77, "attribution": Attribution.BROKER}),
    Violation(Refusal.ASSET_CLOSED, {"instrument": GONE}),
    Violation(Refusal.HALTED, {}, HALT),
    Violation(Refusal.CANCEL_ONLY, {}, CLOSE),
    Violation(Refusal.NOT_LISTED, {}, delist=1),
    Violation(Refusal.KILLED, {"credential": 7}, kill=7),
    Violation(Refusal.SELF_TRADE_MODE, {"order_type": OrderType.FOK, "self_trade": SelfTrade.CANCEL_BOTH}),
    Violation(Refusal.BAD_PRICE, {"price_ticks": 0}),
    Violation(Refusal.BAD_SIZE, {"quantity_lots": 0}),
    Violation(Refusal.BELOW_MINIMUM, {"quantity_lots": 1}),
    Violation(Refusal.PRICE_ABOVE_BAND, {"side": Side.BUY, "price_ticks": 5}, limits=BAND, reference=3),
    Violation(Refusal.PRICE_BELOW_BAND, {"side": Side.SELL}, limits=BAND, reference=9),
    Violation(Refusal.PRICE_TOO_FAR, {"side": Side.SELL, "price_ticks": 1}, limits={"deviation_e8": 10_000_000}),
    Violation(Refusal.SIZE_ABOVE_LIMIT, {}, limits={"largest_lots": 1}),
    Violation(Refusal.NOTIONAL_ABOVE_LIMIT, {}, limits={"largest_notional": 1}),
    Violation(Refusal.DUPLICATE_ORDER, {"quantity_lots": 2}, limits={"duplicate_ms": 1_000}, earlier=True),
    Violation(Refusal.OVERFLOW, {"quantity_lots": HIGHEST}),
    Violation(Refusal.DUPLICATE_CLIENT_ID, {"client_id": b"taken"}),
    Violation(Refusal.INSUFFICIENT_FUNDS, {"quantity_lots": 10**9}),
]


def cancel(venue: Venue) -> dict[str, Any]:
    return {"account": venue.alice, "order": venue.session.orders["A1"]}


CANCEL = [
    Violation(Refusal.MALFORMED, {"order": 0}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"account": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"account": FEE_POOL_ACCOUNT}),
    Violation(Refusal.UNKNOWN_ORDER, {"order": 999_999}),
    Violation(Refusal.HALTED, {}, HALT),
]


def amend(venue: Venue) -> dict[str, Any]:
    return {**cancel(venue), "quantity_lots": 10}


AMEND = [
    Violation(Refusal.MALFORMED, {"quantity_lots": -1}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"account": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"account": FEE_POOL_ACCOUNT}),
    Violation(Refusal.UNKNOWN_ORDER, {"instrument": 1}),
    Violation(Refusal.HALTED, {}, HALT),
    Violation(Refusal.CANCEL_ONLY, {}, CLOSE),
    Violation(Refusal.KILLED, {"credential": 7}, kill=7),
    Violation(Refusal.NOTHING_TO_AMEND, {"quantity_lots": 20, "price_ticks": 5}),
    Violation(Refusal.BELOW_MINIMUM, {"quantity_lots": 1}),
    Violation(Refusal.AMEND_BELOW_FILLED, {"quantity_lots": 3}),
    Violation(Refusal.PRICE_ABOVE_BAND, {"price_ticks": 6}, limits=BAND, reference=3),
    Violation(Refusal.PRICE_TOO_FAR, {"price_ticks": 6}, limits={"deviation_e8": 10_000_000}),
    Violation(Refusal.SIZE_ABOVE_LIMIT, {"quantity_lots": 21}, limits={"largest_lots": 20}),
    Violation(Refusal.NOTIONAL_ABOVE_LIMIT, {"quantity_lots": 21}, limits={"largest_notional": 1}),
    Violation(Refusal.OVERFLOW, {"price_ticks": HIGHEST}),
    Violation(Refusal.INSUFFICIENT_FUNDS, {"price_ticks": 10**9}),
]


def cancel_all(venue: Venue) -> dict[str, Any]:
    return {"account": venue.alice, "instrument": PAIR}


CANCEL_ALL = [
    Violation(Refusal.MALFORMED, {"scope": 2}),
    Violation(Refusal.UNKNOWN_INSTRUMENT, {"instrument": 77}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"account": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"account": FEE_POOL_ACCOUNT}),
    Violation(Refusal.HALTED, {}, HALT),
]


def cancel_all_after(venue: Venue) -> dict[str, Any]:
    return {"account": venue.alice, "deadline_ns": venue.session.time_ns + 1}


CANCEL_ALL_AFTER = [
    Violation(Refusal.MALFORMED, {"deadline_ns": 1}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"account": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"account": FEE_POOL_ACCOUNT}),
]


def funds(venue: Venue) -> dict[str, Any]:
    return {"account": venue.bob, "to_account": venue.alice, "asset": 1, "amount": 1, "key": b"fresh"}


WITHDRAWAL = [
    Violation(Refusal.MALFORMED, {"key": b""}),
    Violation(Refusal.UNKNOWN_ASSET, {"asset": 77}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"account": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"account": FEE_POOL_ACCOUNT}),
    Violation(Refusal.BAD_AMOUNT, {"amount": 0}),
    Violation(Refusal.DUPLICATE_KEY, {"key": b"used"}),
    Violation(Refusal.ASSET_CLOSED, {"asset": GONE}),
    Violation(Refusal.OVERFLOW, {"amount": 10**38}),
    Violation(Refusal.INSUFFICIENT_FUNDS, {"amount": 10**37}),
]
DEPOSIT = [one for one in WITHDRAWAL if one.refusal != Refusal.INSUFFICIENT_FUNDS]
TRANSFER = [
    *WITHDRAWAL[:2],
    Violation(Refusal.UNKNOWN_ACCOUNT, {"to_account": 7_777}),
    Violation(Refusal.SAME_ACCOUNT, {"account": FEE_POOL_ACCOUNT, "to_account": FEE_POOL_ACCOUNT}),
    *WITHDRAWAL[4:],
]


def instrument(venue: Venue) -> dict[str, Any]:
    return NEW_PAIR


INSTRUMENT = [
    Violation(Refusal.MALFORMED, {"minimum_lots": 0}),
    Violation(Refusal.UNKNOWN_ASSET, {"base_asset": 77}),
    Violation(Refusal.BAD_SCALE, {"tick_scale": 3}),
    Violation(Refusal.DUPLICATE_ID, {"name": b"BTC-USDT"}),
    Violation(Refusal.ASSET_CLOSED, {"base_asset": GONE}),
]


def asset(venue: Venue) -> dict[str, Any]:
    return {"asset": 8, "scale": 2, "name": b"NEW"}


ASSET = [
    Violation(Refusal.MALFORMED, {"asset": 0}),
    Violation(Refusal.BAD_SCALE, {"scale": 19}),
    Violation(Refusal.DUPLICATE_ID, {"name": b"USDT"}),
]


def brand(venue: Venue) -> dict[str, Any]:
    return {"brand": 8, "name": b"east"}


BRAND = [Violation(Refusal.MALFORMED, {"brand": 0}), Violation(Refusal.DUPLICATE_ID, {"name": b"north"})]


def account(venue: Venue) -> dict[str, Any]:
    return {"account": venue.alice, "person": venue.session.persons["alice"], "brand": 1, "level": 1}


ACCOUNT = [
    Violation(Refusal.MALFORMED, {"level": 10}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"account": 999}),
    Violation(Refusal.UNKNOWN_BRAND, {"brand": 77}),
    Violation(Refusal.DUPLICATE_ID, {"person": 777}),
]


def broker_code(venue: Venue) -> dict[str, Any]:
    return {"broker": 8, "active": 1, "payout_account": venue.alice, "code": b"B8"}


BROKER_CODE = [
    Violation(Refusal.MALFORMED, {"active": 2}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"payout_account": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"payout_account": FEE_POOL_ACCOUNT}),
    Violation(Refusal.DUPLICATE_ID, {"code": b"BROKER1"}),
]


def price(venue: Venue) -> dict[str, Any]:
    return {"asset": 2, "quote_asset": 1, "price_e8": 1}


PRICE = [Violation(Refusal.MALFORMED, {"price_e8": 0}), Violation(Refusal.UNKNOWN_ASSET, {"asset": 77})]


def status(venue: Venue) -> dict[str, Any]:
    return {"instrument": 1, "status": TradingStatus.LIVE}


STATUS = [
    Violation(Refusal.MALFORMED, {"status": 4}),
    Violation(Refusal.UNKNOWN_INSTRUMENT, {"instrument": 77}),
    Violation(Refusal.ASSET_CLOSED, {"instrument": GONE}),
]


def split(venue: Venue) -> dict[str, Any]:
    play = venue.session.play
    for asset in (OLD, NEW, HELD, RESTING, CLAIMED):
        play("config", f"ASSET asset={asset} scale=2 name=A{asset}")
    play("given", f"alice {OLD} {10**37}; alice {HELD} 1; alice {RESTING} 9; alice {CLAIMED} 9")
    venue.halted_pair(OLD)
    venue.halted_pair(RESTING, f"order R1 alice ask 1 @ 5 gtc instrument={RESTING}")
    venue.halted_pair(CLAIMED, f"transfer alice fee_pool {CLAIMED} 1 key claim")
    return {"asset": OLD, "new_asset": NEW, "numerator": 1, "denominator": 3, "key": b"fresh"}


LIVE_AGAIN = tuple((pair, TradingStatus.LIVE) for pair in (OLD, RESTING, CLAIMED))
SPLIT = [
    Violation(Refusal.MALFORMED, {"denominator": 0}),
    Violation(Refusal.UNKNOWN_ASSET, {"new_asset": 77}),
    Violation(Refusal.BAD_SCALE, {"new_asset": TOKEN}),
    Violation(Refusal.DUPLICATE_KEY, {"key": b"used"}),
    Violation(Refusal.ASSET_CLOSED, {"asset": GONE}),
    Violation(Refusal.ASSET_IN_USE, {"new_asset": HELD}),
    Violation(Refusal.NOT_HALTED, {}, LIVE_AGAIN),
    Violation(Refusal.ORDERS_REST, {"asset": RESTING}),
    Violation(Refusal.CLAIMS_OPEN, {"asset": CLAIMED}),
    Violation(Refusal.OVERFLOW, {"numerator": 30}),
]


def limits(venue: Venue) -> dict[str, Any]:
    return {"instrument": PAIR, **BAND, "largest_lots": 5}


LIMITS = [Violation(Refusal.MALFORMED, {"band_e8": 0}), Violation(Refusal.UNKNOWN_INSTRUMENT, {"instrument": 77})]


def reference(venue: Venue) -> dict[str, Any]:
    return {"instrument": PAIR, "reference_ticks": 5, "premium_ticks": -1}


REFERENCE = [
    Violation(Refusal.MALFORMED, {"reference_ticks": -1}),
    Violation(Refusal.UNKNOWN_INSTRUMENT, {"instrument": 77}),
]


def listing(venue: Venue) -> dict[str, Any]:
    venue.send(CommandKind.BRAND, {"brand": 65_535, "name": b"last"})
    venue.send(CommandKind.BRAND, {"brand": 65_536, "name": b"beyond"})
    return {"mode": ListingMode.CLOSED, "brand": 65_535, "instrument": PAIR}


LISTING = [
    Violation(Refusal.MALFORMED, {"mode": 3}),
    Violation(Refusal.UNKNOWN_BRAND, {"brand": 77}),
    Violation(Refusal.UNKNOWN_INSTRUMENT, {"instrument": 77}),
    Violation(Refusal.OVERFLOW, {"brand": 65_536}),
]


def kill(scope: KillScope) -> Any:
    return lambda venue: {"scope": scope, "active": 1, "target": venue.alice if scope == KillScope.ACCOUNT else 1}


KILL_ACCOUNT = [
    Violation(Refusal.MALFORMED, {"active": 2}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"target": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"target": FEE_POOL_ACCOUNT}),
]


def brand_fees(venue: Venue) -> dict[str, Any]:
    floor = {"maker_rate_e8": -20_000, "taker_rate_e8": 20_000, "highest_claim_e8": 50_000_000}
    venue.send(CommandKind.FEES, {"scope": FeeScope.BRAND, "brand": 2, "taker_rate_e8": 20_000})
    venue.send(CommandKind.FEES, {"scope": FeeScope.VENUE, **floor})
    return {"scope": FeeScope.BRAND, "brand": 1, "maker_rate_e8": 0, "taker_rate_e8": 20_000}


BRAND_FEES = [
    Violation(Refusal.MALFORMED, {"level": 10}),
    Violation(Refusal.UNKNOWN_BRAND, {"brand": 77}),
    Violation(Refusal.FEE_BELOW_FLOOR, {"taker_rate_e8": 19_999}),
    Violation(Refusal.REBATE_TOO_HIGH, {"maker_rate_e8": -20_000}),
]


def account_fees(venue: Venue) -> dict[str, Any]:
    return {"scope": FeeScope.ACCOUNT, "account": venue.alice, "maker_rate_e8": 0, "taker_rate_e8": 20_000}


ACCOUNT_FEES = [
    Violation(Refusal.MALFORMED, {"subsidised": 2}),
    Violation(Refusal.UNKNOWN_ACCOUNT, {"account": 7_777}),
    Violation(Refusal.SYSTEM_ACCOUNT, {"account": FEE_POOL_ACCOUNT}),
    Violation(Refusal.REBATE_TOO_HIGH, {"maker_rate_e8": -20_001}),
]

TABLES: dict[str, tuple[CommandKind, Any, list[Violation]]] = {
    "R-2 order": (CommandKind.ORDER, order, ORDER),
    "R-3 cancel": (CommandKind.CANCEL, cancel, CANCEL),
    "R-3 cancel-all": (CommandKind.CANCEL_ALL, cancel_all, CANCEL_ALL),
    "R-3 cancel-all-after": (CommandKind.CANCEL_ALL_AFTER, cancel_all_after, CANCEL_ALL_AFTER),
    "R-4 amend": (CommandKind.AMEND, amend, AMEND),
    "R-5 deposit": (CommandKind.DEPOSIT, funds, DEPOSIT),
    "R-5 withdrawal": (CommandKind.WITHDRAWAL, funds, WITHDRAWAL),
    "R-5 transfer": (CommandKind.TRANSFER, funds, TRANSFER),
    "R-6 asset": (CommandKind.ASSET, asset, ASSET),
    "R-6 instrument": (CommandKind.INSTRUMENT, instrument, INSTRUMENT),
    "R-6 brand": (CommandKind.BRAND, brand, BRAND),
    "R-6 account": (CommandKind.ACCOUNT, account, ACCOUNT),
    "R-6 broker code": (CommandKind.BROKER_CODE, broker_code, BROKER_CODE),
    "R-6 brand fees": (CommandKind.FEES, brand_fees, BRAND_FEES),
    "R-6 account fees": (CommandKind.FEES, account_fees, ACCOUNT_FEES),
    "R-6 price": (CommandKind.PRICE, price, PRICE),
    "R-6 status": (CommandKind.STATUS, status, STATUS),
    "R-6 split": (CommandKind.SPLIT, split, SPLIT),
    "R-6 limits": (CommandKind.LIMITS, limits, LIMITS),
    "R-6 reference": (CommandKind.REFERENCE, reference, REFERENCE),
    "R-6 listing": (CommandKind.LISTING, listing, LISTING),
    "R-6 kill account": (CommandKind.KILL, kill(KillScope.ACCOUNT), KILL_ACCOUNT),
    "R-6 kill broker": (
        CommandKind.KILL,
        kill(KillScope.BROKER),
        [KILL_ACCOUNT[0], Violation(Refusal.UNKNOWN_BROKER, {"target": 77})],
    ),
    "R-6 kill brand": (
        CommandKind.KILL,
        kill(KillScope.BRAND),
        [KILL_ACCOUNT[0], Violation(Refusal.UNKNOWN_BRAND, {"target": 77})],
    ),
    "R-6 kill instrument": (
        CommandKind.KILL,
        kill(KillScope.INSTRUMENT),
        [KILL_ACCOUNT[0], Violation(Refusal.UNKNOWN_INSTRUMENT, {"target": 77})],
    ),
}


def refusal_of(kind: CommandKind, made: Any, *violations: Violation) -> str:
    """What the engine tells about a command with these violations; a field of an earlier one wins."""
    venue = Venue()
    if kind == CommandKind.AMEND:
        # Three lots of the order that will be amended are filled.
        venue.session.play("given", "carol BTC 100000")
        venue.session.play("order", f"C1 carol ask 3 @ 5 ioc instrument={PAIR}")
    fields = made(venue)
    for violation in reversed(violations):
        fields = {**fields, **violation.fields}
    for violation in violations:
        if violation.earlier:
            # The same as what is sent below; it is accepted and meets nothing.
            venue.send(CommandKind.LIMITS, {"instrument": PAIR, **(violation.limits or {})})
            venue.send(kind, {**fields, "client_id": b"earlier", "order_type": OrderType.POST_ONLY})
    together = {name: value for violation in violations for name, value in (violation.limits or {}).items()}
    if together:
        venue.send(CommandKind.LIMITS, {"instrument": PAIR, **together})
    for violation in reversed(violations):
        if violation.reference:
            venue.send(CommandKind.REFERENCE, {"instrument": PAIR, "reference_ticks": violation.reference})
        if violation.kill:
            venue.send(CommandKind.KILL, {"scope": KillScope.CREDENTIAL, "target": violation.kill, "active": 1})
        if violation.delist:
            closing = {"mode": ListingMode.CLOSED, "brand": violation.delist, "instrument": PAIR}
            venue.send(CommandKind.LISTING, closing)
        for place, status in violation.status:
            venue.send(CommandKind.STATUS, {"instrument": place, "status": status})
    before = venue.session.engine.snapshot()[STATE:]
    told = venue.send(kind, fields)
    if "refused" in told and venue.session.engine.snapshot()[STATE:] != before:
        return f"{told}, and something has changed"
    return told


STATE = 24  # behind the magic, the sequence and the time of a snapshot


def every(count: int) -> list[Any]:
    cases = []
    for name, (kind, made, table) in TABLES.items():
        for chosen in combinations(table, count):
            words = " before ".join(violation.refusal.name for violation in chosen)
            cases.append(pytest.param(kind, made, chosen, id=f"{name}: {words or 'taken'}"))
    return cases


@pytest.mark.parametrize(("kind", "made", "none"), every(0))
def test_r1_without_a_violation_each_command_is_taken(kind: CommandKind, made: Any, none: tuple[()]) -> None:
    assert "refused" not in refusal_of(kind, made, *none)


@pytest.mark.parametrize(("kind", "made", "chosen"), every(1))
def test_r1_a_violation_is_refused_by_its_name_and_changes_nothing(
    kind: CommandKind, made: Any, chosen: tuple[Violation]
) -> None:
    assert refusal_of(kind, made, *chosen) == f"refused {chosen[0].refusal.name}"


@pytest.mark.parametrize(("kind", "made", "chosen"), every(2))
def test_r2_to_r6_of_two_violations_the_first_in_the_documented_order_is_told(
    kind: CommandKind, made: Any, chosen: tuple[Violation, Violation]
) -> None:
    assert refusal_of(kind, made, *chosen) == f"refused {chosen[0].refusal.name}"


def test_r1_every_refusal_there_is_stands_in_one_of_the_orders() -> None:
    assert {one.refusal for _, _, table in TABLES.values() for one in table} == set(Refusal)


@pytest.mark.parametrize(
    "fields",
    [
        {"side": 0},
        {"side": 3},
        {"order_type": 0},
        {"order_type": 6},
        {"self_trade": 4},
        {"attribution": 5},
        {"size_in": 2},
        {"price_ticks": -1},
        {"quantity_lots": -1},
        {"quote_amount": -1},
        {"credential": 2**32},
        {"broker": 1},  # with an attribution that says there is none
        {"attribution": Attribution.BROKER},  # without a broker
        {"size_in": 1, "quote_amount": 5},  # only a market buy is sized in quote
        {"size_in": 1, "quote_amount": 5, "order_type": OrderType.MARKET, "side": Side.SELL},
    ],
    ids=str,
)
def test_r2_an_order_out_of_its_form_is_malformed(fields: dict[str, Any]) -> None:
    assert refusal_of(CommandKind.ORDER, order, Violation(Refusal.MALFORMED, fields)) == "refused MALFORMED"


@pytest.mark.parametrize("number", [0, 14, 15, 19, 31, 37, 254, 255])
def test_r1_a_command_of_an_unknown_kind_is_malformed(number: int) -> None:
    venue = Venue()
    assert venue.session.send(number) == "refused MALFORMED"
    assert venue.session.events[0]["command_kind"] == number


def test_r1_a_refusal_names_the_account_the_order_and_the_kind_of_its_command() -> None:
    venue = Venue()
    venue.send(CommandKind.CANCEL, {"account": venue.alice, "order": 999_999})
    refused = venue.session.events[0]
    assert (refused["account"], refused["order"], refused["command_kind"]) == (venue.alice, 999_999, 33)


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("sequence jumps", [{"sequence": 1, "time_ns": 5}, {"sequence": 3, "time_ns": 5}]),
        ("sequence jumps", [{"sequence": 2, "time_ns": 5}]),
        ("engine time falls", [{"sequence": 1, "time_ns": 5}, {"sequence": 2, "time_ns": 4}]),
    ],
)
def test_r7_a_broken_sequence_or_time_is_no_refusal_but_stops_the_engine(
    name: str, commands: list[dict[str, int]]
) -> None:
    engine = Engine()
    with pytest.raises(EngineFault, match=name):
        engine.apply(encode([{**command(CommandKind.TIME), **one} for one in commands]))
    with pytest.raises(EngineFault, match=name):
        engine.apply(b"")
    with pytest.raises(EngineFault, match=name):
        engine.state_hash()


def test_r7_commands_that_are_not_whole_records_stop_the_engine() -> None:
    with pytest.raises(EngineFault, match="not whole records"):
        Engine().apply(bytes(159))


def test_r7_a_damaged_snapshot_is_not_restored() -> None:
    session = Session()
    session.play("given", "alice BTC 100")
    session.play("order", "A1 alice ask 5 @ 1600 gtc")
    whole = session.engine.snapshot()
    for size in range(len(whole)):
        with pytest.raises(EngineFault):
            Engine.restore(whole[:size])
    with pytest.raises(EngineFault):
        Engine.restore(whole + b"\0")
