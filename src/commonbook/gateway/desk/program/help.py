"""What a help page is made of, for anybody: the brand's rates, and every code by which the door says no. Rule HE-3."""

from itertools import chain

import msgspec
from litestar import get

from commonbook.brand import ladder, schedules
from commonbook.brand.schedules import write_rate
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.okx_v5 import codes
from commonbook.gateway.okx_v5.codes import Code


class RateTold(msgspec.Struct, frozen=True):
    """A rate is a fraction as a decimal string; below zero it is paid to the maker."""

    level: int
    name: str
    maker: str
    taker: str


class RefusalTold(msgspec.Struct, frozen=True):
    code: str
    texts: list[str]  # what it is told with; what ends in a colon goes on with the value


@get("/fees", needs=Needs.NOBODY)
async def public_fees(asked: Asking) -> list[RateTold]:
    """The rates of the brand of this address, by VIP level; a level that is not named has those of the one below it."""
    if asked.brand_of_host is None:
        raise Declined("no_such_brand", "this is no brand's address")
    brand, venue = asked.brand_of_host.id, asked.desk.venue
    called = await asked.desk.read(lambda connection: ladder.names(connection, brand))
    found = schedules.schedule_of(venue, brand) or {0: venue.floor}
    return [
        RateTold(level, called[level], write_rate(rates.maker_e8), write_rate(rates.taker_e8))
        for level, rates in sorted(found.items())
    ]


@get("/refusals", needs=Needs.NOBODY)
async def refusals(asked: Asking) -> list[RefusalTold]:
    """Every code of the trading API that says no, by its number."""
    own = (value for value in vars(codes).values() if isinstance(value, Code))
    found: dict[str, list[str]] = {}
    for one in chain(own, codes.DENIALS.values(), codes.REFUSALS.values()):
        texts = found.setdefault(one.number, [])
        if one.text not in texts:
            texts.append(one.text)
    return [RefusalTold(number, texts) for number, texts in sorted(found.items())]


ROUTES = [public_fees, refusals]
