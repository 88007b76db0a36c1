"""Whether brokers may earn on the clients of many fill sides at once, and up to which cap. Rules CN-4, CN-9 to CN-11.

What is told of a side is what `consenting.judged` and `consenting.cap_at` say of it; tests hold the two together. A
busy hour has millions of sides and far fewer clients, and what a client has said changes seldom: each client is judged
once for each run of sides between two changes.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from commonbook.broker.consenting import PROGRAMS, Client, ClientReason, cap_at, judged, turns
from commonbook.broker.sides import Sides

MAY_EARN = 0  # among the reasons, which count from 1 in their order
REASONS = tuple(ClientReason)


def pairs_of(sides: Sides) -> list[tuple[int, int]]:
    """Account and effective broker of the sides that have one, each pair once, in order.

    They are what `consents.clients_of` asks for.
    """
    some = np.flatnonzero(sides["broker"])
    if not len(some):
        return []
    accounts, at = np.unique(sides["account"][some], return_inverse=True)
    brokers = sides["broker"][some].astype(np.int64)
    most = int(brokers.max()) + 1
    keys = np.unique(at * most + brokers)
    return list(zip(accounts[keys // most].tolist(), (keys % most).tolist(), strict=True))


def judge(sides: Sides, clients: Mapping[tuple[int, int], Client]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Of each side why its broker earns nothing (MAY_EARN, or a place in REASONS from 1), and the client's cap.

    Args:
        sides: in the order of the fills, so that neither time nor sequence falls.
        clients: by account and broker; a side without one, or without a broker, may earn and has PROGRAMS.
    """
    reasons = np.zeros(len(sides), np.uint8)
    caps = np.full(len(sides), PROGRAMS, np.int64)
    to_judge = {pair: client for pair, client in clients.items() if client.has_said}
    some = np.flatnonzero(np.isin(sides["account"], np.array([account for account, _ in to_judge], np.int64)))
    some = some[sides["broker"][some] != 0]
    accounts, brokers = sides["account"][some], sides["broker"][some].astype(np.int64)
    order = np.lexsort((brokers, accounts))
    changes = np.flatnonzero((np.diff(accounts[order]) != 0) | (np.diff(brokers[order]) != 0)) + 1
    for group in np.split(order, changes) if len(order) else ():
        places = some[group]
        client = to_judge.get((int(sides["account"][places[0]]), int(sides["broker"][places[0]])))
        if client is None:
            continue
        times, sequences = sides["time_ns"][places], sides["sequence"][places]
        for start, end in pairwise(_runs(client, times, sequences)):
            time_ns, sequence = int(times[start]), int(sequences[start])
            why = judged(client, time_ns, sequence)
            reasons[places[start:end]] = MAY_EARN if why is None else REASONS.index(why) + 1
            caps[places[start:end]] = cap_at(client, time_ns, sequence)
    return reasons, caps


def _runs(client: Client, times: NDArray[np.int64], sequences: NDArray[np.int64]) -> list[int]:
    """Where among a client's sides each run of those begins that are judged alike; and their count, as its end."""
    begins = {0, len(times)}
    for said_ns, said_behind in turns(client):
        first = np.searchsorted(times, said_ns, side="left")
        begins.add(int(max(first, np.searchsorted(sequences, said_behind, side="right"))))
    return sorted(begins)
