"""The journal's rules J-1 to J-11 on real files, through the engine's own module. Rules: docs/rules/journal.md.

A record is 128 bytes, of which a command without names takes 64 on the disk; a frame has a head of 64 and 8 bytes of
bits, a segment a head of 64 (docs/reference/journal.md). So a frame of two ticks takes 64 + 8 + 2 x 64 = 200 bytes.
"""

import hashlib
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from commonbook._engine import Engine, Journal, JournalReader, list_snapshots, load_snapshot, write_snapshot
from commonbook.errors import JournalDamaged
from commonbook.exchange import Exchange
from commonbook.matching.recovery import replay, restore
from commonbook.matching.sequencer import Sequencer
from commonbook.records import COMMAND, CommandKind, commands
from commonbook.settings import JournalSettings, Settings
from commonbook.simulator.demo_market import standing_book, venue_commands

ROOT = Path(__file__).parents[2]
HEAD, FRAME_HEAD, BITS, RECORD, HALF = 64, 64, 8, 128, 64
STEP = 1024 * 1024  # what is prepared at once
LARGE = 64 * 1024 * 1024
SETTINGS = JournalSettings()


def batch(first: int, count: int) -> bytes:
    """`count` ticks of engine time, numbered from `first`."""
    records = commands(CommandKind.TIME, count)
    records["sequence"] = np.arange(first, first + count)
    records["time_ns"] = np.arange(first, first + count) * 1_000
    return records.tobytes()


def frame_size(count: int) -> int:
    """Bytes of a frame of ticks, up to 64 of them: no second half is kept."""
    return FRAME_HEAD + BITS + count * HALF


def written(data_dir: Path, sizes: list[int], segment_bytes: int = LARGE) -> list[bytes]:
    """Make a journal of batches with so many commands each; every one is durable."""
    journal = Journal.open(str(data_dir), segment_bytes)
    first = journal.last_sequence() + 1
    batches = []
    for size in sizes:
        batches.append(batch(first, size))
        journal.append(batches[-1])
        first += size
        journal.wait_durable(first - 1)  # each in a frame of its own
    journal.close()
    return batches


def segments(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "journal").glob("*.cbj"))


def kept(data_dir: Path, after: int = 0) -> list[bytes]:
    return list(JournalReader(str(data_dir), after))


def reopened(data_dir: Path) -> int:
    """The last sequence of a folder that is opened anew, as a start does."""
    journal = Journal.open(str(data_dir), LARGE)
    last = journal.last_sequence()
    journal.close()
    return last


def test_j1_a_batch_is_durable_only_when_its_wait_returns_and_is_read_back_as_it_was(tmp_path: Path) -> None:
    journal = Journal.open(str(tmp_path), LARGE)
    journal.append(batch(1, 3))
    journal.wait_durable(3)
    assert journal.durable() == 3
    assert kept(tmp_path) == [batch(1, 3)]
    with pytest.raises(ValueError, match="never appended"):
        journal.wait_durable(4)
    journal.close()


def test_j2_a_batch_must_continue_the_sequence_and_hold_whole_records(tmp_path: Path) -> None:
    journal = Journal.open(str(tmp_path), LARGE)
    journal.append(batch(1, 2))
    for wrong in (batch(2, 1), batch(4, 1), b"", batch(3, 1)[:-1]):
        with pytest.raises(ValueError, match=r"continue the journal's sequence|whole number of records"):
            journal.append(wrong)
    journal.append(batch(3, 1))
    journal.wait_durable(3)
    journal.close()
    assert b"".join(kept(tmp_path)) == batch(1, 2) + batch(3, 1)


def test_j3_each_frame_carries_the_hash_of_the_one_before_and_its_own_checksum(tmp_path: Path) -> None:
    written(tmp_path, [2, 1, 3])
    before, at = bytes(32), HEAD
    stored = segments(tmp_path)[0].read_bytes()
    assert stored[:16] == b"CBJRNL01" + struct.pack("<II", 2, RECORD)
    assert stored[24:64] == struct.pack("<Q", 1) + before
    for first, count in ((1, 2), (3, 1), (4, 3)):
        length = frame_size(count)
        frame = stored[at : at + length]
        magic, payload, epoch, sequence, records, checksum = struct.unpack_from("<4sIQQII", frame)
        assert (magic, payload, epoch, sequence, records) == (b"CBF1", BITS + count * HALF, 1, first, count)
        assert checksum == crc32c(frame[:28] + bytes(4) + frame[32:])
        assert frame[32:64] == before
        records = batch(first, count)
        halves = [records[n * RECORD :][:HALF] for n in range(count)]
        assert frame[64:] == bytes(BITS) + b"".join(halves), "the second halves are zero: no bit, no bytes"
        before, at = hashlib.sha256(frame).digest(), at + length
    assert at == len(stored)


def crc32c(data: bytes) -> int:
    """CRC-32C bit by bit (polynomial 0x1EDC6F41, reflected), as the reference page gives it."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def test_j4_each_opening_writes_in_an_epoch_of_its_own(tmp_path: Path) -> None:
    for _ in range(3):
        written(tmp_path, [1])
    stored = segments(tmp_path)[0].read_bytes()
    frame = frame_size(1)
    assert [struct.unpack_from("<Q", stored, HEAD + n * frame + 8)[0] for n in range(3)] == [1, 2, 3]


def test_j5_a_torn_tail_is_cut_at_every_byte_of_the_last_frame(tmp_path: Path) -> None:
    batches = written(tmp_path / "whole", [2, 1, 2])
    whole = segments(tmp_path / "whole")[0].read_bytes()
    last_frame = len(whole) - frame_size(2)
    for cut in range(last_frame, len(whole)):
        data_dir = tmp_path / "cut"
        shutil.rmtree(data_dir, ignore_errors=True)
        shutil.copytree(tmp_path / "whole", data_dir)
        segments(data_dir)[0].write_bytes(whole[:cut])
        assert reopened(data_dir) == 3, f"cut at byte {cut}"
        assert segments(data_dir)[0].stat().st_size == last_frame
    assert kept(data_dir) == batches[:2]
    written(data_dir, [1])
    assert kept(data_dir) == [*batches[:2], batch(4, 1)]


def test_j5_a_tail_that_was_never_written_through_is_cut_as_well(tmp_path: Path) -> None:
    batches = written(tmp_path, [2, 2])
    segment = segments(tmp_path)[0]
    whole = segment.read_bytes()
    length = frame_size(2)
    for tail in (whole[-length:-HALF] + bytes(HALF), b"\xff" * 7, bytes(9) + b"\x01" + bytes(70)):  # half of it, noise
        segment.write_bytes(whole[:-length] + tail)
        assert reopened(tmp_path) == 2
        assert segment.read_bytes() == whole[:-length]
    assert kept(tmp_path) == batches[:1]


def test_j5_a_segment_whose_head_was_never_written_through_is_taken_away(tmp_path: Path) -> None:
    one_frame = HEAD + frame_size(1)
    written(tmp_path, [1, 1, 1], segment_bytes=one_frame)
    third = segments(tmp_path)[2]
    third.write_bytes(third.read_bytes()[:40])
    assert reopened(tmp_path) == 2
    assert not third.exists()


def test_j3_names_cost_their_bytes_only_where_there_are_some(tmp_path: Path) -> None:
    ticks = commands(CommandKind.TIME, 3).view(COMMAND)
    whole = commands(CommandKind.ORDER, 1)
    whole["client_id"] = b"named"
    records = np.concatenate([ticks, whole.view(COMMAND), ticks])
    records["sequence"] = np.arange(1, 8)
    journal = Journal.open(str(tmp_path), LARGE)
    journal.append(records.tobytes())
    journal.wait_durable(7)
    journal.close()
    stored = segments(tmp_path)[0].read_bytes()
    assert len(stored) == HEAD + FRAME_HEAD + BITS + 7 * HALF + HALF
    assert stored[HEAD + FRAME_HEAD :][:BITS] == bytes([0b0001000]) + bytes(7)
    assert kept(tmp_path) == [records.tobytes()]


def test_j12_the_space_prepared_ahead_is_zeros_and_no_damage_and_a_frame_torn_inside_it_is_cut(tmp_path: Path) -> None:
    journal = Journal.open(str(tmp_path), LARGE)
    journal.append(batch(1, 1))
    journal.wait_durable(1)
    live = tmp_path / "live"
    shutil.copytree(tmp_path / "journal", live / "journal")  # as a power cut leaves it
    journal.append(batch(2, 1))
    journal.wait_durable(2)
    after = segments(tmp_path)[0].read_bytes()
    journal.close()
    assert segments(tmp_path)[0].stat().st_size == HEAD + 2 * frame_size(1), "an orderly end gives the rest back"
    (segment,) = segments(live)
    assert len(segment.read_bytes()) == STEP
    assert reopened(live) == 1
    assert segment.stat().st_size == STEP, "nothing was cut"
    begins = HEAD + frame_size(1)
    for reached in range(begins + 1, begins + frame_size(1)):
        torn = after[:reached] + bytes(STEP - reached)
        if torn == after:
            continue  # the rest of the frame is zeros by itself: it is whole
        segment.write_bytes(torn)
        assert reopened(live) == 1, f"torn behind byte {reached}"
        assert segment.stat().st_size == begins
    segment.write_bytes(after)
    assert reopened(live) == 2


def test_j12_zeros_where_records_were_before_a_later_segment_are_damage(tmp_path: Path) -> None:
    one_frame = HEAD + frame_size(1)
    written(tmp_path, [1, 1, 1], segment_bytes=2 * one_frame)
    first, second = segments(tmp_path)
    whole = first.read_bytes()
    first.write_bytes(whole[:one_frame] + bytes(frame_size(1)))
    with pytest.raises(JournalDamaged, match=f"segment {first.name} is damaged at offset {one_frame} .*missing"):
        Journal.open(str(tmp_path), LARGE)
    first.write_bytes(whole + bytes(1_000))
    assert reopened(tmp_path) == 3, "prepared and not used"
    assert second.exists()


def test_j12_segments_are_prepared_while_the_one_before_is_in_use(tmp_path: Path) -> None:
    size = 8 * STEP
    journal = Journal.open(str(tmp_path), size)
    first = 1
    for _ in range(30):  # 38 MB
        journal.append(batch(first, 20_000))
        first += 20_000
        journal.wait_durable(first - 1)
    files = segments(tmp_path)
    assert files[-1].stat().st_size == size, "its space was there before its frames"
    assert all(path.stat().st_size <= size for path in files)
    journal.close()
    assert not list((tmp_path / "journal").glob("*.draft")) or reopened(tmp_path) == first - 1
    assert not list((tmp_path / "journal").glob("*.draft")), "a start takes what was prepared away"
    assert sum(len(payload) for payload in kept(tmp_path)) == (first - 1) * RECORD


def test_j1_any_number_of_batches_may_be_on_their_way_and_become_durable_in_order(tmp_path: Path) -> None:
    journal = Journal.open(str(tmp_path), LARGE)
    for first in range(1, 1_001):
        journal.append(batch(first, 1))
    assert journal.last_sequence() == 1_000
    journal.wait_durable(500)
    assert 500 <= journal.durable() <= 1_000
    journal.wait_durable(1_000)
    journal.close()
    assert b"".join(kept(tmp_path)) == batch(1, 1_000)
    assert len(kept(tmp_path)) < 1_000, "what waits together is synced together"


def test_j6_a_flipped_bit_before_a_valid_record_is_refused_with_segment_and_offset(tmp_path: Path) -> None:
    written(tmp_path, [1, 1, 1])
    segment = segments(tmp_path)[0]
    whole = segment.read_bytes()
    frame = frame_size(1)
    second = HEAD + frame
    for offset in range(0, second + frame, 5):
        damaged = bytearray(whole)
        damaged[offset] ^= 1 << offset % 8
        segment.write_bytes(damaged)
        if 16 <= offset < 24:
            continue  # the epoch in a segment's head tells people when it began; each frame carries its own
        begins = 0 if offset < HEAD else HEAD if offset < second else second
        said = rf"segment {segment.name} is damaged at offset {begins} .*valid records follow.*restore"
        with pytest.raises(JournalDamaged, match=said):
            Journal.open(str(tmp_path), LARGE)
        assert segment.read_bytes() == damaged, "nothing is cut"
    segment.write_bytes(whole)
    assert reopened(tmp_path) == 3


def test_j6_damage_far_into_a_large_segment_is_named_as_well_and_nothing_replayed_before_it_is_served(
    tmp_path: Path,
) -> None:
    # A start reads a segment a mebibyte at a time: frames of 0.6, 1.9 and 0.6 MiB lie across its windows.
    written(tmp_path, [10_000, 30_000, 10_000, 1])
    (segment,) = segments(tmp_path)
    journal, engine = restore(tmp_path, SETTINGS)
    journal.close()
    assert engine.sequence() == 50_001
    third = HEAD + sum(FRAME_HEAD + -(-count // 64) * 8 + count * HALF for count in (10_000, 30_000))
    whole = bytearray(segment.read_bytes())
    whole[third + 5_000] ^= 1
    segment.write_bytes(whole)
    with pytest.raises(JournalDamaged, match=rf"segment {segment.name} is damaged at offset {third} "):
        restore(tmp_path, SETTINGS)
    segment.write_bytes(whole[:-8])  # the last frame is torn as well, so no valid record follows
    journal, engine = restore(tmp_path, SETTINGS)
    journal.close()
    assert engine.sequence() == 40_000


def test_j6_a_segment_of_another_format_is_refused_and_never_cut(tmp_path: Path) -> None:
    written(tmp_path, [1, 1], segment_bytes=HEAD + frame_size(1))
    segment = segments(tmp_path)[1]
    whole = segment.read_bytes()
    newer = whole[:8] + (3).to_bytes(4, "little") + whole[12:HEAD] + b"CBF9" + whole[HEAD + 4 :]
    segment.write_bytes(newer)
    for _ in range(2):
        with pytest.raises(
            JournalDamaged, match=rf"{segment.name} has a format that this release does not know.*served"
        ):
            Journal.open(str(tmp_path), LARGE)
        assert segment.read_bytes() == newer, "nothing is cut"
    before = segments(tmp_path)[0]
    stored = before.read_bytes()
    before.write_bytes(stored[:-1])  # torn, if nothing stood behind it
    with pytest.raises(JournalDamaged, match=f"{segment.name} has a format"):
        Journal.open(str(tmp_path), LARGE)
    assert before.read_bytes() == stored[:-1]
    before.write_bytes(stored)
    segment.write_bytes(newer[:HEAD] + bytes(4096))
    assert reopened(tmp_path) == 1, "a head with nothing behind it is a torn tail, whatever it says"


def test_j6_damage_is_found_across_segments_and_a_missing_segment_is_damage(tmp_path: Path) -> None:
    one_frame = HEAD + frame_size(1)
    written(tmp_path, [1, 1, 1], segment_bytes=one_frame)
    first, second, third = segments(tmp_path)
    assert [path.name for path in (first, second, third)] == [f"{sequence:020}.cbj" for sequence in (1, 2, 3)]
    whole = second.read_bytes()
    second.write_bytes(whole[:-1])  # torn, were it the last one; but a valid record follows in the third
    with pytest.raises(JournalDamaged, match=f"segment {second.name} is damaged at offset {HEAD} "):
        Journal.open(str(tmp_path), LARGE)
    second.unlink()
    with pytest.raises(JournalDamaged, match=f"segment {third.name} is damaged at offset 0 .*sequence"):
        Journal.open(str(tmp_path), LARGE)
    second.write_bytes(whole)
    assert reopened(tmp_path) == 3


@pytest.mark.parametrize("frames", [3, 2])
def test_j6_a_record_replaced_together_with_its_checksum_breaks_the_hash_chain(tmp_path: Path, frames: int) -> None:
    # With two frames the last one itself does not continue the chain: it is whole, so it is no torn tail.
    written(tmp_path, [1] * frames)
    segment = segments(tmp_path)[0]
    frame = bytearray(segment.read_bytes()[HEAD : HEAD + frame_size(1)])
    frame[FRAME_HEAD + BITS + 8] ^= 1  # another engine time
    frame[28:32] = bytes(4)
    frame[28:32] = struct.pack("<I", crc32c(bytes(frame)))
    stored = segment.read_bytes()
    segment.write_bytes(stored[:HEAD] + bytes(frame) + stored[HEAD + len(frame) :])
    second = HEAD + len(frame)
    with pytest.raises(JournalDamaged, match=f"offset {second} .*hash chain"):
        Journal.open(str(tmp_path), LARGE)


def test_j7_a_second_process_on_the_folder_is_refused(tmp_path: Path) -> None:
    journal = Journal.open(str(tmp_path), LARGE)
    program = "import sys; from commonbook._engine import Journal; Journal.open(sys.argv[1], 1 << 26)"
    other = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert other.returncode != 0
    assert re.search(rf"DataFolderInUse: the data folder {re.escape(str(tmp_path))} is in use", other.stderr)
    journal.close()
    assert reopened(tmp_path) == 0, "closed, it may be opened again"


def exchange_of(data_dir: Path) -> Sequencer:
    return Sequencer.open(data_dir, SETTINGS)


def test_j8_a_journal_whose_end_is_missing_is_refused_while_a_snapshot_remembers_it(tmp_path: Path) -> None:
    sequencer = exchange_of(tmp_path)
    sequencer.commit(venue_commands().view(COMMAND), 1)
    last = sequencer.commit(standing_book().view(COMMAND), 2).last
    sequencer.snapshot()
    sequencer.close()
    segment = segments(tmp_path)[0]
    damaged = bytearray(segment.read_bytes())
    damaged[-1] ^= 1  # nothing valid follows, so by the file alone it is a torn tail
    segment.write_bytes(damaged)
    with pytest.raises(JournalDamaged, match=f"ends at sequence {last - 100}, but a snapshot holds sequence {last};"):
        exchange_of(tmp_path)


def test_j8_a_journal_whose_end_is_missing_is_refused_while_the_back_office_remembers_it(tmp_path: Path) -> None:
    settings = Settings()
    with Exchange.open(tmp_path, settings) as exchange:
        last = exchange.submit(venue_commands()).last
    shutil.rmtree(tmp_path / "journal")
    shutil.rmtree(tmp_path / "snapshots")
    with pytest.raises(JournalDamaged, match=f"ends at sequence 0, but the back office holds sequence {last};"):
        Exchange.open(tmp_path, settings)


def test_j9_a_snapshot_and_the_tail_behind_it_give_the_state_of_a_full_replay(tmp_path: Path) -> None:
    sequencer = exchange_of(tmp_path)
    sequencer.commit(venue_commands().view(COMMAND), 1)
    sequencer.snapshot()
    sequencer.commit(standing_book().view(COMMAND), 2)
    state = sequencer.engine.state_hash()
    sequencer.close()
    full = Engine()
    for payload in JournalReader(str(tmp_path), 0):
        full.apply(payload)
    journal, restored = restore(tmp_path, SETTINGS)
    journal.close()
    assert restored.state_hash() == full.state_hash() == state
    (at,) = list_snapshots(str(tmp_path))
    loaded = load_snapshot(str(tmp_path), at)
    assert loaded is not None
    assert 0 < loaded[0] < restored.sequence(), "the tail behind the snapshot is not empty"
    tails = [replay(tmp_path, at, from_nothing=full_way) for full_way in (False, True)]
    events = [b"".join(one.events.tobytes() for one in tail) for tail in tails]
    assert events[0] == events[1] != b""


def test_j9_a_snapshot_within_a_batch_is_continued_in_the_middle_of_it(tmp_path: Path) -> None:
    sequencer = exchange_of(tmp_path)
    sequencer.commit(venue_commands().view(COMMAND), 1)
    state, last = sequencer.engine.state_hash(), sequencer.engine.sequence()
    sequencer.close()
    half = Engine()
    half.apply(b"".join(kept(tmp_path))[: 10 * RECORD])
    write_snapshot(str(tmp_path), 10, half.snapshot(), 3)
    journal, restored = restore(tmp_path, SETTINGS)
    journal.close()
    assert (restored.sequence(), restored.state_hash()) == (last, state)


def test_j9_a_damaged_snapshot_is_passed_over_for_an_older_one_or_for_the_journal(tmp_path: Path) -> None:
    sequencer = exchange_of(tmp_path)
    for now, part in enumerate((venue_commands(), standing_book())):
        sequencer.commit(part.view(COMMAND), now)
        sequencer.snapshot()
    state = sequencer.engine.state_hash()
    sequencer.close()
    older, newer = sorted((tmp_path / "snapshots").iterdir())
    for spoiled, left in ((newer, int(older.stem)), (older, None)):
        stored = bytearray(spoiled.read_bytes())
        stored[len(stored) // 2] ^= 4
        spoiled.write_bytes(stored)
        found = load_snapshot(str(tmp_path), 10**9)
        assert (found[0] if found else None) == left
        journal, restored = restore(tmp_path, SETTINGS)
        journal.close()
        assert restored.state_hash() == state


def test_j10_only_the_newest_snapshots_are_kept_and_the_journal_is_not_shortened(tmp_path: Path) -> None:
    settings = JournalSettings(snapshot_every=5, snapshots_kept=2)
    sequencer = Sequencer.open(tmp_path, settings)
    written_at = []
    for number in range(1, 31):
        tick = commands(CommandKind.TIME)
        sequencer.commit(tick.view(COMMAND), number)
        if sequencer.snapshot_if_due():
            written_at.append(number)
            sequencer.keeper.wait()
    sequencer.close()
    assert written_at == [5, 10, 15, 20, 25, 30]
    assert list_snapshots(str(tmp_path)) == [25, 30]
    assert len(kept(tmp_path)) == 30


def test_the_reference_shows_how_to_read_a_journal_and_that_works(tmp_path: Path) -> None:
    sequencer = exchange_of(tmp_path)
    last = sequencer.commit(venue_commands().view(COMMAND), 1).last
    state = sequencer.engine.state_hash()
    sequencer.close()
    page = (ROOT / "docs" / "reference" / "journal.md").read_text()
    (program,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    command = [sys.executable, "-c", program.replace('"data"', repr(str(tmp_path)))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(last), state]


def test_each_rule_of_the_page_is_proved_here_under_its_number() -> None:
    page = (ROOT / "docs" / "rules" / "journal.md").read_text()
    rules = [int(number) for number in re.findall(r"^\*\*J-(\d+)\.\*\*", page, re.MULTILINE)]
    assert rules == list(range(1, len(rules) + 1))
    files = [Path(__file__), Path(__file__).with_name("test_journal_keeping.py")]
    tests = "".join(path.read_text() for path in files)
    proved = set(re.findall(r"^(?:async )?def test_j(\d+)_", tests, re.MULTILINE))
    assert proved == {str(number) for number in rules}


DISK_IS_FULL = """
import resource, sys
from commonbook._engine import Journal, JournalFailed
from integration.test_journal_files import STEP, batch
journal = Journal.open(sys.argv[1], 1 << 26)
resource.setrlimit(resource.RLIMIT_FSIZE, (STEP + 100,) * 2)  # beyond what is prepared first nothing fits
journal.append(batch(1, 1))
journal.wait_durable(1)
for _ in range(2):
    try:
        journal.append(batch(journal.last_sequence() + 1, 20_000))
        journal.wait_durable(journal.last_sequence())
    except JournalFailed as failure:
        print(failure)
print(journal.durable())
"""


def test_j11_a_disk_that_refuses_is_final_and_what_was_durable_stays(tmp_path: Path) -> None:
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-c", DISK_IS_FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tests)
    first, second, durable = done.stdout.splitlines()
    assert "File too large" in first
    assert second.startswith("the journal has failed"), "there is no second try"
    assert durable == "1"
    assert segments(tmp_path)[0].stat().st_size == STEP + 100, "there was no more room"
    assert reopened(tmp_path) == 1
    assert kept(tmp_path) == [batch(1, 1)]
