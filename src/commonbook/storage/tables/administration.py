"""Who may do what, what waits for a second pair of eyes, and the log of what was done. Brand 0 is the host."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from commonbook.storage.metadata import ROW_ID, metadata

grants = Table(  # a role that a user has at a brand
    "grants",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("role", String(16), primary_key=True),
    Column("granted_by", BigInteger, nullable=False),  # 0: the host's command
    Column("granted_ns", BigInteger, nullable=False),
)
approvals = Table(  # acts that need four eyes
    "approvals",
    metadata,
    Column("approval", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", Text, nullable=False),  # canonical JSON: what is approved, all of it
    Column("payload_hash", String(64), nullable=False),
    Column("requested_by", BigInteger, nullable=False),
    Column("requested_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # open, refused, withdrawn, approved, done, failed
    Column("decided_by", BigInteger, nullable=False),  # 0: not yet
    Column("decided_ns", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # canonical JSON: what came of it
    Index("approvals_by_brand", "brand", "state"),
)
audit_heads = Table(  # the end of each brand's log; locked first by whoever writes on
    "audit_heads",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
)
audit_log = Table(
    "audit_log",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("time_ns", BigInteger, nullable=False),
    Column("actor", String(32), nullable=False),  # user:N, host, or the part of the exchange that did it
    Column("act", String(48), nullable=False),
    Column("subject", String(96), nullable=False),
    Column("details", Text, nullable=False),  # canonical JSON, without secrets and without personal data
    Column("hash", String(64), nullable=False),  # of the one before it and of all the columns
)
