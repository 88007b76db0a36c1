"""A master's sub-accounts: opening, listing, balances and bills. Their keys: subaccount_keys. Rules A-6 to A-9.

Whatever a sub-account is asked for by name is looked up among the caller's own: another master's name is one that is
not there.
"""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from commonbook.counter.transfers import transfers_between
from commonbook.gateway.okx_v5.account import balance_of, page_of
from commonbook.gateway.okx_v5.asset import balances_in
from commonbook.gateway.okx_v5.bill_codec import transfer_bill_object
from commonbook.gateway.okx_v5.codec import (
    NS_PER_MS,
    Body,
    boolean,
    milliseconds,
    object_of,
    printable,
    required,
    text,
)
from commonbook.gateway.okx_v5.codes import (
    BUSY,
    HELD_BY_BROKER,
    MASTER_ONLY,
    NAME_TAKEN,
    NO_SUBACCOUNT,
    PARAMETER,
    REFUSALS,
    TOO_MANY_SUBACCOUNTS,
    Refused,
)
from commonbook.gateway.okx_v5.door import Answer, Call, Door
from commonbook.gateway.okx_v5.mode import withdrawable
from commonbook.gateway.okx_v5.statement import (
    CURRENCIES,
    CURRENCY_FILTER,
    LIMIT_REFUSED,
    PAGE,
    Kind,
    Link,
    Parameter,
    choice,
    flag,
    ignored,
    needed,
    plain,
    printed,
    states,
)
from commonbook.gateway.okx_v5.transfer import demand_master, demand_own_hands
from commonbook.identity import subaccounts
from commonbook.identity.subaccounts import NoRoom, SubAccount
from commonbook.instrument.accounts import funding_account, trading_account
from commonbook.records import CommandKind, commands, refusal_of
from commonbook.storage.database import lost_race

OWN_SUBACCOUNT = "one of the master's own (59510)"
SUBACCOUNT = needed(plain("subAcct", "the sub-account, by name", example="trader1", further=OWN_SUBACCOUNT))
LABEL_CHARACTERS = 50


@states(
    "Open a sub-account.",
    needed(Parameter("subAcct", Kind.NAME, "its name, among the master's own", low=6, high=20, example="trader1")),
    choice("type", "1", what="1, also when absent: a standard one"),
    printed("label", LABEL_CHARACTERS, "its label", example="desk"),
    ignored("pwd"),
    answers="SubaccountMade",
    links=(Link("balances", ("GET", "/account/subaccount/balances"), {"subAcct": "$response.body#/data/0/subAcct"}),),
    codes=(HELD_BY_BROKER, MASTER_ONLY, NAME_TAKEN, TOO_MANY_SUBACCOUNTS, BUSY),
    differs="names are a master's own; sent again after a cut, it is brought to its end",
)
async def create(door: Door, call: Call) -> list[Body]:
    """The name is reserved, then the engine opens the account, then the name stands for it.

    Whoever is cut off between these sends the request again, and it is brought to its end.
    """
    demand_own_hands(call)
    body = object_of(call.body)
    master, name = demand_master(call), new_name(body)
    if text(body, "type") not in ("", "1"):
        raise Refused(PARAMETER, "type")  # 1: standard; custody and managed ones are not to be had
    made = await opened(door, call, master, name, label_of(body), door.settings.subaccounts)
    told = {"subAcct": made.name, "label": made.label, "uid": str(made.account)}
    return [told | {"ts": milliseconds(made.created_ns)}]


def label_of(body: Body) -> str:
    return printable(body, "label", LABEL_CHARACTERS)


async def opened(door: Door, call: Call, master: int, name: str, label: str, most: int, broker: int = 0) -> SubAccount:
    """A new sub-account of the caller's, which the engine has.

    Args:
        broker: whose orders will all be those in it; 0: an ordinary one.

    Raises:
        Refused: 59601, 59603, 50013.
    """
    try:
        made = await retried(
            door, lambda connection: subaccounts.reserve(connection, master, name, label, most, broker)
        )
    except NoRoom:
        raise Refused(TOO_MANY_SUBACCOUNTS, str(most)) from None
    if made.opened or made.broker != broker:
        raise Refused(NAME_TAKEN)
    owner = door.own(call)
    record = commands(CommandKind.ACCOUNT)
    record["account"], record["person"], record["brand"] = made.account, owner.person, owner.brand
    record["level"] = owner.level
    events = (await door.submit(record, master))[0]
    refusal = refusal_of(events)
    if refusal is not None:
        raise Refused(REFUSALS[refusal])
    await door.write(lambda connection: subaccounts.mark_opened(connection, made.account))
    await door.taken_in(int(events["sequence"][0]))
    return made


def new_name(body: Body) -> str:
    name = required(body, "subAcct")
    if not (6 <= len(name) <= 20 and name.isascii() and name.isalnum()):
        raise Refused(PARAMETER, "subAcct")
    return name


async def retried(door: Door, work: Callable[[Connection], Answer]) -> Answer:
    """A new row's number is the next one; whoever loses a race for it takes the one after."""
    for _ in range(5):
        try:
            return await door.write(work)
        except DBAPIError as failure:
            if not lost_race(failure):
                raise
    raise Refused(BUSY)


@states(
    "The master's sub-accounts.",
    plain("subAcct", "only the one of this name"),
    flag("enable", "false finds nothing: none is ever frozen", example="true"),
    PAGE,
    answers="Subaccount",
    codes=(MASTER_ONLY,),
    differs="after and before are the milliseconds of opening",
)
async def list_all(door: Door, call: Call) -> list[Body]:
    master = demand_master(call)
    page = page_of(call.query, door.settings.page_rows)
    wanted = text(call.query, "subAcct")
    if not boolean(call.query, "enable", True):
        return []  # none is ever frozen
    found = await door.read(lambda connection: subaccounts.list_of(connection, master))
    rows = [
        one
        for one in found
        if (not wanted or one.name == wanted)
        and (page.after is None or one.created_ns // NS_PER_MS < page.after)
        and (page.before is None or one.created_ns // NS_PER_MS > page.before)
    ]
    return [_listed(one) for one in rows[: page.limit]]


def _listed(one: SubAccount) -> Body:
    return {
        "type": "1",
        "enable": True,
        "subAcct": one.name,
        "uid": str(one.account),
        "label": one.label,
        "mobile": "",
        "gAuth": False,
        "frozenFunc": [],
        "canTransOut": one.can_transfer_out,
        "ts": milliseconds(one.created_ns),
        "subAcctLv": "1",
        "firstLvSubAcct": one.name,
        "ifDma": one.broker != 0,
    }


@states(
    "Whether sub-accounts may transfer to other sub-accounts.",
    needed(plain("subAcct", "their names, with commas between", example="trader1", further=OWN_SUBACCOUNT)),
    flag("canTransOut", "whether they may; true when absent", example="true"),
    answers="TransferOut",
    codes=(HELD_BY_BROKER, MASTER_ONLY, NO_SUBACCOUNT),
)
async def set_transfer_out(door: Door, call: Call) -> list[Body]:
    demand_own_hands(call)
    body = object_of(call.body)
    may = boolean(body, "canTransOut", True)
    named = [await own_sub(door, call, {"subAcct": name}) for name in required(body, "subAcct").split(",")]
    for sub in named:
        await door.write(partial(subaccounts.allow_transfer_out, account=sub.account, may=may))
    return [{"subAcct": sub.name, "canTransOut": may} for sub in named]


async def own_sub(door: Door, call: Call, body: Body) -> SubAccount:
    """The sub-account of the caller's that a request names."""
    master = demand_master(call)
    name = required(body, "subAcct")
    found = await door.read(lambda connection: subaccounts.named(connection, master, name))
    if found is None:
        raise Refused(NO_SUBACCOUNT)
    return found


# -- what is in them ----------------------------------------------------------------------------------------------


@states(
    "The trading account of a sub-account.",
    SUBACCOUNT,
    CURRENCIES,
    answers="Balance",
    codes=(MASTER_ONLY, NO_SUBACCOUNT),
    differs="as GET /account/balance",
)
async def trading_balance(door: Door, call: Call) -> list[Body]:
    sub = await own_sub(door, call, call.query)
    return await balance_of(door, sub.account, call.query)


@states(
    "The funding account of a sub-account.",
    SUBACCOUNT,
    CURRENCIES,
    answers="FundingBalance",
    codes=(MASTER_ONLY, NO_SUBACCOUNT),
)
async def funding_balances(door: Door, call: Call) -> list[Body]:
    sub = await own_sub(door, call, call.query)
    return await balances_in(door, sub.account, call.query)


@states(
    "What may be moved out of a sub-account's trading account.",
    SUBACCOUNT,
    CURRENCIES,
    answers="Withdrawable",
    codes=(MASTER_ONLY, NO_SUBACCOUNT),
)
async def max_withdrawal(door: Door, call: Call) -> list[Body]:
    sub = await own_sub(door, call, call.query)
    return await withdrawable(door, sub.account, call.query)


@states(
    "Interest of a sub-account: there is none.",
    SUBACCOUNT,
    ignored("ccy", "type"),
    codes=(MASTER_ONLY, NO_SUBACCOUNT),
    absent="nothing is lent and nothing borrowed",
)
async def nothing(door: Door, call: Call) -> list[Body]:
    """What a sub-account has none of."""
    await own_sub(door, call, call.query)
    return []


@states(
    "Sub-accounts that trade for others: there are none.",
    ignored("subAcct", "ccy", "type", "subUid", "after", "before", "limit"),
    codes=(MASTER_ONLY,),
    absent="no account trades for another",
)
async def entrusted(door: Door, call: Call) -> list[Body]:
    """Sub-accounts that trade for others: there are none."""
    demand_master(call)
    return []


@states(
    "Transfers between the master and its sub-accounts.",
    CURRENCY_FILTER,
    choice("type", "0", "1", what="0: to them, 1: from them; both when absent"),
    plain("subAcct", "with this one alone", further=OWN_SUBACCOUNT),
    PAGE,
    answers="TransferBill",
    codes=(MASTER_ONLY, NO_SUBACCOUNT),
    stricter=LIMIT_REFUSED,
)
async def bills(door: Door, call: Call) -> list[Body]:
    """Transfers between the master and its sub-accounts, from the master's side."""
    master = demand_master(call)
    page = page_of(call.query, door.settings.page_rows)
    asked = text(call.query, "type")
    if asked not in ("", "0", "1"):
        raise Refused(PARAMETER, "type")
    currency = text(call.query, "ccy")
    asset = door.venue.asset_named(currency) if currency else None
    wanted = await own_sub(door, call, call.query) if text(call.query, "subAcct") else None
    if currency and asset is None:
        return []
    subs = [wanted] if wanted else await door.read(lambda connection: subaccounts.list_of(connection, master))
    names = {one.account: one.name for one in subs}
    mine = _both_halves([master])
    theirs = _both_halves(list(names))
    rows = await door.read(
        lambda connection: transfers_between(
            connection, mine, theirs, page, asset.id if asset else None, asked != "0", asked != "1"
        ),
        *mine,
        *theirs,
    )
    answer = []
    for row in rows:
        sent = row["account"] in mine
        other = trading_account(row["to_account"] if sent else row["account"])
        answer.append(transfer_bill_object(row, door.venue, sent, names[other]))
    return answer


def _both_halves(accounts: list[int]) -> list[int]:
    return [half for account in accounts for half in (account, funding_account(account))]
