"""Credentials as plain data. Rules I-1 to I-8 of docs/rules/identity.md."""

from dataclasses import dataclass, field
from enum import StrEnum


class Permission(StrEnum):
    READ = "read_only"
    TRADE = "trade"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Credential:
    """A key that has been found; its secret is unsealed only in memory."""

    id: int
    api_key: str
    account: int
    brand: int
    label: str
    permissions: frozenset[Permission]
    ip_list: tuple[str, ...]
    secret: bytes = field(repr=False)
    passphrase_hash: str = field(repr=False)
    brokers: frozenset[int]  # codes this key is associated with


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
    REPLAYED = "replayed"
