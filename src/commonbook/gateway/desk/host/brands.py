"""The host's people on brands: create, change, stop them; take them live, which needs four eyes (AD-3)."""

from typing import Any

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.administration.approvals import Approval
from commonbook.administration.log import user_actor
from commonbook.administration.roles import HOST, May
from commonbook.brand import service
from commonbook.brand.model import State, Version
from commonbook.brand.service import Author, Fee, NewBrand
from commonbook.errors import Declined
from commonbook.gateway.desk import acts, brands
from commonbook.gateway.desk.administration import ApprovalTold, number
from commonbook.gateway.desk.administration import told as approval_told
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.brands import Change, Undo, VersionLine, VersionTold
from commonbook.gateway.desk.parties import brand_of
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue
from commonbook.partnership.brands import must_not_be_partners
from commonbook.records import Records, as_commands

GO_LIVE = "take_brand_live"
STOPPED = frozenset({State.SUSPENDED, State.CLOSED})


class BrandLine(msgspec.Struct, frozen=True):
    brand: str
    name: str
    title: str
    state: State
    version: int


class Creation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document, what it charges at each level (none: the floor of the venue), and a logo in base64."""

    document: dict[str, Any]
    fees: list[Fee] = []
    logo: bytes = b""


class CreatedTold(msgspec.Struct, frozen=True):
    brand: str
    is_new: bool  # false: the same was created before
    version: VersionTold


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: State
    note: str = ""


class Moved(msgspec.Struct, frozen=True):
    """Where the brand is now, or the approval that this waits for."""

    version: VersionTold
    approval: ApprovalTold | None


@get("/brands", needs=May.LOOK)
async def all_brands(asked: Asking) -> list[BrandLine]:
    """By number; those that nobody has described have version 0."""
    hosts = asked.desk.hosts
    await hosts.look_now(asked.desk.database)
    found = []
    for brand in asked.desk.venue.brands.values():
        document, version = hosts.document(brand.id), hosts.snapshot.versions.get(brand.id)
        numbered = 0 if version is None else version.version
        found.append(BrandLine(str(brand.id), brand.name, document.title, document.state, numbered))
    return sorted(found, key=lambda one: int(one.brand))


@post("/brands", needs=May.BRAND, fresh=True)
async def create(asked: Asking, data: JSONBody[Creation]) -> CreatedTold:
    """Create a brand, in the state sandbox. The same call again completes what was broken off, and makes no other."""
    desk = asked.desk
    new = NewBrand(service.read(data.document), tuple(data.fees), data.logo)

    async def read_venue() -> Venue:
        return await venue_of_core(desk)

    made = await service.create(
        read_venue, lambda records: submit(desk, records), desk.database, desk.settings, new, brands.author(asked)
    )
    await brands.look_again(asked)
    return CreatedTold(str(made.brand), made.is_new, brands.told(made.version))


@get("/brands/{brand:str}", needs=May.LOOK)
async def one_brand(asked: Asking, brand: FromPath[str]) -> VersionTold:
    return brands.told(await brands.current(asked, _brand(asked, brand)))


@get("/brands/{brand:str}/versions", needs=May.LOOK)
async def versions(asked: Asking, brand: FromPath[str], before: FromQuery[int] = 2**31 - 1) -> list[VersionLine]:
    """Newest first; 100 a page."""
    return await brands.versions(asked, _brand(asked, brand), before)


@put("/brands/{brand:str}", needs=May.BRAND)
async def change(asked: Asking, brand: FromPath[str], data: JSONBody[Change]) -> VersionTold:
    """Change a brand's document, with the fields that only the host decides."""
    return await brands.change(asked, _brand(asked, brand), data)


@post("/brands/{brand:str}/undo", needs=May.BRAND, status_code=200)
async def undo(asked: Asking, brand: FromPath[str], data: JSONBody[Undo]) -> VersionTold:
    """A new version that says what an older one said."""
    return await brands.undo(asked, _brand(asked, brand), data)


@post("/brands/{brand:str}/state", needs=May.BRAND, fresh=True, status_code=200)
async def move(asked: Asking, brand: FromPath[str], data: JSONBody[Move]) -> Moved:
    """Suspend or close a brand, at once, with all its orders cancelled; or ask for taking it live."""
    which = _brand(asked, brand)
    await asked.desk.read(lambda connection: must_not_be_partners(connection, which.id))
    before = await brands.current(asked, which)
    service.must_lead_to(before.document.state, data.state)
    if data.state is State.OFFBOARDING:
        raise Declined("wrong_state", "a notice runs where a partner leaves; any other brand is suspended or closed")
    if data.state is State.LIVE:
        asking = await acts.ask_for(asked, GO_LIVE, {"brand_id": str(which.id), "note": data.note})
        return Moved(brands.told(before), approval_told(asking))
    moved = await take_to(asked.desk, which, data.state, brands.author(asked), data.note)
    await brands.look_again(asked)
    return Moved(brands.told(moved), None)


@acts.register(GO_LIVE, May.BRAND, brand_of("brand_id"))
async def _go_live(desk: Desk, approval: Approval) -> dict[str, Any]:
    found = desk.venue.brands.get(int(approval.payload["brand_id"]))
    if found is None:
        raise Declined("no_such_brand", f"there is no brand {approval.payload['brand_id']}")
    await desk.read(lambda connection: must_not_be_partners(connection, found.id))
    who = Author(user_actor(approval.decided_by), HOST)
    moved = await take_to(desk, found, State.LIVE, who, approval.payload["note"])
    await desk.hosts.look_now(desk.database)
    return {"version": moved.version}


async def take_to(desk: Desk, brand: Brand, to: State, who: Author, note: str) -> Version:
    """Another state of a brand. What stops goes first: the switch before the document; what opens, the other way round.

    Broken off between the two and done again, it comes to the same.
    """
    if to in STOPPED:
        await desk.command(service.switch(brand.id, True), 0)
    moved = await desk.write(lambda connection: service.move(connection, desk.settings, brand, to, who, note))
    if to not in STOPPED:
        await desk.command(service.switch(brand.id, False), 0)
    return moved


async def venue_of_core(desk: Desk) -> Venue:
    """The venue with everything that the core has taken up to now."""
    await desk.door.taken_in(int((await desk.door.core.state())["sequence"]))
    return desk.venue


async def submit(desk: Desk, records: Records) -> Records:
    """The events of one command, which is known here when this returns."""
    events = (await desk.door.submit(as_commands(records), 0))[0]
    await desk.door.taken_in(int(events["sequence"][-1]))
    return events


def _brand(asked: Asked, text: str) -> Brand:
    return brands.brand_numbered(asked, number(text, "brand"))


ROUTES = [all_brands, create, one_brand, versions, change, undo, move]
