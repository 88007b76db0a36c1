"""Sub-accounts that a broker keeps for clients whom only it knows: dma, and nd, its older name. BK-5 and BK-6.

Every order in one is the broker's, whatever its tag. Who may keep any, and how many, the host says; everybody else is
told 50030. A name is looked up among the broker's own: another's is one that is not there.
"""

import time
from datetime import UTC, datetime

from sqlalchemy import Connection

from commonbook.broker import consents
from commonbook.errors import BadInput, CoreUnavailable
from commonbook.gateway.okx_v5.account import balances_of
from commonbook.gateway.okx_v5.broker import BROKER_CODES, BROKERS_OWN, paged, the_broker
from commonbook.gateway.okx_v5.codec import Body, milliseconds, object_of, required, text
from commonbook.gateway.okx_v5.codes import (
    BROKERS_ONLY,
    BUSY,
    EITHER,
    MISSING,
    NAME_TAKEN,
    NO_SUBACCOUNT,
    NOT_AVAILABLE,
    NOT_EMPTY,
    PARAMETER,
    REFUSALS,
    TOO_MANY_SUBACCOUNTS,
    UNAVAILABLE,
    WRONG_MODE,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import (
    CURRENCY,
    NO_CUSTODY,
    Kind,
    Parameter,
    choice,
    decimal,
    ignored,
    needed,
    number,
    plain,
    printed,
    states,
)
from commonbook.gateway.okx_v5.subaccount import LABEL_CHARACTERS, SUBACCOUNT, label_of, new_name, opened
from commonbook.gateway.okx_v5.subaccount_keys import (
    API_KEY,
    KEY_CHANGE,
    KEY_CHANGE_CODES,
    NEW_KEY,
    NEW_KEY_CODES,
    change_told,
    keys_told,
    make_key,
    revoke_told,
)
from commonbook.gateway.okx_v5.transfer import asset_of
from commonbook.identity import subaccounts
from commonbook.identity.service import change_key, keys_of
from commonbook.identity.subaccounts import SubAccount
from commonbook.instrument.accounts import funding_account
from commonbook.instrument.model import Account, BrokerCode, Rates
from commonbook.records import CommandKind, FeeScope, Refusal, commands, refusal_of
from commonbook.units import format_units, parse_units

_SPOT_TYPES = ("1", "2")  # of OKX's nine: pairs in USDT, and others; the rest are derivatives
_NAMED = (
    plain("subAcct", "this one alone, by name", example="trader1", further=BROKERS_OWN),
    plain("uid", "this one alone, by number", example="1"),
    number("page", 1, 2**31, "the page; the first when absent", example="1"),
    number("limit", 1, 100, "rows of a page; 100 when absent", example="10"),
)
_OWN_CODES = (*BROKER_CODES, NO_SUBACCOUNT)
_NEW_NAME = needed(
    Parameter(
        "subAcct",
        Kind.NAME,
        "its name, among the broker's own",
        low=6,
        high=20,
        example="client1",
        further=f"a new one (59601), {BROKERS_OWN}",
    )
)
_TENTH_OF_BP_E8, _PERCENT = 1_000, 100
MARKUP_TENTHS_MOST, MARKUP_PERCENT_MOST = 10_000, 10_000  # 1,000 basis points, 10,000 per cent: OKX's bounds


async def keeper(door: Door, call: Call) -> tuple[BrokerCode, int]:
    """The broker that asks, and how many sub-accounts it may keep for clients of its own.

    Raises:
        Refused: 50030, it may keep none.
    """
    broker = await the_broker(door, call)
    most = await door.read(lambda connection: consents.subaccounts_most(connection, broker.id))
    if not most:
        raise Refused(BROKERS_ONLY)
    return broker, most


async def kept(door: Door, call: Call, body: Body) -> SubAccount:
    """The sub-account of the broker's clients that a request names."""
    broker, _ = await keeper(door, call)
    name = required(body, "subAcct")
    found = await door.read(lambda connection: subaccounts.named(connection, call.account, name))
    if found is None or found.broker != broker.id:
        raise Refused(NO_SUBACCOUNT)
    return found


@states("How many sub-accounts there are, and may be.", answers="BrokerInfo", codes=BROKER_CODES)
async def info(door: Door, call: Call) -> list[Body]:
    broker, most = await keeper(door, call)
    found = await _all(door, broker)
    return [
        {
            "subAcctQty": str(len(found)),
            "maxSubAcctQty": str(most),
            "level": str(door.own(call).level),
            "ts": milliseconds(time.time_ns()),
        }
    ]


async def _all(door: Door, broker: BrokerCode) -> list[SubAccount]:
    """The open ones, oldest first."""
    found = await door.read(lambda connection: subaccounts.of_broker(connection, broker.id))
    return [one for one in found if not one.closed_ns]


@states(
    "Open a sub-account for a client.",
    _NEW_NAME,
    needed(printed("label", LABEL_CHARACTERS, "its label", example="desk")),
    choice("acctLv", "1", "2", "3", "4", what="1 alone, also when absent; others are 51010"),
    ignored("pwd"),
    answers="BrokerSubaccountMade",
    codes=(*BROKER_CODES, NAME_TAKEN, TOO_MANY_SUBACCOUNTS, MISSING, WRONG_MODE, BUSY),
    differs="sent again after a cut, it is brought to its end",
)
async def create(door: Door, call: Call) -> list[Body]:
    body = object_of(call.body)
    broker, most = await keeper(door, call)
    _must_be_spot(body)
    name, label = new_name(body), label_of(body)
    if not label:
        raise Refused(MISSING, "label")
    made = await opened(door, call, call.account, name, label, most, broker.id)
    told = {"subAcct": made.name, "label": made.label, "uid": str(made.account), "acctLv": "1"}
    return [told | {"ts": milliseconds(made.created_ns)}]


def _must_be_spot(body: Body) -> None:
    level = text(body, "acctLv") or "1"
    if level not in ("1", "2", "3", "4"):
        raise Refused(PARAMETER, "acctLv")
    if level != "1":
        raise Refused(WRONG_MODE, "acctLv")


@states(
    "Close a client's sub-account: its keys are revoked, and its name is not given again.",
    SUBACCOUNT,
    ignored("pwd"),
    answers="SubaccountNamed",
    codes=(*_OWN_CODES, NOT_EMPTY),
    differs="what is in it must be moved out, and its orders be over, before",
)
async def delete(door: Door, call: Call) -> list[Body]:
    """Looked at before and behind its end: what has come in between opens it again, and is to be moved out.

    It ends with its keys in one step, so that whoever is cut off leaves no key of a closed one.
    """
    sub = await kept(door, call, object_of(call.body))
    if not await _is_empty(door, sub):
        raise Refused(NOT_EMPTY)

    def end(connection: Connection) -> None:
        subaccounts.close(connection, sub.account)
        for key in keys_of(connection, sub.account):
            change_key(connection, sub.account, key.api_key, revoked=True)

    await door.write(end)
    try:
        is_empty = await _is_empty(door, sub)
    except Refused:
        await door.write(lambda connection: subaccounts.reopen(connection, sub.account))
        raise
    if not is_empty:
        await door.write(lambda connection: subaccounts.reopen(connection, sub.account))
        raise Refused(NOT_EMPTY)
    return [{"subAcct": sub.name}]


async def _is_empty(door: Door, sub: SubAccount) -> bool:
    for account in (sub.account, funding_account(sub.account)):
        if any(free or held for _, free, held, _ in await balances_of(door, account)):
            return False
    try:
        return len(await door.core.orders(sub.account)) == 0
    except CoreUnavailable:
        raise Refused(UNAVAILABLE) from None


@states("The sub-accounts of clients.", _NAMED, answers="BrokerSubaccounts", codes=BROKER_CODES)
async def list_all(door: Door, call: Call) -> list[Body]:
    broker, _ = await keeper(door, call)
    rows = [
        {
            "subAcct": one.name,
            "uid": str(one.account),
            "label": one.label,
            "acctLv": "1",
            "enable": True,
            "frozenFunc": [],
            "canTransOut": one.can_transfer_out,
            "firstLvSubAcct": one.name,
            "subAcctLv": "1",
            "ts": milliseconds(one.created_ns),
        }
        for one in await _all(door, broker)
        if _is_wanted(call.query, one)
    ]
    return [paged(call.query, rows)]


def _is_wanted(query: Body, one: SubAccount) -> bool:
    return text(query, "subAcct") in ("", one.name) and text(query, "uid") in ("", str(one.account))


# -- fees ---------------------------------------------------------------------------------------------------------


@states(
    "The fee rates of clients' sub-accounts.",
    _NAMED,
    answers="BrokerFees",
    codes=BROKER_CODES,
    differs="types 1 and 2, of spot, which have one rate; there are no others here",
)
async def fee_rates(door: Door, call: Call) -> list[Body]:
    broker, _ = await keeper(door, call)
    rows = []
    for one in await _all(door, broker):
        if not _is_wanted(call.query, one):
            continue
        rates = door.venue.rates(door.venue.accounts[one.account])
        maker, taker = (format_units(-rate, 8) for rate in (rates.maker_e8, rates.taker_e8))
        told = {"subAcct": one.name, "uid": str(one.account), "firstLvSubAcct": one.name, "subAcctLv": "1"}
        fees = [{"type": kind, "maker": maker, "taker": taker} for kind in _SPOT_TYPES]
        rows.append(told | {"ts": milliseconds(one.created_ns), "feeRates": fees})
    return [paged(call.query, rows)]


@states(
    "What a client pays above what the broker itself would pay.",
    SUBACCOUNT,
    needed(choice("instType", "SPOT", what="SPOT alone")),
    needed(
        choice("chgType", "absolute", "percentage", what="absolute: in basis points; percentage: of the broker's rate")
    ),
    decimal(
        "chgTaker",
        "what comes on the taker rate: 0 to 1000 basis points in tenths, or 0 to 10000 per cent",
        example="1",
        further="in steps of 0.1 and of 1",
    ),
    decimal("chgMaker", "the same of the maker rate", example="0", further="in steps of 0.1 and of 1"),
    plain("effDate", "today, as YYYYMMDD, UTC, or nothing: it is so at once", further="today (51000)"),
    ignored("mgnType", "quoteCcyType"),
    one_of=(("chgTaker", "chgMaker"),),
    answers="BrokerFeeSet",
    codes=(*_OWN_CODES, REFUSALS[Refusal.FEE_BELOW_FLOOR], BUSY),
    differs="at once and not from another day on; on what the broker pays itself, so that no client pays less; what is"
    " left out stays; `bp` and `%` behind a number may be there",
)
async def set_fee_rate(door: Door, call: Call) -> list[Body]:
    body = object_of(call.body)
    sub = await kept(door, call, body)
    if required(body, "instType") != "SPOT":
        raise Refused(PARAMETER, "instType")
    kind = required(body, "chgType")
    if kind not in ("absolute", "percentage"):
        raise Refused(PARAMETER, "chgType")
    if not text(body, "chgTaker") and not text(body, "chgMaker"):
        raise Refused(EITHER, "chgTaker or chgMaker")
    today = datetime.fromtimestamp(max(time.time_ns(), door.time_ns) // 10**9, UTC).strftime("%Y%m%d")
    if text(body, "effDate") not in ("", today):
        raise Refused(PARAMETER, "effDate")
    base, now = door.venue.rates(door.own(call)), door.venue.rates(_account(door, sub))
    taker = _marked_up(body, "chgTaker", kind, base.taker_e8, now.taker_e8)
    maker = _marked_up(body, "chgMaker", kind, base.maker_e8, now.maker_e8)
    await _set_rates(door, call, sub, Rates(maker, taker, False))
    told = {name: text(body, name) for name in ("instType", "chgType", "chgTaker", "chgMaker")}
    return [{"subAcct": sub.name} | told | {"effDate": today}]


def _account(door: Door, sub: SubAccount) -> Account:
    return door.venue.accounts[sub.account]


def _marked_up(body: Body, name: str, kind: str, base_e8: int, now_e8: int) -> int:
    """A rate, rounded up, as what is charged is (M-2); what it is now, where nothing is said of it."""
    value = text(body, name)
    if not value:
        return now_e8
    try:
        if kind == "absolute":
            tenths = parse_units(value.removesuffix("bp"), 1)
            if not 0 <= tenths <= MARKUP_TENTHS_MOST:
                raise Refused(PARAMETER, name)
            return base_e8 + tenths * _TENTH_OF_BP_E8
        per_cent = parse_units(value.removesuffix("%"), 0)
    except BadInput:
        raise Refused(PARAMETER, name) from None
    if not 0 <= per_cent <= MARKUP_PERCENT_MOST:
        raise Refused(PARAMETER, name)
    return base_e8 - (-abs(base_e8) * per_cent // _PERCENT)


async def _set_rates(door: Door, call: Call, sub: SubAccount, rates: Rates) -> None:
    record = commands(CommandKind.FEES)
    record["scope"], record["account"] = FeeScope.ACCOUNT, sub.account
    record["maker_rate_e8"], record["taker_rate_e8"] = rates.maker_e8, rates.taker_e8
    events = (await door.submit(record, call.account, sub.account))[0]
    refusal = refusal_of(events)
    if refusal is not None:
        raise Refused(REFUSALS[refusal])
    await door.taken_in(int(events["sequence"][0]))


# -- their keys ---------------------------------------------------------------------------------------------------


@states(
    "Make a key of a client's sub-account.",
    SUBACCOUNT,
    NEW_KEY,
    answers="KeyMade",
    codes=(BROKERS_ONLY, *NEW_KEY_CODES),
)
async def create_key(door: Door, call: Call) -> list[Body]:
    return await make_key(door, call, await kept(door, call, object_of(call.body)))


@states(
    "A client's sub-account's keys.",
    SUBACCOUNT,
    plain("apiKey", "only this one"),
    answers="Key",
    codes=_OWN_CODES,
)
async def list_keys(door: Door, call: Call) -> list[Body]:
    return await keys_told(door, call, await kept(door, call, call.query))


@states(
    "Change a key of a client's sub-account; what is absent stays.",
    SUBACCOUNT,
    KEY_CHANGE,
    answers="KeyChanged",
    codes=(BROKERS_ONLY, *KEY_CHANGE_CODES),
)
async def modify_key(door: Door, call: Call) -> list[Body]:
    return await change_told(door, call, await kept(door, call, object_of(call.body)))


@states(
    "Revoke a key of a client's sub-account.",
    SUBACCOUNT,
    API_KEY,
    answers="KeyDeleted",
    codes=(BROKERS_ONLY, *KEY_CHANGE_CODES),
)
async def delete_key(door: Door, call: Call) -> list[Body]:
    return await revoke_told(door, call, await kept(door, call, object_of(call.body)))


# -- what there is one way of -------------------------------------------------------------------------------------


@states(
    "What kind of account a client's sub-account is.",
    SUBACCOUNT,
    needed(choice("acctLv", "1", "2", "3", "4", what="only 1 is so here; others of OKX's are 51010")),
    answers="BrokerLevelSet",
    codes=(*_OWN_CODES, WRONG_MODE),
    differs="a spot account, once and for all: setting what is so is echoed, anything else is refused (51010)",
)
async def set_level(door: Door, call: Call) -> list[Body]:
    body = object_of(call.body)
    sub = await kept(door, call, body)
    required(body, "acctLv")
    _must_be_spot(body)
    return [{"subAcct": sub.name, "acctLv": "1"}]


@states(
    "Which currencies a client's sub-account may use.",
    SUBACCOUNT,
    ignored("ccy"),
    codes=(*_OWN_CODES, NOT_AVAILABLE),
    absent="a sub-account trades whatever its brand lists",
)
async def set_assets(door: Door, call: Call) -> list[Body]:
    await kept(door, call, object_of(call.body))
    raise Refused(NOT_AVAILABLE, "a choice of currencies for one sub-account")


@states(
    "From where a client asks.",
    SUBACCOUNT,
    ignored("apiKey", "ip"),
    codes=(*_OWN_CODES, NOT_AVAILABLE),
    absent="what addresses keys are used from is seen here, and not told",
)
async def report_address(door: Door, call: Call) -> list[Body]:
    await kept(door, call, object_of(call.body))
    raise Refused(NOT_AVAILABLE, "reports of clients' addresses")


@states(
    "An address for a client's deposits.",
    SUBACCOUNT,
    needed(CURRENCY),
    ignored("chain", "addrType", "to", "addr"),
    codes=(*_OWN_CODES, NOT_AVAILABLE),
    absent=NO_CUSTODY,
)
async def new_deposit_address(door: Door, call: Call) -> list[Body]:
    return await _no_address(door, call, object_of(call.body))


@states(
    "The addresses for a client's deposits.",
    SUBACCOUNT,
    needed(CURRENCY),
    ignored("chain", "addrType", "to"),
    codes=(*_OWN_CODES, NOT_AVAILABLE),
    absent=NO_CUSTODY,
)
async def deposit_address(door: Door, call: Call) -> list[Body]:
    return await _no_address(door, call, call.query)


async def _no_address(door: Door, call: Call, body: Body) -> list[Body]:
    await kept(door, call, body)
    asset_of(body, door)
    raise Refused(NOT_AVAILABLE, "deposit addresses, as this venue has no custody")


@states(
    "A client's deposits, or withdrawals.",
    plain("subAcct", "of this sub-account alone", example="trader1", further=BROKERS_OWN),
    ignored("ccy", "txId", "state", "wdId", "clientId", "type", "after", "before", "begin", "end", "limit"),
    codes=_OWN_CODES,
    absent=NO_CUSTODY,
)
async def no_history(door: Door, call: Call) -> list[Body]:
    await keeper(door, call)
    if text(call.query, "subAcct"):
        await kept(door, call, call.query)
    return []
