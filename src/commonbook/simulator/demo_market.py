"""The demo's venue: two brands on one book, a thousand persons, a broker, and a market maker with a rebate.

Everything is made of ordinary commands. Numbers here are the demo's own; a host sets its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from commonbook.brand import service
from commonbook.instrument.model import Rates
from commonbook.instrument.venue import Venue
from commonbook.records import (
    Attribution,
    Channel,
    CommandKind,
    FeeScope,
    OrderType,
    Records,
    Side,
    as_commands,
    commands,
    words,
)
from commonbook.simulator.demo_brands import BRANDS, FIRST_BRAND, NEW_BRANDS, SECOND_BRAND
from commonbook.simulator.market import Sender

BTC, USDT = 1, 2
SCALE = 8
BTC_USDT = 1
BROKER, BROKER_CODE, RETIRED_BROKER, RETIRED_CODE = 1, "NORTHSTAR", 2, "OLDHARBOUR"
TAKER_E8 = 100_000  # 10 basis points, of the market maker as of everybody
FLOOR_TAKER_E8, FLOOR_MAKER_E8, HIGHEST_CLAIM_E8 = 50_000, 20_000, 40_000_000
REBATE_E8 = -20_000  # the approved market maker is paid 2 basis points
LEVELS = 8  # VIP 0 to 7
PERSONS = 1_000
MID_TICKS = 78_300
LIMITS = {
    "band_e8": 10_000_000,  # 10 % around the reference, with a premium at most 20 %
    "band_max_e8": 20_000_000,
    "largest_notional": words(100_000_000 * 10**SCALE),  # USDT
    "deviation_e8": 10_000_000,
}
UNIT = 10**SCALE

MARKET_MAKER, HOUSE, BROKER_PAYOUT, RETIRED_PAYOUT = 1_001, 1_002, 1_003, 1_004
FIRST_KEY_ACCOUNT = 2_000  # accounts that the demo's API keys belong to
KEY_ACCOUNTS = {FIRST_BRAND: (2_000, 2_001), SECOND_BRAND: (2_010, 2_011)}
FIRST_CROWD_ACCOUNT = 10_000
_FIRST_STAFF_PERSON = 100_000

KEY_USDT, KEY_BTC = 1_000_000 * UNIT, 100 * UNIT
CROWD_USDT, CROWD_BTC = 50_000_000_000 * UNIT, 1_000_000 * UNIT  # so that the recorded market is never short


@dataclass(frozen=True, slots=True)
class _Person:
    account: int
    person: int
    brand: int
    level: int = 0


def venue_commands() -> Records:
    """Assets, instrument, brands, fees, broker codes, staff and key accounts with their funds."""
    staff = [
        _Person(MARKET_MAKER, _FIRST_STAFF_PERSON, FIRST_BRAND),
        _Person(HOUSE, _FIRST_STAFF_PERSON + 1, FIRST_BRAND),
        _Person(BROKER_PAYOUT, _FIRST_STAFF_PERSON + 2, SECOND_BRAND),
        _Person(RETIRED_PAYOUT, _FIRST_STAFF_PERSON + 3, SECOND_BRAND),
    ]
    keys = [_Person(account, account, brand) for brand, accounts in KEY_ACCOUNTS.items() for account in accounts]
    rich = [person for person in staff if person.account in (MARKET_MAKER, HOUSE)]
    floor = Venue(floor=Rates(FLOOR_MAKER_E8, FLOOR_TAKER_E8, False))
    openings = [
        service.opening(number, new.document.name, service.fees_of(new.fees, floor))
        for number, new in NEW_BRANDS.items()
    ]
    return as_commands(
        _one(CommandKind.ASSET, asset=BTC, scale=SCALE, name=b"BTC"),
        _one(CommandKind.ASSET, asset=USDT, scale=SCALE, name=b"USDT"),
        _one(
            CommandKind.INSTRUMENT,
            instrument=BTC_USDT,
            base_asset=BTC,
            quote_asset=USDT,
            tick_scale=0,
            tick_mantissa=1,
            lot_scale=SCALE,
            lot_mantissa=1,
            minimum_lots=1,
            name=b"BTC-USDT",
        ),
        _one(CommandKind.PRICE, asset=BTC, quote_asset=USDT, price_e8=MID_TICKS * 10**8),
        _one(CommandKind.LIMITS, instrument=BTC_USDT, **LIMITS),
        _one(CommandKind.REFERENCE, instrument=BTC_USDT, reference_ticks=MID_TICKS),
        *(brand for brand, *_ in openings),
        _fees(FeeScope.VENUE, FLOOR_MAKER_E8, FLOOR_TAKER_E8, highest_claim_e8=HIGHEST_CLAIM_E8),
        *(fee for _, *fees in openings for fee in fees),
        _accounts([*staff, *keys]),
        _fees(FeeScope.ACCOUNT, REBATE_E8, TAKER_E8, account=MARKET_MAKER),
        _broker(BROKER, BROKER_CODE, True, BROKER_PAYOUT),
        _broker(RETIRED_BROKER, RETIRED_CODE, False, RETIRED_PAYOUT),
        _deposits(rich, CROWD_BTC, CROWD_USDT),
        _deposits(keys, KEY_BTC, KEY_USDT),
    )


def crowd_commands() -> Records:
    """The thousand persons of the recorded market, each with a funded account at both brands."""
    crowd = [
        _Person(crowd_account(person, brand), person, brand, person % LEVELS)
        for person in range(1, PERSONS + 1)
        for brand in BRANDS
    ]
    return as_commands(_accounts(crowd), _deposits(crowd, CROWD_BTC, CROWD_USDT))


def crowd_account(person: int, brand: int) -> int:
    return FIRST_CROWD_ACCOUNT + 2 * person + brand - 1


def sender(takers: int = 170) -> Callable[[int, bool], Sender]:
    """Who sends each recorded order. Takers are persons of their own, so no real trade joins one person."""
    seen_takers = 0

    def sender_of(number: int, is_taker: bool) -> Sender:
        nonlocal seen_takers
        dice = number * 2_654_435_761 >> 7 & 0xFFFF
        brand = FIRST_BRAND if dice % 5 < 3 else SECOND_BRAND
        if is_taker:
            seen_takers += 1
            return _dressed(crowd_account(seen_takers, brand), brand, dice)
        if dice % 12 == 0:
            return Sender(MARKET_MAKER)
        return _dressed(crowd_account(takers + 1 + dice % (PERSONS - takers), brand), brand, dice)

    return sender_of


def _dressed(account: int, brand: int, dice: int) -> Sender:
    """A third of the second brand's orders carry a broker's code; others show each reason for earning nothing."""
    channel = Channel.WEB if dice % 17 == 0 else Channel.API
    if brand == SECOND_BRAND and dice // 5 % 3 == 0:
        return Sender(account, BROKER, Attribution.BROKER, BROKER_CODE.encode(), channel)
    match dice // 16 % 16:
        case 0:
            return Sender(account, 0, Attribution.UNKNOWN_CODE, b"SOMELIBRARY", channel)
        case 1:
            return Sender(account, 0, Attribution.NOT_ASSOCIATED, BROKER_CODE.encode(), channel)
        case _:
            return Sender(account, 0, Attribution.NO_TAG, b"", channel)


def standing_book(levels: int = 50) -> Records:
    """A two-sided book of the house around the mid: one post-only order a level."""
    orders = commands(CommandKind.ORDER, 2 * levels)
    step = np.arange(1, levels + 1)
    orders["account"], orders["instrument"], orders["order_type"] = HOUSE, BTC_USDT, OrderType.POST_ONLY
    orders["channel"], orders["attribution"] = Channel.API, Attribution.NO_TAG
    orders["side"] = np.repeat([Side.BUY, Side.SELL], levels)
    orders["price_ticks"] = np.concatenate([MID_TICKS - step * 2, MID_TICKS + step * 2])
    orders["quantity_lots"] = np.tile(UNIT // 4 * step, 2)
    orders["client_id"] = [f"house{number}".encode() for number in range(2 * levels)]
    return as_commands(orders)


def _one(kind: CommandKind, **values: object) -> Records:
    record = commands(kind)
    for name, value in values.items():
        record[name] = value
    return record


def _fees(scope: FeeScope, maker: int, taker: int, **values: object) -> Records:
    return _one(CommandKind.FEES, scope=scope, maker_rate_e8=maker, taker_rate_e8=taker, **values)


def _broker(broker: int, code: str, active: bool, payout: int) -> Records:
    return _one(CommandKind.BROKER_CODE, broker=broker, code=code.encode(), active=active, payout_account=payout)


def _accounts(people: list[_Person]) -> Records:
    records = commands(CommandKind.ACCOUNT, len(people))
    for name in ("account", "person", "brand", "level"):
        records[name] = [getattr(one, name) for one in people]
    return records


def _deposits(people: list[_Person], btc: int, usdt: int) -> Records:
    records = commands(CommandKind.DEPOSIT, 2 * len(people))
    accounts = np.array([one.account for one in people], np.uint64)
    records["account"] = np.repeat(accounts, 2)
    records["asset"] = np.tile([BTC, USDT], len(people))
    for place, amount in enumerate((btc, usdt)):
        low, high = words(amount)
        records["amount"]["low"][place::2], records["amount"]["high"][place::2] = low, high
    records["key"] = [f"demo:{account}:{asset}".encode() for account in accounts for asset in (BTC, USDT)]
    return records
