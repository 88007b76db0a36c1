"""The records' layout is one: Rust, NumPy and docs/reference/records.md say the same.

`python tests/spec/test_records_layout.py` from the project's root writes the tables of the page anew.
"""

import inspect
import re
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commonbook import records
from commonbook._engine import layouts
from commonbook.records import (
    AMOUNT,
    COMMAND,
    COMMAND_LAYOUTS,
    COMMAND_SIZE,
    EVENT,
    EVENT_LAYOUTS,
    EVENT_SIZE,
    CommandKind,
    EventKind,
)

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "records.md"
TABLES_FROM = "\n## Kinds of commands\n"
ENUMS: list[type[IntEnum]] = [
    records.Side,
    records.OrderType,
    records.SizeIn,
    records.SelfTrade,
    records.Channel,
    records.Attribution,
    records.TradingStatus,
    records.FeeScope,
    records.KillScope,
    records.ListingMode,
    records.CancelScope,
    records.FillRole,
    records.Refusal,
    records.CancelReason,
]
DOOR_ENUMS: list[type[IntEnum]] = [records.ReceiptPurpose]  # the engine reads none of them
ROWS = ("BALANCE_ROW", "ORDER_ROW")
RUST_NAMES = {"BROKER_CODE": "BrokerCode", "FILL_SIDE": "FillSide", "CANCELED_ALL": "CanceledAll"} | {
    "BALANCE_ROW": "BalanceRow",
    "ORDER_ROW": "OrderRow",
}
NAMES = [
    name
    for name, value in vars(records).items()
    if isinstance(value, np.dtype) and name not in ("COMMAND", "EVENT", "AMOUNT")
]


def dtype_of(name: str) -> np.dtype[Any]:
    found: np.dtype[Any] = getattr(records, name)
    return found


def offsets(dtype: np.dtype[Any]) -> dict[str, int]:
    return {name: found[1] for name, found in (dtype.fields or {}).items()}


@pytest.mark.parametrize("name", NAMES)
def test_rust_and_numpy_agree_on_size_and_offsets(name: str) -> None:
    size, fields = layouts()[RUST_NAMES.get(name, name.capitalize())]
    dtype = dtype_of(name)
    assert size == dtype.itemsize
    headers = offsets(COMMAND) if size == COMMAND_SIZE else offsets(EVENT) if size == EVENT_SIZE else {}
    own = {field: at for field, at in offsets(dtype).items() if field not in headers or field == "reserved_tail"}
    assert {field: at for field, at in fields if field not in ("header", "kind") or not headers} == own
    assert ("header", 0) in fields or not headers
    assert ("kind", 16) in fields or size != COMMAND_SIZE


def test_rust_and_numpy_agree_on_the_headers() -> None:
    for name, dtype, size in (("CommandHeader", COMMAND, 16), ("EventHeader", EVENT, 16)):
        told_size, fields = layouts()[name]
        assert told_size == size
        told = {field: at for field, at in offsets(dtype).items() if field != "reserved_tail" and at < size}
        assert dict(fields) == told


def test_no_layout_is_known_to_one_side_only() -> None:
    rust = set(layouts()) - {"CommandHeader", "EventHeader"}
    assert rust == {RUST_NAMES.get(name, name.capitalize()) for name in NAMES}


def test_a_command_is_128_bytes_and_an_event_64_without_padding() -> None:
    assert {dtype.itemsize for dtype in COMMAND_LAYOUTS.values()} == {COMMAND_SIZE}
    assert {dtype.itemsize for dtype in EVENT_LAYOUTS.values()} == {EVENT_SIZE}
    for name in NAMES:
        dtype = dtype_of(name)
        assert sum(dtype[field].itemsize for field in dtype.names or ()) == dtype.itemsize


def rust_words() -> dict[str, dict[str, int]]:
    """The enums of the engine, read from its source: their numbers are the records' too."""
    source = (ROOT / "crates" / "engine" / "src" / "words.rs").read_text()
    return {
        name: {word: int(number) for word, number in re.findall(r"(\w+) = (\d+),", body)}
        for name, body in re.findall(r"(\w+): u\d+ \{(.*?)\}", source, re.DOTALL)
    }


@pytest.mark.parametrize("enum", [CommandKind, EventKind, *ENUMS], ids=lambda enum: str(enum.__name__))
def test_rust_and_python_agree_on_every_value_of_every_enum(enum: type[IntEnum]) -> None:
    rust = rust_words()[enum.__name__]
    assert {re.sub(r"(?<!^)(?=[A-Z])", "_", word).upper(): number for word, number in rust.items()} == {
        member.name: member.value for member in enum
    }


def test_the_page_of_the_records_says_what_the_code_says() -> None:
    _, _, tables = PAGE.read_text().partition(TABLES_FROM)
    assert TABLES_FROM + tables == generated()


# --- the page -----------------------------------------------------------------------------------------------------


def generated() -> str:
    """Everything from the kinds of commands on: one table a layout, one an enum."""
    parts = [TABLES_FROM, _kinds(CommandKind, COMMAND_LAYOUTS)]
    parts += ["\n## Kinds of events\n", _kinds(EventKind, EVENT_LAYOUTS)]
    parts += ["\n## Headers\n", _layout("COMMAND", "_COMMAND_HEADER"), _layout("EVENT", "_EVENT_HEADER")]
    parts += ["\n## Bodies of commands\n", *map(_layout, _in_order(COMMAND_LAYOUTS))]
    parts += ["\n## Bodies of events\n", *map(_layout, _in_order(EVENT_LAYOUTS))]
    parts += ["\n## Rows the engine answers with\n", *map(_layout, ROWS)]
    parts += ["\n## Words\n", *map(_words, [*ENUMS, *DOOR_ENUMS])]
    return "".join(parts)


def _in_order(chosen: dict[Any, np.dtype[np.void]]) -> list[str]:
    dtypes = list(chosen.values())
    return [name for name in NAMES if any(dtype_of(name) is dtype for dtype in dtypes)]


def _name(dtype: np.dtype[np.void]) -> str:
    return next((name for name in NAMES if dtype_of(name) is dtype), "")


def _kinds(enum: type[IntEnum], chosen: dict[Any, np.dtype[np.void]]) -> str:
    comments = _comments(enum)
    rows = ["", "| kind | name | body | |", "|---:|---|---|---|"]
    for member in enum:
        body = _name(chosen[member])
        rows.append(f"| {member.value} | {member.name} | {body or 'none'} | {comments.get(member.name, '')} |")
    return "\n".join(rows) + "\n"


def _words(enum: type[IntEnum]) -> str:
    comments = _comments(enum)
    rows = [f"\n### {enum.__name__}\n", "| value | name | |", "|---:|---|---|"]
    rows += [f"| {member.value} | {member.name} | {comments.get(member.name, '')} |" for member in enum]
    return "\n".join(rows) + "\n"


def _comments(enum: type[IntEnum]) -> dict[str, str]:
    return dict(re.findall(r"^    (\w+) = \d+  # (.*)$", inspect.getsource(enum), re.MULTILINE))


def _layout(name: str, source: str = "") -> str:
    """One table: offset, size, type, name, and the comment that stands beside the field in the source."""
    dtype = dtype_of(name)
    header = {} if source else offsets(COMMAND if dtype.itemsize == COMMAND_SIZE else EVENT)
    own = dtype.itemsize in (COMMAND_SIZE, EVENT_SIZE)
    comments = _field_comments(source or name)
    rows = [
        f"\n### {name}{' header' if source else ''}\n",
        "| offset | bytes | type | field | |",
        "|---:|---:|---|---|---|",
    ]
    for field, at in offsets(dtype).items():
        if own and not source and field in header and field != "reserved_tail":
            continue
        if source and field == "reserved_tail":
            continue
        rows.append(f"| {at} | {dtype[field].itemsize} | {_type(dtype[field])} | {field} | {comments.get(field, '')} |")
    return "\n".join(rows) + "\n"


def _field_comments(name: str) -> dict[str, str]:
    """The trailing comments of a layout's declaration, by the field that they begin with, else the last on the line."""
    lines = inspect.getsource(records).split("\n")
    start = next(index for index, line in enumerate(lines) if re.match(rf"{name}(:.*)? = ", line))
    known = () if name.startswith("_") else dtype_of(name).names or ()
    comments = {}
    for line in lines[start:]:
        code, _, comment = line.partition("  # ")
        fields = [field for field in re.findall(r'\("(\w+)", ', code) if not field.startswith("reserved")]
        spoken_of = comment.split(" ")[0].rstrip(":")
        if spoken_of in known:
            comments[spoken_of] = comment
        elif fields and comment:
            comments[fields[-1]] = comment
        if line.startswith((")", "]")) or (line.startswith(name) and code.rstrip().endswith("))")):
            break
    return comments


def _type(dtype: np.dtype[Any]) -> str:
    if dtype == AMOUNT:
        return "amount"
    kind = {"u": "unsigned", "i": "signed", "S": "text", "V": "zero"}[dtype.kind]
    return kind if dtype.kind in "SV" else f"{kind} {dtype.itemsize * 8}"


if __name__ == "__main__":
    head, _, _ = PAGE.read_text().partition(TABLES_FROM)
    PAGE.write_text(head.rstrip("\n") + "\n" + generated())
