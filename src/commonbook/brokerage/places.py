"""Where a broker's systems are, told to those who let them in: held keys by address, its OAuth client. Rule BE-14.

Whatever changes an application's places has this follow in the same transaction. What the host has said of the client
by hand (its name, its scopes, its cap, its secret) stays.
"""

from sqlalchemy import Connection

from commonbook.broker import consents, schedules
from commonbook.broker.agreed import API
from commonbook.broker.model import PUBLIC
from commonbook.brokerage import applications
from commonbook.brokerage.model import Application
from commonbook.oauth import clients
from commonbook.oauth.clients import LOGO_BYTES, Wish
from commonbook.oauth.model import Client, ClientKind, Scope
from commonbook.oauth.rules import LOGO_KINDS
from commonbook.units import RateE8


def follow(connection: Connection, application: Application) -> None:
    """What is registered of a broker is from now on as its application says.

    A client whose kind has changed is another one, and the one before is disabled. A new client's secret is nobody's
    until the broker asks for one (O-16).

    Raises:
        BadInput: a redirect address that no client could have.
    """
    own, broker = application.integration, application.broker
    consents.set_addresses(connection, broker, own.ip_list)
    enabled = _enabled(connection, broker)
    if not own.models.has_oauth:
        return
    kind = ClientKind.PUBLIC if own.is_public_client else ClientKind.SECRET
    addresses = own.ip_list if kind is ClientKind.SECRET else ()
    for one in enabled:
        if one.kind is not kind:
            clients.disable(connection, one.id)
    same = next((one for one in enabled if one.kind is kind), None)
    if same is not None:
        clients.change(connection, same.id, Wish(same.name, own.redirect_urls, same.scopes, addresses, same.cap_e8))
        return
    scopes = frozenset(Scope) if kind is ClientKind.SECRET else frozenset({Scope.READ, Scope.TRADE})
    wish = Wish(own.title, own.redirect_urls, scopes, addresses, _cap(connection))
    _show_logo(connection, application, clients.register(connection, broker, kind, wish).client_id)


def go_live(connection: Connection, application: Application) -> None:
    """Two of the host's people have agreed to the application, and to the sub-accounts that it wishes for (BK-10)."""
    most = application.integration.subaccounts_most
    if most:
        consents.set_form(connection, application.broker, True, most)


def leave(connection: Connection, broker: int) -> None:
    """Who is a broker no more: keys that it holds work from nowhere, its clients have nothing of anybody, and it keeps
    no more sub-accounts for others."""
    consents.set_addresses(connection, broker, ())
    consents.set_form(connection, broker, False, 0)
    consents.resume(connection, broker)  # who applies anew begins anew
    for one in _enabled(connection, broker):
        clients.disable(connection, one.id)


def _enabled(connection: Connection, broker: int) -> list[Client]:
    """The oldest first."""
    return [one for one in clients.list_of(connection, broker) if one.enabled]


def _cap(connection: Connection) -> RateE8:
    """The most that the public schedule pays, whatever the tier; the host may change it."""
    tables, _ = schedules.load(connection, API)
    return max((table.highest for table in tables[PUBLIC]), default=RateE8(0))


def _show_logo(connection: Connection, application: Application, client: str) -> None:
    """The picture that users see when they are asked, where it is of a kind that is shown there."""
    if not application.logo:
        return
    kind, content = applications.logo_of(connection, application.logo)
    if kind in LOGO_KINDS and len(content) <= LOGO_BYTES:
        clients.set_logo(connection, client, kind, content)
