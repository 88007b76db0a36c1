"""Runs in freqtrade's environment: the first line configures its exchange class, each further line is a call on it."""

import json
import logging
import sys
from datetime import datetime
from typing import Any

from freqtrade.enums import CandleType, MarginMode, RunMode, TradingMode  # type: ignore[import-not-found]
from freqtrade.resolvers import ExchangeResolver  # type: ignore[import-not-found]


def made(config: dict[str, Any]) -> Any:
    """The exchange as freqtrade makes it for a bot that trades in earnest; it validates what it finds."""
    key = config["credentials"]
    urls = {"urls": {"api": {"rest": config["rest"], "ws": config["ws"] + "/ws/v5"}}}  # what a user has to change
    exchange = {"name": "okx", "key": key["apiKey"], "secret": key["secret"], "password": key["password"]}
    exchange |= {"pair_whitelist": ["BTC/USDT", "ETH/USDT"], "ccxt_config": urls | {"enableRateLimit": False}}
    whole = {
        "dry_run": False,
        "runmode": RunMode.LIVE,
        "exchange": exchange,
        "stake_currency": "USDT",
        "timeframe": "1m",
    }
    whole |= {"trading_mode": TradingMode.SPOT, "margin_mode": MarginMode.NONE, "candle_type_def": CandleType.SPOT}
    whole |= {"entry_pricing": {"price_side": "same"}, "exit_pricing": {"price_side": "same"}}
    whole |= {"stake_amount": 100, "unfilledtimeout": {}, "order_types": {}, "startup_candle_count": 0}
    return ExchangeResolver.load_exchange(whole, validate=True, load_leverage_tiers=True)


def outcome(exchange: Any, method: str, arguments: Any) -> Any:
    match method:
        case "candles":
            pair, timeframe, since_ms = arguments
            wanted = [(pair, timeframe, CandleType.SPOT)]
            found = exchange.refresh_latest_ohlcv(wanted, since_ms=since_ms, drop_incomplete=False)
            frame = found[wanted[0]]
            frame["date"] = [int(moment.timestamp() * 1_000) for moment in frame["date"]]
            return frame.astype(object).values.tolist()
        case "candle_limit":
            return exchange.ohlcv_candle_limit("1m", CandleType.SPOT)
        case "trades_for_order":
            order, pair, since = arguments
            return exchange.get_trades_for_order(order, pair, datetime.fromisoformat(since))
        case "orders_since":
            pair, since = arguments
            return exchange.fetch_orders(pair, datetime.fromisoformat(since))
        case _ if isinstance(arguments, dict):
            return getattr(exchange, method)(**arguments)
        case _:
            return getattr(exchange, method)(*arguments)


def main() -> None:
    logging.disable(logging.CRITICAL)
    answers, sys.stdout = sys.stdout, sys.stderr  # what a client prints is no answer
    exchange = made(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        method, arguments = json.loads(line)
        try:
            answer = {"result": outcome(exchange, method, arguments)}
        except Exception as error:  # whatever the client raises is told
            answer = {"raised": [kind.__name__ for kind in type(error).__mro__], "message": str(error)}
        print(json.dumps(answer, default=str), file=answers, flush=True)
    exchange.close()


if __name__ == "__main__":
    main()
