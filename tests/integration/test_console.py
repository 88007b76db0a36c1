"""The `commonbook` command as a person meets it: the demo from its first start on, and every error as one line."""

import ast
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from integration.command import commonbook
from integration.demo_command import TOLD_LAST, Demo
from integration.okx_client import OkxClient

from commonbook._engine import JournalReader
from commonbook.console import commands


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A first start that was killed in the middle of its play, then one that got through."""
    running = Demo(tmp_path_factory.mktemp("demo") / "data")
    broken_off = running.start()
    while not has_played(running.data_dir, 20_000):
        assert broken_off.poll() is None, running.output
        time.sleep(0.05)
    broken_off.kill()
    broken_off.wait()
    running.start_and_wait()
    yield running
    if running.process.poll() is None:
        running.end()


def has_played(data_dir: Path, commands: int) -> bool:
    return bool(journal_of(data_dir)) and any(True for _ in JournalReader(str(data_dir), commands))


def journal_of(data_dir: Path) -> list[Path]:
    return list((data_dir / "journal").glob("*.cbj")) if (data_dir / "journal").is_dir() else []


def test_a_first_start_that_was_broken_off_begins_anew(demo: Demo) -> None:
    assert f"the play in {demo.data_dir} was broken off; it begins anew" in demo.output
    assert not (demo.data_dir / "playing").exists()


def test_the_first_start_plays_the_market_into_the_past_and_shows_the_outcome(demo: Demo) -> None:
    played = json.loads((demo.data_dir / "played.json").read_text())
    assert (played["trades"], played["tape_exact"], played["ledger_difference"]) == (284, 284, 0)
    hours = [int(one["hour"]) for one in played["settlements"]]
    now = time.time() / 3600
    assert hours[1] == hours[0] + 1, "the trades fall in two hours"
    assert 1 < now - (hours[1] + 1) < 3, "the last of them is over, and its T+1 as well"
    for shown in (
        "284 of 284 real trades, 284 printed: every one exact",
        "volume and revenue (USDT)",
        "one fee, all claims (USDT)",
        "commission by reason (USDT)",
        "settled by the hour (USDT)",
        "ledger difference  0",
        f"state hash         {played['state_hash']}",
    ):
        assert shown in demo.output
    before, _, rest = demo.output.partition("\n  try\n")  # whose lines are to be pasted whole
    lines = [*before.splitlines(), *rest.partition("open in a browser")[2].splitlines()]
    assert max(len(line) for line in lines if str(demo.data_dir) not in line) <= 100  # a folder's name is anybody's


def test_the_printed_keys_are_those_of_both_brands(demo: Demo) -> None:
    for brand in ("aurora", "borealis"):
        account = next(account for account in demo.ready["accounts"] if account["brand"] == brand)
        shown = re.search(rf"  {brand} +key +(\S+)\n +secret +(\S+)\n +passphrase +(\S+)\n", demo.output)
        assert shown is not None
        assert shown.groups() == tuple(account[name] for name in ("api_key", "api_secret", "api_passphrase"))


WHO = [
    ("aurora", "trader", "/trade"),
    ("aurora", "partner", "/partner"),
    ("borealis", "trader", "/trade"),
    ("borealis", "partner", "/partner"),
    ("borealis", "broker", "/broker"),
    ("", "operator", "/operator"),
    ("", "second", "/operator/approvals"),
]


def test_people_of_every_side_are_printed_last_and_told_by_program(demo: Demo) -> None:
    told = demo.ready["logins"]
    assert [(one["brand"], one["who"], one["page"]) for one in told] == WHO
    port = demo.ready["rest"].rpartition(":")[2]
    address = {"": demo.ready["rest"]} | {name: f"http://{name}.localhost:{port}" for name in ("aurora", "borealis")}
    printed = [(one.address, one.email, one.password) for one in demo.logins]
    assert printed == [(address[one["brand"]], one["email"], one["password"]) for one in told]
    assert demo.output.rstrip().endswith(TOLD_LAST)
    file = demo.data_dir / "keys" / "demo-logins.json"
    assert json.loads(file.read_text()) == told
    assert file.stat().st_mode & 0o777 == 0o600
    assert len({one["password"] for one in told}) == len(told)


def test_the_printed_curl_line_can_be_pasted(demo: Demo) -> None:
    (line,) = (line for line in demo.output.splitlines() if line.startswith("  curl "))
    program, url = shlex.split(line)
    assert program == "curl"
    assert url.startswith("http://127.0.0.1:")
    (ticker,) = httpx.get(url, timeout=60).json()["data"]
    assert ticker["instId"] == "BTC-USDT"
    assert 78_000 < Decimal(ticker["last"]) < 79_000


def test_the_printed_ccxt_line_is_python_with_the_right_keys_and_its_order_trades(demo: Demo) -> None:
    (line,) = (line for line in demo.output.splitlines() if "import ccxt" in line)
    python, flag, program = shlex.split(line)
    assert (python, flag) == ("python3", "-c")
    ast.parse(program)
    account = next(account for account in demo.ready["accounts"] if account["brand"] == "aurora")
    (given,) = re.findall(r"ccxt\.okx\((\{.*?\})\)", program)
    names = {"apiKey": "api_key", "secret": "api_secret", "password": "api_passphrase"}
    assert ast.literal_eval(given) == {name: account[ours] for name, ours in names.items()}
    assert f"x.urls['api']['rest'] = '{demo.ready['rest']}'" in program
    # What ccxt sends for create_order('BTC/USDT', 'limit', 'buy', 0.01, 80000): above every ask, so it is filled.
    client = OkxClient(demo.ready["rest"], account)
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.01", "px": "80000"}
    placed = client.post("/api/v5/trade/order", order)["data"][0]
    found = client.get(f"/api/v5/trade/order?instId=BTC-USDT&ordId={placed['ordId']}")["data"][0]
    assert found["state"] == "filled"
    assert 78_000 < Decimal(found["avgPx"]) < 79_000
    client.close()


def test_the_live_market_moves_on(demo: Demo) -> None:
    before = demo.get("/api/v5/market/books?instId=BTC-USDT&sz=400")[0]
    deadline = time.monotonic() + 30
    while (now := demo.get("/api/v5/market/books?instId=BTC-USDT&sz=400")[0])["seqId"] < before["seqId"] + 200:
        assert time.monotonic() < deadline, "the recorded market has about 175 commands a second"
        time.sleep(0.2)
    assert now["bids"] != before["bids"]


def test_the_book_has_two_sides_from_the_moment_it_serves(demo: Demo) -> None:
    assert min(demo.sides_at_ready) > 300, "the opening picture of the capture"


def test_the_second_start_resumes_within_five_seconds_and_does_not_play_again(demo: Demo) -> None:
    played = (demo.data_dir / "played.json").read_bytes()
    accounts, logins = demo.ready["accounts"], demo.ready["logins"]
    assert demo.end() == 0
    assert demo.output.rstrip().endswith("ended; the next start resumes")
    demo.start_and_wait()
    assert f"resuming {demo.data_dir}" in demo.output
    assert "real trades" not in demo.output
    assert (demo.data_dir / "played.json").read_bytes() == played
    assert (demo.ready["accounts"], demo.ready["logins"]) == (accounts, logins)
    machine_is_idle = os.getloadavg()[0] < (os.cpu_count() or 1) / 2
    assert demo.seconds <= (5 if machine_is_idle else 30)


def test_a_replay_of_a_folder_that_is_being_served_reads_along(demo: Demo) -> None:
    done = commonbook("replay", str(demo.data_dir), "--json", "--upto", "300000")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["sequence"] == 300_000


def test_what_was_served_passes_its_audit_and_every_statement_its_check(demo: Demo) -> None:
    deadline = time.monotonic() + 60  # the hours are signed a moment after it serves
    while not any((demo.data_dir / "statements").glob("hour-*.json")) and time.monotonic() < deadline:
        time.sleep(0.1)
    demo.end()
    done = commonbook("audit", str(demo.data_dir), "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], found["ledger_difference"], found["problems"]) == (0, True, 0, [])
    again = json.loads(commonbook("replay", str(demo.data_dir), "--json").stdout)
    assert (again["sequence"], again["state_hash"]) == (found["commands"], found["state_hash"])
    hours = sorted(map(str, (demo.data_dir / "statements").glob("hour-*.json")))
    key = demo.data_dir / "statements" / "signing-key.txt"
    assert found["hours"] == len(hours) > 0
    assert commonbook("verify-hours", *hours, "--key", str(key)).returncode == 0
    for statement in (demo.data_dir / "statements").glob("*.jsonl"):
        assert json.loads(commonbook("verify-statement", str(statement), "--json").stdout)["ok"]


def test_a_demo_is_not_played_into_a_folder_that_holds_an_exchange(demo: Demo) -> None:
    done = commonbook("demo", "--once", "--json", "--data", str(demo.data_dir))
    why = f"commonbook: {demo.data_dir} holds an exchange already; give an empty folder with --data"
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", why)


NO_REGISTRY = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}


def test_without_a_registry_or_with_a_spoiled_capture_the_server_starts_without_the_market(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    demo = Demo(tmp_path / "data", NO_REGISTRY | {"XDG_CACHE_HOME": str(cache)})
    demo.start_and_wait()
    assert "no market: the recorded market (ob-analytics==0.1.0) cannot be had" in demo.output
    assert demo.sides_at_ready == (50, 50)
    logins = demo.ready["logins"]
    assert len(logins) == len(WHO)
    assert demo.end() == 0
    demo.start_and_wait()
    assert "whose first start was without the recorded market" in demo.output
    assert demo.ready["logins"] == logins
    assert demo.end() == 0
    (cache / "commonbook").mkdir(parents=True, exist_ok=True)
    (cache / "commonbook" / "ob_analytics-0.1.0-py3-none-any.whl").write_bytes(b"spoiled")
    (demo.data_dir / "played.json").write_text("{}")  # as if the market had been there at the first start
    demo.start_and_wait()
    assert re.search("no market: .*ob_analytics-0.1.0.* has the hash .*; delete it and retry", demo.output)
    assert demo.end() == 0


def test_a_folder_that_the_demo_has_not_made_has_none_of_its_people(tmp_path: Path) -> None:
    data = tmp_path / "data"
    make_folder(data)
    made = {path.name for path in (data / "keys").iterdir()}
    demo = Demo(data, NO_REGISTRY)
    demo.start_and_wait()
    assert "the demo did not make it" in demo.output
    assert "logins" not in demo.ready
    assert demo.ready["accounts"] == []
    assert {path.name for path in (data / "keys").iterdir()} >= made
    assert not (data / "keys" / "demo-logins.json").exists()
    assert demo.end() == 0


MISUSE = [
    (["nothing"], 2, "No such command 'nothing'; see `commonbook --help`"),
    (["serve", "--prot", "1"], 2, "No such option.*--prot.*; see `commonbook serve --help`"),
    (
        ["serve", "--port", "x"],
        2,
        "Invalid value for '--port'.*valid integer.*; see `commonbook serve --help`",
    ),
    (["demo", "--batch", "0"], 2, "Invalid value for '--batch'.*; see `commonbook demo --help`"),
    (["audit"], 2, "Missing argument '(data|DATA)'; see `commonbook audit --help`"),
    (["audit", "no/such/folder"], 2, "no/such/folder.* does not exist; see `commonbook audit --help`"),
    (["audit", "."], 1, r"\. holds no journal; give a data folder"),
    (["replay", "."], 1, r"\. holds no journal; give a data folder"),
    (["bench", "nothing"], 1, "no bench 'nothing'; there is: brands, brokers, door"),
    (["serve", "--settings", "no.toml"], 1, "settings file no.toml: .*No such file"),
    (["serve", "--data", "/dev/null/data"], 1, "/dev/null/data: Not a directory"),
    (["verify-statement", "no.jsonl"], 2, "no.jsonl.* does not exist; see `commonbook verify-statement --help`"),
]


@pytest.mark.parametrize(("words", "status", "said"), MISUSE, ids=[" ".join(words) for words, _, _ in MISUSE])
def test_an_error_is_one_line_that_names_the_value_and_the_fix(words: list[str], status: int, said: str) -> None:
    done = commonbook(*words)
    assert (done.returncode, done.stdout) == (status, "")
    assert len(done.stderr.splitlines()) == 1
    assert re.search(f"^commonbook: .*{said}", done.stderr)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("COMMONBOOK__GATEWAY__PROT", "1", r"unknown field `prot`.*gateway"),
        ("COMMONBOOK__GATEWAY__PORT", "many", r"Expected `int`, got `str`.*gateway\.port"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(name: str, value: str, said: str) -> None:
    done = commonbook("serve", environment={name: value})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert re.search(said, done.stderr)


def test_a_damaged_journal_is_told_by_audit_and_replay_with_segment_and_offset(tmp_path: Path) -> None:
    make_folder(tmp_path)
    (segment,) = journal_of(tmp_path)
    stored = bytearray(segment.read_bytes())
    stored[200] ^= 1
    segment.write_bytes(stored)
    for command in ("audit", "replay"):
        done = commonbook(command, str(tmp_path), "--json")
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert f"journal segment {segment.name} is damaged at offset 64 (checksum does not hold)" in done.stderr
    assert segment.read_bytes() == stored


def make_folder(data_dir: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from commonbook.console.serving import prepare_standing_demo; "
        "from commonbook.settings import Settings; prepare_standing_demo(Path(sys.argv[1]), Settings())"
    )
    subprocess.run([sys.executable, "-c", program, str(data_dir)], check=True)


GROUPED = [one.callback for word in commands.GROUPS for one in commands.group(word).registered_commands]


@pytest.mark.parametrize("one", [*map(commands.command, commands.COMMANDS), *GROUPED], ids=lambda one: one.__name__)
def test_every_subcommand_speaks_json(one: Any) -> None:
    assert "json_output" in inspect.signature(one).parameters


def test_without_words_it_says_what_there_is() -> None:
    done = commonbook()
    assert done.returncode == 0
    for word in (*commands.GROUPS, *commands.COMMANDS):
        assert word in done.stdout
