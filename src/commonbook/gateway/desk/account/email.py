"""Another address of mail, confirmed at both. Rule PE-9."""

import time

import msgspec
from litestar import post
from litestar.params import JSONBody
from sqlalchemy import Connection

from commonbook.errors import Declined
from commonbook.gateway.desk.account.parts import by_session, evenly, moment, paper
from commonbook.gateway.desk.account.recovery import HOUR_S, SECOND_NS, Done
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.notice.mail import write
from commonbook.people import challenges, directory, throttle
from commonbook.people.signup import wrong_code
from commonbook.people.telling import tell


class NewAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: str


class ChangeBegun(msgspec.Struct, frozen=True):
    """The answer to any address; each of the two gets a code by mail."""

    change: str


class BothCodes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    change: str
    old_code: str
    new_code: str


@post("/email", needs=Needs.USER, fresh=True, status_code=200)
async def change(asked: Asking, data: JSONBody[NewAddress]) -> ChangeBegun:
    """Ask for another address. Who has a user under it already is told by mail, and this answers alike."""
    by_session(asked)
    address = directory.normalized(data.email)
    return await evenly(asked, _begin(asked, data.email.strip(), address))


async def _begin(asked: Asked, email: str, address: str) -> ChangeBegun:
    desk, user, brand = asked.desk, asked.user, asked.brand
    settings, head = desk.settings.people, paper(asked, brand)

    def work(connection: Connection) -> str:
        old_code, new_code = challenges.new_code(), challenges.new_code()
        may_mail = throttle.enter(connection, desk.parties.mails(brand, address), time.time_ns())
        challenges.give_up(connection, user, challenges.NEW_EMAIL)
        handle = challenges.issue(
            connection,
            desk.seal,
            challenges.NEW_EMAIL,
            brand,
            settings.code_s,
            user,
            {"email": email},
            _both(old_code, new_code),
        )
        minutes, language = str(settings.code_s // 60), directory.find(connection, user).language
        tell(connection, desk.seal, head, user, "email-old-code", code=old_code, minutes=minutes)
        if not may_mail:
            return handle
        known = directory.with_email(connection, desk.seal, brand, address)
        if known is None:
            write(connection, desk.seal, head, email, language, "email-new-code", user, code=new_code, minutes=minutes)
        else:
            tell(connection, desk.seal, head, known.id, "email-new-taken")
        return handle

    return ChangeBegun(await desk.write_racing(work))


@post("/email/confirm", needs=Needs.USER, status_code=200)
async def confirm(asked: Asking, data: JSONBody[BothCodes]) -> Done:
    """Both codes: the new address is the user's. Withdrawals are locked for a while."""
    by_session(asked)
    desk, user, brand = asked.desk, asked.user, asked.brand
    settings, head, purpose = desk.settings.people, paper(asked, asked.brand), challenges.NEW_EMAIL
    codes = _both(data.old_code, data.new_code)
    if not await desk.write(
        lambda connection: challenges.try_code(
            connection, desk.seal, purpose, brand, data.change, codes, settings.code_tries
        )
    ):
        raise wrong_code()

    def work(connection: Connection) -> None:
        challenges.hold(connection, data.change)
        found = challenges.find(connection, desk.seal, purpose, brand, data.change)
        if found is None or found.user != user or not challenges.spend(connection, data.change):
            raise wrong_code()
        email = found.payload["email"]
        address = directory.normalized(email)
        if directory.with_email(connection, desk.seal, brand, address) is not None:
            raise Declined("email_taken", "this address has a user at this brand already")
        hours = str(settings.withdrawals_locked_s // HOUR_S)
        tell(connection, desk.seal, head, user, "email-changed", time=moment(), hours=hours)
        personal = directory.personal(connection, desk.seal, user)
        directory.change(connection, user, email_hash=directory.email_hash(desk.seal, brand, address))
        directory.keep_personal(connection, desk.seal, user, personal | {"email": email})
        directory.also_proved_by(connection, desk.seal, directory.find(connection, user).person, address)
        directory.lock_withdrawals(connection, user, time.time_ns() + settings.withdrawals_locked_s * SECOND_NS)
        tell(connection, desk.seal, head, user, "email-changed", time=moment(), hours=hours)
        asked.log(connection, "change email", f"user:{user}")

    await desk.write_racing(work)
    return Done()


def _both(old_code: str, new_code: str) -> str:
    return f"{old_code.strip()} {new_code.strip()}"


ROUTES = [change, confirm]
