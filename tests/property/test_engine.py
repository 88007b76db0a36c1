"""What is true of the engine after any commands whatever. Rules: docs/rules/{matching,counter,fees,refusals}.md."""

from collections import defaultdict

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property.strategies import SETUP, UNITS, USDT, sessions

from commonbook._engine import Engine
from commonbook.qa.plain import Command, Event, decode_balances, decode_commands, decode_events, encode
from commonbook.qa.referee import Referee
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    ORDER_ROW,
    SUBSIDY_ACCOUNT,
    CommandKind,
    EventKind,
    FillRole,
    Side,
    amount,
)
from commonbook.units import RateE8, ceil_charge

some = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
STATE = 24  # behind the magic, the sequence and the time of a snapshot


class Witness:
    """Follows the events with the simplest books there are, and says what does not fit."""

    def __init__(self) -> None:
        self.supply: dict[int, int] = defaultdict(int)  # per asset: came in less went out
        self.fees = 0  # quote units of USDT, of both sides
        self.subsidy = 0
        self.entered: dict[int, Event] = {}  # ACCEPTED by order
        self.persons: dict[int, int] = {}  # by account
        self.bases: dict[int, int] = {}  # base asset by instrument
        self.commands: dict[int, Command] = {}
        self.resting: dict[int, tuple[int, int, int, int]] = {}  # order: instrument, side, price, place in time
        self.levels: dict[tuple[int, int, int], int] = {}
        self.clock = 0
        self.keys: dict[bytes, int] = {}  # idempotency key to the command that used it

    def see(self, command: Command, events: list[Event]) -> None:
        self.commands[command["sequence"]] = command
        assert [event["index"] for event in events] == list(range(len(events)))
        assert events or command["kind"] == CommandKind.TIME
        for place, event in enumerate(events):
            if event["kind"] == EventKind.FILL:
                self._fill(event, *events[place + 1 : place + 3])
            self._see(event, command)

    def _see(self, event: Event, command: Command) -> None:
        self.clock += 1
        if event["kind"] == EventKind.BALANCE:
            assert self.keys.setdefault(command["key"], event["sequence"]) == event["sequence"], "C-8"
        match EventKind(event["kind"]):
            case EventKind.BALANCE if event["command_kind"] != CommandKind.TRANSFER:
                self.supply[event["asset"]] += event["available_delta"]
                if event["account"] == SUBSIDY_ACCOUNT:
                    self.subsidy += event["available_delta"]
            case EventKind.ACCEPTED:
                self.entered[event["sequence"]] = event
            case EventKind.CONFIG if command["kind"] == CommandKind.ACCOUNT:
                self.persons[command["account"]] = command["person"]
            case EventKind.CONFIG if command["kind"] == CommandKind.INSTRUMENT:
                self.bases[command["instrument"]] = command["base_asset"]
            case EventKind.RESTING:
                place = (event["instrument"], event["side"], event["price_ticks"], self.clock)
                self.resting[event["order"]] = place
            case EventKind.CANCELED:
                self.resting.pop(event["order"], None)
            case EventKind.AMENDED if not event["kept_priority"]:
                del self.resting[event["order"]]
            case EventKind.LEVEL:
                level = (event["instrument"], event["side"], event["price_ticks"])
                self.levels[level] = event["total_lots"]
            case _:
                pass

    def _fill(self, fill: Event, taker: Event, maker: Event) -> None:
        assert (taker["kind"], maker["kind"]) == (EventKind.FILL_SIDE, EventKind.FILL_SIDE)
        assert (taker["role"], maker["role"]) == (FillRole.TAKER, FillRole.MAKER)
        side = int(Side.SELL if fill["taker_side"] == Side.BUY else Side.BUY)
        sign = 1 if side == Side.SELL else -1
        queue = sorted(
            (sign * price, place, order)
            for order, (instrument, where, price, place) in self.resting.items()
            if (instrument, where) == (fill["instrument"], side)
        )
        assert queue[0][2] == maker["order"], "K-1: price, then time"
        assert fill["price_ticks"] == sign * queue[0][0], "K-2: at the maker's price"
        assert self.persons[taker["account"]] != self.persons[maker["account"]], "K-8"
        notional = fill["price_ticks"] * fill["quantity_lots"] * UNITS[fill["instrument"]][0]
        assert fill["buyer_released"] >= -1, "F-7"
        for one, role in ((taker, "taker"), (maker, "maker")):
            rate = self.entered[one["order"]][f"{role}_rate_e8"]
            exact = ceil_charge(notional, RateE8(rate))
            assert (one["fee"] in (exact, exact - 1)) if rate >= 0 else (exact <= one["fee"] <= 0), "F-1, F-6, F-7"
        self.fees += taker["fee"] + maker["fee"]
        if maker["complete"]:
            del self.resting[maker["order"]]

    def check(self, engine: Engine) -> None:
        balances = decode_balances(engine.balances())
        self._check_money(balances)
        self._check_orders(engine, balances)

    def _check_money(self, balances: dict[tuple[int, int], tuple[int, int]]) -> None:
        """Nothing is made, nothing is lost, nothing is below zero; and the fees are where they should be."""
        totals: dict[int, int] = defaultdict(int)
        for (_, asset), (available, held) in balances.items():
            assert available >= 0
            assert held >= 0
            totals[asset] += available + held
        assert _without_empty(totals) == _without_empty(self.supply)
        own = sum(balances.get((account, USDT), (0, 0))[0] for account in (FEE_POOL_ACCOUNT, SUBSIDY_ACCOUNT))
        assert own == self.subsidy + self.fees

    def _check_orders(self, engine: Engine, balances: dict[tuple[int, int], tuple[int, int]]) -> None:
        """Each hold is what its order needs; the holds make up what is held; the books are not crossed."""
        held: dict[tuple[int, int], int] = defaultdict(int)
        lots: dict[tuple[int, int, int], int] = defaultdict(int)
        for row in np.frombuffer(engine.open_orders(), ORDER_ROW):
            order, instrument, side = int(row["order"]), int(row["instrument"]), int(row["side"])
            price, remaining = int(row["price_ticks"]), int(row["remaining_lots"])
            assert amount(row["hold"]) == self.needed(order, instrument, side, price * remaining, remaining)
            asset = USDT if side == Side.BUY else self.bases[instrument]
            held[int(row["account"]), asset] += amount(row["hold"])
            lots[instrument, side, price] += remaining
            assert self.resting[order][:3] == (instrument, side, price)
        assert dict(held) == {key: units for key, (_, units) in balances.items() if units}
        assert dict(lots) == {level: total for level, total in self.levels.items() if total}
        for instrument in UNITS:
            bids, asks = engine.depth(instrument, 1)
            assert not (bids and asks) or bids[0][0] < asks[0][0], "K-14"

    def needed(self, order: int, instrument: int, side: int, tick_lots: int, remaining: int) -> int:
        per_tick_lot, lot = UNITS[instrument]
        if side == Side.SELL:
            return remaining * lot
        worst = max(self.entered[order]["maker_rate_e8"], self.entered[order]["taker_rate_e8"], 0)
        return tick_lots * per_tick_lot + ceil_charge(tick_lots * per_tick_lot, RateE8(worst))


def _without_empty(units: dict[int, int]) -> dict[int, int]:
    return {asset: total for asset, total in units.items() if total}


def played(commands: list[Command]) -> tuple[Engine, bytes]:
    engine = Engine()
    return engine, told(engine, commands)


def told(engine: Engine, commands: list[Command]) -> bytes:
    return bytes(engine.apply(encode(commands)))


def test_the_venue_of_these_tests_is_taken_as_it_is() -> None:
    _, events = played([{**one, "sequence": index} for index, one in enumerate(SETUP, 1)])
    assert {event["kind"] for event in decode_events(events)} == {EventKind.CONFIG, EventKind.BALANCE}


@some
@given(sessions())
def test_money_holds_priority_and_books_are_right_after_every_command(commands: list[Command]) -> None:
    # K-1, K-2, K-8, K-14; C-6, C-8, C-13; F-1, F-6, F-7.
    engine, witness = Engine(), Witness()
    for one in commands:
        witness.see(one, decode_events(told(engine, [one])))
        witness.check(engine)


@some
@given(sessions())
def test_a_refused_command_changes_nothing(commands: list[Command]) -> None:
    # A timer that came due with the command has had its effect before, so those are left out here.
    engine = Engine()
    for one in commands:
        before = engine.snapshot()[STATE:]
        events = decode_events(told(engine, [one]))
        if events and events[0]["kind"] == EventKind.REFUSED:
            assert len(events) == 1
            assert engine.snapshot()[STATE:] == before


@some
@given(sessions(), st.data())
def test_a_snapshot_taken_anywhere_goes_on_like_the_engine_it_was_taken_of(
    commands: list[Command], data: st.DataObject
) -> None:
    # K-14.
    at = data.draw(st.integers(0, len(commands)))
    engine, _ = played(commands[:at])
    restored = Engine.restore(engine.snapshot())
    assert restored.state_hash() == engine.state_hash()
    assert told(restored, commands[at:]) == told(engine, commands[at:])
    assert restored.state_hash() == engine.state_hash()
    assert restored.balances() == engine.balances()
    assert restored.open_orders() == engine.open_orders()


@some
@given(sessions(), st.data())
def test_how_commands_are_cut_into_batches_changes_nothing(commands: list[Command], data: st.DataObject) -> None:
    # K-14.
    cuts = sorted(data.draw(st.sets(st.integers(0, len(commands)), max_size=6)))
    whole, events = played(commands)
    engine = Engine()
    parts = [told(engine, commands[start:end]) for start, end in zip([0, *cuts], [*cuts, len(commands)], strict=True)]
    assert b"".join(parts) == events
    assert engine.state_hash() == whole.state_hash()


@some
@given(sessions())
def test_the_naive_exchange_tells_the_same_of_every_command(commands: list[Command]) -> None:
    # All of K, C, F, P and R, with listings that are closed and opened (P-15) as often as anything else.
    engine, referee = Engine(), Referee()
    for one in commands:
        assert decode_events(told(engine, [one])) == referee.apply(one)
    assert decode_balances(engine.balances()) == referee.balances()
    assert all(engine.depth(instrument, 1_000) == referee.depth(instrument) for instrument in UNITS)


@some
@given(sessions())
def test_what_is_encoded_is_decoded_as_it_was(commands: list[Command]) -> None:
    assert decode_commands(encode(commands)) == commands
