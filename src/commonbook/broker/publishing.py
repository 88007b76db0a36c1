"""The statements of an hour, written out a few brokers at a time. Rules B-16 and B-20 to B-22.

A statement is written as a draft before its hour is paid and takes its place behind that; a draft that a crash has lost
is written again, the same byte by byte.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import RawIOBase
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from commonbook.broker.accrual import in_parts
from commonbook.broker.dividing import USER, Divided, divided
from commonbook.broker.lines import OF_PART, OF_ROOT, Texts, given_away
from commonbook.broker.model import Program
from commonbook.broker.sides import Sides
from commonbook.broker.statement import DIGEST, canonical, footer_over, header_text, leaves_of
from commonbook.columns import sums_by, units_of
from commonbook.instrument.venue import Venue
from commonbook.units import HOUR_NS
from commonbook.whole_file import draft_of, put_all_whole

_HOURS = 2**32  # more than there are
TOGETHER = 50_000  # sides whose texts are in memory at once, about
HeaderOf = Callable[[int, list[int]], str]  # broker, and the hours that its lines are of, to a statement's first line
Read = Callable[[], Iterator[Sides]]  # the sides of an hour, each with a broker, in the order of their fills
Take = Callable[[int, Sequence[bytes]], None]  # a broker's next lines, without their ends


class Reversing(Protocol):
    """A line that takes back what an earlier one has said, or adds to it."""

    @property
    def broker(self) -> int: ...  # 0: a client's, without a line
    @property
    def account(self) -> int: ...
    @property
    def of_hour(self) -> int: ...  # by engine time, of the fill
    @property
    def paid(self) -> int: ...  # payout asset, as it changes what is owed
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Statement:
    """A broker's hour as it was written."""

    broker: int
    header: str
    lines: int  # fill sides
    paid: int
    carried: int
    root: str


@dataclass(slots=True)
class _Book:
    """A statement of which some lines are written."""

    header: str
    leaves: bytearray  # one behind the other
    total: int = 0


def statements_of(
    read: Read,
    program: Program,
    venue: Venue,
    hour: int,
    header_of: HeaderOf,
    take: Take,
    clients: dict[int, int] | None = None,
    reversals: Sequence[Reversing] = (),
) -> Iterator[Statement]:
    """Each broker's statement of an hour, by the numbers of the brokers, once all its lines were taken.

    Sides are read some at a time, so that memory does not grow with the hour but by a hash for each line.

    Args:
        read: called twice.
        take: is given the header first and the footer last.
        clients: is told what each account gets back, in units of the payout asset.
        reversals: what the hour takes back of earlier lines or adds to them; stands behind the fills (CO-2).
    """
    hours, books = _hours_of(read(), program), dict[int, _Book]()
    for one in reversals:
        if one.broker:
            hours[one.broker].add(one.of_hour)
        elif clients is not None:
            clients[one.account] = clients.get(one.account, 0) + one.paid
    texts = Texts(hour, venue)
    for part in in_parts(read(), TOGETHER):
        sides = _by_trees(part, program)
        shares = divided(sides, program, venue)
        if clients is not None:
            _add_clients(clients, sides, shares)
        for broker, lines, total in own_lines(sides, shares, texts.of(sides), venue):
            _enter(books, broker, lines, total, hours, header_of, take)
    for one in reversals:
        if one.broker:
            _enter(books, one.broker, [one.text.encode("ascii")], one.paid, hours, header_of, take)
    for broker in sorted(books):
        book = books.pop(broker)
        leaves = bytes(book.leaves)
        end = footer_over(leaves, json.loads(book.header), book.total)
        take(broker, [canonical(end).encode("ascii")])
        paid, carried = int(end["paid"]), int(end["carried_forward"])
        yield Statement(broker, book.header, len(leaves) // DIGEST - 1, paid, carried, str(end["root"]))


def _by_trees(sides: Sides, program: Program) -> Sides:
    """Those of a tree together, in the order of their fills, so that what is made of them lies together in memory."""
    codes, numbers = program.codes(sides["broker"], sides["time_ns"])
    return sides[np.argsort(codes.roots[numbers], kind="stable")]


def _enter(
    books: dict[int, _Book],
    broker: int,
    lines: list[bytes],
    total: int,
    hours: dict[int, set[int]],
    header_of: HeaderOf,
    take: Take,
) -> None:
    """A broker's next lines; before its first ones the header."""
    book = books.get(broker)
    if book is None:
        book = books[broker] = _Book(header_of(broker, sorted(hours[broker])), bytearray())
        lines.insert(0, book.header.encode("ascii"))
    book.leaves += leaves_of(lines)
    book.total += total
    take(broker, lines)


def _hours_of(blocks: Iterable[Sides], program: Program) -> dict[int, set[int]]:
    """By engine time, of the fills that each broker has a part in: what came late is of an earlier one (B-14)."""
    found: dict[int, set[int]] = defaultdict(set)
    for code, hour in _codes_in_hours(blocks):
        path = program.terms(code, hour).path
        for broker in (path.root, *(one for one, _ in path.below)):
            found[broker].add(hour)
    return found


def _codes_in_hours(blocks: Iterable[Sides]) -> list[tuple[int, int]]:
    """Each pair of a code and an hour that there is."""
    seen = np.zeros(0, np.int64)
    for sides in blocks:
        keys = np.unique(sides["broker"].astype(np.int64) * _HOURS + sides["time_ns"] // HOUR_NS)
        if not np.isin(keys, seen, assume_unique=True).all():
            seen = np.union1d(seen, keys)
    return [divmod(key, _HOURS) for key in seen.tolist()]


def _add_clients(clients: dict[int, int], sides: Sides, shares: Divided) -> None:
    mine = shares.parts.beneficiary == USER
    accounts, at = np.unique(sides["account"][shares.parts.side[mine]], return_inverse=True)
    for account, paid in zip(accounts.tolist(), sums_by(at, shares.parts.paid[mine], len(accounts)), strict=True):
        clients[account] = clients.get(account, 0) + paid


def own_lines(
    sides: Sides, shares: Divided, common: list[bytes], venue: Venue
) -> Iterator[tuple[int, list[bytes], int]]:
    """(broker, its lines in the order of its sides, what they pay together), the brokers of a tree together."""
    parts, roots = shares.parts, set(np.unique(shares.roots).tolist())
    place_of = np.zeros(len(sides), np.int64)
    place_of[shares.places] = np.arange(len(shares.places))
    order = np.argsort(parts.beneficiary * len(sides) + parts.side)
    order = order[np.searchsorted(parts.beneficiary[order], USER, side="right") :]
    brokers, starts = np.unique(parts.beneficiary[order], return_index=True)
    side = parts.side[order]
    of_sides = list(map(common.__getitem__, side.tolist()))
    commission, paid, points = (column[order].tolist() for column in (parts.commission, parts.paid, parts.points_e8))
    given, pools, at = _given(shares, venue), units_of(sides["commission"]), place_of[side]
    ends = np.append(starts[1:], len(order))
    for one in np.argsort(side[starts], kind="stable").tolist():
        broker, own = int(brokers[one]), slice(int(starts[one]), int(ends[one]))
        columns = (of_sides[own], commission[own])
        if broker in roots:
            gives, pool = [given[one] for one in at[own].tolist()], pools[side[own]].tolist()
            rows = zip(*columns, gives, paid[own], pool, points[own], strict=True)
            lines = [OF_ROOT % row for row in rows]
        else:
            lines = [OF_PART % row for row in zip(*columns, paid[own], points[own], strict=True)]
        yield broker, lines, sum(paid[own])


def _given(shares: Divided, venue: Venue) -> list[bytes]:
    """What each side's root gives away, in words."""
    numbers, at = np.unique(shares.way, return_inverse=True)
    ways = (shares.ways[number] for number in numbers.tolist())
    told = [given_away([(_code(venue, who), points) for who, points in one if points]) for one in ways]
    texts = [one.encode("ascii") for one in told]
    return [texts[one] for one in at.tolist()]


def _code(venue: Venue, who: int) -> str:
    return venue.codes[who].code if who != USER else "user"


def header(
    program: Program, venue: Venue, broker: int, hour: int, hours: list[int], brought_forward: int, minimum: int
) -> str:
    """A statement's first line; one below a root is told its own points alone, in its lines.

    Args:
        hours: by engine time, of the fills that the statement tells of; what came late is of an earlier one (B-14).
    """
    is_root = program.terms(broker, hour).path.root == broker
    told_hours = sorted({hour, *hours})
    told = {
        "broker": venue.codes[broker].code,
        "brought_forward": str(brought_forward),
        "commission_decimals": str(program.commission_decimals),
        "conditions": list(_conditions(program, told_hours)),
        "hour": str(hour),
        "minimum_payout": str(minimum),
        "negative": program.negative.value,
        "payout_asset": venue.assets[program.payout_asset].name,
        "payout_scale": str(program.payout_scale),
        "program": program.name,
        "tables": list(_tables(program, broker, told_hours)) if is_root else [],
    }
    return header_text(told)


def _conditions(program: Program, hours: list[int]) -> Iterator[dict[str, str]]:
    """What keeps fills of some hours from earning."""
    for hour in hours:
        conditions = program.conditions_in(hour)
        yield {
            "discount": conditions.discount.value,
            "excluded_from_level": str(conditions.excluded_from_level),
            "from_ns": str(hour * HOUR_NS),
            "to_ns": str((hour + 1) * HOUR_NS),
        }


def _tables(program: Program, broker: int, hours: list[int]) -> Iterator[dict[str, Any]]:
    """The rates in force in some hours, of the tier that the broker was at in each."""
    for hour in hours:
        terms = program.terms(broker, hour)
        for begins_ns, ends_ns, table in terms.tables:
            yield {
                "from_ns": str(begins_ns),
                "rows": [row.told() for row in table.rows if row.tier == terms.tier],
                "tier": str(terms.tier),
                "to_ns": str(ends_ns),
                "version": str(table.version),
            }


def path_of(folder: Path, code: str, hour: int) -> Path:
    """Where a statement lies."""
    start = datetime.fromtimestamp(hour * 3600, UTC).strftime("%Y-%m-%dT%H")
    return folder / f"{code}-{start}.jsonl"


class Drafts:
    """Drafts of statements that are there, whole and durable, when this is left; until then under names of their own,
    so that two who settle an hour at once never write into each other's."""

    def __init__(self, folder: Path, hour: int) -> None:
        self._folder, self._hour = folder, hour
        self._mark = secrets.token_hex(8)
        self._written: dict[str, tuple[Path, Path]] = {}  # by code where it is written, and which draft it becomes

    def __enter__(self) -> Self:
        return self

    def write(self, code: str, lines: Sequence[bytes]) -> None:
        """The next lines of a broker's statement, without their ends."""
        if code not in self._written:
            draft = draft_of(path_of(self._folder, code, self._hour))
            self._written[code] = draft.with_suffix(f".{self._mark}.part"), draft
        with open(self._written[code][0], "ab", buffering=0) as file:
            _write_all(file, b"\n".join((*lines, b"")))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            put_all_whole(self._written.values())
            return
        for path, _draft in self._written.values():
            path.unlink(missing_ok=True)


def _write_all(file: RawIOBase, content: bytes) -> None:
    """A disk that is full may take a part, and says so when it is asked to take the rest."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) or 0 :]
