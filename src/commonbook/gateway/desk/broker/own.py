"""A broker's own: its line of the registry, its certificates, its OAuth clients. Rules BE-6, BE-11 and BE-14."""

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from commonbook.brokerage import certificates, registry
from commonbook.brokerage.model import Broker
from commonbook.errors import Declined
from commonbook.gateway.desk.account.parts import by_session, plain
from commonbook.gateway.desk.administration import number
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.broker.told import (
    BrokerTold,
    CertificateTold,
    broker_told,
    certificate_told,
    certificates_told,
)
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.oauth_clients import ClientMade, ClientTold, Rotation, client_told
from commonbook.oauth import clients


class Report(msgspec.Struct, frozen=True):
    """A certificate with what was signed."""

    certificate: CertificateTold
    report: str


async def own_broker(asked: Asked) -> Broker:
    """The broker that the user is who asks.

    Raises:
        Declined: `not_a_broker`.
    """
    return await asked.desk.read(lambda connection: registry.must_be_broker(connection, asked.user))


@get("/broker", needs=Needs.USER)
async def broker(asked: Asking) -> BrokerTold:
    """Your code, and how it stands."""
    return broker_told(await own_broker(asked))


@get("/broker/certificates", needs=Needs.USER)
async def own_certificates(asked: Asking) -> list[CertificateTold]:
    """What runs of the conformance kit have found, newest first."""
    own = await own_broker(asked)
    return await asked.desk.read(lambda connection: certificates_told(connection, own.number))


@get("/broker/certificates/{certificate:str}", needs=Needs.USER)
async def one_certificate(asked: Asking, certificate: FromPath[str]) -> Report:
    """One of them, with the report that was signed."""
    own, wanted = await own_broker(asked), number(certificate, "certificate")

    def query(connection: Connection) -> Report:
        found = certificates.find(connection, own.number, wanted)
        return Report(certificate_told(found), found.report)

    return await asked.desk.read(query)


@get("/broker/oauth-clients", needs=Needs.USER)
async def own_clients(asked: Asking) -> list[ClientTold]:
    """The applications that users may let act for them, as they are registered; oldest first."""
    own = await own_broker(asked)
    found = await asked.desk.read(lambda connection: clients.list_of(connection, own.number))
    return [client_told(asked.desk, one) for one in found]


@post("/broker/oauth-clients/{client:str}/secret", needs=Needs.USER, fresh=True, status_code=200)
async def new_secret(asked: Asking, client: FromPath[str], data: JSONBody[Rotation]) -> ClientMade:
    """A secret, told once; the one before works on for as long as is said."""
    by_session(asked)
    plain(client, "client")
    data.must_be_short()
    own = await own_broker(asked)

    def work(connection: Connection) -> ClientMade:
        found = clients.find(connection, client)
        if found is None or found.broker != own.number:
            raise Declined("no_such_client", f"you have no client {client}")
        secret = clients.rotate_secret(connection, client, data.old_works_s)
        asked.log(connection, "rotate client secret", f"client:{client}", None, old_works_s=data.old_works_s)
        return ClientMade(client, secret)

    return await asked.desk.write(work)


ROUTES = [broker, own_certificates, one_certificate, own_clients, new_secret]
