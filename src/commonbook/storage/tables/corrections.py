"""Busted trades and corrected commissions: what was agreed, and what the journal has made of it.

What was agreed is in no journal and belongs in every backup; all else is built anew from both.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from commonbook.storage.metadata import ROW_ID, metadata
from commonbook.storage.types import AmountColumn

busts_agreed = Table(  # one for each fill, ever
    "busts_agreed",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),  # of the fill
    Column("event_index", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),  # the approval's, or the host's own at the console
    Column("reason", String(200), nullable=False),
    Column("asked_by", String(40), nullable=False),
    Column("approved_by", String(40), nullable=False),
)
corrections_agreed = Table(
    "corrections_agreed",
    metadata,
    Column("correction", BigInteger, primary_key=True, autoincrement=False),  # the number that its transfers' keys have
    Column("key", String(64), nullable=False),  # whoever asks twice with one means one
    Column("broker", Integer, nullable=False),
    Column("amount", AmountColumn, nullable=False),  # payout asset; above zero: the broker is credited more
    Column("about", String(8), nullable=False),  # fill, hour, client
    Column("subject", String(48), nullable=False),  # fill and role, an hour since 1970, an account
    Column("reason", String(200), nullable=False),
    Column("asked_by", String(40), nullable=False),
    Column("approved_by", String(40), nullable=False),
    UniqueConstraint("key", name="corrections_agreed_by_key"),
)
busts = Table(  # fills that were busted, and how far what was exchanged has gone back
    "busts",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),  # of the fill
    Column("event_index", Integer, primary_key=True, autoincrement=False),
    Column("at_sequence", BigInteger, nullable=False),  # of the command that busted it
    Column("time_ns", BigInteger, nullable=False),
    Column("fill_ns", BigInteger, nullable=False),
    Column("instrument", Integer, nullable=False),
    Column("brand", Integer, nullable=False),  # the taker's: through its account the money goes back
    Column("buyer", BigInteger, nullable=False),
    Column("seller", BigInteger, nullable=False),
    Column("taker", BigInteger, nullable=False),
    Column("maker", BigInteger, nullable=False),
    Column("lots", BigInteger, nullable=False),
    Column("price_ticks", BigInteger, nullable=False),
    Column("taker_fee", AmountColumn, nullable=False),
    Column("maker_fee", AmountColumn, nullable=False),
    Column("lots_returned", BigInteger, nullable=False),
    Column("taker_returned", AmountColumn, nullable=False),  # of the fee, as it was charged or paid
    Column("maker_returned", AmountColumn, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("is_whole", Boolean, nullable=False),  # all is back where it was
    Column("months", Text, nullable=False),  # JSON: what of a counted day it has changed, or would have
    Index("busts_by_time", "at_sequence"),
    Index("busts_by_whole", "is_whole"),
)
reversals = Table(  # lines of statements that take back or add to what earlier lines have said
    "reversals",
    metadata,
    Column("reversal", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("hour", BigInteger, nullable=False),  # in which it stands: that of its command
    Column("sequence", BigInteger, nullable=False),  # of the command
    Column("time_ns", BigInteger, nullable=False),
    Column("kind", String(10), nullable=False),  # bust, correction
    Column("number", BigInteger, nullable=False),  # of the approval; of a correction its own
    Column("code", Integer, nullable=False),  # under whose code the fill came; else whose is corrected
    Column("broker", Integer, nullable=False),  # whose line it is; 0: a client's
    Column("account", BigInteger, nullable=False),  # the client's
    Column("of_hour", BigInteger, nullable=False),  # by engine time, of what is reversed or corrected
    Column("fill_sequence", BigInteger, nullable=False),  # 0: about no fill
    Column("fill_index", Integer, nullable=False),
    Column("role", Integer, nullable=False),  # FillRole; 0: about no side
    Column("commission", AmountColumn, nullable=False),  # quote units of the fill; of a correction payout asset
    Column("paid", AmountColumn, nullable=False),  # payout asset
    Column("client", BigInteger, nullable=False),  # whose fill it was, or whom a correction is about; 0: nobody
    Column("text", Text, nullable=False),  # the line as its statement has it
    Index("reversals_by_hour", "program", "hour"),
    Index("reversals_by_fill", "fill_sequence"),
)
made = (busts_agreed, corrections_agreed, busts, reversals)
