"""`commonbook control` on a real running exchange: docs/operating/controls.md, and P-8, P-9, P-14 through the doors."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from integration.command import commonbook
from integration.okx_client import OkxClient
from integration.serving import Server
from typer.testing import CliRunner

from commonbook._engine import JournalReader
from commonbook.console.control import control_app
from commonbook.gateway.okx_v5.codes import REFUSALS
from commonbook.records import COMMAND, CommandKind, Refusal

PAGE = Path(__file__).parents[2] / "docs" / "operating" / "controls.md"
CONTROLS = (CommandKind.STATUS, CommandKind.LIMITS, CommandKind.REFERENCE, CommandKind.KILL, CommandKind.LISTING)
SPLIT = ("split", "--asset", "BTC", "--into", "XBT", "--ratio", "1:3", "--key", "split-1", "--yes")
LONG = "a-folder-whose-path-is-too-long-for-a-socket-" * 2


def control(folder: Path, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    """The command as a person types it in the folder that holds `data`."""
    return commonbook("control", *words, folder=folder, answer=answer)


def said(folder: Path, *words: str) -> Any:
    """What the command tells with --json, as an object."""
    done = CliRunner().invoke(control_app, [*words, "--data", str(folder / "data"), "--json"])
    assert done.exit_code == 0, done.exception or done.output
    return json.loads(done.stdout)


def journaled(data_dir: Path) -> list[CommandKind]:
    """The host's controls in the journal, in order."""
    records = np.concatenate([np.frombuffer(payload, COMMAND) for payload in JournalReader(str(data_dir), 0)])
    return [CommandKind(int(kind)) for kind in records["kind"] if kind in CONTROLS]


def try_order(server: Server, brand: str = "borealis", price: str = "75000") -> str:
    """What the door says to an order; nothing when it is taken."""
    text: str = answer_to(server, "BTC-USDT", brand, price)["data"][0]["sMsg"]
    return text


def answer_to(server: Server, instrument: str, brand: str = "borealis", price: str = "75000") -> Any:
    client = OkxClient(server.ready["rest"], server.account(brand))
    order = {"instId": instrument, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": price, "sz": "0.01"}
    answer = client.post("/api/v5/trade/order", order)
    client.close()
    return answer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One exchange, in a folder whose sockets lie elsewhere."""
    folder = tmp_path_factory.mktemp("controls") / LONG
    folder.mkdir()
    with Server(folder / "data") as running:
        yield running


def test_the_page_of_the_controls_shows_what_they_print(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("page")
    shown = "\n".join(re.findall(r"^```console\n(.*?)\n```", PAGE.read_text(), re.DOTALL | re.MULTILINE))
    played = []
    with Server(folder / "data"):
        for command in re.findall(r"^\$ commonbook control (.*)$", shown, re.MULTILINE):
            done = control(folder, *shlex.split(command))
            played.append(f"$ commonbook control {command}\n{done.stdout}{done.stderr}")
        mode = (folder / "data").stat().st_mode & 0o777, (folder / "data" / "core.sock").stat().st_mode & 0o777
    assert mode == (0o700, 0o600), "only the folder's owner may send controls (P-14)"
    assert any_sequence("".join(played).rstrip()) == any_sequence(shown)
    kinds = journaled(folder / "data")
    assert kinds[2:] == [
        *[CommandKind.STATUS] * 4,
        *[CommandKind.KILL] * 3,
        CommandKind.LIMITS,
        CommandKind.REFERENCE,
        *[CommandKind.LISTING] * 2,
    ], "behind the demo's own two, each is one command, and what is refused is none"


def any_sequence(text: str) -> str:
    """An idle core numbers its own ticks, so that sequences depend on how long a test takes."""
    return re.sub(r"(sequence\"?:? )\d+", r"\1N", text)


def test_p8_a_stolen_key_is_killed_by_its_api_key_and_its_orders_are_told(server: Server) -> None:
    folder, account = server.data_dir.parent, server.account("borealis")
    assert [try_order(server), try_order(server, "aurora")] == ["", ""]
    told = said(folder, "kill", "--scope", "credential", "--target", account["api_key"])
    assert told["canceled"] == 1
    (order,) = told["orders"]
    assert (order["account"], order["side"], order["remaining"]) == (int(account["account"]), "buy", "0.01")
    assert try_order(server) == REFUSALS[Refusal.KILLED].text
    assert try_order(server, "aurora") == ""
    switches = said(folder, "status")["switches"]
    said(folder, "release", "--scope", "credential", "--target", account["api_key"])
    assert [len(switches), said(folder, "status")["switches"], try_order(server)] == [1, [], ""]


def test_p15_what_a_brand_does_not_list_is_answered_as_what_is_not_there(server: Server) -> None:
    folder, account = server.data_dir.parent, server.account("borealis")
    listing = ("--brand", "borealis", "--instrument", "BTC-USDT")
    said(folder, "kill", "--scope", "account", "--target", account["account"])  # nothing rests
    said(folder, "release", "--scope", "account", "--target", account["account"])
    assert [try_order(server), try_order(server, "aurora")] == ["", ""]
    told = said(folder, "delist", *listing)
    assert (told["brand"], told["instrument"], told["listed"], told["canceled"]) == ("borealis", "BTC-USDT", False, 1)
    assert told["orders"][0]["account"] == int(account["account"])
    unknown, closed = answer_to(server, "NONE-USDT"), answer_to(server, "BTC-USDT")
    assert closed["data"][0]["sCode"] == "51001"
    for answer in (unknown, closed):
        for varying in ("inTime", "outTime"):
            del answer[varying]
        del answer["data"][0]["ts"]
    assert closed == unknown
    assert try_order(server, "aurora") == ""
    assert said(folder, "status")["instruments"][0]["not_listed_by"] == ["borealis"]
    assert said(folder, "delist", *listing)["canceled"] == 0
    assert said(folder, "list", *listing)["listed"]
    assert [said(folder, "status")["instruments"][0]["not_listed_by"], try_order(server)] == [[], ""]


def test_sp10_a_token_is_split_once_and_all_of_it_is_recomputed(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("split")
    with Server(folder / "data") as server:
        early = control(folder, *SPLIT)
        assert early.stderr == "commonbook: halt BTC-USDT first, and cancel what rests there; nothing was sent\n"
        said(folder, "halt", "--instrument", "BTC-USDT")
        said(folder, "kill", "--scope", "instrument", "--target", "BTC-USDT")
        told = said(folder, *SPLIT)
        assert (told["asset"], told["new_asset"], told["ratio"]) == ("BTC", "XBT", "1:3")
        assert told["accounts"] > 1
        again = control(folder, *SPLIT)
        assert again.stderr == "commonbook: BTC was split already: it is XBT now; nothing was sent\n"
        live = control(folder, "live", "--instrument", "BTC-USDT")
        assert "STATUS is refused, ASSET_CLOSED" in live.stderr
        assert try_order(server) == "This currency was split and is closed: trade the new one."
    audit = commonbook("audit", "data", folder=folder)
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_p14_limits_and_reference_are_in_force_at_the_door_at_once(server: Server) -> None:
    folder = server.data_dir.parent
    market = ("--instrument", "BTC-USDT")
    after = said(folder, "limits", *market, "--largest-size", "0.01", "--band", "1", "--band-max", "1")
    assert (after["largest_size"], after["buys_at_most"], after["deviation_percent"]) == ("0.01", "79083", "10")
    assert try_order(server, price="79084") == REFUSALS[Refusal.PRICE_ABOVE_BAND].text
    said(folder, "limits", *market, "--largest-size", "0.009")
    assert try_order(server) == REFUSALS[Refusal.SIZE_ABOVE_LIMIT].text
    said(folder, "reference", *market, "--price", "none")
    said(folder, "limits", *market, "--largest-size", "none")
    assert try_order(server) == ""
    assert said(folder, "status")["instruments"][0]["buys_at_most"] is None


def test_p9_what_was_set_is_told_again_after_kill_9(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("c9")
    server = Server(folder / "data")
    said(folder, "cancel-only", "--instrument", "BTC-USDT")
    said(folder, "kill", "--scope", "person", "--target", "77")
    said(folder, "limits", "--instrument", "BTC-USDT", "--duplicate-ms", "250")
    said(folder, "delist", "--brand", "aurora", "--instrument", "BTC-USDT")
    before = said(folder, "status")
    server.kill()
    gone = control(folder, "status")
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr == (
        "commonbook: no exchange is running on data; start one with `commonbook serve --data data`, "
        "or name another folder with --data\n"
    )
    with Server(folder / "data"):
        after = said(folder, "status")
    for told in (before, after):
        del told["sequence"]
    assert after == before
    assert (after["switches"], after["instruments"][0]["duplicate_ms"]) == (
        [{"scope": "person", "target": "77"}],
        250,
    )
    assert after["instruments"][0]["not_listed_by"] == ["aurora"]


@pytest.mark.parametrize(
    ("words", "answer", "why"),
    [
        (("halt",), "n\n", "not confirmed, nothing was sent"),
        (("cancel-only",), "", "nobody has answered, nothing was sent"),
        (("kill", "--scope", "venue"), "", "nobody has answered, nothing was sent"),
    ],
    ids=["halt", "cancel-only", "kill"],
)
def test_the_whole_venue_is_stopped_by_nobody_who_has_not_said_yes(
    server: Server, words: tuple[str, ...], answer: str, why: str
) -> None:
    before = journaled(server.data_dir)
    done = control(server.data_dir.parent, *words, answer=answer)
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr
    assert journaled(server.data_dir) == before


def test_the_whole_venue_is_stopped_by_who_says_yes(server: Server) -> None:
    folder = server.data_dir.parent
    assert control(folder, "halt", answer="y\n").returncode == 0
    assert try_order(server) == REFUSALS[Refusal.HALTED].text
    killed = control(folder, "kill", "--scope", "venue", answer="y\n")
    assert (killed.returncode, killed.stdout.split("  ")[0]) == (0, "the venue is killed")
    said(folder, "live")
    assert try_order(server) == REFUSALS[Refusal.KILLED].text
    said(folder, "release", "--scope", "venue")
    assert try_order(server) == ""


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (["status", "--data", "nowhere"], 1, "nowhere holds no journal; give the data folder"),
        (["status", "--instrument", "X"], 1, "no instrument 'X'; there is: BTC-USDT"),
        (["halt", "--instrument", "X"], 1, "no instrument 'X'; there is: BTC-USDT"),
        (["kill", "--scope", "brand", "--target", "auroa"], 1, "no brand 'auroa'; there is: aurora, borealis"),
        (["kill", "--scope", "account", "--target", "999999"], 1, "KILL is refused, UNKNOWN_ACCOUNT .*R-6"),
        (["kill", "--scope", "account", "--target", "1"], 1, "KILL is refused, SYSTEM_ACCOUNT"),
        (["kill", "--scope", "credential", "--target", "no-key"], 1, "no API key 'no-key' on data"),
        (["kill", "--scope", "everybody"], 2, "Invalid value for '--scope'.*see `commonbook control --help`"),
        (["release", "--scope", "person", "--target", "5"], 1, "person 5 is not killed, nothing was sent"),
        (["limits", "--instrument", "BTC-USDT"], 1, "nothing to set"),
        (["delist", "--brand", "none", "--instrument", "BTC-USDT"], 1, "no brand 'none'; there is: aurora, borealis"),
        (["list", "--brand", "aurora", "--instrument", "X"], 1, "no instrument 'X'; there is: BTC-USDT"),
        ([*SPLIT[:6], "1/3", *SPLIT[7:]], 1, "--ratio 1/3 is no ratio; give new units and old ones, for example 1:3"),
        (["split", "--asset", "USDT", *SPLIT[3:]], 1, "halt BTC-USDT first"),
        ([*SPLIT[:8], "", "--yes"], 1, "--key '' is not 1 to 32 ASCII characters"),
        (["delist", "--brand", "aurora"], 2, "Missing option '--instrument'.*see `commonbook control --help`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_error_is_one_line_that_names_the_value_and_the_fix(
    server: Server, words: list[str], status: int, why: str
) -> None:
    done = control(server.data_dir.parent, *words)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (status, "", 1)
    assert re.search(f"^commonbook: .*{why}", done.stderr)


def test_an_instrument_that_is_halted_alone_is_told_so(server: Server) -> None:
    folder = server.data_dir.parent
    told = said(folder, "halt", "--instrument", "BTC-USDT")
    assert (told["instrument"], told["status"]) == ("BTC-USDT", "halted")
    assert said(folder, "status")["instruments"][0]["in_force"] == "halted"
    assert try_order(server) == REFUSALS[Refusal.HALTED].text
    said(folder, "live", "--instrument", "BTC-USDT")
    assert try_order(server) == ""
