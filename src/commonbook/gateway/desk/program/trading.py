"""What cannot be traded just now at a brand's address, and whose doing that is, for anybody. Rule HE-4.

Out of memory alone: every open terminal asks this now and then, and whenever the `instruments` channel says that
something has changed.
"""

import time
from enum import StrEnum

import msgspec
from litestar import get

from commonbook.administration.roles import HOST
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.needs import Needs
from commonbook.instrument.controls import status_word
from commonbook.records import KillScope, TradingStatus


class By(StrEnum):
    VENUE = "venue"
    ENDED = "ended"  # the brand has ended trading
    BRAND = "brand"
    INSTRUMENT = "instrument"


class Closed(msgspec.Struct, frozen=True):
    """An instrument in which no order can be placed."""

    instrument: str
    status: str  # cancel-only: cancels are taken; halted: they are not either
    by: By  # the widest that holds with this status


class TradingTold(msgspec.Struct, frozen=True):
    at_ns: str
    instruments: list[str]  # that are listed here
    closed: list[Closed]


@get("/trading", needs=Needs.NOBODY)
async def trading(asked: Asking) -> TradingTold:
    """Which of the instruments that are listed here take no orders now, and why."""
    desk, now_ns = asked.desk, time.time_ns()
    brand = HOST if asked.brand_of_host is None else asked.brand_of_host.id
    listed = [one for one in list(desk.venue.instruments.values()) if desk.venue.is_listed(brand, one.id)]
    closed = [(one.name, _closed(desk, brand, one.id, now_ns)) for one in listed]
    return TradingTold(
        at_ns=str(now_ns),
        instruments=[one.name for one in listed],
        closed=[Closed(name, status_word(found[0]), found[1]) for name, found in closed if found is not None],
    )


def _closed(desk: Desk, brand: int, instrument: int, now_ns: int) -> tuple[TradingStatus, By] | None:
    """The strictest status and the widest that has it; None where orders are taken."""
    venue = desk.venue
    live, cancel_only = TradingStatus.LIVE, TradingStatus.CANCEL_ONLY

    def stopped(scope: KillScope, target: int) -> TradingStatus:
        return cancel_only if (scope, target) in venue.kills else live

    found = {
        By.VENUE: max(venue.statuses.get(0, live), stopped(KillScope.VENUE, 0)),
        By.ENDED: live if not brand or desk.hosts.trades(brand, now_ns) else cancel_only,
        By.BRAND: stopped(KillScope.BRAND, brand),
        By.INSTRUMENT: max(venue.statuses.get(instrument, live), stopped(KillScope.INSTRUMENT, instrument)),
    }
    strictest = max(found.values())
    if strictest == live:
        return None
    return strictest, next(by for by, status in found.items() if status == strictest)


ROUTES = [trading]
