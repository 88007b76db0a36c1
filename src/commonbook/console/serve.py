"""`commonbook serve`: start the processes of an exchange, say when it serves, and end them together.

If one of them dies, all end: an exchange that has lost a part must not look as if it served. Starting again picks up
where the journal ends. The simulated venue alone is started again beside the others, which do not need it.
"""

import errno
import json
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from commonbook.console.demo_folder import must_be_demo
from commonbook.console.folder import wait_until_free
from commonbook.console.processes import Child
from commonbook.console.simulated import SimulatedVenue
from commonbook.errors import BadInput, OutsideFailure, PortTaken
from commonbook.gateway.shared import make_shared
from commonbook.nursery import Nursery
from commonbook.settings import SIMULATED, Settings, database_url, simulated_venue
from commonbook.storage.database import BACK_OFFICE, open_database, position
from commonbook.whole_file import write_whole

_BIND_PATIENCE_S = 1.5
_UNIX_PATH_LIMIT = 90  # a socket's path may have about 100 bytes


Keys = tuple[list[dict[str, str]], list[dict[str, str]]]  # of the live and of the simulated venue


@dataclass(frozen=True)
class Serving:
    """What a started exchange tells: where it is and who may trade on it."""

    rest: str
    ws: str
    records: dict[str, str]  # the record door: "unix", and "tcp" when it has a port
    accounts: list[dict[str, str]]
    simulated: list[dict[str, str]]  # keys of the simulated venue, which is at the same addresses
    tls: str = ""  # where the same is over TLS, by the brands' domains; empty: nowhere
    logins: list[dict[str, str]] = field(default_factory=list)  # of the demo's people

    def as_json(self) -> str:
        told = {"rest": self.rest, "ws": self.ws, "records": self.records, "accounts": self.accounts}
        more = {"tls": self.tls} if self.tls else {}
        people = {"logins": self.logins} if self.logins else {}
        return json.dumps(told | {"simulated": self.simulated} | more | people, indent=2)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """The listening socket, bound before anything is started, so that a taken port is told at once.

    Raises:
        BadInput: not a port, or not an address of this machine.
        PortTaken: names the port and the fix.
    """
    if not 0 <= port <= 65_535:
        raise BadInput(f"{port} is not a port: choose one from 1 to 65535, or 0 for any that is free")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listener, host, port)
        listener.listen(1024)
        yield listener
    finally:
        listener.close()


def _bind(listener: socket.socket, host: str, port: int) -> None:
    """Bind, with a little patience: the gateway of an exchange that was just killed may still be dying."""
    deadline = time.monotonic() + _BIND_PATIENCE_S
    while True:
        try:
            listener.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                fix = (
                    "ports below 1024 need more rights: choose another"
                    if error.errno == errno.EACCES
                    else "check gateway.host"
                )
                raise BadInput(f"cannot listen on {host}:{port} ({error.strerror}); {fix}") from None
            if time.monotonic() > deadline:
                fix = "choose another with --port N, or `make run PORT=N`"
                raise PortTaken(f"port {port} of {host} is taken; {fix}") from None
            time.sleep(0.05)
        else:
            return


def run_exchange(
    nursery: Nursery,
    data_dir: Path,
    listener: socket.socket,
    settings: Settings,
    accounts: Keys,
    on_ready: Callable[[Serving], None],
    on_step: Callable[[str], None],
    market: dict[str, Any] | None = None,
    record_listener: socket.socket | None = None,
    tls_listener: socket.socket | None = None,
    logins: list[dict[str, str]] | None = None,
) -> None:
    """Start everything, report, and stay until a signal or until a process dies.

    Args:
        nursery: forked once everything was bound that is to be passed on.
        data_dir: exists.
        listener: bound and listening; the gateway serves it.
        accounts: demo credentials to hand to `on_ready`, live and simulated ones.
        market: options of the live market process; None for none.
        record_listener: bound and listening; the record door serves it beside its Unix socket.
        tls_listener: bound and listening; the gateways serve it with the brands' certificates.
        logins: of people to tell `on_ready`; None for none.

    Raises:
        BadInput: a demo's settings on a folder of no demo; nothing was started.
        DataFolderInUse: nothing was started.
        OutsideFailure: a process did not start or has died; everything has been ended.
    """
    must_be_demo(data_dir, settings)
    children: list[Child] = []
    simulated: SimulatedVenue | None = None
    stopping = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        wait_until_free(data_dir)  # before the tables of whoever serves it are looked at, and made newer
        taken_in = _taken_in(data_dir, settings)
        with tempfile.TemporaryDirectory(prefix="commonbook-") as short_dir:
            options = {
                "data_dir": str(data_dir),
                "core_socket": str(_socket_path(data_dir, Path(short_dir), "core.sock")),
                "records_socket": str(_socket_path(data_dir, Path(short_dir), "records.sock")),
                "records_fd": None if record_listener is None else record_listener.fileno(),
                "settings": msgspec.to_builtins(settings),
                "taken_in": taken_in,
                "listen_fd": listener.fileno(),
                "tls_fd": None if tls_listener is None else tls_listener.fileno(),
                "simulated": None,
            }
            if settings.simulated.enabled:
                (data_dir / SIMULATED).mkdir(mode=0o700, exist_ok=True)
                options["simulated"] = {
                    "data_dir": str(data_dir / SIMULATED),
                    "core_socket": str(_socket_path(data_dir / SIMULATED, Path(short_dir), "core.sock", "simulated-")),
                    "settings": msgspec.to_builtins(simulated_venue(settings)),
                }
            children.append(_start(nursery, "core", options, data_dir, ()))
            options["core_pid"] = children[0].process.pid
            children.append(_start(nursery, "back-office", options, data_dir, ()))
            doors_at = [one for one in (listener, tls_listener) if one is not None]
            gateways = _gateways(nursery, options, data_dir, doors_at, settings.gateway.processes, Path(short_dir))
            children.extend(gateways.start())
            passed = () if record_listener is None else (record_listener.fileno(),)
            children.append(_start(nursery, "records", options, data_dir, passed))
            if options["simulated"] is not None:
                venue = options["simulated"] | {"live": options}
                simulated = SimulatedVenue(lambda: _start(nursery, "simulated", venue, data_dir, ()), on_step)
            if market is not None:
                children.append(_start(nursery, "market", options | market, data_dir, ()))
            for child in children:
                on_step(child.role)
                if not child.wait_ready(stopping):
                    return
            if simulated is not None:
                on_step("simulated")
                doors = [child for child in children if child.role.startswith("gateway")]
                simulated.wait_ready(doors, stopping.is_set)
            host, port = listener.getsockname()
            records = {"unix": options["records_socket"]}
            if record_listener is not None:
                records["tcp"] = "{}:{}".format(*record_listener.getsockname()[:2])
            tls = "" if tls_listener is None else "https://{}:{}".format(*tls_listener.getsockname()[:2])
            told = Serving(f"http://{host}:{port}", f"ws://{host}:{port}", records, *accounts, tls, logins or [])
            on_ready(told)
            while not stopping.wait(0.2):
                for child in list(children):
                    if child.process.poll() is not None and (again := gateways.again(child)) is not None:
                        children[children.index(child)] = again
                    elif child.process.poll() is not None:
                        raise OutsideFailure(why_it_ended(child, core=children[0]))
                if nursery.has_ended():
                    raise OutsideFailure("the nursery ended (status unknown): no process could be started again")
                if simulated is not None:
                    simulated.look_after()
            if simulated is not None:
                simulated.ask_to_stop()  # while the others end
            for child in reversed(children):
                child.end()
    finally:
        for child in reversed(children):
            child.end()
        if simulated is not None:
            simulated.end()
        for number, handler in before.items():
            signal.signal(number, handler)


CORE_PATIENCE_S = 1.0  # for a core that is ending to have ended; it may have a sync to wait for


def why_it_ended(first: Child, core: Child) -> str:
    """What is told of an end: who ended, with which status, and why. All others end when the core has gone, and may
    well be seen first: then it is the core's end that is told, beside who noticed it."""
    deadline = time.monotonic() + CORE_PATIENCE_S
    while first is not core and core.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    told = f"{first.role} ended (status {first.process.returncode}): {first.last_words()}"
    if first is core or core.process.poll() is None:
        return told
    return f"core ended (status {core.process.returncode}): {core.last_words()}; then {told}"


RESTARTS = 5  # of gateways in RESTARTS_S seconds; more, and something is wrong with all of them
RESTARTS_S = 60.0


@dataclass
class Gateways:
    """The gateways of one start. Of several one may die: it is started again, and the others serve meanwhile."""

    nursery: Nursery
    options: list[dict[str, Any]]  # of each
    data_dir: Path
    listen_fds: tuple[int, ...]
    restarted: list[float] = field(default_factory=list)  # when one was

    def start(self) -> list[Child]:
        return [self._start(number) for number in range(len(self.options))]

    def again(self, dead: Child) -> Child | None:
        """Another in the place of a dead gateway; None for other processes, and where there is no other to serve."""
        name, _, number = dead.role.partition("-")
        if name != "gateway" or len(self.options) < 2:
            return None
        self.restarted = [at for at in self.restarted if at > time.monotonic() - RESTARTS_S]
        if len(self.restarted) >= RESTARTS:
            return None
        self.restarted.append(time.monotonic())
        dead.end()
        return self._start(int(number) - 1)

    def _start(self, number: int) -> Child:
        name = "gateway" if len(self.options) == 1 else f"gateway-{number + 1}"
        return _start(self.nursery, "gateway", self.options[number], self.data_dir, self.listen_fds, name)


def _gateways(
    nursery: Nursery,
    options: dict[str, Any],
    data_dir: Path,
    listeners: list[socket.socket],
    count: int,
    short_dir: Path,
) -> Gateways:
    """All on the same listening sockets: whoever of them is free takes the next connection."""
    passed = tuple(one.fileno() for one in listeners)
    if count == 1:
        return Gateways(nursery, [options | {"crew": None}], data_dir, passed)
    files = {"shared": short_dir / "gateways.shared", "shared_simulated": short_dir / "gateways-simulated.shared"}
    for path in files.values():
        make_shared(path)
    started_ms = time.time_ns() // 1_000_000
    known = {"size": count, "started_ms": started_ms} | {name: str(path) for name, path in files.items()}
    crews = [known | {"number": number} for number in range(count)]
    return Gateways(nursery, [options | {"crew": crew} for crew in crews], data_dir, passed)


def write_ready(path: Path, serving: Serving) -> None:
    """The ready file appears whole or not at all; it holds secrets, so only its owner may read it."""
    write_whole(path, (serving.as_json() + "\n").encode())


def _taken_in(data_dir: Path, settings: Settings) -> int:
    """The newest sequence the back office holds, known before the core can give a number again. Migrates, too."""
    database = open_database(database_url(settings, data_dir))
    try:
        with database.connect() as connection:
            return position(connection, BACK_OFFICE)
    finally:
        database.dispose()


def _start(
    nursery: Nursery, role: str, options: dict[str, Any], data_dir: Path, pass_fds: tuple[int, ...], name: str = ""
) -> Child:
    logs = data_dir / "logs"
    logs.mkdir(exist_ok=True)
    return Child.start(nursery, role, options, logs / f"{name or role}.log", pass_fds, name)


def _socket_path(data_dir: Path, short_dir: Path, name: str, prefix: str = "") -> Path:
    """In the data folder; where its path is too long for a socket, elsewhere, and a link in the folder leads there."""
    inside = data_dir.resolve() / name
    if len(str(inside)) <= _UNIX_PATH_LIMIT:
        return inside
    inside.unlink(missing_ok=True)
    inside.symlink_to(short_dir / (prefix + name))
    return short_dir / (prefix + name)
