"""What is claimed out of a fee."""

from collections.abc import Sequence
from dataclasses import dataclass

from commonbook.instrument.fills import Role


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody is owed out of one side's fee, by a program above clearing."""

    kind: str  # broker_commission
    beneficiary: int
    role: Role
    amount: int  # quote units, at least zero; taken from that side's base
    paid_asset: int
    paid_amount: int  # units of paid_asset; equal to amount when that is the quote asset


Claims = Sequence[Claim]
