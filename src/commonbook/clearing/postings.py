"""Events to ledger entries. Rules: docs/rules/ledger.md, docs/rules/clearing.md."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from commonbook.clearing.keys import PoolEnd, pool_end
from commonbook.clearing.model import DAY_NS, Source, Terms
from commonbook.clearing.rules import fee_base, split_income
from commonbook.columns import units_of
from commonbook.instrument.fills import Fill, Role
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import (
    AVAILABLE,
    CUSTODY,
    FEE_SUBSIDY,
    HELD,
    HOST_FEE,
    ROUNDING,
    Entry,
    Posting,
    available,
    lines_together,
    netted,
)
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    FUNDS,
    ROUNDING_ACCOUNT,
    SUBSIDY_ACCOUNT,
    Batch,
    CommandKind,
    EventKind,
    Records,
    Side,
    amounts,
    causes,
    of_kind,
)


def holds_entry(batch: Batch, venue: Venue) -> Entry | None:
    """What orders of a batch hold and release, netted per account and asset into one entry (L-3).

    A hold moves an account's money from one pocket to the other; a batch has thousands that cancel out. Netting keeps
    the ledger the size of what happened. Releases by fills are part of the fills' own entries.
    """
    owners, assets, amounts_held = [], [], []
    for kind, column, sign in (
        (EventKind.ACCEPTED, "hold", 1),
        (EventKind.CANCELED, "released", -1),
        (EventKind.AMENDED, "hold_delta", 1),
    ):
        rows = of_kind(batch.events, kind)
        # An amendment is its sender's own; the event says no more than the command does.
        whose = rows["account"] if kind is not EventKind.AMENDED else causes(batch, rows, CommandKind.AMEND)["account"]
        owners.append(whose.astype(np.int64))
        assets.append(_paid_with(rows, venue))
        amounts_held.append(sign * units_of(rows[column]))
    net = netted(HELD, *(np.concatenate(columns) for columns in (owners, assets, amounts_held)))
    if not len(net.form):
        return None
    free = replace(net, form=np.full(len(net.form), AVAILABLE, np.uint8), amount=-net.amount)
    lines = lines_together([free, net])
    return Entry("holds", batch.first, 0, batch.last, int(batch.commands["time_ns"][-1]), lines)


def _paid_with(rows: Records, venue: Venue) -> NDArray[np.int64]:
    """The asset that each order holds."""
    instruments, at = np.unique(rows["instrument"], return_inverse=True)
    pairs = [(venue.instruments[one].quote.id, venue.instruments[one].base.id) for one in instruments.tolist()]
    quote, base = np.array(pairs, np.int64).reshape(-1, 2).T
    return np.where(rows["side"] == Side.BUY, quote[at], base[at])


@dataclass(frozen=True, slots=True)
class Move:
    """A change of what a brand is owed that is no fill."""

    sequence: int
    time_ns: int
    brand: int
    asset: int
    kind: str
    source: str
    reference: str
    amount: int  # of what is owed
    cost_share: int  # what the host keeps of an income beside
    key: str  # in hexadecimal

    @property
    def day(self) -> int:
        return self.time_ns // DAY_NS


# The engine's accounts of the venue that are one name in the ledger; its fee pool is several.
_NAMED = {SUBSIDY_ACCOUNT: FEE_SUBSIDY, ROUNDING_ACCOUNT: ROUNDING}


def funds_entries(batch: Batch, terms: Terms) -> tuple[list[Entry], list[Move]]:
    """Deposits, withdrawals and transfers; a transfer's two events make one entry (L-2)."""
    entries: dict[int, list[Posting]] = defaultdict(list)
    kinds: dict[int, str] = {}
    moves: list[Move] = []
    first, times = batch.first, batch.commands["time_ns"]
    for row in of_kind(batch.events, EventKind.BALANCE):
        sequence, asset, account = int(row["sequence"]), int(row["asset"]), int(row["account"])
        kind = CommandKind(int(row["command_kind"]))
        delta = amounts(row["available_delta"].reshape(1))[0]
        kinds.setdefault(sequence, kind.name.lower())
        if kind is not CommandKind.TRANSFER:
            entries[sequence].append(Posting(CUSTODY, asset, -delta))
        if account != FEE_POOL_ACCOUNT:
            entries[sequence].append(Posting(_NAMED.get(account) or available(account), asset, delta))
            continue
        key = batch.commands[sequence - first : sequence - first + 1].view(FUNDS)["key"][0]
        end = pool_end(key.decode("ascii", "replace"))
        kinds[sequence] = end.kind
        brand, host = _pool_parts(end, delta, terms, int(times[sequence - first]))
        entries[sequence].append(Posting(end.name, asset, brand))
        if host:
            entries[sequence].append(Posting(HOST_FEE, asset, host))
        if end.brand:
            place = (sequence, int(times[sequence - first]), end.brand, asset)
            moves.append(Move(*place, end.kind, end.source or "", end.reference, brand, host, key.hex()))
    made = [
        Entry(kinds[sequence], sequence, 0, sequence, int(times[sequence - first]), tuple(lines))
        for sequence, lines in entries.items()
    ]
    return made, moves


def _pool_parts(end: PoolEnd, delta: int, terms: Terms, time_ns: int) -> tuple[int, int]:
    """(what is of the name that the key says, what the host keeps of it)."""
    if end.source is None:
        return delta, 0
    host, brand = split_income(delta, terms.cost_share(end.brand, Source(end.source), time_ns))
    return brand, host


def bases_of(fill: Fill) -> dict[Role, int]:
    """Each side's part of the net fee (Q-1)."""
    return dict(zip((Role.TAKER, Role.MAKER), fee_base(fill.taker.fee, fill.maker.fee), strict=True))
