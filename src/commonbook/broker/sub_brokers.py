"""The tree of brokers as it is kept: who brought in whom, with which points, from which hour. Rules SB-1 to SB-12.

What a place means for a fill is `tree`'s. Here a place is only ever added, for an hour that has not begun; the code of
a sub-broker is switched on and off by sequenced commands when its hour comes, by the one process that sends.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, or_, select, update

from commonbook.broker.rates import percent
from commonbook.broker.tree import Node, Tree, must_fit
from commonbook.errors import Declined
from commonbook.instrument.venue import Venue
from commonbook.records import Batch, CommandKind, Records, Refusal, commands, refusal_of
from commonbook.storage.database import upsert_many
from commonbook.storage.tables.program import (
    broker_bindings,
    broker_days,
    broker_places,
    sub_broker_invitations,
    sub_broker_limits,
    sub_brokers,
)
from commonbook.units import HOUR_NS, RateE8

FIRST_NUMBER = 1 << 20  # sub-brokers count from here; those below were given their number by the host
WAITING, ACTIVE, REMOVED, REFUSED = "waiting", "active", "removed", "refused"
OPEN, ACCEPTED, WITHDRAWN = "open", "accepted", "withdrawn"
CODE_CHARACTERS = 16
NOTE_CHARACTERS = 200
INVITATIONS_A_DAY = 100  # of one broker, and so many are listed
PLACES_A_DAY = 1_000  # that one user changes: they are kept for ever, and read whenever an hour begins
Submit = Callable[[Records], Batch]


# -- places -----------------------------------------------------------------------------------------------------------


def places(connection: Connection, program: str) -> tuple[Node, ...]:
    """All there have been and will be; of two for one hour the later holds."""
    chosen = select(broker_places).where(broker_places.c.program == program).order_by(broker_places.c.place)
    return tuple(_node(row) for row in connection.execute(chosen))


def places_of(connection: Connection, program: str, broker: int) -> list[Node]:
    """A broker's, by the hours from which they are: what was in force stays to be asked for (B-27)."""
    return sorted((one for one in places(connection, program) if one.broker == broker), key=lambda one: one.from_hour)


def _node(row: Row[Any]) -> Node:
    return Node(row.broker, row.from_hour, row.parent, RateE8(row.pool_e8), RateE8(row.user_e8))


def with_roots(tree: Tree, venue: Venue) -> Tree:
    """The tree with every code that is in none: a root without users' points."""
    nodes = dict(tree.nodes)
    for broker in list(venue.codes):
        nodes.setdefault(broker, Node(broker, 0, 0, RateE8(0), RateE8(0)))
    return Tree(nodes)


def root_of(tree: Tree, broker: int) -> int:
    return tree.path(broker).root


def below(tree: Tree, broker: int) -> list[int]:
    """Everybody under a broker, each before those under it."""
    found: list[int] = []
    for child in tree.children(broker):
        found += [child.broker, *below(tree, child.broker)]
    return found


def must_have_room(tree: Tree, node: Node, rate_e8: RateE8, is_shared: bool) -> None:
    """SB-4: what a place may be, with that of everybody around it.

    Args:
        tree: as it is in the hour, with roots.
        rate_e8: the highest rate of the root.
        is_shared: the pools of a broker's sub-brokers must fit into its own together; else each.

    Raises:
        Declined: as `tree.must_fit`; `more_than_the_pool` for what the others have left.
    """
    must_fit(tree, node, rate_e8)
    if not is_shared:
        return
    after = Tree(dict(tree.nodes) | {node.broker: node})
    for broker in (node.parent, node.broker):
        if broker:
            place = after.nodes[broker]
            pool = place.pool_e8 if place.parent else rate_e8
            given = sum(child.pool_e8 for child in after.children(broker))
            if given > pool:
                raise Declined(
                    "more_than_the_pool",
                    f"the sub-brokers of broker {broker} would have {percent(given)} together, of {percent(pool)}",
                    pool=percent(pool),
                    given=percent(given),
                )


def put(connection: Connection, program: str, node: Node, user: int, now_ns: int) -> None:
    """A place from its hour on; in a transaction that holds the program's clock."""
    row = {
        "program": program,
        "broker": node.broker,
        "from_hour": node.from_hour,
        "parent": node.parent,
        "pool_e8": node.pool_e8,
        "user_e8": node.user_e8,
        "made_by": user,
        "made_ns": now_ns,
    }
    connection.execute(insert(broker_places).values(**row))


def must_not_change_often(connection: Connection, program: str, user: int, now_ns: int) -> None:
    """
    Raises:
        Declined: `too_many_changes` in a day.
    """
    mine = (broker_places.c.program == program) & (broker_places.c.made_by == user)
    mine &= broker_places.c.made_ns > now_ns - 24 * HOUR_NS
    if connection.execute(select(func.count()).where(mine)).scalar_one() >= PLACES_A_DAY:
        raise Declined("too_many_changes", f"{PLACES_A_DAY:,} changes in a day are the most: go on tomorrow")


def next_hour(nodes: Sequence[Node], first: int) -> int:
    """SB-6: the hour that a change begins with: the first that may be agreed for, and none before another change."""
    return max([first, *(one.from_hour for one in nodes)])


def with_pool(tree: Tree, broker: int, pool_e8: int, hour: int, is_shared: bool) -> list[Node]:
    """SB-7: a sub-broker's place with another pool, and those below it that must become smaller with it.

    What it has given on and is more than the new pool is cut to it: its users' points to the pool, and the pools of its
    sub-brokers, where they must fit together, each in proportion, rounded down; likewise below them.
    """
    place = tree.nodes[broker]
    found = [Node(broker, hour, place.parent, RateE8(pool_e8), RateE8(min(place.user_e8, pool_e8)))]
    children = tree.children(broker)
    given = sum(child.pool_e8 for child in children)
    for child in children:
        least = min(int(child.pool_e8), pool_e8)
        if is_shared and given > pool_e8:
            least = child.pool_e8 * pool_e8 // given
        if least < child.pool_e8:
            found += with_pool(tree, child.broker, least, hour, is_shared)
    return found


# -- sub-brokers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SubBroker:
    broker: int
    parent: int
    code: str
    user: int
    account: int
    state: str
    from_hour: int
    removed_hour: int
    why: str


def _sub_broker(row: Row[Any]) -> SubBroker:
    return SubBroker(
        broker=FIRST_NUMBER + int(row.number),
        parent=row.parent,
        code=row.code,
        user=row.user_id,
        account=row.account,
        state=row.state,
        from_hour=row.from_hour,
        removed_hour=row.removed_hour,
        why=row.why,
    )


def find(connection: Connection, program: str, broker: int) -> SubBroker | None:
    mine = (sub_brokers.c.program == program) & (sub_brokers.c.number == broker - FIRST_NUMBER)
    row = connection.execute(select(sub_brokers).where(mine)).first()
    return None if row is None else _sub_broker(row)


def children_of(connection: Connection, program: str, parent: int) -> list[SubBroker]:
    """In the order in which they came; those that are removed as well."""
    mine = (sub_brokers.c.program == program) & (sub_brokers.c.parent == parent)
    rows = connection.execute(select(sub_brokers).where(mine).order_by(sub_brokers.c.number))
    return [_sub_broker(row) for row in rows]


def child_of(connection: Connection, program: str, parent: int, broker: int) -> SubBroker:
    """Another's is as one that is not there.

    Raises:
        Declined: `no_such_sub_broker`.
    """
    found = find(connection, program, broker)
    if found is None or found.parent != parent:
        raise Declined("no_such_sub_broker", f"there is no sub-broker {broker} of yours")
    return found


def has_code(connection: Connection, code: str) -> bool:
    """Whether a sub-broker has a code or waits for it, whatever the case of its letters."""
    same = func.lower(sub_brokers.c.code) == code.lower()
    return connection.execute(select(sub_brokers.c.number).where(same)).first() is not None


def of_account(connection: Connection, program: str, account: int) -> SubBroker | None:
    """Whoever is paid to an account."""
    mine = (sub_brokers.c.program == program) & (sub_brokers.c.account == account)
    row = connection.execute(select(sub_brokers).where(mine)).first()
    return None if row is None else _sub_broker(row)


def limit_of(connection: Connection, program: str, broker: int, usual: int) -> int:
    """How many sub-brokers a broker may have at a time (SB-3)."""
    mine = (sub_broker_limits.c.program == program) & (sub_broker_limits.c.broker == broker)
    found = connection.execute(select(sub_broker_limits.c.most).where(mine)).scalar()
    return usual if found is None else int(found)


def set_limit(connection: Connection, program: str, broker: int, most: int, approval: int) -> None:
    row = {"program": program, "broker": broker, "most": most, "approval": approval}
    upsert_many(connection, sub_broker_limits, [row])


def must_have_a_place_left(connection: Connection, program: str, parent: int, usual: int) -> None:
    """
    Raises:
        Declined: `too_many_sub_brokers`.
    """
    most = limit_of(connection, program, parent, usual)
    have = sum(one.state in (WAITING, ACTIVE) for one in children_of(connection, program, parent))
    if have >= most:
        text = f"broker {parent} has {have} sub-brokers, and may have {most}: ask the host for more"
        raise Declined("too_many_sub_brokers", text, most=most)


# -- invitations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Invitation:
    id: int
    parent: int
    pool_e8: RateE8
    user_e8: RateE8
    note: str
    made_ns: int
    expires_ns: int
    state: str
    accepted_by: int


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=row.invitation,
        parent=row.parent,
        pool_e8=RateE8(row.pool_e8),
        user_e8=RateE8(row.user_e8),
        note=row.note,
        made_ns=row.made_ns,
        expires_ns=row.expires_ns,
        state=row.state,
        accepted_by=row.accepted_by,
    )


def invite(
    connection: Connection, program: str, parent: int, pool_e8: int, user_e8: int, note: str, now_ns: int, open_s: int
) -> tuple[Invitation, str]:
    """SB-1: an offer to whoever holds its token, which is told once and kept as a hash.

    Raises:
        Declined: `bad_note`; `too_many_invitations` in a day.
    """
    lately = (sub_broker_invitations.c.program == program) & (sub_broker_invitations.c.parent == parent)
    lately &= sub_broker_invitations.c.made_ns > now_ns - 24 * HOUR_NS
    if connection.execute(select(func.count()).where(lately)).scalar_one() >= INVITATIONS_A_DAY:
        text = f"{INVITATIONS_A_DAY} invitations in a day are the most: go on tomorrow"
        raise Declined("too_many_invitations", text, most=INVITATIONS_A_DAY)
    if len(note) > NOTE_CHARACTERS:
        raise Declined("bad_note", f"a note of {len(note)} characters is longer than {NOTE_CHARACTERS}")
    token = secrets.token_urlsafe(24)
    row = {
        "program": program,
        "parent": parent,
        "token_hash": _hashed(token),
        "pool_e8": pool_e8,
        "user_e8": user_e8,
        "note": note,
        "made_ns": now_ns,
        "expires_ns": now_ns + open_s * 10**9,
        "state": OPEN,
        "accepted_by": 0,
    }
    made = connection.execute(insert(sub_broker_invitations).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    chosen = select(sub_broker_invitations).where(sub_broker_invitations.c.invitation == number)
    return _invitation(connection.execute(chosen).one()), token


def invitations_of(connection: Connection, program: str, parent: int) -> list[Invitation]:
    """The newest first; no more than are made in a day."""
    table = sub_broker_invitations.c
    chosen = select(sub_broker_invitations).where((table.program == program) & (table.parent == parent))
    newest = chosen.order_by(table.invitation.desc()).limit(INVITATIONS_A_DAY)
    return [_invitation(row) for row in connection.execute(newest)]


def withdraw(connection: Connection, program: str, parent: int, number: int) -> None:
    """
    Raises:
        Declined: `no_such_invitation`, also of another's and of one that is not open.
    """
    table = sub_broker_invitations.c
    mine = (table.program == program) & (table.parent == parent) & (table.invitation == number) & (table.state == OPEN)
    if connection.execute(update(sub_broker_invitations).where(mine).values(state=WITHDRAWN)).rowcount != 1:
        raise Declined("no_such_invitation", f"there is no open invitation {number} of yours")


def invited(connection: Connection, program: str, token: str, now_ns: int) -> Invitation:
    """
    Raises:
        Declined: `no_such_invitation`: of a token that is none, used, withdrawn or too old.
    """
    table = sub_broker_invitations.c
    mine = (table.program == program) & (table.token_hash == _hashed(token)) & (table.state == OPEN)
    row = connection.execute(select(sub_broker_invitations).where(mine)).first()
    if row is None or row.expires_ns <= now_ns:
        raise Declined("no_such_invitation", "there is no such invitation, or no longer: ask the broker for another")
    return _invitation(row)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Who:
    """Who accepts: an ordinary user with a trading account."""

    user: int
    person: int
    account: int


def accept(
    connection: Connection,
    venue: Venue,
    program: str,
    invitation: Invitation,
    code: str,
    who: Who,
    hour: int,
    now_ns: int,
) -> SubBroker:
    """SB-2: the user becomes a sub-broker from an hour on; in a transaction that holds the program's clock.

    Raises:
        Declined: `bad_code`, `code_taken`, `no_account`, `broker_already`, `bound_elsewhere`.
    """
    _must_be_free(connection, venue, program, code)
    _must_be_nobodys(connection, venue, program, who)
    values = {
        "program": program,
        "parent": invitation.parent,
        "code": code,
        "user_id": who.user,
        "person": who.person,
        "account": who.account,
        "state": WAITING,
        "from_hour": hour,
        "removed_hour": 0,
        "why": "",
        "made_ns": now_ns,
    }
    made = connection.execute(insert(sub_brokers).values(**values)).inserted_primary_key
    broker = FIRST_NUMBER + (int(made[0]) if made is not None else 0)
    table = sub_broker_invitations.c
    used = update(sub_broker_invitations).where((table.invitation == invitation.id) & (table.state == OPEN))
    if connection.execute(used.values(state=ACCEPTED, accepted_by=broker)).rowcount != 1:
        raise Declined("no_such_invitation", "the invitation was used meanwhile")
    node = Node(broker, hour, invitation.parent, invitation.pool_e8, invitation.user_e8)
    put(connection, program, node, who.user, now_ns)
    return SubBroker(broker, invitation.parent, code, who.user, who.account, WAITING, hour, 0, "")


def choose_again(connection: Connection, venue: Venue, program: str, one: SubBroker, code: str, hour: int) -> None:
    """SB-9: another code where the core has refused the first, from an hour on; in a transaction that holds the clock.

    Raises:
        Declined: `code_stands`: the code is not refused; `bad_code`, `code_taken`.
    """
    _must_be_free(connection, venue, program, code)
    mine = (sub_brokers.c.number == one.broker - FIRST_NUMBER) & (sub_brokers.c.state == REFUSED)
    mine &= sub_brokers.c.removed_hour == 0
    again = {"code": code, "state": WAITING, "why": "", "from_hour": hour}
    if connection.execute(update(sub_brokers).where(mine).values(**again)).rowcount != 1:
        raise Declined("code_stands", f"code {one.code} stands: only one that was refused is replaced")


def _must_be_free(connection: Connection, venue: Venue, program: str, code: str) -> None:
    if not (code.isascii() and code.isalnum() and len(code) <= CODE_CHARACTERS):
        raise Declined("bad_code", f"code {code[:32]!r} is not 1 to {CODE_CHARACTERS} letters and digits")
    is_taken = select(sub_brokers.c.number).where(sub_brokers.c.code == code)
    if venue.broker_coded(code) is not None or connection.execute(is_taken).first() is not None:
        raise Declined("code_taken", f"code {code} is another's: choose another one")


def _must_be_nobodys(connection: Connection, venue: Venue, program: str, who: Who) -> None:
    if not who.account:
        raise Declined("no_account", "a sub-broker is paid to a trading account: open one first")
    mine = (sub_brokers.c.program == program) & (sub_brokers.c.person == who.person)
    row = connection.execute(select(sub_brokers.c.parent).where(mine)).first()
    if row is not None:
        raise Declined("bound_elsewhere", f"you are, or were, a sub-broker of broker {row.parent}: that is for good")
    paid = {venue.accounts[one.payout_account].person for one in list(venue.codes.values())}
    if who.person in paid:
        raise Declined("broker_already", "who is a broker cannot come under another one")


def remove(
    connection: Connection, program: str, tree: Tree, broker: int, hour: int, user: int, now_ns: int
) -> list[int]:
    """SB-8: a sub-broker and all below it earn nothing from an hour on; in a transaction that holds the clock.

    Args:
        tree: as it is in the hour.

    Returns:
        who is removed.

    Raises:
        Declined: `removed_already`.
    """
    gone = []
    for one in [broker, *below(tree, broker)]:
        mine = (sub_brokers.c.program == program) & (sub_brokers.c.number == one - FIRST_NUMBER)
        mine &= sub_brokers.c.removed_hour == 0
        if connection.execute(update(sub_brokers).where(mine).values(removed_hour=hour)).rowcount == 1:
            place = tree.nodes[one]
            put(connection, program, Node(one, hour, place.parent, RateE8(0), RateE8(0)), user, now_ns)
            gone.append(one)
    if broker not in gone:
        raise Declined("removed_already", f"sub-broker {broker} is removed already")
    return gone


# -- codes, by command ------------------------------------------------------------------------------------------------


def switch_codes(database: Engine, venue: Venue, program: str, hour: int, submit: Submit) -> bool:
    """SB-9: switch on the codes whose hour has begun, and off those that are removed. Safe to repeat.

    Returns:
        whether anything was sent.
    """
    with database.connect() as connection:
        due = _due(connection, program, hour)
    sent = False
    for row in due:
        one, wanted = _sub_broker(row), not (row.removed_hour and row.removed_hour <= hour)
        known = venue.codes.get(one.broker)
        refusal = None
        if (known is not None and known.active) != wanted:
            batch = submit(_code_command(one, wanted))
            refusal, sent = refusal_of(batch.events), True
        with database.begin() as connection:
            _mark(connection, one, refusal, wanted)
    return sent


def _due(connection: Connection, program: str, hour: int) -> list[Row[Any]]:
    table = sub_brokers.c
    mine = table.program == program
    begins = (table.state == WAITING) & (table.from_hour <= hour)
    ends = (table.state == ACTIVE) & (table.removed_hour != 0) & (table.removed_hour <= hour)
    chosen = select(sub_brokers).where(mine & or_(begins, ends))
    return list(connection.execute(chosen.order_by(table.number)))


def _code_command(one: SubBroker, active: bool) -> Records:
    record = commands(CommandKind.BROKER_CODE)
    record["broker"], record["active"], record["payout_account"] = one.broker, active, one.account
    record["code"] = one.code.encode()
    return record


def _mark(connection: Connection, one: SubBroker, refusal: Refusal | None, wanted: bool) -> None:
    state = REFUSED if refusal is not None else ACTIVE if wanted else REMOVED
    values: Mapping[str, str] = {"state": state, "why": "" if refusal is None else refusal.name.lower()}
    mine = (sub_brokers.c.number == one.broker - FIRST_NUMBER) & (sub_brokers.c.state == one.state)
    connection.execute(update(sub_brokers).where(mine).values(**values))


# -- users bound to a code --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Binding:
    """Which code a user has come by, from an hour on."""

    broker: int
    from_hour: int
    made_ns: int


def bindings_of(connection: Connection, program: str, user: int) -> list[Binding]:
    """Newest first; the first may begin later."""
    table = broker_bindings.c
    chosen = select(broker_bindings).where((table.program == program) & (table.user_id == user))
    rows = connection.execute(chosen.order_by(table.from_hour.desc(), table.binding.desc()))
    return [Binding(row.broker, row.from_hour, row.made_ns) for row in rows]


def bound_to(connection: Connection, program: str, user: int, hour: int) -> Binding | None:
    """Whom a user is bound to in an hour."""
    return next((one for one in bindings_of(connection, program, user) if one.from_hour <= hour), None)


def bind(
    connection: Connection,
    venue: Venue,
    program: str,
    who: Who,
    code: str,
    first_hour: int,
    wait_hours: int,
    now_ns: int,
) -> Binding:
    """SB-10 and SB-11: a user comes by a code, or by another one; in a transaction that holds the program's clock.

    Args:
        first_hour: the first that may be agreed for.
        wait_hours: what a user who is bound already waits for beyond it.

    Raises:
        Declined: `no_such_code`, `own_code`, `bound_already`, `binding_waits`.
    """
    found = venue.broker_coded(code)
    if found is None or not found.active:
        raise Declined("no_such_code", f"there is no code {code[:16]!r}")
    if venue.accounts[found.payout_account].person == who.person:
        raise Declined("own_code", "nobody is bound to a code of their own")
    before = bindings_of(connection, program, who.user)
    if before and before[0].broker == found.id:
        raise Declined("bound_already", f"you are bound to code {code} from hour {before[0].from_hour} on")
    if before and before[0].from_hour >= first_hour:
        raise Declined("binding_waits", f"a change from hour {before[0].from_hour} on waits already")
    hour = first_hour + (wait_hours if before else 0)
    row = {"program": program, "user_id": who.user, "broker": found.id, "from_hour": hour, "made_ns": now_ns}
    connection.execute(insert(broker_bindings).values(**row))
    return Binding(found.id, hour, now_ns)


def bound_users(connection: Connection, program: str, broker: int, hour: int) -> int:
    """How many users are bound to a broker's code in an hour."""
    table = broker_bindings.c
    mine = (table.program == program) & (table.from_hour <= hour)
    users = set(connection.execute(select(table.user_id).where(mine & (table.broker == broker))).scalars())
    newest: dict[int, int] = {}
    for row in connection.execute(select(broker_bindings).where(mine).order_by(table.from_hour, table.binding)):
        if row.user_id in users:
            newest[row.user_id] = row.broker
    return sum(one == broker for one in newest.values())


# -- performance ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """What came by a code on a day, and what its broker has of everything."""

    broker: int
    day: int
    sides: int
    spot_volume: int
    contract_volume: int
    clients: int
    new_clients: int
    commission: int


def days_of(connection: Connection, program: str, brokers: Sequence[int], first: int, last: int) -> list[Day]:
    """Counted days, both ends included, by broker and day."""
    table = broker_days.c
    chosen = select(broker_days).where((table.program == program) & table.day.between(first, last))
    rows = connection.execute(chosen.where(table.broker.in_(brokers)).order_by(table.broker, table.day))
    names = ("broker", "day", "sides", "spot_volume", "contract_volume", "clients", "new_clients", "commission")
    return [Day(**{name: getattr(row, name) for name in names}) for row in rows]


def newest_counted(connection: Connection, program: str) -> int | None:
    return connection.execute(select(func.max(broker_days.c.day)).where(broker_days.c.program == program)).scalar()
