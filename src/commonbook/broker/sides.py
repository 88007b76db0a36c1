"""The sides of fills as columns: what a program decides from, and what it has decided, a row for each side.

A busy hour has millions of them, so they are decided, kept, summed and written out a column at a time. What is decided
is what `rules.decide` says of one side; tests hold the two together.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from commonbook.broker.consenting import PROGRAMS
from commonbook.instrument.model import Asset
from commonbook.instrument.venue import Venue
from commonbook.records import AMOUNT, FILL, FILL_SIDE, Batch, EventKind
from commonbook.units import RATE_ONE

SIDE = np.dtype(  # the records in a block; another order of them is another `accrual.FORMAT`
    [
        # what happened
        ("sequence", "<i8"),
        ("time_ns", "<i8"),
        ("trade", "<i8"),
        ("order", "<i8"),
        ("account", "<i8"),
        ("price_ticks", "<i8"),
        ("quantity_lots", "<i8"),
        ("taker_fee", AMOUNT),  # quote units; above zero charged, below zero a rebate
        ("maker_fee", AMOUNT),
        ("index", "<i4"),
        ("instrument", "<i4"),
        ("brand", "<i4"),
        ("broker", "<i4"),  # effective; 0 for none
        ("role", "u1"),  # FillRole
        ("level", "u1"),  # VIP level at entry
        ("channel", "u1"),
        ("attribution", "u1"),
        ("subsidised", "?"),  # the maker's rates are subsidised, and it was charged nothing
        ("affiliated", "?"),
        # what a decision needs beside
        ("discount", AMOUNT),  # of the side's own fee, paid by vouchers or cards
        ("claimed", AMOUNT),  # of the side's base, by claims that come before a broker's
        ("index_price_e8", "<i8"),  # of the quote asset in the payout asset; 0: there is none
        ("index_sequence", "<i8"),
        ("cap_e8", "<i4"),  # of the client: the highest share of the side's own fee; PROGRAMS: none
        ("withheld", "u1"),  # why the broker may not earn on the client: a place in judging.REASONS from 1; 0: it may
        # what was decided
        ("rate_e8", "<i4"),
        ("cut", "?"),  # to the client's cap
        ("failed", "<u4"),  # a bit of model.BIT for each exclusion that applies
        ("base", AMOUNT),  # quote units, after the discount policy; may be below zero
        ("commission", AMOUNT),  # quote units, at least zero
        ("paid", AMOUNT),  # the same in units of the payout asset
    ]
)
Sides = NDArray[np.void]  # records of SIDE, the taker's before the maker's, in the order of the fills

_OF_FILL = ("sequence", "index", "trade", "instrument", "price_ticks", "quantity_lots")
_OF_SIDE = ("order", "account", "brand", "broker", "role", "level", "channel", "attribution")


def sides_of(batch: Batch) -> Sides:
    """Both sides of each fill of a batch, undecided: neither affiliated nor priced, and of clients without a cap."""
    places = np.flatnonzero(batch.events["kind"] == EventKind.FILL)
    found = np.zeros(2 * len(places), SIDE)
    found["cap_e8"] = PROGRAMS
    if not len(places):
        return found
    fills, each = batch.events[places].view(FILL), batch.events.view(FILL_SIDE)
    taker, maker = each[places + 1], each[places + 2]
    times = batch.commands["time_ns"][fills["sequence"].astype(np.int64) - batch.first]
    # A rebate of less than a unit is rounded to nothing, and its fill would earn where the whole order does not: it is
    # the rates that the host has approved which keep a fill from earning.
    rebate = maker["fee"]
    is_charged = (rebate["high"] > 0) | ((rebate["high"] == 0) & (rebate["low"] != 0))
    rebate_subsidised = (maker["subsidised"] != 0) & ~is_charged
    for start, mine in ((0, taker), (1, maker)):
        rows = found[start::2]
        for name in _OF_FILL:
            rows[name] = fills[name]
        for name in _OF_SIDE:
            rows[name] = mine[name]
        rows["time_ns"], rows["taker_fee"], rows["maker_fee"] = times, taker["fee"], maker["fee"]
        rows["subsidised"] = rebate_subsidised
    return found


def by_quote(instruments: NDArray[np.int32], venue: Venue) -> Iterator[tuple[Asset, NDArray[np.intp]]]:
    """Each asset that something was paid in, and the places of the instruments that it was paid in."""
    instruments, at = np.unique(instruments, return_inverse=True)
    quotes = np.array([venue.instruments[one].quote.id for one in instruments.tolist()], np.int64)[at]
    for asset in np.unique(quotes).tolist():
        yield venue.assets[asset], np.flatnonzero(quotes == asset)


def price(sides: Sides, venue: Venue, payout_asset: int) -> None:
    """Fill in the index price in force at each fill of the newest batch: the newest of a lower sequence (B-6).

    What is paid out itself has the price 1; 0 stands where there is none.
    """
    for quote, places in by_quote(sides["instrument"], venue):
        if quote.id == payout_asset:
            sides["index_price_e8"][places] = RATE_ONE
            continue
        pair = (quote.id, payout_asset)
        newest = [venue.prices[pair]] if pair in venue.prices else []
        told = venue.prices_of_batch(pair) or newest
        set_at = np.array([0, *(one.sequence for one in told)])
        prices = np.array([0, *(one.price_e8 for one in told)])
        # A price that is there from the start has its command's sequence or 0: it is in force behind it.
        found = np.searchsorted(set_at[1:], sides["sequence"][places], side="left")
        sides["index_price_e8"][places], sides["index_sequence"][places] = prices[found], set_at[found]
