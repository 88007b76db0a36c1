"""Pages for browsers, in the brand's look: /a/SLUG is what the brand has published at that address. Rule AN-4."""

import time
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from commonbook.brand import announcements, markdown
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.program.announcements import brand_asked

_MAKER = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_PAGE = _MAKER.from_string((files(__package__) / "announcement.html").read_text(encoding="utf-8"))
_SAFE = {
    "content-security-policy": "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "vary": "host, accept-language",
    "cache-control": "no-cache",
}
_NO_NAME = "Exchange"  # of an address that is no brand's, where the settings name no host
_STATUS = {"no_such_announcement": (404, "There is nothing at this address."), "withdrawn": (410, "Withdrawn.")}


@get("/{slug:str}", needs=Needs.NOBODY)
async def announcement_page(asked: Asking, slug: FromPath[str]) -> Response[str]:
    """An announcement, notice, banner or campaign as a page."""
    brand, desk = asked.brand_of_host, asked.desk
    name = desk.settings.host.name or _NO_NAME if brand is None else desk.hosts.document(brand.id).title

    def query(connection: Any) -> announcements.Shown:
        return announcements.at_address(connection, brand_asked(asked), slug, asked.language, time.time_ns())

    try:
        shown = await asked.desk.read(query)
    except Declined as declined:
        status, why = _STATUS[declined.code]
        return _response(status, _PAGE.render(brand=name, language="en", title=why, day="", content=""))
    seconds = shown.announcement.published_ns // 1_000_000_000
    page = _PAGE.render(
        brand=name,
        language=shown.language,
        title=shown.told.title,
        day=time.strftime("%Y-%m-%d", time.gmtime(seconds)),
        content=Markup(markdown.render(shown.told.body)),
    )
    return _response(200, page, shown.language)


def _response(status: int, page: str, language: str = "en") -> Response[str]:
    return Response(page, status_code=status, media_type="text/html", headers=_SAFE | {"content-language": language})


ROUTES = [announcement_page]
