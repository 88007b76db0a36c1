"""A brand's texts for whoever wants to read them before signing up."""

import time
from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery

from commonbook.administration.roles import HOST
from commonbook.gateway.desk.account.terms import HeldText, told
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.terms import rules, service
from commonbook.terms.model import EVERYWHERE, Audience


@get("/terms", needs=Needs.NOBODY)
async def public_texts(
    asked: Asking, country: FromQuery[str] = EVERYWHERE, role: FromQuery[Audience] = Audience.TRADER
) -> list[HeldText]:
    """The texts of the brand whose address was asked, for a country; in the language that was asked for."""
    rules.country(country)
    brand = HOST if asked.brand_of_host is None else asked.brand_of_host.id

    def query(connection: Any) -> list[HeldText]:
        held = service.held(connection, 0, brand, country, [role], time.time_ns())
        return [told(connection, one, asked.language) for one in held]

    return await asked.desk.read(query)


@get("/terms/{text_hash:str}", needs=Needs.NOBODY)
async def text_by_hash(asked: Asking, text_hash: FromPath[str]) -> dict[str, str]:
    """A text of the brand whose address was asked, or of the host's, by its hash, whenever it was in force."""
    text = await asked.desk.read(lambda connection: service.read_text(connection, text_hash, asked.asked_brand))
    return {"hash": text_hash, "text": text}


ROUTES = [public_texts, text_by_hash]
