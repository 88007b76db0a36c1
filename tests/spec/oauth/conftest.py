"""One small exchange for all tests of a module: each registers a client and signs a user in of its own."""

from collections.abc import Iterator

import pytest
from spec.house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("oauth")) as found:
        yield found
