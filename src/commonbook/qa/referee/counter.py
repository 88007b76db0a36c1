"""Orders, cancels, amendments and timers: the checks in their order, and what an accepted one holds.

Rules: docs/rules/refusals.md, docs/rules/counter.md, docs/rules/matching.md.
"""

from commonbook.qa.plain import Command
from commonbook.qa.referee.book import close, enter, hold_asset, queue, remove, required
from commonbook.qa.referee.configuration import demand_user, is_closed, status_of
from commonbook.qa.referee.fees import rates_of
from commonbook.qa.referee.funds import free, hold
from commonbook.qa.referee.protection import (
    demand_listed,
    demand_no_duplicate,
    demand_not_killed,
    demand_within_limits,
    draw_nearer,
    remember,
)
from commonbook.qa.referee.state import LIMIT, Order, Refused, State, demand
from commonbook.records import (
    Attribution,
    CancelReason,
    CancelScope,
    Channel,
    EventKind,
    OrderType,
    Refusal,
    SelfTrade,
    Side,
    SizeIn,
    TradingStatus,
)


def place(state: State, command: Command) -> None:
    check_form(state, command)
    by_quote = command["size_in"] == SizeIn.QUOTE
    demand(command["instrument"] in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    demand_user(state, command["account"])
    demand(command["broker"] == 0 or command["broker"] in state.codes, Refusal.UNKNOWN_BROKER)
    demand(not is_closed(state, command["instrument"]), Refusal.ASSET_CLOSED)
    status = status_of(state, command["instrument"])
    demand(status != TradingStatus.HALTED, Refusal.HALTED)
    demand(status != TradingStatus.CANCEL_ONLY, Refusal.CANCEL_ONLY)
    demand_listed(state, command["account"], command["instrument"])
    demand_not_killed(state, command["account"], command["credential"], command["broker"], command["instrument"])
    both_with_fok = command["order_type"] == OrderType.FOK and command["self_trade"] == SelfTrade.CANCEL_BOTH
    demand(not both_with_fok, Refusal.SELF_TRADE_MODE)
    needs_price = command["order_type"] != OrderType.MARKET or (command["side"] == Side.BUY and not by_quote)
    demand(command["price_ticks"] > 0 or not needs_price, Refusal.BAD_PRICE)
    order = new_order(state, command, by_quote)
    if by_quote:
        demand(command["quote_amount"] > 0, Refusal.BAD_SIZE)
    else:
        demand(command["quantity_lots"] > 0, Refusal.BAD_SIZE)
        demand(command["quantity_lots"] >= state.instruments[order.instrument]["minimum"], Refusal.BELOW_MINIMUM)
    what = (order.side, order.price, order.quantity, order.budget)
    if order.order_type == OrderType.MARKET:
        draw_nearer(state, order)
    demand_within_limits(state, order)
    demand_no_duplicate(state, order, what)
    order.hold = required(state, order)
    demand(order.hold < LIMIT and has_room(state, order, order.remaining), Refusal.OVERFLOW)
    same_id = [o for o in state.resting if o.account == order.account and o.client_id == order.client_id]
    demand(order.client_id == b"" or not same_id, Refusal.DUPLICATE_CLIENT_ID)
    demand(free(state, order.account, hold_asset(state, order)) >= order.hold, Refusal.INSUFFICIENT_FUNDS)
    hold(state, order.account, hold_asset(state, order), order.hold)
    remember(state, order, what)
    state.tell(
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
    enter(state, order)


def check_form(state: State, command: Command) -> None:
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


def new_order(state: State, command: Command, by_quote: bool) -> Order:
    holder = state.accounts[command["account"]]
    maker_rate, taker_rate, subsidised = rates_of(state, command["account"])
    broker, attribution = command["broker"], command["attribution"]
    if broker and not state.codes[broker]["active"]:
        broker, attribution = 0, int(Attribution.CODE_INACTIVE)
    return Order(
        id=state.sequence,
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


def has_room(state: State, order: Order, more: int) -> bool:
    """Whether the live lots of the order's side stay a signed 64-bit number."""
    return sum(other.remaining for other in queue(state, order.instrument, order.side)) + more < 2**63


def find(state: State, command: Command) -> Order:
    """The live order that a cancel or amend names, by its id or else by the account's client id."""
    demand_user(state, command["account"])
    for order in state.resting:
        if command["instrument"] not in (0, order.instrument):
            continue
        by_client_id = command["order"] == 0 and order.client_id == command["client_id"]
        if order.account == command["account"] and (order.id == command["order"] or by_client_id):
            return order
    raise Refused(Refusal.UNKNOWN_ORDER)


def cancel(state: State, command: Command) -> None:
    demand(command["order"] > 0 or command["client_id"] != b"", Refusal.MALFORMED)
    order = find(state, command)
    demand(status_of(state, order.instrument) != TradingStatus.HALTED, Refusal.HALTED)
    remove(state, order)
    close(state, order, CancelReason.USER)


def cancel_all(state: State, command: Command) -> None:
    account, instrument, scope = command["account"], command["instrument"], command["scope"]
    demand(scope in list(CancelScope), Refusal.MALFORMED)
    ended = scope == CancelScope.CREDENTIAL
    demand(not ended or command["credential"] != 0, Refusal.MALFORMED)
    demand(instrument == 0 or instrument in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    demand_user(state, account)
    demand(ended or status_of(state, instrument) != TradingStatus.HALTED, Refusal.HALTED)
    chosen = [o for o in state.resting if o.account == account and instrument in (0, o.instrument)]
    if ended:
        chosen = [o for o in chosen if o.credential == command["credential"]]
    else:
        chosen = [o for o in chosen if status_of(state, o.instrument) != TradingStatus.HALTED]
    for order in sorted(chosen, key=lambda order: order.id):
        remove(state, order)
        close(state, order, CancelReason.DISCONNECTED if ended else CancelReason.USER)
    state.tell(EventKind.CANCELED_ALL, account=account, orders=len(chosen))


def set_timer(state: State, command: Command) -> None:
    account, tag, deadline = command["account"], command["tag"], command["deadline_ns"]
    demand(deadline == 0 or deadline > state.time_ns, Refusal.MALFORMED)
    demand_user(state, account)
    if deadline:
        state.timers[account, tag] = deadline
    else:
        state.timers.pop((account, tag), None)
    state.tell(EventKind.TIMER, account=account, deadline_ns=deadline, tag=tag)


def fire_timers(state: State) -> None:
    """Timers that are due cancel their account's orders before the command that brings the time has any effect."""
    due = [(deadline, account, tag) for (account, tag), deadline in state.timers.items() if deadline <= state.time_ns]
    for _, account, tag in sorted(due):
        del state.timers[account, tag]
        chosen = [o for o in state.resting if o.account == account and tag in (b"", o.tag)]
        for order in sorted(chosen, key=lambda order: order.id):
            remove(state, order)
            close(state, order, CancelReason.CANCEL_ALL_AFTER)
        state.tell(EventKind.TIMER, account=account, deadline_ns=0, tag=tag)


def amend(state: State, command: Command) -> None:
    new_price, new_quantity = command["price_ticks"], command["quantity_lots"]
    named = command["order"] > 0 or command["client_id"] != b""
    demand(named and new_price >= 0 and new_quantity >= 0, Refusal.MALFORMED)
    order = find(state, command)
    status = status_of(state, order.instrument)
    demand(status != TradingStatus.HALTED, Refusal.HALTED)
    demand(status != TradingStatus.CANCEL_ONLY, Refusal.CANCEL_ONLY)
    demand_listed(state, order.account, order.instrument)
    demand_not_killed(state, order.account, command["credential"], order.broker, order.instrument)
    new_price, new_quantity = new_price or order.price, new_quantity or order.quantity
    demand((new_price, new_quantity) != (order.price, order.quantity), Refusal.NOTHING_TO_AMEND)
    demand(new_quantity >= state.instruments[order.instrument]["minimum"], Refusal.BELOW_MINIMUM)
    filled = order.quantity - order.remaining
    demand(new_quantity > filled, Refusal.AMEND_BELOW_FILLED)
    keeps_priority = new_price == order.price and new_quantity < order.quantity
    before = (order.price, order.quantity, order.remaining)
    order.price, order.quantity, order.remaining = new_price, new_quantity, new_quantity - filled
    if not keeps_priority:
        try:
            demand_within_limits(state, order)
        except Refused:
            order.price, order.quantity, order.remaining = before
            raise
    needs = required(state, order)
    delta = needs - order.hold
    overflows = needs >= LIMIT or not has_room(state, order, 0)
    if overflows or delta > free(state, order.account, hold_asset(state, order)):
        order.price, order.quantity, order.remaining = before
        raise Refused(Refusal.OVERFLOW if overflows else Refusal.INSUFFICIENT_FUNDS)
    hold(state, order.account, hold_asset(state, order), delta)
    order.hold = needs
    state.touched.add((order.instrument, order.side, before[0]))
    state.tell(
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
        state.resting.remove(order)
        enter(state, order)
