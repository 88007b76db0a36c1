"""From signing up, with a demo's funds (DM-3), to a fill against the other brand, and an order dragged on the chart."""

import time

from journeys.exchange import ONE, OTHER, PASSWORD, Exchange
from journeys.hands import asked, given, order, protected, tab
from playwright.sync_api import Browser, Page, expect


def test_wb10_a_newcomer_is_protected_trades_with_the_other_brand_and_drags_an_order_to_another_price(
    page: Page, browser: Browser, exchange: Exchange
) -> None:
    email = given(page, exchange, ONE)
    protected(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/trade*")

    other = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en")
    other.set_default_timeout(120_000)
    their = other.new_page()
    given(their, exchange, OTHER)
    best = float(asked(page, "GET", "/api/v5/market/ticker?instId=BTC-USDT")["data"][0]["askPx"])
    price = str(int(best) - 1)  # better than all that stand in the book
    order(their, "Sell", "Post-only", "0.01", price)
    their.get_by_role("tab", name="Open orders").click()
    expect(tab(their, "Open orders", 1)).to_be_visible()

    order(page, "Buy", "Limit", "0.01", price)
    page.get_by_role("tab", name="Fills").click()
    mine = page.get_by_role("region", name="Fills").locator("tbody tr")
    expect(mine).to_have_count(1)
    fill = asked(page, "GET", "/api/v5/trade/fills?instType=SPOT")["data"][0]
    assert (fill["fillPx"], fill["fillSz"], fill["execType"]) == (price, "0.01", "T")
    assert float(fill["fee"]) < 0
    expect(mine).to_contain_text("Taker")
    expect(mine).to_contain_text(f"{fill['feeCcy']}")
    expect(page.get_by_role("columnheader", name="Broker code")).to_be_visible()
    expect(tab(their, "Open orders", 0)).to_be_visible()
    other.close()
    moved_by_dragging(page)


def moved_by_dragging(page: Page) -> None:
    for side in ("Buy", "Sell"):  # so that there is a candle from one side of the book to the other
        order(page, side, "Market", "0.001")
        expect(page.get_by_text("Order taken").last).to_be_visible()
    price = int(float(asked(page, "GET", "/api/v5/market/ticker?instId=BTC-USDT")["data"][0]["bidPx"]))
    order(page, "Buy", "Post-only", "0.02", str(price))
    tab(page, "Open orders", 1).click()
    handle = page.get_by_role("slider", name="Your order")
    expect(handle).to_have_attribute("aria-valuetext", f"Buy 0.02 @ {price:,}")
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x, y + 20 * step)  # some ticks, where few candles span few of them
        time.sleep(0.05)
    page.mouse.up()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    deadline = time.monotonic() + 30
    while True:
        row = asked(page, "GET", "/api/v5/trade/orders-pending")["data"][0]
        if row["px"] != str(price) or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert int(row["px"]) < price
    assert row["sz"] == "0.02"
