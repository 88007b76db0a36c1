"""Fills decoded: what history, market data, clearing and the programs above them all read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.records import FILL, FILL_SIDE, Attribution, Batch, Channel, EventKind, Side, amount
from commonbook.units import HOUR_NS


class Role(StrEnum):
    TAKER = "taker"
    MAKER = "maker"


@dataclass(frozen=True, slots=True)
class FillSide:
    role: Role
    side: Side
    order: int
    account: int
    brand: int
    broker: int  # effective; 0 for none
    level: int  # VIP level at entry
    channel: Channel
    attribution: Attribution
    subsidised: bool
    fee: int  # quote units; above zero charged, below zero a rebate


@dataclass(frozen=True, slots=True)
class Fill:
    sequence: int
    index: int
    time_ns: int
    trade: int
    instrument: Instrument
    price_ticks: int
    quantity_lots: int
    notional: int  # quote units
    buyer_released: int
    taker: FillSide
    maker: FillSide

    @property
    def fill_id(self) -> str:
        return f"{self.sequence}-{self.index}"

    @property
    def hour(self) -> int:
        """Hours since 1970 by engine time."""
        return self.time_ns // HOUR_NS

    @property
    def net_fee(self) -> int:
        return self.taker.fee + self.maker.fee

    @property
    def sides(self) -> tuple[FillSide, FillSide]:
        return self.taker, self.maker

    @property
    def buyer(self) -> FillSide:
        return self.taker if self.taker.side is Side.BUY else self.maker

    @property
    def seller(self) -> FillSide:
        return self.maker if self.taker.side is Side.BUY else self.taker


def fills(batch: Batch, venue: Venue, places: NDArray[np.int64] | None = None) -> list[Fill]:
    """The fills of a batch, in order.

    Args:
        places: where among the events the FILL events stand that are wanted; None for all.
    """
    if places is None:
        places = np.flatnonzero(batch.events["kind"] == EventKind.FILL)
    found, sides = batch.events[places].view(FILL), batch.events.view(FILL_SIDE)
    first = batch.first
    times = batch.commands["time_ns"]
    answer = []
    for place, row in zip(places.tolist(), found, strict=True):
        taker_side = Side(int(row["taker_side"]))
        maker_side = Side.SELL if taker_side is Side.BUY else Side.BUY
        sequence = int(row["sequence"])
        instrument = venue.instruments[int(row["instrument"])]
        price_ticks, quantity_lots = int(row["price_ticks"]), int(row["quantity_lots"])
        answer.append(
            Fill(
                sequence=sequence,
                index=int(row["index"]),
                time_ns=int(times[sequence - first]),
                trade=int(row["trade"]),
                instrument=instrument,
                price_ticks=price_ticks,
                quantity_lots=quantity_lots,
                notional=price_ticks * quantity_lots * instrument.minor_per_tick_lot,
                buyer_released=amount(row["buyer_released"]),
                taker=_side(sides[place + 1], Role.TAKER, taker_side),
                maker=_side(sides[place + 2], Role.MAKER, maker_side),
            )
        )
    return answer


def _side(row: Any, role: Role, side: Side) -> FillSide:
    return FillSide(
        role=role,
        side=side,
        order=int(row["order"]),
        account=int(row["account"]),
        brand=int(row["brand"]),
        broker=int(row["broker"]),
        level=int(row["level"]),
        channel=Channel(int(row["channel"])),
        attribution=Attribution(int(row["attribution"])),
        subsidised=bool(row["subsidised"]),
        fee=amount(row["fee"]),
    )
