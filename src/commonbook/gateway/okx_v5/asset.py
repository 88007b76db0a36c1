"""The funding account: balances, bills, worth; and deposits and withdrawals, which wait for a custody (W-19, W-33)."""

import time

from commonbook.brand.states import may_withdraw
from commonbook.counter.transfers import funding_bills
from commonbook.gateway.okx_v5.account import balances_of, currency_filter, page_of
from commonbook.gateway.okx_v5.bill_codec import funding_bill_kinds, funding_bill_object
from commonbook.gateway.okx_v5.codec import (
    Body,
    alphanumeric,
    milliseconds,
    object_of,
    required,
    text,
)
from commonbook.gateway.okx_v5.codes import (
    EITHER,
    NOT_AVAILABLE,
    PARAMETER,
    WITHDRAWALS_CLOSED,
    WITHDRAWALS_ENDED,
    Code,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import (
    CURRENCIES,
    CURRENCY,
    CURRENCY_FILTER,
    LIMIT_REFUSED,
    NO_CUSTODY,
    PAGE,
    Setting,
    ignored,
    name_of,
    needed,
    plain,
    states,
)
from commonbook.gateway.okx_v5.transfer import asset_of, funding_of, key_of
from commonbook.units import format_units


@states("The funding account.", CURRENCIES, answers="FundingBalance")
async def balances(door: Door, call: Call) -> list[Body]:
    return await balances_in(door, call.account, call.query)


async def balances_in(door: Door, account: int, query: Body) -> list[Body]:
    """What is in an account's funding account; zeros of what is asked for and not there."""
    wanted = currency_filter(query)
    found = {asset.id: free for asset, free, _, _ in await balances_of(door, funding_of(door, account))}
    rows = []
    for asset in door.venue.assets.values():
        if asset.name in wanted or (not wanted and asset.id in found):
            amount = asset.format(found.get(asset.id, 0))
            rows.append({"ccy": asset.name, "bal": amount, "availBal": amount, "frozenBal": "0"})
    return rows


@states(
    "Changes of the funding account, newest first.",
    CURRENCY_FILTER,
    plain("type", "one of the types of the answer; one that never occurs finds nothing"),
    name_of("clientId", Setting.CLIENT_ID, "the client's name of a transfer"),
    PAGE,
    ignored("pagingType"),
    answers="FundingBill",
    stricter=LIMIT_REFUSED,
    differs="all bills are told, however old; a deposit by the host is a bill of type 1",
)
async def bills(door: Door, call: Call) -> list[Body]:
    """Changes of the funding account's balances, newest first."""
    page = page_of(call.query, door.settings.page_rows)
    kinds = funding_bill_kinds(text(call.query, "type"))
    client_id = alphanumeric(call.query, "clientId", door.settings.client_id_characters)
    key = key_of(call.account, client_id) if client_id else None
    asset = door.venue.asset_named(text(call.query, "ccy")) if text(call.query, "ccy") else None
    if text(call.query, "ccy") and asset is None:
        return []
    funding = funding_of(door, call.account)
    rows = await door.read(
        lambda connection: funding_bills(connection, funding, page, asset.id if asset else None, kinds, key),
        call.account,
        funding,
    )
    return [funding_bill_object(row, door.venue) for row in rows]


@states(
    "What both halves of the account are worth.",
    plain("ccy", "in this currency; BTC when absent", example="USDT", further="a currency with an index price"),
    answers="Valuation",
)
async def valuation(door: Door, call: Call) -> list[Body]:
    """What both halves are worth at the index prices, in BTC or in what is asked for, to eight decimals."""
    unit = door.venue.asset_named(text(call.query, "ccy") or "BTC")
    reference = door.venue.asset_named("USDT")
    if unit is None or reference is None:
        raise Refused(PARAMETER, "ccy")
    price = door.venue.prices.get((unit.id, reference.id))
    if unit.id != reference.id and price is None:
        raise Refused(PARAMETER, "ccy")
    price_e8 = 10**8 if price is None else price.price_e8
    parts = {"classic": 0, "earn": 0}
    for name, account in (("funding", funding_of(door, call.account)), ("trading", call.account)):
        parts[name] = sum(worth for _, _, _, worth in await balances_of(door, account)) * 10**8 // price_e8
    return [
        {
            "totalBal": format_units(sum(parts.values()), 8),
            "ts": milliseconds(time.time_ns()),
            "details": {name: format_units(part, 8) for name, part in parts.items()},
        }
    ]


# -- without a custody --------------------------------------------------------------------------------------------


@states("An address to deposit to.", needed(CURRENCY), ignored("amt", "to"), codes=(NOT_AVAILABLE,), absent=NO_CUSTODY)
async def deposit_address(door: Door, call: Call) -> list[Body]:
    asset_of(call.query, door)
    raise Refused(NOT_AVAILABLE, "deposit addresses, as this venue has no custody")


@states(
    "Withdraw.",
    needed(CURRENCY),
    needed(plain("amt", "how much", example="1")),
    needed(plain("dest", "where to", example="4")),
    needed(plain("toAddr", "the address", example="an-address")),
    ignored("fee", "chain", "areaCode", "clientId", "rcvrInfo", "toAddrType"),
    codes=(WITHDRAWALS_CLOSED, WITHDRAWALS_ENDED),
    absent=NO_CUSTODY,
)
async def withdraw(door: Door, call: Call) -> list[Body]:
    body = object_of(call.body)
    for name in ("ccy", "amt", "dest", "toAddr"):
        required(body, name)
    asset_of(body, door)
    raise Refused(_why_none_is_taken(door, call))


def _why_none_is_taken(door: Door, call: Call) -> Code:
    """There is no custody yet (W-19); of a brand that has gone it is told first that there will be none (LV-7)."""
    document = door.hosts.document(door.own(call).brand)
    is_over = not may_withdraw(document.state, time.time_ns(), document.notice_ends_ns)
    return WITHDRAWALS_ENDED if is_over else WITHDRAWALS_CLOSED


@states(
    "Withdraw over Lightning.",
    needed(CURRENCY),
    needed(plain("invoice", "the invoice", example="an-invoice")),
    ignored("memo", "rcvrInfo"),
    codes=(WITHDRAWALS_CLOSED, WITHDRAWALS_ENDED),
    absent=NO_CUSTODY,
)
async def withdraw_lightning(door: Door, call: Call) -> list[Body]:
    body = object_of(call.body)
    required(body, "invoice")
    asset_of(body, door)
    raise Refused(_why_none_is_taken(door, call))


@states(
    "Cancel a withdrawal.",
    needed(plain("wdId", "the withdrawal", example="1")),
    codes=(WITHDRAWALS_CLOSED,),
    absent=NO_CUSTODY,
)
async def cancel_withdrawal(door: Door, call: Call) -> list[Body]:
    required(object_of(call.body), "wdId")
    raise Refused(WITHDRAWALS_CLOSED)


@states(
    "Of a deposit or a withdrawal: there are none.",
    plain("wdId", "a withdrawal", example="1"),
    plain("txId", "a deposit"),
    ignored("ccy", "to", "chain"),
    one_of=(("wdId", "txId"),),
    absent=NO_CUSTODY,
)
async def deposit_withdraw_status(door: Door, call: Call) -> list[Body]:
    """Of a deposit or withdrawal by id: there are none."""
    if not text(call.query, "wdId") and not text(call.query, "txId"):
        raise Refused(EITHER, "wdId or txId")
    return []
