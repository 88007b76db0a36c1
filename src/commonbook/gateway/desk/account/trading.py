"""A user's trading: an account for who came to a brand's team by invitation (PE-16), and own busted trades (CO-16)."""

import msgspec
from litestar import Response, get, post
from sqlalchemy import Connection, select

from commonbook.administration.roles import HOST
from commonbook.broker import busts
from commonbook.errors import Declined
from commonbook.gateway.desk.account.entry import Session, enter
from commonbook.gateway.desk.account.opening import open_account
from commonbook.gateway.desk.account.parts import by_session
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.people import directory
from commonbook.storage.schema import fills

PAGE = 100


class BustedTold(msgspec.Struct, frozen=True):
    """An own side of a trade that was declared void."""

    instrument: str
    trade: str  # its number among the instrument's, as the trading API tells it
    time_ns: str
    whole: bool  # all that was exchanged is back


@get("/busted-trades", needs=Needs.USER)
async def busted_trades(asked: Asking) -> list[BustedTold]:
    """Own trades that the host has declared void, newest first; the history of fills itself stays as it was."""
    account = asked.credential.account if asked.credential is not None else 0
    if not account:
        return []

    def read(connection: Connection) -> list[BustedTold]:
        return [
            BustedTold(
                instrument=asked.desk.venue.instruments[row["instrument"]].name,
                trade=_trade(connection, account, row["sequence"], row["event_index"]),
                time_ns=str(row["time_ns"]),
                whole=bool(row["is_whole"]),
            )
            for row in busts.of_account(connection, account)[:PAGE]
        ]

    return await asked.desk.read(read)


def _trade(connection: Connection, account: int, sequence: int, index: int) -> str:
    mine = (fills.c.account == account) & (fills.c.sequence == sequence) & (fills.c.event_index == index)
    return str(connection.execute(select(fills.c.trade).where(mine)).scalar() or "")


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


ROUTES = [open_own, busted_trades]
