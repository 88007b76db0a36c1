"""A user asks that nothing be kept of them. Rule PE-15."""

from litestar import Response, post

from commonbook.gateway.desk.account.parts import by_session
from commonbook.gateway.desk.account.recovery import Done
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.cookies import no_session_cookie
from commonbook.gateway.desk.erasing import erase_user
from commonbook.gateway.desk.needs import Needs
from commonbook.people import directory


@post("/erase", needs=Needs.USER, fresh=True, status_code=200)
async def erase(asked: Asking) -> Response[Done]:
    """Erase what is kept of the user, for good. The account must be empty and without orders."""
    by_session(asked)
    user = await asked.desk.read(lambda connection: directory.find(connection, asked.user))
    await erase_user(asked, user)
    return Response(Done(), cookies=[no_session_cookie(asked)])


ROUTES = [erase]
