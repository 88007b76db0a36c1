"""What a crash leaves half written is gone after the next start, and what is finished later stays."""

from pathlib import Path
from unittest import mock

from integration.serving import Server

from commonbook.broker import report_files
from commonbook.broker.publishing import Drafts
from commonbook.broker.report_files import Report
from commonbook.clearing import closing
from commonbook.console.leftovers import remove_left
from commonbook.exchange import CLEARING, STATEMENTS

KEPT = ("statements/NORTH/400000.draft", "statements/NORTH/399999.jsonl", "clearing/2/USDT-2026-11-01.jsonl")


def _died_over(data_dir: Path) -> list[Path]:
    """What is written as far as the process came: by those who write it."""
    (data_dir / STATEMENTS / "NORTH").mkdir(parents=True)
    (data_dir / CLEARING / "2").mkdir(parents=True)
    for name in KEPT:
        (data_dir / name).write_bytes(b"{}\n")
    Drafts(data_dir / STATEMENTS, 400_001).write("NORTH", [b"{}"])  # and never its end
    report = Report(7, 1, "fd", 20_000, 20_001, 1, 0, 0, "")
    report_files.write(data_dir, report, ["ordId"], [["1"]])
    statement = data_dir / CLEARING / "2" / "USDT-2026-11-02.jsonl"
    cut = closing._Draft(statement.with_suffix(".0123abcd.draft"), statement, mock.Mock())
    cut.path.write_text("{}\n")
    every = {path for path in data_dir.rglob("*") if path.is_file()}
    return sorted(every - {data_dir / name for name in KEPT})


def test_marked_drafts_are_removed_and_what_is_finished_later_stays(tmp_path: Path) -> None:
    left = _died_over(tmp_path)
    assert len(left) == 3
    assert sorted(remove_left(tmp_path)) == left
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(tmp_path / name for name in KEPT)
    assert remove_left(tmp_path) == []


def test_a_folder_that_is_not_there_has_nothing_left(tmp_path: Path) -> None:
    assert remove_left(tmp_path / "nowhere") == []


def test_they_are_gone_once_the_next_start_serves(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    left = _died_over(data_dir)
    with Server(data_dir):
        assert [path for path in left if path.exists()] == []
        assert all((data_dir / name).exists() for name in KEPT)
