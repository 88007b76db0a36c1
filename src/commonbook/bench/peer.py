"""The fastest published Python book we know, `limit-order-book` 2.0.0 (C++ behind ctypes, MIT), through its own API.

It is built from its source archive, pinned by hash, into a folder of the user's cache; never a part of commonbook.
"""

import importlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commonbook.bench.flow import Operation
from commonbook.errors import OutsideFailure
from commonbook.records import Side

PINS = Path(__file__).with_name("peers.txt")
PACKAGE = "limit-order-book"


class PeerUnavailable(OutsideFailure):
    """The peer cannot be fetched or built here."""


def load_book_class(cache: Path, environment: Mapping[str, str]) -> Any:
    """The peer's `LimitOrderBook`, fetched and built on the first call."""
    folder = cache / "peers" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    tools, built = folder / "tools", folder / PACKAGE
    if not (built / "limit_order_book").exists():
        _install(tools, "setuptools", [], environment)
        from_source = ["--no-build-isolation", "--no-binary", ":all:"]
        _install(built, PACKAGE, from_source, {**environment, "PYTHONPATH": str(tools)})
    sys.path.insert(0, str(built))
    try:
        return importlib.import_module("limit_order_book").LimitOrderBook
    finally:
        sys.path.remove(str(built))


def _install(target: Path, package: str, options: list[str], environment: Mapping[str, str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    pin = next(line for line in PINS.read_text().splitlines() if line.startswith(package))
    wanted = target.parent / f"{package}.txt"
    wanted.write_text(pin + "\n")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--target", str(target), *options, "-r", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(environment))
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PeerUnavailable(f"the peer {package} cannot be had: {last}; it needs the package registry and g++")


def play(book: Any, operations: list[Operation]) -> None:
    """Every operation through the peer's own calls. It has no immediate-or-cancel: what is left is canceled."""
    buy, sell, cancel, has = book.limit_buy, book.limit_sell, book.cancel, book.has
    for operation in operations:
        if operation.side is None:
            cancel(operation.order)
            continue
        enter = buy if operation.side == Side.BUY else sell
        enter(operation.order, operation.quantity, operation.price)
        if operation.immediate and has(operation.order):
            cancel(operation.order)
