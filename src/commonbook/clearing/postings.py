"""Events to ledger entries. Rules: docs/rules/ledger.md, docs/rules/clearing.md."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from commonbook.clearing.keys import PoolEnd, pool_end
from commonbook.clearing.model import AFFILIATE, DAY_NS, Claim, Claims, Source, Terms
from commonbook.clearing.rules import SideSplit, fee_base, split_base, split_income
from commonbook.errors import BrokenInvariant
from commonbook.instrument.fills import Fill, Role
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import (
    CONVERSION,
    CUSTODY,
    FEE_SUBSIDY,
    HOST_FEE,
    ROUNDING,
    Entry,
    Posting,
    affiliate_payable,
    available,
    brand_revenue,
    broker_payable,
    held,
    token_holders,
)
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    FUNDS,
    ROUNDING_ACCOUNT,
    SUBSIDY_ACCOUNT,
    Batch,
    CommandKind,
    EventKind,
    Side,
    amounts,
    causes,
    of_kind,
)

ClaimsOf = Callable[[Fill], Claims]


def holds_entry(batch: Batch, venue: Venue) -> Entry | None:
    """What orders of a batch hold and release, netted per account and asset into one entry (L-3).

    A hold moves an account's money from one pocket to the other; a batch has thousands that cancel out. Netting keeps
    the ledger the size of what happened. Releases by fills are part of the fills' own entries.
    """
    net: dict[tuple[int, int], int] = defaultdict(int)
    for kind, column, sign in (
        (EventKind.ACCEPTED, "hold", 1),
        (EventKind.CANCELED, "released", -1),
        (EventKind.AMENDED, "hold_delta", 1),
    ):
        rows = of_kind(batch.events, kind)
        # An amendment is its sender's own; the event says no more than the command does.
        owners = rows["account"] if kind is not EventKind.AMENDED else causes(batch, rows, CommandKind.AMEND)["account"]
        columns = (rows["instrument"].tolist(), rows["side"].tolist(), owners.tolist(), amounts(rows[column]))
        for instrument, side, account, amount in zip(*columns, strict=True):
            net[account, venue.instruments[instrument].paid_with(Side(side)).id] += sign * amount
    lines = []
    for (account, asset), amount in sorted(net.items()):
        if amount:
            lines.append(Posting(available(account), asset, -amount))
            lines.append(Posting(held(account), asset, amount))
    if not lines:
        return None
    return Entry("holds", batch.first, 0, batch.last, int(batch.commands["time_ns"][-1]), tuple(lines))


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


def split_fill(fill: Fill, claims: Claims, terms: Terms) -> dict[Role, SideSplit]:
    """Both sides' bases divided by each brand's terms; the parts of both sum to the net fee (Q-4)."""
    bases = bases_of(fill)
    splits = {
        side.role: split_base(
            bases[side.role],
            [claim.amount for claim in claims if claim.role is side.role],
            terms.cost_share(side.brand, Source.TRADING, fill.time_ns),
            terms.holders_share(side.brand, fill.time_ns),
        )
        for side in fill.sides
    }
    total = sum(sum(one.claims) + one.host + one.holders + one.brand - one.subsidy for one in splits.values())
    if total != fill.net_fee:
        raise BrokenInvariant(f"fill {fill.fill_id}: claims sum to {total}, the net fee is {fill.net_fee}")
    return splits


def fill_entry(fill: Fill, claims: Claims, splits: dict[Role, SideSplit]) -> Entry:
    """One fill: delivery against payment, both fees, and what becomes of the net fee (Q-5)."""
    instrument = fill.instrument
    base, quote = instrument.base.id, instrument.quote.id
    quantity = fill.quantity_lots * instrument.lot_minor
    buyer, seller = fill.buyer, fill.seller
    spent = fill.notional + max(buyer.fee, 0) + fill.buyer_released
    lines = [
        Posting(held(buyer.account), quote, -spent),
        Posting(available(buyer.account), quote, fill.buyer_released + max(-buyer.fee, 0)),
        Posting(available(buyer.account), base, quantity),
        Posting(held(seller.account), base, -quantity),
        Posting(available(seller.account), quote, fill.notional - seller.fee),
    ]
    for side in fill.sides:
        split = splits[side.role]
        lines.append(Posting(brand_revenue(side.brand), quote, split.brand))
        if split.holders:
            lines.append(Posting(token_holders(side.brand), quote, split.holders))
        lines.append(Posting(HOST_FEE, quote, split.host))
        lines.append(Posting(FEE_SUBSIDY, quote, -split.subsidy))
        own = [claim for claim in claims if claim.role is side.role]
        for claim, paid in zip(own, split.claims, strict=True):
            lines.extend(_claim_postings(claim, paid, quote))
    return Entry("fill", fill.sequence, fill.index, fill.sequence, fill.time_ns, tuple(lines))


def _claim_postings(claim: Claim, paid: int, quote: int) -> Sequence[Posting]:
    """A claim paid in another asset goes through the conversion account (Q-6)."""
    payable = (affiliate_payable if claim.kind == AFFILIATE else broker_payable)(claim.beneficiary)
    if claim.paid_asset == quote:
        return (Posting(payable, quote, paid),)
    return (
        Posting(CONVERSION, quote, paid),
        Posting(CONVERSION, claim.paid_asset, -claim.paid_amount),
        Posting(payable, claim.paid_asset, claim.paid_amount),
    )
