"""Busting fills of a small exchange and correcting commissions, as the host's acts do it once two have agreed."""

import json
from pathlib import Path
from typing import Any

from spec.broker.tree_hours import give_tree, tree_exchange
from spec.small_exchange import SmallExchange, time_ns

from commonbook.broker import busts, corrections
from commonbook.broker.corrections import Correction
from commonbook.broker.reversing import Because
from commonbook.records import Batch, Records

BECAUSE = Because(7, "priced by a broken feed", "user:11", "user:12")


def with_tree(folder: Path) -> SmallExchange:
    """The exchange of `tree_hours`, whose fills are divided by the tree from the first on."""
    exchange = tree_exchange(folder)
    follow_tree(exchange)
    return exchange


def follow_tree(exchange: SmallExchange) -> None:
    """Again for each back office."""
    office = exchange.exchange.back_office
    program = give_tree(exchange)
    office._agreed.__dict__["enter"] = lambda *_: program


def bust(exchange: SmallExchange, fill: str, hour: int, second: int = 0, because: Because = BECAUSE) -> Batch:
    """Agreed and sent; what has been exchanged goes back with `give_back`."""
    office = exchange.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.begin() as connection:
        found = busts.to_bust(connection, program, office.venue, fill)
        busts.agree(connection, found, because)
    return exchange.send(busts.bust_commands(found), hour=hour, second=second)


def give_back(exchange: SmallExchange, hour: int, second: int = 0) -> list[Batch]:
    """What the process that follows the stream sends once it has caught up."""
    sent: list[Batch] = []

    def submit(records: Records) -> Batch:
        records["time_ns"] = time_ns(hour, second)
        sent.append(exchange.exchange.submit(records, timed=True))
        return sent[-1]

    exchange.exchange.back_office.do_due(submit)
    return sent


def correct(exchange: SmallExchange, wanted: Correction, hour: int, because: Because = BECAUSE) -> Batch:
    office = exchange.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.begin() as connection:
        corrections.must_be_sound(connection, program, office.venue, wanted, time_ns(hour) // (3_600 * 10**9))
        number = corrections.agree(connection, wanted, because)
    return exchange.send(corrections.booking_of(office.venue, program, wanted, number), hour=hour)


def newest_fill(exchange: SmallExchange) -> str:
    return str(exchange.accrued()[-1]["line"]["fill"])


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text(encoding="ascii").splitlines()]
