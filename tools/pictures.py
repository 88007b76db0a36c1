"""Draws the pictures of docs/concepts: `python tools/pictures.py` writes them beside the pages.

Plain SVG with words in it, so that a picture can be read, searched and changed like the page it belongs to.
"""

from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent.parent / "docs" / "concepts"
INK, QUIET, PAPER = "#1f2937", "#6b7280", "#ffffff"
BLUE, GREEN, AMBER, RED, GREY = "#dbeafe", "#dcfce7", "#fef3c7", "#fee2e2", "#f3f4f6"
EDGE = {BLUE: "#2563eb", GREEN: "#16a34a", AMBER: "#d97706", RED: "#dc2626", GREY: "#9ca3af", PAPER: "#9ca3af"}


class Picture:
    """Shapes in the order in which they are drawn."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._size = (width, height)
        self._title = title
        self._shapes: list[str] = []

    def box(self, x: int, y: int, width: int, height: int, fill: str, *lines: str, dashed: bool = False) -> None:
        """A box with its lines in the middle; the first one is bold when there are more."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        place = f'x="{x}" y="{y}" width="{width}" height="{height}" rx="5"'
        self._shapes.append(f'<rect {place} fill="{fill}" stroke="{EDGE[fill]}" stroke-width="1.4"{dash}/>')
        first = y + height / 2 - (len(lines) - 1) * 8.5 + 4.5
        for number, line in enumerate(lines):
            self.text(
                x + width // 2, int(first + 17 * number), line, anchor="middle", bold=number == 0 and len(lines) > 1
            )

    def text(
        self, x: int, y: int, line: str, anchor: str = "start", bold: bool = False, colour: str = INK, size: int = 13
    ) -> None:
        weight = ' font-weight="600"' if bold else ""
        place = f'x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}"'
        self._shapes.append(f'<text {place} fill="{colour}"{weight}>{escape(line)}</text>')

    def line(self, *points: tuple[int, int], colour: str = INK, dashed: bool = False, arrow: bool = True) -> None:
        path = " ".join(f"{'L' if number else 'M'}{x} {y}" for number, (x, y) in enumerate(points))
        dash = ' stroke-dasharray="4 4"' if dashed else ""
        end = ' marker-end="url(#tip)"' if arrow else ""
        self._shapes.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4"{dash}{end}/>')

    def mark(self, x: int, y: int, number: int) -> None:
        """A numbered point."""
        self._shapes.append(f'<circle cx="{x}" cy="{y}" r="11" fill="{EDGE[RED]}"/>')
        self.text(x, y + 5, str(number), anchor="middle", bold=True, colour=PAPER)

    def svg(self) -> str:
        width, height = self._size
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" font-family="system-ui, sans-serif">'
        )
        tip = (
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 0L10 5L0 10z" fill="{INK}"/></marker></defs>'
        )
        paper = f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
        return "\n".join([head, f"<title>{escape(self._title)}</title>", tip, paper, *self._shapes, "</svg>"]) + "\n"


def journal() -> Picture:
    """One batch from its arrival to its acknowledgement, with the places where a crash may hit it."""
    picture = Picture(1000, 500, "When a batch is written, when it is durable, when it is acknowledged")
    for number, x in enumerate((145, 290, 360, 510, 705, 900), 1):
        picture.line((x, 30), (x, 440), colour=EDGE[RED], dashed=True, arrow=False)
        picture.mark(x, 452, number)
    for y, name in ((70, "clients"), (170, "core"), (270, "sync thread"), (370, "the disk")):
        picture.text(20, y + 5, name, bold=True)
        picture.line((120, y + 48), (985, y + 48), colour="#e5e7eb", arrow=False)
    # Batch A, from left to right.
    picture.box(125, 50, 110, 40, BLUE, "40 orders")
    picture.line((205, 90), (205, 148))
    picture.box(160, 150, 100, 44, BLUE, "number", "101 to 140")
    picture.box(270, 150, 110, 44, BLUE, "apply", "book, money")
    picture.line((260, 194), (310, 248))
    picture.text(238, 226, "queue", colour=QUIET, size=12)
    picture.box(310, 250, 100, 44, AMBER, "write", "one frame")
    picture.box(420, 250, 180, 44, AMBER, "sync", "the disk says: it is kept")
    picture.box(390, 150, 250, 44, GREY, "events of 101 to 140", "held back", dashed=True)
    picture.line((600, 272), (672, 272), (672, 196))
    picture.box(650, 150, 110, 44, GREEN, "durable", "up to 140")
    picture.line((760, 172), (800, 172), (800, 92))
    picture.box(750, 50, 225, 40, GREEN, "acknowledged and published")
    # What the disk holds meanwhile.
    picture.box(125, 350, 175, 44, GREEN, "kept: to 100")
    picture.box(310, 350, 290, 44, AMBER, "kept: to 100", "101 to 140 on its way, kept or not", dashed=True)
    picture.box(610, 350, 365, 44, GREEN, "kept: to 140")
    # The next batch gathers meanwhile.
    picture.text(390, 142, "meanwhile the next batches are numbered", colour=QUIET, size=12)
    picture.text(120, 488, "A crash at 1 to 6: what each means is in the table below.", colour=QUIET)
    return picture


def recovery() -> Picture:
    """What a start looks at, in order, and where it refuses."""
    picture = Picture(1000, 760, "What a start does with the journal that it finds")
    left, width = 40, 330
    steps = (
        (20, "take the lock", "one writer a folder (J-7)"),
        (110, "read every segment, oldest first", "checksum, hash chain, sequence, epoch"),
        (230, "meanwhile replay what is whole", "newest snapshot, the journal behind it (J-9)"),
        (330, "make it durable", "sync the newest segment (J-1)"),
        (430, "compare the end with what others hold", "snapshots, back office, record door"),
        (530, "serve", "the first frame carries a new epoch (J-4)"),
    )
    for number, (y, first, second) in enumerate(steps):
        picture.box(left, y, width, 52, GREEN if number == 5 else BLUE, first, second)
        if number:
            picture.line((left + width // 2, steps[number - 1][0] + 52), (left + width // 2, y - 2))
    picture.line((370, 46), (428, 46))
    picture.box(430, 20, 250, 52, RED, "refused", "in use by another process")
    picture.line((370, 136), (428, 136))
    picture.text(399, 128, "bad", anchor="middle", colour=QUIET, size=12)
    picture.box(430, 110, 250, 52, AMBER, "a bad place", "is a valid frame behind it?")
    picture.line((680, 136), (738, 136))
    picture.text(709, 128, "yes", anchor="middle", colour=QUIET, size=12)
    picture.box(740, 110, 240, 52, RED, "refused, no byte changed", "names segment and offset (J-6)")
    picture.line((555, 162), (555, 346), (372, 346))
    picture.text(564, 196, "no: the torn tail is cut (J-5)", colour=QUIET, size=12)
    picture.line((370, 456), (428, 456))
    picture.text(399, 448, "less", anchor="middle", colour=QUIET, size=12)
    picture.box(430, 430, 250, 52, RED, "refused", "names both sequences (J-8)")
    # The bytes of the three cases.
    picture.text(430, 530, "torn: nothing valid follows", bold=True)
    _strip(picture, 540, (("frame 1 to 2", GREEN, 150), ("frame 3", GREEN, 120), ("fra", AMBER, 60)), "cut here")
    picture.text(430, 612, "damaged: acknowledged orders lie behind it", bold=True)
    _strip(picture, 622, (("frame 1 to 2", GREEN, 150), ("fra#e 3", RED, 120), ("frame 4 to 6", GREEN, 150)), "refused")
    picture.text(430, 694, "the end is gone: a snapshot says 6", bold=True)
    _strip(
        picture, 704, (("frame 1 to 2", GREEN, 150), ("frame 3", GREEN, 120), ("snapshot of 6", GREY, 150)), "refused"
    )
    return picture


def _strip(picture: Picture, y: int, parts: tuple[tuple[str, str, int], ...], verdict: str) -> None:
    x = 430
    for text, fill, width in parts:
        picture.box(x, y, width, 36, fill, text, dashed=fill in (AMBER, GREY))
        x += width + 6
    picture.text(x + 8, y + 23, verdict, bold=True)


def proof() -> Picture:
    """From one line of a statement to the signed hour, and what a proof holds of it."""
    picture = Picture(1000, 640, "How one line is proved: from the line to the statement's root, to the signed hour")
    leaves = ((40, "header", GREEN), (160, "fill 1", GREY), (280, "fill 2", BLUE), (400, "fill 3", GREY))
    for x, name, fill in leaves:
        picture.box(x, 540, 100, 40, fill, name)
        picture.line((x + 50, 540), (x + 50, 502))
        picture.box(x, 460, 100, 40, GREEN if fill == GREEN else AMBER if fill == GREY else BLUE, "hash of it")
    picture.box(100, 370, 100, 40, AMBER, "node")
    picture.box(340, 370, 100, 40, PAPER, "node")
    picture.box(190, 280, 160, 44, PAPER, "statement's root", "worked out")
    for x, to in ((90, 140), (210, 160), (330, 380), (450, 400)):
        picture.line((x, 460), (to, 412))
    picture.line((150, 370), (235, 326))
    picture.line((390, 370), (305, 326))
    picture.box(400, 280, 160, 44, AMBER, "another broker's", "root")
    picture.line((270, 280), (360, 222))
    picture.line((480, 280), (400, 222))
    picture.box(300, 176, 160, 44, PAPER, "root of the hour", "worked out")
    picture.line((380, 176), (380, 132))
    picture.text(392, 158, "must be the one that is signed", colour=QUIET)
    for x, name in ((40, "hour 41"), (290, "hour 42"), (540, "hour 43")):
        picture.box(
            x,
            40,
            190,
            90,
            GREEN if name == "hour 42" else GREY,
            name,
            "root, number",
            "hash of the one before",
            "signature",
        )
    picture.line((290, 85), (232, 85))
    picture.line((540, 85), (482, 85))
    picture.text(750, 80, "each hour names the one before it:")
    picture.text(750, 98, "none can be written anew alone")
    for y, fill, name in (
        (300, BLUE, "the line, which is proved"),
        (350, GREEN, "header and signed hour, in the file"),
        (400, AMBER, "hashes of others, in the file"),
        (450, PAPER, "worked out by who checks"),
        (500, GREY, "not in the file"),
    ):
        picture.box(640, y, 34, 30, fill)
        picture.text(686, y + 20, name)
    picture.text(40, 615, "statement of one broker for one hour", bold=True)
    return picture


PICTURES = {"journal.svg": journal, "recovery.svg": recovery, "proof.svg": proof}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw().svg())
