"""Suites `powercut` (I4, I5) and `iofail` (I6): the journal's own trials."""

from commonbook.qa.rust_trials import run_program
from commonbook.qa.suite import Result

# Planted bugs by their number, each with the suite that catches it.
BUGS = {
    1: ("powercut", "what is written counts as durable before it is synced"),
    2: ("powercut", "a bad place is cut even when valid frames follow"),
    3: ("powercut", "a frame's checksum is not compared"),
    4: ("iofail", "a failed sync is passed over"),
}


def run(suite: str, seed: int, trials: int, bug: int = 0, limit: float = 0.0) -> Result:
    """Images of `powercut`, or seeds of `iofail`; damages and every byte cut of 64 KiB come on top.

    Raises:
        OutsideFailure: the program could not be built or broke off.
    """
    result = Result(suite, seed, limit=limit)
    numbers = (str(seed), str(trials), str(bug), str(int(limit)))
    run_program(result, "commonbook-journal", "journal-trials", "trials", suite, *numbers)
    result.seeds = trials if suite == "iofail" else 1
    return result
