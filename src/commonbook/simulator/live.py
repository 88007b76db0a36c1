"""The recorded half-hour, over and over, against wall time: the demo's live market.

It comes in as any gateway's orders do. Each round clears what the round before left, so the book is the capture's own.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from commonbook.matching.client import CoreClient
from commonbook.records import COMMAND, CommandKind, Records, commands
from commonbook.simulator import demo_brands, demo_market
from commonbook.simulator.capture import load_capture
from commonbook.simulator.market import translate

STEP_S = 0.05  # orders of so much recorded time go in together


async def play_live(client: CoreClient, cache: Path, opened: Callable[[], Awaitable[None]]) -> None:
    """Play until cancelled. Late steps are sent at once, so that the market catches up after a pause.

    Args:
        opened: called once, when the book has two sides: from before, or from the first round's opening picture.
    """
    told = await _stands(client)
    if told:
        await opened()
    capture = await asyncio.to_thread(load_capture, cache)
    number = 0
    while True:
        prefix = f"r{time.time_ns() // 1_000_000_000:x}x{number}x"
        market = await asyncio.to_thread(translate, capture, demo_market.sender(), demo_market.BTC_USDT, 0, prefix)
        await _clear(client)
        await _play_round(client, market.commands, None if told else opened)
        told = True
        number += 1


async def _stands(client: CoreClient) -> bool:
    depth = await client.depth(demo_market.BTC_USDT, 1)
    return bool(depth["bids"]) and bool(depth["asks"])


async def _clear(client: CoreClient) -> None:
    accounts = [demo_market.MARKET_MAKER]
    accounts += [
        demo_market.crowd_account(person, brand)
        for person in range(1, demo_market.PERSONS + 1)
        for brand in demo_brands.BRANDS
    ]
    for start in range(0, len(accounts), 200):
        part = commands(CommandKind.CANCEL_ALL, len(accounts[start : start + 200]))
        part["account"] = accounts[start : start + 200]
        await client.submit(part.view(COMMAND))


async def _play_round(client: CoreClient, records: Records, opened: Callable[[], Awaitable[None]] | None) -> None:
    loop = asyncio.get_running_loop()
    began, first_ns = loop.time(), int(records["time_ns"][0])
    due = (records["time_ns"] - first_ns) / 1e9  # seconds into the round
    step = np.floor(due / STEP_S).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(step)) + 1).tolist(), len(records)]
    for start, end in itertools.pairwise(edges):
        wait = began + float(due[start]) - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        for at in range(start, end, 2_000):
            await client.submit(records[at : min(at + 2_000, end)])
        if start == 0 and opened is not None:
            await opened()
