"""What each name has of each asset, by the places of names: an exchange has many more users than forms of names."""

import operator
from collections.abc import ItemsView, Iterator, MutableMapping
from itertools import repeat

import numpy as np

from commonbook.ledger.model import FORMS, Lines, coded

Table = dict[int, int]  # the number in a name, to an amount


class _Items(ItemsView[tuple[str, int], int]):
    """As those of every mapping, without looking each name up again."""

    _mapping: "Balances"

    def __iter__(self) -> Iterator[tuple[tuple[str, int], int]]:
        for form, asset, table in self._mapping.tables():
            name_of = FORMS[form].format
            for number, amount in table.items():
                yield (name_of(number), asset), amount


class Balances(MutableMapping[tuple[str, int], int]):
    """Amounts by account name and asset, in ledger units; names that have nothing are not there.

    Whoever moves many goes to the tables.
    """

    def __init__(self) -> None:
        self._tables: dict[tuple[int, int], Table] = {}

    def table(self, form: int, asset: int) -> Table:
        """What all names of a form have of an asset, as it is kept here."""
        return self._tables.setdefault((form, asset), {})

    def __getitem__(self, key: tuple[str, int]) -> int:
        form, number = coded(key[0])
        return self._tables[form, key[1]][number]

    def __setitem__(self, key: tuple[str, int], amount: int) -> None:
        form, number = coded(key[0])
        self.table(form, key[1])[number] = amount

    def __delitem__(self, key: tuple[str, int]) -> None:
        form, number = coded(key[0])
        del self._tables[form, key[1]][number]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return (key for key, _ in self.items())

    def items(self) -> _Items:
        return _Items(self)

    def tables(self) -> Iterator[tuple[int, int, Table]]:
        """(form, asset, what its names have) of each."""
        for (form, asset), table in self._tables.items():
            yield form, asset, table

    def __len__(self) -> int:
        return sum(map(len, self._tables.values()))


def put(table: Table, numbers: list[int], amounts: list[int]) -> None:
    """What each has from now on; of nothing nothing is kept."""
    table.update(zip(numbers, amounts, strict=True))
    if not all(amounts):
        for number, amount in zip(numbers, amounts, strict=True):
            if not amount:
                del table[number]


def moved(table: Table, numbers: list[int], amounts: list[int]) -> list[int]:
    """What each would have once it is moved by its amount."""
    return list(map(operator.add, map(table.get, numbers, repeat(0)), amounts))


def add(table: Table, numbers: list[int], amounts: list[int]) -> None:
    """Move each by its amount."""
    put(table, numbers, moved(table, numbers, amounts))


def by_table(lines: Lines) -> Iterator[tuple[int, int, list[int], list[int]]]:
    """(form, asset, numbers, amounts) of each table that lines belong to."""
    if not len(lines.form):
        return
    keys = lines.asset * len(FORMS) + lines.form
    order = np.argsort(keys, kind="stable")
    tables, starts = np.unique(keys[order], return_index=True)
    for key, mine in zip(tables.tolist(), np.split(order, starts[1:]), strict=True):
        asset, form = divmod(key, len(FORMS))
        yield form, asset, lines.id[mine].tolist(), lines.amount[mine].tolist()
