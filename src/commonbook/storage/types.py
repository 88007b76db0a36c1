"""Column types for what the two databases do not share."""

from typing import Any

from sqlalchemy import Numeric, String, TypeDecorator
from sqlalchemy.engine import Dialect

from commonbook.errors import BrokenInvariant
from commonbook.units import AMOUNT_LIMIT

_WIDTH = 39


class AmountColumn(TypeDecorator[int]):
    """A whole number below 10^38 in size: NUMERIC(38, 0), or text of fixed width that sorts as the numbers do.

    SQLite's integers end at 64 bits. Its text form is the number plus 10^38 in 39 digits. Sums are made in Python.
    """

    impl = String(_WIDTH)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(38, 0))
        return dialect.type_descriptor(String(_WIDTH))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        if abs(value) >= AMOUNT_LIMIT:
            raise BrokenInvariant(f"amount {value} does not fit")
        return str(value + AMOUNT_LIMIT).zfill(_WIDTH)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        return int(value) if dialect.name == "postgresql" else int(value) - AMOUNT_LIMIT
