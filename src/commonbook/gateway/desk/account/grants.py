"""What brokers' clients have of a user, and taking it back. Rule O-15."""

import time

import msgspec
from litestar import delete, get
from litestar.params import FromPath
from sqlalchemy import Connection

from commonbook.broker.rates import percent
from commonbook.errors import Declined
from commonbook.gateway.desk.account.brokers import engine_ns
from commonbook.gateway.desk.account.parts import moment, paper, plain
from commonbook.gateway.desk.account.recovery import Done
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.oauth import clients, held
from commonbook.oauth.model import Held, Scope
from commonbook.people.telling import tell


class GrantTold(msgspec.Struct, frozen=True):
    client: str
    name: str  # of the broker's application
    broker: str  # its code, which is on the orders
    scopes: list[Scope]
    terminals: list[str]  # devices that it is on, as it has called them
    simulated: bool  # all of it is about test funds
    cap: str  # the most of the trading fees that the broker earns by this, as it was agreed
    since_ns: str
    refreshed_ns: str  # when it last renewed its token; "" when it has a key alone
    api_key: str  # that it has made; "" for none


@get("/grants", needs=Needs.USER)
async def all_grants(asked: Asking) -> list[GrantTold]:
    """Applications that may act for the user, the newest first."""
    codes, user = asked.desk.venue.codes, asked.user

    def told(one: Held) -> GrantTold:
        code = codes.get(one.client.broker)
        return GrantTold(
            client=one.client.id,
            name=one.client.name,
            broker="" if code is None else code.code,
            scopes=sorted(one.scopes),
            terminals=list(one.terminals),
            simulated=one.simulated,
            cap=percent(one.cap_e8),
            since_ns=str(one.since_ns),
            refreshed_ns=str(one.refreshed_ns or ""),
            api_key=one.api_key,
        )

    now_ns = time.time_ns()
    return [told(one) for one in await asked.desk.read(lambda connection: held.held_of(connection, user, now_ns))]


@delete("/grants/{client:str}", needs=Needs.USER, status_code=200)
async def revoke_grant(asked: Asking, client: FromPath[str]) -> Done:
    """Take everything back from one application, a key that it has made included; it is out within a second.

    Its orders stay where they are: they are the user's.
    """
    plain(client, "client")
    user = asked.user

    def take_back(connection: Connection) -> None:
        if not held.cancel(connection, user, client, engine_ns(asked.desk.door)):
            raise Declined("no_such_grant", f"you have granted nothing to {client}")
        name = clients.must_find(connection, client).name
        head = paper(asked, asked.brand)
        tell(connection, asked.desk.seal, head, user, "application-ended", application=name, time=moment())
        asked.log(connection, "end application", f"client:{client}")

    await asked.desk.write_racing(take_back)  # the client may be refreshing at this moment
    return Done()


ROUTES = [all_grants, revoke_grant]
