"""Clients, scopes and faults as plain data. Rules of docs/rules/oauth.md."""

from dataclasses import dataclass, field
from enum import StrEnum

from commonbook.units import RateE8


class Scope(StrEnum):
    """What a user can grant; nothing here withdraws, and nothing manages sub-accounts (O-9)."""

    READ = "read_only"
    TRADE = "trade"
    FAST = "fast_api"  # a client makes one API key, with which it reads and trades


class ClientKind(StrEnum):
    SECRET = "secret"  # runs on servers, which keep a secret and have addresses
    PUBLIC = "public"  # runs on a user's device; a terminal id says on which


class Fault(StrEnum):
    """Why the authorization server says no; the door has a code for each."""

    NOT_AUTHORIZED = "not_authorized"  # no such client, or not its secret
    NO_SUCH_CODE = "no_such_code"
    CODE_OVER = "code_over"  # expired, or used before
    WRONG_REFRESH = "wrong_refresh"  # unknown, or another client's
    EXPIRED = "expired"
    REVOKED = "revoked"
    FROZEN = "frozen"
    WRONG_TERMINAL = "wrong_terminal"
    WRONG_ADDRESS = "wrong_address"
    WRONG_REDIRECT = "wrong_redirect"
    BAD_PARAMETER = "bad_parameter"
    MISSING_PARAMETER = "missing_parameter"
    OUT_OF_SCOPE = "out_of_scope"
    NO_FAST_API = "no_fast_api"
    CANCELED = "canceled"  # the user has said no
    WRONG_SITE = "wrong_site"  # nobody has an account at this address


@dataclass(frozen=True, slots=True)
class Client:
    """What a broker's application is to the authorization server."""

    id: str
    broker: int  # the core's number of it
    name: str  # as users read it
    kind: ClientKind
    redirects: tuple[str, ...]
    scopes: frozenset[Scope]  # that it may ask for
    ip_list: tuple[str, ...]
    cap_e8: RateE8  # the most of a trading fee that users are asked to agree to
    logo_kind: str  # media type; "" without a logo
    enabled: bool
    created_ns: int
    secret_hashes: tuple[str, ...] = field(repr=False)  # that are good now


@dataclass(frozen=True, slots=True)
class NewClient:
    """What is shown once, when a client is registered."""

    client_id: str
    client_secret: str = field(repr=False)  # "" of a public one


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for."""

    client_id: str
    user: int
    account: int
    brand: int
    redirect: str
    scope: str
    challenge: str
    terminal: str
    cap_e8: RateE8
    expires_ns: int
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a client has of a user: the live grants together, as the user sees them."""

    client: Client
    scopes: frozenset[Scope]
    terminals: tuple[str, ...]
    simulated: bool  # all of it is about test funds
    cap_e8: RateE8  # the highest that was agreed to
    since_ns: int
    refreshed_ns: int  # when a token was last issued; 0: there is only a key
    api_key: str  # a Fast API key; "" for none
