"""Everything that a move of an application may depend on, read from where it is kept."""

from sqlalchemy import Connection

from commonbook.broker import sub_brokers
from commonbook.broker.agreed import API
from commonbook.brokerage import applications, attestations, certificates, codes, registry
from commonbook.brokerage.contracts import CONTRACTS
from commonbook.brokerage.model import Application, CheckKind, Facts
from commonbook.identity.sealing import Seal
from commonbook.instrument.accounts import master_of
from commonbook.instrument.venue import Venue
from commonbook.people import directory
from commonbook.settings import BrokerageSettings
from commonbook.terms import service as terms
from commonbook.terms.model import Audience


def facts_of(
    connection: Connection,
    seal: Seal,
    settings: BrokerageSettings,
    venue: Venue,
    application: Application,
    now_ns: int,
    reason: str = "",
) -> Facts:
    """
    Args:
        reason: why the move is made, where it needs one.
    """
    number = application.id
    last = CONTRACTS.latest(connection, number)
    before = registry.closed_of(connection, application.user)
    own = () if before is None else (before.code,)
    wished = [one for one in application.integration.codes if one not in own]
    taken = applications.taken_codes(connection, wished, application.user)
    if not application.broker:
        taken += [one for one in wished if one not in taken and codes.is_known(connection, venue, one)]
    found = registry.by_number(connection, application.broker) if application.broker else None
    account = trading_account(connection, venue, application.user)
    paid = [one for one in list(venue.codes.values()) if account and master_of(one.payout_account) == account]
    waiting = sub_brokers.of_account(connection, API, account) if account else None  # the venue may not have it yet
    return Facts(
        missing=tuple(applications.missing(connection, seal, settings, application)),
        has_account=account != 0,
        paid_for=(
            *(one.code for one in paid if one.code not in own and one.id != application.broker),
            *([] if waiting is None or waiting.broker in venue.codes else [waiting.code]),
        ),
        taken=tuple(taken),
        kyb_passed=applications.check_passed(connection, number, CheckKind.KYB),
        sanctions_clear=applications.check_passed(connection, number, CheckKind.SANCTIONS),
        security_passed=applications.check_passed(connection, number, CheckKind.SECURITY),
        code_opened=found is not None and not found.is_pending,
        certified=certificates.counts(connection, application.broker, now_ns),
        unattested=attestations.not_in_force(connection, number, now_ns),
        terms_accepted=not terms_due(connection, application, now_ns),
        broker_accepted=last is not None and last.party_ns > 0,
        host_accepted=last is not None and last.host_ns > 0,
        contract_in_force=CONTRACTS.is_in_force(connection, number, now_ns),
        reason=reason,
    )


def trading_account(connection: Connection, venue: Venue, user: int) -> int:
    """The user's master trading account that is open on the venue; 0 for none."""
    account = directory.find(connection, user).account
    return account if account in venue.accounts and master_of(account) == account else 0


def terms_due(connection: Connection, application: Application, now_ns: int) -> bool:
    """Whether a text of the host's for brokers is still to be accepted by the user (T-5)."""
    country = terms.country_of(connection, application.user)
    held = terms.held(connection, application.user, application.brand, country, [Audience.BROKER], now_ns)
    return any(one.is_due for one in held)
