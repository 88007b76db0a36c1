"""What protects an instrument's market, as readers see it. The engine decides; rules: docs/rules/protection.md."""

from dataclasses import dataclass

from commonbook.units import RATE_ONE

HIGHEST_TICKS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """One instrument's limits; 0 is none."""

    band_e8: int = 0
    band_max_e8: int = 0
    largest_lots: int = 0
    largest_notional: int = 0  # quote units
    deviation_e8: int = 0
    duplicate_ms: int = 0


NO_LIMITS = Limits()


def price_band(reference: int, premium: int, band_e8: int, band_max_e8: int) -> tuple[int, int] | None:
    """P-1: the highest price of a buy and the lowest of a sell, in whole ticks; nothing where there is no band.

    Args:
        reference: ticks; 0 is none.
        premium: ticks that the market pays above it on average, below zero for less.
    """
    if reference == 0 or band_e8 == 0:
        return None
    upper = min(
        max(reference, reference * (RATE_ONE + band_e8) // RATE_ONE + premium),
        reference * (RATE_ONE + band_max_e8) // RATE_ONE,
    )
    lower = max(
        min(reference, -(-reference * (RATE_ONE - band_e8) // RATE_ONE) + premium),
        -(-reference * (RATE_ONE - band_max_e8) // RATE_ONE),
    )
    return min(upper, HIGHEST_TICKS), lower
