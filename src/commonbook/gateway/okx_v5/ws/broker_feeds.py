"""What brokers are told: what they earn as it grows, the life of their orders, notices. Rules BL-10 to BL-16.

The feeds say it; `brokers` reads it, for all who listen together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from commonbook.broker.earnings import Earned, Kind, Sums, add_sums
from commonbook.broker.lives import Life, What
from commonbook.gateway.okx_v5.codec import Body
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.ws import frames
from commonbook.gateway.okx_v5.ws.connection import Connection
from commonbook.gateway.okx_v5.ws.feed import Feed
from commonbook.gateway.okx_v5.ws.topics import Topic
from commonbook.instrument.model import Asset, Instrument
from commonbook.records import CancelReason, Refusal, Side
from commonbook.units import HOUR_NS

ACCRUAL, ORDERS, ALERTS = "accrual", "orders", "alerts"
HOURS_KEPT = 2  # the one that is running, and the one before it
NEW = -1  # what a snapshot follows
SNAPSHOT, UPDATE = "snapshot", "update"


@dataclass(frozen=True, slots=True)
class Read:
    """How far accruals are read."""

    block: int  # of fills
    sequence: int  # of what takes back and corrects
    from_hour: int  # nothing that comes behind it stands in an earlier one


class BrokerFeed(Feed):
    """One kind of news of one broker. Each push has its `seqId`, and that of the one before it to the same listener."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self.broker = topic.broker
        self.sequence = door.position  # of the newest that was told

    def push(self, rows: list[Body], before: int, sequence: int) -> bytes:
        told = {"kind": self.topic.detail, "seqId": sequence, "prevSeqId": before, "rows": rows}
        return frames.push(self.arg, [told], SNAPSHOT if before == NEW else UPDATE)


class AccrualNews(BrokerFeed):
    """What a broker has earned in an hour so far, and what was taken back in it, whole each time; who reads slowly gets
    the newest alone (BL-11)."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self.read: Read | None = None  # up to where accruals are in the sums; None: none was read yet
        self.sequence = 0
        self.is_there = False  # the sums have caught up
        self._hours: dict[int, Sums] = {}
        self._changed: dict[int, int] = {}  # hour to the sequence of its newest line
        self._told: dict[Connection, int] = {}

    def add(self, connection: Connection) -> None:
        super().add(connection)
        self._tell_all()

    def remove(self, connection: Connection) -> None:
        super().remove(connection)
        self._told.pop(connection, None)

    def catch_up(self, connection: Connection) -> None:
        if connection in self.listeners:
            self._tell_all()

    def grown(self, hours: Mapping[int, tuple[Sums, int]], read: Read, is_there: bool) -> None:
        """Take in more lines.

        Args:
            hours: what has come in each, and the sequence of the newest of it.
            read: up to where accruals were read.
            is_there: nothing is left to be read.
        """
        for hour, (more, sequence) in hours.items():
            add_sums(self._hours.setdefault(hour, {}), more)
            self._changed[hour] = max(sequence, self._changed.get(hour, 0))
            self.sequence = max(self.sequence, sequence)
        for old in sorted(self._hours)[:-HOURS_KEPT]:
            del self._hours[old], self._changed[old]
        self.read = read
        self.is_there = self.is_there or is_there
        self._tell_all()

    def _tell_all(self) -> None:
        if not self.is_there:
            return
        made: dict[int, bytes] = {}
        for connection in list(self.listeners):
            before = self._told.get(connection, NEW)
            if before == self.sequence or connection.slow:
                continue
            self._told[connection] = self.sequence
            if before not in made:
                made[before] = self.push(self._rows(before), before, self.sequence)
            connection.send(made[before])

    def _rows(self, before: int) -> list[Body]:
        """Of the hours in which something has come since a sequence."""
        payout = self.door.venue.asset_named(self.door.broker.payout_asset)
        if payout is None:
            return []
        return [
            accrual_row(hour, kind, self._hours[hour][kind], self.door.venue.assets[kind.fee_asset], payout)
            for hour in sorted(self._hours)
            if self._changed[hour] > before
            for kind in sorted(self._hours[hour])
        ]


def accrual_row(hour: int, kind: Kind, earned: Earned, asset: Asset, payout: Asset) -> Body:
    return {
        "hour": hour_text(hour),
        "product": str(kind.product),
        "way": str(kind.way),
        "fee_asset": asset.name,
        "lines": earned.lines,
        "earning": earned.earning,
        "notional": asset.format(earned.notional),
        "fees": asset.format(earned.fees),
        "base": asset.format(earned.base),
        "pool": asset.format(earned.pool),
        "commission": asset.format(earned.commission),
        "payout_asset": payout.name,
        "paid": payout.format(earned.paid),
    }


def hour_text(hour: int) -> str:
    """2026-03-01T00:00:00Z"""
    return datetime.fromtimestamp(hour * HOUR_NS // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class OrderNews(BrokerFeed):
    """Each event of each order that carries the broker's code, in engine order; none is ever left out (BL-12)."""

    def add(self, connection: Connection) -> None:
        super().add(connection)
        connection.send(self.push([], NEW, self.sequence))

    def lived(self, found: Iterable[Life], sequence: int) -> None:
        """What a batch meant to these orders.

        Args:
            sequence: the newest of the batch.
        """
        rows = [self._row(one) for one in found]
        before, self.sequence = self.sequence, sequence
        self.send(self.push(rows, before, sequence))

    def _row(self, one: Life) -> Body:
        client = self.door.authenticator.seal.client_name(self.broker, one.account)
        code = self.door.venue.codes.get(self.broker)
        return order_row(
            one, client, "" if code is None else code.code, self.door.venue.instruments.get(one.instrument)
        )


def order_row(one: Life, client: str, code: str, instrument: Instrument | None) -> Body:
    """One event. What its kind does not have is empty; a refused order may name an instrument that there is not."""
    told: Body = {
        "event": str(one.what),
        "time_ns": str(one.time_ns),
        "order": str(one.order or ""),
        "client": client,
        "code": code,
        "instrument": "" if instrument is None else instrument.name,
        "side": "buy" if one.side is Side.BUY else "sell",
        "type": "" if one.order_type is None else one.order_type.name.lower(),
    }
    told |= dict.fromkeys(
        ("price", "quantity", "quote_amount", "fill", "role", "fee", "fee_asset", "left", "reason"), ""
    )
    if instrument is not None:
        told["price"] = instrument.format_price(one.price_ticks) if one.price_ticks else ""
        if one.quantity_lots or one.what is not What.REFUSED:
            told["quantity"] = instrument.format_quantity(one.quantity_lots) if not one.quote_amount else ""
        told["quote_amount"] = instrument.quote.format(one.quote_amount) if one.quote_amount else ""
        if one.what is What.FILL:
            told |= {"fee": instrument.quote.format(one.fee), "fee_asset": instrument.quote.name}
        if one.what is What.CANCELED:
            told |= {"left": told["quantity"], "quantity": ""}
    if one.role is not None:
        told |= {"fill": f"{one.sequence}-{one.fill_index}", "role": one.role.name.lower()}
        told["left"] = "0" if one.is_complete else ""
    if one.what is What.CANCELED:
        told["reason"] = CancelReason(one.reason).name
    elif one.what is What.REFUSED:
        told["reason"] = Refusal(one.reason).name
    return told


class AlertNews(BrokerFeed):
    """Notices: at the subscription those of the last day, then each when it is there (BL-14)."""

    def __init__(self, door: Door, topic: Topic, arg: Body) -> None:
        super().__init__(door, topic, arg)
        self.sequence = 0  # notices have numbers of their own
        self.is_there = False
        self._lately: list[Body] = []
        self._told: set[Connection] = set()

    def add(self, connection: Connection) -> None:
        super().add(connection)
        self._begin()

    def remove(self, connection: Connection) -> None:
        super().remove(connection)
        self._told.discard(connection)

    def noticed(self, rows: list[Body], newest: int, since_ns: int) -> None:
        """Tell new notices, oldest first.

        Args:
            newest: the number of the newest that there is.
            since_ns: what is older is not told at a subscription.
        """
        self._lately = [one for one in (*self._lately, *rows) if int(one["time_ns"]) >= since_ns]
        before, self.sequence = self.sequence, newest
        if rows and self.is_there:
            content = self.push(rows, before, newest)
            for connection in self._told & self.listeners:
                connection.send(content)
        self.is_there = True
        self._begin()

    def _begin(self) -> None:
        if self.is_there:
            for connection in self.listeners - self._told:
                self._told.add(connection)
                connection.send(self.push(self._lately, NEW, self.sequence))


def notice_row(row: Any, details: Mapping[str, Any]) -> Body:
    """As `GET /broker/v1/notices` has it."""
    told = {"notice": row.notice, "kind": row.kind, "subject": row.subject, "time_ns": str(row.time_ns)}
    return told | {"details": dict(details)}


FEEDS: dict[str, type[BrokerFeed]] = {ACCRUAL: AccrualNews, ORDERS: OrderNews, ALERTS: AlertNews}
