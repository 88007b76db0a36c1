"""Terms of clearing as they lie in the database, and what may be agreed (Q-7, Q-8)."""

from typing import Any

from sqlalchemy import Connection, Table, and_, insert, select

from commonbook.clearing.model import DAY_NS, HOLDERS_2018, TOKEN_HOLDERS, ClaimSchedule, CostShare, Source, Terms
from commonbook.errors import BadInput, Declined
from commonbook.storage.database import insert_new
from commonbook.storage.tables.clearing import (
    adjustments,
    claim_schedules,
    cost_shares,
    holds,
    release_schedules,
    service_measures,
    service_prices,
    service_targets,
    service_uses,
)
from commonbook.units import RATE_ONE, RateE8

AGREED = (
    *(cost_shares, claim_schedules, release_schedules, holds, adjustments),
    *(service_prices, service_uses, service_targets, service_measures),
)


def load(connection: Connection, default_share: RateE8) -> Terms:
    """All of them; those in force at a time are chosen where they are used."""
    shares = tuple(
        CostShare(row.brand, Source(row.source), row.effective_ns, RateE8(row.rate_e8))
        for row in connection.execute(select(cost_shares))
    )
    schedules = tuple(
        ClaimSchedule(
            row.brand,
            row.kind,
            row.account,
            row.effective_ns,
            row.beneficiary,
            RateE8(row.rate_e8),
            bool(row.bound),
        )
        for row in connection.execute(select(claim_schedules))
    )
    return Terms(default_share, shares, (HOLDERS_2018, *schedules))


def first_day(now_ns: int) -> int:
    """The first day from which new terms may be in force: none that has begun, so that what is divided stays so."""
    return now_ns // DAY_NS + 1


def agree_cost_share(
    connection: Connection, brand: int, source: Source, day: int, rate_e8: int, now_ns: int
) -> CostShare:
    """The host's share of a brand's income from a source, from the beginning of a day on.

    Args:
        now_ns: the newest of engine time and the wall's.

    Raises:
        BadInput: the rate is no share.
        Declined: `too_late`: the day has begun. `agreed_already`: there is a rate for that day.
    """
    must_be_share(rate_e8)
    must_be_ahead(day, now_ns)
    keys = {"brand": brand, "source": source.value, "effective_ns": day * DAY_NS}
    agree(connection, cost_shares, keys, {"rate_e8": rate_e8}, f"a cost share of brand {brand} for {source}")
    return CostShare(brand, source, day * DAY_NS, RateE8(rate_e8))


def agree_holders(connection: Connection, brand: int, day: int, rate_e8: int, bound: bool, now_ns: int) -> None:
    """What of a brand's revenue is its token holders', from the beginning of a day on; bound once there are any.

    Raises:
        BadInput, Declined: as `agree_cost_share`.
    """
    must_be_share(rate_e8)
    must_be_ahead(day, now_ns)
    keys = {"brand": brand, "kind": TOKEN_HOLDERS, "account": 0, "effective_ns": day * DAY_NS}
    values = {"beneficiary": 0, "rate_e8": rate_e8, "bound": bound}
    agree(connection, claim_schedules, keys, values, f"the share of token holders of brand {brand}")


def agree(connection: Connection, table: Table, keys: dict[str, Any], values: dict[str, Any], what: str) -> None:
    """Write down what is agreed; the same again changes nothing.

    Raises:
        Declined: `agreed_already`: something else is.
    """
    if insert_new(connection, table, keys | values):
        return
    where = and_(*(table.c[name] == value for name, value in keys.items()))
    known = connection.execute(select(table).where(where)).mappings().one()
    if any(known[name] != value for name, value in values.items()):
        raise Declined("agreed_already", f"{what} from that time on is agreed already; choose a later time")


def must_be_share(rate_e8: int) -> None:
    if not 0 <= rate_e8 <= RATE_ONE:
        raise BadInput(f"rate {rate_e8} is not between 0 and {RATE_ONE} hundred-millionths")


def must_be_ahead(day: int, now_ns: int) -> None:
    if day < first_day(now_ns):
        raise Declined("too_late", f"day {day} has begun: terms change from day {first_day(now_ns)} on at the earliest")


def copy_agreed(source: Connection, target: Connection) -> None:
    """What was agreed, into an empty database: with it and the journal all else is built anew."""
    table: Table
    for table in AGREED:
        rows = [dict(row) for row in source.execute(select(table)).mappings()]
        if rows:
            target.execute(insert(table), rows)
