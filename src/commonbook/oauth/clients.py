"""The clients of brokers: registered, changed, and disabled by the host. Rules O-1 and O-16."""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from commonbook.errors import BadInput, Declined
from commonbook.identity.sessions import hash_of
from commonbook.identity.tokens import REVOKED, scopes_in
from commonbook.oauth import fast_keys, grants
from commonbook.oauth.model import Client, ClientKind, NewClient, Scope
from commonbook.oauth.rules import LOGO_KINDS, check_registration
from commonbook.storage.tables.oauth import oauth_clients
from commonbook.units import RateE8

LOGO_BYTES = 256 * 1024
_SHOWN = [column for column in oauth_clients.c if column.name != "logo"]
_BEGINNINGS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is registered; all of it can be changed later but the broker and the kind."""

    name: str
    redirects: tuple[str, ...]
    scopes: frozenset[Scope]
    ip_list: tuple[str, ...]
    cap_e8: RateE8


def register(connection: Connection, broker: int, kind: ClientKind, wish: Wish, client_id: str = "") -> NewClient:
    """A new client of a broker. Its secret is not to be had again.

    Args:
        client_id: "" for a new one.

    Raises:
        BadInput: what is wished for cannot be.
    """
    addresses = check_registration(wish.name, kind, wish.redirects, wish.scopes, wish.ip_list, wish.cap_e8)
    new = NewClient(client_id or secrets.token_hex(16), secrets.token_urlsafe(32) if kind is ClientKind.SECRET else "")
    row = {
        "client_id": new.client_id,
        "broker": broker,
        "kind": kind.value,
        "secret_hash": hash_of(new.client_secret) if new.client_secret else "",
        "old_secret_hash": "",
        "old_secret_until_ns": 0,
        "logo_kind": "",
        "logo": b"",
        "enabled": True,
        "created_ns": time.time_ns(),
    }
    connection.execute(insert(oauth_clients).values(**row, **_values(wish, addresses)))
    return new


def change(connection: Connection, client_id: str, wish: Wish) -> None:
    """What is granted stays; keys that are bound to the client's addresses are bound to the new ones.

    Raises:
        Declined: `no_such_client`.
        BadInput: what is wished for cannot be.
    """
    kind = must_find(connection, client_id).kind
    addresses = check_registration(wish.name, kind, wish.redirects, wish.scopes, wish.ip_list, wish.cap_e8)
    _set(connection, client_id, **_values(wish, addresses))
    fast_keys.bind_anew(connection, client_id, addresses)


def rotate_secret(connection: Connection, client_id: str, old_works_s: int = 0) -> str:
    """A new secret, told once.

    Args:
        old_works_s: so long the one before it works on; 0: it has leaked, and works no more.

    Raises:
        Declined: `no_such_client`, `no_secret`.
    """
    found = must_find(connection, client_id)
    if found.kind is ClientKind.PUBLIC:
        raise Declined("no_secret", f"client {client_id} is public and has no secret")
    secret = secrets.token_urlsafe(32)
    until_ns = time.time_ns() + old_works_s * 1_000_000_000
    old = oauth_clients.c.secret_hash if old_works_s else ""
    _set(connection, client_id, old_secret_hash=old, old_secret_until_ns=until_ns, secret_hash=hash_of(secret))
    return secret


def set_logo(connection: Connection, client_id: str, kind: str, content: bytes) -> None:
    """
    Raises:
        Declined: `no_such_client`.
        BadInput: it is no picture that can be shown, or too large.
    """
    if kind not in LOGO_KINDS or not content.startswith(_BEGINNINGS[kind]):
        raise BadInput(f"logo: {kind[:40]!r} is not the picture's kind; one of {', '.join(LOGO_KINDS)}")
    if len(content) > LOGO_BYTES:
        raise BadInput(f"logo: {len(content)} bytes, and {LOGO_BYTES} are the most")
    must_find(connection, client_id)
    _set(connection, client_id, logo_kind=kind, logo=content)


def disable(connection: Connection, client_id: str) -> int:
    """All that users have granted to it ends, with the keys it has made; gives how many grants that were.

    Raises:
        Declined: `no_such_client`.
    """
    must_find(connection, client_id)
    _set(connection, client_id, enabled=False)
    ended = grants.end(connection, REVOKED, grants.DISABLED, client_id=client_id)
    fast_keys.revoke(connection, client_id)  # behind the grants: who makes one at this moment holds its grant
    return ended


def enable(connection: Connection, client_id: str) -> None:
    """Users can grant something to it again; what has ended stays so.

    Raises:
        Declined: `no_such_client`.
    """
    must_find(connection, client_id)
    _set(connection, client_id, enabled=True)


def remove(connection: Connection, client_id: str) -> None:
    """A client that nobody has granted anything; who was used is disabled instead.

    Raises:
        Declined: `no_such_client`, `in_use`.
    """
    must_find(connection, client_id)
    if grants.any_of(connection, client_id):
        raise Declined("in_use", f"client {client_id} was granted something: disable it instead")
    connection.execute(delete(oauth_clients).where(oauth_clients.c.client_id == client_id))


# -- finding them -----------------------------------------------------------------------------------------------------


def find(connection: Connection, client_id: str) -> Client | None:
    row = connection.execute(select(*_SHOWN).where(oauth_clients.c.client_id == client_id)).first()
    return None if row is None else _client(row, time.time_ns())


def must_find(connection: Connection, client_id: str) -> Client:
    """
    Raises:
        Declined: `no_such_client`.
    """
    found = find(connection, client_id)
    if found is None:
        raise Declined("no_such_client", f"there is no client {client_id[:40]!r}")
    return found


def list_of(connection: Connection, broker: int | None = None) -> list[Client]:
    """A broker's, or everybody's; oldest first."""
    chosen = select(*_SHOWN).order_by(oauth_clients.c.created_ns, oauth_clients.c.client_id)
    if broker is not None:
        chosen = chosen.where(oauth_clients.c.broker == broker)
    now_ns = time.time_ns()
    return [_client(row, now_ns) for row in connection.execute(chosen)]


def logo(connection: Connection, client_id: str) -> tuple[str, bytes] | None:
    """Media type and content."""
    chosen = select(oauth_clients.c.logo_kind, oauth_clients.c.logo)
    row = connection.execute(chosen.where(oauth_clients.c.client_id == client_id)).first()
    return None if row is None or not row.logo_kind else (row.logo_kind, bytes(row.logo))


def _client(row: Any, now_ns: int) -> Client:
    hashes = [row.secret_hash] if row.secret_hash else []
    if row.old_secret_hash and row.old_secret_until_ns > now_ns:
        hashes.append(row.old_secret_hash)
    return Client(
        row.client_id,
        row.broker,
        row.name,
        ClientKind(row.kind),
        tuple(json.loads(row.redirects)),
        frozenset(Scope(one) for one in scopes_in(row.scopes)),
        tuple(one for one in row.ip_list.split(",") if one),
        RateE8(row.cap_e8),
        row.logo_kind,
        row.enabled,
        row.created_ns,
        tuple(hashes),
    )


def _values(wish: Wish, addresses: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": wish.name.strip(),
        "redirects": json.dumps(wish.redirects),
        "scopes": ",".join(sorted(wish.scopes)),
        "ip_list": ",".join(addresses),
        "cap_e8": int(wish.cap_e8),
    }


def _set(connection: Connection, client_id: str, **values: Any) -> None:
    connection.execute(update(oauth_clients).where(oauth_clients.c.client_id == client_id).values(**values))
