"""Columns of whole ledger units, exact whatever their size.

A column is int64 where each value leaves room for what is done with it here, else it holds Python integers (dtype
object): the same code computes both, the second slowly. Nothing wraps, and nothing is ever a float. The scalar rules of
`units` say what is meant; these are the same, a column at a time (docs/rules/money.md, M-2).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonbook.errors import ShareOutOfRange
from commonbook.records import AMOUNT, amounts
from commonbook.units import RATE_ONE

Units = NDArray[Any]  # int64, or Python integers
_ROOM = 2**60  # in size; the sum of seven is still within int64


def units_of(words: NDArray[np.void]) -> Units:
    """A column of AMOUNT.

    Args:
        words: AMOUNT records, shape (n,).
    """
    low = words["low"].view(np.int64) if words["low"].flags.c_contiguous else words["low"].astype(np.int64)
    fits = (words["high"] == (low >> 63)) & (low > -_ROOM) & (low < _ROOM)
    return low if fits.all() else python_ints(amounts(words))


def python_ints(values: Sequence[int]) -> Units:
    """The slow kind of column."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def words_of(units: Units) -> NDArray[np.void]:
    """The same column as AMOUNT records."""
    found = np.zeros(len(units), AMOUNT)
    if units.dtype == object:
        found["low"] = [int(one) & 0xFFFF_FFFF_FFFF_FFFF for one in units]
        found["high"] = [int(one) >> 64 for one in units]
    else:
        found["low"] = units.view(np.uint64)
        found["high"] = units >> 63
    return found


def share_of(units: Units, rates_e8: NDArray[np.int64]) -> Units:
    """What we pay out: each value x its rate, rounded down (M-2).

    Args:
        units: at least zero each.
        rates_e8: 0 to RATE_ONE each.

    Raises:
        ShareOutOfRange: a rate is not a share, or a value is below zero.
    """
    if len(units) and (rates_e8.min() < 0 or rates_e8.max() > RATE_ONE or units.min() < 0):
        raise ShareOutOfRange("a share of a column is not between nothing and the whole")
    # In two steps, as the product of both does not fit; the first loses nothing.
    whole, rest = units // RATE_ONE, units % RATE_ONE
    return whole * rates_e8 + rest * rates_e8 // RATE_ONE


def converted(units: Units, prices_e8: NDArray[np.int64], scale_from: int, scale_to: int) -> Units:
    """Amounts in one asset at prices (whole units for one whole unit, in hundred-millionths), rounded down.

    Args:
        units: at least zero each.
    """
    products = units.astype(object) * prices_e8.astype(object) * 10**scale_to // (RATE_ONE * 10**scale_from)
    return narrowed(products)


def narrowed(units: Units) -> Units:
    """The fast kind where the values allow it."""
    if units.dtype != object or (len(units) and max(map(abs, units)) >= _ROOM):
        return units
    return units.astype(np.int64)


def product(left: Units, right: Units) -> Units:
    """Each value times the other of its row."""
    if not len(left):
        return left
    most = max(-int(left.min()), int(left.max())) * max(-int(right.min()), int(right.max()))
    return left * right if most < _ROOM else narrowed(left.astype(object) * right.astype(object))


def spread(values: Sequence[int], at: NDArray[np.intp]) -> Units:
    """The value of each place."""
    return narrowed(python_ints(values))[at]


def total_by(keys: NDArray[np.int64], units: Units, groups: int) -> Units:
    """The sum of each group, a column of its own.

    Args:
        keys: of each value, 0 to groups - 1.
    """
    found: Units = np.zeros(groups, np.int64)
    if units.dtype == object or (len(units) and max(-int(units.min()), int(units.max())) * len(units) >= _ROOM):
        found, units = python_ints([0] * groups), units.astype(object)
    np.add.at(found, keys, units)
    return narrowed(found)


def summed(units: Units, starts: NDArray[np.intp]) -> Units:
    """The sum of each run of values.

    Args:
        starts: where each run begins; ascending, the first is 0.
    """
    if units.dtype == object or max(-int(units.min()), int(units.max())) * len(units) >= _ROOM:
        units = units.astype(object)
    return narrowed(np.add.reduceat(units, starts))


def sums_by(keys: NDArray[np.int64], units: Units, groups: int) -> list[int]:
    """The same as Python integers, shape (groups,)."""
    totals: list[int] = total_by(keys, units, groups).tolist()
    return totals


def grouped(
    keys: dict[str, NDArray[np.int64]], values: dict[str, Units]
) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """For each combination of keys that there is, ascending: the keys, and the sum of each column of values."""
    place = np.zeros(len(next(iter(keys.values()))), np.int64)
    for column in keys.values():
        distinct, at = np.unique(column, return_inverse=True)
        place = place * max(len(distinct), 1) + at
    _, first, group = np.unique(place, return_index=True, return_inverse=True)
    sums = {name: sums_by(group, column, len(first)) for name, column in values.items()}
    for number, at in enumerate(first.tolist()):
        yield (
            {name: int(column[at]) for name, column in keys.items()},
            {name: one[number] for name, one in sums.items()},
        )
