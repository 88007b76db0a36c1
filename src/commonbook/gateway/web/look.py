"""A brand's colours in light and in dark, as variables of a style sheet. Rule WB-4.

A brand has one set of colours. What it was drawn for is told by its background; the other one has our own greys and
the brand's accent, moved towards white or black until it can be read.
"""

from collections.abc import Mapping

from msgspec.structs import asdict, replace

from commonbook.brand.colours import LEAST_CONTRAST, contrast
from commonbook.brand.model import Colours, Document

_LIGHT = Colours()
_DARK = Colours(
    background="#0c0e12",
    surface="#14171d",
    text="#e8eaee",
    muted="#979daa",
    accent="#7aa2ff",
    on_accent="#0c0e12",
    rise="#2ebd85",
    fall="#f6606d",
)
_STEPS = 32


def is_dark(colours: Colours) -> bool:
    """Whether white is further from the background than black is."""
    return contrast(colours.background, "#ffffff") > contrast(colours.background, "#000000")


def both(colours: Colours) -> tuple[Colours, Colours]:
    """(light, dark): the brand's own as they are, and the other, whose texts can all be read (BR-3)."""
    if is_dark(colours):
        return _other(_LIGHT, colours, "#000000"), colours
    return colours, _other(_DARK, colours, "#ffffff")


def sheet(document: Document, fonts: Mapping[str, str]) -> str:
    """The variables of a brand's style sheet, for each of the app's three choices of theme."""
    light, dark = both(document.colours)
    told = [f"  --font-{name}: {fonts.get(font, 'sans-serif')};\n" for name, font in asdict(document.fonts).items()]
    own = _rule(":root", light, "light", "".join(told))
    asked = _rule(':root:not([data-theme="light"])', dark, "dark")
    system = "@media (prefers-color-scheme: dark) {\n" + asked + "}\n"
    return own + system + _rule(':root[data-theme="dark"]', dark, "dark")


def _rule(selector: str, colours: Colours, scheme: str, more: str = "") -> str:
    variables = "".join(f"  --{name.replace('_', '-')}: {value};\n" for name, value in asdict(colours).items())
    return f"{selector} {{\n  color-scheme: {scheme};\n{variables}{more}}}\n"


def _other(ours: Colours, brand: Colours, towards: str) -> Colours:
    behind = (ours.background, ours.surface)
    accent = readable(brand.accent, behind, towards)
    on_accent = max(("#ffffff", "#000000"), key=lambda colour: contrast(colour, accent))
    rise, fall = (readable(one, behind, towards) for one in (brand.rise, brand.fall))
    return replace(ours, accent=accent, on_accent=on_accent, rise=rise, fall=fall)


def readable(colour: str, behind: tuple[str, ...], towards: str) -> str:
    """The nearest colour on the way to another that can be read on all of these."""
    for step in range(_STEPS + 1):
        mixed = _mixed(colour, towards, step)
        if all(contrast(mixed, one) >= LEAST_CONTRAST for one in behind):
            return mixed
    return towards


def _mixed(one: str, other: str, step: int) -> str:
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{(own * (_STEPS - step) + far * step) // _STEPS:02x}" for own, far in pairs)
