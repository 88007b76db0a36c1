"""Every page of the web app and everybody who comes to it: the one list by which pages are looked at.

The pages are read from `web/src/places.ts`, so that a new one is looked at without being named here.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import httpx
from integration.okx_client import OkxClient
from journeys.broker_hands import broker_person, past_hours
from journeys.exchange import ONE, OTHER, PAIR, Exchange
from journeys.hands import until
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from spec.staff import staff_member

from commonbook.administration.roles import HOST, Role
from commonbook.identity.sessions import open_session
from commonbook.partnership import phases
from commonbook.partnership.model import Terms
from commonbook.people import directory
from commonbook.simulator.demo_brands import FIRST_BRAND, SECOND_BRAND
from commonbook.simulator.demo_market import BROKER, BROKER_PAYOUT, KEY_ACCOUNTS
from commonbook.units import Minor, RateE8

SOURCE = Path(__file__).parents[2] / "web" / "src" / "places.ts"
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
Scheme = Literal["light", "dark"]


class Who(StrEnum):
    NOBODY = "nobody"  # at a brand's address
    USER = "user"  # with funds, orders and fills
    PARTNER = "partner"  # owner of the brand
    BROKER = "broker"  # with settled hours
    VISITOR = "visitor"  # at the host's address
    OPERATOR = "operator"  # owner of the host


OPEN_TO_ALL = Terms(  # a phase of the program, in which anybody may apply
    phase=1,
    version=1,
    name="Phase 1",
    opens_ns=1,
    closes_ns=2**62,
    quota=100,
    asset="USDT",
    stake=Minor(100),
    token_required=False,
    holders_share_e8=RateE8(0),
    host_holders_share_e8=RateE8(0),
)
AT_HOST = (Who.VISITOR, Who.OPERATOR)
DESKS = {"partner": Who.PARTNER, "broker": Who.BROKER, "operator": Who.OPERATOR}  # by the first word of their paths


@dataclass(frozen=True, slots=True)
class Place:
    path: str  # ":name" stands for a word
    is_brands: bool
    is_hosts: bool
    is_signed_in: bool

    @property
    def first(self) -> str:
        return self.path.split("/")[1]

    @property
    def who(self) -> list[Who]:
        """Who comes here; a user without the role, too, who is told so."""
        found = [Who.USER] if self.is_brands else []
        if self.first in DESKS:
            found.append(DESKS[self.first])
        elif self.is_hosts and self.is_signed_in:
            found.append(Who.OPERATOR)
        if not self.is_signed_in:
            found += [Who.NOBODY] if self.is_brands else []
            found += [Who.VISITOR] if self.is_hosts else []
        return [one for one in found if (one in AT_HOST and self.is_hosts) or (one not in AT_HOST and self.is_brands)]


def places() -> list[Place]:
    """All of the app, in its own order."""
    found = []
    for line in re.findall(r"\{ path: .*\}", SOURCE.read_text()):
        (path,) = re.findall(r"path: \"([^\"]+)\"", line)
        at = re.findall(r"at: \"([^\"]+)\"", line)
        found.append(Place(path, at != ["host"], at != ["brand"], "signedIn: true" in line))
    return found


@dataclass
class Town:
    """A served demo at which something has happened to everybody."""

    exchange: Exchange
    people: dict[Who, tuple[int, int, int]] = field(default_factory=dict)  # brand, account and user of who signs in
    words: dict[str, str] = field(default_factory=dict)  # of paths, by name

    def at(self, who: Who, path: str) -> str:
        if who in AT_HOST:
            return f"http://127.0.0.1:{self.exchange.port}{path}"
        return self.exchange.at(OTHER if who is Who.BROKER else ONE, path)

    def paths(self, who: Who, refused: bool = True) -> list[str]:
        """Of all pages that somebody comes to.

        Args:
            refused: also those at which they are told that they may not.
        """
        wanted = [one for one in places() if who in one.who and (refused or DESKS.get(one.first, who) is who)]
        return [re.sub(r":(\w+)", self._word, one.path) for one in wanted]

    def _word(self, name: re.Match[str]) -> str:
        """A page of a new kind of thing needs one of these things: say here which."""
        return self.words[name[1]]

    @contextmanager
    def browser(
        self, browser: Browser, who: Who, size: str = "desktop", scheme: Scheme = "light", **more: Any
    ) -> Iterator[Page]:
        """A browser of somebody's own."""
        wanted: dict[str, Any] = {"viewport": SIZES[size], "color_scheme": scheme, "locale": "en"} | more
        context = browser.new_context(**wanted)
        context.set_default_timeout(60_000)
        self.enter(context, who)
        yield context.new_page()
        context.close()

    def enter(self, context: BrowserContext, who: Who) -> None:
        """Signed in, where it is somebody who can be; in a new session, as the last one may have been ended."""
        if who in self.people:
            context.add_cookies([{"name": "session", "value": self.session(who), "url": self.at(who, "")}])

    def session(self, who: Who) -> str:
        """A new one of whom there is, with a second factor that was shown just now."""
        brand, account, user = self.people[who]
        with self.exchange.database.begin() as connection:
            return open_session(connection, account, brand, 86_400, user, time.time_ns()).token

    def settle_in(self) -> None:
        """Everybody is there, and has done something."""
        exchange = self.exchange
        account = KEY_ACCOUNTS[FIRST_BRAND][0]
        with exchange.database.begin() as connection:
            user = directory.add(
                connection, exchange.seal, FIRST_BRAND, "u@example.com", "", state=directory.ACTIVE, account=account
            )
            partner = staff_member(connection, exchange.seal, FIRST_BRAND, Role.OWNER, email="p@example.com")
            phases.put(connection, OPEN_TO_ALL, 0)
            operator = staff_member(connection, exchange.seal, HOST, Role.OWNER, email="o@example.com")
        broker = broker_person(exchange.database, exchange.seal, "b@example.com")
        self.people = {
            Who.USER: (FIRST_BRAND, account, user.id),
            Who.PARTNER: (FIRST_BRAND, 0, partner),
            Who.BROKER: (SECOND_BRAND, BROKER_PAYOUT, broker),
            Who.OPERATOR: (HOST, 0, operator),
        }
        hand = OkxClient(str(exchange.server.ready["rest"]), exchange.server.account(ONE), 60)
        plain = {"instId": PAIR, "tdMode": "cash", "sz": "0.01"}
        for more in (
            {"side": "buy", "ordType": "ioc", "px": "79000"},
            {"side": "sell", "ordType": "ioc", "px": "78000"},
        ):
            assert hand.post("/api/v5/trade/order", plain | more)["code"] == "0"
        resting = plain | {"side": "buy", "ordType": "post_only", "px": "70000"}
        assert hand.post("/api/v5/trade/order", resting)["code"] == "0"
        hand.close()
        self.words["instrument"] = PAIR
        self.words["broker"] = str(BROKER)
        self.words["brand"] = self._opened()
        self.words["reference"] = self._applied()

    def _opened(self) -> str:
        """A brand that can be suspended and closed, and nobody loses theirs."""
        with httpx.Client(base_url=self.at(Who.OPERATOR, ""), timeout=60) as http:
            http.cookies.set("session", self.session(Who.OPERATOR))
            csrf = http.get("/account/v1/session").json()["csrf"]
            new = {"document": {"name": "spare", "title": "Spare"}}
            made = http.post("/host/v1/brands", json=new, headers={"x-csrf-token": csrf})
            assert made.is_success, made.text
        return str(made.json()["brand"])

    def _applied(self) -> str:
        """An application to open an exchange, by its link."""
        told = {"contact": "Ada Bell", "phone": "+44 20 7946 0000", "team": "Six people.", "plan": "Two countries."}
        form = told | {"email": "ada@example.com", "brand_name": "ada-x"}
        with httpx.Client(base_url=self.at(Who.VISITOR, ""), timeout=60) as http:
            made = http.post("/program/v1/applications", json=form).json()
        return f"{made['reference']}#{made['secret']}"

    def find_words(self, browser: Browser) -> None:
        """What a broker is led to from its lists."""
        with self.browser(browser, Who.BROKER) as page:
            for name, path in {"hour": "/broker/settlements", "fill": "/broker/fills"}.items():
                page.goto(self.at(Who.BROKER, path))
                link = page.locator(f'main td a[href^="{path}/"]').first
                self.words[name] = str(link.get_attribute("href")).rpartition("/")[2]


@contextmanager
def town(browser: Browser, folder: Path) -> Iterator[Town]:
    (folder / "data").mkdir()
    past_hours(folder / "data")
    with Exchange(folder) as exchange:
        found = Town(exchange)
        found.settle_in()
        found.find_words(browser)
        yield found


# It is known who reads, so that nobody is led elsewhere any more; the page of this address is there, and all of it.
IS_THERE = """() => document.querySelector("header .side :is(button.plain, a[href='/sign-in'])") !== null
  && document.querySelector("main:not([aria-busy=true]) h1") !== null
  && ![...document.querySelectorAll("main .shown.loading")].some((one) => one.checkVisibility())"""


def settled(page: Page) -> None:
    """What was asked for is there, and still is two frames later."""
    is_still = False
    while not is_still:
        until(page, IS_THERE, f"{page.url}: the page does not come")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        is_still = page.evaluate(IS_THERE)


TOO_WIDE = """() => {
  const page = document.documentElement;
  const by = page.scrollWidth - page.clientWidth;
  if (by <= 0) return "";
  const scrolls = (one) =>
    one !== document.body && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
  const all = [...document.querySelectorAll("body *")].filter((one) => {
    if (scrolls(one.parentElement)) return false; // it is clipped there
    const { left, right } = one.getBoundingClientRect();
    return right > page.clientWidth + 0.5 || left < -0.5;
  });
  const named = all.slice(-3).map((one) => `${one.tagName} ${one.className} "${(one.textContent ?? "").slice(0, 30)}"`);
  return `${by} px wider than the window: ${named.join("; ")}`;
}"""


def too_wide(page: Page) -> str:
    """By how much the page is wider than its window, and what is; "" where it fits."""
    told: str = page.evaluate(TOO_WIDE)
    return told
