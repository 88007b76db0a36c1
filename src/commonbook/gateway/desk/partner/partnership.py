"""A brand's team and its partnership: where it stands, the checklist, the contract, and leaving."""

from litestar import get, post
from litestar.params import JSONBody

from commonbook.administration.roles import May
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.program import moves
from commonbook.gateway.desk.program.applications import Acceptance
from commonbook.gateway.desk.program.told import ApplicationTold, ContractText, contract_text, told
from commonbook.partnership import applications
from commonbook.partnership.contracts import CONTRACTS
from commonbook.partnership.model import Application, State, Who


@get("/partnership", needs=May.LOOK)
async def partnership(asked: Asking) -> ApplicationTold:
    """Each step so far, when and by whom; what is awaited next, from whom, and what stands in its way."""
    return await _told(asked, await _own(asked))


@get("/partnership/contract", needs=May.LOOK)
async def contract(asked: Asking) -> ContractText:
    """The newest contract."""
    return contract_text(await asked.desk.read(CONTRACTS.newest))


@post("/partnership/contract", needs=May.STAFF, fresh=True, status_code=200)
async def renew(asked: Asking, data: JSONBody[Acceptance]) -> ApplicationTold:
    """Accept the contract for another term."""
    actor = moves.actor_of(asked)
    found = await _own(asked)
    accepted = await moves.accept_contract(asked.desk, found, data.version, data.hash, actor, partner=asked.user)
    return await _told(asked, accepted)


@post("/partnership/verify", needs=May.BRAND, status_code=200)
async def verify(asked: Asking) -> ApplicationTold:
    """Have the checklist looked at; when all of it is there, the brand is verified."""
    found = await _own(asked)
    verified = await moves.move(asked.desk, found, State.VERIFIED, Who.PARTNER, moves.actor_of(asked))
    return await _told(asked, verified)


@post("/partnership/leave", needs=May.STAFF, fresh=True, status_code=200)
async def leave(asked: Asking) -> ApplicationTold:
    """Leave: after the notice period the brand is stopped and the stake comes back, less what is owed."""
    left = await moves.leave(asked.desk, await _own(asked), Who.PARTNER, moves.actor_of(asked))
    return await _told(asked, left)


async def _own(asked: Asked) -> Application:
    return await asked.desk.read(lambda connection: applications.of_brand(connection, asked.brand))


async def _told(asked: Asked, application: Application) -> ApplicationTold:
    owner = May.STAFF in asked.may
    return await asked.desk.read(lambda connection: told(asked.desk, connection, application, owner))


ROUTES = [partnership, contract, renew, verify, leave]
