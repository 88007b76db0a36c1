"""Bands, limits and switches. Rules: docs/rules/protection.md."""

from commonbook.qa.plain import Command
from commonbook.qa.referee.book import close, queue, remove
from commonbook.qa.referee.configuration import demand_user, tell_config
from commonbook.qa.referee.state import RATE_ONE, Order, State, demand
from commonbook.records import CancelReason, KillScope, ListingMode, OrderType, Refusal, Side


def set_limits(state: State, command: Command) -> None:
    inner, outer = command["band_e8"], command["band_max_e8"]
    demand((inner, outer) == (0, 0) or 0 < inner <= outer < RATE_ONE, Refusal.MALFORMED)
    demand(command["largest_lots"] >= 0 and command["largest_notional"] >= 0, Refusal.MALFORMED)
    demand(command["instrument"] in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    state.limits[command["instrument"]] = command
    tell_config(state, command)


def set_reference(state: State, command: Command) -> None:
    demand(command["reference_ticks"] >= 0, Refusal.MALFORMED)
    demand(command["instrument"] in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    state.references[command["instrument"]] = (command["reference_ticks"], command["premium_ticks"])
    tell_config(state, command)


def switch(state: State, command: Command) -> None:
    scope, target, active = command["scope"], command["target"], command["active"]
    demand(scope in list(KillScope) and active in (0, 1), Refusal.MALFORMED)
    demand((target == 0) == (scope == KillScope.VENUE), Refusal.MALFORMED)
    if scope == KillScope.ACCOUNT:
        demand_user(state, target)
    demand(scope != KillScope.BROKER or target in state.codes, Refusal.UNKNOWN_BROKER)
    demand(scope != KillScope.BRAND or target in state.brands, Refusal.UNKNOWN_BRAND)
    demand(scope != KillScope.INSTRUMENT or target in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    tell_config(state, command)
    if not active:
        state.kills.discard((scope, target))
        return
    state.kills.add((scope, target))
    for order in sorted(state.resting, key=lambda order: order.id):
        if (scope, target) in scopes_of(state, order.account, order.credential, order.broker, order.instrument):
            remove(state, order)
            close(state, order, CancelReason.KILLED)


def scopes_of(state: State, account: int, credential: int, broker: int, instrument: int) -> list[tuple[int, int]]:
    """Every switch that would stop this order."""
    holder = state.accounts[account]
    return [
        (KillScope.CREDENTIAL, credential),
        (KillScope.ACCOUNT, account),
        (KillScope.PERSON, holder["person"]),
        (KillScope.BROKER, broker),
        (KillScope.BRAND, holder["brand"]),
        (KillScope.INSTRUMENT, instrument),
        (KillScope.VENUE, 0),
    ]


def demand_not_killed(state: State, account: int, credential: int, broker: int, instrument: int) -> None:
    scopes = scopes_of(state, account, credential, broker, instrument)
    demand(not any(scope in state.kills for scope in scopes), Refusal.KILLED)


def set_listing(state: State, command: Command) -> None:
    mode, brand, instrument = command["mode"], command["brand"], command["instrument"]
    demand(mode in list(ListingMode), Refusal.MALFORMED)
    demand(brand in state.brands, Refusal.UNKNOWN_BRAND)
    demand(instrument in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    demand(brand < 65_536, Refusal.OVERFLOW)
    tell_config(state, command)
    if mode == ListingMode.OPEN:
        state.closed.discard((brand, instrument))
        return
    state.closed.add((brand, instrument))
    for order in sorted(state.resting, key=lambda order: order.id):
        if (order.brand, order.instrument) == (brand, instrument):
            remove(state, order)
            close(state, order, CancelReason.DELISTED)


def demand_listed(state: State, account: int, instrument: int) -> None:
    demand((state.accounts[account]["brand"], instrument) not in state.closed, Refusal.NOT_LISTED)


def band_of(state: State, instrument: int) -> tuple[int, int] | None:
    """The highest price of a buy and the lowest of a sell; nothing where there is no band."""
    limits, (index, premium) = state.limits.get(instrument), state.references.get(instrument, (0, 0))
    if limits is None or index == 0 or limits["band_e8"] == 0:
        return None
    inner, outer = limits["band_e8"], limits["band_max_e8"]
    upper = min(max(index, index * (RATE_ONE + inner) // RATE_ONE + premium), index * (RATE_ONE + outer) // RATE_ONE)
    lower = max(
        min(index, ceiling(index * (RATE_ONE - inner)) + premium),
        ceiling(index * (RATE_ONE - outer)),
    )
    return min(upper, 2**63 - 1), lower


def anchor_of(state: State, instrument: int, side: int) -> int:
    """The best opposite price, else the last one, else 0."""
    opposite = queue(state, instrument, Side.SELL if side == Side.BUY else Side.BUY)
    return opposite[0].price if opposite else state.last_prices.get(instrument, 0)


def farthest_price(state: State, instrument: int, side: int) -> int | None:
    """The worst price that the largest deviation leaves to an order of this side."""
    deviation = state.limits.get(instrument, {}).get("deviation_e8", 0)
    anchor = anchor_of(state, instrument, side)
    if deviation == 0 or anchor == 0:
        return None
    if side == Side.BUY:
        return int(anchor * (RATE_ONE + deviation) // RATE_ONE)
    return max(ceiling(anchor * (RATE_ONE - deviation)), 0)


def draw_nearer(state: State, order: Order) -> None:
    """A market order's worst price is inside the band and not too far away."""
    band, farthest = band_of(state, order.instrument), farthest_price(state, order.instrument, order.side)
    upper, lower = band or (None, None)
    if order.side == Side.BUY:
        order.price = min(price for price in (order.price or None, upper, farthest, 2**63 - 1) if price is not None)
    else:
        order.price = max(price for price in (order.price, lower, farthest) if price is not None)


def demand_within_limits(state: State, order: Order) -> None:
    market = order.order_type == OrderType.MARKET
    band, farthest = band_of(state, order.instrument), farthest_price(state, order.instrument, order.side)
    if band is not None and not market:
        demand(order.side == Side.SELL or order.price <= band[0], Refusal.PRICE_ABOVE_BAND)
        demand(order.side == Side.BUY or order.price >= band[1], Refusal.PRICE_BELOW_BAND)
    if farthest is not None and not market:
        near = order.price <= farthest if order.side == Side.BUY else order.price >= farthest
        demand(near, Refusal.PRICE_TOO_FAR)
    limits = state.limits.get(order.instrument)
    if limits is None:
        return
    demand(limits["largest_lots"] == 0 or order.quantity <= limits["largest_lots"], Refusal.SIZE_ABOVE_LIMIT)
    price = order.price
    if order.side == Side.SELL:
        price = max(price, anchor_of(state, order.instrument, order.side))
    notional = price * order.quantity * state.instruments[order.instrument]["minor_per_tick_lot"]
    notional = order.budget if order.by_quote else notional
    allowed = limits["largest_notional"]
    demand(allowed == 0 or notional <= allowed, Refusal.NOTIONAL_ABOVE_LIMIT)


def demand_no_duplicate(state: State, order: Order, what: tuple[int, ...]) -> None:
    if state.limits.get(order.instrument, {}).get("duplicate_ms", 0) == 0:
        return
    last, until = state.last_orders.get((order.account, order.instrument), ((), 0))
    demand(last != what or state.time_ns >= until, Refusal.DUPLICATE_ORDER)


def remember(state: State, order: Order, what: tuple[int, ...]) -> None:
    window_ms = state.limits.get(order.instrument, {}).get("duplicate_ms", 0)
    if window_ms:
        until = min(state.time_ns + window_ms * 1_000_000, 2**63 - 1)
        state.last_orders[order.account, order.instrument] = (what, until)


def ceiling(units_e8: int) -> int:
    """Hundred-millionths of a tick as whole ticks, rounded up."""
    return -(-units_e8 // RATE_ONE)
