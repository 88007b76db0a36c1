"""The tree of brokers under any changes that are let be made. docs/rules/sub-brokers.md, SB-4, SB-5, SB-7 and SB-8."""

from collections.abc import Sequence
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from commonbook.broker.sub_brokers import below, must_have_room, with_pool
from commonbook.broker.tree import DEPTH, Node, Tree, divide
from commonbook.errors import Declined
from commonbook.units import RATE_ONE, RateE8, floor_share

ROOT = 1
points = st.one_of(st.integers(0, 40), st.integers(0, 40)).map(lambda one: one * 1_000_000 + one % 3)
acts = st.one_of(
    st.tuples(st.just("join"), st.integers(0, 20), points, points),
    st.tuples(st.just("give"), st.integers(0, 20), points, st.just(0)),
    st.tuples(st.just("users"), st.integers(0, 20), points, st.just(0)),
    st.tuples(st.just("remove"), st.integers(0, 20), st.just(0), st.just(0)),
)


def wanted(tree: Tree, act: tuple[str, int, int, int], hour: int, is_shared: bool) -> Sequence[Node]:
    """The places that an act asks for; the last first, as they are checked."""
    kind, which, first, second = act
    brokers = sorted(tree.nodes)
    broker = brokers[which % len(brokers)]
    place = tree.nodes[broker]
    if kind == "join":
        return [Node(max(brokers) + 1, hour, broker, RateE8(first), RateE8(second))]
    if kind == "users":
        return [Node(broker, hour, place.parent, place.pool_e8, RateE8(first))]
    if not place.parent:
        return []
    if kind == "give":
        return list(reversed(with_pool(tree, broker, first, hour, is_shared)))
    gone = [broker, *below(tree, broker)]
    return [Node(one, hour, tree.nodes[one].parent, RateE8(0), RateE8(0)) for one in reversed(gone)]


def with_all(tree: Tree, nodes: Sequence[Node], rate: int, is_shared: bool) -> Tree:
    for node in nodes:
        must_have_room(tree, node, RateE8(rate), is_shared)
        tree = Tree(dict(tree.nodes) | {node.broker: node})
    return tree


def must_hold(tree: Tree, rate: int, is_shared: bool) -> None:
    for broker, place in tree.nodes.items():
        pool = place.pool_e8 if place.parent else rate
        children = [child.pool_e8 for child in tree.children(broker)]
        assert place.user_e8 <= pool
        assert all(child <= pool for child in children)
        assert not is_shared or sum(children) <= pool
        assert tree.depth(broker) <= DEPTH
        path = tree.path(broker)
        assert path.root == ROOT
        assert all(keeps >= 0 for _, keeps in path.below)
        assert path.promised_e8 <= rate


@given(st.lists(acts, max_size=25), points, st.booleans(), st.integers(0, 10**12))
def test_whatever_is_let_be_done_every_pool_fits_and_every_split_sums_to_the_commission(
    asked: list[tuple[str, int, int, int]], rate: int, is_shared: bool, base: int
) -> None:
    tree = Tree({ROOT: Node(ROOT, 0, 0, RateE8(0), RateE8(0))})
    for hour, act in enumerate(asked, 1):
        refusal = ""
        try:
            tree = with_all(tree, wanted(tree, act, hour, is_shared), rate, is_shared)  # all of a change or nothing
        except Declined as declined:
            refusal = declined.code
        assert refusal in ("", "more_than_the_pool", "too_deep")
        assert not (refusal and act[0] == "remove")
        must_hold(tree, rate, is_shared)
    for broker in tree.nodes:
        path = tree.path(broker).within(RateE8(rate))
        pool = floor_share(base, RateE8(rate))
        parts = divide(base, pool, path)
        assert parts.root + sum(parts.below) + parts.user == pool
        assert min([parts.root, parts.user, *parts.below]) >= 0


def with_place(tree: Tree, node: Node, is_shared: bool) -> Tree:
    """The tree with a place, or without it where it is refused."""
    with suppress(Declined):
        must_have_room(tree, node, RateE8(RATE_ONE), is_shared)
        return Tree(dict(tree.nodes) | {node.broker: node})
    return tree


@given(st.lists(acts, max_size=25), points, st.booleans())
def test_a_smaller_pool_is_never_refused_and_takes_nothing_from_the_others(
    asked: list[tuple[str, int, int, int]], smaller: int, is_shared: bool
) -> None:
    tree = Tree({ROOT: Node(ROOT, 0, 0, RateE8(0), RateE8(0))})
    for act in asked:
        for node in wanted(tree, act, 1, is_shared) if act[0] == "join" else ():
            tree = with_place(tree, node, is_shared)
    for broker in [one for one, place in tree.nodes.items() if place.parent]:
        pool = min(smaller, int(tree.nodes[broker].pool_e8))
        changed = {node.broker: node for node in with_pool(tree, broker, pool, 2, is_shared)}
        assert set(changed) <= {broker, *below(tree, broker)}
        after = Tree(dict(tree.nodes) | changed)
        must_hold(after, RATE_ONE, is_shared)
        for one, node in changed.items():
            assert node.pool_e8 <= tree.nodes[one].pool_e8
            assert node.user_e8 <= tree.nodes[one].user_e8
