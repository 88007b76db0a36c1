"""Files that are there whole or not at all, whatever ends the process or the machine's power."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Durable when it returns, and only its owner may read it."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)  # the name, too
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
