"""The short way of twenty orders against the long one: read, prove, pack and answer, in this process."""

import hmac
from typing import Any

import msgspec
import numpy as np

from commonbook._engine import Engine
from commonbook.bench.harness import best_of, timed
from commonbook.bench.load import compact, orders
from commonbook.bench.venue import FIRST_ACCOUNT, venue
from commonbook.errors import Mismatch
from commonbook.gateway.okx_v5.app import decode_body
from commonbook.gateway.okx_v5.door import Call, Door
from commonbook.gateway.okx_v5.lane import Lane
from commonbook.gateway.okx_v5.trade import record_of, reply_of
from commonbook.identity.model import Credential, Permission
from commonbook.instrument.venue import Venue
from commonbook.matching.gathering import Numbered, each_of
from commonbook.records import COMMAND, Attribution, as_commands
from commonbook.settings import GatewaySettings

ROWS = 20
BODIES = 200
ROUNDS = 5
MIDDLE = 1_000_000
OPERATION = "batch-orders"
SENDER = Credential(
    id=1,
    api_key="",
    account=FIRST_ACCOUNT,
    brand=1,
    label="",
    permissions=frozenset(Permission),
    ip_list=(),
    secret=b"0123456789abcdef0123456789abcdef",
    passphrase_hash="",
    brokers=frozenset(),
)


def compiled_vs_python(seed: int) -> float:
    """How many times as fast the short way is.

    Raises:
        Mismatch: they do not come to the same records and answers.
    """
    setup = venue(1, 2)
    known = Venue()
    for command in setup:
        known.apply_command(command)
    nothing: Any = None  # a body is read with the venue and the settings alone
    door = Door(nothing, nothing, known, nothing, GatewaySettings(), nothing, nothing)
    lane = Lane(door.settings)
    rows = orders(seed, ROWS * BODIES, "C0-USDT", MIDDLE)
    bodies = [compact(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)]
    engine = Engine()
    engine.apply(setup.view(np.uint8))
    answers = []
    for body in bodies:
        packed = _short(lane, known, body)
        if packed != _long(door, body):
            raise Mismatch("the two ways make different records of one body")
        batch = np.frombuffer(packed, COMMAND).copy()
        first = engine.sequence() + 1
        batch["sequence"] = np.arange(first, first + ROWS)
        answers.append(Numbered(first, ROWS, engine.apply(batch.view(np.uint8)).view(np.uint8)))

    def short() -> None:
        for body, numbered in zip(bodies, answers, strict=True):
            taken = lane.read(OPERATION, body, SENDER, known)
            if taken is None:
                raise Mismatch("a body was left to the long way")
            _prove(body)
            taken.records([(0, int(Attribution.UNKNOWN_CODE))])
            lane.answer(taken, numbered)

    def long() -> None:
        for body, numbered in zip(bodies, answers, strict=True):
            value = decode_body(body)
            _prove(body)
            call = Call({}, value, SENDER, None, 0)
            built = [record_of(door, call, OPERATION, row) for row in value]
            as_commands(*(one.record for one in built if one.record is not None))
            msgspec.json.encode(reply_of(OPERATION, value, built, each_of(numbered)).data)

    seconds = best_of(ROUNDS, {"short": lambda: timed(short), "long": lambda: timed(long)})
    return seconds["long"] / seconds["short"]


def _prove(body: bytes) -> None:
    hmac.digest(SENDER.secret, body, "sha256")


def _short(lane: Lane, known: Venue, body: bytes) -> bytes:
    taken = lane.read(OPERATION, body, SENDER, known)
    if taken is None:
        raise Mismatch("a body was left to the long way")
    return taken.records([(0, int(Attribution.UNKNOWN_CODE)) for _ in taken.tags]).tobytes()


def _long(door: Door, body: bytes) -> bytes:
    value = decode_body(body)
    built = [record_of(door, Call({}, value, SENDER, None, 0), OPERATION, row) for row in value]
    return as_commands(*(one.record for one in built if one.record is not None)).tobytes()
