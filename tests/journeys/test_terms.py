"""A brand publishes terms; a user's order is told so, the user reads and accepts them, and the order goes. WB-18."""

import time
from typing import Any

from journeys.exchange import ONE, PASSWORD, Exchange
from journeys.hands import asked, found_by_axe, funded, order, said, tab
from journeys.pages import SIZES, too_wide
from playwright.sync_api import Browser, Page, expect
from spec.staff import staff_member

from commonbook.administration.roles import Role
from commonbook.identity.sessions import open_session
from commonbook.simulator.demo_brands import FIRST_BRAND

MARKUP = "# Terms\n\n<b>Bold</b> & <img src=x onerror=\"window.ran='terms'\">\n\n  1. What you order is yours.\n"
RISK = "You may lose it all.\n" + "All of it.\n" * 200
NEWER = "You will lose it all.\n"


def a_partner(browser: Browser, exchange: Exchange) -> Page:
    """A page of the brand's owner, who has just shown a second factor."""
    with exchange.database.begin() as connection:
        user = staff_member(connection, exchange.seal, FIRST_BRAND, Role.OWNER)
        token = open_session(connection, 0, FIRST_BRAND, 86_400, user, time.time_ns()).token
    context = browser.new_context(locale="en")
    context.add_cookies([{"name": "session", "value": token, "url": exchange.at(ONE)}])
    found = context.new_page()
    found.goto(exchange.at(ONE, "/status"))
    return found


def publish(partner: Page, kind: str, text: str) -> Any:
    made = asked(
        partner,
        "POST",
        "/partner/v1/terms",
        {"kind": kind, "role": "trader", "texts": {"en": text}, "is_material": True},
    )
    assert "version" in made, made
    time.sleep(1.05)  # T-8: within a second it is seen at every door
    return made


def looked_at(page: Page) -> None:
    """WB-15."""
    assert found_by_axe(page) == []
    page.set_viewport_size(SIZES["phone"])
    assert too_wide(page) == ""
    page.set_viewport_size(SIZES["desktop"])


def test_wb18_an_order_waits_for_terms_that_are_read_and_accepted_and_then_goes(
    page: Page, browser: Browser, exchange: Exchange
) -> None:
    email = funded(page, exchange, ONE)
    page.evaluate("window.stayed = true")  # until the page is loaded anew
    partner = a_partner(browser, exchange)
    publish(partner, "terms", MARKUP)
    publish(partner, "risk", RISK)

    # The page does not know it yet: the order is told, and then everything says so.
    ticket = page.get_by_role("region", name="Order ticket")
    everywhere = page.get_by_role("status").filter(has_text="there are terms for you to accept first")
    expect(everywhere).to_have_count(0)
    order(page, "Buy", "Limit", "0.01", "60000")
    expect(page.get_by_text("Terms are to be accepted first.")).to_be_visible()
    expect(ticket).to_contain_text("Your orders wait: there are terms for you to accept first.")
    expect(everywhere).to_be_visible()
    assert asked(page, "GET", "/api/v5/trade/orders-pending")["data"] == []
    looked_at(page)

    # Whole, and as text: what was written stands there, and nothing of it has become a part of the page.
    ticket.get_by_role("link", name="Read and accept").click()
    terms, risk = (page.get_by_role("region", name=name) for name in (said("Terms of use 1"), said("Risk warning 1")))
    expect(terms).to_be_visible()
    assert (terms.text_content(), risk.text_content()) == (MARKUP, RISK)
    assert page.locator("main b, main img").count() == 0
    assert page.evaluate("window.ran") is None
    told = page.get_by_role("article").filter(has=terms)
    expect(told).to_contain_text(said("Version 1"))
    expect(told.locator("time")).to_have_count(1)
    expect(page.get_by_text("You have accepted nothing so far.")).to_be_visible()
    looked_at(page)

    # One by one: after the first the other still waits, after the last the order goes.
    page.get_by_role("button", name=said("Accept Terms of use 1")).click()
    expect(terms).to_have_count(0)
    expect(risk).to_be_visible()
    past = page.get_by_role("region", name="What you have accepted").locator("tbody tr")
    expect(past).to_have_count(1)
    page.get_by_role("link", name="Trade", exact=True).click()
    expect(ticket).to_contain_text("Your orders wait")
    everywhere.get_by_role("link", name="Read and accept").click()
    page.get_by_role("button", name=said("Accept Risk warning 1")).click()
    expect(page.get_by_text("Your orders are taken again.")).to_be_visible()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    expect(past).to_have_count(2)
    known = asked(page, "GET", "/account/v1/terms")["accepted"]
    told_at = past.first.locator("time").last.get_attribute("datetime")
    at = page.evaluate("(ns) => new Date(Number(ns.slice(0, -6))).toISOString()", known[0]["accepted_ns"])
    assert (known[0]["kind"], told_at) == ("risk", at)
    expect(past.first).to_contain_text("Risk warning")
    looked_at(page)

    page.get_by_role("link", name="Trade", exact=True).click()
    order(page, "Buy", "Limit", "0.01", "60000")
    expect(tab(page, "Open orders", 1)).to_be_visible()
    expect(ticket).not_to_contain_text("Your orders wait")
    assert page.evaluate("window.stayed") is True

    # Who comes in later is told at once, before any order.
    publish(partner, "risk", NEWER)
    partner.context.close()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(everywhere).to_be_visible()
