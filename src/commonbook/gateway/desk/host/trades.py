"""Finding a trade at the host's desk, and what its bust would take back from whom. CO-4 and CO-14."""

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from sqlalchemy import Connection

from commonbook.administration.roles import May
from commonbook.broker import busts
from commonbook.clearing import terms
from commonbook.counter.queries import Page, fill_list
from commonbook.errors import Declined
from commonbook.gateway.desk import administration
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.broker.who import program
from commonbook.ledger.model import Posting
from commonbook.records import Side
from commonbook.units import RateE8

PAGE = 50


class FillTold(msgspec.Struct, frozen=True):
    """An account's side of a trade."""

    fill: str  # sequence and index, such as 1042-1: by it a trade is busted
    number: str  # of this side: to page on
    time_ns: str
    instrument: str
    side: str  # buy, sell
    role: str  # taker, maker
    price: str
    quantity: str
    fee: str  # below zero: a rebate
    quote: str
    busted: bool


class PartTold(msgspec.Struct, frozen=True):
    """What one name of the books would have more by the bust; below zero: it is taken back."""

    who: str  # brand_revenue, broker_payable, host_fee and so on
    id: str  # brand, account, or a broker's code; empty for the host's own
    asset: str
    amount: str


class WouldBust(msgspec.Struct, frozen=True):
    fill: str
    instrument: str
    base: str
    quote: str
    price: str
    quantity: str
    notional: str
    buyer: str
    seller: str
    taker: str
    maker: str
    taker_fee: str  # to be refunded; below zero: a rebate that is taken back
    maker_fee: str
    time_ns: str
    parts: list[PartTold]


@get("/fills", needs=May.MONEY)
async def fills_of(asked: Asking, account: FromQuery[str], before: FromQuery[int] = 2**62) -> list[FillTold]:
    """An account's fills, newest first; `before` a number of one."""
    whose = administration.number(account, "account")
    if whose not in asked.desk.venue.accounts:
        raise Declined("no_such_account", f"there is no account {whose}")
    return await asked.desk.read(lambda connection: _fills(asked.desk, connection, whose, before))


def _fills(desk: Desk, connection: Connection, account: int, before: int) -> list[FillTold]:
    rows = fill_list(connection, account, Page(after=before, limit=PAGE))
    busted = {(row["sequence"], row["event_index"]) for row in busts.of_account(connection, account)}
    told = []
    for row in rows:
        instrument = desk.venue.instruments[row["instrument"]]
        told.append(
            FillTold(
                fill=f"{row['sequence']}-{row['event_index']}",
                number=str(row["fill"]),
                time_ns=str(row["time_ns"]),
                instrument=instrument.name,
                side=Side(row["side"]).name.lower(),
                role=row["role"],
                price=instrument.format_price(row["price_ticks"]),
                quantity=instrument.format_quantity(row["quantity_lots"]),
                fee=instrument.quote.format(row["fee"]),
                quote=instrument.quote.name,
                busted=(row["sequence"], row["event_index"]) in busted,
            )
        )
    return told


@get("/busts/{fill:str}", needs=May.MONEY)
async def would_bust(asked: Asking, fill: FromPath[str]) -> WouldBust:
    """What a bust of a fill would take back, and from whom; it changes nothing."""
    desk = asked.desk

    def read(connection: Connection) -> WouldBust:
        agreed = program(connection, desk)
        found = busts.to_bust(connection, agreed, desk.venue, fill)
        in_force = terms.load(connection, RateE8(desk.settings.clearing.host_share_e8))
        parts = busts.would_take_back(connection, agreed, desk.venue, in_force, found.fill)
        instrument = desk.venue.instruments[found.instrument]
        return WouldBust(
            fill=found.fill,
            base=instrument.base.name,
            quote=instrument.quote.name,
            notional=instrument.quote.format(found.lots * found.price_ticks * instrument.minor_per_tick_lot),
            taker=str(found.taker),
            maker=str(found.maker),
            time_ns=str(found.time_ns),
            parts=[_part(desk, one) for one in parts],
            **busts.facts_of(desk.venue, found),
        )

    return await desk.read(read)


def _part(desk: Desk, one: Posting) -> PartTold:
    asset = desk.venue.assets[one.asset]
    who, _, number = one.account.partition(":")
    if who == "broker_payable":
        number = desk.venue.codes[int(number)].code
    elif who in ("bust_refund", "bust_claim"):
        number = ""
    return PartTold(who, number, asset.name, asset.format(one.amount))


ROUTES = [fills_of, would_bust]
