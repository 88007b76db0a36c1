"""What has changed in the API from version to version, and the surface that this is told of.

The surface is all that a client can be broken by: routes, parameters with their bounds, fields of answers, channels. It
is kept in `surface.json`; a test compares it with the code, and demands an entry in `changes.json` when it differs.
"""

import hashlib
import json
from enum import StrEnum
from importlib.resources import files
from typing import Any

from commonbook.gateway.okx_v5.app import PREFIX, ROUTES
from commonbook.gateway.okx_v5.shapes import SHAPES
from commonbook.gateway.okx_v5.statement import Parameter
from commonbook.gateway.reference.asyncapi import PATH, all_channels
from commonbook.gateway.reference.openapi import stated, value_schema
from commonbook.settings import Settings

Surface = dict[str, dict[str, Any]]  # section to name to what is so of it
CHANGES, SURFACE = "changes.json", "surface.json"


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    DEPRECATED = "deprecated"
    REMOVED = "removed"
    FIXED = "fixed"


def recorded_changes() -> dict[str, Any]:
    """{"versions": [{"version", "released", "surface", "changes": [{"kind", "what", "says"}]}]}, the newest first."""
    found: dict[str, Any] = json.loads(_text(CHANGES))
    return found


def recorded_surface() -> Surface:
    found: Surface = json.loads(_text(SURFACE))
    return found


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def version() -> str:
    """Of the API: that of the newest entry."""
    newest: str = recorded_changes()["versions"][0]["version"]
    return newest


def surface() -> Surface:
    """Of the code as it is, with the bounds that a host has who sets none."""
    return {
        "routes": {f"{method} {PREFIX}{path}": _route((method, path)) for method, path in ROUTES},
        "channels": {
            f"{PATH}/{channel.url} {name}": {"arg": list(channel.arg_names), "pushes": channel.shape}
            for name, channel in all_channels().items()
        },
        "objects": {name: _fields(shape) for name, shape in SHAPES.items()},
    }


def _route(name: tuple[str, str]) -> dict[str, Any]:
    told = stated(name)
    parameters = {one.name: _bounds(one) for one in told.parameters if not one.is_ignored}
    found: dict[str, Any] = {"parameters": parameters, "answers": told.answers}
    found["permission"] = str(ROUTES[name].permission or "")
    if told.rows:
        found["rows"] = True
    if told.deprecated:
        found["deprecated"] = told.deprecated
    return found


def _bounds(one: Parameter) -> str:
    bounds = json.dumps(value_schema(one, Settings().gateway), sort_keys=True)
    return f"required {bounds}" if one.is_required else bounds


def _fields(shape: dict[str, Any]) -> Any:
    if "properties" in shape:
        return sorted(shape["properties"])
    return len(shape["prefixItems"]) if "prefixItems" in shape else shape["type"]


def fingerprint(of: Surface) -> str:
    return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()


def differences(old: Surface, new: Surface) -> list[dict[str, str]]:
    """What an entry must tell of, as drafts: {"kind", "what", "says"}."""
    found = []
    for section in new:
        before, now = old.get(section, {}), new[section]
        for name in sorted({*before, *now}):
            if name not in before:
                found.append({"kind": str(ChangeKind.ADDED), "what": name, "says": ""})
            elif name not in now:
                found.append({"kind": str(ChangeKind.REMOVED), "what": name, "says": ""})
            elif before[name] != now[name]:
                found.append({"kind": str(ChangeKind.CHANGED), "what": name, "says": _changed(before[name], now[name])})
    return found


def _changed(before: Any, now: Any) -> str:
    if not isinstance(before, dict):
        return "fields are others"
    parts = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
    told = []
    for key in parts:
        old, new = before.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
            told.append(f"{key} {', '.join(names)}")
        else:
            told.append(f"{key}: {new}, before {old}")
    return "; ".join(told)
