"""Terms of clearing as they lie in the database, and what may be agreed (Q-7, Q-8)."""

from typing import Any

from sqlalchemy import Connection, Row, Table, and_, insert, select

from commonbook.clearing.model import (
    AFFILIATE,
    DAY_NS,
    HOLDERS_2018,
    TOKEN_HOLDERS,
    ClaimSchedule,
    CostShare,
    Source,
    Terms,
)
from commonbook.errors import BadInput, Declined
from commonbook.instrument.venue import Venue
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
    schedules = tuple(_schedule(row) for row in connection.execute(select(claim_schedules)))
    return Terms(default_share, shares, (HOLDERS_2018, *schedules))


def _schedule(row: Row[Any]) -> ClaimSchedule:
    paid = (row.beneficiary, RateE8(row.rate_e8), bool(row.bound))
    return ClaimSchedule(row.brand, row.kind, row.account, row.effective_ns, *paid)


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
    keys = {"brand": brand, "source": source.value, "effective_ns": day * DAY_NS}
    agree(connection, cost_shares, keys, {"rate_e8": rate_e8}, f"a cost share of brand {brand} for {source}", now_ns)
    return CostShare(brand, source, day * DAY_NS, RateE8(rate_e8))


def agree_holders(connection: Connection, brand: int, day: int, rate_e8: int, bound: bool, now_ns: int) -> None:
    """What of a brand's revenue is its token holders', from the beginning of a day on; bound once there are any.

    Raises:
        BadInput, Declined: as `agree_cost_share`.
    """
    must_be_share(rate_e8)
    keys = {"brand": brand, "kind": TOKEN_HOLDERS, "account": 0, "effective_ns": day * DAY_NS}
    values = {"beneficiary": 0, "rate_e8": rate_e8, "bound": bound}
    agree(connection, claim_schedules, keys, values, f"the share of token holders of brand {brand}", now_ns)


def affiliates_of(connection: Connection, brand: int) -> list[ClaimSchedule]:
    """What a brand has agreed with affiliates, by account, newest first; past ones as well."""
    mine = (claim_schedules.c.brand == brand) & (claim_schedules.c.kind == AFFILIATE)
    order = (claim_schedules.c.account, claim_schedules.c.effective_ns.desc())
    return [_schedule(row) for row in connection.execute(select(claim_schedules).where(mine).order_by(*order))]


def agree_affiliate(connection: Connection, venue: Venue, schedule: ClaimSchedule, now_ns: int) -> None:
    """What an affiliate claims of the fees of one account of its brand, from the beginning of a day on.

    Args:
        schedule: of kind AFFILIATE; a rate of 0 ends it.

    Raises:
        BadInput, Declined: as `must_be_affiliates` and `agree_cost_share`.
    """
    must_be_affiliates(venue, schedule)
    keys = {"brand": schedule.brand, "kind": AFFILIATE, "account": schedule.account}
    values = {"beneficiary": schedule.beneficiary, "rate_e8": schedule.rate_e8, "bound": schedule.bound}
    what = f"an affiliate of account {schedule.account}"
    agree(connection, claim_schedules, keys | {"effective_ns": schedule.effective_ns}, values, what, now_ns)


def must_be_affiliates(venue: Venue, schedule: ClaimSchedule) -> None:
    """Whether a claim may be agreed, whenever it begins.

    Raises:
        BadInput: the rate is no share.
        Declined: `no_such_account`, also of another brand's; `own_affiliate`: nobody is paid out of their own fees;
            `refused_claim_too_high`: rebates count on it that claims take no more than the venue says (F-5).
    """
    must_be_share(schedule.rate_e8)
    sides = [venue.accounts.get(number) for number in (schedule.account, schedule.beneficiary)]
    for number, one in zip((schedule.account, schedule.beneficiary), sides, strict=True):
        if one is None or one.brand != schedule.brand:
            raise Declined("no_such_account", f"there is no account {number}")
    if len({one.person for one in sides if one is not None}) == 1:
        raise Declined("own_affiliate", "nobody is an affiliate of an account of their own")
    if schedule.rate_e8 > venue.highest_claim_e8:
        why = f"{schedule.rate_e8} hundred-millionths of a fee; claims may take {venue.highest_claim_e8} at most"
        raise Declined("refused_claim_too_high", why, highest_claim_e8=str(venue.highest_claim_e8))


def agree(
    connection: Connection, table: Table, keys: dict[str, Any], values: dict[str, Any], what: str, now_ns: int = 0
) -> None:
    """Write down what is agreed; the same again changes nothing, also when its day has begun meanwhile.

    Args:
        keys: where it begins with a day, `effective_ns` among them.
        now_ns: behind which it begins; 0: it may begin whenever it does.

    Raises:
        Declined: `too_late`: the day has begun; `agreed_already`: something else is.
    """
    where = and_(*(table.c[name] == value for name, value in keys.items()))
    known = connection.execute(select(table).where(where)).mappings().first()
    if known is None:
        if now_ns:
            must_be_ahead(keys["effective_ns"] // DAY_NS, now_ns)
        if insert_new(connection, table, keys | values):
            return
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
