"""What verification looks for, computed from facts; nobody ticks anything by hand. Rule PA-21.

Each item has one source. The folder that keeps a fact says with `provides` how it is read; an item that has no source
is open, so that nobody passes by what is not looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from commonbook.administration.roles import staff_of
from commonbook.brand import store
from commonbook.instrument.venue import Venue
from commonbook.partnership.model import Item
from commonbook.people.factors import kinds_of
from commonbook.storage.schema import brand_hours, orders
from commonbook.storage.tables.broker import accrual_blocks, settlement_hours
from commonbook.terms.model import EVERYWHERE, Audience, Kind
from commonbook.terms.rules import in_force, lines_for
from commonbook.terms.service import all_versions
from commonbook.units import HOUR_NS

STAFF_NEEDED = 2
SETTLED = "published"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Where the facts of a brand are: the tables and the venue of either side."""

    brand: int
    venue: Venue
    tables: Connection
    simulated_venue: Venue | None  # None: simulated trading is not there
    simulated_tables: Connection | None
    now_ns: int
    grace_ns: int  # an hour is settled so long after its end at the latest


Source = Callable[[Grounds], bool]
SOURCES: dict[Item, Source] = {}


def provides(item: Item) -> Callable[[Source], Source]:
    """Registers the function below it as the source of an item."""

    def keep(source: Source) -> Source:
        SOURCES[item] = source
        return source

    return keep


def open_items(grounds: Grounds) -> tuple[Item, ...]:
    """What is not there yet, in the order of the list."""
    return tuple(item for item in Item if item not in SOURCES or not SOURCES[item](grounds))


@provides(Item.DOMAIN)
def a_domain_is_proved(grounds: Grounds) -> bool:
    return any(one.is_proved for one in store.domains_of(grounds.tables, grounds.brand))


@provides(Item.LOGO)
def there_is_a_logo(grounds: Grounds) -> bool:
    found = store.current(grounds.tables, grounds.brand)
    return found is not None and store.file(grounds.tables, grounds.brand, found.document.logo) is not None


@provides(Item.TERMS)
def terms_are_in_force(grounds: Grounds) -> bool:
    """Terms, a risk warning and a privacy text for those who trade, in every country that is served."""
    found = store.current(grounds.tables, grounds.brand)
    served = (found.document.countries if found is not None else ()) or (EVERYWHERE,)
    texts = all_versions(grounds.tables, [grounds.brand], Audience.TRADER)
    lines = [lines_for(texts, grounds.brand, where, [Audience.TRADER], grounds.now_ns) for where in served]
    wanted = [(Audience.TRADER, kind) for kind in Kind]
    return all(in_force(line.get(one, []), grounds.now_ns) is not None for line in lines for one in wanted)


@provides(Item.SUPPORT)
def there_is_a_support_address(grounds: Grounds) -> bool:
    found = store.current(grounds.tables, grounds.brand)
    return found is not None and bool(found.document.support)


@provides(Item.FEES)
def fees_stand_on_the_floor(grounds: Grounds) -> bool:
    """The brand has a schedule from level 0, and no line of it is below the floor of the venue (F-4)."""
    floor = grounds.venue.floor
    lines = list(grounds.venue.schedules.items())
    own = {level: rates for (brand, level), rates in lines if brand == grounds.brand}
    return 0 in own and all(
        rates.maker_e8 >= floor.maker_e8 and rates.taker_e8 >= floor.taker_e8 for rates in own.values()
    )


@provides(Item.STAFF)
def two_of_the_staff_have_a_second_factor(grounds: Grounds) -> bool:
    users = {one.user for one in staff_of(grounds.tables, grounds.brand)}
    return sum(bool(kinds_of(grounds.tables, user)) for user in users) >= STAFF_NEEDED


@provides(Item.TEST_ORDER)
def an_order_was_tried(grounds: Grounds) -> bool:
    """A customer of the brand has had an order on the simulated venue."""
    if grounds.simulated_tables is None or grounds.simulated_venue is None:
        return False
    own = [account.id for account in grounds.simulated_venue.accounts.values() if account.brand == grounds.brand]
    chosen = select(func.count()).select_from(orders)
    together = 500
    return any(
        grounds.simulated_tables.execute(chosen.where(orders.c.account.in_(own[start : start + together]))).scalar_one()
        for start in range(0, len(own), together)
    )


@provides(Item.TEST_HOUR)
def an_hour_was_settled(grounds: Grounds) -> bool:
    """On the simulated venue the brand has an hour with fills that is over, whose fees all went somewhere (V-3), and
    of which every broker is settled."""
    tables = grounds.simulated_tables
    if tables is None:
        return False
    last = (grounds.now_ns - grounds.grace_ns) // HOUR_NS  # hours before it are due
    chosen = select(brand_hours).where(
        brand_hours.c.brand == grounds.brand, brand_hours.c.fills > 0, brand_hours.c.hour < last
    )
    for row in tables.execute(chosen.order_by(brand_hours.c.hour)):
        whole = row.fees_collected - row.rebates_paid == row.commission + row.host_fee + row.revenue - row.subsidy
        accrued = select(accrual_blocks.c.program).where(accrual_blocks.c.hour == row.hour)
        paid = select(settlement_hours.c.program).where(
            settlement_hours.c.hour == row.hour, settlement_hours.c.state == SETTLED
        )
        owed = set(tables.execute(accrued.distinct()).scalars())
        if whole and owed <= set(tables.execute(paid).scalars()):
            return True
    return False
