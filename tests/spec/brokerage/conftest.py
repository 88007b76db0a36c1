"""A venue with desks for each test of becoming a broker."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from spec.brokerage.journey import Host
from spec.partnership.desk_here import DesksHere


@pytest.fixture(scope="session")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the venue as it begins."""
    folder = tmp_path_factory.mktemp("venue")
    with DesksHere(folder):
        pass
    return folder


@pytest.fixture
def desks(venue: Path, tmp_path: Path) -> Iterator[DesksHere]:
    shutil.copytree(venue, tmp_path, dirs_exist_ok=True)
    with DesksHere(tmp_path) as found:
        yield found


@pytest.fixture
def host(desks: DesksHere) -> Host:
    return Host.of(desks)
