"""`commonbook certify`, with a thread for a gateway: CK-1, CK-11 and CK-12."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from spec.brokerage.journey import Applicant, Host, integrating
from spec.brokerage.test_conformance import COUNT, KEPT, SIGNED, whole
from spec.partnership.desk_here import DesksHere
from spec.small_exchange import SmallExchange
from sqlalchemy import func, select
from typer.testing import CliRunner

from commonbook.administration.checkpoint import AuditKey
from commonbook.brokerage import certificates, observing
from commonbook.brokerage.certificates import Certificate
from commonbook.brokerage.certifying import read_signed
from commonbook.brokerage.conformance import Seen
from commonbook.brokerage.observing import file_of, line_of, watches
from commonbook.console import certify as command
from commonbook.console.commands import commands
from commonbook.errors import BadInput
from commonbook.settings import SIMULATED
from commonbook.storage.tables.brokerage import certificates as table

COUNTED = {"hour": "2027-01-15T08", "fills": 3, "paid": "0.0000003", "orders": {"7": "0.0000001", "9": "0.0000002"}}


@pytest.fixture
def broker(desks: DesksHere, host: Host, monkeypatch: pytest.MonkeyPatch) -> Applicant:
    """A broker that is being tried out, at a venue that has a simulated one."""
    host.publish()
    found = integrating(desks, host, requests_per_s=100)
    with SmallExchange(desks.folder / SIMULATED):
        pass
    monkeypatch.setattr(command, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(command, "LAST_LINES_S", 0.2)
    return found


def seen_by_a_gateway(folder: Path, those: list[Seen]) -> threading.Thread:
    """Adds lines to the first watch that it finds."""

    def write() -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for watch in watches(folder):
                file_of(folder, watch, "1").write_bytes(b"".join(map(line_of, those)))
                return
            time.sleep(0.01)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def called(desks: DesksHere, *words: str) -> Any:
    return CliRunner().invoke(commands("certify"), ["certify", "--data", str(desks.folder), *words])


def filed(desks: DesksHere, broker: Applicant) -> list[Certificate]:
    with desks.door.database.connect() as connection:
        return certificates.of_broker(connection, broker.broker.number)


def test_ck12_a_run_that_shows_all_ends_by_itself_and_is_filed_as_signed(
    desks: DesksHere, broker: Applicant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "kept_orders", lambda *_: KEPT)
    monkeypatch.setattr(command, "count_of", lambda *_: COUNT)
    count, out = tmp_path / "count.json", tmp_path / "report.json"
    count.write_text(json.dumps(COUNTED))
    folder = desks.folder / SIMULATED / observing.FOLDER
    gateway = seen_by_a_gateway(folder, list(whole().seen))
    done = called(desks, "--broker", "NORTH", "--count", str(count), "--out", str(out), "--json")
    gateway.join()
    assert done.exit_code == 0, done.exception or done.output
    (one,) = filed(desks, broker)
    assert one.passed
    assert json.loads(done.stdout)["certificate"] == str(one.number)
    told = read_signed(out.read_text(), AuditKey.open(desks.folder).public)
    assert json.loads(one.report) == told
    assert all(step["passed"] for step in told["steps"])
    assert watches(folder) == []


def test_ck12_a_run_whose_time_is_over_is_filed_and_counts_for_nothing(desks: DesksHere, broker: Applicant) -> None:
    gateway = seen_by_a_gateway(desks.folder / SIMULATED / observing.FOLDER, SIGNED)
    done = called(desks, "--broker", "NORTH", "--minutes", "0.02")
    gateway.join()
    assert done.exit_code == 1
    assert "passed   signing" in done.stdout
    assert "not yet  sustained" in done.stdout
    (one,) = filed(desks, broker)
    assert not one.passed
    assert json.loads(one.report)["requests"] == len(SIGNED)


def test_ck12_a_run_that_is_broken_off_files_nothing_and_leaves_no_watch(
    desks: DesksHere, broker: Applicant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "judge", broken)
    done = called(desks, "--broker", "NORTH", "--minutes", "1")
    assert done.exit_code != 0
    assert filed(desks, broker) == []
    assert watches(desks.folder / SIMULATED / observing.FOLDER) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--broker", "SOUTH"), "no broker of the registry has the code 'SOUTH'"),
        (("--broker", "NORTH", "--minutes", "0"), "--minutes 0.0"),
        (("--broker", "NORTH", "--minutes", "1441"), "at most a day"),
        (("--broker", "NORTH", "--out", "/no/such/folder/report"), "make it first"),
        (("--broker", "NORTH", "--data", "/no/such/folder"), "holds no journal"),
    ],
)
def test_ck12_what_cannot_be_watched_is_said_and_nothing_is_filed(
    desks: DesksHere, broker: Applicant, words: tuple[str, ...], why: str
) -> None:
    done = called(desks, *words)
    assert isinstance(done.exception, BadInput)
    assert why in str(done.exception)
    with desks.door.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(table)).scalar() == 0


def test_ck8_a_count_that_cannot_be_read_ends_the_run_with_its_reason(
    desks: DesksHere, broker: Applicant, tmp_path: Path
) -> None:
    count = tmp_path / "count.json"
    count.write_text(json.dumps(COUNTED | {"paid": "much"}))
    done = called(desks, "--broker", "NORTH", "--count", str(count), "--minutes", "1")
    assert isinstance(done.exception, BadInput)
    assert "much" in str(done.exception)
    assert filed(desks, broker) == []
