"""What a browser loads before the terminal can be used, packed: `python tools/web_budget.py`. Rule WB-6.

The page, its scripts and styles, the terminal's, and the texts of both; the chart comes later, in a file of its own.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "src" / "commonbook" / "web"
TEXTS = ROOT / "src" / "commonbook" / "gateway" / "web" / "texts"
ENTRIES = ("index.html", "src/pages/terminal/Terminal.svelte")
AREAS = ("shell", "terminal")
MOST = 200_000


def main() -> int:
    sizes = first_load(json.loads((BUILT / "files.json").read_text()))
    for name, size in sorted(sizes.items(), key=lambda one: -one[1]):
        print(f"{size:>8,}  {name}")
    total = sum(sizes.values())
    print(f"{total:>8,}  bytes packed by gzip; at most {MOST:,}")
    return 0 if total <= MOST else 1


def first_load(files: dict[str, Any]) -> dict[str, int]:
    """Packed bytes by file; of the texts the longest language's."""
    wanted: set[str] = set()
    todo = list(ENTRIES)
    while todo:
        one = files[todo.pop()]
        if one["file"] not in wanted:
            wanted |= {one["file"], *one.get("css", ())}
            todo += one.get("imports", ())
    found = {name: len(gzip.compress((BUILT / name).read_bytes(), 9)) for name in [*wanted, "index.html"]}
    for area in AREAS:
        found[f"texts of {area}"] = max(len(path.read_bytes()) for path in TEXTS.glob(f"*/{area}.ftl"))
    return found


if __name__ == "__main__":
    sys.exit(main())
