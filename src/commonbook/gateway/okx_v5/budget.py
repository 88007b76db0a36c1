"""How often each route may be asked, in OKX's figures; rules L-1 to L-6 of docs/rules/limits.md.

Public routes are counted by address, private ones by account, order entry by account and instrument and in orders
instead of requests. An order over WebSocket takes from the same budget as one over REST.
"""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

from commonbook.gateway.limits import Claim, Limit, Limits
from commonbook.gateway.okx_v5.codes import TOO_FAST, TOO_MANY_ORDERS, Code, Refused
from commonbook.gateway.shared import SharedLimits
from commonbook.settings import LimitSettings

_TABLE: dict[Limit, str] = {
    Limit(1, 1_000): """
        POST /users/web/end /users/oauth/apikey /users/oauth/delete-apikey
             /users/subaccount/create-subaccount /users/subaccount/set-transfer-out /users/subaccount/apikey
             /users/subaccount/modify-apikey /users/subaccount/delete-apikey /asset/subaccount/transfer
             /trade/cancel-all-after
        GET /broker/dma/subaccount-trade-fee /broker/nd/subaccount-trade-fee /broker/dma/subaccount/apikey
            /broker/nd/subaccount/apikey /broker/nd/info
    """,
    Limit(2, 1_000): """
        POST /asset/transfer /asset/simulated-funds
        GET /broker/fd/if-rebate
    """,
    Limit(10, 1_000): """
        GET /asset/transfer-state /broker/dma/subaccount-info /broker/nd/subaccount-info
        POST /users/web/ticket
    """,
    Limit(40, 1_000): """
        POST /broker/dma/create-subaccount /broker/nd/create-subaccount /broker/dma/subaccount/apikey
             /broker/nd/subaccount/apikey /broker/nd/set-subaccount-assets /broker/nd/report-subaccount-ip
    """,
    Limit(1, 2_000): """
        GET /support/announcement-types /market/exchange-rate /asset/deposit-withdraw-status
            /trade/easy-convert-currency-list /trade/easy-convert-history /trade/one-click-repay-currency-list
            /trade/one-click-repay-currency-list-v2 /trade/one-click-repay-history /trade/one-click-repay-history-v2
        POST /account/set-trading-config /trade/easy-convert /trade/one-click-repay /trade/one-click-repay-v2
    """,
    Limit(2, 2_000): """
        GET /market/platform-24-volume /public/discount-rate-interest-free-quota /public/interest-rate-loan-quota
            /account/move-positions-history /asset/asset-valuation /asset/bills-history /users/entrust-subaccount-list
        POST /account/set-auto-earn /account/position-builder /account/simulated_margin /account/move-positions
             /asset/convert-dust-assets
    """,
    Limit(4, 2_000): """
        GET /asset/deposit-lightning
        POST /asset/withdrawal-lightning
    """,
    Limit(5, 2_000): """
        GET /account/rate-limits /support/announcements /public/instrument-tick-bands /public/mm-instrument-types
            /public/market-data-history /account/config /account/trade-fee /account/bills-archive
            /account/adjust-leverage-info /account/interest-accrued /account/interest-rate /account/interest-limits
            /account/borrow-repay-history /account/spot-borrow-repay-history
            /account/quick-margin-borrow-repay-history /account/mmp-config /account/subaccount/interest-limits
            /asset/broker/nd/subaccount-deposit-history /asset/broker/nd/subaccount-withdrawal-history
        POST /account/set-account-level /account/set-position-mode /account/set-greeks /account/set-isolated-mode
             /account/set-fee-type /account/set-auto-loan /account/activate-option /account/set-auto-repay
             /account/subaccount/set-loan-allocation /account/quick-margin-borrow-repay /account/mmp-reset
             /trade/order-precheck /trade/mass-cancel /broker/nd/set-subaccount-level
             /broker/nd/set-subaccount-fee-rate
    """,
    Limit(6, 2_000): """
        GET /account/subaccount/balances /asset/subaccount/balances
    """,
    Limit(10, 2_000): """
        GET /public/time /market/books-full /market/history-trades /market/history-index-candles /public/funding-rate
            /public/funding-rate-history /public/mark-price /public/position-tiers /public/estimated-price
            /public/estimated-settlement-info /public/insurance-fund /public/convert-contract-coin /account/balance
            /account/bills /account/positions /account/positions-history /account/account-position-risk
            /account/position-tiers /account/greeks /account/risk-state /account/bills-history-archive
            /asset/monthly-statement /trade/fills-history /trade/fills-archive
        POST /account/set-riskOffset-type
    """,
    Limit(12, 2_000): """
        GET /market/books-lite /asset/currencies /asset/balances /asset/bills /asset/deposit-address
            /asset/deposit-history /asset/withdrawal-history /asset/non-tradable-assets /asset/exchange-list
            /asset/convert/currencies /asset/convert/currency-pair /asset/convert/history /asset/subaccount/bills
            /asset/subaccount/managed-subaccount-bills /asset/broker/nd/subaccount-deposit-address
        POST /account/borrow-repay /asset/withdrawal /asset/cancel-withdrawal
             /asset/broker/nd/modify-subaccount-deposit-address
    """,
    Limit(20, 2_000): """
        GET /trade/account-rate-limit /public/instruments /public/price-limit /market/ticker /market/tickers
            /market/history-candles
            /market/index-tickers /market/index-candles /market/index-components /public/open-interest
            /public/underlying /public/opt-summary /public/option-trades /public/premium-history
            /public/delta-hedge-currencies /public/block-trades /market/mark-price-candles
            /market/history-mark-price-candles /market/block-ticker /market/block-tickers /market/block-trades
            /market/option/instrument-family-trades /market/call-auction-details /account/instruments
            /account/max-size /account/max-avail-size /account/max-withdrawal /account/leverage-info /account/max-loan
            /users/subaccount/list /users/subaccount/apikey /account/subaccount/max-withdrawal
            /trade/orders-history-archive /trade/order-algo /trade/orders-algo-pending /trade/orders-algo-history
            /trade/order-algo-pending /trade/order-algo-history
        POST /account/set-leverage /account/set-settle-currency /account/position/margin-balance /asset/convert/trade
             /trade/close-position /trade/order-algo /trade/cancel-algos /trade/cancel-advance-algos
             /trade/amend-algos /broker/nd/delete-subaccount /broker/nd/subaccount/modify-apikey
             /broker/nd/subaccount/delete-apikey /asset/broker/nd/subaccount-deposit-address
    """,
    Limit(40, 2_000): """
        GET /market/books /market/candles /public/delivery-exercise-history /public/settlement-history
            /trade/orders-history
    """,
    Limit(60, 2_000): """
        GET /trade/order /trade/orders-pending /trade/fills
        POST /trade/order /trade/cancel-order /trade/amend-order
    """,
    Limit(100, 2_000): """
        GET /market/trades
    """,
    Limit(300, 2_000): """
        POST /trade/batch-orders /trade/cancel-batch-orders /trade/amend-batch-orders
    """,
    Limit(1, 3_000): """
        POST /account/spot-manual-borrow-repay
    """,
    Limit(1, 5_000): """
        GET /system/status /public/economic-calendar /market/open-oracle
        POST /account/mmp-config /asset/convert/estimate-quote
    """,
    Limit(1, 10_000): """
        GET /broker/nd/rebate-daily
    """,
    Limit(2, 60_000): """
        GET /broker/fd/rebate-per-orders /broker/nd/rebate-per-orders /broker/dma/rebate-per-orders
    """,
    Limit(1, 3_600_000): """
        POST /broker/fd/rebate-per-orders /broker/nd/rebate-per-orders /broker/dma/trades
    """,
    Limit(1, 7_200_000): """
        POST /account/bills-history-archive
    """,
    Limit(1, 17_280_000): """
        POST /trade/fills-archive
    """,
    Limit(1, 129_600_000): """
        POST /asset/monthly-statement
    """,
}


def _routes() -> dict[tuple[str, str], Limit]:
    found: dict[tuple[str, str], Limit] = {}
    for limit, text in _TABLE.items():
        method = ""
        for word in text.split():
            if word.startswith("/"):
                found[method, word] = limit
            else:
                method = word
    return found


ROUTE_LIMITS = _routes()
# Operations on orders, and the route whose figure says how many orders they may be about.
OPERATIONS = {
    "order": ("POST", "/trade/order"),
    "batch-orders": ("POST", "/trade/batch-orders"),
    "cancel-order": ("POST", "/trade/cancel-order"),
    "batch-cancel-orders": ("POST", "/trade/cancel-batch-orders"),
    "amend-order": ("POST", "/trade/amend-order"),
    "batch-amend-orders": ("POST", "/trade/amend-batch-orders"),
}
BY_ORDER = set(OPERATIONS.values())
CANCELS = {"cancel-order", "batch-cancel-orders"}
ORDERS_WINDOW_MS = 2_000
ORDERS = "orders"


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Budget:
    """What clients have asked for of late, and what they still may."""

    def __init__(
        self,
        settings: LimitSettings,
        limits: Limits | SharedLimits | None = None,
        now_ms: Callable[[], int] = _now_ms,
    ) -> None:
        """`now_ms` is a clock that never goes back, the same for all who share `limits`."""
        self._settings = settings
        self._now_ms = now_ms
        self._limits = limits or Limits()
        self._orders = Limit(settings.account_orders * settings.scale, ORDERS_WINDOW_MS)

    def request(self, route: tuple[str, str], account: int, address: str) -> None:
        """Count a request of a route that is not order entry.

        Raises:
            Refused: 50011, too many in this window; nothing was counted.
        """
        who: Hashable = account or address
        self._spend([Claim((*route, who), self._scaled(ROUTE_LIMITS[route]))], TOO_FAST)

    def orders(self, operation: str, account: int, instruments: Iterable[int]) -> None:
        """Count orders that are placed, amended or canceled, by instrument; 0 for those that name none.

        Raises:
            Refused: 50011 for this operation, 50061 for new and amended orders of the account altogether.
        """
        limit = self._scaled(ROUTE_LIMITS[OPERATIONS[operation]])
        counts = Counter(instruments)
        claims = [Claim((operation, account, one), limit, count) for one, count in counts.items()]
        if operation not in CANCELS:
            claims.append(Claim((ORDERS, account), self._orders, counts.total()))
        self._spend(claims, TOO_FAST)

    def _spend(self, claims: Sequence[Claim], code: Code) -> None:
        full = self._limits.spend(claims, self._now_ms())
        if full is not None:
            raise Refused(TOO_MANY_ORDERS if full.limit is self._orders else code)

    def _scaled(self, limit: Limit) -> Limit:
        return Limit(limit.most * self._settings.scale, limit.window_ms)

    def account_orders(self, account: int) -> tuple[int, int]:
        """New and amended orders of an account in two seconds: the most, and how many are left."""
        return self._orders.most, self._limits.left((ORDERS, account), self._orders, self._now_ms())

    def left(self, account: int) -> list[tuple[str, int, Limit, int]]:
        """Each budget of an account: its name, the instrument or 0, the limit, and how much is left of it."""
        now_ms = self._now_ms()
        found = [
            (f"{method} {path}", 0, scaled, self._limits.left((method, path, account), scaled, now_ms))
            for (method, path), limit in ROUTE_LIMITS.items()
            if (method, path) not in BY_ORDER and not path.startswith(PUBLIC)
            for scaled in (self._scaled(limit),)
        ]
        for key, limit in self._limits.known():
            match key:
                case (str(operation), int(owner), int(instrument)) if owner == account and operation in OPERATIONS:
                    found.append((operation, instrument, limit, self._limits.left(key, limit, now_ms)))
        return [*found, (ORDERS, 0, self._orders, self._limits.left((ORDERS, account), self._orders, now_ms))]


PUBLIC = ("/public/", "/market/", "/system/", "/support/")
