"""Live books shown in the simulated venue: what its house must change so that its orders stand as live levels do. S-4.

An order of the house stands for a level. It moves with it by amendment, so a market that moves all day makes no new
orders. Whoever trades with one has the level back at the next look.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from commonbook.instrument.model import Instrument
from commonbook.instrument.protection import Limits
from commonbook.marketdata.book import Level
from commonbook.records import (
    Attribution,
    Channel,
    CommandKind,
    OrderType,
    Records,
    SelfTrade,
    Side,
    as_commands,
    commands,
)
from commonbook.simulated.house import HOUSE_ACCOUNT


@dataclass(frozen=True, slots=True)
class Quote:
    """An order of the house: as it stands, or as it should."""

    side: Side
    price_ticks: int
    lots: int  # of which nothing is filled yet
    order: int = 0
    filled: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one order. `was` is None for a new one, `is_to` for one that is to go."""

    instrument: int
    was: Quote | None
    is_to: Quote | None

    @property
    def retreats(self) -> bool:
        """Whether it leaves the middle of the book, or stays where it is."""
        if self.was is None or self.is_to is None:
            return self.is_to is None
        away = self.was.price_ticks - self.is_to.price_ticks
        return away >= 0 if self.is_to.side is Side.BUY else away <= 0

    def command(self) -> Records:
        return as_commands(self.record())

    def record(self) -> Records:
        """The command in its own layout."""
        if self.is_to is None and self.was is not None:
            record = commands(CommandKind.CANCEL)
            record["order"] = self.was.order
        elif self.is_to is not None and self.was is not None:
            record = commands(CommandKind.AMEND)
            record["order"] = self.was.order
            record["price_ticks"] = self.is_to.price_ticks if self.is_to.price_ticks != self.was.price_ticks else 0
            record["quantity_lots"] = self.was.filled + self.is_to.lots
        elif self.is_to is not None:
            record = commands(CommandKind.ORDER)
            record["side"], record["order_type"] = self.is_to.side, OrderType.LIMIT
            record["self_trade"], record["channel"] = SelfTrade.CANCEL_MAKER, Channel.HOST
            record["attribution"] = Attribution.NO_TAG
            record["price_ticks"], record["quantity_lots"] = self.is_to.price_ticks, self.is_to.lots
        else:
            raise TypeError("a step from nothing to nothing")
        record["account"], record["instrument"] = HOUSE_ACCOUNT, self.instrument
        return record


def standing(rows: Records) -> dict[int, list[Quote]]:
    """The house's live orders by instrument, of ORDER_ROW records."""
    found: dict[int, list[Quote]] = {}
    names = ("instrument", "side", "price_ticks", "remaining_lots", "order", "quantity_lots")
    for instrument, side, price, left, order, lots in zip(*(rows[name].tolist() for name in names), strict=True):
        found.setdefault(instrument, []).append(Quote(Side(side), price, left, order, lots - left))
    return found


def wanted(instrument: Instrument, limits: Limits, bids: Iterable[Level], asks: Iterable[Level]) -> list[Quote]:
    """How the house should stand for levels of a live book: as they are, so far as one order may be so large."""
    sides = ((Side.BUY, bids), (Side.SELL, asks))
    quotes = (Quote(side, level[0], _largest(instrument, limits, level)) for side, levels in sides for level in levels)
    return [quote for quote in quotes if quote.lots >= max(1, instrument.minimum_lots)]


def _largest(instrument: Instrument, limits: Limits, level: Level) -> int:
    price, lots, _ = level
    if limits.largest_lots:
        lots = min(lots, limits.largest_lots)
    if limits.largest_notional:
        lots = min(lots, limits.largest_notional // (price * instrument.minor_per_tick_lot))
    return lots


def steps(instrument: int, now: list[Quote], then: list[Quote]) -> list[Step]:
    """From the orders that stand to those that should: few of them, and none that is as it should be already."""
    found = []
    for side in Side:
        targets = {quote.price_ticks: quote for quote in then if quote.side is side}
        free = []
        for quote in (one for one in now if one.side is side):
            target = targets.pop(quote.price_ticks, None)
            if target is None:
                free.append(quote)
            elif target.lots != quote.lots:
                found.append(Step(instrument, quote, target))
        missing = list(targets.values())
        found += [Step(instrument, was, is_to) for was, is_to in zip(free, missing, strict=False)]
        found += [Step(instrument, was, None) for was in free[len(missing) :]]
        found += [Step(instrument, None, is_to) for is_to in missing[len(free) :]]
    return found


def in_order(changes: list[Step]) -> list[Step]:
    """Whoever leaves the middle goes first, so that the house never meets itself."""
    return [one for one in changes if one.retreats] + [one for one in changes if not one.retreats]
