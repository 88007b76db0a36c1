"""Signing up, in and out. Rules PE-2 to PE-5 and PE-10.

Nothing here tells a stranger who has a user: the same body, the same status, and the same time.
"""

import secrets
import time
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from sqlalchemy import Connection

from commonbook.administration.roles import HOST
from commonbook.errors import Declined
from commonbook.gateway.desk.account.opening import open_account
from commonbook.gateway.desk.account.parts import by_session, country_of, evenly, language_of, moment, paper, site_of
from commonbook.gateway.desk.account.showing import Shown, show
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.cookies import device_cookie, no_session_cookie, session_cookie
from commonbook.gateway.desk.needs import Needs
from commonbook.identity.sessions import NewSession, csrf_of, end_session, hash_of, open_session
from commonbook.people import challenges, devices, directory, factors, passkeys, signup, throttle
from commonbook.people.devices import Device
from commonbook.people.directory import User
from commonbook.people.passwords import must_be_good
from commonbook.people.rules import party_of
from commonbook.people.signup import Wish, wrong_code
from commonbook.people.telling import tell
from commonbook.webhook import outbox
from commonbook.webhook.model import EventKind

SECOND_NS = 1_000_000_000


class SignUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants to be a user of the brand whose address is asked."""

    email: str
    password: str
    language: str = ""  # the browser's, when it is not given
    country: str = ""  # two capital letters


class SignUpBegun(msgspec.Struct, frozen=True):
    """The answer to any address, whether it has a user or not; what comes next is in the mail."""

    sign_up: str


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sign_up: str
    code: str  # out of the mail


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: str
    password: str


class Session(msgspec.Struct, frozen=True):
    """Who is signed in; the session itself is in a cookie."""

    user: str
    account: str  # "" for staff, who have none
    csrf: str  # to be sent as X-CSRF-Token with whatever changes something
    expires_ns: str


class SecondFactor(msgspec.Struct, frozen=True):
    """The password was right, and a second factor is asked for."""

    login: str
    factors: list[str]  # totp, passkey, recovery_code
    passkey: dict[str, Any] | None  # what a browser shows a passkey for


class LoggedIn(msgspec.Struct, frozen=True):
    """Either of the two."""

    session: Session | None = None
    second_factor: SecondFactor | None = None


class SecondStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the three."""

    login: str
    code: str = ""
    recovery_code: str = ""
    passkey: dict[str, Any] | None = None


@post("/sign-up", needs=Needs.NOBODY, status_code=200)
async def sign_up(asked: Asking, data: JSONBody[SignUp]) -> SignUpBegun:
    """Ask for a user: a code comes by mail. To an address that has a user the mail says so, and this answers alike."""
    brand = asked.asked_brand
    if brand == HOST:
        raise Declined("no_sign_up", "the host's own people are invited; sign up at the address of a brand")
    must_be_good(data.password, directory.normalized(data.email))
    language, country = language_of(asked, data.language), country_of(data.country)
    await _must_be_open(asked, brand, country)
    return await evenly(asked, _begin(asked, brand, data, language, country))


async def _must_be_open(asked: Asked, brand: int, country: str) -> None:
    """What the brand's document says of whoever comes.

    Raises:
        Declined: `sign_up_closed`, `country_not_served`, `brand_full`.
    """
    document = asked.desk.hosts.document(brand)
    if not document.takes_sign_ups:
        raise Declined("sign_up_closed", f"{document.title} takes no new users now")
    if document.countries and country not in document.countries:
        served = ", ".join(document.countries)
        raise Declined("country_not_served", f"{document.title} serves {served}; country {country!r} is none of these")
    most = document.limits.users
    if most and await asked.desk.read(lambda connection: directory.count_of(connection, brand)) >= most:
        raise Declined("brand_full", f"{document.title} has all the users that it may have", most=most)


async def _begin(asked: Asked, brand: int, data: SignUp, language: str, country: str) -> SignUpBegun:
    desk = asked.desk
    network = desk.parties.network(party_of(asked.address))
    if not await desk.write_racing(lambda connection: throttle.enter(connection, network, time.time_ns())):
        raise Declined("too_many_requests", "too many tries from this network: wait and try again")
    wish = Wish(data.email.strip(), await desk.passwords.hash(data.password), language, country)
    head = paper(asked, brand)
    handle = await desk.write_racing(
        lambda connection: signup.begin(connection, desk.seal, desk.settings.people, desk.parties, head, wish)
    )
    return SignUpBegun(handle)


@post("/sign-up/confirm", needs=Needs.NOBODY, status_code=200)
async def confirm(asked: Asking, data: JSONBody[Confirmation]) -> Response[Session]:
    """Confirm the address: from here on there is a user, with a trading account, and a session of it.

    Whoever is cut off sends the same again: the user and the account are made once.
    """
    desk, brand = asked.desk, asked.asked_brand
    tries, purpose = desk.settings.people.code_tries, challenges.SIGN_UP
    if not await desk.write(
        lambda connection: challenges.try_code(connection, desk.seal, purpose, brand, data.sign_up, data.code, tries)
    ):
        raise wrong_code()

    def confirmed(connection: Connection) -> User:
        made = signup.confirmed(connection, desk.seal, brand, data.sign_up)
        tell_of_sign_up(connection, made)
        return made

    user = await desk.write_racing(confirmed)
    user = await open_account(desk, user)
    if not await desk.write(lambda connection: challenges.spend(connection, data.sign_up)):
        raise wrong_code()
    network = desk.parties.network(party_of(asked.address))
    await desk.write(lambda connection: throttle.take_back(connection, network))
    return await enter(asked, user)


def tell_of_sign_up(connection: Connection, user: User) -> None:
    """WH-4: once, in the transaction that makes the user."""
    name = f"sign_up-{user.id}"
    if not outbox.is_told(connection, name):
        data = {"user": str(user.id), "language": user.language}
        outbox.tell(connection, user.brand, EventKind.SIGN_UP, name, data)


@post("/login", needs=Needs.NOBODY, status_code=200)
async def login(asked: Asking, data: JSONBody[Login]) -> Response[LoggedIn]:
    """Sign in with a password; a second factor is asked for where one is set up.

    A wrong password, an address without a user and a try that comes too early are answered alike.
    """
    found = await first_step(asked, data)
    if isinstance(found, SecondFactor):
        return Response(LoggedIn(second_factor=found))
    return Response(LoggedIn(session=found.content), cookies=found.cookies)


async def first_step(asked: Asked, data: Login) -> SecondFactor | Response[Session]:
    """A session, or what is asked for beside the password.

    Raises:
        Declined: `wrong_login`, `locked`.
    """
    address = directory.normalized(data.email)
    user = await evenly(asked, _prove_password(asked, address, data.password))
    if user.state == directory.PENDING:
        user = await open_account(asked.desk, user)  # a sign-up that was cut off
    begun = await asked.desk.write(lambda connection: _second_factor(connection, asked, user))
    return await enter(asked, user) if begun is None else begun


async def _prove_password(asked: Asked, address: str, password: str) -> User:
    desk, brand = asked.desk, asked.asked_brand
    network = desk.parties.network(party_of(asked.address))

    def look(connection: Connection) -> tuple[throttle.Party, User | None, str]:
        user = directory.with_email(connection, desk.seal, brand, address)
        known = user is not None and devices.is_known(connection, user.id, asked.device)
        party = desk.parties.login(brand, address)
        if user is not None and known:
            party = desk.parties.known_device(user.id, hash_of(asked.device))
        stored = directory.password_hash(connection, user.id) if user is not None else ""
        return party, user, stored

    party, user, stored = await desk.read(look)

    def count(connection: Connection) -> bool:
        now_ns = time.time_ns()
        return throttle.enter(connection, party, now_ns) and throttle.enter(connection, network, now_ns)

    in_time = await desk.write_racing(count)
    right = await desk.passwords.is_right(stored, password)
    if not right or not in_time or user is None:
        raise Declined("wrong_login", "the address or the password is wrong, or there were too many tries: wait a bit")
    if user.state == directory.LOCKED:
        raise Declined("locked", "this user is locked: write to the support")
    fresh = await desk.passwords.hash(password) if desk.passwords.is_old(stored) else ""

    def succeed(connection: Connection) -> None:
        throttle.forget(connection, party)
        throttle.take_back(connection, network)
        if fresh:
            directory.change(connection, user.id, password_hash=fresh)

    await desk.write(succeed)
    return user


def _second_factor(connection: Connection, asked: Asked, user: User) -> SecondFactor | None:
    """What is asked for beside the password; None where nothing is set up."""
    kinds = factors.kinds_of(connection, user.id)
    if not kinds:
        return None
    desk, challenge = asked.desk, passkeys.new_challenge()
    handle = challenges.issue(
        connection,
        desk.seal,
        challenges.LOGIN,
        user.brand,
        desk.settings.people.login_s,
        user.id,
        {"challenge": challenge},
    )
    has_passkey = factors.PASSKEY in kinds
    options = passkeys.assertion_options(connection, user.id, site_of(asked), challenge) if has_passkey else None
    return SecondFactor(handle, kinds, options)


@post("/login/second", needs=Needs.NOBODY, status_code=200)
async def second_step(asked: Asking, data: JSONBody[SecondStep]) -> Response[Session]:
    """The second factor: a code of an app, a recovery code, or a passkey."""
    return await last_step(asked, data)


async def last_step(asked: Asked, data: SecondStep) -> Response[Session]:
    """
    Raises:
        Declined: `login_over`, `wrong_factor`, `locked`.
    """
    desk, brand = asked.desk, asked.asked_brand
    found = await desk.read(
        lambda connection: challenges.find(connection, desk.seal, challenges.LOGIN, brand, data.login)
    )
    over = Declined("login_over", "this login is used or over: begin again with the password")
    if found is None:
        raise over
    shown = Shown(data.code, data.recovery_code, data.passkey)
    if shown.passkey is not None and not await desk.write(lambda connection: challenges.spend(connection, data.login)):
        raise over  # a passkey's challenge is spent, whatever comes of the answer
    await show(asked, found.user, shown, found.payload["challenge"])
    if shown.passkey is None and not await desk.write(lambda connection: challenges.spend(connection, data.login)):
        raise over
    user = await desk.read(lambda connection: directory.find(connection, found.user))
    return await enter(asked, user)


async def enter(asked: Asked, user: User, is_proved: bool = True) -> Response[Session]:
    """A new session, never one that the browser had before; who owns the user hears of a browser that is new.

    Args:
        is_proved: all that is asked for was shown just now; else what needs a fresh second factor asks for it first.
    """
    desk = asked.desk
    if user.state != directory.ACTIVE:
        raise Declined("locked", "this user is locked: write to the support")
    life_s = desk.settings.people.session_s
    device, now_ns = Device.of(asked.agent, asked.address), time.time_ns()
    new_name = secrets.token_urlsafe(32)
    head = paper(asked, user.brand)

    def work(connection: Connection) -> tuple[NewSession, str]:
        # A cookie that somebody else may have put there makes no browser a known one.
        known_as = asked.device if devices.is_known(connection, user.id, asked.device) else new_name
        is_new = devices.keep(connection, user.id, known_as)
        if asked.token:
            end_session(connection, hash_of(asked.token))
        sealed = device.sealed(directory.own_seal(connection, desk.seal, user.id))
        made = open_session(connection, user.account, user.brand, life_s, user.id, now_ns if is_proved else 0, sealed)
        if is_new:
            tell(
                connection,
                desk.seal,
                head,
                user.id,
                "new-device",
                device=device.agent or "-",
                place=device.place or "-",
                time=moment(now_ns),
            )
        return made, known_as

    made, known_as = await desk.write_racing(work)
    told = Session(str(user.id), str(user.account or ""), made.csrf, str(now_ns + life_s * SECOND_NS))
    return Response(told, cookies=[session_cookie(asked, made.token, life_s), device_cookie(asked, known_as)])


@get("/session", needs=Needs.USER)
async def session(asked: Asking) -> Session:
    """Who is signed in, and the CSRF token once more, for a page that was loaded anew."""
    token, user = by_session(asked), asked.user
    found = await asked.desk.read(
        lambda connection: devices.sessions_of(
            connection, asked.desk.seal, user, asked.desk.settings.people.session_idle_s
        )
    )
    expires_ns = next((one.expires_ns for one in found if one.token_hash == hash_of(token)), 0)
    account = asked.credential.account if asked.credential is not None else 0
    return Session(str(user), str(account or ""), csrf_of(token), str(expires_ns))


@post("/logout", needs=Needs.USER, status_code=200)
async def logout(asked: Asking) -> Response[None]:
    """End this session."""
    token = by_session(asked)
    await asked.desk.write(lambda connection: end_session(connection, hash_of(token)))
    return Response(None, cookies=[no_session_cookie(asked)])


ROUTES = [sign_up, confirm, login, second_step, session, logout]
