"""Brands that leave with what is theirs, and teams that arrive with the users they have."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from commonbook.storage.metadata import ROW_ID, metadata

transfer_consents = Table(  # a user's word on being told to whom the brand goes; the newest counts
    "transfer_consents",
    metadata,
    Column("consent", ROW_ID, primary_key=True),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("brand", Integer, nullable=False),
    Column("given", Boolean, nullable=False),  # or taken back
    Column("text_hash", String(64), nullable=False),  # SHA-256 of what the user was shown
    Column("time_ns", BigInteger, nullable=False),
    Column("source", String(16), nullable=False),  # user, import
)
brand_exports = Table(
    "brand_exports",
    metadata,
    Column("export", BigInteger, primary_key=True, autoincrement=False),  # the approval's number
    Column("brand", Integer, nullable=False, index=True),
    Column("state", String(12), nullable=False),  # waiting, running, done, failed
    Column("asked_by", BigInteger, nullable=False),
    Column("asked_ns", BigInteger, nullable=False),
    Column("done_ns", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # what is in the files is as of it; 0: not begun
    Column("files_done", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("rows_done", BigInteger, nullable=False),
    Column("why", String(200), nullable=False),  # it failed
)
user_imports = Table(
    "user_imports",
    metadata,
    Column("import_id", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False, index=True),
    Column("state", String(12), nullable=False),  # checked, running, done, stopped
    Column("asked_by", BigInteger, nullable=False),
    Column("asked_ns", BigInteger, nullable=False),
    Column("content_hash", String(64), nullable=False),  # SHA-256 of the file that was given
    Column("rows", BigInteger, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),  # of the accepted: users made
    Column("mailed", BigInteger, nullable=False),
    Column("mails_a_minute", Integer, nullable=False),
    Column("next_mail_ns", BigInteger, nullable=False),
)
import_rows = Table(
    "import_rows",
    metadata,
    Column("import_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),  # of the file, from 1
    Column("external_id", String(64), nullable=False),
    Column("state", String(12), nullable=False),  # accepted, refused, made, mailed
    Column("why", String(24), nullable=False),
    Column("sealed", Text, nullable=False),  # the row, until its user is made
    Column("user_id", BigInteger, nullable=False),  # 0: not yet
    Index("import_rows_by_state", "import_id", "state", "line"),
)
external_ids = Table(  # what a brand's team calls a user that it has brought
    "external_ids",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("external_id", String(64), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
)
