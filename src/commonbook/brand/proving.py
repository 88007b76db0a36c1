"""Looking for a domain's proof, and what follows from finding it or not. Rule BR-11."""

import structlog
from sqlalchemy import Engine

from commonbook.administration.log import write
from commonbook.brand import proof, store
from commonbook.brand.store import Domain
from commonbook.errors import Declined, OutsideFailure
from commonbook.settings import Settings
from commonbook.units import HOUR_NS

ACTOR = "upkeep"

log = structlog.get_logger()


def look_at(database: Engine, settings: Settings, one: Domain, now_ns: int) -> str:
    """Look for a domain's proof and keep what was found.

    Returns:
        "" when it is proved; else why it is not.
    """
    try:
        method = proof.look(settings.brand, one)
    except OutsideFailure as failure:
        return _missing(database, settings, one, str(failure), now_ns)
    try:
        with database.begin() as connection:
            store.note_proved(connection, one, method, now_ns)
            if not one.is_proved:
                write(connection, one.brand, ACTOR, "prove domain", one.domain, method=method)
            elif one.missed_ns:
                write(connection, one.brand, ACTOR, "find proof again", one.domain, method=method)
    except Declined as declined:
        return _missing(database, settings, one, str(declined), now_ns)
    return ""


def _missing(database: Engine, settings: Settings, one: Domain, why: str, now_ns: int) -> str:
    """Told when it is first missing; after `lapse_hours` the domain stops serving, and that is told, too."""
    has_lapsed = one.is_proved and one.missed_ns > 0 and now_ns - one.missed_ns >= settings.brand.lapse_hours * HOUR_NS
    with database.begin() as connection:
        store.note_missing(connection, one, why, now_ns, has_lapsed)
        if has_lapsed:
            write(connection, one.brand, ACTOR, "lapse domain", one.domain, why=why[:500])
        elif one.is_proved and not one.missed_ns:
            hours = settings.brand.lapse_hours
            write(connection, one.brand, ACTOR, "miss proof", one.domain, why=why[:500], stops_in_hours=hours)
    if one.is_proved:
        log.warning("brands.proof_missing", brand=one.brand, domain=one.domain, lapsed=has_lapsed, why=why)
    return why
