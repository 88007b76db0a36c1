"""Public figures, host-wide and by brand, recomputed from the public trades. Rules of docs/reference/figures.md."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from conformance.okx_v5.wire import Hand, Running, started

ROOT = Path(__file__).parents[3]
PAIR = "ETH_USDT"
HOSTS = ("", "aurora.localhost", "borealis.localhost")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An exchange in which each brand has traded with the other and within itself."""
    with started(tmp_path_factory.mktemp("figures")) as found:
        hands = [found.hand(brand) for brand in ("aurora", "aurora", "borealis", "borealis")]
        for maker, taker, side, price, size in (
            (0, 2, "buy", "2000.01", "0.3333"),
            (1, 0, "sell", "1999.99", "0.0011"),
            (2, 3, "buy", "2012.5", "1.5"),
            (3, 1, "sell", "1988.37", "0.7777"),
            (0, 3, "buy", "2001.03", "0.2001"),
        ):
            trade(hands[maker], hands[taker], side, price, size)
        found.wait(lambda: len(ask(found, f"trades/{PAIR}").json()) == 5, 60)
        yield found


def trade(maker: Hand, taker: Hand, side: str, price: str, size: str) -> None:
    other = "sell" if side == "buy" else "buy"
    maker.placed(instId="ETH-USDT", side=other, px=price, sz=size)
    taker.placed(instId="ETH-USDT", side=side, px=price, sz=size, ordType="ioc")


def ask(running: Running, path: str, host: str = "", method: str = "GET") -> httpx.Response:
    return running.http.request(method, f"/public/v1/{path}", headers={"host": host} if host else {})


def row(running: Running, path: str, host: str) -> dict[str, str]:
    names = ("trading_pairs", "ticker_id")
    found: list[dict[str, str]] = ask(running, path, host).json()
    return next(one for one in found if PAIR in [one.get(name) for name in names])


def total(trades: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(one[name]) for one in trades), Decimal(0))


@pytest.mark.parametrize("host", HOSTS)
def test_g2_every_figure_is_recomputed_from_the_public_trades(running: Running, host: str) -> None:
    trades = ask(running, f"trades/{PAIR}", host).json()  # newest first
    prices = [Decimal(one["price"]) for one in ask(running, f"trades/{PAIR}").json()]  # of the one book
    base, quote = total(trades, "base_volume"), total(trades, "quote_volume")
    change = (prices[0] - prices[-1]) * 100 / prices[-1]
    told = row(running, "summary", host)
    assert (Decimal(told["base_volume"]), Decimal(told["quote_volume"])) == (base, quote)
    assert (Decimal(told["last_price"]), Decimal(told["highest_price_24h"])) == (prices[0], max(prices))
    assert Decimal(told["lowest_price_24h"]) == min(prices)
    assert abs(Decimal(told["price_change_percent_24h"]) - change) < Decimal("0.0001")
    gecko = row(running, "tickers", host)
    assert (Decimal(gecko["base_volume"]), Decimal(gecko["target_volume"])) == (base, quote)
    assert [Decimal(gecko[name]) for name in ("last_price", "high", "low")] == [prices[0], max(prices), min(prices)]
    ticker = ask(running, "ticker", host).json()[PAIR]
    assert (Decimal(ticker["base_volume"]), Decimal(ticker["quote_volume"])) == (base, quote)
    assert (ticker["last_price"], ticker["isFrozen"]) == (told["last_price"], "0")


@pytest.mark.parametrize("host", HOSTS)
def test_g2_both_forms_tell_the_same_trades(running: Running, host: str) -> None:
    trades = ask(running, f"trades/{PAIR}", host).json()
    by_kind = ask(running, f"historical_trades?ticker_id={PAIR}", host).json()
    for kind in ("buy", "sell"):
        mine = [one for one in trades if one["type"] == kind]
        assert mine
        assert [
            (one["trade_id"], one["price"], one["base_volume"], one["target_volume"], one["trade_timestamp"], kind)
            for one in by_kind[kind]
        ] == [
            (one["trade_id"], one["price"], one["base_volume"], one["quote_volume"], one["timestamp"], kind)
            for one in mine
        ]
    newest = by_kind["buy"][0]["trade_timestamp"]
    chosen = f"historical_trades?ticker_id={PAIR}&type=buy&limit=1&start_time={newest}&end_time={newest}"
    assert ask(running, chosen, host).json() == {"buy": by_kind["buy"][:1]}


def test_g2_the_trades_are_those_of_the_other_door(running: Running) -> None:
    told = ask(running, f"trades/{PAIR}").json()
    rows = running.public("/market/trades?instId=ETH-USDT&limit=5").data
    assert [(str(one["trade_id"]), one["price"], one["base_volume"], one["type"]) for one in told] == [
        (one["tradeId"], one["px"], one["sz"], one["side"]) for one in rows
    ]
    assert all(Decimal(one["price"]) * Decimal(one["base_volume"]) == Decimal(one["quote_volume"]) for one in told)


def test_g3_the_volumes_of_all_brands_sum_to_the_hosts_and_no_trade_counts_twice(running: Running) -> None:
    whole, *brands = (ask(running, f"trades/{PAIR}", host).json() for host in HOSTS)
    for one in whole:
        parts = [part for brand in brands for part in brand if part["trade_id"] == one["trade_id"]]
        for name in ("base_volume", "quote_volume"):
            assert total(parts, name) == Decimal(one[name])
    of_host, *of_brands = (row(running, "summary", host) for host in HOSTS)
    for name in ("base_volume", "quote_volume"):
        assert sum(Decimal(one[name]) for one in of_brands) == Decimal(of_host[name])
        assert all(0 < Decimal(one[name]) < Decimal(of_host[name]) for one in of_brands)


def test_g3_a_volume_follows_the_trades_within_seconds(running: Running) -> None:
    before = Decimal(row(running, "summary", HOSTS[1])["base_volume"])
    trade(running.hand("aurora"), running.hand("borealis"), "buy", "2000.01", "0.5")
    running.wait(lambda: Decimal(row(running, "summary", HOSTS[1])["base_volume"]) == before + Decimal("0.25"), 40)


def test_g1_pairs_assets_and_books_are_told_exactly(running: Running) -> None:
    assert ask(running, "pairs").json() == [
        {"ticker_id": f"{base}_USDT", "base": base, "target": "USDT"} for base in ("BTC", "ETH")
    ]
    assets = ask(running, "assets", "aurora.localhost").json()
    assert set(assets) == {"BTC", "USDT", "ETH"}
    assert (assets["BTC"]["maker_fee"], assets["BTC"]["taker_fee"]) == ("0.0008", "0.001")
    assert (assets["BTC"]["can_deposit"], assets["BTC"]["can_withdraw"]) == ("false", "false")
    found = running.public("/market/books?instId=BTC-USDT&sz=5").row
    for path in ("orderbook/BTC_USDT?depth=10", "orderbook?ticker_id=BTC_USDT&depth=10", "orderbook/BTC-USDT?depth=10"):
        book = ask(running, path).json()
        assert book["ticker_id"] == "BTC_USDT"
        for side in ("bids", "asks"):
            assert book[side] == [level[:2] for level in found[side]]
    assert len(ask(running, "orderbook/BTC_USDT?level=1").json()["asks"]) == 1
    assert len(ask(running, "orderbook/BTC_USDT").json()["asks"]) > 5


def test_g1_a_pair_without_a_trade_has_zeros(running: Running) -> None:
    btc = next(one for one in ask(running, "summary").json() if one["trading_pairs"] == "BTC_USDT")
    names = ("last_price", "base_volume", "quote_volume", "price_change_percent_24h", "highest_price_24h")
    assert [btc[name] for name in names] == ["0"] * 5
    assert (btc["highest_bid"], btc["lowest_ask"]) == ("78298", "78302")
    assert ask(running, "trades/BTC_USDT").json() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing", 404),
        ("trades", 404),
        ("trades/X_Y", 404),
        ("orderbook", 404),
        ("summary/more", 404),
        (f"historical_trades?ticker_id={PAIR}&type=gift", 400),
        (f"historical_trades?ticker_id={PAIR}&limit=x", 400),
        ("orderbook/BTC_USDT?depth=-1", 400),
    ],
)
def test_g1_what_is_wrong_is_told(running: Running, path: str, status: int) -> None:
    answer = ask(running, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json()["error"]
    assert ask(running, path, method="POST").status_code == 405


def test_g1_an_address_may_ask_so_often(tmp_path_factory: pytest.TempPathFactory) -> None:
    with started(tmp_path_factory.mktemp("figures"), "[limits]\nscale = 1\n") as found:
        statuses = [ask(found, "pairs").status_code for _ in range(60)]
        assert set(statuses) == {200, 429}
        assert statuses[:20] == [200] * 20


def test_g4_what_does_not_trade_changes_no_figure(running: Running) -> None:
    before = [row(running, "summary", host)["base_volume"] for host in HOSTS]
    alice = running.hand("aurora")
    alice.placed(instId="ETH-USDT", side="sell", px="5000", sz="1")
    alice.placed(instId="ETH-USDT", px="5000", sz="1", ordType="ioc")  # would meet itself: canceled (K-8)
    alice.get("/trade/fills")
    assert [row(running, "summary", host)["base_volume"] for host in HOSTS] == before


def test_each_rule_of_the_page_is_named_by_a_test() -> None:
    page = (ROOT / "docs" / "reference" / "figures.md").read_text()
    rules = re.findall(r"^\*\*G-(\d+)\.\*\*", page, re.MULTILINE)
    named = re.findall(r"def test_g(\d+)_", Path(__file__).read_text())
    assert (set(rules), len(rules)) == (set(named), 4)
