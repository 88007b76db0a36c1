"""A two-sided quote through the record door, renewed when it was hit: `python examples/market_maker.py READY.json`.

Start the exchange with `commonbook serve --demo --ready READY.json` first. Nothing of the quote is left in the book
when this program ends or loses its connection.
"""

import json
import sys
import time
from pathlib import Path

from commonbook.client import RecordClient
from commonbook.records import (
    CommandKind,
    EventKind,
    OrderType,
    Records,
    SelfTrade,
    Side,
    as_commands,
    commands,
    of_kind,
)

BTC_USDT = 1
MIDDLE, DISTANCE, SIZE = 78_300, 1, 10_000_000  # ticks, ticks, lots


def quote(number: int) -> Records:
    """Everything of before goes, then a bid and an ask stand: one frame, carried out as a whole in this order."""
    sides = commands(CommandKind.ORDER, 2)
    sides["instrument"], sides["order_type"], sides["self_trade"] = (
        BTC_USDT,
        OrderType.POST_ONLY,
        SelfTrade.CANCEL_MAKER,
    )
    sides["side"] = [Side.BUY, Side.SELL]
    sides["price_ticks"], sides["quantity_lots"] = [MIDDLE - DISTANCE, MIDDLE + DISTANCE], SIZE
    sides["client_id"] = [b"bid-%d" % number, b"ask-%d" % number]
    return as_commands(commands(CommandKind.CANCEL_ALL), sides)


def run(ready_file: Path, seconds: float) -> int:
    """Quote for a while; how many fills there were."""
    ready = json.loads(ready_file.read_text())
    account = ready["accounts"][0]
    fills = quotes = 0
    until = time.monotonic() + seconds
    with RecordClient.open(
        ready["records"]["unix"], account["api_key"], account["api_secret"], cancel_on_disconnect=True
    ) as client:
        client.call(quote(quotes))
        while time.monotonic() < until:
            told = client.receive(0.5)
            hit = 0 if told is None else len(of_kind(told.events, EventKind.FILL_SIDE))
            if hit:
                fills, quotes = fills + hit, quotes + 1
                client.call(quote(quotes))
    return fills


if __name__ == "__main__":
    print(f"{run(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 60.0)} fills")
