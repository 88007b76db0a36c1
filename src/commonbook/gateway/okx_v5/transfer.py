"""Moving funds between a person's own accounts: one sequenced command, with its effect once. Rules A-2 to A-5.

A funding account is opened in the engine by the same submission that first pays into it.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from commonbook.counter.transfers import name_transfer, transfer_with_key
from commonbook.errors import BadInput
from commonbook.gateway.okx_v5.bill_codec import FUNDING, TRADING
from commonbook.gateway.okx_v5.codec import (
    Body,
    alphanumeric,
    object_of,
    required,
    text,
)
from commonbook.gateway.okx_v5.codes import (
    AMOUNT,
    BUSY,
    HELD_BY_BROKER,
    MASTER_ONLY,
    NO_SUCH_RECEIVER,
    NOT_ALLOWED,
    OUT_OF_SCOPE,
    PARAMETER,
    REFUSALS,
    SAME_ACCOUNT,
    SAME_SUBACCOUNT,
    TRANSFER_FUNDS,
    UNAVAILABLE,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import (
    CURRENCY,
    Link,
    Setting,
    choice,
    decimal,
    ignored,
    name_of,
    needed,
    plain,
    states,
)
from commonbook.identity import subaccounts
from commonbook.identity.subaccounts import SubAccount
from commonbook.instrument.accounts import (
    funding_account,
    is_funding,
    master_of,
    number_of,
    trading_account,
)
from commonbook.instrument.model import Asset
from commonbook.records import (
    CommandKind,
    Records,
    Refusal,
    as_commands,
    commands,
    refusal_of,
    words,
)
from commonbook.units import AMOUNT_LIMIT

INSIDE, TO_SUB, FROM_SUB, SUB_TO_MASTER, SUB_TO_SUB = "0", "1", "2", "3", "4"
_KEY_CHARACTERS = 30  # of base64: 180 bits, so that two keys are never the same by chance

WHAT = (
    needed(CURRENCY),
    needed(decimal("amt", "how much", example="1", further="as many decimals as the currency has")),
)
_ENDS = (
    needed(choice("from", FUNDING, TRADING, what="6: the funding account, 18: the trading account, of whoever pays")),
    needed(choice("to", TRADING, FUNDING, what="the same, of whoever is paid")),
)
MOVE_CODES = (AMOUNT, TRANSFER_FUNDS, NO_SUCH_RECEIVER, SAME_SUBACCOUNT, BUSY, *REFUSALS.values())


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer as asked for, in engine accounts."""

    payer: int
    payee: int
    asset: Asset
    amount: int
    key: bytes


def pocket(body: Body, name: str, account: int) -> int:
    """One of an account's two halves, by OKX's number."""
    match required(body, name):
        case "6":
            return funding_account(account)
        case "18":
            return account
        case _:
            raise Refused(PARAMETER, name)


def half_of(account: int) -> str:
    return FUNDING if is_funding(account) else TRADING


def asset_of(body: Body, door: Door) -> Asset:
    found = door.venue.asset_named(required(body, "ccy"))
    if found is None:
        raise Refused(PARAMETER, "ccy")
    return found


def amount_of(body: Body, asset: Asset) -> int:
    try:
        minor = asset.parse(required(body, "amt"))
    except BadInput:
        raise Refused(PARAMETER, "amt") from None
    if minor <= 0:
        raise Refused(AMOUNT)
    if minor >= AMOUNT_LIMIT:
        raise Refused(PARAMETER, "amt")
    return minor


def key_of(account: int, client_id: str) -> bytes:
    """The idempotency key of what an account calls by a name; another account's is another key.

    No key of the host's own begins with `t:`.
    """
    digest = hashlib.sha256(f"{account}:{client_id}".encode()).digest()
    return b"t:" + base64.b64encode(digest)[:_KEY_CHARACTERS]


def fresh_key() -> bytes:
    return b"t:" + base64.b64encode(secrets.token_bytes(32))[:_KEY_CHARACTERS]


# -- the routes ---------------------------------------------------------------------------------------------------


@states(
    "Move funds between own accounts; done when it is answered.",
    WHAT,
    _ENDS,
    choice(
        "type",
        INSIDE,
        TO_SUB,
        FROM_SUB,
        SUB_TO_MASTER,
        SUB_TO_SUB,
        what="0: inside the account, 1: master to sub, 2: sub to master by the master, 3: sub to master by the sub,"
        " 4: sub to sub",
        further="one that this account may ask for",
    ),
    plain("subAcct", "the sub-account; of types 1, 2 and 4", example="trader1", further="one of the master's own"),
    name_of("clientId", Setting.CLIENT_ID, "makes it safe to send again", example="t1"),
    ignored("loanTrans", "omitPosRisk"),
    answers="Transfer",
    links=(Link("state", ("GET", "/asset/transfer-state"), {"transId": "$response.body#/data/0/transId"}),),
    codes=(*MOVE_CODES, MASTER_ONLY, NOT_ALLOWED, SAME_ACCOUNT),
    differs="with a clientId it may be sent again and is answered as the first time; its state is always success",
)
async def transfer(door: Door, call: Call) -> list[Body]:
    body = object_of(call.body)
    asset = asset_of(body, door)
    amount = amount_of(body, asset)
    client_id = alphanumeric(body, "clientId", door.settings.client_id_characters)
    if call.is_by_token and (text(body, "type") or INSIDE) != INSIDE:
        raise Refused(OUT_OF_SCOPE)  # of sub-accounts a token does nothing (O-9)
    payer, payee = await _ends(door, call, body)
    key = key_of(call.account, client_id) if client_id else fresh_key()
    if client_id:
        await _name(door, key, client_id)
    number = await carry_out(door, call.account, Move(payer, payee, asset, amount, key))
    return [
        {
            "transId": str(number),
            "clientId": client_id,
            "ccy": asset.name,
            "from": half_of(payer),
            "to": half_of(payee),
            "amt": asset.format(amount),
        }
    ]


@states(
    "Move funds from one sub-account to another, by their master.",
    WHAT,
    _ENDS,
    needed(plain("fromSubAccount", "which pays", example="trader1", further="one of the master's own")),
    needed(plain("toSubAccount", "which is paid", example="trader2", further="one of the master's own")),
    ignored("loanTrans", "omitPosRisk"),
    answers="TransferNumber",
    codes=(*MOVE_CODES, MASTER_ONLY),
)
async def between_subaccounts(door: Door, call: Call) -> list[Body]:
    """A master moves funds from one of its sub-accounts to another."""
    body = object_of(call.body)
    asset = asset_of(body, door)
    amount = amount_of(body, asset)
    master = demand_master(call)
    payer = await _receiver(door, master, body, "fromSubAccount")
    payee = await _receiver(door, master, body, "toSubAccount")
    if payer.account == payee.account:
        raise Refused(SAME_SUBACCOUNT)
    move = Move(pocket(body, "from", payer.account), pocket(body, "to", payee.account), asset, amount, fresh_key())
    return [{"transId": str(await carry_out(door, call.account, move))}]


# -- who may move what --------------------------------------------------------------------------------------------


def demand_master(call: Call) -> int:
    """The caller, who must not be a sub-account."""
    if number_of(call.account):
        raise Refused(MASTER_ONLY)
    return call.account


def demand_own_hands(call: Call) -> None:
    """The caller's key is in its owner's hands: who holds another's manages neither keys nor sub-accounts (BK-3)."""
    if call.credential is not None and call.credential.holder:
        raise Refused(HELD_BY_BROKER)


async def _ends(door: Door, call: Call, body: Body) -> tuple[int, int]:
    """Payer and payee by the kind of transfer (A-5)."""
    kind = text(body, "type") or INSIDE
    own, is_sub = call.account, number_of(call.account) > 0
    match kind:
        case "0":
            payer, payee = pocket(body, "from", own), pocket(body, "to", own)
            if payer == payee:
                raise Refused(SAME_ACCOUNT)
            return payer, payee
        case "1" | "2":
            master = demand_master(call)
            sub = (await _receiver(door, master, body, "subAcct")).account
            payer, payee = (own, sub) if kind == TO_SUB else (sub, own)
            return pocket(body, "from", payer), pocket(body, "to", payee)
        case "3" | "4":
            if not is_sub:
                raise Refused(NOT_ALLOWED, f"a transfer of type {kind}")
            if kind == SUB_TO_MASTER:
                return pocket(body, "from", own), pocket(body, "to", master_of(own))
            await _demand_transfer_out(door, own)
            receiver = (await _receiver(door, master_of(own), body, "subAcct")).account
            if receiver == own:
                raise Refused(SAME_SUBACCOUNT)
            return pocket(body, "from", own), pocket(body, "to", receiver)
        case _:
            raise Refused(PARAMETER, "type")


async def _receiver(door: Door, master: int, body: Body, name: str) -> SubAccount:
    called = required(body, name)
    found = await door.read(lambda connection: subaccounts.named(connection, master, called))
    if found is None:
        raise Refused(NO_SUCH_RECEIVER)
    return found


async def _demand_transfer_out(door: Door, account: int) -> None:
    mine = await door.read(lambda connection: subaccounts.with_account(connection, account))
    if mine is None or not mine.can_transfer_out:
        raise Refused(NOT_ALLOWED, "transfer to another sub-account")


# -- carrying it out ----------------------------------------------------------------------------------------------


async def _name(door: Door, key: bytes, client_id: str) -> None:
    try:
        await door.write(lambda connection: name_transfer(connection, key, client_id))
    except IntegrityError:
        return  # the same request, a moment before


async def carry_out(door: Door, sender: int, move: Move) -> int:
    """The number of the transfer that a key names: of this one, or of the one that had its effect before (A-3).

    Raises:
        Refused: no funds; or the key named another transfer.
    """
    _demand_one_owner(door, sender, move)
    if move.payer not in door.venue.accounts:
        raise Refused(TRANSFER_FUNDS)  # a funding account that nothing was ever paid into
    parts = [] if move.payee in door.venue.accounts else [_opening(door, move.payee)]
    record = commands(CommandKind.TRANSFER)
    record["account"], record["to_account"], record["asset"] = move.payer, move.payee, move.asset.id
    record["amount"], record["key"] = words(move.amount), move.key
    *opened, moved = await door.submit(as_commands(*parts, record), sender, move.payer, move.payee)
    for events in opened:
        _demand_taken(events)
        await door.taken_in(int(events["sequence"][0]))
    if refusal_of(moved) is Refusal.DUPLICATE_KEY:
        return await _before(door, sender, move)
    _demand_taken(moved)
    return int(moved["sequence"][0])


def _demand_one_owner(door: Door, sender: int, move: Move) -> None:
    """Nothing that this door moves leaves its person and brand, whatever ids there are."""
    for end in (move.payer, move.payee):
        if trading_account(end) not in door.venue.accounts:
            raise Refused(UNAVAILABLE)  # a sub-account that was opened a moment ago, through another gateway
        demand_owner(door, sender, trading_account(end))
        demand_owner(door, sender, end)


def funding_of(door: Door, account: int) -> int:
    """The account's funding account, which nobody else may have opened."""
    funding = funding_account(account)
    demand_owner(door, account, funding)
    return funding


def demand_owner(door: Door, account: int, other: int) -> None:
    """The other account, if it is there, is the same person's at the same brand."""
    owner, there = door.venue.accounts[account], door.venue.accounts.get(other)
    if there is not None and (there.person, there.brand) != (owner.person, owner.brand):
        raise Refused(REFUSALS[Refusal.UNKNOWN_ACCOUNT])


def _opening(door: Door, account: int) -> Records:
    """A funding account: of the same person and brand, for ever; it never trades, so its level is 0."""
    owner = door.venue.accounts[trading_account(account)]
    record = commands(CommandKind.ACCOUNT)
    record["account"], record["person"], record["brand"] = account, owner.person, owner.brand
    return record


def _demand_taken(events: Records) -> None:
    refusal = refusal_of(events)
    if refusal is Refusal.INSUFFICIENT_FUNDS:
        raise Refused(TRANSFER_FUNDS)
    if refusal is not None:
        raise Refused(REFUSALS[refusal])


async def _before(door: Door, sender: int, move: Move) -> int:
    row = await door.read(lambda connection: transfer_with_key(connection, move.key), sender)
    asked = (move.payer, move.payee, move.asset.id, move.amount)
    if row is None or (row["account"], row["to_account"], row["asset"], row["amount"]) != asked:
        raise Refused(REFUSALS[Refusal.DUPLICATE_KEY])
    return int(row["sequence"])
