"""What was claimed of fees, kept so that a statement can say it: the claims of a batch together. Rule Q-2.

Those of affiliates are not kept: they follow from the terms (Q-8).
"""

import numpy as np
from sqlalchemy import Connection, insert, select

from commonbook.clearing.columns import KINDS, ClaimColumns
from commonbook.clearing.model import AFFILIATE
from commonbook.columns import words_of
from commonbook.instrument.fill_columns import FillColumns
from commonbook.instrument.fills import Role
from commonbook.records import AMOUNT, amounts
from commonbook.storage.tables.clearing import claim_blocks

CLAIM = np.dtype(
    [
        ("sequence", "<i8"),
        ("index", "<i4"),
        ("kind", "u1"),  # place in KINDS
        ("is_maker", "?"),
        ("beneficiary", "<i8"),
        ("amount", AMOUNT),  # quote units
    ]
)
ROLES = (Role.TAKER, Role.MAKER)
Claimed = dict[tuple[str, str], list[tuple[str, int, int]]]  # fill and role to kind, beneficiary, amount


def store_claims(connection: Connection, fills: FillColumns, claims: ClaimColumns) -> None:
    """Keep the claims of a batch's fills."""
    kept = np.flatnonzero((claims.kind != KINDS.index(AFFILIATE)) & (claims.amount != 0).astype(bool))
    if not len(kept):
        return
    rows = np.zeros(len(kept), CLAIM)
    of_fill = claims.fill[kept]
    rows["sequence"], rows["index"] = fills.sequence[of_fill], fills.index[of_fill]
    rows["kind"], rows["is_maker"] = claims.kind[kept], claims.of_maker[kept]
    rows["beneficiary"], rows["amount"] = claims.beneficiary[kept], words_of(claims.amount[kept])
    place = {"first_sequence": int(rows["sequence"].min()), "last_sequence": int(rows["sequence"].max())}
    connection.execute(insert(claim_blocks).values(**place, rows=rows.tobytes()))


def claims_between(connection: Connection, first: int, last: int) -> Claimed:
    """What was claimed of the fills of a range of sequences, both ends included, in the order of priority."""
    within = (claim_blocks.c.last_sequence >= first) & (claim_blocks.c.first_sequence <= last)
    found: Claimed = {}
    for (data,) in connection.execute(select(claim_blocks.c.rows).where(within).order_by(claim_blocks.c.block)):
        rows = np.frombuffer(data, CLAIM)
        rows = rows[(rows["sequence"] >= first) & (rows["sequence"] <= last)]
        names = ("sequence", "index", "kind", "is_maker", "beneficiary")
        columns = (*(rows[name].tolist() for name in names), amounts(rows["amount"]))
        for sequence, index, kind, is_maker, beneficiary, amount in zip(*columns, strict=True):
            place = (f"{sequence}-{index}", ROLES[is_maker].value)
            found.setdefault(place, []).append((KINDS[kind], beneficiary, amount))
    return found
