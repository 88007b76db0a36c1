"""A brand's users, as its team sees them: found, locked and erased. At the host's desk the users of any brand. PE-17.

What is shown is of this brand alone: nothing tells who is somebody's person, or what else it is.
"""

from enum import StrEnum

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection

from commonbook.administration.roles import HOST, May, roles_of
from commonbook.errors import Declined
from commonbook.gateway.desk.account.parts import moment, paper
from commonbook.gateway.desk.administration import PAGE, number
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.brands import brand_numbered
from commonbook.gateway.desk.erasing import erase_user
from commonbook.people import devices, directory, factors
from commonbook.people.directory import User
from commonbook.people.telling import tell
from commonbook.terms import service as terms


class UserTold(msgspec.Struct, frozen=True):
    user: str
    brand: str  # "0": the host's own people
    account: str
    state: str  # pending, active, locked, closed
    language: str
    created_ns: str


class UserSeen(msgspec.Struct, frozen=True):
    """With personal data: who looks is in the log."""

    user: UserTold
    email: str
    display_name: str
    country: str
    phone: str
    second_factors: list[str]
    withdrawals_from_ns: str
    texts_country: str  # whose texts hold for the user (T-4); "*": those for every country


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole address: nobody leafs through addresses."""

    email: str
    brand: str = ""  # whose user; at the host's desk of any brand, "" for the desk's own


class Why(StrEnum):
    """Words, so that nothing personal gets into the log."""

    REQUEST = "request"  # the user's own
    SUSPICION = "suspicion"
    ORDER = "order"  # of a court or an authority
    TERMS = "terms"


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    why: Why


def told(user: User) -> UserTold:
    return UserTold(
        str(user.id), str(user.brand), str(user.account or ""), user.state, user.language, str(user.created_ns)
    )


@get("/users", needs=May.USERS)
async def all_users(asked: Asking, before: FromQuery[int] = 2**62, brand: FromQuery[str] = "") -> list[UserTold]:
    """Newest first, 100 a page; `before` a number. At the host's desk of the `brand` that is said."""
    whose = _whose(asked, brand)
    found = await asked.desk.read(lambda connection: directory.page_of(connection, whose, PAGE, min(before, 2**62)))
    return [told(one) for one in found]


@post("/users/search", needs=May.USERS, status_code=200)
async def search(asked: Asking, data: JSONBody[Wanted]) -> list[UserTold]:
    """The user with this address, if there is one."""
    whose = _whose(asked, data.brand)
    found = await asked.desk.read(
        lambda connection: directory.with_email(connection, asked.desk.seal, whose, data.email)
    )
    return [] if found is None else [told(found)]


def _whose(asked: Asked, brand: str) -> int:
    """The brand whose users are looked for: the desk's own, unless the host's people say another.

    Raises:
        Declined: `no_such_brand`, to a brand's team for any brand but its own as well.
    """
    if not brand:
        return asked.brand
    which = number(brand, "brand")
    if which == asked.brand:
        return which
    if asked.brand != HOST:
        raise Declined("no_such_brand", f"there is no brand {which} at this desk: leave it out")
    return brand_numbered(asked, which).id


@get("/users/{user:str}", needs=May.USERS)
async def one_user(asked: Asking, user: FromPath[str]) -> UserSeen:
    """One of them, with what is kept of them."""

    def work(connection: Connection) -> UserSeen:
        found = _theirs(connection, asked, user)
        personal = directory.personal(connection, asked.desk.seal, found.id)
        asked.log(connection, "see user", f"user:{found.id}", found.brand)
        return UserSeen(
            told(found),
            personal.get("email", ""),
            personal.get("display_name", ""),
            personal.get("country", ""),
            personal.get("phone", ""),
            factors.kinds_of(connection, found.id),
            str(found.withdrawals_from_ns or ""),
            terms.country_of(connection, found.id),
        )

    return await asked.desk.write(work)


@post("/users/{user:str}/lock", needs=May.RESTRICT, fresh=True, status_code=200)
async def lock(asked: Asking, user: FromPath[str], data: JSONBody[Reason]) -> UserTold:
    """Let the user in no more: sessions end at once, keys are refused within a second. Orders stay as they are."""
    return await _move(asked, user, directory.ACTIVE, directory.LOCKED, "lock user", "sign-in-locked", data.why)


@post("/users/{user:str}/unlock", needs=May.RESTRICT, fresh=True, status_code=200)
async def unlock(asked: Asking, user: FromPath[str], data: JSONBody[Reason]) -> UserTold:
    return await _move(asked, user, directory.LOCKED, directory.ACTIVE, "unlock user", "sign-in-unlocked", data.why)


async def _move(asked: Asked, user: str, before: str, after: str, act: str, mail: str, why: Why) -> UserTold:
    def work(connection: Connection) -> UserTold:
        found = _theirs(connection, asked, user)
        _may_restrict(connection, asked, found)
        if found.state != before:
            raise Declined("wrong_state", f"user {found.id} is {found.state}, not {before}", state=found.state)
        directory.change(connection, found.id, state=after)
        devices.end_all(connection, found.id)
        tell(connection, asked.desk.seal, paper(asked, found.brand), found.id, mail, time=moment())
        asked.log(connection, act, f"user:{found.id}", found.brand, why=why.value)
        return told(directory.find(connection, found.id))

    return await asked.desk.write(work)


@post("/users/{user:str}/erase", needs=May.RESTRICT, fresh=True, status_code=200)
async def erase(asked: Asking, user: FromPath[str], data: JSONBody[Reason]) -> UserTold:
    """Erase what is kept of the user, for good. The account must be empty and without orders."""

    def look(connection: Connection) -> User:
        found = _theirs(connection, asked, user)
        _may_restrict(connection, asked, found)
        return found

    found = await asked.desk.read(look)
    await erase_user(asked, found, found.brand)
    return told(await asked.desk.read(lambda connection: directory.find(connection, found.id)))


def _may_restrict(connection: Connection, asked: Asked, user: User) -> None:
    """Nobody restricts themselves, and who has a role is restricted by who gives roles.

    Raises:
        Declined: `own_user`, `not_permitted`.
    """
    if user.id == asked.user:
        raise Declined("own_user", "this is you: your own data is erased at /account/v1/erase")
    if roles_of(connection, user.id, user.brand):
        asked.require(May.STAFF)


def _theirs(connection: Connection, asked: Asked, user: str) -> User:
    """A user of the brand; at the host's desk of any.

    Raises:
        Declined: `no_such_user`, for another brand's as well.
    """
    which = number(user, "user")
    return (
        directory.find(connection, which)
        if asked.brand == HOST
        else directory.must_be_of(connection, which, asked.brand)
    )


ROUTES = [all_users, search, one_user, lock, unlock, erase]
