"""`commonbook control ...`: the host stops, limits and starts trading on an exchange that is being served.

Each change is one sequenced command, sent to the running core over the socket in the data folder; whoever may open that
may do it, and nobody else. The answer is told once the command is durable. `status` asks the core as well, so that it
tells what is in force and not what some follower has heard of.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
import typer

from commonbook.brand import splits
from commonbook.errors import BadInput, CoreUnavailable, Declined
from commonbook.identity.service import credential_of
from commonbook.instrument import store as instrument_store
from commonbook.instrument.controls import (
    Wanted,
    instrument_as_told,
    kill_command,
    limits_command,
    listing_command,
    name_of,
    named,
    reference_command,
    status_command,
    status_word,
    target_of,
)
from commonbook.instrument.model import Instrument
from commonbook.instrument.venue import Venue
from commonbook.matching.client import CoreClient
from commonbook.matching.disk import MARKER
from commonbook.records import (
    EVENT,
    CommandKind,
    EventKind,
    KillScope,
    ListingMode,
    Records,
    Refusal,
    Side,
    TradingStatus,
    of_kind,
)
from commonbook.settings import database_url, load_settings
from commonbook.storage.database import open_database, snapshot

ANSWER_S = 30.0
SOCKET = "core.sock"
RATIO = re.compile(r"(\d{1,10}):(\d{1,10})")
KEY_MOST = 32
NAMES_TOLD = 10  # of the brands that do not list an instrument, on a line

T = TypeVar("T")

control_app = typer.Typer(help="Stop, limit and start trading on a running exchange.", no_args_is_help=True)

DataOption = Annotated[Path, typer.Option("--data", help="The data folder of the running exchange.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before the whole venue is stopped.")]
OneOption = Annotated[str | None, typer.Option("--instrument", help="Of this one alone; without it the whole venue.")]
InstrumentOption = Annotated[str, typer.Option("--instrument", help="Its name, for example BTC-USDT.")]
BrandOption = Annotated[str, typer.Option("--brand", help="Its name.")]
TargetOption = Annotated[
    str | None, typer.Option("--target", help="A name where there is one; an API key or a number; none for the venue.")
]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")]


class Scope(StrEnum):
    CREDENTIAL = "credential"
    ACCOUNT = "account"
    PERSON = "person"
    BROKER = "broker"
    BRAND = "brand"
    INSTRUMENT = "instrument"
    VENUE = "venue"

    @property
    def kind(self) -> KillScope:
        return KillScope[self.name]


ScopeOption = Annotated[Scope, typer.Option("--scope", help="Of whom, or of what, orders are stopped.")]


@control_app.command()
def status(
    data: DataOption = Path("data"),
    instrument: Annotated[str | None, typer.Option("--instrument", help="This one alone.")] = None,
    json_output: JsonOption = False,
) -> None:
    """What is in force: status of venue and instruments, reference prices, bands, limits, listings, switches."""

    async def ask(client: CoreClient) -> tuple[int, Venue]:
        return await setup_of(client)

    sequence, venue = _with_core(data, ask)
    chosen = [named(venue, instrument)] if instrument is not None else list(venue.instruments.values())
    told = venue_as_told(venue, chosen) | {"sequence": sequence, "by_the_disk": (data / MARKER).exists()}
    _tell(told, json_output, [*_venue_lines(told), *(line for one in told["instruments"] for line in _lines(one))])


@control_app.command()
def halt(
    instrument: OneOption = None,
    data: DataOption = Path("data"),
    yes: YesOption = False,
    json_output: JsonOption = False,
) -> None:
    """Take neither orders nor cancels, of one instrument or of the whole venue."""
    _set_status(TradingStatus.HALTED, instrument, data, yes, json_output)


@control_app.command(name="cancel-only")
def cancel_only(
    instrument: OneOption = None,
    data: DataOption = Path("data"),
    yes: YesOption = False,
    json_output: JsonOption = False,
) -> None:
    """Take cancels and no orders, of one instrument or of the whole venue."""
    _set_status(TradingStatus.CANCEL_ONLY, instrument, data, yes, json_output)


@control_app.command()
def live(instrument: OneOption = None, data: DataOption = Path("data"), json_output: JsonOption = False) -> None:
    """Take orders again, of one instrument or of the whole venue; the stricter of the two statuses holds."""
    _set_status(TradingStatus.LIVE, instrument, data, True, json_output)


def _set_status(word: TradingStatus, instrument: str | None, data: Path, yes: bool, json_output: bool) -> None:
    if instrument is None and not yes:
        _confirm(f"Set the whole venue to {status_word(word)}?")
    told = _change(data, lambda venue: status_command(venue, instrument, word))[0]
    told |= {"instrument": instrument, "status": status_word(word)}
    _tell(told, json_output, [f"{instrument or 'the venue'} is {status_word(word)}  (sequence {told['sequence']})"])


@control_app.command()
def kill(
    scope: ScopeOption,
    target: TargetOption = None,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    yes: YesOption = False,
    json_output: JsonOption = False,
) -> None:
    """Refuse new orders and amendments of a scope and cancel those that rest, in halted books too."""
    if scope is Scope.VENUE and not yes:
        _confirm("Cancel every order of the whole venue and refuse new ones?")
    chosen = _by_number(scope, target, data, settings_file)
    told, venue, events = _change(
        data, lambda venue: kill_command(scope.kind, target_of(venue, scope.kind, chosen), active=True)
    )
    told |= {"scope": str(scope), "target": target, "active": True} | _canceled(venue, events)
    lines = [f"{_who(scope, target)} is killed  (sequence {told['sequence']})"]
    _tell(told, json_output, [*lines, *_canceled_lines(venue, events)])


@control_app.command()
def release(
    scope: ScopeOption,
    target: TargetOption = None,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Turn a kill switch off. Other switches and the trading status stay as they are."""
    chosen = _by_number(scope, target, data, settings_file)

    def command(venue: Venue) -> Records:
        switch = (scope.kind, target_of(venue, scope.kind, chosen))
        if switch not in venue.kills:
            on = ", ".join(_who(Scope[one.name], name_of(venue, one, number)) for one, number in sorted(venue.kills))
            raise BadInput(f"{_who(scope, target)} is not killed, nothing was sent; killed is: {on or 'nothing'}")
        return kill_command(*switch, active=False)

    told = _change(data, command)[0] | {"scope": str(scope), "target": target, "active": False}
    _tell(told, json_output, [f"{_who(scope, target)} may trade again  (sequence {told['sequence']})"])


@control_app.command()
def delist(
    brand: BrandOption,
    instrument: InstrumentOption,
    data: DataOption = Path("data"),
    json_output: JsonOption = False,
) -> None:
    """Have a brand no longer list an instrument: refuse its orders in it and cancel those that rest. Others go on."""
    told, venue, events = _change(data, lambda venue: listing_command(venue, brand, instrument, ListingMode.CLOSED))
    told |= {"brand": brand, "instrument": instrument, "listed": False} | _canceled(venue, events)
    lines = [f"{brand} does not list {instrument}  (sequence {told['sequence']})"]
    _tell(told, json_output, [*lines, *_canceled_lines(venue, events)])


@control_app.command(name="list")
def list_again(
    brand: BrandOption,
    instrument: InstrumentOption,
    data: DataOption = Path("data"),
    json_output: JsonOption = False,
) -> None:
    """Have a brand list an instrument again. Each lists every one until it is delisted."""
    told, _, _ = _change(data, lambda venue: listing_command(venue, brand, instrument, ListingMode.OPEN))
    told |= {"brand": brand, "instrument": instrument, "listed": True}
    _tell(told, json_output, [f"{brand} lists {instrument}  (sequence {told['sequence']})"])


@control_app.command()
def split(
    asset: Annotated[str, typer.Option("--asset", help="The name of the one whose units change.")],
    into: Annotated[str, typer.Option("--into", help="The asset of the new units; made where it is not there.")],
    ratio: Annotated[str, typer.Option("--ratio", help="New units for old ones, for example 1:3 or 10:1.")],
    key: Annotated[str, typer.Option("--key", help="Names this split for ever: sent again, it happens once.")],
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    yes: YesOption = False,
    json_output: JsonOption = False,
) -> None:
    """Convert every balance of an asset into one of another and close it. Halt its instruments and empty them first."""
    numerator, denominator = _ratio(ratio)
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= KEY_MOST):
        raise BadInput(f"--key {key!r} is not 1 to {KEY_MOST} ASCII characters")
    if not yes:
        _confirm(f"Convert every balance of {asset} into {into}, {numerator} for {denominator}, and close {asset}?")
    used = splits.named_by(load_settings(settings_file, os.environ)) | _staked(data, settings_file)

    def command(venue: Venue) -> Records:
        try:
            wanted = splits.wanted(venue, asset, into, numerator, denominator)
            splits.must_be_told_nowhere_else(venue, wanted.old, used)
        except Declined as declined:
            raise BadInput(f"{declined}; nothing was sent") from None
        return splits.split_commands(venue, wanted, key.encode())

    told, venue, events = _change(data, command)
    done = next(one for one in venue.splits.values() if one.key == key.encode())
    holders = int((of_kind(events, EventKind.BALANCE)["asset"] == done.asset).sum())
    told |= {"asset": asset, "new_asset": into, "ratio": f"{numerator}:{denominator}", "accounts": holders}
    line = f"{asset} is {into}, {numerator} for {denominator}, at {holders:,} accounts  (sequence {told['sequence']})"
    _tell(told, json_output, [line])


def _ratio(text: str) -> tuple[int, int]:
    found = RATIO.fullmatch(text)
    if found is None:
        raise BadInput(f"--ratio {text[:40]} is no ratio; give new units and old ones, for example 1:3")
    return int(found[1]), int(found[2])


def _staked(data: Path, settings_file: Path | None) -> set[str]:
    """In which stakes are locked, as the back office has written it down."""
    _must_be_a_data_folder(data)
    database = open_database(database_url(load_settings(settings_file, os.environ), data))
    try:
        with snapshot(database) as connection:
            return splits.staked(connection, instrument_store.load(connection))
    finally:
        database.dispose()


@control_app.command()
def limits(
    instrument: InstrumentOption,
    band: Annotated[str | None, typer.Option(help="How far the band reaches from the reference, per cent.")] = None,
    band_max: Annotated[str | None, typer.Option(help="How far with the premium, at most, per cent.")] = None,
    largest_size: Annotated[str | None, typer.Option(help="Of one order, in the base asset.")] = None,
    largest_notional: Annotated[str | None, typer.Option(help="Of one order, in the quote asset.")] = None,
    deviation: Annotated[str | None, typer.Option(help="Of a price from the best opposite one, per cent.")] = None,
    duplicate_ms: Annotated[int | None, typer.Option(help="How long the same order again is refused.")] = None,
    data: DataOption = Path("data"),
    json_output: JsonOption = False,
) -> None:
    """Set limits of an instrument; what is not given stays as it is, `none` or 0 takes a limit away."""
    wanted = Wanted(band, band_max, largest_size, largest_notional, deviation, duplicate_ms)
    told, venue, _ = _change(data, lambda venue: limits_command(venue, instrument, wanted))
    _tell_instrument(told, venue, instrument, json_output)


@control_app.command()
def reference(
    instrument: InstrumentOption,
    price: Annotated[str, typer.Option(help="In the quote asset; none takes it, and so the band, away.")],
    premium: Annotated[str | None, typer.Option(help="What the market pays above it on average.")] = None,
    data: DataOption = Path("data"),
    json_output: JsonOption = False,
) -> None:
    """Set the reference price of an instrument's band; a premium that is not given stays as it is."""
    told, venue, _ = _change(data, lambda venue: reference_command(venue, instrument, price, premium))
    _tell_instrument(told, venue, instrument, json_output)


def _tell_instrument(told: dict[str, Any], venue: Venue, name: str, json_output: bool) -> None:
    after = instrument_as_told(venue, named(venue, name), venue.not_listing())
    _tell(told | after, json_output, [*_lines(after), f"in force  (sequence {told['sequence']})"])


def _change(data: Path, command: Callable[[Venue], Records]) -> tuple[dict[str, Any], Venue, Records]:
    """Send what `command` makes of the venue as it is.

    Returns:
        {"sequence"}, the venue with the command in force, and the events it caused.

    Raises:
        BadInput: the core has refused it; the reason is that of docs/rules/refusals.md, R-6.
    """

    async def send(client: CoreClient) -> tuple[dict[str, Any], Venue, Records]:
        _, venue = await setup_of(client)
        batch = await client.submit_batch(command(venue))
        refused = of_kind(batch.events.view(EVENT), EventKind.REFUSED)
        if len(refused):
            kind, reason = CommandKind(int(refused["command_kind"][0])).name, Refusal(int(refused["reason"][0])).name
            raise BadInput(f"{kind} is refused, {reason} (docs/rules/refusals.md, R-6); nothing has changed")
        venue.apply(batch)
        return {"sequence": batch.last}, venue, batch.events

    return _with_core(data, send)


async def setup_of(client: CoreClient) -> tuple[int, Venue]:
    """A sequence and the venue as it is after it, of the core itself."""
    sequence, records = await client.setup()
    venue = Venue()
    venue.apply_commands(records)
    return sequence, venue


def _with_core(data: Path, ask: Callable[[CoreClient], Awaitable[T]]) -> T:
    """Ask the core that serves a data folder.

    Raises:
        BadInput: not a data folder.
        CoreUnavailable: no exchange runs there, or it is another user's, or it does not answer.
    """
    _must_be_a_data_folder(data)

    async def work() -> T:
        client = await connected(data)
        try:
            return await asyncio.wait_for(ask(client), ANSWER_S)
        except TimeoutError:
            look = f"whether it was done is not known: look with `commonbook control status --data {data}`"
            raise CoreUnavailable(f"the core of {data} has not answered in {ANSWER_S:.0f} s; {look}") from None
        finally:
            client.close()

    return asyncio.run(work())


def _must_be_a_data_folder(data: Path) -> None:
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give the data folder of the running exchange with --data")


async def connected(data: Path) -> CoreClient:
    """The core that serves a data folder.

    Raises:
        CoreUnavailable: no exchange runs there, or it is another user's.
    """
    path = (data / SOCKET).resolve()  # a link leads to it where the folder's own path is too long for a socket
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise CoreUnavailable(f"{data / SOCKET} is another user's; run this as the user that runs the exchange")
    try:
        return await CoreClient.connect(path)
    except CoreUnavailable:
        start = f"start one with `commonbook serve --data {data}`, or name another folder with --data"
        raise CoreUnavailable(f"no exchange is running on {data}; {start}") from None


def _by_number(scope: Scope, target: str | None, data: Path, settings_file: Path | None) -> str | None:
    """An API key's number in place of the key; every other target as it is."""
    if scope is not Scope.CREDENTIAL or target is None or target.isdigit():
        return target
    _must_be_a_data_folder(data)
    database = open_database(database_url(load_settings(settings_file, os.environ), data))
    try:
        with database.connect() as connection:
            number = credential_of(connection, target)
    finally:
        database.dispose()
    if number is None:
        raise BadInput(f"no API key {target!r} on {data}; give the key, or its number as `journal cat` shows it")
    return str(number)


def _confirm(question: str) -> None:
    """Ask, on standard error. Raises BadInput unless the answer is yes."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer:
        print(file=sys.stderr)
        raise BadInput("nobody has answered, nothing was sent; give --yes to be not asked")
    if answer.strip().lower() not in ("y", "yes"):
        raise BadInput("not confirmed, nothing was sent")


def venue_as_told(venue: Venue, chosen: list[Instrument]) -> dict[str, Any]:
    """Status, switches that are on, and instruments, in people's words."""
    absent = venue.not_listing()
    return {
        "status": status_word(venue.statuses.get(0, TradingStatus.LIVE)),
        "switches": [
            {"scope": scope.name.lower(), "target": name_of(venue, scope, target) or None}
            for scope, target in sorted(venue.kills)
        ],
        "instruments": [instrument_as_told(venue, one, absent) for one in chosen],
    }


def _tell(told: dict[str, Any], json_output: bool, lines: list[str]) -> None:
    if json_output:
        print(json.dumps(told))
    else:
        print("\n".join(lines))


def _who(scope: Scope, target: str | None) -> str:
    return f"{scope} {target}" if target else f"the {scope}"


def _canceled(venue: Venue, events: Records) -> dict[str, Any]:
    """The orders that a command took out of their books, one by one."""
    orders = [
        {
            "order": int(one["order"]),
            "account": int(one["account"]),
            "instrument": venue.instruments[int(one["instrument"])].name,
            "side": Side(int(one["side"])).name.lower(),
            "remaining": venue.instruments[int(one["instrument"])].format_quantity(int(one["remaining_lots"])),
        }
        for one in of_kind(events, EventKind.CANCELED)
    ]
    return {"canceled": len(orders), "orders": orders}


def _canceled_lines(venue: Venue, events: Records) -> list[str]:
    canceled = of_kind(events, EventKind.CANCELED)
    return [f"{len(canceled):,} order{'s' if len(canceled) != 1 else ''} canceled", *_by_side(venue, canceled)]


def _by_side(venue: Venue, canceled: Records) -> list[str]:
    """One line for each instrument and side of what was canceled."""
    lines = []
    for number, side in sorted(set(zip(canceled["instrument"].tolist(), canceled["side"].tolist(), strict=True))):
        instrument = venue.instruments[number]
        rows = canceled[(canceled["instrument"] == number) & (canceled["side"] == side)]
        size = instrument.format_quantity(int(np.sum(rows["remaining_lots"].astype(object))))
        word = "bid" if side == Side.BUY else "ask"
        lines.append(f"  {instrument.name}  {word}  {len(rows):,} for {size} {instrument.base.name}")
    return lines


def _venue_lines(told: dict[str, Any]) -> list[str]:
    why = ", for want of room on the disk (J-15)" if told["by_the_disk"] else ""
    lines = [f"venue  {told['status']}{why}  (sequence {told['sequence']})"]
    switches = [f"  {_who(Scope(one['scope']), one['target'])}" for one in told["switches"]]
    return [*lines, "killed", *switches] if switches else [*lines, "killed  nothing"]


def _lines(one: dict[str, Any]) -> list[str]:
    """An instrument in a few lines; what is not set is told as none."""
    base, quote = one["base"], one["quote"]

    def unit(name: str, of: str) -> str:
        return f"{one[name]} {of}" if one[name] is not None else "none"

    with_venue = f", {one['in_force']} with the venue" if one["in_force"] != one["status"] else ""
    band = "none"
    if one["band_percent"] is not None:
        band = f"{one['band_percent']} %, with the premium at most {one['band_max_percent']} %"
    prices = "any"
    if one["buys_at_most"] is not None:
        prices = f"buys up to {one['buys_at_most']}, sells from {one['sells_at_least']}"
    absent = one["not_listed_by"]
    more = f" and {len(absent) - NAMES_TOLD:,} more" if len(absent) > NAMES_TOLD else ""
    return [
        f"{one['instrument']}  {one['status']}{with_venue}",
        f"  reference         {unit('reference', quote)}, premium {one['premium']}",
        f"  band              {band}",
        f"  prices            {prices}",
        f"  largest size      {unit('largest_size', base)}",
        f"  largest notional  {unit('largest_notional', quote)}",
        f"  deviation         {unit('deviation_percent', '%')}",
        f"  duplicates        {unit('duplicate_ms', 'ms')}",
        f"  not listed by     {', '.join(absent[:NAMES_TOLD]) or 'none'}{more}",
    ]
