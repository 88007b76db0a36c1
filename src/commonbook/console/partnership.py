"""`commonbook partnership ...`: the host's side of the partnership on the tables of a data folder.

It works beside a server or without one. Whoever does something is named with `--by`, a user of the host who has the
role for it; what needs four eyes is asked for here and approved by another user at POST /host/v1/approvals. What
follows from a move in the core, such as stopping a brand, the back office sends.
"""

import json
import mailbox
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Engine

from commonbook.administration import approvals
from commonbook.administration.log import user_actor
from commonbook.administration.roles import HOST, May, allowed, roles_of
from commonbook.errors import BadInput, Declined
from commonbook.identity.sealing import Seal
from commonbook.instrument import store as instrument_store
from commonbook.instrument.venue import Venue
from commonbook.partnership import applications, intake, moving, phases, slots, stake
from commonbook.partnership.checklist import checklist
from commonbook.partnership.facts import facts_of
from commonbook.partnership.hosting import REASON, how_to_move, values_of
from commonbook.partnership.letters import letterhead_of, notify_state
from commonbook.partnership.model import Application, Facts, State, Terms, Who
from commonbook.partnership.rules import NEEDS, awaited, must_move
from commonbook.settings import Settings, database_url, load_settings
from commonbook.storage.database import open_database, snapshot
from commonbook.units import Minor, RateE8, format_units, parse_units

partnership_app = typer.Typer(help="Phases, applications and partners of the open partnership.", no_args_is_help=True)
phase_app = typer.Typer(help="Phases and their terms.", no_args_is_help=True)
partnership_app.add_typer(phase_app, name="phase")

DataOption = Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
ByOption = Annotated[int, typer.Option("--by", help="Who does it: the number of a user of the host.")]
ReferenceArgument = Annotated[str, typer.Argument(help="The application's reference.")]

INTAKE = "mail"  # the actor in the log of what a folder of mail has brought in


@dataclass(frozen=True)
class _Place:
    database: Engine
    venue: Venue
    seal: Seal
    settings: Settings
    data: Path


@phase_app.command()
def create(
    phase: Annotated[int, typer.Option(help="Its number; one that is there is changed.")],
    name: Annotated[str, typer.Option(help="As applicants see it.")],
    closes: Annotated[str, typer.Option(help="Applications are taken before it: a date or time, UTC.")],
    quota: Annotated[int, typer.Option(help="How many teams.")],
    asset: Annotated[str, typer.Option(help="What is staked.")],
    stake_coins: Annotated[str, typer.Option("--stake", help="How much of it, in whole coins.")],
    by: ByOption,
    opens: Annotated[str, typer.Option(help="A date or time, UTC; without it from now on.")] = "",
    token_required: Annotated[bool, typer.Option(help="Nobody goes live without a token of their own.")] = False,
    holders_share: Annotated[str, typer.Option(help="Of revenue to holders of the partner's token, per cent.")] = "0",
    host_holders_share: Annotated[str, typer.Option(help="Of that token to holders of the staked one.")] = "0",
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask for a phase to be opened, or its terms to be changed; another user's yes opens it."""
    with _place(data, settings_file) as place:
        found = place.venue.asset_named(asset)
        if found is None:
            raise BadInput(f"there is no asset {asset[:16]!r} to be staked; open it first")
        now_ns = int(datetime.now(UTC).timestamp() * 10**9)
        terms = Terms(
            phase=phase,
            version=0,
            name=name,
            opens_ns=_time_ns(opens, "--opens") if opens else now_ns,
            closes_ns=_time_ns(closes, "--closes"),
            quota=quota,
            asset=asset,
            stake=Minor(found.parse(stake_coins)),
            token_required=token_required,
            holders_share_e8=RateE8(parse_units(holders_share, 6)),
            host_holders_share_e8=RateE8(parse_units(host_holders_share, 6)),
        )
        payload = phases.as_payload(phases.checked(place.venue, terms))
        _tell_waiting(_ask(place, by, May.STAFF, "partnership_phase", payload), json_output)


@phase_app.command(name="list")
def list_phases(
    data: DataOption = Path("data"), settings_file: SettingsOption = None, json_output: JsonOption = False
) -> None:
    """The phases under their newest terms, and what is left of their quota."""
    with _place(data, settings_file) as place, place.database.connect() as connection:
        found = [(one, slots.taken(connection, one.phase)) for one in phases.all_current(connection)]
        coins = {one.phase: _coins(place.venue, one.asset, one.stake) for one, _ in found}
    if json_output:
        told = [asdict(one) | {"taken": taken, "stake": coins[one.phase]} for one, taken in found]
        print(json.dumps(told))
        return
    for one, taken in found:
        text = f"{one.phase:>4}  {taken} of {one.quota} taken  {coins[one.phase]} {one.asset}"
        print(f"{text}  {_shown(one.opens_ns)} to {_shown(one.closes_ns)}  {one.name} (version {one.version})")


@partnership_app.command(name="list")
def list_applications(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Applications, newest first."""
    with _place(data, settings_file) as place, place.database.connect() as connection:
        found = applications.in_states(connection, tuple(State) if state is None else (state,))
    if json_output:
        print(json.dumps([_listed(one) for one in found]))
        return
    for one in found:
        print(f"{one.reference}  phase {one.phase}  {one.state:<16} {_shown(one.changed_ns)}  {one.brand_name}")


@partnership_app.command()
def show(
    reference: ReferenceArgument,
    personal: Annotated[bool, typer.Option("--personal", help="The contact and the plan as well.")] = False,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Where an application stands, each step so far, and what is awaited next."""
    with _place(data, settings_file) as place, place.database.connect() as connection:
        found = applications.referred(connection, reference)
        facts = _facts(place, connection, found, "")
        steps = applications.timeline(connection, found.id)
        stakes = [dict(row._mapping) for row in stake.stakes_of(connection, found.id)]
        contact = applications.personal(connection, place.seal, found.id) if personal else {}
    next_one = awaited(found.state, facts)
    blocks = [] if next_one is None else list(next_one.blocks)
    told: dict[str, Any] = _listed(found) | {
        "timeline": [asdict(step) for step in steps],
        "awaits": None if next_one is None else {"state": next_one.after, "of": list(next_one.of), "blocks": blocks},
        "stakes": [row | {"amount": str(row["amount"])} for row in stakes],
        "told": contact,
    }
    if json_output:
        print(json.dumps(told))
        return
    print(f"{found.reference}  phase {found.phase}  {found.state}  {found.brand_name}")
    for step in steps:
        print(f"  {_shown(step.time_ns)}  {step.after:<16} by {step.role}  {step.reason}".rstrip())
    if next_one is not None:
        print(f"next: {next_one.after}, by {' or '.join(next_one.of)}")
        for one in blocks:
            print(f"  {one}: {NEEDS[one].text}")
    for name, value in contact.items():
        print(f"{name}: {value}")


@partnership_app.command()
def move(
    reference: ReferenceArgument,
    to: Annotated[State, typer.Argument(help="The state it is moved to.")],
    by: ByOption,
    reason: Annotated[str, typer.Option(help="A word that is told to the applicant.")] = "",
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Move an application on; what needs four eyes is asked for, and another user's yes moves it."""
    if not re.fullmatch(REASON, reason):
        raise BadInput(f"--reason {reason[:60]!r} is no word of small letters, digits and underscores")
    with _place(data, settings_file) as place:
        with place.database.connect() as connection:
            found = applications.referred(connection, reference)
            facts = _facts(place, connection, found, reason)
        how = how_to_move(found, to)
        if how.act:
            if to is not State.SANDBOX:  # whose brand is opened by the act itself
                must_move(found.state, to, Who.HOST, facts)
            payload = {"application": str(found.id), "reason": reason}
            _tell_waiting(_ask(place, by, how.may, how.act, payload), json_output)
            return
        moved = _move(place, found, to, by, how.may, reason)
    if json_output:
        print(json.dumps(_listed(moved)))
    else:
        print(f"{moved.reference} is {moved.state}")


def _move(place: _Place, found: Application, to: State, by: int, may: May, reason: str) -> Application:
    try:
        with place.database.begin() as connection:
            held = moving.hold(connection, found.id)
            _must_be_allowed(connection, by, may)
            facts = _facts(place, connection, held, reason)
            moved = moving.move(connection, held, to, Who.SCREENING, facts, user_actor(by), **values_of(to))
            notify_state(connection, place.seal, letterhead_of(place.settings), moved, reason)
            return moved
    except Declined as declined:
        with place.database.begin() as connection:
            moving.log_refused(connection, found, to, user_actor(by), declined.code)
        raise


@partnership_app.command(name="intake")
def take_in(
    maildir: Annotated[Path, typer.Option(help="A Maildir folder.", exists=True, file_okay=False)],
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Take new mail in as applications, each message once; what was read is put aside in the folder."""
    counts = {"taken": 0, "duplicates": 0, "left_out": 0}
    folder = mailbox.Maildir(maildir, create=False)
    with _place(data, settings_file) as place:
        for key, message in sorted(folder.items()):
            if message.get_subdir() != "new":
                continue
            outcome = _take_in(place, folder.get_bytes(key))
            counts[outcome] += 1
            message.set_subdir("cur")
            message.add_flag("S" if outcome != "left_out" else "F")
            folder[key] = message
    if json_output:
        print(json.dumps(counts))
    else:
        print(f"{counts['taken']} taken in, {counts['duplicates']} known, {counts['left_out']} flagged to be looked at")


def _listed(one: Application) -> dict[str, Any]:
    return {
        "id": one.id,
        "reference": one.reference,
        "phase": one.phase,
        "state": one.state,
        "brand_name": one.brand_name,
        "brand": one.brand,
        "source": one.source,
        "created_ns": str(one.created_ns),
        "changed_ns": str(one.changed_ns),
    }


def _take_in(place: _Place, raw: bytes) -> str:
    try:
        message = intake.read(raw, place.settings.partnership)
        with place.database.begin() as connection:
            taken = intake.take(connection, place.seal, place.settings, message, INTAKE)
    except (BadInput, Declined) as why:
        typer.echo(f"a message was left out: {why}", err=True)
        return "left_out"
    return "duplicates" if taken.is_duplicate else "taken"


def _facts(place: _Place, connection: Connection, found: Application, reason: str) -> Facts:
    now_ns = int(datetime.now(UTC).timestamp() * 10**9)
    looks = checklist(place.data, place.settings, place.venue, connection)
    return facts_of(connection, place.seal, place.settings.partnership, place.venue, found, now_ns, looks, reason)


def _ask(place: _Place, by: int, may: May, act: str, payload: dict[str, Any]) -> approvals.Approval:
    with place.database.begin() as connection:
        _must_be_allowed(connection, by, may)
        return approvals.ask(connection, HOST, act, payload, by, place.settings.administration.approval_hours)


def _must_be_allowed(connection: Connection, user: int, may: May) -> None:
    """
    Raises:
        BadInput: the user has no role at the host that may do this.
    """
    if may not in allowed(roles_of(connection, user, HOST)):
        raise BadInput(f"--by {user}: no user of the host with a role that may {may}")


def _tell_waiting(asked: approvals.Approval, json_output: bool) -> None:
    if json_output:
        print(json.dumps({"approval": asked.id, "kind": asked.kind, "payload_hash": asked.payload_hash}))
    else:
        print(f"approval {asked.id} waits for another user's yes: POST /host/v1/approvals/{asked.id}/approve")


@contextmanager
def _place(data: Path, settings_file: Path | None) -> Iterator[_Place]:
    settings = load_settings(settings_file, os.environ)
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give the data folder of an exchange with --data")
    database = open_database(database_url(settings, data))
    try:
        with snapshot(database) as connection:
            venue = instrument_store.load(connection)
        yield _Place(database, venue, Seal.open(data), settings, data)
    finally:
        database.dispose()


def _time_ns(text: str, option: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} {text!r} is no date or time; give for example 2026-01-31T12:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 10**9


def _shown(time_ns: int) -> str:
    try:
        return f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError, OSError):  # a phase without an end
        return "never"


def _coins(venue: Venue, asset: str, minor: int) -> str:
    found = venue.asset_named(asset)
    return format_units(minor, found.scale if found is not None else 0)
