"""What must be kept of the journal: a follower that remembers what it has read says up to where it does.

    holds/NAME      one number: the sequence behind which the follower will read again after any crash

The keeper gives up nothing behind the lowest of them (J-14 of docs/rules/journal.md).
"""

from pathlib import Path

from commonbook.whole_file import write_whole

FOLDER = "holds"


def write_hold(data_dir: Path, name: str, sequence: int) -> None:
    """Durable when it returns; what the follower itself remembers must be so before."""
    (data_dir / FOLDER).mkdir(mode=0o700, exist_ok=True)
    write_whole(data_dir / FOLDER / name, b"%d\n" % sequence)


def has_hold(data_dir: Path, name: str) -> bool:
    """Whether this follower ever was there."""
    return (data_dir / FOLDER / name).exists()


def lowest_hold(data_dir: Path) -> int | None:
    """None: nobody holds anything. One that cannot be read holds all."""
    found = [_read(path) for path in sorted((data_dir / FOLDER).glob("*")) if path.suffix != ".draft"]
    return min(found, default=None)


def _read(path: Path) -> int:
    try:
        return int(path.read_text())
    except ValueError:
        return 0
