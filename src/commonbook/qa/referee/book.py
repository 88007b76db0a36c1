"""The books: who meets whom, at which price, and what a trade moves. Rules: docs/rules/matching.md."""

from commonbook.qa.referee.fees import charge
from commonbook.qa.referee.funds import add, free, hold
from commonbook.qa.referee.state import Order, State
from commonbook.records import (
    FEE_POOL_ACCOUNT,
    SUBSIDY_ACCOUNT,
    CancelReason,
    EventKind,
    FillRole,
    OrderType,
    SelfTrade,
    Side,
)


def queue(state: State, instrument: int, side: int) -> list[Order]:
    """The resting orders of one side, best price first, then the first come."""
    orders = [order for order in state.resting if order.instrument == instrument and order.side == side]
    direction = -1 if side == Side.BUY else 1
    return sorted(orders, key=lambda order: (direction * order.price, order.arrival))


def levels(state: State, instrument: int, side: int) -> list[tuple[int, int, int]]:
    levels: dict[int, tuple[int, int]] = {}
    for order in queue(state, instrument, side):
        lots, orders = levels.get(order.price, (0, 0))
        levels[order.price] = (lots + order.remaining, orders + 1)
    return [(price, lots, orders) for price, (lots, orders) in levels.items()]


def tell_levels(state: State) -> None:
    """One event for each price at which a resting order came, went or changed, with what now rests there."""
    for instrument, side, price in sorted(state.touched):
        there = [order for order in queue(state, instrument, side) if order.price == price]
        state.tell(
            EventKind.LEVEL,
            instrument=instrument,
            side=side,
            price_ticks=price,
            total_lots=sum(order.remaining for order in there),
            orders=len(there),
        )


def in_reach(state: State, order: Order) -> list[Order]:
    """The resting orders that this order's price crosses, in the order in which it would meet them."""
    if order.side == Side.BUY:
        makers = queue(state, order.instrument, Side.SELL)
        return [maker for maker in makers if order.price == 0 or maker.price <= order.price]
    makers = queue(state, order.instrument, Side.BUY)
    return [maker for maker in makers if maker.price >= order.price]


def enter(state: State, order: Order) -> None:
    """Through the book: match what crosses, then rest or cancel what is left."""
    makers = in_reach(state, order)
    if order.order_type == OrderType.POST_ONLY and makers:
        close(state, order, CancelReason.POST_ONLY_WOULD_CROSS)
        return
    if order.order_type == OrderType.FOK and not fillable(order, makers):
        close(state, order, CancelReason.FOK_UNFILLABLE)
        return
    bought_something = False
    for maker in makers:
        if not order.by_quote and order.remaining == 0:
            break
        if order.by_quote and lots_for(state, order, maker) == 0:
            break
        if maker.person == order.person:
            if order.self_trade in (SelfTrade.CANCEL_MAKER, SelfTrade.CANCEL_BOTH):
                remove(state, maker)
                close(state, maker, CancelReason.SELF_TRADE)
            if order.self_trade in (SelfTrade.CANCEL_TAKER, SelfTrade.CANCEL_BOTH):
                close(state, order, CancelReason.SELF_TRADE)
                return
            continue
        fill(state, order, maker)
        bought_something = True
    if order.by_quote:
        stopped_short = any(lots_for(state, order, maker) == 0 for maker in in_reach(state, order)[:1])
        spent = bought_something and (order.budget == 0 or stopped_short)
        close(state, order, CancelReason.QUOTE_SPENT if spent else CancelReason.IOC_REMAINDER)
    elif order.remaining == 0:
        return
    elif order.order_type in (OrderType.LIMIT, OrderType.POST_ONLY):
        rest(state, order)
    else:
        close(state, order, CancelReason.IOC_REMAINDER)


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


def lots_for(state: State, order: Order, maker: Order) -> int:
    """How many lots of this maker the rest of a quote-sized order's budget buys."""
    lot_costs = maker.price * state.instruments[order.instrument]["minor_per_tick_lot"]
    return int(min(maker.remaining, order.budget // lot_costs))


def fill(state: State, taker: Order, maker: Order) -> None:
    """One trade at the maker's price: both sides settle and pay; what is spare of the buyer's hold goes back."""
    instrument = state.instruments[taker.instrument]
    quote, base = instrument["quote"], instrument["base"]
    lots = lots_for(state, taker, maker) if taker.by_quote else min(taker.remaining, maker.remaining)
    notional = maker.price * lots * instrument["minor_per_tick_lot"]
    buyer, seller = (taker, maker) if taker.side == Side.BUY else (maker, taker)
    for order in (taker, maker):
        if order.by_quote:
            order.budget -= notional
        else:
            order.remaining -= lots
    fees = {taker.id: charge(notional, taker.taker_rate), maker.id: charge(notional, maker.maker_rate)}
    rest_needs = required(state, buyer)
    spare = buyer.hold - notional - rest_needs + free(state, buyer.account, quote)
    fees[buyer.id] = min(fees[buyer.id], spare)
    deficit = -(fees[taker.id] + fees[maker.id])
    if deficit > 0:
        covered = min(deficit, free(state, SUBSIDY_ACCOUNT, quote)) if maker.subsidised else 0
        fees[maker.id] += deficit - covered
        add(state, state.available, SUBSIDY_ACCOUNT, quote, -covered)
        add(state, state.available, FEE_POOL_ACCOUNT, quote, covered)
    add(state, state.available, FEE_POOL_ACCOUNT, quote, fees[taker.id] + fees[maker.id])

    released = buyer.hold - notional - max(fees[buyer.id], 0) - rest_needs
    add(state, state.held, buyer.account, quote, rest_needs - buyer.hold)
    add(state, state.available, buyer.account, quote, released + max(-fees[buyer.id], 0))
    add(state, state.available, buyer.account, base, lots * instrument["lot_minor"])
    buyer.hold = rest_needs
    add(state, state.held, seller.account, base, -lots * instrument["lot_minor"])
    add(state, state.available, seller.account, quote, notional - fees[seller.id])
    seller.hold -= lots * instrument["lot_minor"]

    state.touched.add((maker.instrument, maker.side, maker.price))
    if maker.remaining == 0:
        remove(state, maker)
    state.trades[taker.instrument] = state.trades.get(taker.instrument, 0) + 1
    state.last_prices[taker.instrument] = maker.price
    state.tell(
        EventKind.FILL,
        trade=state.trades[taker.instrument],
        instrument=taker.instrument,
        taker_side=taker.side,
        price_ticks=maker.price,
        quantity_lots=lots,
        buyer_released=released,
    )
    for role, order in ((FillRole.TAKER, taker), (FillRole.MAKER, maker)):
        state.tell(
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


def rest(state: State, order: Order) -> None:
    state.arrivals += 1
    order.arrival = state.arrivals
    state.resting.append(order)
    state.touched.add((order.instrument, order.side, order.price))
    state.tell(
        EventKind.RESTING,
        order=order.id,
        account=order.account,
        instrument=order.instrument,
        side=order.side,
        price_ticks=order.price,
        remaining_lots=order.remaining,
    )


def remove(state: State, order: Order) -> None:
    state.resting.remove(order)
    state.touched.add((order.instrument, order.side, order.price))


def close(state: State, order: Order, reason: CancelReason) -> None:
    """The end of an order that is not (or no longer) on the book: its hold goes back."""
    hold(state, order.account, hold_asset(state, order), -order.hold)
    state.tell(
        EventKind.CANCELED,
        reason,
        order=order.id,
        account=order.account,
        instrument=order.instrument,
        released=order.hold,
        remaining_lots=order.remaining,
        side=order.side,
    )


def required(state: State, order: Order) -> int:
    """What must be held for what is left of an order, in the asset it pays with."""
    instrument = state.instruments[order.instrument]
    if order.side == Side.SELL:
        return int(order.remaining * instrument["lot_minor"])
    by_lots = order.price * order.remaining * instrument["minor_per_tick_lot"]
    notional = order.budget if order.by_quote else by_lots
    return notional + charge(notional, max(order.taker_rate, order.maker_rate, 0))


def hold_asset(state: State, order: Order) -> int:
    instrument = state.instruments[order.instrument]
    return int(instrument["quote"] if order.side == Side.BUY else instrument["base"])
