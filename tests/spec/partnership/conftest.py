"""A venue with desks for each test of the partnership."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from spec.partnership.desk_here import DesksHere
from spec.partnership.journey import Host, everything_is_there


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[DesksHere]:
    with DesksHere(tmp_path) as found:
        yield found


@pytest.fixture
def host(desks: DesksHere) -> Host:
    return Host.of(desks)


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every item of the checklist is found, whatever keeps it."""
    everything_is_there(monkeypatch)
