"""An invited person sets a password, and is a user from then on. Rules PE-16 and LV-9.

Who was invited to a team has a role and no trading account; who came along with a brand's users has one.
"""

import msgspec
from litestar import Response, post
from litestar.params import JSONBody
from sqlalchemy import Connection

from commonbook.administration.roles import HOST, roles_of
from commonbook.gateway.desk.account.entry import Session, enter, tell_of_sign_up
from commonbook.gateway.desk.account.opening import open_account
from commonbook.gateway.desk.account.parts import language_of
from commonbook.gateway.desk.asked import Asking, must_not_be_going
from commonbook.gateway.desk.needs import Needs
from commonbook.people import challenges, directory
from commonbook.people.directory import User
from commonbook.people.passwords import must_be_good
from commonbook.people.signup import wrong_code


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str  # out of the mail, or as the host's command has printed it
    password: str
    language: str = ""


@post("/invitation", needs=Needs.NOBODY, status_code=200)
async def accept(asked: Asking, data: JSONBody[Acceptance]) -> Response[Session]:
    """Set the password: the code is used with it, and there is a session."""
    desk, brand = asked.desk, asked.asked_brand
    language = language_of(asked, data.language)

    def look(connection: Connection) -> tuple[User, str]:
        found = challenges.find(connection, desk.seal, challenges.INVITATION, brand, data.code)
        if found is None:
            raise wrong_code()
        email = directory.personal(connection, desk.seal, found.user).get("email", "")
        return directory.find(connection, found.user), directory.normalized(email)

    user, address = await desk.read(look)
    must_be_good(data.password, address)
    hashed = await desk.passwords.hash(data.password)

    def work(connection: Connection) -> User:
        if not challenges.spend(connection, data.code):
            raise wrong_code()
        has_role = brand == HOST or bool(roles_of(connection, user.id, brand))
        if not has_role:
            must_not_be_going(desk, brand)
        state = directory.ACTIVE if has_role else directory.PENDING  # until the account is opened, at a login at last
        directory.change(connection, user.id, password_hash=hashed, state=state, language=language)
        if not has_role:
            tell_of_sign_up(connection, user)
        return directory.find(connection, user.id)

    invited = await desk.write(work)
    if invited.state == directory.PENDING:
        invited = await open_account(desk, invited)
    return await enter(asked, invited)


ROUTES = [accept]
