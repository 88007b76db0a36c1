"""What a user has agreed with a broker, and what it means for a fill. Pure: docs/rules/consents.md, CN-1 to CN-11.

A commission is decided by `rules` from what the order was; whether the broker may earn on this client at all, and how
much at the most, is decided here, from what the client had said by the time of the fill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from commonbook.errors import BadInput
from commonbook.instrument.accounts import master_of, number_of
from commonbook.instrument.venue import Venue
from commonbook.units import HOUR_NS, RATE_ONE, Minor, RateE8, floor_share, format_units, parse_units

NEWEST = 2**63 - 1  # a sequence behind all that was judged
PROGRAMS = -1  # the cap of whoever has set none: what the program pays
TEXT_VERSION = "2026-1"
_PERCENT_DECIMALS = 6
_TEXT = (
    "You let the broker {code} act for your account by the keys or the access that you give it, and earn a part of the"
    " trading fees that you pay on orders which carry its code. Your fees do not change by this. It earns at the most"
    " {cap}. Each answer about an order names the broker that earns on it. You may refuse the broker or take this back"
    " at any time: within a second no new order carries its code, keys that it holds stop working, and it earns nothing"
    " on what is filled from then on."
)


class How(StrEnum):
    """By what a user has said yes."""

    KEY = "key"  # a key was made for the broker, or given to it
    OAUTH = "oauth"  # access was granted on the broker's request
    PAGE = "page"  # on the user's own page


class ClientReason(StrEnum):
    """Why a broker does not earn on a client, or less than its rate; as stable as `Reason`, and told in this order."""

    SELF_REFERRAL = "SELF_REFERRAL"
    REFUSED = "REFUSED"
    CONSENT_ENDED = "CONSENT_ENDED"
    MOVED_LATELY = "MOVED_LATELY"
    CUT_BY_CONSENT = "CUT_BY_CONSENT"  # it earns, up to the client's cap


@dataclass(frozen=True, slots=True)
class Consent:
    """One yes of an account to a broker."""

    id: int
    account: int  # the master's trading account
    broker: int
    user: int  # who said it; 0: the host's command
    how: How
    text_version: str
    cap_e8: int  # PROGRAMS, or the highest share of the fee
    given_ns: int
    earns_from_ns: int
    ended_ns: int  # 0: it stands
    was_replaced: bool  # by a newer yes
    given_behind: int = 0  # the newest sequence that had been judged when it was said (CN-12)
    ended_behind: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A standing no."""

    id: int
    account: int  # the master's trading account
    broker: int  # 0: all of them
    user: int
    refused_ns: int
    lifted_ns: int  # 0: it stands
    refused_behind: int = 0  # the newest sequence that had been judged when it was said (CN-12)
    lifted_behind: int = 0


def consent_text(code: str, cap_e8: int = PROGRAMS) -> str:
    """What a user says yes to, in words, in TEXT_VERSION (CN-2)."""
    cap = "what its program pays" if cap_e8 == PROGRAMS else f"{cap_text(cap_e8)} per cent of each fee"
    return _TEXT.format(code=code, cap=cap)


def cap_of(text: str) -> int:
    """A cap as it is written, in per cent of the fee; "" is PROGRAMS (CN-3).

    Raises:
        BadInput: it is no decimal from 0 to 100 of at most six digits behind the point.
    """
    if not text:
        return PROGRAMS
    cap = parse_units(text, _PERCENT_DECIMALS)
    if not 0 <= cap <= RATE_ONE:
        raise BadInput(f"cap {text!r}: 0 to 100 per cent of the fee, or nothing for what the program pays")
    return cap


def cap_text(cap_e8: int) -> str:
    return "" if cap_e8 == PROGRAMS else format_units(cap_e8, _PERCENT_DECIMALS)


def must_know_text(version: str) -> None:
    """Raises BadInput for a yes to another text than the one in force (CN-2)."""
    if version != TEXT_VERSION:
        raise BadInput(f"text_version {version!r}: the text in force is {TEXT_VERSION!r}; show that one")


def earns_from_ns(now_ns: int, others: Iterable[Consent], moving_hours: int) -> int:
    """When a yes that is said now begins to count for commission (CN-10).

    Args:
        others: what the account has agreed with other brokers.

    Returns:
        now; or, where another broker's stands or has ended less than `moving_hours` ago, the first full hour behind
        so many.
    """
    moving_ns = moving_hours * HOUR_NS
    moves = any(not one.ended_ns or one.ended_ns > now_ns - moving_ns for one in others)
    return -(-(now_ns + moving_ns) // HOUR_NS) * HOUR_NS if moves else now_ns


def in_force(consents: Iterable[Consent], time_ns: int, sequence: int = NEWEST) -> Consent | None:
    """The yes that stands for a fill, of one account and broker."""

    def stands(one: Consent) -> bool:
        is_given = counts(one.given_ns, one.given_behind, time_ns, sequence)
        return is_given and not (one.ended_ns and counts(one.ended_ns, one.ended_behind, time_ns, sequence))

    return next((one for one in consents if stands(one)), None)


def refuses(refusals: Iterable[Refusal], broker: int, time_ns: int, sequence: int = NEWEST) -> bool:
    """Whether a no to this broker, or to all, stands for a fill (CN-6)."""

    def stands(one: Refusal) -> bool:
        is_said = counts(one.refused_ns, one.refused_behind, time_ns, sequence)
        return is_said and not (one.lifted_ns and counts(one.lifted_ns, one.lifted_behind, time_ns, sequence))

    return any(one.broker in (0, broker) and stands(one) for one in refusals)


def counts(said_ns: int, said_behind: int, time_ns: int, sequence: int) -> bool:
    """Whether what was said counts for a fill: not one from before, nor one that had been judged already (CN-12).

    Both are asked: a door may be behind the fills that were judged, and engine time may stand still.
    """
    return said_ns <= time_ns and said_behind < sequence


def person_of(venue: Venue, account: int) -> int:
    """Whose an account is, over all brands; 0 for one that is not there."""
    found = venue.accounts.get(account) or venue.accounts.get(master_of(account))
    return 0 if found is None else found.person


def is_own_person(venue: Venue, broker: int, account: int, is_non_disclosed: bool = False) -> bool:
    """Whether a broker would earn on its own person (CN-9).

    Args:
        is_non_disclosed: the account is a sub-account that the broker keeps for a client whom only it knows. Its
            person is the broker's by the books, and the client's by what the broker has promised.
    """
    code = venue.codes.get(broker)
    if code is None:
        return False
    if is_non_disclosed and number_of(account):
        return False
    own = person_of(venue, code.payout_account)
    return own != 0 and own == person_of(venue, account)


@dataclass(frozen=True, slots=True)
class Client:
    """All that an account has ever said to one broker, and whether the two are one person."""

    broker: int
    is_own_person: bool
    refusals: Sequence[Refusal] = ()  # none where the broker keeps the account for a client of its own
    consents: Sequence[Consent] = ()  # of this account and broker; none at all: the host's own doing

    @property
    def has_said(self) -> bool:
        """Whether anything may keep the broker from earning on it, or set a cap; of most clients nothing does."""
        return self.is_own_person or bool(self.refusals) or bool(self.consents)


def judged(client: Client, time_ns: int, sequence: int = NEWEST) -> ClientReason | None:
    """Why the broker earns nothing on this client's fill; None where it may (CN-9 to CN-11)."""
    if client.is_own_person:
        return ClientReason.SELF_REFERRAL
    if refuses(client.refusals, client.broker, time_ns, sequence):
        return ClientReason.REFUSED
    if not client.consents:
        return None
    stands = in_force(client.consents, time_ns, sequence)
    if stands is None:
        return ClientReason.CONSENT_ENDED
    return ClientReason.MOVED_LATELY if time_ns < stands.earns_from_ns else None


def cap_at(client: Client, time_ns: int, sequence: int = NEWEST) -> int:
    """The cap of the yes that stands for a fill; PROGRAMS where there is none."""
    stands = in_force(client.consents, time_ns, sequence)
    return PROGRAMS if stands is None else stands.cap_e8


def turns(client: Client) -> list[tuple[int, int]]:
    """When what `judged` and `cap_at` say of a client may change: each time, and the sequence behind which it is."""
    said = {
        turn
        for one in client.refusals
        for turn in ((one.refused_ns, one.refused_behind), (one.lifted_ns, one.lifted_behind))
    }
    for yes in client.consents:
        said |= {(yes.given_ns, yes.given_behind), (yes.earns_from_ns, 0), (yes.ended_ns, yes.ended_behind)}
    return sorted(said)


def capped(commission: int, own_fee: int, cap_e8: int, scale: int, decimals: int) -> Minor:
    """A side's commission, cut to what its account has agreed to (CN-4).

    Args:
        commission: ledger units, at least zero, of all the brokers on the side and what they give the client back.
        own_fee: what the account was charged; a rebate is below zero, and then nothing is left.
        cap_e8: of its yes in force; PROGRAMS leaves the commission as it is.
        scale: decimals of the asset; the cut is rounded down at `decimals` of them, as commissions are (B-3).
    """
    if cap_e8 == PROGRAMS:
        return Minor(commission)
    grain = 10 ** max(0, scale - decimals)
    most = floor_share(max(own_fee, 0), RateE8(cap_e8)) // grain * grain
    return Minor(min(commission, most))
