"""BR-4: a logo is a PNG that is whole, or an SVG that only draws."""

import struct
import zlib

import pytest

from commonbook.brand.logo import PNG, SVG, kind_of
from commonbook.errors import BadInput

SPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
MOST = 256 * 1024


def svg(inner: str, attributes: str = "") -> bytes:
    return f"<svg {SPACE} {attributes}>{inner}</svg>".encode()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 1, height: int = 1) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 4)) + chunk(b"IEND", b"")


DRAWN = """
<title>North</title><defs>
<linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient>
<clipPath id="c"><rect width="1" height="1"/></clipPath></defs>
<g fill="url(#a)" clip-path="url( '#c' )" style="fill:#123456;stroke:none"><path d="M0 0L1 1Z"/></g>
<use href="#a" xlink:href="#c"/><text x="1" y="2" font-family="serif" xml:space="preserve">N</text>
"""


def test_br4_a_drawing_and_a_picture_are_taken() -> None:
    assert kind_of(svg(DRAWN, 'viewBox="0 0 10 10" role="img" aria-label="North"'), MOST) == SVG
    assert kind_of(b'<?xml version="1.0" encoding="UTF-8"?>\n' + svg(DRAWN), MOST) == SVG
    assert kind_of(png(), MOST) == PNG
    assert kind_of(png(4_096, 4_096), MOST) == PNG


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<script href="#a"/>',
        '<path onload="alert(1)"/>',
        '<g onclick="x"/>',
        "<style>*{fill:red}</style>",
        '<style>@import "http://x"</style>',
        "<foreignObject><p>x</p></foreignObject>",
        '<image href="http://evil.com/x.png"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        '<use href="http://evil.com/x.svg#a"/>',
        '<use xlink:href="//evil.com#a"/>',
        '<use href="other.svg#a"/>',
        '<use href=" #a"/>',
        '<a href="javascript:alert(1)"><path/></a>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<set attributeName="onload" to="x"/>',
        '<path fill="url(http://evil.com/#a)"/>',
        '<path style="fill:url(//evil.com)"/>',
        '<path style="background:u\\72l(x)"/>',
        '<path style="behavior:url(#x)"/>',
        '<path filter="url(#a)"/>',
        '<filter id="f"><feImage href="http://x"/></filter>',
        '<path xml:base="http://evil.com/"/>',
        '<path xlink:title="x"/>',
        '<path xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load"/>',
        '<g xmlns="http://www.w3.org/1999/xhtml"><img src="x"/></g>',
        "<?xml-stylesheet href='http://evil.com/x.css'?>",
        "<iframe/>",
        '<handler type="x"/>',
    ],
)
def test_br4_what_does_more_than_draw_is_refused(inner: str) -> None:
    with pytest.raises(BadInput, match="SVG"):
        kind_of(svg(inner), MOST)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<html></html>",
        b"<svg></svg>",  # of no namespace
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("<text>&a;</text>"),
        b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + svg(""),
        b'<!DOCTYPE lolz [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + svg("<text>&b;</text>"),
        b'<?xml version="1.0" encoding="x-unknown"?>' + svg(""),
        b'<?xml-stylesheet href="x"?>' + svg(""),
        f"<g {SPACE}/>".encode(),
        svg("") + b"<more/>",
        svg("<g>" * 70 + "</g>" * 70),
        svg("<g/>" * 5_001),
        svg("").replace(b"<svg", b"\xff<svg"),
        png()[:-1],
        png() + b"x",
        png()[:-12],
        png().replace(b"IDAT", b"IDAX"),
        png(4_097, 1),
        png(0, 1),
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR",
    ],
)
def test_br4_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        kind_of(content, MOST)


def test_br4_256_kib_are_taken_and_a_byte_more_is_not() -> None:
    frame = svg("<title></title>")
    full = svg(f"<title>{'n' * (MOST - len(frame))}</title>")
    assert len(full) == MOST
    assert kind_of(full, MOST) == SVG
    with pytest.raises(BadInput, match="at most 262,144"):
        kind_of(full + b"\n", MOST)
