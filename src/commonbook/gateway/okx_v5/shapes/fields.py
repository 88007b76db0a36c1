"""The words that shapes are written in: fields and objects as JSON Schema.

Everything is text (W-1): `decimal`, `milliseconds` and `number` say how the text reads. What a spot venue has nothing
to say of is always "" or "0" and stands here so, so that a field that begins to say something changes the document.
"""

from typing import Any

from commonbook.gateway.okx_v5.statement import Schema

DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
POSITIVE = r"^[0-9]+(\.[0-9]+)?$"


def text(what: str = "", **more: Any) -> Schema:
    return {"type": "string"} | ({"description": what} if what else {}) | more


def decimal(what: str) -> Schema:
    """At least zero, without an exponent."""
    return text(what, pattern=POSITIVE)


def signed(what: str) -> Schema:
    return text(what, pattern=DECIMAL)


def decimal_or_empty(what: str) -> Schema:
    return text(what, pattern=r"^([0-9]+(\.[0-9]+)?)?$")


def number(what: str) -> Schema:
    return text(what, pattern="^[0-9]+$")


def number_or_empty(what: str) -> Schema:
    return text(what, pattern="^[0-9]*$")


def milliseconds(what: str) -> Schema:
    return text(f"{what}, in milliseconds since 1970", pattern="^[0-9]+$")


def milliseconds_or_empty(what: str) -> Schema:
    return text(f"{what}, in milliseconds since 1970", pattern="^[0-9]*$")


def one_of(*values: str, what: str = "") -> Schema:
    return text(what, enum=list(values))


def boolean(what: str) -> Schema:
    return {"type": "boolean", "description": what}


def integer(what: str) -> Schema:
    return {"type": "integer", "description": what}


def always(value: Any, what: str = "") -> Schema:
    return {"const": value} | ({"description": what} if what else {})


def array(items: Schema, what: str = "") -> Schema:
    return {"type": "array", "items": items} | ({"description": what} if what else {})


def tuple_of(*items: Schema, what: str = "") -> Schema:
    """A list with so many items, each of its own kind."""
    bounds = {"minItems": len(items), "maxItems": len(items)}
    return {"type": "array", "prefixItems": list(items), **bounds} | ({"description": what} if what else {})


def object_of(what: str, **fields: Schema) -> Schema:
    """Exactly these fields, all of them."""
    return {
        "type": "object",
        "description": what,
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def each(names: str, schema: Schema) -> dict[str, Schema]:
    return dict.fromkeys(names.split(), schema)


def empty(names: str) -> dict[str, Schema]:
    """Fields that a spot venue has nothing to say of."""
    return each(names, always(""))


def zero(names: str) -> dict[str, Schema]:
    return each(names, always("0"))


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


INSTRUMENT_NAME = {"instId": text("the instrument")}
SPOT = {"instType": always("SPOT")}
SIDE = one_of("buy", "sell")
EXEC_TYPE = "`T` took, `M` made"
S_CODE = {"sCode": text("`0`, or why not"), "sMsg": text("the same in words; empty when it was done")}
