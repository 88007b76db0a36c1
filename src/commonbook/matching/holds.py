"""What must be kept of the journal: a follower that remembers what it has read says up to where it does.

    holds/NAME      one number: the sequence behind which the follower will read again after any crash

The keeper gives up nothing behind the lowest of them (J-14 of docs/rules/journal.md).
"""

import os
from pathlib import Path

FOLDER = "holds"


def write_hold(data_dir: Path, name: str, sequence: int) -> None:
    """Whole or not at all, and durable."""
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    draft = folder / f"{name}.draft"
    with draft.open("w") as file:
        file.write(f"{sequence}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)


def lowest_hold(data_dir: Path) -> int | None:
    """None: nobody holds anything. One that cannot be read holds all."""
    found = [_read(path) for path in sorted((data_dir / FOLDER).glob("*")) if path.suffix != ".draft"]
    return min(found, default=None)


def _read(path: Path) -> int:
    try:
        return int(path.read_text())
    except ValueError:
        return 0
