"""`commonbook serve --demo`: what it promises in its ready file, and that its processes begin and end together.

Rules J-5 to J-8 (docs/rules/journal.md) are met here once more, as whoever starts a server meets them.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from integration.command import commonbook
from integration.okx_client import OkxClient
from integration.serving import Server

from commonbook.console.memory import with_huge_pages
from commonbook.console.processes import Child, core_of
from commonbook.console.serve import why_it_ended

BRANDS = ("aurora", "borealis")
Served = partial(Server, simulated=True)  # all that a host has by default


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Served(tmp_path_factory.mktemp("serving") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was served, traded on by one order, and ended by Ctrl-C."""
    data_dir = tmp_path_factory.mktemp("template") / "data"
    with Served(data_dir) as running:
        client = OkxClient(running.ready["rest"], running.account("aurora"))
        placed = client.post("/api/v5/trade/order", limit_buy("70000"))
        assert placed["code"] == "0"
        client.close()
    return data_dir


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "data", ignore=shutil.ignore_patterns("*.sock")))


def limit_buy(price: str) -> dict[str, str]:
    return {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": price, "sz": "0.01"}


def get(server: Server, target: str, host: str = "127.0.0.1") -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(server.ready["rest"] + target, headers={"Host": host}, timeout=60).json()
    return answer


def refused(data_dir: Path, *extra: str) -> str:
    """The one line a start that must fail says on standard error, beside what it was starting."""
    done = commonbook("serve", "--data", str(data_dir), "--port", "0", *extra)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if not line.startswith("  starting")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def running_of(processes: list[int]) -> list[int]:
    """Those that run; one that has ended may wait for whoever took it over to ask how."""
    found = [(pid, Path(f"/proc/{pid}/stat")) for pid in processes]
    return [pid for pid, stat in found if stat.exists() and stat.read_text().rpartition(") ")[2][0] != "Z"]


def segment_of(data_dir: Path) -> Path:
    return sorted((data_dir / "journal").glob("*.cbj"))[-1]


def test_the_ready_file_gives_addresses_and_accounts_of_both_brands_to_its_owner_only(server: Server) -> None:
    ready = server.ready
    port = ready["rest"].rsplit(":", 1)[1]
    assert (ready["rest"], ready["ws"]) == (f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}")
    assert {account["brand"] for account in ready["accounts"]} == set(BRANDS)
    for account in ready["accounts"]:
        assert all(account[name] for name in ("api_key", "api_secret", "api_passphrase"))
    assert stat.S_IMODE(server.ready_file.stat().st_mode) == 0o600
    assert not server.ready_file.with_name(server.ready_file.name + ".draft").exists()


def test_the_core_has_huge_pages_and_what_the_user_has_set_stays(server: Server) -> None:
    processes = (server.process_of("core"), server.process_of("back-office"))
    core, office = (Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") for pid in processes)
    assert b"GLIBC_TUNABLES=glibc.malloc.hugetlb=1" in core
    assert not [line for line in office if line.startswith(b"GLIBC_TUNABLES=")]
    assert with_huge_pages({"GLIBC_TUNABLES": "x"}) == {"GLIBC_TUNABLES": "x"}


def test_no_process_tells_the_settings_to_everybody_on_the_machine(server: Server) -> None:
    arguments = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in server.children()}
    assert not [pid for pid, told in arguments.items() if b"database_url" in told or b"smtp_url" in told]
    assert b"roles.core" in arguments[server.process_of("core")]


def test_each_account_holds_its_million_and_its_hundred_and_may_do_everything(server: Server) -> None:
    for account in server.ready["accounts"]:
        client = OkxClient(server.ready["rest"], account)
        details = client.get("/api/v5/account/balance")["data"][0]["details"]
        assert {row["ccy"]: Decimal(row["availBal"]) for row in details} == {"USDT": 1_000_000, "BTC": 100}
        permissions = client.get("/api/v5/account/config")["data"][0]["perm"]
        assert set(permissions.split(",")) == {"read_only", "trade", "withdraw"}
        client.close()


def test_the_book_stands_on_both_sides_and_is_not_crossed(server: Server) -> None:
    book = get(server, "/api/v5/market/books?instId=BTC-USDT&sz=400")["data"][0]
    assert (len(book["bids"]), len(book["asks"])) == (50, 50)
    assert Decimal(book["bids"][0][0]) < Decimal(book["asks"][0][0])


def test_n1_the_brand_of_a_host_is_its_first_label_and_any_other_host_shows_the_full_list(server: Server) -> None:
    port = server.ready["rest"].rsplit(":", 1)[1]
    full = get(server, "/api/v5/public/instruments?instType=SPOT")["data"]
    assert [row["instId"] for row in full] == ["BTC-USDT"]
    for host in (f"aurora.localhost:{port}", f"borealis.localhost:{port}", "exchange.example"):
        listed = get(server, "/api/v5/public/instruments?instType=SPOT", host)["data"]
        assert [row["instId"] for row in listed] == ["BTC-USDT"]


def test_orders_of_two_brands_meet_in_one_book_whatever_host_they_are_sent_to(server: Server) -> None:
    seller, buyer = (OkxClient(server.ready["rest"], server.account(brand)) for brand in BRANDS)
    order = limit_buy("78300") | {"sz": "0.5"}
    resting = seller.post("/api/v5/trade/order", order | {"side": "sell", "clOrdId": "meets1"})["data"][0]
    taking = buyer.post("/api/v5/trade/order", order | {"clOrdId": "meets2"})["data"][0]
    for client, placed in ((seller, resting), (buyer, taking)):
        found = client.get(f"/api/v5/trade/order?instId=BTC-USDT&ordId={placed['ordId']}")["data"][0]
        assert (found["state"], found["avgPx"], Decimal(found["accFillSz"])) == ("filled", "78300", Decimal("0.5"))
        client.close()


def test_a_start_on_a_data_folder_in_use_is_refused(server: Server) -> None:
    assert server.process.poll() is None, Path(server.output.name).read_text()
    line = refused(server.data_dir)
    assert line == (
        f"commonbook: the data folder {server.data_dir} is in use by another process; "
        "end that process, or choose another folder"
    )
    assert get(server, "/api/v5/public/time")["code"] == "0", "the one that serves goes on"


def test_whoever_follows_a_core_waits_for_the_one_of_its_own_start(server: Server) -> None:
    core, socket_path = server.process_of("core"), server.data_dir / "core.sock"

    async def found(pid: int) -> int:
        client = await asyncio.wait_for(core_of(pid, socket_path), 1.0)
        try:
            return await client.process()
        finally:
            client.close()

    assert asyncio.run(found(core)) == core
    with pytest.raises(TimeoutError):
        asyncio.run(found(server.process_of("back-office")))


def test_a_taken_port_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(tmp_path / "data", "--port", str(port))
    assert line == f"commonbook: port {port} of 127.0.0.1 is taken; choose another with --port N, or `make run PORT=N`"
    assert not (tmp_path / "data" / "journal").exists()


def test_what_is_no_port_is_refused(tmp_path: Path) -> None:
    assert "70000 is not a port: choose one from 1 to 65535" in refused(tmp_path / "data", "--port", "70000")


def test_ctrl_c_ends_all_processes_in_order_and_the_next_start_finds_orders_and_keys(folder: Path) -> None:
    with Served(folder) as first:
        processes = [first.process.pid, *first.children()]
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(30) == 0
    assert running_of(processes) == []
    assert list((folder / "snapshots").iterdir()), "an orderly end leaves a snapshot"
    with Served(folder) as second:
        assert second.ready["accounts"] == first.ready["accounts"]
        client = OkxClient(second.ready["rest"], second.account("aurora"))
        pending = client.get("/api/v5/trade/orders-pending?instId=BTC-USDT")["data"]
        assert [(row["px"], row["state"]) for row in pending] == [("70000", "live")]
        client.close()


@pytest.mark.parametrize("part", [0, 1, 2, 3, -1])
def test_when_one_process_dies_all_end_and_the_reason_is_told(folder: Path, part: int) -> None:
    with Served(folder) as running:
        children = running.children()
        os.kill(children[part], signal.SIGKILL)
        assert running.process.wait(30) == 1
    assert running_of(children) == []
    told = (folder.parent / "data.output.txt").read_text()
    assert ("commonbook: core ended (status -9)" in told) == (part == 0), told
    assert " ended (status " in told


def test_kill_9_of_the_supervisor_leaves_no_process_behind(folder: Path) -> None:
    running = Served(folder)
    children = running.children()
    running.kill()
    with Served(folder):  # the folder's lock waits for those that are still dying
        pass
    assert running_of(children) == []


def test_a_data_folder_with_a_long_path_is_served(tmp_path: Path) -> None:
    long = tmp_path / ("long" * 30) / "data"  # a Unix socket's path may have about 100 bytes
    long.parent.mkdir()
    with Served(long) as running:
        assert get(running, "/api/v5/public/time")["code"] == "0"


def test_j5_a_torn_tail_is_cut_and_served(folder: Path) -> None:
    with segment_of(folder).open("ab") as segment:
        segment.write(b"CBF1" + bytes(100))
    with Served(folder) as running:
        assert get(running, "/api/v5/public/time")["code"] == "0"


def test_j6_a_damaged_journal_is_not_served_and_segment_and_offset_are_named(folder: Path) -> None:
    segment = segment_of(folder)
    stored = bytearray(segment.read_bytes())
    stored[200] ^= 1
    segment.write_bytes(stored)
    line = refused(folder)
    assert f"segment {segment.name} is damaged at offset 64 (checksum does not hold)" in line
    assert "restore this segment from a copy" in line


def test_j8_a_journal_whose_end_is_gone_is_not_served(folder: Path) -> None:
    segment = segment_of(folder)
    stored = segment.read_bytes()
    segment.write_bytes(stored[: len(stored) // 2])
    shutil.rmtree(folder / "snapshots")
    line = refused(folder)
    assert "but the back office holds sequence" in line
    assert "not served: restore the missing segments from a copy" in line


def test_logs_are_one_json_object_a_line_and_name_what_happened(folder: Path) -> None:
    (folder / "keys" / "master.key").write_bytes(b"not a key")
    line = refused(folder)
    assert "gateway did not start" in line
    assert "master.key is not a master key; restore it from the backup" in line
    for log in (folder / "logs").iterdir():
        for entry in log.read_text().splitlines():
            assert {"event", "level", "timestamp"} <= set(json.loads(entry))


def test_it_is_the_cores_end_that_is_told_even_where_another_was_seen_to_end_first(tmp_path: Path) -> None:
    log = tmp_path / "core.log"
    log.write_text('{"event": "process.failed", "why": "only 1.5 % of the disk is free"}\n')
    slow = subprocess.Popen(["sh", "-c", "sleep 0.3; exit 1"], text=True)
    gone = subprocess.Popen(["false"], text=True)
    gone.wait()
    core, office = Child("core", slow, log), Child("back-office", gone, tmp_path / "office.log")
    office.log_file.write_text('{"event": "process.failed", "why": "the core has gone"}\n')
    told = why_it_ended(office, core)
    assert told.startswith("core ended (status 1): only 1.5 % of the disk is free; then back-office ended (status 1)")
    standing = Child("core", subprocess.Popen(["sleep", "5"], text=True), log)
    assert why_it_ended(office, standing) == "back-office ended (status 1): the core has gone"
    standing.process.kill()
    standing.process.wait()
