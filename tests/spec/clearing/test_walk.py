"""The journal's chain, read from where an earlier walk came to. Rule Q-23 of docs/rules/clearing.md."""

import shutil
from pathlib import Path

import pytest
from spec.clearing.brand_days import at, trade
from spec.small_exchange import SmallExchange

from commonbook._engine import give_up_segments
from commonbook.chain import Place, walk
from commonbook.clearing import reconciliation
from commonbook.clearing.reconciliation import BROKEN, CLEAN, CLOSED, WALK_ALL_DAYS, Reconciliation, walked
from commonbook.settings import JournalSettings, Settings
from commonbook.storage.tables.clearing import reconciliations

SETTINGS = Settings(journal=JournalSettings(segment_bytes=2_000, pack_level=0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Some closed segments and the newest."""
    with SmallExchange(tmp_path / "data", SETTINGS) as exchange:
        for number in range(40):
            exchange.trade("10", 0, number)
    return tmp_path / "data"


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "journal").glob("*.cbj"))


def damage(segment: Path) -> None:
    content = bytearray(segment.read_bytes())
    content[200] ^= 0xFF
    segment.write_bytes(content)


def first_part(folder: Path, count: int) -> Path:
    """The folder as it was when it had so many segments."""
    part = folder.with_name("part")
    shutil.copytree(folder, part)
    for segment in segments(part)[count:]:
        segment.unlink()
    return part


def test_q23_a_walk_goes_on_where_another_came_to(folder: Path) -> None:
    assert len(segments(folder)) >= 6
    place = walk(first_part(folder, 4)).reached
    assert place is not None
    assert place.sequence == int(segments(folder)[3].stem) - 1
    assert walk(folder, place) == walk(folder)
    damage(segments(folder)[1])
    assert walk(folder).problems[0].startswith("journal: ")
    assert walk(folder, place).problems == ()  # that is for the walk through all of it
    damage(segments(folder)[4])
    assert walk(folder, place).problems[0].startswith("journal: ")


def test_q23_what_does_not_follow_the_place_is_a_problem(folder: Path) -> None:
    place = walk(first_part(folder, 4)).reached
    assert place is not None
    other = place._replace(hash="00" * 32)
    assert "does not continue the hash chain" in walk(folder, other).problems[0]
    inside = place._replace(sequence=place.sequence - 1)
    assert walk(folder, inside).problems
    for segment in segments(folder)[3:]:
        segment.unlink()
    assert walk(folder, place).problems == (
        f"journal: it ends before sequence {place.sequence}, up to which it was walked",
    )
    with pytest.raises(ValueError, match=r'"x" is not a hash of 64 hexadecimal digits'):
        walk(folder, place._replace(hash="x"))


def test_q23_where_the_journal_begins_later_the_walk_begins_there(folder: Path) -> None:
    place = walk(first_part(folder, 2)).reached
    whole = walk(folder)
    assert place is not None
    give_up_segments(str(folder), int(segments(folder)[4].stem))
    assert int(segments(folder)[0].stem) > place.sequence + 1
    assert walk(folder, place) == walk(folder) == whole


def test_q23_all_of_it_is_read_at_first_and_once_in_seven_days(tmp_path: Path) -> None:
    place = Place(9, "ab" * 32, 1)
    seen = {}
    with SmallExchange(tmp_path) as exchange, exchange.exchange.back_office.database.begin() as connection:
        assert walked(connection) is None
        for day in range(20_000, 20_016):
            clean = Reconciliation(day, CLEAN, 1, (), {}, "", place._replace(sequence=day))
            reconciliation.keep(connection, clean, CLOSED)
            seen[day + 1] = walked(connection)  # for the next day
        assert {day for day, found in seen.items() if found is None} == {
            day for day in seen if day % WALK_ALL_DAYS == 0
        }
        assert all(found.sequence == day - 1 for day, found in seen.items() if found is not None)
        reconciliation.keep(connection, Reconciliation(20_016, BROKEN, 1, ("x",), {}, ""))
        assert walked(connection) == seen[20_016]  # what is broken has no place of its own
        connection.execute(reconciliations.update().values(walked_sequence=0))
        assert walked(connection) is None


def test_q23_the_day_behind_reads_from_the_place_of_the_day_before(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, SETTINGS) as exchange:
        for _ in range(10):
            trade(exchange, "10")
        at(exchange, 1, 2)
        (row,) = exchange.rows(reconciliations, "day")
        assert row["state"] == CLOSED
        assert row["walked_sequence"] > 0
        damage(segments(tmp_path)[0])
        damaged_is_read = (row["day"] + 1) % WALK_ALL_DAYS == 0
        for _ in range(10):
            trade(exchange, "10", 1)
        at(exchange, 2, 2)
        newest = exchange.rows(reconciliations, "day")[-1]
        assert newest["day"] == row["day"] + 1
        assert newest["state"] == (BROKEN if damaged_is_read else CLOSED)
        assert newest["walked_sequence"] > row["walked_sequence"] or damaged_is_read
