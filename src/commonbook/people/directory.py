"""Users by number, and their personal data, which is sealed under a key of their own. Rules PE-1 and PE-15."""

import json
import os
import time
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from commonbook.errors import BadInput, Declined
from commonbook.identity.sealing import Seal
from commonbook.storage.tables.people import person_aliases, persons, user_keys, users

PENDING, ACTIVE, LOCKED, CLOSED = "pending", "active", "locked", "closed"


@dataclass(frozen=True, slots=True)
class User:
    id: int
    brand: int  # 0: the host's people
    person: int
    account: int  # 0: none
    state: str
    language: str
    created_ns: int
    withdrawals_from_ns: int = 0


def normalized(email: str) -> str:
    """An address as it is compared.

    Raises:
        BadInput: it is none.
    """
    try:
        return validate_email(email, check_deliverability=False).normalized.casefold()
    except EmailNotValidError as error:
        raise BadInput(f"email {email[:100]!r}: {error}") from None


def blinded(seal: Seal, purpose: str, value: str) -> str:
    """A keyed hash: of no use to whoever has the database without the host's master key."""
    return seal.blinded(purpose, value)


def person_of(connection: Connection, seal: Seal, proof: str) -> int:
    """The person that a proof stands for, the same at every brand; made at the first one (PE-1).

    Args:
        proof: what only this person can show: a confirmed mail address.
    """
    hashed = blinded(seal, "person", proof)
    found = _known_person(connection, hashed)
    if found is not None:
        return found
    made = connection.execute(insert(persons).values(blinded=hashed)).inserted_primary_key
    return FIRST_PERSON + int(made[0] if made is not None else 0)


def also_proved_by(connection: Connection, seal: Seal, person: int, proof: str) -> None:
    """A person has shown a further proof; one that stands for another person already goes on doing so."""
    hashed = blinded(seal, "person", proof)
    if _known_person(connection, hashed) is None:
        connection.execute(insert(person_aliases).values(blinded=hashed, person=person))


def _known_person(connection: Connection, hashed: str) -> int | None:
    alias = connection.execute(select(person_aliases.c.person).where(person_aliases.c.blinded == hashed)).scalar()
    if alias is not None:
        return int(alias)
    found = connection.execute(select(persons.c.person).where(persons.c.blinded == hashed)).scalar()
    return None if found is None else FIRST_PERSON + int(found)


FIRST_PERSON = 1 << 32  # persons who have signed up count from here; those below were opened by the host's command


def add(
    connection: Connection,
    seal: Seal,
    brand: int,
    email: str,
    password_hash: str,
    language: str = "en",
    state: str = PENDING,
    account: int = 0,
    **personal_data: str,
) -> User:
    """A new user of a brand.

    Raises:
        Declined: `email_taken` at this brand; whoever asks from outside must not be told.
    """
    address = normalized(email)
    hashed = email_hash(seal, brand, address)
    if connection.execute(select(users.c.user_id).where(users.c.email_hash == hashed)).first() is not None:
        raise Declined("email_taken", "this address has a user at this brand already")
    row = {
        "brand": brand,
        "person": person_of(connection, seal, address),
        "account": account,
        "state": state,
        "email_hash": hashed,
        "personal": "",
        "password_hash": password_hash,
        "language": language,
        "created_ns": time.time_ns(),
    }
    made = connection.execute(insert(users).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    key = os.urandom(32)
    sealed_key = seal.seal(key, f"user:{number}")
    connection.execute(insert(user_keys).values(user_id=number, sealed_key=sealed_key))
    keep_personal(connection, seal, number, {"email": email.strip()} | personal_data)
    return find(connection, number)


def find(connection: Connection, number: int) -> User:
    """
    Raises:
        Declined: `no_such_user`.
    """
    row = connection.execute(select(users).where(users.c.user_id == number)).first()
    if row is None:
        raise Declined("no_such_user", f"there is no user {number}")
    return _user(row)


def _user(row: Row[Any]) -> User:
    return User(
        row.user_id,
        row.brand,
        row.person,
        row.account,
        row.state,
        row.language,
        row.created_ns,
        row.withdrawals_from_ns,
    )


def email_hash(seal: Seal, brand: int, address: str) -> str:
    """What an address, normalized, is looked up by at a brand."""
    return blinded(seal, f"email:{brand}", address)


def page_of(connection: Connection, brand: int, most: int, before: int = 2**62) -> list[User]:
    """A brand's users, newest first."""
    chosen = select(users).where(users.c.brand == brand, users.c.user_id < before)
    return [_user(row) for row in connection.execute(chosen.order_by(users.c.user_id.desc()).limit(most))]


def count_of(connection: Connection, brand: int) -> int:
    """How many users a brand has, those apart whose data was erased."""
    chosen = select(func.count()).select_from(users).where(users.c.brand == brand, users.c.state != CLOSED)
    return int(connection.execute(chosen).scalar_one())


def password_hash(connection: Connection, number: int) -> str:
    found = connection.execute(select(users.c.password_hash).where(users.c.user_id == number)).scalar()
    return str(found or "")


def change(connection: Connection, number: int, **values: str | int) -> None:
    """Set columns of a user."""
    connection.execute(update(users).where(users.c.user_id == number).values(**values))


def lock_withdrawals(connection: Connection, number: int, from_ns: int) -> None:
    """None before a time; an earlier word about a later time stays."""
    where = (users.c.user_id == number) & (users.c.withdrawals_from_ns < from_ns)
    connection.execute(update(users).where(where).values(withdrawals_from_ns=from_ns))


def with_email(connection: Connection, seal: Seal, brand: int, email: str) -> User | None:
    hashed = email_hash(seal, brand, normalized(email))
    number = connection.execute(select(users.c.user_id).where(users.c.email_hash == hashed)).scalar()
    return None if number is None else find(connection, int(number))


def must_be_of(connection: Connection, number: int, brand: int) -> User:
    """A user of this brand; another brand's is as one that is not there.

    Raises:
        Declined: `no_such_user`.
    """
    found = find(connection, number)
    if found.brand != brand:
        raise Declined("no_such_user", f"there is no user {number}")
    return found


def personal(connection: Connection, seal: Seal, number: int) -> dict[str, str]:
    """What is kept of a user; nothing once it has been erased."""
    row = connection.execute(select(users.c.personal).where(users.c.user_id == number)).first()
    own = own_seal(connection, seal, number)
    if row is None or own is None or not row.personal:
        return {}
    try:
        found: dict[str, str] = json.loads(own.unseal(row.personal, f"personal:{number}"))
    except InvalidTag:
        return {}
    return found


def keep_personal(connection: Connection, seal: Seal, number: int, data: dict[str, str]) -> None:
    own = own_seal(connection, seal, number)
    if own is None:
        raise Declined("erased", f"the data of user {number} was erased")
    sealed = own.seal(json.dumps(data).encode(), f"personal:{number}")
    connection.execute(update(users).where(users.c.user_id == number).values(personal=sealed))


def erase(connection: Connection, number: int) -> None:
    """Destroy the user's key: what is sealed under it, in every copy and backup, is noise from now on (PE-15)."""
    connection.execute(delete(user_keys).where(user_keys.c.user_id == number))
    gone = {"personal": "", "email_hash": f"erased:{number}", "password_hash": "", "state": CLOSED}
    connection.execute(update(users).where(users.c.user_id == number).values(**gone))


def own_seal(connection: Connection, seal: Seal, number: int) -> Seal | None:
    """What a user's own data is sealed with; None once it is destroyed."""
    sealed = connection.execute(select(user_keys.c.sealed_key).where(user_keys.c.user_id == number)).scalar()
    return None if sealed is None else Seal(seal.unseal(sealed, f"user:{number}"))
