"""Which brand a Host header means. Rule N-1: the first label of the host name is the brand's name; any other host
shows the host's full list. Private routes never ask: there the credential says the brand."""

from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue


def brand_of_host(venue: Venue, host: str) -> Brand | None:
    """The brand of `aurora.localhost:8080`; None for a host that is no brand's."""
    label = host.rsplit(":", 1)[0].split(".", 1)[0].lower()
    return next((brand for brand in venue.brands.values() if brand.name.lower() == label), None)
