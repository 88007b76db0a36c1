"""The exchange of the journeys, and hands for what happens outside a browser: mail, deposits, a broker's client."""

import asyncio
import itertools
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from spec.small_exchange import deposit, units
from spec.small_exchange import one as command_of

from commonbook.identity.sealing import Seal
from commonbook.matching.client import CoreClient
from commonbook.notice import mail
from commonbook.oauth import clients
from commonbook.oauth.clients import Wish
from commonbook.oauth.model import ClientKind, NewClient, Scope
from commonbook.qa.serving import Server
from commonbook.records import CommandKind, Records, words
from commonbook.storage.database import open_database
from commonbook.units import RateE8

ONE, OTHER = "aurora", "borealis"  # the demo's brands
PAIR = "BTC-USDT"
BTC, USDT = 1, 2
SCALE = 10**8
PASSWORD = "a long enough password"
_names = itertools.count(1)


class Exchange:
    """A served demo: both brands, a standing book, nobody signed up yet."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.server = Server(self.data_dir)
        self.port = int(str(self.server.ready["rest"]).rpartition(":")[2])
        self.database = open_database(f"sqlite:///{self.data_dir / 'backoffice.db'}")
        self.seal = Seal.open(self.data_dir)

    def at(self, brand: str, path: str = "/") -> str:
        return f"http://{brand}.localhost:{self.port}{path}"

    def mailed(self, to: str, kind: str) -> str:
        """The code in the newest mail of a kind, once it is there."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with self.database.connect() as connection:
                found = mail.newest(connection, self.seal, 100)
            for one in found:
                if (one.to, one.kind) == (to, kind) and (code := re.search(r"[Cc]ode[^:\n]*:\s+(\S+)", one.body)):
                    return code[1]
            time.sleep(0.1)
        raise AssertionError(f"no mail of kind {kind} to {to}")

    def fund(self, account: str, asset: int, coins: int) -> None:
        """A deposit that has come in."""
        self._send(deposit(int(account), asset, str(coins), _key(account, asset)))

    def take(self, account: str, asset: int, coins: int) -> None:
        """A withdrawal that has gone out."""
        values = {"account": int(account), "asset": asset, "amount": words(units(str(coins)))}
        self._send(command_of(CommandKind.WITHDRAWAL, key=_key(account, asset).encode(), **values))

    def _send(self, command: Records) -> None:

        async def send() -> None:
            client = await CoreClient.connect(self.data_dir / "core.sock", 10)
            await client.submit(command)
            client.close()

        # The browser's hands keep a loop running in this thread.
        with ThreadPoolExecutor(1) as other:
            other.submit(lambda: asyncio.run(send())).result(60)

    def client(self, redirect: str) -> NewClient:
        """An OAuth client of the demo's broker, which runs on a server."""
        wish = Wish(
            "Journey bots", (redirect,), frozenset({Scope.READ, Scope.TRADE}), ("127.0.0.1",), RateE8(40_000_000)
        )
        with self.database.begin() as connection:
            return clients.register(connection, 1, ClientKind.SECRET, wish)

    def said(self) -> str:
        """All that the server's processes have logged."""
        logs = [*sorted((self.data_dir / "logs").glob("*")), Path(self.server.output.name)]
        return "\n".join(path.read_text(errors="replace") for path in logs if path.is_file())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.dispose()
        self.server.close()


def _key(account: str, asset: int) -> str:
    return f"journey:{account}:{asset}:{time.time_ns()}"[-32:]


def address() -> str:
    """A new person's address of mail."""
    return f"journey-{next(_names)}-{time.time_ns()}@example.com"
