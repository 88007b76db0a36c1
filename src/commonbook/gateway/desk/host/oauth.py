"""Brokers' OAuth clients at the host's desk. Rules O-1 and O-16.

Where a client sends users back to and from where it asks is decided by four eyes, as a broker's addresses are (BK-10):
whoever could change that alone could ask users in a broker's name.
"""

import hashlib
from typing import Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from commonbook.administration.approvals import Approval
from commonbook.administration.interest import Parties
from commonbook.administration.log import user_actor, write
from commonbook.administration.roles import HOST, May
from commonbook.errors import Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.account.parts import plain
from commonbook.gateway.desk.administration import ApprovalTold, number, told
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.oauth_clients import ClientMade, ClientTold, Rotation, client_told
from commonbook.gateway.desk.parties import broker_of
from commonbook.oauth import clients
from commonbook.oauth.clients import Wish
from commonbook.oauth.model import Client, ClientKind, Scope
from commonbook.oauth.rules import check_registration
from commonbook.units import RateE8, parse_units


class ClientWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client may be told anew."""

    name: str  # as users read it
    redirects: list[str]
    scopes: list[Scope]
    cap: str  # per cent of a trading fee, the most that users are asked to agree to: 40
    ip_list: list[str] = []  # of a client with a secret: its servers


class NewClientWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    broker: str  # its number
    kind: ClientKind
    wish: ClientWish


class ClientLogo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str  # image/png, image/jpeg or image/webp
    content: bytes  # base64


class Disabled(msgspec.Struct, frozen=True):
    ended: int  # grants


@get("/oauth-clients", needs=May.LOOK)
async def all_clients(asked: Asking) -> list[ClientTold]:
    """Of all brokers, oldest first."""
    return [client_told(asked.desk, one) for one in await asked.desk.read(clients.list_of)]


@post("/oauth-clients", needs=May.STAFF, fresh=True, status_code=202)
async def register_client(asked: Asking, data: JSONBody[NewClientWish]) -> ApprovalTold:
    """Register an application of a broker, once another user of the host says yes; its secret is then asked for."""
    _must_be_good(data.kind, _wish(data.wish))
    _broker(asked.desk, data.broker)
    return told(await acts.ask_for(asked, "oauth_client", msgspec.to_builtins(data)))


@acts.register("oauth_client", May.STAFF, broker_of())
async def _register(desk: Desk, approval: Approval) -> dict[str, Any]:
    data = msgspec.convert(approval.payload, NewClientWish)
    broker, wish = _broker(desk, data.broker), _wish(data.wish)
    client = hashlib.sha256(f"client of {approval.key}".encode()).hexdigest()[:32]  # the same, if it is done again

    def make(connection: Connection) -> None:
        if clients.find(connection, client) is None:
            clients.register(connection, broker, data.kind, wish, client)
            _log(connection, approval, "register client", client, broker=broker, redirects=wish.redirects)

    await desk.write_racing(make)
    return {"client": client}


@put("/oauth-clients/{client:str}", needs=May.STAFF, fresh=True, status_code=202)
async def change_client(asked: Asking, client: FromPath[str], data: JSONBody[ClientWish]) -> ApprovalTold:
    """Say anew what it is, once another user of the host says yes; what is granted stays, and bound keys follow the
    addresses."""
    plain(client, "client")
    known = await asked.desk.read(lambda connection: clients.must_find(connection, client))
    _must_be_good(known.kind, _wish(data))
    return told(await acts.ask_for(asked, "oauth_client_change", {"client": client, "wish": msgspec.to_builtins(data)}))


def _of_client(_: Desk, connection: Connection, payload: dict[str, Any]) -> Parties:
    return Parties(brokers=frozenset({clients.must_find(connection, payload["client"]).broker}))


@acts.register("oauth_client_change", May.STAFF, _of_client)
async def _change(desk: Desk, approval: Approval) -> dict[str, Any]:
    client, wish = approval.payload["client"], _wish(msgspec.convert(approval.payload["wish"], ClientWish))

    def work(connection: Connection) -> None:
        clients.change(connection, client, wish)
        named = {"redirects": wish.redirects, "ip_list": wish.ip_list}
        _log(connection, approval, "change client", client, **named)

    await desk.write(work)
    return {"client": client}


@post("/oauth-clients/{client:str}/secret", needs=May.STAFF, fresh=True, status_code=200)
async def rotate_secret(asked: Asking, client: FromPath[str], data: JSONBody[Rotation]) -> ClientMade:
    """A new secret; the one before works on for as long as is said."""
    plain(client, "client")
    data.must_be_short()

    def work(connection: Connection) -> ClientMade:
        secret = clients.rotate_secret(connection, client, data.old_works_s)
        asked.log(connection, "rotate client secret", f"client:{client}", old_works_s=data.old_works_s)
        return ClientMade(client, secret)

    return await asked.desk.write(work)


@put("/oauth-clients/{client:str}/logo", needs=May.STAFF, status_code=200)
async def set_logo(asked: Asking, client: FromPath[str], data: JSONBody[ClientLogo]) -> ClientTold:
    """The picture that users see when they are asked."""
    plain(client, "client")

    def work(connection: Connection) -> Client:
        clients.set_logo(connection, client, data.kind, data.content)
        asked.log(connection, "set client logo", f"client:{client}")
        return clients.must_find(connection, client)

    return client_told(asked.desk, await asked.desk.write(work))


@post("/oauth-clients/{client:str}/disable", needs=May.RESTRICT, status_code=200)
async def disable_client(asked: Asking, client: FromPath[str]) -> Disabled:
    """At once: all grants and keys end, on all doors within a second. Users must agree anew if it comes back."""
    plain(client, "client")

    def work(connection: Connection) -> Disabled:
        ended = clients.disable(connection, client)
        asked.log(connection, "disable client", f"client:{client}", ended=ended)
        return Disabled(ended)

    return await asked.desk.write_racing(work)


@post("/oauth-clients/{client:str}/enable", needs=May.STAFF, fresh=True, status_code=200)
async def enable_client(asked: Asking, client: FromPath[str]) -> ClientTold:
    """Users can be asked again."""
    plain(client, "client")

    def work(connection: Connection) -> Client:
        clients.enable(connection, client)
        asked.log(connection, "enable client", f"client:{client}")
        return clients.must_find(connection, client)

    return client_told(asked.desk, await asked.desk.write(work))


@delete("/oauth-clients/{client:str}", needs=May.STAFF, fresh=True, status_code=200)
async def remove_client(asked: Asking, client: FromPath[str]) -> Disabled:
    """One that nobody has granted anything."""
    plain(client, "client")

    def work(connection: Connection) -> None:
        clients.remove(connection, client)
        asked.log(connection, "remove client", f"client:{client}")

    await asked.desk.write(work)
    return Disabled(0)


def _broker(desk: Desk, text: str) -> int:
    broker = number(text, "broker")
    if broker not in desk.venue.codes:
        raise Declined("no_such_broker", f"there is no broker {broker}")
    return broker


def _must_be_good(kind: ClientKind, wish: Wish) -> None:
    """Before somebody else is asked about it."""
    check_registration(wish.name, kind, wish.redirects, wish.scopes, wish.ip_list, wish.cap_e8)


def _log(connection: Connection, approval: Approval, act: str, client: str, **details: Any) -> None:
    actor = user_actor(approval.decided_by)
    write(connection, HOST, actor, act, f"client:{client}", None, approval=approval.id, **details)


def _wish(data: ClientWish) -> Wish:
    return Wish(
        data.name,
        tuple(data.redirects),
        frozenset(data.scopes),
        tuple(data.ip_list),
        RateE8(parse_units(data.cap, 6)),
    )


ROUTES = [
    all_clients,
    register_client,
    change_client,
    rotate_secret,
    set_logo,
    disable_client,
    enable_client,
    remove_client,
]
