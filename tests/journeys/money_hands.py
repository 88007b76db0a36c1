"""A day that is closed before anybody comes: fees were paid on it, so that both brands are owed something."""

import time
from pathlib import Path
from typing import Any

from commonbook.clearing.model import DAY_NS
from commonbook.exchange import Exchange
from commonbook.records import Attribution, Channel, CommandKind, OrderType, Side, as_commands, commands
from commonbook.settings import Settings
from commonbook.simulator.demo_brands import SECOND_BRAND, describe
from commonbook.simulator.demo_market import BTC_USDT, KEY_ACCOUNTS, UNIT, standing_book, venue_commands


def past_day(data: Path) -> str:
    """The demo's venue with a trade of the day before yesterday, whose statements are closed; gives its date."""
    with Exchange.open(data, Settings()) as exchange:
        day = time.time_ns() // DAY_NS - 2  # over also in the first minutes of a day

        def send(records: Any, time_ns: int) -> None:
            records["time_ns"] = time_ns
            exchange.submit(records, timed=True)

        send(venue_commands(), day * DAY_NS)
        send(standing_book(), day * DAY_NS + 1)
        describe(exchange.back_office.database)
        orders = commands(CommandKind.ORDER, 1)
        orders["account"], orders["instrument"], orders["order_type"] = (
            KEY_ACCOUNTS[SECOND_BRAND][1],
            BTC_USDT,
            OrderType.IOC,
        )
        orders["side"], orders["price_ticks"], orders["quantity_lots"] = Side.BUY, 78_600, UNIT // 10
        orders["channel"], orders["attribution"] = Channel.API, Attribution.NO_TAG
        orders["client_id"] = b"past"
        send(as_commands(orders), day * DAY_NS + 2)
        send(as_commands(commands(CommandKind.TIME)), time.time_ns())
        exchange.clear(timed=True)
    return time.strftime("%Y-%m-%d", time.gmtime(day * DAY_NS // 10**9))
