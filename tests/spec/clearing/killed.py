"""A process that releases what is due in a folder, 64 at once by two back offices; its test kills it.

`python -m spec.clearing.killed FOLDER`
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from spec.clearing.brand_days import AT_ONCE
from spec.small_exchange import SmallExchange

from commonbook.clearing.reconciliation import Outside
from commonbook.exchange import BackOffice, Cleared
from commonbook.records import Records
from commonbook.settings import database_url


def main(folder: Path) -> None:
    with SmallExchange(folder, AT_ONCE) as exchange:
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

        print("begins", flush=True)
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(run, range(64)))
        print("is done", flush=True)
        other.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
