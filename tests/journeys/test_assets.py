"""A user moves funds between the halves of an account and a sub-account, and is told what cannot be. WB-14."""

import re

import httpx
from journeys.exchange import ONE, Exchange
from journeys.hands import asked, found_by_axe, funded, sign_up
from playwright.sync_api import Locator, Page, Route, expect


def group(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True)


def balance(page: Page, ccy: str) -> Locator:
    return page.get_by_role("region", name="Balances").get_by_role("row").filter(has_text=re.compile(f"^{ccy}"))


def test_funds_are_moved_between_own_accounts(page: Page, exchange: Exchange) -> None:
    funded(page, exchange, ONE)
    page.get_by_role("link", name="Assets").click()
    expect(balance(page, "USDT")).to_contain_text("100,000")
    expect(page.get_by_text("No transfers yet.")).to_be_visible()
    assert found_by_axe(page) == []

    page.get_by_label("Currency").select_option("USDT")
    amount, send = page.get_by_label("Amount"), page.get_by_role("button", name="Transfer", exact=True)
    for wrong, why in (("100000.00000001", "More than is available"), ("0", "An amount above zero")):
        amount.fill(wrong)
        expect(page.get_by_text(why)).to_be_visible()
        expect(send).to_be_disabled()
    group(page, "To").get_by_label("Part of it").select_option("trading")
    expect(page.get_by_text("Both ends are the same.")).to_be_visible()
    group(page, "To").get_by_label("Part of it").select_option("funding")
    amount.fill("1250.5")
    send.click()
    expect(page.get_by_text("Transferred", exact=True)).to_be_visible()
    expect(balance(page, "USDT")).to_contain_text("98,749.5")
    expect(balance(page, "USDT")).to_contain_text("1,250.5")
    history = page.get_by_role("region", name="Transfers").locator("tbody tr")
    expect(history).to_have_count(1)
    expect(history.first).to_contain_text(re.compile(r"\W*Trading\W+Funding"))

    page.get_by_label("Name").fill("x")
    expect(page.get_by_role("button", name="Open a sub-account")).to_be_disabled()
    page.get_by_label("Name").fill("trader1")
    page.get_by_role("button", name="Open a sub-account").click()
    expect(page.get_by_text("Sub-account opened")).to_be_visible()

    page.get_by_role("button", name="Turn round").click()  # from funding to trading
    group(page, "To").get_by_label("Account").select_option("trader1")
    page.get_by_label("Currency").select_option("USDT")
    page.get_by_role("button", name="All of it").click()
    expect(amount).to_have_value("1250.5")
    send.click()
    expect(history).to_have_count(2)
    expect(history.first).to_contain_text("trader1")
    (row,) = asked(page, "GET", "/api/v5/account/subaccount/balances?subAcct=trader1&ccy=USDT")["data"]
    assert row["details"][0]["cashBal"] == "1250.5"
    group(page, "Balances").get_by_label("Account").select_option("trader1")
    expect(balance(page, "USDT")).to_contain_text("1,250.5")
    assert found_by_axe(page) == []

    page.get_by_role("button", name="Turn round").click()
    group(page, "To").get_by_label("Account").select_option("trader1")
    expect(page.get_by_text("only its own API keys move funds")).to_be_visible()
    group(page, "To").get_by_label("Account").select_option("")
    amount.fill("250.5")
    send.click()
    expect(history).to_have_count(3)
    expect(balance(page, "USDT")).to_contain_text("1,000")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found_by_axe(page) == []


def test_dm3_who_has_nothing_at_a_demo_receives_its_funds_once(page: Page, exchange: Exchange) -> None:
    sign_up(page, exchange, ONE)
    page.get_by_role("link", name="Assets").click()
    receive = page.get_by_role("button", name="Receive demo funds")
    expect(page.get_by_text("you may receive")).to_contain_text("10,000 USDT")
    assert found_by_axe(page) == []
    receive.click()
    expect(balance(page, "USDT")).to_contain_text("10,000")
    expect(balance(page, "BTC")).to_contain_text("0.1")
    expect(receive).to_have_count(0)
    again = asked(page, "POST", "/account/v1/demo-funds", {})
    assert again["error"]["code"] == "already_received"


def test_a_transfer_whose_answer_is_lost_is_done_once(page: Page, exchange: Exchange) -> None:
    """A-3: the page sends it again under the name that it had."""
    funded(page, exchange, ONE)
    page.goto(exchange.at(ONE, "/assets"))
    page.get_by_label("Currency").select_option("USDT")
    page.get_by_label("Amount").fill("10")
    lost: list[str] = []

    def lose(route: Route) -> None:
        """The exchange does it, and the page never hears so."""
        lost.append(str(route.request.post_data))
        if len(lost) > 1:
            route.continue_()
            return
        headers = route.request.all_headers() | {"host": f"{ONE}.localhost:{exchange.port}"}
        path = f"http://127.0.0.1:{exchange.port}/api/v5/asset/transfer"
        assert httpx.post(path, content=lost[0], headers=headers, timeout=60).json()["code"] == "0"
        route.abort()

    page.route("**/api/v5/asset/transfer", lose)
    send = page.get_by_role("button", name="Transfer", exact=True)
    send.click()
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    send.click()
    expect(page.get_by_text("Transferred", exact=True)).to_be_visible()
    assert lost[0] == lost[1]
    (row,) = asked(page, "GET", "/api/v5/asset/balances?ccy=USDT")["data"]
    assert row["bal"] == "10"
    expect(page.get_by_role("region", name="Transfers").locator("tbody tr")).to_have_count(1)
