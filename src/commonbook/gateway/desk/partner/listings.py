"""What a brand lists, and what it proposes to the host. Rules LI-1 to LI-8. Times are engine time in nanoseconds."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from commonbook.administration.approvals import Approval
from commonbook.administration.roles import HOST, May
from commonbook.brand import announcements, listings
from commonbook.brand.announcements import Form
from commonbook.brand.listings import ListingPlan, Proposal
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import number
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.parties import nobody
from commonbook.gateway.desk.partner.announcements import NewText, texts_of
from commonbook.instrument.controls import named
from commonbook.instrument.venue import Venue


class NewListing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    instrument: str
    begin_ns: str = "0"  # 0: at once


class NewDelisting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it is told, when the last orders are taken, and how long what is left can be taken out."""

    instrument: str
    texts: dict[str, NewText]  # of the announcement, by language
    withdrawals_until_ns: str
    announce_ns: str = "0"  # wall clock; 0: at once
    last_order_ns: str = "0"


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str  # for machines: 2 to 16 capital letters and digits
    scale: int
    is_platform: bool = False  # the brand's platform token
    exclusive_until_ns: str = "0"  # no other brand lists it before


class NewPair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    base: str
    quote: str
    tick: str  # the step of prices, in the quote asset
    lot: str  # the step of sizes, in the base asset
    minimum: str  # the smallest order


class NewProposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: NewToken | None = None
    pairs: list[NewPair] = []


class NewName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str
    name: str
    from_ns: str = "0"


class ListingPlanTold(msgspec.Struct, frozen=True):
    id: str
    kind: str  # list, delist
    instrument: str
    begin_ns: str
    withdrawals_until_ns: str
    announcement: str
    state: str  # waiting, done, withdrawn, refused
    why: str
    sequence: str


class InstrumentTold(msgspec.Struct, frozen=True):
    instrument: str
    is_listed: bool
    exclusive_until_ns: str  # of a token in it that is another brand's alone until then
    names: dict[str, str]  # how its assets are called for people, where it is not their name


class ListingsTold(msgspec.Struct, frozen=True):
    instruments: list[InstrumentTold]
    plans: list[ListingPlanTold]


class ProposalTold(msgspec.Struct, frozen=True):
    id: str
    brand: str
    payload: dict[str, Any]
    state: str  # proposed, done, refused
    asked_ns: str


class AskedFor(msgspec.Struct, frozen=True):
    """What waits for the host."""

    approval: str


def plan_told(venue: Venue, one: ListingPlan) -> ListingPlanTold:
    return ListingPlanTold(
        id=str(one.id),
        kind=one.kind,
        instrument=venue.instruments[one.instrument].name,
        begin_ns=str(one.begin_ns),
        withdrawals_until_ns=str(one.withdrawals_until_ns or ""),
        announcement=str(one.announcement or ""),
        state=one.state,
        why=one.why,
        sequence=str(one.sequence or ""),
    )


def proposal_told(one: Proposal) -> ProposalTold:
    return ProposalTold(str(one.id), str(one.brand), one.payload, one.state, str(one.asked_ns))


@get("/listings", needs=May.LOOK)
async def own_listings(asked: Asking) -> ListingsTold:
    """Every instrument of the host's, whether this brand lists it, and what is planned, newest first."""
    venue, now_ns = asked.desk.venue, asked.desk.engine_time_ns

    def query(connection: Any) -> ListingsTold:
        tokens, called = listings.own_tokens_of(connection), listings.names_at(connection)
        found = []
        for one in venue.instruments.values():
            until = [
                tokens[asset.id].exclusive_until_ns
                for asset in (one.base, one.quote)
                if asset.id in tokens and tokens[asset.id].brand != asked.brand
            ]
            until_ns = max((ns for ns in until if ns > now_ns), default=0)
            names = {asset.name: called[asset.id] for asset in (one.base, one.quote) if asset.id in called}
            found.append(InstrumentTold(one.name, venue.is_listed(asked.brand, one.id), str(until_ns or ""), names))
        plans = [plan_told(venue, one) for one in listings.plans_of(connection, asked.brand)]
        return ListingsTold(found, plans)

    return await asked.desk.read(query)


@post("/listings", needs=May.MARKETS, fresh=True, status_code=200)
async def list_instrument(asked: Asking, data: JSONBody[NewListing]) -> ListingPlanTold:
    """List an instrument of the host's, at once or from a time on; about a second later its orders are taken."""
    venue, now_ns = asked.desk.venue, asked.desk.engine_time_ns
    instrument, begin_ns = named(venue, data.instrument), number(data.begin_ns, "begin_ns")

    def work(connection: Any) -> ListingPlan:
        made = listings.plan_listing(connection, venue, asked.brand, instrument, begin_ns, now_ns, asked.user)
        asked.log(connection, "plan listing", f"listing:{made.id}", instrument=instrument.name, begin_ns=data.begin_ns)
        return made

    return plan_told(venue, await asked.desk.write(work))


@post("/listings/delist", needs=May.MARKETS, fresh=True, status_code=200)
async def delist_instrument(asked: Asking, data: JSONBody[NewDelisting]) -> ListingPlanTold:
    """Announce the end of a listing. At the time of the last orders what rests of this brand is canceled."""
    venue, now_ns = asked.desk.venue, asked.desk.engine_time_ns
    instrument = named(venue, data.instrument)
    last_order_ns = number(data.last_order_ns, "last_order_ns")
    until_ns, announce_ns = (
        number(data.withdrawals_until_ns, "withdrawals_until_ns"),
        number(data.announce_ns, "announce_ns"),
    )

    def work(connection: Any) -> ListingPlan:
        told = announcements.draft(
            connection,
            asked.brand,
            announcements.free_slug(connection, asked.brand, f"delisting-{instrument.name.lower()}"),
            Form.ANNOUNCEMENT,
            "announcements-delistings",
            texts_of(data.texts),
            last_order_ns or now_ns,
            asked.user,
        )
        announcements.publish(connection, told, announce_ns)
        made = listings.plan_delisting(
            connection, venue, asked.brand, instrument, last_order_ns, until_ns, told.id, now_ns, asked.user
        )
        times = {"last_order_ns": data.last_order_ns, "withdrawals_until_ns": data.withdrawals_until_ns}
        asked.log(connection, "plan delisting", f"listing:{made.id}", None, instrument=instrument.name, **times)
        return made

    return plan_told(venue, await asked.desk.write(work))


@post("/listings/plans/{plan:int}/withdraw", needs=May.MARKETS, fresh=True, status_code=200)
async def withdraw_listing(asked: Asking, plan: FromPath[int]) -> ListingPlanTold:
    """Take back a plan that has not begun, and the announcement of it."""

    def work(connection: Any) -> ListingPlan:
        found = listings.find_plan(connection, plan, asked.brand)
        listings.withdraw_plan(connection, found)
        if found.announcement:
            told = announcements.find(connection, found.announcement, asked.brand)
            if told.state == announcements.PUBLISHED:
                announcements.withdraw(connection, told)
        asked.log(connection, "withdraw listing plan", f"listing:{plan}")
        return listings.find_plan(connection, plan, asked.brand)

    return plan_told(asked.desk.venue, await asked.desk.write(work))


@get("/listings/proposals", needs=May.LOOK)
async def own_proposals(asked: Asking) -> list[ProposalTold]:
    """What this brand has proposed, newest first."""
    found = await asked.desk.read(lambda connection: listings.proposals(connection, asked.brand))
    return [proposal_told(one) for one in found]


@post("/listings/proposals", needs=May.MARKETS, fresh=True, status_code=200)
async def propose_listing(asked: Asking, data: JSONBody[NewProposal]) -> ProposalTold:
    """Propose a token of the brand's own, pairs, or both; the host decides."""
    payload = msgspec.to_builtins(data)
    venue, now_ns = asked.desk.venue, asked.desk.engine_time_ns
    if data.token is not None:
        number(data.token.exclusive_until_ns, "exclusive_until_ns")

    def work(connection: Any) -> Proposal:
        made = listings.propose(connection, venue, asked.brand, payload, asked.user, now_ns)
        asked.log(connection, "propose listing", f"proposal:{made.id}", payload=payload)
        return made

    return proposal_told(await asked.desk.write(work))


@post("/listings/names", needs=May.MARKETS, fresh=True, status_code=200)
async def rename_token(asked: Asking, data: JSONBody[NewName]) -> AskedFor:
    """Ask the host for another name for people of the brand's own token; its name for machines stays."""
    venue, from_ns = asked.desk.venue, number(data.from_ns, "from_ns")
    name = listings.check_name(data.name)
    asset = await asked.desk.read(lambda connection: listings.must_be_own(connection, venue, asked.brand, data.token))
    payload = {"asset": asset.id, "token": asset.name, "name": name, "from_ns": str(from_ns), "of_brand": asked.brand}
    return AskedFor(str((await acts.ask_for(asked, "rename_token", payload, HOST)).id))


@acts.register("rename_token", May.MARKETS, nobody)
async def _rename(desk: Desk, approval: Approval) -> dict[str, Any]:
    told = approval.payload
    await desk.write(
        lambda connection: listings.keep_name(
            connection, told["asset"], told["name"], int(told["from_ns"]), approval.id
        )
    )
    return {"token": told["token"], "name": told["name"]}


ROUTES = [
    own_listings,
    list_instrument,
    delist_instrument,
    withdraw_listing,
    own_proposals,
    propose_listing,
    rename_token,
]
