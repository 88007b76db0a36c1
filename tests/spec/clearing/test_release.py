"""Releasing a brand's income, holding it back, correcting it. docs/rules/clearing.md, Q-11 and Q-15 to Q-19.

100,000 USDT at 10 basis points, the maker at 2: 52.00 for south a trade, with a broker, and 16.00 for north.
"""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from spec.clearing.at_once import two_back_offices
from spec.clearing.brand_days import AT_ONCE, DAY, NOW_NS, at, fail_at_commit, files, hour_of, lines, trade, writing
from spec.small_exchange import (
    BTC_EUR,
    EUR,
    FEE_POOL,
    HOUSE,
    NORTH,
    SOUTH,
    TAKER,
    USDT,
    Crash,
    SmallExchange,
    one,
    shown,
    units,
)

from commonbook.clearing import release
from commonbook.clearing.keys import adjustment_keys
from commonbook.clearing.model import DAY_NS
from commonbook.clearing.reconciliation import Outside
from commonbook.clearing.release import Release, agree_schedule, booking, have_had_effect, hold, lift
from commonbook.clearing.schedule import Period, Schedule, divide, in_force, newest_release_day
from commonbook.clearing.statement import verify_clearing
from commonbook.errors import BadInput, Declined
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import create_key
from commonbook.instrument.accounts import funding_account, is_brands_own, passing_account, relation, treasury_account
from commonbook.records import FUNDS, CommandKind, Records
from commonbook.storage.tables.clearing import adjustments, clearing_statements, holds, releases, revenue_moves

TREASURY = treasury_account(SOUTH)


def _told(found: list[Release], brand: int = SOUTH) -> list[tuple[int, str, str]]:
    return [(row.day - DAY, shown(row.amount), row.state) for row in found if row.brand == brand]


# -- when and how much -----------------------------------------------------------------------------------------------


def test_q15_release_days_are_daily_weekly_on_a_weekday_or_monthly_on_a_day() -> None:
    def days(period: Period, on_day: int) -> list[int]:
        return [day for day in range(60) if Schedule(0, 0, 0, period, on_day, 0, 0).is_release_day(day)]

    assert days(Period.DAILY, 0) == list(range(60))
    assert days(Period.WEEKLY, 4)[:3] == [0, 7, 14]  # day 0 was Thursday, 1 January 1970
    assert days(Period.WEEKLY, 1)[:2] == [4, 11]  # Mondays
    assert days(Period.MONTHLY, 1) == [0, 31, 59]
    assert days(Period.MONTHLY, 28) == [27, 58]


def test_q15_a_schedule_is_in_force_from_its_day_on_the_brands_own_first() -> None:
    default = Schedule(0, 0, 0, Period.DAILY, 0, 1, 0)
    everybody = Schedule(0, 0, 0, Period.WEEKLY, 1, 1, 0)
    own = Schedule(SOUTH, 0, 10 * DAY_NS, Period.MONTHLY, 1, 2, 0)
    of_asset = Schedule(SOUTH, USDT, 20 * DAY_NS, Period.WEEKLY, 5, 0, 7)
    agreed = [everybody, own, of_asset]
    assert in_force([], default, SOUTH, USDT, 5) is default
    assert [in_force(agreed, default, SOUTH, USDT, day) for day in (9, 10, 20)] == [everybody, own, of_asset]
    assert in_force(agreed, default, SOUTH, EUR, 20) is own
    assert in_force(agreed, default, NORTH, USDT, 20) is everybody
    assert newest_release_day(agreed, default, SOUTH, USDT, 24) == (22, of_asset)  # a Friday


@pytest.mark.parametrize(
    ("period", "on_day", "delay", "asset", "minimum", "why"),
    [
        (Period.DAILY, 1, 0, 0, 0, "on_day 1 of a daily release is not 0 to 0"),
        (Period.WEEKLY, 8, 0, 0, 0, "on_day 8 of a weekly release is not 1 to 7"),
        (Period.MONTHLY, 29, 0, 0, 0, "on_day 29 of a monthly release is not 1 to 28"),
        (Period.DAILY, 0, -1, 0, 0, "delay_days -1"),
        (Period.DAILY, 0, 0, 0, 5, "of one asset: name it"),
        (Period.DAILY, 0, 0, 1, -5, "a minimum is zero or more"),
    ],
)
def test_q15_a_schedule_that_is_none_is_refused(
    period: Period, on_day: int, delay: int, asset: int, minimum: int, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        Schedule(SOUTH, asset, 0, period, on_day, delay, minimum).must_be_sound()


def test_q15_what_is_held_stays_less_than_the_minimum_is_carried_and_invoices_come_first() -> None:
    assert divide(100, 0, 0, 0) == (0, 100)
    assert divide(100, 30, 0, 0) == (0, 70)
    assert divide(100, 30, 71, 0) == (0, 0)
    assert divide(100, 0, 0, 40) == (40, 60)
    assert divide(100, 0, 0, 140) == (100, 0)
    assert divide(100, 120, 0, 0) == divide(-5, 0, 0, 7) == divide(0, 0, 0, 7) == (0, 0)


def test_q15_where_nothing_was_agreed_income_is_released_daily_a_day_after_its_own(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        assert at(exchange, 1, 2).releases == []
        assert _told(at(exchange, 2, 0).releases) == [(2, "52", "released")]
        assert exchange.available(TREASURY) == "52"
        assert exchange.ledger(f"user:{TREASURY}:available") == "52"
        assert exchange.ledger("brand_revenue:2") == "0"
        assert exchange.exchange.ledger_difference() == {}


def test_q15_a_weekly_schedule_releases_on_its_weekday_what_its_delay_lets_through(tmp_path: Path) -> None:
    # Day 0 is Monday, 24 November 2025. Friday is day 4; a delay of 2 days lets income through up to day 1.
    with SmallExchange(tmp_path) as exchange:
        with writing(exchange) as connection:
            agree_schedule(connection, Schedule(SOUTH, 0, (DAY + 1) * DAY_NS, Period.WEEKLY, 5, 2, 0), NOW_NS)
        for day in range(6):
            trade(exchange, "100000", day)
            cleared = at(exchange, day, 22)
            assert _told(cleared.releases) == ([(4, "104", "released")] if day == 4 else [])
        assert _told(at(exchange, 11, 2).releases) == [(11, "208", "released")]


def test_q15_less_than_the_minimum_is_carried_until_it_is_enough(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        agreed = Schedule(SOUTH, USDT, (DAY + 1) * DAY_NS, Period.DAILY, 0, 0, units("100"))
        with writing(exchange) as connection:
            agree_schedule(connection, agreed, NOW_NS)
        told = []
        for day in range(4):
            trade(exchange, "100000", day)
            told += _told(at(exchange, day + 1, 2).releases)
        assert told == [(1, "0", "carried"), (2, "104", "released"), (3, "0", "carried"), (4, "104", "released")]
        rows = [row for row in exchange.rows(releases, "day") if row["brand"] == SOUTH]
        assert [(shown(row["payable"]), shown(row["carried"])) for row in rows] == [
            ("52", "52"),
            ("104", "0"),
            ("52", "52"),
            ("104", "0"),
        ]


def test_q15_each_asset_is_released_by_itself(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", taker_broker=0)
        trade(exchange, "1000", taker_broker=0, instrument=BTC_EUR)
        at(exchange, 1, 2)
        assert (exchange.available(TREASURY), exchange.available(TREASURY, EUR)) == ("80", "0.8")


# -- once ------------------------------------------------------------------------------------------------------------


def test_q16_a_release_is_a_journaled_transfer_whose_key_names_brand_asset_and_day(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000")
        before = exchange.tick(hour_of(1, 2)).last
        exchange.exchange.clear(timed=True)
        sent = [row for batch in exchange.exchange.sequencer.replay(before) for row in batch.commands.view(FUNDS)]
        moved = [row for row in sent if row["kind"] == CommandKind.TRANSFER and row["to_account"] == TREASURY]
        assert [(row["account"], row["key"].decode()) for row in moved] == [(FEE_POOL, f"release:2:1:{DAY + 1}")]
        account = exchange.exchange.venue.accounts[TREASURY]
        assert (account.person, account.brand) == (TREASURY, SOUTH)


def test_q16_no_key_acts_on_a_treasury(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange, writing(exchange) as connection:
        for account in (TREASURY, passing_account(SOUTH)):
            with pytest.raises(BadInput, match="is a brand's own: no key acts on it"):
                create_key(connection, Seal.open(tmp_path), account, SOUTH, frozenset({Permission.TRADE}), "x")


def test_q16_a_brands_own_accounts_are_nobodys_sub_accounts() -> None:
    assert TREASURY == 1 << 60 | SOUTH
    accounts = (TREASURY, passing_account(SOUTH), funding_account(1_001), 1_001)
    assert [is_brands_own(account) for account in accounts] == [True, True, False, False]
    assert relation(1_001, treasury_account(1_001)) == relation(treasury_account(1_001), 1_001) == ""
    assert len({treasury_account(2), passing_account(2), treasury_account(3), passing_account(3)}) == 4


STEPS = range(1, 15)


@pytest.mark.parametrize("commit", STEPS)
def test_q17_after_a_crash_at_any_commit_the_release_happens_once_and_the_files_are_the_same(
    tmp_path: Path, commit: int
) -> None:
    expected = _undisturbed(tmp_path / "expected")
    with SmallExchange(tmp_path / "disturbed", AT_ONCE) as exchange:
        trade(exchange, "100000")
        exchange.tick(hour_of(1, 2))
        fail_at_commit(exchange, commit, Crash)
        try:
            exchange.exchange.clear(timed=True)
            crashed = False
        except Crash:
            crashed = True
        exchange.crash()
        at(exchange, 1, 3)
        assert exchange.available(TREASURY) == "52"
        assert exchange.ledger("brand_revenue:2") == "0"
        assert {name: path.read_bytes() for name, path in files(exchange).items()} == expected
        assert {row["state"] for row in exchange.rows(clearing_statements, "brand")} == {"released"}
        assert {row["state"] for row in exchange.rows(releases, "brand")} == {"released"}
        assert exchange.exchange.ledger_difference() == {}
        assert crashed or commit > 9  # there are about so many commits


def _undisturbed(folder: Path) -> dict[str, bytes]:
    with SmallExchange(folder, AT_ONCE) as exchange:
        trade(exchange, "100000")
        at(exchange, 1, 2)
        return {name: path.read_bytes() for name, path in files(exchange).items()}


@pytest.mark.parametrize("when", ["before", "behind"])
def test_q17_a_crash_before_or_behind_the_transfer_pays_once(tmp_path: Path, when: str) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000")
        exchange.tick(hour_of(1, 2))

        def send(commands: Records) -> None:
            if when == "behind":
                exchange.exchange.submit(commands, timed=True)
            raise Crash

        with pytest.raises(Crash):
            exchange.exchange.back_office.clear_due(send, lambda _: Outside(0, ()))  # type: ignore[arg-type]
        exchange.crash()
        at(exchange, 1, 3)
        assert exchange.available(TREASURY) == "52"
        assert {row["state"] for row in exchange.rows(releases, "brand")} == {"released"}


def test_q17_64_runs_at_once_by_two_back_offices_release_once(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000")
        exchange.tick(hour_of(1, 2))
        with two_back_offices(exchange, tmp_path) as run, ThreadPoolExecutor(16) as pool:
            list(pool.map(run, range(64)))
        assert exchange.available(TREASURY) == "52"
        assert exchange.available(treasury_account(NORTH)) == "16"
        assert len(exchange.rows(releases, "brand")) == 2
        assert len([row for row in exchange.rows(revenue_moves, "sequence") if row["kind"] == "release"]) == 2
        assert all(found.ok for found in verify_clearing(list(files(exchange).values())))
        assert not list(exchange.exchange.back_office.clearing.rglob("*.draft"))
        assert exchange.exchange.ledger_difference() == {}


TESTS = str(Path(__file__).parents[2])
KILLED_BEHIND_MS = (0, 5, 15, 40, 100, 250)


def test_q17_64_runs_at_once_that_are_killed_in_the_middle_release_once(tmp_path: Path) -> None:
    """kill -9 of the process in which two back offices run, at six moments; whoever comes next finishes it."""
    with SmallExchange(tmp_path / "before", AT_ONCE) as exchange:
        trade(exchange, "100000")
        exchange.tick(hour_of(1, 2))
    expected, cut_off = _undisturbed(tmp_path / "expected"), 0
    for wait_ms in KILLED_BEHIND_MS:
        folder = tmp_path / f"killed{wait_ms}"
        shutil.copytree(tmp_path / "before", folder)
        command = [sys.executable, "-m", "spec.clearing.killed", str(folder)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": TESTS}
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begins\n"
            time.sleep(wait_ms / 1_000)
            process.kill()
            cut_off += process.stdout.read() == ""
        with SmallExchange(folder, AT_ONCE) as exchange:
            at(exchange, 1, 3)
            assert (exchange.available(TREASURY), exchange.available(treasury_account(NORTH))) == ("52", "16")
            assert len(exchange.rows(releases, "brand")) == 2
            assert {row["state"] for row in exchange.rows(releases, "brand")} == {"released"}
            assert {name: path.read_bytes() for name, path in files(exchange).items()} == expected
            assert exchange.exchange.ledger_difference() == {}
    assert cut_off >= 1, "no kill came in the middle"


def test_q17_what_the_pool_lacks_is_sent_again_a_minute_later(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", taker_broker=0)
        exchange.transfer(FEE_POOL, HOUSE, "120", "by the host: 1")
        assert {row.state for row in at(exchange, 1, 2).releases} == {"computed"}
        exchange.transfer(HOUSE, FEE_POOL, "120", "by the host: 2")
        exchange.tick(hour_of(1, 2), 59)
        assert exchange.exchange.clear(timed=True).releases == []
        exchange.tick(hour_of(1, 2), 60)
        assert {row.state for row in exchange.exchange.clear(timed=True).releases} == {"released"}
        assert exchange.available(TREASURY) == "80"


def test_q17_a_database_that_is_lost_releases_nothing_again(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        for day in range(3):
            trade(exchange, "100000", day)
            at(exchange, day + 1, 2)
        assert exchange.available(TREASURY) == "156"
        before = {name: path.read_bytes() for name, path in files(exchange).items()}
        exchange.exchange.close()
        for name in ("backoffice.db", "backoffice.db-wal", "backoffice.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        exchange.crash()
        at(exchange, 3, 3)
        assert exchange.available(TREASURY) == "156"
        assert {name: path.read_bytes() for name, path in files(exchange).items()} == before


# -- holds -----------------------------------------------------------------------------------------------------------


def test_q18_a_hold_keeps_its_amount_until_it_is_lifted(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", 0)
        at(exchange, 0, 21)
        with writing(exchange) as connection:
            for _ in range(2):  # carried out again after a crash
                hold(connection, 9, SOUTH, USDT, DAY, units("20"), "client disputes a fee", '["17-3"]')
        assert _told(at(exchange, 1, 2).releases) == [(1, "32", "released")]
        assert [row["state"] for row in exchange.rows(clearing_statements, "brand")] == ["released", "held"]
        assert exchange.ledger("brand_revenue:2") == "20"
        with writing(exchange) as connection:
            lift(connection, 9, 10)
            lift(connection, 9, 10)
            with pytest.raises(Declined, match="no hold 9 that could be lifted"):
                lift(connection, 9, 11)
            with pytest.raises(Declined, match="no hold 8"):
                lift(connection, 8, 12)
        assert _told(at(exchange, 2, 2).releases) == [(2, "20", "released")]
        assert {row["state"] for row in exchange.rows(clearing_statements, "brand")} == {"released"}
        assert exchange.available(TREASURY) == "52"
        assert len(exchange.rows(holds, "hold")) == 1


def test_q18_a_hold_of_more_than_there_is_stops_the_release_and_takes_nothing_back(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", 0)
        at(exchange, 1, 2)
        trade(exchange, "100000", 1)
        with writing(exchange) as connection:
            hold(connection, 9, SOUTH, USDT, DAY, units("60"), "more than a day's", "[]")
        assert _told(at(exchange, 2, 2).releases) == [(2, "0", "carried")]
        assert exchange.available(TREASURY) == "52"


# -- corrections -----------------------------------------------------------------------------------------------------


def _adjust(exchange: SmallExchange, number: int, amount: str, day: int, hour: int) -> None:
    of_host, of_brand = adjustment_keys(SOUTH, number)
    signed = units(amount)
    keys = (of_host, of_brand) if signed > 0 else (of_brand, of_host)
    sent = booking(SOUTH, USDT, abs(signed), *keys)
    sent["time_ns"] = (DAY + day) * DAY_NS + hour * DAY_NS // 24
    assert have_had_effect(exchange.exchange.submit(sent, timed=True))


@pytest.mark.parametrize("amount", ["7", "-7"])
def test_q11_an_adjustment_is_journaled_and_moves_between_host_and_brand(tmp_path: Path, amount: str) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", 0)
        host, pool = exchange.ledger("host_fee"), exchange.available(FEE_POOL)
        for _ in range(2):  # the same again has no effect
            _adjust(exchange, 5, amount, 0, 21)
        assert units(exchange.ledger("host_fee")) == units(host) - units(amount)
        assert units(exchange.ledger("brand_revenue:2")) == units("52") + units(amount)
        assert exchange.available(FEE_POOL) == pool
        assert exchange.available(passing_account(SOUTH)) == "0"
        assert exchange.exchange.ledger_difference() == {}


def test_q11_a_correction_stands_in_the_open_day_and_names_the_statement_that_it_corrects(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        at(exchange, 1, 2)
        closed = {name: path.read_bytes() for name, path in files(exchange).items()}
        (first,) = [row for row in exchange.rows(clearing_statements, "brand") if row["brand"] == SOUTH]
        with writing(exchange) as connection:
            row = {"adjustment": 5, "brand": SOUTH, "asset": USDT, "amount": units("-7"), "reason": "fee of 17-3"}
            connection.execute(adjustments.insert().values(of_day=DAY, of_root=first["root"], **row))
        _adjust(exchange, 5, "-7", 1, 3)
        at(exchange, 2, 2)
        assert all(path.read_bytes() == closed[name] for name, path in files(exchange).items() if name in closed)
        told = lines(files(exchange)["2/USDT-2025-11-25.jsonl"])
        (line,) = [line for line in told[1:-1] if line["kind"] == "adjustment"]
        assert (line["amount"], line["of_day"], line["of_root"], line["reason"]) == (
            str(units("-7")),
            str(DAY),
            first["root"],
            "fee of 17-3",
        )
        assert told[-1]["closing"] == str(units("45"))
        assert all(found.ok for found in verify_clearing(list(files(exchange).values())))


def test_q15_a_day_below_zero_is_carried_until_income_has_made_up_for_it(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", 0)
        assert _told(at(exchange, 1, 2).releases) == [(1, "52", "released")]
        exchange.transfer(HOUSE, FEE_POOL, "100", "by the host")  # the booking passes through the pool
        _adjust(exchange, 5, "-60", 1, 3)  # more than is owed: 60.00 below zero
        assert _told(at(exchange, 2, 2).releases) == [(2, "0", "carried")]
        trade(exchange, "100000", 2)
        assert _told(at(exchange, 3, 2).releases) == [(3, "0", "carried")]  # -60 + 52
        trade(exchange, "100000", 3)
        assert _told(at(exchange, 4, 2).releases) == [(4, "44", "released")]  # -8 + 52
        assert exchange.ledger("brand_revenue:2") == "0"


def test_q11_a_correction_to_the_brands_cost_is_not_released_meanwhile(tmp_path: Path) -> None:
    # Day 0 is closed with 52.00; 50.00 of it are taken back on day 1, before the release of day 2.
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        at(exchange, 1, 2)
        _adjust(exchange, 5, "-50", 1, 3)
        assert _told(at(exchange, 2, 0).releases) == [(2, "2", "released")]


def test_q11_an_adjustment_that_the_pool_cannot_bear_has_no_effect_at_all(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        sent = booking(SOUTH, USDT, units("1"), *adjustment_keys(SOUTH, 5))
        assert not have_had_effect(exchange.exchange.submit(sent, timed=True))
        assert exchange.ledger("brand_revenue:2") == exchange.ledger("host_fee") == "0"


# -- the treasury ----------------------------------------------------------------------------------------------------


def test_q19_the_treasury_is_an_account_like_others_in_the_engine_and_pays_by_transfer(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", 0)
        at(exchange, 1, 2)
        before = exchange.available(TAKER)
        for _ in range(2):
            exchange.send(release.transfer(TREASURY, TAKER, USDT, units("50"), b"approval:3"), hour=hour_of(1, 3))
        assert exchange.available(TREASURY) == "2"
        assert units(exchange.available(TAKER)) == units(before) + units("50")
        assert exchange.exchange.ledger_difference() == {}


def test_q13_a_day_on_which_the_venue_was_idle_is_closed_as_well(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.send(one(CommandKind.TIME), hour=hour_of(0))
        assert at(exchange, 2).days == [DAY, DAY + 1]
        assert exchange.rows(clearing_statements, "day") == []
