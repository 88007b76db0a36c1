"""Each page of docs/clients shows what its client needs, and it runs as printed. W-39 of docs/reference/okx-v5.md."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.okx_v5.client_environment import ROOT, python_of
from conformance.okx_v5.wire import Hand, Running, started

pytestmark = pytest.mark.client
PAGES = ROOT / "docs" / "clients"
# The client that runs a page's program: the name of its requirements, or none for Python alone.
CLIENTS = {
    "ccxt": "ccxt",
    "ccxt-pro": "ccxt",
    "python-okx": "python-okx",
    "okx": "okx",
    "nautilus": "nautilus",
    "hummingbot": "",
}
PROGRAM = re.compile(r"^```python\n(.*?)^```\n+```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


def filled_in(text: str, running: Running, hand: Hand) -> str:
    """A page's text with this server's address and a key of an account; nothing else is changed."""
    text = text.replace("127.0.0.1:8080", running.server.ready["rest"].removeprefix("http://"))
    for name, part in (("KEY", "api_key"), ("SECRET", "api_secret"), ("PASSPHRASE", "api_passphrase")):
        text = text.replace(f"YOUR {name}", hand.key[part])
    return text


def output(command: list[str | Path], folder: Path) -> str:
    """What a command prints; what it logs is shown when it fails."""
    known = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("page", CLIENTS)
def test_w39_a_pages_program_prints_what_the_page_says(
    page: str, running: Running, alice: Hand, tmp_path: Path
) -> None:
    [(program, printed)] = PROGRAM.findall((PAGES / f"{page}.md").read_text())
    (tmp_path / "program.py").write_text(filled_in(program, running, alice))
    python = python_of(CLIENTS[page]) if CLIENTS[page] else Path(sys.executable)
    assert output([python, "program.py"], tmp_path) == printed
    assert alice.get("/trade/orders-pending").data == []
    assert len(alice.get("/trade/orders-history?instType=SPOT").data) == 1  # it has really traded here


def test_w39_the_program_of_the_readme_places_its_order(running: Running, alice: Hand, tmp_path: Path) -> None:
    [program] = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "program.py").write_text(filled_in(program, running, alice))
    assert output([python_of("ccxt"), "program.py"], tmp_path) == ""
    [order] = alice.get("/trade/orders-history?instType=SPOT").data or alice.get("/trade/orders-pending").data
    assert (order["side"], order["ordType"], order["px"], order["sz"]) == ("buy", "limit", "80000", "0.01")


def test_w39_the_configuration_of_freqtrade_is_what_the_page_says(
    running: Running, alice: Hand, tmp_path: Path
) -> None:
    text = (PAGES / "freqtrade.md").read_text()
    [config] = re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    [console] = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "config.json").write_text(filled_in(config, running, alice))
    for typed in console.split("$ ")[1:]:
        line, _, printed = typed.partition("\n")
        program, *arguments = line.split()
        assert output([python_of("freqtrade").parent / program, *arguments], tmp_path).strip() == printed.strip()


def test_w39_every_client_has_a_page() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {*CLIENTS, "freqtrade", "README", "methods"}
    names = {path.stem for path in (ROOT / "requirements" / "clients").glob("*.in")}
    assert names == {*filter(None, CLIENTS.values()), "freqtrade"}
