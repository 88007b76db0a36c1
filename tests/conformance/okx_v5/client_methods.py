"""Which methods a spot trader finds in each client, which test calls them, and what comes of those that none calls.

docs/clients/methods.md is made of this by `test_okx_methods.py`.
"""

import ast
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAIR, ETH = "BTC/USDT", "ETH/USDT"
Sweep = dict[str, list[Any]]

# ccxt: arguments for each unified method that no test of its own calls.
CCXT: Sweep = {
    "add_margin": [PAIR, 1],
    "borrow_cross_margin": ["BTC", 1],
    "cancel_orders_for_symbols": [[{"id": "1", "symbol": PAIR}]],
    "close_position": [PAIR],
    "create_convert_trade": ["quote", "BTC", "USDT", 1],
    "create_limit_order": [PAIR, "buy", 0.01, 70_000],
    "create_market_order": [PAIR, "buy", 0.001],
    "create_order_with_take_profit_and_stop_loss": [PAIR, "limit", "buy", 0.01, 70_000, 90_000, 60_000],
    "create_post_only_order": [PAIR, "limit", "buy", 0.01, 70_000],
    "create_reduce_only_order": [PAIR, "limit", "buy", 0.01, 70_000],
    "create_stop_limit_order": [PAIR, "sell", 0.01, 60_000, 61_000],
    "create_stop_loss_order": [PAIR, "market", "sell", 0.01, None, 60_000],
    "create_stop_market_order": [PAIR, "sell", 0.01, 61_000],
    "create_stop_order": [PAIR, "limit", "sell", 0.01, 60_000, 61_000],
    "create_take_profit_order": [PAIR, "market", "sell", 0.01, None, 90_000],
    "create_trailing_percent_order": [PAIR, "market", "sell", 0.01, None, 1, 61_000],
    "create_trigger_order": [PAIR, "limit", "sell", 0.01, 60_000, 61_000],
    "edit_orders": [[{"id": "1", "symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.02, "price": 70_000}]],
    "fetch_accounts": [],
    "fetch_all_greeks": [None, {"uly": "BTC-USD"}],
    "fetch_borrow_interest": [],
    "fetch_borrow_rate_histories": [],
    "fetch_borrow_rate_history": ["BTC"],
    "fetch_convert_currencies": [],
    "fetch_convert_quote": ["BTC", "USDT", 1],
    "fetch_convert_trade": ["1", "BTC"],
    "fetch_convert_trade_history": [],
    "fetch_cross_borrow_rate": ["BTC"],
    "fetch_cross_borrow_rates": [],
    "fetch_deposit": ["1", "BTC"],
    "fetch_deposit_address": ["BTC"],
    "fetch_deposit_addresses_by_network": ["BTC"],
    "fetch_deposit_withdraw_fee": ["BTC"],
    "fetch_deposit_withdraw_fees": [],
    "fetch_funding_history": [],
    "fetch_funding_interval": [PAIR],
    "fetch_funding_rate": [PAIR],
    "fetch_funding_rate_history": [PAIR],
    "fetch_funding_rates": [],
    "fetch_greeks": [PAIR, {"uly": "BTC-USD"}],
    "fetch_index_ohlcv": [PAIR, "1m"],
    "fetch_l2_order_book": [PAIR, 5],
    "fetch_leverage": [PAIR],
    "fetch_long_short_ratio_history": [PAIR],
    "fetch_margin_adjustment_history": [PAIR, "add"],
    "fetch_mark_ohlcv": [PAIR, "1m"],
    "fetch_mark_price": [PAIR],
    "fetch_mark_prices": [],
    "fetch_market_leverage_tiers": [PAIR],
    "fetch_markets": [],
    "fetch_my_settlement_history": [],
    "fetch_open_interest": [PAIR],
    "fetch_open_interest_history": [PAIR],
    "fetch_open_interests": [],
    "fetch_option": [PAIR],
    "fetch_option_chain": ["BTC"],
    "fetch_position": [PAIR],
    "fetch_position_history": [PAIR],
    "fetch_position_mode": [],
    "fetch_positions_for_symbol": [PAIR],
    "fetch_positions_history": [],
    "fetch_settlement_history": [PAIR],
    "fetch_transfers": ["USDT"],
    "fetch_underlying_assets": [],
    "fetch_withdrawal": ["1", "BTC"],
    "reduce_margin": [PAIR, 1],
    "repay_cross_margin": ["BTC", 1, {"id": "1"}],
    "set_margin_mode": ["cross", PAIR, {"lever": 1}],
    "set_position_mode": [False],
}

# Classes of python-okx and okx with what a spot trader uses; the others are about block trades, bots, copying, earning,
# spreads and statistics of contracts, none of which is here.
CLASSES = {
    "python-okx": ("Account", "Convert", "Funding", "MarketData", "PublicData", "Status", "SubAccount", "Trade"),
    "okx": ("Account", "AlgoTrade", "FundingAccount", "Market", "Public", "Status", "SubAccount", "Trade"),
}
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "70000", "sz": "0.01"}
# What a method's parameter is given, by its name, whether it must be or not; any other that must be gets "1".
ARGUMENTS: dict[str, Any] = ORDER | {
    "acctLv": "1",
    "amt": "1",
    "autoLoan": "false",
    "baseCcy": "BTC",
    "brokerType": "api",
    "ccy": "USDT",
    "from_": "6",
    "froms": "6",
    "fromCcy": "BTC",
    "greeksType": "PA",
    "index": "BTC-USDT",
    "instFamily": "BTC-USD",
    "instType": "SPOT",
    "isoMode": "automatic",
    "interest": "0",
    "lever": "1",
    "mgnMode": "cross",
    "ordId": "1",
    "orders": [ORDER | {"ordId": "1", "newPx": "1"}],
    "orders_data": [ORDER | {"ordId": "1", "newPx": "1"}],
    "posMode": "net_mode",
    "quoteCcy": "USDT",
    "state": "canceled",
    "subAcct": "nobody",
    "sz": "0.01",
    "timeOut": "0",
    "transId": "1",
    "txId": "1",
    "algoId": "1",
    "wdId": "1",
    "to": "18",
    "toCcy": "USDT",
    "uly": "BTC-USD",
}

# Methods of nautilus's two clients that ask the exchange for nothing.
OF_ITSELF = {
    *("add_instrument", "api_key", "base_url", "cancel_all_requests", "from_env", "get_cached_symbols"),
    *("get_subscriptions", "is_active", "is_closed", "is_initialized", "url", "vip_level", "with_credentials"),
    *("wait_until_active", "connect", "close"),
}
# Methods of ccxt.pro over which nothing comes: no contract is listed, and nothing is liquidated.
SILENT = {
    *("watch_funding_rate", "watch_funding_rates", "watch_liquidations", "watch_liquidations_for_symbols"),
    *("watch_mark_price", "watch_mark_prices", "watch_my_liquidations", "watch_my_liquidations_for_symbols"),
}
NO_METHODS = {
    "fetch_currencies_ws",
    "future",
    "margin",
    "option",
    "private_api",
    "public_api",
    "sandbox",
    "spot",
    "swap",
}
MODULES = {
    "ccxt": "test_okx_ccxt.py",
    "ccxt.pro": "test_okx_ccxt_pro.py",
    "nautilus": "test_okx_nautilus.py",
    "freqtrade": "test_okx_freqtrade.py",
    "modules": "test_okx_modules.py",
}


def called(client: str) -> dict[str, list[str]]:
    """Each word that a test of the client has in its text, which its calls are; and the tests that have it."""
    tree = ast.parse((HERE / MODULES[client]).read_text())
    found: dict[str, list[str]] = {}
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            for node in ast.walk(function):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    word = re.sub(r"^(http|public|private|business)\.", "", node.value)
                    tests = found.setdefault(word, [])
                    if function.name not in tests:
                        tests.append(function.name)
    return found
