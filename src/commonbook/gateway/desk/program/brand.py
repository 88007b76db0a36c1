"""The look of the brand whose address is asked: what its web pages are made of. Rule BR-14."""

import time

import msgspec
from litestar import get

from commonbook.brand.listings import names_at
from commonbook.brand.model import Colours
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.front.page import logo_path


class FontStacks(msgspec.Struct, frozen=True):
    """As a style sheet has them."""

    heading: str
    body: str
    figures: str


class Look(msgspec.Struct, frozen=True):
    """A brand as its customers see it."""

    name: str
    title: str
    logo: str  # its address; empty without one
    theme: str  # the address of its style sheet
    colours: Colours
    fonts: FontStacks
    languages: list[str]
    texts: dict[str, dict[str, str]]
    support: str
    countries: list[str]
    sign_up: bool
    deposits: bool
    withdrawals: bool
    names: dict[str, str]  # how people call a token that the brand lists, where it is otherwise than `ccy`


@get("/brand", needs=Needs.NOBODY)
async def look(asked: Asking) -> Look:
    """Name, logo, colours, fonts, languages, texts, and how support is reached."""
    brand = asked.brand_of_host
    if brand is None:
        raise Declined("no_such_brand", "this is no brand's address")
    document = asked.desk.hosts.document(brand.id)
    called = await asked.desk.read(names_at)
    assets = {
        asset.id: asset.name
        for one in list(asked.desk.venue.instruments.values())
        if asked.desk.venue.is_listed(brand.id, one.id)
        for asset in (one.base, one.quote)
    }
    fonts = asked.desk.settings.brand.fonts
    stacks = {name: fonts.get(font, "sans-serif") for name, font in msgspec.structs.asdict(document.fonts).items()}
    return Look(
        name=document.name,
        title=document.title,
        logo=logo_path(document),
        theme="/brand/theme.css",
        colours=document.colours,
        fonts=FontStacks(**stacks),
        languages=list(document.languages),
        texts=document.texts,
        support=document.support,
        countries=list(document.countries),
        sign_up=document.takes_sign_ups,
        deposits=document.takes_deposits,
        withdrawals=document.takes_withdrawals(time.time_ns()),
        names={assets[asset]: name for asset, name in called.items() if asset in assets},
    )


ROUTES = [look]
