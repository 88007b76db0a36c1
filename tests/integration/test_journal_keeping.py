"""Snapshots beside the core, packed segments, retention, a full disk: docs/rules/journal.md, J-10, J-13 to J-15."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import structlog
from integration.test_journal_files import HEAD, LARGE, batch, frame_size, kept, segments

from commonbook._engine import (
    Engine,
    Journal,
    JournalReader,
    foreign_snapshots,
    give_up_segments,
    journal_begins,
    list_snapshots,
    load_snapshot,
    pack_segments,
    write_snapshot,
)
from commonbook.console.audit import audit_folder
from commonbook.console.journal import verified
from commonbook.errors import DiskFull, JournalDamaged
from commonbook.exchange import Exchange
from commonbook.gateway.records.receipts import Receipts
from commonbook.matching.client import CoreClient
from commonbook.matching.core import Core
from commonbook.matching.disk import MARKER, DiskWatch, Room
from commonbook.matching.holds import lowest_hold, write_hold
from commonbook.matching.keeper import Keeper, tidy
from commonbook.matching.recovery import restore
from commonbook.matching.sequencer import Sequencer
from commonbook.records import COMMAND, ORDER, CommandKind, EventKind, Records, Refusal, TradingStatus, commands
from commonbook.settings import CoreSettings, DiskSettings, JournalSettings, Settings
from commonbook.simulator.demo_market import standing_book, venue_commands

SMALL = JournalSettings(segment_bytes=2_000, snapshots_kept=2)
GIVING_UP = JournalSettings(segment_bytes=2_000, snapshots_kept=2, retain="snapshots")


def filled(data_dir: Path, settings: JournalSettings, ticks: int = 60) -> str:
    """A venue with a book, then ticks, in many small segments with two snapshots; gives the state's hash."""
    sequencer = Sequencer.open(data_dir, settings)
    sequencer.commit(venue_commands().view(COMMAND), 1)
    sequencer.commit(standing_book().view(COMMAND), 2)
    for number in range(ticks):
        sequencer.commit(commands(CommandKind.TIME).view(COMMAND), 3 + number)
        if number in (ticks // 2, ticks - 10):
            sequencer.snapshot()
    state = sequencer.engine.state_hash()
    sequencer.close()
    return state


def test_j10_a_snapshot_is_written_by_a_process_beside_the_core_and_is_the_state_of_that_sequence(
    tmp_path: Path,
) -> None:
    settings = JournalSettings(snapshot_every=10)
    sequencer = Sequencer.open(tmp_path, settings)
    last = sequencer.commit(venue_commands().view(COMMAND), 1).last
    at_last = sequencer.engine.state_hash()
    assert sequencer.snapshot_if_due()
    assert sequencer.keeper.is_busy(), "the core goes on meanwhile"
    sequencer.commit(standing_book().view(COMMAND), 2)
    sequencer.keeper.wait()
    assert list_snapshots(str(tmp_path)) == [last]
    found = load_snapshot(str(tmp_path), last)
    assert found is not None
    assert Engine.restore(found[1]).state_hash() == at_last
    sequencer.close()


def test_j10_a_keeper_that_cannot_is_told_in_the_log_and_the_core_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sequencer = Sequencer.open(tmp_path, JournalSettings())
    sequencer.commit(venue_commands().view(COMMAND), 1)
    keeper = Keeper(tmp_path, JournalSettings())
    assert keeper.begin(10**6), "a sequence that the journal does not reach"
    keeper.wait()
    assert "keeper.failed" in capsys.readouterr().out
    assert list_snapshots(str(tmp_path)) == []
    sequencer.close()


def test_j13_closed_segments_are_packed_and_read_like_the_others(tmp_path: Path) -> None:
    state = filled(tmp_path, SMALL)
    before, names = kept(tmp_path), [path.name for path in segments(tmp_path)]
    assert pack_segments(str(tmp_path), 3) == names[:-1]
    files = sorted(path.name for path in (tmp_path / "journal").iterdir())
    assert files == [*(f"{name}.zst" for name in names[:-1]), names[-1]]
    assert kept(tmp_path) == before
    assert kept(tmp_path, after=100) == [one for one in before if np.frombuffer(one, COMMAND)["sequence"][-1] > 100]
    assert verified(tmp_path).packed == len(names) - 1
    journal, engine = restore(tmp_path, SMALL)
    assert engine.state_hash() == state
    journal.append(batch(engine.sequence() + 1, 1))
    journal.close()
    assert pack_segments(str(tmp_path), 3) == []


def test_j13_packing_that_was_interrupted_leaves_the_segment_as_it_was_or_packed(tmp_path: Path) -> None:
    state = filled(tmp_path, SMALL)
    first = segments(tmp_path)[0]
    plain = first.read_bytes()
    pack_segments(str(tmp_path), 3)
    first.write_bytes(plain)  # both are there: the packed one was written, the plain one not yet taken away
    journal, engine = restore(tmp_path, SMALL)
    journal.close()
    assert engine.state_hash() == state
    assert pack_segments(str(tmp_path), 3) == [first.name]


def test_j6_a_packed_segment_that_is_damaged_is_refused_by_its_name(tmp_path: Path) -> None:
    filled(tmp_path, SMALL)
    pack_segments(str(tmp_path), 3)
    packed = sorted((tmp_path / "journal").glob("*.zst"))[2]
    whole, refused = packed.read_bytes(), 0
    for offset in range(len(whole)):
        spoiled = bytearray(whole)
        spoiled[offset] ^= 0x10
        packed.write_bytes(spoiled)
        with pytest.raises(JournalDamaged, match=f"{packed.name}|records are missing"):
            restore(tmp_path, SMALL)[0].close()
        refused += 1
    packed.write_bytes(whole)
    restore(tmp_path, SMALL)[0].close()
    assert refused == len(whole)


def test_j14_all_segments_are_kept_unless_the_policy_says_otherwise(tmp_path: Path) -> None:
    filled(tmp_path, SMALL)
    count = len(segments(tmp_path))
    tidy(tmp_path, SMALL)
    assert len(list((tmp_path / "journal").glob("*.cbj*"))) == count
    assert journal_begins(str(tmp_path)) == 1


def test_j14_with_the_policy_segments_before_the_oldest_snapshot_go_and_the_state_stays(tmp_path: Path) -> None:
    state = filled(tmp_path, GIVING_UP)
    tidy(tmp_path, GIVING_UP)
    oldest = list_snapshots(str(tmp_path))[0]
    begins = journal_begins(str(tmp_path))
    assert 1 < begins <= oldest + 1
    assert next(iter(JournalReader(str(tmp_path), begins - 1))), "what is behind the beginning is there"
    with pytest.raises(ValueError, match="the journal begins later"):
        list(JournalReader(str(tmp_path), 0))
    assert verified(tmp_path).first_sequence == begins
    journal, engine = restore(tmp_path, GIVING_UP)
    assert engine.state_hash() == state
    journal.append(batch(engine.sequence() + 1, 1))
    journal.close()


def test_j14_nothing_is_given_up_behind_what_a_follower_holds(tmp_path: Path) -> None:
    filled(tmp_path, GIVING_UP)
    oldest = list_snapshots(str(tmp_path))[0]
    write_hold(tmp_path, "one", oldest - 5)
    write_hold(tmp_path, "another", 0)
    tidy(tmp_path, GIVING_UP)
    assert journal_begins(str(tmp_path)) == 1
    write_hold(tmp_path, "another", oldest)
    tidy(tmp_path, GIVING_UP)
    assert 1 < journal_begins(str(tmp_path)) <= oldest - 4
    (tmp_path / "holds" / "broken").write_text("no number")
    assert lowest_hold(tmp_path) == 0


def test_w7_a_record_door_whose_note_is_older_than_the_journal_does_not_serve(tmp_path: Path) -> None:
    filled(tmp_path, GIVING_UP)
    tidy(tmp_path, GIVING_UP)
    last = verified(tmp_path).last_sequence
    Receipts(100).read_journal(tmp_path, last)  # no door was ever there: none of its sessions is forgotten
    write_hold(tmp_path, "record-door", last)
    with pytest.raises(JournalDamaged, match=r"restore record-door\.note"):
        Receipts(100).read_journal(tmp_path, last)


def test_j14_without_a_snapshot_that_reaches_its_beginning_a_journal_is_refused(tmp_path: Path) -> None:
    filled(tmp_path, GIVING_UP)
    tidy(tmp_path, GIVING_UP)
    for path in (tmp_path / "snapshots").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    begins = journal_begins(str(tmp_path))
    with pytest.raises(JournalDamaged, match=f"begins at sequence {begins}, older segments were given up"):
        restore(tmp_path, GIVING_UP)


def as_another_release_wrote(data_dir: Path, state_format: bytes = b"cbstate2") -> None:
    """Every snapshot is one of another format, whole as ever."""
    for sequence in list_snapshots(str(data_dir)):
        found = load_snapshot(str(data_dir), sequence)
        assert found is not None
        write_snapshot(str(data_dir), sequence, state_format + found[1][8:], 9)


@pytest.mark.parametrize("state_format", [b"cbstate2", b"cbstate9", b"anything"])
def test_j9_a_snapshot_of_another_format_is_passed_over_with_a_line_in_the_log(
    tmp_path: Path, state_format: bytes
) -> None:
    state = filled(tmp_path, SMALL)
    older, newer = list_snapshots(str(tmp_path))
    as_another_release_wrote(tmp_path, state_format)
    told_as = state_format.decode()
    assert foreign_snapshots(str(tmp_path)) == [(older, told_as), (newer, told_as)]
    with structlog.testing.capture_logs() as told:
        journal, engine = restore(tmp_path, SMALL)
    journal.close()
    assert engine.state_hash() == state
    assert [(one["event"], one["sequence"], one["format"], one["begun_at"]) for one in told] == [
        ("snapshot.passed_over", older, told_as, 0),
        ("snapshot.passed_over", newer, told_as, 0),
    ]
    sequencer = Sequencer.open(tmp_path, SMALL)
    sequencer.commit(commands(CommandKind.TIME).view(COMMAND), 10_000)
    sequencer.snapshot()  # from here on there is one to begin with
    sequencer.close()
    with structlog.testing.capture_logs() as told:
        restore(tmp_path, SMALL)[0].close()
    assert told == []
    found = audit_folder(tmp_path, Settings(journal=SMALL))
    assert (found.problems, found.snapshots, found.snapshots_foreign) == ([], 1, 1)


def test_j9_a_damaged_snapshot_is_none_of_another_format(tmp_path: Path) -> None:
    filled(tmp_path, SMALL)
    as_another_release_wrote(tmp_path)
    older, newer = sorted((tmp_path / "snapshots").iterdir())
    older.write_bytes(older.read_bytes()[:-1])
    assert [sequence for sequence, _ in foreign_snapshots(str(tmp_path))] == [int(newer.stem)]
    newer.write_bytes(b"")
    assert foreign_snapshots(str(tmp_path)) == []


def test_j14_no_segment_is_given_up_for_a_snapshot_of_another_format(tmp_path: Path) -> None:
    filled(tmp_path, GIVING_UP)
    as_another_release_wrote(tmp_path)
    tidy(tmp_path, GIVING_UP)
    assert journal_begins(str(tmp_path)) == 1


def test_j14_a_shortened_journal_whose_snapshots_are_of_another_format_is_refused_and_says_which(
    tmp_path: Path,
) -> None:
    state = filled(tmp_path, GIVING_UP)
    tidy(tmp_path, GIVING_UP)
    begins, (older, newer) = journal_begins(str(tmp_path)), list_snapshots(str(tmp_path))
    as_another_release_wrote(tmp_path)
    why = (
        f"begins at sequence {begins}, older segments were given up, and there is no whole snapshot of a format that "
        rf"this release reads \(cbstate2 at {older}, cbstate2 at {newer}: the release that has written it can go on\)"
    )
    with pytest.raises(JournalDamaged, match=why):
        restore(tmp_path, GIVING_UP)
    as_it_was = b"cbstate3"
    for sequence, path in zip((older, newer), sorted((tmp_path / "snapshots").iterdir()), strict=True):
        write_snapshot(str(tmp_path), sequence, as_it_was + path.read_bytes()[56 + 8 :], 9)
    journal, engine = restore(tmp_path, GIVING_UP)  # nothing has been changed
    journal.close()
    assert engine.state_hash() == state


def test_j14_a_segment_that_is_missing_without_the_policy_is_damage(tmp_path: Path) -> None:
    filled(tmp_path, GIVING_UP)
    tidy(tmp_path, GIVING_UP)
    oldest = sorted((tmp_path / "journal").glob("*.cbj*"))[0]
    oldest.unlink()
    with pytest.raises(JournalDamaged, match="does not continue the sequence"):
        Journal.open(str(tmp_path), LARGE)


def test_j14_an_audit_begins_with_the_oldest_snapshot_and_says_so(tmp_path: Path) -> None:
    settings = Settings(journal=GIVING_UP)
    with Exchange.open(tmp_path, settings) as exchange:
        exchange.submit(venue_commands())
        exchange.submit(standing_book())
        exchange.sequencer.snapshot()
        oldest = exchange.sequencer.engine.sequence()
        for _ in range(60):
            exchange.submit(commands(CommandKind.TIME))
        state = exchange.sequencer.engine.state_hash()
    assert give_up_segments(str(tmp_path), oldest)
    found = audit_folder(tmp_path, settings)
    assert found.problems == []
    assert (found.begins_behind, found.commands, found.state_hash) == (oldest, 60, state)
    with Exchange.open(tmp_path, settings) as exchange:
        assert exchange.ledger_difference() == {}


class Disk:
    """A probe whose answer the test sets."""

    def __init__(self) -> None:
        self.free = 50.0

    def __call__(self, folder: Path) -> float:
        return self.free


LIMITS = DiskSettings(look_every_ms=0)


def test_j15_less_than_ten_per_cent_is_told_once_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = Disk()
    watch = DiskWatch(tmp_path, LIMITS, disk)
    for disk.free in (50.0, 10.0, 9.9, 9.0, 5.0):
        assert watch.look(1, TradingStatus.LIVE) is None
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert "core.disk" in lines[0]
    assert Room.ALARM.name.lower() in lines[0]


def test_j15_below_five_per_cent_the_venue_is_cancel_only_until_there_is_room_again(tmp_path: Path) -> None:
    disk = Disk()
    watch = DiskWatch(tmp_path, LIMITS, disk)
    disk.free = 4.9
    assert status(watch.look(1, TradingStatus.LIVE)) == TradingStatus.CANCEL_ONLY
    assert watch.look(2, TradingStatus.CANCEL_ONLY) is None
    disk.free = 5.5
    assert watch.look(3, TradingStatus.CANCEL_ONLY) is None, "a little more than the limit is not yet room"
    again = DiskWatch(tmp_path, LIMITS, disk)
    disk.free = 6.0
    assert status(again.look(4, TradingStatus.CANCEL_ONLY)) == TradingStatus.LIVE, "also after a restart"
    assert not (tmp_path / MARKER).exists()


@pytest.mark.parametrize("theirs", [TradingStatus.CANCEL_ONLY, TradingStatus.HALTED])
def test_j15_what_an_operator_has_set_is_neither_tightened_nor_eased(tmp_path: Path, theirs: TradingStatus) -> None:
    disk = Disk()
    watch = DiskWatch(tmp_path, LIMITS, disk)
    for disk.free in (4.0, 50.0):
        assert watch.look(1, theirs) is None


def test_j15_below_two_per_cent_the_process_ends(tmp_path: Path) -> None:
    disk = Disk()
    disk.free = 1.9
    with pytest.raises(DiskFull, match=r"1\.9 % of the disk .* less than 2; make room"):
        DiskWatch(tmp_path, LIMITS, disk).look(1, TradingStatus.LIVE)


def status(command: Records | None) -> TradingStatus:
    assert command is not None
    return TradingStatus(int(command["status"][0]))


def test_j15_a_serving_core_refuses_orders_takes_cancels_and_ends(tmp_path: Path) -> None:
    asyncio.run(fill_the_disk(tmp_path))


async def fill_the_disk(tmp_path: Path) -> None:
    disk = Disk()
    sequencer = Sequencer.open(tmp_path, JournalSettings())
    sequencer.commit(venue_commands().view(COMMAND), 1)
    core = Core(sequencer, CoreSettings(tick_ms=5), disk=DiskWatch(tmp_path, LIMITS, disk))
    ready = asyncio.Event()

    async def tell() -> None:
        ready.set()

    serving = asyncio.ensure_future(core.run(tmp_path / "core.sock", tell))
    await ready.wait()
    client = await CoreClient.connect(tmp_path / "core.sock", 5)
    order = standing_book()[:1].view(ORDER)
    placed = (await client.submit_batch(order.view(COMMAND).copy())).commands["sequence"][0]
    disk.free = 4.0
    await until(lambda: sequencer.engine.venue_status() == TradingStatus.CANCEL_ONLY)
    refused = await client.submit_batch(order.view(COMMAND).copy())
    assert [(int(e["kind"]), int(e["reason"])) for e in refused.events] == [(EventKind.REFUSED, Refusal.CANCEL_ONLY)]
    cancel = commands(CommandKind.CANCEL)
    cancel["account"], cancel["order"], cancel["instrument"] = order["account"], placed, order["instrument"]
    taken = await client.submit_batch(cancel.view(COMMAND))
    assert EventKind.CANCELED in taken.events["kind"]
    disk.free = 40.0
    await until(lambda: sequencer.engine.venue_status() == TradingStatus.LIVE)
    disk.free = 1.0
    with pytest.raises(DiskFull):
        await asyncio.wait_for(serving, 5)
    client.close()
    sequencer.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


def test_j12_a_journal_of_tiny_segments_has_one_frame_in_each(tmp_path: Path) -> None:
    journal = Journal.open(str(tmp_path), HEAD + frame_size(1))
    for first in range(1, 6):
        journal.append(batch(first, 1))
        journal.wait_durable(first)
    journal.close()
    assert len(segments(tmp_path)) == 5
