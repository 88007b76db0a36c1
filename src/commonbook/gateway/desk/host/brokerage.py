"""The host's side of becoming a broker: screening, four eyes on who earns, contracts, the registry. BE-5 to BE-11."""

from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy import Connection

from commonbook.administration.approvals import Approval
from commonbook.administration.roles import May
from commonbook.admission.contracts import checked
from commonbook.brokerage import applications, certificates, moving, registry
from commonbook.brokerage.contracts import CONTRACTS
from commonbook.brokerage.hosting import REASON, how_to_move
from commonbook.brokerage.model import Application, CheckKind, Standing, State, Who
from commonbook.errors import Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import ApprovalTold, number
from commonbook.gateway.desk.administration import told as approval_told
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.broker import moves
from commonbook.gateway.desk.broker.applications import paper_response
from commonbook.gateway.desk.broker.own import Report
from commonbook.gateway.desk.broker.told import (
    ApplicationTold,
    BrokerTold,
    CertificateTold,
    ContractText,
    PaperTold,
    broker_told,
    certificate_told,
    certificates_told,
    contract_text,
    papers_told,
    told,
)
from commonbook.gateway.desk.parties import broker_applicant, must_have_no_part, nobody

PAGE = 100
Stage = Annotated[State | None, QueryParameter(name="state")]
Place = Annotated[Standing | None, QueryParameter(name="standing")]


class NewContract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    term_days: int
    renewal_days: int


class NewCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: CheckKind
    passed: bool
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=96)]  # the provider, and its number for it


class CheckTold(msgspec.Struct, frozen=True):
    kind: CheckKind
    passed: bool
    source: str
    user: str
    time_ns: str


class NewRemark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1)]
    is_internal: bool = True  # False: the applicant sees it


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: State
    reason: Annotated[str, msgspec.Meta(pattern=REASON)] = ""  # a word that is told to the applicant, and logged


class Moved(msgspec.Struct, frozen=True):
    """The application, and the approval that waits for another user where the move needs one."""

    application: ApplicationTold
    approval: ApprovalTold | None


class Listed(msgspec.Struct, frozen=True):
    id: str  # a page begins behind it
    reference: str
    state: State
    title: str
    models: str
    business: str
    broker: str
    created_ns: str
    changed_ns: str


# -- the contract -----------------------------------------------------------------------------------------------------


@get("/broker-contracts", needs=May.LOOK)
async def list_contracts(asked: Asking) -> list[ContractText]:
    """Every version of the contract."""
    return [contract_text(one) for one in await asked.desk.read(CONTRACTS.all_texts)]


@post("/broker-contracts", needs=May.STAFF, fresh=True, status_code=202)
async def publish_contract(asked: Asking, data: JSONBody[NewContract]) -> ApprovalTold:
    """Publish the next version of the contract; another user's yes publishes it."""
    payload = msgspec.to_builtins(data)
    checked(**payload, notice_days=0)
    return approval_told(await acts.ask_for(asked, "broker_text", payload))


@acts.register("broker_text", May.STAFF, nobody)
async def _publish_contract(desk: Desk, approval: Approval) -> dict[str, Any]:
    done = await desk.write(
        lambda connection: CONTRACTS.publish(connection, notice_days=0, approval=approval.id, **approval.payload)
    )
    return {"version": done.version, "hash": done.hash}


# -- applications -----------------------------------------------------------------------------------------------------


@get("/broker-applications", needs=May.LOOK)
async def list_applications(asked: Asking, stage: Stage = None, before: FromQuery[int] = 2**62) -> list[Listed]:
    """Newest first, 100 a page; `before` an id. Drafts are their applicants' alone."""
    states = (stage,) if stage is not None else tuple(one for one in State if one is not State.DRAFT)

    def find(connection: Connection) -> list[Listed]:
        return [_listed(one) for one in applications.in_states(connection, states, min(before, 2**62), PAGE)]

    return await asked.desk.read(find)


def _listed(one: Application) -> Listed:
    return Listed(
        id=str(one.id),
        reference=one.reference,
        state=one.state,
        title=one.integration.title,
        models=one.integration.models,
        business=one.integration.business or "",
        broker=str(one.broker or ""),
        created_ns=str(one.created_ns),
        changed_ns=str(one.changed_ns),
    )


@get("/broker-applications/{application:str}", needs=May.LOOK)
async def show_application(asked: Asking, application: FromPath[str]) -> ApplicationTold:
    """Where it stands; with the company and the answers for who may see users, which is logged."""
    found = await _referred(asked, application)
    if May.USERS in asked.may:
        await asked.desk.write(lambda connection: asked.log(connection, "see broker", _subject(found)))
    return await _told(asked, found)


@get("/broker-applications/{application:str}/papers", needs=May.USERS)
async def list_papers(asked: Asking, application: FromPath[str]) -> list[PaperTold]:
    found = await _referred(asked, application)
    return await asked.desk.read(lambda connection: papers_told(asked.desk, connection, found))


@get("/broker-applications/{application:str}/papers/{place:int}", needs=May.USERS)
async def read_paper(asked: Asking, application: FromPath[str], place: FromPath[int]) -> Response[bytes]:
    """A paper as bytes to be saved; a browser neither shows nor runs it."""
    found = await _referred(asked, application)
    await asked.desk.write(lambda connection: asked.log(connection, "see broker paper", _subject(found), number=place))
    return await paper_response(asked, found, place)


@get("/broker-applications/{application:str}/checks", needs=May.USERS)
async def list_checks(asked: Asking, application: FromPath[str]) -> list[CheckTold]:
    return await _checks(asked, await _referred(asked, application))


@post("/broker-applications/{application:str}/checks", needs=May.RESTRICT, fresh=True, status_code=200)
async def add_check(asked: Asking, application: FromPath[str], data: JSONBody[NewCheck]) -> list[CheckTold]:
    """What the check of the business, of sanctions lists or of security has found, and who says so."""
    found = await _referred(asked, application)
    await must_have_no_part(asked, broker_applicant, {"application": found.id})

    def work(connection: Connection) -> None:
        applications.add_check(connection, found, data.kind, data.passed, data.source, asked.user)
        told = {"passed": data.passed, "source": data.source}
        asked.log(connection, f"broker {data.kind}", _subject(found), None, **told)

    await asked.desk.write(work)
    return await _checks(asked, found)


async def _checks(asked: Asked, application: Application) -> list[CheckTold]:
    rows = await asked.desk.read(lambda connection: applications.checks_of(connection, application.id))
    return [CheckTold(CheckKind(one.kind), one.passed, one.source, str(one.user_id), str(one.time_ns)) for one in rows]


@post("/broker-applications/{application:str}/comments", needs=May.USERS, status_code=201)
async def comment(asked: Asking, application: FromPath[str], data: JSONBody[NewRemark]) -> ApplicationTold:
    """Say something about an application: among the host's people, or to the applicant as well."""
    found, desk = await _referred(asked, application), asked.desk
    settings = desk.settings.brokerage

    def work(connection: Connection) -> None:
        applications.add_comment(
            connection, desk.seal, settings, found, asked.user, Who.HOST, data.text, data.is_internal
        )
        asked.log(connection, "broker comment", _subject(found), None, internal=data.is_internal)

    await desk.write(work)
    return await _told(asked, found)


@post("/broker-applications/{application:str}/move", needs=May.LOOK, fresh=True, status_code=200)
async def move(asked: Asking, application: FromPath[str], data: JSONBody[Wanted]) -> Moved:
    """Move an application on. What lets somebody earn, or ends it, waits for another user's yes."""
    found = await _referred(asked, application)
    how = how_to_move(found, data.to)
    asked.require(how.may)
    await must_have_no_part(asked, broker_applicant, {"application": found.id})
    actor = moving.actor_of(asked.user)
    if how.act:
        await moves.must_move(asked.desk, found, data.to, Who.HOST, actor, data.reason)
        waiting = await acts.ask_for(asked, how.act, {"application": str(found.id), "reason": data.reason})
        return Moved(await _told(asked, found), approval_told(waiting))
    if data.to is State.INTEGRATION:
        moved = await moves.let_in(asked.desk, found, actor)
    else:
        moved = await moves.move(asked.desk, found, data.to, Who.SCREENING, actor, data.reason)
    return Moved(await _told(asked, moved), None)


async def _of(desk: Desk, approval: Approval) -> Application:
    wanted = int(approval.payload["application"])
    return await desk.read(lambda connection: applications.find(connection, wanted))


async def _carry_out(desk: Desk, approval: Approval, after: State) -> dict[str, Any]:
    found = await _of(desk, approval)
    actor, reason = moving.actor_of(approval.decided_by), approval.payload["reason"]
    moved = await moves.move(desk, found, after, Who.HOST, actor, reason, approval.key)
    return {"state": moved.state.value}


@acts.register("broker_refuse", May.RESTRICT, broker_applicant)
async def _refuse(desk: Desk, approval: Approval) -> dict[str, Any]:
    return await _carry_out(desk, approval, State.REFUSED)


@acts.register("broker_approve", May.RESTRICT, broker_applicant)
async def _approve(desk: Desk, approval: Approval) -> dict[str, Any]:
    return await _carry_out(desk, approval, State.CONTRACT)


@acts.register("broker_live", May.BRAND, broker_applicant)
async def _live(desk: Desk, approval: Approval) -> dict[str, Any]:
    return await _carry_out(desk, approval, State.LIVE)


@acts.register("broker_resume", May.RESTRICT, broker_applicant)
async def _resume(desk: Desk, approval: Approval) -> dict[str, Any]:
    return await _carry_out(desk, approval, State.LIVE)


@acts.register("broker_close", May.STAFF, broker_applicant)
async def _close(desk: Desk, approval: Approval) -> dict[str, Any]:
    return await _carry_out(desk, approval, State.CLOSED)


@post("/broker-applications/{application:str}/contract", needs=May.STAFF, fresh=True, status_code=202)
async def offer_contract(asked: Asking, application: FromPath[str]) -> Moved:
    """Accept the newest contract for the host, with another user's yes."""
    found = await _referred(asked, application)
    if found.state not in moves.SIGNED:
        raise Declined(
            "wrong_state", f"application {found.reference} is {found.state}: no contract is awaited", state=found.state
        )
    text = await asked.desk.read(CONTRACTS.newest)
    payload = {"application": str(found.id), "version": text.version, "hash": text.hash}
    waiting = await acts.ask_for(asked, "broker_contract", payload)
    return Moved(await _told(asked, found), approval_told(waiting))


@acts.register("broker_contract", May.STAFF, broker_applicant)
async def _accept_contract(desk: Desk, approval: Approval) -> dict[str, Any]:
    found, payload = await _of(desk, approval), approval.payload
    actor = moving.actor_of(approval.decided_by)
    done = await moves.accept_contract(desk, found, payload["version"], payload["hash"], actor, approval=approval.id)
    return {"state": done.state.value}


@delete("/broker-applications/{application:str}/personal", needs=May.RESTRICT, fresh=True, status_code=200)
async def erase(asked: Asking, application: FromPath[str]) -> ApplicationTold:
    """Destroy the key of an application that is over: what is sealed of it is noise from then on, backups too."""
    found = await _referred(asked, application)

    def work(connection: Connection) -> None:
        applications.erase(connection, found)
        asked.log(connection, "broker erase", _subject(found))

    await asked.desk.write(work)
    return await _told(asked, await _referred(asked, application))


# -- the registry -----------------------------------------------------------------------------------------------------


@get("/broker-registry", needs=May.LOOK)
async def list_brokers(asked: Asking, standing: Place = None) -> list[BrokerTold]:
    """Everybody who has a code, by number."""
    wanted = tuple(Standing) if standing is None else (standing,)
    found = await asked.desk.read(lambda connection: registry.in_standing(connection, wanted))
    return [broker_told(one) for one in found]


@get("/broker-registry/{broker:int}", needs=May.LOOK)
async def show_broker(asked: Asking, broker: FromPath[int]) -> BrokerTold:
    return broker_told(await asked.desk.read(lambda connection: registry.must_be_numbered(connection, broker)))


@get("/broker-registry/{broker:int}/certificates", needs=May.LOOK)
async def list_certificates(asked: Asking, broker: FromPath[int]) -> list[CertificateTold]:
    """What runs of the conformance kit have found, newest first."""

    def find(connection: Connection) -> list[CertificateTold]:
        return certificates_told(connection, registry.must_be_numbered(connection, broker).number)

    return await asked.desk.read(find)


@get("/broker-registry/{broker:int}/certificates/{certificate:str}", needs=May.LOOK)
async def show_certificate(asked: Asking, broker: FromPath[int], certificate: FromPath[str]) -> Report:
    """One of them, with the report that was signed."""
    wanted = number(certificate, "certificate")

    def find(connection: Connection) -> Report:
        found = certificates.find(connection, broker, wanted)
        return Report(certificate_told(found), found.report)

    return await asked.desk.read(find)


async def _referred(asked: Asked, reference: str) -> Application:
    return await asked.desk.read(lambda connection: applications.referred(connection, reference))


def _subject(application: Application) -> str:
    return f"broker application:{application.id}"


async def _told(asked: Asked, application: Application) -> ApplicationTold:
    personal = May.USERS in asked.may

    def query(connection: Connection) -> ApplicationTold:
        return told(asked.desk, connection, applications.find(connection, application.id), personal, personal)

    return await asked.desk.read(query)


ROUTES = [
    list_contracts,
    publish_contract,
    list_applications,
    show_application,
    list_papers,
    read_paper,
    list_checks,
    add_check,
    comment,
    move,
    offer_contract,
    erase,
    list_brokers,
    show_broker,
    list_certificates,
    show_certificate,
]
