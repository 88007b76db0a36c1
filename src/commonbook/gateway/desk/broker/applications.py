"""An applicant's application: begun, filled in, submitted, and moved on. Rules BE-2 to BE-10."""

import time
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec.structs import asdict
from sqlalchemy import Connection

from commonbook.administration import approvals
from commonbook.administration.approvals import Approval
from commonbook.administration.log import user_actor, write
from commonbook.administration.roles import HOST, May
from commonbook.brokerage import applications, attestations, moving
from commonbook.brokerage.facts import trading_account
from commonbook.brokerage.model import Application, AttestationKind, Business, Integration, Models, State, Who
from commonbook.brokerage.places import follow
from commonbook.errors import Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.broker import moves
from commonbook.gateway.desk.broker.told import ApplicationTold, PaperTold, papers_told, told
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.parties import broker_applicant

PLACES_BY_HOST = (State.REVIEW, State.CONTRACT, State.LIVE, State.LAPSED, State.SUSPENDED)
BYTES_TO_SAVE = {
    "content-disposition": "attachment",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not told stays as it is. While it is tried out: redirect_urls, is_public_client and ip_list alone."""

    title: str | None = None
    models: Models | None = None
    business: Business | None = None
    codes: list[str] | None = None  # that are wished, the most wished one first
    redirect_urls: list[str] | None = None
    is_public_client: bool | None = None
    ip_list: list[str] | None = None
    requests_per_s: int | None = None
    subaccounts_most: int | None = None  # that it wishes to keep for clients whom only it knows; 0: none
    told: dict[str, str] = {}  # the company and the answers: what /broker/v1/program asks for


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a broker's systems are from now on; what is not told stays as it is."""

    redirect_urls: list[str] | None = None
    is_public_client: bool | None = None
    ip_list: list[str] | None = None


class AskedFor(msgspec.Struct, frozen=True):
    """What waits for a yes of the host's."""

    approval: str


class NewPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    kind: str
    content: bytes  # base64


class NewLogo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    content: bytes  # base64 of an SVG or a PNG


class LogoTold(msgspec.Struct, frozen=True):
    hash: str


class NewComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1)]


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of exactly this text."""

    version: int
    hash: str


class NewAttestation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of exactly this statement."""

    kind: AttestationKind
    hash: str


@post("/applications", needs=Needs.USER, status_code=201)
async def begin(asked: Asking, data: JSONBody[Changes]) -> ApplicationTold:
    """Begin an application; it may be filled in later. A user has one at a time."""
    desk, user = asked.desk, asked.user

    def work(connection: Connection) -> Application:
        if not trading_account(connection, desk.venue, user):
            raise Declined("no_account", "commission is paid to a trading account of yours: open one first")
        new = applications.begin(connection, desk.seal, desk.settings.brokerage, user, asked.brand)
        asked.log(connection, "broker application", f"broker application:{new.id}")
        return _changed(asked, connection, new, data)

    return await _told(asked, await desk.write_racing(work))


def _changed(asked: Asked, connection: Connection, application: Application, data: Changes) -> Application:
    own, settings = application.integration, asked.desk.settings.brokerage
    wanted = replace(
        _with_places(own, data),
        title=own.title if data.title is None else data.title,
        models=own.models if data.models is None else data.models,
        business=own.business if data.business is None else data.business,
        codes=own.codes if data.codes is None else tuple(data.codes),
        requests_per_s=own.requests_per_s if data.requests_per_s is None else data.requests_per_s,
        subaccounts_most=own.subaccounts_most if data.subaccounts_most is None else data.subaccounts_most,
    )
    changed = applications.edit(connection, asked.desk.seal, settings, application, wanted, data.told)
    if changed.broker:
        follow(connection, changed)
    return changed


@get("/applications", needs=Needs.USER)
async def own_applications(asked: Asking) -> list[ApplicationTold]:
    """Newest first."""

    def find(connection: Connection) -> list[ApplicationTold]:
        return [told(asked.desk, connection, one, True) for one in applications.of_user(connection, asked.user)]

    return await asked.desk.read(find)


@get("/applications/{application:str}", needs=Needs.USER)
async def one_application(asked: Asking, application: FromPath[str]) -> ApplicationTold:
    """Where it stands, what is awaited next and from whom."""
    return await _told(asked, await theirs(asked, application))


@patch("/applications/{application:str}", needs=Needs.USER)
async def change(asked: Asking, application: FromPath[str], data: JSONBody[Changes]) -> ApplicationTold:
    """Change a draft; while it is tried out, where its systems are."""
    found = await theirs(asked, application)

    def work(connection: Connection) -> Application:
        changed = _changed(asked, connection, found, data)
        names = sorted(name for name, value in asdict(data).items() if value not in (None, {}))
        asked.log(connection, "broker change", f"broker application:{found.id}", fields=names)
        return changed

    return await _told(asked, await asked.desk.write(work))


@get("/applications/{application:str}/papers", needs=Needs.USER)
async def papers(asked: Asking, application: FromPath[str]) -> list[PaperTold]:
    found = await theirs(asked, application)
    return await asked.desk.read(lambda connection: papers_told(asked.desk, connection, found))


@post("/applications/{application:str}/papers", needs=Needs.USER, status_code=201)
async def add_paper(asked: Asking, application: FromPath[str], data: JSONBody[NewPaper]) -> list[PaperTold]:
    """Add a paper of the company's: PDF, PNG or JPEG."""
    found = await theirs(asked, application)
    desk = asked.desk

    def work(connection: Connection) -> None:
        number = applications.add_paper(
            connection, desk.seal, desk.settings.brokerage, found, data.kind, data.name, data.content
        )
        asked.log(connection, "broker paper", f"broker application:{found.id}", number=number)

    await desk.write(work)
    return await desk.read(lambda connection: papers_told(desk, connection, found))


@get("/applications/{application:str}/papers/{place:int}", needs=Needs.USER)
async def one_paper(asked: Asking, application: FromPath[str], place: FromPath[int]) -> Response[bytes]:
    """A paper as bytes to be saved."""
    return await paper_response(asked, await theirs(asked, application), place)


async def paper_response(asked: Asked, application: Application, place: int) -> Response[bytes]:
    seal = asked.desk.seal
    files = await asked.desk.read(lambda connection: applications.DOSSIERS.attached(connection, seal, application.id))
    file = next((one for one in files if one.number == place), None)
    if file is None:
        raise Declined("no_such_paper", f"application {application.reference} has no paper {place}")
    return Response(file.content, media_type="application/octet-stream", headers=BYTES_TO_SAVE)


@delete("/applications/{application:str}/papers/{place:int}", needs=Needs.USER, status_code=200)
async def take_back_paper(asked: Asking, application: FromPath[str], place: FromPath[int]) -> list[PaperTold]:
    """Take back a paper of a draft."""
    found = await theirs(asked, application)

    def work(connection: Connection) -> None:
        applications.take_back_paper(connection, applications.hold(connection, found.id), place)
        asked.log(connection, "broker paper back", f"broker application:{found.id}", number=place)

    await asked.desk.write(work)
    return await asked.desk.read(lambda connection: papers_told(asked.desk, connection, found))


@post("/applications/{application:str}/logo", needs=Needs.USER, status_code=200)
async def upload_logo(asked: Asking, application: FromPath[str], data: JSONBody[NewLogo]) -> LogoTold:
    """The picture that users see when they are asked to trust the broker."""
    found = await theirs(asked, application)
    most = asked.desk.settings.brand.logo_bytes

    def work(connection: Connection) -> str:
        hashed = applications.keep_logo(connection, applications.hold(connection, found.id), data.content, most)
        asked.log(connection, "broker logo", f"broker application:{found.id}", hash=hashed)
        return hashed

    return LogoTold(await asked.desk.write_racing(work))


@post("/applications/{application:str}/comments", needs=Needs.USER, status_code=201)
async def comment(asked: Asking, application: FromPath[str], data: JSONBody[NewComment]) -> ApplicationTold:
    """Say something to the host; it is kept with the application."""
    found, desk = await theirs(asked, application), asked.desk
    settings = desk.settings.brokerage

    def work(connection: Connection) -> None:
        applications.add_comment(connection, desk.seal, settings, found, asked.user, Who.APPLICANT, data.text)
        asked.log(connection, "broker comment", f"broker application:{found.id}")

    await desk.write(work)
    return await _told(asked, found)


@post("/applications/{application:str}/submit", needs=Needs.USER, status_code=200)
async def submit(asked: Asking, application: FromPath[str]) -> ApplicationTold:
    """Hand in a draft that is complete. The codes that are wished are held from here on."""
    return await _moved(asked, application, State.SUBMITTED)


@post("/applications/{application:str}/test", needs=Needs.USER, status_code=200)
async def test(asked: Asking, application: FromPath[str]) -> ApplicationTold:
    """Integration is done: begin the sandbox test, and have the conformance kit judge it."""
    return await _moved(asked, application, State.SANDBOX)


@post("/applications/{application:str}/review", needs=Needs.USER, status_code=200)
async def review(asked: Asking, application: FromPath[str]) -> ApplicationTold:
    """The test is passed: ask for the compliance review."""
    return await _moved(asked, application, State.REVIEW)


@post("/applications/{application:str}/withdraw", needs=Needs.USER, status_code=200)
async def withdraw(asked: Asking, application: FromPath[str]) -> ApplicationTold:
    """Take it back, before it is live."""
    return await _moved(asked, application, State.WITHDRAWN)


@post("/applications/{application:str}/leave", needs=Needs.USER, fresh=True, status_code=200)
async def leave(asked: Asking, application: FromPath[str]) -> ApplicationTold:
    """Be a broker no more: the code earns nothing from now on; what it has earned is paid with its hours."""
    return await _moved(asked, application, State.CLOSED)


@post("/applications/{application:str}/contract", needs=Needs.USER, fresh=True, status_code=200)
async def accept(asked: Asking, application: FromPath[str], data: JSONBody[Acceptance]) -> ApplicationTold:
    """Accept the contract for the broker, or accept it for another term."""
    found = await theirs(asked, application)
    actor = moving.actor_of(asked.user)
    return await _told(
        asked, await moves.accept_contract(asked.desk, found, data.version, data.hash, actor, user=asked.user)
    )


@post("/applications/{application:str}/attestations", needs=Needs.USER, fresh=True, status_code=200)
async def attest(asked: Asking, application: FromPath[str], data: JSONBody[NewAttestation]) -> ApplicationTold:
    """Make a statement, for the first time or again; it counts for a time."""
    found, desk = await theirs(asked, application), asked.desk
    moves.must_not_be_over(found)
    days = desk.settings.brokerage.attestation_days

    def work(connection: Connection) -> Application:
        held = applications.hold(connection, found.id)
        moves.must_not_be_over(held)
        attestations.make(connection, held.id, data.kind, data.hash, asked.user, days)
        subject = f"broker application:{held.id}"
        asked.log(connection, "broker attest", subject, None, kind=data.kind.value, hash=data.hash)
        return held

    return await _told(asked, await moves.comes_back(desk, await desk.write_racing(work)))


@post("/applications/{application:str}/places", needs=Needs.USER, fresh=True, status_code=202)
async def move_places(asked: Asking, application: FromPath[str], data: JSONBody[Places]) -> AskedFor:
    """Have other redirect addresses or servers registered, from the review on, once the host agrees."""
    found, desk = await theirs(asked, application), asked.desk
    if found.state not in PLACES_BY_HOST:
        text = f"application {found.reference} is {found.state}: its places are changed with it, or not any more"
        raise Declined("wrong_state", text, state=found.state)
    settings, own = desk.settings.brokerage, found.integration
    wanted = applications.checked(settings, _with_places(own, data))
    applications.must_be_whole(settings, wanted)
    payload = {
        "application": str(found.id),
        "redirect_urls": list(wanted.redirect_urls),
        "is_public_client": wanted.is_public_client,
        "ip_list": list(wanted.ip_list),
    }
    hours = desk.settings.administration.approval_hours

    def ask(connection: Connection) -> Approval:
        for one in approvals.waiting(connection, HOST, (approvals.OPEN,)):  # what was asked before is taken back
            is_same = one.kind == "broker_places" and one.payload["application"] == payload["application"]
            if is_same and one.expires_ns > time.time_ns():
                approvals.decide(connection, one.id, HOST, asked.user, one.payload_hash, yes=False)
        return approvals.ask(connection, HOST, "broker_places", payload, asked.user, hours)

    return AskedFor(str((await desk.write(ask)).id))


def _with_places(own: Integration, data: Places | Changes) -> Integration:
    return replace(
        own,
        redirect_urls=own.redirect_urls if data.redirect_urls is None else tuple(data.redirect_urls),
        is_public_client=own.is_public_client if data.is_public_client is None else data.is_public_client,
        ip_list=own.ip_list if data.ip_list is None else tuple(data.ip_list),
    )


@acts.register("broker_places", May.RESTRICT, broker_applicant)
async def _keep_places(desk: Desk, approval: Approval) -> dict[str, Any]:
    told, settings = approval.payload, desk.settings.brokerage

    def work(connection: Connection) -> Application:
        found = applications.find(connection, int(told["application"]))
        asked_for = Places(told["redirect_urls"], told["is_public_client"], told["ip_list"])
        wanted = applications.checked(settings, _with_places(found.integration, asked_for))
        kept = applications.keep_places(connection, found.id, wanted)
        follow(connection, kept)
        subject, actor = f"broker application:{found.id}", user_actor(approval.decided_by)
        write(connection, HOST, actor, "broker places", subject, None, approval=approval.id)
        return kept

    kept = await desk.write(work)
    return {"broker": str(kept.broker)}


async def theirs(asked: Asked, reference: str) -> Application:
    """An application of the user who asks; a stranger's answers as an absent one."""
    return await asked.desk.read(lambda connection: applications.referred(connection, reference, asked.user))


async def _moved(asked: Asked, reference: str, after: State) -> ApplicationTold:
    found = await theirs(asked, reference)
    actor = moving.actor_of(asked.user)
    return await _told(asked, await moves.move(asked.desk, found, after, Who.APPLICANT, actor))


async def _told(asked: Asked, application: Application) -> ApplicationTold:
    def query(connection: Connection) -> ApplicationTold:
        return told(asked.desk, connection, applications.find(connection, application.id), True)

    return await asked.desk.read(query)


ROUTES = [
    begin,
    own_applications,
    one_application,
    change,
    papers,
    add_paper,
    one_paper,
    take_back_paper,
    upload_logo,
    comment,
    submit,
    test,
    review,
    withdraw,
    leave,
    accept,
    attest,
    move_places,
]
