"""Figures, the machine they were measured on, and interleaved timing: a noisy machine is noisy for all alike."""

import gc
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `line` is what it must reach, None when it is only reported; `covers` says what was measured."""

    name: str
    value: float
    unit: str
    line: float | None = None
    better: str = "higher"
    covers: str = ""

    @property
    def met(self) -> bool | None:
        if self.line is None:
            return None
        return self.value >= self.line if self.better == "higher" else self.value <= self.line

    def as_json(self) -> dict[str, Any]:
        told = asdict(self) | {"met": self.met}
        return told if self.covers else {name: value for name, value in told.items() if name != "covers"}


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves of (x, y) by name, or bars of one y each where there is no x."""

    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    bars: dict[str, dict[str, float]] = field(default_factory=dict)  # group: name: y
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    figures: list[Figure]
    machine: dict[str, Any]
    commit: str
    charts: list[Chart] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what could not be measured here, and why

    def as_json(self) -> dict[str, Any]:
        figures = [figure.as_json() for figure in self.figures]
        noted = {"notes": self.notes} if self.notes else {}
        return {"figures": figures, "machine": self.machine, "commit": self.commit} | noted


def report(figures: list[Figure], charts: list[Chart] | None = None, notes: list[str] | None = None) -> Report:
    return Report(figures, machine(), commit(), charts or [], notes or [])


def best_of(rounds: int, runs: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The shortest seconds of each run, taken in turns so that all see the same machine."""
    best: dict[str, float] = {}
    with uncollected():
        for _ in range(rounds):
            for name, run in runs.items():
                seconds = run()
                best[name] = min(best.get(name, seconds), seconds)
    return best


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is collected inside: a flow is millions of objects here, which no exchange holds."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of the work alone: what it gives is let go behind the clock."""
    began = clock()
    given = work()
    seconds = clock() - began
    del given
    return seconds


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def commit() -> str:
    """The commit of the working tree, "unknown" outside one."""
    folder = Path(__file__).parent
    done = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
