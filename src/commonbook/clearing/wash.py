"""Volume that is none: round trips between two accounts, and trades of one person with itself. Rule V-6.

A pair of accounts that trade with each other in an instrument is a wash pair of a day when it has at least 20 fills,
which are at least 20 % of what either of them traded there, both ways about alike (reciprocity at least 0.8), and when
both end where they began (net change at most 5 %).
"""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection

from commonbook.clearing.lines import Traded, fills_of_day
from commonbook.clearing.rules import attributed_halves
from commonbook.instrument.venue import Venue
from commonbook.records import Side

FILLS = 20
SHARE_PERCENT = 20
RECIPROCITY_PERCENT = 80
NET_PERCENT = 5

Key = tuple[int, int, int]  # instrument, and both accounts, the smaller first


@dataclass
class Trades:
    """What two accounts traded with each other; `one_way` is what the first bought."""

    fills: int = 0
    notional: int = 0
    one_way_notional: int = 0
    lots: int = 0
    one_way_lots: int = 0


def is_wash(between: Trades, of_either: tuple[int, int]) -> bool:
    """V-6, exact: whole numbers are multiplied, none is divided.

    Args:
        of_either: the notional of all that each of the two traded in the instrument, at least the pair's.
    """
    other_way = between.notional - between.one_way_notional
    less, more = sorted((between.one_way_notional, other_way))
    net_lots = abs(2 * between.one_way_lots - between.lots)
    return (
        between.fills >= FILLS
        and between.notional * 100 >= SHARE_PERCENT * min(of_either)
        and less * 100 >= RECIPROCITY_PERCENT * more
        and net_lots * 100 <= NET_PERCENT * between.lots
    )


@dataclass
class Filtered:
    fills: int = 0
    side_volume: int = 0
    attributed_volume: int = 0


@dataclass
class Pairs:
    """A day's pairs of accounts."""

    day: int
    between: dict[Key, Trades] = field(default_factory=lambda: defaultdict(Trades))
    traded: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))  # instrument, account

    def count(self, traded: Traded) -> None:
        taker, maker = traded.taker, traded.maker
        pair = self.between[self._key(traded)]
        buyer = taker.account if taker.side == Side.BUY else maker.account
        pair.fills += 1
        pair.notional += taker.notional
        pair.lots += taker.quantity_lots
        if buyer == min(taker.account, maker.account):
            pair.one_way_notional += taker.notional
            pair.one_way_lots += taker.quantity_lots
        for row in (taker, maker):
            self.traded[row.instrument, row.account] += row.notional

    def _key(self, traded: Traded) -> Key:
        low, high = sorted((traded.taker.account, traded.maker.account))
        return (traded.taker.instrument, low, high)

    def found(self, venue: Venue) -> set[Key]:
        """The pairs whose volume is none."""
        wash = set()
        for key, between in self.between.items():
            instrument, low, high = key
            of_one_person = venue.accounts[low].person == venue.accounts[high].person
            if of_one_person or is_wash(between, (self.traded[instrument, low], self.traded[instrument, high])):
                wash.add(key)
        return wash

    def filtered(self, connection: Connection, venue: Venue) -> list[dict[str, int]]:
        """Rows of `filtered_days`. The day's fills are read once more when there is something to be found."""
        wash = self.found(venue)
        if not wash:
            return []
        sums: dict[tuple[int, int], Filtered] = defaultdict(Filtered)
        for some in fills_of_day(connection, self.day):
            for traded in (one for one in some if self._key(one) in wash):
                brands = [venue.accounts[row.account].brand for row in (traded.taker, traded.maker)]
                for brand in set(brands):
                    sums[brand, traded.taker.instrument].fills += 1
                for brand, half in zip(brands, attributed_halves(traded.taker.notional), strict=True):
                    one = sums[brand, traded.taker.instrument]
                    one.side_volume += traded.taker.notional
                    one.attributed_volume += half
        return [
            {"brand": brand, "instrument": instrument, "day": self.day}
            | {name: getattr(one, name) for name in ("fills", "side_volume", "attributed_volume")}
            for (brand, instrument), one in sorted(sums.items())
        ]
