"""What keeps a fill from earning, as versions: from which client level on, and what a discount does. Rule BT-20.

A version is never edited; the next one takes its place from an hour on. Before the first one the settings hold (BT-21).
"""

from sqlalchemy import Connection, insert, select

from commonbook.broker import fixed
from commonbook.broker.model import Conditions, DiscountPolicy
from commonbook.broker.rates import LEVELS
from commonbook.errors import Declined
from commonbook.settings import BrokerSettings
from commonbook.storage.tables.program import program_conditions


def versions(connection: Connection, program: str) -> tuple[Conditions, ...]:
    """In the order in which they were agreed, which is that of their hours."""
    chosen = select(program_conditions).where(program_conditions.c.program == program)
    rows = connection.execute(chosen.order_by(program_conditions.c.version))
    return tuple(Conditions(row.from_hour, row.excluded_from_level, DiscountPolicy(row.discount)) for row in rows)


def in_force(connection: Connection, program: str, hour: int, settings: BrokerSettings) -> Conditions:
    """Those of an hour."""
    found = [one for one in versions(connection, program) if one.from_hour <= hour]
    if found:
        return found[-1]
    kept = fixed.in_hour(connection, program, hour, settings)
    return Conditions(0, kept.excluded_from_level, DiscountPolicy.EXCLUDE_FILL)


def must_make_sense(excluded_from_level: int, discount: str) -> None:
    """
    Raises:
        Declined: `bad_level`, `bad_policy`.
    """
    if not 0 <= excluded_from_level <= LEVELS:
        raise Declined("bad_level", f"level {excluded_from_level} is not 0 to {LEVELS}, which excludes nobody")
    if discount not in {one.value for one in DiscountPolicy}:
        raise Declined("bad_policy", f"policy {discount[:20]!r} is not {' or '.join(DiscountPolicy)}")


def difference(before: Conditions, after: Conditions) -> list[str]:
    """What changes, in words."""
    lines = []
    if after.excluded_from_level != before.excluded_from_level:
        was, now = before.excluded_from_level, after.excluded_from_level
        lines.append(f"clients earn nothing from VIP level {now} up instead of {was}")
    if after.discount != before.discount:
        lines.append(f"discounts: {after.discount} instead of {before.discount}")
    return lines


def agree(connection: Connection, program: str, wanted: Conditions, approval: int, now_ns: int) -> None:
    """A version; in a transaction that holds the program's clock.

    Args:
        approval: by which it was decided; there is one version of each.

    Raises:
        Declined: `behind_newest`: a version that begins later is agreed already.
    """
    newest = max((one.from_hour for one in versions(connection, program)), default=0)
    if wanted.from_hour < newest:
        why = f"conditions from hour {newest} on are agreed already: the next begin with it or later"
        raise Declined("behind_newest", why, newest_hour=str(newest))
    row = {
        "program": program,
        "from_hour": wanted.from_hour,
        "excluded_from_level": wanted.excluded_from_level,
        "discount": wanted.discount.value,
        "approval": approval,
        "made_ns": now_ns,
    }
    connection.execute(insert(program_conditions).values(**row))


def of_approval(connection: Connection, approval: int) -> int | None:
    """The hour of the version that an approval has made."""
    mine = program_conditions.c.approval == approval
    found = connection.execute(select(program_conditions.c.from_hour).where(mine)).scalar()
    return None if found is None else int(found)
