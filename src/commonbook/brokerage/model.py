"""Becoming a broker as plain data."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Of an application."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    INTEGRATION = "integration"
    SANDBOX = "sandbox"
    REVIEW = "review"
    CONTRACT = "contract"
    LIVE = "live"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Standing(StrEnum):
    """Of a broker in the registry."""

    TESTING = "testing"  # its code is its own, and earns on the simulated venue alone
    LIVE = "live"
    LAPSED = "lapsed"  # a contract or an attestation has ended: earns nothing until it is renewed
    SUSPENDED = "suspended"  # by the host
    CLOSED = "closed"  # for good


class Who(StrEnum):
    """Who moves an application."""

    APPLICANT = "applicant"  # the user whose it is
    SCREENING = "screening"  # one of the host's people
    HOST = "host"  # two of the host's people
    SYSTEM = "system"  # follows from what has happened


class Models(StrEnum):
    """How users give a broker their orders."""

    API = "api"
    OAUTH = "oauth"
    BOTH = "both"

    @property
    def has_api(self) -> bool:
        return self is not Models.OAUTH

    @property
    def has_oauth(self) -> bool:
        return self is not Models.API


class Business(StrEnum):
    AGGREGATOR = "aggregator"
    ALGO_PROVIDER = "algo_provider"
    WEALTH_MANAGER = "wealth_manager"
    SOCIAL_TRADING = "social_trading"
    FINTECH = "fintech"


class CheckKind(StrEnum):
    """What the host looks at."""

    KYB = "kyb"  # the business
    SANCTIONS = "sanctions"
    SECURITY = "security"  # the answers to the questionnaire


class AttestationKind(StrEnum):
    AML_KYC = "aml_kyc"
    DATA_PROTECTION = "data_protection"


@dataclass(frozen=True, slots=True)
class Integration:
    """What is agreed of a broker's systems; none of it personal."""

    title: str = ""
    models: Models = Models.API
    business: Business | None = None
    codes: tuple[str, ...] = ()  # that are wished, the most wished one first
    redirect_urls: tuple[str, ...] = ()
    is_public_client: bool = False
    ip_list: tuple[str, ...] = ()
    requests_per_s: int = 0
    subaccounts_most: int = 0  # that it keeps for clients of its own (BK-5); 0: all its clients have own accounts


@dataclass(frozen=True, slots=True)
class Application:
    id: int
    reference: str
    state: State
    user: int
    brand: int  # the user's
    account: int  # is paid; 0: not submitted yet
    integration: Integration
    logo: str  # the hash of its picture; "" for none
    broker: int  # its number; 0: not yet
    created_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Broker:
    """A line of the registry."""

    number: int  # the core's id
    code: str
    application: int
    user: int
    brand: int
    payout_account: int
    title: str
    models: Models
    business: Business
    standing: Standing
    is_active: bool  # what the core is to say of the code
    is_pending: bool  # the core has not confirmed that yet
    opened_ns: int
    since_ns: int  # first live; 0: not yet


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a move may depend on."""

    missing: tuple[str, ...] = ()  # what is not told of what must be
    has_account: bool = False  # the user has a trading account to be paid to
    taken: tuple[str, ...] = ()  # wished codes that are somebody else's
    paid_for: tuple[str, ...] = ()  # codes of others that the account is paid for
    kyb_passed: bool = False
    sanctions_clear: bool = False
    security_passed: bool = False
    code_opened: bool = False
    certified: bool = False  # a certificate of the conformance kit has passed and not expired
    unattested: tuple[str, ...] = tuple(AttestationKind)  # attestations that are not in force
    terms_accepted: bool = False  # the host's texts for brokers
    broker_accepted: bool = False
    host_accepted: bool = False
    contract_in_force: bool = False
    reason: str = ""
