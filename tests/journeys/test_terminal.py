"""The terminal for everyone: by keyboard, with refusals in words, and when the exchange is out of reach."""

import re

from journeys.cut import Wire
from journeys.exchange import ONE, PAIR, Exchange
from journeys.hands import asked, funded, order, sign_up, tab, tabbed_to
from playwright.sync_api import Page, Route, expect


def test_a_lost_connection_is_seen_and_mended_by_itself(page: Page, exchange: Exchange) -> None:
    """WB-2."""
    with Wire(exchange.port) as wire:
        page.goto(f"http://{ONE}.localhost:{wire.port}/trade/{PAIR}")
        bid = page.get_by_role("region", name="Order book").locator("tr.bids").first
        expect(bid).to_be_visible()
        wire.cut()
        expect(page.get_by_text("The connection is lost")).to_be_visible()
        wire.mend()
        expect(page.get_by_text("The connection is lost")).to_have_count(0, timeout=60_000)
        expect(bid).to_be_visible()


def test_a_refusal_is_told_in_words_with_what_to_do(page: Page, exchange: Exchange) -> None:
    funded(page, exchange, ONE)
    ask = asked(page, "GET", "/api/v5/market/ticker?instId=BTC-USDT")["data"][0]["askPx"]
    order(page, "Sell", "Limit", "3", ask)  # of 2
    told = page.get_by_text("There is not enough available for this order.")
    expect(told).to_be_visible()
    expect(page.get_by_text("Make it smaller, or cancel another order that holds funds.")).to_be_visible()


def test_the_terminal_is_used_by_keys_alone(page: Page, exchange: Exchange) -> None:
    page.goto(exchange.at(ONE, f"/trade/{PAIR}"))
    ticket = page.get_by_role("region", name="Order ticket")
    expect(ticket).to_be_visible()
    page.keyboard.press("s")
    expect(ticket.get_by_role("button", name="Sell", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(ticket.get_by_label("Price", exact=True)).to_be_focused()
    page.keyboard.type("b")  # typed, and no command
    expect(ticket.get_by_role("button", name="Sell", exact=True)).to_have_attribute("aria-pressed", "true")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_order_is_placed_changed_and_cancelled_by_keys_alone(page: Page, exchange: Exchange) -> None:
    funded(page, exchange, ONE)
    for side in ("Buy", "Sell"):  # so that there is a candle, whose prices the chart shows
        order(page, side, "Market", "0.001")
        expect(page.get_by_text("Order taken").last).to_be_visible()
    best = int(float(asked(page, "GET", "/api/v5/market/ticker?instId=BTC-USDT")["data"][0]["bidPx"]))
    page.evaluate("document.activeElement.blur()")
    keys = page.keyboard
    for key in ("p", "b"):  # post-only, buy
        keys.press(key)
    ticket = page.get_by_role("region", name="Order ticket")
    expect(ticket.get_by_label("Price", exact=True)).to_be_focused()
    keys.press("Control+a")
    keys.type(str(best))
    tabbed_to(page, ticket.get_by_label("Size", exact=True))
    keys.type("0.01")
    keys.press("Enter")
    tabbed_to(page, page.get_by_role("tab", name="Balances"))
    for _ in range(3):
        keys.press("ArrowLeft")
    own = page.get_by_role("region", name=re.compile("Open orders"))
    row = own.locator("tbody tr")
    expect(row).to_have_count(1)

    handle = page.get_by_role("slider", name="Your order")
    tabbed_to(page, handle)
    keys.press("ArrowUp")
    keys.press("Enter")
    dialog = page.get_by_role("dialog", name="Change this order?")
    tabbed_to(page, dialog.get_by_role("button", name="Save"))
    keys.press("Enter")
    expect(row).to_contain_text(f"{best + 1:,}")

    tabbed_to(page, row.get_by_role("button", name="Change"))
    keys.press("Enter")
    expect(row.get_by_label("Price")).to_be_focused()
    keys.press("Control+a")
    keys.type(str(best - 1))
    keys.press("Enter")
    expect(row).to_contain_text(f"{best - 1:,}")
    expect(row.get_by_role("button", name="Change")).to_be_focused()

    tabbed_to(page, row.get_by_role("button", name="Cancel"))
    keys.press("Enter")
    expect(tab(page, "Open orders", 0)).to_be_visible()
    assert asked(page, "GET", "/api/v5/trade/orders-pending")["data"] == []


def test_fills_are_asked_for_again_while_history_lags_and_the_failure_has_a_button(
    page: Page, exchange: Exchange
) -> None:
    sign_up(page, exchange, ONE)
    lagging, asks = [2], [0]

    def lag(route: Route) -> None:
        asks[0] += 1
        lagging[0] -= 1
        if lagging[0] < 0:
            route.continue_()
        else:
            late = {"code": "50001", "msg": "Service temporarily unavailable. Please try again later.", "data": []}
            route.fulfill(status=503, json=late)

    page.route("**/api/v5/trade/fills?*", lag)
    page.get_by_role("tab", name="Fills").click()
    expect(page.get_by_text("No fills yet.")).to_be_visible()
    assert asks[0] == 3
    expect(page.get_by_text("Service temporarily unavailable")).to_have_count(0)

    lagging[0] = 1_000
    page.reload()
    page.get_by_role("tab", name="Fills").click()
    own = page.get_by_role("region", name="Yours")
    expect(own.get_by_role("alert")).to_contain_text("Service temporarily unavailable")
    lagging[0] = 0
    own.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("No fills yet.")).to_be_visible()
