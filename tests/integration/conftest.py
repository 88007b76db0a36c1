"""One PostgreSQL for all tests of a worker: each has a schema of its own, and nothing else is kept on the server."""

from collections.abc import Iterator

import pytest
from integration.postgres import postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Its address."""
    with postgres_server() as url:
        yield url
