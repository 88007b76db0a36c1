"""Applications by mail: a message makes a draft, and its sender gets a receipt with the link to go on. Rule PA-4.

A message is data from strangers: it is read by size and count, its text is taken as text (of HTML only what it shows),
its attachments are kept sealed under the application's key and never opened here, and it is taken in once, by its
Message-ID.
"""

import hashlib
import re
import time
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parseaddr
from html.parser import HTMLParser
from typing import cast

from sqlalchemy import Connection, insert, select, update

from commonbook.administration.log import write
from commonbook.administration.roles import HOST
from commonbook.errors import BadInput
from commonbook.identity.sealing import Seal
from commonbook.partnership import applications, slots
from commonbook.partnership.letters import RECEIPT, letterhead_of, notify
from commonbook.partnership.model import Application
from commonbook.partnership.rules import is_brand_name
from commonbook.people.directory import normalized
from commonbook.settings import PartnershipSettings, Settings
from commonbook.storage.tables.partnership import messages

KEPT_KINDS = ("application/pdf", "image/png", "image/jpeg", "text/plain")
PARTS_MOST = 100
_LABEL = re.compile(r"(contact|name|phone|telephone|team|plan|brand)\s*[:\uff1a]\s*(.*)", re.IGNORECASE | re.DOTALL)
_FIELD = {"name": "contact", "telephone": "phone"}
_AUTOMATIC = ("bulk", "junk", "list")


@dataclass(frozen=True, slots=True)
class File:
    kind: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What is taken of a mail."""

    id: str  # hash of its Message-ID
    sender: str
    told: dict[str, str]
    brand_name: str
    language: str
    files: tuple[File, ...]
    is_automatic: bool  # an answering machine's or a list's: it gets no receipt


@dataclass(frozen=True, slots=True)
class TakenIn:
    application: Application | None  # None: it made none
    is_duplicate: bool


def read(raw: bytes, settings: PartnershipSettings) -> Message:
    """A message in the form of RFC 5322.

    Raises:
        BadInput: it is too long, has no sender, or cannot be read.
    """
    if len(raw) > settings.message_bytes:
        raise BadInput(f"the message has {len(raw):,} bytes; at most {settings.message_bytes:,}")
    try:
        mail = BytesParser(policy=policy.default).parsebytes(raw)
        sender = parseaddr(str(mail.get("From", "")))
        subject = str(mail.get("Subject", "")).strip()
        parts = _parts(mail)
        text = _text(parts)
        files = _files(parts, settings)
        # As it stands there: its structure is nobody's business, and strange ones are not rare.
        message_id = str(BytesHeaderParser(policy=policy.compat32).parsebytes(raw).get("Message-ID", "")).strip()
        is_automatic = _is_automatic(mail)
        language = str(mail.get("Content-Language", "")).partition(",")[0].strip()
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise BadInput(f"this is no message that can be read ({type(error).__name__}: {str(error)[:100]})") from None
    address = normalized(sender[1])
    told, brand_name = _told(text, sender[0], subject, settings.text_characters)
    return Message(
        id=hashlib.sha256(message_id.encode(errors="replace") if message_id else raw).hexdigest(),
        sender=address,
        told=told | {"email": sender[1]},
        brand_name=brand_name,
        language=language or "en",
        files=files,
        is_automatic=is_automatic,
    )


def take(connection: Connection, seal: Seal, settings: Settings, message: Message, actor: str) -> TakenIn:
    """Make a draft of a message and have a receipt sent; once, however often it comes.

    Args:
        actor: as the log names who brought it in.

    Raises:
        Declined: as `applications.create` says; then the message may come again.
    """
    slots.lock_all(connection)  # of two that bring the same message one waits
    known = connection.execute(select(messages.c.application).where(messages.c.message == message.id)).scalar()
    if known is not None:
        return TakenIn(applications.find(connection, int(known)) if known else None, True)
    row = {"message": message.id, "application": 0, "received_ns": time.time_ns()}
    connection.execute(insert(messages).values(**row))
    if message.is_automatic:
        return TakenIn(None, False)
    origin = applications.origin_of(seal, "sender", message.sender)
    new = applications.create(
        connection, seal, settings.partnership, "mail", origin, message.language, message.brand_name, message.told
    )
    for file in message.files:
        applications.DOSSIERS.attach(connection, seal, new.application.id, file.kind, file.name, file.content)
    where = messages.c.message == message.id
    connection.execute(update(messages).where(where).values(application=new.application.id))
    link = link_to(settings.partnership, new.secret)
    notify(connection, seal, letterhead_of(settings), new.application, RECEIPT, link=link)
    write(connection, HOST, actor, "partnership intake", f"application:{new.application.id}", None, source="mail")
    return TakenIn(new.application, False)


def link_to(settings: PartnershipSettings, secret: str) -> str:
    """Where an applicant goes on."""
    return f"{settings.public_url.rstrip('/')}/partners/mine/{secret}"


def _parts(mail: EmailMessage) -> list[EmailMessage]:
    found: list[EmailMessage] = []
    for part in mail.walk():
        found.append(part)
        if len(found) > PARTS_MOST:
            raise ValueError(f"more than {PARTS_MOST} parts")
    return [part for part in found if not part.is_multipart()]


def _text(parts: list[EmailMessage]) -> str:
    """The plain text; of a message that has none, what its HTML would show."""
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    plain = [_content(part) for part in shown if part.get_content_type() == "text/plain"]
    if plain:
        return "\n".join(plain)
    return "\n".join(_shown(_content(part)) for part in shown if part.get_content_type() == "text/html")


def _content(part: EmailMessage) -> str:
    data = cast(bytes, part.get_payload(decode=True) or b"")
    charset = part.get_content_charset("utf-8")
    try:
        text = data.decode(charset, errors="replace")
    except LookupError:  # a charset that nobody knows
        text = data.decode("utf-8", errors="replace")
    return _printable(text)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if ord(letter) >= 32 or letter in "\n\t")


class _Shown(HTMLParser):
    """Collects text outside of scripts and styles; runs nothing, loads nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "head")
        if tag in ("br", "p", "div", "tr", "li"):
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in ("script", "style", "head")))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)


def _shown(html: str) -> str:
    parser = _Shown()
    parser.feed(html)
    parser.close()
    return "".join(parser.text)


def _told(text: str, sender: str, subject: str, longest: int) -> tuple[dict[str, str], str]:
    """Lines that begin with a label go to its field, and so do those behind them; all else describes the team."""
    fields: dict[str, list[str]] = {}
    current = "team"
    for line in text.splitlines():
        found = _LABEL.fullmatch(line.strip())
        if found:
            current = _FIELD.get(found[1].lower(), found[1].lower())
            line = found[2]
        fields.setdefault(current, []).append(line.rstrip())
        if current in ("contact", "phone", "brand"):
            current = "team"  # these have one line
    told = {name: "\n".join(lines).strip() for name, lines in fields.items()}
    brand = told.pop("brand", "").casefold()
    told["contact"] = (told.get("contact") or sender)[:200]
    told["phone"] = told.get("phone", "")[:64]
    told["team"] = (f"{subject}\n\n" if subject else "") + told.get("team", "")
    told = {name: _printable(value)[:longest].strip() for name, value in told.items()}
    return {name: value for name, value in told.items() if value}, brand if is_brand_name(brand) else ""


def _files(parts: list[EmailMessage], settings: PartnershipSettings) -> tuple[File, ...]:
    """Attachments of kinds that are kept, so many and so long at most; the others are left out."""
    files: list[File] = []
    for part in parts:
        kind = part.get_content_type()
        if part.get_content_disposition() != "attachment" or kind not in KEPT_KINDS:
            continue
        content = cast(bytes, part.get_payload(decode=True) or b"")
        if content and len(content) <= settings.attachment_bytes and len(files) < settings.attachments:
            name = re.sub(r"[^\w. -]", "_", str(part.get_filename() or ""))[-100:].strip(". ")
            files.append(File(kind, name or f"attachment-{len(files) + 1}", content))
    return tuple(files)


def _is_automatic(mail: EmailMessage) -> bool:
    """RFC 3834: machines and lists are not answered, so that two machines do not answer each other for ever."""
    answers = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    path = mail.get("Return-Path")
    return (
        answers != "no"
        or str(mail.get("Precedence", "")).strip().lower() in _AUTOMATIC
        or mail.get("List-Id") is not None
        or (path is not None and str(path).strip() == "<>")
    )
