"""One served exchange for all tests of a worker that need one."""

from collections.abc import Iterator

import pytest
from spec.brand.served import Served, served_in


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_in(tmp_path_factory.mktemp("brands")) as found:
        yield found
