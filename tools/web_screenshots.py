"""Pictures of every page: `make screenshots`. Brands, light and dark, phone and desktop, languages.

Into build/screenshots/ one file each, and docs/concepts/web-pages.webp, a sheet of the pages in English. Each desk is
shown to somebody who has its role, in a demo with a past (tools/web_lived_in.py).

    tools/web_screenshots.py [LANGUAGE ... | all] [only=WORD,WORD] [sizes=phone] [schemes=dark] [brands=NAME]
    tools/web_screenshots.py sheet

Without a language: English, Arabic and Simplified Chinese. `only` takes the pages whose path has one of the words.
`sheet` takes what is on the sheet, and nothing else.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright

from commonbook.gateway.web.texts import languages
from commonbook.simulator.demo_market import BROKER

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]
import web_lived_in  # noqa: E402 - beside this file
from journeys.conftest import chromium  # noqa: E402 - of the tests: which browser there is
from journeys.exchange import ONE, OTHER, PAIR, Exchange  # noqa: E402

INTO = ROOT / "build" / "screenshots"
SHEET = ROOT / "docs" / "concepts" / "web-pages.webp"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
LANGUAGES = ("en", "ar", "zh-Hans")
HOST = "host"
BROKERS_HOME = OTHER  # the demo's broker is a person of this brand
ON_SHEET = (
    (ONE, "desktop", "light"),
    (OTHER, "desktop", "dark"),
    (HOST, "desktop", "light"),
    (OTHER, "phone", "light"),
    (ONE, "phone", "dark"),
    (HOST, "phone", "dark"),
)
WIDE, GAP, WIDTHS = 2_512, 12, {"desktop": 488, "phone": 238}
SHAPES = {"desktop": 0.68, "phone": 1.8}  # of the width: how much of a page is shown
GROUND, QUALITY = "#808890", 55
PATIENCE_MS = 30_000
# Nothing is on its way: neither a page nor a part of it (parts/Shown.svelte).
IS_STILL = """() => document.querySelector("main h1, main h2") !== null
  && ![...document.querySelectorAll(".shown.loading, [aria-busy=true]")].some((one) => one.checkVisibility())
  && [...document.images].every((one) => one.complete)"""
# Two frames later it is painted; a chart's library paints in its own frame behind ours.
PAINTED = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(go, 120))))"


def places() -> list[tuple[str, str]]:
    """(path, where: brand, host or either) of places.ts, in its order."""
    lines = re.findall(r"\{ path: .*\}", (ROOT / "web" / "src" / "places.ts").read_text())
    found = []
    for line in lines:
        at = re.findall(r"at: \"(\w+)\"", line)
        found.append((re.findall(r"path: \"([^\"]+)\"", line)[0], at[0] if at else "either"))
    return found


def desk_of(path: str, where: str) -> str:
    """Who sees it."""
    if path.startswith(("/sign-", "/program")):
        return "nobody"
    if where == "host":
        return "host"
    first = path.strip("/").partition("/")[0]
    return first if first in ("partner", "broker") else "trader"


def pages_at(brand: str, people: web_lived_in.People) -> list[tuple[str, str]]:
    """(path with its words filled in, who sees it) of an address."""
    words = {"instrument": PAIR, "hour": people.hour, "fill": people.fill, "reference": people.application}
    words |= {"brand": "1", "broker": str(BROKER)}
    found = []
    for path, where in places():
        desk = desk_of(path, where)
        if (where == "host") != (brand == HOST) or (desk == "broker" and brand != BROKERS_HOME):
            continue
        filled = re.sub(r":(\w+)", lambda one: words.get(one[1], one[0]), path)
        if ":" in filled:
            print(f"no word is known for {path}: left out", flush=True)
            continue
        found.append((filled, desk))
    return found


def main() -> None:
    told = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
    asked = [word for word in sys.argv[1:] if "=" not in word]
    is_sheet = asked == ["sheet"]
    spoken = list(languages()) if asked == ["all"] else asked or list(LANGUAGES)
    chosen = {name: told[name].split(",") if name in told else None for name in ("only", "sizes", "schemes", "brands")}
    INTO.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        web_lived_in.past(Path(folder) / "data")
        with Exchange(Path(folder)) as exchange, sync_playwright() as playwright:
            people = web_lived_in.move_in(exchange)
            print(f"the exchange has been lived in ({time.monotonic() - began:.0f} s)", flush=True)
            executable = chromium(playwright)
            if not executable:
                raise SystemExit("no Chromium: run `.venv/bin/playwright install --with-deps chromium`")
            browser = playwright.chromium.launch(
                executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
            )
            rounds = (
                [(*at, "en") for at in ON_SHEET]
                if is_sheet
                else [
                    (brand, size, scheme, language)
                    for language in spoken
                    for brand in chosen["brands"] or (ONE, OTHER, HOST)
                    for size in chosen["sizes"] or SIZES
                    for scheme in chosen["schemes"] or SCHEMES
                ]
            )
            for number, (brand, size, scheme, language) in enumerate(rounds, 1):
                pages = [
                    one
                    for one in pages_at(brand, people)
                    if chosen["only"] is None or any(word in one[0] for word in chosen["only"])
                ]
                took = time.monotonic()
                take(browser, exchange, people, pages, brand, size, scheme, language)
                took = time.monotonic() - took
                print(
                    f"{number}/{len(rounds)}  {brand} {size} {scheme} {language}: {len(pages)} in {took:.0f} s",
                    flush=True,
                )
            browser.close()
    if not told:
        sheet()


def take(
    browser: Browser,
    exchange: Exchange,
    people: web_lived_in.People,
    pages: list[tuple[str, str]],
    brand: str,
    size: str,
    scheme: str,
    language: str,
) -> None:
    """All pages of an address in one browser, one after the other; the cookie is changed where another person comes."""
    wide, high = SIZES[size]
    context = browser.new_context(
        viewport={"width": wide, "height": high},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=language,
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    page = context.new_page()
    address = f"http://127.0.0.1:{exchange.port}" if brand == HOST else exchange.at(brand, "")
    signed_in = ""
    for path, desk in pages:
        if desk != signed_in:
            context.clear_cookies()
            if desk != "nobody":
                session = people.sessions[desk, "" if brand == HOST else brand]
                context.add_cookies([{"name": "session", "value": session.token, "url": address}])
            signed_in = desk
        page.goto(address + path)
        settle(page, path)
        name = path.partition("#")[0].strip("/").replace("/", "-") or "markets"
        page.screenshot(path=INTO / f"{name}.{brand}.{size}.{scheme}.{language}.png", full_page=True)
    context.close()


def settle(page: Page, path: str) -> None:
    try:
        wait_for_stillness(page)
        page.wait_for_load_state("networkidle", timeout=PATIENCE_MS)
        wait_for_stillness(page)
    except (Error, TimeoutError) as error:
        print(f"{path} does not become still: {str(error).splitlines()[0]}", flush=True)
    page.evaluate(PAINTED)


def wait_for_stillness(page: Page) -> None:
    """Asked from here: a page that waits by itself evaluates a string, which its policy forbids."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(IS_STILL):
        if time.monotonic() > deadline:
            raise TimeoutError("something of it is on its way")
        page.wait_for_timeout(50)


def sheet() -> None:
    """All pages beside each other, small: for each address and size a band, each page below the shortest column."""
    bands = [band([shrink(path, size) for path in of(brand, size, scheme)]) for brand, size, scheme in ON_SHEET]
    whole = Image.new("RGB", (WIDE, sum(one.height for one in bands)), GROUND)
    top = 0
    for one in bands:
        whole.paste(one, (0, top))
        top += one.height
    whole.save(SHEET, quality=QUALITY, method=6)
    print(f"{SHEET.relative_to(ROOT)}: {whole.width} x {whole.height}, {SHEET.stat().st_size // 1_000} kB")


def of(brand: str, size: str, scheme: str) -> list[Path]:
    """In the order of places.ts; the terminal once, though it has two paths."""
    found = []
    for path, _ in places():
        name = "*".join(re.split(r":\w+", path.strip("/").replace("/", "-"))) or "markets"
        found += sorted(INTO.glob(f"{name}.{brand}.{size}.{scheme}.en.png")) if path != "/trade" else []
    return found


def shrink(path: Path, size: str) -> Image.Image:
    """As wide as its column; of a long page the beginning."""
    width = WIDTHS[size]
    picture = Image.open(path).convert("RGB")
    height = picture.height * width // picture.width
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    return small.crop((0, 0, width, min(height, int(width * SHAPES[size]))))


def band(pictures: list[Image.Image]) -> Image.Image:
    if not pictures:
        return Image.new("RGB", (WIDE, 0))
    width = pictures[0].width
    tops = [GAP] * ((WIDE - GAP) // (width + GAP))
    places = []
    for one in pictures:
        column = tops.index(min(tops))
        places.append((GAP + column * (width + GAP), tops[column]))
        tops[column] += one.height + GAP
    found = Image.new("RGB", (WIDE, max(tops)), GROUND)
    for one, at in zip(pictures, places, strict=True):
        found.paste(one, at)
    return found


if __name__ == "__main__":
    main()
