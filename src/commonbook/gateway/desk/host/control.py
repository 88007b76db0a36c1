"""The host's controls at its desk: what is in force, and its change by two people. P-16 and AD-3.

One user asks, and what is approved is a change from what they saw to what they want: where it is otherwise by then
nothing is sent. What is sent is what `commonbook control` sends, ahead of all that waits in the core (P-13).
"""

from enum import StrEnum
from fractions import Fraction
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from sqlalchemy import Connection

from commonbook.administration.approvals import Approval
from commonbook.administration.interest import NOBODY, Parties
from commonbook.administration.roles import May
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import ApprovalTold, number, told
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.parties import nobody
from commonbook.identity.service import credential_of
from commonbook.instrument.controls import (
    NONE,
    Wanted,
    instrument_as_told,
    kill_command,
    limits_command,
    name_of,
    named,
    reference_command,
    status_command,
    status_word,
    target_of,
)
from commonbook.instrument.venue import Venue
from commonbook.matching.disk import MARKER
from commonbook.people import directory
from commonbook.records import EventKind, KillScope, TradingStatus, of_kind

STATUS, KILL, BAND = "trading_status", "kill_switch", "price_limits"
NOT_LISTING_TOLD = 20  # brands


class Status(StrEnum):
    LIVE = "live"
    CANCEL_ONLY = "cancel-only"
    HALTED = "halted"

    @property
    def kind(self) -> TradingStatus:
        return TradingStatus[self.name]


class Scope(StrEnum):
    KEY = "key"  # an API key
    USER = "user"  # by its number: all accounts of the same person
    PERSON = "person"  # the same by the number that the core has
    ACCOUNT = "account"
    BROKER = "broker"  # by its code
    BRAND = "brand"
    INSTRUMENT = "instrument"
    VENUE = "venue"


class Switch(msgspec.Struct, frozen=True):
    """A kill switch that is on."""

    scope: str  # credential, account, person, broker, brand, instrument, venue
    target: str  # a name where there is one, else a number; empty: the venue


class InstrumentTold(msgspec.Struct, frozen=True):
    """Prices and sizes are decimals; empty: there is no such limit."""

    instrument: str
    base: str
    quote: str
    status: str
    in_force: str  # with the venue's: the stricter holds
    reference: str
    premium: str
    buys_at_most: str
    sells_at_least: str
    band_percent: str
    band_max_percent: str
    largest_size: str
    largest_notional: str
    deviation_percent: str
    duplicate_ms: str
    not_listed_by: list[str]


class ControlTold(msgspec.Struct, frozen=True):
    sequence: str  # the newest that this gateway has taken in
    status: str  # the venue's
    by_the_disk: bool  # for want of room (J-15)
    switches: list[Switch]
    instruments: list[InstrumentTold]


class StatusAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: Status
    instrument: str = ""  # empty: the whole venue


class KillAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scope: Scope
    target: str = ""  # empty: the venue
    active: bool = True  # False: let it trade again


class BandAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is empty stays as it is; `none` takes it away."""

    instrument: str
    band: str = ""  # per cent, from the reference
    band_max: str = ""  # per cent, with the premium, at most
    reference: str = ""
    premium: str = ""
    largest_size: str = ""
    largest_notional: str = ""
    deviation: str = ""  # per cent, from the best opposite price
    duplicate_ms: str = ""


@get("/control", needs=May.LOOK)
async def control(asked: Asking) -> ControlTold:
    """What is in force: statuses, kill switches, reference prices, bands and limits."""
    desk, venue = asked.desk, asked.desk.venue
    absent = venue.not_listing()
    return ControlTold(
        sequence=str(desk.door.position),
        status=status_word(venue.statuses.get(0, TradingStatus.LIVE)),
        by_the_disk=(desk.data_dir / MARKER).exists(),
        switches=[Switch(scope.name.lower(), name_of(venue, scope, target)) for scope, target in sorted(venue.kills)],
        instruments=[_instrument(venue, one.name, absent) for one in list(venue.instruments.values())],
    )


def _instrument(venue: Venue, name: str, absent: Any) -> InstrumentTold:
    found = instrument_as_told(venue, named(venue, name), absent)
    texts = {key: "" if value is None else str(value) for key, value in found.items() if key != "not_listed_by"}
    return InstrumentTold(**texts, not_listed_by=found["not_listed_by"][:NOT_LISTING_TOLD])


# -- halts -------------------------------------------------------------------------------------------------------------


@post("/control/status", needs=May.MARKETS, fresh=True, status_code=202)
async def ask_for_status(asked: Asking, data: JSONBody[StatusAsked]) -> ApprovalTold:
    """Ask to halt, to take cancels alone, or to resume; another user of the host must say yes, too."""
    before = _status(asked.desk.venue, data.instrument)
    if before == data.status:
        raise Declined("already_so", f"{data.instrument or 'the venue'} is {before} already", status=before)
    payload = {"instrument": data.instrument, "before": before, "after": data.status.value}
    return told(await acts.ask_for(asked, STATUS, payload))


def _status(venue: Venue, instrument: str) -> str:
    """Raises BadInput for an instrument that is not there."""
    return status_word(venue.statuses.get(named(venue, instrument).id if instrument else 0, TradingStatus.LIVE))


@acts.register(STATUS, May.MARKETS, nobody)
async def _set_status(desk: Desk, approval: Approval) -> dict[str, Any]:
    wanted, venue = approval.payload, desk.venue
    now = _status(venue, wanted["instrument"])
    if now == wanted["after"]:
        return {"status": now}
    if now != wanted["before"]:
        raise _otherwise(wanted["instrument"] or "the venue", now)
    command = status_command(venue, wanted["instrument"] or None, Status(wanted["after"]).kind)
    batch = await desk.command_ahead(command)
    return {"status": wanted["after"], "sequence": str(batch.last)}


# -- kill switches -----------------------------------------------------------------------------------------------------


@post("/control/kill", needs=May.MARKETS, fresh=True, status_code=202)
async def ask_for_kill(asked: Asking, data: JSONBody[KillAsked]) -> ApprovalTold:
    """Ask to refuse what is new of a scope and cancel what rests, or to let it trade again. A second user decides."""
    scope, target = await _target(asked.desk, data)
    if ((scope, target) in asked.desk.venue.kills) == data.active:
        raise Declined("already_so", f"{data.scope} {data.target} {'is' if data.active else 'is not'} killed already")
    payload = {"scope": scope.name.lower(), "number": str(target), "active": data.active}
    payload |= {"asked_by": data.scope.value, "target": data.target if data.scope is not Scope.KEY else str(target)}
    return told(await acts.ask_for(asked, KILL, payload))


async def _target(desk: Desk, data: KillAsked) -> tuple[KillScope, int]:
    """What the core calls it.

    Raises:
        BadInput: it has no such name, or is no number.
        Declined: `no_such_key`, `no_such_user`, `no_trading_account`.
    """
    match data.scope:
        case Scope.KEY:
            if data.target.isascii() and data.target.isdigit():  # as a switch that is on is told of
                return KillScope.CREDENTIAL, number(data.target, "key")
            found = await desk.read(lambda connection: credential_of(connection, data.target[:64]))
            if found is None:
                raise Declined("no_such_key", "there is no such API key")
            return KillScope.CREDENTIAL, found
        case Scope.USER:
            user = number(data.target, "user")
            account = (await desk.read(lambda connection: directory.find(connection, user))).account
            if account not in desk.venue.accounts:
                raise Declined("no_trading_account", f"user {user} has no trading account: there is nothing to stop")
            return KillScope.PERSON, desk.venue.accounts[account].person
        case Scope.PERSON:
            person = number(data.target, "person")
            if all(one.person != person for one in list(desk.venue.accounts.values())):
                raise Declined("no_such_person", f"there is no person {person}")
            return KillScope.PERSON, person
        case Scope.ACCOUNT:
            if (account := number(data.target, "account")) not in desk.venue.accounts:
                raise Declined("no_such_account", f"there is no account {account}")
            return KillScope.ACCOUNT, account
        case Scope.BROKER | Scope.BRAND | Scope.INSTRUMENT | Scope.VENUE:
            kind = KillScope[data.scope.name]
            return kind, target_of(desk.venue, kind, data.target or None)


def _of_switch(desk: Desk, _: Connection, payload: dict[str, Any]) -> Parties:
    """Whose orders a switch lets in or stops. Of a person, the accounts; whose a key is, the account that has it."""
    number, venue = int(payload["number"]), desk.venue
    match KillScope[payload["scope"].upper()]:
        case KillScope.ACCOUNT:
            return Parties(accounts=frozenset({number}))
        case KillScope.PERSON:
            return Parties(accounts=frozenset(one.id for one in list(venue.accounts.values()) if one.person == number))
        case KillScope.BROKER:
            return Parties(brokers=frozenset({number}))
        case KillScope.BRAND:
            return Parties(brands=frozenset({number}))
        case _:
            return NOBODY


@acts.register(KILL, May.MARKETS, _of_switch)
async def _kill(desk: Desk, approval: Approval) -> dict[str, Any]:
    """Turned on or off once: what is so already, as after a crash behind the command, is well."""
    wanted = approval.payload
    switch = (KillScope[wanted["scope"].upper()], int(wanted["number"]))
    if (switch in desk.venue.kills) == wanted["active"]:
        return {"active": wanted["active"]}
    batch = await desk.command_ahead(kill_command(*switch, active=wanted["active"]))
    canceled = len(of_kind(batch.events, EventKind.CANCELED))
    return {"active": wanted["active"], "canceled": canceled, "sequence": str(batch.last)}


# -- bands and limits --------------------------------------------------------------------------------------------------


@post("/control/limits", needs=May.MARKETS, fresh=True, status_code=202)
async def ask_for_limits(asked: Asking, data: JSONBody[BandAsked]) -> ApprovalTold:
    """Ask for other limits or another reference price of an instrument; another user of the host must say yes, too."""
    venue = asked.desk.venue
    change = {key: value for key, value in msgspec.to_builtins(data).items() if value and key != "instrument"}
    if not change:
        raise BadInput("nothing to set: give a band, a reference price or a limit")
    _commands(venue, data.instrument, change)
    payload = {"instrument": data.instrument, "before": _limits(venue, data.instrument), "change": change}
    return told(await acts.ask_for(asked, BAND, payload))


def _limits(venue: Venue, instrument: str) -> dict[str, str]:
    """What `change` may name, as it is now."""
    found = instrument_as_told(venue, named(venue, instrument), {})
    names = {"band": "band_percent", "band_max": "band_max_percent", "deviation": "deviation_percent"}
    fields = [one for one in BandAsked.__struct_fields__ if one != "instrument"]
    values = {one: found[names.get(one, one)] for one in fields}
    return {one: NONE if value is None else str(value) for one, value in values.items()}


def _commands(venue: Venue, instrument: str, change: dict[str, str]) -> list[Any]:
    """Raises BadInput for what is not exact."""
    duplicate = change.get("duplicate_ms")
    wanted = Wanted(
        band=change.get("band"),
        band_max=change.get("band_max"),
        largest_size=change.get("largest_size"),
        largest_notional=change.get("largest_notional"),
        deviation=change.get("deviation"),
        duplicate_ms=None if duplicate is None else 0 if duplicate == NONE else number(duplicate, "duplicate_ms"),
    )
    found = [limits_command(venue, instrument, wanted)] if wanted != Wanted() else []
    if "reference" in change or "premium" in change:
        price = change.get("reference") or _limits(venue, instrument)["reference"]
        found.append(reference_command(venue, instrument, price, change.get("premium")))
    return found


@acts.register(BAND, May.MARKETS, nobody)
async def _set_limits(desk: Desk, approval: Approval) -> dict[str, Any]:
    """One command after the other: cut off between them, the first is what is there already, and the second follows."""
    instrument, change, before = (approval.payload[key] for key in ("instrument", "change", "before"))
    now = _limits(desk.venue, instrument)
    if any(not (_same(now[key], before[key]) or _same(now[key], value)) for key, value in change.items()):
        raise _otherwise(instrument, ", ".join(f"{key} {now[key]}" for key in sorted(change)))
    for command in _commands(desk.venue, instrument, change):
        await desk.command(command, 0)
    return {"limits": _limits(desk.venue, instrument)}


def _same(one: str, other: str) -> bool:
    """Whether two decimals, with a sign of per cent or without, are one number."""
    if one == other or NONE in (one, other):
        return one == other
    return Fraction(one.removesuffix("%").rstrip()) == Fraction(other.removesuffix("%").rstrip())


def _otherwise(what: str, now: str) -> Declined:
    return Declined("changed_meanwhile", f"{what} is {now} by now, not as it was when this was asked for: ask anew")


ROUTES = [control, ask_for_status, ask_for_kill, ask_for_limits]
