"""Endpoints, events and deliveries as plain data."""

from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """What a brand can be told of, and what a broker. Rules WH-4 and BL-7."""

    SIGN_UP = "sign_up"  # a user has signed up
    LEVEL = "level"  # an account's VIP level has changed
    ORDER = "order"  # an order was accepted, amended, filled or canceled
    TRADE = "trade"  # a side of a fill is its user's
    RELEASE = "release"  # what the brand is owed was released
    SETTLEMENT = "settlement"  # an hour of the broker was settled
    TIER = "tier"  # the broker was told something of its tier
    GRANT = "grant"  # a user has let an application of the broker act, or does so no more
    ALERT = "alert"  # the broker was warned
    TEST = "test"  # asked for by hand; every endpoint is told


OF_BROKERS = (EventKind.SETTLEMENT, EventKind.TIER, EventKind.GRANT, EventKind.ALERT)
CHOSEN = tuple(kind for kind in EventKind if kind is not EventKind.TEST and kind not in OF_BROKERS)  # by brands
PAUSED_NOTICE = "webhook_paused"
LIVE, PAUSED, REMOVED = "live", "paused", "removed"
WAITING, DELIVERED, DROPPED = "waiting", "delivered", "dropped"


def owner_of_broker(broker: int) -> int:
    """What stands for a broker where the brand stands of which an endpoint is."""
    return -broker


@dataclass(frozen=True, slots=True)
class Endpoint:
    id: int
    brand: int  # below zero: a broker's
    url: str
    kinds: tuple[EventKind, ...]
    state: str
    failures: int
    failing_since_ns: int  # 0: it is not failing
    next_try_ns: int

    @property
    def broker(self) -> int:
        """Whose it is; 0 for a brand's."""
        return max(-self.brand, 0)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a delivery is signed with: the newest secret, and the one before it while that is still good."""

    newest: str = field(repr=False)
    before: str = field(default="", repr=False)

    @property
    def all(self) -> tuple[str, ...]:
        return (self.newest, self.before) if self.before else (self.newest,)


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    endpoint: int
    event: str
    kind: str
    state: str
    tries: int
    status: int  # of the newest answer; 0: none
    why: str
    made_ns: int
    tried_ns: int
    body: str
