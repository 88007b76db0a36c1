"""Every route of every desk, and a request to it that its OpenAPI document allows."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar.routes import HTTPRoute

from commonbook.gateway.desk import app as desk_apps
from commonbook.gateway.desk.app import DESKS, NOWHERE
from commonbook.gateway.desk.document import document
from commonbook.gateway.desk.needs import Side

Value = Callable[[str, str], str | None]  # of a path's place and a parameter's or a field's name; None: the usual one

desk_app = functools.cache(desk_apps.desk_app)  # most of a second for each
_PLACE = re.compile(r"\{(\w+):(\w+)\}")


@dataclass(frozen=True)
class Route:
    """`path` is as the document writes it: /host/v1/users/{user}."""

    desk: str
    method: str
    path: str
    needs: str
    fresh: bool
    side: Side
    numbers: frozenset[str]  # the names in the path that stand for numbers

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def names(self) -> list[str]:
        """In the path."""
        return re.findall(r"\{(\w+)\}", self.path)

    def target(self, value: Value) -> str:
        """The path with its names filled in, and with every query parameter that `value` knows."""

        def fill(found: re.Match[str]) -> str:
            usual = "1" if found[1] in self.numbers else "x"
            return value(self.path, found[1]) or usual

        query = [(one["name"], value(self.path, one["name"])) for one in self._parameters("query")]
        required = {one["name"] for one in self._parameters("query") if one.get("required")}
        told = [f"{name}={found or 'x'}" for name, found in query if found is not None or name in required]
        return re.sub(r"\{(\w+)\}", fill, self.path) + ("?" + "&".join(told) if told else "")

    def body(self, value: Value) -> Any:
        """What the document asks for, at its smallest; None when it asks for nothing."""
        asked = self._operation().get("requestBody")
        if asked is None:
            return None
        [content] = asked["content"].values()
        return _instance(self._document(), content["schema"], "", lambda name: value(self.path, name))

    def _parameters(self, place: str) -> list[dict[str, Any]]:
        return [one for one in self._operation().get("parameters", []) if one["in"] == place]

    def _operation(self) -> dict[str, Any]:
        """Nothing of pages, which no document describes."""
        found: dict[str, Any] = self._document().get("paths", {}).get(self.path, {}).get(self.method.lower(), {})
        return found

    def _document(self) -> dict[str, Any]:
        return desk_document(self.desk)


@functools.cache
def desk_document(desk: str) -> dict[str, Any]:
    return document(desk_app(desk))


@functools.cache
def routes() -> tuple[Route, ...]:
    """Of all desks, in the order in which they are told."""
    found = []
    for desk, (side, _, _) in DESKS.items():
        for route in desk_app(desk).routes:
            if not isinstance(route, HTTPRoute) or route.path.startswith(NOWHERE):
                continue
            path, numbers = _PLACE.sub(r"{\1}", route.path), dict(_PLACE.findall(route.path))
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    opt, are_numbers = handler.opt, frozenset(name for name, kind in numbers.items() if kind == "int")
                    needs, fresh = str(opt["needs"]), bool(opt.get("fresh"))
                    found.append(Route(desk, str(method), path, needs, fresh, side, are_numbers))
    return tuple(sorted(found, key=lambda one: (list(DESKS).index(one.desk), one.path, one.method)))


def _instance(document: dict[str, Any], schema: dict[str, Any], name: str, value: Callable[[str], str | None]) -> Any:
    """The smallest value of a schema."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "oneOf" in schema:
        schema = schema["oneOf"][0]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        inside = schema.get("properties", {})
        wanted = {one for one in inside if one in schema.get("required", ()) or value(one) is not None}
        return {one: _instance(document, inside[one], one, value) for one in sorted(wanted)}
    if kind == "array":
        items = schema.get("items", {})
        has_some = schema.get("minItems", 0) > 0 or value(name) is not None
        return [_instance(document, items, name, value)] if has_some else []
    if kind == "integer":
        told = value(name)
        return int(told) if told is not None and told.isdigit() else 1
    return {"boolean": True, "number": 1, "null": None}.get(str(kind), value(name) or "x")
