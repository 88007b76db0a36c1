"""The picture of docs/reference/record-door.md: `python tools/draw_record_door.py > docs/reference/record-door.svg`.

A frame byte by byte, and a session: opened, at work, broken and taken up again, ended.
"""

from xml.sax.saxutils import escape

WIDTH = 980
BYTE = 22  # of a frame's header, in pixels
LEFT = 30
CLIENT, DOOR, CORE = 110, 510, 830  # where the three stand
LINE = 34  # from one message to the next
HEADER = (
    ("length", "u32", 4),
    ("kind", "u16", 2),
    ("zero", "u16", 2),
    ("correlation", "u64", 8),
    ("sequence", "u64", 8),
    ("acknowledged", "u64", 8),
)
# From, to, what is sent, what it does; a text alone is a heading.
SESSION = (
    "opened by the key's proof",
    (DOOR, CLIENT, "CHALLENGE  nonce", ""),
    (CLIENT, DOOR, "OPEN  key, session 7, options, proof over the nonce", ""),
    (DOOR, CLIENT, "OPENED  account, newest client sequence, window, limits", ""),
    "at work: many frames on their way at once",
    (CLIENT, DOOR, "COMMANDS  sequence 1, two records", ""),
    (DOOR, CORE, "RECEIPT and the two records", ""),
    (CLIENT, DOOR, "COMMANDS  sequence 3, one record", ""),
    (CORE, CORE, "one batch: numbered 137 to 139, applied, durable", ""),
    (CORE, DOOR, "the batch and its events", ""),
    (DOOR, CLIENT, "EVENTS  sequence 139; answer: 1 is 138, 2 is 139; events", ""),
    (DOOR, CORE, "RECEIPT and the one record", ""),
    (CORE, CORE, "one batch: 140, 141, durable", ""),
    "the line breaks, or a process is killed, before 3 is answered",
    (CLIENT, DOOR, "OPEN  session 7, resume, events after 139", ""),
    (DOOR, CLIENT, "OPENED  newest client sequence 3", ""),
    (DOOR, CLIENT, "EVENTS  sequence 141; answer: 3 is 141; events", "from memory or the journal"),
    (CLIENT, DOOR, "COMMANDS  sequence 3, the same record", "sent again: not answered when the line broke"),
    (DOOR, CLIENT, "EVENTS  answer: 3 is 141", "known by its receipt: no second effect"),
    "the end, with cancel on disconnect",
    (CLIENT, DOOR, "CLOSE, three silent heartbeats, or a broken line", ""),
    (DOOR, CORE, "CANCEL_ALL, scope CREDENTIAL", "the key's orders: DISCONNECTED"),
)


def main() -> None:
    parts = [*frame(60), *session(190)]
    height = 210 + LINE * len(SESSION) + 40
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">')
    print('<title>The record door: a frame, and a session</title><rect width="100%" height="100%" fill="#ffffff"/>')
    print(
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path d="M0,0 L10,5 L0,10 z" fill="#1f3a5f"/></marker></defs>'
    )
    print("\n".join(parts))
    print("</svg>")


def frame(top: int) -> list[str]:
    """The header's fields as wide as they are long, then the payload."""
    parts = [text(LEFT, top - 30, "a frame: 32 bytes of header, then the payload; little-endian", 15, "start", True)]
    at = 0
    for name, kind, size in HEADER:
        left = LEFT + at * BYTE
        parts.append(box(left, top, size * BYTE, 44, "#e8eef6"))
        parts.append(text(left + size * BYTE / 2, top + 20, name, 12 if size > 2 else 11))
        parts.append(text(left + size * BYTE / 2, top + 36, kind, 11))
        parts.append(text(left, top + 60, str(at), 11, "start"))
        at += size
    left = LEFT + at * BYTE
    parts.append(box(left, top, WIDTH - LEFT - left, 44, "#f7f1e3"))
    parts.append(text((left + WIDTH - LEFT) / 2, top + 20, "payload: length bytes", 12))
    parts.append(text((left + WIDTH - LEFT) / 2, top + 36, "COMMANDS: 128 a record", 11))
    parts.append(text(left, top + 60, str(at), 11, "start"))
    return parts


def session(top: int) -> list[str]:
    bottom = top + 20 + LINE * len(SESSION)
    parts = []
    for x, name in ((CLIENT, "client"), (DOOR, "door"), (CORE, "core and journal")):
        parts.append(text(x, top - 12, name, 15, "middle", True))
        parts.append(f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" stroke="#9aa5b1"/>')
    for number, row in enumerate(SESSION):
        y = top + LINE * (number + 1)
        parts += heading(y, row) if isinstance(row, str) else message(y, *row)
    return parts


def heading(y: int, what: str) -> list[str]:
    return [
        f'<rect x="{LEFT}" y="{y - 20}" width="{WIDTH - 2 * LEFT}" height="24" fill="#eef1f4"/>',
        text(WIDTH / 2, y - 4, what, 13, "middle", True),
    ]


def message(y: int, start: int, end: int, what: str, why: str) -> list[str]:
    if start == end:
        return [box(start - 160, y - 20, 280, 24, "#e3f1e6"), text(start - 20, y - 4, what, 12)]
    way = 6 if end > start else -6
    line = f'<line x1="{start + way}" y1="{y}" x2="{end - way}" y2="{y}" stroke="#1f3a5f" marker-end="url(#head)"/>'
    parts = [line, text((start + end) / 2, y - 6, what, 12)]
    if why:
        to_the_right = {start, end} == {CLIENT, DOOR}
        x = DOOR + 14 if to_the_right else DOOR - 14
        parts.append(text(x, y + 4, why, 11, "start" if to_the_right else "end"))
    return parts


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}" stroke="#5b6b7d"/>'


def text(x: float, y: float, what: str, size: int, anchor: str = "middle", strong: bool = False) -> str:
    weight = ' font-weight="bold"' if strong else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}"{weight}>{escape(what)}</text>'


if __name__ == "__main__":
    main()
