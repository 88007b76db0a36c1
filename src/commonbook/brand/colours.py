"""Whether text can be read on a background: the contrast of WCAG 2.2, success criterion 1.4.3."""

import re

from commonbook.brand.model import Colours

LEAST_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)

# Texts, and what is behind them.
PAIRS = (
    ("text", "background"),
    ("text", "surface"),
    ("muted", "background"),
    ("muted", "surface"),
    ("accent", "background"),
    ("accent", "surface"),
    ("on_accent", "accent"),
    ("rise", "surface"),
    ("fall", "surface"),
)


def is_colour(text: str) -> bool:
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, from 1 to 21; both #rrggbb."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def unreadable(colours: Colours) -> list[tuple[str, str, float]]:
    """The pairs of text and background whose contrast is below LEAST_CONTRAST, with it; all colours are colours."""
    found = [(text, behind, contrast(getattr(colours, text), getattr(colours, behind))) for text, behind in PAIRS]
    return [one for one in found if one[2] < LEAST_CONTRAST]


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
