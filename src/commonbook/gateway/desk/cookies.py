"""The cookies of a browser: of its session, and one by which it is known again at the next login."""

from litestar.datastructures import Cookie

from commonbook.gateway.desk.asked import Asked
from commonbook.gateway.okx_v5.app import SESSION_COOKIE

DEVICE_COOKIE = "device"
DEVICE_S = 365 * 86_400


def session_cookie(asked: Asked, token: str, life_s: int) -> Cookie:
    """For this address alone and no script; not sent along with what foreign pages ask."""
    return _cookie(asked, SESSION_COOKIE, token, life_s)


def device_cookie(asked: Asked, value: str) -> Cookie:
    return _cookie(asked, DEVICE_COOKIE, value, DEVICE_S)


def no_session_cookie(asked: Asked) -> Cookie:
    return _cookie(asked, SESSION_COOKIE, "", 0)


def _cookie(asked: Asked, name: str, value: str, life_s: int) -> Cookie:
    return Cookie(
        key=name, value=value, path="/", max_age=life_s, httponly=True, secure=asked.is_secure, samesite="lax"
    )
