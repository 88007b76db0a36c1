"""Passkeys (WebAuthn) as a second factor. Rule PE-8.

A passkey belongs to the domain it was made at. A challenge is single-use, and who answers it spends it whatever comes
of the answer. A counter that does not grow says that the passkey was copied.
"""

import json
import secrets
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor

from commonbook.errors import Declined
from commonbook.identity.sealing import Seal
from commonbook.people.directory import blinded, own_seal
from commonbook.storage.tables.people import passkeys

LABEL_CHARACTERS = 64
_BAD = (WebAuthnException, ValueError, KeyError, TypeError)  # what the library says of an answer that is none


@dataclass(frozen=True, slots=True)
class Site:
    """Where a passkey is made and shown."""

    domain: str
    origins: tuple[str, ...]  # as the browser writes them; plain http on this machine alone

    @classmethod
    def of(cls, host: str) -> "Site":
        """
        Args:
            host: the Host header, with its port when there is one.
        """
        domain = host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host
        here = domain == "localhost" or domain.endswith(".localhost")
        return cls(domain, (f"https://{host}", f"http://{host}") if here else (f"https://{host}",))


@dataclass(frozen=True, slots=True)
class Passkey:
    id: str
    label: str
    domain: str
    created_ns: int


def new_challenge() -> str:
    return bytes_to_base64url(secrets.token_bytes(32))


def registration_options(
    connection: Connection, seal: Seal, user: int, site: Site, brand: str, shown_name: str, challenge: str
) -> dict[str, Any]:
    """What a browser makes a passkey of."""
    made = generate_registration_options(
        rp_id=site.domain,
        rp_name=brand,
        user_id=bytes.fromhex(blinded(seal, "passkey-user", str(user))),
        user_name=shown_name,
        challenge=base64url_to_bytes(challenge),
        exclude_credentials=_known(connection, user, site),
    )
    options: dict[str, Any] = json.loads(options_to_json(made))
    return options


def assertion_options(connection: Connection, user: int, site: Site, challenge: str) -> dict[str, Any]:
    """What a browser shows a passkey for."""
    made = generate_authentication_options(
        rp_id=site.domain, challenge=base64url_to_bytes(challenge), allow_credentials=_known(connection, user, site)
    )
    options: dict[str, Any] = json.loads(options_to_json(made))
    return options


def add(
    connection: Connection, seal: Seal, user: int, site: Site, challenge: str, answer: dict[str, Any], label: str
) -> None:
    """
    Raises:
        Declined: `bad_passkey`, `erased`.
    """
    own = own_seal(connection, seal, user)
    if own is None:
        raise Declined("erased", f"the data of user {user} was erased")
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.domain,
            expected_origin=list(site.origins),
        )
    except _BAD:
        raise Declined("bad_passkey", "the passkey's answer is not good: begin again") from None
    name = _name(made.credential_id)
    if connection.execute(select(passkeys.c.passkey).where(passkeys.c.passkey == name)).first() is not None:
        raise Declined("bad_passkey", "this passkey is known already")
    row = {
        "passkey": name,
        "user_id": user,
        "credential": bytes_to_base64url(made.credential_id),
        "public_key": bytes_to_base64url(made.credential_public_key),
        "sign_count": made.sign_count,
        "domain": site.domain,
        "label": own.seal(label[:LABEL_CHARACTERS].encode(), f"passkey:{name}"),
        "created_ns": time.time_ns(),
    }
    connection.execute(insert(passkeys).values(**row))


def is_right(connection: Connection, user: int, site: Site, challenge: str, answer: dict[str, Any]) -> bool:
    """Whether an answer to a challenge is of one of the user's passkeys, and its counter has grown."""
    try:
        name = _name(base64url_to_bytes(str(answer["rawId"])))
        mine = (passkeys.c.passkey == name) & (passkeys.c.user_id == user) & (passkeys.c.domain == site.domain)
        row = connection.execute(select(passkeys).where(mine)).first()
        if row is None:
            return False
        shown = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.domain,
            expected_origin=list(site.origins),
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
        )
    except _BAD:
        return False
    as_it_was = mine & (passkeys.c.sign_count == row.sign_count)
    return connection.execute(update(passkeys).where(as_it_was).values(sign_count=shown.new_sign_count)).rowcount == 1


def list_of(connection: Connection, seal: Seal, user: int) -> list[Passkey]:
    own = own_seal(connection, seal, user)
    chosen = select(passkeys).where(passkeys.c.user_id == user).order_by(passkeys.c.created_ns)
    return [
        Passkey(
            row.passkey,
            "" if own is None else own.unseal(row.label, f"passkey:{row.passkey}").decode(),
            row.domain,
            row.created_ns,
        )
        for row in connection.execute(chosen)
    ]


def remove(connection: Connection, user: int, passkey: str) -> bool:
    where = (passkeys.c.passkey == passkey) & (passkeys.c.user_id == user)
    return connection.execute(delete(passkeys).where(where)).rowcount == 1


def _known(connection: Connection, user: int, site: Site) -> list[PublicKeyCredentialDescriptor]:
    chosen = select(passkeys.c.credential).where(passkeys.c.user_id == user, passkeys.c.domain == site.domain)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in connection.execute(chosen).scalars()]


def _name(credential: bytes) -> str:
    return sha256(credential).hexdigest()
