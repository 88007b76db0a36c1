"""Persons, and the users they are at brands."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, UniqueConstraint

from commonbook.storage.metadata import ROW_ID, metadata

persons = Table(  # brands never see either column
    "persons",
    metadata,
    Column("person", ROW_ID, primary_key=True),
    Column("blinded", String(64), nullable=False, unique=True),  # keyed hash of what proves who it is
)
users = Table(  # a person at a brand; brand 0: the host's own people
    "users",
    metadata,
    Column("user_id", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("person", BigInteger, nullable=False, index=True),
    Column("account", BigInteger, nullable=False, index=True),  # the trading account; 0: none
    Column("state", String(12), nullable=False),  # pending, active, closed
    Column("email_hash", String(64), nullable=False),  # keyed, of the normalized address and the brand
    Column("personal", Text, nullable=False),  # JSON, sealed under the user's own key
    Column("password_hash", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    UniqueConstraint("brand", "email_hash", name="users_by_email"),
)
user_keys = Table(  # without its row, what is sealed of a user is noise
    "user_keys",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed_key", Text, nullable=False),
)
key_uses = Table(  # apart from the keys, whose every change is looked at by all gateways
    "key_uses",
    metadata,
    Column("api_key", String(36), primary_key=True),
    Column("used_ns", BigInteger, nullable=False),  # about when it was last used
)
