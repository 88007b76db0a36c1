"""A brand's own orders in an engine where nobody else is. Rule LQ-4 of docs/rules/liquidity.md.

Everything that the brand's accounts sent and the shared book took in is sent here at the same engine time, with what
they canceled. What rested at the beginning of the day rests here as well. Nothing is refused for want of funds, and
there are no fees, limits and price bands: the shared book has asked all that already.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from commonbook._engine import Engine
from commonbook.instrument.model import Account
from commonbook.instrument.venue import Venue
from commonbook.liquidity.depth import Watch
from commonbook.liquidity.orders import Orders
from commonbook.records import (
    CANCEL,
    CANCELED,
    EVENT,
    FILL,
    FILL_SIDE,
    INSTRUMENT,
    ORDER,
    Batch,
    CancelReason,
    CommandKind,
    EventKind,
    Records,
    Refusal,
    Side,
    SizeIn,
    as_commands,
    commands,
    of_kind,
    refusal_of,
    words,
)

PLENTY = 10**30  # ledger units of whatever an order needs
ALONE_KINDS = (CommandKind.FEES, CommandKind.LIMITS, CommandKind.REFERENCE, CommandKind.PRICE, CommandKind.ACCOUNT)
LATER_KINDS = (CommandKind.STATUS, CommandKind.KILL)  # of the beginning: behind what rests
FROM_OUTSIDE = (
    *(CancelReason.USER, CancelReason.CANCEL_ALL_AFTER, CancelReason.KILLED),
    *(CancelReason.DISCONNECTED, CancelReason.DELISTED),
)
ORDER_KINDS = (
    *(CommandKind.ORDER, CommandKind.CANCEL, CommandKind.AMEND),
    *(CommandKind.CANCEL_ALL, CommandKind.CANCEL_ALL_AFTER),
)


@dataclass(slots=True)
class Alone:
    """One brand by itself."""

    brand: int
    venue: Venue
    start_ns: int
    engine: Engine = field(default_factory=Engine)
    orders: Orders = field(default_factory=Orders)
    watches: dict[int, Watch] = field(default_factory=dict)
    _here: dict[int, int] = field(default_factory=dict)  # a live order's number in the shared book to its number here
    _there: dict[int, int] = field(default_factory=dict)
    _filled_before: dict[int, int] = field(default_factory=dict)  # of what rested at the beginning, by number there
    _named: dict[tuple[int, bytes], int] = field(default_factory=dict)  # account and client id to the number there
    _name_of: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    _known: set[int] = field(default_factory=set)  # accounts
    _funded: set[tuple[int, int]] = field(default_factory=set)  # account and asset
    _timers: dict[tuple[int, bytes], int] = field(default_factory=dict)  # account and tag to deadline

    def is_ours(self, account: int) -> bool:
        found = self.venue.accounts.get(account)
        return found is not None and found.brand == self.brand

    def begin(self, setup: Records, resting: Records) -> None:
        """The venue and what rests, as the shared book has them at the beginning of the day.

        Args:
            setup: as `Engine.setup` gives it.
            resting: ORDER_ROW records of everybody, by order id.
        """
        kept = setup[~np.isin(setup["kind"], (*ALONE_KINDS, *LATER_KINDS))]
        self._apply([_without_minimum(kept)], self.start_ns)
        mine = [row for row in resting if self.is_ours(int(row["account"]))]
        for row in mine:
            self._rest(row)
        later = setup[setup["kind"] == CommandKind.STATUS]
        if len(later):
            self._apply([later], self.start_ns)
        for instrument in {int(row["instrument"]) for row in mine}:
            self.watch(instrument).look(self.engine, self.start_ns)

    def _rest(self, row: Any) -> None:
        order = commands(CommandKind.ORDER)
        for name in ("account", "instrument", "side", "order_type", "price_ticks"):
            order[name] = row[name]
        order["quantity_lots"] = row["remaining_lots"]
        order["self_trade"], order["channel"], order["attribution"] = 1, 1, 1
        there, account = int(row["order"]), int(row["account"])
        self._filled_before[there] = int(row["quantity_lots"]) - int(row["remaining_lots"])
        self._name(there, account, bytes(row["client_id"]))
        self._apply([*self._prepared(order[0]), order], self.start_ns, there)

    def _name(self, there: int, account: int, client_id: bytes) -> None:
        if client_id:
            self._named[account, client_id] = there
            self._name_of[there] = (account, client_id)

    def watch(self, instrument: int) -> Watch:
        found = self.watches.get(instrument)
        if found is None:
            found = self.watches[instrument] = Watch(self.venue.instruments[instrument], self.start_ns)
        return found

    def follow(self, batch: Batch, answers: list[Records]) -> None:
        """Take in a run of the shared book: commands of one engine time, and the events of each."""
        time_ns = int(batch.commands["time_ns"][0])
        self._let_timers_pass(time_ns)
        for place in np.flatnonzero(np.isin(batch.commands["kind"], ORDER_KINDS)).tolist():
            row = batch.commands[place : place + 1].view(ORDER)[0]
            if self.is_ours(int(row["account"])):
                self._take(batch.commands[place : place + 1], answers[place], time_ns)
        taken = set(of_kind(batch.events, EventKind.CONFIG)["sequence"].tolist())
        if taken:
            self._configure(batch, taken, time_ns)
        for event in of_kind(batch.events, EventKind.CANCELED):
            if int(event["reason"]) in FROM_OUTSIDE:
                self._cancel(int(event["order"]), int(event["account"]), time_ns)

    def finish(self, end_ns: int) -> None:
        self._let_timers_pass(end_ns - 1)
        for watch in self.watches.values():
            watch.until(end_ns)

    # -- one command -----------------------------------------------------------------------------------------------

    def _take(self, command: Records, events: Records, time_ns: int) -> None:
        kind = CommandKind(int(command["kind"][0]))
        refusal = refusal_of(events)
        if kind is CommandKind.ORDER:
            if refusal is None:
                self._enter(command.view(ORDER), time_ns)
            return
        row = command.view(CANCEL)[0]
        account = int(row["account"])
        if kind in (CommandKind.CANCEL, CommandKind.AMEND):
            there = int(row["order"]) or self._named.get((account, bytes(row["client_id"])), 0)
            if kind is CommandKind.CANCEL:
                self._cancel(there, account, time_ns)
            elif refusal in (None, Refusal.UNKNOWN_ORDER):  # what is gone there may still rest here
                self._amend(there, row, time_ns)
            return
        if refusal is None:
            copied = command.copy()
            if kind is CommandKind.CANCEL_ALL_AFTER:
                self._timers[account, bytes(row["tag"])] = int(row["deadline_ns"])
            self._apply([*self._introduced(account), copied], time_ns)

    def _enter(self, command: Records, time_ns: int) -> None:
        there, order = int(command["sequence"][0]), command.copy()
        account, name = int(order["account"][0]), bytes(order["client_id"][0])
        self._name(there, account, name)
        order["client_id"], order["broker"] = b"", 0
        in_quote = int(order["size_in"][0]) == SizeIn.QUOTE
        lots = 0 if in_quote else int(order["quantity_lots"][0])
        instrument = int(order["instrument"][0])
        self.watch(instrument)
        self.orders.entered(there, instrument, time_ns, lots)
        self._apply([*self._prepared(order[0]), order], time_ns, there)

    def _cancel(self, there: int, account: int, time_ns: int) -> None:
        here = self._here.get(there)
        if here is None or not self.is_ours(account):
            return
        cancel = commands(CommandKind.CANCEL)
        cancel["account"], cancel["order"] = account, here
        self._apply([cancel], time_ns)

    def _amend(self, there: int, row: Any, time_ns: int) -> None:
        here = self._here.get(there)
        if here is None:
            return
        amend = commands(CommandKind.AMEND)
        amend["account"], amend["order"], amend["price_ticks"] = row["account"], here, row["price_ticks"]
        if row["quantity_lots"]:
            amend["quantity_lots"] = max(int(row["quantity_lots"]) - self._filled_before.get(there, 0), 1)
        self._apply([amend], time_ns)

    def _configure(self, batch: Batch, taken: set[int], time_ns: int) -> None:
        kept = batch.commands[np.isin(batch.commands["sequence"], list(taken))]
        kept = kept[~np.isin(kept["kind"], ALONE_KINDS)]
        if len(kept):
            self._apply([_without_minimum(kept)], time_ns)

    def _let_timers_pass(self, time_ns: int) -> None:
        due = [key for key, deadline_ns in self._timers.items() if deadline_ns <= time_ns]
        if due:
            for key in due:
                del self._timers[key]
            self._apply([commands(CommandKind.TIME)], time_ns)

    # -- the engine ------------------------------------------------------------------------------------------------

    def _introduced(self, account: int) -> list[Records]:
        """What makes an account known here."""
        if account in self._known:
            return []
        self._known.add(account)
        found: Account = self.venue.accounts[account]
        opened = commands(CommandKind.ACCOUNT)
        opened["account"], opened["person"], opened["brand"] = account, found.person, found.brand
        return [opened]

    def _prepared(self, order: Any) -> list[Records]:
        """What an order needs to be taken: its account, and funds."""
        account = int(order["account"])
        made = self._introduced(account)
        asset = self.venue.instruments[int(order["instrument"])].paid_with(Side(int(order["side"]))).id
        if (account, asset) not in self._funded:
            self._funded.add((account, asset))
            funds = commands(CommandKind.DEPOSIT)
            funds["account"], funds["asset"], funds["amount"] = account, asset, words(PLENTY)
            funds["key"] = f"alone:{account}:{asset}".encode()[:32]
            made.append(funds)
        return made

    def _apply(self, parts: Iterable[Records], time_ns: int, there: int = 0) -> None:
        """Args: there: the number, in the shared book, of the order that is the last command."""
        given = as_commands(*parts)
        first = self.engine.sequence() + 1
        given["sequence"] = np.arange(first, first + len(given), dtype=np.uint64)
        given["time_ns"] = time_ns
        if there:
            here = int(given["sequence"][-1])
            self._here[there], self._there[here] = here, there
        events = np.frombuffer(self.engine.apply(given.view(np.uint8)), EVENT)
        self._see(events, time_ns)
        if there and refusal_of(events) is not None:  # a bound that only the shared book knew of
            self._gone(self._here[there])
        for instrument in set(of_kind(events, EventKind.LEVEL)["instrument"].tolist()):
            self.watch(instrument).look(self.engine, time_ns)

    def _see(self, events: Records, time_ns: int) -> None:
        kinds = events["kind"]
        for place in np.flatnonzero(kinds == EventKind.FILL).tolist():
            lots = int(events[place : place + 1].view(FILL)["quantity_lots"][0])
            for side in events[place + 1 : place + 3].view(FILL_SIDE):
                here = int(side["order"])
                self.orders.filled(self._there.get(here, 0), lots, time_ns)
                if side["complete"]:
                    self._gone(here)
        for event in of_kind(events, EventKind.AMENDED):
            there = self._there.get(int(event["order"]), 0)
            lots = int(event["quantity_lots"])
            self.orders.amended(there, lots)
        for event in events[kinds == EventKind.CANCELED].view(CANCELED):
            self._gone(int(event["order"]))

    def _gone(self, here: int) -> None:
        there = self._there.pop(here, 0)
        self._here.pop(there, None)
        self._filled_before.pop(there, None)
        name = self._name_of.pop(there, None)
        if name is not None and self._named.get(name) == there:
            del self._named[name]
        self.orders.ended(there)


def _without_minimum(setup: Records) -> Records:
    """Any size is taken: what is left of an order may be below the smallest one that can be sent."""
    changed = setup.copy()
    places = np.flatnonzero(changed["kind"] == CommandKind.INSTRUMENT)
    changed.view(INSTRUMENT)["minimum_lots"][places] = 1
    return changed
