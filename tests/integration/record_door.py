"""Short words for the tests of the record door."""

from typing import Any

from integration.serving import Server

from commonbook.client import RecordClient
from commonbook.records import CommandKind, OrderType, Records, SelfTrade, Side, commands

BTC_USDT = 1
FAR = 70_000  # ticks: below every price of the demo's book, so an order rests there


def orders(*client_ids: str, **fields: Any) -> Records:
    """Limit buys that rest; fields of the record change that."""
    made = commands(CommandKind.ORDER, len(client_ids))
    made["side"], made["order_type"], made["self_trade"] = Side.BUY, OrderType.LIMIT, SelfTrade.CANCEL_MAKER
    made["price_ticks"], made["quantity_lots"], made["instrument"] = FAR, 1_000, BTC_USDT
    made["client_id"] = [one.encode() for one in client_ids]
    for name, value in fields.items():
        made[name] = value
    return made


def cancels(*client_ids: str) -> Records:
    made = commands(CommandKind.CANCEL, len(client_ids))
    made["instrument"], made["client_id"] = BTC_USDT, [one.encode() for one in client_ids]
    return made


def connect(server: Server, number: int = 0, **options: Any) -> RecordClient:
    """A session of the demo's key `number`."""
    account = server.ready["accounts"][number]
    address = options.pop("address", server.ready["records"]["unix"])
    return RecordClient.open(address, account["api_key"], account["api_secret"], **options)
