"""The demo's brands: read out of files, opened and described by the same service as every other brand."""

from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import Engine

from commonbook.brand import service, store
from commonbook.brand.files import read_new
from commonbook.brand.model import State
from commonbook.instrument import store as instrument_store

_FILES = Path(__file__).parent / "brands"
FIRST_BRAND, SECOND_BRAND = 1, 2
NEW_BRANDS = {FIRST_BRAND: read_new(_FILES / "first.toml"), SECOND_BRAND: read_new(_FILES / "second.toml")}
BRANDS = {number: new.document.name for number, new in NEW_BRANDS.items()}


def describe(database: Engine) -> None:
    """Version 1 of each document, live from the start; once, and only for the demo's own venue."""
    with database.begin() as connection:
        venue = instrument_store.load(connection)
        for number, new in NEW_BRANDS.items():
            is_ours = number in venue.brands and venue.brands[number].name == new.document.name
            if is_ours and store.newest_number(connection, number) == 0:
                service.keep_first(connection, number, replace(new.document, state=State.LIVE), "the demo's own")
