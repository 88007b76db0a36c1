"""Own orders and fills of the past, and the orders that are live."""

from commonbook.counter import queries
from commonbook.counter.queries import CLOSED_STATES, OPEN_STATES, Page
from commonbook.gateway.okx_v5.account import page_of
from commonbook.gateway.okx_v5.codec import (
    NS_PER_MS,
    ORDER_TYPES,
    Body,
    fill_object,
    filtered_instrument,
    order_name,
    order_object,
    text,
    whole,
)
from commonbook.gateway.okx_v5.codes import NO_SUCH_ORDER, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.order_statement import FILL_FILTERS, FILTERS, NOBODYS, ONE_ORDER, ORDER_NAME
from commonbook.gateway.okx_v5.public import instrument_type
from commonbook.gateway.okx_v5.statement import (
    INSTRUMENT,
    INSTRUMENT_TYPE,
    LIMIT_REFUSED,
    ONE_INSTRUMENT,
    PAGE,
    ignored,
    needed,
    states,
)

DAY_MS = 86_400_000
THREE_DAYS_MS, WEEK_MS, THREE_MONTHS_MS = 3 * DAY_MS, 7 * DAY_MS, 92 * DAY_MS
TYPE_NUMBERS = {name: int(kind) for name, kind in ORDER_TYPES.items()}


@states(
    "One order.",
    ORDER_NAME,
    one_of=(ONE_INSTRUMENT, ONE_ORDER),
    answers="Order",
    codes=(NO_SUCH_ORDER,),
    differs=NOBODYS,
)
async def order(door: Door, call: Call) -> list[Body]:
    name = order_name(call.query, door.venue, door.settings.client_id_characters)
    row = await door.read(
        lambda connection: queries.order(
            connection, call.account, name.instrument.id, name.order or None, name.client_id
        ),
        call.account,
    )
    if row is None:
        raise Refused(NO_SUCH_ORDER)
    return [order_object(row, name.instrument, door.venue.codes)]


@states(
    "Live orders, newest first.",
    INSTRUMENT_TYPE,
    INSTRUMENT,
    FILTERS,
    PAGE,
    ignored("uly", "instFamily"),
    answers="Order",
    stricter=LIMIT_REFUSED,
)
async def pending(door: Door, call: Call) -> list[Body]:
    page = page_of(call.query, door.settings.page_rows)
    if text(call.query, "instType") and instrument_type(call.query) != "SPOT":
        return []
    return await _orders(door, call, page, OPEN_STATES)


@states(
    "Orders that ended in the last 7 days.",
    needed(INSTRUMENT_TYPE),
    INSTRUMENT,
    FILTERS,
    PAGE,
    ignored("uly", "instFamily"),
    answers="Order",
    stricter=LIMIT_REFUSED,
)
async def order_history(door: Door, call: Call) -> list[Body]:
    """Orders that ended in the last seven days."""
    return await _ended(door, call, WEEK_MS)


@states(
    "Orders that ended in the last 3 months.",
    needed(INSTRUMENT_TYPE),
    INSTRUMENT,
    FILTERS,
    PAGE,
    ignored("uly", "instFamily"),
    answers="Order",
    stricter=LIMIT_REFUSED,
)
async def order_archive(door: Door, call: Call) -> list[Body]:
    """Orders that ended in the last three months."""
    return await _ended(door, call, THREE_MONTHS_MS)


async def _ended(door: Door, call: Call, window_ms: int) -> list[Body]:
    kind = instrument_type(call.query)
    page = page_of(call.query, door.settings.page_rows)
    if kind != "SPOT":
        return []
    return await _orders(door, call, page, CLOSED_STATES, (call.received_ms - window_ms) * NS_PER_MS)


async def _orders(door: Door, call: Call, page: Page, states: tuple[str, ...], ended_since_ns: int = 0) -> list[Body]:
    """Filters that can find nothing are answered at once, but not before all that is asked has been understood."""
    instrument = filtered_instrument(call.query, door.venue)
    if text(call.query, "category") not in ("", "normal"):
        return []
    wanted = text(call.query, "state")
    chosen = tuple(state for state in states if not wanted or state == wanted)
    if wanted and not chosen:
        return []
    types = tuple(name for name in text(call.query, "ordType").split(",") if name)
    if any(name not in TYPE_NUMBERS for name in types):
        return []
    numbers = tuple(TYPE_NUMBERS[name] for name in types)
    rows = await door.read(
        lambda connection: queries.order_list(
            connection, call.account, chosen, page, instrument.id if instrument else None, numbers, ended_since_ns
        ),
        call.account,
    )
    return [order_object(row, door.venue.instruments[row["instrument"]], door.venue.codes) for row in rows]


@states(
    "Own sides of trades of the last 3 days.",
    INSTRUMENT_TYPE,
    INSTRUMENT,
    FILL_FILTERS,
    PAGE,
    ignored("uly", "instFamily"),
    answers="Fill",
    stricter=LIMIT_REFUSED,
)
async def fills(door: Door, call: Call) -> list[Body]:
    """Fills of the last three days."""
    kind = instrument_type(call.query) if text(call.query, "instType") else "SPOT"
    return await _fills(door, call, kind, THREE_DAYS_MS)


@states(
    "Own sides of trades of the last 3 months.",
    needed(INSTRUMENT_TYPE),
    INSTRUMENT,
    FILL_FILTERS,
    PAGE,
    ignored("uly", "instFamily"),
    answers="Fill",
    stricter=LIMIT_REFUSED,
)
async def fill_history(door: Door, call: Call) -> list[Body]:
    """Fills of the last three months."""
    return await _fills(door, call, instrument_type(call.query), THREE_MONTHS_MS)


async def _fills(door: Door, call: Call, kind: str, window_ms: int) -> list[Body]:
    instrument = filtered_instrument(call.query, door.venue)
    order_id = whole(call.query, "ordId", 1, 2**63 - 1)
    side = whole(call.query, "subType", 0, 2**31)  # 1 and 2 are buy and sell to OKX and to us
    page = page_of(call.query, door.settings.page_rows).since((call.received_ms - window_ms) * NS_PER_MS)
    if kind != "SPOT":
        return []
    rows = await door.read(
        lambda connection: queries.fill_list(
            connection, call.account, page, instrument.id if instrument else None, order_id, side
        ),
        call.account,
    )
    return [fill_object(row, door.venue.instruments[row["instrument"]], door.venue.codes) for row in rows]
