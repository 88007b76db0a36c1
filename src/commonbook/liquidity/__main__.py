"""`python -m commonbook.liquidity`: report of one closed day for all brands; what is asked comes by standard input."""

import json
import os
import sys
from pathlib import Path

from commonbook._engine import journal_begins
from commonbook.errors import BadInput, CommonbookError
from commonbook.instrument import store as instrument_store
from commonbook.liquidity import report
from commonbook.storage.database import open_database, snapshot


def main() -> None:
    os.nice(10)
    asked = json.loads(sys.stdin.read())
    data_dir, day = Path(asked["data_dir"]), int(asked["day"])
    database = open_database(asked["url"])
    with snapshot(database) as connection:
        venue = instrument_store.load(connection)
    database.dispose()
    try:
        report.keep(data_dir, day, report.reports(data_dir, venue, sorted(venue.brands), day))
    except BadInput:
        if journal_begins(str(data_dir)) != 1:
            raise
    report.mark_done(data_dir, day)  # nothing is told of a day from before the journal's beginning


if __name__ == "__main__":
    try:
        main()
    except CommonbookError as failure:
        sys.exit(str(failure))
