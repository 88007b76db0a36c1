"""A partner's domains and certificates (BR-8, BR-12), webhooks (WH-1 to WH-7), market makers (SC-10, SC-11),
affiliates (Q-8), imports and exports (LV-1 to LV-10), the team's provider (ID-1), terms (T-1 to T-5) and all that the
pages tell of what was, with what the host and another one of the team have to say to them.
"""

import hashlib
import json
import re
import time
from pathlib import Path

import pytest
from journeys.exchange import BTC, SCALE, USDT, Exchange, address
from journeys.hands import asked, found_by_axe, said
from journeys.operator_hands import at_the_desk, host_of
from journeys.partner_hands import BRAND, colleague, owner, sign_in
from playwright.sync_api import Browser, FilePayload, Page, expect
from spec.brand.authority import Authority, new_key, pem
from sqlalchemy import insert

from commonbook.administration.roles import Role
from commonbook.brand import store
from commonbook.identity.provider import Provider
from commonbook.people import directory, providers
from commonbook.simulator.demo_brands import FIRST_BRAND
from commonbook.simulator.demo_market import KEY_ACCOUNTS
from commonbook.storage.tables.autonomy import listing_proposals, own_tokens
from commonbook.storage.tables.clearing import adjustments, holds, reconciliations, release_schedules

DOMAIN = "shop.north-ex.com"
MAKER, OTHER_ACCOUNT = KEY_ACCOUNTS[FIRST_BRAND]


@pytest.fixture
def desk(page: Page, exchange: Exchange) -> Page:
    """An owner, signed in with a second factor."""
    email, secret = owner(exchange)
    sign_in(page, exchange, email, secret, "/partner")
    return page


def test_a_domain_is_named_proved_and_given_a_certificate(desk: Page, exchange: Exchange) -> None:
    desk.get_by_role("link", name="Domains").click()
    desk.get_by_label("Domain", exact=True).fill("not a domain")
    desk.get_by_role("button", name="Add a domain").click()
    expect(desk.get_by_role("alert")).to_be_visible()
    desk.get_by_label("Domain", exact=True).fill(DOMAIN)
    desk.get_by_role("button", name="Add a domain").click()
    card = desk.locator("section").filter(has=desk.get_by_role("heading", name=DOMAIN, exact=True))
    expect(card.get_by_text("Waits for its proof")).to_be_visible()
    with exchange.database.connect() as connection:
        token = store.find_domain(connection, BRAND, DOMAIN).token
    expect(card.get_by_text(token).first).to_be_visible()
    assert found_by_axe(desk) == []
    card.get_by_role("button", name=re.compile("Look now")).click()
    expect(desk.get_by_text(re.compile("is not proved yet")).first).to_be_visible()

    # A certificate before the proof is refused; what the look would find is said by a hand.
    authority, key = Authority(), new_key()
    card.get_by_role("button", name=re.compile("Bring a certificate")).click()
    bringing = desk.get_by_role("dialog", name=re.compile("Bring a certificate"))
    bringing.get_by_label("Certificates (PEM)").fill(authority.chain(DOMAIN, key=key))
    bringing.get_by_label("Private key (PEM)").fill(pem(key))
    bringing.get_by_role("button", name="Bring a certificate").click()
    expect(bringing.get_by_role("alert")).to_be_visible()
    with exchange.database.begin() as connection:
        store.note_proved(connection, store.find_domain(connection, BRAND, DOMAIN), "dns", time.time_ns())
    bringing.get_by_role("button", name="Bring a certificate").click()
    expect(bringing).to_be_hidden()
    row = desk.get_by_role("region", name="Certificates").locator("tbody tr", has_text=DOMAIN)
    expect(row).to_contain_text("your team")
    desk.reload()
    expect(card.get_by_text("Proved", exact=True)).to_be_visible()
    row.get_by_role("button", name=re.compile("Forget the certificate")).click()
    expect(row).to_have_count(0)
    card.get_by_role("button", name=re.compile("Remove")).click()
    expect(card).to_have_count(0)


def test_a_webhook_is_added_tested_changed_and_removed(desk: Page) -> None:
    desk.get_by_role("link", name="Webhooks").click()
    desk.get_by_role("button", name="Add a webhook").click()
    adding = desk.get_by_role("dialog", name="Add a webhook")
    adding.get_by_label("Address").fill("https://127.0.0.1/in")
    adding.get_by_role("button", name="Add a webhook").click()
    expect(adding.get_by_role("alert")).to_be_visible()  # no public address
    adding.get_by_label("Address").fill("https://hooks.north-ex.com/in")
    adding.get_by_label("Orders").uncheck()
    adding.get_by_role("button", name="Add a webhook").click()
    expect(adding.get_by_text("This is shown this once.")).to_be_visible()
    first = adding.locator(".secret").inner_text()
    assert found_by_axe(desk) == []
    adding.get_by_role("button", name="Close").click()
    row = desk.get_by_role("region", name="Webhooks").locator("tbody tr", has_text="hooks.north-ex.com")
    expect(row).to_contain_text("Sign-ups, Levels, Trades, Releases")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="Send a test").click()
    row.get_by_role("button", name="Deliveries").click()
    sent = desk.get_by_role("region", name="Deliveries").locator("tbody tr")
    expect(sent).to_have_count(1)
    expect(sent).to_contain_text("Test")
    row.get_by_role("button", name="New secret").click()
    fresh = desk.get_by_role("dialog", name="New secret")
    expect(fresh.locator(".secret")).not_to_have_text(first)
    fresh.get_by_role("button", name="Close").click()
    row.get_by_role("button", name="Change").click()
    changing = desk.get_by_role("dialog", name="Change")
    changing.get_by_label("Address").fill("https://hooks.north-ex.com/other")
    changing.get_by_role("button", name="Change").click()
    expect(row).to_contain_text("/other")
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)


def test_a_market_maker_is_proposed_granted_by_two_of_the_host_and_given_up(
    desk: Page, browser: Browser, exchange: Exchange
) -> None:
    desk.get_by_role("link", name="Makers and affiliates").click()
    desk.get_by_role("button", name="Propose a market maker").click()
    proposing = desk.get_by_role("dialog", name="Propose a market maker")
    proposing.get_by_label("Account").fill(str(MAKER))
    proposing.get_by_label("Maker").fill("0.01")
    proposing.get_by_label("Taker").fill("0.06")
    proposing.get_by_label("BTC-USDT").check()
    proposing.get_by_role("button", name="Propose a market maker").click()
    row = desk.get_by_role("region", name="Market makers").locator("tbody tr", has_text=str(MAKER))
    expect(row).to_contain_text("Waits for the host")
    row.get_by_role("button", name=re.compile("Presence")).click()
    expect(desk.get_by_role("region", name="Presence by hour").locator("tbody tr").first).to_contain_text("BTC-USDT")
    assert found_by_axe(desk) == []
    with (
        at_the_desk(browser, exchange, Role.OWNER) as first,
        at_the_desk(browser, exchange, Role.OWNER) as second,
    ):
        first.goto(host_of(exchange, "/operator/cases"))
        first.get_by_role("tab", name="Market makers").click()
        first.get_by_role("button", name=re.compile("Ask to grant the rates")).click()
        granting = first.get_by_role("dialog", name=re.compile("Ask to grant the rates"))
        assert found_by_axe(first) == []
        granting.get_by_role("button", name="Ask to grant").click()
        expect(first.get_by_text("It waits for a second person.").first).to_be_visible()
        second.goto(host_of(exchange, "/operator/approvals"))
        asked = second.get_by_role("article", name="Grant a market maker's rates")
        asked.get_by_role("button", name="Approve").click()
        expect(second.get_by_text("Approved and carried out.").first).to_be_visible()
    desk.reload()
    expect(row).to_contain_text("In force")
    row.get_by_role("button", name=re.compile("Give up")).click()
    expect(desk.get_by_text("The schedule's rates hold again in a second")).to_be_visible()


def test_an_affiliates_part_waits_for_another_one_of_the_team(desk: Page, browser: Browser, exchange: Exchange) -> None:
    desk.get_by_role("link", name="Makers and affiliates").click()
    desk.get_by_role("button", name="Ask for an affiliate's part").click()
    asking = desk.get_by_role("dialog", name="Ask for an affiliate's part")
    asking.get_by_label("Account", exact=True).fill(str(MAKER))
    asking.get_by_label("Affiliate's account").fill(str(OTHER_ACCOUNT))
    asking.get_by_label("Part of the fee").fill("12.5")
    asking.get_by_role("button", name="Ask for an affiliate's part").click()
    expect(asking).to_be_hidden()
    expect(desk.get_by_role("button", name="Take back")).to_be_visible()
    expect(desk.get_by_text("No affiliate is agreed.")).to_be_visible()
    with colleague(browser, exchange, "/partner/makers") as other:
        other.get_by_role("button", name="Approve").click()
        agreed = other.get_by_role("region", name="Affiliates").locator("tbody tr")
        expect(agreed).to_contain_text("12.5 %")


def test_a_brand_of_the_hosts_own_is_told_that_it_has_no_partnership(desk: Page) -> None:
    desk.get_by_role("link", name="Partnership").click()
    expect(desk.get_by_text("there is no partnership to see")).to_be_visible()


def users(*rows: str) -> FilePayload:
    content = "\n".join(("external_id,email,language,country", *rows, ""))
    return {"name": "users.csv", "mimeType": "text/csv", "buffer": content.encode()}


def test_lv8_users_are_checked_row_by_row_imported_and_stopped_and_what_was_refused_is_kept(desk: Page) -> None:
    desk.get_by_role("link", name="Import users").click()
    good, twice = address(), address()
    rows = (f"a1,{good},en,DE", f"a2,{address()},en,XX", f"a3,{twice},de,FR", f"a4,{twice},de,FR")
    desk.get_by_label("Choose a file").set_input_files(users(*rows))
    expect(desk.get_by_text(said("2 of 4 rows can be imported."))).to_be_visible()
    refused = desk.get_by_role("region", name="Refused rows").locator("tbody tr")
    expect(refused).to_have_text(
        [re.compile("^3.*no country of ISO 3166.*a2,"), re.compile("^5.*twice in this file.*a4")]
    )
    assert found_by_axe(desk) == []
    with desk.expect_download() as saved:
        desk.get_by_role("button", name="Download what is refused", exact=True).click()
    assert saved.value.suggested_filename == "refused.csv"
    assert Path(saved.value.path()).read_text() == (
        f'line,why,row\n3,bad_country,"{rows[1]}"\n5,duplicate,"{rows[3]}"\n'
    )
    desk.get_by_role("button", name=said("Start the import 2")).click()
    starting = desk.get_by_role("dialog", name=said("Start the import 2"))
    starting.get_by_role("button", name=said("Start the import 2")).click()
    row = desk.get_by_role("region", name="Imports").locator("tbody tr")
    expect(row).to_contain_text(said("Users made: 2 of 2"))
    expect(row).to_contain_text(said("Mails sent: 2 of 2"))
    expect(row).to_contain_text("done")
    with desk.expect_download() as saved:
        row.get_by_role("button", name=re.compile("has refused")).click()
    assert Path(saved.value.path()).read_text() == "line,why\n3,bad_country\n5,duplicate\n"

    # One that takes a minute, at a mail a second, is stopped.
    desk.get_by_label("Choose a file").set_input_files(users(*(f"b{one},{address()},en,DE" for one in range(60))))
    desk.get_by_role("button", name=said("Start the import 60")).click()
    desk.get_by_role("dialog").get_by_role("button", name=said("Start the import 60")).click()
    expect(row).to_have_count(2)
    expect(row.first).to_contain_text("running")
    row.first.get_by_role("button", name=re.compile("^Stop import")).click()
    desk.get_by_role("dialog", name=re.compile("^Stop import")).get_by_role("button", name="Stop", exact=True).click()
    expect(row.first).to_contain_text("stopped")
    expect(row.first.get_by_role("button", name=re.compile("^Stop import"))).to_have_count(0)


def test_lv4_all_that_is_the_brands_is_exported_once_another_has_approved_and_its_files_have_their_hashes(
    desk: Page, browser: Browser, exchange: Exchange
) -> None:
    desk.get_by_role("link", name="Exports").click()
    with desk.expect_download() as saved:
        desk.get_by_role("button", name="Download the books").click()
    assert saved.value.suggested_filename.startswith("clearing-1-20")
    assert Path(saved.value.path()).read_text().startswith("book,asset,date,time_ns,kind,source,reference,amount\n")
    desk.get_by_role("button", name="Ask for an export").click()
    expect(desk.get_by_text("Export everything of the brand")).to_be_visible()
    expect(desk.get_by_role("button", name="Take back")).to_be_visible()
    with colleague(browser, exchange, "/partner/exports") as other:
        other.get_by_role("button", name="Approve").click()
        row = other.get_by_role("region", name="Everything that is yours").locator("tbody tr")
        expect(row).to_contain_text("done", timeout=120_000)  # it is made by a process of its own
        row.get_by_role("button", name=re.compile("Files of export")).click()
        files = other.get_by_role("region", name=re.compile("Files of export")).locator("tbody tr")
        assert found_by_axe(other) == []
        line = files.filter(has_text="settings.csv")
        told = line.locator("td[title]").get_attribute("title")
        with other.expect_download() as saved:
            line.get_by_role("button", name=re.compile("Download")).click()
        assert hashlib.sha256(Path(saved.value.path()).read_bytes()).hexdigest() == told
        expect(other.get_by_text(re.compile("is saved, and its hash is right"))).to_be_visible()
        # A file that is not the one of the manifest is not saved.
        other.route("**/files/settings.csv?offset=0", lambda route: route.fulfill(body=b"other"))
        line.get_by_role("button", name=re.compile("Download")).click()
        expect(other.get_by_text(re.compile("does not have its hash"))).to_be_visible()


def test_id1_the_teams_provider_is_set_up_shown_without_its_secret_and_removed(desk: Page, exchange: Exchange) -> None:
    desk.get_by_role("link", name="Single sign-on").click()
    expect(desk.get_by_text("not set up")).to_be_visible()
    expect(desk.get_by_text(f"{exchange.at('aurora', '/partner/v1/oidc/callback')}")).to_be_visible()
    desk.get_by_label("Issuer").fill("https://127.0.0.1/realm")
    desk.get_by_label("Client ID").fill("desk")
    desk.get_by_label("Client secret").fill("a secret")
    desk.get_by_label("Claim with roles").fill("groups")
    desk.get_by_role("button", name="Add a value").click()
    desk.get_by_label("Value", exact=True).fill("helpers")
    with desk.expect_request("**/partner/v1/oidc") as sent:
        desk.get_by_role("button", name="Save").click()
    told = sent.value.post_data_json
    assert told == {
        "issuer": "https://127.0.0.1/realm",
        "client": "desk",
        "secret": "a secret",
        "role_claim": "groups",
        "role_map": {"helpers": "support"},
    }
    expect(desk.get_by_role("alert")).to_be_visible()  # no public address: nothing was asked, nothing kept
    with exchange.database.begin() as connection:
        provider = Provider(BRAND, "https://id.north-ex.com", "desk", "a secret", "groups", {"helpers": "support"})
        providers.set_up(connection, exchange.seal, provider, 1)
    desk.reload()
    expect(desk.get_by_text("set up", exact=True)).to_be_visible()
    expect(desk.get_by_label("Issuer")).to_have_value("https://id.north-ex.com")
    expect(desk.get_by_label("Client secret")).to_have_value("")
    expect(desk.get_by_label("Value", exact=True)).to_have_value("helpers")
    expect(desk.get_by_role("link", name="Sign in by the provider")).to_have_attribute("href", "/partner/v1/oidc/start")
    assert found_by_axe(desk) == []
    desk.get_by_role("button", name="Remove the provider").click()
    desk.get_by_role("dialog", name="Remove the provider").get_by_role("button", name="Remove", exact=True).click()
    expect(desk.get_by_text("The provider is removed.")).to_be_visible()
    expect(desk.get_by_text("not set up")).to_be_visible()


def test_t2_terms_are_published_in_languages_read_followed_by_a_version_to_come_and_that_is_withdrawn(
    desk: Page,
) -> None:
    desk.get_by_role("link", name="Terms", exact=True).click()
    expect(desk.get_by_text("You have published no terms yet.")).to_be_visible()
    desk.get_by_role("button", name="New version").click()
    desk.get_by_label("For", exact=True).select_option("staff")
    desk.get_by_label(said("Text, English")).fill("Be kind. <b>Always.</b>")
    desk.get_by_role("tab", name="German").click()
    desk.get_by_label(said("Text, German")).fill("Seid nett.")
    assert found_by_axe(desk) == []
    desk.get_by_role("button", name="Publish…").click()
    sure = desk.get_by_role("dialog", name="New version")
    expect(sure).to_contain_text("cannot be taken back")
    sure.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.get_by_text("The version is published.")).to_be_visible()
    rows = desk.get_by_role("region", name=re.compile("Terms of use")).locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("in force")
    rows.get_by_role("button", name=re.compile("Read version .*English")).click()
    reading = desk.get_by_role("dialog", name=re.compile("Terms of use"))
    expect(reading).to_contain_text("Be kind. <b>Always.</b>")
    reading.get_by_role("button", name="Close").click()

    # The next one begins with what there is, and holds from next year on.
    desk.get_by_role("button", name=re.compile("^New version: Terms of use")).click()
    expect(desk.get_by_label(said("Text, English"))).to_have_value("Be kind. <b>Always.</b>\n")
    desk.get_by_label("In force from").fill(f"{time.gmtime().tm_year + 1}-01-31T12:00")
    desk.get_by_label(re.compile("A material change")).uncheck()
    desk.get_by_role("button", name="Publish…").click()
    expect(sure).to_contain_text("is not asked again")
    sure.get_by_role("button", name="Publish", exact=True).click()
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("to come")
    rows.first.get_by_role("button", name=re.compile("Withdraw version")).click()
    desk.get_by_role("dialog", name=re.compile("Withdraw version")).get_by_role("button", name="Withdraw").click()
    expect(rows).to_have_count(1)


def test_vl7_levels_are_named_and_the_rates_of_a_sequence_are_told(desk: Page) -> None:
    desk.get_by_role("link", name="Fees").click()
    desk.get_by_role("button", name="Name the levels").click()
    naming = desk.get_by_role("dialog", name="Name the levels")
    naming.get_by_label("VIP 0").fill("Harbour")
    assert found_by_axe(desk) == []
    naming.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("region", name="In force", exact=True).locator("tbody tr").first).to_contain_text("Harbour")
    then = desk.get_by_role("region", name=re.compile("Rates for an order"))
    desk.get_by_label("Sequence", exact=True).fill("1")
    desk.get_by_role("button", name="See", exact=True).click()
    expect(then).to_contain_text("No rate of yours was in force yet.")
    desk.get_by_label("Sequence", exact=True).fill("999999999")
    desk.get_by_role("button", name="See", exact=True).click()
    expect(then.locator("tbody tr").first).to_have_text(re.compile("Harbour.*0.08 %.*0.1 %"))


def test_pe17_a_users_country_is_put_right_the_user_is_erased_and_the_chain_of_the_log_walked(
    desk: Page, exchange: Exchange
) -> None:
    email = address()
    with exchange.database.begin() as connection:
        directory.add(connection, exchange.seal, BRAND, email, "", state=directory.ACTIVE)
    desk.get_by_role("link", name="Team and users").click()
    found = desk.get_by_role("region", name="Users").locator("tbody tr")

    def seen() -> None:
        desk.get_by_label("Whole mail address").fill(email)
        desk.get_by_role("button", name="Find").click()
        expect(found).to_have_count(1)
        found.get_by_role("button", name=re.compile("See user")).click()

    seen()
    dialog = desk.get_by_role("dialog", name=re.compile("^User"))
    country = dialog.get_by_label("Country of the terms")
    expect(country).to_have_value("*")
    country.select_option("FR")
    dialog.get_by_role("button", name="Put right").click()
    expect(desk.get_by_text("The country is put right.")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    seen()
    expect(country).to_have_value("FR")
    assert found_by_axe(desk) == []
    dialog.get_by_role("button", name="Erase…").click()
    expect(dialog.get_by_role("alert")).to_contain_text("for good")
    dialog.get_by_role("button", name="Erase", exact=True).click()
    expect(desk.get_by_text("The user is erased.")).to_be_visible()
    desk.get_by_role("button", name="Walk the chain").click()
    expect(desk.get_by_text(re.compile("Acts that follow each other by their hashes"))).to_be_visible()
    expect(desk.get_by_text("whole", exact=True)).to_be_visible()


def test_br16_what_an_older_version_of_the_brand_said_is_seen_beside_what_is_published(desk: Page) -> None:
    said_now = asked(desk, "GET", "/partner/v1/brand")
    document = said_now["document"] | {"support": "help@north-ex.com"}
    change = {"based_on": said_now["version"], "document": document, "note": ""}
    assert "version" in asked(desk, "PUT", "/partner/v1/brand", change)
    desk.get_by_role("link", name="Look").click()
    desk.get_by_role("button", name=said(f"See version {said_now['version']}")).click()
    older = desk.get_by_role("dialog", name=said(f"Version {said_now['version']}"))
    row = older.get_by_role("region", name="What is other than today").locator("tbody tr")
    expect(row).to_have_text(re.compile("Support address.*help@north-ex.com"))
    assert found_by_axe(desk) == []
    older.get_by_role("button", name="Close").click()
    expect(older).to_have_count(0)


def test_an2_announcements_are_listed_by_their_titles(desk: Page) -> None:
    desk.get_by_role("link", name="Announcements").click()
    desk.get_by_role("button", name="Write something").click()
    desk.get_by_label(said("Title, English")).fill("A calmer summer")
    desk.get_by_label(said("Text, English")).fill("We sail on.")
    desk.get_by_role("button", name="Save draft").click()
    row = desk.get_by_role("region", name="Announcements").locator("tbody tr")
    expect(row).to_contain_text("A calmer summer")
    row.get_by_role("button", name=said("Publish A calmer summer")).click()
    desk.get_by_role("dialog", name=said("Publish A calmer summer")).get_by_role(
        "button", name="Publish", exact=True
    ).click()
    expect(row).to_contain_text("published")


def test_li8_the_host_is_asked_for_another_name_of_a_token_of_the_brands_own(
    desk: Page, browser: Browser, exchange: Exchange
) -> None:
    with exchange.database.begin() as connection:
        own = {"asset": BTC, "brand": BRAND, "is_platform": False, "exclusive_until_ns": 0}
        connection.execute(insert(own_tokens).values(**own))
        proposal = {"payload": json.dumps({"token": {"name": "BTC", "scale": 8}}), "state": "done", "ids": "{}"}
        connection.execute(insert(listing_proposals).values(brand=BRAND, author=1, asked_ns=1, **proposal))
    desk.get_by_role("link", name="Listings").click()
    desk.get_by_role("button", name=said("Another name for BTC")).click()
    asking = desk.get_by_role("dialog", name=said("Another name for BTC"))
    asking.get_by_label("Name for people").fill("Harbour Gold")
    assert found_by_axe(desk) == []
    asking.get_by_role("button", name="Send to the host").click()
    expect(desk.get_by_text("The host is asked for the name.")).to_be_visible()
    with at_the_desk(browser, exchange, Role.OWNER) as host:
        host.goto(host_of(exchange, "/operator/approvals"))
        host.get_by_role("article", name="Name a token anew").get_by_role("button", name="Approve").click()
        expect(host.get_by_text("Approved and carried out.").first).to_be_visible()
    row = desk.get_by_role("region", name="Names of your tokens").locator("tbody tr")
    deadline = time.monotonic() + 60
    while "Harbour Gold" not in row.inner_text():
        assert time.monotonic() < deadline, row.inner_text()
        time.sleep(1)
        desk.reload()
        expect(row).to_be_visible()


def test_q20_what_is_kept_back_corrected_and_checked_is_told_and_when_releases_are(
    desk: Page, exchange: Exchange
) -> None:
    amount, root = 12 * SCALE, "ab" * 32
    checked = {"state": "closed", "sequence": 7, "problems": "[]", "journal_hash": "cd" * 32}
    had = json.dumps({str(BRAND): {str(USDT): str(5 * SCALE)}})
    with exchange.database.begin() as connection:
        held = {"hold": 41, "brand": BRAND, "asset": USDT, "day": 20_000, "amount": amount, "reason": "a wash trade"}
        connection.execute(insert(holds).values(fills='["77"]', lifted_by=0, **held))
        put_right = {"adjustment": 42, "brand": BRAND, "asset": USDT, "amount": -amount, "of_day": 20_000}
        connection.execute(insert(adjustments).values(of_root=root, reason="counted twice", **put_right))
        connection.execute(insert(reconciliations).values(day=1, liabilities=had, **checked))
        weekly = {"period": "weekly", "on_day": 3, "delay_days": 0, "minimum": 0}
        connection.execute(insert(release_schedules).values(brand=BRAND, asset=0, effective_ns=1, **weekly))
    desk.get_by_role("link", name="Clearing").click()
    desk.get_by_role("tab", name="Kept back and corrected").click()
    kept = desk.get_by_role("region", name="Kept back", exact=True).locator("tbody tr")
    expect(kept).to_have_text(re.compile("2024-10-04.*USDT.*12.*a wash trade.*77.*kept back"))
    corrected = desk.get_by_role("region", name="Corrections").locator("tbody tr")
    expect(corrected).to_have_text(re.compile("2024-10-04.*USDT.*-12.*counted twice.*abababab"))
    assert found_by_axe(desk) == []
    desk.get_by_role("tab", name="Checks").click()
    check = desk.get_by_role("region", name="Checks").locator("tbody tr").last
    expect(check).to_have_text(re.compile("1970-01-02.*all agree.*5.*USDT.*7.*cdcd"))
    desk.get_by_role("tab", name="Terms").click()
    expect(desk.get_by_text(re.compile("Every .?Wednesday.?, at once"))).to_be_visible()
    desk.get_by_role("tab", name="Statements").click()
    expect(desk.get_by_role("link", name="Books of a month")).to_have_attribute("href", "/partner/exports")
