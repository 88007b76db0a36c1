"""What a broker and those it invites may do with the tree: join, give points, leave. Rules SB-1 to SB-8.

Each is one transaction that begins by holding the program's clock, so that of two changes at the same moment the second
sees the first, and begins with the next hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from commonbook.broker import fixed, schedules, sub_brokers, tiers
from commonbook.broker.agreed import hold
from commonbook.broker.sub_brokers import ACTIVE, WAITING, Binding, Invitation, SubBroker, Who
from commonbook.broker.tree import Node, Tree, tree_at
from commonbook.errors import Declined
from commonbook.instrument.venue import Venue
from commonbook.settings import BrokerSettings
from commonbook.units import RateE8


@dataclass(frozen=True, slots=True)
class Ground:
    """What every act needs."""

    program: str
    venue: Venue
    settings: BrokerSettings
    now_hour: int  # by engine time
    now_ns: int  # by the wall's clock, for what expires and for notes

    @property
    def is_shared(self) -> bool:
        return self.settings.shared_points == "together"


@dataclass(frozen=True, slots=True)
class Turn:
    """The tree in the hour that a change begins with."""

    hour: int
    tree: Tree


def turn(connection: Connection, ground: Ground) -> Turn:
    """Hold the clock, and see the tree as it will be in the next hour."""
    first = hold(connection, ground.program, ground.now_hour)
    nodes = sub_brokers.places(connection, ground.program)
    hour = sub_brokers.next_hour(nodes, first)
    return Turn(hour, sub_brokers.with_roots(tree_at(nodes, hour), ground.venue))


def highest_rate(connection: Connection, ground: Ground, root: int, hour: int) -> RateE8:
    """The highest rate of a root at its tier in an hour: what it has to give."""
    settings = fixed.versions(connection, ground.program, ground.settings)
    level = tiers.levels_of(connection, ground.program, settings).level(root, hour)
    return schedules.highest(schedules.versions(connection, ground.program), root, hour, level)


def must_fit(connection: Connection, ground: Ground, now: Turn, nodes: Sequence[Node]) -> None:
    """
    Raises:
        Declined: as `sub_brokers.must_have_room`.
    """
    tree = now.tree
    for node in nodes:
        root = sub_brokers.root_of(tree, node.parent or node.broker)
        rate = highest_rate(connection, ground, root, now.hour)
        sub_brokers.must_have_room(tree, node, rate, ground.is_shared)
        tree = Tree(dict(tree.nodes) | {node.broker: node})


def invite(
    connection: Connection, ground: Ground, parent: int, pool_e8: int, user_e8: int, note: str
) -> tuple[Invitation, str]:
    """SB-1; the token is told once.

    Raises:
        Declined: `too_many_sub_brokers`, `too_many_invitations`, and as `must_fit`.
    """
    now = turn(connection, ground)
    sub_brokers.must_have_a_place_left(connection, ground.program, parent, ground.settings.sub_brokers)
    _must_stand(connection, ground, parent)
    must_fit(connection, ground, now, [_newcomer(now, parent, pool_e8, user_e8)])
    open_s = ground.settings.invitation_s
    return sub_brokers.invite(connection, ground.program, parent, pool_e8, user_e8, note, ground.now_ns, open_s)


def join(connection: Connection, ground: Ground, token: str, code: str, who: Who) -> SubBroker:
    """SB-2: whoever has the token becomes a sub-broker from the next hour on.

    Raises:
        Declined: as `sub_brokers.invited` and `sub_brokers.accept`; as `invite`, for what has changed since.
    """
    now = turn(connection, ground)
    invitation = sub_brokers.invited(connection, ground.program, token, ground.now_ns)
    parent = invitation.parent
    sub_brokers.must_have_a_place_left(connection, ground.program, parent, ground.settings.sub_brokers)
    _must_stand(connection, ground, parent)
    must_fit(connection, ground, now, [_newcomer(now, parent, invitation.pool_e8, invitation.user_e8)])
    program, venue = ground.program, ground.venue
    return sub_brokers.accept(connection, venue, program, invitation, code, who, now.hour, ground.now_ns)


def choose_again(connection: Connection, ground: Ground, broker: int, code: str) -> SubBroker:
    """SB-9: another code for a sub-broker whose first one was refused.

    Raises:
        Declined: `no_such_sub_broker`, and as `sub_brokers.choose_again`.
    """
    now = turn(connection, ground)
    found = sub_brokers.find(connection, ground.program, broker)
    if found is None:
        raise Declined("no_such_sub_broker", f"broker {broker} is a broker of its own: its code is the host's to give")
    sub_brokers.choose_again(connection, ground.venue, ground.program, found, code, now.hour)
    return sub_brokers.find(connection, ground.program, broker) or found


def _newcomer(now: Turn, parent: int, pool_e8: int, user_e8: int) -> Node:
    """A place for somebody without a number yet."""
    return Node(-1, now.hour, parent, RateE8(pool_e8), RateE8(user_e8))


def _must_stand(connection: Connection, ground: Ground, broker: int) -> None:
    """
    Raises:
        Declined: `not_active`: who is removed, or whose code is off, brings nobody in.
    """
    own = sub_brokers.find(connection, ground.program, broker)
    is_off = own is None and not ground.venue.codes[broker].active
    if is_off or (own is not None and (own.removed_hour or own.state not in (WAITING, ACTIVE))):
        raise Declined("not_active", f"broker {broker} is not active")


def give(connection: Connection, ground: Ground, parent: int, broker: int, pool_e8: int, user: int) -> list[Node]:
    """SB-4 and SB-7: another pool for a sub-broker, from the next hour on; and what it cuts below.

    Raises:
        Declined: `no_such_sub_broker`, `removed_already`, `too_many_changes`, and as `must_fit`.
    """
    now = turn(connection, ground)
    sub_brokers.must_not_change_often(connection, ground.program, user, ground.now_ns)
    found = sub_brokers.child_of(connection, ground.program, parent, broker)
    if found.removed_hour:
        raise Declined("removed_already", f"sub-broker {broker} is removed")
    nodes = sub_brokers.with_pool(now.tree, broker, pool_e8, now.hour, ground.is_shared)
    # Below first: the pool must hold what is left of what it was given on.
    must_fit(connection, ground, now, list(reversed(nodes)))
    for node in nodes:
        sub_brokers.put(connection, ground.program, node, user, ground.now_ns)
    return nodes


def give_users(connection: Connection, ground: Ground, broker: int, user_e8: int, user: int) -> Node:
    """SB-5: what the users of a broker's own code get back, from the next hour on.

    Raises:
        Declined: `removed_already`, `too_many_changes`, and as `must_fit`.
    """
    now = turn(connection, ground)
    sub_brokers.must_not_change_often(connection, ground.program, user, ground.now_ns)
    own = sub_brokers.find(connection, ground.program, broker)
    if own is not None and own.removed_hour:
        raise Declined("removed_already", f"sub-broker {broker} is removed")
    place = now.tree.nodes[broker]
    node = Node(broker, now.hour, place.parent, place.pool_e8, RateE8(user_e8))
    must_fit(connection, ground, now, [node])
    sub_brokers.put(connection, ground.program, node, user, ground.now_ns)
    return node


def remove(connection: Connection, ground: Ground, parent: int, broker: int, user: int) -> tuple[int, list[int]]:
    """SB-8: from which hour on, and who.

    Raises:
        Declined: `no_such_sub_broker`, `removed_already`.
    """
    now = turn(connection, ground)
    sub_brokers.child_of(connection, ground.program, parent, broker)
    gone = sub_brokers.remove(connection, ground.program, now.tree, broker, now.hour, user, ground.now_ns)
    return now.hour, gone


def bind(connection: Connection, ground: Ground, code: str, who: Who) -> Binding:
    """SB-10 and SB-11.

    Raises:
        Declined: as `sub_brokers.bind`.
    """
    first = hold(connection, ground.program, ground.now_hour)
    wait = ground.settings.binding_wait_hours
    return sub_brokers.bind(connection, ground.venue, ground.program, who, code, first, wait, ground.now_ns)
