"""From orders to accrued commission, through a real exchange. Rules: docs/rules/broker.md, B-1 to B-9 and B-19."""

from pathlib import Path

from spec.small_exchange import (
    BROKER,
    BTC_EUR,
    CODE,
    EUR,
    MAKER,
    PAYOUT,
    SUBSIDY,
    TAKER,
    USDT,
    SmallExchange,
    deposit,
    one,
    order,
    shown,
    units,
)

from commonbook.records import CANCEL, Attribution, Channel, CommandKind, Side


def test_b1_the_broker_of_an_order_is_fixed_at_entry_and_carried_to_each_fill(tmp_path: Path) -> None:
    # The order rests, is amended, its code is switched off, and it fills in two parts: both are the broker's.
    with SmallExchange(tmp_path) as exchange:
        resting = exchange.send(order(MAKER, Side.SELL, "10", broker=BROKER)).last
        amend = one(CommandKind.AMEND, account=MAKER, instrument=1, order=resting, quantity_lots=units("8"))
        assert amend.dtype == CANCEL
        exchange.send(amend)
        off = one(CommandKind.BROKER_CODE, broker=BROKER, active=0, payout_account=PAYOUT, code=CODE.encode())
        exchange.send(off)
        for _ in range(2):
            exchange.send(order(TAKER, Side.BUY, "4"))
        makers = [row for row in exchange.accrued() if row["role"] == "maker"]
    assert [(row["broker"], row["reason"]) for row in makers] == [(BROKER, "EARNED")] * 2


def test_b2_a_code_that_is_switched_off_does_not_earn_for_orders_that_come_after(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        off = one(CommandKind.BROKER_CODE, broker=BROKER, active=0, payout_account=PAYOUT, code=CODE.encode())
        exchange.send(off)
        exchange.trade("100", taker_broker=BROKER)
        (taker,) = (row for row in exchange.accrued() if row["role"] == "taker")
    assert (taker["broker"], taker["reason"], taker["amount_paid"]) == (0, "CODE_INACTIVE", 0)


def test_b4_each_side_of_each_fill_has_a_row_earning_or_not(tmp_path: Path) -> None:
    # One fill each: earning, without a tag, unknown code, not associated, on the web; then the VIP level, the subsidy.
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100")
        exchange.trade("100", taker_broker=0)
        for attribution in (Attribution.UNKNOWN_CODE, Attribution.NOT_ASSOCIATED):
            exchange.trade("100", taker_broker=0, attribution=attribution)
        exchange.trade("100", channel=Channel.WEB)
        exchange.level(TAKER, 6)
        exchange.trade("100", channel=Channel.WEB)
        exchange.level(TAKER, 5)
        exchange.send(deposit(SUBSIDY, USDT, "100", "subsidy"))
        exchange.rates(MAKER, "-20", "10", subsidised=True)
        exchange.trade("100")
        rows = exchange.accrued()
    assert len(rows) == 2 * 7
    takers = [(row["reason"], row["line"]["excluded_by"]) for row in rows if row["role"] == "taker"]
    assert takers == [
        ("EARNED", []),
        ("NO_TAG", ["NO_TAG"]),
        ("UNKNOWN_CODE", ["UNKNOWN_CODE"]),
        ("NOT_ASSOCIATED", ["NOT_ASSOCIATED"]),
        ("NON_API", ["NON_API"]),
        ("NON_API", ["NON_API", "VIP_TOO_HIGH"]),
        ("SUBSIDISED", ["SUBSIDISED", "NO_NET_FEE"]),
    ]
    assert {row["reason"] for row in rows if row["role"] == "maker"} == {"NO_TAG"}


def test_b3_the_first_line_of_the_worked_example_through_the_engine(tmp_path: Path) -> None:
    # 100,000 at 0.045 % and a maker at -0.005 %: base 45.00 - 5.00 = 40.00, 35 % of it are 14.00.
    with SmallExchange(tmp_path) as exchange:
        exchange.rates(TAKER, "4.5", "4.5")
        exchange.rates(MAKER, "-0.5", "4.5")
        exchange.level(TAKER, 1)
        exchange.trade("100000")
        (taker,) = (row for row in exchange.accrued() if row["role"] == "taker")
    line = taker["line"]
    assert [shown(int(line[name])) for name in ("taker_fee", "maker_fee", "base", "paid")] == ["45", "-5", "40", "14"]
    assert (line["rate_e8"], line["level"], line["reason"]) == ("35000000", "1", "EARNED")


def test_b3_splitting_an_order_does_not_raise_its_commission(tmp_path: Path) -> None:
    # 10 bps of 0.00002 are 2 units of fee, 35 % are 0.7: nothing. In one: 20 units, 7 of commission.
    with SmallExchange(tmp_path / "parts") as exchange:
        for _ in range(10):
            exchange.trade("0.00002")
        parts = sum(row["amount_paid"] for row in exchange.accrued())
    with SmallExchange(tmp_path / "whole") as exchange:
        exchange.trade("0.0002")
        whole = sum(row["amount_paid"] for row in exchange.accrued())
    assert (parts, whole) == (0, 7)


def test_b6_the_index_price_in_force_at_the_fill_converts_and_stands_on_the_line(tmp_path: Path) -> None:
    # 100,000 EUR: fee 100.00 EUR, commission 35.00 EUR. At 1.10: 38.50 USDT; after the change, at 1.2, 42.00 USDT.
    with SmallExchange(tmp_path) as exchange:
        first = exchange.price(EUR, "1.10")
        exchange.trade("100000", instrument=BTC_EUR)
        second = exchange.price(EUR, "1.2")
        exchange.trade("100000", instrument=BTC_EUR)
        exchange.price(EUR, "9")
        takers = [row["line"] for row in exchange.accrued() if row["role"] == "taker"]
    assert [(line["index_price_e8"], line["index_sequence"]) for line in takers] == [
        ("110000000", str(first)),
        ("120000000", str(second)),
    ]
    assert [(shown(int(line["commission"])), shown(int(line["paid"]))) for line in takers] == [
        ("35", "38.5"),
        ("35", "42"),
    ]


def test_b6_a_price_set_in_the_same_batch_before_the_fill_is_the_one_in_force(tmp_path: Path) -> None:
    # Price, fill, price, fill: one batch. Each fill has the price that stood before it.
    with SmallExchange(tmp_path) as exchange:
        prices = [
            one(CommandKind.PRICE, asset=EUR, quote_asset=USDT, price_e8=price) for price in (110_000_000, 120_000_000)
        ]
        sides = (
            order(MAKER, Side.SELL, "100", instrument=BTC_EUR),
            order(TAKER, Side.BUY, "100", instrument=BTC_EUR, broker=BROKER),
        )
        exchange.send(prices[0], *sides, prices[1], *sides)
        takers = [row["line"] for row in exchange.accrued() if row["role"] == "taker"]
    assert [line["index_price_e8"] for line in takers] == ["110000000", "120000000"]


def test_b6_without_an_index_price_nothing_is_earned(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.trade("100000", instrument=BTC_EUR)
        (taker,) = (row for row in exchange.accrued() if row["role"] == "taker")
    assert (taker["reason"], taker["amount_paid"]) == ("NO_INDEX_PRICE", 0)


def test_b19_what_is_accrued_is_what_the_ledger_owes_the_broker(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.price(EUR, "1.10")
        for number in range(1, 8):
            exchange.trade(f"{number}.1234567{number}", instrument=1 + number % 2, maker_broker=number % 3 and BROKER)
        accrued = sum(row["amount_paid"] for row in exchange.accrued())
        assert exchange.ledger("broker_payable:1") == shown(accrued)
        assert accrued > 0
        exchange.tick(2)
        (paid,) = exchange.settle()
        assert paid.amount == accrued
        assert exchange.ledger("broker_payable:1") == "0"
        assert exchange.available(PAYOUT) == shown(accrued)
