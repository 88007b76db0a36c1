"""A small exchange that serves in a thread of the test's own process, at a time of its own: for tests of the desks."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path

from commonbook.exchange import BackOffice
from commonbook.keeping import Keeping
from commonbook.matching.client import CoreClient
from commonbook.matching.core import Core
from commonbook.matching.sequencer import Sequencer
from commonbook.settings import CoreSettings, Settings, database_url


class ExchangeHere:
    """Core and back office on a data folder, between enter and exit. Engine time begins at `now_ns` and goes on."""

    def __init__(self, data_dir: Path, settings: Settings, now_ns: int) -> None:
        self._data_dir = data_dir
        self._settings = settings
        self._ahead_ns = now_ns - time.time_ns()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._ended: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.failure: BaseException | None = None

    def goes_to(self, now_ns: int) -> None:
        """Engine time jumps ahead."""
        self._ahead_ns = now_ns - time.time_ns()

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        sequencer = Sequencer.open(self._data_dir, self._settings.journal)
        office = BackOffice.open(self._data_dir, database_url(self._settings, self._data_dir), self._settings)
        core = Core(sequencer, CoreSettings(tick_ms=20), clock=lambda: time.time_ns() + self._ahead_ns)
        socket = self._data_dir / "core.sock"
        client: CoreClient | None = None

        async def nothing() -> None: ...

        async def ready() -> None:
            self._ready.set()

        tasks = [asyncio.ensure_future(core.run(socket, nothing))]
        try:
            client = await CoreClient.connect(socket, 10)
            tasks.append(asyncio.ensure_future(Keeping(office, client, self._data_dir).run(ready)))
            await asyncio.wait([*tasks, asyncio.ensure_future(self._ended.wait())], return_when="FIRST_COMPLETED")
            self.failure = next((task.exception() for task in tasks if task.done()), None)
        finally:
            for task in reversed(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if client is not None:
                client.close()
            office.close()
            sequencer.close()

    def __enter__(self) -> "ExchangeHere":
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *failure: object) -> None:
        assert self._loop is not None
        assert self._ended is not None
        with contextlib.suppress(RuntimeError):  # it has failed, and its loop is closed
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(30)
        if self.failure is not None:
            raise self.failure
