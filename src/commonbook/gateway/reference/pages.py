"""The reference as HTML: plain pages, one style sheet and one small script of our own, and nothing from elsewhere."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from urllib.parse import urlencode

from commonbook.gateway.reference.compatibility import how
from commonbook.gateway.reference.openapi import TAGS, Document

ROOT = "/docs/api"
HTML = "text/html; charset=utf-8"
_SHORT = {
    "public": "Venue",
    "market": "Market",
    "trade": "Orders",
    "account": "Account",
    "asset": "Funding",
    "users": "Sub-accounts",
    "broker": "Brokers",
    "system": "State",
    "support": "Support",
}
_FILES = {"reference.css": "text/css; charset=utf-8", "reference.js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Library:
    """What the pages are made of."""

    title: str
    openapi: Document
    asyncapi: Document
    compatibility: Document
    changes: Document


def all_pages(library: Library) -> dict[str, tuple[str, str]]:
    """Kind and text by path."""
    found = {
        ROOT: _overview(library),
        f"{ROOT}/websocket": _websocket(library),
        f"{ROOT}/codes": _codes(library),
        f"{ROOT}/compatibility": _compatibility(library),
        f"{ROOT}/changes": _changes(library),
    }
    found |= {f"{ROOT}/{tag}": _group(library, tag) for tag in TAGS}
    made = {path: (HTML, page) for path, page in found.items()}
    own = files(__package__)
    return made | {f"{ROOT}/{name}": (kind, (own / name).read_text(encoding="utf-8")) for name, kind in _FILES.items()}


# -- the frame of a page --------------------------------------------------------------------------------------------


def _page(library: Library, name: str, here: str, body: Iterable[str]) -> str:
    title = escape(library.title)
    links = [("", "Overview"), *((tag, _SHORT.get(tag, what)) for tag, what in TAGS.items())]
    links += [
        ("websocket", "WebSocket"),
        ("codes", "Codes"),
        ("compatibility", "Compatibility"),
        ("changes", "Changes"),
    ]
    menu = "".join(
        f'<a href="{ROOT}{"/" if path else ""}{path}"{" aria-current=page" if path == here else ""}>{escape(what)}</a>'
        for path, what in links
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(name)} · {title} API</title>
<link rel="stylesheet" href="{ROOT}/reference.css">
<script src="{ROOT}/reference.js" defer></script>
</head>
<body>
<header><a class="brand" href="{ROOT}">{title} <span>API</span></a>
<input type="search" id="search" placeholder="Filter this page" aria-label="Filter this page" autocomplete="off" hidden>
</header>
<nav aria-label="Reference">{menu}</nav>
<main>
<h1>{escape(name)}</h1>
{"".join(body)}
</main>
</body>
</html>
"""


def _inline(text: str) -> str:
    """Escaped, with `code` as code."""
    parts = escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n") if part)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    """Cells are HTML already."""
    top = "".join(f"<th>{name}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _badge(text: str, kind: str) -> str:
    return f'<span class="badge {escape(kind)}">{escape(text)}</span>'


Operation = tuple[str, str, Document]  # method, path, and what the document says of it


def _operations(library: Library) -> Iterator[Operation]:
    for path, methods in library.openapi["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


# -- pages ------------------------------------------------------------------------------------------------------------


def _overview(library: Library) -> str:
    return _page(library, "Reference", "", _overview_body(library))


def _overview_body(library: Library) -> Iterator[str]:
    yield _paragraphs(library.openapi["info"]["description"])
    documents = (("openapi", "OpenAPI 3.1"), ("asyncapi", "AsyncAPI 3.0"), ("compatibility", "compatibility"))
    links = [f'<a href="/api/v5/{name}.json">{what}</a>' for name, what in (*documents, ("api-changes", "changes"))]
    yield f"<p>For programs: {', '.join(links)}.</p>"
    for tag, what in TAGS.items():
        yield f'<h2><a href="{ROOT}/{tag}">{escape(what)}</a></h2>'
        here, absent = _of_tag(library, tag)
        yield _listed(tag, here)
        if absent:
            yield f"<details><summary>{len(absent)} more answer, and what they are about is not to be had</summary>"
            yield f"{_listed(tag, absent)}</details>"


def _of_tag(library: Library, tag: str) -> tuple[list[Operation], list[Operation]]:
    """What is to be had, and what is not."""
    all_of_it = [one for one in _operations(library) if tag in one[2]["tags"]]
    absent = [one for one in all_of_it if one[2]["x-compatibility"]["verdict"] == "absent"]
    return [one for one in all_of_it if one not in absent], absent


def _listed(tag: str, operations: list[Operation]) -> str:
    rows = "".join(
        f'<li class="entry"><a href="{ROOT}/{tag}#{operation["operationId"]}">{_badge(method, method.lower())}'
        f"<code>{escape(path)}</code></a> <span>{_inline(operation['summary'])}</span></li>"
        for method, path, operation in operations
    )
    return f'<ul class="operations">{rows}</ul>'


def _group(library: Library, tag: str) -> str:
    return _page(library, TAGS[tag], tag, _group_body(library, tag))


def _group_body(library: Library, tag: str) -> Iterator[str]:
    here, absent = _of_tag(library, tag)
    for method, path, operation in here:
        yield from _operation(library, method, path, operation)
    if absent:
        yield '<h2 class="apart">Not to be had here</h2><p>These paths answer, so that programs that ask go on.</p>'
    for method, path, operation in absent:
        yield from _operation(library, method, path, operation)


def _operation(library: Library, method: str, path: str, operation: Document) -> Iterator[str]:
    own = operation["operationId"]
    verdict = operation["x-compatibility"]["verdict"]
    limit = operation["x-rate-limit"]
    yield f'<section class="entry {verdict}" id="{own}"><h2><a href="#{own}">{_badge(method, method.lower())}'
    yield f"<code>{escape(path)}</code></a></h2><p class=lead>{_inline(operation['summary'])}</p><p class=facts>"
    permission = operation["x-permission"]
    yield _badge(f"key: {permission}" if permission else "public", "key" if permission else "public")
    yield _badge(f"{limit['most']:,} in {limit['windowMs'] / 1000:g} s, {limit['by']}", "limit")
    yield _badge({"same": "as OKX", "ours": "not at OKX"}.get(verdict, verdict), verdict)
    if operation.get("deprecated"):
        yield _badge(f"deprecated: {operation['x-deprecated']}", "deprecated")
    yield f"</p>{_paragraphs(operation['description'])}"
    yield _request(method, path, operation)
    yield _answer(library, operation)
    codes = [*operation["x-codes"], *operation.get("x-row-codes", ())]
    shown = " ".join(f'<a href="{ROOT}/codes#c{code}">{code}</a>' for code in dict.fromkeys(codes))
    yield f"<details><summary>Codes</summary><p class=codes>{shown}</p></details></section>"


def _request(method: str, path: str, operation: Document) -> str:
    parts = []
    query = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    headers = [one for one in operation.get("parameters", ()) if one["in"] == "header"]
    if query:
        parts.append("<h3>Query</h3>" + _parameter_table([(one["name"], one, one["required"]) for one in query]))
    body = operation.get("requestBody")
    if body:
        content = body["content"]["application/json"]
        row = content["schema"]
        many = f", an array of up to {row['maxItems']}" if row["type"] == "array" else ""
        row = row.get("items", row)
        fields = [(name, field, name in row.get("required", ())) for name, field in row["properties"].items()]
        parts.append(f"<h3>Body{many}</h3>" + (_parameter_table(fields) if fields else "<p>An object.</p>"))
    if headers:
        parts.append("<h3>Header</h3>" + _parameter_table([(one["name"], one, one["required"]) for one in headers]))
    parts.append(f"<pre>{escape(_example(method, path, operation, query))}</pre>")
    return "".join(parts)


def _example(method: str, path: str, operation: Document, query: list[Document]) -> str:
    body = operation.get("requestBody")
    if body:
        return f"{method} {path}\n\n{json.dumps(body['content']['application/json']['example'], indent=2)}"
    groups = [group[0] for group in operation.get("x-one-of", ())]
    chosen = {
        one["name"]: one["example"] for one in query if "example" in one and (one["required"] or one["name"] in groups)
    }
    return f"{method} {path}{'?' if chosen else ''}{urlencode(chosen)}"


def _parameter_table(fields: list[tuple[str, Document, bool]]) -> str:
    rows = []
    for name, field, required in fields:
        if field.get("x-ignored") or field.get("x-refused"):
            continue
        what = _inline(field.get("description", ""))
        if "x-further" in field:
            what += f' <span class="further">Must be {_inline(field["x-further"])}.</span>'
        star = '<abbr title="required">*</abbr>' if required else ""
        rows.append((f"<code>{escape(name)}</code>{star}", _kind(field.get("schema", field)), what))
    told = _table(("name", "value", ""), rows, "parameters") if rows else ""
    for mark, what in (
        ("x-refused", "Refused unless empty (50062), as what they ask for is not to be had"),
        ("x-ignored", "Taken, and without effect here"),
    ):
        names = ", ".join(f"<code>{escape(name)}</code>" for name, field, _ in fields if field.get(mark))
        told += f"<p class=further>{what}: {names}.</p>" if names else ""
    return told


def _kind(schema: Document) -> str:
    """A schema in a few words."""
    match schema:
        case {"$ref": str(target)}:
            return escape(target.rsplit("/", 1)[1])
        case {"const": value}:
            return f"always <code>{escape(json.dumps(value))}</code>"
        case {"enum": list(values)}:
            return ", ".join(f"<code>{escape(str(value)) or '&quot;&quot;'}</code>" for value in values)
        case {"type": "integer", "minimum": low, "maximum": high}:
            return f"whole number, {low:,} to {high:,}"
        case {"type": "string", "maxLength": 0}:
            return "empty"
        case {"type": "string", "pattern": str(pattern)}:
            return _NAMED_PATTERNS.get(pattern) or _of_characters(pattern)
        case {"type": "array", "items": dict(items)}:
            return f"list of {_kind(items)}"
        case {"type": "string"}:
            return "text"
        case {"type": str(name)}:
            return escape(name)
    return "any"


def _of_characters(pattern: str) -> str:
    """So many letters and digits, or characters; another pattern as it stands."""
    counted = re.fullmatch(r"\^\[(.*)\]\{(\d+),(\d+)\}\$", pattern)
    kind = {"A-Za-z0-9": "letters and digits", " -~": "printable ASCII characters"}.get(counted[1]) if counted else None
    if counted and kind:
        return f"{counted[2]} to {counted[3]} {kind}"
    return f"text, <code>{escape(pattern)}</code>"


_NAMED_PATTERNS = {
    r"^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$": "decimal",
    r"^[0-9]+(\.[0-9]+)?$": "decimal",
    r"^-?[0-9]+(\.[0-9]+)?$": "signed decimal",
    r"^([0-9]+(\.[0-9]+)?)?$": "decimal, or empty",
    r"^[0-9]+$": "digits",
    r"^[0-9]*$": "digits, or empty",
}


def _answer(library: Library, operation: Document) -> str:
    told = operation["responses"]["200"]
    data = told["content"]["application/json"]["schema"]["properties"]["data"]
    if "items" not in data:
        return "<h3>Answer</h3><p>An empty list.</p>"
    name = data["items"]["$ref"].rsplit("/", 1)[1]
    return f"<h3>Answer: a list of {escape(name)}</h3>{_shape(library.openapi, name)}"


def _shape(document: Document, name: str) -> str:
    """The fields of an object; those that never say anything together in one line."""
    schema = document["components"]["schemas"][name]
    told = _paragraphs(schema.get("description", ""))
    if "prefixItems" in schema:
        rows = [
            (str(place), _kind(item), _inline(item.get("description", "")))
            for place, item in enumerate(schema["prefixItems"])
        ]
        return told + _table(("place", "value", ""), rows, "fields")
    if "properties" not in schema:
        return told
    rows, constant = [], []
    for field, item in schema["properties"].items():
        if "const" in item and not item.get("description"):
            constant.append(f"<code>{escape(field)}</code> {escape(json.dumps(item['const']))}")
        else:
            rows.append((f"<code>{escape(field)}</code>", _kind(item), _inline(item.get("description", ""))))
    told += _table(("field", "value", ""), rows, "fields") if rows else ""
    told += (
        f"<details><summary>Always the same here</summary><p>{', '.join(constant)}</p></details>" if constant else ""
    )
    inner = {
        item["items"]["$ref"].rsplit("/", 1)[1]
        for item in schema["properties"].values()
        if "$ref" in item.get("items", {})
    }
    return told + "".join(f"<h4>{escape(one)}</h4>{_shape(document, one)}" for one in sorted(inner))


def _websocket(library: Library) -> str:
    return _page(library, "WebSocket", "websocket", _websocket_body(library))


def _websocket_body(library: Library) -> Iterator[str]:
    document = library.asyncapi
    yield _paragraphs(document["info"]["description"])
    addresses = [
        (f"<code>{escape(one['address'])}</code>", _inline(one["description"])) for one in document["channels"].values()
    ]
    yield _table(("address", ""), addresses)
    yield "<h2>Messages</h2>"
    for name, message in document["components"]["messages"].items():
        rows = [
            (f"<code>{escape(field)}</code>", _kind(item), _inline(item.get("description", "")))
            for field, item in message["payload"].get("properties", {}).items()
        ]
        yield f'<section class="entry" id="{escape(name)}"><h3>{escape(name)}</h3><p>{_inline(message["summary"])}</p>'
        yield f"{_table(('field', 'value', ''), rows) if rows else ''}</section>"
    yield "<h2>Channels</h2>"
    shown: set[str] = set()
    for name, facts in document["x-channels"].items():
        yield f'<section class="entry" id="channel-{escape(name)}"><h3><code>{escape(name)}</code></h3><p class=facts>'
        yield _badge(facts["url"], "key" if facts["private"] else "public")
        if "fromLevel" in facts:
            yield _badge(f"from VIP {facts['fromLevel']}", "limit")
        told = [part for part in facts["arg"]["properties"] if part != "channel"]
        arg = {"channel": name} | {
            part: "BTC-USDT" if part == "instId" else "" for part in facts["arg"]["required"][1:]
        }
        yield f"</p><p>{_inline(facts['says'])}</p>"
        yield f"<pre>{escape(json.dumps({'op': 'subscribe', 'args': [arg]}))}</pre>"
        if told:
            yield f"<p>An arg may say {', '.join(f'<code>{escape(part)}</code>' for part in told)}.</p>"
        shape = facts["pushes"]
        if shape and shape not in shown:
            shown.add(shape)
            yield f'<h4 id="shape-{shape}">Pushes {escape(shape)}</h4>{_shape(library.openapi, shape)}'
        elif shape:
            yield f'<p>Pushes <a href="#shape-{shape}">{escape(shape)}</a>.</p>'
        yield "</section>"


def _codes(library: Library) -> str:
    return _page(library, "Codes", "codes", _codes_body(library))


def _codes_body(library: Library) -> Iterator[str]:
    seen: set[str] = set()

    def anchor(code: str) -> str:
        mark = "" if code in seen else f' id="c{code}"'
        seen.add(code)
        return f"<code{mark}>{code}</code>"

    rest = [(anchor(one["code"]), str(one["status"]), _inline(one["says"])) for one in library.openapi["x-codes"]]
    yield "<h2>REST</h2><p>A code that stands in a row of order entry comes with status 200.</p>"
    yield _table(("code", "status", "says"), rest, "entries")
    streams = [(anchor(one["code"]), _inline(one["says"])) for one in library.asyncapi["x-codes"]]
    yield "<h2>WebSocket: error events</h2>" + _table(("code", "says"), streams, "entries")
    closes = [(anchor(str(one["code"])), _inline(one["says"])) for one in library.asyncapi["x-close-codes"]]
    yield "<h2>WebSocket: why a connection is closed</h2>" + _table(("code", "why"), closes, "entries")


def _compatibility(library: Library) -> str:
    return _page(library, "Compatibility with OKX", "compatibility", _compatibility_body(library))


def _compatibility_body(library: Library) -> Iterator[str]:
    table = library.compatibility
    for kind, title in (("differs", "Different everywhere"), ("stricter", "Stricter on purpose")):
        points = "".join(f"<li>{_inline(one['says'])}</li>" for one in table["everywhere"] if one["kind"] == kind)
        yield f"<h2>{title}</h2><ul>{points}</ul>"
    rows = [
        (
            f"{row['method']} <code>{escape(row['path'])}</code>",
            _badge(row["verdict"], row["verdict"]),
            _inline(how(row)),
        )
        for row in table["routes"]
    ]
    yield "<h2>Routes</h2>" + _table(("route", "", "how, and why"), rows, "entries")
    channels = [
        (f"<code>{escape(row['channel'])}</code>", _badge(row["verdict"], row["verdict"]), _inline(how(row)))
        for row in table["channels"]
    ]
    yield "<h2>Channels</h2>" + _table(("channel", "", "how, and why"), channels, "entries")
    families = [(f"<code>{escape(row['path'])}</code>", _inline(row["absent"])) for row in table["families"]]
    yield "<h2>Not here at all</h2>" + _table(("path", "why"), families, "entries")


def _changes(library: Library) -> str:
    return _page(library, "Changes", "changes", _changes_body(library))


_POLICY = """
Routes, optional parameters, fields and codes may be added at any time: pass over fields that you do not know. What
would break a client is told here and on its page as deprecated for at least 90 days and one release before it is
removed; 14 days before version 1.0.
""".strip()


def _changes_body(library: Library) -> Iterator[str]:
    yield _paragraphs(_POLICY)
    for one in library.changes["versions"]:
        yield f"<h2>{escape(one['version'])}, {escape(one['released'] or 'unreleased')}</h2>"
        rows = [
            (_badge(change["kind"], change["kind"]), f"<code>{escape(change['what'])}</code>", _inline(change["says"]))
            for change in one["changes"]
        ]
        yield _table(("", "what", ""), rows, "entries")
