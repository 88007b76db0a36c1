"""Signing up: nothing of a user is there before the address is confirmed. Rules PE-2 and PE-4."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from commonbook.errors import Declined
from commonbook.identity.sealing import Seal
from commonbook.notice.mail import Letterhead, write
from commonbook.people import challenges, directory, opening, throttle
from commonbook.people.directory import User
from commonbook.people.telling import tell
from commonbook.people.throttle import Parties
from commonbook.settings import PeopleSettings
from commonbook.terms import service as terms


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to be a user, as told before anything is confirmed."""

    email: str
    password_hash: str
    language: str
    country: str


def begin(
    connection: Connection,
    seal: Seal,
    settings: PeopleSettings,
    parties: Parties,
    letterhead: Letterhead,
    wish: Wish,
) -> str:
    """The handle to confirm with, beside the code in the mail. To an address that has a user the mail says so instead.

    What this does is the same for either, and so is what it gives back.
    """
    address = directory.normalized(wish.email)
    brand, code = letterhead.brand, challenges.new_code()
    may_mail = throttle.enter(connection, parties.mails(brand, address), time.time_ns())
    payload = {"email": wish.email, "password": wish.password_hash, "language": wish.language, "country": wish.country}
    handle = challenges.issue(connection, seal, challenges.SIGN_UP, brand, settings.code_s, payload=payload, code=code)
    known = directory.with_email(connection, seal, brand, address)
    if not may_mail:
        return handle
    if known is None:
        minutes = str(settings.code_s // 60)
        write(connection, seal, letterhead, wish.email, wish.language, "sign-up-code", code=code, minutes=minutes)
    else:
        tell(connection, seal, letterhead, known.id, "sign-up-taken")
    return handle


def confirmed(connection: Connection, seal: Seal, brand: int, handle: str) -> User:
    """The user of a sign-up whose code was right, with an account number that is not opened yet.

    Raises:
        Declined: `wrong_code`: another has used it; `email_taken`, which only whoever has the address comes to hear.
    """
    challenges.hold(connection, handle)
    found = challenges.find(connection, seal, challenges.SIGN_UP, brand, handle)
    if found is None:
        raise wrong_code()
    if found.user:
        return directory.find(connection, found.user)
    told: dict[str, Any] = found.payload
    country = {"country": told["country"]} if told["country"] else {}
    user = directory.add(connection, seal, brand, told["email"], told["password"], told["language"], **country)
    if country:
        terms.first_country(connection, user.id, told["country"])
    challenges.belongs_to(connection, handle, user.id)
    opening.reserve(connection, user.id)
    return user


def wrong_code() -> Declined:
    return Declined("wrong_code", "this code is wrong, used or over, or was tried too often: begin again")
