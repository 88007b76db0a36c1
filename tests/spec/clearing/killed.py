"""A process that releases what is due in a folder, 64 at once by two back offices; its test kills it.

`python -m spec.clearing.killed FOLDER`
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spec.clearing.at_once import two_back_offices
from spec.clearing.brand_days import AT_ONCE
from spec.small_exchange import SmallExchange


def main(folder: Path) -> None:
    with SmallExchange(folder, AT_ONCE) as exchange, two_back_offices(exchange, folder) as run:
        print("begins", flush=True)
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(run, range(64)))
        print("is done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
