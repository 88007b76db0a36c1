"""Sub-brokers: places in the tree, and how a pool is divided on the way down. Rules B-8 and B-25 to B-28."""

import pytest
from spec.small_exchange import shown, units

from commonbook.broker.tree import DEPTH, Node, Path, Tree, divide, must_fit, tree_at
from commonbook.errors import Declined
from commonbook.units import RateE8, floor_share, parse_units

NORTH, EAST, SOUTH, OTHER = 1, 2, 3, 9


def percent(text: str) -> RateE8:
    return RateE8(parse_units(text, 6))


def node(broker: int, parent: int = 0, pool: str = "0", user: str = "0", hour: int = 0) -> Node:
    return Node(broker, hour, parent, percent(pool), percent(user))


def tree(*nodes: Node, hour: int = 0) -> Tree:
    return tree_at(nodes, hour)


def divided(base: str, rate: str, path: Path) -> list[str]:
    """pool, the root's, those below, the user's."""
    amount, pool_rate = units(base), percent(rate)
    parts = divide(amount, floor_share(amount, pool_rate), path.within(pool_rate))
    assert parts.root + sum(parts.below) + parts.user == parts.pool
    return [shown(part) for part in (parts.pool, parts.root, *parts.below, parts.user)]


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("40", ["14", "8", "4", "2"]),
        ("33.33333333", ["11.66666666", "6.66666667", "3.33333333", "1.66666666"]),
        ("0.00000001", ["0", "0", "0", "0"]),
    ],
)
def test_b8_a_pool_is_divided_by_points_and_the_root_keeps_the_rest(base: str, told: list[str]) -> None:
    # 35 %: 10 points for the co-broker, 5 for the user.
    places = tree(node(NORTH), node(EAST, NORTH, "15", "5"))
    assert divided(base, "35", places.path(EAST)) == told


@pytest.mark.parametrize(("user", "told"), [("5", ["40", "30", "5", "5"]), ("0", ["40", "30", "10", "0"])])
def test_b26_a_sub_broker_keeps_its_pool_less_what_it_gives_its_users(user: str, told: list[str]) -> None:
    # 40 % of 100: 30 + 5 + 5, or, with users who get nothing, 30 + 10.
    places = tree(node(NORTH), node(EAST, NORTH, "10", user))
    assert divided("100", "40", places.path(EAST)) == told


def test_b26_whoever_is_between_keeps_its_pool_less_that_of_the_one_below() -> None:
    places = tree(node(NORTH), node(EAST, NORTH, "15"), node(SOUTH, EAST, "6", "1"))
    assert places.path(SOUTH) == Path(NORTH, ((EAST, percent("9")), (SOUTH, percent("5"))), percent("1"))
    assert places.path(EAST) == Path(NORTH, ((EAST, percent("15")),), RateE8(0))
    assert divided("100", "40", places.path(SOUTH)) == ["40", "25", "9", "5", "1"]


def test_b26_under_its_own_code_a_root_shares_with_its_users_alone() -> None:
    places = tree(node(NORTH, user="4"), node(EAST, NORTH, "15"))
    assert divided("100", "40", places.path(NORTH)) == ["40", "36", "4"]
    assert places.path(OTHER) == Path(OTHER, (), RateE8(0))  # nobody said anything of it


def test_b28_of_a_smaller_pool_each_gets_as_much_less_and_the_root_nothing_but_the_rest() -> None:
    path = tree(node(NORTH), node(EAST, NORTH, "15", "5")).path(EAST)
    assert path.within(percent("10")) == Path(NORTH, ((EAST, RateE8(6_666_666)),), RateE8(3_333_333))
    assert divided("100", "10", path) == ["10", "0.000001", "6.666666", "3.333333"]
    assert divided("100", "0", path) == ["0", "0", "0", "0"]
    assert path.within(percent("15")) is path


def test_b27_a_change_is_in_force_from_its_hour_on_and_what_was_before_stays() -> None:
    nodes = (node(NORTH), node(EAST, NORTH, "10"), node(EAST, NORTH, "5", hour=7))
    assert [tree_at(nodes, hour).nodes[EAST].pool_e8 for hour in (0, 6, 7, 8)] == [
        percent(points) for points in ("10", "10", "5", "5")
    ]
    assert EAST not in tree_at((node(EAST, NORTH, hour=7),), 6).nodes


CHAIN = tuple(node(place, place - 1, "10") for place in range(1, DEPTH + 1))
TREE = tree(node(NORTH), node(EAST, NORTH, "15"), node(SOUTH, EAST, "10", "2"), node(OTHER))
REFUSED = {
    "points below nothing": (TREE, node(EAST, NORTH, user="-1"), "bad_points"),
    "points above the whole": (TREE, node(EAST, NORTH, "100.000001"), "bad_points"),
    "a parent that there is not": (TREE, node(5, 6, "1"), "no_such_parent"),
    "another parent": (TREE, node(EAST, OTHER, "15"), "bound_elsewhere"),
    "a root that would come under another": (TREE, node(OTHER, NORTH, "1"), "bound_elsewhere"),
    "below itself": (TREE, node(EAST, SOUTH, "5"), "bound_elsewhere"),
    "under itself": (TREE, node(5, 5, "5"), "no_such_parent"),
    "too deep": (tree(*CHAIN), node(DEPTH + 1, DEPTH, "1"), "too_deep"),
    "more than the rate": (TREE, node(EAST, NORTH, "35.000001"), "more_than_the_pool"),
    "more than the pool above": (TREE, node(SOUTH, EAST, "15.000001"), "more_than_the_pool"),
    "users get more than the pool": (TREE, node(SOUTH, EAST, "10", "10.000001"), "more_than_the_pool"),
    "less than one below was given": (TREE, node(EAST, NORTH, "9"), "more_than_the_pool"),
    "a root's users get more than its rate": (TREE, node(NORTH, user="36"), "more_than_the_pool"),
}


@pytest.mark.parametrize(("places", "wanted", "code"), REFUSED.values(), ids=REFUSED)
def test_b25_what_speaks_against_a_place(places: Tree, wanted: Node, code: str) -> None:
    with pytest.raises(Declined) as refused:
        must_fit(places, wanted, percent("35"))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "wanted",
    [node(EAST, NORTH, "35"), node(SOUTH, EAST, "15", "15"), node(5, SOUTH, "10"), node(6), node(NORTH, user="35")],
)
def test_b25_what_fits(wanted: Node) -> None:
    must_fit(TREE, wanted, percent("35"))
    must_fit(tree(*CHAIN[:-1]), node(DEPTH, DEPTH - 1, "10"), percent("35"))
