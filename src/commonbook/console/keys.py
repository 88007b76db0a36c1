"""`commonbook key ...`: the host makes, lists and revokes API keys of an account, live or simulated. I-1, I-6 and I-7.

It works on the tables of a data folder, beside a server, which knows of it within a second, or without one.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from commonbook.errors import BadInput
from commonbook.identity.addresses import usual
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import change_key, create_key, keys_of
from commonbook.instrument import store as instrument_store
from commonbook.instrument.accounts import is_stake, trading_account
from commonbook.instrument.model import Account
from commonbook.settings import SIMULATED, database_url, load_settings, simulated_venue
from commonbook.storage.database import open_database

key_app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)

AccountOption = Annotated[int, typer.Option("--account", help="Whose: the account's number.")]
SimulatedOption = Annotated[bool, typer.Option("--simulated", help="Of the simulated venue.")]
DataOption = Annotated[Path, typer.Option("--data", help="The data folder of the exchange.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="The TOML file that the exchange is run with.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@key_app.command()
def create(
    account: AccountOption,
    simulated: SimulatedOption = False,
    permissions: Annotated[str, typer.Option(help="Of read_only, trade, withdraw; with commas.")] = "read_only,trade",
    label: Annotated[str, typer.Option(help="What its owner sees it as.")] = "key",
    ip: Annotated[str, typer.Option(help="Addresses it works from, with commas; none: from any.")] = "",
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Make a key. Its secret and passphrase are told once, here."""
    granted, addresses = _permissions(permissions), _addresses(ip)
    with _tables(data, simulated, settings_file) as (connection, folder):
        owner = _owner(connection, account)
        if trading_account(account) != account:
            half = "the stake" if is_stake(account) else "the funding account"
            raise BadInput(f"account {account} is {half} of {trading_account(account)}; no key is of it (A-1, A-2)")
        new = create_key(connection, Seal.open(folder), account, owner.brand, granted, label, addresses)
    told = {"api_key": new.api_key, "api_secret": new.api_secret, "api_passphrase": new.api_passphrase}
    if json_output:
        print(json.dumps(told | {"account": str(account), "simulated": simulated}))
        return
    for name, value in told.items():
        print(f"{name.removeprefix('api_'):<10}  {value}")


@key_app.command(name="list")
def list_keys(
    account: AccountOption,
    simulated: SimulatedOption = False,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """An account's keys that are not revoked, newest first."""
    with _tables(data, simulated, settings_file) as (connection, _):
        _owner(connection, account)
        found = keys_of(connection, account)
    if json_output:
        print(json.dumps([asdict(one) | {"permissions": sorted(one.permissions)} for one in found]))
        return
    for one in found:
        print(f"{one.api_key}  {','.join(sorted(one.permissions))}  {one.label}")


@key_app.command()
def revoke(
    api_key: Annotated[str, typer.Argument(help="The key.")],
    account: AccountOption,
    simulated: SimulatedOption = False,
    data: DataOption = Path("data"),
    settings_file: SettingsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Revoke a key of an account, for ever: it is refused within a second."""
    with _tables(data, simulated, settings_file) as (connection, _):
        if not change_key(connection, account, api_key, revoked=True):
            raise BadInput(
                f"account {account} has no live key {api_key}; see `commonbook key list --account {account}`"
            )
    print(json.dumps({"api_key": api_key, "revoked": True}) if json_output else f"{api_key} is revoked")


@contextmanager
def _tables(data: Path, simulated: bool, settings_file: Path | None) -> Iterator[tuple[Connection, Path]]:
    """A transaction on the venue's tables, and its folder."""
    settings = load_settings(settings_file, os.environ)
    folder = data / SIMULATED if simulated else data
    if not (folder / "journal").is_dir():
        start = " that has simulated trading, once it has been started" if simulated else ""
        raise BadInput(f"{folder} holds no journal; give the data folder of an exchange{start} with --data")
    database = open_database(database_url(simulated_venue(settings) if simulated else settings, folder))
    try:
        with database.begin() as connection:
            yield connection, folder
    finally:
        database.dispose()


def _owner(connection: Connection, account: int) -> Account:
    found = instrument_store.load(connection).accounts.get(account)
    if found is None:
        raise BadInput(f"there is no account {account}")
    return found


def _permissions(text: str) -> frozenset[Permission]:
    names = {name.strip() for name in text.split(",") if name.strip()}
    known = {permission.value for permission in Permission}
    if not names or not names <= known:
        raise BadInput(f"{text!r} are no permissions; choose of {', '.join(sorted(known))}")
    return frozenset(Permission(name) for name in names)


def _addresses(text: str) -> tuple[str, ...]:
    try:
        return tuple(usual(one) for one in text.split(",") if one.strip())
    except ValueError as error:
        raise BadInput(f"--ip: {error}") from None
