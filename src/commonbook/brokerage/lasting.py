"""What a broker must go on having, and when it ends: the contract and the attestations. Rule BE-10."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from commonbook.brokerage import attestations
from commonbook.brokerage.contracts import CONTRACTS
from commonbook.brokerage.model import AttestationKind
from commonbook.storage.tables import brokerage as tables

CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Ending:
    what: str  # CONTRACT, or a kind of attestation
    number: int  # of the contract or the attestation
    ends_ns: int
    warned_ns: int  # 0: not


def endings(connection: Connection, application: int) -> list[Ending]:
    """Of everything that is there, when it ends; what was renewed ends when the renewal does."""
    found = [attestations.latest(connection, application, kind) for kind in AttestationKind]
    lasting = [Ending(one.kind.value, one.number, one.ends_ns, one.noticed_ns) for one in found if one is not None]
    contract = CONTRACTS.latest_accepted(connection, application)
    if contract is not None:
        lasting.append(Ending(CONTRACT, contract.number, contract.ends_ns, contract.noticed_ns))
    return lasting


def ending(connection: Connection, until_ns: int) -> set[int]:
    """Applications of which something ends by a time, the newest of each kind; what was renewed is not among it."""
    sworn, signed = tables.attestations.c, tables.contracts.c
    newest = select(func.max(sworn.attestation)).group_by(sworn.application, sworn.kind)
    found = select(sworn.application).where(sworn.attestation.in_(newest), sworn.ends_ns <= until_ns)
    accepted = select(signed.application, func.max(signed.number).label("number"))
    last = accepted.where(signed.broker_ns > 0, signed.host_ns > 0).group_by(signed.application).subquery()
    is_last = (signed.application == last.c.application) & (signed.number == last.c.number)
    terms = select(signed.application).join(last, is_last).where(signed.ends_ns <= until_ns)
    return set(connection.execute(found).scalars()) | set(connection.execute(terms).scalars())


def note_warned(connection: Connection, application: int, ending: Ending, now_ns: int) -> None:
    if ending.what == CONTRACT:
        CONTRACTS.note_notice(connection, application, ending.number, now_ns)
    else:
        attestations.note_notice(connection, ending.number, now_ns)
