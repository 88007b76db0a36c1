"""A trading account for who came to a brand's team by invitation: to try the brand out, and to be paid. Rule PE-16."""

from litestar import Response, post

from commonbook.administration.roles import HOST
from commonbook.errors import Declined
from commonbook.gateway.desk.account.entry import Session, enter
from commonbook.gateway.desk.account.opening import open_account
from commonbook.gateway.desk.account.parts import by_session
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.people import directory


@post("/trading-account", needs=Needs.USER, fresh=True, status_code=200)
async def open_own(asked: Asking) -> Response[Session]:
    """Open one for a user who has none. A session is of one account, so there is a new session with it."""
    by_session(asked)
    if asked.brand == HOST:
        raise Declined("no_account", "the host's own people have no trading account: sign up at the address of a brand")
    user = await asked.desk.read(lambda connection: directory.find(connection, asked.user))
    if user.account:
        raise Declined("already_open", f"you have the trading account {user.account}", account=str(user.account))
    return await enter(asked, await open_account(asked.desk, user))


ROUTES = [open_own]
