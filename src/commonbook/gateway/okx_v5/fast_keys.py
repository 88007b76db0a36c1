"""Fast API keys: a broker's client makes the user's key with a token that is for nothing else. Rule O-13."""

import time

from sqlalchemy import Connection

from commonbook.administration.log import user_actor, write
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.gateway.okx_v5.codec import Body, boolean, object_of, printable, required, text
from commonbook.gateway.okx_v5.codes import (
    BAD_PASSPHRASE,
    BUSY,
    DENIALS,
    MISSING,
    NO_FAST_API,
    NO_SUCH_KEY,
    NOT_PERMITTED,
    ONE_FAST_KEY,
    PARAMETER,
    TOO_FAST,
    TOO_MANY_ADDRESSES,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import choices, flag, needed, plain, printed, states
from commonbook.gateway.okx_v5.subaccount import LABEL_CHARACTERS, retried
from commonbook.identity.addresses import usual
from commonbook.identity.model import Bearer, Denial, NewKey, Permission
from commonbook.identity.service import is_good_passphrase
from commonbook.identity.tokens import CANCELED, LIVE
from commonbook.oauth import clients, fast_keys, grants
from commonbook.oauth.fast_keys import KeyWish
from commonbook.oauth.model import Scope
from commonbook.people.telling import moment, tell

DAY_NS = 86_400_000_000_000
# Whoever may trade sees what it trades with.
PERMISSIONS = {
    "read_only": frozenset({Permission.READ}),
    "trade": frozenset({Permission.READ, Permission.TRADE}),
}


@states(
    "Make the Fast API key of the user; with a token of scope fast_api alone.",
    needed(printed("label", LABEL_CHARACTERS, "its name", example="bot")),
    needed(
        plain(
            "passphrase",
            "8 to 32 characters with a digit, both cases and a special one",
            example="Secret-42",
            further="of that form (59505)",
        )
    ),
    choices("perm", "read_only", "trade", what="read_only when absent; trade reads as well"),
    flag("bindApp", "it works from the addresses of the broker's client alone, whatever they are at the time"),
    plain(
        "ip",
        "addresses it works from when it is not bound, with commas between; any when absent",
        example="127.0.0.1",
        further="addresses",
    ),
    answers="FastKeyMade",
    codes=(
        BAD_PASSPHRASE,
        BUSY,
        NO_FAST_API,
        NOT_PERMITTED,
        ONE_FAST_KEY,
        TOO_MANY_ADDRESSES,
    ),
    stricter="a key never withdraws, and none is made by a token that reads or trades",
)
async def create(door: Door, call: Call) -> list[Body]:
    """One for each user and broker; associated with the broker, and told once."""
    body = object_of(call.body)
    credential, bearer = _bearer(call)
    label = printable(body, "label", LABEL_CHARACTERS)
    if not label.strip():
        raise Refused(MISSING, "label")
    passphrase = required(body, "passphrase")
    if not is_good_passphrase(passphrase):
        raise Refused(BAD_PASSPHRASE)
    permissions, is_bound = _permissions(body), boolean(body, "bindApp", False)
    addresses = _addresses(door, body)
    seal, account, brand = door.authenticator.seal, call.account, door.own(call).brand

    code = door.venue.codes.get(bearer.broker)

    def make(connection: Connection) -> NewKey:
        # A token is known for a second: what was taken back meanwhile makes no key that would outlive it.
        _must_be_live(grants.hold(connection, credential))
        client = clients.find(connection, bearer.client)
        if client is None or not client.enabled or Scope.FAST not in client.scopes or code is None or not code.active:
            raise Refused(NO_FAST_API)
        where = client.ip_list if is_bound else addresses  # who may make keys has addresses (O-1)
        wish = KeyWish(label, passphrase, permissions, where, is_bound)
        most, since_ns = door.oauth.fast_keys_a_day, time.time_ns() - DAY_NS
        if fast_keys.made_since(connection, bearer.user, since_ns) >= most:
            raise Refused(TOO_FAST, f" {most} Fast API keys are made for a user in 24 hours at the most.")
        made = fast_keys.make(connection, seal, bearer, credential, account, brand, wish)
        if made is None:
            raise Refused(ONE_FAST_KEY)
        told = {"client": client.id, "permissions": sorted(permissions), "bound": is_bound}
        write(connection, brand, user_actor(bearer.user), "make key", f"key:{made.api_key}", None, **told)
        may = ", ".join(sorted(permissions))
        _tell(door, connection, brand, bearer, "application-key-made", label=label, permissions=may)
        return made

    made = await retried(door, make)
    return [
        {
            "label": label,
            "apiKey": made.api_key,
            "secretKey": made.api_secret,
            "passphrase": made.api_passphrase,
            "perm": ",".join(sorted(permissions)),
            "bindApp": is_bound,
        }
    ]


@states(
    "Delete the Fast API key of the user; with a token of scope fast_api alone.",
    answers="FastKeyDeleted",
    codes=(NO_SUCH_KEY, NOT_PERMITTED),
)
async def delete(door: Door, call: Call) -> list[Body]:
    """It is refused everywhere within a second."""
    object_of(call.body)
    _, bearer = _bearer(call)
    brand = door.own(call).brand

    def take_back(connection: Connection) -> bool:
        if not fast_keys.delete_of(connection, bearer.user, bearer.broker):
            return False
        subject = f"client:{bearer.client}"
        write(connection, brand, user_actor(bearer.user), "revoke key of application", subject, None)
        _tell(door, connection, brand, bearer, "application-key-ended")
        return True

    if not await retried(door, take_back):
        raise Refused(NO_SUCH_KEY)
    return [{"ts": str(time.time_ns() // 1_000_000)}]


def _bearer(call: Call) -> tuple[int, Bearer]:
    """Of the token that asks."""
    if call.credential is None or call.credential.bearer is None:
        raise Refused(NOT_PERMITTED)
    return call.credential.id, call.credential.bearer


def _tell(door: Door, connection: Connection, brand: int, bearer: Bearer, kind: str, **values: str) -> None:
    """A mail to the user, in the transaction of what it tells of."""
    head, client = letterhead(door.mail, door.hosts, brand), clients.must_find(connection, bearer.client)
    values = {"application": client.name, "time": moment()} | values
    tell(connection, door.authenticator.seal, head, bearer.user, kind, **values)


def _must_be_live(state: str) -> None:
    if state != LIVE:
        raise Refused(DENIALS[Denial.TOKEN_CANCELED if state == CANCELED else Denial.TOKEN_REVOKED])


def _permissions(body: Body) -> frozenset[Permission]:
    names = {name for name in text(body, "perm").split(",") if name} or {"read_only"}
    if not names <= set(PERMISSIONS):
        raise Refused(PARAMETER, "perm")
    return frozenset().union(*(PERMISSIONS[name] for name in names))


def _addresses(door: Door, body: Body) -> tuple[str, ...]:
    """As they are compared: the usual text of each address."""
    values = [value.strip() for value in text(body, "ip").split(",") if value.strip()]
    if len(values) > door.settings.key_addresses:
        raise Refused(TOO_MANY_ADDRESSES, str(door.settings.key_addresses))
    try:
        return tuple(usual(value) for value in values)
    except ValueError:
        raise Refused(PARAMETER, "ip") from None
