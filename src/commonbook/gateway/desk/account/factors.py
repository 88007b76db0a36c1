"""Second factors: setting them up, showing them again, taking them away. Rules PE-6 to PE-8."""

import time
from typing import Any

import msgspec
import pyotp
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from commonbook.errors import Declined
from commonbook.gateway.desk.account.parts import by_session, moment, paper, plain, site_of
from commonbook.gateway.desk.account.showing import Shown, show
from commonbook.gateway.desk.asked import Asked, Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.people import challenges, devices, directory, factors, passkeys, throttle
from commonbook.people.qr import qr_svg
from commonbook.people.telling import tell


class PasskeyTold(msgspec.Struct, frozen=True):
    id: str
    label: str
    domain: str
    created_ns: str


class Factors(msgspec.Struct, frozen=True):
    """What is set up."""

    totp: bool
    passkeys: list[PasskeyTold]
    recovery_codes_left: int


class TotpBegun(msgspec.Struct, frozen=True):
    """For an authenticator app; told once."""

    secret: str
    uri: str
    qr_svg: str  # the URI as a QR code, for the app's camera


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Each good once; told once. Empty where there are some already."""

    recovery_codes: list[str]


class PasskeyBegun(msgspec.Struct, frozen=True):
    begun: str
    options: dict[str, Any]


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    begun: str
    passkey: dict[str, Any]  # what the browser has made
    label: str = ""


class ProveBegun(msgspec.Struct, frozen=True):
    """What can be shown; for a passkey also what a browser shows it for."""

    begun: str
    factors: list[str]
    passkey: dict[str, Any] | None


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of these. The password counts only where no second factor is set up."""

    code: str = ""
    recovery_code: str = ""
    begun: str = ""  # of a passkey
    passkey: dict[str, Any] | None = None
    password: str = ""


class Proved(msgspec.Struct, frozen=True):
    """Until then what needs a second factor asks for none."""

    fresh_until_ns: str


@get("/second-factors", needs=Needs.USER)
async def all_factors(asked: Asking) -> Factors:
    return await asked.desk.read(lambda connection: _told(connection, asked))


def _told(connection: Connection, asked: Asked) -> Factors:
    user, seal = asked.user, asked.desk.seal
    return Factors(
        factors.TOTP in factors.kinds_of(connection, user),
        [
            PasskeyTold(one.id, one.label, one.domain, str(one.created_ns))
            for one in passkeys.list_of(connection, seal, user)
        ],
        factors.codes_left(connection, user),
    )


@post("/second-factors/totp", needs=Needs.USER, fresh=True, status_code=200)
async def begin_totp(asked: Asking) -> TotpBegun:
    """A secret for an authenticator app; it counts once its first code was shown."""
    by_session(asked)
    user, seal = asked.user, asked.desk.seal
    name = paper(asked, asked.brand).name

    def work(connection: Connection) -> TotpBegun:
        secret = factors.begin_totp(connection, seal, user)
        email = directory.personal(connection, seal, user).get("email", str(user))
        uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=name)
        return TotpBegun(secret, uri, qr_svg(uri))

    return await asked.desk.write(work)


@post("/second-factors/totp/confirm", needs=Needs.USER, fresh=True, status_code=200)
async def confirm_totp(asked: Asking, data: JSONBody[Code]) -> RecoveryCodes:
    """The first code puts the app into force. With the first factor come the recovery codes."""
    by_session(asked)
    desk, user = asked.desk, asked.user
    party = desk.parties.second_factor(user)
    in_time = await desk.write_racing(lambda connection: throttle.enter(connection, party, time.time_ns()))

    def work(connection: Connection) -> list[str] | None:
        if not in_time or not factors.totp_is_right(connection, desk.seal, user, data.code, active=False):
            return None
        throttle.forget(connection, party)
        return _added(connection, asked, factors.TOTP)

    made = await desk.write(work)
    if made is None:
        raise Declined("wrong_factor", "the code is wrong, or there were too many tries: wait for the next one")
    return RecoveryCodes(made)


@delete("/second-factors/totp", needs=Needs.USER, fresh=True, status_code=200)
async def remove_totp(asked: Asking) -> Factors:
    by_session(asked)

    def work(connection: Connection) -> Factors:
        if not factors.remove_totp(connection, asked.user):
            raise Declined("no_such_factor", "no authenticator app is set up")
        _removed(connection, asked, factors.TOTP)
        return _told(connection, asked)

    return await asked.desk.write(work)


@post("/second-factors/recovery-codes", needs=Needs.USER, fresh=True, status_code=200)
async def new_recovery_codes(asked: Asking) -> RecoveryCodes:
    """Ten new ones; those from before work no more."""
    by_session(asked)
    user, seal = asked.user, asked.desk.seal

    def work(connection: Connection) -> list[str]:
        if not factors.kinds_of(connection, user):
            raise Declined("no_such_factor", "set up an authenticator app or a passkey first")
        made = factors.new_recovery_codes(connection, seal, user)
        tell(connection, seal, paper(asked, asked.brand), user, "recovery-codes-made", time=moment())
        asked.log(connection, "make recovery codes", f"user:{user}")
        return made

    return RecoveryCodes(await asked.desk.write(work))


@post("/second-factors/passkeys/begin", needs=Needs.USER, fresh=True, status_code=200)
async def begin_passkey(asked: Asking) -> PasskeyBegun:
    """What a browser makes a passkey of, for this address."""
    by_session(asked)
    desk, user, challenge = asked.desk, asked.user, passkeys.new_challenge()
    name = paper(asked, asked.brand).name

    def work(connection: Connection) -> PasskeyBegun:
        shown = directory.personal(connection, desk.seal, user).get("email", str(user))
        options = passkeys.registration_options(connection, desk.seal, user, site_of(asked), name, shown, challenge)
        begun = challenges.issue(
            connection,
            desk.seal,
            challenges.NEW_PASSKEY,
            asked.brand,
            desk.settings.people.login_s,
            user,
            {"challenge": challenge},
        )
        return PasskeyBegun(begun, options)

    return await desk.write(work)


@post("/second-factors/passkeys", needs=Needs.USER, fresh=True, status_code=200)
async def add_passkey(asked: Asking, data: JSONBody[NewPasskey]) -> RecoveryCodes:
    """Keep a passkey. With the first factor come the recovery codes."""
    by_session(asked)
    desk, user = asked.desk, asked.user
    challenge = await _spent(asked, challenges.NEW_PASSKEY, data.begun)

    def work(connection: Connection) -> list[str]:
        passkeys.add(connection, desk.seal, user, site_of(asked), challenge, data.passkey, data.label)
        return _added(connection, asked, factors.PASSKEY)

    return RecoveryCodes(await desk.write(work))


@delete("/second-factors/passkeys/{passkey:str}", needs=Needs.USER, fresh=True, status_code=200)
async def remove_passkey(asked: Asking, passkey: FromPath[str]) -> Factors:
    by_session(asked)
    plain(passkey, "passkey")

    def work(connection: Connection) -> Factors:
        if not passkeys.remove(connection, asked.user, passkey):
            raise Declined("no_such_factor", "there is no such passkey")
        _removed(connection, asked, factors.PASSKEY)
        return _told(connection, asked)

    return await asked.desk.write(work)


def _added(connection: Connection, asked: Asked, kind: str) -> list[str]:
    """Tell and log it; the recovery codes, where there are none yet."""
    seal, user = asked.desk.seal, asked.user
    tell(connection, seal, paper(asked, asked.brand), user, "factor-added", factor=kind, time=moment())
    asked.log(connection, "add factor", f"user:{user}", factor=kind)
    return [] if factors.codes_left(connection, user) else factors.new_recovery_codes(connection, seal, user)


def _removed(connection: Connection, asked: Asked, kind: str) -> None:
    head = paper(asked, asked.brand)
    tell(connection, asked.desk.seal, head, asked.user, "factor-removed", factor=kind, time=moment())
    asked.log(connection, "remove factor", f"user:{asked.user}", factor=kind)


# -- showing one again ------------------------------------------------------------------------------------------------


@post("/prove/begin", needs=Needs.USER, status_code=200)
async def begin_prove(asked: Asking) -> ProveBegun:
    """What can be shown; needed before a passkey is."""
    by_session(asked)
    desk, user, challenge = asked.desk, asked.user, passkeys.new_challenge()

    def work(connection: Connection) -> ProveBegun:
        kinds = factors.kinds_of(connection, user)
        has_passkey = factors.PASSKEY in kinds
        options = passkeys.assertion_options(connection, user, site_of(asked), challenge) if has_passkey else None
        life_s = desk.settings.people.login_s
        payload = {"challenge": challenge}
        begun = challenges.issue(connection, desk.seal, challenges.PROVE, asked.brand, life_s, user, payload)
        return ProveBegun(begun, kinds or ["password"], options)

    return await desk.write(work)


@post("/prove", needs=Needs.USER, status_code=200)
async def prove(asked: Asking, data: JSONBody[Proof]) -> Proved:
    """Show a second factor again: for a while nothing asks for one. Where none is set up, the password counts."""
    token = by_session(asked)
    desk, user = asked.desk, asked.user
    if asked.has_second_factor:
        challenge = await _spent(asked, challenges.PROVE, data.begun) if data.passkey is not None else ""
        await show(asked, user, Shown(data.code, data.recovery_code, data.passkey), challenge)
    else:
        await prove_password(asked, data.password)
    proved_ns = await desk.write(lambda connection: devices.prove(connection, token))
    return Proved(str(proved_ns + desk.settings.people.fresh_s * 1_000_000_000))


async def prove_password(asked: Asked, password: str) -> None:
    """
    Raises:
        Declined: `wrong_factor`, also for a try that comes too early.
    """
    desk, user = asked.desk, asked.user
    party = desk.parties.second_factor(user)
    in_time = await desk.write_racing(lambda connection: throttle.enter(connection, party, time.time_ns()))
    stored = await desk.read(lambda connection: directory.password_hash(connection, user))
    if not await desk.passwords.is_right(stored, password) or not in_time:
        raise Declined("wrong_factor", "the password is wrong, or there were too many tries: wait a bit")
    await desk.write(lambda connection: throttle.forget(connection, party))


async def _spent(asked: Asked, purpose: str, handle: str) -> str:
    """The passkey challenge of the user's own that a handle stands for; good for nothing from now on.

    Raises:
        Declined: `login_over`.
    """
    desk = asked.desk

    def work(connection: Connection) -> str:
        found = challenges.find(connection, desk.seal, purpose, asked.brand, handle)
        if found is None or found.user != asked.user or not challenges.spend(connection, handle):
            return ""
        return str(found.payload["challenge"])

    challenge = await desk.write(work)
    if not challenge:
        raise Declined("login_over", "this was used or is over: begin again")
    return challenge


ROUTES = [
    all_factors,
    begin_totp,
    confirm_totp,
    remove_totp,
    new_recovery_codes,
    begin_passkey,
    add_passkey,
    remove_passkey,
    begin_prove,
    prove,
]
