"""Token splits in engine, ledger and bills. Rules: docs/rules/splits.md; the sessions there are played as well.

SP-1, SP-2, SP-4, SP-6 and SP-7 are sessions of that page, which `test_rulebook.py` plays.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spec.session import Session, check
from spec.small_exchange import (
    BTC_EUR,
    BTC_USDT,
    FEE_POOL,
    HOUSE,
    MAKER,
    TAKER,
    USDT,
    SmallExchange,
    deposit,
    one,
    order,
    time_ns,
)

from commonbook._engine import Engine
from commonbook.brand.days import parts
from commonbook.clearing.splits import split_entries
from commonbook.instrument import splits
from commonbook.instrument.splits import Split, split_of
from commonbook.instrument.venue import Venue
from commonbook.ledger.model import Entry, Lines
from commonbook.records import (
    COMMAND,
    Batch,
    CommandKind,
    EventKind,
    KillScope,
    Records,
    Refusal,
    Side,
    as_commands,
    refusal_of,
)
from commonbook.records import TradingStatus as Status
from commonbook.simulated.configuration import followed
from commonbook.storage.schema import bills, ledger_entries

OLD, NEW, NEXT = 11, 12, 13
ROUNDING = 3
PAIR = 11
PAIR_TERMS = "quote_asset=1 tick_mantissa=1 lot_mantissa=1 tick_scale=2 lot_scale=2 minimum_lots=1"


def test_sp2_the_worked_reverse_split_of_157_gives_33_16_2_and_1_of_rounding() -> None:
    # SP-1 as well.
    session = Session()
    for line in ("given alice ETH 100; bob ETH 50; carol ETH 7", "asset NEW", "status HALTED on ETH-USDT"):
        session.play(*line.split(" ", 1))
    told = session.play("split", "ETH NEW 1 for 3 key s")
    assert told == "set; alice -100; alice +33; bob -50; bob +16; carol -7; carol +2; rounding +1"
    kinds = [(event["kind"], event.get("account"), event.get("available")) for event in session.events]
    assert kinds[0][0] == EventKind.CONFIG
    assert [event["asset"] for event in session.events[1:]] == [3, 12, 3, 12, 3, 12, 12]
    [total] = [row for row in session.engine.audit() if row[0] == NEW]
    assert total == (NEW, 52, 0, 52)
    session.close()


def test_sp1_dust_leaves_nothing_but_its_old_units() -> None:
    check("""
        given      zoe BTC 1; alice ETH 1; zoe ETH 2; yan ETH 3; xi ETH 300
        asset      NEW
        status     HALTED on ETH-USDT           set
        split      ETH NEW 1 for 100 key s      set; zoe -2; alice -1; yan -3; xi -300; xi +3
        balance    zoe BTC 1, held 0
        balance    rounding NEW 0, held 0
    """)


def test_sp2_the_rounding_account_is_the_hosts_and_a_state_without_a_split_is_as_it_was() -> None:
    session = Session()
    session.play("given", "alice BTC 100; bob USDT 1000000; taker fee 10 bps")
    before = session.engine.snapshot()
    assert before[:8] == b"cbstate3"
    assert session.play("deposit", "rounding BTC 1 key d") == "refused UNKNOWN_ACCOUNT"
    for line in ("asset OLD", "asset NEW", "split OLD NEW 1 for 3 key s"):
        session.play(*line.split(" ", 1))
    assert session.engine.snapshot()[:8] == b"cbstate5"
    assert session.play("deposit", "rounding BTC 1 key d") == "refused SYSTEM_ACCOUNT"
    assert session.play("withdraw", "rounding BTC 1 key d") == "refused SYSTEM_ACCOUNT"
    assert session.play("transfer", "alice rounding BTC 1 key d") == "alice -1; rounding +1"
    assert session.play("restart", "") == "as expected"


def test_sp3_closed_assets_are_in_setup_and_in_state_and_a_chain_of_splits_is_told_in_its_order() -> None:
    session = Session()
    for line in ("asset OLD", "asset NEW", "asset NEXT", "given alice NEW 9"):
        session.play(*line.split(" ", 1))
    assert session.play("split", "NEW NEXT 1 for 2 key s1") == "set; alice -9; alice +4"
    assert session.play("split", "NEXT OLD 3 for 1 key s2") == "set; alice -4; alice +12"
    session.play("delist", "south BTC-USDT")
    restored = Engine.restore(session.engine.snapshot())
    assert (restored.state_hash(), restored.setup()) == (session.engine.state_hash(), session.engine.setup())
    venue = Venue()
    for command in np.frombuffer(restored.setup(), COMMAND):
        venue.apply_command(command)
    assert list(venue.splits) == [NEW, NEXT]
    assert venue.splits[NEXT] == Split(NEXT, OLD, 3, 1, 0, 0, b"s2")
    assert venue.closed == {(2, 1)}
    told = session.play("config", f"INSTRUMENT instrument=9 base_asset=12 name=A {PAIR_TERMS}")
    assert told == "refused ASSET_CLOSED"


def test_sp3_whoever_traded_the_old_asset_trades_the_new_one_with_the_same_funds() -> None:
    check(
        """
        given      alice ETH 100; bob USDT 20_000; alice USDT 5
        order      A1 alice ask 10 @ 100 gtc on ETH-USDT    accepted
        order      B1 bob bid 10 @ 100 gtc on ETH-USDT      filled 10 @ 100 of A1
        asset      NEW
        config     INSTRUMENT instrument=9 base_asset=12 name=NEW-USDT TERMS
        order      B2 bob bid 2 @ 90 gtc instrument=9       accepted         # before there is any
        status     HALTED on ETH-USDT                       set
        split      ETH NEW 10 for 1 key s                   set; alice -90; alice +900; bob -10; bob +100
        order      A2 alice ask 900 @ 95 gtc instrument=9   accepted
        order      B3 bob bid 4 @ 95 gtc instrument=9       filled 4 @ 95 of A2
        order      B4 bob ask 105 @ 99 gtc instrument=9     refused INSUFFICIENT_FUNDS
        order      B5 bob ask 104 @ 99 gtc instrument=9     accepted
        restart
        balance    alice NEW 0, held 896
        balance    alice USDT 1385, held 0
        balance    bob NEW 0, held 104
    """.replace("TERMS", PAIR_TERMS)
    )


def test_sp5_the_new_asset_has_the_same_scale_and_is_in_nobodys_hands() -> None:
    check("""
        asset      OLD
        asset      NEW
        given      alice OLD 5; bob NEW 1
        split      OLD USDT 1 for 1 key s       refused BAD_SCALE
        split      OLD NEW 1 for 1 key s        refused ASSET_IN_USE
        split      OLD OLD 1 for 1 key s        refused MALFORMED
        split      OLD NEW 0 for 1 key s        refused MALFORMED
        split      OLD NEW 1 for 0 key s        refused MALFORMED
        split      OLD NEW 1 for 1              refused MALFORMED
        split      OLD 77 1 for 1 key s         refused UNKNOWN_ASSET
        withdraw   bob NEW 1 key w              bob -1
        split      OLD NEW 1 for 1 key s        set; alice -5; alice +5
    """)


def test_sp8_a_new_total_of_10_to_the_38_overflows_and_nothing_has_changed() -> None:
    session = Session()
    for line in ("asset OLD", "asset NEW", f"given alice OLD {10**37}; bob OLD 1"):
        session.play(*line.split(" ", 1))
    before = session.engine.snapshot()[24:]
    assert session.play("split", "OLD NEW 10 for 1 key s") == "refused OVERFLOW"
    assert session.engine.snapshot()[24:] == before
    assert session.play("split", "OLD NEW 9 for 1 key s").startswith(f"set; alice -{10**37}; alice +{9 * 10**37}; bob")


# -- ledger and bills -------------------------------------------------------------------------------------------------


def _token(exchange: SmallExchange) -> None:
    """OLD against USDT, and some of it at two accounts and in the funding half of neither."""
    pair = {"tick_mantissa": 1, "lot_mantissa": 1, "lot_scale": 8, "minimum_lots": 1}
    exchange.send(
        *(one(CommandKind.ASSET, asset=asset, scale=8, name=name) for asset, name in ((OLD, b"OLD"), (NEW, b"NEW"))),
        one(CommandKind.INSTRUMENT, instrument=PAIR, base_asset=OLD, quote_asset=USDT, name=b"OLD-USDT", **pair),
        deposit(MAKER, OLD, "0.00000100", "o1"),
        deposit(TAKER, OLD, "0.00000050", "o2"),
        deposit(HOUSE, OLD, "0.00000007", "o3"),
    )


def _split(numerator: int = 1, denominator: int = 3, key: bytes = b"split") -> Records:
    return one(CommandKind.SPLIT, asset=OLD, new_asset=NEW, numerator=numerator, denominator=denominator, key=key)


def _halt() -> Records:
    return one(CommandKind.STATUS, instrument=PAIR, status=Status.HALTED)


def _sums(exchange: SmallExchange) -> dict[tuple[str, int], int]:
    """What the entries of the split have moved, and that each of them sums to zero."""
    entries = [row for row in exchange.rows(ledger_entries, "entry") if row["kind"] == "split"]
    assert entries
    moved: dict[tuple[str, int], int] = {}
    totals: dict[tuple[int, int], int] = {}
    for row in entries:
        for line in Lines.read(row["lines"]):
            key = (line.account, line.asset)
            moved[key] = moved.get(key, 0) + line.amount
            totals[row["entry"], line.asset] = totals.get((row["entry"], line.asset), 0) + line.amount
    assert not any(totals.values())
    return moved


@pytest.mark.parametrize("together", [20_000, 1, 3])
def test_sp9_the_ledger_closes_the_old_asset_and_opens_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(splits, "EVENTS_TOGETHER", together)
    exchange = SmallExchange(tmp_path)
    _token(exchange)
    # One batch: what comes before the split and what comes behind it are in the ledger in their order.
    batch = exchange.send(
        one(CommandKind.TIME),
        deposit(MAKER, OLD, "0.00000010", "o4"),
        _halt(),
        _split(),
        deposit(MAKER, NEW, "0.00000001", "n1"),
    )
    assert not len(batch.events[batch.events["kind"] == EventKind.REFUSED])
    assert _sums(exchange) == {
        ("custody", OLD): 167,
        ("custody", NEW): -55,
        (f"user:{MAKER}:available", OLD): -110,
        (f"user:{MAKER}:available", NEW): 36,
        (f"user:{TAKER}:available", OLD): -50,
        (f"user:{TAKER}:available", NEW): 16,
        (f"user:{HOUSE}:available", OLD): -7,
        (f"user:{HOUSE}:available", NEW): 2,
        ("rounding", NEW): 1,
    }
    balances = exchange.exchange.back_office.ledger.balances
    assert not any(amount for (_, asset), amount in balances.items() if asset == OLD)
    assert balances["custody", NEW] == -56
    assert exchange.exchange.ledger_difference() == {}
    told = [(row["account"], row["asset"], row["kind"], row["change"], row["balance"]) for row in _bills(exchange)]
    assert told == [
        (MAKER, OLD, "split_out", -110, 0),
        (MAKER, NEW, "split_in", 36, 36),
        (TAKER, OLD, "split_out", -50, 0),
        (TAKER, NEW, "split_in", 16, 16),
        (HOUSE, OLD, "split_out", -7, 0),
        (HOUSE, NEW, "split_in", 2, 2),
    ]
    assert exchange.exchange.venue.splits[OLD].of(157) == 52
    exchange.crash()
    assert exchange.exchange.ledger_difference() == {}
    assert exchange.exchange.venue.splits[OLD].sequence == batch.first + 3
    exchange.transfer(ROUNDING, HOUSE, "0.00000001", "host:rounding", NEW)
    assert exchange.ledger("rounding", NEW) == "0"
    assert exchange.exchange.ledger_difference() == {}
    exchange.exchange.close()


def _bills(exchange: SmallExchange) -> Sequence[dict[str, Any]]:
    return [
        row for row in exchange.rows(bills, "bill") if row["kind"].startswith("split") and row["account"] > ROUNDING
    ]


def test_sp9_names_of_the_venue_that_owe_each_other_become_their_shares_and_rounding_has_the_rest() -> None:
    # The pool is empty (SP-6) where what is owed to one brand was paid out of what is another's.
    split = Split(OLD, NEW, 1, 3, 9, 1, b"s")
    rows = np.zeros(0, COMMAND)
    balances = {("brand_revenue:1", OLD): 5, ("host_fee", OLD): -5, ("host_fee", USDT): 7, ("custody", OLD): -9}
    entries: list[Entry] = list(split_entries(Batch(rows, rows[:0]), split, balances))
    [entry] = entries
    entry.check()
    told = {(line.account, line.asset): line.amount for line in entry.postings if line.amount}
    assert told == {
        ("brand_revenue:1", OLD): -5,
        ("brand_revenue:1", NEW): 1,
        ("host_fee", OLD): 5,
        ("host_fee", NEW): -2,
        ("rounding", NEW): 1,
    }


def test_sp9_a_batch_is_cut_around_a_split_and_nowhere_else(tmp_path: Path) -> None:
    exchange = SmallExchange(tmp_path)
    _token(exchange)
    batch = exchange.send(_halt(), _split(), _split(), one(CommandKind.TIME))
    cut = [part for _, part in parts(batch)]
    assert [[int(kind) for kind in part.commands["kind"]] for part in cut] == [
        [CommandKind.STATUS],
        [CommandKind.SPLIT],
        [CommandKind.SPLIT, CommandKind.TIME],  # the second one is refused, so that it is like any other command
    ]
    assert [split_of(part) is not None for part in cut] == [False, True, False]
    exchange.exchange.close()


def test_sp6_claims_in_the_asset_are_paid_first_and_orders_end_before(tmp_path: Path) -> None:
    # SP-4 as well.
    exchange = SmallExchange(tmp_path)
    _token(exchange)
    exchange.send(order(MAKER, Side.SELL, "0.00000005", instrument=PAIR))
    assert refusal_of(exchange.send(_split()).events) is Refusal.NOT_HALTED
    exchange.send(_halt())
    assert refusal_of(exchange.send(_split()).events) is Refusal.ORDERS_REST
    exchange.send(one(CommandKind.KILL, scope=KillScope.INSTRUMENT, target=PAIR, active=1))
    exchange.transfer(TAKER, FEE_POOL, "0.00000005", "income:o:1:fee", OLD)
    assert refusal_of(exchange.send(_split()).events) is Refusal.CLAIMS_OPEN
    exchange.transfer(FEE_POOL, HOUSE, "0.00000005", "brand:1:paid", OLD)
    assert refusal_of(exchange.send(_split()).events) is None
    assert exchange.exchange.ledger_difference() == {}
    assert exchange.available(HOUSE, NEW) == "0.00000004"
    assert {BTC_USDT, BTC_EUR, PAIR} == set(exchange.exchange.venue.instruments)
    exchange.exchange.close()


def test_sp7_a_split_that_is_sent_again_after_a_crash_has_had_its_effect(tmp_path: Path) -> None:
    exchange = SmallExchange(tmp_path)
    _token(exchange)
    exchange.send(_halt(), _split())
    exchange.crash()
    assert refusal_of(exchange.send(_split()).events) is Refusal.DUPLICATE_KEY
    assert exchange.available(MAKER, NEW) == "0.00000033"
    exchange.exchange.close()


def test_sp3_test_funds_are_not_split_when_the_live_ones_are() -> None:
    commands = as_commands(_halt(), _split(), one(CommandKind.ASSET, asset=NEXT, scale=8, name=b"NEXT"))
    assert followed(commands)["kind"].tolist() == [CommandKind.STATUS, CommandKind.ASSET]


def test_sp9_what_a_timer_releases_in_the_command_of_a_split_is_released_before_it(tmp_path: Path) -> None:
    """The command moves the clock as any other does: what a timer cancels then is split with the rest."""
    exchange = SmallExchange(tmp_path)
    _token(exchange)
    exchange.send(order(MAKER, Side.SELL, "0.00000005", instrument=PAIR))
    exchange.send(one(CommandKind.CANCEL_ALL_AFTER, account=MAKER, deadline_ns=time_ns(3)))
    exchange.send(_halt())
    batch = exchange.send(_split(), hour=4)
    assert refusal_of(batch.events) is None
    assert len(batch.events[batch.events["kind"] == EventKind.CANCELED]) == 1
    assert exchange.exchange.ledger_difference() == {}
    assert exchange.available(MAKER, NEW) == "0.00000033"
    exchange.exchange.close()
