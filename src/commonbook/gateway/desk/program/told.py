"""What is told of phases and applications: one form for applicants, partners and the host."""

import time
from typing import Any

import msgspec
from sqlalchemy import Connection

from commonbook.admission.contracts import Contract, Text
from commonbook.gateway.desk.asked import Desk
from commonbook.instrument.venue import Venue
from commonbook.partnership import applications, slots, stake
from commonbook.partnership.checklist import checklist
from commonbook.partnership.contracts import CONTRACTS
from commonbook.partnership.facts import LOOKED_AT, facts_of
from commonbook.partnership.model import Application, Facts, Item, Step, Terms, Who
from commonbook.partnership.moving import terms_of
from commonbook.partnership.rules import NEEDS, awaited
from commonbook.records import KillScope
from commonbook.units import format_units

ROLES: dict[str, str] = {Who.SCREENING: "host", Who.HOST: "host"}  # of the others the word itself


class PhaseTold(msgspec.Struct, frozen=True):
    phase: int
    version: int
    name: str
    opens_ns: str
    closes_ns: str
    is_open: bool
    quota: int
    taken: int
    left: int
    asset: str
    stake: str  # decimal, in whole coins
    token_required: bool
    holders_share: str  # of a partner's revenue to its token's holders, in per cent; "0": not agreed
    host_holders_share: str  # of a partner's token to the holders of the host's, in per cent


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


class ItemTold(msgspec.Struct, frozen=True):
    item: str
    is_there: bool


class ContractTold(msgspec.Struct, frozen=True):
    number: int
    version: int
    hash: str
    partner_accepted: bool
    host_accepted: bool
    starts_ns: str
    ends_ns: str


class PaymentTold(msgspec.Struct, frozen=True):
    account: str
    amount: str
    reason: str
    paid: bool


class StakeTold(msgspec.Struct, frozen=True):
    slot: int
    asset: str
    amount: str
    state: str
    locked_ns: str
    payments: list[PaymentTold]


class ApplicationTold(msgspec.Struct, frozen=True):
    reference: str
    phase: int
    state: str
    brand_name: str
    brand: str
    claimed: bool
    asset: str
    stake_needed: str
    language: str
    created_ns: str
    changed_ns: str
    notice_ends_ns: str
    timeline: list[StepTold]
    awaits: AwaitedTold | None
    checklist: list[ItemTold]
    contracts: list[ContractTold]
    stakes: list[StakeTold]
    told: dict[str, str]  # the contact and the plan; empty for who may not see them


class ContractText(msgspec.Struct, frozen=True):
    version: int
    hash: str
    text: str
    term_days: int
    renewal_days: int
    notice_days: int


def phase_told(desk: Desk, connection: Connection, terms: Terms) -> PhaseTold:
    taken = slots.taken(connection, terms.phase)
    return PhaseTold(
        phase=terms.phase,
        version=terms.version,
        name=terms.name,
        opens_ns=str(terms.opens_ns),
        closes_ns=str(terms.closes_ns),
        is_open=terms.is_open(time.time_ns()),
        quota=terms.quota,
        taken=taken,
        left=max(0, terms.quota - taken),
        asset=terms.asset,
        stake=coins(desk, terms.asset, terms.stake),
        token_required=terms.token_required,
        holders_share=percent(terms.holders_share_e8),
        host_holders_share=percent(terms.host_holders_share_e8),
    )


def told(desk: Desk, connection: Connection, application: Application, personal: bool) -> ApplicationTold:
    """
    Args:
        personal: whether the contact and the plan are told as well.
    """
    facts = facts_now(desk, connection, application)
    terms = terms_of(connection, application)
    next_one = awaited(application.state, facts)
    return ApplicationTold(
        reference=application.reference,
        phase=application.phase,
        state=application.state,
        brand_name=application.brand_name,
        brand=str(application.brand or ""),
        claimed=application.user != 0,
        asset=terms.asset,
        stake_needed=coins(desk, terms.asset, terms.stake),
        language=application.language,
        created_ns=str(application.created_ns),
        changed_ns=str(application.changed_ns),
        notice_ends_ns=str(application.notice_ends_ns or ""),
        timeline=[_step(step) for step in applications.timeline(connection, application.id)],
        awaits=None
        if next_one is None
        else AwaitedTold(
            next_one.after,
            sorted({role(who) for who in next_one.of}),
            [Block(one, NEEDS[one].text, role(NEEDS[one].asked_of)) for one in next_one.blocks],
        ),
        checklist=[ItemTold(item, item not in facts.open_items) for item in Item]
        if application.state in LOOKED_AT
        else [],
        contracts=[_contract(one) for one in CONTRACTS.contracts_of(connection, application.id)],
        stakes=[_stake(desk, connection, row) for row in stake.stakes_of(connection, application.id)],
        told=applications.personal(connection, desk.seal, application.id) if personal else {},
    )


def facts_now(desk: Desk, connection: Connection, application: Application, reason: str = "") -> Facts:
    settings = desk.settings.partnership
    looks = checklist(desk.data_dir, desk.settings, desk.venue, connection)
    return facts_of(connection, desk.seal, settings, desk.venue, application, time.time_ns(), looks, reason)


def contract_text(one: Text) -> ContractText:
    return ContractText(one.version, one.hash, one.text, one.term_days, one.renewal_days, one.notice_days)


def role(who: str) -> str:
    return ROLES.get(who, str(who))


def coins(desk: Desk, asset: str, minor: int) -> str:
    """Ledger units as whole coins."""
    found = desk.venue.asset_named(asset)
    return str(minor) if found is None else found.format(minor)


def percent(share_e8: int) -> str:
    return format_units(share_e8, 6)


def trading_brands(venue: Venue) -> int:
    """How many brands trade on the book: those that are only tried out, or are suspended, do not."""
    return sum((KillScope.BRAND, brand) not in venue.kills for brand in list(venue.brands))


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


def _stake(desk: Desk, connection: Connection, row: Any) -> StakeTold:
    asset = desk.venue.assets[row.asset]
    paid = [
        PaymentTold(str(one.account), asset.format(one.amount), one.reason, one.paid)
        for one in stake.payments_of(connection, row)
    ]
    return StakeTold(row.slot, asset.name, asset.format(row.amount), row.state, str(row.locked_ns), paid)
