"""What every suite returns, and what a suite may ask of its tier."""

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from commonbook.records import Refusal


class Tier(StrEnum):
    FAST = "fast"  # on every submission
    FULL = "full"  # before a stage is done
    SOAK = "soak"  # adds up over runs


@dataclass
class Result:
    """How far a suite came and what it met; `failure` is one line with seed and command, empty when all passed.

    With a `limit` in seconds it ends in good order when that is over, however far it has come.
    """

    suite: str
    seed: int
    trials: int = 0
    checks: int = 0
    seeds: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    figures: dict[str, float] = field(default_factory=dict)  # what was measured, by name with its unit
    failure: str = ""
    seconds: float = 0.0
    limit: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def goes_on(self, trials: int) -> bool:
        """Whether there is more to do: fewer trials than wanted, no failure, and time."""
        return self.trials < trials and self.passed and not self.is_late()

    def is_late(self) -> bool:
        return self.limit > 0 and self.age() > self.limit

    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    @property
    def passed(self) -> bool:
        return not self.failure

    def saw_refusal(self, reason: int) -> None:
        self.refusals[Refusal(reason).name] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "suite": self.suite,
            "passed": self.passed,
            "seed": self.seed,
            "seeds": self.seeds,
            "trials": self.trials,
            "checks": self.checks,
            "refusals": dict(sorted(self.refusals.items())),
            "events": dict(sorted(self.events.items())),
            "figures": self.figures,
            "failure": self.failure,
            "seconds": round(self.seconds, 2),
        }
