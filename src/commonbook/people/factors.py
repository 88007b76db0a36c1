"""Second factors: codes of an authenticator app, and recovery codes in case it is lost. Rules PE-6 and PE-7.

Passkeys, the third kind, are in `passkeys`.
"""

import base64
import hmac
import secrets
import time

import pyotp
from sqlalchemy import Connection, delete, func, insert, select, update

from commonbook.errors import Declined
from commonbook.identity.sealing import Seal
from commonbook.people.directory import blinded, own_seal
from commonbook.storage.tables.people import passkeys, recovery_codes, totps

TOTP, PASSKEY, RECOVERY_CODE = "totp", "passkey", "recovery_code"
STEP_S = 30
STEPS_OFF = 1  # so many steps a clock may be off, either way
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits: sixteen letters and digits


def kinds_of(connection: Connection, user: int) -> list[str]:
    """The factors that a user has set up; recovery codes stand in for others, so they alone are none."""
    found = []
    active = select(totps.c.user_id).where(totps.c.user_id == user, totps.c.active)
    if connection.execute(active).first() is not None:
        found.append(TOTP)
    if connection.execute(select(passkeys.c.passkey).where(passkeys.c.user_id == user).limit(1)).first() is not None:
        found.append(PASSKEY)
    if found and codes_left(connection, user):
        found.append(RECOVERY_CODE)
    return found


# -- an authenticator app ---------------------------------------------------------------------------------------------


def begin_totp(connection: Connection, seal: Seal, user: int) -> str:
    """A new secret, in base32, which counts once a first code was shown.

    Raises:
        Declined: `already_set_up`, `erased`.
    """
    own = _own(connection, seal, user)
    mine = totps.c.user_id == user
    connection.execute(delete(totps).where(mine, totps.c.active.is_(False)))
    if connection.execute(select(totps.c.user_id).where(mine)).first() is not None:
        raise Declined("already_set_up", "an authenticator app is set up: remove it first")
    secret = pyotp.random_base32()
    row = {"user_id": user, "sealed_secret": own.seal(secret.encode(), f"totp:{user}"), "active": False, "last_step": 0}
    connection.execute(insert(totps).values(**row))
    return secret


def totp_is_right(
    connection: Connection, seal: Seal, user: int, code: str, active: bool = True, now_ns: int | None = None
) -> bool:
    """Whether a code is right and new: neither it nor one before it works again (PE-6).

    Args:
        active: False for the first code, which puts the factor into force.
    """
    row = connection.execute(select(totps).where(totps.c.user_id == user, totps.c.active.is_(active))).first()
    if row is None:
        return False
    secret = _own(connection, seal, user).unseal(row.sealed_secret, f"totp:{user}").decode()
    now_step = (time.time_ns() if now_ns is None else now_ns) // (STEP_S * 1_000_000_000)
    made = pyotp.TOTP(secret, interval=STEP_S)
    right = [
        step
        for step in range(now_step - STEPS_OFF, now_step + STEPS_OFF + 1)
        if hmac.compare_digest(made.at(step * STEP_S).encode(), code.strip().encode())
    ]
    if not right:
        return False
    newer = (totps.c.user_id == user) & (totps.c.last_step < right[-1])
    return connection.execute(update(totps).where(newer).values(last_step=right[-1], active=True)).rowcount == 1


def remove_totp(connection: Connection, user: int) -> bool:
    return connection.execute(delete(totps).where(totps.c.user_id == user, totps.c.active)).rowcount == 1


# -- recovery codes ---------------------------------------------------------------------------------------------------


def new_recovery_codes(connection: Connection, seal: Seal, user: int) -> list[str]:
    """Ten codes, each good once; those from before work no more. They are not to be had again."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user))
    made = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    rows = [{"user_id": user, "code_hash": _code_hash(seal, user, code)} for code in made]
    connection.execute(insert(recovery_codes), rows)
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in made]


def use_recovery_code(connection: Connection, seal: Seal, user: int, code: str) -> bool:
    mine = (recovery_codes.c.user_id == user) & (recovery_codes.c.code_hash == _code_hash(seal, user, code))
    return connection.execute(delete(recovery_codes).where(mine)).rowcount == 1


def codes_left(connection: Connection, user: int) -> int:
    counted = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user_id == user)
    return int(connection.execute(counted).scalar_one())


def _code_hash(seal: Seal, user: int, code: str) -> str:
    plain = "".join(one for one in code.casefold() if one.isalnum())
    return blinded(seal, f"recovery-code:{user}", plain)


def _own(connection: Connection, seal: Seal, user: int) -> Seal:
    own = own_seal(connection, seal, user)
    if own is None:
        raise Declined("erased", f"the data of user {user} was erased")
    return own
