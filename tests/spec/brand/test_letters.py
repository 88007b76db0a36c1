"""What happened by itself goes by mail to whose concern it is. PE-13 of docs/rules/people.md, WH-7 of webhooks.md."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec.desk_here import AURORA, BOREALIS, DeskHere
from sqlalchemy import update

from commonbook.administration.roles import Role
from commonbook.brand import letters, notices
from commonbook.brand.letters import OLDEST_NS
from commonbook.console.house_chores import told_of_pause
from commonbook.notice import mail
from commonbook.notice.mail import Letterhead
from commonbook.people import directory
from commonbook.storage.tables.autonomy import notices as table
from commonbook.webhook.model import Endpoint

NOW_NS = time.time_ns()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[DeskHere]:
    made = DeskHere(tmp_path)
    yield made
    made.close()


def happened(here: DeskHere, kind: str, subject: str = "7", time_ns: int = NOW_NS, account: int = 0) -> None:
    told = {"maker_rate": "-0.01", "taker_rate": "0.05", "days_in_a_row": 2, "day": 20_000, "levels": "0, 1"}
    with here.database.begin() as connection:
        notices.tell(connection, AURORA, kind, subject, time_ns, account, **told, name="May", why="fee_below_floor")


def written(here: DeskHere, now_ns: int = NOW_NS) -> list[tuple[str, str, str]]:
    """Kind, reader and brand of each mail that is put into the outbox now."""
    with here.database.begin() as connection:
        known = {one.id for one in mail.newest(connection, here.seal, 100)}
        letters.write_due(
            connection, here.seal, lambda brand: Letterhead(brand, f"Brand {brand}", "no-reply@example.com"), now_ns
        )
        new = [one for one in mail.newest(connection, here.seal, 100) if one.id not in known]
    return sorted((one.kind, one.to, one.sender) for one in new)


def test_pe13_a_notice_is_told_to_the_staff_whose_concern_it_is_and_once(here: DeskHere) -> None:
    here.user(AURORA, Role.FINANCE, email="fees@example.com")
    here.user(AURORA, Role.OPERATIONS, email="markets@example.com")
    here.user(AURORA, Role.OWNER, Role.FINANCE, email="owner@example.com")
    here.user(AURORA, Role.FINANCE, email="locked@example.com", state=directory.LOCKED)
    here.user(AURORA, email="client@example.com")
    here.user(BOREALIS, Role.OWNER, email="other@example.com")
    happened(here, "schedule_begun")
    assert written(here) == [
        ("schedule-begun", "fees@example.com", "Brand 1"),
        ("schedule-begun", "owner@example.com", "Brand 1"),
    ]
    assert written(here) == []
    happened(here, "maker_granted")
    assert [to for _, to, _ in written(here)] == ["markets@example.com", "owner@example.com"]


def test_pe13_a_notice_that_is_seen_later_than_one_with_a_higher_number_is_told_too(here: DeskHere) -> None:
    """On PostgreSQL numbers are given before the commit."""
    here.user(AURORA, Role.OWNER, email="owner@example.com")
    happened(here, "schedule_begun")
    with here.database.begin() as connection:
        connection.execute(update(table).values(notice=9))
    assert len(written(here)) == 1
    happened(here, "schedule_begun", "8")
    with here.database.begin() as connection:
        connection.execute(update(table).where(table.c.subject == "8").values(notice=5))
    assert len(written(here)) == 1
    assert written(here) == []


def test_pe13_who_owns_the_account_is_told_as_well(here: DeskHere) -> None:
    maker = here.user(AURORA, email="maker@example.com")
    with here.database.begin() as connection:
        directory.change(connection, maker, account=4_001)
    happened(here, "maker_day_failed", account=4_001)
    assert written(here) == [("maker-day-failed", "maker@example.com", "Brand 1")]
    with here.database.connect() as connection:
        (told,) = mail.newest(connection, here.seal, 1)
    assert "Account 4001" in told.body
    assert "2024-10-04; days in a row: 2" in told.body


def test_pe13_what_is_no_news_any_more_is_no_letter(here: DeskHere) -> None:
    here.user(AURORA, Role.OWNER, email="owner@example.com")
    happened(here, "fees_refused", time_ns=NOW_NS - OLDEST_NS)
    happened(here, "fees_refused", "8", time_ns=NOW_NS - OLDEST_NS + 1)
    assert len(written(here)) == 1


def test_wh7_a_webhook_that_is_paused_is_told_to_who_can_mend_it(here: DeskHere) -> None:
    here.user(AURORA, Role.MARKETING, email="pages@example.com")
    here.user(AURORA, Role.SUPPORT, email="support@example.com")
    endpoint = Endpoint(3, AURORA, "https://hook.example.com/", (), "paused", 9, 1, 1)
    with here.database.begin() as connection:
        told_of_pause(connection, endpoint, "status 500")
    assert written(here) == [("webhook-paused", "pages@example.com", "Brand 1")]
    with here.database.connect() as connection:
        assert "https://hook.example.com/" in mail.newest(connection, here.seal, 1)[0].body


@pytest.mark.parametrize("kind", letters.LETTERS)
def test_pe13_somebody_hears_of_each_kind(here: DeskHere, kind: str) -> None:
    here.user(AURORA, Role.OWNER, email="owner@example.com")
    with here.database.begin() as connection:
        told: dict[str, Any] = {
            "instrument": "BTC-USDT",
            "url": "https://x.example/",
            "reference": "ABC",
            "brand_name": "north",
            "title": "North",
            "state": "submitted",
        }
        told |= {"maker_rate": "1", "taker_rate": "1", "levels": "0", "name": "May", "why": "status 500"}
        notices.tell(connection, AURORA, kind, "1", NOW_NS, **told, days_in_a_row=3, day=20_000)
    assert [one for one, _, _ in written(here)] == [letters.LETTERS[kind][0]]


def test_pe13_every_notice_that_is_written_has_its_letter() -> None:
    told: set[str] = set()
    for path in Path(letters.__file__).parents[1].rglob("*.py"):
        if "import tell\n" in path.read_text() or "notices.tell(" in path.read_text():
            told |= set(re.findall(r'tell\(\s*connection, [\w.]+, "([a-z]+(?:_[a-z]+)*)"', path.read_text()))
    assert told == set(letters.LETTERS)
