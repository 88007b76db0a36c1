"""Chart, book and ticket look as they did: pictures of a market that stands still, compared with those that are kept.

`COMMONBOOK_WRITE_GOLDEN=1` writes them anew. Fonts differ between machines, so that pictures are compared by squares of
8 x 8 pixels: what is where counts, not how a letter is drawn.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from commonbook.bench.web_feed import PAIR, Feed

GOLDEN = Path(__file__).parent / "golden"
PARTS = {"chart": "Chart", "book": "Order book", "ticket": "Order ticket"}
SQUARE = 8
MEAN_MOST, SQUARE_OFF, SHARE_MOST = 4.0, 40.0, 0.04  # of 255; of 255; of all squares


@pytest.fixture(scope="module")
def still(browser: Browser) -> Iterator[Any]:
    with Feed(0) as feed:
        yield feed


@pytest.fixture(params=["light", "dark"])
def terminal(request: pytest.FixtureRequest, browser: Browser, still: Feed) -> Iterator[tuple[str, Page]]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme=request.param,
        timezone_id="UTC",
        locale="en",
        reduced_motion="reduce",
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{still.url}/trade/{PAIR}")
    expect(page.locator("tr.bids")).to_have_count(14)
    expect(page.locator(".candles canvas")).not_to_have_count(0)
    page.wait_for_timeout(1_500)
    yield request.param, page
    context.close()


def squares(picture: Image.Image) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mean colour of each square, shape (rows, columns, 3)."""
    wide, high = (one // SQUARE for one in picture.size)
    plain = np.asarray(picture.convert("RGB"), dtype=np.float64)[: high * SQUARE, : wide * SQUARE]
    found: np.ndarray[Any, np.dtype[np.float64]] = plain.reshape(high, SQUARE, wide, SQUARE, 3).mean(axis=(1, 3))
    return found


def is_like(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return False
    off = np.abs(squares(one) - squares(other)).mean(axis=2)
    return bool(off.mean() <= MEAN_MOST and (off > SQUARE_OFF).mean() <= SHARE_MOST)


def test_chart_book_and_ticket_look_as_they_did(terminal: tuple[str, Page]) -> None:
    scheme, page = terminal
    wrong = []
    for name, region in PARTS.items():
        taken = Image.open(io.BytesIO(page.get_by_role("region", name=region).first.screenshot()))
        kept = GOLDEN / f"{name}-{scheme}.png"
        if os.environ.get("COMMONBOOK_WRITE_GOLDEN"):
            taken.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(kept, optimize=True)
        if not is_like(taken, Image.open(kept)):
            wrong.append(name)
    assert wrong == []


def test_a_picture_with_a_part_of_it_gone_is_not_like_it() -> None:
    whole = Image.open(GOLDEN / "chart-light.png").convert("RGB")
    assert is_like(whole, whole)
    changed = whole.copy()
    wide, high = whole.size
    changed.paste((255, 255, 255), (0, high // 4, wide, high * 3 // 4))
    assert not is_like(whole, changed)
