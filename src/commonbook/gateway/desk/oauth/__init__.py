"""Where a user is asked whether a broker's client may act for them: pages in the brand's look. Rules O-3 to O-5.

The request travels in the form as it came and is looked at anew when the answer is given, so that what is granted is
what was asked for, whatever was changed on the way.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import parse_qsl, quote

import msgspec
from authlib.oauth2 import OAuth2Error
from babel import Locale
from jinja2 import DictLoader, Environment, StrictUndefined
from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.types import Scope as AsgiScope
from sqlalchemy import Connection

from commonbook.broker import consents
from commonbook.broker.consenting import How
from commonbook.broker.rates import percent
from commonbook.errors import BadInput, Declined
from commonbook.gateway.desk.account.brokers import engine_ns
from commonbook.gateway.desk.account.entry import Login, SecondFactor, SecondStep, first_step, last_step
from commonbook.gateway.desk.account.factors import prove_password
from commonbook.gateway.desk.account.parts import by_session, moment, paper, plain
from commonbook.gateway.desk.account.showing import Shown, show
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.oauth.texts import SCOPES, TEXTS, texts_of
from commonbook.gateway.front.page import logo_path
from commonbook.gateway.front.texts import language_of
from commonbook.gateway.okx_v5.oauth import AUTHORIZE, CODES, issuer_of
from commonbook.identity.sessions import csrf_of
from commonbook.instrument.model import BrokerCode
from commonbook.oauth import clients
from commonbook.oauth.model import Client, Fault, Scope
from commonbook.oauth.protocol import Refusal, Request, User, fault_of
from commonbook.oauth.rules import form_source
from commonbook.oauth.server import Consent, Server
from commonbook.people import devices, directory, factors
from commonbook.people.telling import tell

DAY_S = 86_400
_NAME = re.compile(r"\{(\w+)\}")
NO_CONSENT = ("self_referral", "broker_refused")  # what the page tells the user, and nobody else
OTHER_CAP = "other_cap"
REQUEST_CHARACTERS = 8_192
_NAMES = ("frame.html", "consent.html", "sign_in.html", "told.html")
_SOURCES = {name: (files(__package__) / name).read_text(encoding="utf-8") for name in _NAMES}
_MAKER = Environment(
    loader=DictLoader(_SOURCES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with none at all, browsers do not say that a form is of this address
    "vary": "host, accept-language, cookie",
    "cache-control": "no-store",
}
_LOGO_POLICY = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form as a browser sends it."""

    request: str
    decision: Literal["approve", "refuse"] = "refuse"
    csrf: str = ""  # looked at before
    cap: str = ""  # that the page has shown
    proof: str = ""  # a second factor, or the password of who has none


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either step of the form."""

    request: str
    email: str = ""
    password: str = ""
    login: str = ""  # begun with the password
    code: str = ""


@get(["/authorize", "/"], needs=Needs.NOBODY, include_in_schema=False)
async def authorize(asked: Asking, scope: AsgiScope) -> Response[str]:
    """Ask who is signed in; whoever is not is told to."""
    query = scope["query_string"].decode("latin-1")
    try:
        client = (await _consent(asked, query)).client
    except OAuth2Error as error:
        return await _refused(asked, error)
    if asked.credential is None or not asked.token:
        return _sign_in_page(asked, query, client, 401)
    return await _ask(asked, query)


@post("/sign-in", needs=Needs.NOBODY, include_in_schema=False, status_code=200)
async def sign_in(asked: Asking, data: URLEncodedBody[SignIn]) -> Response[str]:
    """Sign in on the way, with a password and, where there is one, the code of an authenticator app."""
    try:
        client = (await _consent(asked, data.request)).client
    except OAuth2Error as error:
        return await _refused(asked, error)
    try:
        if data.login:
            found: Any = await last_step(asked, SecondStep(login=data.login, code=data.code))
        else:
            found = await first_step(asked, Login(data.email, data.password))
    except (Declined, BadInput) as wrong:
        is_over = isinstance(wrong, Declined) and wrong.code == "login_over"
        return _sign_in_page(asked, data.request, client, 403, "" if is_over else data.login, "oauth.wrong")
    if isinstance(found, SecondFactor):
        if factors.TOTP in found.factors:
            return _sign_in_page(asked, data.request, client, 200, found.login)
        return _sign_in_page(asked, data.request, client, 403, "", "oauth.passkey_first")
    response = _to(f"{AUTHORIZE}?{data.request}")
    response.cookies = found.cookies
    return response


@post("/authorize", needs=Needs.USER, include_in_schema=False, status_code=200)
async def decide(asked: Asking, data: URLEncodedBody[Decision]) -> Response[str]:
    """Take the user's answer to the client."""
    by_session(asked)
    try:
        consent = await _consent(asked, data.request)
        if data.decision == "refuse":
            return _to(await asked.desk.write(partial(_answered, asked, data.request, None)))
        user = await asked.desk.read(lambda connection: directory.find(connection, asked.user))
        if not user.account:
            return _told(asked, 403, "no_account")
        if data.cap not in ("", str(consent.client.cap_e8)):  # it was changed meanwhile: nobody agrees to it unseen
            return await _ask(asked, data.request, 409)
        try:
            await _prove(asked, data.proof)
        except Declined as declined:
            return await _ask(asked, data.request, 403, declined.code)
        agreed = User(user.id, user.account, user.brand, consent.client.cap_e8)
        try:
            return _to(await asked.desk.write_racing(partial(_answered, asked, data.request, agreed)))
        except Declined as declined:
            if declined.code == OTHER_CAP:
                return await _ask(asked, data.request, 409)
            if declined.code not in NO_CONSENT:
                raise
            return _told(asked, 403, declined.code)
    except OAuth2Error as error:
        return await _refused(asked, error)


@get("/logo/{client:str}", needs=Needs.NOBODY, include_in_schema=False)
async def logo(asked: Asking, client: FromPath[str]) -> Response[bytes]:
    """The picture of a client."""
    plain(client, "client")
    found = await asked.desk.read(lambda connection: clients.logo(connection, client))
    if found is None:
        raise Declined("no_such_logo", "this client has none")
    kind, content = found
    return Response(content, media_type=kind, headers=_LOGO_POLICY)


ROUTES = [authorize, sign_in, decide, logo]


# -- what is asked ----------------------------------------------------------------------------------------------------


async def _consent(asked: Asked, query: str) -> Consent:
    """
    Raises:
        OAuth2Error: the request is not good.
    """
    if asked.brand_of_host is None:
        raise Refusal(Fault.WRONG_SITE, "Users are asked at the address of their brand.")

    def look(connection: Connection) -> Consent:
        return _server(asked, connection).authorization(_request(query))

    consent = await asked.desk.read(look)
    code = _codes(asked, consent.simulated).get(consent.client.broker)
    if code is None or not code.active:
        raise Refusal(Fault.NOT_AUTHORIZED, "The broker of this client is not active.")
    return consent


def _codes(asked: Asked, simulated: bool) -> Mapping[int, BrokerCode]:
    """Of the venue that is asked about: a broker that is tried out is active on the simulated one alone (BE-8)."""
    if simulated:
        with suppress(Declined):  # there is none here
            return asked.desk.door_of(True).venue.codes
    return asked.desk.venue.codes


def _server(asked: Asked, connection: Connection) -> Server:
    return Server(connection, asked.desk.settings.oauth, issuer_of(asked.host, asked.is_secure))


def _request(query: str) -> Request:
    """
    Raises:
        Refusal: it cannot be read.
    """
    try:
        if len(query) > REQUEST_CHARACTERS:
            raise ValueError(query[:40])
        return Request(parse_qsl(query, keep_blank_values=True, max_num_fields=50, errors="strict"), method="GET")
    except ValueError:
        raise Refusal(Fault.BAD_PARAMETER, "The request cannot be read.") from None


def _answered(asked: Asked, query: str, user: User | None, connection: Connection) -> str:
    """Where the browser goes; what was agreed to is in the log, and in a mail, before."""
    server = _server(asked, connection)
    consent = server.authorization(_request(query))
    client, scopes = consent.client, ", ".join(consent.scopes)
    if user is not None:
        if int(client.cap_e8) != user.cap_e8:  # since the page was looked at, a moment ago
            raise Declined(OTHER_CAP, "the most that the broker earns was changed: look at the page again")
        if not consent.simulated:
            _agree(asked, connection, user, client)
        head = paper(asked, asked.brand)
        values = {"application": client.name, "permissions": scopes, "time": moment()}
        tell(connection, asked.desk.seal, head, user.id, "application-granted", **values)
        asked.log(connection, "grant application", f"client:{client.id}", scopes=scopes, cap_e8=int(client.cap_e8))
    return server.answer(consent, user)


def _agree(asked: Asked, connection: Connection, user: User, client: Client) -> None:
    """To let a broker's client act is to agree to the broker, up to the cap that was shown (CN-1).

    Raises:
        Declined: as `consents.give`.
    """
    door = asked.desk.door
    consents.give(
        *(connection, door.venue, user.account, client.broker, How.OAUTH, engine_ns(door)),
        *(door.broker.moving_hours, int(client.cap_e8), user.id),
    )


async def _prove(asked: Asked, proof: str) -> None:
    """Who grants shows a second factor, as who makes a key does (PE-11).

    Raises:
        Declined: `wrong_factor`.
    """
    if asked.is_fresh():
        return
    if asked.has_second_factor:
        await show(asked, asked.user, Shown(code=proof), "")
    else:
        await prove_password(asked, proof)
    await asked.desk.write(lambda connection: devices.prove(connection, asked.token))


# -- pages ------------------------------------------------------------------------------------------------------------


async def _ask(asked: Asked, query: str, status: int = 200, problem: str = "") -> Response[str]:
    consent = await _consent(asked, query)
    client = consent.client
    texts, values = _texts(asked), _values(asked, client)
    days = str(asked.desk.settings.oauth.refresh_s // DAY_S)
    page = _MAKER.get_template("consent.html").render(
        _frame(asked)
        | {
            "heading": _filled(texts["oauth.title"], values),
            "asks": _filled(texts["oauth.asks"], values),
            "lines": [texts[SCOPES[one]] for one in consent.scopes],
            "simulated": texts["oauth.simulated"] if consent.simulated else "",
            "earns": _filled(texts["oauth.earns"], values),
            "lasts": _filled(texts["oauth.lasts"], {"days": days}) if Scope.FAST not in consent.scopes else "",
            "back": _filled(texts["oauth.back"], {"place": form_source(consent.redirect)}),
            "problem": texts["oauth.wrong"] if problem else "",
            "csrf": csrf_of(asked.token),
            "request": query,
            "cap": str(client.cap_e8),
            "proof": await _proof_asked(asked),
            "logo": f"/account/oauth/logo/{client.id}" if client.logo_kind else "",
        }
    )
    return _html(page, status, f"form-action 'self' {form_source(consent.redirect)}")


async def _proof_asked(asked: Asked) -> str:
    """What the form asks for beside the answer: a code, the password, a passkey elsewhere, or nothing."""
    if asked.is_fresh():
        return ""
    if not asked.has_second_factor:
        return "password"
    kinds = await asked.desk.read(lambda connection: factors.kinds_of(connection, asked.user))
    return "code" if factors.TOTP in kinds else "passkey"


async def _refused(asked: Asked, error: OAuth2Error) -> Response[str]:
    """To the client, once it is known to be one; else to the user alone, as the address may be anybody's."""

    def way(connection: Connection) -> str:
        return _server(asked, connection).way_back(error)

    back = await asked.desk.read(way)
    if back:
        return _to(back)
    code = CODES[fault_of(error)]
    return _told(asked, code.status, "refused", code=code.number, why=str(error.description or code.text))


def _sign_in_page(
    asked: Asked, query: str, client: Client, status: int, login: str = "", problem: str = ""
) -> Response[str]:
    """Args: login: the password was right, and a code is asked for."""
    texts = _texts(asked)
    page = _MAKER.get_template("sign_in.html").render(
        _frame(asked)
        | {
            "heading": texts["oauth.sign_in_title"],
            "told": _filled(texts["oauth.sign_in"], _values(asked, client)),
            "request": query,
            "login": login,
            "problem": texts[problem] if problem else "",
        }
    )
    return _html(page, status, "form-action 'self'")


def _told(asked: Asked, status: int, what: str, code: str = "", why: str = "") -> Response[str]:
    texts = _texts(asked)
    page = _MAKER.get_template("told.html").render(
        _frame(asked)
        | {
            "heading": texts["oauth.refused_title"],
            "told": texts[f"oauth.{what}"],
            "code": code,
            "why": why,
        }
    )
    return _html(page, status, "form-action 'none'")


def _frame(asked: Asked) -> dict[str, str | dict[str, str]]:
    """What every page has."""
    if asked.brand_of_host is None:
        name = asked.desk.settings.host.name or "Exchange"
        return {"brand": name, "brand_logo": "", "language": "en", "direction": "ltr", "texts": _texts(asked)}
    document = asked.desk.hosts.document(asked.brand_of_host.id)
    language = language_of(document, asked.language)
    direction = str(Locale.parse(language, sep="-").text_direction)
    return {
        "brand": document.title,
        "brand_logo": logo_path(document),
        "language": language,
        "direction": direction,
        "texts": _texts(asked),
    }


def _texts(asked: Asked) -> dict[str, str]:
    if asked.brand_of_host is None:
        return dict(TEXTS)
    document = asked.desk.hosts.document(asked.brand_of_host.id)
    return texts_of(document, language_of(document, asked.language))


def _filled(text: str, values: dict[str, str]) -> str:
    """A brand may have written the text: names that are not there stay as they are, and so do those in a value, so that
    no application of the name {brand} asks in the brand's name."""
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)


def _values(asked: Asked, client: Client) -> dict[str, str]:
    code = asked.desk.venue.codes[client.broker].code
    document = asked.desk.hosts.document(asked.asked_brand)
    return {"application": client.name, "brand": document.title, "broker": code, "cap": percent(client.cap_e8)}


def _html(page: str, status: int, forms: str) -> Response[str]:
    policy = f"default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; {forms}"
    return Response(
        page, status_code=status, media_type="text/html", headers=_SAFE | {"content-security-policy": policy}
    )


def _to(location: str) -> Response[str]:
    """303: what follows is a GET, whatever the form was."""
    return Response("", status_code=303, headers=_SAFE | {"location": quote(location, safe=_KEPT)})


_KEPT = "!#$%&'()*+,/:;=?@[]-._~"
