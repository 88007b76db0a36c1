"""The host's bill. docs/rules/clearing.md, Q-20 to Q-22. Day 0 is 24 November 2025; the month is closed on day 7."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from spec.clearing.brand_days import AT_ONCE, at, fail_at_commit, files, income, lines, trade, writing
from spec.small_exchange import NORTH, SOUTH, USDT, Crash, SmallExchange, shown, units

from commonbook.clearing import billing
from commonbook.clearing.billing import bill_month, days_of, month_of, month_text, read_month
from commonbook.clearing.invoice import credit_lines, invoice_page, is_missed, verify_invoices
from commonbook.clearing.release import hold
from commonbook.clearing.statement import verify_clearing
from commonbook.errors import BadInput, Declined
from commonbook.instrument.accounts import treasury_account
from commonbook.storage.tables.clearing import invoice_payments, invoices

NOVEMBER = 2025 * 12 + 10
TREASURY = treasury_account(SOUTH)


def _priced(exchange: SmallExchange, missed: bool = False) -> None:
    with writing(exchange) as connection:
        billing.set_price(connection, 0, "support", NOVEMBER, units("30"))
        billing.set_price(connection, SOUTH, "support", NOVEMBER, units("10"))
        billing.set_price(connection, 0, "domains", NOVEMBER, units("1.5"))
        billing.set_use(connection, SOUTH, NOVEMBER, "support", 1)
        billing.set_use(connection, SOUTH, NOVEMBER, "domains", 4)
        billing.set_target(connection, 0, "availability_e8", NOVEMBER, 99_900_000, 10_000_000)
        billing.set_target(connection, 0, "p99_us", NOVEMBER, 5_000, 5_000_000)
        billing.set_measure(connection, NOVEMBER, "availability_e8", 99_850_000 if missed else 99_990_000)
        billing.set_measure(connection, NOVEMBER, "p99_us", 4_000)


def _billed(exchange: SmallExchange, missed: bool = False) -> list[dict[str, Any]]:
    """A month with a day of trading, closed; the lines of south's invoice."""
    trade(exchange, "100000", 0)
    _priced(exchange, missed)
    at(exchange, 7, 2)
    return lines(files(exchange)["2/invoice-2-000001.jsonl"])


def test_q20_a_month_is_billed_when_its_last_day_is_closed(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        assert at(exchange, 6, 23).invoices == []
        assert [one.name for one in at(exchange, 7, 1).invoices] == ["1-000001", "2-000001"]
        assert at(exchange, 9, 1).invoices == []


def test_q20_the_bill_is_services_at_their_prices_less_credits_and_tells_what_was_collected(tmp_path: Path) -> None:
    # One support at south's own price of 10, four domains at 1.5: 16. Availability missed: 10 % of it.
    with SmallExchange(tmp_path) as exchange:
        header, share, domains, support, credit, end = _billed(exchange, missed=True)
        assert (header["brand"], header["month"], header["number"]) == ("2", "2025-11", "1")
        assert (share["asset"], shown(int(share["amount"]))) == ("USDT", "13")
        assert [(one["service"], one["quantity"], shown(int(one["amount"]))) for one in (domains, support)] == [
            ("domains", "4", "6"),
            ("support", "1", "10"),
        ]
        assert (credit["measure"], credit["measured"], shown(int(credit["amount"]))) == (
            "availability_e8",
            "99850000",
            "1.6",
        )
        assert [shown(int(end[name])) for name in ("services", "credits", "due")] == ["16", "1.6", "14.4"]
        assert end["cost_shares"] == {"USDT": str(units("13"))}


def test_q20_a_level_is_missed_below_the_availability_or_above_the_delay_and_not_at_it() -> None:
    assert [is_missed("availability_e8", 100, measured) for measured in (99, 100, 101)] == [True, False, False]
    assert [is_missed("p99_us", 100, measured) for measured in (99, 100, 101)] == [False, False, True]
    with pytest.raises(ValueError, match="no measure mood"):
        is_missed("mood", 1, 1)


def test_q20_credits_are_rounded_down_and_never_more_than_the_services() -> None:
    half, whole = {"credit_e8": "50000000"}, {"credit_e8": "100000000"}
    assert [line["amount"] for line in credit_lines(7, [half])] == ["3"]
    assert [line["amount"] for line in credit_lines(7, [half, whole, half])] == ["3", "4", "0"]


def test_q20_what_is_billed_is_not_changed_any_more(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        _billed(exchange)
        with writing(exchange) as connection:
            changes: list[Callable[[], None]] = [
                partial(billing.set_use, connection, SOUTH, NOVEMBER, "support", 2),
                partial(billing.set_price, connection, SOUTH, "support", NOVEMBER - 1, 1),
                partial(billing.set_measure, connection, NOVEMBER, "p99_us", 1),
                partial(billing.set_target, connection, SOUTH, "p99_us", NOVEMBER, 1, 1),
            ]
            for change in changes:
                with pytest.raises(Declined, match="is billed: choose a later month"):
                    change()


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda on: billing.set_price(on, 0, "a b", NOVEMBER, 1), "is not 1 to 32 letters"),
        (lambda on: billing.set_price(on, 0, "x", NOVEMBER, -1), "below zero"),
        (lambda on: billing.set_target(on, 0, "mood", NOVEMBER, 1, 1), "is none of availability_e8, p99_us"),
        (lambda on: billing.set_target(on, 0, "p99_us", NOVEMBER, 1, 10**9), "credit 1000000000 is not between"),
        (lambda on: billing.set_measure(on, NOVEMBER, "availability_e8", 10**9), "out of range"),
        (lambda _: read_month("2025-13"), "month '2025-13' is not written as 2026-11"),
    ],
)
def test_q20_what_cannot_be_is_refused_with_its_value(tmp_path: Path, call: Any, why: str) -> None:
    with SmallExchange(tmp_path) as exchange, writing(exchange) as connection, pytest.raises(BadInput, match=why):
        call(connection)


def test_q20_a_service_without_a_price_cannot_be_used(tmp_path: Path) -> None:
    why = "has no price in 2025-11: set one first"
    with SmallExchange(tmp_path) as exchange, writing(exchange) as on, pytest.raises(Declined, match=why):
        billing.set_use(on, SOUTH, NOVEMBER, "support", 1)


def test_q20_months_are_whole_and_follow_each_other() -> None:
    assert month_text(NOVEMBER) == "2025-11"
    assert read_month("2025-11") == NOVEMBER
    for month in range(NOVEMBER, NOVEMBER + 30):
        days = days_of(month)
        assert {month_of(days.start), month_of(days.stop - 1)} == {month}
        assert days.stop == days_of(month + 1).start


def test_q21_invoices_are_numbered_without_gaps_for_each_brand_and_verified_from_their_files(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        _billed(exchange, missed=True)
        at(exchange, 40, 2)
        trade(exchange, "100000", 40)
        at(exchange, 70, 2)
        made = [path for name, path in files(exchange).items() if "invoice" in name and path.suffix == ".jsonl"]
        assert [path.name for path in made if "-2-" in path.name] == [
            "invoice-2-000001.jsonl",
            "invoice-2-000002.jsonl",  # December, in which November was released
            "invoice-2-000003.jsonl",
        ]
        statements = verify_clearing([path for name, path in files(exchange).items() if "USDT" in name])
        assert [(one.ok, one.why) for one in verify_invoices(made, statements)] == [(True, "")] * len(made)
        south = [path for path in made if "-2-" in path.name]
        south[0].rename(tmp_path / "away")
        assert verify_invoices(south[1:])[0].ok


def test_q21_an_altered_invoice_or_a_missing_number_is_found(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        for number in range(3):
            trade(exchange, "100000", number * 31)
        at(exchange, 100, 2)
        first, second, third = [path for name, path in files(exchange).items() if "e-2-" in name and ".jsonl" in name]
        assert "number 2 is missing before 3" in verify_invoices([first, third])[1].why
        assert all(one.ok for one in verify_invoices([first, second, third]))
        good = second.read_bytes()
        for number, line in enumerate(good.split(b"\n")[:-2], 1):
            place = good.index(line) + len(line) // 2
            second.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            assert (verify_invoices([second])[0].ok, verify_invoices([second])[0].line) == (False, number)


def test_q21_a_bill_for_people_says_the_same(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        _billed(exchange, missed=True)
        page = files(exchange)["2/invoice-2-000001.html"].read_text()
        for told in ("Invoice 2-000001", "For 2025-11", "support", "14.40000000", "-1.60000000", "13.00000000"):
            assert told in page
    text = files(exchange)["2/invoice-2-000001.jsonl"].read_text()
    assert page == invoice_page(text, {"USDT": 8})


@pytest.mark.parametrize("commit", range(1, 9))
def test_q21_after_a_crash_at_any_commit_each_brand_has_one_invoice(tmp_path: Path, commit: int) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        trade(exchange, "100000", 0)
        _priced(exchange)
        at(exchange, 6, 23)
        at(exchange, 7, 0)
        exchange.tick(7 * 24 - 16 + 2)
        fail_at_commit(exchange, commit, Crash)
        with suppress(Crash):
            exchange.exchange.clear(timed=True)
        exchange.crash()
        at(exchange, 7, 3)
        at(exchange, 8, 3)
        assert [(row["brand"], row["number"]) for row in exchange.rows(invoices, "brand")] == [(1, 1), (2, 1)]
        assert [name for name in files(exchange) if "jsonl" in name and "invoice" in name] == [
            "1/invoice-1-000001.jsonl",
            "2/invoice-2-000001.jsonl",
        ]
        assert exchange.exchange.ledger_difference() == {}


def test_q21_64_runs_at_once_make_one_invoice_a_month(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        trade(exchange, "100000", 0)
        at(exchange, 6, 2)
        office = exchange.exchange.back_office

        def run(number: int) -> list[str]:
            month = NOVEMBER + number % 2
            return [one.name for one in bill_month(office.database, office.venue, USDT, month, office.clearing)]

        with writing(exchange) as connection:
            billing.set_price(connection, 0, "support", NOVEMBER, 1)
            billing.set_use(connection, SOUTH, NOVEMBER + 1, "support", 1)
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(run, range(64)))
        south = sorted(row["number"] for row in exchange.rows(invoices, "number") if row["brand"] == SOUTH)
        assert south == [1, 2]
        made = [path for name, path in files(exchange).items() if "e-2-" in name and ".jsonl" in name]
        assert [one.ok for one in verify_invoices(made)] == [True, True]


def test_q22_an_invoice_is_paid_out_of_the_next_release(tmp_path: Path) -> None:
    # 16.00 due; south is owed 52.00: 36.00 are released, and 16.00 are the host's.
    with SmallExchange(tmp_path) as exchange:
        with writing(exchange) as connection:
            billing.set_price(connection, 0, "support", NOVEMBER, units("16"))
            billing.set_use(connection, SOUTH, NOVEMBER, "support", 1)
        trade(exchange, "100000", 6)
        host = exchange.ledger("host_fee")
        at(exchange, 7, 2)  # the day is closed and the month billed
        cleared = at(exchange, 8, 2)
        (found,) = [one for one in cleared.releases if one.brand == SOUTH]
        assert (shown(found.set_off), shown(found.amount), found.state) == ("16", "36", "released")
        assert exchange.available(TREASURY) == "36"
        assert units(exchange.ledger("host_fee")) == units(host) + units("16")
        assert exchange.ledger("brand_revenue:2") == "0"
        with writing(exchange) as connection:
            told = billing.invoice(connection, SOUTH, 1)
            assert told.paid == told.due == units("16")
        assert exchange.exchange.ledger_difference() == {}
        at(exchange, 9, 2)
        (line,) = [one for one in lines(files(exchange)["2/USDT-2025-12-02.jsonl"])[1:-1] if one["kind"] == "set_off"]
        assert (line["invoice"], line["amount"]) == ("1", str(-units("16")))
        assert all(one.ok for one in verify_clearing([p for n, p in files(exchange).items() if "USDT" in n]))


def test_q22_what_one_release_does_not_cover_is_taken_from_the_next(tmp_path: Path) -> None:
    with SmallExchange(tmp_path, AT_ONCE) as exchange:
        with writing(exchange) as connection:
            billing.set_price(connection, 0, "support", NOVEMBER, units("60"))
            billing.set_use(connection, SOUTH, NOVEMBER, "support", 1)
        trade(exchange, "100000", 6)
        told = []
        for day in (7, 8, 9):
            at(exchange, day, 2)
            trade(exchange, "100000", day)
        at(exchange, 10, 2)
        told = [(row["part"], shown(row["amount"]), row["state"]) for row in exchange.rows(invoice_payments, "part")]
        assert told == [(1, "52", "paid"), (2, "8", "paid")]
        assert exchange.available(TREASURY) == "148"  # 4 x 52 - 60
        assert exchange.exchange.ledger_difference() == {}


def test_q22_two_payments_never_pay_more_than_is_due(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        _priced(exchange)
        trade(exchange, "1", 0, maker_broker=0)
        with writing(exchange) as connection:  # nothing is released meanwhile
            hold(connection, 1, SOUTH, USDT, 0, units("1000"), "a test", "[]")
        at(exchange, 7, 2)
        with writing(exchange) as connection:
            first = billing.begin_payment(connection, SOUTH, 1, billing.TRANSFER, 7)
            again = billing.begin_payment(connection, SOUTH, 1, billing.TRANSFER, 7)
            assert (first.part, shown(first.amount)) == (again.part, "16")
            with pytest.raises(Declined, match="invoice 1 is paid, or its payment was begun"):
                billing.begin_payment(connection, SOUTH, 1, billing.TRANSFER, 8)
            assert billing.due_in_asset(connection, SOUTH, USDT) == []
            billing.give_up_payment(connection, SOUTH, 1, first.part)
            assert billing.due_in_asset(connection, SOUTH, USDT) == [(1, units("16"))]
            with pytest.raises(Declined, match="no invoice 2"):
                billing.begin_payment(connection, SOUTH, 2, billing.TRANSFER, 9)


def test_q22_a_payment_from_the_treasury_is_the_hosts(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        income(exchange, "invoice:2:1:1", "16")
        assert exchange.ledger("host_fee") == "16"
        assert exchange.ledger(f"brand_revenue:{NORTH}") == "0"
