"""Every page for everybody, in light and in dark, on a desktop and on a phone: `make web-axe`, part of `make check`.

Rule WB-15. `make test` leaves these to it; `pytest -m pages tests/journeys/test_pages.py` runs them alone.
"""

from collections.abc import Iterator

import pytest
from journeys.hands import found_by_axe
from journeys.pages import SIZES, Town, Who, places, settled, too_wide, town
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.pages
OF_COLOURS = ("color-contrast", "link-in-text-block")  # the rules that another scheme can break
MOVING = """() => document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 0)
    .map((one) => `${one.animationName ?? one.transitionProperty} of ${one.effect.target?.className}`)"""


@pytest.fixture(scope="module")
def here(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(browser, tmp_path_factory.mktemp("pages")) as found:
        yield found


@pytest.mark.parametrize("who", Who)
def test_wb15_every_page_can_be_read_by_machines_and_fits_its_window(here: Town, browser: Browser, who: Who) -> None:
    wrong: dict[str, list[str]] = {}
    with here.browser(browser, who, reduced_motion="reduce") as page:
        for path in here.paths(who):
            page.goto(here.at(who, path))
            settled(page)
            if found := looked_at(page):
                wrong[path] = found
    assert wrong == {}


def looked_at(page: Page) -> list[str]:
    """Of a page that is loaded on a desktop in light."""
    found = []
    for size, scheme, only in (
        ("desktop", "light", ()),
        ("desktop", "dark", OF_COLOURS),
        ("phone", "dark", ()),
        ("phone", "light", OF_COLOURS),
    ):
        page.set_viewport_size(SIZES[size])
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"{size}, {scheme}: {one}" for one in found_by_axe(page, *only)]
        if wide := too_wide(page):
            found.append(f"{size}: {wide}")
    found += [f"moves, where motion is not wanted: {one}" for one in page.evaluate(MOVING)]
    page.set_viewport_size(SIZES["desktop"])
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found


def test_wb15_what_is_wrong_on_a_page_is_found(here: Town, browser: Browser) -> None:
    with here.browser(browser, Who.NOBODY, reduced_motion="reduce") as page:
        page.goto(here.at(Who.NOBODY, "/status"))
        settled(page)
        assert looked_at(page) == []
        page.evaluate(
            """() => {
              const one = document.querySelector("main").appendChild(document.createElement("input"));
              one.style.width = "800px";
              one.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 1e6, iterations: Infinity });
            }"""
        )
        told = looked_at(page)
    assert {"label:", "px", "moves,"} <= {word for line in told for word in line.split()}


def test_wb15_every_place_of_the_app_is_somebodys() -> None:
    all_of_them = places()
    assert {one.path for one in all_of_them} >= {
        "/",
        "/trade/:instrument",
        "/operator",
        "/partner",
        "/broker",
        "/program",
    }
    assert all(one.who for one in all_of_them)
