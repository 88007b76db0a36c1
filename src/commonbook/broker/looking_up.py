"""What a program says of codes, as columns: looked up once for each code and hour, however many sides are theirs.

A busy batch has a thousand codes, and the next batch has the same. What was looked up is numbered and kept; of a batch
its numbers are found, and what is known of each is then taken by its number.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from commonbook.broker.rates import NO_RATES, RateTable
from commonbook.broker.tree import Path
from commonbook.units import HOUR_NS, RATE_ONE

if TYPE_CHECKING:
    from commonbook.broker.model import Terms

USER = 0  # stands for the client itself among brokers
MOST = 100_000  # kept of either kind; then all is looked up anew
_HOURS = 2**32  # more than there are
Tables = tuple[tuple[int, int, RateTable], ...]  # of an hour, each from, to before, in order
Way = tuple[tuple[int, int], ...]  # who is below the root, or USER, with the points of the base, if any


class Growing:
    """Rows of whole numbers that more come to; behind a short row are zeros."""

    def __init__(self, width: int) -> None:
        self._rows = np.zeros((64, width), np.int64)
        self._count = 0

    @property
    def rows(self) -> NDArray[np.int64]:
        """Shape (n, width)."""
        return self._rows[: self._count]

    def add(self, row: Sequence[int]) -> None:
        longer, wider = self._count == len(self._rows), len(row) > self._rows.shape[1]
        if longer or wider:
            shape = (len(self._rows) * (1 + longer), max(len(row), self._rows.shape[1]))
            before, self._rows = self._rows, np.zeros(shape, np.int64)
            self._rows[: self._count, : before.shape[1]] = before[: self._count]
        self._rows[self._count, : len(row)] = row
        self._count += 1


class Codes:
    """Codes in hours, numbered from 0 as they come up."""

    def __init__(self) -> None:
        self.keys: list[tuple[int, int]] = []  # code and hour of each number
        self.schedules: list[Tables] = []  # what a place among the schedules stands for
        self._schedule_numbers: dict[Tables, int] = {}
        self._columns = Growing(3)
        self._numbers: dict[int, int] = {}

    @property
    def tiers(self) -> NDArray[np.int64]:
        return self._columns.rows[:, 0]

    @property
    def roots(self) -> NDArray[np.int64]:
        return self._columns.rows[:, 1]

    @property
    def schedule_of(self) -> NDArray[np.int64]:
        """Of each number the place among the schedules."""
        return self._columns.rows[:, 2]

    def numbers(
        self, codes: NDArray[np.int32], times: NDArray[np.int64], terms_of: "Callable[[int, int], Terms]"
    ) -> NDArray[np.int64]:
        """Of each side the number of its code in its hour, by engine time."""
        keys, place = np.unique(codes.astype(np.int64) * _HOURS + times // HOUR_NS, return_inverse=True)
        found = list(map(self._numbers.get, keys.tolist()))
        for at, number in enumerate(found):
            if number is None:
                found[at] = self._add(int(keys[at]), terms_of)
        return np.array(found, np.int64)[place]

    def _add(self, key: int, terms_of: "Callable[[int, int], Terms]") -> int:
        code, hour = divmod(key, _HOURS)
        terms = terms_of(code, hour)
        # Who has not negotiated has the same as the others.
        schedule = self._schedule_numbers.setdefault(terms.tables, len(self.schedules))
        if schedule == len(self.schedules):
            self.schedules.append(terms.tables)
        self._columns.add((terms.tier, terms.path.root, schedule))
        self.keys.append((code, hour))
        number = self._numbers[key] = len(self._numbers)
        return number

    def tables(
        self, numbers: NDArray[np.int64], times: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The cells of every table that is in force for somebody, and which of them is for each side; 0: no rates."""
        mine_of = self.schedule_of[numbers]
        cells, chosen = [NO_RATES], np.zeros(len(numbers), np.int64)
        for schedule in np.unique(mine_of).tolist():
            mine = np.flatnonzero(mine_of == schedule)
            for begins_ns, ends_ns, table in self.schedules[schedule]:
                chosen[mine[(times[mine] >= begins_ns) & (times[mine] < ends_ns)]] = len(cells)
                cells.append(table.cells)
        return np.stack(cells), chosen


class Ways:
    """The different ways in which commission is divided, numbered from 0 as they come up."""

    def __init__(self, codes: Codes) -> None:
        self.told: list[Way] = []
        self._codes = codes
        self._who, self._points = Growing(1), Growing(1)
        self._numbers: dict[int, int] = {}

    @property
    def who(self) -> NDArray[np.int64]:
        """Of each way who has each step, the nearest below the root first; USER with no points behind the last."""
        return self._who.rows

    @property
    def points(self) -> NDArray[np.int64]:
        return self._points.rows

    def numbers(
        self, codes: NDArray[np.int64], rates: NDArray[np.int64], path_of: Callable[[int, int, int], Path]
    ) -> NDArray[np.int64]:
        """Of each side the number of its way.

        Args:
            codes: numbers of codes in hours.
            rates: what there is to divide, of the base; 0 to RATE_ONE.
        """
        keys, place = np.unique(codes * (RATE_ONE + 1) + rates, return_inverse=True)
        found = list(map(self._numbers.get, keys.tolist()))
        for at, number in enumerate(found):
            if number is None:
                found[at] = self._add(int(keys[at]), path_of)
        return np.array(found, np.int64)[place]

    def _add(self, key: int, path_of: Callable[[int, int, int], Path]) -> int:
        code, rate = divmod(key, RATE_ONE + 1)
        path = path_of(*self._codes.keys[code], rate)
        steps = [(who, int(points)) for who, points in path.below]
        if path.user_e8:
            steps.append((USER, int(path.user_e8)))
        self._who.add([who for who, _ in steps])
        self._points.add([points for _, points in steps])
        self.told.append(tuple(steps))
        number = self._numbers[key] = len(self._numbers)
        return number


class LookUp:
    """What of a program was looked up. Threads may share it, and another process begins with nothing."""

    def __init__(self) -> None:
        self._codes = Codes()
        self._ways = Ways(self._codes)
        self._lock = Lock()

    def __reduce__(self) -> tuple[type["LookUp"], tuple[()]]:
        return LookUp, ()

    def codes(
        self, codes: NDArray[np.int32], times: NDArray[np.int64], terms_of: "Callable[[int, int], Terms]"
    ) -> tuple[Codes, NDArray[np.int64]]:
        """What is known, and of each side the number of its code in its hour."""
        with self._lock:
            self._begin_anew()
            return self._codes, self._codes.numbers(codes, times, terms_of)

    def ways(
        self,
        codes: NDArray[np.int32],
        times: NDArray[np.int64],
        rates: NDArray[np.int64],
        terms_of: "Callable[[int, int], Terms]",
        path_of: Callable[[int, int, int], Path],
    ) -> tuple[Codes, NDArray[np.int64], Ways, NDArray[np.int64]]:
        """The same, and how what each side has is divided; of each side the number of the way."""
        with self._lock:
            self._begin_anew()
            numbers = self._codes.numbers(codes, times, terms_of)
            return self._codes, numbers, self._ways, self._ways.numbers(numbers, rates, path_of)

    def _begin_anew(self) -> None:
        """Whoever has numbers from before keeps what they are of."""
        if max(len(self._codes.keys), len(self._ways.told)) > MOST:
            self._codes = Codes()
            self._ways = Ways(self._codes)
