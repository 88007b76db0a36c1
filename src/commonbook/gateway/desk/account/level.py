"""A user's VIP level: what it is, what was measured, and how far the next one is; and the user's notices. VL-8."""

from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery

from commonbook.brand import ladder, notices
from commonbook.brand.ladder import Measures
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.notices import NoticeTold, notices_told


class MeasuresTold(msgspec.Struct, frozen=True):
    volume: str  # in the valuation asset
    assets: str
    token: str


class NextLevel(msgspec.Struct, frozen=True):
    level: int
    name: str
    any_of: bool  # one of what is missing will do
    asks_for: MeasuresTold  # "" where it does not
    missing: MeasuresTold


class OwnLevel(msgspec.Struct, frozen=True):
    level: int
    name: str
    measured_day: int | None  # days since 1970; nothing before the first
    valuation: str
    token: str
    measures: MeasuresTold
    next: NextLevel | None


def _own_account(asked: Asked) -> int:
    account = asked.credential.account if asked.credential is not None else 0
    if account not in asked.desk.venue.accounts:
        raise Declined("no_such_account", "you have no account to trade with")
    return account


@get("/level", needs=Needs.USER)
async def own_level(asked: Asking) -> OwnLevel:
    """The level that is in force, and what was measured at the end of the last day of UTC."""
    venue, account = asked.desk.venue, _own_account(asked)

    def query(connection: Any) -> OwnLevel:
        level, names = venue.accounts[account].level, ladder.names(connection, asked.brand)
        day = ladder.newest_day(connection)
        table = ladder.ladder_for(connection, venue, day) if day >= 0 else None
        if table is None:
            nothing = MeasuresTold("0", "0", "0")
            return OwnLevel(level, names[level], None, "", "", nothing, None)
        standing = ladder.standing(connection, account, day)

        def told(measures: Measures) -> MeasuresTold:
            token = "0" if table.token is None else table.token.format(measures.token)
            return MeasuresTold(table.valuation.format(measures.volume), table.valuation.format(measures.assets), token)

        rung, upper = table.above(standing.level), None
        if rung is not None:
            asks = told(Measures(rung.volume or 0, rung.assets or 0, rung.token or 0))
            left = told(ladder.missing(rung, standing.measures))
            upper = NextLevel(rung.level, names[rung.level], rung.any_of, asks, left)
        token = "" if table.token is None else table.token.name
        return OwnLevel(level, names[level], day, table.valuation.name, token, told(standing.measures), upper)

    return await asked.desk.read(query)


@get("/notices", needs=Needs.USER)
async def own_notices(asked: Asking, before: FromQuery[int] = 2**62) -> list[NoticeTold]:
    """What happened by itself and concerns your account, newest first; `before` an id."""
    account = _own_account(asked)
    return notices_told(await asked.desk.read(lambda connection: notices.of_account(connection, account, before)))


ROUTES = [own_level, own_notices]
