"""Persons, the users they are at brands, and what they prove themselves with."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from commonbook.storage.metadata import ROW_ID, metadata

persons = Table(  # brands never see either column
    "persons",
    metadata,
    Column("person", ROW_ID, primary_key=True),
    Column("blinded", String(64), nullable=False, unique=True),  # keyed hash of what proves who it is
)
person_aliases = Table(  # further addresses that a person has confirmed
    "person_aliases",
    metadata,
    Column("blinded", String(64), primary_key=True),
    Column("person", BigInteger, nullable=False),
)
users = Table(  # a person at a brand; brand 0: the host's own people
    "users",
    metadata,
    Column("user_id", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("person", BigInteger, nullable=False, index=True),
    Column("account", BigInteger, nullable=False, index=True),  # the trading account; 0: none
    Column("state", String(12), nullable=False),  # pending, active, locked, closed
    Column("email_hash", String(64), nullable=False),  # keyed, of the normalized address and the brand
    Column("personal", Text, nullable=False),  # JSON, sealed under the user's own key
    Column("password_hash", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("withdrawals_from_ns", BigInteger, nullable=False, server_default="0"),  # none before this time
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
account_openings = Table(  # a trading account's number is taken here before the core hears of it
    "account_openings",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, nullable=False, unique=True),
    Column("opened", Boolean, nullable=False),
)

# -- how they prove who they are ------------------------------------------------------------------------------------

challenges = Table(  # what was handed out and is waited for, once: codes by mail, logins half done, passkey challenges
    "challenges",
    metadata,
    Column("handle_hash", String(64), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("brand", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False, index=True),  # 0: nobody yet
    Column("code_hash", String(64), nullable=False),  # keyed; empty: the handle alone is the secret
    Column("sealed", Text, nullable=False),  # JSON
    Column("tries", Integer, nullable=False),
    Column("expires_ns", BigInteger, nullable=False, index=True),
)
throttles = Table(  # failures of one kind from or against one party, whose names are keyed hashes
    "throttles",
    metadata,
    Column("party", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_ns", BigInteger, nullable=False, index=True),
    Column("locked_until_ns", BigInteger, nullable=False),
)
totps = Table(
    "totps",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed_secret", Text, nullable=False),  # under the user's own key
    Column("active", Boolean, nullable=False),  # a first code was shown
    Column("last_step", BigInteger, nullable=False),  # of the newest code that was taken: none up to it works again
)
recovery_codes = Table(  # one that is used is gone
    "recovery_codes",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("code_hash", String(64), primary_key=True),
)
passkeys = Table(
    "passkeys",
    metadata,
    Column("passkey", String(64), primary_key=True),  # hash of the credential's id, which may be long
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("credential", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("domain", String(255), nullable=False),
    Column("label", Text, nullable=False),  # sealed under the user's own key
    Column("created_ns", BigInteger, nullable=False),
)
devices = Table(  # browsers that have signed a user in; each keeps a cookie of its own
    "devices",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("device_hash", String(64), primary_key=True),
    Column("first_ns", BigInteger, nullable=False),
    Column("seen_ns", BigInteger, nullable=False),
)
recoveries = Table(  # of a forgotten password; each waits before it may be used
    "recoveries",
    metadata,
    Column("recovery", ROW_ID, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("reset_hash", String(64), nullable=False, unique=True),
    Column("stop_hash", String(64), nullable=False, unique=True),
    Column("requested_ns", BigInteger, nullable=False),
    Column("ready_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # open, stopped, used
    Index("recoveries_by_user", "user_id", "state"),
)
