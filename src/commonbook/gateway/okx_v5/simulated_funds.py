"""Test funds on request: a deposit in the simulated venue. Ours; there is no such route at OKX. Rule S-6."""

import hashlib
import secrets
import time

from sqlalchemy.exc import IntegrityError

from commonbook.counter import transfers
from commonbook.gateway.okx_v5.codec import Body, alphanumeric, object_of
from commonbook.gateway.okx_v5.codes import AMOUNT, BUSY, ENOUGH_FUNDS, NOT_AVAILABLE, REFUSALS, Refused
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.statement import Setting, name_of, states
from commonbook.gateway.okx_v5.transfer import WHAT, amount_of, asset_of
from commonbook.instrument.model import Asset
from commonbook.records import Refusal, refusal_of
from commonbook.simulated.funds import deposit, given_today, key_of

_DIGEST_CHARACTERS = 32


@states(
    "Test funds of the simulated venue, given to the trading account.",
    WHAT,
    name_of("clientId", Setting.CLIENT_ID, "makes it safe to send again", example="f1"),
    answers="SimulatedFunds",
    codes=(ENOUGH_FUNDS, NOT_AVAILABLE, AMOUNT, BUSY, *REFUSALS.values()),
    is_ours=True,
)
async def give(door: Door, call: Call) -> list[Body]:
    """Into the trading account, so much of a currency in a day of UTC at most; with a `clientId` once."""
    body = object_of(call.body)
    if door.simulated is None:
        raise Refused(NOT_AVAILABLE, "test funds, outside simulated trading")
    asset = asset_of(body, door)
    amount = amount_of(body, asset)
    client_id = alphanumeric(body, "clientId", door.settings.client_id_characters)
    key = key_of(call.account, client_id) if client_id else b"s-" + secrets.token_hex(15).encode()
    async with door.giving:
        if not client_id or not await _was_asked_for(door, key, asset, amount):
            await _demand_room(door, call.account, asset, amount)
        if client_id:
            await _note(door, key, asset, amount)
        refusal = refusal_of((await door.submit(deposit(call.account, asset, amount, key), call.account))[0])
    if refusal not in (None, Refusal.DUPLICATE_KEY):
        raise Refused(REFUSALS[refusal])
    return [{"ccy": asset.name, "amt": asset.format(amount), "clientId": client_id}]


async def _demand_room(door: Door, account: int, asset: Asset, amount: int) -> None:
    most = door.simulated.funds_a_day if door.simulated else 0
    given = await door.read(lambda connection: given_today(connection, account, asset.id, time.time_ns()), account)
    if given + amount > most * 10**asset.scale:
        raise Refused(ENOUGH_FUNDS, str(most))


# -- what a client's name stands for: noted before it is done, and after it was allowed ---------------------------


async def _was_asked_for(door: Door, key: bytes, asset: Asset, amount: int) -> bool:
    """Whether the same was asked for by this name before. Raises Refused when something else was."""
    noted = await door.read(lambda connection: transfers.name_of(connection, key))
    if noted not in (None, _digest(asset, amount)):
        raise Refused(REFUSALS[Refusal.DUPLICATE_KEY])
    return noted is not None


async def _note(door: Door, key: bytes, asset: Asset, amount: int) -> None:
    try:
        await door.write(lambda connection: transfers.name_transfer(connection, key, _digest(asset, amount)))
    except IntegrityError:  # by another gateway, a moment before
        await _was_asked_for(door, key, asset, amount)


def _digest(asset: Asset, amount: int) -> str:
    return hashlib.sha256(f"{asset.id}:{amount}".encode()).hexdigest()[:_DIGEST_CHARACTERS]
