"""A brand's days: what it is owed, and the statements that say so. docs/rules/clearing.md, Q-7 to Q-14."""

import json
from pathlib import Path

import pytest
from spec.clearing.brand_days import (
    AT_ONCE,
    DAY,
    NOW_NS,
    at,
    files,
    hour_of,
    income,
    lines,
    trade,
    writing,
)
from spec.small_exchange import (
    HOUSE,
    MAKER,
    NORTH,
    SOUTH,
    SUBSIDY,
    TAKER,
    USDT,
    SmallExchange,
    deposit,
    shown,
    units,
)
from sqlalchemy import insert, update

from commonbook.clearing import terms
from commonbook.clearing.document import Checked, canonical, leaf_hash, sealed
from commonbook.clearing.keys import income_key, pool_end, release_key
from commonbook.clearing.model import AFFILIATE, DAY_NS, HOLDERS_2018, ClaimSchedule, CostShare, Source, Terms
from commonbook.clearing.rules import split_base, split_income
from commonbook.clearing.sheets import ITEMS as SHEET_ITEMS
from commonbook.clearing.statement import ITEMS, verify_clearing, verify_one
from commonbook.errors import BadInput, Declined
from commonbook.ledger.model import HOST_FEE
from commonbook.storage.schema import brand_hours, fills
from commonbook.storage.tables.clearing import (
    claim_schedules,
    clearing_statements,
    reconciliations,
    revenue_days,
    revenue_moves,
)
from commonbook.units import RateE8

PERCENT = 1_000_000


# -- terms -----------------------------------------------------------------------------------------------------------


def test_q7_a_cost_share_is_the_brands_own_from_its_day_on_else_the_setting() -> None:
    agreed = Terms(
        RateE8(20 * PERCENT),
        (
            CostShare(NORTH, Source.TRADING, 5 * DAY_NS, RateE8(10 * PERCENT)),
            CostShare(NORTH, Source.TRADING, 9 * DAY_NS, RateE8(12 * PERCENT)),
            CostShare(NORTH, Source.LISTING, 5 * DAY_NS, RateE8(50 * PERCENT)),
        ),
    )
    days = [agreed.cost_share(NORTH, Source.TRADING, day * DAY_NS) // PERCENT for day in (4, 5, 8, 9)]
    assert days == [20, 10, 10, 12]
    assert agreed.cost_share(NORTH, Source.TRADING, 5 * DAY_NS - 1) == 20 * PERCENT
    assert agreed.cost_share(SOUTH, Source.TRADING, 9 * DAY_NS) == 20 * PERCENT
    # Of other income the host has nothing unless it was agreed.
    assert agreed.cost_share(NORTH, Source.LISTING, 6 * DAY_NS) == 50 * PERCENT
    assert agreed.cost_share(SOUTH, Source.LISTING, 6 * DAY_NS) == 0


def test_q7_terms_are_agreed_before_their_day_begins_and_once(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange, writing(exchange) as connection:
        with pytest.raises(Declined, match=f"day {DAY} has begun: terms change from day {DAY + 1} on"):
            terms.agree_cost_share(connection, SOUTH, Source.TRADING, DAY, 10 * PERCENT, NOW_NS)
        terms.agree_cost_share(connection, SOUTH, Source.TRADING, DAY + 1, 10 * PERCENT, NOW_NS)
        with pytest.raises(Declined, match="agreed already; choose a later time"):
            terms.agree_cost_share(connection, SOUTH, Source.TRADING, DAY + 1, 11 * PERCENT, NOW_NS)
        with pytest.raises(BadInput, match="rate 100000001 is not between 0 and 100000000"):
            terms.agree_cost_share(connection, SOUTH, Source.TRADING, DAY + 2, 100 * PERCENT + 1, NOW_NS)


def test_q7_a_new_share_divides_the_fills_of_its_day_and_none_before(tmp_path: Path) -> None:
    # 100,000 at 10 bps: 100.00, no broker. 20 %: the brand has 80.00; from day 1 on, at 10 %, 90.00.
    with SmallExchange(tmp_path) as exchange:
        with writing(exchange) as connection:
            terms.agree_cost_share(connection, SOUTH, Source.TRADING, DAY + 1, 10 * PERCENT, NOW_NS)
        trade(exchange, "100000", 0, 23, taker_broker=0)
        assert exchange.ledger("brand_revenue:2") == "80"
        trade(exchange, "100000", 1, 0, taker_broker=0)
        assert exchange.ledger("brand_revenue:2") == "170"
        at(exchange, 2)
        statements = [lines(path) for name, path in files(exchange).items() if name.startswith("2/")]
        assert [one[1]["cost_share"] for one in statements] == [str(units("20")), str(units("10"))]
        assert all(found.ok for found in verify_clearing(list(files(exchange).values())))


def test_q8_a_fee_of_40_goes_to_affiliate_broker_host_token_holders_and_brand(tmp_path: Path) -> None:
    """The table of Q-8, through the posting code: 40.00 -> 12.00, 4.00, 4.80, 15.36 and 3.84."""
    with SmallExchange(tmp_path) as exchange:
        exchange.rates(TAKER, "4.5", "4.5")
        exchange.rates(MAKER, "-0.5", "4.5")
        with writing(exchange) as connection:
            own = {"brand": SOUTH, "effective_ns": 0, "bound": True}
            affiliate = {"kind": AFFILIATE, "account": TAKER, "beneficiary": 7, "rate_e8": 30 * PERCENT}
            holders = {"kind": "token_holders", "account": 0, "beneficiary": 0, "rate_e8": 80 * PERCENT}
            connection.execute(insert(claim_schedules), [own | affiliate, own | holders])
        trade(exchange, "100000", 1)  # the taker pays 45.00, the maker is paid 5.00 of it: 40.00
        booked = {
            name: exchange.ledger(name)
            for name in ("affiliate_payable:7", "broker_payable:1", "host_fee", "token_holders:2", "brand_revenue:2")
        }
        assert booked == {
            "affiliate_payable:7": "12",  # 40.00 x 30 %
            "broker_payable:1": "4",  # 40.00 x 10 %, the rate of a user who has an affiliate
            "host_fee": "4.8",  # 24.00 x 20 %
            "token_holders:2": "15.36",  # 19.20 x 80 %
            "brand_revenue:2": "3.84",  # the rest
        }
        assert units("12") + units("4") + units("4.80") + units("15.36") + units("3.84") == units("40")
        assert exchange.exchange.ledger_difference() == {}
        (day,) = [row for row in exchange.rows(revenue_days, "brand") if row["brand"] == SOUTH]
        parts = ("fees", "rebates", "affiliates", "commissions", "cost_share", "holders", "trading")
        assert [shown(day[name]) for name in parts] == ["45", "5", "12", "4", "4.8", "15.36", "3.84"]
        at(exchange, 2)
        assert all(found.ok for found in verify_clearing(list(files(exchange).values())))


def test_q8_token_holders_have_80_percent_of_a_days_revenue_and_the_brand_the_exact_rest() -> None:
    # 12,345.67 at three decimals: 9,876.536 and 2,469.134.
    split = split_base(12_345_670, [], RateE8(0), HOLDERS_2018.rate_e8)
    assert (split.holders, split.brand) == (9_876_536, 2_469_134)


def test_q8_the_pool_of_token_holders_is_there_by_data_and_unbound_so_nothing_is_claimed() -> None:
    agreed = Terms(RateE8(20 * PERCENT))
    assert agreed.schedules == (HOLDERS_2018,)
    assert (HOLDERS_2018.rate_e8, HOLDERS_2018.bound) == (80 * PERCENT, False)
    assert agreed.holders_share(NORTH, 10**18) == 0
    own = ClaimSchedule(NORTH, HOLDERS_2018.kind, 0, DAY_NS, 0, RateE8(80 * PERCENT), True)
    agreed = Terms(RateE8(0), (), (HOLDERS_2018, own))
    assert [agreed.holders_share(NORTH, day * DAY_NS) for day in (0, 1)] == [0, 80 * PERCENT]
    assert agreed.holders_share(SOUTH, DAY_NS) == 0


def test_q8_there_are_no_affiliates_yet(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000")
        assert [row["affiliates"] for row in exchange.rows(revenue_days, "brand")] == [0, 0]
        assert exchange.rows(claim_schedules, "brand") == []


# -- income ----------------------------------------------------------------------------------------------------------


def test_q9_income_that_is_no_fee_comes_by_a_transfer_whose_key_names_source_and_brand(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        assert income_key(Source.LISTING, SOUTH, "app-17") == b"income:l:2:app-17"
        income(exchange, "income:l:2:app-17", "500")
        income(exchange, "income:w:2:1-99", "30")
        income(exchange, "income:o:1:gift", "1")
        assert (exchange.ledger("brand_revenue:2"), exchange.ledger("brand_revenue:1")) == ("530", "1")
        assert exchange.ledger("user:1004:available") == "9999469"
        assert exchange.exchange.ledger_difference() == {}
        moves = exchange.rows(revenue_moves, "sequence")
        assert [
            (row["brand"], row["kind"], row["source"], row["reference"], shown(row["amount"])) for row in moves
        ] == [
            (SOUTH, "income", "listing", "app-17", "500"),
            (SOUTH, "income", "withdrawal", "1-99", "30"),
            (NORTH, "income", "other", "gift", "1"),
        ]


def test_q9_the_hosts_share_of_an_income_is_what_was_agreed_for_its_source() -> None:
    assert split_income(7, RateE8(50 * PERCENT)) == (4, 3)  # the brand is rounded down, the host has the odd unit
    assert split_income(-7, RateE8(50 * PERCENT)) == (-4, -3)  # and the same when it is given back
    assert split_income(7, RateE8(0)) == (0, 7)


def test_q9_a_fee_that_is_given_back_lowers_what_the_brand_is_owed(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        income(exchange, "income:l:2:app-17", "500")
        exchange.transfer(1, HOUSE, "200", "income:l:2:app-17-back")
        assert exchange.ledger("brand_revenue:2") == "300"


@pytest.mark.parametrize(
    "key",
    [
        "settle:",
        "settle:x",
        "income:q:1:a",
        "income:l:x:a",
        "release:1:1",
        "adjust:1:2:x",
        "brand:",
        "brand:x",
        "",
        "settle:x:uzzzzzzzzzzzzz:1:1",
    ],
)
def test_q9_a_key_that_is_not_well_formed_is_the_hosts_own_money_and_breaks_nothing(key: str) -> None:
    assert pool_end(key).name == HOST_FEE
    assert pool_end(key).brand == 0


def test_q9_a_key_says_whose_the_money_is() -> None:
    names = {
        "settle:api:7:1:490000": "broker_payable:7",
        "settle:api:uzz:1:a93k": "client_payable:1295",
        "income:l:2:x": "brand_revenue:2",
        "release:2:1:20416": "brand_revenue:2",
        "adjust:2:9:b": "brand_revenue:2",
        "adjust:2:9:h": HOST_FEE,
        "setoff:2:1:1:b": "brand_revenue:2",
        "setoff:2:1:1:h": HOST_FEE,
        "invoice:2:1:1": HOST_FEE,
        "brand:2:anything": "brand_revenue:2",
        "brand:2": "brand_revenue:2",
    }
    assert {key: pool_end(key).name for key in names} == names


def test_q9_a_key_that_would_be_cut_is_refused() -> None:
    with pytest.raises(BadInput, match="choose a shorter reference"):
        income_key(Source.LISTING, 4_000_000_000, "a-reference-without-end")
    with pytest.raises(BadInput, match="no transfer: it comes of fills"):
        income_key(Source.TRADING, 1, "x")
    assert len(release_key(999_999, 9_999_999, 99_999)) <= 32


# -- days ------------------------------------------------------------------------------------------------------------


def test_q10_the_days_of_a_brand_sum_to_what_the_ledger_says_it_is_owed(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        income(exchange, "income:l:2:a", "5")
        trade(exchange, "70000", 1)
        days = exchange.rows(revenue_days, "day")
        owed = sum(row["trading"] + row["listing"] for row in days if row["brand"] == SOUTH)
        assert shown(owed) == exchange.ledger("brand_revenue:2")
        assert sorted((row["brand"], row["day"] - DAY) for row in days) == [
            (1, 0),
            (1, 1),
            (2, 0),
            (2, 1),
        ]


def test_q10_the_sums_of_sheet_and_statement_are_the_same_words() -> None:
    assert SHEET_ITEMS == ITEMS


def test_q12_a_day_is_closed_once_engine_time_is_an_hour_behind_its_end(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000")
        exchange.tick(hour_of(1, 1) - 1, 3_599)
        assert exchange.exchange.clear(timed=True).days == []
        assert at(exchange, 1, 1).days == [DAY]
        assert sorted(files(exchange)) == ["1/USDT-2025-11-24.jsonl", "2/USDT-2025-11-24.jsonl"]
        (row,) = exchange.rows(reconciliations, "day")
        assert (row["day"], row["state"], row["problems"]) == (DAY, "closed", "[]")
        assert len(row["journal_hash"]) == 64
        assert at(exchange, 1, 2).days == []


def test_q12_a_statement_goes_from_closed_to_released_and_its_figures_are_the_days(tmp_path: Path) -> None:
    # Taker 100.00: 35.00 to the broker, 13.00 to the host, 52.00 to south. Maker 20.00: 4.00 and 16.00 to north.
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000")
        income(exchange, "income:l:2:a", "5")
        at(exchange, 1, 1)
        north, south = exchange.rows(clearing_statements, "brand")
        assert (south["state"], shown(south["opening"]), shown(south["closing"])) == ("closed", "0", "57")
        assert (north["state"], shown(north["closing"])) == ("closed", "16")
        told = json.loads(south["totals"])
        assert {
            name: shown(int(told[name])) for name in ("fees", "commissions", "cost_share", "trading", "listing")
        } == {
            "fees": "100",
            "commissions": "35",
            "cost_share": "13",
            "trading": "52",
            "listing": "5",
        }
        at(exchange, 2, 2)
        assert [row["state"] for row in exchange.rows(clearing_statements, "brand") if row["day"] == DAY] == [
            "released"
        ] * 2


def test_q12_days_without_anything_have_no_statement_and_the_chain_goes_on_behind_them(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        trade(exchange, "100000", 5)
        at(exchange, 6)
        names = [name for name in files(exchange) if name.startswith("1/")]
        assert names == ["1/USDT-2025-11-24.jsonl", "1/USDT-2025-11-29.jsonl"]
        header = lines(files(exchange)[names[1]])[0]
        assert (int(header["previous_day"]) - DAY, header["opening"]) == (0, str(units("16")))
        assert all(found.ok for found in verify_clearing(list(files(exchange).values())))
        assert [row["day"] - DAY for row in exchange.rows(reconciliations, "day")] == [0, 1, 2, 3, 4, 5]


def test_q13_a_statement_has_each_fill_side_of_the_brand_and_each_other_change(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", 0)
        trade(exchange, "1000", 0, 21, maker=HOUSE)  # within south: both sides are its own
        income(exchange, "income:l:2:app-17", "5")
        at(exchange, 1, 2)
        trade(exchange, "10", 1, 3)
        at(exchange, 2, 2)
        first, second = (lines(path)[1:-1] for name, path in files(exchange).items() if name.startswith("2/"))
        assert [(one["kind"], one.get("role", ""), one.get("counterparty", "")) for one in first] == [
            ("fill", "taker", "external"),
            ("fill", "taker", "internal"),
            ("fill", "maker", "internal"),
            ("income", "", ""),
        ]
        assert [one["kind"] for one in second] == ["fill", "release"]
        assert int(second[1]["amount"]) == -units("57.68")  # 52 + 0.52 + 0.16 + 5


def test_q13_a_statement_names_no_account_user_or_order_of_another_brand(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        for number in range(5):
            trade(exchange, str(1_000 + number))
        at(exchange, 1)
        orders: dict[int, set[str]] = {NORTH: set(), SOUTH: set()}
        for row in exchange.rows(fills, "fill"):
            orders[NORTH if row["account"] == MAKER else SOUTH].add(str(row["order_id"]))
        for brand, other, account in ((NORTH, SOUTH, TAKER), (SOUTH, NORTH, MAKER)):
            (path,) = [path for name, path in files(exchange).items() if name.startswith(f"{brand}/")]
            told = lines(path)[1:-1]
            assert {one["order"] for one in told} == orders[brand]
            assert not {one["order"] for one in told} & orders[other]
            assert str(account) not in {one["account"] for one in told}
            assert f'"{account}"' not in path.read_text()
            assert {one["counterparty"] for one in told} == {"external"}


# -- verification ----------------------------------------------------------------------------------------------------


def _three_days(exchange: SmallExchange) -> list[Path]:
    exchange.send(deposit(SUBSIDY, USDT, "100", "subsidy"))
    for day in range(3):
        trade(exchange, "100000", day)
        trade(exchange, "333.33333333", day, 21, maker=HOUSE)
        income(exchange, f"income:l:2:{day}", "5")
        at(exchange, day + 1, 2)
    return [path for name, path in files(exchange).items() if name.startswith("2/")]


def test_q14_statements_are_verified_from_their_files_alone(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        paths = _three_days(exchange)
        found = verify_clearing(paths)
        assert [(one.ok, one.why) for one in found] == [(True, "")] * 3
        assert [one.root for one in found] == [
            row["root"] for row in exchange.rows(clearing_statements, "day") if row["brand"] == SOUTH
        ]


def test_q14_an_altered_character_is_found_and_its_line_named(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        path = _three_days(exchange)[1]
        good = path.read_bytes()
        for number, line in enumerate(good.split(b"\n")[:-2], 1):
            at_byte = good.index(line) + len(line) // 2
            path.write_bytes(good[:at_byte] + bytes([good[at_byte] ^ 1]) + good[at_byte + 1 :])
            found = verify_one(path)
            assert (found.ok, found.line) == (False, number)


@pytest.mark.parametrize("name", ["fee", "revenue", "cost_share", "rebate", "base", "subsidy", "holders"])
def test_q14_a_line_that_was_made_anew_with_all_hashes_does_not_follow_from_its_inputs(
    tmp_path: Path, name: str
) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        path = _three_days(exchange)[1]
        told = lines(path)[:-1]
        told[1][name] = str(int(told[1][name]) + 1)
        _write_anew(path, told)
        found = verify_one(path)
        assert (found.ok, found.line) == (False, 2)


def _write_anew(path: Path, told: list[dict[str, str]]) -> None:
    """A forger's: right hashes over wrong lines; the sums as they were."""
    end = lines(path)[-1]
    texts = [canonical(line) for line in told]
    sums = {key: value for key, value in end.items() if key not in ("leaves", "root", "count", "kind")}
    path.write_text("\n".join([*texts, canonical(sealed(sums, [leaf_hash(text) for text in texts]))]) + "\n")


def test_q14_sums_that_are_not_the_lines_are_found(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        path = _three_days(exchange)[1]
        _write_anew(path, lines(path)[:-2])  # a line left out
        found = verify_one(path)
        assert not found.ok
        assert "the footer should say" in found.why


def test_q14_a_missing_or_exchanged_day_breaks_the_chain(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        first, second, third = _three_days(exchange)
        found = verify_clearing([first, third])
        assert [one.ok for one in found] == [True, False]
        assert f"the statement of day {DAY + 1} before it is missing" in found[1].why
        told = lines(second)[:-1]
        told[0]["opening"] = "1"
        end = lines(second)[-1]
        end["opening"], end["closing"] = "1", str(int(end["closing"]) + 1 - int(lines(second)[0]["opening"]))
        texts = [canonical(line) for line in told]
        sums = {key: value for key, value in end.items() if key not in ("leaves", "root", "count", "kind")}
        second.write_text("\n".join([*texts, canonical(sealed(sums, [leaf_hash(text) for text in texts]))]) + "\n")
        assert verify_one(second).ok  # by itself it is a good file
        found = verify_clearing([first, second])
        assert "the opening should be" in found[1].why


def test_q14_anything_else_is_no_statement_and_says_so(tmp_path: Path) -> None:
    for content in (
        b"",
        b"\n",
        b"{}\n{}\n",
        b"\xff\n\n\n",
        b"[]\n[]\n[]\n",
        b'{"a":1}\n' * 3,
        b"1\n1\n" + b"[" * 5_000 + b"\n",
    ):
        path = tmp_path / "x.jsonl"
        path.write_bytes(content)
        assert isinstance(verify_one(path), Checked)
        assert not verify_one(path).ok
    assert not verify_one(tmp_path / "absent.jsonl").ok


def test_q23_a_day_whose_sums_are_not_the_ledgers_is_not_closed_and_names_brand_and_item(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000")
        with writing(exchange) as connection:
            connection.execute(update(revenue_days).where(revenue_days.c.brand == SOUTH).values(fees=units("101")))
        assert at(exchange, 1).days == []
        (row,) = exchange.rows(reconciliations, "day")
        assert row["state"] == "broken"
        assert "brand 2, asset 1, day 2025-11-24: fees 10000000000 instead of 10100000000" in row["problems"]
        assert not list(exchange.exchange.back_office.clearing.rglob("*.draft"))


def test_v5_a_day_whose_attributed_volumes_are_not_the_books_is_not_closed(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000")
        with writing(exchange) as connection:
            connection.execute(update(brand_hours).where(brand_hours.c.brand == SOUTH).values(attributed_volume=1))
        assert at(exchange, 1).days == []
        (row,) = exchange.rows(reconciliations, "day")
        assert "attributed and book differ" in row["problems"]
