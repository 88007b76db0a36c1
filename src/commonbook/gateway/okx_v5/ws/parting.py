"""Orders that end with a connection: cancel on disconnect, where a login asked for it. Rule P-11.

Whose connection is open is noted in a file before the login is acknowledged, so that who loses it together with the
gateway has the orders canceled as well: by the gateway that comes next, before it lets anybody in.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import structlog

from commonbook.errors import CoreUnavailable, OutsideFailure
from commonbook.gateway.okx_v5.codes import Refused
from commonbook.gateway.okx_v5.door import Door
from commonbook.records import CancelScope, CommandKind, commands
from commonbook.whole_file import write_whole

log = structlog.get_logger()

AGAIN_S = 0.5
STEM = "partings"


class Party(NamedTuple):
    """Whose orders: those that a credential has sent for its account."""

    account: int
    credential: int


class Partings:
    """The connections of one gateway that want their orders canceled with them. Only the event loop touches it."""

    def __init__(self, door: Door, path: Path, left: Sequence[Path] = ()) -> None:
        """
        Args:
            path: where this gateway notes them.
            left: notes of gateways that are no more.
        """
        self._door = door
        self._path = path
        self._left = left
        self._open: dict[str, Party] = {}  # by connection
        self._leaving: list[Party] = []  # whose cancel is on its way
        self._writing = asyncio.Lock()
        self._working: set[asyncio.Task[None]] = set()
        self._before = [party for one in (path, *left) for party in _read(one)]

    async def begin(self) -> None:
        """Cancel for those whose connections ended with the gateway before this one.

        Raises:
            CoreUnavailable: the core has gone.
        """
        for party in self._before:
            if not await self._cancel(party):
                raise CoreUnavailable("the core has gone before the orders of lost connections were canceled")
        if self._before:
            await self._note()
        for path in self._left:
            path.unlink()

    async def opened(self, connection: str, party: Party) -> None:
        """From now on the end of this connection is the end of the orders; durable on return."""
        self._open[connection] = party
        await self._note()

    def ended(self, connection: str, orders: set[asyncio.Task[None]]) -> None:
        """A connection is gone; its orders go once those that were on their way to the core have been taken."""
        party = self._open.pop(connection, None)
        if party is None:
            return
        self._leaving.append(party)
        task = asyncio.ensure_future(self._part(party, set(orders)))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _part(self, party: Party, orders: set[asyncio.Task[None]]) -> None:
        try:
            if orders:
                await asyncio.wait(orders)
            if await self._cancel(party):
                self._leaving.remove(party)
                await self._note()
        except Exception as failed:  # the note is left, and the gateway that comes next will do it
            log.exception("websocket.not_canceled", account=party.account, why=str(failed))

    async def _cancel(self, party: Party) -> bool:
        """Whether it has been done; False when the core has gone, and the gateway that comes next will do it."""
        sweep = commands(CommandKind.CANCEL_ALL)
        sweep["scope"], sweep["account"], sweep["credential"] = CancelScope.CREDENTIAL, party.account, party.credential
        while not self._door.core.gone.is_set():
            try:
                await self._door.submit(sweep, party.account)
            except Refused as refused:
                log.warning("websocket.not_canceled_yet", account=party.account, why=refused.text)
                await asyncio.sleep(AGAIN_S)
            else:
                return True
        return False

    async def _note(self) -> None:
        async with self._writing:
            parties = sorted({*self._open.values(), *self._leaving})
            await asyncio.to_thread(write_whole, self._path, json.dumps(parties).encode())


def noted_in(data_dir: Path, number: int, size: int) -> tuple[Path, list[Path]]:
    """Where gateway `number` of `size`, from 0, notes them; and for the first, the notes of others before."""
    folder = data_dir / "keys"
    paths = [folder / (f"{STEM}-{one}.json" if one else f"{STEM}.json") for one in range(size)]
    left = [] if number else sorted(set(folder.glob(f"{STEM}*.json")) - set(paths))
    return paths[number], left


def _read(path: Path) -> list[Party]:
    try:
        found = json.loads(path.read_text()) if path.exists() else []
        return [Party(int(account), int(credential)) for account, credential in found]
    except (ValueError, TypeError) as failure:
        fix = "cancel the orders of those who want it, and remove the file"
        raise OutsideFailure(f"{path} cannot be read: {failure}; {fix}") from None
