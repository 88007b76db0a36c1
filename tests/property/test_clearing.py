"""For any fills and any terms: every fee is divided to the unit, and what is written of a day is the ledger's.

Rules: docs/rules/clearing.md, Q-2 to Q-4, Q-8, Q-9, Q-14, Q-15.
"""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from spec.clearing.brand_days import AT_ONCE, at, files, hour_of, income
from spec.small_exchange import HOUSE, MAKER, SOUTH, SUBSIDY, TAKER, USDT, SmallExchange, deposit, one, order, units
from sqlalchemy import insert

from commonbook.clearing.model import AFFILIATE, TOKEN_HOLDERS
from commonbook.clearing.rules import split_base, split_income
from commonbook.clearing.schedule import divide
from commonbook.clearing.statement import verify_clearing
from commonbook.instrument.accounts import treasury_account
from commonbook.records import CommandKind, FeeScope, Records, Side
from commonbook.storage.tables.clearing import claim_schedules, cost_shares, revenue_days
from commonbook.units import RATE_ONE, RateE8

shares = st.integers(0, RATE_ONE).map(RateE8)
amounts = st.integers(0, 10**30)
signed = st.integers(-(10**30), 10**30)


@given(signed, st.lists(amounts, max_size=5), shares, shares)
def test_q8_all_claims_and_remainders_sum_to_the_base_and_the_subsidy(
    base: int, claims: list[int], host_share: RateE8, holders_share: RateE8
) -> None:
    side = split_base(base, claims, host_share, holders_share)
    assert sum(side.claims) + side.host + side.holders + side.brand == base + side.subsidy
    assert min(*side.claims, side.host, side.holders, side.brand, side.subsidy, 0) == 0


@given(signed, shares)
def test_q9_both_parts_of_an_income_sum_to_it_and_have_its_sign(amount: int, share: RateE8) -> None:
    host, brand = split_income(amount, share)
    assert host + brand == amount
    assert min(host * amount, brand * amount) >= 0
    assert split_income(-amount, share) == (-host, -brand)


@given(signed, amounts, amounts, amounts)
def test_q15_a_release_never_gives_more_than_is_free(payable: int, held: int, minimum: int, invoiced: int) -> None:
    set_off, released = divide(payable, held, minimum, invoiced)
    assert min(set_off, released) >= 0
    assert set_off <= invoiced
    assert set_off + released in (0, payable - held)
    if set_off + released:
        assert set_off + released >= minimum


trades = st.tuples(
    st.integers(0, 2),  # day
    st.sampled_from((MAKER, HOUSE)),
    st.sampled_from((Side.BUY, Side.SELL)),  # the taker's
    st.integers(1, 10**13),  # lots
    st.booleans(),  # a broker
)
terms = st.fixed_dictionaries(
    {"host": shares, "holders": shares, "affiliate": st.integers(0, 60_000_000), "maker": st.integers(-300, 300)}
)


@settings(max_examples=12, deadline=None)
@given(st.lists(trades, min_size=1, max_size=12), terms, st.integers(1, 10**12))
def test_q14_whatever_is_traded_the_statements_verify_and_are_the_ledgers(
    drawn: list[tuple[int, int, Side, int, bool]], agreed: dict[str, int], listing: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, SmallExchange(Path(folder), AT_ONCE) as exchange:
        exchange.send(deposit(SUBSIDY, USDT, "1000000", "subsidy"))
        exchange.send(_rates(agreed["maker"]))
        with exchange.exchange.back_office.database.begin() as connection:
            own = {"brand": SOUTH, "effective_ns": 0, "bound": True, "beneficiary": 7}
            affiliate = {"kind": AFFILIATE, "account": TAKER, "rate_e8": agreed["affiliate"]}
            holders = {"kind": TOKEN_HOLDERS, "account": 0, "rate_e8": agreed["holders"]}
            connection.execute(insert(claim_schedules), [own | affiliate, own | holders])
            host = {"brand": SOUTH, "source": "trading", "effective_ns": 0, "rate_e8": agreed["host"]}
            connection.execute(insert(cost_shares).values(**host))
        exchange.exchange.back_office._terms_of_day = -1
        for number, (day, maker, side, lots, has_broker) in enumerate(sorted(drawn, key=lambda trade: trade[0])):
            at(exchange, day, 2 if day else 20)
            other = Side.SELL if side is Side.BUY else Side.BUY
            text = f"{lots // 10**8}.{lots % 10**8:08d}"
            parts = (order(maker, other, text), order(TAKER, side, text, broker=int(has_broker)))
            exchange.send(*parts, hour=hour_of(day, 21))
            income(exchange, f"income:l:2:{number}", f"{listing // 10**8}.{listing % 10**8:08d}")
        at(exchange, 3, 2)
        at(exchange, 4, 2)
        assert exchange.exchange.ledger_difference() == {}
        checked = verify_clearing(list(files(exchange).values()))
        assert [one.why for one in checked if not one.ok] == []
        days = exchange.rows(revenue_days, "day")
        for row in days:
            claimed = sum(row[name] for name in ("affiliates", "commissions", "cost_share", "holders"))
            own = row["trading"] + row["withdrawal"] + row["listing"] + row["other"]
            gross = row["fees"] - row["rebates"] + row["subsidy"] + row["listing"]
            assert claimed + own == gross
        released = -sum(row["released"] for row in days if row["brand"] == SOUTH)
        assert units(exchange.available(treasury_account(SOUTH))) == released
        assert exchange.ledger("brand_revenue:2") == "0"


def _rates(maker_e8: int) -> Records:
    """The maker's own rates; a rebate above the fee is the host's to pay."""
    record = one(CommandKind.FEES, scope=FeeScope.ACCOUNT, account=MAKER, subsidised=maker_e8 < 0)
    record["maker_rate_e8"], record["taker_rate_e8"] = maker_e8 * 1_000, 100_000
    return record
