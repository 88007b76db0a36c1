"""`python -m commonbook.leaving`: make one export; what is asked comes by standard input."""

import json
import os
import sys
from pathlib import Path

from commonbook.errors import CommonbookError
from commonbook.identity.sealing import Seal
from commonbook.leaving import jobs
from commonbook.storage.database import open_database


def main() -> None:
    os.nice(10)
    asked = json.loads(sys.stdin.read())
    data_dir = Path(asked["data_dir"])
    database = open_database(asked["url"])
    try:
        jobs.make(data_dir, database, Seal.open(data_dir), int(asked["export"]))
    finally:
        database.dispose()


if __name__ == "__main__":
    try:
        main()
    except CommonbookError as failure:
        sys.exit(str(failure))
