"""Applications: what is kept of them, and how little of it can be read. Rules PA-3 to PA-5 and PA-10.

Contacts are sealed under a key of the application's own. Whoever has the link may read and change a draft; once a user
has claimed it, it is that user's.
"""

import hmac
import secrets
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from commonbook.admission.dossier import Dossiers, must_be_asked_for, must_be_text
from commonbook.admission.timeline import Timeline
from commonbook.errors import BadInput, Declined
from commonbook.identity.sealing import Seal
from commonbook.identity.sessions import hash_of
from commonbook.notice.mail import forget
from commonbook.partnership import phases, slots
from commonbook.partnership.model import Application, State, Step, Who
from commonbook.partnership.rules import ENDED, is_brand_name
from commonbook.people.directory import blinded, normalized
from commonbook.settings import PartnershipSettings
from commonbook.storage.tables.partnership import application_keys, applications, attachments, checks, steps
from commonbook.units import HOUR_NS

NOBODY = -1  # a user that there is none of
DOSSIERS, TIMELINE = Dossiers(application_keys, attachments, "partner"), Timeline(steps)
FIELDS = ("contact", "email", "phone", "team", "plan")  # what is told of a team, all of it personal data
_LONGEST = {"contact": 200, "email": 254, "phone": 64}
_REFERENCE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no letter that is taken for another


@dataclass(frozen=True, slots=True)
class New:
    """What is shown once: the link's secret is not to be had again."""

    application: Application
    secret: str


def origin_of(seal: Seal, kind: str, value: str) -> str:
    """Where an application comes from, for limits: a keyed hash; of IPv6 the network that one customer has."""
    if kind == "address":
        try:
            address = ip_address(value)
        except ValueError:
            pass
        else:
            value = str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)
    return blinded(seal, f"partnership:{kind}", value)


def create(
    connection: Connection,
    seal: Seal,
    settings: PartnershipSettings,
    source: str,
    origin: str,
    language: str,
    brand_name: str,
    told: dict[str, str],
    now_ns: int | None = None,
) -> New:
    """A draft, in the phase that is open.

    Args:
        origin: of `origin_of`.
        told: any of FIELDS.

    Raises:
        BadInput: a field is too long, or is none.
        Declined: `phase_closed`, `too_many_applications`.
    """
    moment = time.time_ns() if now_ns is None else now_ns
    clean = checked(settings, told)
    # The statement that locks comes first: of two at a time one waits, so that neither slips through the limits.
    slots.lock_all(connection)
    phase = phases.open_now(connection, moment)
    if phase is None:
        raise Declined("phase_closed", "no phase takes applications now; look at the program for the next one")
    _must_be_few(connection, settings, origin, moment)
    secret = secrets.token_urlsafe(32)
    row: dict[str, Any] = {
        "reference": "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(12)),
        "phase": phase.phase,
        "phase_version": 0,
        "state": State.DRAFT.value,
        "source": source,
        "language": language[:16],
        "user_id": 0,
        "account": 0,
        "held_account": None,
        "link_hash": hash_of(secret),
        "origin": origin,
        "personal": "",
        "brand_name": must_be_brand_name(brand_name),
        "brand": 0,
        "owner": 0,
        "token_issued": False,
        "schedules_bound": False,
        "stopped": False,
        "stop_pending": False,
        "notice_ends_ns": 0,
        "created_ns": moment,
        "changed_ns": moment,
    }
    made = connection.execute(insert(applications).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    DOSSIERS.begin(connection, seal, number)
    keep_personal(connection, seal, number, clean)
    add_step(connection, number, moment, "", State.DRAFT, Who.APPLICANT)
    return New(find(connection, number), secret)


def _must_be_few(connection: Connection, settings: PartnershipSettings, origin: str, now_ns: int) -> None:
    lately = select(func.count()).select_from(applications).where(applications.c.created_ns > now_ns - HOUR_NS)
    if (
        connection.execute(lately.where(applications.c.origin == origin)).scalar_one()
        >= settings.applications_per_origin
    ):
        raise Declined(
            "too_many_applications", "you have sent several applications in this hour: go on with one of them"
        )
    if connection.execute(lately).scalar_one() >= settings.applications_per_hour:
        raise Declined("too_many_applications", "many applications come in just now: try again in an hour")


def checked(settings: PartnershipSettings, told: dict[str, str]) -> dict[str, str]:
    """What was told, without space around it and without what is empty.

    Raises:
        BadInput: names the field.
    """
    must_be_asked_for(told, FIELDS)
    texts = {name: must_be_text(name, told[name], _LONGEST.get(name, settings.text_characters)) for name in told}
    clean = {name: text for name, text in texts.items() if text}
    if "email" in clean:
        normalized(clean["email"])
    return clean


def must_be_brand_name(name: str) -> str:
    """
    Raises:
        BadInput: it cannot be the first label of a host name.
    """
    if name and not is_brand_name(name):
        raise BadInput(
            f"brand name {name[:40]!r}: 3 to 31 small letters, digits and hyphens, beginning with a letter, not ending"
            " with a hyphen"
        )
    return name


def is_complete(application: Application, told: dict[str, str]) -> bool:
    return bool(application.brand_name) and all(told.get(name) for name in FIELDS)


# -- finding ----------------------------------------------------------------------------------------------------------


def find(connection: Connection, number: int) -> Application:
    """
    Raises:
        Declined: `no_such_application`.
    """
    row = connection.execute(select(applications).where(applications.c.application == number)).first()
    if row is None:
        raise Declined("no_such_application", f"there is no application {number}")
    return _application(row)


def referred(connection: Connection, reference: str) -> Application:
    """
    Raises:
        Declined: `no_such_application`.
    """
    row = connection.execute(select(applications).where(applications.c.reference == reference[:16])).first()
    if row is None:
        raise Declined("no_such_application", f"there is no application {reference[:16]}")
    return _application(row)


def with_secret(connection: Connection, secret: str) -> Application:
    """
    Raises:
        Declined: `no_such_application`.
    """
    row = connection.execute(select(applications).where(applications.c.link_hash == hash_of(secret))).first()
    if row is None:
        raise Declined("no_such_application", "there is no application for this link")
    return _application(row)


def must_be_theirs(connection: Connection, reference: str, user: int, secret: str) -> Application:
    """The application, for its user, or, before it has one, for whoever has the link. A stranger's answers as an absent
    one.

    Raises:
        Declined: `no_such_application`.
    """
    try:
        found = referred(connection, reference)
    except Declined:
        found = None
    has_link = found is not None and bool(secret) and hmac.compare_digest(found.link_hash, hash_of(secret))
    if found is None or not (found.user == user if found.user else has_link):
        raise Declined("no_such_application", f"there is no application {reference[:16]} of yours")
    return found


def of_user(connection: Connection, user: int) -> list[Application]:
    """Newest first."""
    chosen = select(applications).where(applications.c.user_id == user).order_by(applications.c.application.desc())
    return [_application(row) for row in connection.execute(chosen)]


def of_brand(connection: Connection, brand: int) -> Application:
    """
    Raises:
        Declined: `no_such_application`: the brand is the host's own, or was not opened by the program.
    """
    chosen = select(applications).where(applications.c.brand == brand, applications.c.owner != 0)
    row = connection.execute(chosen).first() if brand else None
    if row is None:
        raise Declined("no_such_application", "this brand is not one of the partnership")
    return _application(row)


def highest_brand(connection: Connection) -> int:
    """Of the numbers that applications have chosen for their brands; 0 for none."""
    return int(connection.execute(select(func.max(applications.c.brand))).scalar() or 0)


def in_states(
    connection: Connection, states: tuple[State, ...], before: int = 2**62, most: int = 2**31
) -> list[Application]:
    """A page, newest first."""
    chosen = select(applications).where(
        applications.c.state.in_([state.value for state in states]), applications.c.application < before
    )
    rows = connection.execute(chosen.order_by(applications.c.application.desc()).limit(most))
    return [_application(row) for row in rows]


# -- changing ---------------------------------------------------------------------------------------------------------


def edit(
    connection: Connection,
    seal: Seal,
    settings: PartnershipSettings,
    application: Application,
    told: dict[str, str],
    brand_name: str | None,
) -> Application:
    """Change a draft; what is not told stays as it is.

    Raises:
        BadInput: as `create` says.
        Declined: `wrong_state`.
    """
    clean = checked(settings, told)
    values: dict[str, Any] = {"changed_ns": time.time_ns()}
    if brand_name is not None:
        values["brand_name"] = must_be_brand_name(brand_name)
    draft = (applications.c.application == application.id) & (applications.c.state == State.DRAFT.value)
    if connection.execute(update(applications).where(draft).values(**values)).rowcount != 1:
        raise Declined("wrong_state", f"application {application.reference} is {application.state}: drafts are changed")
    keep_personal(connection, seal, application.id, personal(connection, seal, application.id) | clean)
    return find(connection, application.id)


def claim(connection: Connection, application: Application, user: int, account: int) -> Application:
    """Make it a user's, for good; the stake will come from that user's trading account.

    Args:
        account: 0 for a user who has none yet: it is taken at a later claim.

    Raises:
        Declined: `claimed` by somebody else, `application_open`: the account has one that is not over.
    """
    slots.lock(connection, application.phase)
    others = applications.alias()
    held = select(others.c.reference).where(others.c.held_account == account, others.c.application != application.id)
    mine = (applications.c.application == application.id) & applications.c.user_id.in_([0, user])
    mine &= applications.c.account.in_([0, account]) & applications.c.state.not_in([one.value for one in ENDED])
    mine &= ~held.exists()
    values = {"user_id": user, "account": account, "held_account": account or None, "changed_ns": time.time_ns()}
    if connection.execute(update(applications).where(mine).values(**values)).rowcount != 1:
        other = connection.execute(held).scalar() if account else None
        if other is not None:
            raise Declined("application_open", f"this account has the application {other}, which is not over")
        raise Declined("claimed", f"application {application.reference} is another user's, or is over")
    return find(connection, application.id)


def change(connection: Connection, number: int, **values: Any) -> None:
    """Columns that are no state."""
    where = applications.c.application == number
    connection.execute(update(applications).where(where).values(changed_ns=time.time_ns(), **values))


def add_check(
    connection: Connection, application: Application, kind: str, passed: bool, source: str, user: int
) -> None:
    """What screening has found; the newest of a kind counts."""
    row = {
        "application": application.id,
        "kind": kind,
        "passed": passed,
        "source": source,
        "user_id": user,
        "time_ns": time.time_ns(),
    }
    connection.execute(insert(checks).values(**row))


def check_passed(connection: Connection, number: int, kind: str) -> bool:
    chosen = select(checks.c.passed).where(checks.c.application == number, checks.c.kind == kind)
    return bool(connection.execute(chosen.order_by(checks.c.check.desc()).limit(1)).scalar())


def checks_of(connection: Connection, number: int) -> list[Row[Any]]:
    chosen = select(checks).where(checks.c.application == number).order_by(checks.c.check)
    return list(connection.execute(chosen))


# -- the timeline -----------------------------------------------------------------------------------------------------


def add_step(
    connection: Connection,
    number: int,
    now_ns: int,
    before: str,
    after: State,
    role: Who,
    reason: str = "",
    cause: str = "",
) -> None:
    TIMELINE.add(connection, number, now_ns, before, after.value, role.value, reason, cause)


def timeline(connection: Connection, number: int) -> list[Step]:
    return [
        Step(one.number, one.time_ns, one.before, State(one.after), Who(one.role), one.reason, one.cause)
        for one in TIMELINE.steps(connection, number)
    ]


def step_of(connection: Connection, number: int, cause: str) -> Step | None:
    """The step that an act has already made."""
    return next((step for step in timeline(connection, number) if cause and step.cause == cause), None)


# -- personal data ----------------------------------------------------------------------------------------------------


def personal(connection: Connection, seal: Seal, number: int) -> dict[str, str]:
    """What was told; nothing once it has been erased."""
    row = connection.execute(select(applications.c.personal).where(applications.c.application == number)).first()
    return DOSSIERS.unsealed(connection, seal, number, row.personal if row is not None else "", "personal")


def keep_personal(connection: Connection, seal: Seal, number: int, told: dict[str, str]) -> None:
    sealed_text = DOSSIERS.sealed(connection, seal, number, told, "personal")
    connection.execute(update(applications).where(applications.c.application == number).values(personal=sealed_text))


def erase(connection: Connection, seal: Seal, application: Application) -> None:
    """Destroy the key of an application that is over: what is sealed, in every copy and backup, is noise (PA-5).

    Raises:
        Declined: `wrong_state`.
    """
    if application.state not in ENDED:
        raise Declined("wrong_state", f"application {application.reference} is {application.state}: it is not over")
    slots.lock(connection, application.phase)
    address = personal(connection, seal, application.id).get("email", "")
    if address:
        forget(connection, seal, NOBODY, address)
    DOSSIERS.erase(connection, application.id)
    where = applications.c.application == application.id
    gone = {"personal": "", "origin": "", "link_hash": f"erased:{application.id}"}
    connection.execute(update(applications).where(where).values(**gone))


def _application(row: Row[Any]) -> Application:
    return Application(
        id=row.application,
        reference=row.reference,
        phase=row.phase,
        phase_version=row.phase_version,
        state=State(row.state),
        source=row.source,
        language=row.language,
        user=row.user_id,
        account=row.account,
        link_hash=row.link_hash,
        brand_name=row.brand_name,
        brand=row.brand,
        owner=row.owner,
        token_issued=row.token_issued,
        schedules_bound=row.schedules_bound,
        stopped=row.stopped,
        stop_pending=row.stop_pending,
        notice_ends_ns=row.notice_ends_ns,
        created_ns=row.created_ns,
        changed_ns=row.changed_ns,
    )
