"""Applications by mail: PA-4 of docs/rules/partnership.md."""

import re
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec.partnership.desk_here import DesksHere
from spec.partnership.journey import Host

from commonbook.administration.roles import Role
from commonbook.errors import BadInput
from commonbook.partnership import applications
from commonbook.partnership.applications import checked
from commonbook.partnership.intake import read
from commonbook.settings import PartnershipSettings

SETTINGS = PartnershipSettings()
TEXT = """\
Dear program,

Contact: Ada Bell
Phone: +44 20 7946 0000
Brand: Ada-X
We are six people.
Plan: Two countries first.
Then a third.
Team: We have run a brokerage.
"""


def mail(text: str = TEXT, message_id: str = "<1@example.com>", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ada B. <ada@example.com>"
    message["To"] = "partners@example.org"
    message["Subject"] = "Application"
    if message_id:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def send(desks: DesksHere, host: Host, message: EmailMessage) -> dict[str, object]:
    answer = host.first.ask(
        "POST", "/host/v1/intake", content=message.as_bytes(), headers={"content-type": "message/rfc822"}
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def test_pa4_labelled_lines_go_to_their_fields_and_all_else_describes_the_team() -> None:
    found = read(mail().as_bytes(), SETTINGS)
    assert found.told == {
        "contact": "Ada Bell",
        "email": "ada@example.com",
        "phone": "+44 20 7946 0000",
        "plan": "Two countries first.\nThen a third.",
        "team": "Application\n\nDear program,\n\nWe are six people.\nWe have run a brokerage.",
    }
    assert (found.sender, found.brand_name, found.language) == ("ada@example.com", "ada-x", "en")


def test_pa4_a_mail_makes_a_draft_and_its_sender_gets_a_receipt(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    taken = send(desks, host, mail())
    found = desks.found(str(taken["reference"]))
    assert (found.state, found.source, found.brand_name) == ("draft", "mail", "ada-x")
    (letter,) = desks.letters()
    assert (letter.kind, letter.to, letter.sender) == ("partnership-receipt", "ada@example.com", "commonbook")
    found_link = re.search(r"/partners/mine/([\w-]+)", letter.body)
    assert found_link is not None
    secret = found_link[1]
    path = f"/program/v1/applications/{found.reference}"
    assert desks.nobody.post(f"{path}/submit", headers={"x-application-secret": secret})["state"] == "submitted"


def test_pa4_the_same_message_is_taken_in_once(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    first = send(desks, host, mail())
    assert send(desks, host, mail("Another text.")) == first | {"duplicate": True}
    other = send(desks, host, mail(message_id="<2@example.com>"))
    assert other["reference"] != first["reference"]
    without = mail(message_id="")
    assert not send(desks, host, without)["duplicate"]
    assert send(desks, host, without)["duplicate"]
    assert len(desks.letters()) == 3


def test_pa4_a_message_that_was_refused_may_come_again(desks: DesksHere, host: Host) -> None:
    assert (
        host.first.ask("POST", "/host/v1/intake", content=mail().as_bytes()).json()["error"]["code"] == "phase_closed"
    )
    host.open_phase()
    assert not send(desks, host, mail())["duplicate"]


def test_pa4_of_html_only_what_it_would_show_is_taken() -> None:
    message = EmailMessage()
    message["From"] = "ada@example.com"
    message.set_content(
        "<html><head><style>p{}</style><script>steal()</script></head><body><p>Contact: Eve &amp; Co"
        "<p>Team: six<img src=x onerror=steal()><script>steal()</script></body>",
        subtype="html",
    )
    found = read(message.as_bytes(), SETTINGS)
    assert (found.told["contact"], found.told["team"]) == ("Eve & Co", "six")
    assert "steal" not in str(found)
    both = mail("Contact: Plain")
    both.add_alternative("<p>Contact: Html</p>", subtype="html")
    assert read(both.as_bytes(), SETTINGS).told["contact"] == "Plain"


def test_pa4_so_many_attachments_of_kinds_that_are_kept(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    message = mail()
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="../../plan.pdf")
    message.add_attachment(b"MZ", maintype="application", subtype="x-msdownload", filename="run.exe")
    message.add_attachment(b"<script>", maintype="text", subtype="html", filename="page.html")
    for number in range(6):
        message.add_attachment(bytes([number]), maintype="image", subtype="png", filename=f"{number}.png")
    reference = send(desks, host, message)["reference"]
    path = f"/host/v1/partnership/applications/{reference}/attachments"
    files = host.first.get(path)
    assert [(one["kind"], one["name"], one["bytes"]) for one in files] == [
        ("application/pdf", "_.._plan.pdf", 8),
        *(("image/png", f"{number}.png", 1) for number in range(4)),
    ]
    answer = host.first.ask("GET", f"{path}/1")
    assert answer.content == b"%PDF-1.7"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert host.first.code(f"{path}/99", method="GET") == "no_such_attachment"
    assert desks.staff(Role.FINANCE).code(path, method="GET") == "not_permitted"
    number = desks.found(str(reference)).id
    stored = desks.read(lambda connection: applications.DOSSIERS.attached(connection, desks.seal, number))
    assert len(stored) == 5


def test_pa4_an_attachment_that_is_too_long_is_left_out() -> None:
    message = mail()
    message.add_attachment(b"x" * 11, maintype="application", subtype="pdf", filename="long.pdf")
    message.add_attachment(b"x" * 10, maintype="application", subtype="pdf", filename="short.pdf")
    found = read(message.as_bytes(), PartnershipSettings(attachment_bytes=10))
    assert [file.name for file in found.files] == ["short.pdf"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; why=vacation"},
        {"Precedence": "bulk"},
        {"List_Id": "<list.example.com>"},
        {"Return_Path": "<>"},
    ],
)
def test_pa4_machines_and_lists_get_no_answer(desks: DesksHere, host: Host, headers: dict[str, str]) -> None:
    host.open_phase()
    assert send(desks, host, mail(**headers)) == {"reference": "", "duplicate": False}
    assert desks.letters() == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"From: nobody\r\n\r\nx",
        b"Subject: no sender\r\n\r\nx",
        b"From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * 200,
        b"x" * (SETTINGS.message_bytes + 1),
    ],
    ids=["empty", "bytes", "no address", "no sender", "many parts", "long"],
)
def test_pa4_what_is_no_message_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        read(raw, SETTINGS)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@example.com\r\nContent-Type: text/plain; charset=none-such\r\n\r\n\xe4\xf6",
        b"From: a@example.com\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"From: a@example.com\r\nContent-Type: text/html\r\n\r\n<a <b <!-- <![CDATA[ &#xFFFFFFFF;",
        b"From: =?utf-8?b?4pyT?= <a@example.com>\r\nSubject: =?x?q?=00?=\r\n\r\nPhone:\x00\x01 5",
        b"From: a@example.com\r\nReturn-Path: " + b"(" * 5_000 + b"\r\n\r\nx",
        b"From: a@example.com\r\nMessage-ID: " + b"<" * 5_000 + b"\r\n\r\nx",
    ],
    ids=["charset", "base64", "html", "words", "comments", "message id"],
)
def test_pa4_odd_messages_are_read_as_far_as_they_can_be(desks: DesksHere, host: Host, raw: bytes) -> None:
    host.open_phase()
    found = read(raw, SETTINGS)
    assert found.sender == "a@example.com"
    answer = host.first.ask("POST", "/host/v1/intake", content=raw)
    assert answer.status_code == 200, answer.text


def test_pa4_a_sender_is_limited_like_an_address(desks: DesksHere, host: Host) -> None:
    host.open_phase()
    for number in range(5):
        send(desks, host, mail(message_id=f"<{number}@example.com>"))
    more = host.first.ask("POST", "/host/v1/intake", content=mail(message_id="<6@example.com>").as_bytes())
    assert more.json()["error"]["code"] == "too_many_applications"
    assert desks.nobody.ask("POST", "/host/v1/intake", content=b"x").status_code == 401


@given(st.binary(max_size=600), st.sampled_from(["text/plain", "text/html", "multipart/mixed; boundary=x", "a/b"]))
def test_pa4_whatever_comes_is_read_or_refused(noise: bytes, kind: str) -> None:
    for raw in (noise, b"From: a@example.com\r\nContent-Type: " + kind.encode() + b"\r\n\r\n--x\r\n" + noise):
        try:
            found = read(raw, SETTINGS)
        except BadInput:
            continue
        checked(SETTINGS, found.told)
