"""A partner's domains and certificates (BR-8, BR-12), webhooks (WH-1 to WH-7), market makers (SC-10, SC-11) and
affiliates (Q-8) by their pages, with what the host and another one of the team have to say to them.
"""

import re
import time

import pytest
from journeys.exchange import Exchange
from journeys.hands import found_by_axe
from journeys.operator_hands import at_the_desk, host_of
from journeys.partner_hands import BRAND, owner, sign_in
from playwright.sync_api import Browser, Page, expect
from spec.brand.authority import Authority, new_key, pem

from commonbook.administration.roles import Role
from commonbook.brand import store
from commonbook.simulator.demo_brands import FIRST_BRAND
from commonbook.simulator.demo_market import KEY_ACCOUNTS

DOMAIN = "shop.north-ex.com"
MAKER, OTHER_ACCOUNT = KEY_ACCOUNTS[FIRST_BRAND]


@pytest.fixture
def desk(page: Page, exchange: Exchange) -> Page:
    """An owner, signed in with a second factor."""
    email, secret = owner(exchange)
    sign_in(page, exchange, email, secret, "/partner")
    return page


def test_a_domain_is_named_proved_and_given_a_certificate(desk: Page, exchange: Exchange) -> None:
    desk.get_by_role("link", name="Domains").click()
    desk.get_by_label("Domain", exact=True).fill("not a domain")
    desk.get_by_role("button", name="Add a domain").click()
    expect(desk.get_by_role("alert")).to_be_visible()
    desk.get_by_label("Domain", exact=True).fill(DOMAIN)
    desk.get_by_role("button", name="Add a domain").click()
    card = desk.locator("section").filter(has=desk.get_by_role("heading", name=DOMAIN, exact=True))
    expect(card.get_by_text("Waits for its proof")).to_be_visible()
    with exchange.database.connect() as connection:
        token = store.find_domain(connection, BRAND, DOMAIN).token
    expect(card.get_by_text(token).first).to_be_visible()
    assert found_by_axe(desk) == []
    card.get_by_role("button", name=re.compile("Look now")).click()
    expect(desk.get_by_text(re.compile("is not proved yet")).first).to_be_visible()

    # A certificate before the proof is refused; what the look would find is said by a hand.
    authority, key = Authority(), new_key()
    card.get_by_role("button", name=re.compile("Bring a certificate")).click()
    bringing = desk.get_by_role("dialog", name=re.compile("Bring a certificate"))
    bringing.get_by_label("Certificates (PEM)").fill(authority.chain(DOMAIN, key=key))
    bringing.get_by_label("Private key (PEM)").fill(pem(key))
    bringing.get_by_role("button", name="Bring a certificate").click()
    expect(bringing.get_by_role("alert")).to_be_visible()
    with exchange.database.begin() as connection:
        store.note_proved(connection, store.find_domain(connection, BRAND, DOMAIN), "dns", time.time_ns())
    bringing.get_by_role("button", name="Bring a certificate").click()
    expect(bringing).to_be_hidden()
    row = desk.get_by_role("region", name="Certificates").locator("tbody tr", has_text=DOMAIN)
    expect(row).to_contain_text("your team")
    desk.reload()
    expect(card.get_by_text("Proved", exact=True)).to_be_visible()
    row.get_by_role("button", name=re.compile("Forget the certificate")).click()
    expect(row).to_have_count(0)
    card.get_by_role("button", name=re.compile("Remove")).click()
    expect(card).to_have_count(0)


def test_a_webhook_is_added_tested_changed_and_removed(desk: Page) -> None:
    desk.get_by_role("link", name="Webhooks").click()
    desk.get_by_role("button", name="Add a webhook").click()
    adding = desk.get_by_role("dialog", name="Add a webhook")
    adding.get_by_label("Address").fill("https://127.0.0.1/in")
    adding.get_by_role("button", name="Add a webhook").click()
    expect(adding.get_by_role("alert")).to_be_visible()  # no public address
    adding.get_by_label("Address").fill("https://hooks.north-ex.com/in")
    adding.get_by_label("Orders").uncheck()
    adding.get_by_role("button", name="Add a webhook").click()
    expect(adding.get_by_text("This is shown this once.")).to_be_visible()
    first = adding.locator(".secret").inner_text()
    assert found_by_axe(desk) == []
    adding.get_by_role("button", name="Close").click()
    row = desk.get_by_role("region", name="Webhooks").locator("tbody tr", has_text="hooks.north-ex.com")
    expect(row).to_contain_text("Sign-ups, Levels, Trades, Releases")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="Send a test").click()
    row.get_by_role("button", name="Deliveries").click()
    sent = desk.get_by_role("region", name="Deliveries").locator("tbody tr")
    expect(sent).to_have_count(1)
    expect(sent).to_contain_text("Test")
    row.get_by_role("button", name="New secret").click()
    fresh = desk.get_by_role("dialog", name="New secret")
    expect(fresh.locator(".secret")).not_to_have_text(first)
    fresh.get_by_role("button", name="Close").click()
    row.get_by_role("button", name="Change").click()
    changing = desk.get_by_role("dialog", name="Change")
    changing.get_by_label("Address").fill("https://hooks.north-ex.com/other")
    changing.get_by_role("button", name="Change").click()
    expect(row).to_contain_text("/other")
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)


def test_a_market_maker_is_proposed_granted_by_two_of_the_host_and_given_up(
    desk: Page, browser: Browser, exchange: Exchange
) -> None:
    desk.get_by_role("link", name="Makers and affiliates").click()
    desk.get_by_role("button", name="Propose a market maker").click()
    proposing = desk.get_by_role("dialog", name="Propose a market maker")
    proposing.get_by_label("Account").fill(str(MAKER))
    proposing.get_by_label("Maker").fill("0.01")
    proposing.get_by_label("Taker").fill("0.06")
    proposing.get_by_label("BTC-USDT").check()
    proposing.get_by_role("button", name="Propose a market maker").click()
    row = desk.get_by_role("region", name="Market makers").locator("tbody tr", has_text=str(MAKER))
    expect(row).to_contain_text("Waits for the host")
    row.get_by_role("button", name=re.compile("Presence")).click()
    expect(desk.get_by_role("region", name="Presence by hour").locator("tbody tr").first).to_contain_text("BTC-USDT")
    assert found_by_axe(desk) == []
    with (
        at_the_desk(browser, exchange, Role.OWNER) as first,
        at_the_desk(browser, exchange, Role.OWNER) as second,
    ):
        first.goto(host_of(exchange, "/operator/cases"))
        first.get_by_role("tab", name="Market makers").click()
        first.get_by_role("button", name=re.compile("Ask to grant the rates")).click()
        granting = first.get_by_role("dialog", name=re.compile("Ask to grant the rates"))
        assert found_by_axe(first) == []
        granting.get_by_role("button", name="Ask to grant").click()
        expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
        second.goto(host_of(exchange, "/operator/approvals"))
        asked = second.get_by_role("article", name="Grant a market maker's rates")
        asked.get_by_role("button", name="Approve").click()
        expect(second.get_by_text("Approved and carried out.").first).to_be_visible()
    desk.reload()
    expect(row).to_contain_text("In force")
    row.get_by_role("button", name=re.compile("Give up")).click()
    expect(desk.get_by_text("The schedule's rates hold again in a second")).to_be_visible()


def test_an_affiliates_part_waits_for_another_one_of_the_team(desk: Page, browser: Browser, exchange: Exchange) -> None:
    desk.get_by_role("link", name="Makers and affiliates").click()
    desk.get_by_role("button", name="Ask for an affiliate's part").click()
    asking = desk.get_by_role("dialog", name="Ask for an affiliate's part")
    asking.get_by_label("Account", exact=True).fill(str(MAKER))
    asking.get_by_label("Affiliate's account").fill(str(OTHER_ACCOUNT))
    asking.get_by_label("Part of the fee").fill("12.5")
    asking.get_by_role("button", name="Ask for an affiliate's part").click()
    expect(asking).to_be_hidden()
    expect(desk.get_by_role("button", name="Take back")).to_be_visible()
    expect(desk.get_by_text("No affiliate is agreed.")).to_be_visible()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
    context.set_default_timeout(60_000)
    other = context.new_page()
    email, secret = owner(exchange)
    sign_in(other, exchange, email, secret, "/partner/makers")
    other.get_by_role("button", name="Approve").click()
    agreed = other.get_by_role("region", name="Affiliates").locator("tbody tr")
    expect(agreed).to_contain_text("12.5 %")
    context.close()


def test_a_brand_of_the_hosts_own_is_told_that_it_has_no_partnership(desk: Page) -> None:
    desk.get_by_role("link", name="Partnership").click()
    expect(desk.get_by_text("there is no partnership to see")).to_be_visible()
