"""Domain names: how they are written, which cannot be a brand's, and which look like another's. Rule BR-9."""

import ipaddress
import unicodedata
from collections.abc import Iterable

import idna

from commonbook.errors import BadInput

LONGEST = 253
# Reserved by RFC 6761, 7686, 8375 and 9476, or used inside networks: nobody can own one.
_RESERVED = "localhost local test invalid example onion alt internal intranet lan home corp arpa"
RESERVED = frozenset(_RESERVED.split())
# What many countries have below them, under which strangers register.
_BELOW = "ac co com edu gob gouv gov gub go id ind info mil ne net nom or org plc ltd me res sch web firm gen asn"
_SECOND_LEVEL = frozenset(_BELOW.split())
# Scripts that are written together; all others stay by themselves.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
# Letters of other scripts, and digits, that pass for a Latin letter; a part of the Unicode list of confusables.
_ALIKE = str.maketrans(
    {
        **dict(zip("авсԁеһіјӏкмтոорԛѕхуԝгп", "abcdehijlkmtnopqsxywrn", strict=True)),
        **dict(zip("αβγδεικνορτυχω", "abydeikvoptuxw", strict=True)),
        **dict(zip("աոսցհքօզյլ", "wnughpoqjl", strict=True)),
        **dict(zip("ıøđłħŧƅɡɑɩʟ", "iodlhtbgail", strict=True)),
        **dict(zip("015", "ols", strict=True)),
    }
)


def normalized(text: str) -> str:
    """A domain as DNS has it: lower case, other scripts as xn--, without a dot at the end.

    Raises:
        BadInput: it is no domain that could be a brand's; says why.
    """
    name = text.strip().removesuffix(".")
    if not name or len(name) > LONGEST:
        raise BadInput(f"domain {text[:80]!r}: a name of 1 to {LONGEST} characters is wanted")
    if "*" in name:
        raise BadInput(f"domain {text[:80]!r}: a wildcard is none; name each domain")
    if is_address(name):
        raise BadInput(f"domain {text[:80]!r}: an address is no domain")
    try:
        found = idna.encode(unicodedata.normalize("NFC", name).lower(), uts46=True, strict=True).decode("ascii").lower()
        idna.decode(found)
    except (idna.IDNAError, UnicodeError) as error:
        raise BadInput(f"domain {text[:80]!r}: {error}") from None
    if any(not label.replace("-", "").isalnum() for label in found.split(".")):
        raise BadInput(f"domain {text[:80]!r}: letters, digits and hyphens only")
    if len(found) > LONGEST or "." not in found or found.rpartition(".")[2].isdigit():
        raise BadInput(f"domain {text[:80]!r}: a name below a top-level domain is wanted, for example exchange.example")
    return found


def must_be_ownable(domain: str, suffixes: Iterable[str], hosts_own: Iterable[str]) -> None:
    """
    Args:
        domain: as `normalized` gives it.
        suffixes: public ones beside those that are known by their form.
        hosts_own: the host's domains.

    Raises:
        BadInput: it cannot be a brand's, whoever asks for it.
    """
    labels = domain.split(".")
    if labels[-1] in RESERVED:
        raise BadInput(f"domain {domain!r}: names below {labels[-1]!r} belong to nobody")
    if is_public_suffix(domain, suffixes):
        raise BadInput(f"domain {domain!r}: strangers register below it, so it is nobody's; name the domain below it")
    for own in map(_lower, hosts_own):
        if domain == own or domain.endswith(f".{own}"):
            raise BadInput(f"domain {domain!r}: it is taken")
    scripts = mixed_scripts(domain)
    if scripts:
        raise BadInput(f"domain {shown(domain)!r}: it mixes {' and '.join(sorted(scripts)).lower()} in one word")


def is_public_suffix(domain: str, suffixes: Iterable[str]) -> bool:
    """Whether anybody registers below it: a top-level domain, `co.uk` and the like, or one that the host knows of."""
    labels = domain.split(".")
    by_form = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVEL
    return len(labels) == 1 or by_form or domain in set(map(_lower, suffixes))


def is_address(name: str) -> bool:
    """An IP address in any form that some resolver takes for one: 127.1, 0x7f000001, 2130706433, [::1]."""
    bare = name.strip("[]").partition("%")[0]
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return all(_is_number(part) for part in bare.split(".")) and bare != ""
    return True


def mixed_scripts(domain: str) -> set[str]:
    """The scripts of the first label that mixes some that are not written together; empty when none does."""
    for label in shown(domain).split("."):
        scripts = {
            unicodedata.name(one, "UNKNOWN").split(" ")[0] for one in label if unicodedata.category(one)[0] == "L"
        }
        if len(scripts) > 1 and not any(scripts <= group for group in _TOGETHER):
            return scripts
    return set()


def shown(domain: str) -> str:
    """As people read it."""
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain


def skeleton(domain: str) -> str:
    """Two domains with the same are taken for each other by the eye."""
    text = unicodedata.normalize("NFKD", shown(domain)).casefold()
    bare = "".join(one for one in text if not unicodedata.combining(one)).translate(_ALIKE)
    return bare.replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("-", "")


def looks_like(domain: str, others: Iterable[str]) -> str | None:
    """Another domain that this one passes for, or one that this is below the look-alike of; None for none."""
    wanted = skeleton(domain)
    for other in others:
        known = skeleton(other)
        is_own = domain == other or domain.endswith(f".{other}")
        if not is_own and (wanted == known or wanted.endswith(f".{known}")):
            return other
    return None


def host_of(header: str) -> str:
    """A Host header without its port, in lower case."""
    host = header.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].removesuffix(".")


def _lower(name: str) -> str:
    return name.strip().lower().removesuffix(".")


def _is_number(part: str) -> bool:
    try:
        int(part, 16 if part.lower().startswith("0x") else 10)
    except ValueError:
        return False
    return True
