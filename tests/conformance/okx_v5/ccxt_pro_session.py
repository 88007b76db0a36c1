"""Runs in ccxt's environment: the first line configures a ccxt.pro exchange, each further line is a call on it.

`watch NAME METHOD ARGUMENTS` begins to call a watch method again and again; `seen NAME COUNT` waits until it has
returned so often, and tells what it returned; everything else is a call of the method of that name.
"""

import asyncio
import copy
import json
import sys
from typing import Any

import ccxt.pro  # type: ignore[import-not-found]

PATIENCE_S = 60.0


class Session:
    def __init__(self, config: dict[str, Any]) -> None:
        self.exchange = ccxt.pro.okx({**config["credentials"], "enableRateLimit": False, "newUpdates": True})
        if config.get("sandbox"):
            self.exchange.set_sandbox_mode(True)
        self.exchange.urls["api"]["rest"] = config["rest"]
        self.exchange.urls["api"]["ws"] = config["ws"] + "/ws/v5"
        self.seen: dict[str, list[Any]] = {}
        self.watching: dict[str, asyncio.Task[None]] = {}
        self.news = asyncio.Event()

    async def watch(self, name: str, method: str, arguments: list[Any]) -> None:
        self.seen[name] = []
        while True:
            found = await getattr(self.exchange, method)(*arguments)
            self.seen[name].append(copy.deepcopy(plain(found)))
            self.news.set()

    async def call(self, method: str, arguments: list[Any]) -> Any:
        match method:
            case "watch":
                name, watched, *rest = arguments
                self.watching[name] = asyncio.ensure_future(self.watch(name, watched, rest))
                return None
            case "seen":
                name, count = arguments
                return await asyncio.wait_for(self.wait_seen(name, count), PATIENCE_S)
            case "methods":
                rest = ccxt.pro.okx.__mro__[1]().has  # of the class that ccxt.pro's is made of
                new = [name for name, is_there in self.exchange.has.items() if is_there and not rest.get(name)]
                return [self.exchange.un_camel_case(name).replace("ohlcvfor", "ohlcv_for") for name in new]
            case "so_far":
                return self.seen[arguments[0]]
            case "change":
                setattr(self.exchange, *arguments)
                return None
            case _:
                return plain(await getattr(self.exchange, method)(*arguments))

    async def wait_seen(self, name: str, count: int) -> list[Any]:
        while len(self.seen[name]) < count:
            task = self.watching[name]
            if task.done():
                task.result()
            self.news.clear()
            waiting = asyncio.ensure_future(self.news.wait())
            await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        return self.seen[name]


def plain(value: Any) -> Any:
    """Lists and dictionaries all the way down; ccxt has kinds of its own."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


async def main() -> None:
    loop = asyncio.get_running_loop()
    session = Session(json.loads(sys.stdin.readline()))
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        method, *arguments = json.loads(line)
        try:
            answer = {"result": await session.call(method, arguments)}
        except (ccxt.BaseError, TimeoutError) as error:
            names = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
            answer = {"raised": names, "message": str(error)}
        print(json.dumps(answer), flush=True)
    for task in session.watching.values():
        task.cancel()
    await session.exchange.close()


if __name__ == "__main__":
    asyncio.run(main())
