"""What the trial of debug against release compares; the trial itself belongs to the tier full of replay."""

from pathlib import Path

import pytest

from commonbook.matching.sequencer import Sequencer
from commonbook.qa import builds
from commonbook.records import COMMAND
from commonbook.settings import JournalSettings
from commonbook.simulator.demo_market import crowd_commands, venue_commands


def test_i7_states_are_told_each_so_many_commands_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "EVERY", 1_000)
    sequencer = Sequencer.open(tmp_path, JournalSettings())
    expected = []
    given = (venue_commands().view(COMMAND), crowd_commands().view(COMMAND)[:5_000])
    for part in given:
        sequencer.commit(part.copy(), 1)
    end, state = sequencer.engine.sequence(), sequencer.engine.state_hash()
    sequencer.close()
    found = builds.states(tmp_path)
    expected = [*range(1_000, end, 1_000), end]
    assert [at for at, _ in found] == expected
    assert found[-1] == (end, state)
    assert len({hash_ for _, hash_ in found}) == len(found)


def test_i7_a_state_that_differs_or_is_missing_is_named() -> None:
    ours = [(10_000, "a" * 64), (20_000, "b" * 64)]
    assert builds.difference(ours, list(ours)) == ""
    assert "state aaaaaaaaaaaaaaaa at sequence 10000, the other ffffffffffffffff" in builds.difference(
        ours, [(10_000, "f" * 64), ours[1]]
    )
    assert builds.difference(ours, ours[:1]) == "one build has 2 states, the other 1"
