"""Records as plain dictionaries, and back: what the referee, the workload and the session tables speak.

A command is `{"kind": CommandKind.ORDER, "sequence": 7, "time_ns": 0, "account": 1001, ...}`, an event likewise;
amounts are Python integers, text is `bytes` without its padding. The struct formats come from the dtypes of `records`.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from commonbook.records import (
    AMOUNT,
    BALANCE_ROW,
    COMMAND_LAYOUTS,
    COMMAND_SIZE,
    EVENT_LAYOUTS,
    EVENT_SIZE,
    CommandKind,
    EventKind,
    words,
)

Command = dict[str, Any]
Event = dict[str, Any]

_CODES = {"u1": "B", "u2": "H", "u4": "I", "u8": "Q", "i4": "i", "i8": "q"}


class _Layout:
    """One dtype as a struct: how to pack a dictionary and how to read one."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.fields: list[tuple[str, ...]] = []  # the path of each value: ("taker", "fee")
        self.amounts: list[bool] = []
        self.texts: list[bool] = []
        self.format = "<" + "".join(self._codes(dtype, ()))
        self.struct = struct.Struct(self.format)
        if self.struct.size != dtype.itemsize:
            raise TypeError(f"struct of {self.struct.size} bytes for a record of {dtype.itemsize}")

    def _codes(self, dtype: np.dtype[Any], path: tuple[str, ...]) -> Iterator[str]:
        for name in dtype.names or ():
            field = dtype[name]
            if field.kind == "V" and field.names is None:
                yield f"{field.itemsize}x"
            elif field == AMOUNT:
                yield self._value((*path, name), "Qq", amount=True)
            elif field.names is not None:
                yield from self._codes(field, (*path, name))
            elif field.kind == "S":
                yield self._value((*path, name), f"{field.itemsize}s", text=True)
            else:
                yield self._value((*path, name), _CODES[field.str[1:]])

    def _value(self, path: tuple[str, ...], code: str, *, amount: bool = False, text: bool = False) -> str:
        self.fields.append(path)
        self.amounts.append(amount)
        self.texts.append(text)
        return code

    def pack(self, record: dict[str, Any]) -> bytes:
        values: list[Any] = []
        for (name,), amount, text in zip(self.fields, self.amounts, self.texts, strict=True):
            value = record.get(name, b"" if text else 0)
            if amount:
                values.extend(words(value))
            else:
                values.append(value)
        return self.struct.pack(*values)

    def unpack(self, data: bytes, offset: int) -> dict[str, Any]:
        raw = iter(self.struct.unpack_from(data, offset))
        record: dict[str, Any] = {}
        for path, amount, text in zip(self.fields, self.amounts, self.texts, strict=True):
            value = next(raw)
            if amount:
                value |= next(raw) << 64
            elif text:
                value = value.rstrip(b"\0")
            if len(path) == 1:
                record[path[0]] = value
            else:
                record.setdefault(path[0], {})[path[1]] = value
        return record


_COMMANDS = {int(kind): _Layout(dtype) for kind, dtype in COMMAND_LAYOUTS.items()}
_EVENTS = {int(kind): _Layout(dtype) for kind, dtype in EVENT_LAYOUTS.items()}
_BALANCES = _Layout(BALANCE_ROW)
_DEFAULTS = {
    kind: {path[0]: b"" if text else 0 for path, text in zip(layout.fields, layout.texts, strict=True)}
    for kind, layout in _COMMANDS.items()
}


def command(kind: CommandKind, **fields: Any) -> Command:
    """One command with every field of its kind; what is not given is zero or empty."""
    defaults = _DEFAULTS[kind]
    unknown = fields.keys() - defaults.keys()
    if unknown:
        raise KeyError(f"{kind.name} has no field {sorted(unknown)}")
    return {**defaults, **fields, "kind": kind}


def encode(commands: Iterable[Command]) -> bytes:
    """Commands as the bytes that the engine and the journal take; an unknown kind has a body of zeros."""
    header = _COMMANDS[CommandKind.TIME]
    return b"".join(_COMMANDS.get(int(command["kind"]), header).pack(command) for command in commands)


def decode_commands(data: bytes) -> list[Command]:
    """The way back from `encode`; records of unknown kind keep their header only."""
    header = _COMMANDS[CommandKind.TIME]
    decoded = []
    for offset in range(0, len(data), COMMAND_SIZE):
        kind = header.unpack(data, offset)["kind"]
        decoded.append(_COMMANDS.get(kind, header).unpack(data, offset))
    return decoded


def decode_events(data: bytes) -> list[Event]:
    """The engine's events, in order, each with every field of its kind."""
    return [_EVENTS[data[offset + 12]].unpack(data, offset) for offset in range(0, len(data), EVENT_SIZE)]


def event_fields(kind: EventKind) -> list[tuple[str, ...]]:
    """The paths of every value that an event of this kind carries."""
    return list(_EVENTS[int(kind)].fields)


def decode_balances(data: bytes) -> dict[tuple[int, int], tuple[int, int]]:
    """(account, asset) -> (available, held); rows that are empty are left out."""
    rows = [_BALANCES.unpack(data, offset) for offset in range(0, len(data), BALANCE_ROW.itemsize)]
    return {
        (row["account"], row["asset"]): (row["available"], row["held"])
        for row in rows
        if row["available"] or row["held"]
    }
