"""The partnership as plain data."""

from dataclasses import dataclass
from enum import StrEnum

from commonbook.units import Minor, RateE8


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCREENING = "screening"
    DEPOSIT_PENDING = "deposit_pending"
    DEPOSIT_LOCKED = "deposit_locked"
    CONTRACTED = "contracted"
    SANDBOX = "sandbox"
    VERIFIED = "verified"
    LIVE = "live"
    SUSPENDED = "suspended"
    OFFBOARDING = "offboarding"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Who(StrEnum):
    """Who moves an application."""

    APPLICANT = "applicant"  # whoever has the link, or the user whose it is
    PARTNER = "partner"  # the same once there is a stake, and the brand's owner: with a second factor
    SCREENING = "screening"  # one of the host's people
    HOST = "host"  # two of the host's people
    SYSTEM = "system"  # follows from what has happened


class Item(StrEnum):
    """What verification looks for, in the order of the list."""

    DOMAIN = "domain"
    LOGO = "logo"
    TERMS = "terms"
    FEES = "fees"
    STAFF = "staff"
    SUPPORT = "support"
    TEST_ORDER = "test_order"
    TEST_HOUR = "test_hour"


@dataclass(frozen=True, slots=True)
class Terms:
    """A phase under one version of its terms."""

    phase: int
    version: int
    name: str
    opens_ns: int
    closes_ns: int  # applications are taken before it
    quota: int
    asset: str
    stake: Minor  # of that asset, in one piece
    token_required: bool  # nobody goes live without a token of their own
    holders_share_e8: RateE8  # of the partner's revenue to the holders of its token; 0: not agreed
    host_holders_share_e8: RateE8  # of the partner's token to the holders of the host's; 0: not agreed
    created_ns: int = 0
    approval: int = 0

    def is_open(self, now_ns: int) -> bool:
        return self.opens_ns <= now_ns < self.closes_ns


@dataclass(frozen=True, slots=True)
class Application:
    id: int
    reference: str
    phase: int
    phase_version: int  # whose terms bind; 0: not submitted yet
    state: State
    source: str
    language: str
    user: int  # 0: whoever has the link
    account: int  # that user's trading account; 0: none
    link_hash: str
    brand_name: str
    brand: int
    owner: int
    token_issued: bool
    schedules_bound: bool
    stopped: bool
    stop_pending: bool
    notice_ends_ns: int
    created_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a move may depend on."""

    complete: bool = False  # contact, phone, team, plan and the name of the brand are told
    phase_open: bool = False
    kyb_passed: bool = False
    sanctions_clear: bool = False
    claimed: bool = False  # a user with a trading account stands behind it
    lock_under_way: bool = False
    stake_locked: bool = False
    partner_accepted: bool = False
    host_accepted: bool = False
    contract_in_force: bool = False
    brand_opened: bool = False
    open_items: tuple[Item, ...] = tuple(Item)
    token_required: bool = False
    token_issued: bool = False
    schedules_bound: bool = False
    notice_over: bool = False
    settled: bool = False  # the host has told what of the stake it keeps for obligations
    stake_returned: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline."""

    number: int
    time_ns: int
    before: str
    after: State
    role: Who
    reason: str
    cause: str
