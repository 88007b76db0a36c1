"""In whose name a brand's mails are: by its document and the settings, never by what a request says of its address."""

from commonbook.administration.roles import HOST
from commonbook.brand.hosts import Hosts
from commonbook.notice.mail import Letterhead
from commonbook.settings import MailSettings


def letterhead(settings: MailSettings, hosts: Hosts, brand: int) -> Letterhead:
    """A brand's; the host's own for its own people alone.

    Links go where the settings say, else to the brand's first domain that is proved, else nowhere.
    """
    if brand == HOST:
        return Letterhead(HOST, settings.host_name, settings.host_from_address, settings.host_base_url)
    document = hosts.document(brand)
    sender = document.sender or settings.from_address.replace("{brand}", document.name)
    proved = hosts.snapshot.domains
    domain = next((one for one in document.domains if one in proved and proved[one].brand == brand), "")
    own = f"https://{domain}" if domain else ""
    return Letterhead(brand, document.title, sender, settings.base_url.replace("{brand}", document.name) or own)
