"""A program under other rules, read from a file: what is not named stays as it is in force. Rule BP-11.

tier = 4                                    # of every broker
excluded_from_level = 7
discount = "cash_part"                      # or exclude_fill
negative = "window_net"                     # or per_fill_floor
tiers.NORTHSTAR = 2
tree.SOUTHSTAR = { parent = "NORTHSTAR", pool = "10", users = "5" }

[[rates]]                                   # all of the public schedule; the first row that fits counts
tier = 4
rate = "40"                                 # per cent, of the base
affiliated = false
product = "spot"
role = "taker"
levels = [0, 5]

[[negotiated.NORTHSTAR]]                    # a schedule of its own
tier = 2
rate = "32.5"
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from commonbook.broker.model import PUBLIC, DiscountPolicy, NegativeNetFee, Program
from commonbook.broker.rates import LEVELS, TIERS, Product, RateRow, RateTable, Tiers, checked
from commonbook.broker.tree import Node, Tree, must_fit
from commonbook.errors import BadInput, Declined
from commonbook.instrument.venue import Venue
from commonbook.units import RATE_ONE, RateE8, parse_units

_PER_CENT_DECIMALS = 6
_BYTES_MOST = 4 * 1024 * 1024
_ROOT = RateE8(0)


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tier: int
    rate: str | int  # per cent
    affiliated: bool | None = None
    product: Product | None = None
    role: Literal["taker", "maker"] | None = None
    levels: tuple[int, int] = (0, LEVELS - 1)


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In the tree. Without a parent it is a root, which has a rate and no pool."""

    parent: str = ""
    pool: str | int = 0  # points of the base, in per cent
    users: str | int = 0


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tier: int | None = None
    tiers: dict[str, int] = {}
    excluded_from_level: int | None = None
    discount: DiscountPolicy | None = None
    negative: NegativeNetFee | None = None
    rates: list[Row] | None = None
    negotiated: dict[str, list[Row]] = {}  # no row at all: the public schedule
    tree: dict[str, Place] = {}


def read_rules(path: Path) -> Rules:
    """Rules from a file of TOML, or of JSON when its name ends in .json. Numbers with a point are kept as written.

    Raises:
        BadInput: says what cannot be read, and where.
    """
    try:
        content = path.read_bytes()
        if len(content) > _BYTES_MOST:
            raise BadInput(f"{path.name} has {len(content)} bytes; rules have {_BYTES_MOST} at most")
        text = content.decode("utf-8")
        if path.suffix.lower() == ".json":
            told = json.loads(text, parse_float=str)
        else:
            told = tomllib.loads(text, parse_float=str)
        return msgspec.convert(told, Rules)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path.name} cannot be read as rules: {error}") from None


def under(rules: Rules, program: Program, venue: Venue) -> Program:
    """The program as it would be, whatever the hour.

    Raises:
        BadInput: a code is nobody's, or a value is out of range.
        Declined: a table or a place in the tree that no broker could have.
    """
    codes = _ids(venue, [*rules.tiers, *rules.negotiated, *rules.tree])
    schedules, negotiated = _schedules(rules, program, codes)
    level = _level(rules.excluded_from_level)
    other = replace(
        program,
        tiers=_tiers(rules, program, codes),
        excluded_from_level=_or(level, program.excluded_from_level),
        excluded_from_levels=program.excluded_from_levels if level is None else (),
        discount=rules.discount or program.discount,
        conditions=tuple(
            replace(
                one,
                excluded_from_level=_or(level, one.excluded_from_level),
                discount=rules.discount or one.discount,
            )
            for one in program.conditions
        ),
        negative=rules.negative or program.negative,
        schedules=schedules,
        negotiated=negotiated,
    )
    return replace(other, nodes=_nodes(rules, other, venue, codes)) if rules.tree else other


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _ids(venue: Venue, names: Iterable[str]) -> dict[str, int]:
    found = {}
    for name in names:
        code = venue.broker_coded(name)
        if code is None:
            raise BadInput(f"there is no broker {name[:32]!r} to have other rules")
        found[name] = code.id
    return found


def _level(level: int | None) -> int | None:
    if level is not None and not 0 <= level <= 255:
        raise BadInput(f"excluded_from_level {level} is not 0 to 255")
    return level


def _tiers(rules: Rules, program: Program, codes: Mapping[str, int]) -> Tiers:
    for tier in [*rules.tiers.values(), *([] if rules.tier is None else [rules.tier])]:
        if not 0 <= tier < TIERS:
            raise BadInput(f"tier {tier} is not 0 to {TIERS - 1}")
    named = tuple((0, codes[name], tier) for name, tier in rules.tiers.items())
    if rules.tier is not None:
        return Tiers(rules.tier, named)
    ids = {codes[name] for name in rules.tiers}
    kept = tuple(change for change in program.tiers.changes if change[1] not in ids)
    return Tiers(program.tiers.default, (*named, *kept))


def _schedules(
    rules: Rules, program: Program, codes: Mapping[str, int]
) -> tuple[dict[int, tuple[RateTable, ...]], dict[int, int]]:
    schedules, negotiated = dict(program.schedules), dict(program.negotiated)
    if rules.rates is not None:
        schedules[PUBLIC] = (_table(rules.rates),)
    for number, (name, rows) in enumerate(rules.negotiated.items(), max(schedules, default=PUBLIC) + 1):
        negotiated[codes[name]] = number if rows else PUBLIC
        if rows:
            schedules[number] = (_table(rows),)
    return schedules, negotiated


def _table(rows: Sequence[Row]) -> RateTable:
    found = [RateRow(row.tier, _points(row.rate), row.affiliated, row.product, row.role, *row.levels) for row in rows]
    checked(found)
    return RateTable(0, 0, tuple(found))


def _points(told: str | int) -> RateE8:
    points = parse_units(str(told), _PER_CENT_DECIMALS)
    if not 0 <= points <= RATE_ONE:
        raise BadInput(f"{told} % is not 0 % to 100 %")
    return RateE8(points)


def _nodes(rules: Rules, program: Program, venue: Venue, codes: Mapping[str, int]) -> tuple[Node, ...]:
    """All places, those that are named instead of what they were; each fits under the one above it."""
    parents = _ids(venue, [place.parent for place in rules.tree.values() if place.parent])
    named = [
        Node(codes[name], 0, parents.get(place.parent, 0), _points(place.pool), _points(place.users))
        for name, place in rules.tree.items()
    ]
    ids = {node.broker for node in named}
    kept = [node for node in program.nodes if node.broker not in ids]
    known = ids | {node.broker for node in kept}
    roots = [Node(broker, 0, 0, _ROOT, _ROOT) for broker in sorted(set(parents.values()) - known)]
    newest = {node.broker: node for node in sorted(kept, key=lambda one: one.from_hour)}
    _must_fit_together([*newest.values(), *named, *roots], program)
    return (*kept, *named, *roots)


def _must_fit_together(nodes: Sequence[Node], program: Program) -> None:
    """From the roots down: what is left in the end goes round in a circle."""
    placed: dict[int, Node] = {}
    left = list(nodes)
    while left:
        ready = [node for node in left if not node.parent or node.parent in placed]
        if not ready:
            raise Declined("no_such_parent", f"brokers {sorted(node.broker for node in left)} are under one another")
        for node in ready:
            must_fit(Tree(placed), node, _highest(program, _root(placed, node)))
            placed[node.broker] = node
        left = [node for node in left if node.broker not in placed]


def _root(placed: Mapping[int, Node], node: Node) -> int:
    while node.parent:
        node = placed[node.parent]
    return node.broker


def _highest(program: Program, root: int) -> RateE8:
    tables = program.schedules[program.negotiated.get(root, PUBLIC)]
    return max((table.highest for table in tables), default=RateE8(0))


def as_words(rules: Rules) -> dict[str, Any]:
    """What the file says, as plain data."""
    found: dict[str, Any] = msgspec.to_builtins(rules)
    return {name: value for name, value in found.items() if value not in (None, {}, [])}
