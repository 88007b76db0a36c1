"""The host's people on money: a hold, an adjustment, terms and bills, a busted trade, the table of levels. Two each."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from journeys.exchange import ONE, PAIR, Exchange
from journeys.hands import asked, found_by_axe, funded, order
from journeys.money_hands import past_day
from journeys.operator_hands import at_the_desk, host_of
from playwright.sync_api import Browser, Locator, Page, expect

from commonbook.administration.roles import Role

DATE: list[str] = []  # of the day whose statements are closed


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    folder = tmp_path_factory.mktemp("money")
    (folder / "data").mkdir()
    DATE[:] = [past_day(folder / "data")]
    with Exchange(folder) as found:
        yield found


@pytest.fixture(scope="module")
def first(browser: Browser, exchange: Exchange) -> Iterator[Page]:
    with at_the_desk(browser, exchange, Role.FINANCE) as page:
        yield page


@pytest.fixture(scope="module")
def second(browser: Browser, exchange: Exchange) -> Iterator[Page]:
    with at_the_desk(browser, exchange, Role.OWNER) as page:
        yield page


def clearing(page: Page, exchange: Exchange, tab: str) -> None:
    """The second brand's, which was owed something on the closed day."""
    page.goto(host_of(exchange, "/operator/clearing"))
    page.get_by_label("Brand", exact=True).first.select_option("2")
    page.get_by_role("tab", name=tab).click()


def owed(page: Page) -> Locator:
    """What the brand is owed in USDT, as it stands in its row."""
    rows = page.get_by_role("region", name="Owed and released").get_by_role("row").filter(has_text="USDT")
    return rows.locator("td").nth(1)


def send(page: Page) -> None:
    """Ask for what the dialog shows."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("second person")).to_be_visible()
    dialog.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("It waits for a second person.").first).to_be_visible()


def approve(page: Page, exchange: Exchange, title: str, *said: str) -> None:
    """The second person's yes, who reads the same words."""
    page.goto(host_of(exchange, "/operator/approvals"))
    waits = page.get_by_role("article", name=re.compile(title))
    for one in said:
        expect(waits.get_by_text(one).first).to_be_visible()
    waits.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved and carried out.").first).to_be_visible()


def isolated(text: str) -> str:
    """A text around whose values marks stand that keep them whole in any direction of writing."""
    return r"\W*".join(re.escape(word) for word in text.split())


def test_q18_a_hold_is_set_and_lifted_and_the_statement_verified(first: Page, second: Page, exchange: Exchange) -> None:
    clearing(first, exchange, "Statements")
    row = first.get_by_role("row").filter(has_text=DATE[0]).filter(has_text="USDT")
    row.get_by_role("button", name="Verify").click()
    expect(first.get_by_text("This statement is right.")).to_be_visible()
    first.get_by_role("dialog").get_by_role("button", name="Close").last.click()

    row.get_by_role("button", name="Keep back").click()
    dialog = first.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Ask for it")).to_be_disabled()
    dialog.get_by_label("Amount").fill("0.0000000000001")
    expect(dialog.get_by_text("no amount of")).to_be_visible()
    dialog.get_by_label("Amount").fill("0.5")
    dialog.get_by_label("Reason").fill("a client disputes the fee")
    expect(dialog.get_by_text(re.compile(isolated("Keep 0.5 USDT of brand 2 back"))).first).to_be_visible()
    assert found_by_axe(first) == []
    send(first)
    approve(second, exchange, isolated("Keep 0.5 USDT of brand 2 back"), "a client disputes the fee", DATE[0])

    clearing(first, exchange, "Holds")
    expect(first.get_by_text("Kept back", exact=True)).to_be_visible()
    first.get_by_role("button", name="Lift").click()
    expect(first.get_by_role("dialog").get_by_text("The next release pays it out.")).to_be_visible()
    send(first)
    approve(second, exchange, isolated("Give 0.5 USDT of brand 2 free"), "a client disputes the fee")
    clearing(first, exchange, "Holds")
    expect(first.get_by_text("Lifted by approval")).to_be_visible()
    assert found_by_axe(first) == []


def test_q11_an_adjustment_is_approved_by_another_and_is_owed_to_the_brand(
    first: Page, second: Page, exchange: Exchange
) -> None:
    clearing(first, exchange, "Owed and released")
    cell = (
        first.get_by_role("region", name="Owed and released").get_by_role("row").filter(has_text="USDT").locator("td")
    )
    expect(cell.nth(1)).to_be_visible()
    before = cell.nth(1).inner_text()
    assert "1.25" not in before
    clearing(first, exchange, "Statements")
    first.get_by_role("row").filter(has_text=DATE[0]).get_by_role("button", name="Adjust").first.click()
    dialog = first.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("1.25")
    dialog.get_by_label("Reason").fill("a fee was charged twice")
    expect(dialog.get_by_text("to the host's cost.")).to_be_visible()
    send(first)
    approve(second, exchange, isolated("Credit brand 2 with 1.25 USDT"), "a fee was charged twice")
    clearing(second, exchange, "Adjustments")
    expect(second.get_by_role("row").filter(has_text="a fee was charged twice").get_by_text("1.25")).to_be_visible()
    second.get_by_role("tab", name="Owed and released").click()
    assert Decimal(owed(second).inner_text()) == Decimal(before) + Decimal("1.25")


def test_q7_terms_are_shown_beside_what_is_asked_for_and_bills_are_set_in_words(
    first: Page, second: Page, exchange: Exchange
) -> None:
    clearing(first, exchange, "Terms")
    first.get_by_role("button", name="Change the host's share").click()
    dialog = first.get_by_role("dialog")
    dialog.get_by_label("Share", exact=True).fill("12.5")
    expect(dialog.get_by_text("the host has")).to_contain_text("12.5")
    expect(dialog.get_by_role("columnheader", name="Now")).to_be_visible()
    send(first)
    approve(second, exchange, isolated("Brand 2 12.5 of trading fees for the host"))

    clearing(second, exchange, "Bills")
    second.get_by_role("button", name="Set a price").click()
    dialog = second.get_by_role("dialog")
    dialog.get_by_label("Service").fill("support")
    dialog.get_by_label("Price of one").fill("99.5")
    expect(dialog.get_by_text("Once set for a month it stays")).to_contain_text("99.5 USDT")
    dialog.get_by_role("button", name="Set it").click()
    expect(second.get_by_text("It is set.")).to_be_visible()
    expect(second.get_by_role("region", name="Prices").get_by_role("row").filter(has_text="support")).to_be_visible()
    assert found_by_axe(second) == []


def test_co14_a_trade_is_busted_by_two_and_the_traders_fill_is_shown_as_busted(
    first: Page, second: Page, exchange: Exchange, page: Page
) -> None:
    funded(page, exchange, ONE)
    account = asked(page, "GET", "/account/v1/session")["account"]
    page.goto(exchange.at(ONE, f"/trade/{PAIR}"))
    ask = asked(page, "GET", f"/api/v5/market/ticker?instId={PAIR}")["data"][0]["askPx"]
    order(page, "Buy", "Limit", "0.02", str(int(float(ask) * 1.01)))
    page.get_by_role("tab", name="Fills").click()
    fills = page.get_by_role("region", name="Fills", exact=True)
    expect(fills.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_text("Busted")).to_have_count(0)

    first.goto(host_of(exchange, "/operator/corrections"))
    first.get_by_label("Account, or fill").fill(str(account))
    first.get_by_role("button", name="Find", exact=True).click()
    first.get_by_role("button", name="Bust fill").first.click()
    dialog = first.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile(isolated(f"back to {account}")))).to_be_visible()
    expect(dialog.get_by_role("row").filter(has_text="Fees to be refunded")).to_be_visible()
    dialog.get_by_label("Reason").fill("priced by a broken feed")
    assert found_by_axe(first) == []
    send(first)
    approve(second, exchange, isolated(f"Bust 0.02 {PAIR}"), "priced by a broken feed", "It cannot be undone.")
    first.goto(host_of(exchange, "/operator/corrections"))
    expect(first.get_by_role("row").filter(has_text="priced by a broken feed")).to_be_visible()

    page.reload()
    page.get_by_role("tab", name="Fills").click()
    expect(fills.get_by_text("Busted")).to_be_visible()
    expect(page.get_by_text("was declared void by the host")).to_be_visible()
    assert found_by_axe(page) == []


def test_vl6_the_table_of_levels_is_changed_by_two_with_its_difference(
    first: Page, second: Page, exchange: Exchange
) -> None:
    first.goto(host_of(exchange, "/operator/levels"))
    first.get_by_role("button", name="Change the table").click()
    level = first.get_by_role("group", name=re.compile(isolated("VIP 1")))
    level.get_by_label("Volume at least").fill("100000")
    first.get_by_role("button", name="Add a level").click()
    above = first.get_by_role("group", name=re.compile(isolated("VIP 2")))
    above.get_by_label("Needs").select_option("all")
    above.get_by_label("Volume at least").fill("500000")
    above.get_by_label("Assets at least").fill("20000")
    expect(first.get_by_role("region", name="What would change")).to_contain_text("500,000")
    assert found_by_axe(first) == []
    first.get_by_role("button", name="Ask for it").click()
    expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
    approve(second, exchange, "Change the table of levels", "500,000")
    first.goto(host_of(exchange, "/operator/levels"))
    table = first.get_by_role("region", name="Table of levels")
    expect(table.get_by_role("row").filter(has_text="500,000")).to_contain_text("assets of")


def test_sp10_a_split_says_what_becomes_of_every_balance_and_what_is_to_be_halted(
    browser: Browser, exchange: Exchange
) -> None:
    with at_the_desk(browser, exchange, Role.OPERATIONS) as page:
        page.goto(host_of(exchange, "/operator/splits"))
        page.get_by_role("button", name="Split a token").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Old token").select_option("BTC")
        dialog.get_by_label("New token").fill("BTCX")
        dialog.get_by_label("New units").fill("10")
        expect(dialog.get_by_text("To be halted first")).to_contain_text(PAIR)
        expect(dialog.get_by_text("rounded down to whole units")).to_be_visible()
        assert found_by_axe(page) == []
        dialog.get_by_role("button", name="Ask for it").click()
        expect(page.get_by_text("cancel what rests there").or_(page.get_by_text("halt ")).first).to_be_visible()
