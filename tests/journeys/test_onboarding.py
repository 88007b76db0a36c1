"""A broker's way by pages alone, from the first click to a code that earns: BE-2 to BE-10. The conformance kit's run is
not a page's: what it files is filed here by the same function that the kit calls (BE-6).
"""

import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from journeys.exchange import ONE, Exchange
from journeys.hands import found_by_axe, sign_up
from journeys.operator_hands import at_the_desk, host_of
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect
from sqlalchemy import update

from commonbook.administration.checkpoint import AuditKey
from commonbook.administration.roles import Role
from commonbook.brokerage import certificates, registry
from commonbook.brokerage.questionnaire import FIELDS
from commonbook.people import directory, factors
from commonbook.simulator.demo_brands import FIRST_BRAND
from commonbook.storage.schema import web_sessions

PDF: FilePayload = {"name": "register.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 register"}
LOGO: FilePayload = {
    "name": "logo.svg",
    "mimeType": "image/svg+xml",
    "buffer": b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L1 1Z"/></svg>',
}
CODE = "NORTH"


@pytest.fixture
def host(browser: Browser, exchange: Exchange) -> Iterator[tuple[Page, Page]]:
    """Two of the host's people."""
    with at_the_desk(browser, exchange, Role.OWNER) as first, at_the_desk(browser, exchange, Role.OWNER) as second:
        yield first, second


def looked_at(page: Page) -> None:
    """Nothing is wrong with the page, and on a phone nothing is beside it."""
    page.wait_for_load_state("networkidle")
    assert found_by_axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})


def second_factor(exchange: Exchange, email: str) -> str:
    """Of who has signed up: an authenticator app, and nothing was shown for long. The app's secret."""
    with exchange.database.begin() as connection:
        user = directory.with_email(connection, exchange.seal, FIRST_BRAND, email)
        assert user is not None
        secret = factors.begin_totp(connection, exchange.seal, user.id)
        before = pyotp.TOTP(secret).at(int(time.time()) - factors.STEP_S)
        assert factors.totp_is_right(connection, exchange.seal, user.id, before, active=False)
        connection.execute(update(web_sessions).where(web_sessions.c.user_id == user.id).values(proved_ns=0))
    return secret


def prove(page: Page, secret: str) -> None:
    """What binds takes a second factor, which then counts for a while."""
    dialog = page.get_by_role("dialog", name="Show your second factor")
    dialog.get_by_label("Code of your authenticator app").fill(pyotp.TOTP(secret).now())
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog).to_be_hidden()


def case(page: Page, exchange: Exchange, reference: str) -> Locator:
    """The application as the host sees it."""
    page.goto(host_of(exchange, "/operator/cases"))
    page.get_by_role("row", name=re.compile(reference)).get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog", name="Application")
    expect(dialog.get_by_text(reference)).to_be_visible()
    return dialog


def note(dialog: Locator, check: str) -> None:
    dialog.get_by_label("Check", exact=True).select_option(label=check)
    dialog.get_by_label("Who says so").fill("Provider, 4711")
    dialog.get_by_role("button", name="Note it").click()
    found = dialog.get_by_role("region", name="What checks have found").get_by_role("listitem")
    expect(found.filter(has_text=check).filter(has_text="Passed")).to_be_visible()


def move(page: Page, dialog: Locator, to: str) -> None:
    dialog.get_by_label("Move on to").select_option(label=to)
    dialog.get_by_role("button", name="Move", exact=True).click()


def approve(page: Page, exchange: Exchange, act: str) -> None:
    """The second person's yes."""
    page.goto(host_of(exchange, "/operator/approvals"))
    page.get_by_role("article", name=act).get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved and carried out.").first).to_be_visible()


def fill(page: Page) -> None:
    """The whole form: the integration, the company, the questionnaire."""
    page.get_by_label("Name that users see").fill("North Star")
    page.get_by_label("Model").select_option("both")
    page.get_by_label("Business").select_option("aggregator")
    page.get_by_label("Codes that you would like").fill(CODE)
    page.get_by_label("OAuth redirect addresses").fill("https://north.example/back")
    page.get_by_label("Addresses of your servers").fill("192.0.2.7")
    page.get_by_label("Requests a second").fill("150")
    company = page.get_by_role("group", name="Company", exact=True)
    assert company.get_by_role("textbox").count() == len(FIELDS)
    for one in company.get_by_role("textbox").all():
        one.fill("As asked.")
    company.get_by_label("Email of the contact").fill("ada@example.com")
    company.get_by_label("Website").fill("https://north.example")
    for one in page.get_by_role("group", name="Security").get_by_role("textbox").all():
        one.fill("Sealed, and looked at every year.")


def is_certified(exchange: Exchange) -> None:
    key, report = AuditKey.open(exchange.data_dir), "a run that has passed"
    with exchange.database.begin() as connection:
        broker = registry.by_code(connection, CODE)
        assert broker is not None
        signed = key.sign(report.encode())
        certificates.file_report(connection, broker.number, report, True, signed, key.public, "host", 365)


def test_a_broker_comes_from_its_application_to_live_by_pages_alone(
    page: Page, exchange: Exchange, host: tuple[Page, Page]
) -> None:
    first, second = host
    secret = second_factor(exchange, sign_up(page, exchange, ONE))
    page.goto(exchange.at(ONE, "/broker/onboarding"))
    expect(page.get_by_role("group", name="Were you invited by a broker?")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Begin", exact=True).click()

    # The draft: saved in parts, with papers and a logo, then handed in.
    expect(page.get_by_text("Still missing").first).to_be_visible()
    looked_at(page)
    fill(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved").first).to_be_visible()
    page.get_by_label("Add papers").set_input_files(PDF)
    expect(page.get_by_role("link", name="register.pdf")).to_be_visible()
    page.get_by_label("Logo that users see").set_input_files(LOGO)
    expect(page.get_by_text(re.compile("logo.svg.? is here")).first).to_be_visible()
    expect(page.get_by_text("Still missing")).to_have_count(0)
    page.get_by_role("button", name="Hand in").click()
    heading = page.get_by_role("heading", name=re.compile("^Application "))
    expect(page.get_by_role("button", name="Hand in")).to_have_count(0)
    found = re.search(r"\w[\w-]+", heading.inner_text().removeprefix("Application ").strip("⁨⁩"))
    assert found is not None
    reference = found[0]

    # The host reads the paper, notes what its checks have found, and lets the applicant in.
    dialog = case(first, exchange, reference)
    expect(dialog.get_by_role("link", name="register.pdf")).to_be_visible()
    note(dialog, "The business")
    note(dialog, "Sanctions lists")
    dialog.get_by_label("Write something").fill("Welcome.")
    dialog.get_by_label("For the host's people alone").uncheck()
    dialog.get_by_role("button", name="Write", exact=True).click()
    expect(dialog.get_by_text("Welcome.")).to_be_visible()
    assert found_by_axe(first) == []
    move(first, dialog, "Integration")
    expect(first.get_by_text("Moved on.").first).to_be_visible()

    # Integration: its places are its own to change; then the kit's run.
    page.reload()
    expect(page.get_by_text("Welcome.")).to_be_visible()
    places = page.get_by_role("group", name="Redirect addresses and servers")
    places.get_by_label("Addresses of your servers").fill("192.0.2.7\n192.0.2.8")
    places.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved").first).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Begin the sandbox test").click()
    expect(page.get_by_text(f"commonbook certify --broker {CODE}")).to_be_visible()
    is_certified(exchange)
    page.reload()
    row = page.get_by_role("region", name="Certificates").locator("tbody tr")
    expect(row).to_contain_text("Passed")
    with page.expect_download() as saved:
        row.get_by_role("button", name=re.compile("Download the report")).click()
    assert saved.value.path().read_text() == "a run that has passed"
    for name in ("Money laundering", "Data protection"):
        statement = page.locator("details").filter(has=page.locator("summary", has_text=name))
        statement.locator("summary").click()
        statement.get_by_role("button", name=re.compile("I attest to this")).click()
        if name == "Money laundering":
            prove(page, secret)
        expect(statement.get_by_text("in force until")).to_be_visible()
    page.get_by_role("button", name="Ask for the review").click()

    # The host finds the answers good, publishes a contract, and approves.
    first.goto(host_of(exchange, "/operator/cases"))
    first.get_by_role("tab", name="Contracts and phases").click()
    contract = first.get_by_role("group", name="Contract with brokers")
    expect(contract.get_by_text("No contract has been published yet.")).to_be_visible()
    contract.get_by_label("Text of the next version").fill("Both sides agree.")
    contract.get_by_role("button", name="Ask to publish").click()
    expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
    assert found_by_axe(first) == []
    approve(second, exchange, "Publish a contract with brokers")
    dialog = case(first, exchange, reference)
    note(dialog, "Security answers")
    move(first, dialog, "Contract")
    expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
    approve(second, exchange, "Approve a broker")

    # Both sides accept the same text, and two of the host's people let the broker go live.
    page.reload()
    page.get_by_role("button", name="Read the contract").click()
    reading = page.get_by_role("dialog", name="Contract")
    expect(reading.get_by_text("Both sides agree.")).to_be_visible()
    assert found_by_axe(page) == []
    reading.get_by_role("button", name="Accept the contract").click()
    expect(reading).to_be_hidden()
    dialog = case(first, exchange, reference)
    dialog.get_by_role("button", name="Ask to accept the contract for the host").click()
    expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
    approve(second, exchange, "Accept a broker's contract")
    dialog = case(first, exchange, reference)
    expect(dialog.get_by_text(re.compile("accepted by the host\\."))).to_be_visible()
    move(first, dialog, "Live")
    expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
    approve(second, exchange, "Take a broker live")

    page.reload()
    expect(page.get_by_role("group", name=re.compile("^Application")).get_by_text("Live", exact=True)).to_be_visible()
    looked_at(page)
    page.goto(exchange.at(ONE, "/broker/keys"))
    expect(page.get_by_role("group", name="Code", exact=True).or_(page.get_by_text(CODE).first).first).to_be_visible()

    # Other servers, once the host agrees; and the end of it, by the broker's own word.
    page.goto(exchange.at(ONE, "/broker/onboarding"))
    places.get_by_label("Addresses of your servers").fill("192.0.2.9")
    places.get_by_role("button", name="Ask for these").click()
    expect(page.get_by_text("The exchange has been asked").first).to_be_visible()
    approve(second, exchange, "Register other places of a broker")
    page.reload()
    expect(places.get_by_label("Addresses of your servers")).to_have_value("192.0.2.9")
    page.get_by_role("button", name="Be a broker no more").click()
    leaving = page.get_by_role("dialog", name="Be a broker no more")
    expect(leaving.get_by_text("Your code earns nothing from now on")).to_be_visible()
    leaving.get_by_role("button", name="Leave for good").click()
    expect(page.get_by_text("Closed").first).to_be_visible()
