"""Who is invited comes in by the mailed code, who has forgotten the password asks for another: PE-9 and PE-16."""

import re

from journeys.exchange import ONE, PASSWORD, Exchange, address
from journeys.hands import found_by_axe, sign_up
from journeys.operator_hands import at_the_desk, host_of
from journeys.partner_hands import owner, sign_in
from playwright.sync_api import Browser, Page, expect

from commonbook.administration.roles import Role
from commonbook.notice import mail


def newcomers(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en")
    context.set_default_timeout(60_000)
    return context.new_page()


def test_who_is_invited_to_a_brands_team_comes_in_by_the_mailed_code(
    page: Page, browser: Browser, exchange: Exchange
) -> None:
    email, secret = owner(exchange)
    sign_in(page, exchange, email, secret, "/partner/team")
    invited = address()
    page.get_by_role("button", name="Invite somebody").click()
    inviting = page.get_by_role("dialog", name="Invite somebody")
    inviting.get_by_label("Mail address").fill(invited)
    inviting.locator("button[type=submit]").click()
    expect(page.get_by_role("region", name="Team").get_by_text(invited)).to_be_visible()

    theirs = newcomers(browser)
    theirs.goto(exchange.at(ONE, f"/invitation#{exchange.mailed(invited, 'invitation')}"))
    theirs.get_by_label("Password").fill("short")
    assert found_by_axe(theirs) == []
    assert theirs.evaluate("document.documentElement.scrollWidth") <= 390
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Continue").click()
    theirs.wait_for_url("**/partner")
    expect(theirs.get_by_text("set up a second factor in your settings")).to_be_visible()
    theirs.context.close()


def test_who_is_invited_to_the_hosts_team_comes_in_at_its_address(browser: Browser, exchange: Exchange) -> None:
    invited = address()
    with at_the_desk(browser, exchange, Role.OWNER) as first:
        first.goto(host_of(exchange, "/operator/team"))
        asking = first.get_by_role("group", name="Invite somebody")
        asking.get_by_label("Email").fill(invited)
        asking.get_by_label("Role").select_option("support")
        asking.get_by_role("button", name="Invite somebody").click()
        expect(first.get_by_role("row", name=re.compile(invited))).to_contain_text("Support")
        theirs = newcomers(browser)
        theirs.goto(host_of(exchange, f"/invitation#{exchange.mailed(invited, 'invitation')}"))
        theirs.get_by_label("Password").fill(PASSWORD)
        theirs.get_by_role("button", name="Continue").click()
        theirs.wait_for_url("**/operator")
        theirs.context.close()
        first.get_by_role("button", name=re.compile(rf"Take .?Support.? from .?{invited}")).click()
        expect(first.get_by_role("row", name=re.compile(invited))).to_have_count(0)


def test_a_forgotten_password_is_asked_for_waits_and_is_stopped(
    page: Page, browser: Browser, exchange: Exchange
) -> None:
    email = sign_up(page, exchange, ONE)
    theirs = newcomers(browser)
    theirs.goto(exchange.at(ONE, "/sign-in"))
    theirs.get_by_role("link", name="Forgot your password?").click()
    assert found_by_axe(theirs) == []
    theirs.get_by_label("Email").fill(email)
    theirs.get_by_role("button", name="Continue").click()
    expect(theirs.get_by_text(re.compile("can be set in .?24.? hours"))).to_be_visible()
    theirs.get_by_label("Code from the mail").fill(exchange.mailed(email, "recovery-requested"))
    theirs.get_by_label("New password").fill("another long password")
    theirs.get_by_role("button", name="Set the password").click()
    expect(theirs.get_by_role("alert")).to_be_visible()  # not before the delay is over
    with exchange.database.connect() as connection:
        [sent] = [
            one
            for one in mail.newest(connection, exchange.seal, 100)
            if (one.to, one.kind) == (email, "recovery-requested")
        ]
    stop = re.findall(r"[Cc]ode[^:\n]*:\s+(\S+)", sent.body)[-1]
    theirs.goto(exchange.at(ONE, f"/recovery/stop#{stop}"))
    theirs.get_by_role("button", name="Stop the new password").click()
    expect(theirs.get_by_text("It is stopped.")).to_be_visible()
    theirs.context.close()
