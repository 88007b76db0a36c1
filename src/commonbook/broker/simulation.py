"""What brokers would have had under other rules: real fill sides, decided and divided once more. BP-12 and BP-13.

Nothing is changed: sides are copied, and the other program is nobody's. What a side had before is what was decided when
it happened; affiliates keep what they claimed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonbook.broker.deciding import decide
from commonbook.broker.dividing import USER, divided
from commonbook.broker.model import BIT, NegativeNetFee, Program, Reason
from commonbook.broker.rules import commission, converted
from commonbook.broker.sides import Sides
from commonbook.broker.tree import divide
from commonbook.columns import grouped, units_of
from commonbook.instrument.model import Asset
from commonbook.instrument.venue import Venue
from commonbook.units import HOUR_NS, RATE_ONE, RateE8, format_units, split

BROKER, SUB_BROKER, CLIENTS = "broker", "sub_broker", "clients"
_Cell = tuple[int, int, int]  # beneficiary, or USER; under which code; the client's level
_LevelOf = Callable[[_Cell], int | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody had, and would have had, in units of the payout asset."""

    party: str  # broker, sub_broker, or clients
    who: str  # code; of clients the one under which they traded
    level: int | None  # of the clients; None: all of them
    before: int
    after: int

    @property
    def gain(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it. The parts sum to the whole, before and after."""

    sides: int  # that came under a broker's code
    hours: int
    before: int
    after: int
    changes: tuple[Change, ...]  # of all levels together; who gains most comes first
    by_level: tuple[Change, ...]  # the same in the same order, level by level

    @property
    def gain(self) -> int:
        return self.after - self.before


def compare(hours: Iterable[Sides], actual: Program, other: Program, venue: Venue) -> Comparison:
    """Hold what was decided against what the other program decides.

    Args:
        hours: the sides of one settled hour after the other, each with a broker.
    """
    before: dict[_Cell, int] = defaultdict(int)
    after: dict[_Cell, int] = defaultdict(int)
    count = number = 0
    for sides in hours:
        count, number = count + len(sides), number + 1
        _add(before, sides, actual, venue)
        replayed = sides.copy()
        decide(replayed, other, venue)
        if other.negative is NegativeNetFee.WINDOW_NET:
            _add_netted(after, replayed, other, venue)
        else:
            _add(after, replayed, other, venue)
    by_level = _changes(before, after, other, venue, lambda cell: cell[2])
    changes = sorted(_changes(before, after, other, venue, lambda _: None), key=_most_first)
    rank = {(one.party, one.who): place for place, one in enumerate(changes)}
    return Comparison(
        sides=count,
        hours=number,
        before=sum(before.values()),
        after=sum(after.values()),
        changes=tuple(changes),
        by_level=tuple(sorted(by_level, key=lambda one: (rank[one.party, one.who], one.level or 0))),
    )


def _most_first(one: Change) -> tuple[int, str, str]:
    return -one.gain, one.party, one.who


def _add(totals: dict[_Cell, int], sides: Sides, program: Program, venue: Venue) -> None:
    """What each has of the sides as they were decided."""
    if not len(sides):
        return
    parts = divided(sides, program, venue).parts
    keys = {
        "who": parts.beneficiary,
        "code": sides["broker"][parts.side].astype(np.int64),
        "level": sides["level"][parts.side].astype(np.int64),
    }
    for key, sums in grouped(keys, {"paid": parts.paid}):
        totals[key["who"], key["code"], key["level"]] += sums["paid"]


def _add_netted(totals: dict[_Cell, int], sides: Sides, program: Program, venue: Venue) -> None:
    """B-7, `window_net`: the bases of a window are summed for each code, product, asset and rate, floored at zero and
    rounded once. A window in another asset is converted at the index price of its last side."""
    for places in _windows(sides, venue):
        mine = sides[places]
        last = mine[-1]
        quote = venue.instruments[int(last["instrument"])].quote
        base = max(sum(units_of(mine["base"]).tolist()), 0)
        claimed, rate = sum(units_of(mine["claimed"]).tolist()), RateE8(int(last["rate_e8"]))
        whole = commission(base, rate, quote.scale, program.commission_decimals)
        pool = min(int(whole), max(base - claimed, 0))
        if not pool:
            continue
        cut = rate if pool == whole else RateE8(pool * RATE_ONE // base)
        code = int(last["broker"])
        path = program.terms(code, int(last["time_ns"]) // HOUR_NS).path.within(cut)
        grain = 10 ** max(0, quote.scale - program.commission_decimals)
        parts = divide(base, pool, path, grain)
        amounts = [*parts.below, parts.user, pool]
        if quote.id != program.payout_asset:
            price = int(last["index_price_e8"])
            amounts = [converted(one, price, quote.scale, program.payout_scale) for one in amounts]
        *given, all_of_it = map(int, amounts)
        below = zip((*(who for who, _ in path.below), USER), given, strict=True)
        root = all_of_it - sum(given)
        weights = _by_level(mine)
        for who, got in [(path.root, root), *below]:
            for level, part in zip(weights, split(got, list(weights.values())), strict=True):
                totals[who, code, level] += part


def _windows(sides: Sides, venue: Venue) -> Iterator[NDArray[np.intp]]:
    """The places of the sides of each window, in order: those that nothing but a negative base keeps from earning."""
    earning = np.flatnonzero((sides["failed"] & ~np.uint32(BIT[Reason.NO_NET_FEE])) == 0)
    instruments, at = np.unique(sides["instrument"][earning], return_inverse=True)
    quotes = np.array([venue.instruments[one].quote.id for one in instruments.tolist()], np.int64)[at]
    columns = (
        sides["broker"][earning].astype(np.int64),
        quotes,
        sides["rate_e8"][earning].astype(np.int64),
        sides["time_ns"][earning] // HOUR_NS,
    )
    order = np.lexsort((earning, *reversed(columns)))
    if not len(order):
        return
    keys = np.stack(columns)[:, order]
    starts = np.flatnonzero(np.any(keys[:, 1:] != keys[:, :-1], axis=0)) + 1
    yield from np.split(earning[order], starts)


def _by_level(sides: Sides) -> dict[int, int]:
    """What is above zero of a window's bases, by the clients' level: a window's commission is divided by it."""
    found: dict[int, int] = defaultdict(int)
    for level, base in zip(sides["level"].tolist(), units_of(sides["base"]).tolist(), strict=True):
        if base > 0:
            found[level] += base
    return dict(sorted(found.items()))


def _changes(
    before: dict[_Cell, int], after: dict[_Cell, int], program: Program, venue: Venue, level_of: _LevelOf
) -> list[Change]:
    totals: dict[tuple[str, str, int | None], list[int]] = defaultdict(lambda: [0, 0])
    for place, cells in enumerate((before, after)):
        for (who, code, level), amount in cells.items():
            party, name = _named(who, code, program, venue)
            totals[party, name, level_of((who, code, level))][place] += amount
    return [Change(*key, *amounts) for key, amounts in totals.items() if any(amounts)]


def _named(who: int, code: int, program: Program, venue: Venue) -> tuple[str, str]:
    if who == USER:
        return CLIENTS, venue.codes[code].code
    is_below = any(node.broker == who and node.parent for node in program.nodes)
    return (SUB_BROKER if is_below else BROKER), venue.codes[who].code


def in_words(found: Comparison, asset: Asset) -> Iterator[str]:
    """Who gains and who loses, one sentence for each, and what it comes to for those who pay."""
    same = 0
    for one in found.changes:
        if not one.gain:
            same += 1
            continue
        who = f"clients of {one.who}" if one.party == CLIENTS else one.who
        verb = ("gain" if one.gain > 0 else "lose") + ("" if one.party == CLIENTS else "s")
        amounts = f"{asset.format(one.after)} instead of {asset.format(one.before)}"
        yield f"{who} {verb} {asset.format(abs(one.gain))} {asset.name}: {amounts}{_share(one)}"
    if same:
        yield f"{same} others have the same" if same < len(found.changes) else "nobody gains or loses"
    if found.gain:
        word = "less" if found.gain > 0 else "more"
        yield f"host, brands and token holders keep {asset.format(abs(found.gain))} {asset.name} {word}"


def _share(one: Change) -> str:
    """The gain beside what there was, in per cent to one decimal, rounded towards zero."""
    if not one.before:
        return ""
    tenths = abs(one.gain) * 1_000 // one.before
    return f" ({'+' if one.gain > 0 else '-'}{format_units(tenths, 1)} %)"
