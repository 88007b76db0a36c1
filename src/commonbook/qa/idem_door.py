"""The part of suite `idem` that uses real processes: copies of one order through the OKX door of a serving exchange."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from commonbook.qa.serving import Server
from commonbook.qa.suite import Result
from commonbook.simulator.demo_brands import BRANDS, FIRST_BRAND

COPIES = (2, 3, 4, 8, 16, 64)
FAILOVER_EVERY = 20  # trials
PATH = "/api/v5/trade/order"


def run(seed: int, trials: int, result: Result) -> None:
    """Trials on one exchange that is killed and started again now and then; a failure goes into the result."""
    pick = random.Random(f"{seed}-door")
    with tempfile.TemporaryDirectory(prefix="qa") as folder:
        door = _Door(Server(Path(folder) / "data"))
        try:
            for number in range(trials):
                if not result.passed or result.is_late():
                    return
                copies, mark = pick.choice(COPIES), f"once{seed}x{number}"
                way = (
                    "failover"
                    if number % FAILOVER_EVERY == FAILOVER_EVERY - 1
                    else pick.choice(("parallel", "reconnect"))
                )
                why = asyncio.run(door.trial(mark, copies, way, pick))
                if why:
                    result.failure = f"seed {seed}, {copies} copies of order {mark} at the door, {way}: {why}"
                result.trials += 1
                result.checks += copies
                result.events[f"{way}_at_the_door"] += 1
        finally:
            door.server.close()


class _Door:
    """The serving exchange, as a client of the OKX API sees it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._offset_ms = 0

    async def trial(self, mark: str, copies: int, way: str, pick: random.Random) -> str:
        """Empty, or what is wrong: one order must live, and at most one copy be told so."""
        order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "post_only", "px": "75000"}
        body = json.dumps({**order, "sz": "0.0001", "clOrdId": mark})
        answers = asyncio.gather(
            *(self._until_known(body, way == "reconnect" and pick.random() < 0.5) for _ in range(copies))
        )
        if way == "failover":
            await asyncio.sleep(pick.uniform(0, 0.05))
            await asyncio.to_thread(self._fail_over)
        codes = [answer["data"][0]["sCode"] for answer in await answers]
        if codes.count("0") > 1:
            return f"{codes.count('0')} copies were told that it was placed"
        if set(codes) - {"0", "51016"}:
            return f"copies were told {sorted(set(codes))}"
        pending = await self._call("GET", "/api/v5/trade/orders-pending", "")
        living = [row["ordId"] for row in pending["data"] if row["clOrdId"] == mark]
        if len(living) != 1:
            return f"{len(living)} orders of that name live"
        await self._call("POST", "/api/v5/trade/cancel-order", json.dumps({"instId": "BTC-USDT", "ordId": living[0]}))
        return ""

    def _fail_over(self) -> None:
        self.server.kill()
        self.server = Server(self.server.data_dir)

    async def _until_known(self, body: str, leaves: bool) -> dict[str, Any]:
        """Sent again until an answer says what became of it; with `leaves` the first answer is not waited for."""
        while True:
            try:
                if leaves:
                    leaves = False
                    await self._send("POST", PATH, body, read=False)
                answer = json.loads(await self._send("POST", PATH, body))
            except (OSError, ValueError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)
                continue
            if answer["data"]:
                found: dict[str, Any] = answer
                return found
            await asyncio.sleep(0.05)  # the gateway has lost its core: the outcome is not known

    async def _call(self, method: str, target: str, body: str) -> dict[str, Any]:
        while True:
            answer: dict[str, Any] = json.loads(await self._send(method, target, body))
            if answer["code"] != "50001":  # the history is not yet as far as what was acknowledged
                return answer
            await asyncio.sleep(0.05)

    async def _send(self, method: str, target: str, body: str, read: bool = True) -> bytes:
        """One request on a connection of its own."""
        host, _, port = self.server.ready["rest"].removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            head = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", f"Content-Length: {len(body)}"]
            head += [f"{name}: {value}" for name, value in self._signed(method, target, body).items()]
            writer.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())
            await writer.drain()
            return (await reader.read()).partition(b"\r\n\r\n")[2] if read else b""
        finally:
            writer.close()

    def _signed(self, method: str, target: str, body: str) -> dict[str, str]:
        """The headers that prove a request. Each copy is signed for a moment of its own, as a signature works once."""
        account = self.server.account(BRANDS[FIRST_BRAND])
        self._offset_ms = (self._offset_ms + 1) % 5_000
        moment = datetime.now(UTC) - timedelta(milliseconds=self._offset_ms)
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = f"{stamp}{method}{target}{body}".encode()
        digest = hmac.new(account["api_secret"].encode(), message, hashlib.sha256).digest()
        return {
            "OK-ACCESS-KEY": account["api_key"],
            "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": account["api_passphrase"],
            "Content-Type": "application/json",
        }
