"""A brand's owner in a browser: a second factor that is set up, and shown when signing in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
from argon2 import PasswordHasher
from journeys.exchange import ONE, PASSWORD, Exchange, address
from playwright.sync_api import Browser, Page, expect
from spec.staff import staff_member

from commonbook.administration.roles import Role, grant
from commonbook.identity.sessions import open_session
from commonbook.people import directory, factors

BRAND = 1


def owner(exchange: Exchange) -> tuple[str, str]:
    """One of the brand's team with a second factor: address and secret of the authenticator app."""
    email = address()
    hashed = PasswordHasher().hash(PASSWORD)
    with exchange.database.begin() as connection:
        user = directory.add(connection, exchange.seal, BRAND, email, hashed, state=directory.ACTIVE).id
        grant(connection, user, BRAND, Role.OWNER, 0, time.time_ns())
        secret = factors.begin_totp(connection, exchange.seal, user)
        # The code before this one sets it up, so that the one of now is good for signing in.
        assert factors.totp_is_right(
            connection, exchange.seal, user, pyotp.TOTP(secret).at(int(time.time()) - 30), active=False
        )
    return email, secret


def sign_in(page: Page, exchange: Exchange, email: str, secret: str, to: str) -> None:
    page.goto(exchange.at(ONE, "/sign-in"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    code = page.get_by_label("Code of your authenticator app")
    code.fill(pyotp.TOTP(secret).now())
    code.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(exchange.at(ONE, to))


@contextmanager
def colleague(browser: Browser, exchange: Exchange, path: str) -> Iterator[Page]:
    """Another owner in a browser of their own, who has just shown a second factor."""
    with exchange.database.begin() as connection:
        user = staff_member(connection, exchange.seal, BRAND, Role.OWNER, email=address())
        session = open_session(connection, 0, BRAND, 3_600, user, time.time_ns())
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "session", "value": session.token, "url": exchange.at(ONE)}])
    found = context.new_page()
    found.goto(exchange.at(ONE, path))
    yield found
    context.close()
