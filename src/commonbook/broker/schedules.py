"""Rates as versions: the public schedule, and those that were negotiated. Rules BT-15 to BT-18.

A version is never edited: the next one takes its place from an hour on. Before its first version, and behind one
without rows, a broker is under the public schedule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from commonbook.broker.model import PUBLIC, TIERS_2022
from commonbook.broker.rates import LEVELS, ROLES, Product, RateRow, RateTable, checked, difference, in_force, percent
from commonbook.broker.versions import hash_of, read, text_of
from commonbook.errors import BadInput, Declined
from commonbook.instrument.venue import Venue
from commonbook.storage.tables.program import rate_versions
from commonbook.units import HOUR_NS, RateE8, parse_units

ROWS_MOST = 2_000
FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class Version:
    number: int  # counted over all schedules; 1 is the public table of 2022, which is always there
    broker: int  # PUBLIC: everybody's
    from_hour: int
    rows: tuple[RateRow, ...]  # none: the public schedule

    @property
    def table(self) -> RateTable:
        return RateTable(self.number, self.from_hour * HOUR_NS, self.rows)


FIRST = Version(TIERS_2022.version, PUBLIC, TIERS_2022.effective_ns // HOUR_NS, TIERS_2022.rows)


# -- reading and writing rows -----------------------------------------------------------------------------------------


def read_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[RateRow, ...]:
    """Rows as people write them: tier, rate in per cent, and for which cases.

    Raises:
        BadInput: a rate that is no decimal, or finer than a hundred-millionth.
        Declined: `bad_rate`, `bad_tier`, `bad_level`, `bad_role`, `bad_product`, `too_many_rows`.
    """
    if len(rows) > ROWS_MOST:
        raise Declined("too_many_rows", f"{len(rows)} rows are more than {ROWS_MOST}: write ranges of cases")
    found = tuple(_row(number, row) for number, row in enumerate(rows, 1))
    checked(found)
    return found


def _row(number: int, row: Mapping[str, Any]) -> RateRow:
    role, product = row.get("role"), row.get("product")
    if role is not None and role not in ROLES:
        raise Declined("bad_role", f"row {number}: role {str(role)[:20]!r} is not {' or '.join(ROLES)}")
    if product is not None and product not in {one.value for one in Product}:
        raise Declined("bad_product", f"row {number}: product {str(product)[:20]!r} is not {', '.join(Product)}")
    try:
        rate = RateE8(parse_units(str(row["rate"]), 6))
    except BadInput as error:
        raise BadInput(f"row {number}: rate {str(row['rate'])[:40]!r}: {error}; give per cent, as 7.5") from None
    return RateRow(
        tier=int(row["tier"]),
        rate_e8=rate,
        affiliated=row.get("affiliated"),
        product=None if product is None else Product(product),
        role=role,
        level_from=int(row.get("level_from", 0)),
        level_to=int(row.get("level_to", LEVELS - 1)),
    )


def told_rows(rows: Iterable[RateRow]) -> list[dict[str, Any]]:
    """The same rows, as `read_rows` takes them."""
    return [
        {
            "tier": row.tier,
            "rate": percent(row.rate_e8).removesuffix(" %"),
            "affiliated": row.affiliated,
            "product": None if row.product is None else row.product.value,
            "role": row.role,
            "level_from": row.level_from,
            "level_to": row.level_to,
        }
        for row in rows
    ]


# -- what is agreed ---------------------------------------------------------------------------------------------------


def versions(connection: Connection, program: str, broker: int | None = None) -> list[Version]:
    """In the order in which they were agreed; the public table of 2022 is the first of the public ones.

    Args:
        broker: whose schedule; None: all.

    Raises:
        BrokenInvariant: one is not what its hash says.
    """
    chosen = select(rate_versions).where(rate_versions.c.program == program)
    if broker is not None:
        chosen = chosen.where(rate_versions.c.broker == broker)
    found = [_version(row) for row in connection.execute(chosen.order_by(rate_versions.c.version))]
    return [FIRST, *found] if broker in (None, PUBLIC) else found


def _version(row: Row[Any]) -> Version:
    number = FIRST.number + int(row.version)
    return Version(number, row.broker, row.from_hour, read_rows(read(row.rows, row.hash, f"rates, version {number}")))


def must_be_agreeable(venue: Venue, broker: int, rows: Sequence[RateRow]) -> None:
    """
    Raises:
        Declined: `no_such_broker`; `no_rows` for the public schedule; `refused_claim_too_high`: makers' rebates count
            on it that claims take no more of a fee than the venue says (F-5).
    """
    if broker != PUBLIC and broker not in venue.codes:
        raise Declined("no_such_broker", f"there is no broker {broker}")
    if broker == PUBLIC and not rows:
        raise Declined("no_rows", "the public schedule needs rows: without one nobody would earn anything")
    for number, row in enumerate(rows, 1):
        if row.rate_e8 > venue.highest_claim_e8:
            most = percent(venue.highest_claim_e8)
            why = f"row {number}: {percent(row.rate_e8)} of a fee; rebates count on it that claims take {most} at most"
            raise Declined("refused_claim_too_high", why, highest_claim=most)


def agree(
    connection: Connection,
    program: str,
    broker: int,
    from_hour: int,
    rows: Sequence[RateRow],
    approval: int,
    now_ns: int,
) -> int:
    """A version, from an hour on; in a transaction that holds the program's clock.

    Args:
        approval: by which it was decided; there is one version of each.

    Returns:
        its number.

    Raises:
        Declined: `behind_newest`: a version that begins later is agreed already.
    """
    newest = max((one.from_hour for one in versions(connection, program, broker)), default=0)
    if from_hour < newest:
        why = f"a version from hour {newest} on is agreed already: the next begins with it or later"
        raise Declined("behind_newest", why, newest_hour=str(newest))
    written = text_of(told_rows(rows))
    row = {
        "program": program,
        "broker": broker,
        "from_hour": from_hour,
        "rows": written,
        "hash": hash_of(written),
        "approval": approval,
        "made_ns": now_ns,
    }
    made = connection.execute(insert(rate_versions).values(**row)).inserted_primary_key
    return FIRST.number + int(made[0] if made is not None else 0)


def of_approval(connection: Connection, program: str, approval: int) -> tuple[int, int] | None:
    """The version that an approval has made, and its hour."""
    mine = (rate_versions.c.program == program) & (rate_versions.c.approval == approval)
    row = connection.execute(select(rate_versions).where(mine)).first()
    return None if row is None else (FIRST.number + int(row.version), int(row.from_hour))


def newest_of(found: Sequence[Version], broker: int) -> list[int]:
    """The newest version of a broker's schedule and of the public one, 0 for none: what a change is told from."""
    return [max((one.number for one in found if one.broker == whose), default=0) for whose in (broker, PUBLIC)]


def load(connection: Connection, program: str) -> tuple[dict[int, tuple[RateTable, ...]], dict[int, int]]:
    """The tables of every schedule, and which brokers have one of their own."""
    return compose(versions(connection, program))


def compose(found: Sequence[Version]) -> tuple[dict[int, tuple[RateTable, ...]], dict[int, int]]:
    """The same of versions: a broker's own tables, and the public ones where it has none."""
    of_broker: dict[int, list[Version]] = {}
    for one in sorted(found, key=lambda one: (one.from_hour, one.number)):
        of_broker.setdefault(one.broker, []).append(one)
    public = tuple(one.table for one in of_broker.pop(PUBLIC, []))
    tables = {broker: tuple(_tables(own, public)) for broker, own in of_broker.items()}
    return {PUBLIC: public} | tables, {broker: broker for broker in tables}


def _tables(own: Sequence[Version], public: Sequence[RateTable]) -> list[RateTable]:
    found = [table for table in public if table.effective_ns < own[0].table.effective_ns]
    ends = [*(one.table.effective_ns for one in own[1:]), FOREVER]
    for version, end_ns in zip(own, ends, strict=True):
        begin_ns = version.table.effective_ns
        if version.rows or begin_ns == end_ns:
            found.append(version.table)
            continue
        holds = in_force(public, begin_ns)
        if holds is not None:
            found.append(replace(holds, version=version.number, effective_ns=begin_ns))
        found += [table for table in public if begin_ns < table.effective_ns < end_ns]
    return found


def changes(found: Sequence[Version], broker: int, from_hour: int, rows: Sequence[RateRow]) -> list[str]:
    """BT-18: what a new version changes from its hour on, in words; nothing where everything stays as it is.

    Args:
        found: all versions there are.
    """
    before = _in_force(found, broker, from_hour)
    new = Version(FOREVER, broker, from_hour, tuple(rows))
    after = _in_force([*found, new], broker, from_hour)
    if after is None:
        return []
    return difference(before, after)


def _in_force(found: Sequence[Version], broker: int, hour: int) -> RateTable | None:
    tables, negotiated = compose(found)
    return in_force(tables[negotiated.get(broker, PUBLIC)], hour * HOUR_NS)


def highest(found: Sequence[Version], broker: int, hour: int, tier: int) -> RateE8:
    """The highest rate that a broker may have at a tier in an hour."""
    table = _in_force(found, broker, hour)
    return RateE8(0) if table is None else RateE8(int(table.cells[tier].max()))
