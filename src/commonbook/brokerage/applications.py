"""Applications: what is kept of them, and whose they are. Rules BE-2 to BE-4 and BE-7.

A user has one application at a time that is not over. What it tells of a company is sealed under the application's own
key; what is agreed of its systems is not, for others check by it.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from commonbook.admission.dossier import Dossiers, must_be_asked_for, must_be_text
from commonbook.admission.timeline import Timeline
from commonbook.brand import logo as pictures
from commonbook.brokerage import questionnaire, rules
from commonbook.brokerage.model import Application, Business, CheckKind, Integration, Models, State, Who
from commonbook.brokerage.rules import ENDED
from commonbook.errors import BadInput, Declined
from commonbook.identity.sealing import Seal
from commonbook.instrument.accounts import SUBACCOUNTS_MOST
from commonbook.oauth.model import ClientKind
from commonbook.oauth.rules import check_redirect
from commonbook.people.directory import normalized
from commonbook.settings import BrokerageSettings
from commonbook.storage.tables import brokerage as tables
from commonbook.units import HOUR_NS

DOSSIERS = Dossiers(tables.application_keys, tables.papers, "broker")
TIMELINE = Timeline(tables.steps)
TRIED_OUT = (State.INTEGRATION, State.SANDBOX)
TITLE_CHARACTERS = 64
COMMENT_CHARACTERS = 4_000
_REFERENCE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no letter that is taken for another
_table = tables.applications


@dataclass(frozen=True, slots=True)
class Comment:
    user: int
    role: str
    is_internal: bool
    text: str
    time_ns: int


# -- beginning and changing -------------------------------------------------------------------------------------------


def begin(connection: Connection, seal: Seal, settings: BrokerageSettings, user: int, brand: int) -> Application:
    """An empty draft of a user.

    Raises:
        Declined: `application_open`: there is one that is not over; `too_many_applications`.
    """
    moment = time.time_ns()
    held = connection.execute(select(_table.c.reference).where(_table.c.open_user == user)).scalar()
    if held is not None:
        raise Declined("application_open", f"you have the application {held}, which is not over")
    lately = select(func.count()).where(_table.c.user_id == user, _table.c.created_ns > moment - 24 * HOUR_NS)
    if connection.execute(lately).scalar_one() >= settings.applications_per_day:
        raise Declined("too_many_applications", "you have applied several times today: go on tomorrow")
    row: dict[str, Any] = {
        "reference": "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(12)),
        "state": State.DRAFT.value,
        "user_id": user,
        "open_user": user,
        "brand": brand,
        "account": 0,
        "logo": "",
        "personal": "",
        "broker": 0,
        "created_ns": moment,
        "changed_ns": moment,
        "asked": 0,
        **_columns(Integration()),
    }
    made = connection.execute(insert(_table).values(**row)).inserted_primary_key
    number = int(made[0]) if made is not None else 0
    DOSSIERS.begin(connection, seal, number)
    TIMELINE.add(connection, number, moment, "", State.DRAFT, Who.APPLICANT)
    return find(connection, number)


def edit(
    connection: Connection,
    seal: Seal,
    settings: BrokerageSettings,
    application: Application,
    integration: Integration,
    told: dict[str, str],
) -> Application:
    """Change a draft; while it is tried out, where its systems are.

    Args:
        integration: all of it, as it is to be.
        told: of `questionnaire.ASKED`; what is not told stays as it is.

    Raises:
        BadInput: names what is not good.
        Declined: `wrong_state`.
    """
    clean = checked_told(settings, told)
    wanted = checked(settings, integration)
    found = hold(connection, application.id)
    if found.state in TRIED_OUT and not clean and _but_for_places(wanted) == _but_for_places(found.integration):
        must_be_whole(settings, wanted)
    elif found.state is not State.DRAFT:
        text = f"application {found.reference} is {found.state}: all of a draft is changed, and while it is tried out"
        raise Declined("wrong_state", f"{text} redirect_urls, is_public_client and ip_list alone", state=found.state)
    change(connection, found.id, changed_ns=time.time_ns(), **_columns(wanted))
    if clean:
        kept = {name: text for name, text in (personal(connection, seal, found.id) | clean).items() if text}
        change(connection, found.id, personal=DOSSIERS.sealed(connection, seal, found.id, kept, "personal"))
    return find(connection, found.id)


def must_be_whole(settings: BrokerageSettings, wanted: Integration) -> None:
    """
    Raises:
        BadInput: names what was told once and cannot be left out any more.
    """
    gone = rules.missing_of(wanted, settings.least_requests_per_s)
    if gone:
        raise BadInput(f"these cannot be left out any more: {', '.join(gone)}")


def keep_places(connection: Connection, number: int, wanted: Integration) -> Application:
    """Of a broker, where its systems are from now on.

    Args:
        wanted: of `checked`; all but the places is as it was.

    Raises:
        Declined: `wrong_state`.
    """
    found = hold(connection, number)
    must_be_open(found)
    places = {"redirect_urls", "is_public_client", "ip_list"}
    change(connection, number, **{name: value for name, value in _columns(wanted).items() if name in places})
    return find(connection, number)


def must_have_none_open(connection: Connection, user: int) -> None:
    """
    Raises:
        Declined: `application_open`: the user is a broker, or would be one.
    """
    held = connection.execute(select(_table.c.reference).where(_table.c.open_user == user)).scalar()
    if held is not None:
        where = f"/broker/v1/applications/{held}"
        raise Declined("application_open", f"you are a broker, or would be one: withdraw or leave first, at {where}")


def must_have_none_submitted(connection: Connection, user: int) -> None:
    """Of who would come under another broker; a draft may go on, and is not taken then (BE-2).

    Raises:
        Declined: `application_open`: the user is a broker, or has asked to be one.
    """
    mine = (_table.c.open_user == user) & (_table.c.state != State.DRAFT.value)
    held = connection.execute(select(_table.c.reference).where(mine)).scalar()
    if held is not None:
        raise Declined("application_open", f"you have asked to be a broker of your own, by {held}: withdraw that first")


def _but_for_places(one: Integration) -> Integration:
    return replace(one, redirect_urls=(), is_public_client=False, ip_list=())


def checked(settings: BrokerageSettings, wanted: Integration) -> Integration:
    """
    Raises:
        BadInput: names what is not good.
    """
    title = must_be_text("title", wanted.title, TITLE_CHARACTERS)
    if not title.isprintable():
        raise BadInput("title is one line of characters that can be read: users see it when they are asked (O-1)")
    if not 0 <= wanted.requests_per_s < 2**31:
        raise BadInput(f"requests_per_s {wanted.requests_per_s} is not a number of requests in a second")
    if not 0 <= wanted.subaccounts_most <= SUBACCOUNTS_MOST:
        raise BadInput(f"subaccounts_most {wanted.subaccounts_most}: 0 for none, or up to {SUBACCOUNTS_MOST}")
    if not wanted.models.has_api and wanted.subaccounts_most:
        raise BadInput("sub-accounts for clients of its own are kept by keys: leave them out, or choose api or both")
    if not wanted.models.has_oauth and wanted.redirect_urls:
        raise BadInput("redirect addresses are for OAuth: leave them out, or choose oauth or both")
    if not wanted.models.has_oauth and wanted.is_public_client:
        raise BadInput("only a client of OAuth can be one that keeps no secret: choose oauth or both")
    kind = ClientKind.PUBLIC if wanted.is_public_client else ClientKind.SECRET
    for address in wanted.redirect_urls:
        check_redirect(address, kind)
    return Integration(
        title=title,
        models=wanted.models,
        business=wanted.business,
        codes=rules.checked_codes(list(wanted.codes), settings.reserved_codes, settings.wished_codes),
        redirect_urls=rules.checked_redirects(
            list(wanted.redirect_urls), wanted.is_public_client, settings.redirect_urls
        ),
        is_public_client=wanted.is_public_client,
        ip_list=rules.checked_addresses(list(wanted.ip_list), settings.addresses),
        requests_per_s=wanted.requests_per_s,
        subaccounts_most=wanted.subaccounts_most,
    )


def checked_told(settings: BrokerageSettings, told: dict[str, str]) -> dict[str, str]:
    """
    Raises:
        BadInput: names the field.
    """
    must_be_asked_for(told, questionnaire.ASKED)
    clean = {
        name: must_be_text(name, value, questionnaire.LONGEST.get(name, settings.text_characters))
        for name, value in told.items()
    }
    if clean.get("email"):
        normalized(clean["email"])
    if clean.get("website") and not clean["website"].startswith("https://"):
        raise BadInput("website begins with https://")
    return clean


def missing(connection: Connection, seal: Seal, settings: BrokerageSettings, application: Application) -> list[str]:
    """What is not told and must be, in the order in which it is asked for (BE-4)."""
    told = personal(connection, seal, application.id)
    found = rules.missing_of(application.integration, settings.least_requests_per_s)
    found += [name for name in questionnaire.ASKED if not told.get(name)]
    if not paper_count(connection, application.id):
        found.append("papers")
    if application.integration.models.has_oauth and not application.logo:
        found.append("logo")
    return found


# -- finding ----------------------------------------------------------------------------------------------------------


def find(connection: Connection, number: int) -> Application:
    """
    Raises:
        Declined: `no_such_application`.
    """
    row = connection.execute(select(_table).where(_table.c.application == number)).first()
    if row is None:
        raise Declined("no_such_application", f"there is no application {number}")
    return _application(row)


def hold(connection: Connection, number: int) -> Application:
    """An application, to be moved in this transaction: whoever else moves it waits until it has ended."""
    connection.execute(update(_table).where(_table.c.application == number).values(asked=_table.c.asked + 1))
    return find(connection, number)


def referred(connection: Connection, reference: str, user: int | None = None) -> Application:
    """
    Args:
        user: another user's answers as one that is absent; None asks of any.

    Raises:
        Declined: `no_such_application`.
    """
    row = connection.execute(select(_table).where(_table.c.reference == reference[:16])).first()
    if row is None or (user is not None and row.user_id != user):
        raise Declined("no_such_application", f"there is no application {reference[:16]}")
    return _application(row)


def of_user(connection: Connection, user: int) -> list[Application]:
    """Newest first."""
    chosen = select(_table).where(_table.c.user_id == user).order_by(_table.c.application.desc())
    return [_application(row) for row in connection.execute(chosen)]


def in_states(
    connection: Connection, states: Iterable[State], before: int = 2**62, most: int = 2**31, until_ns: int = 2**62
) -> list[Application]:
    """A page, newest first.

    Args:
        until_ns: they have been as they are since this time at least.
    """
    wanted = [state.value for state in states]
    chosen = select(_table).where(
        _table.c.state.in_(wanted), _table.c.application < before, _table.c.changed_ns <= until_ns
    )
    return [_application(row) for row in connection.execute(chosen.order_by(_table.c.application.desc()).limit(most))]


def personal(connection: Connection, seal: Seal, number: int) -> dict[str, str]:
    """What was told; nothing once it has been erased."""
    text = connection.execute(select(_table.c.personal).where(_table.c.application == number)).scalar()
    return DOSSIERS.unsealed(connection, seal, number, text or "", "personal")


def change(connection: Connection, number: int, **values: Any) -> None:
    """Columns that are no state."""
    connection.execute(update(_table).where(_table.c.application == number).values(**values))


# -- papers and the logo ----------------------------------------------------------------------------------------------


def add_paper(
    connection: Connection,
    seal: Seal,
    settings: BrokerageSettings,
    application: Application,
    kind: str,
    name: str,
    content: bytes,
) -> int:
    """A paper of the company's, kept sealed and never opened here.

    Raises:
        BadInput: its kind, its size or its name is none that is taken.
        Declined: `wrong_state`, `too_many_papers`.
    """
    must_be_open(application)
    if kind not in questionnaire.PAPER_KINDS:
        raise BadInput(f"a paper is one of {', '.join(questionnaire.PAPER_KINDS)}, not {kind[:64]!r}")
    if not 0 < len(content) <= settings.paper_bytes:
        raise BadInput(f"the paper has {len(content):,} bytes; 1 to {settings.paper_bytes:,}")
    title = must_be_text("name", name, 200)
    if not title:
        raise BadInput("the paper needs a name by which people know it")
    hold(connection, application.id)
    if paper_count(connection, application.id) >= settings.papers:
        raise Declined("too_many_papers", f"an application has at most {settings.papers} papers: take one back")
    return DOSSIERS.attach(connection, seal, application.id, kind, title, content)


def take_back_paper(connection: Connection, application: Application, number: int) -> None:
    """
    Raises:
        Declined: `wrong_state`: only a draft's; `no_such_paper`.
    """
    if application.state is not State.DRAFT:
        raise Declined("wrong_state", f"application {application.reference} is {application.state}: its papers stay")
    where = (tables.papers.c.application == application.id) & (tables.papers.c.number == number)
    if connection.execute(delete(tables.papers).where(where)).rowcount != 1:
        raise Declined("no_such_paper", f"application {application.reference} has no paper {number}")


def paper_count(connection: Connection, number: int) -> int:
    chosen = select(func.count()).select_from(tables.papers).where(tables.papers.c.application == number)
    return int(connection.execute(chosen).scalar_one())


def keep_logo(connection: Connection, application: Application, content: bytes, most_bytes: int) -> str:
    """A picture that users see when they are asked to trust the broker; its hash.

    Raises:
        BadInput: it is none that is taken.
        Declined: `wrong_state`.
    """
    if application.state not in (State.DRAFT, *TRIED_OUT):
        raise Declined("wrong_state", f"application {application.reference} is {application.state}: its logo stays")
    kind = pictures.kind_of(content, most_bytes)
    hashed = hashlib.sha256(content).hexdigest()
    if connection.execute(select(tables.logos.c.hash).where(tables.logos.c.hash == hashed)).first() is None:
        connection.execute(insert(tables.logos).values(hash=hashed, kind=kind, content=content))
    change(connection, application.id, logo=hashed)
    shown = select(_table.c.logo).where(_table.c.logo != "")
    gone = (tables.logos.c.hash == application.logo) & tables.logos.c.hash.not_in(shown)
    connection.execute(delete(tables.logos).where(gone))  # the one before, unless another shows it, too
    return hashed


def logo_of(connection: Connection, hashed: str) -> tuple[str, bytes]:
    """The kind of a logo, and what is in it.

    Raises:
        Declined: `no_such_logo`.
    """
    row = connection.execute(select(tables.logos).where(tables.logos.c.hash == hashed)).first()
    if row is None:
        raise Declined("no_such_logo", f"there is no logo {hashed[:64]}")
    return row.kind, bytes(row.content)


def must_be_open(application: Application) -> None:
    """
    Raises:
        Declined: `wrong_state`: it is over.
    """
    if application.state in ENDED:
        raise Declined("wrong_state", f"application {application.reference} is {application.state}")


# -- codes ------------------------------------------------------------------------------------------------------------


def taken_codes(connection: Connection, wished: Iterable[str], user: int) -> list[str]:
    """Which of some codes an application of another user has, whatever the case of their letters."""
    folded = {one.lower(): one for one in wished}
    chosen = select(tables.codes.c.folded).where(
        tables.codes.c.folded.in_(list(folded)), tables.codes.c.application.not_in(_own(user))
    )
    return [folded[one] for one in connection.execute(chosen).scalars()]


def reserve_codes(connection: Connection, application: Application) -> None:
    """Hold the codes that are wished, so that nobody else is given one. Of two at once, one fails on the key."""
    wished = {one.lower(): one for one in application.integration.codes}
    own = tables.codes.c.application.in_(_own(application.user)) & tables.codes.c.folded.in_(list(wished))
    connection.execute(delete(tables.codes).where(own))  # also one that an earlier application was given
    rows = [{"folded": folded, "code": code, "application": application.id} for folded, code in wished.items()]
    connection.execute(insert(tables.codes), rows)


def _own(user: int) -> Select[tuple[int]]:
    return select(_table.c.application).where(_table.c.user_id == user)


def release_codes(connection: Connection, application: int, but: str = "") -> None:
    """Those that are wished are free again, except the one that was given."""
    mine = (tables.codes.c.application == application) & (tables.codes.c.folded != but.lower())
    connection.execute(delete(tables.codes).where(mine))


# -- checks and comments ----------------------------------------------------------------------------------------------


def add_check(
    connection: Connection, application: Application, kind: CheckKind, passed: bool, source: str, user: int
) -> None:
    """What the host has found; the newest of a kind counts."""
    row = {
        "application": application.id,
        "kind": kind.value,
        "passed": passed,
        "source": source,
        "user_id": user,
        "time_ns": time.time_ns(),
    }
    connection.execute(insert(tables.checks).values(**row))


def check_passed(connection: Connection, number: int, kind: CheckKind) -> bool:
    table = tables.checks
    chosen = select(table.c.passed).where(table.c.application == number, table.c.kind == kind.value)
    return bool(connection.execute(chosen.order_by(table.c.check.desc()).limit(1)).scalar())


def checks_of(connection: Connection, number: int) -> list[Row[Any]]:
    table = tables.checks
    return list(connection.execute(select(table).where(table.c.application == number).order_by(table.c.check)))


def add_comment(
    connection: Connection,
    seal: Seal,
    settings: BrokerageSettings,
    application: Application,
    user: int,
    role: str,
    text: str,
    is_internal: bool = False,
) -> None:
    """
    Args:
        role: `applicant` or `host`.

    Raises:
        BadInput: nothing in it, or too much.
        Declined: `too_many_comments` of an applicant; `erased`.
    """
    clean = must_be_text("text", text, COMMENT_CHARACTERS)
    if not clean:
        raise BadInput("the comment is empty")
    moment, table = time.time_ns(), tables.comments
    if role == Who.APPLICANT:
        hold(connection, application.id)
        lately = select(func.count()).where(
            table.c.application == application.id, table.c.role == role, table.c.time_ns > moment - HOUR_NS
        )
        if connection.execute(lately).scalar_one() >= settings.comments_per_hour:
            raise Declined("too_many_comments", "you have commented often in this hour: wait a little")
    row = {
        "application": application.id,
        "user_id": user,
        "role": role,
        "is_internal": is_internal,
        "text": DOSSIERS.sealed(connection, seal, application.id, {"text": clean}, "comment"),
        "time_ns": moment,
    }
    connection.execute(insert(table).values(**row))


def comments_of(connection: Connection, seal: Seal, number: int, internal: bool) -> list[Comment]:
    """Oldest first.

    Args:
        internal: whether those that are the host's alone are among them.
    """
    table = tables.comments
    chosen = select(table).where(table.c.application == number).order_by(table.c.comment)
    return [
        Comment(
            row.user_id,
            row.role,
            row.is_internal,
            DOSSIERS.unsealed(connection, seal, number, row.text, "comment").get("text", ""),
            row.time_ns,
        )
        for row in connection.execute(chosen)
        if internal or not row.is_internal
    ]


# -- the end ----------------------------------------------------------------------------------------------------------


def erase(connection: Connection, application: Application) -> None:
    """Destroy the key of an application that is over: what is sealed of it is noise (BE-7).

    Raises:
        Declined: `wrong_state`.
    """
    if application.state not in ENDED:
        raise Declined("wrong_state", f"application {application.reference} is {application.state}: it is not over")
    hold(connection, application.id)
    DOSSIERS.erase(connection, application.id)
    connection.execute(delete(tables.comments).where(tables.comments.c.application == application.id))
    change(connection, application.id, personal="")


def _columns(one: Integration) -> dict[str, Any]:
    return {
        "title": one.title,
        "models": one.models.value,
        "business": "" if one.business is None else one.business.value,
        "codes": json.dumps(one.codes),
        "redirect_urls": json.dumps(one.redirect_urls),
        "is_public_client": one.is_public_client,
        "ip_list": json.dumps(one.ip_list),
        "requests_per_s": one.requests_per_s,
        "subaccounts_most": one.subaccounts_most,
    }


def _application(row: Row[Any]) -> Application:
    return Application(
        id=row.application,
        reference=row.reference,
        state=State(row.state),
        user=row.user_id,
        brand=row.brand,
        account=row.account,
        integration=Integration(
            title=row.title,
            models=Models(row.models),
            business=Business(row.business) if row.business else None,
            codes=tuple(json.loads(row.codes)),
            redirect_urls=tuple(json.loads(row.redirect_urls)),
            is_public_client=row.is_public_client,
            ip_list=tuple(json.loads(row.ip_list)),
            requests_per_s=row.requests_per_s,
            subaccounts_most=row.subaccounts_most,
        ),
        logo=row.logo,
        broker=row.broker,
        created_ns=row.created_ns,
        changed_ns=row.changed_ns,
    )
