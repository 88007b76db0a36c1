"""Settled hours of two brokers, one of them with a sub-broker and users who get something back: for proofs and `why`.

NORTHSTAR has 35 % or 10 %; its sub-broker SOUTHSTAR has 10 points and gives 5 of them to its users, as NORTHSTAR gives
2 to its own; OTHER is a broker for itself.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from spec.small_exchange import BROKER, PAYOUT, SmallExchange, one

from commonbook.broker.model import Program
from commonbook.broker.tree import Node
from commonbook.records import CommandKind
from commonbook.units import RateE8

SUB, OTHER = 2, 3
SUB_CODE, OTHER_CODE = "SOUTHSTAR", "OTHER"
NODES = (
    Node(BROKER, 0, 0, RateE8(0), RateE8(2_000_000)),
    Node(SUB, 0, BROKER, RateE8(10_000_000), RateE8(5_000_000)),
)


def tree_exchange(folder: Path, **terms: Any) -> SmallExchange:
    """A small exchange whose program has the tree.

    Args:
        terms: others of the program's.
    """
    exchange = SmallExchange(folder)
    if OTHER not in exchange.exchange.venue.codes:
        exchange.send(
            *(
                one(CommandKind.BROKER_CODE, broker=broker, active=1, payout_account=PAYOUT, code=code.encode())
                for broker, code in ((SUB, SUB_CODE), (OTHER, OTHER_CODE))
            )
        )
    give_tree(exchange, **terms)
    return exchange


def give_tree(exchange: SmallExchange, **terms: Any) -> Program:
    """Again after each time that it was opened."""
    office = exchange.exchange.back_office
    plain = office.program()
    assert plain is not None
    program = replace(plain, nodes=NODES, **terms)
    office.__dict__["program"] = lambda: program
    return program
