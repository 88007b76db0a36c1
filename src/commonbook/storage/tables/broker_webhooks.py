"""How far brokers that have endpoints were told of what happens to them."""

from sqlalchemy import BigInteger, Column, Integer, Table

from commonbook.storage.metadata import metadata

broker_webhooks = Table(  # one for each broker that ever had an endpoint
    "broker_webhooks",
    metadata,
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("next_hour", BigInteger, nullable=False),  # settled hours before it were told of
    Column("notice", BigInteger, nullable=False),  # the newest that was told
    Column("grant_id", BigInteger, nullable=False),  # the newest that was told of
    Column("ended_ns", BigInteger, nullable=False),  # grants that ended before it were told of
)
