"""A user sets up second factors, makes and deletes a key, lets a broker earn and takes it back, and has a profile."""

import hashlib
import time
from urllib.parse import unquote

import pyotp
from journeys.exchange import ONE, PASSWORD, USDT, Exchange, address
from journeys.hands import asked, found_by_axe, proved, said, sign_up, with_authenticator
from playwright.sync_api import Page, expect
from spec.people.qr_reader import read
from spec.staff import staff_member

from commonbook.administration.roles import Role
from commonbook.identity.sessions import open_session
from commonbook.simulator.demo_market import BROKER_CODE as CODE


def test_a_user_protects_the_account_and_comes_in_again(page: Page, exchange: Exchange) -> None:
    """PE-6 to PE-8, PE-10: an authenticator app with its recovery codes, a passkey, sessions; then a login by each."""
    email = sign_up(page, exchange, ONE)
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_role("heading", name="Security", exact=True)).to_be_visible()
    assert found_by_axe(page) == []

    page.get_by_role("button", name="Set up app").click()
    dialog = page.get_by_role("dialog", name="Set up app")
    proved(page, PASSWORD, dialog)
    app = pyotp.TOTP(dialog.locator("code").inner_text())
    drawn = dialog.get_by_role("img", name="QR code of the key")
    expect(drawn).to_be_visible()
    assert drawn.evaluate("(one) => one.complete && one.naturalWidth > 0")
    link = dialog.get_by_role("link", name="Open in my app").get_attribute("href")
    assert read(unquote(str(drawn.get_attribute("src")))) == link
    assert found_by_axe(page) == []
    dialog.get_by_label("Code that the app shows").fill("000000" if app.now() != "000000" else "000001")
    dialog.get_by_role("button", name="Turn on").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This code is not right")
    dialog.get_by_label("Code that the app shows").fill(app.now())
    dialog.get_by_role("button", name="Turn on").click()
    told = page.get_by_role("dialog", name="Your recovery codes")
    expect(told.locator("code")).to_have_count(10)
    recovery = told.locator("code").first.inner_text()
    told.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text(said("10 are left"))).to_be_visible()

    assert found_by_axe(page) == []
    with_authenticator(page)
    page.get_by_label("Name of the new passkey").fill("Phone")
    page.get_by_role("button", name="Add passkey").click()
    remove = page.get_by_role("button", name=said("Remove the passkey Phone"))
    proved(page, recovery, remove)
    expect(remove).to_be_visible()
    expect(page.get_by_role("region", name="Where you are signed in").get_by_text("This one")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)  # else the page below is left at once
    page.goto(exchange.at(ONE, "/sign-in"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    page.goto(exchange.at(ONE, "/settings"))
    remove.click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("No passkey yet", exact=False)).to_be_visible()
    assert found_by_axe(page) == []


def test_a_user_makes_a_key_and_lets_a_broker_earn(page: Page, exchange: Exchange) -> None:
    sign_up(page, exchange, ONE)
    page.goto(exchange.at(ONE, "/settings/keys"))
    expect(page.get_by_text("You have no key.")).to_be_visible()
    assert found_by_axe(page) == []
    page.get_by_role("button", name="New key").click()
    new = page.get_by_role("dialog", name="New key")
    new.get_by_label("Name").fill("Bot")
    new.get_by_label("Trade").check()
    new.get_by_label("Addresses").fill("127.0.0.1, 10.0.0.7")
    new.get_by_label("Passphrase").fill("Abcdef1!")
    assert found_by_axe(page) == []
    new.get_by_role("button", name="Make key").click()
    made = page.get_by_role("dialog", name="Your new key")
    proved(page, PASSWORD, made)
    expect(made.locator("code")).to_have_count(2)
    key = made.locator("code").first.inner_text()
    made.get_by_role("button", name="I have kept it").click()
    row = page.get_by_role("row").filter(has_text=key)
    expect(row).to_contain_text("10.0.0.7")
    row.get_by_role("button", name=said("Delete the key Bot")).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("You have no key.")).to_be_visible()

    page.goto(exchange.at(ONE, "/settings/brokers"))
    expect(page.get_by_text("No broker may earn on you.")).to_be_visible()
    page.get_by_role("button", name="Agree with a broker").click()
    yes = page.get_by_role("dialog", name="Agree with a broker")
    yes.get_by_label("Code of a broker").fill(CODE)
    yes.get_by_role("button", name="Read its text").click()
    yes.get_by_label("Highest part of a fee").fill("12.5")
    expect(yes.locator("blockquote")).to_contain_text("12.5")
    assert found_by_axe(page) == []
    yes.get_by_role("button", name="Agree", exact=True).click()
    row = page.get_by_role("row").filter(has_text=CODE)
    expect(row).to_contain_text("12.5 %")
    page.get_by_role("button", name=said(f"Refuse {CODE}")).click()
    expect(row).to_contain_text("refused")
    page.get_by_role("button", name=said(f"Allow {CODE} again")).click()
    expect(row).not_to_contain_text("refused")
    assert found_by_axe(page) == []
    page.get_by_role("button", name=said(f"Take back your yes to {CODE}")).click()
    page.get_by_role("dialog").get_by_role("button", name="Take back", exact=True).click()
    expect(page.get_by_text("No broker may earn on you.")).to_be_visible()


def test_pe9_a_user_changes_the_password_and_the_address(page: Page, exchange: Exchange) -> None:
    email, other, secret = sign_up(page, exchange, ONE), address(), "quite another password"
    page.goto(exchange.at(ONE, "/settings"))
    page.get_by_role("button", name="Change password").click()
    dialog = page.get_by_role("dialog", name="Change password")
    for now, shown in (("not the password", "This is not your password"), (PASSWORD, "")):
        dialog.get_by_label("Password in force").fill(now)
        dialog.get_by_label("New password").fill(secret)
        dialog.get_by_role("button", name="Change password").click()
        then = dialog.get_by_text(shown) if shown else page.get_by_text("Your password is changed")
        if shown:
            proved(page, PASSWORD, then)
            assert found_by_axe(page) == []
        expect(then).to_be_visible()

    page.get_by_role("button", name="Change address").click()
    dialog = page.get_by_role("dialog", name="Change address")
    dialog.get_by_label("New address").fill(other)
    dialog.get_by_role("button", name="Send the codes").click()
    expect(dialog.get_by_text(other)).to_be_visible()
    assert found_by_axe(page) == []
    dialog.get_by_label("Code from your present address").fill(exchange.mailed(email, "email-old-code"))
    dialog.get_by_label("Code from the new address").fill(exchange.mailed(other, "email-new-code"))
    dialog.get_by_role("button", name="Change address").click()
    expect(page.get_by_text("Your address is changed")).to_be_visible()
    expect(page.get_by_text(other)).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    page.goto(exchange.at(ONE, "/sign-in"))
    page.get_by_label("Email").fill(other)
    page.get_by_label("Password").fill(secret)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_user_sees_the_fee_level_says_who_may_have_the_data_and_leaves_for_good(
    page: Page, exchange: Exchange
) -> None:
    """VL-8, LV-2, SB-10, T-4 and PE-15."""
    email = sign_up(page, exchange, ONE)
    page.goto(exchange.at(ONE, "/settings/terms"))
    page.get_by_label("Where you live").select_option("PT")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("dialog", name="Country").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Its terms hold for you")).to_be_visible()
    assert asked(page, "GET", "/account/v1/terms")["country"] == "PT"

    page.goto(exchange.at(ONE, "/settings/brokers"))
    page.get_by_role("button", name="Enter a code").click()
    dialog = page.get_by_role("dialog", name="Enter a code")
    for code, shown in (("NOBODY", "There is no broker with this code."), (CODE, "")):
        dialog.get_by_label("Code of the broker").fill(code)
        dialog.get_by_role("button", name="Use this code").click()
        if shown:
            proved(page, PASSWORD, dialog.get_by_text(shown))
            expect(dialog.get_by_text(shown)).to_be_visible()
            assert found_by_axe(page) == []
    expect(page.get_by_role("button", name="Change to another code")).to_be_visible()
    assert asked(page, "GET", "/broker/v1/binding")[0]["code"] == CODE

    page.get_by_role("link", name="Account", exact=True).click()
    expect(page.get_by_role("heading", name="Fee level")).to_be_visible()
    expect(page.get_by_text("Nothing has been measured yet.")).to_be_visible()
    page.get_by_role("button", name="Agree", exact=True).click()
    expect(page.get_by_text("You agreed on")).to_be_visible()
    said_to = page.locator("blockquote").inner_text()
    consent = asked(page, "GET", "/account/v1/transfer-consent")
    assert (consent["given"], consent["text_sha256"]) == (True, hashlib.sha256(said_to.encode()).hexdigest())
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("You have not agreed")).to_be_visible()
    assert found_by_axe(page) == []

    account = str(asked(page, "GET", "/account/v1/session")["account"])
    page.get_by_role("button", name="Erase", exact=True).click()
    dialog = page.get_by_role("dialog", name="Erase my account")
    expect(dialog.get_by_text("Orders, fills and bookings")).to_be_visible()
    erase = dialog.get_by_role("button", name="Erase for good")
    expect(erase).to_be_disabled()
    assert found_by_axe(page) == []
    dialog.get_by_label("I understand").check()
    exchange.fund(account, USDT, 5)
    erase.click()
    expect(dialog.get_by_text("The account is not empty.")).to_be_visible()
    exchange.take(account, USDT, 5)
    erase.click()
    page.wait_for_url(exchange.at(ONE, "/"))
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    page.goto(exchange.at(ONE, "/sign-in"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The address or the password is wrong.")).to_be_visible()


def test_pe16_who_was_invited_to_a_team_opens_a_trading_account(page: Page, exchange: Exchange) -> None:
    with exchange.database.begin() as connection:
        user = staff_member(connection, exchange.seal, 1, Role.OPERATIONS)
        session = open_session(connection, 0, 1, 3_600, user, time.time_ns())
    page.context.add_cookies([{"name": "session", "value": session.token, "url": exchange.at(ONE)}])
    page.goto(exchange.at(ONE, "/settings/account"))
    expect(page.get_by_text("You have no trading account.")).to_be_visible()
    assert found_by_axe(page) == []
    page.get_by_role("button", name="Open a trading account").click()
    expect(page.get_by_text("Trading account opened")).to_be_visible()
    account = asked(page, "GET", "/account/v1/session")["account"]
    expect(page.get_by_role("heading", name=said(f"Account {account}"))).to_be_visible()


def test_a_profile_in_another_language(page: Page, exchange: Exchange) -> None:
    """WB-3: the page speaks the language that was chosen, from right to left, also after it was loaded again."""
    sign_up(page, exchange, ONE)
    page.goto(exchange.at(ONE, "/settings/profile"))
    page.get_by_label("Name", exact=True).fill("N. N.")
    page.get_by_label("Your language").select_option("ar")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("button", name="تسجيل الخروج")).to_be_visible()
    assert found_by_axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("form input").first).to_have_value("N. N.")
