"""What brokers have accrued, as rows that a test can read."""

import json
from typing import Any

from sqlalchemy import Connection

from commonbook.broker import accrual
from commonbook.broker.deciding import reason_of
from commonbook.broker.lines import common_texts
from commonbook.instrument.venue import Venue
from commonbook.records import FillRole, amounts


def accrued(connection: Connection, venue: Venue) -> list[dict[str, Any]]:
    """Each side in the order of the fills: role, broker, reason, amounts; its line without what is a broker's own."""
    found = []
    for sides in accrual.blocks(connection):
        lines = [
            json.loads(text + b"null}")
            for text in common_texts(sides, int(sides["time_ns"][0]) // 10**9 // 3600, venue)
        ]
        columns = (amounts(sides["commission"]), amounts(sides["paid"]))
        for side, line, commission, paid in zip(sides, lines, *columns, strict=True):
            told = {"role": FillRole(int(side["role"])).name.lower(), "broker": int(side["broker"])}
            told |= {
                "reason": reason_of(int(side["failed"]), bool(side["cut"])).value,
                "amount_quote": commission,
                "amount_paid": paid,
            }
            line |= {"commission": str(commission), "paid": str(paid), "rate_e8": str(int(side["rate_e8"]))}
            found.append(told | {"line": line})
    return found
