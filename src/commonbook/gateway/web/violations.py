"""What browsers have kept from running at our pages, the newest few: a file that the gateways share. Rule WB-5."""

import os
from pathlib import Path

import msgspec

FILE = "web-violations.jsonl"
BYTES_MOST = 256 * 1024  # of it, and of the one before it


class Violation(msgspec.Struct, frozen=True):
    at_ns: str
    host: str  # the address that was asked
    what: str  # was to be loaded or run
    rule: str  # the directive that says no
    page: str


def keep(data_dir: Path, found: list[Violation]) -> None:
    """Add lines behind the others; a file that is full becomes the older one."""
    path = data_dir / FILE
    if path.exists() and path.stat().st_size > BYTES_MOST:
        path.replace(path.with_suffix(".old"))
    lines = b"".join(msgspec.json.encode(one) + b"\n" for one in found)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        file.write(lines)


def newest(data_dir: Path, most: int) -> list[Violation]:
    """The newest first. A line that a crash has cut is left out."""
    path = data_dir / FILE
    found: list[Violation] = []
    for file in (path.with_suffix(".old"), path):
        for line in file.read_bytes().splitlines() if file.exists() else ():
            try:
                found.append(msgspec.json.decode(line, type=Violation))
            except msgspec.DecodeError:
                continue
    return found[::-1][:most]
