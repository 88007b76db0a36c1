"""How smooth the terminal is, and how soon it can be used: `python tools/web_smooth.py [--minutes 10] [--json]`.

The page as it is built and served, in a headless Chromium, with a feed of so many updates a second in a process of its
own. Work is what the main thread did within each sixtieth of a second: its processor time and its time by the clock, by
Chromium's trace, in a third of the minutes. A long task is one of 50 ms by the clock, by the page's observer, in all of
them.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from commonbook.bench import plot
from commonbook.bench.harness import Chart, Figure, Report, report
from commonbook.bench.web_feed import PAIR, Feed

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from journeys.conftest import chromium
from web_budget import BUILT, MOST, first_load

WINDOW_S, APART_S, LOOK_S = 10.0, 30.0, 5.0  # traced for so long, begun so often; memory is looked at so often
WARM_S = 30.0
FRAME_MS = 1_000 / 60
WIDE = {"width": 1440, "height": 900}
# A laptop of some years ago on a line of the country: four times slower, 10 Mbit/s, 40 ms.
SLOWER = 4
LINE = {"offline": False, "latency": 40, "downloadThroughput": 1_250_000, "uploadThroughput": 1_250_000}
WATCH = """() => {
  window.long = [];
  new PerformanceObserver((list) => list.getEntries().forEach((one) => window.long.push(one.duration)))
    .observe({ type: "longtask", buffered: false });
}"""
# Drawn, and whoever types is heard: the frame with both in it is over.
USABLE = """
const look = new MutationObserver(() => {
  if (!document.querySelector("tr.bids") || !document.querySelector("form input:not([disabled])")) return;
  look.disconnect();
  requestAnimationFrame(() => setTimeout(() => console.debug(`usable ${performance.now()}`)));
});
look.observe(document, { childList: true, subtree: true });
"""


@dataclass(slots=True)
class Seen:
    """What was seen while the page was open."""

    minutes: float = 0.0
    updates: float = 0.0  # a second
    windows: list["Window"] = field(default_factory=list)
    long: list[float] = field(default_factory=list)  # ms by the clock, of the tasks of 50 ms and more
    heap: list[tuple[float, float]] = field(default_factory=list)  # minute, MB in use, garbage among it
    process: list[tuple[float, float]] = field(default_factory=list)  # minute, MB of the page's process
    kept: tuple[float, float] = (0.0, 0.0)  # MB without garbage, at the beginning and at the end


@dataclass(frozen=True, slots=True)
class Window:
    """One traced time. Each frame is a sixtieth of a second: ms that the main thread has worked in it."""

    minute: float
    cpu: list[float]
    wall: list[float]
    longest_cpu: float  # of one task


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=10.0)
    asked.add_argument("--rate", type=int, default=1_000, help="updates a second")
    asked.add_argument("--loads", type=int, default=7, help="how often the page is loaded anew")
    asked.add_argument("--view", choices=("candles", "depth"), default="candles", help="what the chart shows")
    asked.add_argument("--json", action="store_true", help="figures as docs/figures has them")
    asked.add_argument("--plot", type=Path, help="a picture of the minutes")
    words = asked.parse_args()
    if words.plot:
        plot.check(words.plot)
    load = os.getloadavg()[0]
    with sync_playwright() as playwright:
        executable = chromium(playwright)
        if not executable:
            raise SystemExit("no Chromium: run `.venv/bin/playwright install --with-deps chromium`")
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        version = f"Chromium {browser.version}"
        loads = loaded(browser, words.loads)
        seen = smooth(browser, words.minutes, words.rate, words.view)
        browser.close()
    told = made(loads, seen)
    told.machine.update(browser=version, load_average=round(load, 2))
    if words.plot:
        plot.draw(told, words.plot)
    if words.json:
        print(json.dumps(told.as_json(), indent=2))
        return
    for one in told.figures:
        line = "" if one.line is None else f"  ({'at most' if one.better == 'lower' else 'at least'} {one.line:,g})"
        print(f"{one.name:<28} {one.value:>10,.4g} {one.unit}{line}")


def made(loads: list[float], seen: Seen) -> Report:
    cpu = [one for window in seen.windows for one in window.cpu]
    wall = [one for window in seen.windows for one in window.wall]
    begun, ended = seen.kept
    processor = "processor time of the main thread in each sixtieth of a second, traced windows"
    clock = "the same by the clock: what a busy machine keeps waiting is in it"
    whole = "by the clock, all the minutes"
    longest = max(one.longest_cpu for one in seen.windows)
    runs = ", ".join(f"{one / 1_000:.2f}" for one in loads)
    figures = [
        Figure("web_minutes", seen.minutes, "min", covers="how long the page was watched"),
        Figure("web_updates", seen.updates, "updates a second", covers="of book, trades and ticker, as sent"),
        Figure("web_frame_p50", at(cpu, 50), "ms", better="lower", covers=processor),
        Figure("web_frame_p95", at(cpu, 95), "ms", 8.0, "lower", processor),
        Figure("web_frame_p99", at(cpu, 99), "ms", better="lower", covers=processor),
        Figure("web_frame_longest", max(cpu), "ms", better="lower", covers=processor),
        Figure("web_frame_p95_clock", at(wall, 95), "ms", better="lower", covers=clock),
        Figure("web_tasks_over_50_ms", len(seen.long), "tasks", 0, "lower", whole),
        Figure("web_task_longest_clock", max(seen.long, default=0.0), "ms", better="lower", covers=f"{whole}; 0: none"),
        Figure("web_task_longest", longest, "ms", better="lower", covers=processor),
        Figure("web_heap_begun", begun, "MB", better="lower", covers="in use after a collection, at the beginning"),
        Figure("web_heap_ended", ended, "MB", better="lower", covers="in use after a collection, at the end"),
        Figure("web_heap_growth", ended / begun, "ratio", 1.1, "lower", "the end against the beginning"),
        Figure("web_first_load", total_bytes(), "bytes", MOST, "lower", "packed by gzip, without the chart"),
        Figure(
            "web_first_load_usable",
            statistics.median(loads) / 1_000,
            "s",
            2.0,
            "lower",
            f"until book and ticket are drawn, median of {len(loads)}: {runs}",
        ),
    ]
    worked = {name: [(one.minute, at(one.cpu, share)) for one in seen.windows] for name, share in SHARES.items()}
    charts = [
        Chart("Work of the main thread in a sixtieth of a second", "minutes", "ms of processor time", worked),
        Chart("Memory", "minutes", "MB", {"heap, garbage in it": seen.heap, "the page's process": seen.process}),
    ]
    return report(figures, [one for one in charts if any(one.lines.values())])


SHARES = {"the most": 100, "99 of 100": 99, "95 of 100": 95, "half": 50}


def total_bytes() -> int:
    return sum(first_load(json.loads((BUILT / "files.json").read_text())).values())


# -- the first load ---------------------------------------------------------------------------------------------------


def loaded(browser: Browser, times: int) -> list[float]:
    """Milliseconds until book and ticket are drawn, of several loads by browsers that know nothing yet."""
    found = []
    with fed(0) as (url, _):
        for _ in range(times):
            context = browser.new_context(viewport=WIDE)
            page = context.new_page()
            page.add_init_script(USABLE)
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", LINE)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            with page.expect_console_message(lambda one: one.text.startswith("usable ")) as told:
                page.goto(f"{url}/trade/{PAIR}", wait_until="commit")
            found.append(float(told.value.text.split()[1]))
            context.close()
    return found


# -- minutes ----------------------------------------------------------------------------------------------------------


def smooth(browser: Browser, minutes: float, rate: int, view: str) -> Seen:
    seen = Seen()
    with fed(rate) as (url, sent), tempfile.TemporaryDirectory() as folder:
        page = browser.new_page(viewport=WIDE)
        page.goto(f"{url}/trade/{PAIR}")
        page.wait_for_selector("tr.bids")
        page.wait_for_selector(".candles canvas")
        if view == "depth":
            page.locator(".bars [role=group] button[aria-pressed]").nth(6).click()
        page.wait_for_timeout(WARM_S * 1_000)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        process = process_of(browser)
        begun = kept(session)
        page.evaluate(WATCH)
        first, began = sent.value, time.monotonic()
        traces: list[tuple[float, Path]] = []
        while (passed := time.monotonic() - began) < minutes * 60:
            if passed >= len(traces) * APART_S:
                path = Path(folder) / f"{len(traces)}.json"
                trace(browser, page, path, min(WINDOW_S, minutes * 60))
                traces.append((passed / 60, path))
            seen.heap.append((passed / 60, in_use(session)))
            if process:
                seen.process.append((passed / 60, resident(process)))
            page.wait_for_timeout(LOOK_S * 1_000)
        lasted = time.monotonic() - began
        seen.minutes, seen.updates = lasted / 60, (sent.value - first) / lasted
        seen.long = page.evaluate("window.long")
        seen.kept = begun, kept(session)
        page.close()
        # Read afterwards: while the page is watched it shares the machine with nothing that can wait.
        seen.windows = [window(minute, json.loads(path.read_text())["traceEvents"]) for minute, path in traces]
    return seen


def trace(browser: Browser, page: Page, path: Path, seconds: float) -> None:
    browser.start_tracing(page=page, path=str(path), categories=["toplevel"])
    page.wait_for_timeout(seconds * 1_000)
    browser.stop_tracing()


def window(minute: float, events: list[dict[str, Any]]) -> Window:
    """What the renderer's main thread did within each sixtieth of a second: its tasks, each where it began."""
    names = {(one["pid"], one["tid"]) for one in events if one.get("args", {}).get("name") == "CrRendererMain"}
    tasks = [one for one in events if one.get("ph") == "X" and (one["pid"], one["tid"]) in names]
    busiest = Counter((one["pid"], one["tid"]) for one in tasks).most_common(1)[0][0]
    mine = (one for one in tasks if (one["pid"], one["tid"]) == busiest)
    own = sorted(mine, key=lambda one: (one["ts"], -one["dur"]))
    began = own[0]["ts"]
    length = int((own[-1]["ts"] - began) / 1_000 / FRAME_MS) + 1
    cpu, wall = [0.0] * length, [0.0] * length
    longest, over = 0.0, began
    for one in own:
        if one["ts"] < over:  # within another
            continue
        over = one["ts"] + one["dur"]
        frame = int((one["ts"] - began) / 1_000 / FRAME_MS)
        cpu[frame] += one.get("tdur", 0) / 1_000  # a task of less than a microsecond has none
        wall[frame] += one["dur"] / 1_000
        longest = max(longest, one.get("tdur", 0) / 1_000)
    return Window(minute, cpu, wall, longest)


def kept(session: CDPSession) -> float:
    """MB of the heap without garbage. What the first collection lets go of, the second takes."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def in_use(session: CDPSession) -> float:
    told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(told["JSHeapUsedSize"]) / 1e6


def process_of(browser: Browser) -> int:
    """The number of the page's process: of the renderers the one that has worked most; 0 where there is no /proc."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    renderers = [one for one in told if one["type"] == "renderer"]
    number = int(max(renderers, key=lambda one: one["cpuTime"])["id"]) if renderers else 0
    return number if number and Path(f"/proc/{number}/status").exists() else 0


def resident(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def at(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


# -- the feed ---------------------------------------------------------------------------------------------------------


@contextmanager
def fed(rate: int) -> Iterator[tuple[str, "Synchronized[int]"]]:
    """A feed in a process of its own: its address, and how many updates it has sent."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    sent = context.Value("q", 0)
    child = context.Process(target=feed, args=(rate, there, sent), daemon=True)
    child.start()
    try:
        yield here.recv(), sent
    finally:
        here.close()
        child.join(20)


def feed(rate: int, told: Connection, sent: "Synchronized[int]") -> None:
    with Feed(rate) as one:
        told.send(one.url)
        while not told.poll(0.05) and os.getppid() != 1:
            sent.value = one.sent


if __name__ == "__main__":
    main()
