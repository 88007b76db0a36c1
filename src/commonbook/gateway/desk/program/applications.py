"""The program for everybody, and an applicant's own applications.

An application needs no login: whoever has made it has its link, whose secret goes in the header `x-application-secret`.
Once a user has claimed it, it is that user's and the link is of no use any more.
"""

import time
from functools import partial
from typing import Annotated

import msgspec
from litestar import get, patch, post
from litestar.params import FromPath, HeaderParameter, JSONBody
from sqlalchemy import Connection

from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.program import moves
from commonbook.gateway.desk.program.told import (
    ApplicationTold,
    ContractText,
    PhaseTold,
    contract_text,
    phase_told,
    told,
    trading_brands,
)
from commonbook.instrument.accounts import master_of
from commonbook.partnership import applications, phases
from commonbook.partnership.contracts import CONTRACTS
from commonbook.partnership.intake import link_to
from commonbook.partnership.letters import RECEIPT, letterhead_of, notify
from commonbook.partnership.model import Application, State, Who
from commonbook.partnership.moving import terms_of
from commonbook.people import directory

Secret = Annotated[str, HeaderParameter(name="x-application-secret", max_length=100)]


class Program(msgspec.Struct, frozen=True):
    phases: list[PhaseTold]
    open_phase: int | None
    brands: int  # that share the book
    instruments: int
    contract: int | None  # the newest version


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a team tells; a draft may leave anything out, and is completed before it is submitted."""

    contact: str = ""
    email: str = ""
    phone: str = ""
    team: str = ""
    plan: str = ""
    brand_name: str = ""


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not told stays as it is."""

    contact: str = ""
    email: str = ""
    phone: str = ""
    team: str = ""
    plan: str = ""
    brand_name: str | None = None


class Received(msgspec.Struct, frozen=True):
    """Shown once: without the secret, or a user who has claimed it, nobody comes to the application again."""

    reference: str
    secret: str
    link: str


class Stake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole stake in one piece, as the phase says it."""

    amount: str


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of exactly this text."""

    version: int
    hash: str


@get("/program", needs=Needs.NOBODY)
async def program(asked: Asking) -> Program:
    """The phases with their terms and what is left of their quota. At the host's own address."""
    must_be_the_hosts_address(asked)
    return await asked.desk.read(lambda connection: program_of(asked.desk, connection))


def must_be_the_hosts_address(asked: Asked) -> None:
    """Nothing at a brand's address tells anybody that there is a host (BR-15).

    Raises:
        Declined: `no_such_path`.
    """
    if asked.brand_of_host is not None:
        raise Declined("no_such_path", "There is nothing at this path.")


def program_of(desk: Desk, connection: Connection) -> Program:
    now = phases.open_now(connection, time.time_ns())
    texts = CONTRACTS.all_texts(connection)
    return Program(
        phases=[phase_told(desk, connection, one) for one in phases.all_current(connection)],
        open_phase=None if now is None else now.phase,
        brands=trading_brands(desk.venue),
        instruments=len(desk.venue.instruments),
        contract=texts[-1].version if texts else None,
    )


@get("/contract", needs=Needs.NOBODY)
async def contract(asked: Asking) -> ContractText:
    """The newest contract, which both sides accept by its hash. At the host's own address."""
    must_be_the_hosts_address(asked)
    return contract_text(await asked.desk.read(CONTRACTS.newest))


@post("/applications", needs=Needs.NOBODY, status_code=201)
async def apply(asked: Asking, data: JSONBody[Draft]) -> Received:
    """Begin an application: as a user's own, or, at the host's own address, without a login."""
    if asked.credential is None:
        must_be_the_hosts_address(asked)
    return await begin(asked, data, asked.language)


async def begin(asked: Asked, data: Draft, language: str) -> Received:
    """A new draft, of the user who asks or of whoever has its link."""
    desk = asked.desk
    user = asked.credential.user if asked.credential is not None else 0
    source, value = ("user", str(user)) if user else ("address", asked.address)
    given = {name: getattr(data, name) for name in applications.FIELDS}

    def work(connection: Connection) -> Received:
        new = applications.create(
            connection,
            desk.seal,
            desk.settings.partnership,
            "user" if user else "form",
            applications.origin_of(desk.seal, source, value),
            language or "en",
            data.brand_name.strip(),
            given,
        )
        if user:
            applications.claim(connection, new.application, user, _trading_account(desk, connection, user))
        link = link_to(desk.settings.partnership, new.secret)
        notify(connection, desk.seal, letterhead_of(desk.settings), new.application, RECEIPT, link=link)
        return Received(new.application.reference, new.secret, link)

    return await desk.write(work)


@get("/applications", needs=Needs.USER)
async def own(asked: Asking) -> list[ApplicationTold]:
    """A user's applications, newest first."""

    def find(connection: Connection) -> list[ApplicationTold]:
        return [told(asked.desk, connection, one, True) for one in applications.of_user(connection, asked.user)]

    return await asked.desk.read(find)


@get("/applications/{reference:str}", needs=Needs.NOBODY)
async def one_application(asked: Asking, reference: FromPath[str], secret: Secret = "") -> ApplicationTold:
    """Where it stands, what is awaited next and from whom."""
    return await _told(asked, await theirs(asked, reference, secret))


@patch("/applications/{reference:str}", needs=Needs.NOBODY)
async def change(
    asked: Asking, reference: FromPath[str], data: JSONBody[Changes], secret: Secret = ""
) -> ApplicationTold:
    """Change a draft."""
    found = await theirs(asked, reference, secret)
    return await _told(asked, await edit(asked, found, data))


async def edit(asked: Asked, application: Application, data: Changes) -> Application:
    desk = asked.desk
    given = {name: getattr(data, name) for name in applications.FIELDS}
    name = None if data.brand_name is None else data.brand_name.strip()
    return await desk.write(
        lambda connection: applications.edit(connection, desk.seal, desk.settings.partnership, application, given, name)
    )


@post("/applications/{reference:str}/submit", needs=Needs.NOBODY, status_code=200)
async def submit(asked: Asking, reference: FromPath[str], secret: Secret = "") -> ApplicationTold:
    """Hand in a draft that is complete. The terms of the phase as they are now bind from here on."""
    return await _told(asked, await moves.submit(asked, await theirs(asked, reference, secret)))


@post("/applications/{reference:str}/withdraw", needs=Needs.NOBODY, status_code=200)
async def withdraw(asked: Asking, reference: FromPath[str], secret: Secret = "") -> ApplicationTold:
    """Take it back, before there is a stake."""
    found = await theirs(asked, reference, secret)
    actor = moves.actor_of(asked)
    return await _told(asked, await moves.move(asked.desk, found, State.WITHDRAWN, Who.APPLICANT, actor))


@post("/applications/{reference:str}/claim", needs=Needs.USER, status_code=200)
async def claim(asked: Asking, reference: FromPath[str], secret: Secret = "") -> ApplicationTold:
    """Make it the signed-in user's; the stake will come from that user's trading account."""
    found = await theirs(asked, reference, secret)
    desk, user = asked.desk, asked.user

    def work(connection: Connection) -> Application:
        claimed = applications.claim(connection, found, user, _trading_account(desk, connection, user))
        asked.log(connection, "partnership claim", f"application:{found.id}")
        return claimed

    return await _told(asked, await desk.write(work))


@post("/applications/{reference:str}/stake", needs=Needs.USER, fresh=True, status_code=200)
async def stake(asked: Asking, reference: FromPath[str], data: JSONBody[Stake]) -> ApplicationTold:
    """Lock the stake, and have one of the phase's places with it. Asked again it is locked once."""
    found = await theirs(asked, reference, "")
    terms = await asked.desk.read(partial(terms_of, application=found))
    asset = asked.desk.venue.asset_named(terms.asset)
    if asset is None:
        raise BadInput(f"there is no asset {terms.asset}")
    return await _told(asked, await moves.lock_stake(asked.desk, found, asset.parse(data.amount)))


@get("/applications/{reference:str}/contract", needs=Needs.NOBODY)
async def contract_to_sign(asked: Asking, reference: FromPath[str], secret: Secret = "") -> ContractText:
    """The newest contract, for whose application it is: at any address, as it is accepted where its user signs in."""
    await theirs(asked, reference, secret)
    return contract_text(await asked.desk.read(CONTRACTS.newest))


@post("/applications/{reference:str}/contract", needs=Needs.USER, fresh=True, status_code=200)
async def accept(asked: Asking, reference: FromPath[str], data: JSONBody[Acceptance]) -> ApplicationTold:
    """Accept the contract for the partner."""
    found = await theirs(asked, reference, "")
    actor = moves.actor_of(asked)
    accepted = await moves.accept_contract(asked.desk, found, data.version, data.hash, actor, partner=asked.user)
    return await _told(asked, accepted)


@post("/applications/{reference:str}/leave", needs=Needs.USER, fresh=True, status_code=200)
async def leave(asked: Asking, reference: FromPath[str]) -> ApplicationTold:
    """Leave the partnership; the stake comes back at the end, less what is owed."""
    found = await theirs(asked, reference, "")
    return await _told(asked, await moves.leave(asked.desk, found, Who.PARTNER, moves.actor_of(asked)))


async def theirs(asked: Asked, reference: str, secret: str) -> Application:
    user = asked.credential.user if asked.credential is not None else 0
    return await asked.desk.read(lambda connection: applications.must_be_theirs(connection, reference, user, secret))


def _trading_account(desk: Desk, connection: Connection, user: int) -> int:
    """The user's master trading account that is open on the venue; 0 for none."""
    account = directory.find(connection, user).account
    return account if account in desk.venue.accounts and master_of(account) == account else 0


async def _told(asked: Asked, application: Application) -> ApplicationTold:
    return await asked.desk.read(lambda connection: told(asked.desk, connection, application, True))


ROUTES = [
    *(program, contract, apply, own, one_application, change, submit, withdraw),
    *(claim, stake, contract_to_sign, accept, leave),
]
