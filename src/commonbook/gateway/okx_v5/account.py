"""Routes of an account's own state: balance, configuration, fees, bills, currencies."""

import time
from typing import Any

from commonbook.brand.listings import names_at
from commonbook.counter import queries
from commonbook.counter.queries import Page
from commonbook.errors import CoreUnavailable
from commonbook.gateway.okx_v5.bill_codec import bill_kinds, bill_object
from commonbook.gateway.okx_v5.codec import (
    NS_PER_MS,
    Body,
    filtered_instrument,
    instrument_of,
    milliseconds,
    price_in_ticks,
    required,
    text,
    whole,
)
from commonbook.gateway.okx_v5.codes import NO_INSTRUMENT, PARAMETER, UNAVAILABLE, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.public import instrument_type
from commonbook.gateway.okx_v5.statement import (
    CURRENCIES,
    CURRENCY_FILTER,
    INSTRUMENT,
    INSTRUMENT_TYPE,
    LIMIT_REFUSED,
    LISTED,
    PAGE,
    decimal,
    ignored,
    needed,
    plain,
    states,
)
from commonbook.identity.model import Permission
from commonbook.instrument.accounts import master_of, number_of
from commonbook.instrument.model import Asset, Rates
from commonbook.records import Side, amounts
from commonbook.units import RATE_ONE, format_units

_ZERO_TOP = ("isoEq", "ordFroz", "imr", "mmr", "borrowFroz", "upl")
# Keys that strict clients insist on and that mean nothing in a spot account.
_ZERO_ROW = (
    *("isoEq", "liab", "crossLiab", "isoLiab", "uplLiab", "upl", "isoUpl", "interest", "imr", "mmr", "notionalLever"),
    *("twap", "stgyEq", "fixedBal", "borrowFroz", "rewardBal", "spotInUseAmt", "clSpotInUseAmt", "maxSpotInUse"),
    *("spotIsoBal", "smtSyncEq", "spotCopyTradingEq"),
)
_EMPTY_ROW = (
    *("availEq", "maxLoan", "mgnRatio", "openAvgPx", "accAvgPx", "spotUpl", "spotUplRatio", "totalPnl"),
    "totalPnlRatio",
)
_NOTIONALS = ("", "ForBorrow", "ForSwap", "ForFutures", "ForOption")


def page_of(query: Body, most: int) -> Page:
    """OKX's paging: after and before by id, begin and end in milliseconds, newest first."""
    begin, end = (whole(query, name, 0, 2**43) for name in ("begin", "end"))
    return Page(
        after=whole(query, "after", 0, 2**63 - 1),
        before=whole(query, "before", 0, 2**63 - 1),
        begin_ns=None if begin is None else begin * NS_PER_MS,
        end_ns=None if end is None else (end + 1) * NS_PER_MS - 1,
        limit=whole(query, "limit", 1, most, most) or most,
    )


Holding = tuple[Asset, int, int, int]


async def balances_of(door: Door, account: int) -> list[Holding]:
    """(asset, available, held, worth) as the engine has it now; an asset without a balance is left out.

    The worth is in units of 10^-8 of the payout currency at the index price, rounded down; 0 for what has no price.
    """
    try:
        rows = await door.core.balances(account)
    except CoreUnavailable:
        raise Refused(UNAVAILABLE) from None
    columns = (rows["asset"].tolist(), amounts(rows["available"]), amounts(rows["held"]))
    found = sorted(zip(*columns, strict=True))
    return [
        (door.venue.assets[asset], free, held, worth(door, door.venue.assets[asset], free + held))
        for asset, free, held in found
    ]


async def _free(door: Door, call: Call) -> dict[int, int]:
    """What is available of each asset."""
    return {asset.id: free for asset, free, _, _ in await balances_of(door, call.account)}


def currency_filter(query: Body) -> set[str]:
    return {name for name in text(query, "ccy").split(",") if name}


@states(
    "The trading account.",
    CURRENCIES,
    answers="Balance",
    differs="what belongs to margin is empty or 0; worth is at index prices in USDT",
)
async def balance(door: Door, call: Call) -> list[Body]:
    return await balance_of(door, call.account, call.query)


async def balance_of(door: Door, account: int, query: Body) -> list[Body]:
    """The one row of an account's balance; `ccy` chooses among its details."""
    wanted = currency_filter(query)
    now = milliseconds(time.time_ns())
    details = []
    total = 0
    for asset, free, held, worth_e8 in await balances_of(door, account):
        total += worth_e8
        if wanted and asset.name not in wanted:
            continue
        amount, frozen = asset.format(free + held), asset.format(held)
        details.append(
            dict.fromkeys(_ZERO_ROW, "0")
            | dict.fromkeys(_EMPTY_ROW, "")
            | {
                "ccy": asset.name,
                "eq": amount,
                "cashBal": amount,
                "spotBal": amount,
                "availBal": asset.format(free),
                "frozenBal": frozen,
                "ordFrozen": frozen,
                "disEq": format_units(worth_e8, 8),
                "eqUsd": format_units(worth_e8, 8),
                "uTime": now,
                "collateralEnabled": False,
                "autoLendStatus": "off",
            }
        )
    top: Body = dict.fromkeys(_ZERO_TOP, "0")
    top |= {f"notionalUsd{name}": "0" for name in _NOTIONALS}
    top |= {"adjEq": "", "availEq": "", "mgnRatio": "", "totalEq": format_units(total, 8), "uTime": now}
    return [top | {"details": details}]


def worth(door: Door, asset: Asset, amount: int) -> int:
    """In units of 10^-8 of the payout currency at the index price, rounded down; 0 for what has no price."""
    reference = door.venue.asset_named("USDT")
    if reference is None:
        return 0
    if asset.id == reference.id:
        return format_worth(amount, 10**8, asset)
    price = door.venue.prices.get((asset.id, reference.id))
    return format_worth(amount, price.price_e8, asset) if price else 0


def format_worth(amount: int, price_e8: int, asset: Asset) -> int:
    """Ledger units at a price, in units of 10^-8, rounded down."""
    unit: int = 10**asset.scale
    return amount * price_e8 // unit


@states(
    "The account, and what the key may do.",
    answers="Config",
    differs="a spot account with fees in the quote currency, always",
)
async def config(door: Door, call: Call) -> list[Body]:
    account = door.own(call)
    credential = call.credential
    if credential is None:
        raise Refused(PARAMETER)
    return [
        {
            "uid": str(account.id),
            "mainUid": str(master_of(account.id)),
            "acctLv": "1",
            "posMode": "net_mode",
            "acctStpMode": "cancel_maker",
            "autoLoan": False,
            "ctIsoMode": "automatic",
            "mgnIsoMode": "automatic",
            "greeksType": "PA",
            "feeType": "1",
            "level": level_name(account.level),
            "levelTmp": "",
            "label": credential.label,
            "perm": ",".join(sorted(credential.permissions - {Permission.MANAGE})),  # no client knows the desks
            "ip": ",".join(credential.ip_list),
            "kycLv": "0",
            "roleType": "0",
            "traderInsts": [],
            "spotRoleType": "0",
            "spotTraderInsts": [],
            "opAuth": "0",
            "type": "1" if number_of(account.id) else "0",  # a sub-account, or a master
            "enableSpotBorrow": False,
            "settleCcy": "",
            "settleCcyList": [],
        }
    ]


def level_name(level: int) -> str:
    return f"VIP{level}" if level else "Lv1"


def rates_of(rates: Rates) -> Body:
    """As OKX writes them: below zero is charged."""
    return {"maker": format_units(-rates.maker_e8, 8), "taker": format_units(-rates.taker_e8, 8)}


@states(
    "The account's fee rates.",
    needed(INSTRUMENT_TYPE),
    INSTRUMENT[0],
    ignored("instFamily", "uly", "groupId"),
    answers="TradeFee",
    differs="one rate for all pairs",
)
async def trade_fee(door: Door, call: Call) -> list[Body]:
    if instrument_type(call.query) != "SPOT":
        return []
    if text(call.query, "instId"):
        instrument_of(call.query, door.listed(call))
    account = door.own(call)
    told = rates_of(door.venue.rates(account))
    maker, taker = told["maker"], told["taker"]
    return [
        {
            "instType": "SPOT",
            "level": level_name(account.level),
            "maker": maker,
            "taker": taker,
            "makerU": maker,
            "takerU": taker,
            "makerUSDC": maker,
            "takerUSDC": taker,
            "delivery": "",
            "exercise": "",
            "settle": "",
            "category": "1",
            "feeGroup": [{"groupId": "1", "maker": maker, "taker": taker}],
            "ruleType": "normal",
            "fiat": [],
            "ts": milliseconds(time.time_ns()),
        }
    ]


@states(
    "Changes of balances, newest first.",
    INSTRUMENT_TYPE,
    INSTRUMENT,
    CURRENCY_FILTER,
    plain("type", "1: transfers, 2: trades; one that never occurs finds nothing", example="2"),
    plain("subType", "1: bought, 2: sold, 11: came in, 12: went out"),
    plain("mgnMode", "any finds nothing"),
    PAGE,
    ignored("ctType"),
    answers="Bill",
    stricter=LIMIT_REFUSED,
    differs="all bills are told, however old; a trade makes one bill for each of its two currencies",
)
async def bills(door: Door, call: Call) -> list[Body]:
    """Balance changes, newest first. A spot account has none of another instrument type or of a margin mode."""
    kind = instrument_type(call.query) if text(call.query, "instType") else "SPOT"
    page = page_of(call.query, door.settings.page_rows)
    instrument = filtered_instrument(call.query, door.venue)
    kinds = bill_kinds(text(call.query, "type"), text(call.query, "subType"))
    asset = door.venue.asset_named(text(call.query, "ccy")) if text(call.query, "ccy") else None
    if kind != "SPOT" or text(call.query, "mgnMode") or (text(call.query, "ccy") and asset is None):
        return []
    rows = await door.read(
        lambda connection: queries.bill_list(
            connection,
            call.account,
            page,
            asset.id if asset else None,
            kinds,
            instrument.id if instrument else None,
        ),
        call.account,
    )
    return [bill_object(row, door.venue) for row in rows]


@states(
    "What is available each way.",
    needed(plain("instId", "instruments, with commas between", example="BTC-USDT", further=LISTED)),
    ignored("tdMode", "ccy", "reduceOnly", "unSpotOffset", "quickMgnType", "tradeQuoteCcy"),
    answers="MaxAvailSize",
    codes=(NO_INSTRUMENT,),
)
async def max_avail_size(door: Door, call: Call) -> list[Body]:
    answer = []
    for name in required(call.query, "instId").split(","):
        instrument = instrument_of({"instId": name}, door.listed(call))
        found = await _free(door, call)
        quote, base = (found.get(one.id, 0) for one in (instrument.quote, instrument.base))
        row = {"instId": name, "availBuy": instrument.quote.format(quote), "availSell": instrument.base.format(base)}
        answer.append(row)
    return answer


@states(
    "The largest order each way.",
    needed(plain("instId", "instruments, with commas between", example="BTC-USDT", further=LISTED)),
    decimal(
        "px", "at this price; at the best offer when absent", example="70000", further="a multiple of the tick size"
    ),
    ignored("tdMode", "ccy", "leverage", "unSpotOffset", "tradeQuoteCcy"),
    answers="MaxSize",
    codes=(NO_INSTRUMENT,),
)
async def max_size(door: Door, call: Call) -> list[Body]:
    """The largest order at `px`, or at the best price: what the counter would hold must be available."""
    answer = []
    worst = max(door.venue.rates(door.own(call)).taker_e8, door.venue.rates(door.own(call)).maker_e8, 0)
    for name in required(call.query, "instId").split(","):
        instrument = instrument_of({"instId": name}, door.listed(call))
        found = await _free(door, call)
        quote, base = (found.get(one.id, 0) for one in (instrument.quote, instrument.base))
        ask = door.book(instrument.id).best(Side.SELL)
        price = price_in_ticks(call.query, "px", instrument) or (ask[0] if ask else 0)
        lots = 0
        if price:
            lots = quote * RATE_ONE // (price * instrument.minor_per_tick_lot * (RATE_ONE + worst))
        answer.append(
            {
                "instId": name,
                "ccy": "",
                "maxBuy": instrument.format_quantity(lots),
                "maxSell": instrument.format_quantity(base // instrument.lot_minor),
            }
        )
    return answer


_CHAINS = {"BTC": ("BTC-Bitcoin",), "USDT": ("USDT-TRC20", "USDT-ERC20"), "ETH": ("ETH-ERC20",)}


@states(
    "Currencies by chain.",
    CURRENCIES,
    answers="Currency",
    differs="closed for deposits and withdrawals: there is no custody",
)
async def currencies(door: Door, call: Call) -> list[Body]:
    """A row per currency and chain. Deposits and withdrawals are closed: this venue has no custody yet."""
    wanted = currency_filter(call.query)
    called = await door.read(names_at)
    return [
        _currency(asset, chain, called.get(asset.id, asset.name))
        for asset in door.venue.assets.values()
        if not wanted or asset.name in wanted
        for chain in _CHAINS.get(asset.name, (f"{asset.name}-Internal",))
    ]


def _currency(asset: Asset, chain: str, name: str) -> dict[str, Any]:
    """`name`: for people (LI-8)."""
    smallest = format_units(1, asset.scale)
    return {
        "ccy": asset.name,
        "name": name,
        "logoLink": "",
        "chain": chain,
        "ctAddr": "",
        "canDep": False,
        "canWd": False,
        "canInternal": False,
        "mainNet": chain == _CHAINS.get(asset.name, (chain,))[0],
        "needTag": False,
        "minDep": smallest,
        "minWd": smallest,
        "maxWd": "0",
        "wdTickSz": str(asset.scale),
        "wdQuota": "0",
        "usedWdQuota": "0",
        "fee": "0",
        "minFee": "0",
        "maxFee": "0",
        "minFeeForCtAddr": "",
        "maxFeeForCtAddr": "",
        "minDepArrivalConfirm": "1",
        "minWdUnlockConfirm": "1",
        "depQuotaFixed": "",
        "usedDepQuotaFixed": "",
        "depQuoteDailyLayer2": "",
    }


@states("Every budget of the account, and what is left of it.", answers="RateLimit", is_ours=True)
async def rate_limits(door: Door, call: Call) -> list[Body]:
    """Every budget of the account, with what is left of it; of orders those that were used of late. L-6."""
    return [
        {
            "limit": name,
            "instId": door.venue.instruments[instrument].name if instrument in door.venue.instruments else "",
            "most": str(limit.most),
            "windowMs": str(limit.window_ms),
            "left": str(left),
        }
        for name, instrument, limit, left in door.budget.left(call.account)
    ]


@states(
    "New and amended orders that the account may send in two seconds.",
    answers="AccountRateLimit",
    differs="there are no tiers by fill ratio",
)
async def account_rate_limit(door: Door, call: Call) -> list[Body]:
    """New and amended orders that the account may send in two seconds. There are no tiers by fill ratio."""
    most, _ = door.budget.account_orders(call.account)
    return [
        {
            "fillRatio": "",
            "mainFillRatio": "",
            "accRateLimit": str(most),
            "nextAccRateLimit": str(most),
            "ts": milliseconds(time.time_ns()),
        }
    ]
