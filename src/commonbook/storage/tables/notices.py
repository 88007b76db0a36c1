"""Mails on their way to people."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from commonbook.storage.metadata import ROW_ID, metadata

mails = Table(
    "mails",
    metadata,
    Column("mail", ROW_ID, primary_key=True),
    Column("name", String(36), nullable=False, unique=True),  # what it is called among mail servers
    Column("brand", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False, index=True),  # 0: to somebody who is no user
    Column("to_hash", String(64), nullable=False, index=True),  # keyed, of the address it goes to
    Column("kind", String(32), nullable=False),
    Column("sealed", Text, nullable=False),  # JSON: from, to, subject and text
    Column("state", String(12), nullable=False),  # waiting, sending, sent, failed
    Column("tries", Integer, nullable=False),
    Column("created_ns", BigInteger, nullable=False, index=True),
    Column("next_ns", BigInteger, nullable=False),  # not before; of one being sent: when whoever sends it is given up
    Column("sent_ns", BigInteger, nullable=False),  # 0: not yet
    Index("mails_by_state", "state", "next_ns"),
)
