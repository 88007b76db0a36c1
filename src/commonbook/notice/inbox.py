"""What a user is told at the exchange's own pages, beside the mail, and how far it was read. Rules IN-1 to IN-5.

What is kept are words about the user: each is written in the transaction of what it tells of. Fills, payouts and
announcements are kept where they happen, and told from there.
"""

import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.storage.database import upsert_many
from commonbook.storage.tables.inbox import inbox_notices, inboxes

MOST = 100  # of each concern that are told; what is older is in the histories
KEPT_DAYS = 90
_DAY_NS = 86_400 * 10**9


class Concern(StrEnum):
    ORDERS = "orders"
    ALERTS = "alerts"
    BROKERS = "brokers"
    PAYOUTS = "payouts"
    BRAND = "brand"
    SECURITY = "security"


ALWAYS = frozenset({Concern.SECURITY})  # nobody misses these, so that nobody else can make them miss

# Which mails are told here as well, and what of their values: codes and links never are.
OF_MAILS: dict[str, tuple[Concern, tuple[str, ...]]] = {
    "new-device": (Concern.SECURITY, ("device", "place")),
    "password-changed": (Concern.SECURITY, ()),
    "email-changed": (Concern.SECURITY, ()),
    "recovery-requested": (Concern.SECURITY, ()),
    "factor-added": (Concern.SECURITY, ("factor",)),
    "factor-removed": (Concern.SECURITY, ("factor",)),
    "recovery-codes-made": (Concern.SECURITY, ()),
    "recovery-code-used": (Concern.SECURITY, ("left",)),
    "key-made": (Concern.SECURITY, ("label", "permissions")),
    "key-changed": (Concern.SECURITY, ("label", "permissions")),
    "key-revoked": (Concern.SECURITY, ("label",)),
    "application-granted": (Concern.BROKERS, ("application", "permissions")),
    "application-ended": (Concern.BROKERS, ("application",)),
    "application-key-made": (Concern.BROKERS, ("application", "label")),
    "application-key-ended": (Concern.BROKERS, ("application",)),
    "broker-agreed": (Concern.BROKERS, ("broker",)),
    "broker-ended": (Concern.BROKERS, ("broker",)),
}
ROSE, FELL = "alert-rose", "alert-fell"
CONCERNS: dict[str, Concern] = {kind: concern for kind, (concern, _) in OF_MAILS.items()}
CONCERNS |= dict.fromkeys((ROSE, FELL), Concern.ALERTS)


@dataclass(frozen=True, slots=True)
class Kept:
    id: int
    kind: str
    time_ns: int
    details: dict[str, str]

    @property
    def concern(self) -> Concern:
        return CONCERNS[self.kind]


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where somebody has read, by each of the clocks that is told by."""

    wall_ns: int = 0
    engine_ns: int = 0
    hour: int = -1

    def __str__(self) -> str:
        return f"{self.wall_ns}.{self.engine_ns}.{self.hour}"

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """
        Raises:
            BadInput: it is none of ours.
        """
        parts = text.split(".")
        numbers = [one.removeprefix("-") for one in parts]
        if len(parts) != 3 or not all(one.isascii() and one.isdigit() and len(one) < 20 for one in numbers):
            raise BadInput(f"mark {text[:64]!r} is none: give back the one that was told with the notices")
        return cls(*map(int, parts))

    def later(self, other: "Mark") -> "Mark":
        return Mark(max(self.wall_ns, other.wall_ns), max(self.engine_ns, other.engine_ns), max(self.hour, other.hour))


@dataclass(frozen=True, slots=True)
class Box:
    """What a user has read, and does not want to be told."""

    read: Mark
    off: frozenset[Concern]


# -- what is told -----------------------------------------------------------------------------------------------------


def tell_as_mailed(
    connection: Connection, own: Seal | None, user: int, kind: str, values: Mapping[str, object]
) -> None:
    """What a mail says to a user, where it is of a kind that is told here, too; in the mail's transaction.

    Args:
        own: the user's own seal; None for one who was erased: nobody is left to be told.
    """
    if kind not in OF_MAILS or own is None:
        return
    told = json.dumps({name: str(values.get(name, "")) for name in OF_MAILS[kind][1]})
    _keep(connection, user, kind, own.seal(told.encode(), f"inbox:{user}"), sealed=True)


def tell(connection: Connection, user: int, kind: str, details: Mapping[str, str]) -> None:
    """What says nothing of the user's person."""
    _keep(connection, user, kind, json.dumps(dict(details)), sealed=False)


def _keep(connection: Connection, user: int, kind: str, details: str, sealed: bool) -> None:
    row = {"user_id": user, "kind": kind, "time_ns": time.time_ns(), "details": details, "sealed": sealed}
    connection.execute(insert(inbox_notices).values(**row))


def kept(connection: Connection, own: Seal | None, user: int, concerns: Collection[Concern]) -> list[Kept]:
    """Of these concerns, newest first, at most MOST."""
    kinds = [kind for kind, concern in CONCERNS.items() if concern in concerns]
    chosen = select(inbox_notices).where(inbox_notices.c.user_id == user, inbox_notices.c.kind.in_(kinds))
    found = []
    for row in connection.execute(chosen.order_by(inbox_notices.c.notice.desc()).limit(MOST)):
        if row.sealed and own is None:
            continue
        told = own.unseal(row.details, f"inbox:{user}") if row.sealed and own is not None else row.details
        found.append(Kept(row.notice, row.kind, row.time_ns, json.loads(told)))
    return found


def forget_older(connection: Connection, now_ns: int) -> int:
    """How many were old enough."""
    return connection.execute(
        delete(inbox_notices).where(inbox_notices.c.time_ns < now_ns - KEPT_DAYS * _DAY_NS)
    ).rowcount


# -- how far it was read ----------------------------------------------------------------------------------------------


def box_of(connection: Connection, user: int, since_ns: int) -> Box:
    """
    Args:
        since_ns: when the user came: what the brand told before is not new to who has read nothing yet.
    """
    row = connection.execute(select(inboxes).where(inboxes.c.user_id == user)).first()
    if row is None:
        return Box(Mark(since_ns), frozenset())
    off = frozenset(Concern(one) for one in row.off.split(",") if one)
    return Box(Mark(row.read_ns, row.read_engine_ns, row.read_hour), off)


def read_up_to(connection: Connection, user: int, box: Box, mark: Mark) -> Box:
    """Never back: of two pages that are open, the one that has seen more counts."""
    return _store(connection, user, Box(box.read.later(mark), box.off))


def turn_off(connection: Connection, user: int, box: Box, off: Iterable[Concern]) -> Box:
    """
    Raises:
        BadInput: it is among those that are always told.
    """
    wanted = frozenset(off)
    if wanted & ALWAYS:
        raise BadInput(f"{', '.join(sorted(wanted & ALWAYS))}: this is always told")
    return _store(connection, user, Box(box.read, wanted))


def _store(connection: Connection, user: int, box: Box) -> Box:
    row = {
        "user_id": user,
        "read_ns": box.read.wall_ns,
        "read_engine_ns": box.read.engine_ns,
        "read_hour": box.read.hour,
        "off": ",".join(sorted(box.off)),
    }
    upsert_many(connection, inboxes, [row])
    return box
