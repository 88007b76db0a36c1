"""Fill sides made for a test, as columns: what `decide`, `why` and `compare` take. Assets have 8 decimals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from spec.small_exchange import BTC, BTC_EUR, BTC_USDT, EUR, HOUR, SOUTH, TAKER, USDT, units

from commonbook.broker.consenting import PROGRAMS
from commonbook.broker.deciding import decide
from commonbook.broker.model import PUBLIC, TIERS_2022, Program
from commonbook.broker.rates import Tiers
from commonbook.broker.sides import SIDE, Sides
from commonbook.broker.tree import Node
from commonbook.columns import python_ints, words_of
from commonbook.instrument.model import Asset, Brand, BrokerCode, Instrument
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution, Channel, FillRole
from commonbook.units import HOUR_NS, RATE_ONE, Lots, RateE8, parse_units

NORTHSTAR, SOUTHSTAR, OTHER = 1, 2, 3
_ASSETS = {number: Asset(number, name, 8) for number, name in ((USDT, "USDT"), (BTC, "BTC"), (EUR, "EUR"))}
VENUE = Venue(
    assets=_ASSETS,
    instruments={
        number: Instrument(number, name, _ASSETS[BTC], _ASSETS[quote], 0, 1, 8, 1, Lots(1), 0)
        for number, name, quote in ((BTC_USDT, "BTC-USDT", USDT), (BTC_EUR, "BTC-EUR", EUR))
    },
    brands={SOUTH: Brand(SOUTH, "south")},
    codes={
        number: BrokerCode(number, name, True, 0)
        for number, name in ((NORTHSTAR, "NORTHSTAR"), (SOUTHSTAR, "SOUTHSTAR"), (OTHER, "OTHER"))
    },
)
PROGRAM = Program("api", {PUBLIC: (TIERS_2022,)}, Tiers(3), 6, USDT, 8, 8)


def percent(text: str) -> RateE8:
    return RateE8(parse_units(text, 6))


def place(broker: int, parent: int = 0, pool: str = "0", users: str = "0", hour: int = 0) -> Node:
    return Node(broker, hour, parent, percent(pool), percent(users))


TREE = (place(NORTHSTAR), place(SOUTHSTAR, NORTHSTAR, "10", "5"))


def line(role: str, taker_fee: str, maker_fee: str = "0", **others: Any) -> dict[str, Any]:
    """A side that earns NORTHSTAR something, but for what a test says otherwise; amounts are decimal strings."""
    usual: dict[str, Any] = {
        "role": FillRole[role.upper()],
        "taker_fee": taker_fee,
        "maker_fee": maker_fee,
        "broker": NORTHSTAR,
        "attribution": Attribution.BROKER,
        "channel": Channel.API,
        "level": 0,
        "discount": "0",
        "claimed": "0",
        "affiliated": False,
        "subsidised": False,
        "instrument": BTC_USDT,
        "index_price_e8": RATE_ONE,
        "cap_e8": PROGRAMS,
        "account": TAKER,
        "brand": SOUTH,
        "time_ns": HOUR * HOUR_NS,
        "price_ticks": 1,
        "quantity_lots": units("1"),
    }
    return usual | others


# The worked example of the rulebook (B-3): a broker at level 3, 35 % and 10 %.
EXAMPLE = (
    line("taker", "45", "-5", level=1),
    line("maker", "25", "10", affiliated=True),
    line("taker", "300", level=6),
    line("taker", "10", discount="4"),
    line("taker", "5", broker=0, attribution=Attribution.NO_TAG, channel=Channel.WEB),
    line("taker", "6", "-8", level=5),
)


def sides_of(lines: Sequence[Mapping[str, Any]], program: Program = PROGRAM) -> Sides:
    """Decided."""
    found = np.zeros(len(lines), SIDE)
    for name in ("taker_fee", "maker_fee", "discount", "claimed"):
        found[name] = words_of(python_ints([units(one[name]) for one in lines]))
    for name in set().union(*lines) - {"taker_fee", "maker_fee", "discount", "claimed"}:
        found[name] = [one[name] for one in lines]
    found["sequence"] = np.arange(1, len(lines) + 1)
    decide(found, program, VENUE)
    return found
