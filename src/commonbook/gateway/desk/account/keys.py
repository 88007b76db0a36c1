"""A user's API keys. Rule PE-11."""

import time
from typing import Any

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection

from commonbook.broker import consents
from commonbook.broker.consenting import How, cap_of, must_know_text
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.account.brokers import engine_ns
from commonbook.gateway.desk.account.parts import by_session, moment, paper, plain
from commonbook.gateway.desk.account.recovery import Done
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.okx_v5.door import Door
from commonbook.identity.addresses import usual
from commonbook.identity.associations import NOT_FOR_BROKERS
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.service import create_key, is_good_passphrase
from commonbook.instrument.model import BrokerCode
from commonbook.people import directory, keys
from commonbook.people.directory import User
from commonbook.people.keys import UsersKey
from commonbook.people.telling import tell

LABEL_CHARACTERS = 50


class ForBroker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key is a broker's, whose code earns on its orders: a yes to that broker, as at /brokers/{code}/consent."""

    code: str
    text_version: str
    cap: str = ""  # the highest part of a fee that it may earn, in per cent; "": what its program pays
    held: bool | None = None  # the broker has it: it works from the broker's addresses alone; absent: if it has any


class NewKeyAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    label: str
    passphrase: str  # 8 to 32 characters: a digit, both cases and another one
    permissions: list[Permission]
    ip_list: list[str] = []  # addresses it works from; any when empty
    simulated: bool = False  # for the simulated venue, with test funds
    broker: ForBroker | None = None


class KeyMade(msgspec.Struct, frozen=True):
    """The secret is told once, here."""

    api_key: str
    api_secret: str


class KeyTold(msgspec.Struct, frozen=True):
    api_key: str
    label: str
    permissions: list[Permission]
    ip_list: list[str]
    created_ns: str
    used_ns: str  # "" for never
    brokers: list[str]  # whose codes earn on its orders, unless you refuse them
    held_by: str  # the broker that has it; "": you
    lapses_ns: str  # "" for never
    simulated: bool


class KeyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is absent stays."""

    label: str | None = None
    permissions: list[Permission] | None = None
    ip_list: list[str] | None = None


@get("/keys", needs=Needs.USER)
async def all_keys(asked: Asking, simulated: FromQuery[bool] = False) -> list[KeyTold]:
    """Keys that work, newest first: those of the live venue, or of the simulated one."""
    door, user = asked.desk.door_of(simulated), await _user(asked)
    return await door.read(lambda connection: [_told(one, door, simulated) for one in _of(connection, user)])


@post("/keys", needs=Needs.USER, fresh=True, status_code=201)
async def create(asked: Asking, data: JSONBody[NewKeyAsked]) -> KeyMade:
    """Make a key. One that trades or withdraws from any address lapses when it is not used for two weeks.

    What is done is in the log before the secret is told: a key that was cut off there is of no use to anybody.
    """
    by_session(asked)
    desk, label, door = asked.desk, _label(data.label), asked.desk.door_of(data.simulated)
    permissions, addresses = _permissions(asked, data.permissions, data.simulated), _addresses(asked, data.ip_list)
    if not is_good_passphrase(data.passphrase):
        raise BadInput("passphrase: 8 to 32 characters, among them a digit, either case and another one")

    user = await desk.read(lambda connection: _must_may(connection, asked, permissions))
    asked_for = data.broker
    broker = None if asked_for is None else consents.code_of(door.venue, plain(asked_for.code, "broker"))
    cap_e8 = 0 if asked_for is None else cap_of(asked_for.cap)
    if asked_for is not None:
        must_know_text(asked_for.text_version)

    def make(connection: Connection) -> NewKey:
        held = False
        if asked_for is not None and broker is not None:
            consents.give(
                *(connection, door.venue, user.account, broker.id, How.KEY, engine_ns(door)),
                *(door.broker.moving_hours, cap_e8, user.id, asked_for.text_version),
            )
            held = _is_held(connection, asked_for, broker, permissions)
        if len(_of(connection, user)) >= desk.settings.gateway.keys:
            most = desk.settings.gateway.keys
            raise Declined("too_many_keys", f"a user has {most} keys at the most: revoke one first", most=most)
        return create_key(
            connection,
            door.authenticator.seal if data.simulated else desk.seal,
            user.account,
            user.brand,
            permissions,
            label,
            addresses,
            frozenset() if broker is None else frozenset({broker.id}),
            passphrase=data.passphrase,
            user=user.id,
            held=held,
        )

    made = await desk.write_racing(make, door)

    def tell_of_it(connection: Connection) -> None:
        _tell(connection, asked, "key-made", label, permissions)
        told: dict[str, Any] = {"simulated": True} if data.simulated else {}
        if asked_for is not None:
            told |= {"broker": asked_for.code, "cap": asked_for.cap, "text_version": asked_for.text_version}
        asked.log(connection, "make key", f"key:{made.api_key}", permissions=sorted(permissions), **told)

    await desk.write(tell_of_it)
    return KeyMade(made.api_key, made.api_secret)


@patch("/keys/{api_key:str}", needs=Needs.USER, fresh=True, status_code=200)
async def change(
    asked: Asking, api_key: FromPath[str], data: JSONBody[KeyChange], simulated: FromQuery[bool] = False
) -> KeyTold:
    """In force within a second."""
    by_session(asked)
    plain(api_key, "key")
    door = asked.desk.door_of(simulated)
    label = None if data.label is None else _label(data.label)
    permissions = None if data.permissions is None else _permissions(asked, data.permissions, simulated)
    addresses = None if data.ip_list is None else _addresses(asked, data.ip_list)
    user = await asked.desk.read(lambda connection: _must_may(connection, asked, permissions or frozenset()))

    def alter(connection: Connection) -> UsersKey:
        if not keys.change(connection, user, api_key, label, permissions, addresses):
            raise Declined("no_such_key", f"you have no key {api_key}")
        found = next((one for one in _of(connection, user) if one.api_key == api_key), None)
        if found is None:
            raise Declined("no_such_key", f"the key {api_key} has lapsed: make a new one")
        if found.holder and (permissions or frozenset()) & NOT_FOR_BROKERS:
            raise _not_for_brokers(permissions or frozenset())
        return found

    def tell_of_it(connection: Connection) -> None:
        _tell(connection, asked, "key-changed", found.label, found.permissions)
        asked.log(connection, "change key", f"key:{api_key}", permissions=sorted(found.permissions))

    found = await door.write(alter)
    await asked.desk.write(tell_of_it)
    return _told(found, door, simulated)


@delete("/keys/{api_key:str}", needs=Needs.USER, status_code=200)
async def revoke(asked: Asking, api_key: FromPath[str], simulated: FromQuery[bool] = False) -> Done:
    """For ever; refused everywhere within a second."""
    plain(api_key, "key")
    door, user = asked.desk.door_of(simulated), await _user(asked)

    def take_back(connection: Connection) -> UsersKey:
        found = next((one for one in _of(connection, user) if one.api_key == api_key), None)
        if found is None or not keys.change(connection, user, api_key, revoked=True):
            raise Declined("no_such_key", f"you have no key {api_key}")
        return found

    def tell_of_it(connection: Connection) -> None:
        head = paper(asked, user.brand)
        tell(connection, asked.desk.seal, head, user.id, "key-revoked", label=found.label, time=moment())
        asked.log(connection, "revoke key", f"key:{api_key}")

    found = await door.write(take_back)
    await asked.desk.write(tell_of_it)
    return Done()


async def _user(asked: Asked) -> User:
    return await asked.desk.read(lambda connection: directory.find(connection, asked.user))


def _of(connection: Connection, user: User) -> list[UsersKey]:
    return keys.list_of(connection, user, time.time_ns())


def _is_held(
    connection: Connection, asked_for: ForBroker, broker: BrokerCode, permissions: frozenset[Permission]
) -> bool:
    """Whether the broker is to have the key (BK-1).

    Raises:
        Declined: `no_addresses`; `not_for_brokers`: whoever holds a key of yours never withdraws, and never manages.
    """
    addresses = consents.addresses_of(connection, broker.id)
    held = bool(addresses) if asked_for.held is None else asked_for.held
    if held and not addresses:
        raise Declined("no_addresses", f"{broker.code} has named no address that it asks from: it can hold no key")
    if held and permissions & NOT_FOR_BROKERS:
        raise _not_for_brokers(permissions)
    return held


def _not_for_brokers(permissions: frozenset[Permission]) -> Declined:
    names = ", ".join(sorted(permissions & NOT_FOR_BROKERS))
    return Declined("not_for_brokers", f"a key that a broker holds cannot {names}: leave that out", may_not=names)


def _told(one: UsersKey, door: Door, simulated: bool) -> KeyTold:
    codes = door.venue.codes
    return KeyTold(
        one.api_key,
        one.label,
        sorted(one.permissions - NOT_FOR_BROKERS if one.holder else one.permissions),
        list(one.ip_list),
        str(one.created_ns),
        str(one.used_ns or ""),
        [codes[broker].code for broker in one.brokers if broker in codes],
        codes[one.holder].code if one.holder in codes else "",
        str(one.lapses_ns or ""),
        simulated,
    )


def _must_may(connection: Connection, asked: Asked, permissions: frozenset[Permission]) -> User:
    """Trading needs an account, the desks a role.

    Raises:
        Declined: `not_permitted`, `withdrawals_locked`.
    """
    user = directory.find(connection, asked.user)
    if Permission.MANAGE in permissions and not asked.roles:
        raise Declined("not_permitted", "a key that may manage is for who has a role", needs="role")
    if permissions - {Permission.MANAGE} and not user.account:
        raise Declined("not_permitted", "you have no account: a key of yours may manage, and nothing else")
    if Permission.WITHDRAW in permissions and user.withdrawals_from_ns > time.time_ns():
        until = str(user.withdrawals_from_ns)
        raise Declined("withdrawals_locked", f"no withdrawals before {moment(int(until))}", from_ns=until)
    return user


def _permissions(asked: Asked, wanted: list[Permission], simulated: bool) -> frozenset[Permission]:
    if not wanted:
        raise BadInput("permissions: at least one of read_only, trade, withdraw, manage")
    if simulated and Permission.MANAGE in wanted:
        raise BadInput("permissions: manage is for the desks, which are of no venue; make a live key for it")
    return frozenset(wanted)


def _label(text: str) -> str:
    if not text.strip() or len(text) > LABEL_CHARACTERS or not text.isprintable():
        raise BadInput(f"label: 1 to {LABEL_CHARACTERS} printable characters")
    return text.strip()


def _addresses(asked: Asked, texts: list[str]) -> tuple[str, ...]:
    """As they are compared: the usual text of each."""
    most = asked.desk.settings.gateway.key_addresses
    if len(texts) > most:
        raise BadInput(f"ip_list: {len(texts)} addresses, and {most} are the most")
    try:
        return tuple(usual(one) for one in texts)
    except ValueError as error:
        raise BadInput(f"ip_list: {error}") from None


def _tell(connection: Connection, asked: Asked, kind: str, label: str, permissions: frozenset[Permission]) -> None:
    head, may = paper(asked, asked.brand), ", ".join(sorted(permissions))
    tell(connection, asked.desk.seal, head, asked.user, kind, label=label, permissions=may, time=moment())


ROUTES = [all_keys, create, change, revoke]
