"""A brand in a TOML file: its document's fields, `[[fees]]`, and a logo that lies beside it."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from commonbook.brand import service
from commonbook.brand.rules import HASH
from commonbook.brand.service import Fee, NewBrand
from commonbook.errors import BadInput


class Read(NamedTuple):
    """What a file holds, before anything of it is checked."""

    fields: dict[str, Any]  # of the document
    fees: tuple[Fee, ...]
    logo: bytes  # the content of the file that `logo` names; empty when it names none


def read_new(path: Path) -> NewBrand:
    """A brand to be created.

    Raises:
        BadInput: the file, or the logo that it names, cannot be read.
        Declined: `invalid_brand`.
    """
    found = read(path)
    return NewBrand(service.read(found.fields), found.fees, found.logo)


def read(path: Path) -> Read:
    """
    Raises:
        BadInput: the file, or the logo that it names, cannot be read.
    """
    try:
        raw = msgspec.toml.decode(path.read_bytes(), type=dict[str, Any])
        fees = msgspec.convert(raw.pop("fees", []), tuple[Fee, ...])
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"{path}: {error}") from None
    named = raw.get("logo", "")
    if not isinstance(named, str) or not named or HASH.fullmatch(named):
        return Read(raw, fees, b"")
    del raw["logo"]
    try:
        return Read(raw, fees, (path.parent / named).read_bytes())
    except OSError as error:
        raise BadInput(f"logo {named!r} of {path}: {error.strerror}") from None
