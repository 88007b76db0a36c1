"""One running exchange for all conformance tests of a worker; each test takes fresh accounts."""

from collections.abc import Iterator

import httpx
import pytest
from conformance.okx_v5.wire import Hand, Running, prepare
from integration.serving import Server


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data_dir = tmp_path_factory.mktemp("okx") / "data"
    prepare(data_dir)
    with Server(data_dir) as server, httpx.Client(base_url=server.ready["rest"], timeout=10) as http:
        found = Running(server, http)
        yield found
        found.close()


@pytest.fixture
def alice(running: Running) -> Hand:
    """A customer of aurora."""
    return running.hand("aurora")


@pytest.fixture
def bob(running: Running) -> Hand:
    """A customer of borealis."""
    return running.hand("borealis")
