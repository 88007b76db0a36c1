"""A user's API keys. Rule PE-11."""

import time
from ipaddress import ip_address

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.account.parts import by_session, moment, paper, plain
from commonbook.gateway.desk.account.recovery import Done
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.service import create_key, is_good_passphrase
from commonbook.people import directory, keys
from commonbook.people.directory import User
from commonbook.people.keys import UsersKey
from commonbook.people.telling import tell

LABEL_CHARACTERS = 50


class NewKeyAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    label: str
    passphrase: str  # 8 to 32 characters: a digit, both cases and another one
    permissions: list[Permission]
    ip_list: list[str] = []  # addresses it works from; any when empty


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
    lapses_ns: str  # "" for never


class KeyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is absent stays."""

    label: str | None = None
    permissions: list[Permission] | None = None
    ip_list: list[str] | None = None


@get("/keys", needs=Needs.USER)
async def all_keys(asked: Asking) -> list[KeyTold]:
    """Keys that work, newest first."""
    return await asked.desk.read(lambda connection: [_told(one) for one in _of(connection, asked)])


@post("/keys", needs=Needs.USER, fresh=True, status_code=201)
async def create(asked: Asking, data: JSONBody[NewKeyAsked]) -> KeyMade:
    """Make a key. One that trades or withdraws from any address lapses when it is not used for two weeks."""
    by_session(asked)
    desk, label = asked.desk, _label(data.label)
    permissions, addresses = _permissions(asked, data.permissions), _addresses(asked, data.ip_list)
    if not is_good_passphrase(data.passphrase):
        raise BadInput("passphrase: 8 to 32 characters, among them a digit, either case and another one")

    def work(connection: Connection) -> NewKey:
        user = _must_may(connection, asked, permissions)
        if len(_of(connection, asked)) >= desk.settings.gateway.keys:
            most = desk.settings.gateway.keys
            raise Declined("too_many_keys", f"a user has {most} keys at the most: revoke one first", most=most)
        made = create_key(
            connection,
            desk.seal,
            user.account,
            user.brand,
            permissions,
            label,
            addresses,
            passphrase=data.passphrase,
            user=user.id,
        )
        _tell(connection, asked, "key-made", label, permissions)
        asked.log(connection, "make key", f"key:{made.api_key}", permissions=sorted(permissions))
        return made

    made = await desk.write_racing(work)
    return KeyMade(made.api_key, made.api_secret)


@patch("/keys/{api_key:str}", needs=Needs.USER, fresh=True, status_code=200)
async def change(asked: Asking, api_key: FromPath[str], data: JSONBody[KeyChange]) -> KeyTold:
    """In force within a second."""
    by_session(asked)
    plain(api_key, "key")
    label = None if data.label is None else _label(data.label)
    permissions = None if data.permissions is None else _permissions(asked, data.permissions)
    addresses = None if data.ip_list is None else _addresses(asked, data.ip_list)

    def work(connection: Connection) -> KeyTold:
        user = _must_may(connection, asked, permissions or frozenset())
        if not keys.change(connection, user, api_key, label, permissions, addresses):
            raise Declined("no_such_key", f"you have no key {api_key}")
        found = next((one for one in _of(connection, asked) if one.api_key == api_key), None)
        if found is None:
            raise Declined("no_such_key", f"the key {api_key} has lapsed: make a new one")
        _tell(connection, asked, "key-changed", found.label, found.permissions)
        asked.log(connection, "change key", f"key:{api_key}", permissions=sorted(found.permissions))
        return _told(found)

    return await asked.desk.write(work)


@delete("/keys/{api_key:str}", needs=Needs.USER, status_code=200)
async def revoke(asked: Asking, api_key: FromPath[str]) -> Done:
    """For ever; refused everywhere within a second."""
    plain(api_key, "key")

    def work(connection: Connection) -> None:
        user = directory.find(connection, asked.user)
        found = next((one for one in _of(connection, asked) if one.api_key == api_key), None)
        if found is None or not keys.change(connection, user, api_key, revoked=True):
            raise Declined("no_such_key", f"you have no key {api_key}")
        tell(
            connection,
            asked.desk.seal,
            paper(asked, user.brand),
            user.id,
            "key-revoked",
            label=found.label,
            time=moment(),
        )
        asked.log(connection, "revoke key", f"key:{api_key}")

    await asked.desk.write(work)
    return Done()


def _of(connection: Connection, asked: Asked) -> list[UsersKey]:
    return keys.list_of(connection, directory.find(connection, asked.user), time.time_ns())


def _told(one: UsersKey) -> KeyTold:
    return KeyTold(
        one.api_key,
        one.label,
        sorted(one.permissions),
        list(one.ip_list),
        str(one.created_ns),
        str(one.used_ns or ""),
        str(one.lapses_ns or ""),
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


def _permissions(asked: Asked, wanted: list[Permission]) -> frozenset[Permission]:
    if not wanted:
        raise BadInput("permissions: at least one of read_only, trade, withdraw, manage")
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
        return tuple(str(ip_address(one.strip())) for one in texts)
    except ValueError as error:
        raise BadInput(f"ip_list: {error}") from None


def _tell(connection: Connection, asked: Asked, kind: str, label: str, permissions: frozenset[Permission]) -> None:
    head, may = paper(asked, asked.brand), ", ".join(sorted(permissions))
    tell(connection, asked.desk.seal, head, asked.user, kind, label=label, permissions=may, time=moment())


ROUTES = [all_keys, create, change, revoke]
