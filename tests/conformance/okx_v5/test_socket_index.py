"""Index prices over WebSocket, and channels of what is not listed here. WS-17 of the reference."""

import asyncio
import time
from decimal import Decimal

import pytest
from conformance.okx_v5.socket_hand import SocketHand
from conformance.okx_v5.wire import ETH, Running

from commonbook.matching.client import CoreClient
from commonbook.records import CommandKind, commands
from commonbook.simulator.demo_market import USDT

ETH_INDEX = {"instId": "ETH-USDT"}


def set_prices(running: Running, *prices: str) -> None:
    """Index prices of ETH in USDT, in one batch, as a feed of the host's would send them."""

    async def send() -> None:
        core = await CoreClient.connect((running.server.data_dir / "core.sock").resolve())
        rows = commands(CommandKind.PRICE, len(prices))
        rows["asset"], rows["quote_asset"] = ETH, USDT
        rows["price_e8"] = [int(Decimal(price) * 10**8) for price in prices]
        await core.submit(rows)
        core.close()

    asyncio.run(send())


@pytest.fixture(autouse=True)
def known(running: Running) -> None:
    """The index price is there; and what follows is not cut by the end of a minute."""
    set_prices(running, "2000")
    running.wait(lambda: running.public("/market/index-tickers?instId=ETH-USDT").row["idxPx"] == "2000", 60)
    if time.time() % 60 > 55:
        time.sleep(6)


def test_ws17_an_index_ticker_is_told_at_once_and_when_a_price_is_set(running: Running) -> None:
    with SocketHand(running) as hand:
        assert hand.subscribe("index-tickers", **ETH_INDEX)["event"] == "subscribe"
        told = hand.push("index-tickers")
        assert told["arg"] == {"channel": "index-tickers", "instId": "ETH-USDT"}
        assert told["data"] == running.public("/market/index-tickers?instId=ETH-USDT").data
        set_prices(running, "1999.5", "2001.25")
        assert hand.push("index-tickers")["data"][0]["idxPx"] == "2001.25"


def test_ws17_index_candles_are_those_of_rest(running: Running) -> None:
    with SocketHand(running, "business") as hand:
        assert hand.subscribe("index-candle1m", **ETH_INDEX)["event"] == "subscribe"
        hand.push("index-candle1m")
        set_prices(running, "1900", "2100", "2050.5")
        found = hand.until(lambda message: "data" in message and message["data"][0][4] == "2050.5")
        assert (found["data"][0][2:4], found["data"][0][5]) == (["2100", "1900"], "0")
        newest = "/market/index-candles?instId=ETH-USDT&bar=1m&limit=1"
        running.wait(lambda: running.public(newest).data[0][4] == "2050.5", 60)
        assert running.public(newest).data == found["data"]


@pytest.mark.parametrize(
    ("url", "channel", "code"),
    [
        ("public", "index-tickers", "60018"),
        ("business", "index-candle1m", "60018"),
        ("public", "index-candle1m", "64001"),
        ("business", "index-tickers", "64002"),
    ],
)
def test_ws17_an_index_that_was_never_set_and_another_address_are_refused(
    running: Running, url: str, channel: str, code: str
) -> None:
    with SocketHand(running, url) as hand:
        assert hand.subscribe(channel, instId="BTC-EUR")["code"] == code


CONTRACTS = ("mark-price", "funding-rate", "open-interest", "estimated-price", "opt-summary", "option-trades")


def test_ws17_of_contracts_there_is_nothing_to_tell(running: Running) -> None:
    with SocketHand(running) as hand, SocketHand(running, "business") as bars:
        for channel in CONTRACTS:
            assert hand.subscribe(channel, instId="BTC-USDT-SWAP")["event"] == "subscribe"
            assert hand.subscribe(channel)["code"] == "60013"  # it must be said of what
        assert bars.subscribe("mark-price-candle1Dutc", instId="BTC-USDT-SWAP")["event"] == "subscribe"
        assert bars.subscribe("mark-price-candle7m", instId="BTC-USDT-SWAP")["code"] == "60018"
        set_prices(running, "2002")
        assert hand.quiet(0.3)
        assert hand.unsubscribe("mark-price", instId="BTC-USDT-SWAP")["event"] == "unsubscribe"
