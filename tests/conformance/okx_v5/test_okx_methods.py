"""Every method that a spot trader finds in a client is called, and docs/clients/methods.md says what came of it.

W-40 of docs/reference/okx-v5.md. `COMMONBOOK_WRITE_PROMISES=1` writes the page anew.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from conformance.okx_v5.client_environment import ROOT, Client, ClientFailed, python_of
from conformance.okx_v5.client_methods import (
    ARGUMENTS,
    CCXT,
    CLASSES,
    NO_METHODS,
    OF_ITSELF,
    SILENT,
    called,
)
from conformance.okx_v5.test_okx_modules import READS, VERBS
from conformance.okx_v5.wire import Running, started

pytestmark = pytest.mark.client
PAGE = ROOT / "docs" / "clients" / "methods.md"
READING = "test_w35_everything_that_a_trader_reads_is_answered"
TESTED, OWN = "tested", "asks for nothing"
Rows = dict[str, tuple[str, str]]  # a method: what came of it, and the tests that call it
Start = Callable[[str, str], Client]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture(scope="module")
def start(running: Running) -> Iterator[Start]:
    with ExitStack() as stack:

        def client(name: str, script: str) -> Client:
            key = running.hand("aurora").key
            credentials = {"apiKey": key["api_key"], "secret": key["api_secret"], "password": key["api_passphrase"]}
            config = {part: running.server.ready[part] for part in ("rest", "ws")}
            config |= {"client": name, "flag": "0", "credentials": credentials}
            return stack.enter_context(Client(python_of(name), script, config))

        yield client


def test_w40_every_method_of_ccxt(start: Start) -> None:
    client = start("ccxt", "ccxt_session.py")
    names = {*client.call("methods")} - NO_METHODS
    tests = called("ccxt")
    assert set(CCXT) == names - set(tests)  # no test of its own, and so it is called here
    rows = {name: (TESTED, listed(tests[name])) for name in names & set(tests)}
    rows |= {name: (outcome(client, name, *arguments), "") for name, arguments in CCXT.items()}
    told("ccxt", rows)


def test_w40_every_method_of_ccxt_pro(start: Start) -> None:
    names = {*start("ccxt", "ccxt_pro_session.py").call("methods")} - {"ws"}
    tests = called("ccxt.pro")
    assert names - set(tests) == SILENT
    told(
        "ccxt.pro",
        {name: (TESTED, listed(tests[name])) for name in names - SILENT} | dict.fromkeys(SILENT, ("silent", "")),
    )


@pytest.mark.parametrize("client", CLASSES)
def test_w40_every_method_of_the_modules(start: Start, client: str) -> None:
    opened = start(client, "modules_session.py")
    place = 0 if client == "python-okx" else 1
    words = called("modules")
    tests = {reads[place]: [READING] for reads in READS}
    for verb, name in VERBS[client].items():
        tests[name] = words.get(verb, [])
    rows: Rows = {}
    for name, parameters in opened.call("methods", list(CLASSES[client])).items():
        given = {one: ARGUMENTS.get(one, "1") for one, needed in parameters.items() if needed or one in ARGUMENTS}
        rows[name] = (outcome(opened, name, given), listed(tests.get(name, [])))
    told(client, rows)


def test_w40_every_method_of_nautilus(start: Start) -> None:
    client = start("nautilus", "nautilus_session.py")
    names = {*client.call("http.methods", {}), *client.call("public.methods", {})}
    tests = called("nautilus")
    assert names - OF_ITSELF - set(tests) == set()
    rows = dict.fromkeys(names & OF_ITSELF, (OWN, ""))
    told("nautilus", rows | {name: (TESTED, listed(tests[name])) for name in names - OF_ITSELF})


def outcome(client: Client, name: str, *arguments: Any) -> str:
    """`answered`, or the code that was told; what only the client itself objects to is its exception's name."""
    try:
        answer = client.call(name, *arguments)
    except ClientFailed as failed:
        codes = re.findall(r'"?s?Code"?[\'"]?: ?[\'"](\d+)', failed.message, re.IGNORECASE)
        code = next((code for code in reversed(codes) if code not in ("0", "1", "2")), "")
        if not code:
            return failed.classes[0]
    else:
        if not isinstance(answer, dict) or answer.get("code", "0") == "0":
            return "answered"
        rows = [row for row in answer["data"] if isinstance(row, dict)]
        code = next((row["sCode"] for row in rows if "sCode" in row), answer["code"])
    assert code not in ("50026", "50001"), name
    return "not here" if code == "50404" else f"refused, {code}"


def listed(tests: list[str]) -> str:
    return ", ".join(f"`{test}`" for test in tests)


def told(client: str, rows: Rows) -> None:
    """The client's part of the page says just this."""
    counts = Counter(re.sub(r", \d+", "", what) for what, _ in rows.values())
    summed = "; ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    lines = [
        f"## {client}",
        "",
        f"{len(rows)} methods: {summed}.",
        "",
        "| method | what comes of it | tests |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {what} | {tests} |" for name, (what, tests) in sorted(rows.items())]
    part = "\n".join(lines) + "\n"
    page = PAGE.read_text()
    matched = re.search(rf"^## {re.escape(client)}\n.*?(?=\n## |\Z)", page, re.MULTILINE | re.DOTALL)
    if os.environ.get("COMMONBOOK_WRITE_PROMISES"):
        whole = page.replace(matched[0], part.rstrip("\n")) if matched else page.rstrip("\n") + "\n\n" + part
        PAGE.write_text(whole.rstrip("\n") + "\n")
        return
    assert matched is not None
    assert matched[0].strip() == part.strip()
