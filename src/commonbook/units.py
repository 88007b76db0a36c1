"""The units every amount is counted in, and the two divisions money is allowed.

Money is whole ledger units, prices are ticks, quantities are lots, rates are hundred-millionths; never a float.
Rules: docs/rules/money.md, M-1 to M-5.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import NewType

from commonbook.errors import AmountOutOfRange, BadDecimal, ShareOutOfRange

Ticks = NewType("Ticks", int)  # a price, in multiples of the instrument's tick size
Lots = NewType("Lots", int)  # a quantity, in multiples of the instrument's lot size
Minor = NewType("Minor", int)  # an amount, in the smallest ledger units of its asset
RateE8 = NewType("RateE8", int)  # a rate; 100_000_000 is 100 %, 10_000 is one basis point
EngineTime = NewType("EngineTime", int)  # nanoseconds since 1970 as the sequencer stamped them

RATE_ONE = RateE8(100_000_000)
AMOUNT_LIMIT = 10**38  # every amount is smaller than this in size
HOUR_NS = 3_600_000_000_000


def floor_share(amount: int, rate: RateE8) -> Minor:
    """What we pay out: `amount` x `rate`, rounded down.

    Args:
        amount: ledger units, at least zero.
        rate: 0 to RATE_ONE.

    Raises:
        ShareOutOfRange: the rate is not a share, or the amount is negative (a bug, not a refusal).

    Source: docs/rules/money.md, M-2.
    """
    if not 0 <= rate <= RATE_ONE or amount < 0:
        raise ShareOutOfRange(f"share {rate} of {amount} is not between nothing and the whole")
    return Minor(amount * rate // RATE_ONE)


def ceil_charge(amount: int, rate: RateE8) -> Minor:
    """What we collect: `amount` x `rate`, rounded up; a negative rate (a rebate) is rounded towards zero.

    Source: docs/rules/money.md, M-2.
    """
    return Minor(-((-amount * rate) // RATE_ONE))


def split(amount: int, weights: Sequence[int]) -> list[Minor]:
    """Divide an amount by weights so that the parts sum to the whole.

    Each part is rounded down; the units left over go one by one to the largest remainders, and on a tie to the
    earlier part (callers list parts by ascending account id).

    Args:
        amount: ledger units, at least zero.
        weights: at least zero each, more than zero together.

    Raises:
        ShareOutOfRange: an amount or weight below zero, or no weight at all.

    Source: docs/rules/money.md, M-3.
    """
    whole = sum(weights)
    if amount < 0 or whole <= 0 or min(weights) < 0:
        raise ShareOutOfRange(f"cannot split {amount} by weights {list(weights)}")
    parts = [amount * weight // whole for weight in weights]
    remainders = [amount * weight % whole for weight in weights]
    left_over = amount - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: (-remainders[i], i))[:left_over]:
        parts[index] += 1
    return [Minor(part) for part in parts]


def parse_units(text: str, scale: int) -> int:
    """A decimal string as whole units of 10**-scale, exactly or not at all.

    Exponents are accepted ("1e-8"); what would lose a digit is refused.

    Raises:
        BadDecimal: not a finite decimal number, or finer than the scale.
        AmountOutOfRange: at or beyond 10**38 units.

    Source: docs/rules/money.md, M-5.
    """
    if len(text) > 80:
        raise BadDecimal(f"decimal {text[:80]!r}... is too long")
    whole, dot, part = text.partition(".")
    digits = whole + part.ljust(scale, "0")
    plain = whole and (part or not dot) and digits.isascii() and digits.isdigit()
    if plain and len(part) <= scale and len(digits) <= 38:  # as nearly all are; below 10^38 by its length
        return int(digits)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadDecimal(f"{text!r} is not a decimal number") from None
    # Decimal also reads spaces, underscores and the digits of every script; money is written with 0 to 9.
    if not number.is_finite() or not text.isascii() or "_" in text or text != text.strip():
        raise BadDecimal(f"{text!r} is not a decimal number")
    sign, numerals, exponent = number.as_tuple()
    if not isinstance(exponent, int):  # the type says so; is_finite above has ruled it out
        raise BadDecimal(f"{text!r} is not a decimal number")
    mantissa = int("".join(map(str, numerals)))
    shift = exponent + scale
    if mantissa == 0:
        return 0
    if shift > 60 or len(numerals) + shift > 39:
        raise AmountOutOfRange(f"{text!r} is beyond 10^38 units of 10^-{scale}")
    if shift >= 0:
        units: int = mantissa * 10**shift
    else:
        units, rest = divmod(mantissa, 10**-shift) if -shift <= 80 else (0, 1)
        if rest:
            raise BadDecimal(f"{text!r} is finer than 10^-{scale}")
    if units >= AMOUNT_LIMIT:
        raise AmountOutOfRange(f"{text!r} is beyond 10^38 units of 10^-{scale}")
    return -units if sign else units


def format_units(units: int, scale: int) -> str:
    """Whole units of 10**-scale as a decimal string: no exponent, no superfluous zeros, "0" for nothing (M-5)."""
    sign = "-" if units < 0 else ""
    whole, part = divmod(abs(units), 10**scale)
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{str(part).zfill(scale).rstrip('0')}"
