"""In whose name a brand's mails are: from the settings, never from what a request says of its address."""

from commonbook.administration.roles import HOST
from commonbook.instrument.venue import Venue
from commonbook.notice.mail import Letterhead
from commonbook.settings import MailSettings


def letterhead(settings: MailSettings, venue: Venue, brand: int) -> Letterhead:
    """A brand's; the host's own for its own people alone."""
    if brand == HOST:
        return Letterhead(HOST, settings.host_name, settings.host_from_address, settings.host_base_url)
    name = venue.brands[brand].name
    return Letterhead(
        brand, name, settings.from_address.replace("{brand}", name), settings.base_url.replace("{brand}", name)
    )
