"""`commonbook journal cat|verify|stats` on a folder as the demo sets one up."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commonbook.console.journal import counted, journal_app, verified
from commonbook.matching.sequencer import Sequencer
from commonbook.records import COMMAND, CancelScope, CommandKind, KillScope, ListingMode, as_commands, commands, words
from commonbook.settings import JournalSettings
from commonbook.simulator.demo_market import standing_book, venue_commands

START_NS = 1_777_777_777_000_000_123


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sequencer = Sequencer.open(tmp_path, JournalSettings())
    sequencer.commit(venue_commands().view(COMMAND), START_NS)
    sequencer.commit(standing_book().view(COMMAND), START_NS + 10**9)
    deposit = commands(CommandKind.DEPOSIT)
    deposit["account"], deposit["asset"], deposit["key"] = 1_000, 1, b"one key"
    deposit["amount"] = words(10**20)
    sequencer.commit(deposit.view(COMMAND), START_NS + 2 * 10**9)
    sequencer.close()
    return tmp_path


def told(*arguments: str) -> list[str]:
    result = CliRunner().invoke(journal_app, [*arguments])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_cat_prints_one_command_a_line_with_words_for_numbers_and_amounts_whole(folder: Path) -> None:
    lines = told("cat", str(folder))
    total = len(venue_commands()) + len(standing_book()) + 1
    assert len(lines) == total
    assert lines[-1].split() == [
        str(total),
        "2026-05-03T03:09:39.000000123Z",
        "DEPOSIT",
        "asset=1",
        "account=1000",
        "amount=100000000000000000000",
        "key=one",
        "key",
    ]
    order = next(line for line in lines if "ORDER" in line)
    assert "order_type=LIMIT" in order or "order_type=POST_ONLY" in order
    assert "side=BUY" in order or "side=SELL" in order


def test_cat_chooses_by_sequence_and_kind_and_speaks_json(folder: Path) -> None:
    first = len(venue_commands()) + 1
    rows = [
        json.loads(line) for line in told("cat", str(folder), "--from", str(first), "--to", str(first + 4), "--json")
    ]
    assert [row["sequence"] for row in rows] == list(range(first, first + 5))
    deposits = [json.loads(line) for line in told("cat", str(folder), "--kind", "deposit", "--json")]
    assert {row["kind"] for row in deposits} == {"DEPOSIT"}
    assert deposits[-1]["amount"] == "100000000000000000000"
    wrong = CliRunner().invoke(journal_app, ["cat", str(folder), "--kind", "nothing"])
    assert "no command of kind 'nothing'" in str(wrong.exception)


def test_cat_tells_a_scope_and_a_mode_by_the_words_of_their_command(folder: Path) -> None:
    kill, listing = commands(CommandKind.KILL), commands(CommandKind.LISTING)
    kill["scope"], kill["target"], kill["active"] = KillScope.PERSON, 7, 1
    listing["mode"], listing["brand"], listing["instrument"] = ListingMode.CLOSED, 2, 1
    sweep = commands(CommandKind.CANCEL_ALL)
    sweep["scope"], sweep["account"], sweep["credential"] = CancelScope.CREDENTIAL, 2_000, 5
    sequencer = Sequencer.open(folder, JournalSettings())
    batch = sequencer.commit(as_commands(kill, listing, sweep), START_NS + 3 * 10**9)
    sequencer.close()
    lines = told("cat", str(folder), "--from", str(batch.first))
    assert [line.split()[2:] for line in lines] == [
        ["KILL", "scope=PERSON", "active=1", "target=7"],
        ["LISTING", "mode=CLOSED", "brand=2", "instrument=1"],
        ["CANCEL_ALL", "scope=CREDENTIAL", "account=2000", "credential=5"],
    ]
    fees = told("cat", str(folder), "--kind", "FEES")[0].split()
    assert "scope=VENUE" in fees or "scope=BRAND" in fees


def test_verify_checks_all_of_it_and_names_what_is_torn_or_damaged(folder: Path) -> None:
    whole = verified(folder)
    assert (whole.ok, whole.frames, whole.epochs, whole.torn) == (True, 3, 1, "")
    assert json.loads(told("verify", str(folder), "--json")[0])["last_hash"] == whole.last_hash
    (segment,) = (folder / "journal").iterdir()
    stored = segment.read_bytes()
    segment.write_bytes(stored[:-1])
    torn = verified(folder)
    assert (torn.ok, torn.frames) == (True, 2)
    assert torn.torn.startswith(f"segment {segment.name}, offset ")
    assert segment.read_bytes() == stored[:-1], "nothing is cut by looking"
    segment.write_bytes(stored[:200] + b"\xff" + stored[201:])
    damaged = CliRunner().invoke(journal_app, ["verify", str(folder)])
    assert damaged.exit_code == 1
    assert f"segment {segment.name} is damaged at offset 64" in damaged.stdout


def test_stats_counts_segments_kinds_rate_and_range(folder: Path) -> None:
    found = counted(folder)
    assert found.commands == len(venue_commands()) + len(standing_book()) + 1
    assert found.by_kind["ORDER"] == len(standing_book())
    assert sum(found.by_kind.values()) == found.commands
    assert (found.first_time_ns, found.last_time_ns) == (START_NS, START_NS + 2 * 10**9)
    assert found.commands_a_second == round(found.commands / 2, 1)
    (segment,) = found.segments
    assert segment["stored"] == (folder / "journal" / segment["name"]).stat().st_size == segment["bytes"]
    assert any(line.startswith("rate ") for line in told("stats", str(folder)))
