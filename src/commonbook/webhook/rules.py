"""Signatures, delays and what an address may look like. Rules WH-1, WH-2, WH-6 and WH-7 of docs/rules/webhooks.md."""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from commonbook.errors import BadInput
from commonbook.outbound import is_public

URL_MOST = 2_000  # characters
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def signature(secrets: Iterable[str], body: bytes, at_s: int) -> str:
    """The signature header: the time, and one HMAC-SHA256 over `time.body` for each secret that is good (WH-6).

    Args:
        at_s: seconds since 1970.
    """
    return ",".join([f"t={at_s}", *(f"v1={_mac(secret, body, at_s)}" for secret in secrets)])


def is_signed(header: str, secret: str, body: bytes, now_s: int, tolerance_s: int = 300) -> bool:
    """Whether a header is this secret's over this body, and not older than the tolerance: what a receiver checks."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or len(times[0]) > 12:
        return False
    at_s = int(times[0])
    expected = _mac(secret, body, at_s)
    given = [value for name, _, value in parts if name == "v1"]
    known = [hmac.compare_digest(expected.encode(), one.encode()) for one in given]
    return any(known) and abs(now_s - at_s) <= tolerance_s


def _mac(secret: str, body: bytes, at_s: int) -> str:
    return hmac.digest(secret.encode(), b"%d." % at_s + body, hashlib.sha256).hex()


def delay_s(failures: int, first_s: int, most_s: int) -> int:
    """How long a delivery waits after so many failures one behind the other, from 1: twice as long each time (WH-7)."""
    return min(first_s << min(failures - 1, 30), most_s)


def check_url(url: str, loopback_allowed: bool = False) -> str:
    """An address that we may send to, as far as its text tells; gives its host.

    Where the host leads is looked at again for every single request (`outbound`): here is refused what can be right
    under no circumstances, with the reason.

    Args:
        loopback_allowed: for tests and development: http, and this machine.

    Raises:
        BadInput: says what is wrong.
    """
    if len(url) > URL_MOST:
        raise BadInput(f"an address of {len(url)} characters; {URL_MOST} at most")
    if not url.isascii() or any(one in url for one in "\\ \t\r\n") or not url.isprintable():
        raise BadInput("an address is written in ASCII, without spaces and backslashes; write names in punycode")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadInput(f"address {url[:100]!r}: {error}") from None
    allowed = ("https", "http") if loopback_allowed else ("https",)
    if parts.scheme not in allowed:
        raise BadInput(f"address {url[:100]!r} must begin with https://")
    if "@" in parts.netloc:
        raise BadInput("an address carries no user name and no password; the signature proves who sends")
    if "#" in url:
        raise BadInput("an address has no fragment: it would never be sent")
    if port == 0 or parts.netloc.endswith(":"):
        raise BadInput(f"address {url[:100]!r} has no usable port")
    check_host(host, loopback_allowed)
    return host


def check_host(host: str, loopback_allowed: bool = False) -> None:
    """A name, or an address in its one proper spelling.

    Raises:
        BadInput: it is neither, or an address that is not public.
    """
    if not host:
        raise BadInput("the address names no host")
    literal = _literal(host)
    if literal is not None:
        if not is_reached(literal, loopback_allowed):
            raise BadInput(f"{host} is no public address")
        return
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadInput(f"{host[:100]!r} is no host name")
    if _NUMBER.fullmatch(labels[-1]):  # what some resolvers read as an address: 2130706433, 0x7f.1, 127.1, 0177.0.0.1
        raise BadInput(
            f"{host[:100]!r} is not how an address is written: four numbers of 0 to 255, without zeros ahead"
        )
    if labels[-1] == "localhost" and loopback_allowed:
        return
    if len(labels) == 1 or labels[-1] in ("localhost", "local", "internal", "localdomain", "arpa", "onion"):
        raise BadInput(f"{host[:100]!r} is a name of a local network")


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_reached(address: ipaddress.IPv4Address | ipaddress.IPv6Address, loopback_allowed: bool = False) -> bool:
    """Whether requests may go to an address: it is a public one, of one host, in no disguise (WH-2)."""
    if loopback_allowed and address in (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")):
        return True
    return is_public(address)
