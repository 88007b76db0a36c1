"""Hostile text in every field of every page, and what others see of it afterwards: it stays text. Rule WB-16."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from journeys.hostile import KEPT, LONG, MARKUP, SHORT, Crawl
from journeys.pages import Town, Who, settled, town
from playwright.sync_api import Browser, expect
from spec.brokerage.journey import LOGO, OAUTH, base64_of

LINE = SHORT + "W" * 33  # a title of 58 characters, most of them one word


@pytest.fixture(scope="module")
def here(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(browser, tmp_path_factory.mktemp("crawl")) as found:
        yield found


@pytest.mark.parametrize("who", Who)
def test_wb16_hostile_text_in_every_field_runs_nothing_and_breaks_no_page(
    here: Town, browser: Browser, who: Who
) -> None:
    with here.browser(browser, who, "phone") as page:
        crawl = Crawl(here, who, page)
        for path in here.paths(who, refused=False):
            crawl.walk(path)
    assert crawl.wrong == []
    assert crawl.filled > 4
    assert crawl.sent > 0


def test_wb16_what_others_see_of_hostile_text_is_text(here: Town, browser: Browser) -> None:
    keep_hostile_texts(here)
    seen = ""
    for who in Who:
        with here.browser(browser, who, "phone") as page:
            crawl = Crawl(here, who, page)
            for path in here.paths(who, refused=False):
                page.goto(here.at(who, path))
                settled(page)
                crawl.look_at(path)
                seen += page.locator("body").inner_text()
            if who is Who.PARTNER:  # whose announcements are shown as they will look when they are written on
                page.goto(here.at(who, "/partner/announcements"))
                page.get_by_role("button", name="Edit").first.click()
                expect(page.get_by_role("article")).to_contain_text("announcement:")
                seen += page.get_by_role("article").inner_text()
                crawl.look_at("/partner/announcements, written on")
            if who is Who.OPERATOR:  # whose case it is, with what was said about it
                page.goto(here.at(who, "/operator/cases"))
                page.locator("tr", has_text="case:").get_by_role("button").first.click()
                expect(page.get_by_role("dialog")).to_contain_text("comment:")
                seen += page.get_by_role("dialog").inner_text()
                crawl.look_at("/operator/cases, opened")
            if who is Who.NOBODY:
                page.goto(here.at(who, "/plain"))
                seen += page.locator("body").inner_text()
                crawl.look_at("/plain", of_app=False)
        assert crawl.wrong == []
    for mark in ("brand", "text", "announcement", "level", "key", "case", "comment", "report"):
        assert f"{mark}: {SHORT}" in seen, f"nobody has seen the {mark}"


def keep_hostile_texts(here: Town) -> None:
    """In every place where a text of somebody is kept to be shown to somebody else; each is taken as it is."""
    user, partner = Hand(here, Who.USER), Hand(here, Who.PARTNER)
    user.ask("PATCH", "/account/v1/profile", {"display_name": KEPT[:64], "word": KEPT[:32]})
    key = {"label": f"key: {SHORT}", "passphrase": "Abcdef1!", "permissions": ["read_only"]}
    user.ask("POST", "/account/v1/keys", key)

    brand = partner.ask("GET", "/partner/v1/brand")
    texts = {"markets-search": {"en": f"text: {SHORT}"}, "sign-up": {"en": KEPT}, "help-lead": {"en": LONG[:2_000]}}
    document = brand["document"] | {"title": f"brand: {LINE}"[:60], "texts": texts}
    partner.ask("PUT", "/partner/v1/brand", {"based_on": brand["version"], "document": document, "note": KEPT})
    told = {
        "en": {"title": f"announcement: {SHORT}", "body": f"{MARKUP}\n\n[x](javascript:window.ran='link')\n\n{LONG}"}
    }
    for form in ("announcement", "banner"):
        made = partner.ask("POST", "/partner/v1/announcements", {"texts": told, "form": form, "slug": form})
        partner.ask("POST", f"/partner/v1/announcements/{made['id']}/publish", {})
    partner.ask("PUT", "/partner/v1/levels/names", {"names": {"0": f"level: {SHORT}"[:32]}})

    visitor = Hand(here, Who.VISITOR)
    applied = {
        "contact": KEPT[:200],
        "phone": MARKUP[:40],
        "team": LONG,
        "plan": MARKUP + LONG,
        "email": "x@example.com",
    }
    visitor.ask("POST", "/program/v1/applications", applied | {"brand_name": "hostile"})
    case = OAUTH | {"title": f"case: {SHORT}"}
    begun = [one for one in user.ask("GET", "/broker/v1/applications") if one["state"] == "draft"]
    if begun:  # by the crawl
        path = f"/broker/v1/applications/{begun[0]['reference']}"
        user.ask("PATCH", path, case)
    else:
        path = f"/broker/v1/applications/{user.ask('POST', '/broker/v1/applications', case)['reference']}"
    paper = {"name": "Register", "kind": "application/pdf", "content": base64_of(b"%PDF-1.7 register")}
    user.ask("POST", f"{path}/papers", paper)
    user.ask("POST", f"{path}/logo", {"content": base64_of(LOGO)})
    user.ask("POST", f"{path}/submit", {})
    user.ask("POST", f"{path}/comments", {"text": f"comment: {SHORT}"})
    report = {"blocked-uri": f"report: {SHORT}", "effective-directive": MARKUP, "document-uri": LONG}
    visitor.ask("POST", "/web/report", {"csp-report": report})


class Hand:
    """What a script of somebody's page would ask."""

    def __init__(self, here: Town, who: Who) -> None:
        self._base = here.at(who, "")
        self._headers: dict[str, str] = {}
        if who in here.people:
            self._headers["cookie"] = f"session={here.session(who)}"
            self._headers["x-csrf-token"] = self.ask("GET", "/account/v1/session")["csrf"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        host = self._base.removeprefix("http://")
        at = f"http://127.0.0.1:{host.rpartition(':')[2]}"
        answer = httpx.request(method, at + path, json=body, headers=self._headers | {"host": host}, timeout=60)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None
