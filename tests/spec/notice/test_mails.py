"""Mails: their texts, the outbox, and delivery. PE-13 and PE-14 of docs/rules/people.md."""

import re
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from fluent.syntax import FluentParser, FluentSerializer, ast
from spec.notice.smtp import SmtpServer
from sqlalchemy import Engine, text

import commonbook
from commonbook.brand.hosts import Hosts, Snapshot
from commonbook.brand.model import Document, Version
from commonbook.brand.store import Domain
from commonbook.errors import BrokenInvariant, OutsideFailure
from commonbook.gateway.desk.letterhead import letterhead
from commonbook.identity.sealing import Seal
from commonbook.instrument.model import Brand
from commonbook.instrument.venue import Venue
from commonbook.notice import delivery, mail, texts
from commonbook.notice.delivery import RETRY_MOST_S, deliver_due, deliver_one
from commonbook.notice.mail import Letterhead
from commonbook.settings import MailSettings
from commonbook.storage.database import open_database

HEAD = Letterhead(1, "Aurora", "no-reply@aurora.example", "https://aurora.example/")
SECOND_NS = 1_000_000_000
SOURCE = Path(commonbook.__file__).parent


def messages(language: str) -> dict[str, tuple[set[str], bool]]:
    """Kind to the names in its text and subject, and whether it has a subject."""
    tree = FluentParser().parse((texts.FOLDER / f"{language}.ftl").read_text())
    assert not [entry for entry in tree.body if isinstance(entry, ast.Junk)]
    found, serializer = {}, FluentSerializer()
    for entry in tree.body:
        if isinstance(entry, ast.Message):
            names = set(re.findall(r"\$([a-z-]+)", serializer.serialize_entry(entry)))
            subjects = {one.id.name for one in entry.attributes}
            found[entry.id.name] = (names, subjects == {"subject"})
    return found


def kinds_that_are_written() -> set[str]:
    """Every kind that the sources send."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        if path.is_relative_to(SOURCE / "notice"):
            continue
        for kind in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text()):
            if kind in messages("en"):
                found.add(kind)
    return found


def test_pe13_every_text_is_there_in_every_language_and_names_the_same_things() -> None:
    assert {"en", "es", "zh-Hans"} <= set(texts.languages())
    english = messages("en")
    for language in texts.languages():
        found = messages(language)
        assert set(found) == set(english), language
        for kind, (names, has_subject) in found.items():
            assert names - {"hours"} == english[kind][0] - {"hours"}, (language, kind)
            assert has_subject is (kind != texts.FRAME), (language, kind)


def test_pe13_every_text_is_sent_by_something() -> None:
    assert set(messages("en")) - {texts.FRAME, "invitation", "arrival", "erased"} - kinds_that_are_written() == set()


@pytest.mark.parametrize("language", texts.languages())
def test_pe13_each_can_be_put_together_and_carries_the_readers_word(language: str) -> None:
    for kind, (names, _) in messages(language).items():
        if kind == texts.FRAME:
            continue
        values: dict[str, Any] = {name: f"<{name}>" for name in names - {"brand", "word", "has-word"}}
        made = texts.text(language, kind, "Aurora", "heliotrope", **values)
        assert "heliotrope" in made.body
        assert "Aurora" in made.body
        assert "\n" not in made.subject
        assert "commonbook" not in (made.subject + made.body).lower()  # a brand's mail is the brand's
        without = texts.text(language, kind, "Aurora", "", **values)
        assert "heliotrope" not in without.body


def test_pe13_a_text_that_lacks_a_value_is_a_bug_that_is_told() -> None:
    with pytest.raises(BrokenInvariant, match="text new-device"):
        texts.text("en", "new-device", "Aurora", "")
    with pytest.raises(BrokenInvariant, match="no text nothing-such"):
        texts.text("en", "nothing-such", "Aurora", "")


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("en", "en"),
        ("es-MX", "es"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("fr", "en"),
        ("", "en"),
        ("ZH-hans", "zh-Hans"),
    ],
)
def test_pe13_the_language_that_comes_nearest(asked: str, nearest: str) -> None:
    assert texts.nearest(asked) == nearest


def test_pe13_the_letterhead_is_the_brands_by_the_settings() -> None:
    hosts = Hosts(Venue(brands={1: Brand(1, "aurora")}))
    settings = MailSettings(base_url="https://{brand}.example", host_name="Desk", host_base_url="https://desk.example")
    head = letterhead(settings, hosts, 1)
    assert head == Letterhead(1, "aurora", "no-reply@aurora.localhost", "https://aurora.example")
    assert head.link("recovery", "s3cret") == "https://aurora.example/recovery#s3cret"
    assert letterhead(settings, hosts, 0).name == "Desk"
    assert letterhead(MailSettings(), hosts, 1).link("recovery", "s3cret") == ""


def test_pe13_the_letterhead_is_what_the_brands_document_says() -> None:
    hosts = Hosts(Venue(brands={1: Brand(1, "aurora")}))
    document = Document(
        name="aurora", title="Aurora Exchange", domains=("new.example", "aurora.example"), sender="hello@aurora.example"
    )
    version = Version(1, 1, document, "", 0, "", "")
    proved = {"aurora.example": Domain("aurora.example", 1, "", 0, True, "dns", 1, 1, 1, 0, "", 0, "")}
    hosts.take(Snapshot(1, {1: version}, proved, {}))
    head = letterhead(MailSettings(), hosts, 1)
    assert head == Letterhead(1, "Aurora Exchange", "hello@aurora.example", "https://aurora.example")


# -- the outbox and its delivery --------------------------------------------------------------------------------------


@pytest.fixture
def seal() -> Seal:
    return Seal(bytes(range(32)))


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Engine]:
    database = open_database(f"sqlite:///{tmp_path / 'tables.db'}")
    yield database
    database.dispose()


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as found:
        yield found


def put(outbox: Engine, seal: Seal, to: str = "zora@example.com", language: str = "zh-Hans") -> None:
    with outbox.begin() as connection:
        mail.write(connection, seal, HEAD, to, language, "sign-up-code", code="123456", minutes="15")


def states(outbox: Engine) -> list[tuple[str, int]]:
    with outbox.connect() as connection:
        return [
            (row.state, row.tries) for row in connection.execute(text("SELECT state, tries FROM mails ORDER BY mail"))
        ]


def to(server: SmtpServer, **more: Any) -> MailSettings:
    return MailSettings(smtp_url=server.url, timeout_s=5, **more)


def test_pe14_a_mail_lies_sealed_in_the_outbox_until_there_is_a_server(outbox: Engine, seal: Seal) -> None:
    put(outbox, seal)
    with outbox.connect() as connection:
        stored = str([tuple(row) for row in connection.execute(text("SELECT * FROM mails"))])
        (found,) = mail.newest(connection, seal, 10)
    assert not any(secret in stored for secret in ("123456", "zora@example.com", "Aurora"))
    assert "123456" in found.body
    assert (found.to, found.sender, found.state) == ("zora@example.com", "Aurora", mail.WAITING)
    assert deliver_due(outbox, seal, MailSettings()) == 0


def test_pe14_a_server_gets_it_once_in_the_brands_name(outbox: Engine, seal: Seal, server: SmtpServer) -> None:
    put(outbox, seal)
    put(outbox, seal, "yuki@example.com", "es")
    assert deliver_due(outbox, seal, to(server)) == 2
    assert deliver_due(outbox, seal, to(server)) == 0
    assert states(outbox) == [(mail.SENT, 1)] * 2
    first = server.taken[0]
    assert (first.sender, first.recipients) == ("no-reply@aurora.example", ["zora@example.com"])
    message: EmailMessage = first.message
    assert message["From"] == "Aurora <no-reply@aurora.example>"
    assert "Aurora" in message["Subject"]
    assert "123456" in message.get_content()
    assert "您的验证码" in message.get_content()
    assert server.taken[1].message["Subject"] == "Su código para Aurora"


def test_pe14_of_many_who_deliver_one_sends_it(outbox: Engine, seal: Seal, server: SmtpServer) -> None:
    for number in range(12):
        put(outbox, seal, f"user{number}@example.com")
    threads = [threading.Thread(target=deliver_due, args=(outbox, seal, to(server))) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    while deliver_due(outbox, seal, to(server)):
        pass
    assert sorted(one.recipients[0] for one in server.taken) == sorted(
        f"user{number}@example.com" for number in range(12)
    )


def test_pe14_what_fails_is_tried_again_later_and_later_and_given_up_at_last(
    outbox: Engine, seal: Seal, server: SmtpServer
) -> None:
    put(outbox, seal)
    server.answers = ["451 not now", "550 never"]
    server.cuts = 1
    settings = to(server, retry_s=30, tries=4)
    with outbox.connect() as connection:
        now_ns = mail.newest(connection, seal, 1)[0].created_ns
    # Tried at 0, 30, 30 + 60 and 90 + 120 seconds; the fourth failure is the last.
    assert deliver_one(outbox, seal, settings, now_ns)
    for before_s, at_s in ((29, 30), (89, 90)):
        assert not deliver_one(outbox, seal, settings, now_ns + before_s * SECOND_NS)
        assert deliver_one(outbox, seal, settings, now_ns + at_s * SECOND_NS)
    assert states(outbox) == [(mail.WAITING, 3)]
    server.answers = ["550 never"]
    assert deliver_one(outbox, seal, settings, now_ns + 210 * SECOND_NS)
    assert states(outbox) == [(mail.FAILED, 4)]
    assert not deliver_one(outbox, seal, settings, now_ns + 10 * RETRY_MOST_S * SECOND_NS)
    assert server.taken == []


def test_pe14_what_failed_before_is_sent_once_the_server_is_well(
    outbox: Engine, seal: Seal, server: SmtpServer
) -> None:
    put(outbox, seal)
    server.cuts = 1
    assert deliver_due(outbox, seal, to(server, retry_s=0)) == 2
    assert states(outbox) == [(mail.SENT, 2)]
    assert len(server.taken) == 1


def test_pe14_whoever_dies_while_sending_is_given_up_and_the_name_stays(
    outbox: Engine, seal: Seal, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(outbox, seal)

    class Died(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Died

    with outbox.connect() as connection:
        before = mail.newest(connection, seal, 1)[0]
    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_send", die)
        with pytest.raises(Died):
            deliver_one(outbox, seal, to(server), before.created_ns)
    later_ns = before.created_ns + delivery.GIVEN_UP_NS
    assert not deliver_one(outbox, seal, to(server), later_ns - 1)
    assert deliver_one(outbox, seal, to(server), later_ns)
    assert server.taken[0].message["Message-ID"] == f"<{before.name}@aurora.example>"


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_pe14_a_url_that_names_no_server_is_told(outbox: Engine, seal: Seal, url: str) -> None:
    with pytest.raises(OutsideFailure, match="smtp_url"):
        deliver_due(outbox, seal, MailSettings(smtp_url=url))


def test_pe14_a_server_that_is_away_is_no_error_of_ours(outbox: Engine, seal: Seal) -> None:
    put(outbox, seal)
    assert deliver_due(outbox, seal, MailSettings(smtp_url="smtp://127.0.0.1:1", timeout_s=1)) == 1
    assert states(outbox) == [(mail.WAITING, 1)]


def test_pe14_what_is_old_is_forgotten(outbox: Engine, seal: Seal) -> None:
    put(outbox, seal)
    with outbox.begin() as connection:
        (found,) = mail.newest(connection, seal, 1)
        assert mail.forget_older(connection, found.created_ns) == 0
        assert mail.forget_older(connection, found.created_ns + 1) == 1
    assert states(outbox) == []
