"""Staff, approvals and the audit log: the same routes at a brand's desk and at the host's."""

from typing import Any

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from commonbook.administration import approvals, checkpoint, log, roles
from commonbook.administration.approvals import Approval
from commonbook.administration.roles import May, Role
from commonbook.errors import BadInput, Declined, Mismatch
from commonbook.gateway.desk import acts
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.gateway.desk.parties import user_of
from commonbook.notice.texts import nearest
from commonbook.people import directory
from commonbook.people import staff as staff_invitations

PAGE = 100


class StaffMember(msgspec.Struct, frozen=True):
    user: str
    email: str
    roles: list[Role]


class NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    user: str
    role: Role


class Invitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: str
    role: Role
    language: str = "en"


class LoggedAct(msgspec.Struct, frozen=True):
    number: int
    time_ns: str
    actor: str
    act: str
    subject: str
    details: dict[str, Any]
    hash: str


class LogVerified(msgspec.Struct, frozen=True):
    """Whether the log is what its hashes and all that was signed say."""

    whole: bool
    why: str  # what is wrong
    acts: int = 0
    head: str = ""  # the hash of the last
    checkpoints: int = 0  # that were compared
    signed_acts: int = 0  # up to which the newest of them covers this log
    signed_ns: str = ""  # when that was signed
    key: str = ""  # the public key, in hexadecimal


class ApprovalTold(msgspec.Struct, frozen=True):
    id: int
    kind: str
    payload: dict[str, Any]
    payload_hash: str
    requested_by: str
    requested_ns: str
    expires_ns: str
    state: str
    decided_by: str
    outcome: dict[str, Any]


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A yes or a no to exactly this payload."""

    payload_hash: str


def told(one: Approval) -> ApprovalTold:
    return ApprovalTold(
        id=one.id,
        kind=one.kind,
        payload=one.payload,
        payload_hash=one.payload_hash,
        requested_by=str(one.requested_by),
        requested_ns=str(one.requested_ns),
        expires_ns=str(one.expires_ns),
        state=one.state,
        decided_by=str(one.decided_by or ""),
        outcome=one.outcome,
    )


def number(text: str, what: str) -> int:
    """An id as the API writes it.

    Raises:
        BadInput: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 2**63):
        raise BadInput(f"{what} {text[:32]!r} is not a number")
    return int(text)


@get("/staff", needs=May.LOOK)
async def staff(asked: Asking) -> list[StaffMember]:
    """Everyone with a role, and their roles."""
    return await _staff(asked)


async def _staff(asked: Asked) -> list[StaffMember]:
    def find(connection: Any) -> list[StaffMember]:
        found: dict[int, list[Role]] = {}
        for one in roles.staff_of(connection, asked.brand):
            found.setdefault(one.user, []).append(one.role)
        seal = asked.desk.seal
        return [
            StaffMember(str(user), directory.personal(connection, seal, user).get("email", ""), held)
            for user, held in found.items()
        ]

    return await asked.desk.read(find)


@post("/staff", needs=May.STAFF, fresh=True, status_code=200)
async def give_role(asked: Asking, data: JSONBody[NewRole]) -> list[StaffMember]:
    """Give a user of this brand a role. Making an owner needs another user's yes."""
    user = number(data.user, "user")
    await asked.desk.read(lambda connection: directory.must_be_of(connection, user, asked.brand))
    if data.role is Role.OWNER:
        await acts.ask_for(asked, "grant_owner", {"user": str(user)})
    else:
        await asked.desk.write(lambda connection: _grant(connection, asked, user, data.role))
    return await _staff(asked)


@delete("/staff/{user:str}/{role:str}", needs=May.STAFF, fresh=True, status_code=200)
async def take_role(asked: Asking, user: FromPath[str], role: FromPath[Role]) -> list[StaffMember]:
    """Take a role away, at once."""
    whose = number(user, "user")

    def take(connection: Any) -> None:
        if not roles.take_back(connection, whose, asked.brand, role):
            raise Declined("no_such_role", f"user {whose} is not {role}")
        asked.log(connection, "take role", f"user:{whose}", role=role)

    await asked.desk.write(take)
    return await _staff(asked)


@post("/staff/invite", needs=May.STAFF, fresh=True, status_code=200)
async def invite(asked: Asking, data: JSONBody[Invitation]) -> list[StaffMember]:
    """Give somebody a role by their address: a mail brings them in. Owners are made of who is there already."""
    if data.role is Role.OWNER:
        raise Declined("not_by_invitation", "invite with another role; once they are in, make them an owner")
    desk = asked.desk
    head = letterhead(desk.settings.mail, desk.hosts, asked.brand)

    def work(connection: Any) -> None:
        user, _ = staff_invitations.invite(
            connection, desk.seal, desk.settings.people, head, data.email, data.role, asked.user, nearest(data.language)
        )
        asked.log(connection, "invite", f"user:{user.id}", role=data.role)

    await desk.write_racing(work)
    return await _staff(asked)


def _grant(connection: Any, asked: Asked, user: int, role: Role) -> None:
    if roles.grant(connection, user, asked.brand, role, asked.user, 0):
        asked.log(connection, "give role", f"user:{user}", role=role)


@acts.register("grant_owner", May.STAFF, user_of())
async def _grant_owner(desk: Any, approval: Approval) -> dict[str, Any]:
    user = int(approval.payload["user"])
    await desk.write(
        lambda connection: roles.grant(
            connection, user, approval.brand, Role.OWNER, approval.decided_by, approval.decided_ns
        )
    )
    return {"user": str(user)}


@get("/log", needs=May.LOG)
async def audit_log(asked: Asking, before: FromQuery[int] = 2**62, search: FromQuery[str] = "") -> list[LoggedAct]:
    """What was done, newest first; 100 acts a page, `before` a number. `search`: words that all stand in an act."""
    words = search[:200]
    found = await asked.desk.read(lambda connection: log.newest(connection, asked.brand, PAGE, before, words))
    return [
        LoggedAct(
            one.number, str(one.time_ns), one.actor, one.act, one.subject, msgspec.json.decode(one.details), one.hash
        )
        for one in found
    ]


@get("/log/verify", needs=May.LOG)
async def verify_log(asked: Asking) -> LogVerified:
    """Walk the whole log now, and hold it against every signed checkpoint that is kept here. AD-8."""
    path = checkpoint.checkpoint_folder(asked.desk.data_dir, asked.desk.settings) / checkpoint.FILE

    def walk(connection: Any) -> LogVerified:
        try:
            signed = checkpoint.read(path.read_text()) if path.exists() else []
            count, head = checkpoint.compare_one(connection, asked.brand, signed)
        except Mismatch as mismatch:
            return LogVerified(False, str(mismatch))
        newest = signed[-1] if signed else {}
        covered = next((one["count"] for one in newest.get("heads", []) if one["brand"] == asked.brand), 0)
        return LogVerified(
            True, "", count, head, len(signed), covered, newest.get("time_ns", ""), newest.get("key", "")
        )

    return await asked.desk.read(walk)


@get("/approvals", needs=May.LOOK)
async def waiting(asked: Asking) -> list[ApprovalTold]:
    """Acts that wait for a second pair of eyes, newest first."""
    found = await asked.desk.read(lambda connection: approvals.waiting(connection, asked.brand))
    return [told(one) for one in found]


@get("/approvals/{approval:int}", needs=May.LOOK)
async def one_approval(asked: Asking, approval: FromPath[int]) -> ApprovalTold:
    return told(await asked.desk.read(lambda connection: approvals.find(connection, approval, asked.brand)))


@post("/approvals/{approval:int}/approve", needs=May.APPROVE, fresh=True, status_code=200)
async def approve(asked: Asking, approval: FromPath[int], data: JSONBody[Decision]) -> ApprovalTold:
    """Another user's yes; the act is carried out before this answers."""
    return told(await acts.decide(asked, approval, data.payload_hash, True))


@post("/approvals/{approval:int}/refuse", needs=May.LOOK, status_code=200)
async def refuse(asked: Asking, approval: FromPath[int], data: JSONBody[Decision]) -> ApprovalTold:
    """A no; of the one who asked, taking it back."""
    found = await asked.desk.read(lambda connection: approvals.find(connection, approval, asked.brand))
    if found.requested_by != asked.user:
        asked.require(May.APPROVE)
    return told(await acts.decide(asked, approval, data.payload_hash, False))


ROUTES = [staff, invite, give_role, take_role, audit_log, verify_log, waiting, one_approval, approve, refuse]
