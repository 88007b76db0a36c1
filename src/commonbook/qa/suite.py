"""What every suite returns, and what a suite may ask of its tier."""

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
    """How far a suite came and what it met; `failure` is one line with seed and command, empty when all passed."""

    suite: str
    seed: int
    trials: int = 0
    checks: int = 0
    seeds: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    failure: str = ""
    seconds: float = 0.0

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
            "failure": self.failure,
            "seconds": round(self.seconds, 2),
        }
