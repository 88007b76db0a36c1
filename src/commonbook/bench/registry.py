"""The benches by name."""

from collections.abc import Callable, Mapping

from commonbook.bench import brands, door, engine, fanout, growth, journal, recovery, rest, ws
from commonbook.bench.harness import Report

Tell = Callable[[str], None]
BENCHES: dict[str, Callable[[Tell, Mapping[str, str]], Report]] = {
    "brands": brands.run,
    "door": door.run,
    "engine": engine.run,
    "fanout": fanout.run,
    "growth": growth.run,
    "journal": journal.run,
    "recovery": recovery.run,
    "rest": rest.run,
    "ws": ws.run,
}
