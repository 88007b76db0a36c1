"""A partner changes logo, colours and fees at the desk, and a user's page in another browser follows."""

import re

import httpx
from journeys.exchange import ONE, Exchange
from journeys.hands import asked, found_by_axe, funded, until
from journeys.partner_hands import owner, sign_in
from playwright.sync_api import Browser, Page, expect

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path fill="#ffffff" d="M0 0L10 0L5 10Z"/></svg>'


def test_wb17_a_partner_changes_look_and_fees_and_an_open_page_of_a_user_follows(
    page: Page, browser: Browser, exchange: Exchange
) -> None:
    other = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en", color_scheme="light")
    other.set_default_timeout(60_000)
    user = other.new_page()
    funded(user, exchange, ONE)
    ticket = user.get_by_role("region", name="Order ticket")
    ticket.get_by_label("Price", exact=True).fill("60000")
    ticket.get_by_label("Size", exact=True).fill("0.1")
    rates, fee = (
        user.locator("[data-rates]"),
        ticket.locator("div", has=user.get_by_text("Fee at most", exact=True)).last,
    )
    expect(rates).to_have_text("0.08 % / 0.1 %")
    expect(fee).to_contain_text("6.00 USDT")
    user.evaluate("window.stayed = true")  # until the page is loaded anew
    mark = user.get_by_role("banner").locator("img")
    expect(mark).to_have_count(0)

    email, secret = owner(exchange)
    sign_in(page, exchange, email, secret, "/partner/look")

    # A colour that cannot be read keeps the draft back, is told in words, and is put right by one button.
    accent = page.get_by_label("Accent", exact=True)
    accent.fill("#ffdd00")
    expect(page.get_by_text("is hard to read on").first).to_be_visible()
    publish = page.get_by_role("button", name="Publish…")
    expect(publish).to_be_disabled()
    page.get_by_role("button", name=re.compile("Use .* for .?Accent")).first.click()
    expect(page.get_by_text("is hard to read on")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(accent).to_have_value("#ffdd00")
    accent.fill("#7a0b8f")
    page.get_by_label("Choose a file").set_input_files(
        {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO}
    )
    expect(page.get_by_role("img", name="Logo of")).to_be_visible()
    # What is a draft outlives a reload, and nobody else sees it.
    page.reload()
    expect(accent).to_have_value("#7a0b8f")
    expect(mark).to_have_count(0)
    shown = httpx.get(f"http://127.0.0.1:{exchange.port}/trade", headers={"host": f"{ONE}.localhost"}).text
    assert "/brand/logo-" not in shown
    publish.click()
    page.get_by_label("Note").fill("our new look")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("is published.").first).to_be_visible()
    expect(mark).to_have_count(1)
    told = "() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()"
    until(user, f"({told})() === '#7a0b8f'")

    # Back to what was said before, by a version.
    page.get_by_role("button", name=re.compile("Go back to this: version .?1.?$")).click()
    page.get_by_role("dialog").get_by_role("button", name="Go back to this", exact=True).click()
    expect(page.get_by_text("back to version 1")).to_be_visible()
    expect(mark).to_have_count(0)

    # A fee, with its difference in words before it is sent.
    page.get_by_role("link", name="Fees").click()
    page.get_by_role("button", name="Change fees").click()
    page.get_by_role("group", name="VIP 0").get_by_label("Taker").fill("0.09")
    expect(page.get_by_text(re.compile("takers pay .?0.09.? % instead of .?0.1.? %"))).to_be_visible()
    page.get_by_role("button", name="Make this plan").click()
    expect(page.get_by_text("The plan is made.")).to_be_visible()
    rate = "async () => (await (await fetch('/partner/v1/fees')).json()).schedule[0].taker"
    until(page, f"({rate})().then((taker) => taker === '0.0009')")
    expect(rates).to_have_text("0.08 % / 0.09 %")
    expect(fee).to_contain_text("5.40 USDT")
    told = asked(user, "GET", "/api/v5/account/trade-fee?instType=SPOT&instId=BTC-USDT")["data"][0]
    assert told["taker"] == "-0.0009"
    assert user.evaluate("window.stayed")
    other.close()


def test_the_program_answers_ten_questions_at_the_hosts_address(page: Page, exchange: Exchange) -> None:
    page.goto(f"http://127.0.0.1:{exchange.port}/program")
    expect(page.get_by_role("heading", level=2)).to_have_count(10)
    assert found_by_axe(page) == []
    page.goto(exchange.at(ONE, "/program"))
    expect(page.get_by_text("There is no page at this address.")).to_be_visible()
