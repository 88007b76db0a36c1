"""What concerns a user, out of all places where it is kept; and prices to wait for. Rules IN-1 to IN-5."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection, select

from commonbook.administration.roles import HOST
from commonbook.brand import announcements
from commonbook.broker.agreed import API
from commonbook.broker.settlement import PUBLISHED
from commonbook.brokerage import registry
from commonbook.counter.noticed import canceled_by_others, filled_at_rest
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.account.parts import plain
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.broker.who import told_hour
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.okx_v5.codec import average_price
from commonbook.notice import inbox, price_alerts
from commonbook.notice.inbox import Box, Concern, Mark
from commonbook.notice.price_alerts import Alert
from commonbook.people import directory
from commonbook.people.directory import User
from commonbook.records import CancelReason, Side
from commonbook.storage.tables.broker import settlements
from commonbook.units import HOUR_NS

HOURS_LOOKED_AT = 48


class NoticeOfInbox(msgspec.Struct, frozen=True):
    id: str
    concern: Concern
    kind: str
    time_ns: str
    is_new: bool
    details: dict[str, str]


class Inbox(msgspec.Struct, frozen=True):
    unread: int
    mark: str  # of the newest that is told here: to be given to `inbox/read`
    off: list[Concern]  # what is not told
    always: list[Concern]  # what cannot be turned off
    notices: list[NoticeOfInbox]  # newest first


class Unread(msgspec.Struct, frozen=True):
    unread: int


class ReadUpTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mark: str


class Off(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    off: list[Concern]


class NewPriceAlert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    instrument: str
    price: str


class PriceAlertTold(msgspec.Struct, frozen=True):
    id: str
    instrument: str
    price: str
    rises: bool  # it is told when the price has risen to it, else when it has fallen
    created_ns: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A notice with where it stands in the time of its own clock."""

    id: str
    concern: Concern
    kind: str
    at: Mark
    time_ns: int
    details: dict[str, str]

    def is_new(self, read: Mark) -> bool:
        return self.at.wall_ns > read.wall_ns or self.at.engine_ns > read.engine_ns or self.at.hour > read.hour


# -- reading ----------------------------------------------------------------------------------------------------------


@get("/inbox", needs=Needs.USER)
async def own_inbox(asked: Asking, language: FromQuery[str] = "") -> Inbox:
    """What concerns you, newest first, at most 100 of a kind; announcements in a language where there is one."""
    return await asked.desk.read(lambda connection: _inbox(connection, asked, language))


@get("/inbox/unread", needs=Needs.USER)
async def unread(asked: Asking) -> Unread:
    """How many of them are new: for who looks again and again."""
    return Unread((await asked.desk.read(lambda connection: _inbox(connection, asked, ""))).unread)


@post("/inbox/read", needs=Needs.USER, status_code=200)
async def read_it(asked: Asking, data: JSONBody[ReadUpTo]) -> Unread:
    """What was told up to a mark is not new any more; it never becomes new again."""
    mark = Mark.parse(data.mark)
    now_ns = asked.desk.now_ns
    upto = Mark(min(mark.wall_ns, now_ns), min(mark.engine_ns, now_ns), min(mark.hour, now_ns // HOUR_NS))

    def work(connection: Connection) -> int:
        user = directory.find(connection, asked.user)
        inbox.read_up_to(connection, user.id, _box(connection, user), upto)
        return _inbox(connection, asked, "").unread

    return Unread(await asked.desk.write_racing(work))


@put("/inbox/off", needs=Needs.USER, status_code=200)
async def turn_off(asked: Asking, data: JSONBody[Off]) -> Inbox:
    """What is not to be told any more; what is not named is told again. What concerns your security is always told."""

    def work(connection: Connection) -> Inbox:
        user = directory.find(connection, asked.user)
        inbox.turn_off(connection, user.id, _box(connection, user), data.off)
        return _inbox(connection, asked, "")

    return await asked.desk.write_racing(work)


def _box(connection: Connection, user: User) -> Box:
    return inbox.box_of(connection, user.id, user.created_ns)


def _inbox(connection: Connection, asked: Asked, language: str) -> Inbox:
    user = directory.find(connection, asked.user)
    box = _box(connection, user)
    wanted = frozenset(Concern) - box.off
    found = sorted(_found(connection, asked, user, wanted, language), key=lambda one: one.time_ns, reverse=True)
    mark = box.read
    for one in found:
        mark = mark.later(one.at)
    told = [
        NoticeOfInbox(one.id, one.concern, one.kind, str(one.time_ns), one.is_new(box.read), one.details)
        for one in found
    ]
    return Inbox(sum(one.is_new for one in told), str(mark), sorted(box.off), sorted(inbox.ALWAYS), told)


def _found(
    connection: Connection, asked: Asked, user: User, wanted: frozenset[Concern], language: str
) -> Iterator[_Found]:
    own = directory.own_seal(connection, asked.desk.seal, user.id)
    for kept in inbox.kept(connection, own, user.id, wanted):
        at = Mark(wall_ns=kept.time_ns)
        yield _Found(f"kept-{kept.id}", kept.concern, kept.kind, at, kept.time_ns, kept.details)
    if user.account and Concern.ORDERS in wanted:
        yield from _orders(connection, asked, user.account)
    if user.account and Concern.PAYOUTS in wanted:
        yield from _payouts(connection, asked, user)
    if user.brand != HOST and Concern.BRAND in wanted:
        yield from _announced(connection, user, language or user.language)


def _orders(connection: Connection, asked: Asked, account: int) -> Iterator[_Found]:
    """IN-2."""
    instruments = asked.desk.venue.instruments
    for row, time_ns in filled_at_rest(connection, account, inbox.MOST):
        one = instruments[row["instrument"]]
        details = {
            "instrument": one.name,
            "side": Side(row["side"]).name.lower(),
            "filled": one.format_quantity(row["filled_lots"]),
            "size": one.format_quantity(row["quantity_lots"]),
            "price": average_price(one, row["filled_notional"], row["filled_lots"]),
            "order": str(row["order_id"]),
        }
        name = f"filled-{row['order_id']}-{row['filled_lots']}"
        yield _Found(name, Concern.ORDERS, "order-filled", Mark(engine_ns=time_ns), time_ns, details)
    for row in canceled_by_others(connection, account, inbox.MOST):
        one = instruments[row["instrument"]]
        details = {
            "instrument": one.name,
            "side": Side(row["side"]).name.lower(),
            "left": one.format_quantity(max(row["quantity_lots"] - row["filled_lots"], 0)),
            "reason": CancelReason(row["cancel_reason"]).name.lower(),
            "order": str(row["order_id"]),
        }
        at_ns = row["updated_ns"]
        name = f"canceled-{row['order_id']}"
        yield _Found(name, Concern.ORDERS, "order-canceled", Mark(engine_ns=at_ns), at_ns, details)


def _payouts(connection: Connection, asked: Asked, user: User) -> Iterator[_Found]:
    """Hours in which the user's broker was paid something, once they are over for good."""
    broker = registry.acting_for(connection, asked.desk.venue, user.id)
    if broker is None:
        return
    mine = (settlements.c.program == API) & (settlements.c.broker == broker) & (settlements.c.account == 0)
    chosen = select(settlements).where(mine, settlements.c.state == PUBLISHED).order_by(settlements.c.hour.desc())
    for row in connection.execute(chosen.limit(HOURS_LOOKED_AT)):
        if row.amount <= 0:
            continue
        asset = asked.desk.venue.assets[row.asset]
        details = {"hour": str(row.hour), "time": told_hour(row.hour), "paid": asset.format(row.amount)}
        details |= {"asset": asset.name}
        at = Mark(hour=row.hour)
        yield _Found(f"payout-{row.hour}-{row.asset}", Concern.PAYOUTS, "payout", at, (row.hour + 1) * HOUR_NS, details)


def _announced(connection: Connection, user: User, language: str) -> Iterator[_Found]:
    now_ns = time.time_ns()
    found, _ = announcements.shown(connection, user.brand, language, now_ns)
    for one in found:
        at_ns = one.announcement.published_ns
        details = {"title": one.told.title, "slug": one.announcement.slug, "topic": one.announcement.topic}
        name = f"announcement-{one.announcement.id}"
        yield _Found(name, Concern.BRAND, "announcement", Mark(wall_ns=at_ns), at_ns, details)


# -- prices to wait for -----------------------------------------------------------------------------------------------


@get("/price-alerts", needs=Needs.USER)
async def own_price_alerts(asked: Asking) -> list[PriceAlertTold]:
    """Those that wait, oldest first; one that has come is in the inbox."""
    found = await asked.desk.read(lambda connection: price_alerts.of_user(connection, asked.user))
    return [_alert(asked, one) for one in found]


@post("/price-alerts", needs=Needs.USER, status_code=201)
async def add_price_alert(asked: Asking, data: JSONBody[NewPriceAlert]) -> PriceAlertTold:
    """Be told, once, when an instrument's price comes to this one from where it is now."""
    venue = asked.desk.venue
    instrument = venue.instrument_named(data.instrument)
    if instrument is None or (asked.brand != HOST and not venue.is_listed(asked.brand, instrument.id)):
        raise Declined("no_such_instrument", f"there is no instrument {data.instrument[:32]!r}")
    made = await asked.desk.write_racing(
        lambda connection: price_alerts.add(connection, asked.user, instrument, data.price)
    )
    return _alert(asked, made)


@delete("/price-alerts/{alert:str}", needs=Needs.USER, status_code=200)
async def remove_price_alert(asked: Asking, alert: FromPath[str]) -> list[PriceAlertTold]:
    """Wait for it no longer."""
    plain(alert, "alert")
    if not alert.isdigit() or len(alert) > 18:
        raise BadInput(f"alert {alert!r} is none")

    def work(connection: Connection) -> list[Alert]:
        if not price_alerts.remove(connection, asked.user, int(alert)):
            raise Declined("no_such_alert", "you do not wait for that price, or it has come")
        return price_alerts.of_user(connection, asked.user)

    return [_alert(asked, one) for one in await asked.desk.write(work)]


def _alert(asked: Asked, one: Alert) -> PriceAlertTold:
    instrument = asked.desk.venue.instruments[one.instrument]
    price = instrument.format_price(one.price_ticks)
    return PriceAlertTold(str(one.id), instrument.name, price, one.rises, str(one.created_ns))


ROUTES = [own_inbox, unread, read_it, turn_off, own_price_alerts, add_price_alert, remove_price_alert]
