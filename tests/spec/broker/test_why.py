"""Why a fill side earned what it did, for each party. Rules: docs/rules/broker-proofs.md, BP-8 to BP-10."""

import json
from collections.abc import Iterator
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
    sides_of,
)
from spec.broker.terms_here import agree_rates, write
from spec.broker.tree_hours import SUB, tree_exchange
from spec.small_exchange import (
    BROKER,
    BTC_EUR,
    HOUR,
    SOUTH,
    TAKER,
    Crash,
    SmallExchange,
    crash_before_the_transfer,
    shown,
    units,
)
from typer.testing import CliRunner

from commonbook.broker import conditions
from commonbook.broker.agreed import API
from commonbook.broker.model import EARNING, PUBLIC, TIERS_2022, Conditions, DiscountPolicy, Program, Reason
from commonbook.broker.rates import RateRow, RateTable, Tiers
from commonbook.broker.standing import explain
from commonbook.broker.telling import asking, told, told_to, words
from commonbook.broker.why import Party, Why, no_such_fill, why
from commonbook.clearing.model import AFFILIATE, TOKEN_HOLDERS, ClaimSchedule, CostShare, Source, Terms
from commonbook.console.commands import commands
from commonbook.errors import BadInput, Declined
from commonbook.records import Attribution, Channel
from commonbook.units import RateE8

TERMS = Terms(RateE8(20_000_000))
WITH_TREE = replace(PROGRAM, nodes=TREE)


def of(one: dict[str, Any], program: Program = PROGRAM, terms: Terms = TERMS) -> Why:
    return why(sides_of([one], program), program, VENUE, terms)


def parts(found: Why) -> dict[str, str]:
    return {f"{share.party} {share.who}": shown(share.amount) for share in found.shares}


# -- what is told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        *enumerate(
            [Reason.EARNED, Reason.EARNED, Reason.VIP_TOO_HIGH, Reason.FEE_DISCOUNT, Reason.NO_TAG, Reason.NO_NET_FEE]
        )
    ],
)
def test_bp8_each_line_of_the_example_is_told_with_every_exclusion(number: int, reason: Reason) -> None:
    found = of(dict(EXAMPLE[number]))
    assert found.reason is reason
    assert [one.reason for one in found.predicates] == [one for one in Reason if one not in EARNING]
    applying = [one.reason for one in found.predicates if one.applies]
    assert applying[:1] == ([reason] if reason is not Reason.EARNED else [])


def test_bp8_an_earning_side_is_told_with_its_base_rate_row_and_pool() -> None:
    found = of(line("taker", "45", "-5", level=1))
    assert (shown(found.base), found.base_how) == ("40", "the taker's fee 45 less the maker's rebate 5")
    assert found.rate is not None
    rate = (found.rate.schedule, found.rate.tier, found.rate.version, found.rate.row, found.rate.says)
    assert rate == ("public", 3, 1, 8, "tier 3, without an affiliate")
    assert (shown(found.pool), found.pool_lost, shown(found.earned)) == ("14", 0, "14")
    assert parts(found) == {"broker NORTHSTAR": "14", "host host": "5.2", "brand south": "20.8"}


def test_bp8_the_parts_of_the_rulebooks_table() -> None:
    found = of(line("taker", "40", broker=SOUTHSTAR), WITH_TREE)
    assert parts(found) == {
        "broker NORTHSTAR": "10",
        "sub_broker SOUTHSTAR": "2",
        f"client {TAKER}": "2",
        "host host": "5.2",
        "brand south": "20.8",
    }


def test_bp8_what_rounding_leaves_is_told() -> None:
    # 33.33333333 x 35 % = 11.6666666655; the sub-broker's 5 points are 1.6666666665, and so are the user's.
    found = of(line("taker", "33.33333333", broker=SOUTHSTAR), WITH_TREE)
    assert (shown(found.pool), found.pool_lost) == ("11.66666666", 55_000_000)
    lost = {share.party: share.lost for share in found.shares}
    assert (lost[Party.SUB_BROKER], lost[Party.CLIENT], lost[Party.BROKER]) == (65_000_000, 65_000_000, 0)
    data = told(found)
    assert data["pool_lost_by_rounding"] == "0.0000000055"
    assert data["parts"][1]["lost_by_rounding"] == "0.0000000065"


def test_bp8_an_exclusion_behind_the_one_that_applies_is_not_asked() -> None:
    found = of(line("taker", "5", broker=0, attribution=Attribution.UNKNOWN_CODE))
    asked = {one.reason: (one.applies, one.fact) for one in found.predicates}
    assert asked[Reason.NO_TAG] == (False, "the order came with a tag")
    assert asked[Reason.UNKNOWN_CODE] == (True, "its tag is nobody's code")
    assert asked[Reason.NOT_ASSOCIATED] == asked[Reason.CODE_INACTIVE] == (None, "not asked")
    assert found.rate is None


@pytest.mark.parametrize(
    ("others", "fact"),
    [
        ({"channel": Channel.WEB}, "the order came through WEB"),
        ({"level": 6}, "the account was at level 6; from level 6 on"),
        ({"discount": "4"}, "4 of the fee was paid with vouchers or cards; the policy is exclude_fill"),
        ({"subsidised": True}, "the maker's rates are subsidised, and the maker was charged nothing"),
        ({"taker_fee": "0"}, "the base is 0 USDT; it must be above zero"),
        ({"instrument": BTC_EUR, "index_price_e8": 0}, "EUR had no index price in what is paid"),
    ],
)
def test_bp8_each_exclusion_is_told_with_its_fact(others: dict[str, Any], fact: str) -> None:
    found = of(line("taker", "10") | others)
    (applying,) = [one for one in found.predicates if one.applies]
    assert fact in applying.fact
    assert f"It earns nothing: {applying.reason}." in words(found)


def test_bp8_a_cut_by_what_was_claimed_before_is_told() -> None:
    affiliate = ClaimSchedule(SOUTH, AFFILIATE, TAKER, 0, 77, percent("95"), True)
    terms = Terms(RateE8(20_000_000), schedules=(affiliate,))
    found = of(line("taker", "40", affiliated=True, claimed="38"), terms=terms)
    # The affiliated rate is 10 %: 4.00, of which 2.00 are left.
    assert (shown(found.pool), shown(found.earned)) == ("4", "2")
    assert "  cut to 2: 38 was claimed before" in words(found)
    assert parts(found) == {"broker NORTHSTAR": "2", "affiliate 77": "38", "host host": "0", "brand south": "0"}


def test_bp8_the_holders_of_a_brands_token_have_their_part() -> None:
    holders = ClaimSchedule(SOUTH, TOKEN_HOLDERS, 0, 0, 0, percent("80"), True)
    terms = Terms(RateE8(0), (CostShare(SOUTH, Source.TRADING, 0, percent("20")),), (holders,))
    found = of(line("taker", "40"), terms=terms)
    assert parts(found) == {
        "broker NORTHSTAR": "14",
        "host host": "5.2",
        "brand south": "4.16",
        "token_holders south": "16.64",
    }


def test_bp8_a_rate_that_no_row_says_and_one_of_other_terms_are_told() -> None:
    rows = (RateRow(3, percent("30"), role="maker"),)
    with_rows = replace(PROGRAM, schedules={PUBLIC: (RateTable(7, 0, rows),)})
    found = of(line("taker", "40"), with_rows)
    assert found.rate is not None
    assert (found.rate.version, found.rate.row, found.rate.says) == (7, None, "no row is for such a side")
    found = of(line("maker", "0", "40"), with_rows)
    assert found.rate is not None
    assert (found.rate.row, found.rate.says) == (1, "tier 3, maker")
    later = why(sides_of([line("taker", "40")]), replace(PROGRAM, tiers=Tiers(1)), VENUE, TERMS)
    assert later.rate is not None
    assert (later.rate.rate_e8, later.rate.row) == (percent("35"), None)
    assert "those of the program have been changed" in later.rate.says
    negotiated = replace(PROGRAM, schedules={PUBLIC: (), 4: (TIERS_2022,)}, negotiated={NORTHSTAR: 4})
    one = of(line("taker", "40"), negotiated)
    assert one.rate is not None
    assert one.rate.schedule == "negotiated"
    assert of(line("taker", "40", broker=OTHER), negotiated).rate.says == "no table was in force yet"  # type: ignore[union-attr]


def test_bp8_with_cash_part_the_base_says_what_was_taken_off() -> None:
    found = of(line("taker", "10", discount="4"), replace(PROGRAM, discount=DiscountPolicy.CASH_PART))
    assert (shown(found.base), found.base_how) == ("6", "the taker's fee 10 less 4 paid with vouchers")


@given(
    taker=st.integers(0, 10**13),
    maker=st.integers(-(10**12), 10**12),
    role=st.sampled_from(["taker", "maker"]),
    broker=st.sampled_from([0, NORTHSTAR, SOUTHSTAR, OTHER]),
    level=st.integers(0, 9),
)
def test_bp8_the_parts_sum_to_the_net_fee_of_the_side(
    taker: int, maker: int, role: str, broker: int, level: int
) -> None:
    fees = {"taker_fee": shown(taker), "maker_fee": shown(maker)}
    attribution = Attribution.BROKER if broker else Attribution.NO_TAG
    found = of(line(role, **fees, broker=broker, level=level, attribution=attribution), WITH_TREE)
    base = taker + min(maker, 0) if role == "taker" else max(maker, 0)
    assert sum(share.amount for share in found.shares) == base
    assert json.dumps(told(found))
    assert list(words(found))


# -- who is told what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("party", "seen", "is_told_the_rate"),
    [
        ("host", ["broker", "sub_broker", "client", "host", "brand"], True),
        ("brand", ["broker", "sub_broker", "client", "host", "brand"], False),
        ("broker", ["broker", "sub_broker", "client"], True),
        ("sub_broker", ["sub_broker"], False),
        ("client", ["client"], False),
    ],
)
def test_bp9_a_party_is_told_no_more_than_its_statements_tell(
    party: str, seen: list[str], is_told_the_rate: bool
) -> None:
    found = of(line("taker", "45", "-5", broker=SOUTHSTAR), WITH_TREE)
    who = asking(found, party)
    data, text = told(found, *who), "\n".join(words(found, *who))
    assert [part["party"] for part in data["parts"]] == seen
    assert ("rate" in data) == ("pool" in data) == is_told_the_rate == ("row 8" in text)
    if party in ("sub_broker", "client"):
        for secret in ("NORTHSTAR", "35 %", "tier", "10 %"):
            assert secret not in json.dumps(data) + text
    if party == "brand":
        assert [part["rate"] for part in data["parts"][:3]] == [None, None, None]
        for secret in ("5 %", "35 %", "the pool"):
            assert secret not in json.dumps(data["parts"][:3]) + text
    if party == "client":
        assert data["fees"] == {"taker": "45"}
        assert "rebate 5" not in json.dumps(data) + text


def test_bp9_of_several_sub_brokers_each_sees_itself_alone() -> None:
    nodes = (*TREE, replace(TREE[1], broker=OTHER, parent=SOUTHSTAR, pool_e8=percent("4"), user_e8=percent("1")))
    found = of(line("taker", "40", broker=OTHER), replace(PROGRAM, nodes=nodes))
    with pytest.raises(BadInput, match="several have a part in it; say which: sub_broker:"):
        asking(found, "sub_broker")
    for name, points in (("SOUTHSTAR", "6 %"), ("OTHER", "3 %")):
        (part,) = told(found, *asking(found, f"sub_broker:{name}"))["parts"]
        assert (part["who"], part["rate"]) == (name, points)


def test_bp9_who_has_no_part_is_told_so() -> None:
    found = of(line("taker", "40"))
    with pytest.raises(Declined, match="no sub_broker has a part") as refused:
        asking(found, "sub_broker")
    assert refused.value.code == "no_such_party"
    with pytest.raises(Declined, match="no sub_broker:OTHER has a part"):
        asking(of(line("taker", "40", broker=SOUTHSTAR), WITH_TREE), "sub_broker:OTHER")
    with pytest.raises(BadInput, match="there is no party 'lawyer'; there is: broker, sub_broker"):
        asking(found, "lawyer")


def test_bp9_a_desk_tells_who_asks_of_its_own_sides_and_of_others_as_if_there_were_none() -> None:
    both = [
        of(line("taker", "40", "20", broker=SOUTHSTAR), WITH_TREE),
        of(line("maker", "40", "20", broker=OTHER, account=9), WITH_TREE),
    ]
    ways = Party.BROKER, Party.SUB_BROKER
    assert [(one["role"], len(one["parts"])) for one in told_to(both, NORTHSTAR, *ways)] == [("taker", 3)]
    assert [(one["role"], len(one["parts"])) for one in told_to(both, SOUTHSTAR, *ways)] == [("taker", 1)]
    assert [(one["role"], len(one["parts"])) for one in told_to(both, OTHER, *ways)] == [("maker", 1)]
    assert [one["role"] for one in told_to(both, TAKER, Party.CLIENT)] == ["taker"]
    assert [one["role"] for one in told_to(both, SOUTH, Party.BRAND)] == ["taker", "maker"]
    for number, party in ((99, Party.BROKER), (9, Party.CLIENT), (NORTHSTAR, Party.BRAND)):
        with pytest.raises(Declined) as refused:
            told_to(both, number, party)
        absent = no_such_fill("api", both[0].fill)
        assert (refused.value.code, str(refused.value)) == (absent.code, str(absent))


# -- where it stands -------------------------------------------------------------------------------------------------


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[SmallExchange]:
    with tree_exchange(tmp_path) as found:
        yield found


def newest_fill(exchange: SmallExchange) -> str:
    return str(exchange.accrued()[-1]["line"]["fill"])


def explained(exchange: SmallExchange, fill: str, role: str = "", **others: Any) -> list[Why]:
    office = exchange.exchange.back_office
    program = office.program()
    assert program is not None
    with office.database.connect() as connection:
        return explain(connection, program, office.venue, TERMS, office.statements, fill, role, **others)


def standings(found: Why) -> dict[str, str]:
    return {party: stands.state for (party, _), stands in found.standings.items()}


def test_bp10_a_part_is_accrued_then_computed_then_published_with_its_statement_and_line(
    exchange: SmallExchange,
) -> None:
    exchange.trade("1000")
    exchange.trade("40000", second=1, taker_broker=SUB, maker_broker=BROKER)
    fill = newest_fill(exchange)
    taker, maker = explained(exchange, fill)
    assert (taker.role, maker.role, taker.code, maker.code) == ("taker", "maker", "SOUTHSTAR", "NORTHSTAR")
    clearing = {"host": "accrued", "brand": "accrued"}
    assert standings(taker) == {"broker": "accrued", "sub_broker": "accrued", "client": "accrued"} | clearing
    exchange.tick(2)
    with pytest.raises(Crash):
        crash_before_the_transfer(exchange)
    (taker,) = explained(exchange, fill, "taker")
    assert standings(taker) == {"broker": "computed", "sub_broker": "computed", "client": "computed"} | clearing
    exchange.settle()
    (taker,) = explained(exchange, fill, "taker")
    assert standings(taker) == {"broker": "published", "sub_broker": "published", "client": "published"} | clearing
    root = taker.standings[Party.BROKER, BROKER]
    assert (root.statement, root.line, root.hour) == ("NORTHSTAR-2025-11-24T16.jsonl", 3, HOUR)
    statement = exchange.exchange.back_office.statements / root.statement
    lines = statement.read_text().splitlines()
    assert json.loads(lines[root.line - 1])["fill"] == fill  # type: ignore[operator]
    assert json.loads(lines[-1])["root"] == root.root
    assert root.key == f"settle:api:1:1:{HOUR}"
    (_, seen_by_root, _) = told(taker, *asking(taker, "broker"))["parts"]
    assert (seen_by_root["state"], seen_by_root["statement"], seen_by_root["payment"]) == ("published", "", "")
    below = taker.standings[Party.SUB_BROKER, SUB]
    assert (below.statement, below.line) == ("SOUTHSTAR-2025-11-24T16.jsonl", 2)
    assert taker.standings[Party.CLIENT, TAKER].key.startswith("settle:api:u")
    statement.unlink()
    (taker,) = explained(exchange, fill, "taker")
    assert taker.standings[Party.BROKER, BROKER].line is None


def test_bp10_what_is_carried_says_so_and_names_no_payment(tmp_path: Path) -> None:
    with SmallExchange.with_minimum_payout(tmp_path, "100") as exchange:
        exchange.trade("1000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()
        (taker,) = explained(exchange, fill, "taker")
        stands = taker.standings[Party.BROKER, BROKER]
        assert (stands.state, stands.key, stands.line) == ("carried", "", 2)


def test_bp10_what_is_held_says_why(exchange: SmallExchange) -> None:
    exchange.trade("1000")
    fill = newest_fill(exchange)
    (taker,) = explained(
        exchange, fill, "taker", held_for=lambda _, one, share: "SELF_REFERRAL" if share.party == "broker" else ""
    )
    stands = taker.standings[Party.BROKER, BROKER]
    assert (stands.state, stands.why) == ("held", "SELF_REFERRAL")
    assert any("held (SELF_REFERRAL)" in text for text in words(taker))


@pytest.mark.parametrize(
    "fill", ["", "1", "-", "1-", "x-0", "1-0-0", "\u00b2-0", "9" * 30 + "-0", f"{2**62}-0", "-1-0"]
)
def test_bp10_what_names_no_fill_is_told(exchange: SmallExchange, fill: str) -> None:
    with pytest.raises(BadInput, match="names no fill"):
        explained(exchange, fill)


def test_bp10_a_fill_that_is_not_there_is_told(exchange: SmallExchange) -> None:
    exchange.trade("1000")
    for fill, role in (("999999-0", ""), (f"{exchange.exchange.sequencer.engine.sequence()}-7", "")):
        with pytest.raises(Declined, match=f"there is no fill {fill} in the program api") as refused:
            explained(exchange, fill, role)
        assert refused.value.code == "no_such_fill"
    with pytest.raises(BadInput, match="no role 'both'"):
        explained(exchange, "1-0", "both")


def test_bp8_the_command_tells_of_what_was_agreed_for_the_hour(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.level(TAKER, 4)
        agree_rates(exchange, BROKER, [{"tier": 3, "rate": "20"}], from_hour=1)
        stricter = Conditions(HOUR + 2, 4, DiscountPolicy.EXCLUDE_FILL)
        write(exchange, lambda connection: conditions.agree(connection, API, stricter, 1, 1))
        exchange.trade("1000", hour=1)
        first = newest_fill(exchange)
        exchange.trade("1000", hour=2)
        second = newest_fill(exchange)
        exchange.tick(4)
        exchange.settle()

    def run(fill: str) -> str:
        words = ["why", str(tmp_path), fill, "--role", "taker"]
        done = CliRunner().invoke(commands(), words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "rate 20 %: negotiated schedule" in run(first)
    assert "VIP_TOO_HIGH     no         the account was at level 4; from level 6 on" in run(first)
    assert "VIP_TOO_HIGH     EXCLUDED   the account was at level 4; from level 4 on" in run(second)


def test_bp8_the_command_tells_it_to_people_and_to_programs(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("1000")
        fill = newest_fill(exchange)
        exchange.tick(2)
        exchange.settle()

    def run(*more: str) -> str:
        done = CliRunner().invoke(commands(), ["why", str(tmp_path), fill, *more], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    text = run()
    assert "rate 35 %: public schedule, row 8 of version 1, tier 3, without an affiliate" in text
    assert "broker NORTHSTAR: 0.35 USDT, the pool; published, NORTHSTAR-2025-11-24T16.jsonl, line 2" in text
    assert "the maker's side" in text
    (taker,) = json.loads(run("--json", "--role", "taker", "--party", "broker"))
    assert [part["paid"] for part in taker["parts"]] == ["0.35"]
    assert units(taker["base"]) == units("1")
