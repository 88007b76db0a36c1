"""What a transfer from or to the fee pool is about: its idempotency key says so (L-4, Q-9).

    settle:<program>:<broker>:<asset>:<hour>      a broker's commission
    income:<l|w|o>:<brand>:<reference>            a listing fee, withdrawal fees, other income of a brand
    release:<brand>:<asset>:<day>                 a brand's income to its treasury
    adjust:<brand>:<number>:<h|b>                 a correction between host and brand, one key for each end
    setoff:<brand>:<invoice>:<part>:<h|b>         an invoice paid out of a release, the same
    invoice:<brand>:<invoice>:<part>              an invoice paid from the treasury
    brand:<brand>:...                             anything else that is the brand's, by the host's own command

Any other key, or one of these that is not well formed, is the host's own money.
"""

import re
from dataclasses import dataclass

from commonbook.clearing.model import Source
from commonbook.errors import BadInput
from commonbook.ledger.model import HOST_FEE, brand_revenue, broker_payable

KEY_MOST = 32
INCOME, RELEASE, ADJUSTMENT, SET_OFF, INVOICE, TRANSFER = (
    *("income", "release", "adjustment", "set_off"),
    *("invoice", "transfer"),
)
_LETTERS = {Source.LISTING: "l", Source.WITHDRAWAL: "w", Source.OTHER: "o"}
_SOURCES = {letter: source for source, letter in _LETTERS.items()}
_SETTLE = re.compile(r"settle:[^:]*:(\d{1,10}):")
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


def _fits(key: str) -> bytes:
    if not key.isascii() or len(key) > KEY_MOST:
        raise BadInput(f"key {key!r} is not {KEY_MOST} ASCII characters at most; choose a shorter reference")
    return key.encode("ascii")
