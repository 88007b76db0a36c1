"""The venue that flows are played on: books against one quote asset, one brand with fees, everyone's funds."""

import numpy as np

from commonbook.records import CommandKind, FeeScope, Records, as_commands, commands, words

FIRST_ACCOUNT = 1_000
FUNDS = 10**30
QUOTE = 1


def listing(books: int) -> Records:
    """Instruments 1 to `books` and the one brand; no accounts yet."""
    bases = np.arange(2, 2 + books)
    assets = commands(CommandKind.ASSET, 1 + books)
    assets["asset"], assets["scale"] = [QUOTE, *bases], 8
    assets["name"] = [b"USDT", *(b"C%d" % number for number in range(books))]
    instruments = commands(CommandKind.INSTRUMENT, books)
    instruments["instrument"], instruments["base_asset"] = np.arange(1, books + 1), bases
    instruments["quote_asset"] = QUOTE
    instruments["tick_mantissa"], instruments["tick_scale"] = 1, 1
    instruments["lot_mantissa"], instruments["lot_scale"] = 1, 5
    instruments["minimum_lots"], instruments["name"] = 1, [b"C%d-USDT" % number for number in range(books)]
    brand = commands(CommandKind.BRAND)
    brand["brand"], brand["name"] = 1, b"one"
    fees = commands(CommandKind.FEES)
    fees["scope"], fees["brand"], fees["maker_rate_e8"], fees["taker_rate_e8"] = FeeScope.BRAND, 1, 80_000, 100_000
    listed = as_commands(assets, instruments, brand, fees)
    listed["sequence"] = np.arange(1, len(listed) + 1)
    return listed


def venue(books: int, accounts: int) -> Records:
    """The listing; accounts from FIRST_ACCOUNT on, shared out evenly, each with its book's assets."""
    bases = np.arange(2, 2 + books)
    ids = np.arange(FIRST_ACCOUNT, FIRST_ACCOUNT + accounts)
    people = commands(CommandKind.ACCOUNT, accounts)
    people["account"], people["person"], people["brand"] = ids, ids, 1
    funds = commands(CommandKind.DEPOSIT, 2 * accounts)
    funds["account"] = np.repeat(ids, 2)
    funds["asset"][0::2] = QUOTE
    funds["asset"][1::2] = bases[np.minimum((ids - FIRST_ACCOUNT) // (accounts // books), books - 1)]
    funds["amount"]["low"], funds["amount"]["high"] = words(FUNDS)
    funds["key"] = [b"fund-%d" % number for number in range(2 * accounts)]
    setup = as_commands(listing(books), people, funds)
    setup["sequence"] = np.arange(1, len(setup) + 1)
    return setup
