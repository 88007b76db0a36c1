"""Suite `isolation`, I16, in its fast tier: every route by more than twenty principals; what is mixed up is noticed."""

import pytest
from sqlalchemy import Connection, update

from commonbook.gateway.okx_v5.app import ROUTES
from commonbook.qa import isolation
from commonbook.qa.__main__ import Suite, run_suite
from commonbook.qa.desk_routes import routes
from commonbook.qa.isolation import FIRST_STRANGER, SECOND_STRANGER, Owner
from commonbook.qa.people import FIRST_BRAND, SECOND_BRAND
from commonbook.qa.suite import Tier
from commonbook.storage.schema import api_keys, orders, subaccounts
from commonbook.storage.tables.autonomy import announcements


def test_what_is_anothers_is_as_if_it_were_not_there_on_every_route_for_every_principal() -> None:
    result = run_suite(Suite.ISOLATION, 1, Tier.FAST)
    assert result.failure == ""
    assert result.trials == 9_000
    cells = result.figures["cells_of_routes_and_principals"]
    assert cells % len(ROUTES) == 0
    assert cells >= 20 * len(ROUTES)
    assert result.figures["cells_of_desks"] >= 3 * len(routes())
    assert result.events["orders_over_websocket"] > 200
    assert result.events["frames"] > 1_000


def a_strangers_key_is_of_an_owners_account(connection: Connection, owner: Owner) -> None:
    mine = api_keys.c.account == FIRST_STRANGER
    connection.execute(update(api_keys).where(mine).values(account=owner.account))


def an_owners_order_is_noted_as_a_strangers(connection: Connection, owner: Owner) -> None:
    mine = orders.c.client_id == owner.words["clOrdId"]
    connection.execute(update(orders).where(mine).values(account=SECOND_STRANGER))


def an_owners_subaccount_is_noted_as_a_strangers(connection: Connection, owner: Owner) -> None:
    mine = subaccounts.c.name == owner.words["subAcct"]
    connection.execute(update(subaccounts).where(mine).values(master=SECOND_STRANGER))


def the_announcements_of_a_brand_are_noted_as_anothers(connection: Connection, owner: Owner) -> None:
    mine = announcements.c.brand == FIRST_BRAND
    connection.execute(update(announcements).where(mine).values(brand=SECOND_BRAND))


@pytest.mark.parametrize(
    "plant",
    [
        a_strangers_key_is_of_an_owners_account,
        an_owners_order_is_noted_as_a_strangers,
        an_owners_subaccount_is_noted_as_a_strangers,
        the_announcements_of_a_brand_are_noted_as_anothers,
    ],
)
def test_what_is_mixed_up_is_noticed(plant: isolation.Plant) -> None:
    assert isolation.run(seed=1, trials=7_000, plant=plant).failure.startswith("seed 1, round ")
