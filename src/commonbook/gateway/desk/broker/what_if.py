"""What a broker would have earned under other rules, from its own fills. Rule BP-15."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from litestar import post
from litestar.params import JSONBody
from sqlalchemy import Connection, func, select

from commonbook.broker import sub_brokers
from commonbook.broker.accrual import sides_of_hour
from commonbook.broker.agreed import API
from commonbook.broker.history import Span
from commonbook.broker.model import DiscountPolicy, Program
from commonbook.broker.other_rules import Place, Row, Rules, under
from commonbook.broker.rates import TIERS
from commonbook.broker.sides import Sides
from commonbook.broker.simulation import Change, compare
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.broker.history import span_of
from commonbook.gateway.desk.broker.who import broker_of, code_of, hour_now, payout_asset, program, told_points
from commonbook.gateway.desk.needs import Needs
from commonbook.instrument.model import Asset
from commonbook.storage.tables.broker import accrual_blocks

SIDES_MOST = 200_000  # that are decided once more in one answer


class OtherRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is not told stays as it was."""

    first: str = ""  # hours, both included, as in /history
    last: str = ""
    tier: int | None = None
    rate: str | None = None  # per cent, of all its sides, whatever their client, product or role
    excluded_from_level: int | None = None
    discount: DiscountPolicy | None = None
    pools: dict[str, str] = {}  # points of the base, in per cent, of those whom it has brought in, by their codes


class ChangeTold(msgspec.Struct, frozen=True):
    """In the payout asset."""

    party: str  # broker, sub_broker, or clients
    who: str  # code; of clients the one under which they traded
    level: int | None  # of the clients; none: all of them
    before: str
    after: str
    gain: str


class WhatIfTold(msgspec.Struct, frozen=True):
    broker: str
    code: str
    asset: str
    hours: int
    sides: int
    before: str
    after: str
    gain: str
    changes: list[ChangeTold]  # who gains most comes first
    by_level: list[ChangeTold]


@post("/what-if", needs=Needs.USER, status_code=200)
async def what_if(asked: Asking, data: JSONBody[OtherRules]) -> WhatIfTold:
    """Decide the broker's fills of some hours once more, under other rules; nothing is changed."""
    desk = asked.desk
    asset, span = payout_asset(desk), span_of(desk, data.first, data.last, desk.settings.broker.sums_days)

    def find(connection: Connection) -> WhatIfTold:
        broker = broker_of(connection, asked)
        actual = program(connection, desk)
        _must_be_root(actual, desk, broker)
        code = code_of(desk, connection, broker)
        other = under(_rules(connection, actual, desk, broker, code, data), actual, desk.venue)
        found = compare(_own_hours(connection, actual, broker, span), actual, other, desk.venue)
        before, after, gain = (asset.format(value) for value in (found.before, found.after, found.gain))
        changes, levels = ([_told(asset, one) for one in some] for some in (found.changes, found.by_level))
        return WhatIfTold(str(broker), code, asset.name, found.hours, found.sides, before, after, gain, changes, levels)

    return await desk.read(find)


def _must_be_root(actual: Program, desk: Desk, broker: int) -> None:
    tree = sub_brokers.with_roots(actual.tree(hour_now(desk) + 1), desk.venue)
    if sub_brokers.root_of(tree, broker) != broker:
        raise Declined("sub_broker", "a sub-broker has points of its broker's rate, and no rate of its own to change")


def _rules(connection: Connection, actual: Program, desk: Desk, broker: int, code: str, data: OtherRules) -> Rules:
    tiers = {} if data.tier is None else {code: data.tier}
    rows = [] if data.rate is None else [Row(tier, data.rate) for tier in range(TIERS)]
    negotiated = {code: rows} if rows else {}
    places = {}
    tree = actual.tree(hour_now(desk))
    below = {one.code: one.broker for one in sub_brokers.children_of(connection, API, broker)}
    for name, pool in data.pools.items():
        if name not in below or below[name] not in tree.nodes:
            raise Declined("no_such_sub_broker", f"you have brought in no {name[:32]}")
        places[name] = Place(code, pool, told_points(tree.nodes[below[name]].user_e8))
    return Rules(
        tiers=tiers,
        excluded_from_level=data.excluded_from_level,
        discount=data.discount,
        negotiated=negotiated,
        tree=places,
    )


def _own_hours(connection: Connection, actual: Program, broker: int, span: Span) -> Iterator[Sides]:
    """The sides that came under the broker's code or one below it, hour by hour.

    Raises:
        Declined: `too_many_fills`, before any is read.
    """
    within = (accrual_blocks.c.hour >= span.first) & (accrual_blocks.c.hour < span.behind)
    mine = within & (accrual_blocks.c.program == API)
    columns: tuple[Any, ...] = (accrual_blocks.c.hour, func.sum(accrual_blocks.c.sides).label("sides"))
    rows = connection.execute(select(*columns).where(mine).group_by(accrual_blocks.c.hour)).all()
    count = sum(int(row.sides) for row in rows)
    if count > SIDES_MOST:
        text = f"{count} sides of fills are more than the {SIDES_MOST} of one answer: ask for fewer hours"
        raise Declined("too_many_fills", text, sides=count, most=SIDES_MOST)
    for hour in sorted(row.hour for row in rows):
        sides = sides_of_hour(connection, API, hour)
        codes = [code for code in np.unique(sides["broker"]).tolist() if code]
        own = [code for code in codes if actual.terms(code, hour).path.root == broker]
        if own:
            yield sides[np.isin(sides["broker"], own)]


def _told(asset: Asset, one: Change) -> ChangeTold:
    amounts = [asset.format(value) for value in (one.before, one.after, one.gain)]
    return ChangeTold(one.party, one.who, one.level, *amounts)


ROUTES = [what_if]
