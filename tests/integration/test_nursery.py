"""The nursery: what its children find, how they end, and what becomes of them without it. docs/decisions/0012."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonbook.errors import OutsideFailure
from commonbook.nursery import STATUS_UNKNOWN, Nursery, Order

CHILD = "integration.nursery_child"
TESTS = str(Path(__file__).parents[1])


@pytest.fixture
def nursery(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    monkeypatch.setenv("PYTHONPATH", TESTS, prepend=os.pathsep)
    with Nursery.launch((CHILD,)) as found:
        yield found


@pytest.fixture
def log(tmp_path: Path) -> Iterator[int]:
    with (tmp_path / "log").open("wb") as file:
        yield file.fileno()


def order(function: str, folder: Path, *pass_fds: int) -> Order:
    return Order(CHILD, function, ["its", "words"], {"NAME": "value"}, str(folder), list(pass_fds))


def ended(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(") ")[2][0] == "Z"


def until_ended(*processes: int) -> None:
    deadline = time.monotonic() + 30
    while not all(ended(pid) for pid in processes):
        assert time.monotonic() < deadline, processes
        time.sleep(0.01)


def test_a_child_finds_what_was_ordered_and_no_descriptor_more(nursery: Nursery, log: int, tmp_path: Path) -> None:
    child = nursery.start(order("tell", tmp_path), stderr=log)
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdin, child.stdout:
        child.stdin.write("hello\n")
        child.stdin.flush()
        told = json.loads(child.stdout.readline())
    assert child.wait(30) == child.poll() == 7
    assert told == {
        "pid": child.pid,
        "loaded_by": nursery.pid,
        "argv": ["its", "words"],
        "environment": {"NAME": "value"},
        "folder": str(tmp_path),
        "heard": "hello\n",
        "descriptors": [0, 1, 2],
    }
    assert (tmp_path / "log").read_text() == "to standard error\n"


def test_descriptors_of_the_process_that_forked_it_are_passed_on_where_that_is_asked(tmp_path: Path) -> None:
    program = f"""
import os, socket, sys
from commonbook.nursery import Nursery, Order
listener = socket.create_server(("127.0.0.1", 0))
other = socket.create_server(("127.0.0.1", 0))
with Nursery.fork(("{CHILD}",)) as nursery:
    order = Order("{CHILD}", "tell", [], {{}}, "/", [listener.fileno()])
    child = nursery.start(order, stderr=2)
    child.stdin.close()
    print(child.stdout.read(), listener.fileno(), other.fileno())
    child.wait()
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((TESTS, os.environ.get("PYTHONPATH", "")))}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    told, listener, other = done.stdout.split("\n")[0], *done.stdout.split()[-2:]
    assert json.loads(told)["descriptors"] == [0, 1, 2, int(listener)]
    assert listener != other


def test_how_a_child_ends_is_told(nursery: Nursery, log: int, tmp_path: Path) -> None:
    with open(os.devnull) as nothing:
        broken = nursery.start(order("fail", tmp_path), stdin=nothing.fileno(), stdout=log, stderr=log)
        killed = nursery.start(order("stay", tmp_path), stdin=nothing.fileno(), stdout=log, stderr=log)
        asked = nursery.start(order("stay", tmp_path), stdin=nothing.fileno(), stdout=log, stderr=log)
    assert broken.wait(30) == 1
    assert "ValueError: a bug" in (tmp_path / "log").read_text()
    assert killed.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        killed.wait(0.01)
    killed.kill()
    asked.send_signal(signal.SIGINT)
    assert (killed.wait(30), asked.wait(30)) == (-signal.SIGKILL, 1)
    killed.kill()  # nothing more to do
    assert not nursery.has_ended()


def test_it_ends_with_its_orders_and_leaves_its_children(nursery: Nursery, log: int, tmp_path: Path) -> None:
    with open(os.devnull) as nothing:
        child = nursery.start(order("stay", tmp_path), stdin=nothing.fileno(), stdout=log, stderr=log)
    nursery.close()
    assert not Path(f"/proc/{nursery.pid}").exists()
    assert child.poll() is None
    child.kill()
    assert child.wait(30) == STATUS_UNKNOWN


def test_one_that_was_killed_gives_no_child_and_says_so(nursery: Nursery, log: int, tmp_path: Path) -> None:
    with open(os.devnull) as nothing:
        child = nursery.start(order("stay", tmp_path), stdin=nothing.fileno(), stdout=log, stderr=log)
        os.kill(nursery.pid, signal.SIGKILL)
        until_ended(nursery.pid)
        assert nursery.has_ended()
        with pytest.raises(OutsideFailure, match=r"nursery .*start the exchange again"):
            nursery.start(order("tell", tmp_path), stdin=nothing.fileno(), stdout=log, stderr=log)
    assert child.poll() is None
    child.kill()
    assert child.wait(30) == STATUS_UNKNOWN


def test_a_nursery_whose_orderer_was_killed_ends() -> None:
    program = "import os, time; from commonbook.nursery import Nursery\n"
    program += "print(Nursery.fork(()).pid, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as orderer:
        assert orderer.stdout is not None
        pid = int(orderer.stdout.readline())
        orderer.kill()
    until_ended(pid)
