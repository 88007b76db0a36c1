"""One running exchange for all conformance tests of a worker; each test takes fresh accounts."""

from collections.abc import Iterator

import pytest
from conformance.okx_v5.wire import Hand, Running, started


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("okx")) as found:
        yield found


@pytest.fixture
def alice(running: Running) -> Hand:
    """A customer of aurora."""
    return running.hand("aurora")


@pytest.fixture
def bob(running: Running) -> Hand:
    """A customer of borealis."""
    return running.hand("borealis")
