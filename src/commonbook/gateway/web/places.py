"""Which paths are places of the web app, and at whose address: the list that the app's own list is compared with."""

from dataclasses import dataclass
from enum import StrEnum


class At(StrEnum):
    BRAND = "brand"
    HOST = "host"  # an address that is no brand's, where the host's own people sign in
    BOTH = "both"


# A place, and all below it. The API is asked before, so that `/partner/v1` stays the desk's.
PLACES: dict[str, At] = {
    "/": At.BRAND,
    "/trade": At.BRAND,
    "/assets": At.BRAND,
    "/history": At.BRAND,
    "/settings": At.BOTH,
    "/notifications": At.BOTH,
    "/sign-up": At.BRAND,
    "/sign-in": At.BOTH,
    "/invitation": At.BOTH,
    "/recovery": At.BOTH,
    "/partner": At.BRAND,
    "/program": At.BOTH,
    "/broker": At.BRAND,
    "/operator": At.HOST,
    "/help": At.BRAND,
    "/status": At.BRAND,
}


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a page needs: a browser is told of it in the page itself, before the app asks for it."""

    file: str  # as the app's list of places has it
    area: str  # of its texts
    asks: tuple[str, ...]  # of the API, each as the app asks for it


# Where traders arrive. Any other page is loaded by the app when it is gone to.
_MARKET = ("/api/v5/public/instruments?instType=SPOT",)
AHEAD: dict[str, Ahead] = {
    "/": Ahead("src/pages/terminal/Markets.svelte", "terminal", _MARKET),
    "/trade": Ahead("src/pages/terminal/Terminal.svelte", "terminal", _MARKET),
}


def is_place(path: str, is_host: bool) -> bool:
    """Whether the app shows a page there.

    Args:
        is_host: the address is no brand's.
    """
    if not path.startswith("/"):  # as `*`, which asks for nothing of anybody's
        return False
    first = first_of(path)
    at = PLACES.get(first)
    return at is not None and (path == "/" or first != "/") and at in (At.BOTH, At.HOST if is_host else At.BRAND)


def first_of(path: str) -> str:
    """A path's first word, with the slash before it."""
    return "/" + path.split("/")[1]
