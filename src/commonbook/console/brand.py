"""`commonbook brand ...`: the host creates brands on a running exchange, and reads and changes what they are.

Creating talks to the core over the socket in the data folder, as `control` does; the documents lie in the tables, and a
running exchange knows of a change within a second. Going live is not to be had here: it needs two of the host's people.
"""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from sqlalchemy import Connection, Engine

from commonbook.administration.log import HOST_ACTOR
from commonbook.administration.roles import HOST
from commonbook.brand import proof, service, store
from commonbook.brand.files import read, read_new
from commonbook.brand.model import Version
from commonbook.brand.service import Author, Created, NewBrand
from commonbook.console.control import connected
from commonbook.errors import BadInput, CoreUnavailable
from commonbook.instrument import store as instrument_store
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue
from commonbook.records import Records
from commonbook.settings import Settings, database_url, load_settings
from commonbook.storage.database import BACK_OFFICE, open_database, position

brand_app = typer.Typer(help="Create brands; read and change what they are.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The brand's name.")]
DataOption = Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
BasedOption = Annotated[int | None, typer.Option("--based-on", help="The version that the change was made to.")]
NoteOption = Annotated[str, typer.Option("--note", help="Why; it is kept with the version.")]

TAKEN_IN_S = 10.0
BY_HAND = Author(HOST_ACTOR, HOST)  # whoever may write into the data folder


@brand_app.command()
def create(
    file: Annotated[Path, typer.Argument(help="A TOML file: the document, [[fees]], and the logo's file.")],
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Create a brand on the running exchange. The same call again completes what was broken off."""
    new = read_new(file)
    with _opened(data, settings_file) as (settings, url):
        made = asyncio.run(_create(data, settings, url, new))
    document = made.version.document
    if json_output:
        print(json.dumps(_as_json(made.version) | {"brand": made.brand, "is_new": made.is_new}))
        return
    print(f"{document.name} is brand {made.brand}{'' if made.is_new else ', as it was before'}")
    for domain in document.domains:
        print(f"  {domain} serves once it is proved: see `commonbook brand show {document.name}`")


async def _create(data: Path, settings: Settings, url: str, new: NewBrand) -> Created:
    client = await connected(data)
    database = open_database(url)

    async def read_venue() -> Venue:
        return await _venue_at(database, int((await client.state())["sequence"]))

    async def submit(records: Records) -> Records:
        return (await client.submit(records))[0]

    try:
        return await service.create(read_venue, submit, database, settings, new, BY_HAND)
    finally:
        client.close()
        database.dispose()


async def _venue_at(database: Engine, sequence: int) -> Venue:
    """The venue as the tables have it, once they hold everything up to a sequence of the core's.

    Raises:
        CoreUnavailable: the back office is too far behind.
    """
    deadline = time.monotonic() + TAKEN_IN_S
    while True:
        with database.connect() as connection:
            if position(connection, BACK_OFFICE) >= sequence:
                return instrument_store.load(connection)
        if time.monotonic() > deadline:
            raise CoreUnavailable(f"the back office has not reached {sequence} in {TAKEN_IN_S:.0f} s; try again later")
        await asyncio.sleep(0.01)


@brand_app.command(name="list")
def list_brands(
    data: DataOption = Path("data"), settings_file: SettingsOption = None, json_output: JsonOption = False
) -> None:
    """All brands, by number."""
    with _tables(data, settings_file) as (connection, venue, _):
        found = [service.current(connection, brand) for _, brand in sorted(venue.brands.items())]
    if json_output:
        print(json.dumps([_as_json(one) for one in found]))
        return
    for one in found:
        print(f"{one.brand:>6}  {one.document.name:<32}  {one.document.state:<10}  {one.document.title}")


@brand_app.command()
def show(
    name: NameArgument,
    version: Annotated[int | None, typer.Option("--version", help="An older one.")] = None,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """A brand's document, and how its domains are proved."""
    with _tables(data, settings_file) as (connection, venue, settings):
        brand = _named(venue, name)
        current = service.current(connection, brand)
        found = current if version is None else store.find_version(connection, brand.id, version)
        domains = store.domains_of(connection, brand.id)
    terms = settings.brand
    proofs = [
        {
            "domain": one.domain,
            "proved": one.is_proved,
            "token": one.token,
            "dns_record": proof.record_of(terms, one.domain),
            "file": f"http://{one.domain}{proof.path_of(terms, one.token)}",
            "why": one.why,
        }
        for one in domains
    ]
    if json_output:
        print(json.dumps(_as_json(found) | {"proofs": proofs}))
        return
    print(f"{name}  brand {brand.id}, version {found.version} of {current.version}, by {found.author}  {found.note}")
    for field, value in msgspec.to_builtins(found.document).items():
        print(f"  {field:<12}  {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    for one in proofs:
        if one["proved"]:
            print(f"  {one['domain']} is proved")
        else:
            print(f"  {one['domain']} is not proved: TXT record {one['dns_record']} or file {one['file']}")
            print(f"    with the text {one['token']}")


@brand_app.command(name="set")
def change(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="A TOML file with the fields that change.")],
    based_on: BasedOption = None,
    note: NoteOption = "",
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Change a brand's document: what the file names; tables are merged."""
    raw, fees, picture = read(file)
    if fees:
        raise BadInput(f"{file}: fees are not part of a brand's document; they are commands of their own")
    with _tables(data, settings_file) as (connection, venue, settings):
        brand = _named(venue, name)
        before = service.current(connection, brand)
        if picture:
            raw["logo"] = service.keep_logo(connection, settings, brand.id, picture, BY_HAND)
        document = service.read(_merged(msgspec.to_builtins(before.document), raw))
        based = before.version if based_on is None else based_on
        made = service.change(connection, settings, brand, based, document, BY_HAND, note)
    _tell(made, json_output)


@brand_app.command()
def undo(
    name: NameArgument,
    to: Annotated[int, typer.Option("--to", help="The version whose document shall be in force again.")],
    based_on: BasedOption = None,
    note: NoteOption = "",
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """A new version that says what an older one said."""
    with _tables(data, settings_file) as (connection, venue, settings):
        brand = _named(venue, name)
        based = service.current(connection, brand).version if based_on is None else based_on
        made = service.undo(connection, settings, brand, based, to, BY_HAND, note)
    _tell(made, json_output)


def _merged(before: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Tables within tables as well, but a text is replaced in all its languages."""
    found = dict(before)
    for name, value in changes.items():
        is_table = isinstance(value, dict) and isinstance(before.get(name), dict)
        found[name] = before[name] | value if is_table else value
    return found


@contextmanager
def _opened(data: Path, settings_file: Path | None) -> Iterator[tuple[Settings, str]]:
    settings = load_settings(settings_file, os.environ)
    if not (data / "journal").is_dir():
        raise BadInput(f"{data} holds no journal; give the data folder of an exchange with --data")
    yield settings, database_url(settings, data)


@contextmanager
def _tables(data: Path, settings_file: Path | None) -> Iterator[tuple[Connection, Venue, Settings]]:
    """A transaction on the tables."""
    with _opened(data, settings_file) as (settings, url):
        database = open_database(url)
        try:
            with database.begin() as connection:
                yield connection, instrument_store.load(connection), settings
        finally:
            database.dispose()


def _named(venue: Venue, name: str) -> Brand:
    found = service.brand_named(venue, name.lower())
    if found is None:
        raise BadInput(f"there is no brand {name!r}; see `commonbook brand list`")
    return found


def _as_json(one: Version) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(one)
    return found


def _tell(made: Version, json_output: bool) -> None:
    if json_output:
        print(json.dumps(_as_json(made)))
    else:
        print(f"{made.document.name} is at version {made.version}")
