"""What comes round for brands' domains: proofs are looked for anew, certificates renewed. Rules BR-11 and BR-13.

The back office does this every minute, in a thread. Each domain is a transaction of its own, and each look may be
repeated: a crash anywhere means that it is made again.
"""

import time
from importlib import import_module

import structlog
from sqlalchemy import Engine

from commonbook.administration.log import write
from commonbook.brand import certificates, store
from commonbook.brand.certificates import Checked
from commonbook.brand.proving import ACTOR, look_at
from commonbook.brand.store import Domain
from commonbook.errors import OutsideFailure
from commonbook.identity.sealing import Seal
from commonbook.settings import AcmeSettings, Settings
from commonbook.units import HOUR_NS

MINUTE_NS = 60 * 1_000_000_000
DAY_NS = 24 * HOUR_NS
GIVEN_UP_NS = 30 * DAY_NS  # a claim that was never proved is not looked at any more, but on request

log = structlog.get_logger()


def look_after(database: Engine, seal: Seal, settings: Settings, now_ns: int | None = None) -> None:
    """Everything that is due."""
    moment = time.time_ns() if now_ns is None else now_ns
    terms = settings.brand
    with database.connect() as connection:
        due = store.due_domains(
            connection,
            moment - terms.claim_minutes * MINUTE_NS,
            moment - terms.reprove_hours * HOUR_NS,
            moment - HOUR_NS,
        )
    for one in due:
        if one.is_proved or moment - one.claimed_ns < GIVEN_UP_NS:
            look_at(database, settings, one, moment)
    if settings.acme.directory and settings.acme.terms_agreed:
        for one in without_certificate(database, settings, moment):
            renew(database, seal, settings, one, moment)


def without_certificate(database: Engine, settings: Settings, now_ns: int) -> list[Domain]:
    """Proved domains whose certificate is not there or ends soon, and that were not tried lately."""
    with database.connect() as connection:
        domains = store.proved_domains(connection)
        ends = {(one.domain, one.brand): one.not_after_ns for one in certificates.certificates(connection)}
    soon, lately = now_ns + settings.acme.renew_days * DAY_NS, now_ns - settings.acme.retry_hours * HOUR_NS
    return [
        one
        for one in domains
        if not one.missed_ns and ends.get((one.domain, one.brand), 0) < soon and one.acme_tried_ns < lately
    ]


def renew(database: Engine, seal: Seal, settings: Settings, one: Domain, now_ns: int) -> bool:
    """A certificate from the authority; whether there is one now."""
    try:
        checked = _issue(database, seal, settings.acme, one.domain)
    except OutsideFailure as failure:
        with database.begin() as connection:
            store.note_certificate(connection, one, str(failure), now_ns)
            write(connection, one.brand, ACTOR, "miss certificate", one.domain, why=str(failure)[:500])
        log.warning("brands.no_certificate", brand=one.brand, domain=one.domain, why=str(failure))
        return False
    with database.begin() as connection:
        certificates.keep(connection, seal, one.brand, one.domain, certificates.ACME, checked)
        store.note_certificate(connection, one, "", now_ns)
        mark, until = checked.fingerprint, str(checked.not_after_ns)
        write(connection, one.brand, ACTOR, "renew certificate", one.domain, fingerprint=mark, not_after_ns=until)
    return True


def _issue(database: Engine, seal: Seal, settings: AcmeSettings, domain: str) -> Checked:
    """What speaks ACME takes as long to load as all else here: only who has an authority loads it."""
    checked: Checked = import_module("commonbook.brand.acme").issue(database, seal, settings, domain)
    return checked
