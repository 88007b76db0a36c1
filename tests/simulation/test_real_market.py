"""The recorded half-hour through the whole exchange: the tape is the real one, and every figure adds up.

Rules: docs/concepts/real-market.md, D-1 to D-7. The capture comes by pip from the package registry the first time.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commonbook._engine import Engine, JournalReader
from commonbook.broker.statement import verify_statement
from commonbook.console.audit import audit_folder
from commonbook.console.demo import CAPTURE_END_HOUR
from commonbook.errors import MarketUnavailable
from commonbook.records import (
    CANCEL,
    CANCELED,
    COMMAND,
    EVENT,
    FILL,
    FILL_SIDE,
    ORDER,
    REFUSED,
    CancelReason,
    CommandKind,
    EventKind,
    OrderType,
    Records,
    Refusal,
    Side,
    SizeIn,
    amounts,
)
from commonbook.simulator import demo_market
from commonbook.simulator.capture import WHEEL, Capture, load_capture
from commonbook.simulator.market import STALE, translate
from commonbook.units import HOUR_NS

CACHE = Path.home() / ".cache" / "commonbook"
BATCHES = (1_024, 100_000)


@dataclass
class Run:
    """One `commonbook demo --once --json`."""

    data_dir: Path
    told: dict[str, Any]


@dataclass
class Market:
    """The journal of a run, applied once more: what was commanded and what followed."""

    commands: Records  # COMMAND, shape (n,)
    events: Records  # EVENT, shape (m,)

    def of_kind(self, kind: EventKind, layout: np.dtype[np.void]) -> Records:
        found: Records = self.events[self.events["kind"] == kind].view(layout)
        return found

    @property
    def played(self) -> Records:
        """The commands that the recorded rows became."""
        found: Records = self.commands[np.isin(self.commands["kind"], (CommandKind.ORDER, CommandKind.CANCEL))]
        return found

    @property
    def orders(self) -> Records:
        found: Records = self.commands[self.commands["kind"] == CommandKind.ORDER].view(ORDER)
        return found

    def client_ids(self) -> dict[int, bytes]:
        return dict(zip(self.orders["sequence"].tolist(), self.orders["client_id"].tolist(), strict=True))


@pytest.fixture(scope="module")
def capture() -> Capture:
    return load_capture(CACHE)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, capture: Capture) -> list[Run]:
    """Two runs of the command with different batches, side by side."""
    started = []
    for size in BATCHES:
        data_dir = tmp_path_factory.mktemp(f"batch{size}")
        command = [sys.executable, "-m", "commonbook.console.main", "demo", "--once", "--json"]
        command += ["--data", str(data_dir), "--batch", str(size)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append((data_dir, process))
    found = []
    for data_dir, process in started:
        output, errors = process.communicate()
        assert process.returncode == 0, errors
        found.append(Run(data_dir, json.loads(output)))
    return found


@pytest.fixture(scope="module")
def market(runs: list[Run]) -> Market:
    engine = Engine()
    commands, events = [], []
    for payload in JournalReader(str(runs[0].data_dir), 0):
        commands.append(np.frombuffer(payload, COMMAND))
        events.append(engine.apply(payload).view(EVENT))
    return Market(np.concatenate(commands).astype(COMMAND), np.concatenate(events).astype(EVENT))


def test_the_tape_is_the_exchanges_own_trade_by_trade_and_holds_no_other(market: Market, capture: Capture) -> None:
    names = market.client_ids()
    printed = []
    sides = market.of_kind(EventKind.FILL_SIDE, FILL_SIDE)["order"].tolist()
    for number, fill in enumerate(market.of_kind(EventKind.FILL, FILL)):
        taker, maker = (names[order].decode() for order in sides[2 * number : 2 * number + 2])
        buy, sell = (taker, maker) if fill["taker_side"] == Side.BUY else (maker, taker)
        printed.append((buy, sell, Decimal(int(fill["price_ticks"])), Decimal(int(fill["quantity_lots"])) / 10**8))
    real = [(buy, sell, Decimal(price), Decimal(amount)) for _, _, _, price, amount, buy, sell, _ in capture.trades]
    assert len(real) == 284
    assert printed == real


def test_the_command_tells_the_same(runs: list[Run]) -> None:
    for run in runs:
        told = run.told
        assert (told["trades"], told["tape_trades"], told["tape_exact"]) == (284, 284, 284)
        assert told["commands"] == 313_730 + 6_034 + 1
        assert told["refused"] == {"UNKNOWN_ORDER": 100_822}
        assert told["ledger_difference"] == 0
        assert isinstance(told["seconds"], float)


def test_two_runs_any_batch_size_and_a_replay_give_the_same_state(runs: list[Run], market: Market) -> None:
    (state,) = {run.told["state_hash"] for run in runs}
    payload = market.commands.tobytes()
    size = market.commands.itemsize
    for count in (1, 7, 1_024, 100_000):
        engine = Engine()
        for start in range(0, len(payload), count * size):
            engine.apply(payload[start : start + count * size])
        assert engine.state_hash() == state, f"in batches of {count}"


def test_two_runs_tell_the_same_but_for_their_seconds(runs: list[Run]) -> None:
    one, other = ({**run.told, "seconds": 0} for run in runs)
    assert one == other


def test_an_audit_of_the_run_finds_everything_in_agreement(runs: list[Run]) -> None:
    found = audit_folder(runs[0].data_dir)
    assert found.problems == []
    assert (found.ok, found.ledger_difference, found.statements) == (True, 0, 2)
    assert found.state_hash == runs[0].told["state_hash"]


def test_volume_counted_three_ways_agrees_with_the_recorded_tape(runs: list[Run], capture: Capture) -> None:
    told = runs[0].told
    book = sum((Decimal(row[3]) * Decimal(row[4]) for row in capture.trades), Decimal(0))
    assert book == Decimal("1178422.01209482") == Decimal(told["book_volume"])
    volumes = list(told["volume"].values())
    assert set(told["volume"]) == {"aurora", "borealis"}
    assert sum(Decimal(one["attributed_volume"]) for one in volumes) == book
    assert sum(Decimal(one["side_volume"]) for one in volumes) == 2 * book
    # A trade inside one brand is one fill of it, a trade between two brands is one of each: 235 + 176 - 127 = 284.
    fills, internal = (sum(int(one[name]) for one in volumes) for name in ("fills", "internal_fills"))
    assert fills - (284 - internal) == 284


def test_one_fee_is_split_into_claims_that_sum_to_it(runs: list[Run], market: Market) -> None:
    told = runs[0].told
    charged = sum(amounts(market.of_kind(EventKind.FILL_SIDE, FILL_SIDE)["fee"]))
    assert Decimal(told["net_fee"]["USDT"]) == Decimal(charged) / 10**8
    assert sum(map(Decimal, told["claims"].values())) == Decimal(charged) / 10**8
    assert sum(map(Decimal, told["revenue"].values())) == Decimal(told["claims"]["brand_revenue"])


def test_the_broker_is_paid_by_the_hour_what_it_earned_and_each_statement_verifies(
    runs: list[Run], capture: Capture
) -> None:
    run = runs[0]
    assert Counter(int(row[2]) // 3_600_000 for row in capture.trades) == {493_802: 248, 493_803: 36}
    paid = run.told["settlements"]
    assert [(one["broker"], one["hour"], one["state"]) for one in paid] == [
        ("NORTHSTAR", "493802", "published"),
        ("NORTHSTAR", "493803", "published"),
    ]
    earned = {reason: row["amount"] for reason, row in run.told["commission"]["NORTHSTAR"].items()}
    assert sum(Decimal(one["amount"]) for one in paid) == Decimal(earned.pop("EARNED"))
    assert sum(Decimal(one["amount"]) for one in paid) == Decimal(run.told["claims"]["broker_commission"])
    assert earned == dict.fromkeys(earned, "0"), "no other reason earns"
    for one in paid:
        assert verify_statement(run.data_dir / "statements" / one["statement"]).ok


def test_every_reason_for_earning_nothing_is_there_to_be_seen(runs: list[Run]) -> None:
    commission = runs[0].told["commission"]
    assert set(commission["NORTHSTAR"]) == {"EARNED", "NON_API", "VIP_TOO_HIGH"}
    assert set(commission["none"]) == {"NO_TAG", "NOT_ASSOCIATED", "UNKNOWN_CODE"}
    sides = sum(int(row["sides"]) for rows in commission.values() for row in rows.values())
    assert sides == 2 * 284


def client_ids_in_order(commands: Records) -> list[str]:
    """The client id of every order and cancel."""
    orders, cancels = commands.view(ORDER)["client_id"], commands.view(CANCEL)["client_id"]
    names: list[str] = np.where(commands["kind"] == CommandKind.ORDER, orders, cancels).astype("U32").tolist()
    return names


def test_d1_rows_stay_in_order_under_the_exchanges_own_time_which_never_falls(market: Market, capture: Capture) -> None:
    played = market.played
    rows = iter((row[0], int(row[2]) * 1_000_000) for row in capture.orders if row[5] != "changed")
    latest = 0
    for name, time_ns in zip(client_ids_in_order(played), played["time_ns"].tolist(), strict=True):
        stamp = next(
            stamp for row, stamp in rows if row == name
        )  # rows in between are passed over, none is gone back to
        latest = max(latest, stamp)
        assert time_ns == latest


def test_d1_a_shift_by_whole_hours_changes_nothing_but_the_time(market: Market, capture: Capture) -> None:
    later = translate(capture, demo_market.sender(), demo_market.BTC_USDT, 5 * 3_600_000).commands
    played = market.played
    assert (np.maximum.accumulate(later["time_ns"]) - played["time_ns"] == 5 * HOUR_NS).all()
    for name in ("time_ns", "sequence"):
        later[name] = played[name]
    assert later.tobytes() == played.tobytes()
    assert max(int(row[2]) for row in capture.trades) // 3_600_000 == CAPTURE_END_HOUR - 1


def test_d2_to_m5_what_becomes_no_command_is_counted(market: Market, capture: Capture) -> None:
    rows = Counter(row[5] for row in capture.orders)
    assert rows == {"created": 156_889, "deleted": 156_902, "changed": 266}
    created = {row[0]: row for row in capture.orders if row[5] == "created"}
    worthless = {name for name, row in created.items() if Decimal(row[3]) == 0 and row[6] == "bid"}
    strangers = [row for row in capture.orders if row[5] == "deleted" and row[0] not in created]
    assert (len(STALE), len(worthless), len(strangers)) == (2, 22, 13)
    # 156,889 - 2 stale - 22 worthless orders; 156,902 - 2 - 22 - 13 cancels.
    orders, cancels = (int((market.commands["kind"] == kind).sum()) for kind in (CommandKind.ORDER, CommandKind.CANCEL))
    assert (orders, cancels) == (156_865, 156_865)


def test_d4_a_cancel_is_refused_only_when_the_order_no_longer_rests(market: Market) -> None:
    refused = market.of_kind(EventKind.REFUSED, REFUSED)
    assert set(refused["reason"].tolist()) == {Refusal.UNKNOWN_ORDER}
    assert set(refused["command_kind"].tolist()) == {CommandKind.CANCEL}
    canceled = market.of_kind(EventKind.CANCELED, CANCELED)
    by_row = int((canceled["reason"] == CancelReason.USER).sum())
    assert by_row + len(refused) == 156_865


def test_d6_what_our_book_cancels_as_crossing_the_exchange_deleted_in_the_same_millisecond(
    market: Market, capture: Capture
) -> None:
    canceled = market.of_kind(EventKind.CANCELED, CANCELED)
    crossing = canceled[canceled["reason"] == CancelReason.POST_ONLY_WOULD_CROSS]["order"].tolist()
    assert len(crossing) == 100_518
    names = market.client_ids()
    created = {row[0].encode(): row[2] for row in capture.orders if row[5] == "created"}
    deleted = {row[0].encode(): row[2] for row in capture.orders if row[5] == "deleted"}
    assert [name for name in map(names.__getitem__, crossing) if created[name] != deleted[name]] == []


def test_d7_takers_of_real_trades_are_limit_orders_but_for_seven_market_orders(market: Market) -> None:
    taking = market.orders[market.orders["order_type"] != OrderType.POST_ONLY]
    kinds = Counter(zip(*(taking[name].tolist() for name in ("order_type", "side", "size_in")), strict=True))
    assert kinds == {
        (OrderType.LIMIT, Side.BUY, SizeIn.BASE): 91,
        (OrderType.LIMIT, Side.SELL, SizeIn.BASE): 72,
        (OrderType.MARKET, Side.SELL, SizeIn.BASE): 5,
        (OrderType.MARKET, Side.BUY, SizeIn.QUOTE): 2,
    }
    assert len(set(taking["account"].tolist())) == 170, "each taker is a person of its own"


def test_nobody_trades_with_themselves(market: Market) -> None:
    def person(side: Any) -> int:
        return (int(side["account"]) - demo_market.FIRST_CROWD_ACCOUNT) // 2  # each has two accounts, one a brand

    sides = market.of_kind(EventKind.FILL_SIDE, FILL_SIDE)
    takers, makers = sides[::2], sides[1::2]
    assert len(takers) == 284
    assert not any(person(taker) == person(maker) for taker, maker in zip(takers, makers, strict=True))
    assert not (market.of_kind(EventKind.CANCELED, CANCELED)["reason"] == CancelReason.SELF_TRADE).any()


def test_a_capture_with_another_hash_is_refused_with_its_name_and_the_fix(tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(b"something else")
    with pytest.raises(MarketUnavailable, match=f"{WHEEL} has the hash [0-9a-f]{{16}}.*; delete it and retry"):
        load_capture(tmp_path)


def test_without_a_registry_the_capture_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(MarketUnavailable, match=r"ob-analytics==0\.1\.0.* cannot be had: .*registry") as failure:
        load_capture(tmp_path)
    assert "\n" not in str(failure.value)
    assert not list(tmp_path.iterdir()), "nothing half-fetched is left behind"
