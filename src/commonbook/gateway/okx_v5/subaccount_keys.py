"""API keys of a master's sub-accounts: made, listed, changed and revoked by the master's own keys. Rule A-7."""

import time

from sqlalchemy import Connection

from commonbook.gateway.okx_v5.codec import Body, milliseconds, object_of, printable, required, text
from commonbook.gateway.okx_v5.codes import (
    BAD_PASSPHRASE,
    BUSY,
    HELD_BY_BROKER,
    MASTER_ONLY,
    MISSING,
    NO_SUBACCOUNT,
    NO_SUCH_KEY,
    NO_WITHDRAWALS_BY_SUB,
    PARAMETER,
    TOO_MANY_ADDRESSES,
    TOO_MANY_KEYS,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import (
    choices,
    needed,
    plain,
    printed,
    states,
)
from commonbook.gateway.okx_v5.subaccount import LABEL_CHARACTERS, SUBACCOUNT, own_sub, retried
from commonbook.gateway.okx_v5.transfer import demand_own_hands
from commonbook.identity.addresses import usual
from commonbook.identity.model import NewKey, Permission
from commonbook.identity.service import KeyFacts, change_key, create_key, is_good_passphrase, keys_of
from commonbook.identity.subaccounts import SubAccount
from commonbook.simulated.funds import first_funds

_IP = plain(
    "ip", "addresses it works from, with commas between; any when absent", example="127.0.0.1", further="addresses"
)
API_KEY = needed(plain("apiKey", "the key", example="a-key", further="a key of this sub-account (59506)"))
NEW_KEY = (
    needed(printed("label", LABEL_CHARACTERS, "its name", example="bot")),
    needed(
        plain(
            "passphrase",
            "8 to 32 characters with a digit, both cases and a special one",
            example="Secret-42",
            further="of that form (59505)",
        )
    ),
    choices("perm", "read_only", "trade", what="read_only when absent; withdraw is refused (59504)"),
    _IP,
)
KEY_CHANGE = (
    API_KEY,
    printed("label", LABEL_CHARACTERS, "its name", example="bot"),
    choices("perm", "read_only", "trade", what="what it may do; withdraw is refused (59504)"),
    _IP,
)
NEW_KEY_CODES = (
    HELD_BY_BROKER,
    MASTER_ONLY,
    NO_SUBACCOUNT,
    BAD_PASSPHRASE,
    NO_WITHDRAWALS_BY_SUB,
    TOO_MANY_ADDRESSES,
    TOO_MANY_KEYS,
    BUSY,
)
KEY_CHANGE_CODES = (
    HELD_BY_BROKER,
    MASTER_ONLY,
    NO_SUBACCOUNT,
    NO_SUCH_KEY,
    NO_WITHDRAWALS_BY_SUB,
    TOO_MANY_ADDRESSES,
)


@states(
    "Make an API key of a sub-account.",
    SUBACCOUNT,
    NEW_KEY,
    answers="KeyMade",
    codes=NEW_KEY_CODES,
)
async def create(door: Door, call: Call) -> list[Body]:
    """A key that acts for the sub-account alone; orders under it may earn for whom the master's key may."""
    demand_own_hands(call)
    return await make_key(door, call, await own_sub(door, call, object_of(call.body)))


async def make_key(door: Door, call: Call, sub: SubAccount) -> list[Body]:
    """A key of a sub-account of the caller's, as the request asks for it."""
    body = object_of(call.body)
    label = _label(body)
    if not label:
        raise Refused(MISSING, "label")
    passphrase = _passphrase(body)
    permissions = _permissions(body) or frozenset({Permission.READ})
    addresses = _addresses(door, body) or ()
    brokers = call.credential.brokers if call.credential else frozenset()
    most, seal, brand = door.settings.keys, door.authenticator.seal, door.own(call).brand

    def make(connection: Connection) -> NewKey:
        if len(keys_of(connection, sub.account)) >= most:
            raise Refused(TOO_MANY_KEYS, str(most))
        return create_key(
            connection, seal, sub.account, brand, permissions, label, addresses, brokers, passphrase=passphrase
        )

    new = await retried(door, make)
    if door.simulated is not None:
        gifts = first_funds(door.venue, [sub.account], door.simulated.first_funds)
        if gifts is not None:
            await door.submit(gifts, sub.account)  # again with every further key, which changes nothing
    secrets = {"apiKey": new.api_key, "secretKey": new.api_secret, "passphrase": new.api_passphrase}
    facts = KeyFacts(new.api_key, label, permissions, addresses, time.time_ns())
    return [{"subAcct": sub.name} | _key(facts) | secrets]


@states(
    "A sub-account's keys.",
    SUBACCOUNT,
    plain("apiKey", "only this one"),
    answers="Key",
    codes=(MASTER_ONLY, NO_SUBACCOUNT),
)
async def list_all(door: Door, call: Call) -> list[Body]:
    return await keys_told(door, call, await own_sub(door, call, call.query))


async def keys_told(door: Door, call: Call, sub: SubAccount) -> list[Body]:
    """The keys of a sub-account of the caller's, or the one that is asked for."""
    wanted = text(call.query, "apiKey")
    found = await door.read(lambda connection: keys_of(connection, sub.account))
    return [_key(one) for one in found if not wanted or one.api_key == wanted]


@states(
    "Change a key of a sub-account; what is absent stays.",
    SUBACCOUNT,
    KEY_CHANGE,
    answers="KeyChanged",
    codes=KEY_CHANGE_CODES,
)
async def modify(door: Door, call: Call) -> list[Body]:
    demand_own_hands(call)
    return await change_told(door, call, await own_sub(door, call, object_of(call.body)))


async def change_told(door: Door, call: Call, sub: SubAccount) -> list[Body]:
    """Change a key of a sub-account of the caller's."""
    body = object_of(call.body)
    api_key = required(body, "apiKey")
    label, permissions, addresses = _label(body) or None, _permissions(body), _addresses(door, body)

    def change(connection: Connection) -> KeyFacts | None:
        if not change_key(connection, sub.account, api_key, label, permissions, addresses):
            return None
        return next(one for one in keys_of(connection, sub.account) if one.api_key == api_key)

    found = await door.write(change)
    if found is None:
        raise Refused(NO_SUCH_KEY)
    return [{"subAcct": sub.name} | _key(found)]


@states(
    "Revoke a key of a sub-account.",
    SUBACCOUNT,
    API_KEY,
    answers="KeyDeleted",
    codes=(HELD_BY_BROKER, MASTER_ONLY, NO_SUBACCOUNT, NO_SUCH_KEY),
)
async def delete(door: Door, call: Call) -> list[Body]:
    demand_own_hands(call)
    return await revoke_told(door, call, await own_sub(door, call, object_of(call.body)))


async def revoke_told(door: Door, call: Call, sub: SubAccount) -> list[Body]:
    """Revoke a key of a sub-account of the caller's."""
    api_key = required(object_of(call.body), "apiKey")
    if not await door.write(lambda connection: change_key(connection, sub.account, api_key, revoked=True)):
        raise Refused(NO_SUCH_KEY)
    return [{"subAcct": sub.name}]


def _key(one: KeyFacts) -> Body:
    return {
        "label": one.label,
        "apiKey": one.api_key,
        "perm": ",".join(sorted(one.permissions)),
        "ip": ",".join(one.ip_list),
        "ts": milliseconds(one.created_ns),
    }


def _label(body: Body) -> str:
    return printable(body, "label", LABEL_CHARACTERS)


def _passphrase(body: Body) -> str:
    value = required(body, "passphrase")
    if not is_good_passphrase(value):
        raise Refused(BAD_PASSPHRASE)
    return value


def _permissions(body: Body) -> frozenset[Permission] | None:
    names = {name for name in text(body, "perm").split(",") if name}
    if not names:
        return None
    if Permission.WITHDRAW in names:
        raise Refused(NO_WITHDRAWALS_BY_SUB)
    if not names <= {Permission.READ.value, Permission.TRADE.value}:
        raise Refused(PARAMETER, "perm")
    return frozenset(Permission(name) for name in names)


def _addresses(door: Door, body: Body) -> tuple[str, ...] | None:
    """As they are compared: the usual text of each address."""
    values = [value.strip() for value in text(body, "ip").split(",") if value.strip()]
    if len(values) > door.settings.key_addresses:
        raise Refused(TOO_MANY_ADDRESSES, str(door.settings.key_addresses))
    try:
        return tuple(usual(value) for value in values) or None
    except ValueError:
        raise Refused(PARAMETER, "ip") from None
