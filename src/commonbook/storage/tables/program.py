"""What the broker program is made of: rates, tiers and the tree, as versions that are never edited; what is counted.

Hours are hours since 1970 of UTC by engine time, days and months likewise; a month's number is year x 12 + month - 1.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from commonbook.storage.metadata import ROW_ID, metadata
from commonbook.storage.types import AmountColumn

program_clocks = Table(  # how far a program has come; whoever agrees anything holds the row first
    "program_clocks",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("hour", BigInteger, nullable=False),  # the newest whose terms are fixed
    Column("counted_before", BigInteger, nullable=False),  # every day before this one is counted
    Column("changes", BigInteger, nullable=False),  # how often something was agreed
)

# -- agreed: with these and the journal all else is built anew ------------------------------------------------------

rate_versions = Table(
    "rate_versions",
    metadata,
    Column("version", ROW_ID, primary_key=True),  # counted over all schedules
    Column("program", String(8), nullable=False),
    Column("broker", Integer, nullable=False),  # whose schedule it is; 0: everybody's
    Column("from_hour", BigInteger, nullable=False),
    Column("rows", Text, nullable=False),  # canonical JSON; empty: the public schedule from then on
    Column("hash", String(64), nullable=False),
    Column("approval", BigInteger, nullable=False, unique=True),
    Column("made_ns", BigInteger, nullable=False),
    Index("rate_versions_by_broker", "program", "broker"),
)
program_conditions = Table(  # what keeps a fill from earning
    "program_conditions",
    metadata,
    Column("version", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("from_hour", BigInteger, nullable=False),
    Column("excluded_from_level", Integer, nullable=False),  # VIP
    Column("discount", String(16), nullable=False),  # exclude_fill, cash_part
    Column("approval", BigInteger, nullable=False, unique=True),
    Column("made_ns", BigInteger, nullable=False),
)
program_settings = Table(  # what the settings said when an hour began; until_hour is the newest that began under them
    "program_settings",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("from_hour", BigInteger, primary_key=True, autoincrement=False),
    Column("until_hour", BigInteger, nullable=False),
    Column("payout_asset", String(32), nullable=False),
    Column("commission_decimals", Integer, nullable=False),
    Column("minimum_payout_minor", AmountColumn, nullable=False),
    Column("default_level", Integer, nullable=False),
    Column("excluded_from_level", Integer, nullable=False),  # VIP
)
tier_rules = Table(
    "tier_rules",
    metadata,
    Column("version", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("first_month", Integer, nullable=False),  # that is judged by it
    Column("rules", Text, nullable=False),  # canonical JSON
    Column("hash", String(64), nullable=False),
    Column("approval", BigInteger, nullable=False, unique=True),
    Column("made_ns", BigInteger, nullable=False),
)
tiers_by_hand = Table(
    "tiers_by_hand",
    metadata,
    Column("number", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("broker", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("from_hour", BigInteger, nullable=False),
    Column("until_hour", BigInteger, nullable=False),  # the first that it is not for
    Column("why", Text, nullable=False),
    Column("approval", BigInteger, nullable=False, unique=True),
    Column("made_ns", BigInteger, nullable=False),
)
broker_places = Table(  # a broker's place in the tree from an hour on; of two for one hour the later holds
    "broker_places",
    metadata,
    Column("place", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("broker", Integer, nullable=False),
    Column("from_hour", BigInteger, nullable=False),
    Column("parent", Integer, nullable=False),  # 0: a root
    Column("pool_e8", BigInteger, nullable=False),  # points of the base
    Column("user_e8", BigInteger, nullable=False),
    Column("made_by", BigInteger, nullable=False),  # the user
    Column("made_ns", BigInteger, nullable=False),
    Index("broker_places_by_broker", "program", "broker"),
)

# -- counted of the fills of closed days and months -----------------------------------------------------------------

broker_days = Table(  # what came by a code; commission: what its broker has of everything
    "broker_days",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("sides", BigInteger, nullable=False),  # that count
    Column("spot_volume", AmountColumn, nullable=False),  # payout asset
    Column("contract_volume", AmountColumn, nullable=False),
    Column("clients", Integer, nullable=False),  # persons
    Column("new_clients", Integer, nullable=False),
    Column("alone", BigInteger, nullable=False),  # the person, where there was but one; else 0
    Column("commission", AmountColumn, nullable=False),  # payout asset
    Index("broker_days_by_broker", "program", "broker", "day"),
)
broker_clients = Table(  # persons who have traded under a code in a month
    "broker_clients",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("days", Integer, nullable=False),
    Column("spot_sides", BigInteger, nullable=False),
    Column("spot_volume", AmountColumn, nullable=False),
    Column("contract_sides", BigInteger, nullable=False),
    Column("contract_volume", AmountColumn, nullable=False),
)
broker_firsts = Table(  # each person's first paid trade under any code of a program
    "broker_firsts",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("broker", Integer, nullable=False),
    Column("day", BigInteger, nullable=False),
    Index("broker_firsts_by_day", "program", "day"),
)
tier_months = Table(  # the review of a month
    "tier_months",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("broker", Integer, primary_key=True, autoincrement=False),  # a root
    Column("spot_volume", AmountColumn, nullable=False),
    Column("spot_traders", Integer, nullable=False),
    Column("contract_volume", AmountColumn, nullable=False),
    Column("contract_traders", Integer, nullable=False),
    Column("active_days", Integer, nullable=False),
    Column("new_clients", Integer, nullable=False),
    Column("version", Integer, nullable=False),  # of the rules; 0: there were none, and nothing was decided
    Column("before", Integer, nullable=False),  # levels
    Column("earned", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("misses", Integer, nullable=False),  # in a row, this month included
    Column("reviews", Integer, nullable=False),  # up to this one
    Column("outcome", String(12), nullable=False),
    Column("from_hour", BigInteger, nullable=False),  # from which the level holds
    Index("tier_months_by_broker", "program", "broker", "month"),
)
broker_notices = Table(  # what a broker is told of, once each
    "broker_notices",
    metadata,
    Column("notice", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("broker", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("subject", String(48), nullable=False),
    Column("time_ns", BigInteger, nullable=False),  # engine time
    Column("details", Text, nullable=False),  # canonical JSON
    UniqueConstraint("program", "broker", "kind", "subject", name="broker_notices_once"),
)

# -- sub-brokers, and which code users are bound to -----------------------------------------------------------------

sub_brokers = Table(
    "sub_brokers",
    metadata,
    Column("number", ROW_ID, primary_key=True),  # the broker's id is made of it
    Column("program", String(8), nullable=False),
    Column("parent", Integer, nullable=False, index=True),  # for good
    Column("code", String(16), nullable=False, unique=True),
    Column("user_id", BigInteger, nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),  # that is paid
    Column("state", String(12), nullable=False),  # waiting, active, removed, refused
    Column("from_hour", BigInteger, nullable=False),
    Column("removed_hour", BigInteger, nullable=False),  # 0: not removed
    Column("why", String(32), nullable=False),  # a refusal of the core
    Column("made_ns", BigInteger, nullable=False),
    UniqueConstraint("program", "person", name="sub_brokers_by_person"),
)
sub_broker_invitations = Table(
    "sub_broker_invitations",
    metadata,
    Column("invitation", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("parent", Integer, nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("pool_e8", BigInteger, nullable=False),
    Column("user_e8", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("made_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # open, accepted, withdrawn
    Column("accepted_by", Integer, nullable=False),  # the sub-broker; 0: nobody
)
sub_broker_limits = Table(  # how many sub-brokers a broker may have, where it is not the usual number
    "sub_broker_limits",
    metadata,
    Column("program", String(8), primary_key=True),
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("most", Integer, nullable=False),
    Column("approval", BigInteger, nullable=False),
)
broker_bindings = Table(  # which code a user has come by; the newest whose hour has begun holds
    "broker_bindings",
    metadata,
    Column("binding", ROW_ID, primary_key=True),
    Column("program", String(8), nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("broker", Integer, nullable=False, index=True),
    Column("from_hour", BigInteger, nullable=False),
    Column("made_ns", BigInteger, nullable=False),
    Index("broker_bindings_by_user", "program", "user_id"),
)
