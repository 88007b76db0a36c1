"""The fills of a batch as columns: what clearing adds up, for as many as there are. `fills` has them one by one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonbook.columns import Units, product, spread, units_of
from commonbook.instrument.venue import Venue
from commonbook.records import FILL, FILL_SIDE, Batch, EventKind, Side

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SideColumns:
    account: Ids
    brand: Ids
    fee: Units  # quote units; above zero charged


@dataclass(frozen=True, slots=True)
class FillColumns:
    """Columns of one length, in the order of the fills."""

    sequence: Ids
    index: Ids
    time_ns: Ids
    instrument: Ids
    base: Ids  # assets
    quote: Ids
    quantity: Units  # base units
    notional: Units  # quote units
    released: Units  # quote units that the buyer held too much
    taker_buys: NDArray[np.bool_]
    taker: SideColumns
    maker: SideColumns

    def __len__(self) -> int:
        return len(self.sequence)

    @property
    def sides(self) -> tuple[SideColumns, SideColumns]:
        return self.taker, self.maker


def fill_columns(batch: Batch, venue: Venue) -> FillColumns:
    """Decode the FILL events and the two FILL_SIDE events behind each."""
    places = np.flatnonzero(batch.events["kind"] == EventKind.FILL)
    fills, each = batch.events[places].view(FILL), batch.events.view(FILL_SIDE)
    sequence = fills["sequence"].astype(np.int64)
    instrument = fills["instrument"].astype(np.int64)
    numbers, at = np.unique(instrument, return_inverse=True)
    traded = [venue.instruments[number] for number in numbers.tolist()]
    lots = fills["quantity_lots"].astype(np.int64)
    unit, lot_unit = ([one.minor_per_tick_lot for one in traded], [one.lot_minor for one in traded])
    return FillColumns(
        sequence=sequence,
        index=fills["index"].astype(np.int64),
        time_ns=batch.commands["time_ns"][sequence - batch.first].astype(np.int64),
        instrument=instrument,
        base=np.array([one.base.id for one in traded], np.int64)[at],
        quote=np.array([one.quote.id for one in traded], np.int64)[at],
        quantity=product(lots, spread(lot_unit, at)),
        notional=product(product(fills["price_ticks"].astype(np.int64), lots), spread(unit, at)),
        released=units_of(fills["buyer_released"]),
        taker_buys=fills["taker_side"] == Side.BUY,
        taker=_side(each[places + 1]),
        maker=_side(each[places + 2]),
    )


def _side(rows: NDArray[np.void]) -> SideColumns:
    return SideColumns(rows["account"].astype(np.int64), rows["brand"].astype(np.int64), units_of(rows["fee"]))
