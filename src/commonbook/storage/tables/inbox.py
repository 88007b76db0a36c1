"""What users are told at the exchange's own pages, how far they have read, and the prices that they wait for."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from commonbook.storage.metadata import ROW_ID, metadata

inbox_notices = Table(
    "inbox_notices",
    metadata,
    Column("notice", ROW_ID, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("time_ns", BigInteger, nullable=False, index=True),  # the wall's
    Column("details", Text, nullable=False),  # JSON
    Column("sealed", Boolean, nullable=False),  # the details, under the user's own key
    Index("inbox_notices_by_user", "user_id", "notice"),
)
inboxes = Table(  # of who has read or set anything
    "inboxes",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("read_ns", BigInteger, nullable=False),  # of the newest that was read, by the wall's clock
    Column("read_engine_ns", BigInteger, nullable=False),  # and of what engine time is told of
    Column("read_hour", BigInteger, nullable=False),  # and of the hours that brokers are paid for
    Column("off", String(200), nullable=False),  # what is not told, with commas between
)
price_alerts = Table(  # those that wait; one that has come is a notice
    "price_alerts",
    metadata,
    Column("alert", ROW_ID, primary_key=True),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("instrument", Integer, nullable=False, index=True),
    Column("price_ticks", BigInteger, nullable=False),
    Column("rises", Boolean, nullable=False),  # it is above the price that it was made at
    Column("created_ns", BigInteger, nullable=False),
    Column("after_trade", BigInteger, nullable=False),  # the newest that was looked at
)
made = (inbox_notices, inboxes, price_alerts)
