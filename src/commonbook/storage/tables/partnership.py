"""The partnership: phases, applications and what is kept of them, slots and stakes, contracts."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from commonbook.storage.metadata import ROW_ID, metadata
from commonbook.storage.types import AmountColumn

phases = Table(  # the terms in force are those of the newest version
    "partnership_phases",
    metadata,
    Column("phase", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("asked", BigInteger, nullable=False),  # counted up first by whoever takes or frees a slot: they wait here
)
phase_versions = Table(
    "partnership_phase_versions",
    metadata,
    Column("phase", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False),
    Column("opens_ns", BigInteger, nullable=False),
    Column("closes_ns", BigInteger, nullable=False),  # applications are taken before it
    Column("quota", Integer, nullable=False),
    Column("asset", String(16), nullable=False),
    Column("stake", AmountColumn, nullable=False),  # ledger units of the asset, in one piece
    Column("token_required", Boolean, nullable=False),
    Column("holders_share_e8", BigInteger, nullable=False),  # of a partner's revenue to its token's holders; 0: none
    Column("host_holders_share_e8", BigInteger, nullable=False),  # of a partner's token to holders of the host's
    Column("created_ns", BigInteger, nullable=False),
    Column("approval", BigInteger, nullable=False),  # the four eyes that opened or changed it
)
applications = Table(
    "partnership_applications",
    metadata,
    Column("application", ROW_ID, primary_key=True),
    Column("reference", String(16), nullable=False, unique=True),
    Column("phase", Integer, nullable=False),
    Column("phase_version", Integer, nullable=False),  # whose terms bind; 0: not submitted yet
    Column("state", String(16), nullable=False),
    Column("source", String(8), nullable=False),  # form, user, mail
    Column("language", String(16), nullable=False),
    Column("user_id", BigInteger, nullable=False, index=True),  # whose it is; 0: whoever has the link
    Column("account", BigInteger, nullable=False, index=True),  # that user's trading account; 0: none
    Column("held_account", BigInteger, unique=True),  # the same until it is over: an account has one at a time
    Column("link_hash", String(64), nullable=False, unique=True),
    Column("origin", String(64), nullable=False),  # keyed hash of the address, user or sender that it came from
    Column("personal", Text, nullable=False),  # JSON, sealed under the application's own key
    Column("brand_name", String(32), nullable=False),  # wanted; "" until it is known
    Column("brand", Integer, nullable=False, index=True),  # opened; 0: not yet
    Column("owner", BigInteger, nullable=False),  # the partner's user at its brand; 0: not yet
    Column("token_issued", Boolean, nullable=False),  # both are filled by the token feature
    Column("schedules_bound", Boolean, nullable=False),
    Column("stopped", Boolean, nullable=False),  # the brand must not trade on the live venue
    Column("stop_pending", Boolean, nullable=False),  # the core has not confirmed that yet
    Column("notice_ends_ns", BigInteger, nullable=False),  # of offboarding; 0: none
    Column("created_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Index("partnership_applications_by_state", "state", "changed_ns"),
    Index("partnership_applications_by_origin", "origin", "created_ns"),
    Index("partnership_applications_by_time", "created_ns"),
)
application_keys = Table(  # without its row, what is sealed of an application is noise
    "partnership_keys",
    metadata,
    Column("application", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed_key", Text, nullable=False),
)
attachments = Table(
    "partnership_attachments",
    metadata,
    Column("application", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(64), nullable=False),
    Column("size", Integer, nullable=False),  # bytes
    Column("name", Text, nullable=False),  # sealed
    Column("content", Text, nullable=False),  # sealed
)
messages = Table(  # mails that have been taken in
    "partnership_messages",
    metadata,
    Column("message", String(64), primary_key=True),  # hash of its Message-ID
    Column("application", BigInteger, nullable=False),  # 0: it made none
    Column("received_ns", BigInteger, nullable=False),
)
steps = Table(  # the way of each application so far
    "partnership_steps",
    metadata,
    Column("application", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("time_ns", BigInteger, nullable=False),
    Column("before", String(16), nullable=False),  # "" for the first
    Column("after", String(16), nullable=False),
    Column("role", String(12), nullable=False),
    Column("reason", String(48), nullable=False),
    Column("cause", String(48), nullable=False, index=True),  # names the act, so that it comes once; "" for none
)
checks = Table(  # what screening has found
    "partnership_checks",
    metadata,
    Column("check", ROW_ID, primary_key=True),
    Column("application", BigInteger, nullable=False, index=True),
    Column("kind", String(12), nullable=False),  # kyb, sanctions
    Column("passed", Boolean, nullable=False),
    Column("source", String(96), nullable=False),  # the provider and its number for it
    Column("user_id", BigInteger, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
)
slots = Table(
    "partnership_slots",
    metadata,
    Column("phase", Integer, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("generation", Integer, nullable=False),  # counts up whenever a key of the slot has had its effect
    Column("application", BigInteger, unique=True),  # who has it; null: free
    Column("locked", Boolean, nullable=False),  # the stake is there; else it is only reserved
    Column("asking", Integer, nullable=False),  # requests of the application that are under way
    Column("reserved_ns", BigInteger, nullable=False),
)
stakes = Table(  # as the journal has them: one for each key that has had its effect
    "partnership_stakes",
    metadata,
    Column("phase", Integer, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("application", BigInteger, nullable=False, index=True),
    Column("account", BigInteger, nullable=False),  # the trading account it came from
    Column("asset", Integer, nullable=False),
    Column("amount", AmountColumn, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("locked_ns", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # locked, excess, returning, returned
)
payments = Table(  # what becomes of a stake at its end; they sum to it
    "partnership_payments",
    metadata,
    Column("phase", Integer, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # 0: back to the partner; from 1: obligations
    Column("account", BigInteger, nullable=False),
    Column("amount", AmountColumn, nullable=False),
    Column("reason", String(96), nullable=False),
    Column("paid", Boolean, nullable=False),
)
contract_texts = Table(
    "partnership_contract_texts",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("hash", String(64), nullable=False),  # SHA-256 of the text in UTF-8
    Column("term_days", Integer, nullable=False),
    Column("renewal_days", Integer, nullable=False),  # so long before its end it may be renewed
    Column("notice_days", Integer, nullable=False),  # of who leaves
    Column("published_ns", BigInteger, nullable=False),
    Column("approval", BigInteger, nullable=False),
)
contracts = Table(
    "partnership_contracts",
    metadata,
    Column("application", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1; a renewal is the next
    Column("version", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("partner_user", BigInteger, nullable=False),  # 0: not accepted yet
    Column("partner_ns", BigInteger, nullable=False),
    Column("host_approval", BigInteger, nullable=False),
    Column("host_ns", BigInteger, nullable=False),  # 0: not accepted yet
    Column("starts_ns", BigInteger, nullable=False),  # 0: until both have accepted
    Column("ends_ns", BigInteger, nullable=False),
    Column("noticed_ns", BigInteger, nullable=False),  # when the partner was told that it has ended; 0: not
)
