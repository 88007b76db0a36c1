"""What is told of applications and brokers: one form for applicants, brokers and the host."""

import time

import msgspec
from sqlalchemy import Connection

from commonbook.admission.contracts import Contract, Text
from commonbook.admission.timeline import Step
from commonbook.brokerage import applications, certificates, lasting, registry
from commonbook.brokerage.certificates import Certificate
from commonbook.brokerage.contracts import CONTRACTS
from commonbook.brokerage.facts import facts_of
from commonbook.brokerage.model import Application, Broker, Business, Facts, Models, Standing, State, Who
from commonbook.brokerage.rules import MACHINE, NEEDS
from commonbook.gateway.desk.asked import Desk

ROLES: dict[str, str] = {Who.SCREENING: "host", Who.HOST: "host"}  # of the others the word itself


class IntegrationTold(msgspec.Struct, frozen=True):
    title: str
    models: Models
    business: Business | None
    codes: list[str]
    redirect_urls: list[str]
    is_public_client: bool
    ip_list: list[str]
    requests_per_s: int
    subaccounts_most: int  # that it wishes to keep for clients whom only it knows
    logo: str  # at /broker/v1/logos/HASH


class StepTold(msgspec.Struct, frozen=True):
    time_ns: str
    before: str
    after: str
    role: str
    reason: str


class Block(msgspec.Struct, frozen=True):
    code: str
    text: str
    asked_of: str


class AwaitedTold(msgspec.Struct, frozen=True):
    """What comes next, from whom, and what stands in its way."""

    state: str
    of: list[str]
    blocks: list[Block]


class ContractTold(msgspec.Struct, frozen=True):
    number: int
    version: int
    hash: str
    broker_accepted: bool
    host_accepted: bool
    starts_ns: str
    ends_ns: str


class EndingTold(msgspec.Struct, frozen=True):
    """What must be renewed in time, or the code earns nothing from then on."""

    what: str  # contract, aml_kyc, data_protection
    ends_ns: str
    warned_ns: str  # "" while it is far


class CertificateTold(msgspec.Struct, frozen=True):
    certificate: str
    passed: bool
    report_hash: str
    signature: str
    signed_by: str
    made_ns: str
    expires_ns: str


class BrokerTold(msgspec.Struct, frozen=True):
    broker: str  # its number
    code: str
    title: str
    models: Models
    business: Business
    standing: Standing
    is_active: bool  # the core gives its orders to it
    payout_account: str
    opened_ns: str
    since_ns: str  # first live; "" while it was not


class CommentTold(msgspec.Struct, frozen=True):
    role: str  # applicant, host
    is_internal: bool
    text: str
    time_ns: str


class ApplicationTold(msgspec.Struct, frozen=True):
    reference: str
    state: State
    integration: IntegrationTold
    broker: BrokerTold | None
    created_ns: str
    changed_ns: str
    missing: list[str]  # what is not told and must be
    timeline: list[StepTold]
    awaits: AwaitedTold | None
    contracts: list[ContractTold]
    lasting: list[EndingTold]
    papers: int
    comments: list[CommentTold]
    told: dict[str, str]  # of the company, and the answers; empty for who may not see them


class ContractText(msgspec.Struct, frozen=True):
    version: int
    hash: str
    text: str
    term_days: int
    renewal_days: int


class PaperTold(msgspec.Struct, frozen=True):
    number: int
    kind: str
    name: str
    bytes: int


def told(
    desk: Desk, connection: Connection, application: Application, personal: bool, internal: bool = False
) -> ApplicationTold:
    """
    Args:
        personal: whether what is sealed is told as well.
        internal: whether the host's own comments are.
    """
    number = application.id
    facts = facts_now(desk, connection, application)
    next_one = MACHINE.awaited(application.state, facts)
    broker = registry.by_number(connection, application.broker) if application.broker else None
    own = application.integration
    return ApplicationTold(
        reference=application.reference,
        state=application.state,
        integration=IntegrationTold(
            own.title,
            own.models,
            own.business,
            list(own.codes),
            list(own.redirect_urls),
            own.is_public_client,
            list(own.ip_list),
            own.requests_per_s,
            own.subaccounts_most,
            application.logo,
        ),
        broker=None if broker is None else broker_told(broker),
        created_ns=str(application.created_ns),
        changed_ns=str(application.changed_ns),
        missing=list(facts.missing),
        timeline=[_step(step) for step in applications.TIMELINE.steps(connection, number)],
        awaits=None
        if next_one is None
        else AwaitedTold(
            next_one.after,
            sorted({role(who) for who in next_one.of}),
            [Block(str(one), NEEDS[one].text, role(NEEDS[one].asked_of)) for one in next_one.blocks],
        ),
        contracts=[_contract(one) for one in CONTRACTS.contracts_of(connection, number)],
        lasting=[
            EndingTold(one.what, str(one.ends_ns), str(one.warned_ns or ""))
            for one in lasting.endings(connection, number)
        ],
        papers=applications.paper_count(connection, number),
        comments=[
            CommentTold(one.role, one.is_internal, one.text, str(one.time_ns))
            for one in applications.comments_of(connection, desk.seal, number, internal)
        ]
        if personal
        else [],
        told=applications.personal(connection, desk.seal, number) if personal else {},
    )


def facts_now(desk: Desk, connection: Connection, application: Application, reason: str = "") -> Facts:
    settings = desk.settings.brokerage
    return facts_of(connection, desk.seal, settings, desk.venue, application, time.time_ns(), reason)


def broker_told(one: Broker) -> BrokerTold:
    return BrokerTold(
        broker=str(one.number),
        code=one.code,
        title=one.title,
        models=one.models,
        business=one.business,
        standing=one.standing,
        is_active=one.is_active,
        payout_account=str(one.payout_account),
        opened_ns=str(one.opened_ns),
        since_ns=str(one.since_ns or ""),
    )


def certificates_told(connection: Connection, broker: int) -> list[CertificateTold]:
    return [certificate_told(one) for one in certificates.of_broker(connection, broker)]


def certificate_told(one: Certificate) -> CertificateTold:
    return CertificateTold(
        certificate=str(one.number),
        passed=one.passed,
        report_hash=one.report_hash,
        signature=one.signature,
        signed_by=one.signed_by,
        made_ns=str(one.made_ns),
        expires_ns=str(one.expires_ns),
    )


def contract_text(one: Text) -> ContractText:
    return ContractText(one.version, one.hash, one.text, one.term_days, one.renewal_days)


def papers_told(desk: Desk, connection: Connection, application: Application) -> list[PaperTold]:
    files = applications.DOSSIERS.attached(connection, desk.seal, application.id)
    return [PaperTold(one.number, one.kind, one.name, len(one.content)) for one in files]


def role(who: str) -> str:
    return ROLES.get(who, str(who))


def _step(step: Step) -> StepTold:
    return StepTold(str(step.time_ns), step.before, step.after, role(step.role), step.reason)


def _contract(one: Contract) -> ContractTold:
    return ContractTold(
        one.number,
        one.version,
        one.hash,
        one.party_ns > 0,
        one.host_ns > 0,
        str(one.starts_ns or ""),
        str(one.ends_ns or ""),
    )
