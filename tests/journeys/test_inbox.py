"""What a trader is told at the bell: a key, an order that was met meanwhile, a price that has come. WB-13."""

import re

import pytest
from journeys.exchange import ONE, OTHER, PAIR, PASSWORD, Exchange
from journeys.hands import asked, found_by_axe, funded, order
from playwright.sync_api import Browser, Page, expect

BELL = re.compile(r"^Notifications, \W?(\d+)\W? new$")


def bell(page: Page, count: int) -> None:
    """It is asked for every 15 s."""
    expect(page.get_by_role("link", name=re.compile(rf"^Notifications, \W?{count}\W? new$"))).to_be_visible(
        timeout=60_000
    )


def test_the_bell_tells_what_happened_while_somebody_was_away(browser: Browser, exchange: Exchange, page: Page) -> None:
    funded(page, exchange, ONE)
    bell(page, 0)
    ask = asked(page, "GET", f"/api/v5/market/ticker?instId={PAIR}")["data"][0]["askPx"]
    price = str(int(float(ask)) - 1)
    order(page, "Sell", "Post-only", "0.01", price)
    expect(page.get_by_text("Order taken").last).to_be_visible()
    assert "error" not in asked(page, "POST", "/account/v1/prove", {"password": PASSWORD})
    key = {"label": "Bot", "passphrase": "Suite-42-x", "permissions": ["read_only"], "ip_list": []}
    assert "api_key" in asked(page, "POST", "/account/v1/keys", key)
    page.goto(exchange.at(ONE, "/settings"))
    bell(page, 1)

    other = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en")
    other.set_default_timeout(120_000)
    their = other.new_page()
    funded(their, exchange, OTHER)
    order(their, "Buy", "Limit", "0.01", price)
    expect(their.get_by_text("Order taken").last).to_be_visible()
    bell(page, 2)
    other.close()

    page.get_by_role("link", name=BELL).click()
    notices = page.get_by_role("main").get_by_role("listitem")
    expect(notices).to_have_count(2)
    expect(notices.first).to_contain_text(re.compile(r"your \W?sell\W? order is filled, \W?0\.01\W? of \W?0\.01"))
    expect(notices.last).to_contain_text(re.compile(r"The API key \W?Bot\W? was made"))
    assert found_by_axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Your orders").click()
    expect(notices).to_have_count(1)
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_role("button", name="Mark all as read").click()
    bell(page, 0)
    page.get_by_role("button", name=re.compile(r"^New \(")).click()
    expect(page.get_by_text("There is nothing here.")).to_be_visible()

    page.get_by_role("link", name="Choose what you are told").click()
    expect(page.get_by_label("Security")).to_be_disabled()
    page.get_by_label("Your orders").uncheck()
    expect(page.get_by_text("Your choice is saved").first).to_be_visible()
    assert found_by_axe(page) == []
    page.get_by_role("link", name=BELL).click()
    expect(notices).to_have_count(1)
    notices.get_by_role("link").click()
    expect(page.get_by_role("heading", name="API keys", level=1)).to_be_visible()


def test_a_price_alert_is_kept_by_the_exchange_and_told_at_the_bell(page: Page, exchange: Exchange) -> None:
    funded(page, exchange, ONE)
    ticker = asked(page, "GET", f"/api/v5/market/ticker?instId={PAIR}")["data"][0]
    price, side = (ticker["askPx"], "Buy") if ticker["askPx"] != ticker["last"] else (ticker["bidPx"], "Sell")
    page.get_by_role("tab", name=re.compile("^Alerts")).click()
    page.get_by_label(re.compile("^Tell me when")).fill(price)
    page.get_by_role("button", name="Add alert").click()
    expect(page.get_by_role("button", name=re.compile("^Remove the alert of"))).to_be_visible()
    (kept,) = asked(page, "GET", "/account/v1/price-alerts")
    assert (kept["instrument"], kept["rises"]) == (PAIR, side == "Buy")
    assert page.evaluate("localStorage.getItem('alerts')") in (None, "[]")
    order(page, side, "Market", "0.001")
    page.goto(exchange.at(ONE, "/notifications"))
    expect(page.get_by_text(re.compile(rf"{PAIR}\W? has (risen|fallen) to your price")).first).to_be_visible(
        timeout=60_000
    )
    assert asked(page, "GET", "/account/v1/price-alerts") == []


@pytest.mark.parametrize("path", ["/notifications", "/settings/notices"])
def test_who_is_not_signed_in_is_sent_to_sign_in(page: Page, exchange: Exchange, path: str) -> None:
    page.goto(exchange.at(ONE, path))
    page.wait_for_url("**/sign-in?to=*")
