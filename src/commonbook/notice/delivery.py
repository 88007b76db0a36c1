"""Delivery of the outbox over SMTP. Rule PE-14.

A mail is claimed before it is sent, so that of several who deliver one sends it. Whoever claims it and dies is given up
after a while, and it is sent again under the same Message-ID, by which mail servers know it.
"""

import smtplib
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from urllib.parse import SplitResult, unquote, urlsplit

import structlog
from sqlalchemy import Engine, and_, or_, select, update

from commonbook.errors import OutsideFailure
from commonbook.identity.sealing import Seal
from commonbook.notice.mail import FAILED, SENDING, SENT, WAITING, Mail, opened
from commonbook.settings import MailSettings
from commonbook.storage.tables.notices import mails

SECOND_NS = 1_000_000_000
GIVEN_UP_NS = 600 * SECOND_NS  # whoever claimed a mail so long ago is not sending it any more
RETRY_MOST_S = 3_600
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

log = structlog.get_logger()


def deliver_due(database: Engine, seal: Seal, settings: MailSettings) -> int:
    """Send what is due; how many mails were tried. None without a server to send by.

    Raises:
        OutsideFailure: the settings name no server.
    """
    if not settings.smtp_url:
        return 0
    server_of(settings)
    tried = 0
    while deliver_one(database, seal, settings):
        tried += 1
    return tried


def deliver_one(database: Engine, seal: Seal, settings: MailSettings, now_ns: int | None = None) -> bool:
    """Claim a mail that is due and send it; False when none is."""
    moment = time.time_ns() if now_ns is None else now_ns
    mail = _claim(database, seal, moment)
    if mail is None:
        return False
    try:
        _send(mail, settings)
    except (OSError, smtplib.SMTPException) as failure:
        wait_ns = min(settings.retry_s << min(mail.tries, 20), RETRY_MOST_S) * SECOND_NS
        state = FAILED if mail.tries + 1 >= settings.tries else WAITING
        _settle(database, mail, state=state, tries=mail.tries + 1, next_ns=moment + wait_ns)
        log.warning("mail.not_sent", mail=mail.id, state=state, why=type(failure).__name__)
    else:
        _settle(database, mail, state=SENT, tries=mail.tries + 1, sent_ns=moment)
    return True


def _claim(database: Engine, seal: Seal, now_ns: int) -> Mail | None:
    """The oldest mail that is due, for us alone; None when there is none or another takes it now."""
    due = and_(or_(mails.c.state == WAITING, mails.c.state == SENDING), mails.c.next_ns <= now_ns)
    with database.begin() as connection:
        row = connection.execute(select(mails).where(due).order_by(mails.c.next_ns, mails.c.mail).limit(1)).first()
    if row is None:
        return None
    as_it_was = (mails.c.mail == row.mail) & (mails.c.state == row.state) & (mails.c.next_ns == row.next_ns)
    claimed = update(mails).where(as_it_was).values(state=SENDING, next_ns=now_ns + GIVEN_UP_NS)
    with database.begin() as connection:
        return opened(row, seal) if connection.execute(claimed).rowcount == 1 else None


def _settle(database: Engine, mail: Mail, **values: str | int) -> None:
    with database.begin() as connection:
        connection.execute(update(mails).where(mails.c.mail == mail.id).values(**values))


def _send(mail: Mail, settings: MailSettings) -> None:
    where, host, port = server_of(settings)
    kind = smtplib.SMTP_SSL if where.scheme == "smtps" else smtplib.SMTP
    with kind(host, port, timeout=settings.timeout_s) as server:
        if where.scheme == "smtp+starttls":
            server.starttls()
        if where.username:
            server.login(unquote(where.username), unquote(where.password or ""))
        server.send_message(message_of(mail))


def server_of(settings: MailSettings) -> tuple[SplitResult, str, int]:
    """The server's URL, its host and its port.

    Raises:
        OutsideFailure: it is none.
    """
    where = urlsplit(settings.smtp_url)
    if where.scheme not in PORTS or where.hostname is None:
        raise OutsideFailure("mail.smtp_url must be smtp://, smtp+starttls:// or smtps://USER:PASSWORD@HOST:PORT")
    return where, where.hostname, where.port or PORTS[where.scheme]


def message_of(mail: Mail) -> EmailMessage:
    made = EmailMessage()
    made["From"] = formataddr((mail.sender, mail.sender_address))
    made["To"] = mail.to
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(datetime.fromtimestamp(mail.created_ns // SECOND_NS, UTC))
    made["Message-ID"] = f"<{mail.name}@{mail.sender_address.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.body)
    return made
