"""What the host's people do at their desk: halts by two, brands, users, texts, OAuth clients, brokers."""

import re

import httpx
from journeys.exchange import ONE, PAIR, Exchange
from journeys.hands import asked, found_by_axe, funded, order, said, sign_up, tab
from journeys.operator_hands import at_the_desk, host_of
from journeys.pages import OPEN_TO_ALL
from playwright.sync_api import Browser, Locator, Page, expect

from commonbook.administration.roles import Role
from commonbook.partnership import phases
from commonbook.simulator.demo_market import BROKER

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def state_of(exchange: Exchange) -> str:
    """Of the instrument, as the trading API tells it."""
    path = f"http://127.0.0.1:{exchange.port}/api/v5/public/instruments?instType=SPOT&instId={PAIR}"
    return str(httpx.get(path, headers={"host": f"{ONE}.localhost"}).json()["data"][0]["state"])


def of_the_pair(act: str) -> re.Pattern[str]:
    """How an act is called; marks that keep a name whole in any direction of writing stand around it."""
    return re.compile(rf"{act} \W*{PAIR}")


def ask(page: Page, act: str) -> None:
    """Ask for an act of the instrument's row, and confirm the dialog."""
    page.get_by_role("button", name=of_the_pair(act)).click()
    dialog = page.get_by_role("dialog", name=of_the_pair(act))
    expect(dialog.get_by_text("second person")).to_be_visible()
    dialog.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("It waits for a second person.").first).to_be_visible()


def test_an_instrument_is_halted_and_resumed_by_two_people(browser: Browser, exchange: Exchange, page: Page) -> None:
    page.goto(exchange.at(ONE, "/status"))
    expect(page.get_by_text("Everything works.")).to_be_visible()
    with (
        at_the_desk(browser, exchange, Role.OPERATIONS) as first,
        at_the_desk(browser, exchange, Role.OPERATIONS) as second,
    ):
        first.goto(host_of(exchange, "/operator/instruments"))
        ask(first, "Halt")
        assert state_of(exchange) == "live"
        first.goto(host_of(exchange, "/operator/approvals"))
        own = first.get_by_role("article", name=of_the_pair("Halt"))
        expect(own.get_by_text("Your own request")).to_be_visible()
        expect(own.get_by_role("button", name="Approve")).to_have_count(0)

        second.goto(host_of(exchange, "/operator/approvals"))
        waits = second.get_by_role("article", name=of_the_pair("Halt"))
        expect(waits.get_by_text("Neither orders nor cancels are taken.")).to_be_visible()
        assert found_by_axe(second) == []
        waits.get_by_role("button", name="Approve").click()
        expect(second.get_by_text("Approved and carried out.").first).to_be_visible()
        assert state_of(exchange) != "live"

        page.reload()
        halts = page.get_by_role("group", name="Halts")
        expect(halts.get_by_text(PAIR)).to_be_visible()
        expect(halts.get_by_text("Halted")).to_be_visible()

        second.goto(host_of(exchange, "/operator/instruments"))
        ask(second, "Resume")
        first.reload()
        first.get_by_role("article", name=of_the_pair("Resume")).get_by_role("button", name="Approve").click()
        expect(first.get_by_text("Approved and carried out.").first).to_be_visible()
        assert state_of(exchange) == "live"

        first.goto(host_of(exchange, "/operator/log"))
        expect(first.get_by_text(said("Carried out: Change a trading status")).first).to_be_visible()
        first.get_by_role("button", name="Walk the chain").click()
        expect(first.get_by_text("Whole", exact=True)).to_be_visible()


def approve(page: Page, exchange: Exchange, act: str) -> None:
    """The second person's yes to what another has asked of the instrument."""
    page.goto(host_of(exchange, "/operator/approvals"))
    page.get_by_role("article", name=of_the_pair(act)).get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved and carried out.").first).to_be_visible()


def test_wb12_an_open_terminal_says_that_its_market_is_halted_and_trades_again(
    browser: Browser, exchange: Exchange, page: Page
) -> None:
    funded(page, exchange, ONE)
    page.goto(exchange.at(ONE, f"/trade/{PAIR}"))
    bid = asked(page, "GET", f"/api/v5/market/ticker?instId={PAIR}")["data"][0]["bidPx"]
    price = str(int(float(bid) * 0.95))
    order(page, "Buy", "Post-only", "0.02", price)
    expect(tab(page, "Open orders", 1)).to_be_visible()
    ticket = page.get_by_role("region", name="Order ticket")
    send, cancel = ticket.locator("button[type=submit]"), page.get_by_role("button", name="Cancel", exact=True)
    change = page.get_by_role("button", name="Change", exact=True)
    ticket.get_by_label("Size", exact=True).fill("0.01")
    expect(send).to_be_enabled()
    seconds = 10_000  # of patience: what is told, not asked for, is there by then

    with (
        at_the_desk(browser, exchange, Role.OPERATIONS) as first,
        at_the_desk(browser, exchange, Role.OPERATIONS) as second,
    ):
        for act, told, may_cancel in (
            ("Halt", "is halted: neither orders nor cancels are taken", False),
            ("Cancels only for", "takes cancels only", True),
        ):
            first.goto(host_of(exchange, "/operator/instruments"))
            ask(first, act)
            approve(second, exchange, act)
            expect(ticket.get_by_role("alert").get_by_text(told)).to_be_visible(timeout=seconds)
            expect(send).to_be_disabled()
            expect(send).to_have_accessible_description(re.compile(told))
            expect(change).to_be_disabled()
            expect(cancel).to_be_enabled(enabled=may_cancel)
            assert found_by_axe(page) == []
            page.set_viewport_size({"width": 390, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.set_viewport_size({"width": 1440, "height": 900})
        cancel.click()
        expect(tab(page, "Open orders", 0)).to_be_visible()

        ask(first, "Resume")
        approve(second, exchange, "Resume")
        expect(page.get_by_text("can be traded again")).to_be_visible(timeout=seconds)
        expect(ticket.get_by_text(told)).to_have_count(0)
        order(page, "Buy", "Post-only", "0.02", price)
        expect(tab(page, "Open orders", 1)).to_be_visible()
        cancel.click()
        expect(tab(page, "Open orders", 0)).to_be_visible()


def test_wb12_a_halt_of_the_venue_and_a_stop_of_the_brand_are_told_at_the_ticket_and_in_the_list(
    browser: Browser, exchange: Exchange, page: Page
) -> None:
    page.goto(exchange.at(ONE, "/"))
    row = page.get_by_role("region", name="Markets").locator("tbody tr", has=page.get_by_role("link", name="BTC/USDT"))
    expect(row).not_to_contain_text("Halted")
    trader = page.context.new_page()
    funded(trader, exchange, ONE)
    trader.goto(exchange.at(ONE, f"/trade/{PAIR}"))
    bid = asked(trader, "GET", f"/api/v5/market/ticker?instId={PAIR}")["data"][0]["bidPx"]
    order(trader, "Buy", "Post-only", "0.02", str(int(float(bid) * 0.95)))
    expect(tab(trader, "Open orders", 1)).to_be_visible()
    ticket = trader.get_by_role("region", name="Order ticket")
    send, cancel = ticket.locator("button[type=submit]"), trader.get_by_role("button", name="Cancel", exact=True)

    with (
        at_the_desk(browser, exchange, Role.OPERATIONS) as first,
        at_the_desk(browser, exchange, Role.OPERATIONS) as second,
    ):

        def done_by_two(act: str) -> None:
            expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
            second.goto(host_of(exchange, "/operator/approvals"))
            second.get_by_role("article", name=said(act)).get_by_role("button", name="Approve").click()
            expect(second.get_by_text("Approved and carried out.").first).to_be_visible()

        def of_the_venue(act: str) -> None:
            first.get_by_role("button", name=said(f"{act} the venue")).click()
            first.get_by_role("dialog").get_by_role("button", name="Ask for it").click()
            done_by_two(f"{act} the venue")

        first.goto(host_of(exchange, "/operator/controls"))
        of_the_venue("Halt")
        expect(ticket.get_by_role("alert")).to_contain_text(
            "All trading is halted: neither orders nor cancels are taken."
        )
        expect(send).to_be_disabled()
        expect(cancel).to_be_disabled()
        expect(row.get_by_text("Halted", exact=True)).to_be_visible()
        assert found_by_axe(page) == []
        of_the_venue("Resume")
        expect(trader.get_by_text("can be traded again")).to_be_visible()
        expect(cancel).to_be_enabled()
        expect(row.get_by_text("Halted", exact=True)).to_have_count(0)

        first.get_by_label("What", exact=True).select_option("brand")
        first.get_by_label("Which", exact=True).select_option(ONE)
        first.get_by_role("button", name="Ask to stop it").click()
        done_by_two(f"Stop brand {ONE}")
        expect(ticket.get_by_role("alert")).to_contain_text(
            "This exchange takes no orders just now. Cancels are taken."
        )
        expect(send).to_be_disabled()
        expect(tab(trader, "Open orders", 0)).to_be_visible()  # a kill switch takes what rests
        expect(row.get_by_text("No orders now", exact=True)).to_be_visible()
        first.get_by_role("button", name="Let it trade again").click()
        done_by_two(f"Let brand {ONE} trade again")
        expect(ticket.get_by_role("alert")).to_be_empty()
        expect(row.get_by_text("No orders now", exact=True)).to_have_count(0)


def ask_in(page: Page, dialog: str) -> None:
    """Send what an open dialog asks for."""
    there = page.get_by_role("dialog", name=dialog)
    expect(there.get_by_text("second person")).to_be_visible()
    there.get_by_role("button", name="Ask for it").click()
    expect(there).to_have_count(0)


def test_the_host_runs_its_brokers_and_a_second_person_says_yes(browser: Browser, exchange: Exchange) -> None:
    with at_the_desk(browser, exchange, Role.OWNER) as first, at_the_desk(browser, exchange, Role.OWNER) as second:
        first.goto(host_of(exchange, "/operator/brokers"))
        first.get_by_role("row").filter(has_text="NORTHSTAR").get_by_role("button", name="Change").click()
        first.get_by_label("Addresses of its servers").fill("192.0.2.7\n2001:DB8::1")
        assert found_by_axe(first) == []
        ask_in(first, "Change what")

        first.goto(host_of(exchange, "/operator/broker-rates"))
        table = first.get_by_role("region", name="Rates of tier")
        expect(table.get_by_role("row", name="Spot · Taker · without an affiliate")).to_contain_text("40")
        first.get_by_role("button", name="New version").click()
        first.get_by_label("Product").select_option("spot")
        first.get_by_label("Level from").select_option("7")
        first.get_by_label("Rate", exact=True).fill("38.5")
        first.get_by_role("button", name="Set", exact=True).click()
        draft = first.get_by_role("region", name="Draft of tier")
        expect(draft.get_by_text("changed")).to_have_count(12)  # taker and maker, with and without, of three levels
        first.get_by_role("textbox", name="From (UTC)").fill("2099-01-01T00:00")
        assert found_by_axe(first) == []
        first.get_by_role("button", name="See what changes").click()
        told = first.get_by_role("dialog", name="What this version would change")
        expect(told.get_by_text("tier 4, spot, clients at level 7 to 9")).to_have_count(2)
        expect(told.get_by_text("38.5 % instead of 40 %")).to_be_visible()
        ask_in(first, "What this version would change")
        first.get_by_role("button", name="Change the conditions").click()
        conditions = first.get_by_role("dialog", name="Change the conditions")
        conditions.get_by_label("Clients who earn their broker nothing").select_option("8")
        expect(conditions.get_by_role("row").filter(has_text="Clients")).to_contain_text(
            re.compile(r"from level \W*8\W* up")
        )
        ask_in(first, "Change the conditions")

        first.goto(host_of(exchange, "/operator/broker-tiers"))
        first.get_by_role("row").filter(has_text="NORTHSTAR").get_by_role("button", name="Set").click()
        dialog = first.get_by_role("dialog", name="Set the tier of")
        dialog.get_by_label("Tier", exact=True).select_option("2")
        dialog.get_by_label("Why").fill("it moves house")
        ask_in(first, "Set the tier of")
        first.get_by_role("tab", name="Rules", exact=True).click()
        first.get_by_role("button", name="Begin from the table of 2022").click()
        assert found_by_axe(first) == []
        first.get_by_role("button", name="Ask for it").click()
        expect(first.get_by_text("There are no rules")).to_be_visible()

        first.goto(host_of(exchange, f"/operator/brokers/{BROKER}"))
        first.get_by_role("button", name="Change the limit").click()
        first.get_by_label("Sub-brokers at a time").fill("40")
        ask_in(first, "Change the limit")

        second.goto(host_of(exchange, "/operator/approvals"))
        rates = second.get_by_role("article", name="Change the rates of the broker program")
        expect(rates.get_by_text("38.5 % instead of 40 %")).to_be_visible()
        assert found_by_axe(second) == []
        for act, yes in (
            ("Change the rates of the broker program", True),
            ("Change how many sub-brokers a broker may have", True),
            ("Change the conditions of the broker program", False),
            ("Change the rules of tiers", False),
            ("Set a broker's tier", False),
            ("Change what a broker may do", False),
        ):
            one = second.get_by_role("article", name=act)
            one.get_by_role("button", name="Approve" if yes else "Refuse").click()
            expect(one).to_have_count(0)

        first.reload()
        expect(first.get_by_text("0 / 40")).to_be_visible()
        first.goto(host_of(exchange, "/operator/broker-rates"))
        first.get_by_label("Version").select_option("2")
        expect(first.get_by_role("group").get_by_text("to come").first).to_be_visible()
        expect(table.get_by_role("row", name="Spot · Maker · with an affiliate")).to_contain_text("38.5")


def test_help_is_searched_and_tells_the_rates_that_are_charged(page: Page, exchange: Exchange) -> None:
    page.goto(exchange.at(ONE, "/help"))
    rates = httpx.get(f"http://127.0.0.1:{exchange.port}/program/v1/fees", headers={"host": f"{ONE}.localhost"}).json()
    expect(page.get_by_role("region", name="What does it cost?").get_by_role("row")).to_have_count(len(rates) + 1)
    page.get_by_label("Search in the help").fill("51008")
    expect(page.get_by_text("Insufficient available balance")).to_be_visible()
    expect(page.get_by_role("heading", name="How do I sign up?")).to_have_count(0)


def confirmed(page: Page, act: str, button: str = "", text: str = "") -> Locator:
    """Press the button of an act, and read what its dialog says of it; the dialog."""
    page.get_by_role("button", name=said(act), exact=True).click()
    dialog = page.get_by_role("dialog", name=said(act))
    expect(dialog.get_by_text(text).first).to_be_visible()
    if button:
        dialog.get_by_role("button", name=said(button)).click()
    return dialog


def approved(page: Page, exchange: Exchange, act: str) -> None:
    """The second person's yes to an act by its name."""
    page.goto(host_of(exchange, "/operator/approvals"))
    page.get_by_role("article", name=act).get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved and carried out.").first).to_be_visible()


def test_a_brand_is_opened_changed_taken_back_and_taken_live_by_two(browser: Browser, exchange: Exchange) -> None:
    with (
        at_the_desk(browser, exchange, Role.OWNER) as first,
        at_the_desk(browser, exchange, Role.OPERATIONS) as second,
    ):
        first.goto(host_of(exchange, "/operator/brands"))
        expect(first.get_by_role("row", name="aurora")).to_contain_text("Live")
        expect(first.get_by_role("link", name="aurora")).to_have_attribute("href", "/operator/brands/1")
        first.get_by_role("button", name="Open a brand").click()
        dialog = first.get_by_role("dialog", name="Open a brand")
        for label, value in {
            "Name for machines": "cumulus",
            "Name": "Cumulus",
            "Maker": "0.08",
            "Taker": "0,1",
        }.items():
            dialog.get_by_label(label, exact=True).fill(value)
        dialog.get_by_role("button", name="Open it").click()
        expect(first.get_by_role("heading", name="Cumulus", level=1)).to_be_visible()
        expect(first.get_by_role("group", name="State")).to_contain_text("Sandbox")

        card = first.get_by_role("group", name="What the host decides")
        card.get_by_label("Users at most").fill("25")
        card.get_by_label("Its pages name the host").check()
        card.get_by_label("Note").fill("by law")
        card.get_by_role("button", name="Change it").click()
        expect(first.get_by_text("The brand is changed.").first).to_be_visible()
        row = first.get_by_role("group", name="Versions").get_by_role("row", name="by law")
        expect(row).to_contain_text("published")
        assert found_by_axe(first) == []
        dialog = confirmed(first, "Go back to this: version 1", "Go back", "Name, state and notice stay")
        expect(dialog).to_be_hidden()
        expect(card.get_by_label("Users at most")).to_have_value("0")

        confirmed(first, "Take Cumulus live", "Ask for it", "its kill switch is off")
        expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
        expect(first.get_by_role("group", name="State")).to_contain_text("Sandbox")
        approved(second, exchange, "Take a brand live")
        first.reload()
        expect(first.get_by_role("group", name="State")).to_contain_text("Live")
        confirmed(first, "Suspend Cumulus", "Suspend Cumulus", "its orders are canceled")
        expect(first.get_by_role("group", name="State")).to_contain_text("Suspended")
        confirmed(first, "Close Cumulus", "Close Cumulus", "it never trades again")
        expect(first.get_by_role("group", name="State")).to_contain_text("It is closed for good.")
        expect(first.get_by_role("button", name="Take Cumulus live")).to_have_count(0)


def test_the_host_tells_in_two_languages_and_takes_it_back(browser: Browser, exchange: Exchange, page: Page) -> None:
    with at_the_desk(browser, exchange, Role.MARKETING) as desk:
        desk.goto(host_of(exchange, "/operator/announcements"))
        desk.get_by_role("button", name="Write something").click()
        for language, title in {"English": "Phase two", "Deutsch": "Phase zwei"}.items():
            desk.get_by_role("tab", name=language).click()
            desk.get_by_label(said(f"Title, {language}")).fill(title)
            desk.get_by_label(said(f"Text, {language}")).fill(f"**{title}** opens.")
        desk.get_by_role("button", name="Save draft").click()
        expect(desk.get_by_role("article", name="Preview").locator("strong")).to_have_text("Phase zwei")
        assert found_by_axe(desk) == []
        desk.locator("form").get_by_role("button", name="Close").click()
        path = host_of(exchange, "/a/phase-two")
        assert httpx.get(path).status_code == 404
        dialog = confirmed(desk, "Publish Phase two", "Publish", "at once")
        expect(dialog).to_be_hidden()
        page.goto(path)
        expect(page.get_by_role("heading", name="Phase two")).to_be_visible()
        confirmed(desk, "Withdraw Phase two", "Withdraw", "is told that it is gone")
        expect(desk.get_by_text("It is shown no longer.").first).to_be_visible()
        assert httpx.get(path).status_code == 410


def test_terms_are_published_read_and_taken_back_while_they_are_to_come(browser: Browser, exchange: Exchange) -> None:
    with at_the_desk(browser, exchange, Role.OWNER) as desk:
        desk.goto(host_of(exchange, "/operator/terms"))
        card = desk.get_by_role("group", name="A new version")
        for kind, text, at in (
            ("Terms of use", "Partners keep books.", ""),
            ("Privacy", "We keep little.", "2040-01-01T00:00"),
        ):
            card.get_by_label("Text", exact=True).select_option(label=kind)
            card.get_by_label("In force from").fill(at)
            card.get_by_label(said("Text, English")).fill(text)
            card.get_by_role("button", name="Publish").click()
            dialog = desk.get_by_role("dialog", name="A new version")
            expect(dialog.get_by_text("can be taken back" if at else "cannot be taken back")).to_be_visible()
            expect(dialog.get_by_text("English")).to_be_visible()
            dialog.get_by_role("button", name="Publish").click()
            expect(desk.get_by_role("row", name=kind)).to_contain_text("for owners of an exchange")
        desk.get_by_role("button", name=said("Read Terms of use for owners of an exchange version 1")).click()
        expect(desk.get_by_role("dialog").get_by_text("Partners keep books.")).to_be_visible()
        assert found_by_axe(desk) == []
        desk.get_by_role("dialog").get_by_role("button", name="Close").click()
        expect(desk.get_by_role("button", name=re.compile("Take back"))).to_have_count(1)
        confirmed(desk, "Take back Privacy for owners of an exchange version 1", "Take back", "not in force yet")
        expect(desk.get_by_role("row", name="Privacy")).to_have_count(0)
        expect(desk.get_by_role("row", name="Terms of use")).to_have_count(1)


def test_a_user_is_found_by_the_address_locked_unlocked_and_erased(
    browser: Browser, exchange: Exchange, page: Page
) -> None:
    email = sign_up(page, exchange, ONE)
    user = asked(page, "GET", "/account/v1/session")["user"]
    with at_the_desk(browser, exchange, Role.OWNER) as desk:
        desk.goto(host_of(exchange, "/operator/users"))
        rows = desk.get_by_role("region", name=said("Users of aurora")).locator("tbody tr")
        search = desk.get_by_label("Whole mail address, or the user's number")

        def found(state: str) -> None:
            search.fill(email)
            desk.get_by_role("button", name="Find").click()
            expect(rows).to_have_count(1)
            expect(rows.first).to_contain_text(state)

        def do(act: str, why: str, means: str, then: str) -> None:
            desk.get_by_role("button", name=said(f"See user {user}")).click()
            dialog = desk.get_by_role("dialog")
            expect(dialog.get_by_text(email)).to_be_visible()
            dialog.get_by_role("button", name=act, exact=True).click()
            expect(dialog.get_by_text(means)).to_be_visible()
            dialog.get_by_label("Reason").select_option(label=why)
            dialog.get_by_role("button", name=re.compile(act)).last.click()
            expect(desk.get_by_text(then).first).to_be_visible()

        found("active")
        do("Lock", "Suspicion", "Sessions end at once", "The user is locked")
        assert "error" in asked(page, "GET", "/account/v1/session")
        found("locked")
        do("Unlock", "The user's own wish", "can sign in again", "The user can sign in again.")
        found("active")
        assert found_by_axe(desk) == []
        do("Erase", "The user's own wish", "Nobody can take this back", "What was kept of the user is destroyed.")
        search.fill(email)
        desk.get_by_role("button", name="Find").click()
        expect(desk.get_by_text("There is no user with this address.")).to_be_visible()
        search.fill(user)
        desk.get_by_role("button", name="Find").click()
        dialog = desk.get_by_role("dialog", name=said(f"user {user}"))
        expect(dialog).to_contain_text("closed")
        expect(dialog.get_by_role("button", name="Erase")).to_have_count(0)


def test_an_oauth_client_is_registered_by_two_and_its_secret_told_once(browser: Browser, exchange: Exchange) -> None:
    with (
        at_the_desk(browser, exchange, Role.OWNER) as first,
        at_the_desk(browser, exchange, Role.OWNER) as second,
    ):
        first.goto(host_of(exchange, "/operator/oauth"))
        first.get_by_role("button", name="Register a client").click()
        dialog = first.get_by_role("dialog", name="Register a client")
        for label, value in {
            "Name": "Desk bots",
            "Redirect addresses": "https://bots.example/back",
            "Addresses of its servers": "192.0.2.7\n192.0.2.8",
        }.items():
            dialog.get_by_label(label, exact=True).fill(value)
        expect(dialog.get_by_text("second person")).to_be_visible()
        dialog.get_by_role("button", name="Ask for it").click()
        expect(first.get_by_role("article", name="Register an application of a broker")).to_contain_text("Desk bots")
        approved(second, exchange, "Register an application of a broker")
        row = first.get_by_role("region", name="OAuth clients").get_by_role("row", name="Desk bots")
        expect(row).to_contain_text("Enabled")

        confirmed(first, "New secret of Desk bots", "New secret", "shown once")
        told = first.get_by_role("dialog", name=said("New secret of Desk bots"))
        secret = told.locator("code").last.inner_text()
        assert len(secret) == 43
        told.get_by_role("button", name="I have kept").click()
        assert secret not in first.content()

        picture = {"name": "logo.png", "mimeType": "image/png", "buffer": PNG}
        row.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type]
        expect(first.get_by_text("Users see this picture from now on.").first).to_be_visible()
        assert found_by_axe(first) == []
        confirmed(first, "Disable Desk bots", "Disable", "they must agree anew")
        expect(row).to_contain_text("Disabled")
        confirmed(first, "Enable Desk bots", "Enable", "Users can be asked again")
        expect(row).to_contain_text("Enabled")
        first.get_by_role("button", name=said("Edit Desk bots")).click()
        dialog = first.get_by_role("dialog", name=said("Edit Desk bots"))
        dialog.get_by_label("Cap", exact=True).fill("30")
        dialog.get_by_role("button", name="Ask for it").click()
        expect(first.get_by_role("article", name="Change an application of a broker")).to_be_visible()
        expect(row).to_contain_text("40 %")
        approved(second, exchange, "Change an application of a broker")
        expect(row).to_contain_text("30 %")
        confirmed(first, "Remove Desk bots", "Remove", "gone for good")
        expect(row).to_have_count(0)


MAIL = b"""From: Ada Bell <ada@example.org>
To: partners@example.com
Subject: Our exchange
Message-ID: <one-of-a-journey@example.org>
Content-Type: text/plain; charset=utf-8

Name: Ada Bell
Team: Six people.
"""


def test_an_application_that_came_by_mail_is_taken_in_once(browser: Browser, exchange: Exchange) -> None:
    with exchange.database.begin() as connection:
        phases.put(connection, OPEN_TO_ALL, 0)
    with at_the_desk(browser, exchange, Role.SUPPORT) as desk:
        desk.goto(host_of(exchange, "/operator/cases"))
        desk.get_by_role("tab", name=re.compile("Partners")).click()
        card = desk.get_by_role("group", name="An application that came by mail")
        mail = {"name": "mail.eml", "mimeType": "message/rfc822", "buffer": MAIL}
        for told in (re.compile("Application .* has been made"), "This mail was taken in before."):
            card.locator("input[type=file]").set_input_files(mail)  # type: ignore[arg-type]
            card.get_by_role("button", name="Take it in").click()
            expect(desk.get_by_text(told).first).to_be_visible()
        assert found_by_axe(desk) == []
        expect(desk.get_by_role("region", name="Applications of partners").locator("tbody tr")).to_have_count(1)


def test_a_chart_says_when_in_the_readers_language_and_from_left_to_right(browser: Browser, exchange: Exchange) -> None:
    with at_the_desk(browser, exchange, Role.OPERATIONS) as desk:
        desk.goto(host_of(exchange, "/operator"))
        for language, direction in (("de", "ltr"), ("ar", "rtl")):
            desk.evaluate("(language) => localStorage.setItem('language', language)", language)
            desk.reload()
            named = desk.locator("figure").first.locator(".times span")
            expect(named.first).to_be_visible()
            assert desk.evaluate("document.documentElement.dir") == direction
            chart = desk.locator("figure svg").first.bounding_box()
            boxes = [one.bounding_box() for one in named.all()]
            assert chart
            assert 1 <= len(boxes) <= 4
            lefts = [one["x"] for one in boxes if one]
            assert lefts == sorted(lefts)
            assert all(one and one["x"] >= chart["x"] - 1 for one in boxes)
            assert all(one and one["x"] + one["width"] <= chart["x"] + chart["width"] + 1 for one in boxes)
            written = desk.evaluate(
                """(language) => {
                  const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
                  const now = Math.floor(Date.now() / 1000);
                  return Array.from({ length: 300 }, (_, ago) => clock.format((now - ago) * 1000));
                }""",
                language,
            )
            assert {one.inner_text() for one in named.all()} <= set(written)
