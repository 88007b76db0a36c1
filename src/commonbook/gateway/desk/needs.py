"""What a handler asks of who calls it: stated beside it, checked before it, and listed as a table by a test.

@post("/announcements", needs=May.TELL)
@post("/keys", needs=Needs.USER, fresh=True)      # and a second factor was shown lately
"""

from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from commonbook.administration.roles import HOST, May
from commonbook.errors import Declined
from commonbook.gateway.desk.asked import Asked


class Needs(StrEnum):
    NOBODY = "nobody"  # anybody may ask
    USER = "user"  # any user who is signed in, about what is their own


class Side(StrEnum):
    """Whose desk it is."""

    ANY = "any"
    BRAND = "brand"
    HOST = "host"


def must_be_allowed(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of every route.

    Raises:
        Declined: `sign_in`, `wrong_desk`, `not_permitted`, `second_factor_needed`.
    """
    needs: Needs | May = handler.opt["needs"]
    asked: Asked = connection.scope["asked"]  # type: ignore[typeddict-item]
    if needs is Needs.NOBODY:
        return
    asked.user  # noqa: B018
    side = handler.opt.get("side", Side.ANY)
    if (side is Side.HOST and asked.brand != HOST) or (side is Side.BRAND and asked.brand == HOST):
        raise Declined("wrong_desk", f"this is the desk of the {side}: sign in there")
    if isinstance(needs, May):
        asked.require(needs)
        _staff_has_second_factor(connection, asked)
    if handler.opt.get("fresh") and not asked.is_fresh():
        raise Declined("second_factor_needed", "show a second factor first: POST /account/v1/prove")


def _staff_has_second_factor(connection: ASGIConnection[Any, Any, Any, Any], asked: Asked) -> None:
    """Whoever acts for a brand or the host has a second factor, or changes nothing (PE-16)."""
    if connection.scope["method"] in ("GET", "HEAD") or not asked.desk.settings.people.staff_second_factor:  # type: ignore[typeddict-item]
        return
    if not asked.has_second_factor:
        text = "who has a role needs a second factor to change anything: set one up at /account/v1/second-factors"
        raise Declined("second_factor_needed", text, why="none")
