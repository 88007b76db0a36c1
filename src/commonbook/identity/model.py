"""Credentials as plain data. Rules I-1 to I-16 of docs/rules/identity.md."""

from dataclasses import dataclass, field
from enum import StrEnum


class Permission(StrEnum):
    READ = "read_only"
    TRADE = "trade"
    WITHDRAW = "withdraw"
    MANAGE = "manage"  # the desks: what its user's roles allow


class CredentialKind(StrEnum):
    API_KEY = "api_key"
    SESSION = "session"
    TOKEN = "token"  # that a user has granted to a broker's client (docs/rules/oauth.md)


@dataclass(frozen=True, slots=True)
class Bearer:
    """What an access token is beside a credential."""

    client: str
    broker: int  # whose every order through it is
    user: int
    terminal: str  # of a public client: the device it is for; "" of one with a secret
    makes_keys: bool  # it makes and deletes a Fast API key, and does nothing else
    addresses: tuple[str, ...] = ()  # of a client with a secret: where its servers are


@dataclass(frozen=True, slots=True)
class Credential:
    """A key or a session that has been found; a key's secret is unsealed only in memory."""

    id: int
    api_key: str  # of a session and of a token its hash
    account: int
    brand: int
    label: str
    permissions: frozenset[Permission]
    ip_list: tuple[str, ...]
    secret: bytes = field(repr=False)
    passphrase_hash: str = field(repr=False)
    # Whose codes earn on its orders; asked for anew with each order, so that a refusal cuts no connection.
    brokers: frozenset[int] = field(compare=False)
    kind: CredentialKind = CredentialKind.API_KEY
    user: int = 0  # whose it is; 0: of the account alone, made by the host's command
    proved_ns: int = field(default=0, compare=False)  # of a session: when a second factor was last shown
    withdrawals_from_ns: int = 0  # its user withdraws nothing before this time
    may_order: bool = field(default=True, compare=False)  # False: its user has texts to accept first (T-7)
    bearer: Bearer | None = None  # of a token
    holder: int = 0  # the broker that has the key; 0: its owner
    # Whose all its orders are, whatever their tags: a token's broker, or the one that keeps the account; 0: nobody's.
    # As `brokers`, asked for anew.
    owner: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is shown once, when a key is made."""

    api_key: str
    api_secret: str
    api_passphrase: str


class Denial(StrEnum):
    """Why a request is not let in; checked in this order (I-2)."""

    NO_KEY = "no_key"
    NO_PASSPHRASE = "no_passphrase"
    NO_SIGNATURE = "no_signature"
    NO_TIMESTAMP = "no_timestamp"
    UNKNOWN_KEY = "unknown_key"
    IP_NOT_LISTED = "ip_not_listed"
    BAD_TIMESTAMP = "bad_timestamp"
    STALE = "stale"
    BAD_SIGNATURE = "bad_signature"
    WRONG_PASSPHRASE = "wrong_passphrase"
    NOT_PERMITTED = "not_permitted"
    WITHDRAWALS_LOCKED = "withdrawals_locked"  # for a while after a reset (I-16)
    REPLAYED = "replayed"
    NO_SESSION = "no_session"  # of a web session: not there, ended, or over (I-11)
    BAD_CSRF = "bad_csrf"
    NO_TOKEN = "no_token"  # of an access token: there is none, or not one of ours (O-10)
    TOKEN_CANCELED = "token_canceled"  # by its user
    TOKEN_REVOKED = "token_revoked"
    TOKEN_EXPIRED = "token_expired"
    ACCOUNT_FROZEN = "account_frozen"
    BROKER_SUSPENDED = "broker_suspended"  # whose client has the token
    WRONG_TERMINAL = "wrong_terminal"
    WRONG_ADDRESS = "wrong_address"
    OUT_OF_SCOPE = "out_of_scope"
