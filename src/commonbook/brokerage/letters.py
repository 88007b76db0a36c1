"""Letters to a broker, or to who would be one: in the name of the brand whose user it is. Rules BE-5 and BE-10."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from commonbook.brokerage.lasting import Ending
from commonbook.brokerage.model import Application
from commonbook.brokerage.words import language_of, say
from commonbook.identity.sealing import Seal
from commonbook.notice.mail import Letterhead
from commonbook.people import directory
from commonbook.people.telling import tell

STATE, WARNING = "broker-state", "broker-warning"


def notify_state(
    connection: Connection, seal: Seal, letterhead: Letterhead, application: Application, reason: str = ""
) -> None:
    """Tell the user where the application stands now."""
    language = language_of(directory.find(connection, application.user).language, "")
    told = {"reference": application.reference, "state": say(language, f"state-{application.state}")}
    told |= {"reason": reason, "has-reason": "yes" if reason else "no"}
    tell(connection, seal, letterhead, application.user, STATE, **told)


def warn(connection: Connection, seal: Seal, letterhead: Letterhead, application: Application, ending: Ending) -> None:
    """Tell the user that something ends, without which the code earns nothing."""
    language = language_of(directory.find(connection, application.user).language, "")
    day = f"{datetime.fromtimestamp(ending.ends_ns // 10**9, UTC):%Y-%m-%d}"
    what = say(language, f"lasting-{ending.what.replace('_', '-')}")
    tell(connection, seal, letterhead, application.user, WARNING, reference=application.reference, what=what, day=day)
