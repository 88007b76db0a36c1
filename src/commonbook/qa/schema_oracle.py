"""What the OpenAPI document says of one request and its answer: a plain reading that shares no code with the door.

A request has flaws (a parameter that is missing, or is not what its schema says) or none. With a flaw it must be
refused by a code that says so; without one it must not be refused as if it had one, unless what the document calls
`x-further` (the venue's state, another parameter) is at stake.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

Document = dict[str, Any]
EMPTY: tuple[Any, ...] = (None, "", [], {})
# What may happen to any request, whatever is in it.
OF_THE_VENUE = {"50001", "50011", "50013", "50061"}
OF_A_MISSING_ONE = {"50014", "50015", "51003"}
OF_A_BAD_ONE = {"51000"}
OF_A_BODY = {"50000", "50002", "50413", "51000"}
AS_IF_FLAWED = OF_A_MISSING_ONE | OF_A_BAD_ONE | {"50000", "50002"}


@dataclass(frozen=True, slots=True)
class Flaw:
    name: str  # of the parameter; "" of the body as a whole
    is_missing: bool = False

    def __str__(self) -> str:
        return f"{self.name or 'the body'} is {'missing' if self.is_missing else 'not what the document says'}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went over the wire."""

    method: str
    query: str
    body: bytes
    headers: dict[str, str]  # names in lower case


def judge(operation: Document, sent: Sent, status: int, envelope: Document) -> str:
    """Empty, or what is wrong with an answer to a proved request."""
    code = envelope["code"]
    rows = envelope["data"] if "x-row-codes" in operation and code in ("0", "1", "2") else []
    if code not in ("0", "1", "2") and code not in operation["x-codes"]:
        return f"code {code} is none of this operation's"
    for row in rows:
        if row["sCode"] != "0" and row["sCode"] not in operation["x-row-codes"]:
            return f"sCode {row['sCode']} is none of this operation's"
    if code in OF_THE_VENUE:
        return ""
    if status >= 500:
        return f"status {status}"
    if sent.method != "POST":
        given = _query(sent.query)
        if given is None:
            return "" if code == "51000" else "a query that cannot be read was taken"
        parameters = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
        fields = {one["name"]: one["schema"] | one for one in parameters}
        required = [one["name"] for one in parameters if one["required"]]
        flaws = _flaws(fields, required, operation.get("x-one-of", ()), given)
        return _compared(operation, fields, given, flaws, code, envelope["msg"])
    return _judge_body(operation, sent, envelope, rows)


def _judge_body(operation: Document, sent: Sent, envelope: Document, rows: list[Document]) -> str:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    many = schema["type"] == "array"
    row_schema = schema["items"] if many else schema
    code = envelope["code"]
    try:
        body = json.loads(sent.body, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return "" if code in OF_A_BODY else f"a body that is no JSON was answered {code}"
    well_shaped = (
        isinstance(body, list) and bool(body) and all(isinstance(one, dict) for one in body)
        if many
        else isinstance(body, dict)
    )
    if not well_shaped:
        return "" if code in OF_A_BODY else f"a body of another shape was answered {code}"
    if many and len(body) > schema["maxItems"]:
        return "" if code == "51111" else f"{len(body)} rows were answered {code}"
    fields, required = row_schema.get("properties", {}), row_schema.get("required", [])
    headers = {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == "header"}
    late = {name: sent.headers[name.lower()] for name in headers if name.lower() in sent.headers}
    bad_header = any(not _fits(headers[name], text) for name, text in late.items())
    groups = operation.get("x-one-of", ())
    asked = body if many else [body]
    if not rows:
        flaws = [flaw for one in asked for flaw in _flaws(fields, required, groups, one)]
        if "x-row-codes" in operation and (flaws or bad_header or late):
            return f"refused as a whole, {code}, and not row by row"
        return _compared(operation, fields, asked[0], flaws, code, envelope["msg"])
    if len(rows) != len(asked):
        return f"{len(asked)} rows were answered by {len(rows)}"
    for one, row in zip(asked, rows, strict=True):
        if bad_header and _text(one.get("expTime")) in ("", None):
            continue  # refused for the header; the rest is not looked at
        flaws = _flaws(fields, required, groups, one)
        wrong = _compared(operation, fields, one, flaws, row["sCode"], row["sMsg"])
        if wrong:
            return wrong
    return ""


def _compared(
    operation: Document, fields: Document, given: Document, flaws: list[Flaw], code: str, message: str
) -> str:
    if flaws and code == "0":
        return f"taken, though {flaws[0]}"
    if flaws and not _fitting(operation, flaws, code) and not _about_further(operation, fields, given, code, message):
        return f"answered {code} ({message}), though {'; '.join(map(str, flaws))}"
    if not flaws and code in AS_IF_FLAWED and not _about_further(operation, fields, given, code, message):
        return f"refused as if flawed, {code} ({message}), though it is what the document says"
    return ""


def _fitting(operation: Document, flaws: list[Flaw], code: str) -> bool:
    """Whether a code may be told of one of the flaws, or of what only the venue knows."""
    if any(flaw.is_missing for flaw in flaws) and code in OF_A_MISSING_ONE:
        return True
    if any(not flaw.is_missing for flaw in flaws) and code in OF_A_BAD_ONE | {"50062"}:
        return True
    # What is looked up (an instrument, a sub-account) may be found not to be there before the flaw is.
    own = set(operation["x-codes"]) | set(operation.get("x-row-codes", ()))
    return code in own - AS_IF_FLAWED - OF_THE_VENUE and _has_further(operation)


def _has_further(operation: Document) -> bool:
    return '"x-further"' in json.dumps(operation)


def _about_further(operation: Document, fields: Document, given: Document, code: str, message: str) -> bool:
    """Whether a refusal names something that is right by its schema and wrong for another reason."""
    further = [name for name, field in fields.items() if "x-further" in field or "further" in field]
    if any(re.search(rf"\b{re.escape(name)}\b", message) for name in further):
        return True
    if code == "51000" and any(name in given for name in further):
        return not any(re.search(rf"\b{re.escape(name)}\b", message) for name in fields)
    return code in OF_A_MISSING_ONE and any(name in message for name in further)


# -- values ------------------------------------------------------------------------------------------------------------


def _flaws(fields: Document, required: list[str], groups: list[list[str]], given: Document) -> list[Flaw]:
    found = []
    for name, field in fields.items():
        schema = field.get("schema", field)
        if not {"type", "enum"} & set(schema):
            continue  # anything, and never refused
        text = _text(given.get(name))
        if text == "":
            if name in required:
                found.append(Flaw(name, is_missing=True))
        elif text is None or not _fits(schema, text):
            found.append(Flaw(name))
    found += [
        Flaw(" or ".join(group), is_missing=True)
        for group in groups
        if all(_text(given.get(name)) == "" for name in group)
    ]
    return found


def _text(value: Any) -> str | None:
    """A value as the door reads it: "" when it is absent; None when it is nothing that can be read as one."""
    if value in EMPTY and not isinstance(value, bool | int | float):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | str) else None


def _fits(schema: Document, text: str) -> bool:
    """Whether a text that is not empty is a value of the schema."""
    if "enum" in schema:
        return text in schema["enum"]
    match schema.get("type"):
        case "integer":
            if not re.fullmatch(r"-?[0-9]{1,20}", text) or len(text) > 20:
                return False
            return bool(schema["minimum"] <= int(text) <= schema["maximum"])
        case "boolean":
            return text.lower() in ("true", "false")
        case "string":
            if len(text) > schema.get("maxLength", len(text)):
                return False
            return "pattern" not in schema or re.fullmatch(schema["pattern"].strip("^$"), text) is not None
    return True


def _query(text: str) -> dict[str, str] | None:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100, errors="strict"))
    except ValueError:
        return None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
