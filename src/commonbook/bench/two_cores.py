"""Whether counter and books should have a core each: what messages between two cores cost, and what is left to win."""

from dataclasses import dataclass

from commonbook._engine import hand_over
from commonbook.bench.harness import ROUNDS

MESSAGES = 1_000_000
AHEAD = 64  # under way at a time when nobody waits


@dataclass(frozen=True, slots=True)
class Hands:
    """Nanoseconds of a message of a cache line to another core and its answer: many under way, or each waited for."""

    streamed: float
    waited: float


def measure_hands() -> Hands:
    best = {ahead: min(hand_over(MESSAGES, ahead) for _ in range(ROUNDS)) for ahead in (AHEAD, 1)}
    return Hands(best[AHEAD], best[1])


def at_most(engine: float, floor: float, trading: float, hands: Hands) -> float:
    """How much faster two cores could be at most, the counter on one and the books on the other, with the same states.

    The books' core does what the bare floor does, the counter's all the rest. Each command is a message and an answer.
    Behind one that trades the counter cannot check the next before it knows whose funds have changed, so it waits.

    Args:
        engine, floor: commands a second on one core.
        trading: the share of the commands that trade.
    """
    whole, books = 1e9 / engine, 1e9 / floor
    counter = whole - books + hands.streamed + trading * (books + hands.waited - hands.streamed)
    return whole / max(counter, books + hands.streamed)
