"""Processes that begin with everything loaded: a nursery is forked once, loads the modules, and forks each child.

    supervisor ──orders──> nursery ──fork──> child
               <─pid, pidfd, exit status──┘

Loading is most of what a start takes, and what is loaded before a fork is one copy in memory for all. A nursery has one
thread and holds nothing but modules, so that its forks are safe; that is why the supervisor, which opens databases and
journals, forks no child itself. A nursery ends when its orders end, because the supervisor closed them or was killed.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, TextIO

from commonbook.errors import OutsideFailure

STATUS_UNKNOWN = 255  # of a child whose nursery has gone before it could tell
_ORDER_BYTES = 1 << 17
_FDS = 3  # a child's standard input, output and error come with the order
_TOLD_WITHIN_S = 5.0
_FIX = "start the exchange again"


@dataclass(frozen=True)
class Order:
    """A child to be: a function without arguments, and the world it finds."""

    module: str
    function: str
    argv: list[str]
    environment: dict[str, str]
    folder: str
    pass_fds: list[int]  # as numbered in the process that forked the nursery


class Nursling:
    """A child of a nursery, as `subprocess.Popen` would show it."""

    def __init__(self, nursery: "Nursery", pid: int, pidfd: int, stdin: TextIO | None, stdout: TextIO | None) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self._nursery = nursery
        self._pidfd = pidfd

    def poll(self) -> int | None:
        """The exit status as `Popen.poll` gives it; None while it runs."""
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """
        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        status = self._ended_within(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return status

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def _ended_within(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._pidfd], [], [], timeout)[0]:
            self.returncode = self._nursery.status_of(self.pid)
            os.close(self._pidfd)
        return self.returncode


@dataclass
class Nursery:
    """The end of it that orders children."""

    pid: int
    _orders: socket.socket
    _ended: dict[int, int] = field(default_factory=dict)  # exit status by process id
    _gone: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)  # around what goes over the socket

    @classmethod
    def fork(cls, modules: Sequence[str]) -> Self:
        """Fork it from this process, which must have no threads of its own. It loads the modules meanwhile."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _live(lambda: _tend(theirs, modules))
        theirs.close()
        return cls(pid, ours)

    @classmethod
    def launch(cls, modules: Sequence[str]) -> Self:
        """Start it as a program of its own, from a process that has threads."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.set_inheritable(True)
        command = [sys.executable, "-m", "commonbook.nursery", str(theirs.fileno()), *modules]
        pid = os.posix_spawn(sys.executable, command, os.environ)
        theirs.close()
        return cls(pid, ours)

    def start(
        self,
        order: Order,
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int,
    ) -> Nursling:
        """Have a child forked.

        Args:
            stdin: a descriptor; None for a pipe, whose other end is the nursling's `stdin`.
            stdout: the same.

        Raises:
            OutsideFailure: the nursery has ended.
        """
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            to_child = from_child = None
            if stdin is None:
                stdin, write = os.pipe()
                theirs.callback(os.close, stdin)
                to_child = ours.enter_context(os.fdopen(write, "w"))
            if stdout is None:
                read, stdout = os.pipe()
                theirs.callback(os.close, stdout)
                from_child = ours.enter_context(os.fdopen(read))
            pid, pidfd = self._order(order, [stdin, stdout, stderr])
            ours.pop_all()
        return Nursling(self, pid, pidfd, to_child, from_child)

    def _order(self, order: Order, fds: list[int]) -> tuple[int, int]:
        with self._lock:
            try:
                socket.send_fds(self._orders, [json.dumps(asdict(order)).encode()], fds)
            except OSError as failure:
                raise OutsideFailure(f"no process can be had of the nursery ({failure.strerror}); {_FIX}") from None
            while True:
                told, pidfds = self._hear()
                if told is None:
                    raise OutsideFailure(f"the nursery of processes has ended; {_FIX}")
                if "started" in told:
                    return told["started"], pidfds[0]

    def status_of(self, pid: int) -> int:
        """The exit status of a child that has ended."""
        deadline = time.monotonic() + _TOLD_WITHIN_S
        with self._lock:
            while pid not in self._ended and not self._gone and time.monotonic() < deadline:
                if select.select([self._orders], [], [], 0.1)[0]:
                    self._hear()
            return self._ended.pop(pid, STATUS_UNKNOWN)

    def has_ended(self) -> bool:
        """True when no further child can be had."""
        with self._lock:
            while not self._gone and select.select([self._orders], [], [], 0)[0]:
                self._hear()
        return self._gone

    def _hear(self) -> tuple[dict[str, int] | None, list[int]]:
        """The next thing it tells; None once it has gone."""
        try:
            message, fds, _, _ = socket.recv_fds(self._orders, _ORDER_BYTES, 1)
        except ConnectionError:
            message, fds = b"", []
        if not message:
            self._gone = True
            return None, fds
        told: dict[str, int] = json.loads(message)
        if "ended" in told:
            self._ended[told["ended"]] = told["status"]
        return told, fds

    def close(self) -> None:
        """No more orders; it ends. Its children are not its to end."""
        if self._orders.fileno() >= 0:
            self._gone = True
            self._orders.close()
            os.waitpid(self.pid, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


# -- in the nursery ----------------------------------------------------------------------------------------------------


def _live(work: Any) -> None:
    """Do the work of a forked process and end it, whatever happens, without what its parent has to do at its end."""
    status = 1
    try:
        work()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(status)


def _tend(orders: socket.socket, modules: Sequence[str]) -> None:
    """Fork what is ordered and tell how each child has ended, until there are no more orders."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    call_this_process("nursery")
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what is loaded stays: children need not copy the pages to look through it
    with selectors.DefaultSelector() as selector:
        selector.register(orders, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    message, fds, _, _ = socket.recv_fds(orders, _ORDER_BYTES, _FDS)
                    if not message:
                        return
                    pid = _fork(Order(**json.loads(message)), fds)
                    pidfd = os.pidfd_open(pid)
                    socket.send_fds(orders, [json.dumps({"started": pid}).encode()], [pidfd])
                    selector.register(pidfd, selectors.EVENT_READ, pid)
                else:
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    status = os.waitstatus_to_exitcode(os.waitpid(key.data, 0)[1])
                    orders.send(json.dumps({"ended": key.data, "status": status}).encode())


def _fork(order: Order, fds: list[int]) -> int:
    pid = os.fork()
    if pid == 0:
        _live(lambda: _become(order, fds))
    for fd in fds:
        os.close(fd)
    return pid


def _become(order: Order, fds: list[int]) -> None:
    """What a fresh interpreter would be: its own streams, arguments, environment and folder, and no descriptor more."""
    for standard, fd in enumerate(fds):
        os.dup2(fd, standard)
    kept = sorted({0, 1, 2, *order.pass_fds})
    for one, following in zip(kept, [*kept[1:], os.sysconf("SC_OPEN_MAX")], strict=True):
        os.closerange(one + 1, following)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv = list(order.argv)
    getattr(importlib.import_module(order.module), order.function)()


def order_of(module: str, function: str, argv: Sequence[str], *fds: int) -> Order:
    """An order of a child in our own environment and folder."""
    return Order(module, function, list(argv), dict(os.environ), str(Path.cwd()), list(fds))


def call_this_process(role: str) -> None:
    """Name it as `ps -e` and `top` show it, where the system can do that."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(f"cb-{role}")


if __name__ == "__main__":
    _live(lambda: _tend(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:]))
