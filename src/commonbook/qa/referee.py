"""A slow, obvious exchange: the oracle of the fast one.

Lists, dictionaries, integers and sorting; no cleverness. It follows the rules of docs/rules/ (matching, counter, fees,
protection, refusals) and shares no code with the Rust engine, so that the two agree only where both follow the rules.
"""

from dataclasses import dataclass
from typing import Any

from commonbook.qa.plain import Command, Event
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    FIRST_USER_ACCOUNT,
    SUBSIDY_ACCOUNT,
    Attribution,
    CancelReason,
    CancelScope,
    Channel,
    CommandKind,
    EventKind,
    FeeScope,
    FillRole,
    KillScope,
    OrderType,
    Refusal,
    SelfTrade,
    Side,
    SizeIn,
    TradingStatus,
)

RATE_ONE = 100_000_000
LIMIT = 10**38


@dataclass
class Order:
    """One accepted order, resting or on its way through the book."""

    id: int
    account: int
    person: int
    instrument: int
    side: int
    order_type: int
    self_trade: int
    price: int  # ticks; 0 = a market order without a worst price
    quantity: int  # lots in total, what is filled included; 0 when sized in quote
    remaining: int
    by_quote: bool
    budget: int  # quote units left to spend, when sized in quote
    hold: int
    maker_rate: int
    taker_rate: int
    subsidised: int
    level: int
    brand: int
    broker: int
    channel: int
    attribution: int
    credential: int
    client_id: bytes
    tag: bytes
    arrival: int = 0  # place in the queue of its price; given when it comes to rest


class Refused(Exception):
    """The command changes nothing, for this reason."""

    def __init__(self, reason: Refusal) -> None:
        self.reason = reason


class Referee:
    """The whole exchange. `apply(command)` gives its events; `balances()` and `depth()` tell the state."""

    def __init__(self) -> None:
        self.assets: dict[int, tuple[int, bytes]] = {}  # scale, name
        self.instruments: dict[int, dict[str, Any]] = {}
        self.brands: dict[int, bytes] = {}
        self.accounts: dict[int, dict[str, int]] = {
            FEE_POOL_ACCOUNT: {"person": 0, "brand": 0, "level": 0},
            SUBSIDY_ACCOUNT: {"person": 0, "brand": 0, "level": 0},
        }
        self.codes: dict[int, dict[str, Any]] = {}
        self.floor = (0, 0, 0)  # maker, taker, subsidised
        self.highest_claim = 0
        self.schedules: dict[tuple[int, int], tuple[int, int, int]] = {}  # (brand, level) -> maker, taker, subsidised
        self.overrides: dict[int, tuple[int, int, int]] = {}  # account -> the same
        self.statuses: dict[int, int] = {}  # 0 is the venue
        self.limits: dict[int, Command] = {}  # instrument -> its newest LIMITS command
        self.references: dict[int, tuple[int, int]] = {}  # instrument -> reference and premium, in ticks
        self.kills: set[tuple[int, int]] = set()  # scope, target
        self.last_orders: dict[tuple[int, int], tuple[tuple[int, ...], int]] = {}  # what it was, until when it counts
        self.last_prices: dict[int, int] = {}  # instrument -> price of its newest trade
        self.available: dict[tuple[int, int], int] = {}
        self.held: dict[tuple[int, int], int] = {}
        self.keys: set[bytes] = set()
        self.resting: list[Order] = []
        self.trades: dict[int, int] = {}  # instrument -> trades so far
        self.timers: dict[tuple[int, bytes], int] = {}
        self.arrivals = 0
        self.events: list[Event] = []
        self.touched: set[tuple[int, int, int]] = set()  # instrument, side, price
        self.sequence = 0
        self.time_ns = 0

    # --- one command -------------------------------------------------------------------------------------------

    def apply(self, command: Command) -> list[Event]:
        """Everything that follows from one command, in order."""
        if command["sequence"] != self.sequence + 1 or command["time_ns"] < self.time_ns:
            raise ValueError(f"command {command['sequence']} at {command['time_ns']} does not follow {self.sequence}")
        self.sequence, self.time_ns = command["sequence"], command["time_ns"]
        self.events, self.touched = [], set()
        self._fire_timers()
        try:
            self._perform(command)
        except Refused as refused:
            self._tell(
                EventKind.REFUSED,
                refused.reason,
                account=command.get("account", 0),
                order=command.get("order", 0),
                command_kind=int(command["kind"]),
            )
        self._tell_levels()
        return self.events

    def _perform(self, command: Command) -> None:
        match command["kind"]:
            case CommandKind.TIME | CommandKind.RECEIPT:
                pass
            case CommandKind.PRICE:
                self._price(command)
            case CommandKind.ASSET:
                self._asset(command)
            case CommandKind.INSTRUMENT:
                self._instrument(command)
            case CommandKind.BRAND:
                self._brand(command)
            case CommandKind.ACCOUNT:
                self._account(command)
            case CommandKind.FEES:
                self._fees(command)
            case CommandKind.BROKER_CODE:
                self._broker_code(command)
            case CommandKind.STATUS:
                self._status(command)
            case CommandKind.LIMITS:
                self._limits(command)
            case CommandKind.REFERENCE:
                self._reference(command)
            case CommandKind.KILL:
                self._kill(command)
            case CommandKind.DEPOSIT | CommandKind.WITHDRAWAL | CommandKind.TRANSFER:
                self._funds(command)
            case CommandKind.ORDER:
                self._order(command)
            case CommandKind.CANCEL:
                self._cancel(command)
            case CommandKind.AMEND:
                self._amend(command)
            case CommandKind.CANCEL_ALL:
                self._cancel_all(command)
            case CommandKind.CANCEL_ALL_AFTER:
                self._cancel_all_after(command)
            case _:
                raise Refused(Refusal.MALFORMED)

    def _tell(self, kind: EventKind, reason: int = 0, **fields: Any) -> None:
        event = {"sequence": self.sequence, "index": len(self.events), "kind": int(kind), "reason": int(reason)}
        self.events.append({**event, **fields})

    def _tell_levels(self) -> None:
        """One event for each price at which a resting order came, went or changed, with what now rests there."""
        for instrument, side, price in sorted(self.touched):
            there = [order for order in self._book(instrument, side) if order.price == price]
            self._tell(
                EventKind.LEVEL,
                instrument=instrument,
                side=side,
                price_ticks=price,
                total_lots=sum(order.remaining for order in there),
                orders=len(there),
            )

    # --- configuration -----------------------------------------------------------------------------------------

    def _config(self, command: Command) -> None:
        self._tell(EventKind.CONFIG, command_kind=int(command["kind"]))

    def _price(self, command: Command) -> None:
        demand(command["price_e8"] > 0 and command["asset"] != command["quote_asset"], Refusal.MALFORMED)
        demand(command["asset"] in self.assets and command["quote_asset"] in self.assets, Refusal.UNKNOWN_ASSET)
        self._config(command)

    def _asset(self, command: Command) -> None:
        asset, wanted = command["asset"], (command["scale"], command["name"])
        demand(asset > 0 and wanted[1] != b"", Refusal.MALFORMED)
        demand(wanted[0] <= 18, Refusal.BAD_SCALE)
        known = self.assets.get(asset)
        taken = any(name == wanted[1] for other, (_, name) in self.assets.items() if other != asset)
        demand(known in (None, wanted) and not taken, Refusal.DUPLICATE_ID)
        self.assets[asset] = wanted
        self._config(command)

    def _instrument(self, command: Command) -> None:
        number = command["instrument"]
        demand(
            number > 0
            and command["base_asset"] != command["quote_asset"]
            and command["name"] != b""
            and command["tick_mantissa"] > 0
            and command["lot_mantissa"] > 0
            and command["minimum_lots"] > 0,
            Refusal.MALFORMED,
        )
        demand(command["base_asset"] in self.assets and command["quote_asset"] in self.assets, Refusal.UNKNOWN_ASSET)
        demand(command["tick_scale"] <= 36 and command["lot_scale"] <= 36, Refusal.BAD_SCALE)
        base_scale = self.assets[command["base_asset"]][0]
        quote_scale = self.assets[command["quote_asset"]][0]
        lot_minor = whole_units(command["lot_mantissa"], command["lot_scale"], base_scale)
        minor_per_tick_lot = whole_units(
            command["tick_mantissa"] * command["lot_mantissa"],
            command["tick_scale"] + command["lot_scale"],
            quote_scale,
        )
        wanted = {
            "base": command["base_asset"],
            "quote": command["quote_asset"],
            "tick": (command["tick_mantissa"], command["tick_scale"]),
            "lot": (command["lot_mantissa"], command["lot_scale"]),
            "minimum": command["minimum_lots"],
            "name": command["name"],
            "lot_minor": lot_minor,
            "minor_per_tick_lot": minor_per_tick_lot,
        }
        known = self.instruments.get(number, wanted)
        taken = any(item["name"] == wanted["name"] for other, item in self.instruments.items() if other != number)
        demand(known == wanted and not taken, Refusal.DUPLICATE_ID)
        self.instruments[number] = wanted
        self._config(command)

    def _brand(self, command: Command) -> None:
        brand, name = command["brand"], command["name"]
        demand(brand > 0 and name != b"", Refusal.MALFORMED)
        taken = any(other_name == name for other, other_name in self.brands.items() if other != brand)
        demand(self.brands.get(brand, name) == name and not taken, Refusal.DUPLICATE_ID)
        self.brands[brand] = name
        self._config(command)

    def _account(self, command: Command) -> None:
        account = command["account"]
        demand(account > 0 and command["person"] > 0, Refusal.MALFORMED)
        demand(command["level"] <= 9, Refusal.MALFORMED)
        demand(account >= FIRST_USER_ACCOUNT, Refusal.SYSTEM_ACCOUNT)
        demand(command["brand"] in self.brands, Refusal.UNKNOWN_BRAND)
        wanted = {"person": command["person"], "brand": command["brand"], "level": command["level"]}
        known = self.accounts.get(account, wanted)
        same = (known["person"], known["brand"]) == (wanted["person"], wanted["brand"])
        demand(same, Refusal.DUPLICATE_ID)
        self.accounts[account] = wanted
        self._config(command)

    def _demand_user(self, account: int) -> None:
        demand(account in self.accounts, Refusal.UNKNOWN_ACCOUNT)
        demand(account >= FIRST_USER_ACCOUNT, Refusal.SYSTEM_ACCOUNT)

    def _broker_code(self, command: Command) -> None:
        broker, code, payout = command["broker"], command["code"], command["payout_account"]
        demand(broker > 0 and command["active"] in (0, 1), Refusal.MALFORMED)
        demand(code != b"" and code.isalnum(), Refusal.MALFORMED)
        self._demand_user(payout)
        known = self.codes.get(broker)
        taken = any(item["code"] == code for other, item in self.codes.items() if other != broker)
        demand((known is None or known["code"] == code) and not taken, Refusal.DUPLICATE_ID)
        self.codes[broker] = {"code": code, "payout": payout, "active": command["active"]}
        self._config(command)

    def _status(self, command: Command) -> None:
        instrument = command["instrument"]
        demand(command["status"] in list(TradingStatus), Refusal.MALFORMED)
        demand(instrument == 0 or instrument in self.instruments, Refusal.UNKNOWN_INSTRUMENT)
        self.statuses[instrument] = command["status"]
        self._config(command)

    def _status_of(self, instrument: int) -> int:
        """The stricter of the venue's status and the instrument's own."""
        live = int(TradingStatus.LIVE)
        return max(self.statuses.get(0, live), self.statuses.get(instrument, live))

    # --- protection --------------------------------------------------------------------------------------------

    def _limits(self, command: Command) -> None:
        inner, outer = command["band_e8"], command["band_max_e8"]
        demand((inner, outer) == (0, 0) or 0 < inner <= outer < RATE_ONE, Refusal.MALFORMED)
        demand(command["largest_lots"] >= 0 and command["largest_notional"] >= 0, Refusal.MALFORMED)
        demand(command["instrument"] in self.instruments, Refusal.UNKNOWN_INSTRUMENT)
        self.limits[command["instrument"]] = command
        self._config(command)

    def _reference(self, command: Command) -> None:
        demand(command["reference_ticks"] >= 0, Refusal.MALFORMED)
        demand(command["instrument"] in self.instruments, Refusal.UNKNOWN_INSTRUMENT)
        self.references[command["instrument"]] = (command["reference_ticks"], command["premium_ticks"])
        self._config(command)

    def _kill(self, command: Command) -> None:
        scope, target, active = command["scope"], command["target"], command["active"]
        demand(scope in list(KillScope) and active in (0, 1), Refusal.MALFORMED)
        demand((target == 0) == (scope == KillScope.VENUE), Refusal.MALFORMED)
        if scope == KillScope.ACCOUNT:
            self._demand_user(target)
        demand(scope != KillScope.BROKER or target in self.codes, Refusal.UNKNOWN_BROKER)
        demand(scope != KillScope.BRAND or target in self.brands, Refusal.UNKNOWN_BRAND)
        demand(scope != KillScope.INSTRUMENT or target in self.instruments, Refusal.UNKNOWN_INSTRUMENT)
        self._config(command)
        if not active:
            self.kills.discard((scope, target))
            return
        self.kills.add((scope, target))
        for order in sorted(self.resting, key=lambda order: order.id):
            if (scope, target) in self._scopes(order.account, order.credential, order.broker, order.instrument):
                self._remove(order)
                self._close(order, CancelReason.KILLED)

    def _scopes(self, account: int, credential: int, broker: int, instrument: int) -> list[tuple[int, int]]:
        """Every switch that would stop this order."""
        holder = self.accounts[account]
        return [
            (KillScope.CREDENTIAL, credential),
            (KillScope.ACCOUNT, account),
            (KillScope.PERSON, holder["person"]),
            (KillScope.BROKER, broker),
            (KillScope.BRAND, holder["brand"]),
            (KillScope.INSTRUMENT, instrument),
            (KillScope.VENUE, 0),
        ]

    def _demand_not_killed(self, account: int, credential: int, broker: int, instrument: int) -> None:
        scopes = self._scopes(account, credential, broker, instrument)
        demand(not any(scope in self.kills for scope in scopes), Refusal.KILLED)

    def band(self, instrument: int) -> tuple[int, int] | None:
        """The highest price of a buy and the lowest of a sell; nothing where there is no band."""
        limits, (index, premium) = self.limits.get(instrument), self.references.get(instrument, (0, 0))
        if limits is None or index == 0 or limits["band_e8"] == 0:
            return None
        inner, outer = limits["band_e8"], limits["band_max_e8"]
        upper = min(
            max(index, index * (RATE_ONE + inner) // RATE_ONE + premium), index * (RATE_ONE + outer) // RATE_ONE
        )
        lower = max(
            min(index, ceiling(index * (RATE_ONE - inner)) + premium),
            ceiling(index * (RATE_ONE - outer)),
        )
        return min(upper, 2**63 - 1), lower

    def _anchor(self, instrument: int, side: int) -> int:
        """The best opposite price, else the last one, else 0."""
        opposite = self._book(instrument, Side.SELL if side == Side.BUY else Side.BUY)
        return opposite[0].price if opposite else self.last_prices.get(instrument, 0)

    def _farthest(self, instrument: int, side: int) -> int | None:
        """The worst price that the largest deviation leaves to an order of this side."""
        deviation = self.limits.get(instrument, {}).get("deviation_e8", 0)
        anchor = self._anchor(instrument, side)
        if deviation == 0 or anchor == 0:
            return None
        if side == Side.BUY:
            return int(anchor * (RATE_ONE + deviation) // RATE_ONE)
        return max(ceiling(anchor * (RATE_ONE - deviation)), 0)

    def _draw_nearer(self, order: Order) -> None:
        """A market order's worst price is inside the band and not too far away."""
        band, farthest = self.band(order.instrument), self._farthest(order.instrument, order.side)
        upper, lower = band or (None, None)
        if order.side == Side.BUY:
            order.price = min(price for price in (order.price or None, upper, farthest, 2**63 - 1) if price is not None)
        else:
            order.price = max(price for price in (order.price, lower, farthest) if price is not None)

    def _demand_within_limits(self, order: Order) -> None:
        market = order.order_type == OrderType.MARKET
        band, farthest = self.band(order.instrument), self._farthest(order.instrument, order.side)
        if band is not None and not market:
            demand(order.side == Side.SELL or order.price <= band[0], Refusal.PRICE_ABOVE_BAND)
            demand(order.side == Side.BUY or order.price >= band[1], Refusal.PRICE_BELOW_BAND)
        if farthest is not None and not market:
            near = order.price <= farthest if order.side == Side.BUY else order.price >= farthest
            demand(near, Refusal.PRICE_TOO_FAR)
        limits = self.limits.get(order.instrument)
        if limits is None:
            return
        demand(limits["largest_lots"] == 0 or order.quantity <= limits["largest_lots"], Refusal.SIZE_ABOVE_LIMIT)
        price = order.price
        if order.side == Side.SELL:
            price = max(price, self._anchor(order.instrument, order.side))
        notional = price * order.quantity * self.instruments[order.instrument]["minor_per_tick_lot"]
        notional = order.budget if order.by_quote else notional
        allowed = limits["largest_notional"]
        demand(allowed == 0 or notional <= allowed, Refusal.NOTIONAL_ABOVE_LIMIT)

    def _demand_no_duplicate(self, order: Order, what: tuple[int, ...]) -> None:
        if self.limits.get(order.instrument, {}).get("duplicate_ms", 0) == 0:
            return
        last, until = self.last_orders.get((order.account, order.instrument), ((), 0))
        demand(last != what or self.time_ns >= until, Refusal.DUPLICATE_ORDER)

    def _remember(self, order: Order, what: tuple[int, ...]) -> None:
        window_ms = self.limits.get(order.instrument, {}).get("duplicate_ms", 0)
        if window_ms:
            until = min(self.time_ns + window_ms * 1_000_000, 2**63 - 1)
            self.last_orders[order.account, order.instrument] = (what, until)

    # --- fees --------------------------------------------------------------------------------------------------

    def _fees(self, command: Command) -> None:
        maker, taker, claim = command["maker_rate_e8"], command["taker_rate_e8"], command["highest_claim_e8"]
        scope, brand, account = command["scope"], command["brand"], command["account"]
        demand(scope in list(FeeScope) and command["level"] <= 9 and command["subsidised"] in (0, 1), Refusal.MALFORMED)
        demand(-RATE_ONE < maker < RATE_ONE and 0 <= taker < RATE_ONE, Refusal.MALFORMED)
        demand(0 <= claim <= RATE_ONE or scope != FeeScope.VENUE, Refusal.MALFORMED)
        floor, highest_claim = self.floor, self.highest_claim
        schedules, overrides = dict(self.schedules), dict(self.overrides)
        rates = (maker, taker, command["subsidised"])
        if scope == FeeScope.BRAND:
            demand(brand in self.brands, Refusal.UNKNOWN_BRAND)
            demand(taker >= floor[1] and maker >= floor[0], Refusal.FEE_BELOW_FLOOR)
            schedules[brand, command["level"]] = rates
        elif scope == FeeScope.ACCOUNT:
            self._demand_user(account)
            overrides[account] = rates
        else:
            above = all(theirs[1] >= taker and theirs[0] >= maker for theirs in schedules.values())
            demand(above, Refusal.FEE_BELOW_FLOOR)
            floor, highest_claim = rates, claim
        everyone = [*schedules.values(), *overrides.values()] or [floor]
        lowest_taker = min(rate[1] for rate in everyone)
        allowed = lowest_taker * (RATE_ONE - highest_claim) // RATE_ONE
        for maker_rate, _, subsidised in everyone:
            demand(bool(subsidised) or -maker_rate <= allowed, Refusal.REBATE_TOO_HIGH)
        self.floor, self.highest_claim, self.schedules, self.overrides = floor, highest_claim, schedules, overrides
        self._config(command)

    def _rates(self, account: int) -> tuple[int, int, int]:
        """Maker rate, taker rate and subsidised, as they are fixed on an order of this account when it enters."""
        if account in self.overrides:
            return self.overrides[account]
        brand, level = self.accounts[account]["brand"], self.accounts[account]["level"]
        defined = [number for (of_brand, number) in self.schedules if of_brand == brand and number <= level]
        if defined:
            return self.schedules[brand, max(defined)]
        return self.floor

    # --- funds -------------------------------------------------------------------------------------------------

    def _funds(self, command: Command) -> None:
        account, to, asset = command["account"], command["to_account"], command["asset"]
        kind, amount, key = command["kind"], command["amount"], command["key"]
        transfer = kind == CommandKind.TRANSFER
        demand(key != b"", Refusal.MALFORMED)
        demand(asset in self.assets, Refusal.UNKNOWN_ASSET)
        demand(account in self.accounts and (to in self.accounts or not transfer), Refusal.UNKNOWN_ACCOUNT)
        if kind == CommandKind.DEPOSIT:
            demand(account != FEE_POOL_ACCOUNT, Refusal.SYSTEM_ACCOUNT)
        if kind == CommandKind.WITHDRAWAL:
            demand(account >= FIRST_USER_ACCOUNT, Refusal.SYSTEM_ACCOUNT)
        demand(not transfer or account != to, Refusal.SAME_ACCOUNT)
        demand(amount > 0, Refusal.BAD_AMOUNT)
        demand(key not in self.keys, Refusal.DUPLICATE_KEY)
        demand(amount < LIMIT, Refusal.OVERFLOW)
        if kind == CommandKind.DEPOSIT:
            everything = sum(units for (_, a), units in [*self.available.items(), *self.held.items()] if a == asset)
            demand(everything + amount < LIMIT, Refusal.OVERFLOW)
        else:
            demand(self._free(account, asset) >= amount, Refusal.INSUFFICIENT_FUNDS)
        self.keys.add(key)
        if kind == CommandKind.DEPOSIT:
            self._credit(command, account, amount)
        else:
            self._credit(command, account, -amount)
        if transfer:
            self._credit(command, to, amount)

    def _credit(self, command: Command, account: int, amount: int) -> None:
        asset = command["asset"]
        self._add(self.available, account, asset, amount)
        self._tell(
            EventKind.BALANCE,
            account=account,
            asset=asset,
            command_kind=int(command["kind"]),
            available_delta=amount,
            available=self._free(account, asset),
        )

    def _free(self, account: int, asset: int) -> int:
        return self.available.get((account, asset), 0)

    def _add(self, balances: dict[tuple[int, int], int], account: int, asset: int, amount: int) -> None:
        after = balances.get((account, asset), 0) + amount
        if after < 0 or after >= LIMIT:
            raise ArithmeticError(f"balance of account {account} asset {asset} would be {after}")
        balances[account, asset] = after

    def _hold(self, account: int, asset: int, amount: int) -> None:
        """Move from available to held, or back when below zero."""
        self._add(self.available, account, asset, -amount)
        self._add(self.held, account, asset, amount)

    # --- an order ----------------------------------------------------------------------------------------------

    def _order(self, command: Command) -> None:
        self._check_form(command)
        by_quote = command["size_in"] == SizeIn.QUOTE
        demand(command["instrument"] in self.instruments, Refusal.UNKNOWN_INSTRUMENT)
        self._demand_user(command["account"])
        demand(command["broker"] == 0 or command["broker"] in self.codes, Refusal.UNKNOWN_BROKER)
        status = self._status_of(command["instrument"])
        demand(status != TradingStatus.HALTED, Refusal.HALTED)
        demand(status != TradingStatus.CANCEL_ONLY, Refusal.CANCEL_ONLY)
        self._demand_not_killed(command["account"], command["credential"], command["broker"], command["instrument"])
        both_with_fok = command["order_type"] == OrderType.FOK and command["self_trade"] == SelfTrade.CANCEL_BOTH
        demand(not both_with_fok, Refusal.SELF_TRADE_MODE)
        needs_price = command["order_type"] != OrderType.MARKET or (command["side"] == Side.BUY and not by_quote)
        demand(command["price_ticks"] > 0 or not needs_price, Refusal.BAD_PRICE)
        order = self._new_order(command, by_quote)
        if by_quote:
            demand(command["quote_amount"] > 0, Refusal.BAD_SIZE)
        else:
            demand(command["quantity_lots"] > 0, Refusal.BAD_SIZE)
            demand(command["quantity_lots"] >= self.instruments[order.instrument]["minimum"], Refusal.BELOW_MINIMUM)
        what = (order.side, order.price, order.quantity, order.budget)
        if order.order_type == OrderType.MARKET:
            self._draw_nearer(order)
        self._demand_within_limits(order)
        self._demand_no_duplicate(order, what)
        order.hold = self._required(order)
        demand(order.hold < LIMIT and self._room(order, order.remaining), Refusal.OVERFLOW)
        same_id = [o for o in self.resting if o.account == order.account and o.client_id == order.client_id]
        demand(order.client_id == b"" or not same_id, Refusal.DUPLICATE_CLIENT_ID)
        demand(self._free(order.account, self._hold_asset(order)) >= order.hold, Refusal.INSUFFICIENT_FUNDS)
        self._hold(order.account, self._hold_asset(order), order.hold)
        self._remember(order, what)
        self._tell(
            EventKind.ACCEPTED,
            account=order.account,
            instrument=order.instrument,
            hold=order.hold,
            maker_rate_e8=order.maker_rate,
            taker_rate_e8=order.taker_rate,
            brand=order.brand,
            broker=order.broker,
            level=order.level,
            attribution=order.attribution,
            subsidised=order.subsidised,
            side=order.side,
        )
        self._enter(order)

    def _check_form(self, command: Command) -> None:
        by_quote = command["size_in"] == SizeIn.QUOTE
        market_buy = command["order_type"] == OrderType.MARKET and command["side"] == Side.BUY
        demand(
            command["side"] in list(Side)
            and command["order_type"] in list(OrderType)
            and command["self_trade"] in (0, *SelfTrade)
            and command["channel"] in list(Channel)
            and command["attribution"] in list(Attribution)
            and command["size_in"] in list(SizeIn)
            and command["price_ticks"] >= 0
            and command["quantity_lots"] >= 0
            and command["quote_amount"] >= 0
            and command["credential"] < 2**32
            and (market_buy or not by_quote)
            and (command["broker"] > 0) == (command["attribution"] == Attribution.BROKER),
            Refusal.MALFORMED,
        )

    def _new_order(self, command: Command, by_quote: bool) -> Order:
        holder = self.accounts[command["account"]]
        maker_rate, taker_rate, subsidised = self._rates(command["account"])
        broker, attribution = command["broker"], command["attribution"]
        if broker and not self.codes[broker]["active"]:
            broker, attribution = 0, int(Attribution.CODE_INACTIVE)
        return Order(
            id=self.sequence,
            account=command["account"],
            person=holder["person"],
            instrument=command["instrument"],
            side=command["side"],
            order_type=command["order_type"],
            self_trade=command["self_trade"] or int(SelfTrade.CANCEL_MAKER),
            price=command["price_ticks"],
            quantity=0 if by_quote else command["quantity_lots"],
            remaining=0 if by_quote else command["quantity_lots"],
            by_quote=by_quote,
            budget=command["quote_amount"] if by_quote else 0,
            hold=0,
            maker_rate=maker_rate,
            taker_rate=taker_rate,
            subsidised=subsidised,
            level=holder["level"],
            brand=holder["brand"],
            broker=broker,
            channel=command["channel"],
            attribution=attribution,
            credential=command["credential"],
            client_id=command["client_id"],
            tag=command["tag"],
        )

    def _required(self, order: Order) -> int:
        """What must be held for what is left of an order, in the asset it pays with."""
        instrument = self.instruments[order.instrument]
        if order.side == Side.SELL:
            return int(order.remaining * instrument["lot_minor"])
        by_lots = order.price * order.remaining * instrument["minor_per_tick_lot"]
        notional = order.budget if order.by_quote else by_lots
        return notional + charge(notional, max(order.taker_rate, order.maker_rate, 0))

    def _room(self, order: Order, more: int) -> bool:
        """Whether the live lots of the order's side stay a signed 64-bit number."""
        return sum(other.remaining for other in self._book(order.instrument, order.side)) + more < 2**63

    def _hold_asset(self, order: Order) -> int:
        instrument = self.instruments[order.instrument]
        return int(instrument["quote"] if order.side == Side.BUY else instrument["base"])

    # --- the book ----------------------------------------------------------------------------------------------

    def _book(self, instrument: int, side: int) -> list[Order]:
        """The resting orders of one side, best price first, then the first come."""
        orders = [order for order in self.resting if order.instrument == instrument and order.side == side]
        direction = -1 if side == Side.BUY else 1
        return sorted(orders, key=lambda order: (direction * order.price, order.arrival))

    def _in_reach(self, order: Order) -> list[Order]:
        """The resting orders that this order's price crosses, in the order in which it would meet them."""
        if order.side == Side.BUY:
            makers = self._book(order.instrument, Side.SELL)
            return [maker for maker in makers if order.price == 0 or maker.price <= order.price]
        makers = self._book(order.instrument, Side.BUY)
        return [maker for maker in makers if maker.price >= order.price]

    def _enter(self, order: Order) -> None:
        """Through the book: match what crosses, then rest or cancel what is left."""
        makers = self._in_reach(order)
        if order.order_type == OrderType.POST_ONLY and makers:
            self._close(order, CancelReason.POST_ONLY_WOULD_CROSS)
            return
        if order.order_type == OrderType.FOK and not fillable(order, makers):
            self._close(order, CancelReason.FOK_UNFILLABLE)
            return
        bought_something = False
        for maker in makers:
            if not order.by_quote and order.remaining == 0:
                break
            if order.by_quote and self._lots_for(order, maker) == 0:
                break
            if maker.person == order.person:
                if order.self_trade in (SelfTrade.CANCEL_MAKER, SelfTrade.CANCEL_BOTH):
                    self._remove(maker)
                    self._close(maker, CancelReason.SELF_TRADE)
                if order.self_trade in (SelfTrade.CANCEL_TAKER, SelfTrade.CANCEL_BOTH):
                    self._close(order, CancelReason.SELF_TRADE)
                    return
                continue
            self._fill(order, maker)
            bought_something = True
        if order.by_quote:
            stopped_short = any(self._lots_for(order, maker) == 0 for maker in self._in_reach(order)[:1])
            spent = bought_something and (order.budget == 0 or stopped_short)
            self._close(order, CancelReason.QUOTE_SPENT if spent else CancelReason.IOC_REMAINDER)
        elif order.remaining == 0:
            return
        elif order.order_type in (OrderType.LIMIT, OrderType.POST_ONLY):
            self._rest(order)
        else:
            self._close(order, CancelReason.IOC_REMAINDER)

    def _lots_for(self, order: Order, maker: Order) -> int:
        """How many lots of this maker the rest of a quote-sized order's budget buys."""
        lot_costs = maker.price * self.instruments[order.instrument]["minor_per_tick_lot"]
        return int(min(maker.remaining, order.budget // lot_costs))

    def _fill(self, taker: Order, maker: Order) -> None:
        """One trade at the maker's price: both sides settle and pay; what is spare of the buyer's hold goes back."""
        instrument = self.instruments[taker.instrument]
        quote, base = instrument["quote"], instrument["base"]
        lots = self._lots_for(taker, maker) if taker.by_quote else min(taker.remaining, maker.remaining)
        notional = maker.price * lots * instrument["minor_per_tick_lot"]
        buyer, seller = (taker, maker) if taker.side == Side.BUY else (maker, taker)
        for order in (taker, maker):
            if order.by_quote:
                order.budget -= notional
            else:
                order.remaining -= lots
        fees = {taker.id: charge(notional, taker.taker_rate), maker.id: charge(notional, maker.maker_rate)}
        rest_needs = self._required(buyer)
        spare = buyer.hold - notional - rest_needs + self._free(buyer.account, quote)
        fees[buyer.id] = min(fees[buyer.id], spare)
        deficit = -(fees[taker.id] + fees[maker.id])
        if deficit > 0:
            covered = min(deficit, self._free(SUBSIDY_ACCOUNT, quote)) if maker.subsidised else 0
            fees[maker.id] += deficit - covered
            self._add(self.available, SUBSIDY_ACCOUNT, quote, -covered)
            self._add(self.available, FEE_POOL_ACCOUNT, quote, covered)
        self._add(self.available, FEE_POOL_ACCOUNT, quote, fees[taker.id] + fees[maker.id])

        released = buyer.hold - notional - max(fees[buyer.id], 0) - rest_needs
        self._add(self.held, buyer.account, quote, rest_needs - buyer.hold)
        self._add(self.available, buyer.account, quote, released + max(-fees[buyer.id], 0))
        self._add(self.available, buyer.account, base, lots * instrument["lot_minor"])
        buyer.hold = rest_needs
        self._add(self.held, seller.account, base, -lots * instrument["lot_minor"])
        self._add(self.available, seller.account, quote, notional - fees[seller.id])
        seller.hold -= lots * instrument["lot_minor"]

        self.touched.add((maker.instrument, maker.side, maker.price))
        if maker.remaining == 0:
            self._remove(maker)
        self.trades[taker.instrument] = self.trades.get(taker.instrument, 0) + 1
        self.last_prices[taker.instrument] = maker.price
        self._tell(
            EventKind.FILL,
            trade=self.trades[taker.instrument],
            instrument=taker.instrument,
            taker_side=taker.side,
            price_ticks=maker.price,
            quantity_lots=lots,
            buyer_released=released,
        )
        for role, order in ((FillRole.TAKER, taker), (FillRole.MAKER, maker)):
            self._tell(
                EventKind.FILL_SIDE,
                order=order.id,
                account=order.account,
                fee=fees[order.id],
                brand=order.brand,
                broker=order.broker,
                level=order.level,
                channel=order.channel,
                attribution=order.attribution,
                subsidised=order.subsidised,
                role=int(role),
                complete=int(not order.by_quote and order.remaining == 0),
            )

    def _rest(self, order: Order) -> None:
        self.arrivals += 1
        order.arrival = self.arrivals
        self.resting.append(order)
        self.touched.add((order.instrument, order.side, order.price))
        self._tell(
            EventKind.RESTING,
            order=order.id,
            account=order.account,
            instrument=order.instrument,
            side=order.side,
            price_ticks=order.price,
            remaining_lots=order.remaining,
        )

    def _remove(self, order: Order) -> None:
        self.resting.remove(order)
        self.touched.add((order.instrument, order.side, order.price))

    def _close(self, order: Order, reason: CancelReason) -> None:
        """The end of an order that is not (or no longer) on the book: its hold goes back."""
        self._hold(order.account, self._hold_asset(order), -order.hold)
        self._tell(
            EventKind.CANCELED,
            reason,
            order=order.id,
            account=order.account,
            instrument=order.instrument,
            released=order.hold,
            remaining_lots=order.remaining,
            side=order.side,
        )

    # --- cancel and amend --------------------------------------------------------------------------------------

    def _find(self, command: Command) -> Order:
        """The live order that a cancel or amend names, by its id or else by the account's client id."""
        self._demand_user(command["account"])
        for order in self.resting:
            if command["instrument"] not in (0, order.instrument):
                continue
            by_client_id = command["order"] == 0 and order.client_id == command["client_id"]
            if order.account == command["account"] and (order.id == command["order"] or by_client_id):
                return order
        raise Refused(Refusal.UNKNOWN_ORDER)

    def _cancel(self, command: Command) -> None:
        demand(command["order"] > 0 or command["client_id"] != b"", Refusal.MALFORMED)
        order = self._find(command)
        demand(self._status_of(order.instrument) != TradingStatus.HALTED, Refusal.HALTED)
        self._remove(order)
        self._close(order, CancelReason.USER)

    def _cancel_all(self, command: Command) -> None:
        account, instrument, scope = command["account"], command["instrument"], command["scope"]
        demand(scope in list(CancelScope), Refusal.MALFORMED)
        ended = scope == CancelScope.CREDENTIAL
        demand(not ended or command["credential"] != 0, Refusal.MALFORMED)
        demand(instrument == 0 or instrument in self.instruments, Refusal.UNKNOWN_INSTRUMENT)
        self._demand_user(account)
        demand(ended or self._status_of(instrument) != TradingStatus.HALTED, Refusal.HALTED)
        chosen = [o for o in self.resting if o.account == account and instrument in (0, o.instrument)]
        if ended:
            chosen = [o for o in chosen if o.credential == command["credential"]]
        else:
            chosen = [o for o in chosen if self._status_of(o.instrument) != TradingStatus.HALTED]
        for order in sorted(chosen, key=lambda order: order.id):
            self._remove(order)
            self._close(order, CancelReason.DISCONNECTED if ended else CancelReason.USER)
        self._tell(EventKind.CANCELED_ALL, account=account, orders=len(chosen))

    def _cancel_all_after(self, command: Command) -> None:
        account, tag, deadline = command["account"], command["tag"], command["deadline_ns"]
        demand(deadline == 0 or deadline > self.time_ns, Refusal.MALFORMED)
        self._demand_user(account)
        if deadline:
            self.timers[account, tag] = deadline
        else:
            self.timers.pop((account, tag), None)
        self._tell(EventKind.TIMER, account=account, deadline_ns=deadline, tag=tag)

    def _fire_timers(self) -> None:
        """Timers that are due cancel their account's orders before the command that brings the time has any effect."""
        due = [(deadline, account, tag) for (account, tag), deadline in self.timers.items() if deadline <= self.time_ns]
        for _, account, tag in sorted(due):
            del self.timers[account, tag]
            chosen = [o for o in self.resting if o.account == account and tag in (b"", o.tag)]
            for order in sorted(chosen, key=lambda order: order.id):
                self._remove(order)
                self._close(order, CancelReason.CANCEL_ALL_AFTER)
            self._tell(EventKind.TIMER, account=account, deadline_ns=0, tag=tag)

    def _amend(self, command: Command) -> None:
        new_price, new_quantity = command["price_ticks"], command["quantity_lots"]
        named = command["order"] > 0 or command["client_id"] != b""
        demand(named and new_price >= 0 and new_quantity >= 0, Refusal.MALFORMED)
        order = self._find(command)
        status = self._status_of(order.instrument)
        demand(status != TradingStatus.HALTED, Refusal.HALTED)
        demand(status != TradingStatus.CANCEL_ONLY, Refusal.CANCEL_ONLY)
        self._demand_not_killed(order.account, command["credential"], order.broker, order.instrument)
        new_price, new_quantity = new_price or order.price, new_quantity or order.quantity
        demand((new_price, new_quantity) != (order.price, order.quantity), Refusal.NOTHING_TO_AMEND)
        demand(new_quantity >= self.instruments[order.instrument]["minimum"], Refusal.BELOW_MINIMUM)
        filled = order.quantity - order.remaining
        demand(new_quantity > filled, Refusal.AMEND_BELOW_FILLED)
        keeps_priority = new_price == order.price and new_quantity < order.quantity
        before = (order.price, order.quantity, order.remaining)
        order.price, order.quantity, order.remaining = new_price, new_quantity, new_quantity - filled
        if not keeps_priority:
            try:
                self._demand_within_limits(order)
            except Refused:
                order.price, order.quantity, order.remaining = before
                raise
        needs = self._required(order)
        delta = needs - order.hold
        overflows = needs >= LIMIT or not self._room(order, 0)
        if overflows or delta > self._free(order.account, self._hold_asset(order)):
            order.price, order.quantity, order.remaining = before
            raise Refused(Refusal.OVERFLOW if overflows else Refusal.INSUFFICIENT_FUNDS)
        self._hold(order.account, self._hold_asset(order), delta)
        order.hold = needs
        self.touched.add((order.instrument, order.side, before[0]))
        self._tell(
            EventKind.AMENDED,
            order=order.id,
            instrument=order.instrument,
            hold_delta=delta,
            price_ticks=order.price,
            quantity_lots=order.quantity,
            side=order.side,
            kept_priority=int(keeps_priority),
        )
        if not keeps_priority:
            self.resting.remove(order)
            self._enter(order)

    # --- what can be asked -------------------------------------------------------------------------------------

    def balances(self) -> dict[tuple[int, int], tuple[int, int]]:
        """(account, asset) -> (available, held), where either is not zero."""
        everyone = {key: (self.available.get(key, 0), self.held.get(key, 0)) for key in {*self.available, *self.held}}
        return {key: both for key, both in everyone.items() if any(both)}

    def depth(self, instrument: int) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """Bids and asks as (price_ticks, total_lots, orders), best first."""
        return self._levels(instrument, Side.BUY), self._levels(instrument, Side.SELL)

    def _levels(self, instrument: int, side: int) -> list[tuple[int, int, int]]:
        levels: dict[int, tuple[int, int]] = {}
        for order in self._book(instrument, side):
            lots, orders = levels.get(order.price, (0, 0))
            levels[order.price] = (lots + order.remaining, orders + 1)
        return [(price, lots, orders) for price, (lots, orders) in levels.items()]


def demand(condition: bool, otherwise: Refusal) -> None:
    """Go on only when the condition holds."""
    if not condition:
        raise Refused(otherwise)


def charge(notional: int, rate: int) -> int:
    """A fee: rounded up when charged; a rebate (rate below zero) is rounded towards zero."""
    exact = notional * rate
    if exact >= 0:
        return (exact + RATE_ONE - 1) // RATE_ONE
    return -(-exact // RATE_ONE)


def ceiling(units_e8: int) -> int:
    """Hundred-millionths of a tick as whole ticks, rounded up."""
    return -(-units_e8 // RATE_ONE)


def whole_units(mantissa: int, scale: int, asset_scale: int) -> int:
    """mantissa x 10^-scale of an asset in its ledger units, or BAD_SCALE when that is not a whole number."""
    if mantissa * 10**asset_scale % 10**scale:
        raise Refused(Refusal.BAD_SCALE)
    units = mantissa * 10**asset_scale // 10**scale
    demand(0 < units < LIMIT, Refusal.BAD_SCALE)
    return int(units)


def fillable(order: Order, makers: list[Order]) -> bool:
    """Whether the makers in reach fill the whole order, without one of the same person's."""
    wanted = order.remaining
    for maker in makers:
        if wanted <= 0:
            break
        if maker.person == order.person:
            if order.self_trade == SelfTrade.CANCEL_TAKER:
                return False
        else:
            wanted -= maker.remaining
    return wanted <= 0
