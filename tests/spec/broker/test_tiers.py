"""Tiers by the month: what is counted, when a month is closed, from when it holds. docs/rules/broker-tiers.md.

Everything trades at 1; 100,000 USDT at 10 basis points are a fee of 100.00. The small exchange begins on 24 November
2025; December is the first month that rules can judge.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from spec.broker.terms_here import (
    CLOSED,
    DECEMBER,
    DECEMBER_BEGINS,
    JANUARY,
    JANUARY_BEGINS,
    NOTICE,
    agree_rules,
    count_at_leisure,
    rows_of,
    set_tier,
    write,
)
from spec.small_exchange import (
    BROKER,
    BTC,
    BTC_EUR,
    EUR,
    HOUR,
    HOUSE,
    MAKER,
    PAYOUT,
    SOUTH,
    TAKER,
    USDT,
    Crash,
    SmallExchange,
    deposit,
    one,
    order,
    units,
)
from sqlalchemy import event, update

from commonbook.broker import agreed, counting, sub_brokers, tiers
from commonbook.broker.agreed import API
from commonbook.broker.model import Program
from commonbook.broker.reviews import Facts
from commonbook.console.audit import audit_folder
from commonbook.console.chores import Place, count_closed_days
from commonbook.exchange import BackOffice
from commonbook.records import CommandKind, Side
from commonbook.settings import BrokerSettings, Settings, database_url
from commonbook.storage.database import open_database
from commonbook.storage.tables.program import (
    broker_clients,
    broker_days,
    broker_firsts,
    broker_notices,
    program_clocks,
    tier_months,
)
from commonbook.units import HOUR_NS

SETTINGS = Settings(broker=BrokerSettings(default_level=1))
NOBODY: Any = None  # the chore asks no core
COUNTED = (broker_days, broker_clients, broker_firsts, tier_months)


def begin(folder: Path, settings: Settings = SETTINGS, **rules: Any) -> SmallExchange:
    exchange = SmallExchange(folder, settings)
    assert agree_rules(exchange, **rules) == DECEMBER
    return exchange


def rate_of_a_trade(exchange: SmallExchange, hour: int) -> str:
    """In per cent: what a trade of 100,000 pays its broker."""
    exchange.trade("100000", hour=hour)
    taken = [row for row in exchange.accrued() if row["role"] == "taker"]
    return str(int(taken[-1]["line"]["rate_e8"]) // 10**6)


def facts(exchange: SmallExchange, month: int = DECEMBER) -> Facts:
    """The broker's, of what is counted."""
    office = exchange.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.connect() as connection:
        rules = tiers.rules_for(connection, office.venue.assets[USDT], API, month)
        tree = sub_brokers.with_roots(program.tree(2**40), office.venue)
        return tiers.facts_of(connection, API, office.venue, tree, month, rules).get(BROKER, Facts())


def review(exchange: SmallExchange, month: int = DECEMBER) -> dict[str, Any]:
    (found,) = [row for row in exchange.rows(tier_months, "month") if row["month"] == month]
    return found


# -- when ------------------------------------------------------------------------------------------------------------


def test_bt7_what_a_month_decides_holds_from_its_end_and_the_notice_on(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        assert rate_of_a_trade(exchange, DECEMBER_BEGINS) == "25"
        exchange.tick(CLOSED - 1, 3_599)
        assert exchange.rows(tier_months, "month") == []  # not a day behind its end yet
        exchange.tick(CLOSED)
        row = review(exchange)
        assert (row["before"], row["earned"], row["level"], row["outcome"]) == (1, 2, 2, "promoted")
        assert row["from_hour"] == JANUARY_BEGINS + NOTICE + HOUR
        assert rate_of_a_trade(exchange, JANUARY_BEGINS + NOTICE - 1) == "25"
        assert rate_of_a_trade(exchange, JANUARY_BEGINS + NOTICE) == "30"


def test_bt7_the_notice_is_the_rules(tmp_path: Path) -> None:
    with begin(tmp_path, notice_hours=25) as exchange:
        exchange.trade("1000", hour=DECEMBER_BEGINS)
        exchange.tick(CLOSED)
        assert rate_of_a_trade(exchange, CLOSED) == "25"
        assert rate_of_a_trade(exchange, CLOSED + 1) == "30"


def test_bt5_bt6_a_quiet_month_is_forgiven_once_and_the_second_demotes(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.tick(CLOSED)
        assert (review(exchange)["outcome"], review(exchange)["misses"]) == ("grace", 1)
        exchange.tick(CLOSED + 31 * 24)
        row = review(exchange, JANUARY)
        assert (row["before"], row["earned"], row["level"], row["outcome"]) == (1, 0, 0, "demoted")
        assert rate_of_a_trade(exchange, JANUARY_BEGINS + 31 * 24 + NOTICE) == "0"
        kinds = [(one["kind"], one["subject"]) for one in exchange.rows(broker_notices, "notice")]
        assert kinds == [("tier_grace", "2025-12"), ("tier_demoted", "2026-01")]


def test_bt7_months_that_pass_while_nothing_happens_are_closed_in_their_order(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.trade("1000", hour=DECEMBER_BEGINS)
        exchange.tick(CLOSED + (31 + 28) * 24)  # January and February as well
        rows = [(row["month"] - DECEMBER, row["outcome"], row["level"]) for row in exchange.rows(tier_months, "month")]
        assert rows == [(0, "promoted", 2), (1, "grace", 2), (2, "demoted", 0)]


def test_bt8_the_preview_follows_the_counted_days_and_tells_what_is_coming(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.trade("400", hour=DECEMBER_BEGINS)
        exchange.tick(DECEMBER_BEGINS + 24)
        office = exchange.exchange.back_office

        def now() -> tiers.Now:
            program = office.program()
            assert program is not None
            with office.database.connect() as connection:
                hour = office._engine_time_ns // HOUR_NS
                return tiers.now_of(connection, program, office.venue, BROKER, hour)

        assert now().facts == Facts()  # the day is over and not counted yet
        count_at_leisure(exchange)
        seen = now()
        assert (seen.level, seen.facts) == (1, Facts(units("400"), 1, 0, 0, 1, 1))
        assert seen.preview is not None
        assert seen.preview.to_rise is not None
        assert seen.preview.to_rise.spot is not None
        assert (seen.preview.to_rise.level, seen.preview.to_rise.spot.volume) == (2, units("600"))
        exchange.trade("600", hour=DECEMBER_BEGINS + 25)
        exchange.tick(CLOSED)
        assert now().coming == ((JANUARY_BEGINS + NOTICE + HOUR, 2),)
        assert now().level == 1


def test_bt8_near_the_months_end_a_broker_is_told_once_that_its_tier_is_at_risk(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.tick(JANUARY_BEGINS - 8 * 24 + 1)
        count_at_leisure(exchange)
        assert exchange.rows(broker_notices, "notice") == []
        exchange.tick(JANUARY_BEGINS - 1)
        count_at_leisure(exchange)
        (notice,) = exchange.rows(broker_notices, "notice")
        assert (notice["kind"], notice["subject"], notice["broker"]) == ("tier_at_risk", "2025-12", BROKER)
        assert '"would_be":"grace"' in notice["details"]


def test_bt8_nobody_is_told_whose_tier_is_safe(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.trade("100", hour=DECEMBER_BEGINS)
        exchange.tick(JANUARY_BEGINS - 1)
        count_at_leisure(exchange)
        assert exchange.rows(broker_notices, "notice") == []


def test_bt9_a_tier_by_hand_holds_for_its_hours_and_reviews_go_on_beside_it(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        set_tier(exchange, BROKER, 4, DECEMBER_BEGINS, JANUARY_BEGINS + NOTICE + 5)
        assert rate_of_a_trade(exchange, DECEMBER_BEGINS - 1) == "25"
        assert rate_of_a_trade(exchange, DECEMBER_BEGINS) == "40"
        exchange.tick(CLOSED)
        assert (review(exchange)["before"], review(exchange)["level"]) == (1, 2)
        assert rate_of_a_trade(exchange, JANUARY_BEGINS + NOTICE + 4) == "40"
        assert rate_of_a_trade(exchange, JANUARY_BEGINS + NOTICE + 5) == "30"


# -- what counts -----------------------------------------------------------------------------------------------------


def counted(exchange: SmallExchange, hour: int = DECEMBER_BEGINS + 24) -> Facts:
    exchange.tick(hour)
    count_at_leisure(exchange)
    return facts(exchange)


def test_bt10_volume_is_what_earns_valued_at_its_fill_and_rounded_down(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        hour = DECEMBER_BEGINS
        exchange.trade("10", hour=hour, instrument=BTC_EUR)  # no index price yet: it earns nothing
        exchange.price(EUR, "1.10", hour)
        exchange.trade("10", hour=hour, instrument=BTC_EUR)
        exchange.price(EUR, "0.33333333", hour)
        exchange.trade("0.00000002", hour=hour, instrument=BTC_EUR)
        exchange.trade("7", hour=hour, taker_broker=0)
        exchange.trade("7", hour=hour, channel=2)  # not the API
        exchange.trade("5", hour=hour, maker_broker=BROKER)  # both sides
        assert counted(exchange).spot_volume == units("11") + units("10")
        exchange.level(TAKER, 6)
        exchange.trade("500", hour=hour + 25)
        assert counted(exchange, hour + 48).spot_volume == units("21")


def test_bt10_what_a_tier_of_0_earns_nothing_for_counts(tmp_path: Path) -> None:
    with begin(tmp_path, Settings(broker=BrokerSettings(default_level=0))) as exchange:
        exchange.trade("1000", hour=DECEMBER_BEGINS)
        exchange.tick(CLOSED)
        assert (review(exchange)["earned"], review(exchange)["level"]) == (2, 2)


def test_bt11_a_trader_is_a_person_however_many_accounts(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        second = 1 << 40 | TAKER
        exchange.send(
            one(CommandKind.ACCOUNT, account=second, person=TAKER, brand=SOUTH),
            deposit(second, USDT, "1000", "second"),
            hour=DECEMBER_BEGINS,
        )
        exchange.trade("10", hour=DECEMBER_BEGINS)
        exchange.trade("10", taker=second, hour=DECEMBER_BEGINS)
        assert counted(exchange) == Facts(units("20"), 1, 0, 0, 1, 1)
        exchange.trade("10", taker=HOUSE, hour=DECEMBER_BEGINS + 25)
        assert counted(exchange, DECEMBER_BEGINS + 48) == Facts(units("30"), 2, 0, 0, 2, 2)


def test_bt11_who_trades_less_than_the_rules_say_is_no_trader(tmp_path: Path) -> None:
    with begin(tmp_path, trader_volume="10") as exchange:
        exchange.trade("9.99999999", hour=DECEMBER_BEGINS)
        exchange.trade("10", taker=HOUSE, hour=DECEMBER_BEGINS)
        assert counted(exchange) == Facts(units("19.99999999"), 1, 0, 0, 1, 2)
        exchange.trade("0.00000001", hour=DECEMBER_BEGINS + 25)
        assert counted(exchange, DECEMBER_BEGINS + 48).spot_traders == 2  # of the month, not of a day


def test_bt11_whoever_is_paid_counts_for_nothing(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.send(deposit(PAYOUT, USDT, "1000", "own"), hour=DECEMBER_BEGINS)
        exchange.trade("100", taker=PAYOUT, hour=DECEMBER_BEGINS)
        assert counted(exchange) == Facts()
        exchange.trade("1", hour=DECEMBER_BEGINS + 25)
        exchange.trade("1", taker=PAYOUT, hour=DECEMBER_BEGINS + 25)
        assert counted(exchange, DECEMBER_BEGINS + 48) == Facts(units("1"), 1, 0, 0, 1, 1)


def test_bt12_a_client_is_new_once_and_not_to_another_broker_either(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.trade("1", hour=1)  # in November
        code = one(CommandKind.BROKER_CODE, broker=2, active=1, payout_account=HOUSE, code=b"SOUTHSTAR")
        exchange.send(code, hour=DECEMBER_BEGINS)
        exchange.trade("1", hour=DECEMBER_BEGINS)
        exchange.send(order(MAKER, Side.BUY, "1"), order(TAKER, Side.SELL, "1", broker=2), hour=DECEMBER_BEGINS)
        assert counted(exchange).new_clients == 0
        (month,) = [row for row in exchange.rows(broker_clients, "broker") if row["broker"] == 2]
        assert (month["person"], month["spot_sides"]) == (TAKER, 1)
        firsts = [(row["person"], row["broker"]) for row in exchange.rows(broker_firsts, "person")]
        assert firsts == [(TAKER, BROKER)]


# -- once ------------------------------------------------------------------------------------------------------------


def play(exchange: SmallExchange, step: Callable[[int], None] = lambda _: None) -> None:
    """Two months of trading, with a client who comes in the second."""
    for day in range(0, 62, 3):
        exchange.trade("300", hour=DECEMBER_BEGINS + day * 24)
        if day > 31:
            exchange.trade("70.00000001", taker=HOUSE, hour=DECEMBER_BEGINS + day * 24, second=5)
        exchange.tick(DECEMBER_BEGINS + day * 24 + 25)
        step(day)
    exchange.tick(CLOSED + 31 * 24)


def test_bt13_counted_at_leisure_or_when_the_month_is_closed_it_is_the_same(
    tmp_path: Path, whole: dict[str, list[dict[str, Any]]]
) -> None:
    with begin(tmp_path) as exchange:
        play(exchange, lambda _: assert_some(count_at_leisure(exchange)))
        found = {table.name: rows_of(exchange.exchange.back_office, table) for table in COUNTED}
        assert [row["level"] for row in found["tier_months"]] == [2, 2]
    # Behind the newest closed month the one who is early may have counted more days.
    found["broker_days"] = found["broker_days"][: len(whole["broker_days"])]
    assert found == whole


def test_bt13_the_chore_counts_what_is_over_one_day_after_the_other(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        for day in range(3):
            exchange.trade("1", hour=1 + 24 * day)
        asyncio.run(count_closed_days(Place(tmp_path, exchange.exchange.back_office, NOBODY)))
        (clock,) = exchange.rows(program_clocks, "program")
        assert clock["counted_before"] == (HOUR + 49) // 24
        assert [row["sides"] for row in exchange.rows(broker_days, "day")] == [1, 1]


def assert_some(days: int) -> None:
    assert days > 0


def test_bt13_who_takes_the_journal_in_anew_comes_to_the_same(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        play(exchange, lambda day: None if day % 2 else assert_some(count_at_leisure(exchange)))
        stored = exchange.exchange.back_office
        rebuilt = BackOffice.open(tmp_path, "sqlite://", SETTINGS)
        with stored.database.connect() as source, rebuilt.database.begin() as target:
            agreed.copy_agreed(source, target)
        for batch in exchange.exchange.sequencer.replay(0):
            rebuilt.project(batch)
        for table in (tier_months, broker_firsts, broker_clients):
            found = rows_of(rebuilt, table)
            assert found
            assert found == rows_of(stored, table)
        rebuilt.close()


def test_bt13_the_audit_reviews_every_month_again_and_names_what_differs(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        set_tier(exchange, BROKER, 4, DECEMBER_BEGINS, DECEMBER_BEGINS + 100)
        play(exchange)
        exchange.settle()
    assert audit_folder(tmp_path, SETTINGS).problems == []
    database = open_database(database_url(SETTINGS, tmp_path))
    with database.begin() as connection:
        changed = update(tier_months).where(tier_months.c.month == JANUARY)
        connection.execute(changed.values(spot_traders=tier_months.c.spot_traders + 1))
    database.dispose()
    (problem,) = audit_folder(tmp_path, SETTINGS).problems
    assert problem.startswith(f"tier_months: {{'program': 'api', 'month': {JANUARY}, 'broker': {BROKER}}}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The tables of who was never cut off."""
    with begin(tmp_path_factory.mktemp("whole")) as exchange:
        play(exchange)
        return {table.name: rows_of(exchange.exchange.back_office, table) for table in COUNTED}


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_bt13_cut_off_at_any_commit_it_is_counted_and_closed_once(
    tmp_path: Path, number: int, whole: dict[str, list[dict[str, Any]]]
) -> None:
    with begin(tmp_path) as exchange:
        play(exchange, lambda day: cut_off_while_counting(exchange, number) if day == 33 else None)
        for table in (tier_months, broker_clients, broker_firsts):
            assert rows_of(exchange.exchange.back_office, table) == whole[table.name]


def cut_off_while_counting(exchange: SmallExchange, number: int) -> None:
    """At the number-th commit, before it has happened."""
    commits: list[None] = []

    def cut(_: Any) -> None:
        commits.append(None)
        if len(commits) == number:
            raise Crash

    event.listen(exchange.exchange.back_office.database, "commit", cut)
    with pytest.raises(Crash):
        count_at_leisure(exchange)
    exchange.crash()


def test_bt13_two_who_count_the_same_day_count_it_once(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.trade("300", hour=DECEMBER_BEGINS)
        exchange.trade("5", taker=HOUSE, hour=DECEMBER_BEGINS)
        exchange.tick(DECEMBER_BEGINS + 24)
        office = exchange.exchange.back_office
        program = office.program()
        assert program is not None
        day = (HOUR + DECEMBER_BEGINS) // 24
        while (at := _count_one(office, program, day)) is not None:
            assert at < day
        with office.database.connect() as connection:
            found = counting.count(connection, program, office.venue, day)
        results: list[bool] = []
        gate = threading.Barrier(2)

        def keep() -> None:
            gate.wait()
            with office.database.begin() as connection:
                results.append(counting.keep(connection, API, day, found))

        threads = [threading.Thread(target=keep) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [False, True]
        assert facts(exchange) == Facts(units("305"), 2, 0, 0, 1, 2)


def _count_one(office: BackOffice, program: Program, today: int) -> int | None:
    return counting.count_one(office.database, program, office.venue, today)


def test_bt13_a_day_is_counted_in_its_turn_only(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.tick(DECEMBER_BEGINS + 48)
        next_one = (HOUR + DECEMBER_BEGINS) // 24  # November was counted when it was closed
        for day in (next_one - 1, next_one + 1):
            keep = partial(counting.keep, program=API, day=day, found=counting.Counted())
            assert write(exchange, keep) is False


def test_bt13_without_rules_the_figures_of_a_month_are_kept_and_nothing_is_decided(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, SETTINGS) as exchange:
        exchange.trade("1000", hour=DECEMBER_BEGINS)
        exchange.tick(CLOSED)
        row = review(exchange)
        assert (row["outcome"], row["version"], row["spot_volume"], row["spot_traders"]) == (
            "none",
            0,
            units("1000"),
            1,
        )
        assert rate_of_a_trade(exchange, JANUARY_BEGINS + NOTICE) == "25"
        assert exchange.rows(broker_notices, "notice") == []


def test_bt19_rules_judge_from_the_next_month_on_and_the_newest_judges(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.trade("1000", hour=DECEMBER_BEGINS)
        harder = [{"level": 1, "spot_volume": "5000", "spot_traders": 1}]
        assert agree_rules(exchange, rows=harder, grace_months=0) == JANUARY
        exchange.tick(CLOSED)
        assert review(exchange)["outcome"] == "promoted"
        exchange.trade("1000", hour=CLOSED)
        exchange.tick(CLOSED + 31 * 24)
        assert (review(exchange, JANUARY)["outcome"], review(exchange, JANUARY)["level"]) == ("demoted", 0)


def test_bt13_what_each_has_of_a_day_is_exact(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.trade("100000", hour=DECEMBER_BEGINS)
        exchange.trade("0.00012345", hour=DECEMBER_BEGINS + 1)
        exchange.tick(DECEMBER_BEGINS + 24)
        count_at_leisure(exchange)
        (day,) = exchange.rows(broker_days, "day")
        names = ("sides", "spot_volume", "clients", "new_clients", "commission")
        assert [day[name] for name in names] == [2, units("100000.00012345"), 1, 1, units("25") + 3]
        assert sum(row["amount_paid"] for row in exchange.accrued()) == day["commission"]


def test_bt13_what_was_paid_for_stays_the_same_in_another_asset(tmp_path: Path) -> None:
    with begin(tmp_path) as exchange:
        exchange.send(deposit(HOUSE, BTC, "5", "more"), hour=DECEMBER_BEGINS)
        exchange.price(EUR, "1.10", DECEMBER_BEGINS)
        exchange.trade("100000", hour=DECEMBER_BEGINS, instrument=BTC_EUR)
        exchange.tick(DECEMBER_BEGINS + 24)
        count_at_leisure(exchange)
        (day,) = exchange.rows(broker_days, "day")
        assert (day["spot_volume"], day["commission"]) == (units("110000"), units("27.5"))
