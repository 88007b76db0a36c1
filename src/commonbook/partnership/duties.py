"""What a partner owes under its phase beside the stake: a token of its own and its schedules. Rule PA-22.

The token feature fills this: it calls `note_token` when it has issued the token and when it has bound the schedules of
distribution (24 % in phase 1) and of shares (80 %). There is no other way to set them.
"""

from sqlalchemy import Connection

from commonbook.administration.log import write
from commonbook.administration.roles import HOST
from commonbook.partnership import applications, slots
from commonbook.partnership.model import Application


def note_token(
    connection: Connection, application: Application, actor: str, issued: bool, bound: bool, source: str
) -> Application:
    """Note what has become of a partner's token, with an entry in the host's log and in the brand's.

    Args:
        actor: as the log names who does it.
        source: what shows it: the token's and the schedules' own numbers.
    """
    slots.lock(connection, application.phase)
    applications.change(connection, application.id, token_issued=issued, schedules_bound=bound)
    told = {"token_issued": issued, "schedules_bound": bound, "source": source}
    subject = f"application:{application.id}"
    write(connection, HOST, actor, "partnership token", subject, None, **told)
    if application.brand:
        write(connection, application.brand, actor, "partnership token", subject, None, **told)
    return applications.find(connection, application.id)
