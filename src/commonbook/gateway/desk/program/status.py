"""What works just now at a brand's address, and how long it has, for anybody. Rule HE-2."""

import asyncio
import time
from enum import StrEnum

import msgspec
from litestar import get

from commonbook.administration.roles import HOST
from commonbook.gateway import uptime
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.instrument.controls import status_word
from commonbook.records import KillScope, TradingStatus
from commonbook.storage.database import BACK_OFFICE, position

DAYS_TOLD = 90
LATE_COMMANDS = 50_000  # history that is behind by more is late


class Works(StrEnum):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    ABSENT = "absent"  # the brand does not offer it


class Halted(msgspec.Struct, frozen=True):
    instrument: str
    status: str  # halted, cancel-only


class DayTold(msgspec.Struct, frozen=True):
    day: int  # since 1970
    known_s: int
    served_s: int


class StatusTold(msgspec.Struct, frozen=True):
    at_ns: str
    trading: Works
    history: Works
    sign_up: Works
    deposits: Works
    withdrawals: Works
    simulated: Works
    venue: str  # live, cancel-only, halted
    stopped: bool  # a kill switch stops the whole venue, or the brand
    halted: list[Halted]  # instruments that the brand lists and that are not live
    instruments: int  # that the brand lists
    served_since_ns: str  # without a gap; empty: not known
    days: list[DayTold]


@get("/status", needs=Needs.NOBODY)
async def status(asked: Asking) -> StatusTold:
    """What works, what is halted, and how much of each of the last 90 days was served, as far as that is known."""
    desk, venue = asked.desk, asked.desk.venue
    brand = asked.brand_of_host
    number = HOST if brand is None else brand.id
    written = await desk.read(lambda connection: position(connection, BACK_OFFICE))
    spans = await asyncio.to_thread(uptime.read, desk.data_dir / uptime.FILE)
    now_ns = time.time_ns()
    listed = [one for one in list(venue.instruments.values()) if not number or venue.is_listed(number, one.id)]
    halted = [
        Halted(one.name, status_word(venue.status(one.id)))
        for one in listed
        if venue.status(one.id) != TradingStatus.LIVE or (KillScope.INSTRUMENT, one.id) in venue.kills
    ]
    stopped = (KillScope.VENUE, 0) in venue.kills or (KillScope.BRAND, number) in venue.kills
    if number:
        stopped = stopped or not desk.hosts.trades(number, now_ns)
    document = desk.hosts.document(number) if number else None
    has_simulated = desk.environments is not None and desk.environments.simulated_door is not None
    return StatusTold(
        at_ns=str(now_ns),
        trading=Works.NO if stopped or (listed and len(halted) == len(listed)) else _works(not halted),
        history=_works(desk.door.position - written <= LATE_COMMANDS),
        sign_up=_offered(document is not None and document.takes_sign_ups),
        deposits=_offered(document is not None and document.takes_deposits),
        withdrawals=_offered(document is not None and document.takes_withdrawals(now_ns)),
        simulated=_simulated(desk.settings.simulated.enabled, has_simulated),
        venue=status_word(venue.statuses.get(0, TradingStatus.LIVE)),
        stopped=stopped,
        halted=halted,
        instruments=len(listed),
        served_since_ns=str(spans[-1].first_s * 10**9) if spans else "",
        days=[DayTold(*one) for one in uptime.days(spans, now_ns // 10**9, DAYS_TOLD)],
    )


def _works(does: bool) -> Works:
    return Works.YES if does else Works.PARTLY


def _offered(is_offered: bool) -> Works:
    return Works.YES if is_offered else Works.ABSENT


def _simulated(enabled: bool, is_there: bool) -> Works:
    if not enabled:
        return Works.ABSENT
    return Works.YES if is_there else Works.NO


ROUTES = [status]
