"""The state machine of an application, and what may be asked for in one. Pure. Rules BE-2 to BE-6.

draft -> submitted -> integration -> sandbox -> review -> contract -> live
live <-> lapsed, suspended;  from live on -> closed;  before it -> refused, withdrawn, expired
"""

import re
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from commonbook.admission.machine import Machine, Move, Need, move_of
from commonbook.brokerage.model import Facts, Integration, Standing, State, Who
from commonbook.errors import BadInput
from commonbook.identity.addresses import usual

ENDED = (State.CLOSED, State.REFUSED, State.WITHDRAWN, State.EXPIRED)
BEFORE_LIVE = (
    State.DRAFT,
    State.SUBMITTED,
    State.INTEGRATION,
    State.SANDBOX,
    State.REVIEW,
    State.CONTRACT,
)
STANDINGS: dict[State, Standing] = {  # what the registry says of a broker, by the state of its application
    State.INTEGRATION: Standing.TESTING,
    State.SANDBOX: Standing.TESTING,
    State.REVIEW: Standing.TESTING,
    State.CONTRACT: Standing.TESTING,
    State.LIVE: Standing.LIVE,
    State.LAPSED: Standing.LAPSED,
    State.SUSPENDED: Standing.SUSPENDED,
    **dict.fromkeys(ENDED, Standing.CLOSED),
}


class Condition(StrEnum):
    """Each is the code of the refusal as well. `NEEDS` says what it is."""

    INCOMPLETE = "incomplete"
    NO_ACCOUNT = "no_account"
    PAID_ALREADY = "paid_already"
    CODE_TAKEN = "code_taken"
    KYB_MISSING = "kyb_missing"
    SANCTIONS_MISSING = "sanctions_missing"
    SECURITY_MISSING = "security_missing"
    CODE_NOT_OPENED = "code_not_opened"
    CERTIFICATE_MISSING = "certificate_missing"
    ATTESTATION_MISSING = "attestation_missing"
    TERMS_NOT_ACCEPTED = "terms_not_accepted"
    BROKER_HAS_NOT_ACCEPTED = "broker_has_not_accepted"
    HOST_HAS_NOT_ACCEPTED = "host_has_not_accepted"
    CONTRACT_NOT_IN_FORCE = "contract_not_in_force"
    NO_REASON = "no_reason"


NEEDS: dict[str, Need[Facts]] = {
    Condition.INCOMPLETE: Need(
        Who.APPLICANT,
        lambda f: not f.missing,
        "the application is not complete: tell what `missing` names",
        lambda f: {"missing": ",".join(f.missing)},
    ),
    Condition.NO_ACCOUNT: Need(
        Who.APPLICANT, lambda f: f.has_account, "commission is paid to a trading account of yours: open one first"
    ),
    Condition.PAID_ALREADY: Need(
        Who.APPLICANT,
        lambda f: not f.paid_for,
        "your account is paid for another code already: a sub-broker is no broker of its own",
        lambda f: {"codes": ",".join(f.paid_for)},
    ),
    Condition.CODE_TAKEN: Need(
        Who.APPLICANT,
        lambda f: not f.taken,
        "a code that you wish is another's: choose others",
        lambda f: {"taken": ",".join(f.taken)},
    ),
    Condition.KYB_MISSING: Need(Who.SCREENING, lambda f: f.kyb_passed, "the check of the business has not passed"),
    Condition.SANCTIONS_MISSING: Need(
        Who.SCREENING, lambda f: f.sanctions_clear, "the check against sanctions lists has not passed"
    ),
    Condition.SECURITY_MISSING: Need(
        Who.SCREENING, lambda f: f.security_passed, "the security questionnaire has not been found good"
    ),
    Condition.CODE_NOT_OPENED: Need(Who.SYSTEM, lambda f: f.code_opened, "the code is being opened: try again"),
    Condition.CERTIFICATE_MISSING: Need(
        Who.APPLICANT,
        lambda f: f.certified,
        "a certificate of the conformance kit is needed that has passed and not expired: run the kit",
    ),
    Condition.ATTESTATION_MISSING: Need(
        Who.APPLICANT,
        lambda f: not f.unattested,
        "an attestation is not in force: make it again",
        lambda f: {"kinds": ",".join(f.unattested)},
    ),
    Condition.TERMS_NOT_ACCEPTED: Need(
        Who.APPLICANT, lambda f: f.terms_accepted, "the terms for brokers are to be accepted: see /account/v1/terms"
    ),
    Condition.BROKER_HAS_NOT_ACCEPTED: Need(
        Who.APPLICANT, lambda f: f.broker_accepted, "the broker has not accepted the contract"
    ),
    Condition.HOST_HAS_NOT_ACCEPTED: Need(Who.HOST, lambda f: f.host_accepted, "the host has not accepted it"),
    Condition.CONTRACT_NOT_IN_FORCE: Need(
        Who.APPLICANT, lambda f: f.contract_in_force, "no contract is in force: accept the newest one again"
    ),
    Condition.NO_REASON: Need(Who.SCREENING, lambda f: bool(f.reason), "say why: a reason is told to the applicant"),
}

_C = Condition
_TOLD = (_C.INCOMPLETE, _C.NO_ACCOUNT, _C.PAID_ALREADY, _C.CODE_TAKEN)
_SIGNED = (_C.BROKER_HAS_NOT_ACCEPTED, _C.HOST_HAS_NOT_ACCEPTED, _C.CONTRACT_NOT_IN_FORCE)
_LASTING = (_C.ATTESTATION_MISSING, _C.CONTRACT_NOT_IN_FORCE)  # what a broker that is live must go on having
_EARNING = (State.LIVE, State.LAPSED)

MOVES: tuple[Move, ...] = (
    move_of(State.DRAFT, State.SUBMITTED, [Who.APPLICANT], *_TOLD),
    move_of(State.SUBMITTED, State.DRAFT, [Who.SCREENING], _C.NO_REASON),
    move_of(State.SUBMITTED, State.INTEGRATION, [Who.SCREENING], _C.KYB_MISSING, _C.SANCTIONS_MISSING),
    move_of(State.INTEGRATION, State.SANDBOX, [Who.APPLICANT], _C.CODE_NOT_OPENED),
    move_of(State.SANDBOX, State.REVIEW, [Who.APPLICANT], _C.CERTIFICATE_MISSING, _C.ATTESTATION_MISSING),
    move_of(State.REVIEW, State.SANDBOX, [Who.SCREENING], _C.NO_REASON),
    move_of(
        State.REVIEW,
        State.CONTRACT,
        [Who.HOST],
        _C.SECURITY_MISSING,
        _C.CERTIFICATE_MISSING,
        _C.ATTESTATION_MISSING,
    ),
    move_of(
        State.CONTRACT,
        State.LIVE,
        [Who.HOST],
        *_SIGNED,
        _C.CERTIFICATE_MISSING,
        _C.ATTESTATION_MISSING,
        _C.TERMS_NOT_ACCEPTED,
    ),
    move_of(State.LIVE, State.LAPSED, [Who.SYSTEM]),
    move_of(State.LAPSED, State.LIVE, [Who.SYSTEM], *_LASTING),
    *(move_of(before, State.SUSPENDED, [Who.SCREENING], _C.NO_REASON) for before in _EARNING),
    move_of(State.SUSPENDED, State.LIVE, [Who.HOST], _C.CERTIFICATE_MISSING, *_LASTING),
    *(move_of(before, State.CLOSED, [Who.APPLICANT]) for before in _EARNING),
    move_of(State.SUSPENDED, State.CLOSED, [Who.APPLICANT, Who.HOST]),
    *(move_of(before, State.WITHDRAWN, [Who.APPLICANT]) for before in BEFORE_LIVE),
    move_of(State.DRAFT, State.EXPIRED, [Who.SYSTEM]),
    move_of(State.SUBMITTED, State.REFUSED, [Who.SCREENING], _C.NO_REASON),
    *(
        move_of(before, State.REFUSED, [Who.HOST], _C.NO_REASON)
        for before in (State.INTEGRATION, State.SANDBOX, State.REVIEW, State.CONTRACT)
    ),
)
FORWARD: dict[str, str] = {  # the way to live, and back to it
    State.DRAFT: State.SUBMITTED,
    State.SUBMITTED: State.INTEGRATION,
    State.INTEGRATION: State.SANDBOX,
    State.SANDBOX: State.REVIEW,
    State.REVIEW: State.CONTRACT,
    State.CONTRACT: State.LIVE,
    State.LAPSED: State.LIVE,
    State.SUSPENDED: State.LIVE,
}
MACHINE = Machine(MOVES, NEEDS, FORWARD)


# -- what ends --------------------------------------------------------------------------------------------------------


def is_to_be_warned(ends_ns: int, warned_ns: int, now_ns: int, warning_ns: int) -> bool:
    """BE-10: so long before the end, and once.

    Args:
        warned_ns: 0: not yet.
    """
    return not warned_ns and now_ns >= ends_ns - warning_ns


def has_lapsed(ends_ns: int, warned_ns: int, now_ns: int, least_warning_ns: int) -> bool:
    """BE-10: at the end, and never sooner after the warning than is promised, however late that came."""
    return warned_ns > 0 and now_ns >= max(ends_ns, warned_ns + least_warning_ns)


# -- what may be asked for --------------------------------------------------------------------------------------------

CODE = re.compile(r"[A-Za-z0-9]{1,16}")
URL_CHARACTERS = 512
_URL_CHARACTER = re.compile(r"[!-~]+")  # of ASCII what can be seen
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*|[0-9a-f:.]*:[0-9a-f:.]*")  # a name or an address; no dots in a row


def checked_codes(wished: list[str], reserved: tuple[str, ...], most: int) -> tuple[str, ...]:
    """BE-2: codes that may be wished for.

    Raises:
        BadInput: names the code.
    """
    if len(wished) > most:
        raise BadInput(f"{len(wished)} codes are wished; at most {most}")
    kept = {one.lower() for one in reserved}
    for code in wished:
        if not CODE.fullmatch(code):
            raise BadInput(f"code {code[:40]!r}: 1 to 16 letters and digits")
        if code.lower() in kept:
            raise BadInput(f"code {code!r} is reserved: choose another")
    if len({one.lower() for one in wished}) != len(wished):
        raise BadInput("two of the codes are the same but for the case of their letters: name each once")
    return tuple(wished)


def checked_redirects(urls: list[str], is_public_client: bool, most: int) -> tuple[str, ...]:
    """BE-3: where a user's browser may be sent back to, character by character as it will be asked for.

    Raises:
        BadInput: names the address.
    """
    if len(urls) > most:
        raise BadInput(f"{len(urls)} redirect addresses; at most {most}")
    if len(set(urls)) != len(urls):
        raise BadInput("a redirect address is named twice")
    for url in urls:
        _must_be_redirect(url, is_public_client)
    return tuple(urls)


def _must_be_redirect(url: str, is_public_client: bool) -> None:
    shown = f"redirect address {url[:100]!r}"
    if not url or len(url) > URL_CHARACTERS or not _URL_CHARACTER.fullmatch(url) or "*" in url or "\\" in url:
        raise BadInput(f"{shown}: an address of at most {URL_CHARACTERS} characters, without spaces, \\ and *")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput(f"{shown}: {error}") from None
    if "#" in url:
        raise BadInput(f"{shown}: without a fragment, that is without #")
    if not host or not _HOST.fullmatch(host) or "@" in parts.netloc:
        raise BadInput(f"{shown}: with a host in plain letters, and without a name or a password before it")
    if any(one in (".", "..") for one in parts.path.split("/")):
        raise BadInput(f"{shown}: without . and .. in its path")
    if parts.scheme == "https" and not _is_loopback(parts):
        return
    if parts.scheme == "http" and _is_loopback(parts) and is_public_client:
        return
    raise BadInput(
        f"{shown}: it begins with https://; only a client that keeps no secret may have http://127.0.0.1 or http://[::1]"
    )


def _is_loopback(parts: SplitResult) -> bool:
    return parts.hostname in ("127.0.0.1", "::1")


def checked_addresses(addresses: list[str], most: int) -> tuple[str, ...]:
    """BE-3: addresses that a broker's servers call from, each in the one way in which it is written.

    Raises:
        BadInput: names the address.
    """
    if len(addresses) > most:
        raise BadInput(f"{len(addresses)} addresses of servers; at most {most}")
    found = []
    for text in addresses:
        try:
            address = ip_address(usual(text))
        except ValueError:
            raise BadInput(f"address {text[:64]!r} is no IPv4 or IPv6 address of one server") from None
        if address.is_multicast or address.is_unspecified:
            raise BadInput(f"address {text!r} is of no one server")
        found.append(str(address))
    if len(set(found)) != len(found):
        raise BadInput("an address of a server is named twice")
    return tuple(found)


PLAIN_FIELDS = ("title", "business", "codes", "requests_per_s")


def missing_of(integration: Integration, least_requests_per_s: int) -> list[str]:
    """BE-4: what is not told of a broker's systems and must be.

    Where a secret is kept, and for keys, it must be known which servers call; an application of OAuth is sent back to
    somewhere.
    """
    missing = [name for name in PLAIN_FIELDS if not getattr(integration, name)]
    if 0 < integration.requests_per_s < least_requests_per_s:
        missing.append("requests_per_s")
    if integration.models.has_oauth and not integration.redirect_urls:
        missing.append("redirect_urls")
    keeps_secrets = integration.models.has_api or not integration.is_public_client
    if keeps_secrets and not integration.ip_list:
        missing.append("ip_list")
    return missing
