"""Order entry. One submission to the core per request, however many orders it carries."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from commonbook.broker.rules import attribution
from commonbook.gateway.okx_v5.budget import CANCELS
from commonbook.gateway.okx_v5.codec import (
    NS_PER_MS,
    Body,
    OrderRequest,
    amended_price_and_size,
    milliseconds,
    object_of,
    order_name,
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
    NOTHING_TO_AMEND,
    PARAMETER,
    REFUSALS,
    Code,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.order_statement import (
    AMENDING,
    AMENDMENT,
    CANCELING,
    NEW_ORDER,
    ORDER_NAME,
    PLACING,
    SUBMIT_CODES,
    THIS_ORDER,
)
from commonbook.gateway.okx_v5.statement import (
    Link,
    Setting,
    needed,
    number,
    printed,
    states,
)
from commonbook.identity.model import Credential, CredentialKind
from commonbook.instrument.venue import Venue
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

CHANNELS = {
    CredentialKind.API_KEY: Channel.API,
    CredentialKind.SESSION: Channel.WEB,
    CredentialKind.TOKEN: Channel.API,
}
# An operation on many orders is that on one, many times.
SINGLE = {
    "order": "order",
    "batch-orders": "order",
    "cancel-order": "cancel-order",
    "batch-cancel-orders": "cancel-order",
    "amend-order": "amend-order",
    "batch-amend-orders": "amend-order",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An envelope with a code of its own."""

    code: str
    data: list[Body]


@states(
    "Place an order.",
    NEW_ORDER,
    links=(
        Link("order", ("GET", "/trade/order"), THIS_ORDER),
        Link("amend", ("POST", "/trade/amend-order"), THIS_ORDER | {"newSz": "$request.body#/sz"}),
        Link("cancel", ("POST", "/trade/cancel-order"), THIS_ORDER),
    ),
    **PLACING,
)
async def place(door: Door, call: Call) -> Reply:
    return await _carry_out(door, call, "order", [object_of(call.body)])


@states("Place up to so many orders, each on its own.", NEW_ORDER, rows=Setting.BATCH_ROWS, **PLACING)
async def place_batch(door: Door, call: Call) -> Reply:
    return await _carry_out(door, call, "batch-orders", rows_of(call.body, door.settings.batch_rows))


@states("Cancel an order.", ORDER_NAME, **CANCELING)
async def cancel(door: Door, call: Call) -> Reply:
    return await _carry_out(door, call, "cancel-order", [object_of(call.body)])


@states("Cancel up to so many orders, each on its own.", ORDER_NAME, rows=Setting.BATCH_ROWS, **CANCELING)
async def cancel_batch(door: Door, call: Call) -> Reply:
    return await _carry_out(door, call, "batch-cancel-orders", rows_of(call.body, door.settings.batch_rows))


@states("Amend an order: its price, its size, or both.", AMENDMENT, **AMENDING)
async def amend(door: Door, call: Call) -> Reply:
    return await _carry_out(door, call, "amend-order", [object_of(call.body)])


@states("Amend up to so many orders, each on its own.", AMENDMENT, rows=Setting.BATCH_ROWS, **AMENDING)
async def amend_batch(door: Door, call: Call) -> Reply:
    return await _carry_out(door, call, "batch-amend-orders", rows_of(call.body, door.settings.batch_rows))


async def _carry_out(door: Door, call: Call, operation: str, bodies: list[Body]) -> Reply:
    """The long way of an operation: a record for each row that can have one, submitted in one go, and its answers."""
    door.must_have_accepted(operation, _credential(call))
    door.must_be_trading(operation, _credential(call).brand)
    call = replace(call, credential=door.authenticator.associated(_credential(call)))
    built = [record_of(door, call, operation, body) for body in bodies]
    instruments = [0 if one.record is None else int(one.record["instrument"][0]) for one in built]
    door.budget.orders(operation, call.account, instruments)
    if operation not in CANCELS:
        now_ms = time.time_ns() // NS_PER_MS
        built = [_still_wanted(one, call, body, now_ms) for one, body in zip(built, bodies, strict=True)]
    records = [one.record for one in built if one.record is not None]
    answers = await door.submit(as_commands(*records), call.account) if records else []
    return reply_of(operation, bodies, built, answers, await _earning(door, operation, answers))


@states(
    "Set, renew or clear the timer that cancels the account's orders.",
    needed(
        number(
            "timeOut",
            0,
            Setting.CANCEL_AFTER_MAX,
            "in so many seconds; 0 clears it",
            example="60",
            further="0, or the shortest that the host allows",
        )
    ),
    printed("tag", Setting.TAG, "only orders with this tag", example="TAG"),
    answers="CancelAfter",
    codes=SUBMIT_CODES,
    differs="acts when engine time reaches it, which moves on at least every second",
)
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


def refusals_of(operation: str) -> dict[Refusal, Code]:
    """How each refusal of an order, a cancel or an amendment is told."""
    match operation:
        case "cancel-order":
            return REFUSALS | {Refusal.UNKNOWN_ORDER: CANCEL_UNKNOWN}
        case "amend-order":
            return REFUSALS | {Refusal.UNKNOWN_ORDER: AMEND_UNKNOWN, Refusal.INSUFFICIENT_FUNDS: AMEND_FUNDS}
    return REFUSALS


@dataclass(frozen=True, slots=True)
class Built:
    """A command record of one row, or why there is none: one bad row of a batch does not stop the others."""

    record: Records | None
    code: Code | None = None
    message: str = ""
    broker: str = ""  # the code of whoever earns on the order


def record_of(door: Door, call: Call, operation: str, body: Body) -> Built:
    """What a row asks for."""
    try:
        match SINGLE[operation]:
            case "cancel-order":
                return Built(_cancel_record(door, call, body))
            case "amend-order":
                return Built(_amend_record(door, call, body))
        order = _order(door, call, body)
        return Built(order, broker=code_named(door.venue, int(order["broker"][0])))
    except Refused as refused:
        return Built(None, refused.code, refused.text)


def code_named(venue: Venue, broker: int) -> str:
    """The code of an effective broker; "" where there is none."""
    return venue.codes[broker].code if broker else ""


def _still_wanted(built: Built, call: Call, body: Body, now_ms: int) -> Built:
    """The last look at the time before the core takes it; it came in time, and has waited here since."""
    if built.record is None or not _is_over(call, body, now_ms):
        return built
    return Built(None, EXPIRED_MEANWHILE, EXPIRED_MEANWHILE.text)


async def _earning(door: Door, operation: str, answers: Sequence[Records]) -> dict[int, str]:
    """Of orders that were amended, the code of whoever earns on each."""
    if SINGLE[operation] != "amend-order":
        return {}
    found = await door.earning.of(door.database, [_named(events) for events in answers if refusal_of(events) is None])
    return {order: code_named(door.venue, broker) for order, broker in found.items()}


def reply_of(
    operation: str,
    bodies: list[Body],
    built: list[Built],
    answers: Sequence[Records],
    earning: Mapping[int, str] = MappingProxyType({}),
) -> Reply:
    """The answer's rows.

    Args:
        answers: the events of each record that there is.
        earning: the code of whoever earns on each order that was amended.
    """
    single = SINGLE[operation]
    told = refusals_of(single)
    left = iter(answers)
    rows = []
    for body, one in zip(bodies, built, strict=True):
        events = None if one.record is None else next(left)
        refusal = None if events is None else refusal_of(events)
        code = one.code if refusal is None else told[refusal]
        message = one.message if code is None or refusal is None else code.text
        row = _row(single, body, code, message, events)
        if single == "order":
            row["brokerCode"] = one.broker if events is None or is_effective(events) else ""
        elif single == "amend-order":
            row["brokerCode"] = earning.get(_named(events), "") if code is None and events is not None else ""
        rows.append(row)
    failed = sum(row["sCode"] != "0" for row in rows)
    return Reply("0" if not failed else "1" if failed == len(rows) else "2", rows)


def is_effective(events: Records) -> bool:
    """Whether the broker that an order named is the one that earns: the core drops one that is inactive by now."""
    accepted = of_kind(events, EventKind.ACCEPTED)
    return not len(accepted) or int(accepted["broker"][0]) != 0


def _row(operation: str, body: Body, code: Code | None, message: str, events: Records | None) -> Body:
    told = {"ts": milliseconds(time.time_ns()), "sCode": code.number if code else "0", "sMsg": message}
    if operation == "order":
        order = str(int(events["sequence"][0])) if code is None and events is not None else ""
        return {"ordId": order, "clOrdId": _echo(body, "clOrdId"), "tag": _echo(body, "tag")} | told | {"subCode": ""}
    order = _echo(body, "ordId")
    if not order and code is None and events is not None:
        order = str(_named(events))
    row = {"ordId": order, "clOrdId": _echo(body, "clOrdId")} | told
    return row | {"reqId": _echo(body, "reqId"), "subCode": ""} if operation == "amend-order" else row


def _order(door: Door, call: Call, body: Body) -> Records:
    settings = door.settings
    _check_expiry(call, body)
    asked = order_request(body, door.listed(call), settings.client_id_characters, settings.tag_characters)
    credential = _credential(call)
    order = commands(CommandKind.ORDER)
    order["account"], order["instrument"] = call.account, asked.instrument.id
    order["side"], order["order_type"], order["self_trade"] = asked.side, asked.order_type, asked.self_trade
    order["channel"], order["credential"] = CHANNELS[credential.kind], credential.id
    order["price_ticks"] = asked.price_ticks or _worst_price(door, asked)
    order["quantity_lots"], order["size_in"] = asked.quantity_lots, asked.size_in
    order["quote_amount"] = words(asked.quote_amount)
    order["broker"], order["attribution"] = attribution(door.venue, credential.brokers, asked.tag, credential.owner)
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


def _named(events: Records) -> int:
    """The order that a cancel or an amendment by client id was about.

    Timers that came due have canceled orders of others before, so a cancel's own event is the last; an amendment may
    cancel orders it meets, but only its own is amended.
    """
    amended = of_kind(events, EventKind.AMENDED)
    return int(amended["order"][0] if len(amended) else of_kind(events, EventKind.CANCELED)["order"][-1])
