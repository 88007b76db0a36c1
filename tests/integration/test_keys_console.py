"""`commonbook key create|list|revoke` on a folder that nobody serves. I-1, I-6 and I-7; S-1 for simulated ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from commonbook.console.keys import key_app
from commonbook.errors import BadInput
from commonbook.exchange import Exchange
from commonbook.identity.horizon import Horizons
from commonbook.identity.model import Permission
from commonbook.identity.sealing import Seal
from commonbook.identity.service import Authenticator
from commonbook.instrument.accounts import funding_account, stake_account
from commonbook.records import CommandKind, commands
from commonbook.settings import Settings, database_url
from commonbook.simulator.demo_market import venue_commands
from commonbook.storage.database import open_database

ACCOUNT = "2000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A live venue, and a simulated one with the same accounts."""
    for place in (tmp_path, tmp_path / "simulated"):
        place.mkdir(exist_ok=True)
        with Exchange.open(place, Settings()) as exchange:
            exchange.submit(venue_commands())
    return tmp_path


def said(*words: str) -> Any:
    done = CliRunner().invoke(key_app, [*words, "--json"])
    assert done.exit_code == 0, done.exception or done.output
    return json.loads(done.stdout)


def refused(*words: str) -> str:
    done = CliRunner().invoke(key_app, [*words])
    assert isinstance(done.exception, BadInput), done.output
    return str(done.exception)


def known(folder: Path, api_key: str) -> set[Permission] | None:
    """What a server on the folder lets the key do; None when it knows no such key."""
    database = open_database(database_url(Settings(), folder))
    authenticator = Authenticator(database, Seal.open(folder), Horizons(folder / "horizons.json", 0), 30_000, 0)
    found = authenticator.find(api_key)
    database.dispose()
    return None if found is None else set(found.permissions)


def test_i1_a_key_is_made_listed_and_revoked(folder: Path) -> None:
    data = ("--data", str(folder), "--account", ACCOUNT)
    made = said("create", *data, "--label", "desk", "--permissions", "read_only", "--ip", "10.0.0.1, 2001:DB8::1")
    assert known(folder, made["api_key"]) == {Permission.READ}
    (row,) = said("list", *data)
    assert (row["api_key"], row["label"], row["permissions"]) == (made["api_key"], "desk", ["read_only"])
    assert row["ip_list"] == ["10.0.0.1", "2001:db8::1"]
    assert made["api_secret"] not in json.dumps(row)
    assert said("revoke", made["api_key"], *data) == {"api_key": made["api_key"], "revoked": True}
    assert known(folder, made["api_key"]) is None
    assert said("list", *data) == []


def test_s1_a_simulated_key_is_of_the_simulated_venue_alone(folder: Path) -> None:
    data = ("--data", str(folder), "--account", ACCOUNT)
    made = said("create", *data, "--simulated")
    assert known(folder / "simulated", made["api_key"]) == {Permission.READ, Permission.TRADE}
    assert known(folder, made["api_key"]) is None
    assert said("list", *data) == []
    assert len(said("list", *data, "--simulated")) == 1
    assert "no live key" in refused("revoke", made["api_key"], *data)


@pytest.mark.parametrize(("of", "what"), [(stake_account, "the stake"), (funding_account, "the funding account")])
def test_a1_no_key_is_of_a_stake_or_a_funding_account(folder: Path, of: Callable[[int], int], what: str) -> None:
    opened = commands(CommandKind.ACCOUNT)
    opened["account"], opened["person"], opened["brand"] = of(2_000), 2_000, 1
    with Exchange.open(folder, Settings()) as exchange:
        exchange.submit(opened)
    why = refused("create", "--data", str(folder), "--account", str(of(2_000)))
    assert why == f"account {of(2_000)} is {what} of 2000; no key is of it (A-1, A-2)"


def test_what_is_not_there_is_refused(folder: Path, tmp_path: Path) -> None:
    data = ("--data", str(folder), "--account", ACCOUNT)
    assert refused("create", "--data", str(folder), "--account", "4242") == "there is no account 4242"
    assert "are no permissions" in refused("create", *data, "--permissions", "everything")
    assert "are no permissions" in refused("create", *data, "--permissions", "")
    assert "--ip: " in refused("create", *data, "--ip", "nowhere")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no journal" in refused("list", "--data", str(empty), "--account", ACCOUNT)
    assert "once it has been started" in refused("list", "--data", str(empty), "--account", ACCOUNT, "--simulated")
