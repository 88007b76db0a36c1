"""Two back offices of one exchange, which both release and bill what is due."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from spec.small_exchange import SmallExchange

from commonbook.clearing.reconciliation import Outside
from commonbook.exchange import BackOffice, Cleared
from commonbook.records import Records
from commonbook.settings import database_url


@contextmanager
def two_back_offices(exchange: SmallExchange, folder: Path) -> Iterator[Callable[[int], Cleared]]:
    """A run by one or the other, for odd and even numbers; made for many threads at once."""
    other = BackOffice.open(folder, database_url(exchange.settings, folder), exchange.settings)
    offices, one_by_one = (exchange.exchange.back_office, other), Lock()
    other._engine_time_ns = exchange.exchange.back_office._engine_time_ns

    def send(commands: Records) -> object:
        with one_by_one:
            return exchange.exchange.submit(commands, timed=True)

    def run(number: int) -> Cleared:
        office = offices[number % 2]
        office._clearing_next_ns = 0
        return office.clear_due(send, lambda _: Outside(0, ()))  # type: ignore[arg-type]

    try:
        yield run
    finally:
        other.close()
