"""Phases: opened and changed by four eyes of the host, each change a version of its own. Rules PA-1 and PA-2."""

import time
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from commonbook.administration.log import canonical
from commonbook.errors import BadInput, Declined
from commonbook.instrument.venue import Venue
from commonbook.partnership.model import Terms
from commonbook.storage.tables.partnership import phase_versions, phases
from commonbook.units import RATE_ONE, Minor, RateE8

HIGHEST = 999_999  # phases and slots: they stand in idempotency keys
NAME_CHARACTERS = 64


def checked(venue: Venue, terms: Terms) -> Terms:
    """The terms, when they can be held to.

    Raises:
        BadInput: names the value.
    """
    if not 0 < terms.phase <= HIGHEST:
        raise BadInput(f"phase {terms.phase} is not a number from 1 to {HIGHEST}")
    if not terms.name.strip() or len(terms.name) > NAME_CHARACTERS:
        raise BadInput(f"a phase has a name of 1 to {NAME_CHARACTERS} characters, not {terms.name[:80]!r}")
    if not 0 < terms.quota <= HIGHEST:
        raise BadInput(f"quota {terms.quota} is not a number from 1 to {HIGHEST}")
    if terms.opens_ns >= terms.closes_ns:
        raise BadInput(f"phase {terms.phase} would close at {terms.closes_ns}, before it opens at {terms.opens_ns}")
    if venue.asset_named(terms.asset) is None:
        raise BadInput(f"there is no asset {terms.asset[:16]!r} to be staked; open it first")
    if terms.stake <= 0:
        raise BadInput(f"the stake is {terms.stake} units; it must be above zero")
    for share in (terms.holders_share_e8, terms.host_holders_share_e8):
        if not 0 <= share <= RATE_ONE:
            raise BadInput(f"share {share} is not between nothing and the whole, {RATE_ONE}")
    if terms.token_required and not (terms.holders_share_e8 and terms.host_holders_share_e8):
        raise BadInput("where a token is required, the shares of both groups of holders must be told")
    return terms


def put(connection: Connection, terms: Terms, approval: int) -> Terms:
    """The next version of a phase's terms; the first one opens it. Once for each approval."""
    counted = update(phases).where(phases.c.phase == terms.phase).values(asked=phases.c.asked + 1)
    if connection.execute(counted).rowcount == 0:  # the statement that locks comes first
        connection.execute(insert(phases).values(phase=terms.phase, version=0, asked=1))
    done = select(phase_versions).where(phase_versions.c.phase == terms.phase, phase_versions.c.approval == approval)
    row = connection.execute(done).first()
    if row is not None:
        return _terms(row)
    version = _version(connection, terms.phase) + 1
    values: dict[str, Any] = {
        "phase": terms.phase,
        "version": version,
        "name": terms.name.strip(),
        "opens_ns": terms.opens_ns,
        "closes_ns": terms.closes_ns,
        "quota": terms.quota,
        "asset": terms.asset,
        "stake": terms.stake,
        "token_required": terms.token_required,
        "holders_share_e8": terms.holders_share_e8,
        "host_holders_share_e8": terms.host_holders_share_e8,
        "created_ns": time.time_ns(),
        "approval": approval,
    }
    connection.execute(insert(phase_versions).values(**values))
    connection.execute(update(phases).where(phases.c.phase == terms.phase).values(version=version))
    return of_version(connection, terms.phase, version)


def current(connection: Connection, phase: int) -> Terms:
    """
    Raises:
        Declined: `no_such_phase`.
    """
    return of_version(connection, phase, _version(connection, phase))


def of_version(connection: Connection, phase: int, version: int) -> Terms:
    chosen = select(phase_versions).where(phase_versions.c.phase == phase, phase_versions.c.version == version)
    row = connection.execute(chosen).first()
    if row is None:
        raise Declined("no_such_phase", f"there is no phase {phase}")
    return _terms(row)


def all_current(connection: Connection) -> list[Terms]:
    """Every phase under its newest terms, in order."""
    numbers = connection.execute(select(phases.c.phase).where(phases.c.version > 0).order_by(phases.c.phase)).scalars()
    return [current(connection, int(phase)) for phase in list(numbers)]


def versions(connection: Connection, phase: int) -> list[Terms]:
    chosen = select(phase_versions).where(phase_versions.c.phase == phase).order_by(phase_versions.c.version)
    return [_terms(row) for row in connection.execute(chosen)]


def open_now(connection: Connection, now_ns: int) -> Terms | None:
    """The phase that takes applications: of several the newest."""
    return next((one for one in reversed(all_current(connection)) if one.is_open(now_ns)), None)


def _version(connection: Connection, phase: int) -> int:
    return int(connection.execute(select(phases.c.version).where(phases.c.phase == phase)).scalar() or 0)


def as_payload(terms: Terms) -> dict[str, Any]:
    """What is approved: everything that is agreed, as strings where JSON has no whole numbers of that size."""
    return {
        "phase": terms.phase,
        "name": terms.name,
        "opens_ns": str(terms.opens_ns),
        "closes_ns": str(terms.closes_ns),
        "quota": terms.quota,
        "asset": terms.asset,
        "stake": str(terms.stake),
        "token_required": terms.token_required,
        "holders_share_e8": terms.holders_share_e8,
        "host_holders_share_e8": terms.host_holders_share_e8,
    }


def from_payload(payload: dict[str, Any]) -> Terms:
    """
    Raises:
        BadInput: it is none.
    """
    try:
        return Terms(
            phase=int(payload["phase"]),
            version=0,
            name=str(payload["name"]),
            opens_ns=int(payload["opens_ns"]),
            closes_ns=int(payload["closes_ns"]),
            quota=int(payload["quota"]),
            asset=str(payload["asset"]),
            stake=Minor(int(payload["stake"])),
            token_required=bool(payload["token_required"]),
            holders_share_e8=RateE8(int(payload["holders_share_e8"])),
            host_holders_share_e8=RateE8(int(payload["host_holders_share_e8"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"these are no terms of a phase ({error}): {canonical(payload)[:200]}") from None


def _terms(row: Row[Any]) -> Terms:
    return Terms(
        phase=row.phase,
        version=row.version,
        name=row.name,
        opens_ns=row.opens_ns,
        closes_ns=row.closes_ns,
        quota=row.quota,
        asset=row.asset,
        stake=Minor(row.stake),
        token_required=row.token_required,
        holders_share_e8=RateE8(row.holders_share_e8),
        host_holders_share_e8=RateE8(row.host_holders_share_e8),
        created_ns=row.created_ns,
        approval=row.approval,
    )
