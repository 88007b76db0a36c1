"""Listings at the host's desk: brands' proposals, each decided by four eyes. Rules LI-2 and LI-3."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath

from commonbook.administration.approvals import Approval
from commonbook.administration.roles import May
from commonbook.brand import listings
from commonbook.brand.listings import Proposal
from commonbook.errors import Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import ApprovalTold, told
from commonbook.gateway.desk.asked import Asking, Desk
from commonbook.gateway.desk.parties import brand_of
from commonbook.gateway.desk.partner.listings import ProposalTold, proposal_told


@get("/listings/proposals", needs=May.LOOK)
async def all_proposals(asked: Asking) -> list[ProposalTold]:
    """Of all brands, newest first."""
    return [proposal_told(one) for one in await asked.desk.read(listings.proposals)]


@post("/listings/proposals/{proposal:int}/grant", needs=May.MARKETS, fresh=True, status_code=200)
async def grant_proposal(asked: Asking, proposal: FromPath[int]) -> ApprovalTold:
    """Say yes to a proposal; another user of the host must say it, too."""
    found = await asked.desk.read(lambda connection: listings.find_proposal(connection, proposal))
    if found.state != listings.PROPOSED:
        raise Declined("not_proposed", f"proposal {proposal} is {found.state}")
    listings.wanted(asked.desk.venue, found.payload, asked.desk.engine_time_ns)
    payload = {"proposal": proposal, "of_brand": found.brand, "asks_for": found.payload}
    return told(await acts.ask_for(asked, "listing", payload))


@post("/listings/proposals/{proposal:int}/refuse", needs=May.MARKETS, status_code=200)
async def refuse_proposal(asked: Asking, proposal: FromPath[int]) -> ProposalTold:
    """Say no."""

    def work(connection: Any) -> Proposal:
        found = listings.find_proposal(connection, proposal)
        listings.refuse_proposal(connection, found)
        asked.log(connection, "refuse listing", f"proposal:{proposal}", found.brand)
        return listings.find_proposal(connection, proposal)

    return proposal_told(await asked.desk.write(work))


@acts.register("listing", May.MARKETS, brand_of("of_brand"))
async def _list(desk: Desk, approval: Approval) -> dict[str, Any]:
    """The commands first, in one submission, then the rows. After a crash between them the venue has it already."""
    found = await desk.read(lambda connection: listings.find_proposal(connection, approval.payload["proposal"]))
    if found.state not in (listings.PROPOSED, listings.GRANTING):
        raise Declined("not_proposed", f"proposal {found.id} is {found.state}")
    asked = listings.wanted(desk.venue, found.payload, desk.engine_time_ns, found.ids or None)
    if found.state == listings.PROPOSED:
        await desk.write(lambda connection: listings.begin_granting(connection, found, asked))
    records = listings.proposal_commands(desk.venue, found.brand, asked)
    if records is not None:
        try:
            await desk.command(records, 0)
        except Declined:
            await desk.write(lambda connection: listings.give_up_granting(connection, found))
            raise
    await desk.write(lambda connection: listings.carried_out(connection, found, asked))
    token = {} if asked.token is None else {"asset": asked.token.id}
    return token | {"instruments": [pair.id for pair in asked.pairs]}


ROUTES = [all_proposals, grant_proposal, refuse_proposal]
