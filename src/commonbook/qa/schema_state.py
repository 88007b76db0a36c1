"""What a request may not change when it is refused, read past the door: from the core, and from the tables of keys."""

import asyncio
import threading
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import create_engine, text

from commonbook.instrument.accounts import funding_account
from commonbook.matching.client import CoreClient

_TABLES = ("api_keys", "subaccounts", "web_sessions")
_LEVELS = 1_000


class State(NamedTuple):
    """`sequence` counts what was commanded at all; `holdings` is what anybody has, and what rests in the books."""

    sequence: int
    holdings: int


class Witness:
    """Reads the state from a thread of its own, as its callers have no event loop."""

    def __init__(self, data_dir: Path, database_url: str, account: int, instruments: tuple[int, ...]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._database = create_engine(database_url)
        self._accounts = [account, funding_account(account)]
        self._instruments = instruments
        self._core: CoreClient = self._done(CoreClient.connect(data_dir / "core.sock", 10))

    def state(self) -> State:
        return State(int(self._done(self._core.state())["sequence"]), hash(self._done(self._holdings())))

    async def _holdings(self) -> str:
        balances = [(await self._core.balances(account)).tobytes() for account in self._accounts]
        depths = [await self._core.depth(one, _LEVELS) for one in self._instruments]
        told = [(depth["bids"], depth["asks"]) for depth in depths]
        return repr((balances, told, self._rows()))

    def _rows(self) -> list[Any]:
        with self._database.connect() as connection:
            return [connection.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2")).all() for name in _TABLES]

    def _done(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def close(self) -> None:
        self._done(_closed(self._core))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._database.dispose()


async def _closed(core: CoreClient) -> None:
    core.close()
