"""Sub-brokers: who was brought in by whom, and how a pool is divided on the way down. Rules B-25 to B-28.

The graph of sub-brokers is its own and has nothing to do with who referred which user. A *root* is a broker with a rate
of its own; each below it has a pool, in points of the base, which its parent gives it out of its own. A pool is for
what comes by the sub-broker's code and by the codes below it; of that it keeps what it does not give on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from commonbook.errors import Declined
from commonbook.units import RATE_ONE, Minor, RateE8, floor_share

DEPTH = 5  # of a tree, its root included


@dataclass(frozen=True, slots=True)
class Node:
    """A broker's place from an hour on."""

    broker: int
    from_hour: int
    parent: int  # 0: a root
    pool_e8: RateE8  # points of the base; of a root 0, as its pool is its rate
    user_e8: RateE8  # points of the base that its own users get back


@dataclass(frozen=True, slots=True)
class Path:
    """From the root down to the broker whose code an order came under."""

    root: int
    below: tuple[tuple[int, RateE8], ...]  # each below the root, and what it keeps
    user_e8: RateE8

    @property
    def promised_e8(self) -> RateE8:
        """What the root has given away; it may be more than a rate that has become smaller."""
        return RateE8(sum(keeps for _, keeps in self.below) + self.user_e8)

    def within(self, rate_e8: RateE8) -> "Path":
        """The same when the root's rate is `rate_e8`: where less is there than was promised, each gets as much less."""
        promised = self.promised_e8
        if promised <= rate_e8:
            return self
        below = tuple((broker, RateE8(keeps * rate_e8 // promised)) for broker, keeps in self.below)
        return Path(self.root, below, RateE8(self.user_e8 * rate_e8 // promised))


@dataclass(frozen=True)
class Tree:
    """All brokers' places in an hour."""

    nodes: Mapping[int, Node]

    def path(self, broker: int) -> Path:
        """Of an order under a broker's code; a broker that nothing is known of is a root without users' points."""
        user_e8, below, given = RateE8(0), [], 0
        node = self.nodes.get(broker)
        if node is not None:
            user_e8 = node.user_e8
            given = int(node.user_e8)
        while node is not None and node.parent:
            below.append((node.broker, RateE8(node.pool_e8 - given)))
            given = node.pool_e8
            broker = node.parent
            node = self.nodes.get(broker)
        return Path(broker, tuple(reversed(below)), user_e8)

    def depth(self, broker: int) -> int:
        return len(self.path(broker).below) + 1

    def children(self, broker: int) -> list[Node]:
        return sorted((one for one in self.nodes.values() if one.parent == broker), key=lambda one: one.broker)


def tree_at(nodes: Iterable[Node], hour: int) -> Tree:
    """The places in force in an hour: of each broker the newest that has begun."""
    found: dict[int, Node] = {}
    for node in sorted(nodes, key=lambda one: one.from_hour):
        if node.from_hour <= hour:
            found[node.broker] = node
    return Tree(found)


def must_fit(tree: Tree, node: Node, rate_e8: RateE8) -> None:
    """What speaks against a broker's new place. As nobody's parent changes, there is never a circle.

    Args:
        tree: without it, or with its place until now.
        rate_e8: the highest rate of the root that it comes under, or is.

    Raises:
        Declined: `bad_points`, `no_such_parent`, `bound_elsewhere`, `too_deep`, `more_than_the_pool`.
    """
    if not (0 <= node.user_e8 <= RATE_ONE and 0 <= node.pool_e8 <= RATE_ONE):
        raise Declined("bad_points", f"points of {node.pool_e8} and {node.user_e8} are not 0 to {RATE_ONE}")
    before = tree.nodes.get(node.broker)
    if before is not None and before.parent and before.parent != node.parent:
        raise Declined("bound_elsewhere", f"broker {node.broker} is bound to broker {before.parent} for good")
    if before is not None and not before.parent and node.parent:
        raise Declined("bound_elsewhere", f"broker {node.broker} is a broker of its own and cannot come under another")
    if node.parent and node.parent not in tree.nodes:
        raise Declined("no_such_parent", f"there is no broker {node.parent}")
    if node.parent and tree.depth(node.parent) == DEPTH:
        raise Declined("too_deep", f"broker {node.parent} is at depth {DEPTH} already, the last")
    pool = _pool_of(tree, node, rate_e8)
    given = max([int(node.user_e8), *(child.pool_e8 for child in tree.children(node.broker))])
    if given > pool:
        raise Declined("more_than_the_pool", f"{given} points are given away out of a pool of {pool}")


def _pool_of(tree: Tree, node: Node, rate_e8: RateE8) -> int:
    """What the broker has to give: its own pool, which must fit into its parent's."""
    if not node.parent:
        return rate_e8
    parent = tree.nodes[node.parent]
    above = parent.pool_e8 if parent.parent else rate_e8
    if node.pool_e8 > above:
        raise Declined("more_than_the_pool", f"{node.pool_e8} points are more than the pool above, {above}")
    return node.pool_e8


@dataclass(frozen=True, slots=True)
class Parts:
    """A side's commission, divided; the parts sum to the pool."""

    pool: Minor
    root: Minor
    below: tuple[Minor, ...]  # in the order of the path
    user: Minor


def divide(base: int, pool: int, path: Path, grain: int = 1) -> Parts:
    """B-8: each below the root, and the user, gets its points of the base, rounded down to the grain; the root the
    rest.

    Args:
        base: quote units, at least zero.
        pool: base x the root's rate, rounded down to the grain.
        path: within that rate.
    """
    below = tuple(Minor(floor_share(base, keeps) // grain * grain) for _, keeps in path.below)
    user = Minor(floor_share(base, path.user_e8) // grain * grain)
    return Parts(Minor(pool), Minor(pool - sum(below) - user), below, user)
