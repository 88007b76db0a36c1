"""What the host and a broker are told of an OAuth client. Rules O-1 and O-16."""

import msgspec

from commonbook.broker.rates import percent
from commonbook.errors import BadInput
from commonbook.gateway.desk.asked import Desk
from commonbook.oauth.model import Client, ClientKind, Scope

OLD_WORKS_MOST_S = 7 * 86_400


class ClientMade(msgspec.Struct, frozen=True):
    """The secret is told once, here."""

    client: str
    client_secret: str  # "" of a public client


class ClientTold(msgspec.Struct, frozen=True):
    client: str
    broker: str
    code: str
    name: str
    kind: ClientKind
    redirects: list[str]
    scopes: list[Scope]
    ip_list: list[str]
    cap: str
    has_logo: bool
    enabled: bool
    created_ns: str


class Rotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    old_works_s: int = 0  # so long the one before works on; 0: it has leaked

    def must_be_short(self) -> None:
        """
        Raises:
            BadInput: below zero, or more than OLD_WORKS_MOST_S.
        """
        if not 0 <= self.old_works_s <= OLD_WORKS_MOST_S:
            raise BadInput(f"old_works_s: {self.old_works_s} is not between 0 and {OLD_WORKS_MOST_S}")


def client_told(desk: Desk, one: Client) -> ClientTold:
    code = desk.venue.codes.get(one.broker)
    return ClientTold(
        one.id,
        str(one.broker),
        "" if code is None else code.code,
        one.name,
        one.kind,
        list(one.redirects),
        sorted(one.scopes),
        list(one.ip_list),
        percent(one.cap_e8),
        bool(one.logo_kind),
        one.enabled,
        str(one.created_ns),
    )
