"""Order entry and order history. One submission to the core per request, however many orders it carries."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from commonbook.broker.rules import attribution
from commonbook.counter import queries
from commonbook.counter.queries import CLOSED_STATES, OPEN_STATES
from commonbook.gateway.okx_v5.account import page_of
from commonbook.gateway.okx_v5.budget import CANCELS
from commonbook.gateway.okx_v5.codec import (
    NS_PER_MS,
    ORDER_TYPES,
    Body,
    OrderRequest,
    amended_price_and_size,
    fill_object,
    filtered_instrument,
    milliseconds,
    object_of,
    order_name,
    order_object,
    order_request,
    printable,
    rows_of,
    text,
    whole,
)
from commonbook.gateway.okx_v5.codes import (
    AMEND_FUNDS,
    AMEND_UNKNOWN,
    CANCEL_UNKNOWN,
    EXPIRED_BEFORE,
    EXPIRED_MEANWHILE,
    MISSING,
    NO_OPPOSITE,
    NO_SUCH_ORDER,
    NOTHING_TO_AMEND,
    PARAMETER,
    REFUSALS,
    Code,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.public import instrument_type
from commonbook.identity.model import Credential, CredentialKind
from commonbook.records import (
    Channel,
    CommandKind,
    EventKind,
    OrderType,
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
from commonbook.units import RATE_ONE

DAY_MS = 86_400_000
THREE_DAYS_MS, WEEK_MS, THREE_MONTHS_MS = 3 * DAY_MS, 7 * DAY_MS, 92 * DAY_MS
CHANNELS = {CredentialKind.API_KEY: Channel.API, CredentialKind.SESSION: Channel.WEB}
TYPE_NUMBERS = {name: int(kind) for name, kind in ORDER_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """An envelope with a code of its own."""

    code: str
    data: list[Body]


# -- entry ------------------------------------------------------------------------------------------------------------


async def place(door: Door, call: Call) -> Reply:
    return await _place(door, call, "order", [object_of(call.body)])


async def place_batch(door: Door, call: Call) -> Reply:
    return await _place(door, call, "batch-orders", rows_of(call.body, door.settings.batch_rows))


async def _place(door: Door, call: Call, operation: str, bodies: list[Body]) -> Reply:
    answers = await _submit(door, call, operation, bodies, partial(_order, door, call))
    rows = [
        {
            "ordId": str(int(outcome["sequence"][0])) if code is None and outcome is not None else "",
            "clOrdId": _echo(body, "clOrdId"),
            "tag": _echo(body, "tag"),
            "ts": milliseconds(time.time_ns()),
            "sCode": code.number if code else "0",
            "sMsg": message,
            "subCode": "",
        }
        for body, (code, message, outcome) in zip(bodies, answers, strict=True)
    ]
    return _reply(rows)


async def cancel(door: Door, call: Call) -> Reply:
    return await _cancel(door, call, "cancel-order", [object_of(call.body)])


async def cancel_batch(door: Door, call: Call) -> Reply:
    return await _cancel(door, call, "batch-cancel-orders", rows_of(call.body, door.settings.batch_rows))


async def _cancel(door: Door, call: Call, operation: str, bodies: list[Body]) -> Reply:
    told = {Refusal.UNKNOWN_ORDER: CANCEL_UNKNOWN}
    answers = await _submit(door, call, operation, bodies, partial(_cancel_record, door, call), told)
    return _reply([_ack(body, *answer) for body, answer in zip(bodies, answers, strict=True)])


async def amend(door: Door, call: Call) -> Reply:
    return await _amend(door, call, "amend-order", [object_of(call.body)])


async def amend_batch(door: Door, call: Call) -> Reply:
    return await _amend(door, call, "batch-amend-orders", rows_of(call.body, door.settings.batch_rows))


async def _amend(door: Door, call: Call, operation: str, bodies: list[Body]) -> Reply:
    told = {Refusal.UNKNOWN_ORDER: AMEND_UNKNOWN, Refusal.INSUFFICIENT_FUNDS: AMEND_FUNDS}
    answers = await _submit(door, call, operation, bodies, partial(_amend_record, door, call), told)
    rows = [
        _ack(body, *answer) | {"reqId": _echo(body, "reqId"), "subCode": ""}
        for body, answer in zip(bodies, answers, strict=True)
    ]
    return _reply(rows)


async def cancel_all_after(door: Door, call: Call) -> list[Body]:
    """Set, renew or with 0 clear the account's timer; the engine acts when engine time reaches it."""
    body = object_of(call.body)
    if not text(body, "timeOut"):
        raise Refused(MISSING, "timeOut")
    seconds = whole(body, "timeOut", 0, door.settings.cancel_after_s_max)
    if seconds is None or 0 < seconds < door.settings.cancel_after_s_min:
        raise Refused(PARAMETER, "timeOut")
    tag = printable(body, "tag", door.settings.tag_characters)
    now_ns = time.time_ns()
    timer = commands(CommandKind.CANCEL_ALL_AFTER)
    timer["account"], timer["tag"], timer["credential"] = call.account, tag.encode(), _credential(call).id
    timer["deadline_ns"] = deadline = now_ns + seconds * 10**9 if seconds else 0
    events = (await door.submit(timer, call.account))[0]
    refusal = refusal_of(events)
    if refusal is not None:
        raise Refused(REFUSALS[refusal])
    return [{"triggerTime": milliseconds(deadline) or "0", "tag": tag, "ts": milliseconds(now_ns)}]


_Build = Callable[[Body], Records]  # raises Refused
_Built = tuple[Records | None, Code | None, str]
_Outcome = tuple[Code | None, str, Records | None]


async def _submit(
    door: Door,
    call: Call,
    operation: str,
    bodies: list[Body],
    build: _Build,
    told: dict[Refusal, Code] | None = None,
) -> list[_Outcome]:
    """Submit what can be built, in one go; code, message and events for every row."""
    built = [_attempt(build, body) for body in bodies]
    instruments = [0 if record is None else int(record["instrument"][0]) for record, _, _ in built]
    door.budget.orders(operation, call.account, instruments)
    if operation not in CANCELS:
        now_ms = time.time_ns() // NS_PER_MS
        built = [_still_wanted(one, call, body, now_ms) for one, body in zip(built, bodies, strict=True)]
    records = [record for record, _, _ in built if record is not None]
    answers = iter(await door.submit(as_commands(*records), call.account) if records else [])
    outcomes: list[_Outcome] = []
    for record, code, message in built:
        if record is None:
            outcomes.append((code, message, None))
            continue
        events = next(answers)
        refusal = refusal_of(events)
        if refusal is None:
            outcomes.append((None, "", events))
        else:
            found = (told or {}).get(refusal) or REFUSALS[refusal]
            outcomes.append((found, found.text, events))
    return outcomes


def _attempt(build: _Build, body: Body) -> _Built:
    """A record, or why there is none: one bad row of a batch does not stop the others."""
    try:
        return build(body), None, ""
    except Refused as refused:
        return None, refused.code, refused.text


def _still_wanted(built: _Built, call: Call, body: Body, now_ms: int) -> _Built:
    """The last look at the time before the core takes it; it came in time, and has waited here since."""
    if built[0] is None or not _is_over(call, body, now_ms):
        return built
    return None, EXPIRED_MEANWHILE, EXPIRED_MEANWHILE.text


def _order(door: Door, call: Call, body: Body) -> Records:
    settings = door.settings
    _check_expiry(call, body)
    asked = order_request(body, door.venue, settings.client_id_characters, settings.tag_characters)
    credential = _credential(call)
    order = commands(CommandKind.ORDER)
    order["account"], order["instrument"] = call.account, asked.instrument.id
    order["side"], order["order_type"], order["self_trade"] = asked.side, asked.order_type, asked.self_trade
    order["channel"], order["credential"] = CHANNELS[credential.kind], credential.id
    order["price_ticks"] = asked.price_ticks or _worst_price(door, asked)
    order["quantity_lots"], order["size_in"] = asked.quantity_lots, asked.size_in
    order["quote_amount"] = words(asked.quote_amount)
    order["broker"], order["attribution"] = attribution(door.venue, credential.brokers, asked.tag)
    order["tag"], order["client_id"] = asked.tag.encode(), asked.client_id.encode()
    return order


def _worst_price(door: Door, asked: OrderRequest) -> int:
    """A base-sized market buy holds up to a worst price; it travels in the command, as the counter knows no book."""
    if asked.order_type is not OrderType.MARKET or asked.side is Side.SELL or asked.size_in is SizeIn.QUOTE:
        return 0
    best = door.book(asked.instrument.id).best(Side.SELL)
    if best is None:
        raise Refused(NO_OPPOSITE)
    return -(-best[0] * (RATE_ONE + door.settings.market_slippage_e8) // RATE_ONE)


def _cancel_record(door: Door, call: Call, body: Body) -> Records:
    name = order_name(body, door.venue, door.settings.client_id_characters)
    record = commands(CommandKind.CANCEL)
    record["account"], record["instrument"], record["credential"] = (
        call.account,
        name.instrument.id,
        _credential(call).id,
    )
    record["order"], record["client_id"] = name.order, name.client_id.encode()
    return record


def _amend_record(door: Door, call: Call, body: Body) -> Records:
    _check_expiry(call, body)
    name = order_name(body, door.venue, door.settings.client_id_characters)
    price, size = amended_price_and_size(body, name.instrument)
    if not price and not size:
        raise Refused(NOTHING_TO_AMEND)
    record = commands(CommandKind.AMEND)
    record["account"], record["instrument"], record["credential"] = (
        call.account,
        name.instrument.id,
        _credential(call).id,
    )
    record["order"], record["client_id"] = name.order, name.client_id.encode()
    record["price_ticks"], record["quantity_lots"] = price, size
    return record


def _check_expiry(call: Call, body: Body) -> None:
    if _is_over(call, body, call.received_ms):
        raise Refused(EXPIRED_BEFORE)


def _is_over(call: Call, body: Body, now_ms: int) -> bool:
    expiry = whole({"expTime": text(body, "expTime") or call.expires}, "expTime", 0, 2**53)
    return expiry is not None and expiry < now_ms


def _credential(call: Call) -> Credential:
    if call.credential is None:
        raise TypeError("a private route was called without a credential")
    return call.credential


def _echo(body: Body, name: str) -> str:
    """What the client sent, back to it, whatever became of the order."""
    try:
        return text(body, name)
    except Refused:
        return ""


def _ack(body: Body, code: Code | None, message: str, events: Records | None) -> Body:
    order, client_id = _echo(body, "ordId"), _echo(body, "clOrdId")
    if not order and events is not None and code is None:
        order = str(_named(events))
    return {
        "ordId": order,
        "clOrdId": client_id,
        "ts": milliseconds(time.time_ns()),
        "sCode": code.number if code else "0",
        "sMsg": message,
    }


def _named(events: Records) -> int:
    """The order that a cancel or an amendment by client id was about.

    Timers that came due have canceled orders of others before, so a cancel's own event is the last; an amendment may
    cancel orders it meets, but only its own is amended.
    """
    amended = of_kind(events, EventKind.AMENDED)
    return int(amended["order"][0] if len(amended) else of_kind(events, EventKind.CANCELED)["order"][-1])


def _reply(rows: list[Body]) -> Reply:
    failed = sum(row["sCode"] != "0" for row in rows)
    return Reply("0" if not failed else "1" if failed == len(rows) else "2", rows)


# -- history ----------------------------------------------------------------------------------------------------------


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
    return [order_object(row, name.instrument)]


async def pending(door: Door, call: Call) -> list[Body]:
    if text(call.query, "instType") and instrument_type(call.query) != "SPOT":
        return []
    return await _orders(door, call, OPEN_STATES)


async def order_history(door: Door, call: Call) -> list[Body]:
    """Orders that ended in the last seven days."""
    return await _ended(door, call, WEEK_MS)


async def order_archive(door: Door, call: Call) -> list[Body]:
    """Orders that ended in the last three months."""
    return await _ended(door, call, THREE_MONTHS_MS)


async def _ended(door: Door, call: Call, window_ms: int) -> list[Body]:
    if instrument_type(call.query) != "SPOT":
        return []
    return await _orders(door, call, CLOSED_STATES, (call.received_ms - window_ms) * NS_PER_MS)


async def _orders(door: Door, call: Call, states: tuple[str, ...], ended_since_ns: int = 0) -> list[Body]:
    if text(call.query, "category") not in ("", "normal"):
        return []
    wanted = text(call.query, "state")
    chosen = tuple(state for state in states if not wanted or state == wanted)
    if wanted and not chosen:
        return []
    types = tuple(name for name in text(call.query, "ordType").split(",") if name)
    if any(name not in TYPE_NUMBERS for name in types):
        return []
    instrument = filtered_instrument(call.query, door.venue)
    page = page_of(call.query, door.settings.page_rows)
    numbers = tuple(TYPE_NUMBERS[name] for name in types)
    rows = await door.read(
        lambda connection: queries.order_list(
            connection, call.account, chosen, page, instrument.id if instrument else None, numbers, ended_since_ns
        ),
        call.account,
    )
    return [order_object(row, door.venue.instruments[row["instrument"]]) for row in rows]


async def fills(door: Door, call: Call) -> list[Body]:
    """Fills of the last three days."""
    if text(call.query, "instType") and instrument_type(call.query) != "SPOT":
        return []
    return await _fills(door, call, THREE_DAYS_MS)


async def fill_history(door: Door, call: Call) -> list[Body]:
    """Fills of the last three months."""
    if instrument_type(call.query) != "SPOT":
        return []
    return await _fills(door, call, THREE_MONTHS_MS)


async def _fills(door: Door, call: Call, window_ms: int) -> list[Body]:
    instrument = filtered_instrument(call.query, door.venue)
    order_id = whole(call.query, "ordId", 1, 2**63 - 1)
    side = whole(call.query, "subType", 0, 2**31)  # 1 and 2 are buy and sell to OKX and to us
    page = page_of(call.query, door.settings.page_rows).since((call.received_ms - window_ms) * NS_PER_MS)
    rows = await door.read(
        lambda connection: queries.fill_list(
            connection, call.account, page, instrument.id if instrument else None, order_id, side
        ),
        call.account,
    )
    return [fill_object(row, door.venue.instruments[row["instrument"]]) for row in rows]
