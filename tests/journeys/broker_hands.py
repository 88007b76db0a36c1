"""The demo's broker as a person of a brand, and hours of its that were settled before anybody came."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from commonbook.exchange import Exchange
from commonbook.identity.sealing import Seal
from commonbook.people import directory
from commonbook.people.passwords import Passwords
from commonbook.records import Attribution, Channel, CommandKind, OrderType, Side, as_commands, commands
from commonbook.settings import PeopleSettings, Settings
from commonbook.simulator.demo_brands import SECOND_BRAND, describe
from commonbook.simulator.demo_market import (
    BROKER,
    BROKER_CODE,
    BROKER_PAYOUT,
    BTC_USDT,
    KEY_ACCOUNTS,
    UNIT,
    standing_book,
    venue_commands,
)
from commonbook.units import HOUR_NS

PASSWORD = "a long enough password"
CLIENT_ACCOUNT = KEY_ACCOUNTS[SECOND_BRAND][1]  # whose key is associated with the broker's code


def broker_person(database: Engine, seal: Seal, email: str) -> int:
    """A user of the second brand, to whose account the broker's code pays."""
    with ThreadPoolExecutor(1) as pool:  # the browser has a loop of its own in this thread
        hashed = pool.submit(lambda: asyncio.run(Passwords(PeopleSettings()).hash(PASSWORD))).result()
    with database.begin() as connection:
        person = directory.add(
            connection, seal, SECOND_BRAND, email, hashed, state=directory.ACTIVE, account=BROKER_PAYOUT
        )
    return person.id


def past_hours(data: Path, hours: int = 3, fills: int = 6) -> None:
    """The demo's venue, with some fills under the broker's code in each of the hours before the last one, settled."""
    with Exchange.open(data, Settings()) as exchange:
        now = time.time_ns() // HOUR_NS
        first = now - hours - 1

        def send(records: Any, time_ns: int) -> None:
            records["time_ns"] = time_ns
            exchange.submit(records, timed=True)

        send(venue_commands(), first * HOUR_NS)
        send(standing_book(), first * HOUR_NS + 1)
        describe(exchange.back_office.database)
        for hour in range(first, first + hours):
            orders = commands(CommandKind.ORDER, fills)
            orders["account"], orders["instrument"], orders["order_type"] = CLIENT_ACCOUNT, BTC_USDT, OrderType.IOC
            orders["broker"], orders["attribution"], orders["tag"] = BROKER, Attribution.BROKER, BROKER_CODE.encode()
            orders["channel"] = np.where(np.arange(fills) == fills - 1, Channel.WEB, Channel.API)
            orders["side"] = np.where(np.arange(fills) % 2, Side.SELL, Side.BUY)
            orders["price_ticks"] = np.where(np.arange(fills) % 2, 78_000, 78_600)
            orders["quantity_lots"] = (np.arange(fills) + 1 + hour - first) * UNIT // 100
            orders["client_id"] = [f"past{hour}{number}".encode() for number in range(fills)]
            send(as_commands(orders), hour * HOUR_NS + 60 * 10**9)
        send(as_commands(commands(CommandKind.TIME)), time.time_ns())
        exchange.settle(timed=True)
