"""A serving exchange whose hours pass at once, and its people at their desks, for the way of a broker as a whole.

Hours pass while nobody serves: the journals of both venues get a command that is so much later, and the server starts
again. Engine time never falls, so all that happens afterwards happens then.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from conformance.okx_v5.wire import ACCOUNTS, FIRST_ACCOUNT, Running, prepare, served
from integration.serving import Server
from sqlalchemy import Connection, insert

from commonbook.administration import roles
from commonbook.administration.roles import HOST, Role
from commonbook.exchange import Exchange
from commonbook.gateway.okx_v5.app import SESSION_COOKIE
from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import open_session
from commonbook.people import directory
from commonbook.records import CommandKind, commands
from commonbook.settings import SIMULATED, Settings, load_settings, simulated_venue
from commonbook.simulator.demo_brands import FIRST_BRAND
from commonbook.storage.tables.people import totps
from commonbook.units import HOUR_NS

SCALE = 20  # limits are so many times the published ones
SETTINGS = f"[gateway]\nhistory_wait_ms = 30_000\n[limits]\nscale = {SCALE}\n"
ALWAYS_NS = 2**62  # of a second factor that counts as shown lately
AURORA = "aurora"


@dataclass
class Venue:
    """The exchange of the tests of the OKX door, which can be let go on an hour later."""

    folder: Path
    _serving: ExitStack = field(default_factory=ExitStack)
    _running: Running | None = None
    _people: int = 0
    _accounts: Iterator[int] = field(default_factory=lambda: iter(range(FIRST_ACCOUNT, FIRST_ACCOUNT + ACCOUNTS, 2)))

    @property
    def running(self) -> Running:
        assert self._running is not None
        return self._running

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def settings_file(self) -> Path:
        return self.folder / "settings.toml"

    @property
    def server(self) -> Server:
        return self.running.server

    @property
    def address(self) -> str:
        """Of REST."""
        found: str = self.server.ready["rest"]
        return found

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def start(self) -> None:
        self._running = self._serving.enter_context(served(self.folder, SETTINGS))

    def stop(self) -> None:
        self._serving.close()
        self._running = None

    def hours_pass(self, hours: int) -> None:
        """Serve again, so many full hours later by the time of both venues."""
        self.stop()
        settings = load_settings(self.settings_file, {})
        for folder, own in ((self.data, settings), (self.data / SIMULATED, simulated_venue(settings))):
            _let_pass(folder, own, hours)
        self.start()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.running.http.request(method, path, **more)

    def write(self, work: Any) -> Any:
        return self.running.database(work)

    # -- people -----------------------------------------------------------------------------------------------------

    def user(self) -> "Person":
        """A user of aurora who has a trading account with funds, signed in."""
        return self._signed_in(next(self._accounts), FIRST_BRAND, ())

    def staff(self, *held: Role) -> "Person":
        return self._signed_in(0, HOST, held or (Role.OWNER,))

    def _signed_in(self, account: int, brand: int, held: tuple[Role, ...]) -> "Person":
        seal = Seal.open(self.data)
        self._people += 1
        name = f"person{self._people}@example.com"

        def work(connection: Connection) -> Person:
            made = directory.add(connection, seal, brand, name, "", state=directory.ACTIVE, account=account)
            for role in held:
                roles.grant(connection, made.id, brand, role, 0, 0)
            row = {"user_id": made.id, "sealed_secret": "", "active": True, "last_step": 0}
            connection.execute(insert(totps).values(**row))
            session = open_session(connection, account, brand, 12 * 3_600, made.id, ALWAYS_NS)
            headers = {
                "host": "localhost" if brand == HOST else f"{AURORA}.localhost",
                "cookie": f"{SESSION_COOKIE}={session.token}",
                "x-csrf-token": session.csrf,
            }
            return Person(self, account, headers)

        found: Person = self.write(work)
        return found


def _let_pass(folder: Path, settings: Settings, hours: int) -> None:
    with Exchange.open(folder, settings) as exchange:
        tick = commands(CommandKind.TIME)
        now_ns = max(exchange.sequencer.engine.time_ns(), time.time_ns())
        tick["time_ns"] = (now_ns // HOUR_NS + hours) * HOUR_NS
        exchange.submit(tick, timed=True)


@dataclass
class Person:
    """Somebody at a desk, signed in with a second factor."""

    venue: Venue
    account: int
    headers: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        given = {} if body is None else {"json": body}
        return self.venue.ask(method, path, headers=self.headers, **given)

    def get(self, path: str) -> Any:
        return _good(self.ask("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        return _good(self.ask("POST", path, {} if body is None else body))

    def refused(self, path: str, body: Any = None) -> str:
        """Why a POST is refused."""
        answer = self.ask("POST", path, {} if body is None else body)
        assert answer.status_code >= 400, answer.text
        code: str = answer.json()["error"]["code"]
        return code


def _good(answer: httpx.Response) -> Any:
    assert answer.status_code < 400, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json()


@contextmanager
def opened(folder: Path) -> Iterator[Venue]:
    prepare(folder / "data")
    venue = Venue(folder)
    venue.start()
    try:
        yield venue
    finally:
        venue.stop()
