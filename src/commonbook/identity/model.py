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


@dataclass(frozen=True, slots=True)
class Credential:
    """A key or a session that has been found; a key's secret is unsealed only in memory."""

    id: int
    api_key: str  # of a session the hash of its token
    account: int
    brand: int
    label: str
    permissions: frozenset[Permission]
    ip_list: tuple[str, ...]
    secret: bytes = field(repr=False)
    passphrase_hash: str = field(repr=False)
    brokers: frozenset[int]  # codes this key is associated with
    kind: CredentialKind = CredentialKind.API_KEY
    user: int = 0  # whose it is; 0: of the account alone, made by the host's command
    proved_ns: int = field(default=0, compare=False)  # of a session: when a second factor was last shown
    withdrawals_from_ns: int = 0  # its user withdraws nothing before this time
    may_order: bool = field(default=True, compare=False)  # False: its user has texts to accept first (T-7)


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
