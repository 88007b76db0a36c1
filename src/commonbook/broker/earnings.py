"""What brokers have earned so far of some fill sides: sums by product, way and asset, as they grow. Rule BL-11. Pure.

A line is what it is in a broker's history (BL-1), so that the sums of an hour are those that BL-4 answers of it. What
takes back or corrects is summed by itself, by the words that statements have for such lines (CO-2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

from commonbook.broker.deciding import SPOT
from commonbook.broker.dividing import divided
from commonbook.broker.model import Program, is_root
from commonbook.broker.rates import PRODUCTS, Product
from commonbook.broker.sides import Sides
from commonbook.columns import Units, grouped, product, spread, units_of
from commonbook.instrument.venue import Venue
from commonbook.records import FillRole

NO_PRODUCT: Literal[""] = ""  # a correction is of none


class Way(StrEnum):
    """How lines came to a broker."""

    OWN = "own"  # under its own code
    TREE = "tree"  # under a code below it
    BUST = "bust"  # by a busted trade, under whichever code: it takes back
    CORRECTION = "correction"  # by a correction: it credits more, or less


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """What is summed together; of different assets nothing ever is."""

    product: Product | Literal[""]  # a StrEnum's members and the empty text stand in one order
    way: Way
    fee_asset: int


@dataclass(slots=True)
class Earned:
    """Of lines of one kind. Amounts are units of the fee asset, `paid` of the payout asset."""

    lines: int = 0
    earning: int = 0  # of the lines, those that no exclusion keeps from it
    notional: int = 0
    fees: int = 0  # of the broker's clients, their own sides'; above zero charged
    base: int = 0
    pool: int = 0  # gross: all that is earned, with what goes to those below and to clients; of a root alone
    commission: int = 0  # net: the broker's own part
    paid: int = 0

    def add(self, more: "Earned") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(more, name))

    def taken_back(self) -> "Earned":
        """The same below zero: as many lines, of which none earns."""
        amounts = {name: -getattr(self, name) for name in self.__slots__ if name not in ("lines", "earning")}
        return Earned(lines=self.lines, **amounts)


Sums = dict[Kind, Earned]


def add_sums(to: Sums, more: Sums) -> None:
    for kind, earned in more.items():
        to.setdefault(kind, Earned()).add(earned)


def earned_of(sides: Sides, program: Program, venue: Venue, brokers: Iterable[int]) -> dict[int, Sums]:
    """What each of the brokers has of some sides; who has a part in none of them is left out."""
    sides = sides[sides["broker"] != 0]
    if not len(sides):
        return {}
    parts = divided(sides, program, venue).parts
    numbers, at = np.unique(sides["instrument"], return_inverse=True)
    traded = [venue.instruments[one] for one in numbers.tolist()]
    assets = np.array([one.quote.id for one in traded], np.int64)[at]
    lots = product(sides["price_ticks"].astype(np.int64), sides["quantity_lots"].astype(np.int64))
    is_taker = sides["role"] == FillRole.TAKER
    of_side: dict[str, Units] = {
        "lines": np.ones(len(sides), np.int64),
        "earning": (sides["failed"] == 0).astype(np.int64),
        "notional": product(lots, spread([one.minor_per_tick_lot for one in traded], at)),
        "fees": np.where(is_taker, units_of(sides["taker_fee"]), units_of(sides["maker_fee"])),
        "base": units_of(sides["base"]),
        "pool": units_of(sides["commission"]),
    }
    found: dict[int, Sums] = {}
    for broker in brokers:
        mine = np.flatnonzero(parts.beneficiary == broker)
        if not len(mine):
            continue
        places = parts.side[mine]
        keys = {
            "product": np.full(len(mine), SPOT, np.int64),
            "is_own": (sides["broker"][places] == broker).astype(np.int64),
            "asset": assets[places],
        }
        values = {name: column[places] for name, column in of_side.items()}
        values |= {"commission": parts.commission[mine], "paid": parts.paid[mine]}
        if not is_root(program, broker):
            values["pool"] = np.zeros(len(mine), np.int64)
        found[broker] = {
            Kind(PRODUCTS[key["product"]], Way.OWN if key["is_own"] else Way.TREE, key["asset"]): Earned(**sums)
            for key, sums in grouped(keys, values)
        }
    return found


def busted_of(side: Sides, program: Program, venue: Venue, brokers: Iterable[int]) -> dict[int, Sums]:
    """What the bust of one side takes back of each of the brokers: exactly what it has earned with it (CO-4).

    Args:
        side: SIDE, shape (1,), decided.
    """
    return {
        broker: {Kind(kind.product, Way.BUST, kind.fee_asset): earned.taken_back() for kind, earned in sums.items()}
        for broker, sums in earned_of(side, program, venue, brokers).items()
    }


def corrected_by(paid: int, payout_asset: int) -> Sums:
    """What a correction is: a line that pays more, or less, and nothing else (CO-13)."""
    return {Kind(NO_PRODUCT, Way.CORRECTION, payout_asset): Earned(lines=1, paid=paid)}
