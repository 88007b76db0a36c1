"""What happened to some accounts in a batch, event by event, and what it makes of their live orders."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from commonbook.counter.progress import (
    LIVE,
    PARTIALLY_FILLED,
    Row,
    amended,
    canceled,
    filled,
    new_orders,
    settle_state,
)
from commonbook.instrument.fills import Fill, FillSide, fills
from commonbook.instrument.venue import Venue
from commonbook.records import FILL_SIDE, Batch, CommandKind, EventKind, Records, causes, of_kind


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of an account, by engine order first. Only what its kind has is set."""

    sequence: int
    event_index: int
    kind: EventKind
    time_ns: int
    order: int = 0
    row: Row | None = None  # ACCEPTED: the order as it was taken in
    fill: Fill | None = None  # FILL_SIDE
    side: FillSide | None = None
    price_ticks: int = 0  # AMENDED
    quantity_lots: int = 0
    reason: int = 0  # CANCELED
    asset: int = 0  # BALANCE
    command: int = 0


def happenings(batch: Batch, accounts: NDArray[np.uint64], venue: Venue) -> dict[int, list[Happening]]:
    """By account, in engine order; an account to which nothing happened is left out.

    Args:
        accounts: ascending, shape (m,).
    """
    found: dict[int, list[Happening]] = {}
    for account, one in _all(batch, accounts, venue):
        found.setdefault(account, []).append(one)
    for of_account in found.values():
        of_account.sort(key=lambda one: (one.sequence, one.event_index))
    return found


def _all(batch: Batch, accounts: NDArray[np.uint64], venue: Venue) -> Iterator[tuple[int, Happening]]:
    times, first = batch.commands["time_ns"], batch.first

    def chosen(kind: EventKind) -> Records:
        rows = of_kind(batch.events, kind)
        return rows[np.isin(rows["account"], accounts)]

    def places(rows: Records) -> Iterator[tuple[int, int, int]]:
        for sequence, index in zip(rows["sequence"].tolist(), rows["index"].tolist(), strict=True):
            yield sequence, index, int(times[sequence - first])

    accepted = chosen(EventKind.ACCEPTED)
    for (sequence, index, time_ns), row in zip(places(accepted), new_orders(batch, accepted).values(), strict=True):
        yield row["account"], Happening(sequence, index, EventKind.ACCEPTED, time_ns, sequence, row=row)
    ends = chosen(EventKind.CANCELED)
    columns = (ends[name].tolist() for name in ("account", "order", "reason"))
    for (sequence, index, time_ns), account, order, reason in zip(places(ends), *columns, strict=True):
        yield account, Happening(sequence, index, EventKind.CANCELED, time_ns, order, reason=reason)
    moved = chosen(EventKind.BALANCE)
    columns = (moved[name].tolist() for name in ("account", "asset", "command_kind"))
    for (sequence, index, time_ns), account, asset, command in zip(places(moved), *columns, strict=True):
        yield account, Happening(sequence, index, EventKind.BALANCE, time_ns, asset=asset, command=command)
    changed = of_kind(batch.events, EventKind.AMENDED)
    owners = causes(batch, changed, CommandKind.AMEND)["account"]
    mine = np.isin(owners, accounts)
    changed, owners = changed[mine], owners[mine]
    columns = (changed[name].tolist() for name in ("order", "price_ticks", "quantity_lots"))
    for (sequence, index, time_ns), account, order, price, lots in zip(
        places(changed), owners.tolist(), *columns, strict=True
    ):
        yield (
            account,
            Happening(sequence, index, EventKind.AMENDED, time_ns, order, price_ticks=price, quantity_lots=lots),
        )
    yield from _fills(batch, accounts, venue)


def _fills(batch: Batch, accounts: NDArray[np.uint64], venue: Venue) -> Iterator[tuple[int, Happening]]:
    places = np.flatnonzero(batch.events["kind"] == EventKind.FILL)
    owners = batch.events.view(FILL_SIDE)["account"]
    concerned = np.isin(owners[places + 1], accounts) | np.isin(owners[places + 2], accounts)
    wanted = set(accounts.tolist())
    for fill in fills(batch, venue, places[concerned]):
        for further, side in enumerate(fill.sides, 1):
            if side.account in wanted:
                yield (
                    side.account,
                    Happening(
                        fill.sequence,
                        fill.index + further,
                        EventKind.FILL_SIDE,
                        fill.time_ns,
                        side.order,
                        fill=fill,
                        side=side,
                    ),
                )


@dataclass
class LiveOrders:
    """The live orders of one account, kept up from what happens to it."""

    rows: dict[int, Row] = field(default_factory=dict)

    def apply(self, one: Happening) -> Row | None:
        """The order as this event leaves it, a copy; None for an event of no order."""
        match one.kind:
            case EventKind.ACCEPTED if one.row is not None:
                self.rows[one.order] = dict(one.row)
            case EventKind.FILL_SIDE if one.fill is not None and one.side is not None:
                filled(self.rows[one.order], one.fill, one.side)
            case EventKind.AMENDED:
                amended(self.rows[one.order], one.price_ticks, one.quantity_lots, one.time_ns)
            case EventKind.CANCELED:
                canceled(self.rows[one.order], one.reason, one.time_ns)
            case _:
                return None
        row = self.rows[one.order]
        settle_state(row)
        if row["state"] not in (LIVE, PARTIALLY_FILLED):
            del self.rows[one.order]
        return dict(row)
