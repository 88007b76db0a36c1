"""Files that are there whole or not at all, whatever ends the process or the machine's power."""

import contextlib
import os
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SYNCS_TOGETHER = 8


def write_whole(path: Path, content: bytes) -> None:
    """Durable when it returns, and only its owner may read it."""
    draft = draft_of(path)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    put_whole(draft, path)


def write_once(path: Path, content: bytes) -> None:
    """As `write_whole`, unless the file is there: of several who write at once, the first one counts."""
    draft = path.with_suffix(f".{secrets.token_hex(8)}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        _sync(draft)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def draft_of(path: Path) -> Path:
    """Where a file's content lies until it is whole."""
    return path.with_suffix(".draft")


def put_whole(draft: Path, path: Path) -> None:
    """A draft that somebody has written takes its place; durable when it returns, and only its owner may read it."""
    put_all_whole([(draft, path)])


def put_all_whole(drafts: Iterable[tuple[Path, Path]]) -> None:
    """The same of many, each by itself whole or not at all."""
    pairs = list(drafts)
    for draft, _ in pairs:
        draft.chmod(0o600)
    if len(pairs) == 1:
        _sync(pairs[0][0])
    else:  # a disk that is asked for many at once waits once for several of them
        with ThreadPoolExecutor(SYNCS_TOGETHER) as together:
            list(together.map(_sync, [draft for draft, _ in pairs]))
    put_all_durable(pairs)


def put_all_durable(drafts: Iterable[tuple[Path, Path]]) -> None:
    """The same of drafts that are durable already, as those that took their place by `put_all_whole`."""
    folders = set()
    for draft, path in drafts:
        draft.replace(path)
        folders.add(path.parent)
    for folder in sorted(folders):
        _sync(folder)  # the names, too


def make_folder(folder: Path) -> None:
    """A folder and those above it, durable when it returns, for their owner alone."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
