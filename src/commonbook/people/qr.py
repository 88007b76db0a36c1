"""A text as a QR code that a phone reads from a screen, drawn as SVG. Rule PE-6."""

import io

import segno

QUIET_MODULES = 4  # of light around it: with less a camera may not find it


def qr_svg(text: str) -> str:
    """An SVG document of the code, dark on light in any theme; a seventh of it may be lost (level M)."""
    into = io.BytesIO()
    segno.make_qr(text, error="m", boost_error=False).save(
        into,
        kind="svg",
        border=QUIET_MODULES,
        dark="#000",
        light="#fff",
        xmldecl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    return into.getvalue().decode()
