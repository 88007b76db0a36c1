"""`commonbook brand ...` beside an exchange that serves, and what no module may name. BR-1, BR-5 and BR-15."""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from integration.command import commonbook
from integration.serving import Server
from typer.testing import CliRunner

from commonbook.bench.brand_page import LINE_S, brand_create_to_page_s
from commonbook.brand import service, store
from commonbook.brand.hosts import LOOK_EVERY_S
from commonbook.console.brand import brand_app
from commonbook.simulator.demo_brands import BRANDS, NEW_BRANDS
from commonbook.storage.database import open_database

SOURCE = Path(__file__).parents[2] / "src" / "commonbook"
DOCUMENT = """
name = "north"
title = "North"
logo = "north.svg"
domains = ["north-ex.com"]
countries = ["DE", "FR"]
[texts."front.tagline"]
en = "Go north."
[[fees]]
level = 0
maker = "0.0008"
taker = "0.001"
[[fees]]
level = 5
maker = "0.0002"
taker = "0.0005"
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L1 1Z"/></svg>'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("brands") / "data") as running:
        yield running


def brand(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    return commonbook("brand", *words, "--data", str(server.data_dir))


def said(server: Server, *words: str) -> Any:
    done = brand(server, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def page(server: Server, host: str) -> httpx.Response:
    return httpx.get(server.ready["rest"] + "/plain", headers={"host": host}, timeout=60)


def served(server: Server, host: str, text: str) -> bool:
    """Within the second in which a gateway looks, and one more for a busy machine."""
    for _ in range(int((LOOK_EVERY_S + 4) * 20)):
        if text in page(server, host).text:
            return True
        time.sleep(0.05)
    return False


def test_br1_a_brand_is_created_changed_and_undone_on_a_running_exchange(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "north.toml"
    file.write_text(DOCUMENT)
    assert "logo 'north.svg'" in brand(server, "create", str(file)).stderr
    (tmp_path / "north.svg").write_text(LOGO)
    made = said(server, "create", str(file))
    assert (made["brand"], made["is_new"], made["version"], made["document"]["state"]) == (3, True, 1, "sandbox")
    assert served(server, "north.localhost", "Go north.")
    assert "/brand/logo-" in page(server, "north.localhost").text
    again = said(server, "create", str(file))
    assert (again["brand"], again["is_new"], again["hash"]) == (3, False, made["hash"])

    change = tmp_path / "change.toml"
    change.write_text('title = "Norden"\n[texts."front.api"]\nen = "Machines"\n')
    assert said(server, "set", "north", str(change), "--note", "shorter")["version"] == 2
    assert served(server, "north.localhost", "<h1>Norden</h1>")
    stale = brand(server, "set", "north", str(change), "--based-on", "1")
    assert (stale.returncode, "version 1 is not the newest any more, 2 is" in stale.stderr) == (1, True)
    shown = said(server, "show", "north")
    assert shown["document"]["texts"].keys() == {"front.tagline", "front.api"}
    assert shown["proofs"][0]["dns_record"] == "_commonbook.north-ex.com"
    assert said(server, "undo", "north", "--to", "1")["hash"] == made["hash"]
    assert served(server, "north.localhost", "<h1>North</h1>")
    assert said(server, "show", "north", "--version", "2")["note"] == "shorter"
    told = {one["document"]["name"]: one["document"]["state"] for one in said(server, "list")}
    assert told.items() >= (dict.fromkeys(BRANDS.values(), "live") | {"north": "sandbox"}).items()


def test_br1_what_is_wrong_is_one_line_and_changes_nothing(server: Server, tmp_path: Path) -> None:
    file, before = tmp_path / "wrong.toml", said(server, "list")
    for text, why in (
        ('name = "w"\ntitle = ""\ncountries = ["XX"]\n', "title '': 1 to 60 characters in one line; countries[0] 'XX'"),
        ('name = "w"\ntitle = "W"\nstate = "live"\n', "a brand begins in the state sandbox"),
        ('title = "W"\n', "name : it is missing"),
        ('name = "w"\ntitle = "W"\n[[fees]]\nlevel = 0\nmaker = "0"\ntaker = "0"\n', "from the floor of the venue"),
        ('name = "w"\ntitle = "W"\n[[fees]]\nlevel = 0\n', "wrong.toml"),
        ("name = \n", "wrong.toml"),
    ):
        file.write_text(text)
        done = brand(server, "create", str(file))
        assert (done.returncode, why in done.stderr, len(done.stderr.splitlines())) == (1, True, 1), done.stderr
    file.write_text('state = "live"\n')
    live = brand(server, "set", next(iter(BRANDS.values())), str(file))
    assert (live.returncode, "this is what version 1 says already" in live.stderr) == (1, True)
    file.write_text('state = "closed"\n')
    assert "it is moved by an act of its own" in brand(server, "set", next(iter(BRANDS.values())), str(file)).stderr
    assert "there is no brand 'nobody'" in brand(server, "show", "nobody").stderr
    assert said(server, "list") == before


def test_br1_without_an_exchange_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    file = tmp_path / "north.toml"
    file.write_text('name = "north"\ntitle = "North"\n')
    done = commonbook("brand", "create", str(file), "--data", str(tmp_path))
    assert (done.returncode, f"no exchange is running on {tmp_path}" in done.stderr) == (1, True)


def test_br1_from_the_command_to_a_page_it_takes_less_than_five_seconds(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "swift.toml"
    file.write_text('name = "swift"\ntitle = "Swift"\n')
    began = time.monotonic()
    done = CliRunner().invoke(brand_app, ["create", str(file), "--data", str(server.data_dir)])
    assert done.exit_code == 0, done.exception
    assert served(server, "swift.localhost", "<h1>Swift</h1>")
    assert time.monotonic() - began <= LINE_S


def test_br1_the_bench_measures_it_with_the_commands_own_start() -> None:
    assert brand_create_to_page_s(os.environ, rounds=1) > 0  # how long a start takes is the machine's affair


def test_br15_no_module_names_a_brand() -> None:
    names = re.compile("|".join(BRANDS.values()), re.IGNORECASE)
    found = [str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if names.search(path.read_text())]
    assert found == []


def test_br1_the_demos_brands_are_made_by_the_same_service(server: Server) -> None:
    database = open_database(f"sqlite:///{server.data_dir / 'backoffice.db'}")
    with database.connect() as connection:
        for number, new in NEW_BRANDS.items():
            first = store.find_version(connection, number, 1)
            assert (first.author, first.note) == ("host", "the demo's own")
            assert first.document.title == new.document.title
            opened = service.opening(number, new.document.name, {})
            assert opened[0]["name"][0].decode() == BRANDS[number]
    database.dispose()


def test_a_tls_port_is_served_and_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = tmp_path / "settings.toml"
    settings.write_text(f"[gateway]\ntls_port = {port}\n[simulated]\nenabled = false\n")
    with Server(tmp_path / "data", "--settings", str(settings)) as running:
        assert running.ready["tls"] == f"https://127.0.0.1:{port}"
        with pytest.raises(httpx.ConnectError):
            httpx.get(running.ready["tls"], verify=False, timeout=60)
