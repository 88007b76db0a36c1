"""What a page must not do, whoever asks: run what is foreign, be framed, act on another site's word. WB-5."""

import http.server
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from journeys.exchange import ONE, PAIR, Exchange
from journeys.hands import asked, sign_up, until
from playwright.sync_api import Page, expect

from commonbook.gateway.web import violations

NASTY = "\"><img src=x onerror=\"window.ran='name'\"><script>window.ran='script'</script>{{7*7}}${7*7}"
SINK = "require-trusted-types-for"  # a string that would become code
PLANTED = {  # what is planted, what of the policy keeps it out, and how; %s is the foreign server
    "script": (SINK, """const one = document.createElement("script");
        document.head.append(one); one.src = "%s/planted.js";"""),
    "words of a script": (SINK, """const one = document.createElement("script");
        document.head.append(one); one.text = "window.ran = 'words'";"""),
    "module": ("script-src-elem", """import("%s/planted.js").catch(() => {});"""),
    "frame": ("frame-src", """const one = document.createElement("iframe");
        one.src = "%s/"; document.body.append(one);"""),
    "worker": (SINK, """const blob = new Blob(["postMessage(1)"]);
        new Worker(URL.createObjectURL(blob)).onmessage = () => (window.ran = "worker");"""),
    "service worker": (SINK, """navigator.serviceWorker.register("/web/assets/worker.js");"""),
    "WebAssembly": ("script-src", """WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
        .then(() => (window.ran = "wasm"), () => {});"""),
    "picture": ("img-src", """new Image().src = "%s/pixel";"""),
    "request": ("connect-src", """fetch("%s/").then(() => (window.ran = "fetch"), () => {});"""),
    "handler": (SINK, """const one = document.createElement("b"); one.setAttribute("onclick", "window.ran='attr'");
        document.body.append(one); one.click();"""),
    "markup": (SINK, """document.body.innerHTML = "<img src=x onerror=window.ran='markup'>";"""),
    "maker of markup": ("trusted-types", """trustedTypes.createPolicy("foreign", { createHTML: (one) => one });"""),
}  # fmt: skip


class Foreign(http.server.BaseHTTPRequestHandler):
    """A server of somebody else: a script that would run, and a page that frames whatever its query names."""

    asked: list[str] = []  # noqa: RUF012 - of all requests, looked at by the tests

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = b"window.ran = 'foreign';" if self.path.endswith(".js") else b"<!doctype html><title>foreign</title>"
        if self.path.startswith("/frame?"):
            body = f'<!doctype html><iframe src="{self.path.partition("?")[2]}"></iframe>'.encode()
        self.send_response(200)
        self.send_header("content-type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_wb5_nothing_foreign_that_was_planted_runs_and_each_is_reported(
    page: Page, exchange: Exchange, foreign: str
) -> None:
    page.goto(exchange.at(ONE, f"/trade/{PAIR}"))
    expect(page.get_by_role("region", name="Order ticket")).to_be_visible()
    page.evaluate(
        """() => { window.kept = []; document.addEventListener("securitypolicyviolation", (one) =>
             window.kept.push(one.effectiveDirective)); }"""
    )
    session = page.context.new_cdp_session(page)
    for name, (rule, script) in PLANTED.items():
        code = f"(() => {{ {script % foreign if '%s' in script else script} }})()"
        session.send("Runtime.evaluate", {"expression": code, "allowUnsafeEvalBlockedByCSP": False})
        until(page, "window.kept.length > 0", f"{name}: nothing was told")
        assert set(page.evaluate("window.kept.splice(0)")) == {rule}, name
    assert page.evaluate("window.ran ?? null") is None
    assert Foreign.asked == []
    deadline = time.monotonic() + 120  # a browser gathers its reports for a while
    wanted = {rule for rule, _ in PLANTED.values()}
    while wanted - (told := reported(exchange)) and time.monotonic() < deadline:
        page.wait_for_timeout(500)
    assert wanted <= told
    assert "web.policy_violated" in exchange.said()


def reported(exchange: Exchange) -> set[str]:
    """The rules that browsers have told the host's desk of."""
    return {one.rule for one in violations.newest(exchange.data_dir, 100)}


@pytest.mark.parametrize(
    "word", [NASTY.replace("/", "%2F").replace("?", ""), "%E0%A4%A", "%00", "%2e%2e%2f", "__proto__"]
)
def test_wb16_hostile_words_of_an_address_are_text(page: Page, exchange: Exchange, word: str) -> None:
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    for path in (f"/trade/{word}", f"/broker/settlements/{word}", f"/sign-in?to=javascript:window.ran=1&x={word}"):
        page.goto(exchange.at(ONE, path))
        expect(page.get_by_role("banner")).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("window.ran ?? null") is None
        assert page.locator("img[src=x]").count() == 0
    assert broken == []


def test_wb16_a_way_back_after_signing_in_leads_to_no_other_site(page: Page, exchange: Exchange) -> None:
    sign_up(page, exchange, ONE)
    for to in ("javascript:window.ran=1", "//foreign.example/", "https://foreign.example/", "/\\foreign.example"):
        page.goto(exchange.at(ONE, f"/sign-in?to={to}"))
        page.wait_for_timeout(700)
        assert page.evaluate("window.ran ?? null") is None
        assert page.url.startswith(exchange.at(ONE))


def test_no_page_of_ours_is_shown_in_a_frame_of_anothers(page: Page, exchange: Exchange, foreign: str) -> None:
    ours = [exchange.at(ONE, path) for path in ("/", f"/trade/{PAIR}", "/sign-in", "/settings", "/partner", "/plain")]
    consent = exchange.at(ONE, "/account/oauth/authorize?response_type=code&client_id=x")
    for address in (*ours, consent, f"http://127.0.0.1:{exchange.port}/operator"):
        page.goto(f"{foreign}/frame?{address}")
        page.wait_for_timeout(500)
        inside = page.frames[1]
        assert inside.url.startswith("chrome-error:"), f"{address}: {inside.url}"  # the browser says that it may not
    Foreign.asked.clear()


def test_another_sites_word_changes_nothing(page: Page, exchange: Exchange) -> None:
    """A form of another site carries the cookie at most; without the CSRF token nothing is done."""
    sign_up(page, exchange, ONE)
    cookie = next(one for one in page.context.cookies() if one["name"] == "session")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] in ("Lax", "Strict")
    headers = {"host": f"{ONE}.localhost", "cookie": f"session={cookie['value']}", "origin": "https://evil.example"}
    with httpx.Client(base_url=f"http://127.0.0.1:{exchange.port}", timeout=60) as http_client:
        for path, body in (
            ("/account/v1/logout", {}),
            ("/api/v5/trade/order", {"instId": PAIR, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "1"}),
        ):
            answer = http_client.post(path, json=body, headers=headers)
            assert answer.status_code in (401, 403), answer.text
    assert "csrf" in asked(page, "GET", "/account/v1/session")
