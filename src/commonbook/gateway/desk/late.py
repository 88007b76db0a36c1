"""The desks before they are loaded: a gateway takes orders first, and loads the desks when somebody asks for them.

They and the packages they stand on are most of what a gateway has to load. Whoever signs in as the first one after a
start would wait for them, so that they are loaded a while after it in any case.
"""

import asyncio
import importlib
from pathlib import Path
from typing import Any, cast

from commonbook.gateway.okx_v5.app import App, Receive, Scope, Send
from commonbook.gateway.okx_v5.door import Door
from commonbook.gateway.okx_v5.environments import Environments
from commonbook.identity.sealing import Seal
from commonbook.settings import Settings

# Where the desks are: the same as gateway/desk/app.py says, which is not loaded yet.
PREFIXES = (
    *("/account/v1", "/partner/v1", "/host/v1", "/program/v1", "/broker/v1"),
    *("/account/oauth", "/a", "/brokers", "/partners"),
)
TOKENS = ("/v5/users/oauth", "/api/v5/users/oauth", "/.well-known/oauth-authorization-server")  # okx_v5/oauth.py
IN_ANY_CASE_S = 10.0  # after a start


class LateDesks:
    """The ASGI application: the desks once they are loaded, and behind them the next application."""

    def __init__(
        self, door: Door, settings: Settings, data_dir: Path, seal: Seal, environments: Environments, behind: App
    ) -> None:
        self._parts = (door, settings, data_dir, seal, environments)
        self._behind = behind
        self._desks: App | None = None
        self._loading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._desks is not None:
            await self._desks(scope, receive, send)
        elif scope["type"] == "http" and _is_desk(scope["path"]):
            await (await self._loaded())(scope, receive, send)
        else:
            await self._behind(scope, receive, send)

    async def keep(self) -> None:
        """Load them a while after the start, unless somebody asks before. Ends only if they cannot be loaded."""
        await asyncio.sleep(IN_ANY_CASE_S)
        await self._loaded()
        await asyncio.Event().wait()

    async def desk(self) -> Any:
        """What the desks share (`asked.Desk`), for who has work for them without being asked."""
        desks: Any = await self._loaded()
        return desks.desk

    async def _loaded(self) -> App:
        async with self._loading:
            if self._desks is None:
                self._desks = await asyncio.to_thread(self._load)
        return self._desks

    def _load(self) -> App:
        desks: Any = importlib.import_module("commonbook.gateway.desk.app")
        return cast(App, desks.with_desks(*self._parts, self._behind))


def _is_desk(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in (*PREFIXES, *TOKENS))
