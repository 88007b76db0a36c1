"""A broker watches its accrual rise as its client trades, and checks a statement in the browser. BL-11, B-23, BP-4."""

import re
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from integration.okx_client import OkxClient
from journeys.broker_hands import PASSWORD, broker_person, past_hours
from journeys.exchange import OTHER, Exchange
from journeys.hands import asked
from playwright.sync_api import Browser, Page, expect

EMAIL = "broker@example.com"


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """A demo whose broker has settled hours behind it."""
    folder = tmp_path_factory.mktemp("broker")
    (folder / "data").mkdir()
    past_hours(folder / "data")
    with Exchange(folder) as found:
        broker_person(found.database, found.seal, EMAIL)
        yield found


@pytest.fixture
def desk(page: Page, house: Exchange) -> Page:
    """Signed in, at the broker's desk."""
    page.goto(house.at(OTHER, "/sign-in?to=/broker"))
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    return page


def shown(page: Page) -> Decimal:
    """What the page says was earned in this hour."""
    found = re.search(r"[\d,.]+", page.locator("[data-live=accrual]").inner_text())
    return Decimal(found[0].replace(",", "")) if found else Decimal(0)


def client(house: Exchange) -> OkxClient:
    account = [one for one in house.server.ready["accounts"] if one["brand"] == OTHER][1]
    return OkxClient(str(house.server.ready["rest"]), account, 30)


def bought(one: OkxClient, size: str) -> None:
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "ioc", "px": "79000", "sz": size}
    answer: dict[str, Any] = one.post("/api/v5/trade/order", order | {"tag": "NORTHSTAR"})
    assert answer["data"][0]["sCode"] == "0", answer


def test_a_broker_sees_the_accrual_rise_as_its_client_trades(desk: Page, house: Exchange) -> None:
    expect(desk.locator("[data-live=accrual]")).to_contain_text("USDT")
    before, one = shown(desk), client(house)
    seen: list[Decimal] = []
    for size in ("0.5", "0.25"):
        bought(one, size)
        deadline = time.monotonic() + 30
        while shown(desk) <= max([before, *seen]) and time.monotonic() < deadline:
            time.sleep(0.1)
        seen.append(shown(desk))
    one.close()
    assert before < seen[0] < seen[1]
    sums = asked(desk, "GET", "/broker/v1/history/sums/hour")["sums"]
    newest = [Decimal(row["paid"]) for row in sums if row["key"] == sums[-1]["key"]]
    assert seen[1] == sum(newest)
    expect(desk.get_by_role("region", name="Orders under your code").get_by_text("Filled").first).to_be_visible()


def test_a_broker_checks_a_statement_in_the_browser_and_an_altered_digit_is_named(desk: Page) -> None:
    desk.get_by_role("navigation", name="Broker desk").get_by_role("link", name="Settlements").click()
    desk.get_by_role("region", name="Statements").locator("tbody a").first.click()
    result = desk.locator("[data-check]")
    expect(result).to_have_attribute("data-check", "verified")
    for step in ("Hashes and root", "Each line from its inputs", "Sums", "Signature", "Part of the signed hour"):
        expect(desk.get_by_role("listitem").filter(has=desk.get_by_text(step, exact=True))).to_contain_text("Right.")
    desk.get_by_role("button", name="Change one digit and check again").click()
    expect(result).to_have_attribute("data-check", "wrong")
    altered = re.search(
        r"one digit of line (\d+)", desk.get_by_role("note").inner_text().replace("⁨", "").replace("⁩", "")
    )
    assert altered is not None
    named = result.inner_text().replace("⁨", "").replace("⁩", "")
    assert f"Line {altered[1]}:" in named
    desk.get_by_role("button", name="Back to the file as it is").click()
    expect(result).to_have_attribute("data-check", "verified")
    desk.get_by_text("The host's key").click()
    desk.get_by_label("Key that you know").fill("0" * 64)
    expect(result).to_have_attribute("data-check", "wrong")
    expect(result).to_contain_text("another key than the one that you know")


def test_a_broker_asks_why_and_what_if(desk: Page) -> None:
    desk.get_by_role("navigation", name="Broker desk").get_by_role("link", name="Fills").click()
    rows = desk.get_by_role("region", name="Fills").locator("tbody tr")
    rows.filter(has_text="Not by API").first.get_by_role("link").click()
    expect(desk.get_by_text("It earns nothing.").first).to_contain_text("the order came by \u2068the web\u2069")
    desk.get_by_label("Language").select_option("ar")
    expect(desk.get_by_text("جاء الأمر عبر").first).to_be_visible()
    desk.get_by_label("اللغة").select_option("en")
    desk.get_by_role("navigation", name="Broker desk").get_by_role("link", name="What if").click()
    desk.get_by_label("Rate of all your sides").fill("50")
    desk.get_by_role("button", name="Work it out").click()
    expect(desk.get_by_role("region", name="Who gains, who loses")).to_contain_text("NORTHSTAR")
