"""What a transfer from or to the fee pool is about: its idempotency key says so (L-4, Q-9).

    settle:<program>:<broker>:<asset>:<hour>      a broker's commission
    settle:<program>:u<account>:<asset>:<hour>    what a broker gives a client back; all three to the base of 36
    income:<l|w|o>:<brand>:<reference>            a listing fee, withdrawal fees, other income of a brand
    release:<brand>:<asset>:<day>                 a brand's income to its treasury
    adjust:<brand>:<number>:<h|b>                 a correction between host and brand, one key for each end
    setoff:<brand>:<invoice>:<part>:<h|b>         an invoice paid out of a release, the same
    invoice:<brand>:<invoice>:<part>              an invoice paid from the treasury
    correct:<broker>:<number>:<h|b>               a correction of a broker's commission, one key for each end
    bust:<sequence>:<index>:<r|c><t|m><number>    a fee or a rebate of a busted fill that goes back; to the base of 36
    brand:<brand>:...                             anything else that is the brand's, by the host's own command

Any other key, or one of these that is not well formed, is the host's own money.
"""

import re
from dataclasses import dataclass

from commonbook.clearing.model import Source
from commonbook.errors import BadInput
from commonbook.ledger.model import (
    HOST_FEE,
    brand_revenue,
    broker_payable,
    bust_claim,
    bust_refund,
    client_payable,
)

KEY_MOST = 32
ACCOUNTS_END = 1 << 63  # no account's number is so high: a host's key that says so is about nobody
INCOME, RELEASE, ADJUSTMENT, SET_OFF, INVOICE, TRANSFER = (
    *("income", "release", "adjustment", "set_off"),
    *("invoice", "transfer"),
)
_LETTERS = {Source.LISTING: "l", Source.WITHDRAWAL: "w", Source.OTHER: "o"}
_SOURCES = {letter: source for source, letter in _LETTERS.items()}
_SETTLE = re.compile(r"settle:[^:]*:(\d{1,10}):")
_SETTLE_CLIENT = re.compile(r"settle:[^:]*:u([0-9a-z]{1,13}):")
_CORRECT = re.compile(r"correct:(\d{1,10}):\d{1,12}:([hb])")
_BUST = re.compile(r"bust:([0-9a-z]{1,13}):[0-9a-z]{1,6}:([rc])[tm]\d{1,6}")
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (INCOME, re.compile(r"income:(?P<what>[lwo]):(?P<brand>\d{1,10}):(?P<reference>.*)")),
    (RELEASE, re.compile(r"release:(?P<brand>\d{1,10}):\d{1,10}:(?P<reference>\d{1,6})(?P<what>)")),
    (ADJUSTMENT, re.compile(r"adjust:(?P<brand>\d{1,10}):(?P<reference>\d+):(?P<what>[hb])")),
    (SET_OFF, re.compile(r"setoff:(?P<brand>\d{1,10}):(?P<reference>\d+:\d+):(?P<what>[hb])")),
    (INVOICE, re.compile(r"invoice:(?P<brand>\d{1,10}):(?P<reference>\d+:\d+)(?P<what>)")),
    (TRANSFER, re.compile(r"brand:(?P<brand>\d{1,10})(?P<reference>:.*)?(?P<what>)")),
)


@dataclass(frozen=True, slots=True)
class PoolEnd:
    """The fee pool's end of a transfer."""

    name: str  # the ledger's account
    kind: str  # of the entry
    brand: int = 0  # whose revenue it is; 0: nobody's
    source: Source | None = None  # of an income
    reference: str = ""


def pool_end(key: str) -> PoolEnd:
    """What a key says. Whatever it is, there is an answer: the transfer has happened."""
    settled = _SETTLE.match(key)
    if settled:
        return PoolEnd(broker_payable(int(settled[1])), TRANSFER)
    given_back = _SETTLE_CLIENT.match(key)
    if given_back and int(given_back[1], 36) < ACCOUNTS_END:
        return PoolEnd(client_payable(int(given_back[1], 36)), TRANSFER)
    corrected = _CORRECT.fullmatch(key)
    if corrected:
        return PoolEnd(HOST_FEE if corrected[2] == "h" else broker_payable(int(corrected[1])), TRANSFER)
    busted = _BUST.fullmatch(key)
    if busted and int(busted[1], 36) < ACCOUNTS_END:
        return PoolEnd((bust_refund if busted[2] == "r" else bust_claim)(int(busted[1], 36)), TRANSFER)
    for kind, form in _FORMS:
        found = form.fullmatch(key)
        if found is None:
            continue
        brand, what = int(found["brand"]), found["what"]
        reference = (found["reference"] or "").strip(":")
        if kind == INVOICE or what == "h":
            return PoolEnd(HOST_FEE, kind)
        source = _SOURCES[what] if kind == INCOME else None
        return PoolEnd(brand_revenue(brand), kind, brand, source, reference)
    return PoolEnd(HOST_FEE, TRANSFER)


def income_key(source: Source, brand: int, reference: str) -> bytes:
    """For a TRANSFER from whoever pays to the fee pool: income of a brand.

    Args:
        source: any but trading, whose income comes of fills.
        reference: names the payment for ever: an application, a withdrawal; ASCII.

    Raises:
        BadInput: the source has no transfers, or the key would be longer than a key may be.
    """
    if source not in _LETTERS:
        raise BadInput(f"income from {source} is no transfer: it comes of fills")
    return _fits(f"income:{_LETTERS[source]}:{brand}:{reference}")


def release_key(brand: int, asset: int, day: int) -> bytes:
    return _fits(f"release:{brand}:{asset}:{day}")


def adjustment_keys(brand: int, number: int) -> tuple[bytes, bytes]:
    """(the host's end, the brand's end)."""
    return _fits(f"adjust:{brand}:{number}:h"), _fits(f"adjust:{brand}:{number}:b")


def set_off_keys(brand: int, invoice: int, part: int) -> tuple[bytes, bytes]:
    """(the host's end, the brand's end)."""
    return _fits(f"setoff:{brand}:{invoice}:{part}:h"), _fits(f"setoff:{brand}:{invoice}:{part}:b")


def invoice_key(brand: int, invoice: int, part: int) -> bytes:
    return _fits(f"invoice:{brand}:{invoice}:{part}")


def correction_keys(broker: int, number: int) -> tuple[bytes, bytes]:
    """(the host's end, the broker's end)."""
    return _fits(f"correct:{broker}:{number}:h"), _fits(f"correct:{broker}:{number}:b")


def bust_key(sequence: int, index: int, what: str) -> bytes:
    """
    Args:
        sequence, index: of the fill.
    """
    return _fits(f"bust:{base36(sequence)}:{base36(index)}:{what}")


def base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text or "0"


def _fits(key: str) -> bytes:
    if not key.isascii() or len(key) > KEY_MOST:
        raise BadInput(f"key {key!r} is not {KEY_MOST} ASCII characters at most; choose a shorter reference")
    return key.encode("ascii")
