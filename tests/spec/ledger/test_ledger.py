"""Double entry, and its proof against the engine. Rules: docs/rules/ledger.md."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spec.small_exchange import (
    BTC,
    FEE_POOL,
    HOUSE,
    MAKER,
    PAYOUT,
    SUBSIDY,
    TAKER,
    USDT,
    SmallExchange,
    deposit,
    one,
    order,
    shown,
    trade_records,
    units,
)
from sqlalchemy import update

from commonbook.clearing.postings import holds_entry
from commonbook.errors import Unbalanced
from commonbook.ledger import service
from commonbook.ledger.model import Entry, Lines, Posting, available, held
from commonbook.ledger.service import Ledger, difference, stored, unkept
from commonbook.matching.sequencer import part_of
from commonbook.records import BALANCE_ROW, COMMAND, Batch, CommandKind, Side, as_commands, words
from commonbook.storage.schema import (
    bills,
    brand_hours,
    fills,
    ledger_balances,
    ledger_entries,
    orders,
    trades,
)
from commonbook.storage.tables import metadata
from commonbook.storage.tables.broker import accrual_blocks


def _entries(exchange: SmallExchange, kind: str) -> list[dict[tuple[str, int], str]]:
    """Per entry of a kind, in order: account and asset to the amount."""
    return [
        {(line.account, line.asset): shown(line.amount) for line in Lines.read(row["lines"])}
        for row in exchange.rows(ledger_entries, "entry")
        if row["kind"] == kind
    ]


def _entry(*lines: Posting) -> Entry:
    return Entry("deposit", 1, 0, 1, 0, lines)


def _withdrawal(account: int, text: str, key: str) -> Any:
    record = one(CommandKind.WITHDRAWAL, account=account, asset=USDT, key=key.encode())
    record["amount"] = words(units(text))
    return record


def _some_trading(exchange: SmallExchange, hour: int = 0) -> list[Batch]:
    """A bit of everything, in three batches."""
    return [
        exchange.send(order(MAKER, Side.SELL, "50"), order(TAKER, Side.BUY, "20", broker=1), hour=hour),
        exchange.send(
            deposit(SUBSIDY, USDT, "1", f"subsidy{hour}"), _withdrawal(TAKER, "2.5", f"out{hour}"), hour=hour
        ),
        exchange.send(order(HOUSE, Side.BUY, "40"), order(MAKER, Side.SELL, "5", broker=1), hour=hour, second=9),
    ]


def test_l1_an_entry_whose_postings_sum_to_zero_for_each_asset_is_balanced() -> None:
    _entry(Posting("custody", 1, -5), Posting("user:1:available", 1, 3), Posting("user:2:available", 1, 2)).check()


@pytest.mark.parametrize(
    "lines",
    [
        (Posting("custody", 1, -5), Posting("user:1:available", 1, 4)),
        (Posting("custody", 1, -5), Posting("user:1:available", 2, 5)),  # the sum is zero, but of two assets
    ],
)
def test_l1_an_entry_that_does_not_balance_is_never_posted(lines: tuple[Posting, ...], tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        before = exchange.rows(ledger_entries, "entry")
        office = exchange.exchange.back_office
        with office.database.connect() as connection, pytest.raises(Unbalanced, match="deposit entry at 1-0 sums to"):
            office.ledger.post(connection, [_entry(*lines)])
        assert exchange.rows(ledger_entries, "entry") == before


def test_l1_all_postings_of_every_entry_sum_to_zero_and_to_the_balances(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        for hour in range(3):
            _some_trading(exchange, hour)
        exchange.tick(5)
        exchange.settle()
        sums: dict[tuple[int, int], int] = defaultdict(int)
        balances: dict[tuple[str, int], int] = defaultdict(int)
        for row in exchange.rows(ledger_entries, "entry"):
            for line in Lines.read(row["lines"]):
                sums[row["entry"], line.asset] += line.amount
                balances[line.account, line.asset] += line.amount
        assert len(sums) > 20
        assert set(sums.values()) == {0}
        office = exchange.exchange.back_office
        with office.database.connect() as connection:
            told = stored(connection)
        kept = {key: amount for key, amount in office.ledger.balances.items() if amount}
        assert {key: amount for key, amount in told.items() if amount} == kept
        assert {key: amount for key, amount in balances.items() if amount} == kept


def test_l2_deposit_withdrawal_and_transfer(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.send(deposit(PAYOUT, USDT, "100", "in"))
        exchange.transfer(PAYOUT, TAKER, "30", "between")
        exchange.send(_withdrawal(PAYOUT, "20", "out"))
        payout, taker = f"user:{PAYOUT}:available", f"user:{TAKER}:available"
        assert _entries(exchange, "deposit")[-1] == {("custody", USDT): "-100", (payout, USDT): "100"}
        assert _entries(exchange, "transfer") == [{(payout, USDT): "-30", (taker, USDT): "30"}]
        assert _entries(exchange, "withdrawal") == [{("custody", USDT): "20", (payout, USDT): "-20"}]


def test_l2_what_is_refused_has_no_entry(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        before = exchange.rows(ledger_entries, "entry")
        exchange.send(_withdrawal(PAYOUT, "1", "too-much"))
        assert exchange.rows(ledger_entries, "entry") == before


def test_l3_holds_are_netted_over_a_batch(tmp_path: Path) -> None:
    # Bids for 10 and 20 at 1, fee 10 bps: 10.01 and 20.02 are held; the second is cancelled in the same batch.
    with SmallExchange(tmp_path) as exchange:
        first = exchange.exchange.sequencer.engine.sequence() + 1
        cancel = one(CommandKind.CANCEL, account=TAKER, instrument=1, order=first + 1)
        exchange.send(order(TAKER, Side.BUY, "10"), order(TAKER, Side.BUY, "20"), cancel)
        assert _entries(exchange, "holds") == [{(available(TAKER), USDT): "-10.01", (held(TAKER), USDT): "10.01"}]
        (head,) = (row for row in exchange.rows(ledger_entries, "entry") if row["kind"] == "holds")
        assert (head["sequence"], head["last_sequence"]) == (first, first + 2)
        exchange.send(one(CommandKind.CANCEL, account=TAKER, instrument=1, order=first))
        assert exchange.ledger(held(TAKER)) == "0"


def test_l3_holds_that_came_and_went_leave_no_entry(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        first = exchange.exchange.sequencer.engine.sequence() + 1
        cancel = one(CommandKind.CANCEL, account=TAKER, instrument=1, order=first)
        batch = exchange.send(order(TAKER, Side.BUY, "10"), cancel)
        assert holds_entry(batch, exchange.exchange.venue) is None
        assert _entries(exchange, "holds") == []


@pytest.mark.parametrize(
    ("key", "account"),
    [
        ("settle:api:7:1:490000", "broker_payable:7"),
        ("brand:2:490000", "brand_revenue:2"),
        ("host:take", "host_fee"),
        ("anything", "host_fee"),
    ],
)
def test_l4_a_transfer_from_the_fee_pool_is_booked_to_what_its_key_names(
    tmp_path: Path, key: str, account: str
) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("1000", taker_broker=0)  # fees of 1.00 and 0.20
        before = exchange.exchange.back_office.ledger.balances.get((account, USDT), 0)
        exchange.transfer(FEE_POOL, PAYOUT, "0.5", key)
        assert units(exchange.ledger(account)) == before - units("0.5")
        assert exchange.ledger(available(PAYOUT)) == "0.5"
        assert exchange.exchange.ledger_difference() == {}


def test_l4_the_subsidy_account_is_the_fee_subsidy(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.send(deposit(SUBSIDY, USDT, "100", "subsidy"))
        exchange.transfer(SUBSIDY, HOUSE, "40", "host:back")
        assert exchange.ledger("fee_subsidy") == exchange.available(SUBSIDY) == "60"


def test_l5_ledger_and_engine_agree_after_any_of_it(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        for hour in range(3):
            _some_trading(exchange, hour)
            assert exchange.exchange.ledger_difference() == {}
        exchange.tick(5)
        exchange.settle()
        assert exchange.exchange.ledger_difference() == {}


@pytest.mark.parametrize(
    ("name", "asset", "told"),
    [
        (available(TAKER), USDT, {f"user:{TAKER}:available of asset 1": 1, "sum of asset 1": 1}),
        (held(MAKER), BTC, {f"user:{MAKER}:held of asset 2": 1, "sum of asset 2": 1}),
        ("host_fee", USDT, {"venue of asset 1": 1, "sum of asset 1": 1}),
        ("custody", USDT, {"sum of asset 1": 1}),
        (available(9_999), USDT, {"user:9999:available of asset 1": 1, "sum of asset 1": 1}),  # nobody the engine knows
    ],
)
def test_l5_a_single_unit_that_is_planted_is_found_and_named(
    tmp_path: Path, name: str, asset: int, told: dict[str, int]
) -> None:
    with SmallExchange(tmp_path) as exchange:
        _some_trading(exchange)
        balances = dict(exchange.exchange.back_office.ledger.balances)
        balances[name, asset] = balances.get((name, asset), 0) + 1
        rows = np.frombuffer(exchange.exchange.sequencer.engine.balances(), BALANCE_ROW)
        assert difference(balances, rows) == told


def test_l5_a_unit_moved_between_two_users_is_found_though_the_sums_agree(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        _some_trading(exchange)
        balances = dict(exchange.exchange.back_office.ledger.balances)
        balances[available(TAKER), USDT] -= 1
        balances[available(MAKER), USDT] += 1
        rows = np.frombuffer(exchange.exchange.sequencer.engine.balances(), BALANCE_ROW)
        assert difference(balances, rows) == {
            f"user:{MAKER}:available of asset 1": 1,
            f"user:{TAKER}:available of asset 1": -1,
        }


def test_l5_what_somebody_changed_in_the_database_is_found_at_the_next_start(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        _some_trading(exchange)
        mine = (ledger_balances.c.account == available(TAKER)) & (ledger_balances.c.asset == USDT)
        richer = exchange.exchange.back_office.ledger.balances[available(TAKER), USDT] + units("7")
        office = exchange.exchange.back_office
        with office.database.begin() as connection:
            office.ledger.keep(connection)
            connection.execute(update(ledger_balances).where(mine).values(amount=richer))
        exchange.crash()
        assert exchange.exchange.ledger_difference() == {
            f"user:{TAKER}:available of asset 1": units("7"),
            "sum of asset 1": units("7"),
        }


def test_l9_a_balance_is_the_same_whenever_its_row_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, behind = [], []
    for together in (1, 40, 1_000_000):
        monkeypatch.setattr(service, "TOGETHER", together)
        with SmallExchange(tmp_path / str(together)) as exchange:
            _some_trading(exchange)
            exchange.crash()
            _some_trading(exchange, 1)
            office = exchange.exchange.back_office
            with office.database.connect() as connection:
                told.append({key: amount for key, amount in stored(connection).items() if amount})
                behind.append(len(unkept(connection)))
            assert told[-1] == {key: amount for key, amount in office.ledger.balances.items() if amount}
    assert told[0] == told[1] == told[2]
    assert behind[0] == 0 < behind[2]


TABLES = (ledger_entries, ledger_balances, orders, fills, bills, trades, brand_hours, accrual_blocks)


def _everything(exchange: SmallExchange) -> dict[str, list[tuple[Any, ...]]]:
    with exchange.exchange.back_office.database.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(table.select()))
            for table in metadata.sorted_tables
        }


def test_l6_a_batch_that_comes_again_changes_nothing(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        batches = _some_trading(exchange)
        before = _everything(exchange)
        assert all(before[table.name] for table in TABLES)
        for batch in batches:
            exchange.exchange.back_office.project(batch)
        assert _everything(exchange) == before
        exchange.crash()
        for batch in batches:
            exchange.exchange.back_office.project(batch)
        assert _everything(exchange) == before
        assert exchange.exchange.ledger_difference() == {}


def test_l6_of_a_batch_that_is_known_in_part_the_rest_is_taken_in(tmp_path: Path) -> None:
    # Four commands became durable together; two of them were projected before the rest comes with all of them.
    with SmallExchange(tmp_path) as exchange:
        four = as_commands(*trade_records("10"), *trade_records("20"))
        batch = exchange.exchange.sequencer.commit(four.view(COMMAND), None)
        office = exchange.exchange.back_office
        office.project(part_of(batch, batch.first, 2))
        assert exchange.ledger(available(TAKER), BTC) == "10000010"
        office.project(batch)
        assert exchange.ledger(available(TAKER), BTC) == "10000030"
        assert len(exchange.rows(fills, "fill")) == 4  # two fills, two sides
        assert exchange.exchange.ledger_difference() == {}


def test_l7_no_users_balance_falls_below_zero(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        office = exchange.exchange.back_office
        lines = (Posting(available(PAYOUT), USDT, -1), Posting("custody", USDT, 1))
        with office.database.connect() as connection, pytest.raises(Unbalanced, match="would have -1 of asset 1"):
            office.ledger.post(connection, [_entry(*lines)])
        with office.database.connect() as connection:
            venue = (Posting("conversion", USDT, -1), Posting("broker_payable:1", USDT, 1))
            Ledger(connection).post(connection, [_entry(*venue)])  # the venue's own accounts may
            connection.rollback()


def test_l8_a_crash_between_journal_and_ledger_only_replays(tmp_path: Path) -> None:
    # The same commands twice: once without a break, once with a crash after each that only the journal has seen.
    with SmallExchange(tmp_path / "smooth") as exchange:
        _some_trading(exchange)
        exchange.trade("3", hour=1)
        expected = _everything(exchange)
    with SmallExchange(tmp_path / "crashed") as exchange:
        _some_trading(exchange)
        lost = as_commands(order(MAKER, Side.SELL, "3"), order(TAKER, Side.BUY, "3", broker=1))
        lost["time_ns"] = (490_001 * 3_600) * 10**9
        exchange.exchange.sequencer.commit(lost.view(COMMAND), None)  # durable and applied, never projected
        assert exchange.exchange.ledger_difference() != {}
        exchange.crash()
        assert exchange.exchange.ledger_difference() == {}
        assert _everything(exchange) == expected


def test_l8_the_ledger_is_built_again_from_the_first_record(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        _some_trading(exchange)
        before = dict(exchange.exchange.back_office.ledger.balances)
        exchange.exchange.back_office.close()
        (tmp_path / "backoffice.db").unlink()
        exchange.crash()
        assert exchange.exchange.back_office.ledger.balances == before
        assert exchange.exchange.ledger_difference() == {}
