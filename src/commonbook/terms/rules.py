"""Which texts hold for whom, and which are still to be accepted. Pure; rules T-1 to T-8 of docs/rules/terms.md."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network

from commonbook.errors import BadInput, Declined
from commonbook.terms.model import EVERYWHERE, Audience, Kind, Line, Version

HOST = 0  # the brand number that stands for the host
CHARACTERS_MOST = 400_000  # of one text
PREFIX_BITS = {4: 24, 6: 48}  # of an address, what is kept of it
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_LANGUAGE_MOST = 16


def canonical(text: str) -> str:
    """T-1: one spelling of a text: composed characters, lines that end in LF and in no space, one LF at the end.

    Raises:
        BadInput: nothing in it, too much, or control characters.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = "\n".join(line.rstrip() for line in composed.split("\n")).strip("\n")
    if not lines.strip():
        raise BadInput("the text is empty")
    if len(lines) > CHARACTERS_MOST:
        raise BadInput(f"the text has {len(lines)} characters; the most is {CHARACTERS_MOST}")
    strange = next((one for one in lines if unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\t"), None)
    if strange is not None:
        raise BadInput(f"the text has the control character U+{ord(strange):04X}: take it out")
    return lines + "\n"


def hash_of(text: str) -> str:
    """T-1: the SHA-256 of the UTF-8 of a canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def country(text: str) -> str:
    """A country's two letters, or `*`.

    Raises:
        BadInput: neither.
    """
    if text != EVERYWHERE and not _COUNTRY.fullmatch(text):
        raise BadInput(f"country {text[:16]!r} is none: give two capital letters as in ISO 3166, or {EVERYWHERE}")
    return text


def language(text: str) -> str:
    """A language tag such as `en` or `pt-BR`.

    Raises:
        BadInput: it is none.
    """
    if not _LANGUAGE.fullmatch(text) or len(text) > _LANGUAGE_MOST:
        raise BadInput(f"language {text[:32]!r} is none: give a tag such as en or pt-BR")
    return text


def address_prefix(address: str) -> str:
    """T-6: the network of an address: 24 bits of IPv4, 48 of IPv6; "" for what is no address, as of a Unix socket."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{found}/{PREFIX_BITS[found.version]}", strict=False))


def may_publish(brand: int, role: Audience) -> None:
    """T-3: a brand writes for its traders and its staff, the host for its own staff, for partners and for brokers.

    Raises:
        Declined: `not_your_text`.
    """
    if role not in _WRITTEN_BY_HOST if brand == HOST else role not in _WRITTEN_BY_BRANDS:
        whose = "the brands'" if brand == HOST else "the host's"
        raise Declined("not_your_text", f"the texts for a {role} are {whose}", role=role.value)


_WRITTEN_BY_HOST = frozenset({Audience.STAFF, Audience.PARTNER, Audience.BROKER})
_WRITTEN_BY_BRANDS = frozenset({Audience.TRADER, Audience.STAFF})


def writer_of(brand: int, role: Audience) -> int:
    """Whose texts a user of a brand is asked to accept in this role (T-3)."""
    return HOST if role in (Audience.PARTNER, Audience.BROKER) else brand


def lines_for(
    versions: Iterable[Version], brand: int, where: str, roles: Iterable[Audience], now_ns: int
) -> dict[tuple[Audience, Kind], list[Version]]:
    """T-4: the versions that hold for a user by role and kind, oldest first, those to come included.

    The country's own texts, once one of them is in force; until then, and where there are none, those of `*`.
    """
    by_line: dict[Line, list[Version]] = {}
    for version in sorted(versions, key=lambda one: one.number):
        by_line.setdefault(version.line, []).append(version)
    found = {}
    for role in roles:
        writer = writer_of(brand, role)
        for kind in Kind:
            own = by_line.get(Line(writer, where, role, kind), []) if where != EVERYWHERE else []
            common = by_line.get(Line(writer, EVERYWHERE, role, kind), [])
            line = own if in_force(own, now_ns) is not None else common
            if line:
                found[role, kind] = line
    return found


def first_of_country(
    versions: Iterable[Version], brand: int, where: str, roles: Iterable[Audience], chosen: Iterable[Sequence[Version]]
) -> list[Version]:
    """Versions of the country's own that are to replace those of `*`: they may be accepted beforehand."""
    known = {one.line for line in chosen for one in line}
    lines = {Line(writer_of(brand, role), where, role, kind) for role in roles for kind in Kind} - known
    return [one for one in versions if where != EVERYWHERE and one.line in lines]


def in_force(line: Sequence[Version], now_ns: int) -> Version | None:
    """The newest version of a line whose day has come; of several the highest number."""
    return next((one for one in reversed(line) if one.effective_ns <= now_ns), None)


def must_accept(line: Sequence[Version], accepted: Mapping[int, int], now_ns: int) -> Version | None:
    """T-5: the version that is still to be accepted, None when nothing is.

    What a user has accepted, or a later version, serves until a material change comes into force. The first version of
    a line always is one.

    Args:
        line: oldest first.
        accepted: versions by id that the user has accepted.
    """
    now = in_force(line, now_ns)
    if now is None:
        return None
    past = [one for one in line if one.number <= now.number]
    since = max((one.number for one in past if one.is_material), default=past[0].number)
    return None if any(one.id in accepted and one.number >= since for one in line) else now


def next_change_ns(versions: Iterable[Version], now_ns: int) -> int | None:
    """When the next version comes into force; None when none is to come."""
    return min((one.effective_ns for one in versions if one.effective_ns > now_ns), default=None)
