"""The host's people in a browser: signed in at the host's own address, with a second factor that was shown just now."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from journeys.exchange import Exchange
from playwright.sync_api import Browser, Page
from spec.staff import staff_member

from commonbook.administration.roles import HOST, Role
from commonbook.identity.sessions import open_session


@contextmanager
def at_the_desk(
    browser: Browser, exchange: Exchange, *held: Role, width: int = 1440, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Page]:
    """A browser of its own, in which a person of the host with these roles is signed in."""
    with exchange.database.begin() as connection:
        user = staff_member(connection, exchange.seal, HOST, *held, email=f"{held[0]}-{time.time_ns()}@example.com")
        session = open_session(connection, 0, HOST, 3_600, user, time.time_ns())
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en", color_scheme=scheme)
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "session", "value": session.token, "url": host_of(exchange)}])
    yield context.new_page()
    context.close()


def host_of(exchange: Exchange, path: str = "") -> str:
    """An address that is no brand's."""
    return f"http://127.0.0.1:{exchange.port}{path}"
