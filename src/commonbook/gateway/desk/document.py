"""The OpenAPI document of a desk: what the handlers' signatures say, with how one asks and how the desk says no."""

from typing import Any

from litestar import Litestar

from commonbook.gateway.okx_v5.app import SESSION_COOKIE

REFUSALS = {
    "400": "The request cannot be read, or a value is none.",
    "401": "Sign in first.",
    "403": "The role does not allow it, or a second factor is needed.",
    "404": "It is not there, or not yours.",
    "409": "A rule speaks against it; `code` says which.",
    "429": "Too many requests.",
}
_PROBLEM = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "values"],
            "properties": {
                "code": {"type": "string", "description": "a stable word for programs"},
                "message": {"type": "string", "description": "for people: what is wrong, and what to do"},
                "values": {"type": "object", "description": "facts beside it"},
            },
        }
    },
}
_SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    "csrf": {"type": "apiKey", "in": "header", "name": "x-csrf-token"},
    "key": {"type": "apiKey", "in": "header", "name": "ok-access-key", "description": "with the permission `manage`"},
}


def document(app: Litestar) -> dict[str, Any]:
    """What is served at openapi.json below the desk."""
    return with_refusals(app.openapi_schema.to_schema())


def with_refusals(document: dict[str, Any]) -> dict[str, Any]:
    """The document with security schemes and the one form of refusals in place of the framework's."""
    components = document.get("components", {})
    schemas = components.get("schemas", {}) | {"Problem": _PROBLEM}
    refusal = {
        status: {
            "description": text,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, text in REFUSALS.items()
    }
    paths = {
        path: {
            method: operation | {"responses": operation["responses"] | refusal}
            if isinstance(operation, dict) and "responses" in operation
            else operation
            for method, operation in item.items()
        }
        for path, item in document.get("paths", {}).items()
    }
    return document | {
        "paths": paths,
        "components": components | {"schemas": schemas, "securitySchemes": _SECURITY},
        "security": [{"session": [], "csrf": []}, {"key": []}, {}],
    }
