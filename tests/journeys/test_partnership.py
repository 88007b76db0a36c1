"""A team's way to a brand of its own by pages alone: the program's phase and contract by two of the host, an
application without a login, its stake and its signature where its user signs in; and the end of it. PA-6 to PA-18.
"""

import re
from datetime import UTC, datetime, timedelta

from journeys.exchange import ONE, Exchange
from journeys.hands import asked, found_by_axe, funded
from journeys.operator_hands import at_the_desk, host_of
from playwright.sync_api import Browser, Locator, Page, expect

from commonbook.administration.roles import Role
from commonbook.simulator.demo_brands import FIRST_BRAND
from commonbook.simulator.demo_market import KEY_ACCOUNTS

PARTS = (
    {"Contact person": "Ada Bell", "Mail address": "ada@example.com", "Phone number": "+49 30 123456"},
    {"Your team": "Four people who have run an exchange.", "Your plan": "Traders of the north, in three languages."},
    {"Name of the brand": "north"},
)


def looked_at(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    assert found_by_axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})


def approve(page: Page, exchange: Exchange, act: str) -> None:
    page.goto(host_of(exchange, "/operator/approvals"))
    page.get_by_role("article", name=act).get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved and carried out.").first).to_be_visible()


def asks(page: Page) -> None:
    expect(page.get_by_text("It waits for a second person.").first).to_be_visible()


def case(page: Page, exchange: Exchange, reference: str) -> Locator:
    page.goto(host_of(exchange, "/operator/cases"))
    page.get_by_role("tab", name=re.compile("Partners")).click()
    page.get_by_role("row", name=re.compile(reference)).get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog", name="Application")
    expect(dialog.get_by_text(reference)).to_be_visible()
    return dialog


def move(dialog: Locator, to: str) -> None:
    dialog.get_by_label("Move on to").select_option(label=to)
    dialog.get_by_role("button", name="Move", exact=True).click()


def stands_at(dialog: Locator, state: str) -> None:
    expect(dialog.locator("p:has(strong) span").first).to_have_text(state)


def note(dialog: Locator, check: str) -> None:
    dialog.get_by_label("Check", exact=True).select_option(label=check)
    dialog.get_by_label("Who says so").fill("Provider, 4711")
    dialog.get_by_role("button", name="Note it").click()
    found = dialog.get_by_role("region", name="What checks have found").get_by_role("listitem")
    expect(found.filter(has_text=check).filter(has_text="Passed")).to_be_visible()


def opens_the_program(first: Page, second: Page, exchange: Exchange) -> None:
    """A phase that takes applications, and the contract, each by two persons."""
    first.goto(host_of(exchange, "/operator/cases"))
    first.get_by_role("tab", name="Contracts and phases").click()
    phases = first.get_by_role("group", name="Phases of the partnership program")
    now = datetime.now(UTC)
    for label, value in {
        "Name": "First",
        "Opens": f"{now - timedelta(days=2):%Y-%m-%dT%H:%M}",
        "Closes": f"{now + timedelta(days=30):%Y-%m-%dT%H:%M}",
        "Places": "3",
        "Asset of the stake": "USDT",
        "Stake": "5000",
    }.items():
        phases.get_by_label(label, exact=True).fill(value)
    looked_at(first)
    phases.get_by_role("button", name="Ask to open it").click()
    asks(first)
    approve(second, exchange, "Open or change a phase of the program")
    contract = first.get_by_role("group", name="Contract with partners")
    contract.get_by_label("Text of the next version").fill("Partner and host agree.")
    contract.get_by_role("button", name="Ask to publish").click()
    asks(first)
    approve(second, exchange, "Publish a contract with partners")


def applies(page: Page, exchange: Exchange) -> tuple[str, str]:
    """Without a login, at the host's address: the reference, and the link's secret."""
    page.goto(host_of(exchange, "/program"))
    form = page.locator("#apply")
    for part in PARTS:
        for label, value in part.items():
            form.get_by_label(label).fill(value)
        form.locator("form button[type=submit]").click()
    link = form.locator("code").inner_text()
    path, _, secret = link.partition("#")
    page.goto(link)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("Handed in").first).to_be_visible()
    looked_at(page)
    return path.rpartition("/")[2], secret


def test_a_team_comes_from_its_application_to_a_brand_by_pages_alone(
    page: Page, browser: Browser, exchange: Exchange
) -> None:
    with (
        at_the_desk(browser, exchange, Role.OWNER) as first,
        at_the_desk(browser, exchange, Role.OWNER) as second,
    ):
        opens_the_program(first, second, exchange)
        reference, secret = applies(page, exchange)
        dialog = case(first, exchange, reference)
        move(dialog, "Screening")
        stands_at(dialog, "Screening")
        note(dialog, "The business")
        note(dialog, "Sanctions lists")
        move(dialog, "Waits for its stake")
        stands_at(dialog, "Waits for its stake")

        # The stake comes from a trading account: its user goes on with the link, at the brand where they trade.
        funded(page, exchange, ONE)
        page.goto(exchange.at(ONE, f"/program/application/{reference}#{secret}"))
        page.get_by_role("button", name="Make it mine").click()
        expect(page.get_by_text("The application is yours").first).to_be_visible()
        page.get_by_role("button", name=re.compile("Lock the stake of .?5,000")).click()
        expect(page.get_by_text("The stake is locked, and a place is yours").first).to_be_visible()
        [found] = asked(page, "GET", "/program/v1/applications")
        assert (found["state"], found["stakes"][0]["amount"]) == ("deposit_locked", "5000")
        looked_at(page)
        page.get_by_role("button", name="Read the contract").click()
        reading = page.get_by_role("dialog", name="Read the contract")
        expect(reading.get_by_text("Partner and host agree.")).to_be_visible()
        reading.get_by_role("button", name="Accept the contract").click()
        expect(reading).to_be_hidden()

        dialog = case(first, exchange, reference)
        dialog.get_by_role("button", name="Ask to accept the contract for the host").click()
        asks(first)
        approve(second, exchange, "Accept a partner's contract")
        dialog = case(first, exchange, reference)
        move(dialog, "Sandbox")
        asks(first)
        approve(second, exchange, "Open a partner's brand")
        page.reload()
        expect(page.get_by_text("Being tried out").first).to_be_visible()
        expect(page.get_by_text("A logo")).to_be_visible()

        dialog = case(first, exchange, reference)
        move(dialog, "Leaving")
        asks(first)
        approve(second, exchange, "End a partnership")
        dialog = case(first, exchange, reference)
        stands_at(dialog, "Leaving")
        dialog.get_by_role("button", name="Add something owed").click()
        owed = dialog.get_by_role("group", name="Owed, number")
        for label, value in {
            "Account": str(KEY_ACCOUNTS[FIRST_BRAND][0]),
            "Amount": "5000.5",
            "Reason": "a bill",
        }.items():
            owed.get_by_label(label, exact=True).fill(value)
        expect(dialog.get_by_text("not more than the stake")).to_be_visible()
        expect(dialog.get_by_role("button", name="Ask to settle")).to_be_disabled()
        owed.get_by_label("Amount").fill("1200.25")
        expect(dialog.get_by_role("status").filter(has_text="Back to the partner")).to_contain_text("3,799.75")
        looked_at(first)
        dialog.get_by_role("button", name="Ask to settle").click()
        sure = first.get_by_role("dialog", name=re.compile("Settle the stake of"))
        expect(sure.get_by_text("cannot be taken back")).to_be_visible()
        sure.get_by_role("button", name="Ask for it").click()
        asks(first)
        second.goto(host_of(exchange, "/operator/approvals"))
        asked_for = second.get_by_role("article", name="Settle the stake of")
        expect(asked_for.get_by_role("row", name="To account")).to_contain_text("1,200.25 USDT · a bill")
        expect(asked_for.get_by_role("row", name="Back to the partner")).to_contain_text("3,799.75 USDT")
        approve(second, exchange, "Settle the stake of")
        dialog = case(first, exchange, reference)
        stands_at(dialog, "Closed")
        paid = dialog.get_by_role("region", name="Stake").get_by_role("listitem").filter(has_text="a bill")
        expect(paid).to_contain_text("1,200.25")
        expect(dialog.get_by_text("Ada Bell")).to_be_visible()
        dialog.get_by_role("button", name="Destroy personal data").click()
        sure = first.get_by_role("dialog", name=re.compile("Destroy the personal data of"))
        expect(sure.get_by_text("Nobody can take this back.")).to_be_visible()
        sure.get_by_role("button", name="Destroy personal data").click()
        expect(first.get_by_text("The personal data is destroyed.").first).to_be_visible()
        expect(dialog.get_by_text("Ada Bell")).to_have_count(0)
