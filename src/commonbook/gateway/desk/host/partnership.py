"""The host's side of the partnership: phases, contracts, screening, four eyes on what opens a market or moves money."""

from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, RawBody
from sqlalchemy import Connection

from commonbook.administration.approvals import Approval
from commonbook.administration.roles import May
from commonbook.admission.contracts import checked
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.administration import ApprovalTold, number
from commonbook.gateway.desk.administration import told as approval_told
from commonbook.gateway.desk.asked import Asked, Asking, Desk
from commonbook.gateway.desk.parties import must_have_no_part, nobody, partner
from commonbook.gateway.desk.program import moves
from commonbook.gateway.desk.program.brands import make_owner, open_brand
from commonbook.gateway.desk.program.told import (
    ApplicationTold,
    ContractText,
    PhaseTold,
    contract_text,
    facts_now,
    phase_told,
    told,
)
from commonbook.partnership import applications, brands, intake, moving, phases, stake
from commonbook.partnership.applications import DOSSIERS
from commonbook.partnership.contracts import CONTRACTS
from commonbook.partnership.hosting import REASON, how_to_move, values_of
from commonbook.partnership.model import Application, State, Terms, Who
from commonbook.partnership.rules import must_move, settlement
from commonbook.units import Minor, RateE8, parse_units

PAGE = 100
Stage = Annotated[State | None, QueryParameter(name="state")]


class NewPhase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phase: int
    name: str
    opens_ns: str
    closes_ns: str
    quota: int
    asset: str
    stake: str  # decimal, in whole coins
    token_required: bool = False
    holders_share: str = "0"  # per cent
    host_holders_share: str = "0"  # per cent


class NewContract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    term_days: int
    renewal_days: int
    notice_days: int


class NewCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["kyb", "sanctions"]
    passed: bool
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=96)]  # the provider, and its number for it


class CheckTold(msgspec.Struct, frozen=True):
    kind: str
    passed: bool
    source: str
    user: str
    time_ns: str


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: State
    reason: Annotated[str, msgspec.Meta(pattern=REASON)] = ""  # a word that is told to the applicant, and logged


class Obligation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: str
    amount: str  # decimal, in whole coins of the staked asset
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=96)]


class Settlement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    obligations: list[Obligation] = []


class Moved(msgspec.Struct, frozen=True):
    """The application, and the approval that waits for another user where the move needs one."""

    application: ApplicationTold
    approval: ApprovalTold | None


class Listed(msgspec.Struct, frozen=True):
    id: str  # a page begins behind it
    reference: str
    phase: int
    state: str
    brand_name: str
    brand: str
    source: str
    created_ns: str
    changed_ns: str


class FileTold(msgspec.Struct, frozen=True):
    number: int
    kind: str
    name: str
    bytes: int


class Intake(msgspec.Struct, frozen=True):
    reference: str  # "" when it made no application
    duplicate: bool


# -- phases and contracts ---------------------------------------------------------------------------------------------


@get("/partnership/phases", needs=May.LOOK)
async def list_phases(asked: Asking) -> list[PhaseTold]:
    """Every version of every phase."""

    def find(connection: Connection) -> list[PhaseTold]:
        found = [one for phase in phases.all_current(connection) for one in phases.versions(connection, phase.phase)]
        return [phase_told(asked.desk, connection, one) for one in found]

    return await asked.desk.read(find)


@post("/partnership/phases", needs=May.STAFF, fresh=True, status_code=202)
async def put_phase(asked: Asking, data: JSONBody[NewPhase]) -> ApprovalTold:
    """Open a phase, or change its terms for those who submit from then on; another user's yes opens it."""
    terms = phases.checked(asked.desk.venue, _terms(asked.desk, data))
    return approval_told(await acts.ask_for(asked, "partnership_phase", phases.as_payload(terms)))


def _terms(desk: Desk, data: NewPhase) -> Terms:
    asset = desk.venue.asset_named(data.asset)
    if asset is None:
        raise BadInput(f"there is no asset {data.asset[:16]!r} to be staked; open it first")
    return Terms(
        phase=data.phase,
        version=0,
        name=data.name,
        opens_ns=number(data.opens_ns, "opens_ns"),
        closes_ns=number(data.closes_ns, "closes_ns"),
        quota=data.quota,
        asset=data.asset,
        stake=Minor(asset.parse(data.stake)),
        token_required=data.token_required,
        holders_share_e8=RateE8(parse_units(data.holders_share, 6)),
        host_holders_share_e8=RateE8(parse_units(data.host_holders_share, 6)),
    )


@acts.register("partnership_phase", May.STAFF, nobody)
async def _put_phase(desk: Desk, approval: Approval) -> dict[str, Any]:
    terms = phases.checked(desk.venue, phases.from_payload(approval.payload))
    done = await desk.write(lambda connection: phases.put(connection, terms, approval.id))
    return {"phase": done.phase, "version": done.version}


@get("/partnership/contracts", needs=May.LOOK)
async def list_contracts(asked: Asking) -> list[ContractText]:
    """Every version of the contract."""
    return [contract_text(one) for one in await asked.desk.read(CONTRACTS.all_texts)]


@post("/partnership/contracts", needs=May.STAFF, fresh=True, status_code=202)
async def publish_contract(asked: Asking, data: JSONBody[NewContract]) -> ApprovalTold:
    """Publish the next version of the contract; another user's yes publishes it."""
    payload = msgspec.to_builtins(data)
    checked(**payload)
    return approval_told(await acts.ask_for(asked, "partnership_text", payload))


@acts.register("partnership_text", May.STAFF, nobody)
async def _publish_contract(desk: Desk, approval: Approval) -> dict[str, Any]:
    done = await desk.write(lambda connection: CONTRACTS.publish(connection, approval=approval.id, **approval.payload))
    return {"version": done.version, "hash": done.hash}


# -- applications -----------------------------------------------------------------------------------------------------


@get("/partnership/applications", needs=May.LOOK)
async def list_applications(asked: Asking, stage: Stage = None, before: FromQuery[str] = "") -> list[Listed]:
    """A page of 100, newest first; `before` the id of the last one."""
    states = tuple(State) if stage is None else (stage,)
    behind = number(before, "before") if before else 2**62
    found = await asked.desk.read(lambda connection: applications.in_states(connection, states, behind, PAGE))
    return [listed(one) for one in found]


def listed(one: Application) -> Listed:
    return Listed(
        str(one.id),
        one.reference,
        one.phase,
        one.state,
        one.brand_name,
        str(one.brand or ""),
        one.source,
        str(one.created_ns),
        str(one.changed_ns),
    )


@get("/partnership/applications/{reference:str}", needs=May.LOOK)
async def show_application(asked: Asking, reference: FromPath[str]) -> ApplicationTold:
    """The contact and the plan are for who may see users."""
    return await _told(asked, await _referred(asked, reference))


@get("/partnership/applications/{reference:str}/attachments", needs=May.USERS)
async def list_attachments(asked: Asking, reference: FromPath[str]) -> list[FileTold]:
    found = await _referred(asked, reference)
    files = await asked.desk.read(lambda connection: DOSSIERS.attached(connection, asked.desk.seal, found.id))
    return [FileTold(one.number, one.kind, one.name, len(one.content)) for one in files]


@get("/partnership/applications/{reference:str}/attachments/{place:int}", needs=May.USERS)
async def read_attachment(asked: Asking, reference: FromPath[str], place: FromPath[int]) -> Response[bytes]:
    """An attachment as bytes to be saved; a browser neither shows nor runs it."""
    found = await _referred(asked, reference)
    files = await asked.desk.read(lambda connection: DOSSIERS.attached(connection, asked.desk.seal, found.id))
    file = next((one for one in files if one.number == place), None)
    if file is None:
        raise Declined("no_such_attachment", f"application {found.reference} has no attachment {place}")
    headers = {
        "content-disposition": f'attachment; filename="attachment-{place}"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(file.content, media_type="application/octet-stream", headers=headers)


@get("/partnership/applications/{reference:str}/checks", needs=May.RESTRICT)
async def list_checks(asked: Asking, reference: FromPath[str]) -> list[CheckTold]:
    """What screening has found, oldest first; the newest of a kind counts."""
    return await _checks(asked, await _referred(asked, reference))


async def _checks(asked: Asked, found: Application) -> list[CheckTold]:
    rows = await asked.desk.read(lambda connection: applications.checks_of(connection, found.id))
    return [CheckTold(row.kind, row.passed, row.source, str(row.user_id), str(row.time_ns)) for row in rows]


@post("/partnership/applications/{reference:str}/checks", needs=May.RESTRICT, status_code=201)
async def add_check(asked: Asking, reference: FromPath[str], data: JSONBody[NewCheck]) -> list[CheckTold]:
    """Note what a check of the business, or against sanctions lists, has found, and who says so."""
    found = await _referred(asked, reference)
    await must_have_no_part(asked, partner, {"application": found.id})

    def work(connection: Connection) -> None:
        applications.add_check(connection, found, data.kind, data.passed, data.source, asked.user)
        asked.log(
            connection, f"partnership {data.kind}", f"application:{found.id}", passed=data.passed, source=data.source
        )

    await asked.desk.write(work)
    return await _checks(asked, found)


@post("/partnership/applications/{reference:str}/move", needs=May.LOOK, fresh=True, status_code=200)
async def move(asked: Asking, reference: FromPath[str], data: JSONBody[Wanted]) -> Moved:
    """Move an application on. What opens a market, or ends a partnership, waits for another user's yes."""
    found = await _referred(asked, reference)
    how = how_to_move(found, data.to)
    asked.require(how.may)
    await must_have_no_part(asked, partner, {"application": found.id})
    if how.act:
        facts = await asked.desk.read(lambda connection: facts_now(asked.desk, connection, found, data.reason))
        if data.to is not State.SANDBOX:  # whose brand is opened by the act itself
            must_move(found.state, data.to, Who.HOST, facts)
        waiting = await acts.ask_for(asked, how.act, {"application": str(found.id), "reason": data.reason})
        return Moved(await _told(asked, found), approval_told(waiting))
    moved = await moves.move(
        asked.desk, found, data.to, Who.SCREENING, moves.actor_of(asked), data.reason, **values_of(data.to)
    )
    return Moved(await _told(asked, moved), None)


async def _of(desk: Desk, approval: Approval) -> Application:
    wanted = int(approval.payload["application"])
    return await desk.read(lambda connection: applications.find(connection, wanted))


async def _carry_out(desk: Desk, approval: Approval, after: State) -> dict[str, Any]:
    found = await _of(desk, approval)
    actor, reason = moves.actor_of_approval(approval), approval.payload["reason"]
    moved = await moves.move(desk, found, after, Who.HOST, actor, reason, approval.key, **values_of(after))
    return {"state": moved.state}


@acts.register("partnership_refuse", May.RESTRICT, partner)
async def _refuse(desk: Desk, approval: Approval) -> dict[str, Any]:
    return await _carry_out(desk, approval, State.REFUSED)


@acts.register("partnership_live", May.BRAND, partner)
async def _live(desk: Desk, approval: Approval) -> dict[str, Any]:
    return await _carry_out(desk, approval, State.LIVE)


@acts.register("partnership_resume", May.RESTRICT, partner)
async def _resume(desk: Desk, approval: Approval) -> dict[str, Any]:
    return await _carry_out(desk, approval, State.LIVE)


@acts.register("partnership_leave", May.STAFF, partner)
async def _leave(desk: Desk, approval: Approval) -> dict[str, Any]:
    found = await _of(desk, approval)
    moved = await moves.leave(desk, found, Who.HOST, moves.actor_of_approval(approval), approval.key)
    return {"state": moved.state}


@acts.register("partnership_sandbox", May.BRAND, partner)
async def _sandbox(desk: Desk, approval: Approval) -> dict[str, Any]:
    """Open the brand, give it its owner, and let it be tried out on the simulated venue."""
    found = await _of(desk, approval)
    if found.state is not State.SANDBOX:
        facts = await desk.read(lambda connection: facts_now(desk, connection, found))
        must_move(found.state, State.SANDBOX, Who.HOST, replace(facts, brand_opened=True))
    brand = await open_brand(desk, found)

    def keep(connection: Connection) -> Application:
        opened = applications.find(connection, found.id)
        brands.begin(connection, opened)
        owner = make_owner(connection, desk, opened, approval.decided_by)
        applications.change(connection, found.id, owner=owner)
        return applications.find(connection, found.id)

    opened = await desk.write(keep)
    actor = moves.actor_of_approval(approval)
    moved = await moves.move(desk, opened, State.SANDBOX, Who.HOST, actor, "", approval.key)
    return {"state": moved.state, "brand": str(brand)}


@post("/partnership/applications/{reference:str}/contract", needs=May.STAFF, fresh=True, status_code=202)
async def offer_contract(asked: Asking, reference: FromPath[str]) -> Moved:
    """Accept the newest contract for the host, with another user's yes."""
    found = await _referred(asked, reference)
    text = await asked.desk.read(CONTRACTS.newest)
    payload = {"application": str(found.id), "version": text.version, "hash": text.hash}
    waiting = await acts.ask_for(asked, "partnership_contract", payload)
    return Moved(await _told(asked, found), approval_told(waiting))


@acts.register("partnership_contract", May.STAFF, partner)
async def _accept_contract(desk: Desk, approval: Approval) -> dict[str, Any]:
    found, payload = await _of(desk, approval), approval.payload
    actor = moves.actor_of_approval(approval)
    done = await moves.accept_contract(desk, found, payload["version"], payload["hash"], actor, approval=approval.id)
    return {"state": done.state}


@post("/partnership/applications/{reference:str}/settle", needs=May.MONEY, fresh=True, status_code=202)
async def settle(asked: Asking, reference: FromPath[str], data: JSONBody[Settlement]) -> Moved:
    """At the end of offboarding: what of the stake goes to whom for open obligations; the rest goes back."""
    found = await _referred(asked, reference)
    row = await asked.desk.read(lambda connection: stake.counted_stake(connection, found.id))
    if row is None:
        raise Declined("wrong_state", f"application {found.reference} has no stake")
    asset = asked.desk.venue.assets[row.asset]
    owed: list[dict[str, str]] = []
    for one in data.obligations:
        units = asset.parse(one.amount)
        told = {"amount": str(units), "coins": asset.format(units), "reason": one.reason}
        owed.append({"account": str(number(one.account, "account"))} | told)
    paid = dict(settlement(row.amount, [(int(one["account"]), int(one["amount"])) for one in owed]))
    # Whoever says yes reads what is in words of people; what is paid is made of the units.
    shown = {"reference": found.reference, "asset": asset.name, "back": asset.format(paid.get(0, 0))}
    payload = {"application": str(found.id), "obligations": owed} | shown
    waiting = await acts.ask_for(asked, "partnership_settle", payload)
    return Moved(await _told(asked, found), approval_told(waiting))


@acts.register("partnership_settle", May.MONEY, partner)
async def _settle(desk: Desk, approval: Approval) -> dict[str, Any]:
    found = await _of(desk, approval)
    owed = [(int(one["account"]), int(one["amount"]), str(one["reason"])) for one in approval.payload["obligations"]]
    done = await moves.return_stake(desk, found, owed, moving.BACK_OFFICE)
    return {"state": done.state}


@delete("/partnership/applications/{reference:str}/personal", needs=May.RESTRICT, fresh=True, status_code=200)
async def erase(asked: Asking, reference: FromPath[str]) -> ApplicationTold:
    """Destroy the key of an application that is over: its contact and plan are noise from then on, backups too."""
    found = await _referred(asked, reference)

    def work(connection: Connection) -> None:
        applications.erase(connection, asked.desk.seal, found)
        asked.log(connection, "partnership erase", f"application:{found.id}")

    await asked.desk.write(work)
    return await _told(asked, await _referred(asked, reference))


@post("/intake", needs=May.USERS, status_code=200)
async def take_in(asked: Asking, body: RawBody) -> Intake:
    """Take in a mail, in the form of RFC 5322, as an application; the same one once."""
    desk = asked.desk
    message = intake.read(body, desk.settings.partnership)
    actor = moves.actor_of(asked)
    taken = await desk.write(lambda connection: intake.take(connection, desk.seal, desk.settings, message, actor))
    return Intake("" if taken.application is None else taken.application.reference, taken.is_duplicate)


async def _referred(asked: Asked, reference: str) -> Application:
    return await asked.desk.read(lambda connection: applications.referred(connection, reference))


async def _told(asked: Asked, application: Application) -> ApplicationTold:
    personal = May.USERS in asked.may
    return await asked.desk.read(lambda connection: told(asked.desk, connection, application, personal))


ROUTES = [
    list_phases,
    put_phase,
    list_contracts,
    publish_contract,
    list_applications,
    show_application,
    list_attachments,
    read_attachment,
    list_checks,
    add_check,
    move,
    offer_contract,
    settle,
    erase,
    take_in,
]
