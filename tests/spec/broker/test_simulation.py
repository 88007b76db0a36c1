"""What brokers would have had under other rules. Rules: docs/rules/broker-proofs.md, BP-11 to BP-13."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spec.broker.made_sides import (
    EXAMPLE,
    NORTHSTAR,
    OTHER,
    PROGRAM,
    SOUTHSTAR,
    TREE,
    VENUE,
    line,
    percent,
    place,
    sides_of,
)
from spec.small_exchange import BROKER, BTC_EUR, HOUR, SmallExchange, shown
from typer.testing import CliRunner

from commonbook.broker.model import PUBLIC, Conditions, DiscountPolicy, NegativeNetFee, Program
from commonbook.broker.other_rules import read_rules, under
from commonbook.broker.rates import Tiers
from commonbook.broker.rules import window_commission
from commonbook.broker.simulation import Comparison, compare, in_words
from commonbook.console.commands import commands
from commonbook.errors import BadInput, Declined
from commonbook.records import Channel
from commonbook.storage.tables.broker import accrual_blocks, settlement_hours, settlements
from commonbook.units import HOUR_NS, RATE_ONE

ASSET = VENUE.assets[PROGRAM.payout_asset]
WITH_TREE = replace(PROGRAM, nodes=TREE)


def other(tmp_path: Path, text: str, program: Program = PROGRAM) -> Program:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    return under(read_rules(path), program, VENUE)


def compared(lines: Sequence[dict[str, Any]], program: Program, wanted: Program, venue: Any = VENUE) -> Comparison:
    sides = sides_of(lines, program)
    return compare([sides[sides["broker"] != 0]], program, wanted, venue)


def gains(found: Comparison) -> dict[str, tuple[str, str]]:
    return {f"{one.party} {one.who}": (shown(one.before), shown(one.after)) for one in found.changes}


# -- the file --------------------------------------------------------------------------------------------------------


def test_bp11_what_a_file_does_not_name_stays_as_it_is(tmp_path: Path) -> None:
    program = replace(WITH_TREE, tiers=Tiers(3, ((HOUR, NORTHSTAR, 4), (HOUR, OTHER, 2))))
    assert other(tmp_path, "", program) == program
    found = other(tmp_path, "tiers.NORTHSTAR = 1", program)
    assert [found.tiers.level(one, HOUR) for one in (NORTHSTAR, OTHER, 9)] == [1, 2, 3]
    found = other(tmp_path, "tier = 0\ntiers.OTHER = 4", program)
    assert [found.tiers.level(one, HOUR) for one in (NORTHSTAR, OTHER, 9)] == [0, 4, 0]
    assert found.nodes == program.nodes


def test_bp11_toml_and_json_say_the_same_and_numbers_are_exact(tmp_path: Path) -> None:
    toml = """
        excluded_from_level = 7
        discount = "cash_part"
        negative = "window_net"
        [[rates]]
        tier = 3
        rate = 32.123456
        levels = [0, 5]
        role = "maker"
        [[negotiated.OTHER]]
        tier = 3
        rate = "50"
        [tree.SOUTHSTAR]
        parent = "NORTHSTAR"
        pool = "7.5"
    """
    found = other(tmp_path, toml)
    told = {
        "excluded_from_level": 7,
        "discount": "cash_part",
        "negative": "window_net",
        "rates": [{"tier": 3, "rate": 32.123456, "levels": [0, 5], "role": "maker"}],
        "negotiated": {"OTHER": [{"tier": 3, "rate": 50}]},
        "tree": {"SOUTHSTAR": {"parent": "NORTHSTAR", "pool": "7.5", "users": 0}},
    }
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(told))
    again = under(read_rules(path), PROGRAM, VENUE)
    for one in (found, again):
        assert (one.excluded_from_level, one.discount, one.negative) == (7, "cash_part", "window_net")
        ((row,),) = (table.rows for table in one.schedules[PUBLIC])
        assert (row.rate_e8, row.level_from, row.level_to, row.role) == (32_123_456, 0, 5, "maker")
        ((row,),) = (table.rows for table in one.schedules[one.negotiated[OTHER]])
        assert row.rate_e8 == percent("50")
        assert {node.broker: (node.parent, node.pool_e8) for node in one.nodes} == {
            NORTHSTAR: (0, 0),
            SOUTHSTAR: (NORTHSTAR, percent("7.5")),
        }
    back = other(tmp_path, "negotiated.OTHER = []", found)
    assert back.negotiated[OTHER] == PUBLIC


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tier = 11", "tier 11 is not 0 to 9"),
        ("tiers.NORTHSTAR = -1", "tier -1 is not"),
        ("tiers.NOBODY = 1", "there is no broker 'NOBODY'"),
        ("excluded_from_level = 256", "excluded_from_level 256 is not"),
        ("[[rates]]\ntier = 3\nrate = 101", "101 % is not 0 % to 100 %"),
        ("[[rates]]\ntier = 3\nrate = -1", "-1 % is not 0 % to 100 %"),
        ("[[rates]]\ntier = 3\nrate = 0.0000001", "finer than"),
        ("[[rates]]\ntier = 12\nrate = 1", "row 1: tier 12"),
        ("[[rates]]\ntier = 1\nrate = 1\nlevels = [5, 4]", "levels 5 to 4 are no range"),
        ("[[rates]]\ntier = 1", "missing required field"),
        ("[[rates]]\ntier = 1\nrate = 1\nproduct = 'swaps'", "swaps"),
        ("discount = 'none'", "none"),
        ("typo = 1", "typo"),
        ("tier = ", "cannot be read as rules"),
        ("tree.SOUTHSTAR = { parent = 'NORTHSTAR', pool = '41' }", "41000000 points are more than the pool above"),
        ("tree.SOUTHSTAR = { parent = 'NORTHSTAR', pool = '5', users = '6' }", "6000000 points are given away"),
        ("tree.SOUTHSTAR = { parent = 'SOUTHSTAR' }", "under one another"),
        ("tree.SOUTHSTAR = { parent = 'OTHER' }\ntree.OTHER = { parent = 'SOUTHSTAR' }", "under one another"),
        ("tree.SOUTHSTAR = { parent = 'NOBODY' }", "there is no broker 'NOBODY'"),
    ],
)
def test_bp11_what_no_program_could_be_is_refused_with_the_value(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises((BadInput, Declined)) as refused:
        other(tmp_path, text)
    assert why in str(refused.value)


def test_bp11_a_place_fits_beside_those_that_are_not_named(tmp_path: Path) -> None:
    with pytest.raises(Declined, match="more than the pool above"):
        other(tmp_path, "tree.OTHER = { parent = 'SOUTHSTAR', pool = '11' }", WITH_TREE)
    found = other(tmp_path, "tree.OTHER = { parent = 'SOUTHSTAR', pool = '10' }", WITH_TREE)
    assert [keeps for _, keeps in found.tree(HOUR).path(OTHER).below] == [0, percent("10")]


# -- who gains and who loses -----------------------------------------------------------------------------------------


def test_bp12_the_example_under_cash_part_gains_2_10(tmp_path: Path) -> None:
    found = compared(EXAMPLE, PROGRAM, other(tmp_path, "discount = 'cash_part'"))
    assert (shown(found.before), shown(found.after), shown(found.gain)) == ("15", "17.1", "2.1")
    assert list(in_words(found, ASSET)) == [
        "NORTHSTAR gains 2.1 USDT: 17.1 instead of 15 (+14 %)",
        "host, brands and token holders keep 2.1 USDT less",
    ]


def test_bp12_under_the_rules_in_force_nobody_gains_or_loses(tmp_path: Path) -> None:
    found = compared(EXAMPLE, PROGRAM, other(tmp_path, ""))
    assert (found.gain, found.sides) == (0, 5)
    assert list(in_words(found, ASSET)) == ["nobody gains or loses"]


def test_bp12_a_tree_moves_commission_from_the_broker_to_those_below_it(tmp_path: Path) -> None:
    lines = [line("taker", "40", broker=SOUTHSTAR, level=2), line("taker", "100"), line("taker", "10", broker=OTHER)]
    wanted = other(tmp_path, "tree.SOUTHSTAR = { parent = 'NORTHSTAR', pool = '20', users = '15' }", WITH_TREE)
    found = compared(lines, WITH_TREE, wanted)
    assert gains(found) == {
        "clients SOUTHSTAR": ("2", "6"),
        "broker OTHER": ("3.5", "3.5"),
        "sub_broker SOUTHSTAR": ("2", "2"),
        "broker NORTHSTAR": ("45", "41"),
    }
    assert [(one.who, one.level, shown(one.gain)) for one in found.by_level if one.who != "OTHER"] == [
        ("SOUTHSTAR", 2, "4"),
        ("SOUTHSTAR", 2, "0"),
        ("NORTHSTAR", 0, "0"),
        ("NORTHSTAR", 2, "-4"),
    ]
    told = list(in_words(found, ASSET))
    assert told[0] == "clients of SOUTHSTAR gain 4 USDT: 6 instead of 2 (+200 %)"
    assert told[1] == "NORTHSTAR loses 4 USDT: 41 instead of 45 (-8.8 %)"
    assert told[2] == "2 others have the same"


def test_bp12_a_level_that_is_excluded_no_more_earns(tmp_path: Path) -> None:
    found = compared(EXAMPLE, PROGRAM, other(tmp_path, "excluded_from_level = 7"))
    assert [(one.level, shown(one.before), shown(one.after)) for one in found.by_level] == [
        (0, "1", "1"),
        (1, "14", "14"),
        (6, "0", "105"),
    ]


def test_bp11_what_a_file_says_of_exclusions_holds_in_every_hour(tmp_path: Path) -> None:
    agreed = (Conditions(5, 4, DiscountPolicy.EXCLUDE_FILL), Conditions(9, 3, DiscountPolicy.CASH_PART))
    program = replace(PROGRAM, conditions=agreed)
    found = other(tmp_path, "excluded_from_level = 7", program)
    assert [(one.excluded_from_level, one.discount) for one in found.conditions] == [
        (7, "exclude_fill"),
        (7, "cash_part"),
    ]
    assert other(tmp_path, "tier = 4", program).conditions == agreed


# -- window_net ------------------------------------------------------------------------------------------------------

NETTED = "negative = 'window_net'"


def test_bp13_the_example_under_window_net_is_14_30(tmp_path: Path) -> None:
    found = compared(EXAMPLE, PROGRAM, other(tmp_path, NETTED))
    assert (shown(found.before), shown(found.after)) == ("15", "14.3")
    assert [(one.level, shown(one.after)) for one in found.by_level] == [(0, "1"), (1, "13.3")]


def test_bp13_a_window_below_zero_is_nothing_and_takes_nothing_from_others(tmp_path: Path) -> None:
    lines = [
        line("taker", "1", "-5"),
        line("taker", "3"),
        line("taker", "10", affiliated=True),
        line("taker", "2", time_ns=(HOUR + 1) * HOUR_NS),
    ]
    found = compared(lines, PROGRAM, other(tmp_path, NETTED))
    # -4 + 3 at 35 %: nothing. 10 at 10 %, and in the next hour 2 at 35 %.
    assert shown(found.after) == "1.7"


def test_bp13_a_window_in_another_asset_is_converted_at_the_price_of_its_last_side(tmp_path: Path) -> None:
    lines = [
        line("taker", "10", instrument=BTC_EUR, index_price_e8=RATE_ONE),
        line("taker", "10", instrument=BTC_EUR, index_price_e8=2 * RATE_ONE),
        line("taker", "100", instrument=BTC_EUR, index_price_e8=0),  # without a price it earns nothing
    ]
    found = compared(lines, PROGRAM, other(tmp_path, NETTED))
    assert (shown(found.before), shown(found.after)) == ("10.5", "14")


def test_bp13_what_was_claimed_before_a_window_cuts_it_and_its_parts(tmp_path: Path) -> None:
    lines = [line("taker", "40", broker=SOUTHSTAR, claimed="35"), line("taker", "60", broker=SOUTHSTAR, claimed="55")]
    found = compared(lines, WITH_TREE, other(tmp_path, NETTED, WITH_TREE))
    # 35 % of 100 are 35; 10 are left of it, and 10 points are promised: the root has nothing.
    after = {f"{one.party} {one.who}": shown(one.after) for one in found.changes}
    assert after == {"sub_broker SOUTHSTAR": "5", "clients SOUTHSTAR": "5", "broker NORTHSTAR": "0"}


fees = st.tuples(st.integers(0, 10**12), st.integers(-(10**11), 10**11), st.integers(0, 7), st.booleans())


@given(st.lists(fees, min_size=1, max_size=8), st.sampled_from([NORTHSTAR, SOUTHSTAR]))
def test_bp13_a_window_pays_what_the_rule_for_one_says_and_its_parts_sum_to_it(
    found: list[tuple[int, int, int, bool]], broker: int
) -> None:
    lines = [
        line("taker", shown(taker), shown(maker), level=level, affiliated=affiliated, broker=broker)
        for taker, maker, level, affiliated in found
    ]
    result = compared(lines, WITH_TREE, replace(WITH_TREE, negative=NegativeNetFee.WINDOW_NET))
    earning = [
        (taker + min(maker, 0), percent("10" if affiliated else "35"))
        for taker, maker, level, affiliated in found
        if level < 6
    ]
    assert result.after == window_commission(earning, NegativeNetFee.WINDOW_NET, 8, 8)
    assert sum(one.after for one in result.changes) == sum(one.after for one in result.by_level) == result.after


@given(st.lists(fees, min_size=1, max_size=8), st.sampled_from([NORTHSTAR, SOUTHSTAR]))
def test_bp12_the_parts_sum_to_the_whole_before_and_after(found: list[tuple[int, int, int, bool]], broker: int) -> None:
    lines = [
        line("taker", shown(taker), shown(maker), level=level, affiliated=affiliated, broker=broker)
        for taker, maker, level, affiliated in found
    ]
    wanted = replace(PROGRAM, nodes=(place(NORTHSTAR, users="3"), place(SOUTHSTAR, NORTHSTAR, "20", "1")))
    result = compared(lines, WITH_TREE, wanted)
    for changes in (result.changes, result.by_level):
        assert sum(one.before for one in changes) == result.before
        assert sum(one.after for one in changes) == result.after
    assert result.before == result.after  # the tree divides, and adds nothing


# -- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data")
    with SmallExchange(made) as exchange:
        exchange.trade("100000", hour=0)
        exchange.trade("50000", hour=0, second=1, channel=Channel.WEB)
        exchange.trade("200000", hour=1, maker_broker=BROKER)
        exchange.trade("400000", hour=3)
        exchange.tick(5)
        exchange.settle()
    return made


def simulate(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(commands(), ["simulate", "commission", str(folder), *arguments])


def test_bp12_the_command_shows_who_gains_in_a_table_in_words_as_json_and_as_a_picture(
    folder: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("tier = 4")
    asked = ("--from", "2025-11-24T16:00", "--to", "2025-11-24T18:00", "--rules", str(rules))
    done = simulate(folder, *asked, "--json", "--plot", str(tmp_path / "gains.png"))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    # 100 + 200 + 40 of fees in the two hours that earn: 35 % are 119, 40 % are 136; and the 50 by the web are nothing.
    assert (told["before"], told["after"], told["gain"]) == ("119", "136", "17")
    assert (told["hours"], told["sides"], told["rules"]) == (2, 4, {"tier": 4})
    assert told["words"][0] == "NORTHSTAR gains 17 USDT: 136 instead of 119 (+14.2 %)"
    assert (tmp_path / "gains.png").read_bytes().startswith(b"\x89PNG")
    shown_to_people = simulate(folder, *asked).output
    for text in ("NORTHSTAR", "119", "136", "together", "4 fill sides of 2 hours; nothing was changed"):
        assert text in shown_to_people


def test_bp12_nothing_is_changed(folder: Path, tmp_path: Path) -> None:
    def all_of_it() -> dict[str, Any]:
        with SmallExchange(folder) as exchange:
            tables = ((accrual_blocks, "block"), (settlement_hours, "hour"), (settlements, "hour"))
            return {table.name: exchange.rows(table, by) for table, by in tables} | {
                name: path.read_bytes() for name, path in exchange.statements().items()
            }

    before = all_of_it()
    rules = tmp_path / "rules.json"
    rules.write_text('{"tier": 1, "negative": "window_net"}')
    done = simulate(folder, "--from", "2025-11-24", "--to", "2025-11-25", "--rules", str(rules), "--json")
    assert json.loads(done.stdout)["hours"] == 3
    assert all_of_it() == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--from", "2025-11-24T16:30", "--to", "2025-11-25"), "is within an hour"),
        (("--from", "2025-11-25", "--to", "2025-11-24"), "is not before"),
        (("--from", "2025-11-24", "--to", "2025-11-25", "--plot", "gains.doc"), "a picture ends in"),
    ],
)
def test_bp12_what_cannot_be_simulated_is_told(
    folder: Path, tmp_path: Path, arguments: Sequence[str], why: str
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("tier = 4")
    done = simulate(folder, *arguments, "--rules", str(rules))
    assert isinstance(done.exception, BadInput)
    assert why in str(done.exception)


def test_bp12_hours_without_fills_are_told(folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("tier = 4")
    done = simulate(folder, "--from", "2020-01-01", "--to", "2020-01-02", "--rules", str(rules))
    assert "no fill came under a broker's code in these hours" in done.output
