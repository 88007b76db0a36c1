"""Whom a user lets act and earn: consent with a cap, refusal, and the keys that are a broker's. CN-1 to CN-8.

To say yes, or to lift a no, takes a browser and a second factor shown lately. To say no takes neither: it must be as
easy from anywhere, and is in force within a second.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import Connection

from commonbook.broker import consents
from commonbook.broker.consenting import (
    PROGRAMS,
    TEXT_VERSION,
    Consent,
    How,
    Refusal,
    cap_of,
    cap_text,
    consent_text,
    must_know_text,
)
from commonbook.errors import Declined
from commonbook.gateway.desk.account.parts import by_session, moment, paper, plain
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.okx_v5.door import Door
from commonbook.identity.service import has_lapsed
from commonbook.instrument.model import BrokerCode
from commonbook.oauth import held
from commonbook.people.telling import tell
from commonbook.storage.schema import api_keys

Answer = TypeVar("Answer")


class BrokerText(msgspec.Struct, frozen=True):
    """What is agreed to, as it is shown before a yes."""

    broker: str
    text: str
    text_version: str
    text_with_cap: str  # the same where a cap is set: `{cap}` stands for it
    asks_from: list[str]  # addresses: keys that the broker holds work from these alone; none: it can hold no key


class ConsentAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text_version: str
    cap: str = ""  # the highest part of a fee that it may earn, in per cent; "": what its program pays
    keys: list[str] = []  # your keys that are the broker's from now on
    held: bool = False  # the broker has these keys: they work from its addresses alone, and never withdraw


class BrokerKey(msgspec.Struct, frozen=True):
    api_key: str
    held: bool


class ConsentTold(msgspec.Struct, frozen=True):
    broker: str
    active: bool  # whether orders may carry its code now
    cap: str  # "": what its program pays
    how: How
    text_version: str
    given_ns: str
    earns_from_ns: str  # later than given where you moved to it from another broker
    ended_ns: str  # "" while it stands
    was_replaced: bool  # it ended by a newer yes to the same broker


class RefusalTold(msgspec.Struct, frozen=True):
    broker: str  # "": all brokers
    refused_ns: str
    lifted_ns: str  # "" while it stands


class OwnBroker(msgspec.Struct, frozen=True):
    broker: str
    consent: ConsentTold | None  # none: keys that the host has made for it
    keys: list[BrokerKey]
    refused: bool  # by a standing no, so that no order carries its code whatever the keys say


class OwnBrokers(msgspec.Struct, frozen=True):
    brokers: list[OwnBroker]
    refusals: list[RefusalTold]


class BrokerHistory(msgspec.Struct, frozen=True):
    consents: list[ConsentTold]
    refusals: list[RefusalTold]


class RefusalAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    broker: str = ""  # a code; "": all brokers


@get("/brokers", needs=Needs.USER)
async def own_brokers(asked: Asking, simulated: FromQuery[bool] = False) -> OwnBrokers:
    """Who may act and earn on your account, by which keys, and whom you refuse."""
    return await _own(asked, simulated)


@get("/brokers/history", needs=Needs.USER)
async def broker_history(asked: Asking, simulated: FromQuery[bool] = False) -> BrokerHistory:
    """All that you have ever said yes and no to, newest first."""
    door, account = asked.desk.door_of(simulated), _account(asked)

    def query(connection: Connection) -> BrokerHistory:
        said = [_consent(door, one) for one in consents.consents_of(connection, account)]
        return BrokerHistory(said, [_refusal(door, one) for one in consents.refusals_of(connection, account)])

    return await door.read(query)


@get("/brokers/{code:str}/text", needs=Needs.USER)
async def text_of(asked: Asking, code: FromPath[str], simulated: FromQuery[bool] = False) -> BrokerText:
    """What you agree to by a yes to this broker."""
    door = asked.desk.door_of(simulated)
    broker = consents.code_of(door.venue, plain(code, "broker"))
    addresses = await door.read(lambda connection: consents.addresses_of(connection, broker.id))
    with_cap = consent_text(broker.code, 0).replace("0 per cent", "{cap} per cent")
    return BrokerText(broker.code, consent_text(broker.code), TEXT_VERSION, with_cap, list(addresses))


@post("/brokers/{code:str}/consent", needs=Needs.USER, fresh=True, status_code=200)
async def agree(
    asked: Asking, code: FromPath[str], data: JSONBody[ConsentAsked], simulated: FromQuery[bool] = False
) -> ConsentTold:
    """Say yes to a broker, or change the cap; the keys that are named are its from now on. In force within a second."""
    by_session(asked)
    must_know_text(data.text_version)
    door, account, cap_e8 = asked.desk.door_of(simulated), _account(asked), cap_of(data.cap)
    broker = consents.code_of(door.venue, plain(code, "broker"))
    how = How.KEY if data.keys else How.PAGE
    keys = [plain(one, "key") for one in data.keys]

    def work(connection: Connection) -> Consent:
        said = consents.give(
            *(connection, door.venue, account, broker.id, how, engine_ns(door)),
            *(door.broker.moving_hours, cap_e8, asked.user, data.text_version),
        )
        for one in keys:
            if has_lapsed(connection, api_keys.c.api_key == one, time.time_ns()):  # held, it would work again (I-14)
                raise Declined("no_such_key", f"the key {one} has lapsed: make a new one")
            consents.associate(connection, account, one, broker.id, data.held)
        return said

    def afterwards(connection: Connection) -> None:
        _tell(connection, asked, "broker-agreed", broker)
        told: dict[str, Any] = {
            "cap": data.cap,
            "text_version": data.text_version,
            "keys": sorted(keys),
            "held": data.held,
        }
        asked.log(connection, "agree with broker", f"broker:{broker.code}", **told, **in_simulated(simulated))

    return _consent(door, await _done(asked, door, work, afterwards))


@post("/brokers/{code:str}/withdraw", needs=Needs.USER, status_code=200)
async def withdraw(asked: Asking, code: FromPath[str], simulated: FromQuery[bool] = False) -> OwnBrokers:
    """Take a yes back: keys that the broker holds and its applications' tokens stop working, and it earns on nothing
    that is filled from now on.
    """
    door, account = asked.desk.door_of(simulated), _account(asked)
    broker = _known(door, code)

    def work(connection: Connection) -> None:
        has_ended = consents.withdraw(connection, account, broker.id, engine_ns(door))
        granted = not simulated and held.end_with(connection, account, broker.id) > 0
        if not (has_ended or granted):
            raise Declined("no_such_consent", f"you have agreed to nothing with {broker.code}")

    def afterwards(connection: Connection) -> None:
        _tell(connection, asked, "broker-ended", broker)
        asked.log(connection, "end with broker", f"broker:{broker.code}", **in_simulated(simulated))

    await _done(asked, door, work, afterwards)
    return await _own(asked, simulated)


@post("/broker-refusals", needs=Needs.USER, status_code=200)
async def refuse(asked: Asking, data: JSONBody[RefusalAsked], simulated: FromQuery[bool] = False) -> OwnBrokers:
    """Refuse one broker, or all: within a second no new order of yours is theirs, and they earn nothing from now on."""
    door, account = asked.desk.door_of(simulated), _account(asked)
    broker = 0 if not data.broker else _known(door, data.broker).id

    def work(connection: Connection) -> None:
        consents.refuse(connection, account, broker, asked.user, engine_ns(door))

    def afterwards(connection: Connection) -> None:
        asked.log(connection, "refuse broker", f"broker:{data.broker or 'all'}", **in_simulated(simulated))

    await _done(asked, door, work, afterwards)
    return await _own(asked, simulated)


@post("/broker-refusals/lift", needs=Needs.USER, fresh=True, status_code=200)
async def lift(asked: Asking, data: JSONBody[RefusalAsked], simulated: FromQuery[bool] = False) -> OwnBrokers:
    """Take a refusal back; what your keys are associated with counts again."""
    by_session(asked)
    door, account = asked.desk.door_of(simulated), _account(asked)
    broker = 0 if not data.broker else _known(door, data.broker).id

    def work(connection: Connection) -> None:
        if not consents.lift(connection, account, broker, engine_ns(door)):
            raise Declined("no_such_refusal", f"you do not refuse {data.broker or 'all brokers'}")

    def afterwards(connection: Connection) -> None:
        asked.log(connection, "lift refusal", f"broker:{data.broker or 'all'}", **in_simulated(simulated))

    await _done(asked, door, work, afterwards)
    return await _own(asked, simulated)


async def _own(asked: Asked, simulated: bool) -> OwnBrokers:
    door, account = asked.desk.door_of(simulated), _account(asked)

    def query(connection: Connection) -> OwnBrokers:
        agreed = {one.broker: one for one in consents.standing_consents(connection, account)}
        refused = consents.standing_refusals(connection, account)
        refused_brokers = {one.broker for one in refused}
        found = []
        for broker in sorted({*agreed, *consents.brokers_with_keys(connection, account)}):
            if broker not in door.venue.codes:
                continue
            keys = [BrokerKey(*one) for one in consents.keys_with(connection, account, broker)]
            consent = _consent(door, agreed[broker]) if broker in agreed else None
            is_refused = bool(refused_brokers & {0, broker})
            found.append(OwnBroker(door.venue.codes[broker].code, consent, keys, is_refused))
        return OwnBrokers(found, [_refusal(door, one) for one in refused])

    return await door.read(query)


def engine_ns(door: Door) -> int:
    """Consents are compared with fills, so their times are the engine's."""
    return door.time_ns or time.time_ns()


def in_simulated(simulated: bool) -> dict[str, Any]:
    """What the log says beside what was done at the simulated venue."""
    return {"simulated": True} if simulated else {}


async def _done(
    asked: Asked, door: Door, work: Callable[[Connection], Answer], afterwards: Callable[[Connection], None]
) -> Answer:
    """Do it, and log it: in one transaction where both are in one database. Of two at once one comes second."""
    if door is not asked.desk.door:
        outcome = await asked.desk.write_racing(work, door)
        await asked.desk.write(afterwards)
        return outcome

    def both(connection: Connection) -> Answer:
        outcome = work(connection)
        afterwards(connection)
        return outcome

    return await asked.desk.write_racing(both)


def _account(asked: Asked) -> int:
    account = asked.credential.account if asked.credential is not None else 0
    if not account:
        raise Declined("no_such_account", "you have no account to trade with")
    return account


def _known(door: Door, code: str) -> BrokerCode:
    """A broker that is active, or was."""
    found = door.venue.broker_coded(plain(code, "broker"))
    if found is None:
        raise Declined("no_such_broker", f"there is no broker {code}")
    return found


def _consent(door: Door, one: Consent) -> ConsentTold:
    broker = door.venue.codes[one.broker]
    return ConsentTold(
        broker=broker.code,
        active=broker.active,
        cap="" if one.cap_e8 == PROGRAMS else cap_text(one.cap_e8),
        how=one.how,
        text_version=one.text_version,
        given_ns=str(one.given_ns),
        earns_from_ns=str(one.earns_from_ns),
        ended_ns=str(one.ended_ns or ""),
        was_replaced=one.was_replaced,
    )


def _refusal(door: Door, one: Refusal) -> RefusalTold:
    code = door.venue.codes[one.broker].code if one.broker in door.venue.codes else ""
    return RefusalTold(code, str(one.refused_ns), str(one.lifted_ns or ""))


def _tell(connection: Connection, asked: Asked, kind: str, broker: BrokerCode) -> None:
    tell(connection, asked.desk.seal, paper(asked, asked.brand), asked.user, kind, broker=broker.code, time=moment())


ROUTES = [own_brokers, broker_history, text_of, agree, withdraw, refuse, lift]
