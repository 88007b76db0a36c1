"""What brokers earn, and how it was paid."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from commonbook.storage.metadata import ROW_ID, metadata
from commonbook.storage.types import AmountColumn

accrual_blocks = Table(  # the sides of a batch's fills that are settled with one hour
    "accrual_blocks",
    metadata,
    Column("block", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("hour", BigInteger, nullable=False),  # hours since 1970, by engine time; later when theirs was settled
    Column("format", Integer, nullable=False),  # of the records
    Column("first_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("sides", Integer, nullable=False),
    Column("rows", LargeBinary, nullable=False),  # SIDE records of broker/sides.py
    Index("accrual_blocks_by_hour", "program", "hour"),
    Index("accrual_blocks_by_sequence", "last_sequence"),
)
settlement_hours = Table(
    "settlement_hours",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("last_sequence", BigInteger, nullable=False),  # the range that was frozen
    Column("state", String(16), nullable=False),  # computed, paid, published
    Column("root", String(64), nullable=False),  # over the roots of the hour's statements, in the order of the brokers
)
signed_hours = Table(  # what the host has signed: the root of each hour, chained to the one before it
    "signed_hours",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),  # counted from 1 for each program
    Column("root", String(64), nullable=False),
    Column("text", Text, nullable=False),  # the whole line, as it is published
    UniqueConstraint("program", "number"),
)
settlements = Table(  # a broker's hour; with an account, that of a client who gets a part of its fees back
    "settlements",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("broker", Integer, primary_key=True, autoincrement=False),  # 0: a client's
    Column("account", BigInteger, primary_key=True, autoincrement=False),  # the client's; 0: a broker's
    Column("asset", Integer, primary_key=True, autoincrement=False),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("amount", AmountColumn, nullable=False),
    Column("carried", AmountColumn, nullable=False),  # to the next hour, when it is below the minimum payout
    Column("lines", Integer, nullable=False),
    Column("header", Text, nullable=False),  # the statement's first line: the terms as they were frozen
    Column("root", String(64), nullable=False),  # of the statement
    Column("state", String(16), nullable=False),  # computed, paid, published or carried
    Column("key", String(32), nullable=False),
    Index("settlements_by_hour", "program", "hour"),
)
settlements_carried = Table(  # what each has carried out of its newest hour
    "settlements_carried",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("asset", Integer, primary_key=True, autoincrement=False),
    Column("amount", AmountColumn, nullable=False),
)
