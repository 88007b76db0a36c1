"""Funds of a demo, for who signs up there: with none of them there is nothing to trade with. Rules DM-1 to DM-3."""

from typing import Any

import msgspec
from litestar import get, post
from sqlalchemy import Connection

from commonbook.counter.transfers import name_of, name_transfer
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.needs import Needs
from commonbook.instrument.model import Asset
from commonbook.people import directory
from commonbook.records import Refusal, as_commands, refusal_of
from commonbook.simulated.funds import deposit

_NAME = "demo funds"


class DemoAmount(msgspec.Struct, frozen=True):
    ccy: str
    amount: str


class DemoFunds(msgspec.Struct, frozen=True):
    """What a user is given once; nothing where the exchange is no demo, or the user has no account to trade with."""

    amounts: list[DemoAmount]
    received: bool


@get("/demo-funds", needs=Needs.USER)
async def demo_funds(asked: Asking) -> DemoFunds:
    """What this demo gives you, and whether you have had it."""
    gifts = _gifts(asked.desk)
    key = _key(asked.user, gifts[0][0]) if gifts else b""

    def query(connection: Connection) -> DemoFunds:
        if not gifts or not directory.find(connection, asked.user).account:
            return DemoFunds([], False)
        return DemoFunds(_told(gifts), name_of(connection, key) is not None)

    return await asked.desk.read(query)


@post("/demo-funds", needs=Needs.USER, status_code=200)
async def receive_demo_funds(asked: Asking) -> DemoFunds:
    """Receive them in your trading account, once. Who is cut off asks again, and is given what is still missing."""
    desk, gifts = asked.desk, _gifts(asked.desk)
    if not gifts:
        raise Declined("no_demo", "this exchange is no demo: funds come from deposits")
    user = await desk.read(lambda connection: directory.find(connection, asked.user))
    if not user.account:
        raise Declined("no_such_account", "you have no account to trade with: open one in your settings")
    wanted = [deposit(user.account, asset, amount, _key(user.id, asset)) for asset, amount in gifts]
    answers = await desk.door.submit(as_commands(*wanted), user.account)
    refusals = [refusal_of(events) for events in answers]
    wrong = next((one for one in refusals if one not in (None, Refusal.DUPLICATE_KEY)), None)
    if wrong is not None:
        raise Declined(f"refused_{wrong.name.lower()}", f"the core has refused it: {wrong.name}")
    await desk.write_racing(lambda connection: _note(connection, asked, gifts))
    if None not in refusals:
        raise Declined("already_received", "you have had your demo funds: a user is given them once")
    return DemoFunds(_told(gifts), True)


def _note(connection: Connection, asked: Asked, gifts: list[tuple[Asset, int]]) -> None:
    """What the page is told by; that they are given once is the core's, by the keys. In the log once, too."""
    key = _key(asked.user, gifts[0][0])
    if name_of(connection, key) is None:
        name_transfer(connection, key, _NAME)
        amounts: dict[str, Any] = {one.ccy: one.amount for one in _told(gifts)}
        asked.log(connection, "receive demo funds", f"user:{asked.user}", **amounts)


def _gifts(desk: Desk) -> list[tuple[Asset, int]]:
    """By the order of their assets' numbers; a currency that the venue does not have is passed over."""
    wanted = {name.upper(): coins for name, coins in desk.settings.demo.funds.items()}
    assets = sorted(desk.venue.assets.values(), key=lambda one: one.id)
    return [(one, one.parse(wanted[one.name.upper()])) for one in assets if one.name.upper() in wanted]


def _told(gifts: list[tuple[Asset, int]]) -> list[DemoAmount]:
    return [DemoAmount(asset.name, asset.format(amount)) for asset, amount in gifts]


def _key(user: int, asset: Asset) -> bytes:
    """The deposit's idempotency key: of the user for ever, whatever account is theirs."""
    return f"demo:{user}:{asset.id}".encode()


ROUTES = [demo_funds, receive_demo_funds]
