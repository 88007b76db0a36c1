"""Sub-brokers: invitations, points, removal, what came by each; and the code that a user is bound to. SB-1 to SB-12."""

from typing import Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.broker import branching, sub_brokers
from commonbook.broker.agreed import API
from commonbook.broker.months import day_number, day_told
from commonbook.broker.sub_brokers import Binding, Day, Invitation, SubBroker
from commonbook.broker.tree import Node, Tree
from commonbook.brokerage import applications, codes
from commonbook.errors import BadInput
from commonbook.gateway.desk.account.parts import by_session
from commonbook.gateway.desk.administration import number
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.broker.who import (
    broker_of,
    code_of,
    ground,
    hour_now,
    payout_asset,
    points,
    program,
    told_hour,
    told_points,
    who,
)
from commonbook.gateway.desk.needs import Needs
from commonbook.instrument.model import Asset

DAYS_MOST = 180  # of one answer


class PlaceTold(msgspec.Struct, frozen=True):
    """Points are of the base, in per cent."""

    from_hour: int
    from_time: str
    pool: str
    users: str


class SubBrokerTold(msgspec.Struct, frozen=True):
    broker: str
    code: str
    state: str
    why: str
    from_hour: int
    removed_hour: int | None
    places: list[PlaceTold]  # oldest first; the newest may not have begun


class OwnTold(msgspec.Struct, frozen=True):
    """The broker's own place in the tree."""

    broker: str
    code: str
    parent: str  # its code; empty: a broker of its own
    depth: int
    places: list[PlaceTold]
    sub_brokers_most: int


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points of the base, in per cent, as decimal strings."""

    pool: str
    users: str = "0"
    note: str = ""


class InvitationTold(msgspec.Struct, frozen=True):
    invitation: int
    pool: str
    users: str
    note: str
    made_ns: str
    expires_ns: str
    state: str
    accepted_by: str


class NewInvitation(msgspec.Struct, frozen=True):
    """The token is told this once."""

    token: str
    invitation: InvitationTold


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str


class Joining(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`code`: the sub-broker's own, 1 to 16 letters and digits, for good."""

    token: str
    code: str


class OfferTold(msgspec.Struct, frozen=True):
    of: str  # the code of the broker that invites
    pool: str
    users: str
    note: str
    expires_ns: str


class Pool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pool: str


class UsersPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    users: str


class Changed(msgspec.Struct, frozen=True):
    """Whose points change from an hour on."""

    from_hour: int
    from_time: str
    brokers: list[str]


class DayTold(msgspec.Struct, frozen=True):
    """What came by a code on a day; `commission` is what its broker has of everything. In the payout asset."""

    broker: str
    day: str
    sides: str
    spot_volume: str
    contract_volume: str
    clients: int
    new_clients: int
    commission: str


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str


class BindingTold(msgspec.Struct, frozen=True):
    code: str
    from_hour: int
    from_time: str
    made_ns: str


def place_told(node: Node) -> PlaceTold:
    return PlaceTold(node.from_hour, told_hour(node.from_hour), told_points(node.pool_e8), told_points(node.user_e8))


def _places_told(connection: Any, broker: int) -> list[PlaceTold]:
    return [place_told(one) for one in sub_brokers.places_of(connection, API, broker)]


def sub_broker_told(connection: Any, one: SubBroker) -> SubBrokerTold:
    return SubBrokerTold(
        broker=str(one.broker),
        code=one.code,
        state=one.state,
        why=one.why,
        from_hour=one.from_hour,
        removed_hour=one.removed_hour or None,
        places=_places_told(connection, one.broker),
    )


def _invitation_told(one: Invitation) -> InvitationTold:
    return InvitationTold(
        invitation=one.id,
        pool=told_points(one.pool_e8),
        users=told_points(one.user_e8),
        note=one.note,
        made_ns=str(one.made_ns),
        expires_ns=str(one.expires_ns),
        state=one.state,
        accepted_by=str(one.accepted_by or ""),
    )


def changed_told(hour: int, brokers: list[int]) -> Changed:
    return Changed(hour, told_hour(hour), [str(one) for one in brokers])


def _tree_soon(connection: Any, desk: Desk) -> Tree:
    """With what begins with the next hour."""
    return sub_brokers.with_roots(program(connection, desk).tree(hour_now(desk) + 1), desk.venue)


@get("/place", needs=Needs.USER)
async def place(asked: Asking) -> OwnTold:
    """This broker's own place: whose it comes under, how deep, its points and its users', with their history."""
    desk = asked.desk

    def find(connection: Any) -> OwnTold:
        broker = broker_of(connection, asked)
        tree = _tree_soon(connection, desk)
        node = tree.nodes[broker]
        return OwnTold(
            broker=str(broker),
            code=code_of(desk, connection, broker),
            parent=code_of(desk, connection, node.parent) if node.parent else "",
            depth=tree.depth(broker),
            places=_places_told(connection, broker),
            sub_brokers_most=sub_brokers.limit_of(connection, API, broker, desk.settings.broker.sub_brokers),
        )

    return await desk.read(find)


@get("/sub-brokers", needs=Needs.USER)
async def all_sub_brokers(asked: Asking) -> list[SubBrokerTold]:
    """Those that this broker has brought in, with their points and all there have been."""

    def find(connection: Any) -> list[SubBrokerTold]:
        broker = broker_of(connection, asked)
        return [sub_broker_told(connection, one) for one in sub_brokers.children_of(connection, API, broker)]

    return await asked.desk.read(find)


@get("/sub-brokers/invitations", needs=Needs.USER)
async def invitations(asked: Asking) -> list[InvitationTold]:
    """Newest first."""

    def find(connection: Any) -> list[InvitationTold]:
        broker = broker_of(connection, asked)
        return [_invitation_told(one) for one in sub_brokers.invitations_of(connection, API, broker)]

    return await asked.desk.read(find)


@post("/sub-brokers/invitations", needs=Needs.USER, fresh=True, status_code=200)
async def invite(asked: Asking, data: JSONBody[Offer]) -> NewInvitation:
    """Invite somebody to come under this broker, with so many points of its pool."""
    pool, users = points(data.pool, "pool"), points(data.users, "users")

    def work(connection: Any) -> NewInvitation:
        broker = broker_of(connection, asked)
        made, token = branching.invite(connection, ground(asked.desk), broker, pool, users, data.note)
        asked.log(connection, "invite sub-broker", f"broker:{broker}", invitation=made.id)
        return NewInvitation(token, _invitation_told(made))

    return await asked.desk.write_racing(work)


@delete("/sub-brokers/invitations/{invitation:int}", needs=Needs.USER, status_code=200)
async def withdraw(asked: Asking, invitation: FromPath[int]) -> list[InvitationTold]:
    """Take an invitation back that nobody has accepted."""

    def work(connection: Any) -> list[InvitationTold]:
        broker = broker_of(connection, asked)
        sub_brokers.withdraw(connection, API, broker, invitation)
        asked.log(connection, "withdraw invitation", f"broker:{broker}", invitation=invitation)
        return [_invitation_told(one) for one in sub_brokers.invitations_of(connection, API, broker)]

    return await asked.desk.write(work)


@put("/sub-brokers/{broker:str}/points", needs=Needs.USER, fresh=True, status_code=200)
async def give(asked: Asking, broker: FromPath[str], data: JSONBody[Pool]) -> Changed:
    """Another pool for a sub-broker, from the next hour on; what it has given on and is more is cut with it."""
    whom, pool = number(broker, "broker"), points(data.pool, "pool")

    def work(connection: Any) -> Changed:
        own = broker_of(connection, asked)
        nodes = branching.give(connection, ground(asked.desk), own, whom, pool, asked.user)
        asked.log(connection, "give points", f"broker:{whom}", pool=told_points(pool), from_hour=nodes[0].from_hour)
        return changed_told(nodes[0].from_hour, [one.broker for one in nodes])

    return await asked.desk.write_racing(work)


@delete("/sub-brokers/{broker:str}", needs=Needs.USER, fresh=True, status_code=200)
async def remove(asked: Asking, broker: FromPath[str]) -> Changed:
    """A sub-broker, and whoever is below it, earn nothing from the next hour on; their codes are switched off."""
    whom = number(broker, "broker")

    def work(connection: Any) -> Changed:
        own = broker_of(connection, asked)
        hour, gone = branching.remove(connection, ground(asked.desk), own, whom, asked.user)
        asked.log(connection, "remove sub-broker", f"broker:{whom}", from_hour=hour)
        return changed_told(hour, gone)

    return await asked.desk.write_racing(work)


@put("/users/points", needs=Needs.USER, fresh=True, status_code=200)
async def give_users(asked: Asking, data: JSONBody[UsersPart]) -> Changed:
    """What the users of this broker's own code get back of their fees' base, from the next hour on."""
    users = points(data.users, "users")

    def work(connection: Any) -> Changed:
        own = broker_of(connection, asked)
        node = branching.give_users(connection, ground(asked.desk), own, users, asked.user)
        asked.log(connection, "give users points", f"broker:{own}", users=data.users, from_hour=node.from_hour)
        return changed_told(node.from_hour, [own])

    return await asked.desk.write_racing(work)


@get("/performance", needs=Needs.USER)
async def performance(asked: Asking, first: FromQuery[str], last: FromQuery[str]) -> list[DayTold]:
    """Volume, clients and commission for each counted day, of this broker's code and of each it has brought in.

    What came by codes further below is their brokers' to see; this broker's part of it is in its commission.
    """
    asset = payout_asset(asked.desk)
    begin, end = _day(first, "first"), _day(last, "last")
    if not 0 <= end - begin < DAYS_MOST:
        raise BadInput(f"from {first[:10]} to {last[:10]} are not 1 to {DAYS_MOST} days")

    def find(connection: Any) -> list[DayTold]:
        broker = broker_of(connection, asked)
        mine = [broker, *(one.broker for one in sub_brokers.children_of(connection, API, broker))]
        return [day_told_of(asset, one) for one in sub_brokers.days_of(connection, API, mine, begin, end)]

    return await asked.desk.read(find)


def _day(text: str, what: str) -> int:
    try:
        return day_number(text)
    except ValueError:
        raise BadInput(f"{what} {text[:32]!r} is no day: give it as 2026-03-01") from None


def day_told_of(asset: Asset, one: Day) -> DayTold:
    return DayTold(
        broker=str(one.broker),
        day=day_told(one.day),
        sides=str(one.sides),
        spot_volume=asset.format(one.spot_volume),
        contract_volume=asset.format(one.contract_volume),
        clients=one.clients,
        new_clients=one.new_clients,
        commission=asset.format(one.commission),
    )


@post("/invitations/look", needs=Needs.USER, status_code=200)
async def look(asked: Asking, data: JSONBody[Token]) -> OfferTold:
    """What an invitation offers, before it is accepted."""

    def find(connection: Any) -> OfferTold:
        found = sub_brokers.invited(connection, API, data.token, asked.desk.now_ns)
        told = (told_points(found.pool_e8), told_points(found.user_e8), found.note, str(found.expires_ns))
        return OfferTold(code_of(asked.desk, connection, found.parent), *told)

    return await asked.desk.read(find)


@post("/invitations/accept", needs=Needs.USER, fresh=True, status_code=200)
async def accept(asked: Asking, data: JSONBody[Joining]) -> SubBrokerTold:
    """Become a sub-broker under a code of one's own, for good, from the next hour on."""
    by_session(asked)

    def work(connection: Any) -> SubBrokerTold:
        applications.must_have_none_submitted(connection, asked.user)
        _must_be_free(connection, asked, data.code)
        found = branching.join(connection, ground(asked.desk), data.token, data.code, who(connection, asked))
        asked.log(connection, "become sub-broker", f"broker:{found.broker}", code=found.code, parent=found.parent)
        return sub_broker_told(connection, found)

    return await asked.desk.write_racing(work)


def _must_be_free(connection: Any, asked: Asked, code: str) -> None:
    codes.must_be_free(connection, asked.desk.settings.brokerage, asked.desk.venue, asked.user, code)


@put("/code", needs=Needs.USER, fresh=True, status_code=200)
async def choose_again(asked: Asking, data: JSONBody[Code]) -> SubBrokerTold:
    """Another code for a sub-broker whose first one the core has refused, as it became another's meanwhile."""
    by_session(asked)

    def work(connection: Any) -> SubBrokerTold:
        own = broker_of(connection, asked)
        _must_be_free(connection, asked, data.code)
        found = branching.choose_again(connection, ground(asked.desk), own, data.code)
        asked.log(connection, "choose code", f"broker:{own}", code=data.code)
        return sub_broker_told(connection, found)

    return await asked.desk.write_racing(work)


@get("/binding", needs=Needs.USER)
async def binding(asked: Asking) -> list[BindingTold]:
    """The code that this user has come by, newest first; the first may begin later."""

    def find(connection: Any) -> list[BindingTold]:
        found = sub_brokers.bindings_of(connection, API, asked.user)
        return [_binding_told(asked.desk, connection, one) for one in found]

    return await asked.desk.read(find)


@put("/binding", needs=Needs.USER, fresh=True, status_code=200)
async def bind(asked: Asking, data: JSONBody[Code]) -> BindingTold:
    """Come by a code, from the next hour on; or by another than until now, after a wait."""
    by_session(asked)

    def work(connection: Any) -> BindingTold:
        made = branching.bind(connection, ground(asked.desk), data.code, who(connection, asked))
        asked.log(connection, "bind to code", f"broker:{made.broker}", from_hour=made.from_hour)
        return _binding_told(asked.desk, connection, made)

    return await asked.desk.write_racing(work)


def _binding_told(desk: Desk, connection: Any, one: Binding) -> BindingTold:
    code = code_of(desk, connection, one.broker)
    return BindingTold(code, one.from_hour, told_hour(one.from_hour), str(one.made_ns))


ROUTES = [
    *(place, all_sub_brokers, invitations, invite, withdraw, give, remove, give_users, performance),
    *(look, accept, choose_again, binding, bind),
]
