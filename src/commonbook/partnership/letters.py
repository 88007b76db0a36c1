"""Letters to the contact of an application, in the host's name, written in the transaction of what they tell of.

The address is the application's own, so that one whose data was erased gets none.
"""

from typing import Any

from sqlalchemy import Connection

from commonbook.administration.roles import HOST
from commonbook.identity.sealing import Seal
from commonbook.notice.mail import Letterhead, write
from commonbook.partnership import applications
from commonbook.partnership.model import Application
from commonbook.partnership.words import language_of, say
from commonbook.settings import Settings

RECEIPT, STATE, CONTRACT_ENDS = "partnership-receipt", "partnership-state", "partnership-contract-ends"


def letterhead_of(settings: Settings) -> Letterhead:
    """The host's, under the name that the program's page has."""
    terms = settings.partnership
    return Letterhead(HOST, terms.host_name, settings.mail.host_from_address, terms.public_url)


def notify(
    connection: Connection, seal: Seal, letterhead: Letterhead, application: Application, kind: str, **told: str
) -> None:
    """Write to the contact; to nobody where there is none, or where it has been erased."""
    to = applications.personal(connection, seal, application.id).get("email", "")
    if to:
        values: dict[str, Any] = {"reference": application.reference} | told
        write(connection, seal, letterhead, to, application.language, kind, **values)


def notify_state(
    connection: Connection, seal: Seal, letterhead: Letterhead, application: Application, reason: str = ""
) -> None:
    """Tell the contact where the application stands now."""
    state = say(language_of(application.language, ""), f"state-{application.state}")
    has_reason = "yes" if reason else "no"
    notify(connection, seal, letterhead, application, STATE, state=state, reason=reason, **{"has-reason": has_reason})
