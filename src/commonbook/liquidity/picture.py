"""A report's depth as a picture: for each hour how much stood within reach, alone and shared. SVG, written by hand."""

from decimal import Decimal
from html import escape
from typing import Any

WIDTH, HEIGHT = 720, 240  # of one instrument's chart
LEFT, RIGHT, TOP, BOTTOM = 90, 20, 46, 34
POINTS = "50"  # basis points from the middle
COLOURS = {"shared": "#1f6fb2", "alone": "#d98324"}


def svg(report: dict[str, Any]) -> str:
    """One chart for each instrument, one below the other."""
    charts = [
        _chart(one, number * HEIGHT, f"Brand {report['brand']}, {report['day']}: {one['instrument']}")
        for number, one in enumerate(report["instruments"])
    ]
    height = max(len(charts), 1) * HEIGHT
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="white"/>', *charts, "</svg>"]) + "\n"


def _chart(one: dict[str, Any], top: int, title: str) -> str:
    heights = {name: [_depth(hour[name]) for hour in one["hours"]] for name in COLOURS}
    highest = max(max(values) for values in heights.values()) or Decimal(1)
    plot_width, plot_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = Decimal(plot_width) / len(one["hours"])
    width = step * Decimal("0.4")
    base = top + TOP + plot_height
    share = one["fills"]["share_with_others"]
    with_others = f", {Decimal(share) * 100:.1f} % of its volume with other brands" if share else ""
    parts = [
        f'<text x="{LEFT}" y="{top + 18}" font-size="13">{escape(title)}{escape(with_others)}</text>',
        f'<text x="{LEFT}" y="{top + 34}" font-size="11">both sides within {POINTS} bps of the middle, '
        f"mean of each hour (UTC), {escape(one['currency'])}</text>",
    ]
    for place, (name, colour) in enumerate(COLOURS.items()):
        parts.append(_key(WIDTH - RIGHT - 150 + place * 80, top + 12, name, colour))
        for hour, value in enumerate(heights[name]):
            x, tall = LEFT + step * hour + width * place, plot_height * value / highest
            told = f"{name}, {hour:02d}:00: {value:f}"
            parts.append(
                f'<rect x="{x:.1f}" y="{base - tall:.1f}" width="{width:.1f}" height="{tall:.1f}" fill="{colour}">'
                f"<title>{escape(told)}</title></rect>"
            )
    parts.append(f'<line x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{base}" stroke="#333"/>')
    for hour in range(0, len(one["hours"]), 3):
        x = LEFT + step * hour
        parts.append(f'<text x="{x:.1f}" y="{base + 16}" font-size="10">{hour:02d}</text>')
    for share_of in (0, 1, 2):
        y, value = base - Decimal(plot_height) * share_of / 2, highest * share_of / 2
        parts.append(f'<text x="{LEFT - 6}" y="{y:.1f}" font-size="10" text-anchor="end">{value:,.0f}</text>')
    return "\n".join(parts)


def _key(x: int, y: int, name: str, colour: str) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="10" height="10" fill="{colour}"/>'
        f'<text x="{x + 14}" y="{y + 9}" font-size="11">{name}</text>'
    )


def _depth(book: dict[str, Any]) -> Decimal:
    sides = book["depth"][POINTS]
    return Decimal(sides["bids"]) + Decimal(sides["asks"])
