"""What the host lets a broker do: from where its servers ask, and whether it keeps sub-accounts. BK-2, BK-5, BK-10.

Both widen what a broker can reach, so one user of the host asks and another approves.
"""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection

from commonbook.administration.approvals import Approval
from commonbook.administration.interest import Parties
from commonbook.administration.roles import May
from commonbook.broker import consents, spoofing
from commonbook.brokerage import registry
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.account.parts import plain
from commonbook.gateway.desk.administration import ApprovalTold, told
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.okx_v5.door import Door
from commonbook.identity.addresses import usual
from commonbook.instrument.accounts import SUBACCOUNTS_MOST
from commonbook.instrument.model import BrokerCode

ADDRESSES_MOST = 100
KIND = "broker"


class BrokerTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, as it is to be from then on."""

    addresses: list[str]  # from where its servers ask: keys that it holds work from these alone
    non_disclosed: bool = False  # it keeps sub-accounts for clients of its own, whose orders are all its own
    subaccounts_most: int = 0
    simulated: bool = False


class BrokerTold(msgspec.Struct, frozen=True):
    broker: str
    number: str  # by which other routes ask, and its OAuth clients are registered
    active: bool
    payout_account: str
    addresses: list[str]
    non_disclosed: bool
    subaccounts_most: int


class SpoofedTag(msgspec.Struct, frozen=True):
    """Orders that carried a broker's code under credentials that are not its."""

    tag: str
    orders: int
    accounts: int
    alarm: bool


@get("/brokers", needs=May.LOOK)
async def all_brokers(asked: Asking, simulated: FromQuery[bool] = False) -> list[BrokerTold]:
    door = asked.desk.door_of(simulated)
    codes = sorted(door.venue.codes.values(), key=lambda one: one.id)
    return await door.read(lambda connection: [_told(connection, one) for one in codes])


@post("/brokers/{code:str}", needs=May.MARKETS, fresh=True, status_code=200)
async def ask_for_terms(asked: Asking, code: FromPath[str], data: JSONBody[BrokerTerms]) -> ApprovalTold:
    """Ask for other terms of a broker; another user of the host must say yes, too."""
    door = asked.desk.door_of(data.simulated)
    _broker(door, plain(code, "broker"))
    if data.simulated and await asked.desk.read(lambda connection: registry.by_code(connection, code)) is not None:
        why = f"the simulated venue has of {code} what the live one has (S-3): ask for the terms of the live one"
        raise Declined("follows_live", why)
    payload = msgspec.to_builtins(data) | {"code": code, "addresses": _addresses(data.addresses)}
    _must_be_form(data)
    return told(await acts.ask_for(asked, KIND, payload))


def _of_code(desk: Desk, connection: Connection, payload: dict[str, Any]) -> Parties:
    """The broker is the live venue's: of the simulated one it has what it has there (S-3)."""
    line = registry.by_code(connection, payload["code"])
    known = desk.venue.broker_coded(payload["code"])
    return Parties(brokers=frozenset(one for one in (line and line.number, known and known.id) if one))


@acts.register(KIND, May.MARKETS, _of_code)
async def _set_terms(desk: Desk, approval: Approval) -> dict[str, Any]:
    terms = approval.payload
    door = desk.door_of(terms["simulated"])
    broker = _broker(door, terms["code"])

    def work(connection: Connection) -> None:
        consents.set_addresses(connection, broker.id, terms["addresses"])
        consents.set_form(connection, broker.id, terms["non_disclosed"], terms["subaccounts_most"])

    await door.write(work)
    return {"broker": broker.code}


@get("/brokers/spoofed", needs=May.LOOK)
async def spoofed(asked: Asking, simulated: FromQuery[bool] = False) -> list[SpoofedTag]:
    """Codes that orders of the last 24 hours carried without being their credential's, the most first."""
    door = asked.desk.door_of(simulated)
    now_ns = door.time_ns or asked.desk.now_ns
    most = door.broker.spoofed_tags_most
    found = await door.read(lambda connection: spoofing.of_day(connection, now_ns, most))
    return [SpoofedTag(one.tag, one.orders, one.accounts, one.is_alarm) for one in found]


def _told(connection: Connection, one: BrokerCode) -> BrokerTold:
    most = consents.subaccounts_most(connection, one.id)
    addresses = list(consents.addresses_of(connection, one.id))
    return BrokerTold(one.code, str(one.id), one.active, str(one.payout_account), addresses, most > 0, most)


def _broker(door: Door, code: str) -> BrokerCode:
    found = door.venue.broker_coded(code)
    if found is None:
        raise Declined("no_such_broker", f"there is no broker {code}")
    return found


def _addresses(texts: list[str]) -> list[str]:
    """As they are compared: the usual text of each."""
    if len(texts) > ADDRESSES_MOST:
        raise BadInput(f"addresses: {len(texts)}, and {ADDRESSES_MOST} are the most")
    try:
        return sorted({usual(one) for one in texts})
    except ValueError as error:
        raise BadInput(f"addresses: {error}") from None


def _must_be_form(data: BrokerTerms) -> None:
    low = 1 if data.non_disclosed else 0
    high = SUBACCOUNTS_MOST if data.non_disclosed else 0
    if not low <= data.subaccounts_most <= high:
        raise BadInput(
            f"subaccounts_most {data.subaccounts_most}: from 1 to {SUBACCOUNTS_MOST} where it keeps any, else 0"
        )


ROUTES = [all_brokers, spoofed, ask_for_terms]
