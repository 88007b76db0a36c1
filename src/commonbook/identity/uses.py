"""What was used: signatures, each of which is good once (I-4), and about when keys and sessions were (I-14, I-15)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, insert, select, update

from commonbook.storage.schema import web_sessions
from commonbook.storage.tables.people import key_uses
from commonbook.units import HOUR_NS

KEY_STEP_NS = HOUR_NS  # a key's last use is written down at most so often
SESSION_STEP_NS = 60 * 1_000_000_000
IDLE_DAYS = 14  # so long a key that trades or withdraws from anywhere may be idle before it lapses (I-14)
IDLE_NS = IDLE_DAYS * 24 * HOUR_NS


class UsedOnce(Protocol):
    """Remembers signatures."""

    def is_first(self, signature: str, until_ms: int, now_ms: int) -> bool:
        """Whether it was never used; from now on it was.

        Args:
            until_ms: the time after which it is stale anyway.
        """


class Uses:
    """The signatures of one process."""

    def __init__(self) -> None:
        self._used: OrderedDict[str, int] = OrderedDict()

    def is_first(self, signature: str, until_ms: int, now_ms: int) -> bool:
        while self._used and next(iter(self._used.values())) < now_ms:
            self._used.popitem(last=False)
        if signature in self._used:
            return False
        # Insertion order is arrival order, so the oldest entries leave first; each stays while it could be replayed.
        self._used[signature] = until_ms
        return True


@dataclass
class Used:
    """Times of use that are not written down yet."""

    keys: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)  # by the hash of the token

    def write(self, connection: Connection) -> None:
        """Keep them; what another process has written lately stays."""
        for api_key, used_ns in self.keys.items():
            if connection.execute(select(key_uses.c.used_ns).where(key_uses.c.api_key == api_key)).first() is None:
                connection.execute(insert(key_uses).values(api_key=api_key, used_ns=used_ns))
                continue
            older = (key_uses.c.api_key == api_key) & (key_uses.c.used_ns <= used_ns - KEY_STEP_NS)
            connection.execute(update(key_uses).where(older).values(used_ns=used_ns))
        for token_hash, seen_ns in self.sessions.items():
            older = (web_sessions.c.token_hash == token_hash) & (web_sessions.c.seen_ns < seen_ns)
            connection.execute(update(web_sessions).where(older).values(seen_ns=seen_ns))
