"""The simulated venue's own market maker: an account like any other, of a brand of its own, with test funds. S-4.

Its ids are the highest there are, so that no live account or brand is in their place.
"""

from commonbook.instrument.accounts import FIRST_MADE
from commonbook.instrument.model import Asset
from commonbook.records import CommandKind, Records, as_commands, commands, words

HOUSE_ACCOUNT = FIRST_MADE - 1
HOUSE_BRAND = 2**32 - 1
HOUSE_NAME = b"simulated-house"
WHOLE_COINS = 10**12  # of each currency: more than any book shows


def opening() -> Records:
    """Its brand and itself; sent at every start, as it changes nothing."""
    brand, account = commands(CommandKind.BRAND), commands(CommandKind.ACCOUNT)
    brand["brand"], brand["name"] = HOUSE_BRAND, HOUSE_NAME
    account["account"], account["person"], account["brand"] = HOUSE_ACCOUNT, HOUSE_ACCOUNT, HOUSE_BRAND
    return as_commands(brand, account)


def funding(asset: Asset) -> Records:
    """Its funds of an asset; they are given once, whatever is sent again."""
    deposit = commands(CommandKind.DEPOSIT)
    deposit["account"], deposit["asset"], deposit["key"] = HOUSE_ACCOUNT, asset.id, f"house:{asset.id}".encode()
    deposit["amount"] = words(WHOLE_COINS * 10**asset.scale)
    return as_commands(deposit)
