"""Since when and how long the exchange was served, as far as it knows: spans of time in a small file. Rule HE-2.

The first gateway writes down every few seconds that it is there, which it is only while the core is. What lies between
two spans was not served, or not by us; what is before the first is not known.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

EVERY_S = 5
GAP_S = 20  # so long a silence ends a span
KEPT_S = 91 * 86_400
DAY_S = 86_400
FILE = "uptime.json"

log = structlog.get_logger()


class Span(NamedTuple):
    first_s: int  # since 1970
    last_s: int


class Day(NamedTuple):
    day: int  # since 1970
    known_s: int  # of it, that we know of
    served_s: int


async def keep(data_dir: Path) -> None:
    """Runs until it is cancelled."""
    path = data_dir / FILE
    while True:
        try:
            await asyncio.to_thread(_write, path)
        except OSError as failure:
            log.warning("gateway.uptime_not_written", why=str(failure))
        await asyncio.sleep(EVERY_S)


def _write(path: Path) -> None:
    spans = extended(read(path), int(time.time()))
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(msgspec.json.encode(spans))
    draft.replace(path)


def read(path: Path) -> list[Span]:
    """None where there is no file, or one that cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Span])
    except (OSError, msgspec.DecodeError):
        return []


def extended(spans: list[Span], now_s: int) -> list[Span]:
    """The spans once it is served at this moment. A clock that was set back changes nothing."""
    kept = [one for one in spans if one.last_s > now_s - KEPT_S]
    if kept and now_s - kept[-1].last_s <= GAP_S:
        return [*kept[:-1], Span(kept[-1].first_s, max(kept[-1].last_s, now_s))]
    return [*kept, Span(now_s, now_s)]


def days(spans: list[Span], now_s: int, most: int) -> list[Day]:
    """The last days of UTC of which something is known, oldest first, today among them."""
    if not spans:
        return []
    today = now_s // DAY_S
    found = []
    for day in range(max(today - most + 1, spans[0].first_s // DAY_S), today + 1):
        begin, end = max(day * DAY_S, spans[0].first_s), min((day + 1) * DAY_S, now_s)
        inside = (min(one.last_s, end) - max(one.first_s, begin) for one in _joined(spans, now_s))
        found.append(Day(day, max(end - begin, 0), sum(part for part in inside if part > 0)))
    return found


def _joined(spans: list[Span], now_s: int) -> list[Span]:
    """The newest span reaches up to now, unless it has ended."""
    last = spans[-1]
    return [*spans[:-1], Span(last.first_s, now_s)] if now_s - last.last_s <= GAP_S else spans
