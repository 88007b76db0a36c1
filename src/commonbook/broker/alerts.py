"""What a broker is warned of, once for each cause and hour. Rules BL-17 to BL-21.

An alert is a notice (`GET /broker/v1/notices`): its webhooks and its live channel tell what the tables hold. Two are
found out here, of what the back office has written: tags that name a code without an association, and a share of lines
that earn nothing which rises. What a gateway sees, requests near a limit and tokens that are refused, it writes itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, func, select

from commonbook.broker import accrual
from commonbook.broker.agreed import API
from commonbook.broker.model import BIT
from commonbook.broker.noticing import in_turn
from commonbook.broker.sides import Sides
from commonbook.broker.versions import text_of
from commonbook.instrument.venue import Venue
from commonbook.records import Attribution
from commonbook.settings import BrokerSettings
from commonbook.storage.database import insert_new
from commonbook.storage.schema import orders
from commonbook.storage.tables.broker import accrual_blocks
from commonbook.storage.tables.program import broker_notices
from commonbook.units import HOUR_NS, RATE_ONE, format_units

LIMITS_NEAR = "limits_near"
TOKEN_ERRORS = "token_errors"
TAG_NOT_ASSOCIATED = "tag_not_associated"
EXCLUSIONS_RISE = "exclusions_rise"
TRADE_BUSTED, COMMISSION_CORRECTED = "trade_busted", "commission_corrected"  # CO-3
ALERTS = (LIMITS_NEAR, TOKEN_ERRORS, TAG_NOT_ASSOCIATED, EXCLUSIONS_RISE, TRADE_BUSTED, COMMISSION_CORRECTED)
HOURS_COMPARED = 24  # with which an hour is, as far as they were looked at
TOGETHER = 50_000  # sides that are counted at once, about
_PERCENT_DECIMALS = 6


def warn(connection: Connection, broker: int, kind: str, cause: str, now_ns: int, details: Mapping[str, Any]) -> bool:
    """Write an alert down, first of all in a transaction; False where its cause was told in this hour.

    Args:
        cause: of this kind, up to 32 characters.
    """
    in_turn(connection, API)
    row = {
        "program": API,
        "broker": broker,
        "kind": kind,
        "subject": f"{cause}:{now_ns // HOUR_NS}",
        "time_ns": now_ns,
        "details": text_of(dict(details)),
    }
    return insert_new(connection, broker_notices, row)


# -- shares of lines that earn nothing --------------------------------------------------------------------------------


@dataclass
class Share:
    """Of the lines under one code in an hour, those that are excluded, and by what."""

    lines: int = 0
    excluded: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, more: "Share") -> None:
        self.lines += more.lines
        self.excluded += more.excluded
        self.reasons += more.reasons

    @property
    def e8(self) -> int:
        """Rounded down; of nothing 0."""
        return self.excluded * RATE_ONE // self.lines if self.lines else 0


Shares = dict[int, Share]  # by code's broker


def shares_of(sides: Sides) -> Shares:
    """By the broker of the code that the orders came under. Pure."""
    some = sides[sides["broker"] != 0]
    brokers, at = np.unique(some["broker"], return_inverse=True)
    found = {broker: Share() for broker in brokers.tolist()}
    whose = [found[broker] for broker in brokers.tolist()]
    counts = np.bincount(at, minlength=len(brokers)).tolist()
    for share, lines in zip(whose, counts, strict=True):
        share.lines = lines
    failed = some["failed"]
    for share, excluded in zip(whose, np.bincount(at[failed != 0], minlength=len(brokers)).tolist(), strict=True):
        share.excluded = excluded
    for reason, bit in BIT.items():
        by_reason = np.bincount(at[(failed & np.uint32(bit)) != 0], minlength=len(brokers)).tolist()
        for share, count in zip(whose, by_reason, strict=True):
            if count:
                share.reasons[reason.value] = count
    return found


def rises(now: Share, before: Share, lines_least: int, points_e8: int) -> bool:
    """Whether so much more of an hour's lines is excluded than of those before it that the broker is warned. Pure.

    Args:
        lines_least: in the hour, and before it; of fewer a share means nothing.
        points_e8: by which the share has risen, at least.
    """
    return min(now.lines, before.lines) >= lines_least and now.e8 - before.e8 >= points_e8


def share_text(share: Share) -> str:
    """In per cent."""
    return format_units(share.e8, _PERCENT_DECIMALS)


# -- the back office's look -------------------------------------------------------------------------------------------


class Watch:
    """Looks now and then at what has come; one per back office, in whatever thread looks."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        self._order = -1  # the newest that was looked at; -1: nothing was
        self._hour = -1  # the newest that was compared
        self._shares: dict[int, Shares] = {}

    def look(self, database: Engine, venue: Venue, position: int, now_ns: int) -> int:
        """How many alerts were written.

        Args:
            position: the newest sequence that is written.
            now_ns: engine time.

        Raises:
            OutsideFailure: accruals are of a format that this release does not read.
        """
        with database.connect() as connection:
            found = [*self._tags(connection, venue, position, now_ns), *self._exclusions(connection, now_ns)]
        count = 0
        for broker, kind, cause, details in found:
            with database.begin() as connection:
                count += warn(connection, broker, kind, cause, now_ns, details)
        return count

    def _tags(
        self, connection: Connection, venue: Venue, position: int, now_ns: int
    ) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
        """BL-19: of the orders that have come since the last look."""
        after, self._order = self._order, position
        if after < 0 or position <= after:
            return
        some = (orders.c.order_id > after) & (orders.c.order_id <= position)
        some &= orders.c.attribution == int(Attribution.NOT_ASSOCIATED)
        counted = (func.count().label("orders"), func.count(orders.c.account.distinct()).label("clients"))
        for row in connection.execute(select(orders.c.tag, *counted).where(some).group_by(orders.c.tag)):
            code = venue.broker_coded(row.tag)
            if code is not None:
                details = {"code": row.tag, "orders": row.orders, "accounts": row.clients}
                yield code.id, TAG_NOT_ASSOCIATED, "tag", details

    def _exclusions(self, connection: Connection, now_ns: int) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
        """BL-20: of the hour that has ended, once."""
        hour = now_ns // HOUR_NS - 1
        if hour <= self._hour:
            return
        self._hour = hour
        for one in (hour - 1, hour):
            if one not in self._shares:
                self._shares[one] = self._read(connection, one)
        self._shares = {one: found for one, found in self._shares.items() if one >= hour - HOURS_COMPARED}
        before: dict[int, Share] = defaultdict(Share)
        for one, found in self._shares.items():
            if one < hour:
                for broker, share in found.items():
                    before[broker].add(share)
        terms = self._settings
        for broker, now in sorted(self._shares[hour].items()):
            was = before[broker]
            if rises(now, was, terms.alert_lines, terms.alert_rise_points * RATE_ONE // 100):
                reasons = dict(sorted(now.reasons.items()))
                details = {"hour": hour, "lines": now.lines, "excluded": now.excluded, "reasons": reasons}
                details |= {"share": share_text(now), "share_before": share_text(was)}
                yield broker, EXCLUSIONS_RISE, "exclusions", details

    def _read(self, connection: Connection, hour: int) -> Shares:
        found: Shares = defaultdict(Share)
        gathered: list[Sides] = []
        sides = 0
        for block in accrual.blocks(connection, (accrual_blocks.c.program == API) & (accrual_blocks.c.hour == hour)):
            gathered.append(block)
            sides += len(block)
            if sides >= TOGETHER:
                _add(found, gathered)
                gathered, sides = [], 0
        if gathered:
            _add(found, gathered)
        return dict(found)


def _add(found: Shares, gathered: list[Sides]) -> None:
    for broker, share in shares_of(np.concatenate(gathered)).items():
        found[broker].add(share)
