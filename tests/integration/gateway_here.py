"""A gateway in a thread of the test's own process, on the core and the tables of an exchange that serves.

What a test patches is in force there: names that are read can be remembered, and bugs can be planted.
"""

import asyncio
import socket
import threading
from pathlib import Path

import uvloop

from commonbook.gateway.server import serve_gateway
from commonbook.matching.client import CoreClient
from commonbook.settings import Settings, database_url


class GatewayHere:
    """Serves between enter, which gives the address, and exit."""

    def __init__(self, data_dir: Path, settings: Settings, tls: bool = False) -> None:
        self._data_dir = data_dir
        self._settings = settings
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = socket.create_server(("127.0.0.1", 0)) if tls else None
        self.tls_port = 0 if self._tls is None else int(self._tls.getsockname()[1])
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._serving: asyncio.Task[None] | None = None

    def _run(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            core = await CoreClient.connect(self._data_dir / "core.sock", 10)
            url = database_url(self._settings, self._data_dir)

            async def ready() -> None:
                self._ready.set()

            self._serving = asyncio.ensure_future(
                serve_gateway(self._data_dir, url, core, self._listener, self._settings, ready, tls_listener=self._tls)
            )
            try:
                await self._serving
            except asyncio.CancelledError:
                core.close()

        uvloop.run(serve())  # as the processes do

    def __enter__(self) -> str:
        self._thread.start()
        assert self._ready.wait(30)
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *failure: object) -> None:
        if self._serving is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._serving.cancel)
        self._thread.join(30)
