"""What a logo may be: a PNG that is whole, or an SVG that only draws.

An SVG is refused, not mended, when it holds anything beyond a list of drawing elements: scripts, events, styles that
load, references to elsewhere, entities. What is refused cannot be overlooked by whoever mends.
"""

import re
import zlib
from xml.parsers import expat

from commonbook.errors import BadInput

SVG, PNG = "image/svg+xml", "image/png"
MOST_PIXELS = 4_096  # of a side
MOST_ELEMENTS = 5_000
MOST_DEEP = 64
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SPACE = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_ELEMENTS = (
    "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan title desc linearGradient"
    " radialGradient stop clipPath mask pattern"
)
ELEMENTS = frozenset(_ELEMENTS.split())
_ATTRIBUTES = (
    "id class version viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points pathLength transform fill"
    " fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit"
    " stroke-dasharray stroke-dashoffset opacity color display visibility overflow clip-path clip-rule mask"
    " clipPathUnits maskUnits maskContentUnits patternUnits patternContentUnits patternTransform gradientUnits"
    " gradientTransform spreadMethod offset stop-color stop-opacity preserveAspectRatio font-family font-size"
    " font-weight font-style letter-spacing text-anchor dominant-baseline dx dy rotate textLength lengthAdjust"
    " role aria-label aria-hidden style href"
)
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_INNER = re.compile(r"url\(\s*(['\"]?)#[A-Za-z_][\w.-]*\1\s*\)")  # a reference to something in the same file
_OUTER = re.compile(r"url\s*\(|image\s*\(|image-set|@|\\|javascript:|data:|expression|behavior|-moz-binding|//", re.I)


def kind_of(content: bytes, most_bytes: int) -> str:
    """The media type of a logo.

    Raises:
        BadInput: it is too large, or no picture that is taken; says why.
    """
    if not content:
        raise BadInput("the logo is empty; send an SVG or a PNG")
    if len(content) > most_bytes:
        raise BadInput(f"the logo has {len(content):,} bytes; at most {most_bytes:,} are taken")
    if content.startswith(_SIGNATURE):
        _must_be_png(content)
        return PNG
    _must_only_draw(content)
    return SVG


def _must_be_png(content: bytes) -> None:
    """Every chunk is whole, the first is the header, the last is the end, and nothing follows."""
    place = len(_SIGNATURE)
    kinds: list[bytes] = []
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        kind, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + size]
        check = content[place + 8 + size : place + 12 + size]
        if len(body) != size or check != zlib.crc32(kind + body).to_bytes(4, "big"):
            raise BadInput(f"the PNG is damaged at byte {place}; export it again")
        if not kinds:
            _must_have_size(kind, body)
        kinds.append(kind)
        place += 12 + size
        if kind == b"IEND":
            break
    if not kinds or kinds[-1] != b"IEND" or place != len(content) or b"IDAT" not in kinds:
        raise BadInput("the PNG does not end where it should; export it again")


def _must_have_size(kind: bytes, body: bytes) -> None:
    if kind != b"IHDR" or len(body) != 13:
        raise BadInput("the PNG does not begin with its header; export it again")
    width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise BadInput(f"the PNG is {width} x {height}; each side has 1 to {MOST_PIXELS:,} pixels")


def _must_only_draw(content: bytes) -> None:
    """
    Raises:
        BadInput: it is no SVG, or holds something that is not on the lists; names it.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    depth = count = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MOST_DEEP or count > MOST_ELEMENTS:
            raise BadInput(f"the SVG has more than {MOST_ELEMENTS:,} elements, or more than {MOST_DEEP} in each other")
        space, _, local = name.rpartition(" ")
        if space != _SPACE or local not in ELEMENTS or (count == 1 and local != "svg"):
            raise BadInput(f"the SVG holds the element {local!r}, which is not taken; it may only draw")
        for attribute, value in attributes.items():
            _must_be_harmless(local, attribute, value)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise BadInput("the SVG holds a DOCTYPE, an entity or a processing instruction, which are not taken")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ProcessingInstructionHandler = refuse
    parser.ExternalEntityRefHandler = lambda *_: 0
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise BadInput(f"the logo is neither a PNG nor an SVG that can be read: {error}") from None
    except (LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"the SVG cannot be read: {error}") from None


def _must_be_harmless(element: str, attribute: str, value: str) -> None:
    space, _, local = attribute.rpartition(" ")
    if space == _XML and local in ("space", "lang"):
        return
    if space not in ("", _XLINK) or local not in ATTRIBUTES or (space == _XLINK and local != "href"):
        raise BadInput(f"the SVG's {element} has the attribute {local!r}, which is not taken")
    if local == "href":
        if not re.fullmatch(r"#[A-Za-z_][\w.-]*", value):
            raise BadInput(f"the SVG's {element} refers to {value[:60]!r}; it may only refer to its own parts")
        return
    if _OUTER.search(_INNER.sub("", value)):
        raise BadInput(f"the SVG's {element} has {local}={value[:60]!r}, which reaches beyond it")
