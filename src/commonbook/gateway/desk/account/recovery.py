"""A forgotten password, and a changed one. Rules PE-9 and PE-10."""

import time

import msgspec
from litestar import delete, post
from litestar.params import JSONBody
from sqlalchemy import Connection

from commonbook.administration.log import user_actor, write
from commonbook.errors import Declined
from commonbook.gateway.desk.account.factors import prove_password
from commonbook.gateway.desk.account.parts import by_session, evenly, moment, paper
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.identity.sessions import hash_of
from commonbook.people import devices, directory, recovery, throttle
from commonbook.people.passwords import must_be_good
from commonbook.people.rules import party_of
from commonbook.people.signup import wrong_code
from commonbook.people.telling import tell

SECOND_NS = 1_000_000_000
HOUR_S = 3_600


class Forgotten(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: str


class AskedFor(msgspec.Struct, frozen=True):
    """The answer to any address; what comes next is in the mail, if there is a user."""

    delay_s: int  # until the password can be set


class Reset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str  # out of the mail
    password: str


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str  # the other one out of the mail


class Done(msgspec.Struct, frozen=True):
    done: bool = True


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    password: str
    new_password: str


@post("/recovery", needs=Needs.NOBODY, status_code=200)
async def ask(asked: Asking, data: JSONBody[Forgotten]) -> AskedFor:
    """Ask for a new password. It can be set after a delay, and be stopped until then."""
    address = directory.normalized(data.email)
    return await evenly(asked, _ask(asked, address))


async def _ask(asked: Asked, address: str) -> AskedFor:
    desk, brand, settings = asked.desk, asked.asked_brand, asked.desk.settings.people
    head, network = paper(asked, brand), desk.parties.network(party_of(asked.address))
    if not await desk.write_racing(lambda connection: throttle.enter(connection, network, time.time_ns())):
        raise Declined("too_many_requests", "too many tries from this network: wait and try again")

    def work(connection: Connection) -> None:
        may_mail = throttle.enter(connection, desk.parties.mails(brand, address), time.time_ns())
        user = directory.with_email(connection, desk.seal, brand, address)
        if user is None or user.state != directory.ACTIVE or not may_mail:
            return
        new = recovery.ask(connection, user.id, settings)
        tell(
            connection,
            desk.seal,
            head,
            user.id,
            "recovery-requested",
            ready=moment(new.ready_ns),
            code=new.reset,
            link=head.link("recovery", new.reset),
            stop=new.stop,
            stop_link=head.link("recovery/stop", new.stop),
        )

    await desk.write_racing(work)
    return AskedFor(settings.recovery_delay_s)


@post("/recovery/reset", needs=Needs.NOBODY, status_code=200)
async def reset(asked: Asking, data: JSONBody[Reset]) -> Done:
    """Set the password, once the delay is over. All sessions end, withdrawals are locked for a while, second factors
    stay."""
    desk, brand, settings = asked.desk, asked.asked_brand, asked.desk.settings.people

    def look(connection: Connection) -> tuple[recovery.Recovery, str]:
        found = recovery.with_reset(connection, brand, data.code)
        email = directory.personal(connection, desk.seal, found.user).get("email", "")
        return found, directory.normalized(email)

    found, address = await desk.read(look)
    must_be_good(data.password, address)
    hashed = await desk.passwords.hash(data.password)
    head = paper(asked, brand)

    def work(connection: Connection) -> None:
        if not recovery.use(connection, found):
            raise wrong_code()
        directory.change(connection, found.user, password_hash=hashed)
        directory.lock_withdrawals(connection, found.user, time.time_ns() + settings.withdrawals_locked_s * SECOND_NS)
        devices.end_all(connection, found.user)
        throttle.forget(connection, desk.parties.login(brand, address))
        hours = str(settings.withdrawals_locked_s // HOUR_S)
        tell(connection, desk.seal, head, found.user, "recovery-done", time=moment(), hours=hours)
        write(connection, brand, user_actor(found.user), "reset password", f"user:{found.user}")

    await desk.write(work)
    return Done()


@post("/recovery/stop", needs=Needs.NOBODY, status_code=200)
async def stop(asked: Asking, data: JSONBody[Stop]) -> Done:
    """Stop it, by the mail that told of it. Everything of the kind that is under way for the user stops."""
    brand = asked.asked_brand
    user = await asked.desk.read(lambda connection: recovery.user_of_stop(connection, brand, data.code))
    if user is None:
        raise wrong_code()
    await _stop(asked, brand, user)
    return Done()


@delete("/recovery", needs=Needs.USER, status_code=200)
async def stop_own(asked: Asking) -> Done:
    """The same by who is signed in."""
    by_session(asked)
    await _stop(asked, asked.brand, asked.user)
    return Done()


async def _stop(asked: Asked, brand: int, user: int) -> None:
    head = paper(asked, brand)

    def work(connection: Connection) -> None:
        if recovery.stop_all(connection, user):
            tell(connection, asked.desk.seal, head, user, "recovery-stopped")

    await asked.desk.write(work)


@post("/password", needs=Needs.USER, fresh=True, status_code=200)
async def change_password(asked: Asking, data: JSONBody[PasswordChange]) -> Done:
    """A new password, by who knows the old one. All other sessions end."""
    token, desk, user = by_session(asked), asked.desk, asked.user
    personal = await desk.read(lambda connection: directory.personal(connection, desk.seal, user))
    must_be_good(data.new_password, directory.normalized(personal["email"]))
    await prove_password(asked, data.password)
    hashed, head = await desk.passwords.hash(data.new_password), paper(asked, asked.brand)

    def work(connection: Connection) -> None:
        directory.change(connection, user, password_hash=hashed)
        devices.end_all(connection, user, hash_of(token))
        recovery.stop_all(connection, user)
        tell(connection, desk.seal, head, user, "password-changed", time=moment())
        asked.log(connection, "change password", f"user:{user}")

    await desk.write(work)
    return Done()


ROUTES = [ask, reset, stop, stop_own, change_password]
