"""The yes and no of accounts to brokers: written here, and read by whoever attributes or pays. Rules CN-1 to CN-12.

All of it is by the master's trading account: what a master says holds for its sub-accounts. Keys that are associated
with a broker are in the same tables as the consents, so a withdrawn yes and the keys that go with it are one
transaction; gateways know of it within a second, as they know of any key's change.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Row,
    Select,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from commonbook.broker.consenting import (
    PROGRAMS,
    TEXT_VERSION,
    Client,
    Consent,
    How,
    Refusal,
    earns_from_ns,
    is_own_person,
    person_of,
    refuses,
)
from commonbook.broker.sub_brokers import FIRST_NUMBER
from commonbook.clearing.model import AFFILIATE
from commonbook.errors import Declined
from commonbook.instrument.accounts import master_of
from commonbook.instrument.model import BrokerCode
from commonbook.instrument.venue import Venue
from commonbook.storage.database import BACK_OFFICE, among, insert_new, many, position
from commonbook.storage.schema import api_keys, key_brokers, positions, subaccounts
from commonbook.storage.tables.broker_clients import (
    broker_addresses,
    broker_consents,
    broker_forms,
    broker_refusals,
    suspended_brokers,
)
from commonbook.storage.tables.clearing import claim_schedules
from commonbook.storage.tables.program import sub_brokers
from commonbook.units import HOUR_NS

DAY_NS = 24 * HOUR_NS
SAID_A_DAY = 500  # that one account agrees, and as often it lifts a no: each stays for ever and is looked at with fills
STANDS = 0  # when a yes has ended, or a no was lifted, that has not


# -- brokers ------------------------------------------------------------------------------------------------------


def code_of(venue: Venue, code: str) -> BrokerCode:
    """A broker by its code, for whoever wants to become its client.

    Raises:
        Declined: `no_such_broker`; `broker_inactive`: nobody new may come to it now.
    """
    found = venue.broker_coded(code)
    if found is None:
        raise Declined("no_such_broker", f"there is no broker {code}")
    if not found.active:
        raise Declined("broker_inactive", f"the broker {code} is not active: no order may carry its code now")
    return found


def broker_of(venue: Venue, account: int) -> BrokerCode | None:
    """The broker whose commission is paid to this account; the first, where several are."""
    mine = [one for one in list(venue.codes.values()) if master_of(one.payout_account) == account]
    return min(mine, key=lambda one: (not one.active, one.id), default=None)


def addresses_of(connection: Connection, broker: int) -> tuple[str, ...]:
    """From where a broker's servers ask."""
    chosen = select(broker_addresses.c.address).where(broker_addresses.c.broker == broker)
    return tuple(sorted(connection.execute(chosen).scalars()))


def set_addresses(connection: Connection, broker: int, addresses: Iterable[str]) -> None:
    """From now on these alone: keys that the broker holds work from them within a second (BK-2)."""
    connection.execute(delete(broker_addresses).where(broker_addresses.c.broker == broker))
    for one in sorted(set(addresses)):
        connection.execute(insert(broker_addresses).values(broker=broker, address=one))


def set_form(connection: Connection, broker: int, non_disclosed: bool, subaccounts_most: int) -> None:
    """Whether a broker may keep sub-accounts for clients of its own, and how many (BK-5)."""
    values = {"non_disclosed": non_disclosed, "subaccounts_most": subaccounts_most}
    if not connection.execute(update(broker_forms).where(broker_forms.c.broker == broker).values(**values)).rowcount:
        connection.execute(insert(broker_forms).values(broker=broker, **values))


def subaccounts_most(connection: Connection, broker: int) -> int:
    """How many sub-accounts a broker may keep for clients of its own; 0: it is none that does."""
    row = connection.execute(select(broker_forms).where(broker_forms.c.broker == broker)).first()
    return 0 if row is None or not row.non_disclosed else int(row.subaccounts_most)


def suspend(connection: Connection, broker: int) -> None:
    """What a broker has of users, keys and tokens, has no force from within a second on (BE-12)."""
    insert_new(connection, suspended_brokers, {"broker": broker})


def resume(connection: Connection, broker: int) -> None:
    """It has force again, as far as it was not taken back meanwhile."""
    connection.execute(delete(suspended_brokers).where(suspended_brokers.c.broker == broker))


def is_suspended(connection: Connection, broker: int) -> bool:
    """Whether what a broker has of users has no force."""
    here = select(suspended_brokers.c.broker).where(suspended_brokers.c.broker == broker)
    return connection.execute(here).first() is not None


# -- yes ----------------------------------------------------------------------------------------------------------


def give(
    connection: Connection,
    venue: Venue,
    account: int,
    broker: int,
    how: How,
    now_ns: int,
    moving_hours: int,
    cap_e8: int = PROGRAMS,
    user: int = 0,
    text_version: str = TEXT_VERSION,
) -> Consent:
    """An account's yes to a broker, which takes the place of an earlier one to the same (CN-1, CN-3).

    Args:
        now_ns: engine time, as fills have it.
        moving_hours: how long a broker that takes over from another waits before it earns (CN-10).

    Raises:
        Declined: `self_referral`: it is the broker's own person; `broker_refused`: a no stands, which must be lifted
            first; `said_too_often` in a day.
    """
    behind = _behind_what_was_judged(connection)  # a lock: two at once come one after the other
    master = master_of(account)
    before = _stands(master, broker)
    replaced = connection.execute(
        update(broker_consents).where(before).values(ended_ns=now_ns, ended_behind=behind, was_replaced=True)
    ).rowcount
    if any(is_own_person(venue, one, master) for one in _lines(connection, [broker])[broker]):
        code = venue.codes[broker].code
        raise Declined("self_referral", f"{code} is your own: a broker earns nothing on its own person")
    if refuses(refusals_of(connection, master), broker, now_ns):
        raise Declined("broker_refused", "you refuse this broker: lift the refusal first")
    earlier = consents_of(connection, master)
    _must_not_say_often(one.given_ns for one in earlier if one.given_ns > now_ns - DAY_NS)
    same = [one for one in earlier if one.broker == broker]
    others = [one for one in earlier if one.broker != broker]
    # A new cap is no move: what has begun to earn goes on.
    earns_from = same[0].earns_from_ns if replaced else earns_from_ns(now_ns, others, moving_hours)
    row = {
        "account": master,
        "broker": broker,
        "user_id": user,
        "how": how.value,
        "text_version": text_version,
        "cap_e8": cap_e8,
        "given_ns": now_ns,
        "given_behind": behind,
        "earns_from_ns": earns_from,
        "ended_ns": STANDS,
        "ended_behind": 0,
        "was_replaced": False,
    }
    made = connection.execute(insert(broker_consents).values(**row)).inserted_primary_key
    return Consent(
        int(made[0]) if made is not None else 0,
        *(master, broker, user, how, text_version, cap_e8, now_ns, earns_from, STANDS, False, behind),
    )


def withdraw(connection: Connection, account: int, broker: int, now_ns: int) -> bool:
    """Take a yes back: keys that the broker holds are revoked, and no key is associated with it any more (CN-7).

    Returns:
        whether there was anything to take back.
    """
    behind = _behind_what_was_judged(connection)
    master = master_of(account)
    ending = update(broker_consents).where(_stands(master, broker)).values(ended_ns=now_ns, ended_behind=behind)
    ended = connection.execute(ending).rowcount
    mine = select(api_keys.c.api_key).where(_of_master(connection, master))
    here = and_(key_brokers.c.broker == broker, key_brokers.c.api_key.in_(mine))
    held = select(key_brokers.c.api_key).where(and_(here, key_brokers.c.held))
    theirs = api_keys.c.api_key.in_(held) & api_keys.c.revoked.is_(False)
    revoked = connection.execute(update(api_keys).where(theirs).values(revoked=True)).rowcount
    parted = connection.execute(delete(key_brokers).where(and_(here, key_brokers.c.held.is_(False)))).rowcount
    return bool(ended or revoked or parted)


def associate(connection: Connection, account: int, api_key: str, broker: int, held: bool) -> None:
    """An account's key is the broker's from now on: its code earns on orders under it (CN-5, BK-1).

    Args:
        held: the broker has the key: it works from the broker's addresses alone, and never withdraws (BK-2, BK-3).

    Raises:
        Declined: `no_such_key`; `key_held`: another broker has it, or this one, in whose hands it stays;
            `no_addresses`: the broker has named none.
    """
    mine = and_(_of_master(connection, master_of(account)), api_keys.c.revoked.is_(False))
    if connection.execute(select(api_keys.c.api_key).where(api_keys.c.api_key == api_key, mine)).first() is None:
        raise Declined("no_such_key", f"you have no key {api_key}")
    if held and not addresses_of(connection, broker):
        raise Declined("no_addresses", "the broker has named no address that it asks from, so it can hold no key")
    found = connection.execute(select(key_brokers).where(key_brokers.c.api_key == api_key)).all()
    if any(row.held and row.broker != broker for row in found) or (held and any(row.broker != broker for row in found)):
        raise Declined("key_held", f"the key {api_key} is another broker's: make a key of its own for each")
    if not held and any(row.held for row in found):
        raise Declined("key_held", f"the broker has the key {api_key}, and cannot give it back: revoke it instead")
    if any(row.broker == broker for row in found):
        this = and_(key_brokers.c.api_key == api_key, key_brokers.c.broker == broker)
        connection.execute(update(key_brokers).where(this).values(held=held))
        return
    connection.execute(insert(key_brokers).values(api_key=api_key, broker=broker, held=held))


def keys_with(connection: Connection, account: int, broker: int) -> list[tuple[str, bool]]:
    """Live keys of an account and its sub-accounts that are associated with a broker: each, and whether it is held."""
    chosen = select(key_brokers.c.api_key, key_brokers.c.held).join(
        api_keys, api_keys.c.api_key == key_brokers.c.api_key
    )
    chosen = chosen.where(key_brokers.c.broker == broker, api_keys.c.revoked.is_(False))
    chosen = chosen.where(_of_master(connection, master_of(account))).order_by(api_keys.c.credential)
    return [(row.api_key, row.held) for row in connection.execute(chosen)]


def is_associated(connection: Connection, api_key: str, broker: int) -> int | None:
    """The account of a live key that is associated with a broker; None for any other, whether it is there or not."""
    chosen = select(api_keys.c.account).join(key_brokers, key_brokers.c.api_key == api_keys.c.api_key)
    chosen = chosen.where(api_keys.c.api_key == api_key, key_brokers.c.broker == broker)
    found: int | None = connection.execute(chosen.where(api_keys.c.revoked.is_(False))).scalar()
    return found


def is_affiliated(connection: Connection, brand: int, account: int, time_ns: int) -> bool:
    """Whether an affiliate has a part of an account's fees at a time, so that the affiliated rate counts (B-5)."""
    agreed = (claim_schedules.c.brand == brand) & (claim_schedules.c.kind == AFFILIATE)
    agreed &= (claim_schedules.c.account == account) & (claim_schedules.c.effective_ns <= time_ns)
    chosen = select(claim_schedules.c.bound).where(agreed).order_by(claim_schedules.c.effective_ns.desc()).limit(1)
    return bool(connection.execute(chosen).scalar())


def consents_with(connection: Connection, broker: int) -> dict[int, list[Consent]]:
    """All that accounts have ever agreed with one broker, by account, newest first."""
    found: dict[int, list[Consent]] = {}
    chosen = select(broker_consents).where(broker_consents.c.broker == broker)
    for row in connection.execute(chosen.order_by(broker_consents.c.consent.desc())):
        found.setdefault(row.account, []).append(_consent(row))
    return found


def brokers_with_keys(connection: Connection, account: int) -> list[int]:
    """The brokers that live keys of an account and its sub-accounts are associated with."""
    chosen = select(key_brokers.c.broker).join(api_keys, api_keys.c.api_key == key_brokers.c.api_key)
    chosen = chosen.where(_of_master(connection, master_of(account)), api_keys.c.revoked.is_(False))
    return sorted(set(connection.execute(chosen).scalars()))


# -- no -----------------------------------------------------------------------------------------------------------


def refuse(connection: Connection, account: int, broker: int, user: int, now_ns: int) -> bool:
    """A standing no to a broker, or with 0 to all: no order of the account is theirs from within a second on (CN-6).

    Returns:
        whether it is new.
    """
    behind = _behind_what_was_judged(connection)
    master = master_of(account)
    this = and_(broker_refusals.c.account == master, broker_refusals.c.broker == broker)
    touched = update(broker_refusals).where(this, broker_refusals.c.lifted_ns == STANDS).values(lifted_ns=STANDS)
    if connection.execute(touched).rowcount:  # a write first: it locks, and says whether it stands already
        return False
    row = {
        "account": master,
        "broker": broker,
        "user_id": user,
        "refused_ns": now_ns,
        "refused_behind": behind,
        "lifted_ns": STANDS,
        "lifted_behind": 0,
    }
    connection.execute(insert(broker_refusals).values(**row))
    return True


def lift(connection: Connection, account: int, broker: int, now_ns: int) -> bool:
    """Take a no back; False when there is none.

    Raises:
        Declined: `said_too_often` in a day.
    """
    behind = _behind_what_was_judged(connection)
    _must_not_say_often(one.lifted_ns for one in refusals_of(connection, account) if one.lifted_ns > now_ns - DAY_NS)
    this = and_(broker_refusals.c.account == master_of(account), broker_refusals.c.broker == broker)
    lifted = (
        update(broker_refusals)
        .where(this, broker_refusals.c.lifted_ns == STANDS)
        .values(lifted_ns=now_ns, lifted_behind=behind)
    )
    return connection.execute(lifted).rowcount > 0


def _must_not_say_often(times: Iterable[int]) -> None:
    """To say no is never refused; but each further one needs a lift before it.

    Raises:
        Declined: `said_too_often`.
    """
    if len(list(times)) >= SAID_A_DAY:
        raise Declined("said_too_often", f"you have said so {SAID_A_DAY} times today: go on tomorrow")


# -- what was said ------------------------------------------------------------------------------------------------


def consents_of(connection: Connection, account: int) -> list[Consent]:
    """All that an account has ever said yes to, newest first."""
    chosen = select(broker_consents).where(broker_consents.c.account == master_of(account))
    return [_consent(row) for row in connection.execute(chosen.order_by(broker_consents.c.consent.desc()))]


def standing_consents(connection: Connection, account: int) -> list[Consent]:
    return [one for one in consents_of(connection, account) if one.ended_ns == STANDS]


def refusals_of(connection: Connection, account: int) -> list[Refusal]:
    """All that an account has ever said no to, newest first."""
    chosen = select(broker_refusals).where(broker_refusals.c.account == master_of(account))
    return [_refusal(row) for row in connection.execute(chosen.order_by(broker_refusals.c.refusal.desc()))]


def standing_refusals(connection: Connection, account: int) -> list[Refusal]:
    return [one for one in refusals_of(connection, account) if one.lifted_ns == STANDS]


def clients_to_judge(
    connection: Connection, venue: Venue, pairs: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], Client]:
    """`clients_of` for fills that are judged in this transaction: until its end nobody says anything new (CN-12).

    Whom nothing is known of is left out: of many clients in a batch few have said anything.
    """
    _hold(connection)
    wanted = set(pairs)
    known = _known(connection, wanted)
    masters = {*(master for master, _ in known.said), *known.refused}
    to_whom = _payees(venue, known.lines)
    payees = set().union(*to_whom.values())
    # Of most clients nothing is known, and they are nobody's payee: those are left out before anything is made of them.
    accounts = {account for account, _ in wanted}
    persons = {account: person for account in accounts if (person := person_of(venue, account)) in payees}
    if masters:
        persons |= {account: 0 for account in accounts if account not in persons and master_of(account) in masters}
    found = {
        (account, broker): _client(venue, known, account, broker)
        for account, broker in wanted
        if account in persons and (persons[account] in to_whom[broker] or master_of(account) in masters)
    }
    return {pair: client for pair, client in found.items() if client.has_said}


def _hold(connection: Connection) -> None:
    """Of those who judge and those who say something, let only one go on at a time, until its transaction ends."""
    mine = positions.c.name == BACK_OFFICE
    connection.execute(update(positions).where(mine).values(sequence=positions.c.sequence))


def _behind_what_was_judged(connection: Connection) -> int:
    """The newest sequence that was judged; what is said now counts for what comes behind it (CN-12)."""
    _hold(connection)
    return position(connection, BACK_OFFICE)


def clients_of(connection: Connection, venue: Venue, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Client]:
    """What is to be known of clients when their fills are judged (`consenting.judged`, `judging.judge`).

    Args:
        pairs: account and effective broker of each side; sub-accounts as they are.
    """
    wanted = set(pairs)
    known = _known(connection, wanted)
    return {pair: _client(venue, known, *pair) for pair in wanted}


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands in the tables of some accounts."""

    kept: Mapping[int, int]  # sub-account to the broker that keeps it
    said: Mapping[tuple[int, int], list[Consent]]  # by master and broker, newest first
    refused: Mapping[int, list[Refusal]]  # by master, newest first
    lines: Mapping[int, tuple[int, ...]]  # each broker with all above it


def _known(connection: Connection, wanted: AbstractSet[tuple[int, int]]) -> _Known:
    """
    Args:
        wanted: accounts, each with a broker.
    """
    numbers = sorted({account for account, _ in wanted})
    masters = sorted({master_of(account) for account in numbers})
    keeping, yes, no = _asking(connection.dialect)
    of_masters = {"accounts": many(connection, masters)}
    of_all = of_masters if numbers == masters else {"accounts": many(connection, numbers)}
    kept = {row.account: row.broker for row in connection.execute(keeping, of_all)}
    said: dict[tuple[int, int], list[Consent]] = {}
    refused: dict[int, list[Refusal]] = {}
    for row in connection.execute(yes, of_masters):
        said.setdefault((row.account, row.broker), []).append(_consent(row))
    for row in connection.execute(no, of_masters):
        refused.setdefault(row.account, []).append(_refusal(row))
    return _Known(kept, said, refused, _lines(connection, {broker for _, broker in wanted}))


@lru_cache
def _asking(dialect: Dialect) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Who is kept by a broker, and what was said, of many `accounts`: asked with each batch, and made once."""

    def mine(column: Column[int]) -> ColumnElement[bool]:
        return among(dialect, column, "accounts")

    subs, yes, no = subaccounts.c, broker_consents.c, broker_refusals.c
    return (
        select(subs.account, subs.broker).where(mine(subs.account), subs.broker != 0),
        select(broker_consents).where(mine(yes.account)).order_by(yes.consent.desc()),
        select(broker_refusals).where(mine(no.account)).order_by(no.refusal.desc()),
    )


def _lines(connection: Connection, brokers: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Each broker with all above it, who earn with it; whom a sub-broker comes under is for good (SB-2)."""
    parents: dict[int, int] = {}
    unknown = {broker for broker in brokers if broker >= FIRST_NUMBER}
    while unknown:
        mine = sub_brokers.c.number.in_([broker - FIRST_NUMBER for broker in unknown])
        rows = connection.execute(select(sub_brokers.c.number, sub_brokers.c.parent).where(mine)).all()
        parents |= {FIRST_NUMBER + int(row.number): int(row.parent) for row in rows}
        unknown = {row.parent for row in rows if row.parent >= FIRST_NUMBER} - parents.keys()
    found = {}
    for broker in brokers:
        line = [broker]
        while line[-1] in parents:
            line.append(parents[line[-1]])
        found[broker] = tuple(line)
    return found


def _client(venue: Venue, known: _Known, account: int, broker: int) -> Client:
    master, is_kept = master_of(account), known.kept.get(account) == broker
    noes = () if is_kept else tuple(one for one in known.refused.get(master, ()) if one.broker in (0, broker))
    is_own = any(is_own_person(venue, one, account, is_kept) for one in known.lines[broker])
    return Client(broker, is_own, noes, tuple(known.said.get((master, broker), ())))


def _payees(venue: Venue, lines: Mapping[int, tuple[int, ...]]) -> dict[int, AbstractSet[int]]:
    """To whom the commission of each broker and of those above it is paid."""
    person = {broker: _payee(venue, broker) for broker in {one for line in lines.values() for one in line}}
    return {broker: {person[one] for one in line} - {0} for broker, line in lines.items()}


def _payee(venue: Venue, broker: int) -> int:
    code = venue.codes.get(broker)
    return 0 if code is None else person_of(venue, code.payout_account)


def _stands(master: int, broker: int) -> ColumnElement[bool]:
    stands = broker_consents.c.ended_ns == STANDS
    return and_(broker_consents.c.account == master, broker_consents.c.broker == broker, stands)


def _of_master(connection: Connection, master: int) -> ColumnElement[bool]:
    """Keys of a master and of all its sub-accounts."""
    subs = list(connection.execute(select(subaccounts.c.account).where(subaccounts.c.master == master)).scalars())
    return or_(api_keys.c.account == master, api_keys.c.account.in_(subs))


def _refusal(row: Row[Any]) -> Refusal:
    return Refusal(
        *(row.refusal, row.account, row.broker, row.user_id, row.refused_ns, row.lifted_ns),
        row.refused_behind,
        row.lifted_behind,
    )


def _consent(row: Row[Any]) -> Consent:
    return Consent(
        row.consent,
        row.account,
        row.broker,
        row.user_id,
        How(row.how),
        row.text_version,
        row.cap_e8,
        row.given_ns,
        row.earns_from_ns,
        row.ended_ns,
        row.was_replaced,
        row.given_behind,
        row.ended_behind,
    )
