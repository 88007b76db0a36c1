"""Scripts of token splits for the random workloads: an asset of their own that trades, is halted, emptied and split.

Each begins with a new asset and ends with one that is closed, so that what else a workload trades is not touched. On
the way it is sent too early, once for each reason there is to refuse it.
"""

import random
from collections.abc import Iterator, Sequence

from commonbook.qa.plain import Command, command
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    Attribution,
    CommandKind,
    KillScope,
    OrderType,
    Side,
    TradingStatus,
)

FIRST_ASSET = 100
FIRST_INSTRUMENT = 100
RATIOS = ((1, 3), (10, 1), (1, 1_000), (7, 5), (2**32 - 1, 2**32 - 1), (3, 2**32 - 1), (1, 1), (5, 7))
SCALE = 2
PRICE = 100


def assets(number: int) -> Sequence[Command]:
    """The old and the new asset of a script."""
    old = FIRST_ASSET + 2 * number
    return [command(CommandKind.ASSET, asset=old + one, scale=SCALE, name=b"S%d" % (old + one)) for one in (0, 1)]


def split(number: int, ratio: tuple[int, int], key: bytes) -> Command:
    numerator, denominator = ratio
    old = FIRST_ASSET + 2 * number
    return command(
        CommandKind.SPLIT, asset=old, new_asset=old + 1, numerator=numerator, denominator=denominator, key=key
    )


def funds(kind: CommandKind, number: int, account: int, amount: int, key: str, to: int = 0, new: int = 0) -> Command:
    """Of the old asset, or with `new` of the new one. `key`: what makes it the script's only one."""
    asset = FIRST_ASSET + 2 * number + new
    named = b"split%d:" % number + key.encode()
    return command(kind, asset=asset, account=account, to_account=to, amount=amount, key=named)


def script(pick: random.Random, number: int, quote: int, accounts: Sequence[int]) -> Iterator[Command]:
    """The whole of one split, around which other commands may come.

    Args:
        number: unique among the scripts of a workload; below 1,000.
        quote: an asset that trades against it.
        accounts: at least two.
    """
    instrument = FIRST_INSTRUMENT + number
    maker, *others = pick.sample(list(accounts), min(len(accounts), pick.randrange(2, 7)))
    deposit, withdrawal, transfer = CommandKind.DEPOSIT, CommandKind.WITHDRAWAL, CommandKind.TRANSFER
    last = split(number, pick.choice(RATIOS), b"split%d" % number)
    kill = {"scope": int(KillScope.INSTRUMENT), "target": instrument}

    def order(account: int, side: Side) -> Command:
        return command(
            CommandKind.ORDER,
            account=account,
            instrument=instrument,
            side=int(side),
            order_type=int(OrderType.LIMIT),
            attribution=int(Attribution.NO_TAG),
            price_ticks=PRICE,
            quantity_lots=pick.randrange(1, 9),
        )

    def status(word: TradingStatus) -> Command:
        return command(CommandKind.STATUS, instrument=instrument, status=int(word))

    yield from assets(number)
    yield command(
        CommandKind.INSTRUMENT,
        instrument=instrument,
        base_asset=last["asset"],
        quote_asset=quote,
        tick_mantissa=1,
        tick_scale=2,
        lot_mantissa=1,
        lot_scale=2,
        minimum_lots=1,
        name=b"S%d-%d" % (last["asset"], quote),
    )
    for place, account in enumerate([maker, *others]):
        yield funds(deposit, number, account, pick.randrange(9, 1_000), f"in{place}")
    yield order(maker, Side.SELL)
    yield order(others[0], Side.BUY)
    yield order(maker, Side.SELL)
    yield funds(transfer, number, others[0], 5, "claim", to=FEE_POOL_ACCOUNT)
    yield funds(deposit, number, maker, 1, "new", new=1)
    yield last
    yield funds(withdrawal, number, maker, 1, "old", new=1)
    yield last
    yield status(TradingStatus.HALTED)
    yield last
    yield command(CommandKind.KILL, active=1, **kill)
    yield last
    yield funds(transfer, number, FEE_POOL_ACCOUNT, 5, "paid", to=others[0])
    yield last
    yield {**last, "key": last["key"] + b":again"}
    yield last
    yield command(CommandKind.KILL, active=0, **kill)
    yield status(TradingStatus.LIVE)
    yield order(maker, Side.BUY)
    yield funds(deposit, number, maker, 1, "late")
    yield funds(transfer, number, maker, 1, "on", to=others[0], new=1)
