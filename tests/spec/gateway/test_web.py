"""The web app as it is served: whose page it is, what a browser may do with it, files, texts, look. WB-3 to WB-6."""

import asyncio
import gzip
import html
import json
import re
import tomllib
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
from fluent.syntax import FluentParser, ast, serialize
from structlog.testing import capture_logs

from commonbook.brand.colours import unreadable
from commonbook.brand.hosts import Hosts, Snapshot
from commonbook.brand.model import Colours, Document, State, Version
from commonbook.gateway.desk.app import DESKS
from commonbook.gateway.web import texts
from commonbook.gateway.web.app import POLICY, WithWeb, icon, page
from commonbook.gateway.web.built import FOLDER as BUILT
from commonbook.gateway.web.built import built
from commonbook.gateway.web.look import both, is_dark, sheet
from commonbook.gateway.web.places import AHEAD, PLACES, At, is_place
from commonbook.gateway.web.texts import FIRST, FOLDER, areas, languages, ours, texts_of
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue
from commonbook.settings import Settings

ROOT = Path(__file__).parents[3]
SOURCES = sorted([*(ROOT / "web" / "src").rglob("*.ts"), *(ROOT / "web" / "src").rglob("*.svelte")])
NORTH, HOST = "north.localhost", "127.0.0.1"
SCRIPT = "console.log('a script that is long enough to be packed');" * 10


class Behind:
    """The application behind: notes what was passed on."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"behind"})


class Front:
    def __init__(self, folder: Path, is_built: bool = True) -> None:
        venue = Venue()
        venue.brands[1] = Brand(1, "north")
        self.behind = Behind()
        self.hosts = Hosts(venue)
        self.app = WithWeb(self.hosts, Settings(), built(folder) if is_built else None, self.behind)

    def ask(
        self, host: str, path: str, method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(cast(Any, self.app))  # httpx has types of its own for ASGI
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
                return await http.request(method, path, content=body, headers=headers)

        return asyncio.run(send())

    def becomes(self, version: int, **values: Any) -> None:
        """The brand has changed."""
        document = msgspec.structs.replace(self.hosts.document(1), **values)
        self.hosts.take(Snapshot(versions={1: Version(1, version, document, "", 0, "", "")}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(
        '<html lang="[[language]]" dir="[[direction]]"><meta name="brand" content="[[brand]]"><title>[[title]]</title>'
    )
    script = tmp_path / "assets" / "main-1234.js"
    script.write_text(SCRIPT)
    script.with_name("main-1234.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    return tmp_path


@pytest.fixture
def front(folder: Path) -> Front:
    return Front(folder)


# -- the page ---------------------------------------------------------------------------------------------------------


def test_wb5_each_place_gives_the_page_of_the_brand_and_its_policy_allows_nothing_foreign(front: Front) -> None:
    for path in ("/", "/trade", "/trade/BTC-USDT", "/sign-in", "/partner/look"):
        found = front.ask(NORTH, path)
        assert (found.status_code, found.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "<title>north</title>" in found.text
        assert found.headers["content-security-policy"] == POLICY
        assert found.headers["cross-origin-opener-policy"] == "same-origin"
        assert found.headers["x-content-type-options"] == "nosniff"
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert (rules["default-src"], rules["script-src"], rules["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert (rules["require-trusted-types-for"], rules["trusted-types"]) == (
        "'script'",
        "svelte-trusted-html server-made",
    )
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_wb5_what_is_no_place_or_is_a_desks_goes_on_behind(front: Front) -> None:
    paths = ["/nowhere", "/api/v5/public/time", "/brand/theme.css", "/plain", *(f"{one}/x" for one in DESKS)]
    for path in paths:
        assert front.ask(NORTH, path).text == "behind"
    assert front.behind.asked == paths
    assert front.ask(NORTH, "/trade", method="POST").text == "behind"


def test_wb5_the_hosts_own_address_has_the_operators_places_and_no_brands(front: Front) -> None:
    assert '"isHost":true' in front.ask(HOST, "/operator").text.replace("&quot;", '"')
    for path in ("/", "/trade", "/partner"):
        assert front.ask(HOST, path).text == "behind"
    assert front.ask(NORTH, "/operator").text == "behind"
    assert is_place("/operator/health", is_host=True)
    assert not is_place("/operators", is_host=True)


def test_wb3_the_hosts_own_address_speaks_every_language_of_ours(front: Front) -> None:
    shown = html.unescape(front.ask(HOST, "/operator", headers={"accept-language": "ar"}).text)
    told, _ = json.JSONDecoder().raw_decode(shown[shown.index("{") :])
    assert told["languages"] == list(languages())
    assert told["rightToLeft"] == ["ar"]
    assert 'lang="ar" dir="rtl"' in shown


def test_wb5_without_a_built_app_everything_goes_on_behind(folder: Path) -> None:
    assert Front(folder, is_built=False).ask(NORTH, "/").text == "behind"
    assert built(folder / "nothing") is None


def test_wb5_what_a_brand_writes_is_text_and_never_markup() -> None:
    nasty = "</title><script>alert(1)</script>\"'&[[brand]]"
    told = page("<title>[[title]]</title>[[brand]]", Document(name="n", title=nasty), "", "")
    assert "<script" not in told
    assert "[[brand]]" not in told


def test_wb17_a_page_that_is_open_asks_for_what_the_page_says_of_the_brand(front: Front) -> None:
    within = re.findall(r'<meta name="brand" content="([^"]*)"', front.ask(NORTH, "/trade").text)
    told = front.ask(NORTH, "/web/brand.json")
    assert told.json() == json.loads(html.unescape(within[0]))
    assert (told.json()["title"], told.json()["version"]) == ("north", "0")
    assert (told.headers["cache-control"], told.headers["vary"]) == ("no-cache", "host, accept-language")
    front.becomes(7, title="Norther", state=State.LIVE)
    assert {"title": "Norther", "version": "7"}.items() <= front.ask(NORTH, "/web/brand.json").json().items()
    front.becomes(8, state=State.SUSPENDED)
    assert front.ask(NORTH, "/web/brand.json").text == front.ask(HOST, "/web/brand.json").text == "behind"


def test_wb5_what_a_browser_kept_from_running_is_told_in_the_log(front: Front) -> None:
    old = {"csp-report": {"blocked-uri": "https://evil.example/x.js", "effective-directive": "script-src-elem"}}
    new = [{"type": "csp-violation", "body": {"blockedURL": "wasm-eval", "effectiveDirective": "script-src"}}]
    with capture_logs() as told:
        for report in (old, new, "nonsense", [1, None], {"csp-report": 5}):
            assert front.ask(NORTH, "/web/report", "POST", json.dumps(report).encode()).status_code == 204
        assert front.ask(NORTH, "/web/report", "POST", b"\xff{").status_code == 204
    assert [(one["event"], one["what"], one["rule"]) for one in told] == [
        ("web.policy_violated", "https://evil.example/x.js", "script-src-elem"),
        ("web.policy_violated", "wasm-eval", "script-src"),
    ]
    with capture_logs() as told:
        for _ in range(40):
            front.ask(NORTH, "/web/report", "POST", json.dumps(old).encode())
    assert len(told) < 20


# -- files ------------------------------------------------------------------------------------------------------------


def test_wb6_a_file_is_kept_for_ever_and_comes_packed_to_who_can_read_it(front: Front) -> None:
    path = "/web/assets/main-1234.js"
    plain = front.ask(NORTH, path, headers={"accept-encoding": "identity"})
    assert (plain.text, plain.headers["cache-control"]) == (SCRIPT, "public, max-age=31536000, immutable")
    packed = front.ask(NORTH, path, headers={"accept-encoding": "gzip, deflate"})
    assert (packed.headers["content-encoding"], packed.text) == ("gzip", SCRIPT)
    assert int(packed.headers["content-length"]) < len(SCRIPT)
    assert "content-encoding" not in front.ask(NORTH, path, headers={"accept-encoding": "gzip;q=0"}).headers
    again = front.ask(NORTH, path, headers={"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert front.ask(NORTH, "/web/assets/../index.html").text == "behind"


def test_wb6_where_traders_arrive_the_page_tells_what_comes_next(folder: Path) -> None:
    (folder / "index.html").write_text('<html><head><script src="/web/assets/main-1.js"></script></head></html>')
    made = {
        "index.html": {"file": "assets/main-1.js", "isEntry": True},
        "_parts.js": {"file": "assets/parts-2.js", "css": ["assets/parts-2.css"], "imports": ["index.html"]},
        "src/pages/terminal/Terminal.svelte": {
            "file": "assets/Terminal-3.js",
            "imports": ["index.html", "_parts.js"],
            "css": ["assets/Terminal-3.css"],
            "dynamicImports": ["src/pages/terminal/candles.ts"],
        },
        "src/pages/terminal/candles.ts": {"file": "assets/candles-4.js", "isDynamicEntry": True},
    }
    (folder / "files.json").write_text(json.dumps(made))
    told = Front(folder).ask(NORTH, "/trade/BTC-USDT").text
    links = {(kind, path) for kind, path in re.findall(r'<link rel="([a-z]+)"[^>]* href="([^"]+)">', told)}
    assert links == {
        ("stylesheet", "/web/assets/parts-2.css"),
        ("stylesheet", "/web/assets/Terminal-3.css"),
        ("modulepreload", "/web/assets/parts-2.js"),
        ("modulepreload", "/web/assets/Terminal-3.js"),
        ("preload", "/web/texts/en/terminal.ftl"),
        ("preload", "/api/v5/public/instruments?instType=SPOT"),
    }
    assert told.index("<link") < told.index("</head>")
    assert "<link" not in Front(folder).ask(NORTH, "/sign-in").text
    assert "<link" not in Front(folder).ask(HOST, "/program").text


def test_wb6_what_a_page_tells_of_is_what_the_app_loads_there() -> None:
    text = (ROOT / "web" / "src" / "places.ts").read_text()
    for first, ahead in AHEAD.items():
        line = next(one for one in text.splitlines() if f'path: "{first}"' in one)
        assert f'import("./{ahead.file.removeprefix("src/")}")' in line
        assert f'area: "{ahead.area}"' in line
    asked = (ROOT / "web" / "src" / "lib" / "market.svelte.ts").read_text()
    for path in {one for ahead in AHEAD.values() for one in ahead.asks}:
        route, _, query = path.removeprefix("/api/v5").partition("?")
        name, _, value = query.partition("=")
        assert f'"GET", "{route}", {{ {name}: "{value}" }}' in asked


def test_wb8_a_phone_can_install_the_app_as_the_brands_own(front: Front) -> None:
    told = front.ask(NORTH, "/web/manifest.webmanifest").json()
    assert (told["name"], told["start_url"], told["display"]) == ("north", "/trade", "standalone")
    assert {one["purpose"] for one in told["icons"]} == {"any", "maskable"}
    drawn = front.ask(NORTH, told["icons"][0]["src"])
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert ">N</text>" in drawn.text
    assert "<script" not in icon(Document(name="n", title="<script>"), "").decode()


# -- texts ------------------------------------------------------------------------------------------------------------


def entries(language: str, area: str) -> dict[str, frozenset[str]]:
    """Of each message the values that it speaks of."""
    found = {}
    for entry in FluentParser().parse(ours(language, area)).body:
        assert not isinstance(entry, ast.Junk), f"{language}/{area}: {entry.content}"
        if isinstance(entry, ast.Message):
            found[entry.id.name] = frozenset(re.findall(r"\$([a-z-]+)", serialize(ast.Resource([entry]))))
    return found


def test_wb3_each_language_has_every_key_of_english_with_the_same_values() -> None:
    for language in languages():
        written = {path.stem for path in (FOLDER / language).glob("*.ftl")}
        assert {"shell", "account", "settings", "terminal"} <= written <= areas(), language
        for area in written:
            assert entries(language, area) == entries(FIRST, area), f"{language}/{area}"


def test_wb3_the_languages_that_the_app_speaks() -> None:
    wanted = "en ar de es fr ja ko pt ru tr vi zh-Hans zh-Hant"
    assert languages() == tuple(wanted.split())


def test_wb3_an_area_that_a_language_has_not_yet_is_shown_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {"en/shell": "a = A\nb = B\n", "en/desk": "c = C\n", "de/shell": "a = Ä\nb = B\n"}.items():
        (tmp_path / f"{name}.ftl").parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.ftl").write_text(text, encoding="utf-8")
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    remembered = (languages, areas, texts.nearest, ours, texts.keys)
    for one in remembered:
        one.cache_clear()
    try:
        brand = Document(name="n", title="N", languages=("en", "de"), texts={"c": {"de": "Z"}})
        assert texts_of(None, "de", "shell") == "a = Ä\nb = B\n"
        assert texts_of(None, "de", "desk") == "c = C\n"
        assert texts_of(brand, "de", "desk") == "c = C\n\nc = Z\n"
        assert texts_of(None, "de", "none") is None
    finally:
        for one in remembered:
            one.cache_clear()


@pytest.mark.parametrize(
    ("tag", "mine"),
    [("pt-BR", "pt"), ("zh-TW", "zh-Hant"), ("zh-CN", "zh-Hans"), ("zh-Hant", "zh-Hant"), ("ar-EG", "ar"),
     ("it", ""), ("..", ""), ("xx", "")],
)  # fmt: skip
def test_wb3_a_region_is_told_in_the_language_and_script_of_its_own(tag: str, mine: str) -> None:
    assert texts.nearest(tag) == mine
    assert texts_of(None, tag, "shell") == (ours(mine, "shell") if mine else None)


def test_wb3_a_brand_offers_its_languages_that_there_are_texts_for() -> None:
    brand = Document(name="n", title="N", languages=("en", "it", "pt-BR", "zh-Hans", "zh-Hant", "ar"))

    def told(accepted: str) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(html.unescape(page("[[brand]]", brand, accepted, "host")))
        return found

    assert told("")["languages"] == ["en", "pt-BR", "zh-Hans", "zh-Hant", "ar"]
    assert told("")["rightToLeft"] == ["ar"]
    asked = {"zh-TW,zh;q=0.9": "zh-Hant", "zh": "zh-Hans", "zh-HK": "zh-Hant", "pt": "pt-BR", "it,ar;q=0.5": "ar"}
    assert {accepted: told(accepted)["language"] for accepted in asked} == asked
    assert 'lang="ar" dir="rtl"' in page('<html lang="[[language]]" dir="[[direction]]">', brand, "ar", "host")


def test_wb3_no_key_is_in_two_areas() -> None:
    every = [key for area in areas() for key in entries(FIRST, area)]
    assert len(every) == len(set(every))


def test_wb3_each_key_that_the_app_says_has_a_text() -> None:
    every = {key for area in areas() for key in entries(FIRST, area)}
    said = set()
    for path in SOURCES:
        text = path.read_text()
        said |= set(re.findall(r"\bsay\(\s*\"([^\"]+)\"\s*[,)]", text)) - {"KEY"}
        said |= set(re.findall(r"\bnav: \"([^\"]+)\"", text))
        for start in re.findall(r"\bsay\(\s*`([a-z-]+)\$\{", text):
            assert any(key.startswith(start) for key in every), f"{path}: no text begins with {start}"
    assert said
    assert said - every == set()


def test_wb3_a_brands_own_text_is_behind_ours_and_a_broken_one_is_left_out() -> None:
    own = {"sign-in": {"en": "Come in"}, "sign-out": {"en": "{ $"}, "nothing": {"en": "x"}, "close": {"de": "zu"}}
    many = {"theme": {"en": "x\nlanguage = y"}}
    told = texts_of(Document(name="n", title="N", languages=("en", "de"), texts=own | many), "en", "shell")
    assert told is not None
    assert told.removeprefix(ours("en", "shell")).strip() == "sign-in = Come in"
    assert texts_of(None, "en", "shell") == ours("en", "shell")
    assert texts_of(None, "xx", "shell") is texts_of(None, "en", "../en/shell") is None


# -- the look ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "own",
    [
        Colours(),
        Colours(background="#0b0e11", surface="#181a20", text="#eaecef", muted="#929aa5", accent="#f0b90b",
                on_accent="#0b0e11", rise="#2ebd85", fall="#f6707e"),
        Colours(accent="#000080"),
        Colours(accent="#ffff00", rise="#00ff00"),
    ],
)  # fmt: skip
def test_wb4_a_brands_colours_stay_and_the_other_theme_can_be_read(own: Colours) -> None:
    light, dark = both(own)
    assert own in (light, dark)
    assert (is_dark(light), is_dark(dark)) == (False, True)
    other = light if own is dark else dark
    assert unreadable(other) == []


def test_wb4_the_sheet_has_each_colour_for_each_choice_of_theme() -> None:
    told = sheet(Document(name="n", title="N"), Settings().brand.fonts)
    assert told.count("--accent:") == 3
    assert told.count("--font-figures:") == 1
    assert "data-theme" in told


# -- places -----------------------------------------------------------------------------------------------------------


def test_wb5_every_page_of_the_app_is_at_a_place_that_is_served() -> None:
    text = (ROOT / "web" / "src" / "places.ts").read_text()
    pages = re.findall(r"\{ path: \"([^\"]+)\".*?\}", text)
    assert "/" in pages
    for line in re.findall(r"\{ path: .*\}", text):
        path = re.findall(r"path: \"([^\"]+)\"", line)[0]
        at = re.findall(r"at: \"([^\"]+)\"", line)
        served = PLACES["/" + path.split("/")[1]]
        assert served is At.BOTH or [served.value] == at, line


def test_wb6_a_wheel_has_the_app_in_it() -> None:
    """It is not in git, and would be left out unless it is asked for."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["maturin"]["include"]
    assert asked == [{"path": "src/commonbook/web/**/*", "format": "wheel"}]
    assert BUILT == ROOT / "src" / "commonbook" / "web"
