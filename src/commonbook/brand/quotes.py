"""How wide the quotes of market makers were, and for how long: measured from the stream of what is durable.

Watched are the accounts that have rates of their own in the journal. So what is measured follows from the journal
alone, and whoever replays it measures the same (SC-8).
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, delete, insert, select, tuple_, update

from commonbook.instrument.venue import Venue
from commonbook.records import (
    AMENDED,
    CONFIG,
    FEES,
    FILL_SIDE,
    RESTING,
    STATUS,
    Batch,
    CommandKind,
    EventKind,
    FeeScope,
    Side,
    TradingStatus,
    causes,
    of_kind,
)
from commonbook.storage.schema import orders
from commonbook.storage.tables.autonomy import maker_hours, maker_quotes
from commonbook.units import HOUR_NS

ONE_SIDED = -1  # no width: not on both sides, or the instrument does not trade
WIDEST_BPS = 10_000  # whatever is wider counts as this
_LIVE_STATES = ("live", "partially_filled")
Pair = tuple[int, int]  # account and instrument
Hours = dict[tuple[int, int, int, int], int]  # hour, account, instrument, width: nanoseconds


def width_bps(bid_ticks: int, ask_ticks: int) -> int:
    """SC-8: the distance of the best own sell from the best own buy, in basis points of their middle, rounded up."""
    return min(-(-2 * (ask_ticks - bid_ticks) * 10_000 // (ask_ticks + bid_ticks)), WIDEST_BPS)


@dataclass
class Quotes:
    """One maker's resting orders on one instrument."""

    buys: dict[int, int] = field(default_factory=dict)  # order to price in ticks
    sells: dict[int, int] = field(default_factory=dict)
    width: int = ONE_SIDED
    since_ns: int = 0

    def side(self, side: int) -> dict[int, int]:
        return self.buys if side == Side.BUY else self.sells

    def now(self) -> int:
        if not self.buys or not self.sells:
            return ONE_SIDED
        return width_bps(max(self.buys.values()), min(self.sells.values()))


class QuoteWatch:
    """All of them. Called for each part of the stream before history takes it in, in the same transaction."""

    def __init__(self, connection: Connection, venue: Venue) -> None:
        self._pairs: dict[Pair, Quotes] = {}
        self._orders: dict[int, tuple[Pair, int]] = {}  # order to whose it is, and its side
        self._watched: set[int] = set(venue.overrides)
        self._statuses = dict(venue.statuses)
        self._load(connection, self._watched)
        for row in connection.execute(select(maker_quotes)):
            quotes = self._pair((row.account, row.instrument))
            quotes.width, quotes.since_ns = row.width_bps, row.since_ns

    def project(self, batch: Batch, connection: Connection) -> None:
        """Take in a batch. `orders` must still be as it was before it."""
        new = _new_makers(batch) - self._watched
        if not self._watched and not new:
            self._take_statuses(batch)
            return
        if new:
            self._load(connection, new)
        known = self._watched | new
        hours: Hours = defaultdict(int)
        changed: set[Pair] = set()
        times, first = batch.commands["time_ns"], batch.first
        for place in self._places(batch, known):
            event = batch.events[place]
            time_ns = int(times[int(event["sequence"]) - first])
            for pair in self._moved(batch, place):
                if pair[0] in self._watched:
                    self._settle(pair, time_ns, hours, changed)
        self._store(connection, hours, changed)

    def close(self, connection: Connection, until_ns: int) -> None:
        """At the end of a day: whatever goes on is counted up to it."""
        hours: Hours = defaultdict(int)
        changed: set[Pair] = set()
        for pair, quotes in self._pairs.items():
            if pair[0] in self._watched and quotes.width != ONE_SIDED and quotes.since_ns < until_ns:
                _count(pair, quotes.width, quotes.since_ns, until_ns, hours)
                quotes.since_ns = until_ns
                changed.add(pair)
        self._store(connection, hours, changed)

    # -- what happens -------------------------------------------------------------------------------------------------

    def _places(self, batch: Batch, known: set[int]) -> list[int]:
        """Where among the events something stands that concerns a maker."""
        events = batch.events
        kinds = events["kind"]
        of_order = np.isin(kinds, (EventKind.RESTING, EventKind.CANCELED, EventKind.FILL_SIDE))
        makers = np.array(sorted(known), np.uint64)
        own = of_order & np.isin(events.view(FILL_SIDE)["account"], makers)  # all three say it at the same place
        amended = np.flatnonzero(kinds == EventKind.AMENDED)
        owners = causes(batch, events[amended].view(AMENDED), CommandKind.AMEND)["account"]
        config = kinds == EventKind.CONFIG
        told = events.view(CONFIG)["command_kind"]
        config &= (told == CommandKind.FEES) | (told == CommandKind.STATUS)
        chosen = np.flatnonzero(own | config)
        return sorted([*chosen.tolist(), *amended[np.isin(owners, makers)].tolist()])

    def _moved(self, batch: Batch, place: int) -> list[Pair]:
        """Take in one event; whose quotes may have changed by it."""
        event = batch.events[place : place + 1]
        match EventKind(int(event["kind"][0])):
            case EventKind.RESTING:
                row = event.view(RESTING)[0]
                pair, side = (int(row["account"]), int(row["instrument"])), int(row["side"])
                self._put(int(row["order"]), pair, side, int(row["price_ticks"]))
                return [pair]
            case EventKind.AMENDED:
                changed = event.view(AMENDED)[0]
                known = self._orders.get(int(changed["order"]))
                if known is None:
                    return []
                self._put(int(changed["order"]), *known, int(changed["price_ticks"]))
                return [known[0]]
            case EventKind.FILL_SIDE:
                filled = event.view(FILL_SIDE)[0]
                return self._take_away(int(filled["order"])) if filled["complete"] else []
            case EventKind.CANCELED:
                return self._take_away(int(event.view(RESTING)[0]["order"]))
            case _:
                return self._configured(batch, int(event["sequence"][0]))

    def _put(self, order: int, pair: Pair, side: int, price_ticks: int) -> None:
        self._pair(pair).side(side)[order] = price_ticks
        self._orders[order] = (pair, side)

    def _take_away(self, order: int) -> list[Pair]:
        known = self._orders.pop(order, None)
        if known is None:
            return []
        pair, side = known
        self._pairs[pair].side(side).pop(order, None)
        return [pair]

    def _configured(self, batch: Batch, sequence: int) -> list[Pair]:
        """A new maker is measured from the command on that gives the rates; a halt stops the time of everybody."""
        command = batch.commands[sequence - batch.first : sequence - batch.first + 1]
        if int(command["kind"][0]) == CommandKind.STATUS:
            row = command.view(STATUS)[0]
            instrument = int(row["instrument"])
            self._statuses[instrument] = TradingStatus(int(row["status"]))
            return [pair for pair in self._pairs if instrument in (0, pair[1])]
        fees = command.view(FEES)[0]
        if int(fees["scope"]) != FeeScope.ACCOUNT or int(fees["account"]) in self._watched:
            return []
        account = int(fees["account"])
        self._watched.add(account)
        return [pair for pair in self._pairs if pair[0] == account]

    def _take_statuses(self, batch: Batch) -> None:
        rows = batch.commands[batch.commands["kind"] == CommandKind.STATUS].view(STATUS)
        if not len(rows):
            return
        events = batch.events
        accepted = set(events["sequence"][events["kind"] == EventKind.CONFIG].tolist())
        for row in rows:
            if int(row["sequence"]) in accepted:
                self._statuses[int(row["instrument"])] = TradingStatus(int(row["status"]))

    def _settle(self, pair: Pair, time_ns: int, hours: Hours, changed: set[Pair]) -> None:
        """The width from now on; what went before is counted."""
        quotes = self._pair(pair)
        width = quotes.now() if self._trades(pair[1]) else ONE_SIDED
        if width == quotes.width:
            return
        if quotes.width != ONE_SIDED:
            _count(pair, quotes.width, quotes.since_ns, time_ns, hours)
        quotes.width, quotes.since_ns = width, time_ns
        changed.add(pair)

    def _trades(self, instrument: int) -> bool:
        live = TradingStatus.LIVE
        return self._statuses.get(instrument, live) == live and self._statuses.get(0, live) == live

    def _pair(self, pair: Pair) -> Quotes:
        return self._pairs.setdefault(pair, Quotes())

    # -- the tables ---------------------------------------------------------------------------------------------------

    def _load(self, connection: Connection, accounts: set[int]) -> None:
        """The makers' orders that rest."""
        self._forget(accounts)
        if not accounts:
            return
        live = select(orders).where(orders.c.account.in_(sorted(accounts)), orders.c.state.in_(_LIVE_STATES))
        for row in connection.execute(live):
            self._put(row.order_id, (row.account, row.instrument), row.side, row.price_ticks)

    def _forget(self, accounts: set[int]) -> None:
        """The orders of accounts; of those that are not followed they would be out of date."""
        for pair in [pair for pair in self._pairs if pair[0] in accounts]:
            del self._pairs[pair]
        self._orders = {order: known for order, known in self._orders.items() if known[0][0] not in accounts}

    def _store(self, connection: Connection, hours: Hours, changed: set[Pair]) -> None:
        table = maker_hours.c
        for (hour, account, instrument, width), time_ns in hours.items():
            where = (
                (table.hour == hour)
                & (table.account == account)
                & (table.instrument == instrument)
                & (table.width_bps == width)
            )
            more = update(maker_hours).where(where).values(time_ns=table.time_ns + time_ns)
            if connection.execute(more).rowcount == 0:
                row = {"hour": hour, "account": account, "instrument": instrument, "width_bps": width}
                connection.execute(insert(maker_hours).values(**row, time_ns=time_ns))
        if not changed:
            return
        key = tuple_(maker_quotes.c.account, maker_quotes.c.instrument)
        connection.execute(delete(maker_quotes).where(key.in_(sorted(changed))))
        rows = [
            {
                "account": pair[0],
                "instrument": pair[1],
                "width_bps": self._pairs[pair].width,
                "since_ns": self._pairs[pair].since_ns,
            }
            for pair in sorted(changed)
        ]
        connection.execute(insert(maker_quotes), rows)


def _count(pair: Pair, width: int, since_ns: int, until_ns: int, hours: Hours) -> None:
    """Nanoseconds of a width, by the hours that they lie in."""
    while since_ns < until_ns:
        hour = since_ns // HOUR_NS
        end_ns = min(until_ns, (hour + 1) * HOUR_NS)
        hours[hour, *pair, width] += end_ns - since_ns
        since_ns = end_ns


def _new_makers(batch: Batch) -> set[int]:
    """Whose own rates were accepted. In what was refused anything may stand, numbers of no account among it."""
    config = of_kind(batch.events, EventKind.CONFIG)
    fees = config[config["command_kind"] == CommandKind.FEES]
    rows = causes(batch, fees, CommandKind.FEES)
    return set(rows["account"][rows["scope"] == FeeScope.ACCOUNT].tolist())
