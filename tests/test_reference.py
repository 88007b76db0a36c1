"""The reference documents follow from the code, are valid, leave out no route, and do not change unnoticed.

`COMMONBOOK_WRITE_REFERENCE=1` writes the pages, the surface and a draft of the entry that a changed surface needs.
"""

import json
import os
import re
from dataclasses import replace
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate
from pydantic_asyncapi import AsyncAPI
from typer.testing import CliRunner

from commonbook.console.commands import commands
from commonbook.gateway.okx_v5.app import PREFIX, ROUTES, Route
from commonbook.gateway.okx_v5.budget import ROUTE_LIMITS
from commonbook.gateway.okx_v5.shapes import SHAPES
from commonbook.gateway.okx_v5.statement import declare, statement_of
from commonbook.gateway.okx_v5.ws.channels import CANDLES, CHANNELS
from commonbook.gateway.reference import changes
from commonbook.gateway.reference.app import contents, documents
from commonbook.gateway.reference.asyncapi import all_channels
from commonbook.gateway.reference.changes import ChangeKind, differences, fingerprint, surface
from commonbook.gateway.reference.compatibility import as_markdown, compatibility
from commonbook.gateway.reference.openapi import all_codes, possible_codes, possible_row_codes, stated, why_absent
from commonbook.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "commonbook" / "gateway" / "reference"
MADE = documents(Settings(), "aurora")
OPENAPI, ASYNCAPI = MADE["openapi"], MADE["asyncapi"]
NAMES = sorted(ROUTES)


def is_writing() -> bool:
    return bool(os.environ.get("COMMONBOOK_WRITE_REFERENCE"))


def operation(name: tuple[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = OPENAPI["paths"][PREFIX + name[1]][name[0].lower()]
    return found


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_rf1_every_route_states_what_it_is_asked_with_and_what_it_answers(name: tuple[str, str]) -> None:
    told = statement_of(ROUTES[name].handler)
    assert told is not None, "its handler states nothing: see gateway/okx_v5/statement.py"
    names = [one.name for one in told.parameters]
    assert len(names) == len(set(names))
    assert not told.answers or told.answers in SHAPES
    assert {one for group in told.one_of for one in group} <= set(names)
    assert all(link.route in ROUTES for link in told.links)
    assert told.absent or told.answers or told.is_ours or name == ("GET", "/system/status"), (
        "an empty list, and no reason"
    )


def test_rf1_the_openapi_document_is_valid_and_has_every_route() -> None:
    validate(OPENAPI)
    told = {(method.upper(), path) for path, methods in OPENAPI["paths"].items() for method in methods}
    assert told == {(method, PREFIX + path) for method, path in ROUTES}
    ids = [one["operationId"] for methods in OPENAPI["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids)) == len(ROUTES)


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_rf1_a_route_says_its_permission_its_limit_and_its_codes(name: tuple[str, str]) -> None:
    told = operation(name)
    limit = ROUTE_LIMITS[name]
    assert told["x-permission"] == (ROUTES[name].permission or "")
    assert ("security" in told) == (ROUTES[name].permission is not None)
    assert (told["x-rate-limit"]["most"], told["x-rate-limit"]["windowMs"]) == limit
    assert told["x-codes"] == sorted({code.number for code in possible_codes(name)})
    assert {code.number for code in possible_row_codes(name)} == set(told.get("x-row-codes", ()))


def test_rf1_bounds_and_limits_are_those_of_the_host() -> None:
    settings = Settings()
    narrow = json.loads(json.dumps({"gateway": {"batch_rows": 7}, "limits": {"scale": 3}}))
    changed = documents(
        Settings(
            gateway=type(settings.gateway)(**narrow["gateway"]),
            limits=type(settings.limits)(**narrow["limits"]),
        ),
        "aurora",
    )["openapi"]["paths"][f"{PREFIX}/trade/batch-orders"]["post"]
    assert changed["requestBody"]["content"]["application/json"]["schema"]["maxItems"] == 7
    assert changed["x-rate-limit"]["most"] == 900


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_rf1_an_example_is_a_request_that_the_document_allows(name: tuple[str, str]) -> None:
    told = operation(name)
    body = told.get("requestBody")
    if body:
        content = body["content"]["application/json"]
        jsonschema_rs.Draft202012Validator(content["schema"]).validate(content["example"])
    for one in told.get("parameters", ()):
        if "example" in one:
            jsonschema_rs.Draft202012Validator(one["schema"]).validate(one["example"])


def test_rf1_every_shape_is_used_and_every_code_is_told_of_some_route() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(OPENAPI["paths"]) + json.dumps(ASYNCAPI)))
    used |= set(re.findall(r"#/components/schemas/(\w+)", json.dumps(SHAPES)))
    assert set(SHAPES) - used == set()
    told = {code for name in ROUTES for code in (*possible_codes(name), *possible_row_codes(name))}
    missing = {code.number for code in all_codes()} - {code.number for code in told}
    of_no_route = {"50115", "50404"}  # a path or a method that is not there
    before_any = {"50400", "50408", "50431"}  # what is no request, or has not arrived
    assert missing == of_no_route | before_any


def test_rf1_the_asyncapi_document_is_valid_and_has_every_channel() -> None:
    AsyncAPI.model_validate(ASYNCAPI)
    assert set(ASYNCAPI["x-channels"]) == set(all_channels())
    for pointer in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(ASYNCAPI))):
        found: Any = ASYNCAPI
        for part in pointer.split("/"):
            found = found[part]
    for message in ASYNCAPI["components"]["messages"].values():
        jsonschema_rs.meta.validate(message["payload"])


@pytest.mark.parametrize("name", CHANNELS | CANDLES)
def test_rf1_a_channel_says_what_is_pushed(name: str) -> None:
    channel = (CHANNELS | CANDLES)[name]
    assert channel.says
    assert not channel.shape or channel.shape in SHAPES
    assert set(channel.required) <= set(channel.arg_names)
    assert not channel.detail or channel.detail in channel.arg_names


# -- compatibility ---------------------------------------------------------------------------------------------------


def test_rf1_every_route_and_channel_stands_in_the_table_of_compatibility_with_its_reason() -> None:
    table = compatibility()
    assert [(row["method"], row["path"]) for row in table["routes"]] == [
        (method, PREFIX + path) for method, path in ROUTES
    ]
    assert {row["channel"] for row in table["channels"]} == {*CHANNELS, *(f"{name}*" for name in CANDLES)}
    for row in [*table["routes"], *table["channels"]]:
        reasons = {"absent": "absent", "differs": "differs"}.get(row["verdict"])
        if reasons:
            assert row.get(reasons) or row.get("stricter"), row
        assert (row["verdict"] == "absent") == ("absent" in row)
    assert not any(
        path.startswith(family["path"].removeprefix(PREFIX)) for _, path in ROUTES for family in table["families"]
    )


def test_rf1_the_page_says_what_the_code_says() -> None:
    page = DOCS / "compatibility.md"
    if is_writing():
        page.write_text(as_markdown())
    assert page.read_text() == as_markdown()


def test_rf1_what_is_absent_by_its_path_has_a_reason_that_fits() -> None:
    assert why_absent(("GET", "/public/funding-rate")) == "a spot venue has none"
    assert "custody" in why_absent(("GET", "/asset/deposit-history"))
    assert stated(("POST", "/trade/order")).absent == ""


# -- changes ---------------------------------------------------------------------------------------------------------


def test_rf4_a_changed_surface_has_an_entry_among_the_changes() -> None:
    now = surface()
    log = changes.recorded_changes()
    if is_writing():
        before = changes.recorded_surface()
        newest = log["versions"][0]
        if before:
            newest["changes"] += [one for one in differences(before, now) if one not in newest["changes"]]
        newest["surface"] = fingerprint(now)
        (SOURCE / changes.SURFACE).write_text(json.dumps(now, indent=1, sort_keys=True) + "\n")
        (SOURCE / changes.CHANGES).write_text(json.dumps(log, indent=2, ensure_ascii=False) + "\n")
    drafts = differences(changes.recorded_surface(), now)
    assert drafts == [], "run with COMMONBOOK_WRITE_REFERENCE=1, and say in changes.json what the new entries mean"
    newest = changes.recorded_changes()["versions"][0]
    assert newest["surface"] == fingerprint(now), "the surface was written without an entry"


def test_rf4_a_difference_is_told_by_name() -> None:
    old = surface()
    new = json.loads(json.dumps(old))
    route = new["routes"].pop("GET /api/v5/market/books")
    new["routes"]["GET /api/v5/market/deep-books"] = route
    new["routes"]["GET /api/v5/market/trades"]["parameters"]["limit"] = "smaller"
    new["objects"]["Order"].append("more")
    assert [(one["kind"], one["what"]) for one in differences(old, new)] == [
        ("removed", "GET /api/v5/market/books"),
        ("added", "GET /api/v5/market/deep-books"),
        ("changed", "GET /api/v5/market/trades"),
        ("changed", "Order"),
    ]


def test_rf4_entries_are_of_the_version_that_is_released_next_and_say_what_they_mean() -> None:
    log = changes.recorded_changes()
    assert log["versions"][0]["version"] == version_of("commonbook") == OPENAPI["info"]["version"]
    for one in log["versions"]:
        assert set(one) == {"version", "released", "surface", "changes"}
        for change in one["changes"]:
            assert change["kind"] in set(ChangeKind)
            assert change["what"]
            assert change["says"], f"{change['what']}: say what it means for a client"


def test_rf4_the_file_among_the_documents_is_the_one_that_is_served() -> None:
    page = DOCS / "api-changes.json"
    if is_writing():
        page.write_text((SOURCE / changes.CHANGES).read_text())
    assert json.loads(page.read_text()) == MADE["api-changes"]


def test_dp2_what_is_deprecated_says_so_in_the_document_on_its_page_and_in_the_surface(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = ("GET", "/market/books-lite")
    told = "since 0.2.0; use GET /api/v5/market/books"

    async def old(door: Any, call: Any) -> list[Any]:
        return []

    declare(old, replace(stated(name), deprecated=told))
    monkeypatch.setitem(ROUTES, name, Route(old, None))
    document = documents(Settings(), "aurora")["openapi"]["paths"][PREFIX + name[1]]["get"]
    assert (document["deprecated"], document["x-deprecated"]) == (True, told)
    assert f"deprecated: {told}" in contents(Settings(), "aurora")["/docs/api/market"].plain.decode()
    assert [one["what"] for one in differences(changes.recorded_surface(), surface())] == [f"GET {PREFIX}{name[1]}"]


def test_a_route_without_a_statement_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(door: Any, call: Any) -> list[Any]:
        return []

    monkeypatch.setitem(ROUTES, ("GET", "/market/new"), Route(silent, None))
    with pytest.raises(LookupError, match="GET /market/new states nothing"):
        documents(Settings(), "aurora")


def test_each_rule_of_the_page_is_named_by_a_test() -> None:
    rules = re.findall(r"^\*\*RF-(\d+)\.\*\*", (DOCS / "reference.md").read_text(), re.MULTILINE)
    files = [Path(__file__), *(ROOT / "tests" / "conformance" / "okx_v5").glob("test_okx_*.py")]
    tests = "".join(path.read_text() for path in files)
    assert [int(rule) for rule in rules] == list(range(1, len(rules) + 1))
    assert {rule for rule in rules if f"def test_rf{rule}_" not in tests} == set()


# -- pages and the command -------------------------------------------------------------------------------------------


def test_rf5_pages_ask_nothing_of_others_and_lead_nowhere_that_is_not_there() -> None:
    made = contents(Settings(), "aurora <&>")
    pages = {path: one.plain.decode() for path, one in made.items() if one.kind.startswith(b"text/html")}
    assert len(pages) == 14
    for path, text in pages.items():
        assert "aurora &lt;&amp;&gt;" in text
        assert "aurora <" not in text
        for link in re.findall(r'(?:href|src)="([^"]*)"', text):
            where, _, anchor = link.partition("#")
            assert not where or where in made, f"{path} leads to {link}"
            assert not anchor or f'id="{anchor}"' in pages[where or path], f"{path} leads to {link}"
        assert "http" not in re.sub(r"<(pre|code)>.*?</\1>", "", text, flags=re.DOTALL)
        assert "style=" not in text


def test_rf5_the_pages_show_every_route_parameter_and_field() -> None:
    made = contents(Settings(), "aurora")
    text = {path: one.plain.decode() for path, one in made.items()}
    for name in ROUTES:
        page = text[f"/docs/api/{name[1].split('/')[1]}"]
        assert f"<code>{PREFIX}{name[1]}</code>" in page
        for one in stated(name).parameters:
            assert f"<code>{one.name}</code>" in page
    for channel in all_channels():
        assert f'id="channel-{channel}"' in text["/docs/api/websocket"]


@pytest.mark.parametrize("name", ["openapi", "asyncapi", "compatibility", "api-changes"])
def test_rf1_the_command_prints_the_documents_and_a_line_for_each_of_their_things(name: str) -> None:
    whole = CliRunner().invoke(commands(), ["reference", name, "--title", "aurora", "--json"])
    assert whole.exit_code == 0, whole.output
    assert json.loads(whole.output) == json.loads(json.dumps(MADE[name]))
    told = CliRunner().invoke(commands(), ["reference", name])
    assert told.exit_code == 0
    assert len(told.output.splitlines()) >= len(MADE[name].get("paths") or MADE[name].get("versions") or ())
