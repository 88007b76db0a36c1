"""The tables of trading. Amounts are ledger units, times engine nanoseconds, names as in docs/glossary.md.

Those of people, brands and their administration are in `tables/`, a module for each folder that keeps them.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from commonbook.storage.metadata import ROW_ID, metadata
from commonbook.storage.types import AmountColumn

REVISION = "0023"  # of the newest migration

positions = Table(
    "positions",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)

# -- what is traded, and by whom ----------------------------------------------------------------------------------

venue_commands = Table(  # configuration as it was accepted; the venue is rebuilt from it
    "venue_commands",
    metadata,
    Column("sequence", BigInteger, primary_key=True),
    Column("record", Text, nullable=False),  # the command's bytes in hexadecimal
)
index_prices = Table(
    "index_prices",
    metadata,
    Column("sequence", BigInteger, primary_key=True),
    Column("time_ns", BigInteger, nullable=False),
    Column("asset", Integer, nullable=False),
    Column("quote_asset", Integer, nullable=False),
    Column("price_e8", BigInteger, nullable=False),
    Index("index_prices_by_pair", "asset", "quote_asset", "sequence"),
)

# -- ledger -------------------------------------------------------------------------------------------------------

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("entry", ROW_ID, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("sequence", BigInteger, nullable=False),  # of the command that caused it, or the first of the range
    Column("event_index", Integer, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("lines", LargeBinary, nullable=False),  # the postings: LINE records of ledger/model.py
)
ledger_balances = Table(  # of users some batches together: ledger/service.py
    "ledger_balances",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("asset", Integer, primary_key=True),
    Column("amount", AmountColumn, nullable=False),
)

# -- what accounts see of their orders ----------------------------------------------------------------------------

orders = Table(
    "orders",
    metadata,
    Column("order_id", BigInteger, primary_key=True),
    Column("account", BigInteger, nullable=False),
    Column("instrument", Integer, nullable=False),
    Column("side", Integer, nullable=False),
    Column("order_type", Integer, nullable=False),
    Column("self_trade", Integer, nullable=False),
    Column("size_in", Integer, nullable=False),
    Column("channel", Integer, nullable=False),
    Column("price_ticks", BigInteger, nullable=False),
    Column("quantity_lots", BigInteger, nullable=False),
    Column("quote_amount", AmountColumn, nullable=False),
    Column("client_id", String(32), nullable=False),
    Column("tag", String(16), nullable=False),
    Column("broker", Integer, nullable=False),
    Column("attribution", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # live, partially_filled, filled, canceled
    Column("cancel_reason", Integer, nullable=False),
    Column("filled_lots", BigInteger, nullable=False),
    Column("filled_notional", AmountColumn, nullable=False),
    Column("fee", AmountColumn, nullable=False),  # above zero: charged
    Column("last_trade", BigInteger, nullable=False),
    Column("last_price_ticks", BigInteger, nullable=False),
    Column("last_lots", BigInteger, nullable=False),
    Column("last_fill_ns", BigInteger, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("updated_ns", BigInteger, nullable=False),
    Index("orders_by_account", "account", "order_id"),
    Index("orders_by_client_id", "account", "client_id"),
)
fills = Table(
    "fills",
    metadata,
    Column("fill", ROW_ID, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("event_index", Integer, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("trade", BigInteger, nullable=False),
    Column("instrument", Integer, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("side", Integer, nullable=False),
    Column("role", String(5), nullable=False),  # taker, maker
    Column("price_ticks", BigInteger, nullable=False),
    Column("quantity_lots", BigInteger, nullable=False),
    Column("notional", AmountColumn, nullable=False),
    Column("fee", AmountColumn, nullable=False),
    Column("client_id", String(32), nullable=False),
    Column("tag", String(16), nullable=False),
    Index("fills_by_account", "account", "fill"),
    Index("fills_by_order", "order_id"),
)
bills = Table(
    "bills",
    metadata,
    Column("bill", ROW_ID, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("asset", Integer, nullable=False),
    Column("kind", String(16), nullable=False),  # buy, sell, deposit, withdrawal, or a transfer: history.TRANSFERS
    Column("change", AmountColumn, nullable=False),
    Column("balance", AmountColumn, nullable=False),  # available and held together, after
    Column("fee", AmountColumn, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("trade", BigInteger, nullable=False),
    Column("instrument", Integer, nullable=False),
    Column("price_ticks", BigInteger, nullable=False),
    Column("quantity_lots", BigInteger, nullable=False),
    Column("role", String(5), nullable=False),
    Index("bills_by_account", "account", "bill"),
)
transfers = Table(
    "transfers",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),  # the transfer's number
    Column("time_ns", BigInteger, nullable=False),
    Column("asset", Integer, nullable=False),
    Column("account", BigInteger, nullable=False),  # who paid
    Column("to_account", BigInteger, nullable=False),
    Column("amount", AmountColumn, nullable=False),
    Column("key", String(64), nullable=False, unique=True),  # the idempotency key's bytes in hexadecimal
    Index("transfers_by_account", "account", "sequence"),
    Index("transfers_by_to_account", "to_account", "sequence"),
)
transfer_names = Table(  # what clients call their transfers; written before the transfer is sent
    "transfer_names",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("client_id", String(32), nullable=False),
)

# -- what everybody sees ------------------------------------------------------------------------------------------

trades = Table(
    "trades",
    metadata,
    Column("instrument", Integer, primary_key=True),
    Column("trade", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("price_ticks", BigInteger, nullable=False),
    Column("quantity_lots", BigInteger, nullable=False),
    Column("taker_side", Integer, nullable=False),
)
candles = Table(  # one minute; longer bars are made of these
    "candles",
    metadata,
    Column("instrument", Integer, primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),  # minutes since 1970
    Column("open_ticks", BigInteger, nullable=False),
    Column("high_ticks", BigInteger, nullable=False),
    Column("low_ticks", BigInteger, nullable=False),
    Column("close_ticks", BigInteger, nullable=False),
    Column("lots", AmountColumn, nullable=False),
    Column("notional", AmountColumn, nullable=False),
)
index_candles = Table(  # one minute of an index price; longer bars are made of these
    "index_candles",
    metadata,
    Column("asset", Integer, primary_key=True),
    Column("quote_asset", Integer, primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("open_e8", BigInteger, nullable=False),
    Column("high_e8", BigInteger, nullable=False),
    Column("low_e8", BigInteger, nullable=False),
    Column("close_e8", BigInteger, nullable=False),
)
market_days = Table(  # what is in files: a day's trades and candles are there or in the two tables above, never in both
    "market_days",
    metadata,
    Column("instrument", Integer, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),  # days since 1970, UTC
    Column("trades", BigInteger, nullable=False),
    Column("first_trade", BigInteger, nullable=False),
    Column("last_trade", BigInteger, nullable=False),
    Column("minutes", Integer, nullable=False),  # candles
)

# -- clearing -----------------------------------------------------------------------------------------------------

brand_hours = Table(
    "brand_hours",
    metadata,
    Column("brand", Integer, primary_key=True),
    Column("quote_asset", Integer, primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),  # hours since 1970
    Column("fills", BigInteger, nullable=False),
    Column("internal_fills", BigInteger, nullable=False),
    Column("side_volume", AmountColumn, nullable=False),
    Column("attributed_volume", AmountColumn, nullable=False),
    Column("fees_collected", AmountColumn, nullable=False),
    Column("rebates_paid", AmountColumn, nullable=False),
    Column("commission", AmountColumn, nullable=False),
    Column("host_fee", AmountColumn, nullable=False),
    Column("revenue", AmountColumn, nullable=False),
    Column("subsidy", AmountColumn, nullable=False),
)
book_hours = Table(
    "book_hours",
    metadata,
    Column("quote_asset", Integer, primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("trades", BigInteger, nullable=False),
    Column("volume", AmountColumn, nullable=False),
)

# -- credentials --------------------------------------------------------------------------------------------------

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("credential", BigInteger, nullable=False, unique=True),
    Column("account", BigInteger, nullable=False, index=True),
    Column("brand", Integer, nullable=False),
    Column("csrf_hash", String(64), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("user_id", BigInteger, nullable=False, server_default="0", index=True),  # 0: of the account alone
    Column("proved_ns", BigInteger, nullable=False, server_default="0"),  # when a second factor was last shown
    Column("seen_ns", BigInteger, nullable=False, server_default="0"),  # about when it was last used
    Column("device", Text, nullable=False, server_default=""),  # sealed: what the browser calls itself, and from where
)
web_tickets = Table(  # each logs one WebSocket in
    "web_tickets",
    metadata,
    Column("ticket_hash", String(64), primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
)
api_keys = Table(
    "api_keys",
    metadata,
    Column("api_key", String(36), primary_key=True),
    Column("credential", BigInteger, nullable=False, unique=True),
    Column("account", BigInteger, nullable=False),
    Column("brand", Integer, nullable=False),
    Column("label", String(64), nullable=False),
    Column("permissions", String(64), nullable=False),
    Column("ip_list", Text, nullable=False),
    Column("sealed_secret", Text, nullable=False),
    Column("passphrase_hash", String(64), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("user_id", BigInteger, nullable=False, server_default="0", index=True),  # who made it; 0: the host's command
)
key_brokers = Table(
    "key_brokers",
    metadata,
    Column("api_key", String(36), primary_key=True),
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("held", Boolean, nullable=False, server_default=false()),  # the broker has it: it works from there alone
)

# How often keys have changed, counted by triggers on both tables: whoever remembers keys sees one small number.
key_changes = Table(
    "key_changes",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("count", BigInteger, nullable=False),
)

# -- sub-accounts -------------------------------------------------------------------------------------------------

subaccounts = Table(
    "subaccounts",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("master", BigInteger, nullable=False),
    Column("name", String(20), nullable=False),  # unique among the master's
    Column("label", String(50), nullable=False),
    Column("can_transfer_out", Boolean, nullable=False),  # to the master's other sub-accounts, with its own keys
    Column("opened", Boolean, nullable=False),  # the engine has taken the account
    Column("created_ns", BigInteger, nullable=False),
    Column("broker", Integer, nullable=False, server_default="0"),  # whose orders here all are; 0: an ordinary one
    Column("closed_ns", BigInteger, nullable=False, server_default="0"),  # 0: it is open; its name is not given again
    UniqueConstraint("master", "name", name="subaccounts_by_name"),
)
