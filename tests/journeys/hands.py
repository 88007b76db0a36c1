"""What a person does on the pages, and what is looked at there."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pyotp
from journeys.exchange import BTC, PASSWORD, USDT, Exchange, address
from playwright.sync_api import Locator, Page, expect

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def sign_up(page: Page, exchange: Exchange, brand: str) -> str:
    """By the page and the code of the mail; the address of mail of who is now signed in."""
    email = address()
    page.goto(exchange.at(brand, "/sign-up"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Code from the mail").fill(exchange.mailed(email, "sign-up-code"))
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/trade*")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return email


def funded(page: Page, exchange: Exchange, brand: str) -> str:
    email = sign_up(page, exchange, brand)
    account = str(asked(page, "GET", "/account/v1/session")["account"])
    exchange.fund(account, USDT, 100_000)
    exchange.fund(account, BTC, 2)
    page.get_by_role("tab", name="Balances").click()
    expect(page.get_by_role("region", name="Balances").locator("tbody tr", has_text="USDT")).to_contain_text("100,000")
    return email


def given(page: Page, exchange: Exchange, brand: str) -> str:
    """A newcomer at a demo, who asks for its funds by the button above the order ticket. DM-3."""
    email = sign_up(page, exchange, brand)
    ticket = page.get_by_role("region", name="Order ticket")
    ticket.get_by_role("button", name="Receive demo funds").click()
    expect(page.get_by_text("Demo funds received", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Balances").click()
    balances = page.get_by_role("region", name="Balances").locator("tbody tr")
    expect(balances.filter(has_text="USDT")).to_contain_text("10,000")
    expect(balances.filter(has_text="BTC")).to_contain_text("0.1")
    expect(page.get_by_role("button", name="Receive demo funds")).to_have_count(0)
    return email


def until(page: Page, asked: str, what: str = "") -> None:
    """Until the page answers the expression by something true. It is asked from here: a page that waits by itself
    evaluates a string again and again, which its policy forbids."""
    deadline = time.monotonic() + 30
    while not page.evaluate(asked):
        assert time.monotonic() < deadline, what or asked
        page.wait_for_timeout(50)


def tab(page: Page, name: str, count: int) -> Locator:
    """A tab with a number in its name, which Fluent keeps apart by marks that are not seen."""
    return page.get_by_role("tab", name=re.compile(rf"{name} \(\W?{count}\W?\)"))


def order(page: Page, side: str, kind: str, size: str, price: str = "") -> None:
    """Fill in the ticket and send it."""
    ticket = page.get_by_role("region", name="Order ticket")
    ticket.get_by_role("button", name=side, exact=True).click()
    ticket.get_by_role("button", name=kind, exact=True).click()
    if price:
        ticket.get_by_label("Price", exact=True).fill(price)
    ticket.get_by_label("Size", exact=True).fill(size)
    ticket.locator("button[type=submit]").click()


def asked(page: Page, method: str, path: str, body: Any = None) -> Any:
    """What a script of the page would be answered: the cookie goes along, and the CSRF token of the session."""
    script = """async ([method, path, body]) => {
      const headers = { "content-type": "application/json" };
      if (method !== "GET") {
        const session = await (await fetch("/account/v1/session")).json();
        headers["x-csrf-token"] = session.csrf;
      }
      const answer = await fetch(path, { method, headers, body: body === null ? undefined : JSON.stringify(body) });
      return await answer.json();
    }"""
    return page.evaluate(script, [method, path, body])


def found_by_axe(page: Page, *only: str) -> list[str]:
    """What axe says against the page, one line each. It is run by the debugger, so that the page's policy stands.

    Args:
        only: rules of axe; none: all that it has by itself.
    """
    session = page.context.new_cdp_session(page)
    there = session.send("Runtime.evaluate", {"expression": "typeof axe", "returnByValue": True})
    if there["result"]["value"] == "undefined":
        session.send("Runtime.evaluate", {"expression": AXE.read_text()})
    run: dict[str, Any] = {"resultTypes": ["violations"]}
    run |= {"runOnly": {"type": "rule", "values": only}} if only else {}
    expression = f"axe.run({json.dumps(run)}).then((found) => found.violations)"
    told = session.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    session.detach()
    assert "exceptionDetails" not in told, told
    found = told["result"]["value"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


def with_authenticator(page: Page) -> None:
    """A device for passkeys, until another session of the debugger ends, as one of axe does."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def proved(page: Page, shown: str, then: Locator) -> None:
    """Where the act asks for a second factor, show it; `then` is what comes after."""
    dialog = page.get_by_role("dialog", name="Show your second factor")
    expect(dialog.or_(then).first).to_be_visible()
    if dialog.is_visible():
        dialog.locator("input").fill(shown)
        dialog.get_by_role("button", name="Go on").click()


def said(text: str) -> re.Pattern[str]:
    """A text as it is shown: Fluent puts marks that are not seen around a value."""
    return re.compile(r"\W+".join(re.escape(word) for word in text.split()))


def protected(page: Page) -> None:
    """An authenticator app and a passkey, set up by the page; the device for passkeys is there."""
    with_authenticator(page)
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("button", name="Set up app").click()
    dialog = page.get_by_role("dialog", name="Set up app")
    proved(page, PASSWORD, dialog)
    dialog.get_by_label("Code that the app shows").fill(pyotp.TOTP(dialog.locator("code").inner_text()).now())
    dialog.get_by_role("button", name="Turn on").click()
    told = page.get_by_role("dialog", name="Your recovery codes")
    expect(told.locator("code")).to_have_count(10)
    recovery = told.locator("code").first.inner_text()
    told.get_by_role("button", name="I have kept them").click()
    page.get_by_label("Name of the new passkey").fill("Phone")
    page.get_by_role("button", name="Add passkey").click()
    remove = page.get_by_role("button", name=said("Remove the passkey Phone"))
    proved(page, recovery, remove)
    expect(remove).to_be_visible()


def tabbed_to(page: Page, wanted: Locator) -> None:
    """By the Tab key alone."""
    expect(wanted).to_be_visible()
    for _ in range(150):
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {wanted}")
