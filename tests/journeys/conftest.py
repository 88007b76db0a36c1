"""Journeys in a real browser at one real exchange. Without a Chromium each is reported as not run, with the fix.

`COMMONBOOK_JOURNEYS=must` (as `.ci/run` has it) makes a journey that cannot run a failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys.exchange import Exchange
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from commonbook.gateway.web.built import FOLDER

MUST = os.environ.get("COMMONBOOK_JOURNEYS") == "must"
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
INSTALLED = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 120_000  # a machine may be busy with much else; nothing here is about speed
expect.set_options(timeout=PATIENCE_MS)


def _not_run(why: str) -> None:
    if MUST:
        pytest.fail(f"a journey was not run: {why}")
    pytest.skip(f"not run: {why}")


def chromium(playwright: Playwright) -> str:
    """Playwright's own, else an installed one; "" without any."""
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next((found for name in INSTALLED if (found := shutil.which(name))), "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module alone: while Playwright's hands are there, nobody else can run a loop in this process."""
    if not (FOLDER / "index.html").exists() or not AXE.exists():
        _not_run("the web app is not built: run `make setup`")
    with sync_playwright() as playwright:
        executable = chromium(playwright)
        if not executable:
            _not_run("no Chromium: run `.venv/bin/playwright install --with-deps chromium`, or `apt install chromium`")
        # In a container there is neither a sandbox of user namespaces nor much of /dev/shm.
        wanted = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        found = playwright.chromium.launch(executable_path=executable, args=wanted)
        yield found
        found.close()


@pytest.fixture(scope="module")
def exchange(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """One for all journeys of a module; whoever comes has a name of their own."""
    with Exchange(tmp_path_factory.mktemp("journeys")) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser of its own for a journey: no cookie and nothing kept."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()
