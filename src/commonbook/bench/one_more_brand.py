"""A process whose instructions are counted: one book, one brand or two with fees of their own that share the accounts.

`python -m commonbook.bench.one_more_brand '{"brands": 2, "count": 1000}'`
"""

import json
import sys

import numpy as np

from commonbook._engine import Engine
from commonbook.bench import steady
from commonbook.bench.engine import BATCH, SEED, batches
from commonbook.bench.steady import Size
from commonbook.records import CommandKind, FeeScope, Records, as_commands, commands

SIZE = Size(books=1, accounts=1_000, resting=2_000)


EXTRA = 2  # commands before all others: a second brand and its fees, or as many that do nothing


def play(brands: int, count: int) -> Engine:
    """The same steps by the same accounts with the same numbers; only whose accounts they are differs."""
    engine = Engine()
    engine.apply(second_brand(brands).view(np.uint8))
    setup = np.concatenate(list(steady.opening(SIZE)))
    people = np.flatnonzero(setup["kind"] == CommandKind.ACCOUNT)
    setup.view(commands(CommandKind.ACCOUNT, 0).dtype)["brand"][people] = 1 + np.arange(len(people)) // 2 % brands
    orders = steady.resting(SIZE, SEED)
    for part in (setup, as_commands(orders), steady.steps(SIZE, SEED, count, orders)):
        for batch in batches(later(part), BATCH):
            engine.apply(batch)
    return engine


def second_brand(brands: int) -> Records:
    """Both commands of it where there are two, else nothing twice."""
    if brands == 1:
        nothing = commands(CommandKind.TIME, EXTRA)
        nothing["sequence"] = [1, 2]
        return as_commands(nothing)
    brand, fees = commands(CommandKind.BRAND), commands(CommandKind.FEES)
    brand["sequence"], brand["brand"], brand["name"] = 1, 2, b"borealis"
    fees["sequence"], fees["scope"], fees["brand"] = 2, FeeScope.BRAND, 2
    fees["maker_rate_e8"], fees["taker_rate_e8"] = 70_000, 90_000
    return as_commands(brand, fees)


def later(part: Records) -> Records:
    """The same commands behind the EXTRA ones; an order's number is that of its command."""
    part["sequence"] += EXTRA
    cancels = np.flatnonzero(part["kind"] == CommandKind.CANCEL)
    part.view(commands(CommandKind.CANCEL, 0).dtype)["order"][cancels] += EXTRA
    return part


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    play(asked["brands"], asked["count"])
