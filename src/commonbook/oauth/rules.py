"""What a client may be, ask for and show. Pure: facts in, refusals out. Rules O-1 to O-5 of docs/rules/oauth.md."""

import hmac
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from commonbook.errors import BadInput
from commonbook.identity.addresses import usual
from commonbook.identity.tokens import scopes_in
from commonbook.oauth.model import Client, ClientKind, Fault, Scope
from commonbook.units import RATE_ONE

NAME_CHARACTERS = 64
REDIRECT_CHARACTERS = 512
LOGO_KINDS = ("image/png", "image/jpeg", "image/webp")
_TERMINAL = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_PRINTED = re.compile(r"[!#-\[\]-~]+", re.ASCII)  # what an address and an error description may have
_APP_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)  # com.example.app: a name that somebody owns
_LOOPBACK = ("127.0.0.1", "[::1]")
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")  # it stands in the policy of a page, which knows ; and ,


class Wrong(Exception):
    """What a client asked is refused.

    Args:
        fault: why.
        text: printable ASCII without quotes, as an error description must be.
    """

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault = fault


# -- registration -----------------------------------------------------------------------------------------------------


def check_registration(
    name: str,
    kind: ClientKind,
    redirects: Sequence[str],
    scopes: frozenset[Scope],
    ip_list: Sequence[str],
    cap_e8: int,
) -> tuple[str, ...]:
    """O-1. Returns the addresses as they are compared.

    Raises:
        BadInput: names what is wrong.
    """
    if not name.strip() or len(name) > NAME_CHARACTERS or not name.isprintable():
        raise BadInput(f"name: 1 to {NAME_CHARACTERS} printable characters")
    if not redirects or len(set(redirects)) != len(redirects):
        raise BadInput("redirects: at least one, and each once")
    for one in redirects:
        check_redirect(one, kind)
    if not scopes:
        raise BadInput(f"scopes: at least one of {', '.join(Scope)}")
    if Scope.FAST in scopes and kind is ClientKind.PUBLIC:
        raise BadInput("scopes: fast_api is for a client with a secret, as its keys are kept on a server")
    if not 0 <= cap_e8 <= RATE_ONE:
        raise BadInput(f"cap: {cap_e8} is not between 0 and {RATE_ONE}")
    if kind is ClientKind.SECRET and not ip_list:
        raise BadInput("ip_list: a client with a secret says where its servers are")
    if kind is ClientKind.PUBLIC and ip_list:
        raise BadInput("ip_list: a public client is anywhere, and has none")
    try:
        return tuple(dict.fromkeys(usual(one) for one in ip_list))
    except ValueError as error:
        raise BadInput(f"ip_list: {error}") from None


def check_redirect(address: str, kind: ClientKind) -> None:
    """O-2: https; of a public client also an application's own scheme, or http at the device itself.

    Raises:
        BadInput: with the address, and what to register instead.
    """
    if len(address) > REDIRECT_CHARACTERS or not _PRINTED.fullmatch(address):
        raise BadInput(f"redirect {address[:80]!r}: up to {REDIRECT_CHARACTERS} characters of an address")
    try:
        parts = urlsplit(address)
        port = parts.port  # read here, as a port that is none is found only then
    except ValueError as error:
        raise BadInput(f"redirect {address[:80]!r}: {error}") from None
    if "#" in address or parts.username is not None or parts.password is not None:
        raise BadInput(f"redirect {address[:80]!r}: neither a fragment nor a user belongs to it")
    host = parts.netloc.removesuffix(f":{port}")
    if parts.scheme == "https" and _HOST.fullmatch(host):
        return
    if kind is ClientKind.PUBLIC and parts.scheme == "http" and host in _LOOPBACK:
        return
    if kind is ClientKind.PUBLIC and _APP_SCHEME.fullmatch(parts.scheme):
        return
    also = "" if kind is ClientKind.SECRET else ", com.example.app:/path, or http at 127.0.0.1 or [::1]"
    raise BadInput(f"redirect {address[:80]!r}: register https://host/path{also}")


def form_source(redirect: str) -> str:
    """What a page must allow its form to lead to, so that the answer may go there: an origin, or a scheme.

    Browsers know no addresses of IPv6 there.
    """
    parts = urlsplit(redirect)
    is_origin = parts.scheme in ("http", "https") and "[" not in parts.netloc
    return f"{parts.scheme}://{parts.netloc}" if is_origin else f"{parts.scheme}:"


# -- what is asked for ------------------------------------------------------------------------------------------------


def scopes_asked(client: Client, text: str) -> tuple[Scope, ...]:
    """O-4: known, allowed to the client, and `fast_api` by itself.

    Raises:
        Wrong: with what is wrong.
    """
    scopes = scopes_of(text)
    missing = [one for one in scopes if one not in client.scopes]
    if missing:
        fault = Fault.NO_FAST_API if missing == [Scope.FAST] else Fault.OUT_OF_SCOPE
        raise Wrong(fault, f"scope: this client may not ask for {', '.join(missing)}")
    return scopes


def scopes_of(text: str) -> tuple[Scope, ...]:
    """
    Raises:
        Wrong: with what is wrong.
    """
    words = scopes_in(text)
    if not words:
        raise Wrong(Fault.MISSING_PARAMETER, "scope is empty: ask for read_only, trade or both, or for fast_api")
    known = {scope.value: scope for scope in Scope}
    unknown = [one for one in words if one not in known]
    if unknown or len(set(words)) != len(words):
        raise Wrong(Fault.BAD_PARAMETER, f"scope: of {', '.join(known)}, each once")
    scopes = tuple(known[one] for one in words)
    if Scope.FAST in scopes and len(scopes) > 1:
        raise Wrong(Fault.BAD_PARAMETER, "scope: fast_api stands by itself")
    return scopes


def written(scopes: Sequence[Scope], text: str) -> str:
    """Scopes as the client writes them: with spaces when it asked so, else with commas."""
    return (" " if " " in text and "," not in text else ",").join(scopes)


def terminal_asked(client: Client, text: str) -> str:
    """O-4: a public client says which device it is on; of others it says nothing.

    Raises:
        Wrong: there is none, or none that can be one.
    """
    if client.kind is ClientKind.SECRET:
        return ""
    if not text:
        raise Wrong(Fault.MISSING_PARAMETER, "term_id is empty: a public client says which device it is on")
    if not _TERMINAL.fullmatch(text):
        raise Wrong(Fault.BAD_PARAMETER, "term_id: 1 to 64 letters, digits, dots, colons, dashes or underscores")
    return text


def is_simulated(fields: Mapping[str, str]) -> bool:
    """O-4: whether test funds are what is asked for.

    Raises:
        Wrong: neither yes nor no.
    """
    said = fields.get("simulated", "0")
    if said not in ("0", "1"):
        raise Wrong(Fault.BAD_PARAMETER, "simulated: 1 for test funds, 0 or nothing for the live venue")
    return said == "1"


def is_plain(text: str) -> bool:
    """Whether a text can stand in an error description."""
    return all(one == " " or _PRINTED.fullmatch(one) for one in text)


def is_secret(client: Client, secret: str) -> bool:
    """Compared in constant time."""
    given = sha256(secret.encode()).hexdigest()
    return any(hmac.compare_digest(given, one) for one in client.secret_hashes)


def may_come_from(client: Client, address: str) -> bool:
    """O-7: the servers of a client with a secret have addresses; a public client is anywhere."""
    return client.kind is ClientKind.PUBLIC or address in client.ip_list
