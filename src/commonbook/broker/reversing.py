"""What the reversal of one fill side is: in the ledger, for what the traders get back, and on each broker's statement.

Pure. A bust takes back exactly what the side's fee has become, name by name and asset by asset (CO-4, CO-5): the parts
are divided once more by the tree, the terms and the index price of the fill, so that they are the same numbers.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from commonbook.broker.dividing import USER, Parts, divided
from commonbook.broker.lines import Texts
from commonbook.broker.model import Program
from commonbook.broker.publishing import own_lines
from commonbook.broker.sides import Sides
from commonbook.broker.statement import canonical
from commonbook.clearing.model import Source, Terms
from commonbook.clearing.rules import SideSplit, fee_base, split_base
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import (
    CONVERSION,
    FEE_SUBSIDY,
    HOST_FEE,
    Posting,
    affiliate_payable,
    brand_revenue,
    broker_payable,
    bust_claim,
    bust_refund,
    client_payable,
    token_holders,
)
from commonbook.records import FillRole, amount
from commonbook.units import HOUR_NS

BUST, CORRECTION = "bust", "correction"


@dataclass(frozen=True, slots=True)
class Because:
    """Who has agreed on it, and why."""

    number: int  # of the approval
    reason: str
    asked_by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Reversal:
    """A line of a statement, or what of a client's is taken back; amounts as they change what is owed."""

    kind: str  # BUST, CORRECTION
    number: int  # of the approval; of a correction its own
    hour: int
    sequence: int
    time_ns: int
    code: int
    broker: int  # 0: a client's
    account: int
    of_hour: int  # by engine time, of the fill
    fill_sequence: int
    fill_index: int
    role: int
    commission: int
    paid: int
    client: int  # whose fill it was, or whom a correction is about; 0: nobody
    text: str


def postings_of(side: Sides, program: Program, venue: Venue, terms: Terms) -> list[Posting]:
    """What became of one side's base, taken back; what it paid, and what it was paid, stands open between it and us.

    Args:
        side: SIDE, shape (1,), decided.
        terms: of clearing.
    """
    one = side[0]
    quote, payout = venue.instruments[int(one["instrument"])].quote.id, program.payout_asset
    split = split_of_side(one, terms)
    brand, sequence = int(one["brand"]), int(one["sequence"])
    found = [
        Posting(brand_revenue(brand), quote, -split.brand),
        Posting(token_holders(brand), quote, -split.holders),
        Posting(HOST_FEE, quote, -split.host),
        Posting(FEE_SUBSIDY, quote, split.subsidy),
    ]
    agreed = terms.affiliate(brand, int(one["account"]), int(one["time_ns"]))
    if agreed is not None and amount(one["claimed"]):
        found.append(Posting(affiliate_payable(agreed.beneficiary), quote, -split.claims[0]))
    for who, commission, paid in _shares(divided(side, program, venue).parts):
        name = client_payable(int(one["account"])) if who == USER else broker_payable(who)
        found.append(Posting(name, payout, -paid))
        if quote != payout:
            found += [Posting(CONVERSION, quote, -commission), Posting(CONVERSION, payout, paid)]
    taker_fee, maker_fee = amount(one["taker_fee"]), amount(one["maker_fee"])
    if int(one["role"]) == FillRole.TAKER:
        found.append(Posting(bust_refund(sequence), quote, max(taker_fee, 0)))
        found.append(Posting(bust_claim(sequence), quote, min(taker_fee, 0) + min(maker_fee, 0)))
    else:
        found.append(Posting(bust_refund(sequence), quote, max(maker_fee, 0)))
    return found


def split_of_side(one: Any, terms: Terms) -> SideSplit:
    """Who had what of a side's base, by what was agreed at the time of the fill (Q-2 to Q-4)."""
    brand, time_ns = int(one["brand"]), int(one["time_ns"])
    base = fee_base(amount(one["taker_fee"]), amount(one["maker_fee"]))[int(one["role"]) == FillRole.MAKER]
    claims = [amount(one["claimed"]), amount(one["commission"])]
    return split_base(
        base, claims, terms.cost_share(brand, Source.TRADING, time_ns), terms.holders_share(brand, time_ns)
    )


def _shares(parts: Parts) -> Iterator[tuple[int, int, int]]:
    columns = (parts.beneficiary.tolist(), parts.commission.tolist(), parts.paid.tolist())
    yield from zip(*columns, strict=True)


def reversals_of(
    side: Sides, stands_in: int, program: Program, venue: Venue, sequence: int, time_ns: int, because: Because
) -> list[Reversal]:
    """The reversal of each part that a broker, or the client, has of one side.

    Args:
        side: SIDE, shape (1,), decided.
        stands_in: the hour whose statements have its lines.
        sequence, time_ns: of the command that busts.
    """
    one = side[0]
    if not int(one["broker"]):
        return []
    shares = divided(side, program, venue)
    common = Texts(stands_in, venue).of(side)
    lines = {broker: lines[0].decode("ascii") for broker, lines, _ in own_lines(side, shares, common, venue)}
    found = []
    for who, commission, paid in _shares(shares.parts):
        text = "" if who == USER else bust_line(lines[who], stands_in, commission, paid, sequence, time_ns, because)
        found.append(
            Reversal(
                kind=BUST,
                number=because.number,
                hour=time_ns // HOUR_NS,
                sequence=sequence,
                time_ns=time_ns,
                code=int(one["broker"]),
                broker=who if who != USER else 0,
                account=int(one["account"]) if who == USER else 0,
                of_hour=int(one["time_ns"]) // HOUR_NS,
                fill_sequence=int(one["sequence"]),
                fill_index=int(one["index"]),
                role=int(one["role"]),
                commission=-commission,
                paid=-paid,
                client=int(one["account"]),
                text=text,
            )
        )
    return found


def bust_line(
    original: str, stands_in: int, commission: int, paid: int, sequence: int, time_ns: int, because: Because
) -> str:
    """A line that takes another one back, with all of that one in it and the hash that its statement has for it."""
    line = json.loads(original)
    leaf = hashlib.sha256(b"\x00" + original.encode("ascii")).hexdigest()
    told = _told(BUST, sequence, time_ns, because)
    told |= {"of": {"fill": line["fill"], "hour": str(stands_in), "leaf": leaf, "role": line["role"]}}
    return canonical(told | {"original": line, "your": {"commission": str(-commission), "paid": str(-paid)}})


def correction_line(about: str, subject: str, paid: int, sequence: int, time_ns: int, because: Because) -> str:
    """A line that credits more, or less, for a fill, an hour or a client."""
    told = _told(CORRECTION, sequence, time_ns, because)
    told |= {"of": {about: subject}, "your": {"commission": "0", "paid": str(paid)}}
    return canonical(told)


def _told(kind: str, sequence: int, time_ns: int, because: Because) -> dict[str, Any]:
    return {
        "approved_by": because.approved_by,
        "asked_by": because.asked_by,
        "kind": kind,
        "number": str(because.number),
        "reason": because.reason,
        "sequence": str(sequence),
        "time_ns": str(time_ns),
    }
