"""The program's page: plain HTML, which works without script and without a login. Rule BE-1."""

from litestar import Response, get
from litestar.params import FromQuery

from commonbook.brokerage import pages
from commonbook.brokerage.words import language_of
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.broker.program import values_now
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.program.page import SAFE


@get("/", needs=Needs.NOBODY, include_in_schema=False)
async def brokers(asked: Asking, lang: FromQuery[str] = "") -> Response[str]:
    """The two models side by side, and the questions that everybody asks."""
    made = pages.page(language_of(lang, asked.language), await values_now(asked))
    return Response(made, media_type="text/html", headers=SAFE | {"vary": "host, accept-language"})


@get("/style.css", needs=Needs.NOBODY, include_in_schema=False)
async def style(asked: Asking) -> Response[str]:
    return Response(pages.style(), media_type="text/css", headers={"x-content-type-options": "nosniff"})


ROUTES = [brokers, style]
