"""Drafts that nobody will finish: what a crash has left half written is removed at the next start.

A draft with a mark of its own is of one process, and is begun anew under another mark by who makes the file again: what
of them is there before anything serves is nobody's. Drafts without a mark are not touched, as they are found again and
finished: those of statements that wait for their hour to be paid (docs/rules/broker.md, B-16) among them.
"""

import contextlib
import re
from pathlib import Path

import structlog

from commonbook.broker import report_files
from commonbook.exchange import CLEARING, STATEMENTS

MARKED = {  # by folder: how a marked draft is called in it
    STATEMENTS: re.compile(r".+\.[0-9a-f]{16}\.part"),
    CLEARING: re.compile(r".+\.[0-9a-f]{8}\.draft"),
    report_files.FOLDER: re.compile(r"\d+-[0-9a-f]{16}\.draft"),
}

log = structlog.get_logger()


def remove_left(data_dir: Path) -> list[Path]:
    """Before anything writes there: which were removed. One that cannot be is passed over; it is in nobody's way."""
    found = [
        path
        for folder, form in MARKED.items()
        for path in sorted((data_dir / folder).rglob("*"))
        if form.fullmatch(path.name) and path.is_file()
    ]
    for path in found:
        with contextlib.suppress(OSError):
            path.unlink()
    if found:
        log.info("drafts.removed", count=len(found))
    return found
