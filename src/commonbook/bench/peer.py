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


class Books:
    """A book of the peer's for each of a flow's, and every operation through the peer's own calls.

    The peer has no immediate-or-cancel: what is left of one is canceled.
    """

    def __init__(self, book_class: Any) -> None:
        self._book_class = book_class
        self.by_number: dict[int, Any] = {}

    def play(self, operations: list[Operation]) -> None:
        number, book = 0, None
        for operation in operations:
            if operation.book != number or book is None:
                number = operation.book
                if number not in self.by_number:
                    self.by_number[number] = self._book_class()
                book = self.by_number[number]
            if operation.side is None:
                book.cancel(operation.order)
                continue
            enter = book.limit_buy if operation.side == Side.BUY else book.limit_sell
            enter(operation.order, operation.quantity, operation.price)
            if operation.immediate and book.has(operation.order):
                book.cancel(operation.order)
