"""The benches by name. Each is loaded when it is asked for: together they load half of the exchange."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from commonbook.bench.harness import Report

Tell = Callable[[str], None]
Run = Callable[[Tell, Mapping[str, str]], Report]


class _Benches(Mapping[str, Run]):
    """Names of modules of this folder that have a function `run`."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Run:
        if name not in self._names:
            raise KeyError(name)
        run: Run = import_module(f"{__package__}.{name}").run
        return run

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


BENCHES: Mapping[str, Run] = _Benches(
    "brands",
    "brokers",
    "door",
    "engine",
    "fairness",
    "fanout",
    "growth",
    "journal",
    "recovery",
    "rest",
    "settlement",
    "ws",
)
