"""Texts, their versions and what was accepted, as plain data. Rules T-1 to T-4 of docs/rules/terms.md."""

from dataclasses import dataclass
from enum import StrEnum

EVERYWHERE = "*"  # the country of texts for whoever's country has none of its own


class Kind(StrEnum):
    TERMS = "terms"
    RISK = "risk"
    PRIVACY = "privacy"


class Audience(StrEnum):
    """As what a user is asked to accept."""

    TRADER = "trader"  # who has an account
    STAFF = "staff"  # who has a role at a brand, or at the host
    PARTNER = "partner"  # who owns a brand
    BROKER = "broker"  # whose account is paid a broker's commission


@dataclass(frozen=True, slots=True)
class Line:
    """Versions that follow one another: one text of one brand, for one country and one audience."""

    brand: int
    country: str
    role: Audience
    kind: Kind


@dataclass(frozen=True, slots=True)
class Version:
    id: int
    line: Line
    number: int  # from 1 in its line
    effective_ns: int
    is_material: bool
    author: int
    published_ns: int


@dataclass(frozen=True, slots=True)
class Text:
    """A version in one language."""

    version: int
    language: str
    hash: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    user: int
    version: int
    language: str
    hash: str
    accepted_ns: int
    address_prefix: str
    credential: int
