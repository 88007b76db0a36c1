"""VIP levels. docs/rules/levels.md, VL-1 to VL-8."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from spec.house import SETTINGS, House, Person
from spec.small_exchange import (
    BTC_EUR,
    EUR,
    HOUR,
    HOUSE,
    MAKER,
    NORTH,
    SOUTH,
    TAKER,
    USDT,
    deposit,
    one,
    order,
    units,
)
from sqlalchemy import Connection, Table, select, update

from commonbook.administration.roles import HOST
from commonbook.brand import ladder
from commonbook.brand.days import parts
from commonbook.brand.ladder import Measures, Rung
from commonbook.console.audit import audit_folder
from commonbook.instrument.accounts import funding_account, stake_account, subaccount, treasury_account
from commonbook.instrument.model import Asset
from commonbook.records import CommandKind, Side, as_commands
from commonbook.settings import AutonomySettings
from commonbook.storage.tables.autonomy import engine_days, level_changes, level_days, level_tables, volume_days

TABLE = {
    "valuation": "USDT",
    "token": "EUR",  # of the small exchange's assets the one that nothing else is valued by
    "rows": [
        {"level": 1, "any_of": True, "volume": "1000", "assets": "20000000"},
        {"level": 2, "any_of": True, "volume": "5000", "assets": "30000000", "token": "10000001"},
        {"level": 3, "any_of": False, "volume": "20000", "assets": "40000000"},
    ],
}
MIDNIGHT = 8  # hours from the beginning of the small exchange to the first day's end
DAY = (HOUR + MIDNIGHT) // 24  # the first whole one


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as found:
        yield found


def with_table(house: House, **changed: Any) -> tuple[Person, Person]:
    """The host's table, decided on the first day; it judges days from the next one on."""
    first, second = house.owner(HOST), house.owner(HOST)
    asked = first.post("/host/v1/levels", TABLE | changed)
    assert asked.status_code == 200, asked.text
    done = house.approve(asked.json(), second).json()
    assert (done["state"], done["outcome"]) == ("done", {"first_day": DAY})
    return first, second


def end_of_day(house: House, days: int = 1) -> None:
    """The day that is measured ends, and the levels are set."""
    house.at(MIDNIGHT + 24 * days, 1)


def standing(house: House, account: int, day: int = DAY) -> tuple[str, str, str, int]:
    found = house.read(lambda connection: ladder.standing(connection, account, day))
    measures = (found.measures.volume, found.measures.assets, found.measures.token)
    return (*(Asset(1, "USDT", 8).format(one) for one in measures), found.level)  # type: ignore[return-value]


def level(house: House, account: int) -> int:
    return house.door.venue.accounts[account].level


RUNGS = (
    Rung(1, units("1000"), units("500"), None, True),
    Rung(2, units("5000"), units("2000"), units("10"), True),
    Rung(3, units("20000"), units("5000"), None, False),
)


@pytest.mark.parametrize(
    ("volume", "assets", "token", "expected"),
    [
        ("999.99999999", "499", "9", 0),
        ("1000", "0", "0", 1),
        ("0", "0", "10", 2),
        ("20000", "4999", "0", 2),
        ("20000", "5000", "0", 3),
    ],
)
def test_vl1_the_highest_row_whose_condition_holds(volume: str, assets: str, token: str, expected: int) -> None:
    table = ladder.Ladder(1, 0, Asset(1, "USDT", 8), None, 30, RUNGS)
    assert table.level(Measures(units(volume), units(assets), units(token))) == expected


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"rows": [{"level": 2, "any_of": True, "volume": "1"}, {"level": 1, "any_of": True, "volume": "2"}]}, None),
        ({"rows": [{"level": 1, "any_of": True, "volume": "5"}, {"level": 2, "any_of": True, "volume": "5"}]}, None),
        ({"rows": [{"level": 1, "any_of": True}]}, None),
        ({"rows": [{"level": 0, "any_of": True, "volume": "5"}]}, None),
        ({"rows": [{"level": 10, "any_of": True, "volume": "5"}]}, None),
        ({"token": ""}, None),
        ({"rows": [{"level": 1, "any_of": True, "volume": "-5"}]}, None),
        ({"days": 0}, None),
        ({"days": 367}, None),
        ({"valuation": "DOGE"}, "no_such_asset"),
        ({"rows": [{"level": 1, "any_of": True, "volume": "0.000000001"}]}, "bad_request"),
        ({"rows": [{"level": 1, "any_of": True, "volume": "much"}]}, "bad_request"),
    ],
)
def test_vl1_a_table_that_makes_no_sense_is_refused(house: House, changed: dict[str, Any], code: str | None) -> None:
    host = house.owner(HOST)
    assert host.post("/host/v1/levels", TABLE | changed).json()["error"]["code"] == (code or "bad_table")
    assert host.get("/host/v1/approvals").json() == []


def test_vl2_side_volume_of_the_days_of_the_window_sub_accounts_included(house: House) -> None:
    with_table(house, days=2)
    sub = subaccount(TAKER, 1)
    house.hour = MIDNIGHT
    house.send(one(CommandKind.ACCOUNT, account=sub, person=TAKER, brand=SOUTH), deposit(sub, USDT, "1000", "sub"))
    house.send(order(MAKER, Side.SELL, "900"), order(TAKER, Side.BUY, "600"), order(sub, Side.BUY, "300"))
    end_of_day(house)
    assert [standing(house, account)[0] for account in (TAKER, sub, MAKER, HOUSE)] == ["900", "900", "900", "0"]
    house.send(order(MAKER, Side.SELL, "200"), order(TAKER, Side.BUY, "200"))
    end_of_day(house, 2)
    assert standing(house, TAKER, DAY + 1)[0] == "1100"
    assert level(house, TAKER) == level(house, sub) == 1
    end_of_day(house, 3)
    assert standing(house, TAKER, DAY + 2)[0] == "200"
    assert level(house, TAKER) == level(house, sub) == 0


def test_vl3_a_days_volume_and_holdings_are_valued_by_index_prices_and_rounded_down(house: House) -> None:
    with_table(house)
    house.hour = MIDNIGHT
    house.small.price(EUR, "1.10", MIDNIGHT)
    house.send(order(MAKER, Side.SELL, "10", instrument=BTC_EUR), order(TAKER, Side.BUY, "10", instrument=BTC_EUR))
    house.send(order(MAKER, Side.SELL, "1"), order(TAKER, Side.BUY, "1"))
    end_of_day(house)
    assert standing(house, TAKER)[0] == "12"  # 10 EUR at 1.10 and 1 USDT
    # 9,999,998.999 USDT, and 9,999,989.99 EUR at 1.10; BTC has no index price and counts nothing.
    assert standing(house, TAKER)[1] == "20999987.988"
    house.hour = MIDNIGHT + 24
    house.small.price(EUR, "2", MIDNIGHT + 24, 5)
    end_of_day(house, 2)
    assert standing(house, TAKER, DAY + 1)[0] == "12"  # that day's volume by that day's price


def test_vl3_value_is_exact_and_rounds_down() -> None:
    coarse, fine, usdt = Asset(5, "COARSE", 2), Asset(6, "FINE", 18), Asset(1, "USDT", 8)
    prices = {(5, 1): 33_333_333, (6, 1): 150_000_000}
    assert ladder.value(100, coarse, usdt, prices) == 33_333_333
    assert ladder.value(1, coarse, usdt, prices) == 333_333  # 0.01 x 0.33333333 = 0.0033333333
    assert ladder.value(10**18 + 1, fine, usdt, prices) == 150_000_000
    assert ladder.value(10**9, fine, usdt, prices) == 0  # 0.0000000015
    assert ladder.value(7, usdt, usdt, {}) == 7
    assert ladder.value(7, Asset(9, "NONE", 8), usdt, prices) == 0


def test_vl4_all_accounts_of_an_owner_count_and_stakes_do_not(house: House) -> None:
    with_table(house)
    funding, stake, sub = funding_account(TAKER), stake_account(TAKER), subaccount(TAKER, 7)
    house.hour = MIDNIGHT
    for place, (account, amount) in enumerate(((funding, "100"), (stake, "5000"), (sub, "7"))):
        house.send(
            one(CommandKind.ACCOUNT, account=account, person=TAKER, brand=SOUTH),
            deposit(account, USDT, amount, f"more:{place}"),
            deposit(account, EUR, amount, f"token:{place}"),
        )
    treasury = treasury_account(SOUTH)
    house.send(
        one(CommandKind.ACCOUNT, account=treasury, person=treasury, brand=SOUTH), deposit(treasury, USDT, "9", "t")
    )
    house.send(order(TAKER, Side.BUY, "50"))  # held, and still theirs
    end_of_day(house)
    assert standing(house, TAKER)[1:] == ("10000107", "10000107", 2)
    assert (level(house, TAKER), level(house, sub), level(house, funding), level(house, stake)) == (2, 2, 0, 0)
    masters = house.read(lambda connection: connection.execute(select(level_days.c.master)).scalars().all())
    assert sorted(masters) == [MAKER, TAKER, HOUSE]


def test_vl4_what_comes_after_midnight_in_the_same_batch_is_not_in_the_day(house: House) -> None:
    with_table(house)
    house.at(MIDNIGHT)
    late = deposit(TAKER, USDT, "5", "late")
    batch = as_commands(deposit(TAKER, USDT, "3", "early"), late, order(MAKER, Side.SELL, "2"))
    day_end = (DAY + 1) * 24 * 3_600 * 10**9
    batch["time_ns"] = [day_end - 1, day_end, day_end]
    house.door.follow(house.small.exchange.submit(batch, timed=True))
    assert standing(house, TAKER)[1] == "10000003"
    days = house.read(lambda connection: connection.execute(select(engine_days)).all())
    assert [row.day for row in days] == [DAY - 1, DAY, DAY + 1]


def test_vl4_a_batch_is_cut_where_a_day_ends_and_nowhere_else(house: House) -> None:
    batch = house.small.tick(1)
    assert [(day, part.first, part.last) for day, part in parts(batch)] == [(DAY - 1, batch.first, batch.last)]


def test_vl5_a_level_is_set_by_one_command_for_each_account_and_day(house: House) -> None:
    with_table(house)
    house.hour = MIDNIGHT
    house.send(order(MAKER, Side.SELL, "1000"), order(TAKER, Side.BUY, "1000"))
    before = house.small.exchange.back_office.position
    end_of_day(house)
    sent = house.small.exchange.back_office.position - before
    house.run_due()
    assert sent == 1 + 2  # engine time, and two accounts
    assert (level(house, TAKER), level(house, MAKER), level(house, HOUSE)) == (1, 1, 0)
    rows = house.read(lambda connection: connection.execute(select(level_changes)).all())
    assert [(row.day, row.account, row.level, row.state) for row in rows] == [
        (DAY, MAKER, 1, "done"),
        (DAY, TAKER, 1, "done"),
    ]


@pytest.mark.parametrize("sent", [False, True])
def test_vl5_cut_off_while_levels_are_set_each_is_set_once(house: House, sent: bool) -> None:
    with_table(house)
    house.hour = MIDNIGHT
    house.send(order(MAKER, Side.SELL, "1000"), order(TAKER, Side.BUY, "1000"))

    class Cut(Exception):
        pass

    def cut_off(records: Any) -> Any:
        if sent:
            house.send(records)
        raise Cut

    house.hour = MIDNIGHT + 24
    house.door.follow(house.small.tick(house.hour))
    before = house.small.exchange.back_office.position
    with pytest.raises(Cut):
        house.small.exchange.back_office.do_due(cut_off)
    house.small.crash()
    house.at(MIDNIGHT + 24, 5)
    assert (level(house, TAKER), level(house, MAKER)) == (1, 1)
    assert house.small.exchange.back_office.position == before + 2 + 1


def test_vl5_the_new_level_chooses_the_rates_and_a_hand_set_one_holds_until_midnight(house: House) -> None:
    with_table(house)
    owner = house.owner(SOUTH)
    levels = [{"level": 1, "maker": "0.0001", "taker": "0.0005"}]
    owner.post("/partner/v1/fees/schedules", {"levels": levels})
    house.at(MIDNIGHT)
    house.send(order(MAKER, Side.SELL, "1000"), order(TAKER, Side.BUY, "1000"))
    house.small.level(HOUSE, 5)
    house.door.follow(house.small.tick(MIDNIGHT, 1))
    end_of_day(house)
    venue = house.door.venue
    assert venue.rates(venue.accounts[TAKER]).taker_e8 == 50_000
    assert level(house, HOUSE) == 0


def test_vl6_a_table_is_decided_by_two_and_judges_days_from_the_next_on(house: House) -> None:
    first, second = house.owner(HOST), house.owner(HOST)
    house.send(order(MAKER, Side.SELL, "1000"), order(TAKER, Side.BUY, "1000"))
    asked = first.post("/host/v1/levels", TABLE).json()
    assert house.approve(asked, first).json()["error"]["code"] == "own_request"
    house.approve(asked, second)
    house.at(MIDNIGHT, 1)  # the day in which it was decided ends
    assert house.read(lambda connection: connection.execute(select(level_days)).all()) == []
    assert level(house, TAKER) == 0
    end_of_day(house)
    assert level(house, TAKER) == 1
    changed = TABLE | {"rows": [{"level": 4, "any_of": True, "volume": "1"}]}
    told = house.approve(first.post("/host/v1/levels", changed).json(), second).json()
    assert told["outcome"] == {"first_day": DAY + 2}
    end_of_day(house, 2)
    assert level(house, TAKER) == 1
    end_of_day(house, 3)
    assert level(house, TAKER) == 4
    assert [row["first_day"] for row in first.get("/host/v1/levels").json()] == [DAY + 2, DAY]


def test_vl6_without_a_table_nothing_is_measured(house: House) -> None:
    house.small.level(HOUSE, 5)
    end_of_day(house, 2)
    assert house.read(lambda connection: connection.execute(select(level_days)).all()) == []
    house.door.follow(house.small.tick(MIDNIGHT + 49))
    assert house.small.exchange.venue.accounts[HOUSE].level == 5


def test_vl7_a_brand_names_the_levels(house: House) -> None:
    owner, stranger = house.owner(SOUTH), house.owner(NORTH)
    assert owner.put("/partner/v1/levels/names", {"names": {"0": "Bronze", "1": "Silver"}}).json()["1"] == "Silver"
    assert owner.get("/partner/v1/levels").json()["names"]["2"] == "VIP 2"
    assert stranger.get("/partner/v1/levels").json()["names"]["1"] == "VIP 1"
    for names, code in (({"10": "Gold"}, "no_such_level"), ({"1": " "}, "bad_name"), ({"x": "Gold"}, "bad_request")):
        assert owner.put("/partner/v1/levels/names", {"names": names}).json()["error"]["code"] == code
    assert owner.put("/partner/v1/levels/names", {"names": {"1": "x" * 33}}).json()["error"]["code"] == "bad_name"


def test_vl8_a_user_sees_the_level_the_measures_and_how_far_the_next_one_is(house: House) -> None:
    trader, owner = house.trader(), house.owner(SOUTH)
    nothing = trader.get("/account/v1/level").json()
    assert (nothing["level"], nothing["measured_day"], nothing["next"]) == (0, None, None)
    with_table(house)
    owner.put("/partner/v1/levels/names", {"names": {"1": "Silver", "2": "Gold"}})
    house.hour = MIDNIGHT
    house.send(order(MAKER, Side.SELL, "1200"), order(TAKER, Side.BUY, "1200"))
    end_of_day(house)
    told = trader.get("/account/v1/level").json()
    assert (told["level"], told["name"], told["measured_day"]) == (1, "Silver", DAY)
    assert told["measures"] == {"volume": "1200", "assets": "9998798.8", "token": "10000000"}
    assert told["next"] == {
        "level": 2,
        "name": "Gold",
        "any_of": True,
        "asks_for": {"volume": "5000", "assets": "30000000", "token": "10000001"},
        "missing": {"volume": "3800", "assets": "20001201.2", "token": "1"},
    }
    assert house.owner(SOUTH).get("/account/v1/level").json()["error"]["code"] == "no_such_account"


def test_vl8_measures_are_given_up_after_their_time(tmp_path: Path) -> None:
    with House(tmp_path, replace(SETTINGS, autonomy=AutonomySettings(level_days_kept=2))) as house:
        with_table(house)
        for days in range(1, 6):
            end_of_day(house, days)
        kept = house.read(lambda connection: connection.execute(select(level_days.c.day).distinct()).scalars().all())
        assert sorted(kept) == [DAY + 2, DAY + 3, DAY + 4]


def test_vl8_the_audit_measures_every_day_again(house: House) -> None:
    with_table(house)
    house.rates_of_their_own(HOUSE)
    house.hour = MIDNIGHT
    house.send(order(HOUSE, Side.BUY, "5", price_ticks=999), order(HOUSE, Side.SELL, "5", price_ticks=1_001))
    house.send(order(MAKER, Side.SELL, "1000"), order(TAKER, Side.BUY, "1000"))
    end_of_day(house)
    end_of_day(house, 2)
    house.close()
    assert audit_folder(house.folder, house.settings).problems == []
    for table, column in ((level_days, "volume"), (volume_days, "notional")):
        row = house.read(partial(_first_of, table))
        assert row is not None

        def set_to(value: int, table: Any = table, column: str = column, day: int = row["day"]) -> None:
            mine = (table.c.day == day) & (table.c.master == row["master"])  # noqa: B023
            house.write(lambda connection: connection.execute(update(table).where(mine).values(**{column: value})))

        set_to(row[column] + 1)
        (problem,) = audit_folder(house.folder, house.settings).problems
        assert problem.startswith(f"{table.name}: ")
        set_to(row[column])
    assert audit_folder(house.folder, house.settings).ok
    house.write(lambda connection: connection.execute(update(level_tables).values(table="{}")))
    with pytest.raises(Exception, match="not what its hash says"):
        audit_folder(house.folder, house.settings)


def _first_of(table: Table, connection: Connection) -> Any:
    return connection.execute(select(table)).mappings().first()
