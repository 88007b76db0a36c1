"""The front page and the style sheet of a brand, as text."""

from collections.abc import Mapping, Sequence
from importlib.resources import files

from babel import Locale
from jinja2 import Environment, StrictUndefined

from commonbook.brand.model import Document
from commonbook.gateway.front.texts import NOTICES, texts_of

_MAKER = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_PAGE = _MAKER.from_string((files(__package__) / "page.html").read_text(encoding="utf-8"))
_STYLE = (files(__package__) / "theme.css").read_text(encoding="utf-8")
Row = tuple[str, str, str]  # an instrument's name, its last price, and how people call its assets where that is another


def page(document: Document, language: str, rows: Sequence[Row], host_name: str) -> str:
    """
    Args:
        rows: what is listed.
        host_name: told only where the brand's document says that it must be.
    """
    texts = texts_of(document, language)
    notice = NOTICES.get(document.state)
    host = texts["front.host"].replace("{host}", host_name) if document.names_host and host_name else ""
    return _PAGE.render(
        title=document.title,
        language=language,
        direction=Locale.parse(language, sep="-").text_direction,
        logo=logo_path(document),
        notice=texts[notice] if notice else "",
        texts=texts,
        rows=rows,
        support=document.support,
        host=host,
    )


def style(document: Document, fonts: Mapping[str, str]) -> str:
    """The brand's colours and fonts as variables, and the rules of the page."""
    values = {name: getattr(document.colours, name) for name in document.colours.__struct_fields__}
    values |= {f"font_{name}": fonts.get(getattr(document.fonts, name), "sans-serif") for name in _FONTS}
    told = "".join(f"  --{name.replace('_', '-')}: {value};\n" for name, value in values.items())
    return f":root {{\n{told}}}\n{_STYLE}"


def logo_path(document: Document) -> str:
    """Where the logo is; "" without one. Another logo is at another path, so that it may be kept for ever."""
    return f"/brand/logo-{document.logo}" if document.logo else ""


_FONTS = ("heading", "body", "figures")
