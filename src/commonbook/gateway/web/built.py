"""The files that `npm run build` has made, read once: the page, and what it loads by names that tell its contents."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from commonbook.gateway.web.places import AHEAD, Ahead

FOLDER = Path(__file__).parents[2] / "web"
KINDS = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
}


@dataclass(frozen=True, slots=True)
class File:
    kind: bytes
    tag: bytes
    plain: bytes
    packed: dict[bytes, bytes]  # by content coding: br, gzip

    def for_(self, accepted: bytes) -> tuple[bytes, bytes]:
        """(coding, content) for an Accept-Encoding header; no coding is b""."""
        names = {part.split(b";")[0].strip() for part in accepted.split(b",") if not part.strip().endswith(b"q=0")}
        for coding, content in self.packed.items():
            if coding in names:
                return coding, content
        return b"", self.plain


@dataclass(frozen=True, slots=True)
class Built:
    page: str  # with [[places]] for what is the brand's
    files: dict[str, File]  # by path below /web/
    ahead: dict[str, str] = field(default_factory=dict)  # the same page, where it tells what comes next; by first word


@cache
def built(folder: Path = FOLDER) -> Built | None:
    """None: the app was not built, as in a checkout without Node."""
    page = folder / "index.html"
    if not page.is_file():
        return None
    files = {}
    for path in sorted((folder / "assets").rglob("*")):
        if path.suffix not in KINDS:
            continue
        plain = path.read_bytes()
        sides = ((b"br", ".br"), (b"gzip", ".gz"))
        packed = {
            coding: side.read_bytes()
            for coding, ending in sides
            if (side := path.with_name(path.name + ending)).is_file()
        }
        tag = b'"' + hashlib.sha256(plain).hexdigest()[:32].encode() + b'"'
        files[f"/web/{path.relative_to(folder).as_posix()}"] = File(KINDS[path.suffix], tag, plain, packed)
    text, names = page.read_text(encoding="utf-8"), folder / "files.json"
    made = json.loads(names.read_text(encoding="utf-8")) if names.is_file() else {}
    known = {first: one for first, one in AHEAD.items() if one.file in made}
    return Built(text, files, {first: _told(text, made, one) for first, one in known.items()})


def _told(page: str, made: dict[str, Any], ahead: Ahead) -> str:
    """The page with links to all that its first place needs and it does not name itself. WB-6."""
    scripts: list[str] = []
    styles: list[str] = []
    todo = [ahead.file]
    while todo:
        one = made[todo.pop()]
        if one["file"] in scripts:
            continue
        scripts.append(one["file"])
        styles += [name for name in one.get("css", ()) if name not in styles]
        todo += one.get("imports", ())
    links = [f'<link rel="stylesheet" crossorigin href="/web/{one}">' for one in styles if one not in page]
    links += [f'<link rel="modulepreload" crossorigin href="/web/{one}">' for one in scripts if one not in page]
    asks = (*ahead.asks, f"/web/texts/[[language]]/{ahead.area}.ftl")
    links += [f'<link rel="preload" as="fetch" crossorigin href="{one}">' for one in asks]
    return page.replace("</head>", "".join(f"  {one}\n  " for one in links) + "</head>")
