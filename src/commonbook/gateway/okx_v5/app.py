"""The door itself: a raw ASGI application, one table of routes, one envelope on every path.

Nothing is parsed before it is proved: the signature is checked over the raw target and the raw body.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog

from commonbook.gateway.okx_v5 import (
    absent,
    account,
    announcements,
    asset,
    broker,
    broker_subaccounts,
    fast_keys,
    index,
    mode,
    public,
    simulated_funds,
    subaccount,
    subaccount_keys,
    trade,
    trade_history,
    transfer,
    transfer_state,
    web,
)
from commonbook.gateway.okx_v5.budget import BY_ORDER, CANCELS, OPERATIONS
from commonbook.gateway.okx_v5.codes import (
    BAD_AUTHORIZATION,
    BAD_JSON,
    DENIALS,
    EMPTY_BODY,
    INTERNAL,
    NO_SIMULATED,
    NO_SUCH_PATH,
    PARAMETER,
    TOO_LARGE,
    WRONG_ENVIRONMENT,
    WRONG_METHOD,
    Code,
    Refused,
)
from commonbook.gateway.okx_v5.door import Call, Door, Handler
from commonbook.gateway.okx_v5.environments import Environments, asks_for_simulated
from commonbook.gateway.okx_v5.lane import Carried
from commonbook.gateway.turns import Turns
from commonbook.identity.model import Credential, Denial, Permission
from commonbook.identity.service import Request, timestamp_ms

log = structlog.get_logger()

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = dict[bytes, bytes]  # names in lower case, as ASGI has them; of several the last
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    handler: Handler
    permission: Permission | None  # None: public
    timed: bool = False  # order entry tells when it came in and went out


PREFIX = "/api/v5"
TARGET = "target"  # of the scope: byte for byte as it came, which raw_path and query_string do not always give
READ, TRADE, WITHDRAW = Permission.READ, Permission.TRADE, Permission.WITHDRAW
ROUTES: dict[tuple[str, str], Route] = {
    # -- a web session's own
    ("POST", "/users/web/ticket"): Route(web.ticket, READ),
    ("POST", "/users/web/end"): Route(web.end, READ),
    # -- of a token alone that a user has granted for it
    ("POST", "/users/oauth/apikey"): Route(fast_keys.create, READ),
    ("POST", "/users/oauth/delete-apikey"): Route(fast_keys.delete, READ),
    # -- public: the venue and its instruments
    ("GET", "/public/time"): Route(public.server_time, None),
    ("GET", "/public/instruments"): Route(public.instruments, None),
    ("GET", "/public/price-limit"): Route(public.price_limit, None),
    ("GET", "/system/status"): Route(public.system_status, None),
    ("GET", "/support/announcements"): Route(announcements.announcements, None),
    ("GET", "/support/announcement-types"): Route(announcements.announcement_types, None),
    # -- public: market data
    ("GET", "/market/ticker"): Route(public.ticker, None),
    ("GET", "/market/tickers"): Route(public.tickers, None),
    ("GET", "/market/books"): Route(public.books, None),
    ("GET", "/market/books-full"): Route(public.books_full, None),
    ("GET", "/market/books-lite"): Route(public.books_lite, None),
    ("GET", "/market/trades"): Route(public.trades, None),
    ("GET", "/market/history-trades"): Route(public.history_trades, None),
    ("GET", "/market/candles"): Route(public.candles, None),
    ("GET", "/market/history-candles"): Route(public.candles, None),
    ("GET", "/market/index-tickers"): Route(index.index_tickers, None),
    ("GET", "/market/index-candles"): Route(index.index_candles, None),
    ("GET", "/market/history-index-candles"): Route(index.index_candles, None),
    ("GET", "/market/index-components"): Route(absent.nothing("index"), None),
    ("GET", "/market/platform-24-volume"): Route(index.platform_volume, None),
    ("GET", "/market/exchange-rate"): Route(index.exchange_rate, None),
    # -- public: of types that are not listed here
    ("GET", "/public/funding-rate"): Route(absent.nothing("instId"), None),
    ("GET", "/public/funding-rate-history"): Route(absent.nothing("instId"), None),
    ("GET", "/public/mark-price"): Route(absent.nothing("instType"), None),
    ("GET", "/public/open-interest"): Route(absent.nothing("instType"), None),
    ("GET", "/public/position-tiers"): Route(absent.nothing("instType", "tdMode"), None),
    ("GET", "/public/underlying"): Route(absent.underlying, None),
    ("GET", "/public/opt-summary"): Route(absent.nothing(one_of=("uly", "instFamily")), None),
    ("GET", "/public/delivery-exercise-history"): Route(absent.nothing("instType", one_of=("uly", "instFamily")), None),
    ("GET", "/public/estimated-price"): Route(absent.nothing("instId"), None),
    ("GET", "/public/estimated-settlement-info"): Route(absent.nothing("instId"), None),
    ("GET", "/public/instrument-tick-bands"): Route(absent.nothing("instType"), None),
    ("GET", "/public/option-trades"): Route(absent.nothing(one_of=("instId", "instFamily")), None),
    ("GET", "/public/insurance-fund"): Route(absent.nothing("instType"), None),
    ("GET", "/public/discount-rate-interest-free-quota"): Route(absent.nothing(), None),
    ("GET", "/public/interest-rate-loan-quota"): Route(absent.nothing(), None),
    ("GET", "/public/convert-contract-coin"): Route(absent.nothing("instId", "sz"), None),
    ("GET", "/public/settlement-history"): Route(absent.nothing("instFamily"), None),
    ("GET", "/public/premium-history"): Route(absent.nothing("instId"), None),
    ("GET", "/public/economic-calendar"): Route(absent.nothing(), None),
    ("GET", "/public/delta-hedge-currencies"): Route(absent.nothing(), None),
    ("GET", "/public/mm-instrument-types"): Route(absent.nothing(), None),
    ("GET", "/public/block-trades"): Route(absent.nothing("instId"), None),
    ("GET", "/public/market-data-history"): Route(absent.nothing(), None),
    ("GET", "/market/mark-price-candles"): Route(absent.nothing("instId"), None),
    ("GET", "/market/history-mark-price-candles"): Route(absent.nothing("instId"), None),
    ("GET", "/market/block-ticker"): Route(absent.nothing("instId"), None),
    ("GET", "/market/block-tickers"): Route(absent.nothing("instType"), None),
    ("GET", "/market/block-trades"): Route(absent.nothing("instId"), None),
    ("GET", "/market/option/instrument-family-trades"): Route(absent.nothing("instFamily"), None),
    ("GET", "/market/call-auction-details"): Route(absent.nothing("instId"), None),
    ("GET", "/market/open-oracle"): Route(absent.nothing(), None),
    # -- the trading account
    ("GET", "/account/balance"): Route(account.balance, READ),
    ("GET", "/account/rate-limits"): Route(account.rate_limits, READ),
    ("GET", "/trade/account-rate-limit"): Route(account.account_rate_limit, READ),
    ("GET", "/account/config"): Route(account.config, READ),
    ("GET", "/account/trade-fee"): Route(account.trade_fee, READ),
    ("GET", "/account/bills"): Route(account.bills, READ),
    ("GET", "/account/bills-archive"): Route(account.bills, READ),
    ("GET", "/account/instruments"): Route(public.instruments, READ),
    ("GET", "/account/max-size"): Route(account.max_size, READ),
    ("GET", "/account/max-avail-size"): Route(account.max_avail_size, READ),
    ("GET", "/account/max-withdrawal"): Route(mode.max_withdrawal, READ),
    # -- its mode: spot, with nothing borrowed and no position
    ("POST", "/account/set-account-level"): Route(mode.always("acctLv", "1", "2", "3", "4"), TRADE),
    ("POST", "/account/set-position-mode"): Route(mode.always("posMode", "net_mode", "long_short_mode"), TRADE),
    ("POST", "/account/set-greeks"): Route(mode.always("greeksType", "PA", "BS"), TRADE),
    ("POST", "/account/set-isolated-mode"): Route(
        mode.always("isoMode", "automatic", "autonomy", "quick_margin"), TRADE
    ),
    ("POST", "/account/set-fee-type"): Route(mode.always("feeType", "1", "0"), TRADE),
    ("POST", "/account/set-auto-loan"): Route(mode.set_auto_loan, TRADE),
    ("POST", "/account/set-leverage"): Route(absent.not_in_this_mode("leverage", "lever", "mgnMode"), TRADE),
    ("POST", "/account/set-settle-currency"): Route(absent.not_in_this_mode("settleCcy", "settleCcy"), TRADE),
    ("POST", "/account/activate-option"): Route(absent.not_in_this_mode("options"), TRADE),
    ("POST", "/account/position/margin-balance"): Route(absent.not_in_this_mode("margin", "instId"), TRADE),
    ("POST", "/account/set-riskOffset-type"): Route(absent.not_in_this_mode("type", "type"), TRADE),
    ("POST", "/account/set-auto-repay"): Route(absent.not_in_this_mode("autoRepay", "autoRepay"), TRADE),
    ("POST", "/account/set-auto-earn"): Route(absent.not_available("earning"), TRADE),
    ("POST", "/account/set-trading-config"): Route(absent.not_available("trading strategies"), TRADE),
    ("POST", "/account/subaccount/set-loan-allocation"): Route(absent.not_available("borrowing"), TRADE),
    ("POST", "/account/bills-history-archive"): Route(absent.not_available("files of history"), READ),
    ("POST", "/account/borrow-repay"): Route(absent.not_available("borrowing"), TRADE),
    ("POST", "/account/spot-manual-borrow-repay"): Route(absent.not_available("borrowing"), TRADE),
    ("POST", "/account/quick-margin-borrow-repay"): Route(absent.not_available("borrowing"), TRADE),
    ("POST", "/account/position-builder"): Route(absent.not_available("positions"), READ),
    ("POST", "/account/simulated_margin"): Route(absent.not_available("margin"), READ),
    ("POST", "/account/mmp-config"): Route(absent.not_available("options"), TRADE),
    ("POST", "/account/mmp-reset"): Route(absent.not_available("options"), TRADE),
    ("POST", "/account/move-positions"): Route(absent.not_available("positions"), TRADE),
    ("GET", "/account/positions"): Route(absent.nothing(), READ),
    ("GET", "/account/positions-history"): Route(absent.nothing(), READ),
    ("GET", "/account/account-position-risk"): Route(mode.position_risk, READ),
    ("GET", "/account/leverage-info"): Route(absent.nothing("mgnMode", one_of=("instId", "ccy")), READ),
    ("GET", "/account/adjust-leverage-info"): Route(absent.nothing(), READ),
    ("GET", "/account/position-tiers"): Route(absent.nothing("instType"), READ),
    ("GET", "/account/greeks"): Route(absent.nothing(), READ),
    ("GET", "/account/risk-state"): Route(absent.nothing(), READ),
    ("GET", "/account/interest-accrued"): Route(absent.nothing(), READ),
    ("GET", "/account/interest-rate"): Route(absent.nothing(), READ),
    ("GET", "/account/interest-limits"): Route(absent.nothing(), READ),
    ("GET", "/account/max-loan"): Route(absent.nothing("mgnMode"), READ),
    ("GET", "/account/borrow-repay-history"): Route(absent.nothing(), READ),
    ("GET", "/account/spot-borrow-repay-history"): Route(absent.nothing(), READ),
    ("GET", "/account/quick-margin-borrow-repay-history"): Route(absent.nothing(), READ),
    ("GET", "/account/move-positions-history"): Route(absent.nothing(), READ),
    ("GET", "/account/bills-history-archive"): Route(absent.nothing(), READ),
    ("GET", "/account/mmp-config"): Route(absent.nothing(), READ),
    # -- funding
    ("GET", "/asset/currencies"): Route(account.currencies, READ),
    ("GET", "/asset/balances"): Route(asset.balances, READ),
    ("GET", "/asset/asset-valuation"): Route(asset.valuation, READ),
    ("GET", "/asset/bills"): Route(asset.bills, READ),
    ("GET", "/asset/bills-history"): Route(asset.bills, READ),
    ("POST", "/asset/transfer"): Route(transfer.transfer, TRADE),
    ("POST", "/asset/simulated-funds"): Route(simulated_funds.give, TRADE),
    ("GET", "/asset/transfer-state"): Route(transfer_state.transfer_state, READ),
    ("GET", "/asset/deposit-address"): Route(asset.deposit_address, READ),
    ("GET", "/asset/deposit-lightning"): Route(asset.deposit_address, READ),
    ("GET", "/asset/deposit-history"): Route(absent.nothing(), READ),
    ("GET", "/asset/deposit-withdraw-status"): Route(asset.deposit_withdraw_status, READ),
    ("POST", "/asset/withdrawal"): Route(asset.withdraw, WITHDRAW),
    ("POST", "/asset/withdrawal-lightning"): Route(asset.withdraw_lightning, WITHDRAW),
    ("POST", "/asset/cancel-withdrawal"): Route(asset.cancel_withdrawal, WITHDRAW),
    ("GET", "/asset/withdrawal-history"): Route(absent.nothing(), READ),
    ("GET", "/asset/non-tradable-assets"): Route(absent.nothing(), READ),
    ("GET", "/asset/monthly-statement"): Route(absent.nothing(), READ),
    ("POST", "/asset/monthly-statement"): Route(absent.not_available("files of history"), READ),
    ("GET", "/asset/exchange-list"): Route(absent.nothing(), None),
    ("GET", "/asset/convert/currencies"): Route(absent.nothing(), READ),
    ("GET", "/asset/convert/currency-pair"): Route(absent.nothing("fromCcy", "toCcy"), READ),
    ("GET", "/asset/convert/history"): Route(absent.nothing(), READ),
    ("POST", "/asset/convert/estimate-quote"): Route(absent.not_available("convert"), TRADE),
    ("POST", "/asset/convert/trade"): Route(absent.not_available("convert"), TRADE),
    ("POST", "/asset/convert-dust-assets"): Route(absent.not_available("convert"), TRADE),
    # -- sub-accounts, by the master's keys
    ("POST", "/users/subaccount/create-subaccount"): Route(subaccount.create, TRADE),
    ("GET", "/users/subaccount/list"): Route(subaccount.list_all, READ),
    ("POST", "/users/subaccount/set-transfer-out"): Route(subaccount.set_transfer_out, TRADE),
    ("POST", "/users/subaccount/apikey"): Route(subaccount_keys.create, TRADE),
    ("GET", "/users/subaccount/apikey"): Route(subaccount_keys.list_all, READ),
    ("POST", "/users/subaccount/modify-apikey"): Route(subaccount_keys.modify, TRADE),
    ("POST", "/users/subaccount/delete-apikey"): Route(subaccount_keys.delete, TRADE),
    ("GET", "/users/entrust-subaccount-list"): Route(subaccount.entrusted, READ),
    ("GET", "/account/subaccount/balances"): Route(subaccount.trading_balance, READ),
    ("GET", "/account/subaccount/max-withdrawal"): Route(subaccount.max_withdrawal, READ),
    ("GET", "/account/subaccount/interest-limits"): Route(subaccount.nothing, READ),
    ("GET", "/asset/subaccount/balances"): Route(subaccount.funding_balances, READ),
    ("POST", "/asset/subaccount/transfer"): Route(transfer.between_subaccounts, TRADE),
    ("GET", "/asset/subaccount/bills"): Route(subaccount.bills, READ),
    ("GET", "/asset/subaccount/managed-subaccount-bills"): Route(subaccount.entrusted, READ),
    # -- brokers: their clients, and what they were paid for
    ("GET", "/broker/fd/if-rebate"): Route(broker.if_rebate, READ),
    ("POST", "/broker/fd/rebate-per-orders"): Route(broker.ask_fd, READ),
    ("GET", "/broker/fd/rebate-per-orders"): Route(broker.files_fd, READ),
    ("POST", "/broker/nd/rebate-per-orders"): Route(broker.ask_nd, READ),
    ("GET", "/broker/nd/rebate-per-orders"): Route(broker.files_nd, READ),
    ("GET", "/broker/nd/rebate-daily"): Route(broker.rebate_daily, READ),
    ("POST", "/broker/dma/trades"): Route(broker.ask_dma, READ),
    ("GET", "/broker/dma/rebate-per-orders"): Route(broker.files_dma, READ),
    # -- and their clients' sub-accounts, by either name
    ("POST", "/broker/dma/create-subaccount"): Route(broker_subaccounts.create, TRADE),
    ("GET", "/broker/dma/subaccount-info"): Route(broker_subaccounts.list_all, READ),
    ("GET", "/broker/dma/subaccount-trade-fee"): Route(broker_subaccounts.fee_rates, READ),
    ("POST", "/broker/dma/subaccount/apikey"): Route(broker_subaccounts.create_key, TRADE),
    ("GET", "/broker/dma/subaccount/apikey"): Route(broker_subaccounts.list_keys, READ),
    ("GET", "/broker/nd/info"): Route(broker_subaccounts.info, READ),
    ("POST", "/broker/nd/create-subaccount"): Route(broker_subaccounts.create, TRADE),
    ("POST", "/broker/nd/delete-subaccount"): Route(broker_subaccounts.delete, TRADE),
    ("GET", "/broker/nd/subaccount-info"): Route(broker_subaccounts.list_all, READ),
    ("GET", "/broker/nd/subaccount-trade-fee"): Route(broker_subaccounts.fee_rates, READ),
    ("POST", "/broker/nd/subaccount/apikey"): Route(broker_subaccounts.create_key, TRADE),
    ("GET", "/broker/nd/subaccount/apikey"): Route(broker_subaccounts.list_keys, READ),
    ("POST", "/broker/nd/subaccount/modify-apikey"): Route(broker_subaccounts.modify_key, TRADE),
    ("POST", "/broker/nd/subaccount/delete-apikey"): Route(broker_subaccounts.delete_key, TRADE),
    ("POST", "/broker/nd/set-subaccount-level"): Route(broker_subaccounts.set_level, TRADE),
    ("POST", "/broker/nd/set-subaccount-fee-rate"): Route(broker_subaccounts.set_fee_rate, TRADE),
    ("POST", "/broker/nd/set-subaccount-assets"): Route(broker_subaccounts.set_assets, TRADE),
    ("POST", "/broker/nd/report-subaccount-ip"): Route(broker_subaccounts.report_address, TRADE),
    ("POST", "/asset/broker/nd/subaccount-deposit-address"): Route(broker_subaccounts.new_deposit_address, TRADE),
    ("GET", "/asset/broker/nd/subaccount-deposit-address"): Route(broker_subaccounts.deposit_address, READ),
    ("POST", "/asset/broker/nd/modify-subaccount-deposit-address"): Route(
        broker_subaccounts.new_deposit_address, TRADE
    ),
    ("GET", "/asset/broker/nd/subaccount-deposit-history"): Route(broker_subaccounts.no_history, READ),
    ("GET", "/asset/broker/nd/subaccount-withdrawal-history"): Route(broker_subaccounts.no_history, READ),
    # -- order entry
    ("POST", "/trade/order"): Route(trade.place, TRADE, True),
    ("POST", "/trade/batch-orders"): Route(trade.place_batch, TRADE, True),
    ("POST", "/trade/cancel-order"): Route(trade.cancel, TRADE, True),
    ("POST", "/trade/cancel-batch-orders"): Route(trade.cancel_batch, TRADE, True),
    ("POST", "/trade/amend-order"): Route(trade.amend, TRADE, True),
    ("POST", "/trade/amend-batch-orders"): Route(trade.amend_batch, TRADE, True),
    ("POST", "/trade/cancel-all-after"): Route(trade.cancel_all_after, TRADE),
    ("POST", "/trade/order-precheck"): Route(absent.not_in_this_mode("order-precheck", "instId"), TRADE),
    ("POST", "/trade/mass-cancel"): Route(absent.mass_cancel, TRADE),
    ("POST", "/trade/close-position"): Route(absent.close_position, TRADE),
    ("POST", "/trade/order-algo"): Route(absent.not_available("algo orders", "instId"), TRADE),
    ("POST", "/trade/cancel-algos"): Route(absent.cancel_algos, TRADE),
    ("POST", "/trade/cancel-advance-algos"): Route(absent.cancel_algos, TRADE),
    ("POST", "/trade/amend-algos"): Route(absent.amend_algo, TRADE),
    ("POST", "/trade/easy-convert"): Route(absent.not_available("easy-convert"), TRADE),
    ("POST", "/trade/one-click-repay"): Route(absent.not_available("one-click-repay"), TRADE),
    ("POST", "/trade/one-click-repay-v2"): Route(absent.not_available("one-click-repay"), TRADE),
    # -- order history
    ("GET", "/trade/order"): Route(trade_history.order, READ),
    ("GET", "/trade/orders-pending"): Route(trade_history.pending, READ),
    ("GET", "/trade/orders-history"): Route(trade_history.order_history, READ),
    ("GET", "/trade/orders-history-archive"): Route(trade_history.order_archive, READ),
    ("GET", "/trade/fills"): Route(trade_history.fills, READ),
    ("GET", "/trade/fills-history"): Route(trade_history.fill_history, READ),
    ("GET", "/trade/fills-archive"): Route(absent.nothing(), READ),
    ("POST", "/trade/fills-archive"): Route(absent.not_available("files of history"), READ),
    ("GET", "/trade/order-algo"): Route(absent.algo, READ),
    ("GET", "/trade/orders-algo-pending"): Route(absent.pending_algos, READ),
    ("GET", "/trade/orders-algo-history"): Route(absent.algo_history, READ),
    ("GET", "/trade/order-algo-pending"): Route(absent.nothing(), READ),
    ("GET", "/trade/order-algo-history"): Route(absent.nothing(), READ),
    ("GET", "/trade/easy-convert-currency-list"): Route(absent.nothing(), READ),
    ("GET", "/trade/easy-convert-history"): Route(absent.nothing(), READ),
    ("GET", "/trade/one-click-repay-currency-list"): Route(absent.nothing(), READ),
    ("GET", "/trade/one-click-repay-currency-list-v2"): Route(absent.nothing(), READ),
    ("GET", "/trade/one-click-repay-history"): Route(absent.nothing(), READ),
    ("GET", "/trade/one-click-repay-history-v2"): Route(absent.nothing(), READ),
}
_PATHS = {path for _, path in ROUTES}
MAKES_KEYS = {name for name in ROUTES if name[1].startswith("/users/oauth/")}
# Of sub-accounts a token sees and does nothing, nor of a broker's own business (O-9); a session's own is no token's.
NOT_BY_TOKEN = {
    name for name in ROUTES if any(part in name[1] for part in ("subaccount", "/broker/")) or "/users/web/" in name[1]
}
SHORT_WAYS = {(method, PREFIX + path): name for name, (method, path) in OPERATIONS.items()}


class OkxApp:
    """The ASGI application over the doors of the live and the simulated venue."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1000, "reason": "no stream at this address"})
            case "lifespan":
                await _lifespan(receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        came_us = time.time_ns() // 1000
        turn: tuple[Turns, int, int] | None = None
        try:
            route = find_route(scope)
            body = await read_body(receive, self._environments.live.door.settings.body_bytes)
            headers: Headers = dict(scope["headers"])
            door, lane = self._environments.of(asks_for_simulated(headers))
            short = SHORT_WAYS.get((scope["method"], scope["path"]))
            if short is not None:
                key = _text(headers, b"ok-access-key")
                brand, size = door.brand_named(key, "" if key else bearer_of(headers)), max(len(body), 1)
                door.must_be_on_time(short, brand, size)
                if short not in CANCELS:
                    await door.turn(brand, size)
                    turn = (door.turns, brand, size)
            credential = None if route.permission is None else _prove(door, route.permission, scope, headers, body)
            if short is not None and credential is not None and b"exptime" not in headers:
                taken = lane.read(short, body, credential, door.venue)
                if taken is not None:
                    carried = await lane.carry(door, short, taken, credential)
                    await answer_bytes(send, 200, _timed_envelope(carried, came_us))
                    return
            reply = await _handle(door, route, scope, headers, credential, body, came_us // 1000)
            envelope = {"code": reply.code, "data": reply.data, "msg": ""}
            if route.timed:
                envelope |= {"inTime": str(came_us), "outTime": str(time.time_ns() // 1000)}
            await answer(send, 200, envelope)
        except Refused as refused:
            allow = [(b"allow", _methods(scope))] if refused.code is WRONG_METHOD else []
            await _answer_code(send, refused.code, refused.text, allow)
        except Gone:
            return
        except Exception:
            log.exception("gateway.broken", path=scope["path"])
            await _answer_code(send, INTERNAL, INTERNAL.text)
        finally:
            if turn is not None:
                turns, brand, size = turn
                turns.ended(brand, size)


async def _handle(
    door: Door,
    route: Route,
    scope: Scope,
    headers: Headers,
    credential: Credential | None,
    body: bytes,
    came_ms: int,
) -> trade.Reply:
    call = Call(
        query=decode_query(scope["query_string"]) if scope["method"] == "GET" else {},
        body=decode_body(body) if scope["method"] == "POST" else None,
        credential=credential,
        brand=door.hosts.brand_of(_text(headers, b"host")),
        received_ms=came_ms,
        expires=_text(headers, b"exptime"),
        language=_text(headers, b"accept-language").partition(",")[0].partition(";")[0].strip(),
        address=f"{scope.get('scheme', 'http')}://{_text(headers, b'host')}",
    )
    name = (scope["method"], scope["path"].removeprefix(PREFIX))
    if name not in BY_ORDER:  # orders are counted as orders, where it is known what they are about
        door.budget.request(name, credential.account if credential else 0, _address(scope))
    outcome = await route.handler(door, call)
    return outcome if isinstance(outcome, trade.Reply) else trade.Reply("0", outcome)


def _prove(door: Door, permission: Permission, scope: Scope, headers: Headers, body: bytes) -> Credential:
    request = Request(
        key=_text(headers, b"ok-access-key"),
        signature=_text(headers, b"ok-access-sign"),
        timestamp=_text(headers, b"ok-access-timestamp"),
        passphrase=_text(headers, b"ok-access-passphrase"),
        method=scope["method"],
        target=scope[TARGET],
        body=body,
        client_ip=_address(scope),
        read_time=timestamp_ms,
    )
    token = "" if request.key else bearer_of(headers)
    cookie = "" if request.key or token else session_cookie(headers)
    if token:
        found = _by_token(door, permission, scope, headers, token)
    elif cookie:
        csrf, changes = _text(headers, b"x-csrf-token"), scope["method"] != "GET"
        found = door.authenticator.session(cookie, csrf, changes, permission)
    else:
        found = door.authenticator.authenticate(request, permission, time.time_ns() // 1_000_000)
    if isinstance(found, Denial):
        is_elsewhere = door.is_elsewhere(found, request.key, cookie, token)
        raise Refused(WRONG_ENVIRONMENT if is_elsewhere else DENIALS[found])
    if found.account not in door.venue.accounts:
        raise Refused(DENIALS[Denial.UNKNOWN_KEY])
    if asks_for_simulated(headers) and door.simulated is None:
        raise Refused(NO_SIMULATED)  # who means to play must not trade in earnest
    return found


def _by_token(door: Door, permission: Permission, scope: Scope, headers: Headers, token: str) -> Credential | Denial:
    """A token reads and trades for the account itself, or makes a key, as its scopes say (O-9)."""
    name = (scope["method"], scope["path"].removeprefix(PREFIX))
    wanted = None if name in MAKES_KEYS else permission
    found = door.authenticator.by_token(token, _address(scope), _text(headers, b"termid"), wanted)
    if isinstance(found, Denial) or found.bearer is None:
        return found
    if name in NOT_BY_TOKEN or found.bearer.makes_keys != (name in MAKES_KEYS):
        return Denial.OUT_OF_SCOPE
    return found


def bearer_of(headers: Headers) -> str:
    """The access token of the Authorization header; "" without one.

    Raises:
        Refused: 50114, the header is of another kind, or there is nothing in it.
    """
    kind, _, token = _text(headers, b"authorization").strip().partition(" ")
    if kind and (kind.lower() != "bearer" or not token.strip()):
        raise Refused(BAD_AUTHORIZATION)
    return token.strip()


SESSION_COOKIE = "session"


def session_cookie(headers: Headers) -> str:
    """The value of the session's cookie; "" without one."""
    return cookie(headers, SESSION_COOKIE)


def cookie(headers: Headers, wanted: str) -> str:
    pairs = (part.strip().partition("=") for part in _text(headers, b"cookie").split(";"))
    return next((value for name, _, value in pairs if name == wanted), "")


def _text(headers: Headers, name: bytes) -> str:
    """A header's value; "" without it."""
    value = headers.get(name)
    return "" if value is None else value.decode("latin-1")


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def find_route(scope: Scope) -> Route:
    """Raises Refused for a path that is not there and for a method that the path does not know."""
    path = scope["path"].removeprefix(PREFIX) if scope["path"].startswith(PREFIX + "/") else ""
    route = ROUTES.get((scope["method"], path))
    if route is None:
        raise Refused(WRONG_METHOD if path in _PATHS else NO_SUCH_PATH)
    return route


def _methods(scope: Scope) -> bytes:
    """What the path knows, as HTTP wants it beside a 405."""
    path = scope["path"].removeprefix(PREFIX)
    return ", ".join(sorted(method for method, known in ROUTES if known == path)).encode()


class Gone(Exception):
    """The client has left in the middle of its request: nothing of it is done."""


async def read_body(receive: Receive, most: int) -> bytes:
    parts = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise Refused(TOO_LARGE)
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def decode_query(query: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise Refused(PARAMETER, "the query cannot be read") from None
    return dict(pairs)


# A JSON number with a point stays the text it was: no digit of a price is lost on its way through a float.
_JSON = msgspec.json.Decoder(float_hook=str)


def decode_body(body: bytes) -> Any:
    if not body.strip():
        raise Refused(EMPTY_BODY)
    try:
        return _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(BAD_JSON) from None


async def answer(send: Send, status: int, envelope: dict[str, Any], more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    await answer_bytes(send, status, msgspec.json.encode(envelope), more)


async def answer_bytes(send: Send, status: int, content: bytes, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _timed_envelope(carried: Carried, came_us: int) -> bytes:
    """The same as `answer` makes of a reply, of rows that are written already."""
    times = b'","inTime":"%d","outTime":"%d"}' % (came_us, time.time_ns() // 1000)
    return b'{"code":"' + carried.code + b'","data":' + carried.rows + b',"msg":"' + times


async def _answer_code(send: Send, code: Code, message: str, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    await answer(send, code.status, {"code": code.number, "data": [], "msg": message}, more)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
