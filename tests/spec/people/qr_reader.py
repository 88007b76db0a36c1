"""Reads a clean QR code of an SVG, as a phone does from a screen. Written by ISO/IEC 18004, apart from what draws."""

import re
from collections.abc import Callable, Iterator

# Of level M: data codewords of each block, by version.
BLOCKS = {
    5: [43] * 2,
    6: [27] * 4,
    7: [31] * 4,
    8: [38] * 2 + [39] * 2,
    9: [36] * 3 + [37] * 2,
    10: [43] * 4 + [44],
    11: [50] + [51] * 4,
    12: [36] * 6 + [37] * 2,
}
ALIGNED = {5: (6, 30), 6: (6, 34), 7: (6, 22, 38), 8: (6, 24, 42), 9: (6, 26, 46), 10: (6, 28, 50), 11: (6, 30, 54)}
ALIGNED |= {12: (6, 32, 58)}
MASKS: list[Callable[[int, int], int]] = [
    lambda y, x: (y + x) % 2,
    lambda y, x: y % 2,
    lambda y, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
]
FORMAT_MASK = 0b101010000010010
LEVEL_M = 0b00
Cell = tuple[int, int]


def read(svg: str) -> str:
    """The text of a code in byte mode."""
    dark, size = _modules(svg)
    version = (size - 17) // 4
    named = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    bits = int("".join("1" if cell in dark else "0" for cell in named), 2) ^ FORMAT_MASK
    assert bits >> 13 == LEVEL_M
    is_flipped = MASKS[bits >> 10 & 0b111]
    cells = [one for one in _way(size) if not _is_fixed(one, size, version)]
    raw = [(one in dark) != (is_flipped(*one) == 0) for one in cells]
    words = [sum(bit << 7 - place for place, bit in enumerate(raw[at : at + 8])) for at in range(0, len(raw) - 7, 8)]
    stream = "".join(f"{word:08b}" for word in _in_order(words, BLOCKS[version]))
    assert stream[:4] == "0100"  # bytes
    counted = 8 if version < 10 else 16
    length, start = int(stream[4 : 4 + counted], 2), 4 + counted
    return bytes(int(stream[start + 8 * n : start + 8 * n + 8], 2) for n in range(length)).decode()


def _modules(svg: str) -> tuple[set[Cell], int]:
    """The dark ones, and how many a side has. The path has a stroke of the height of one, by rows."""
    quiet = 4
    box = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    path = re.search(r'<path stroke="#000" d="([^"]+)"', svg)
    assert box is not None
    assert path is not None
    x, y, dark = 0.0, 0.0, set()
    for act, values in re.findall(r"([Mmh])([-\d. ]+)", path[1]):
        given = [float(one) for one in values.split()]
        if act == "h":
            row = int(y - 0.5)
            dark |= {(row - quiet, column - quiet) for column in range(int(x), int(x + given[0]))}
            x += given[0]
        else:
            x, y = (given[0], given[1]) if act == "M" else (x + given[0], y + given[1])
    return dark, int(box[1]) - 2 * quiet


def _way(size: int) -> Iterator[Cell]:
    """Two columns at a time from the right, up and down."""
    rights = [*range(size - 1, 6, -2), 5, 3, 1]
    for turn, right in enumerate(rights):
        for step in range(size):
            y = size - 1 - step if turn % 2 == 0 else step
            yield from ((y, right), (y, right - 1))


def _is_fixed(cell: Cell, size: int, version: int) -> bool:
    """Of a pattern, the format or the version: no data."""
    y, x = cell
    if y == 6 or x == 6 or (y < 9 and x < 9) or (y < 9 and x >= size - 8) or (y >= size - 8 and x < 9):
        return True
    if version >= 7 and ((y < 6 and x >= size - 11) or (x < 6 and y >= size - 11)):
        return True
    at, last = ALIGNED[version], size - 7
    middles = [(a, b) for a in at for b in at if (a, b) not in ((6, 6), (6, last), (last, 6))]
    return any(abs(y - a) <= 2 and abs(x - b) <= 2 for a, b in middles)


def _in_order(words: list[int], blocks: list[int]) -> list[int]:
    """Of words that are taken of all blocks in turn, those of the first block, the second and so on."""
    parts: list[list[int]] = [[] for _ in blocks]
    left = iter(words)
    for place in range(max(blocks)):
        for part, length in zip(parts, blocks, strict=True):
            if place < length:
                part.append(next(left))
    return [word for part in parts for word in part]
