"""What a brand decides by itself: fees and promotions, makers' duties, VIP levels, announcements, listings."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, false

from commonbook.storage.metadata import ROW_ID, metadata
from commonbook.storage.types import AmountColumn

# -- fee schedules ------------------------------------------------------------------------------------------------

fee_history = Table(  # every rate that came into force, as the journal tells it
    "fee_history",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("scope", Integer, nullable=False),  # FeeScope
    Column("brand", Integer, nullable=False),  # of an account's rate its brand
    Column("account", BigInteger, nullable=False),
    Column("level", Integer, nullable=False),
    Column("maker_e8", BigInteger, nullable=False),
    Column("taker_e8", BigInteger, nullable=False),
    Column("subsidised", Boolean, nullable=False),
    Index("fee_history_by_brand", "brand", "sequence"),
)
fee_plans = Table(  # schedules and promotions, at their dates
    "fee_plans",
    metadata,
    Column("plan", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("kind", String(12), nullable=False),  # schedule, promotion
    Column("name", String(64), nullable=False),
    Column("begin_ns", BigInteger, nullable=False),  # engine time
    Column("end_ns", BigInteger, nullable=False),  # of a promotion; 0: none
    Column("state", String(12), nullable=False),  # waiting, running, done, refused, withdrawn
    Column("why", String(64), nullable=False),  # of a refusal
    Column("author", BigInteger, nullable=False),
    Column("asked_ns", BigInteger, nullable=False),
    Column("begun_sequence", BigInteger, nullable=False),  # 0: not yet
    Column("ended_sequence", BigInteger, nullable=False),
    Index("fee_plans_by_state", "state"),
)
fee_plan_rates = Table(
    "fee_plan_rates",
    metadata,
    Column("plan", BigInteger, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("maker_e8", BigInteger, nullable=False),
    Column("taker_e8", BigInteger, nullable=False),
    Column("after_maker_e8", BigInteger, nullable=False),  # of a running promotion: what comes back at its end
    Column("after_taker_e8", BigInteger, nullable=False),
)

# -- market makers ------------------------------------------------------------------------------------------------

maker_terms = Table(  # rates of single accounts, and the duties they are given for
    "maker_terms",
    metadata,
    Column("maker", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("maker_e8", BigInteger, nullable=False),
    Column("taker_e8", BigInteger, nullable=False),
    Column("subsidised", Boolean, nullable=False),
    Column("spread_bps", Integer, nullable=False),  # of the own best buy and sell, at most
    Column("presence_e8", BigInteger, nullable=False),  # of the time that an instrument trades, at least
    Column("instruments", Text, nullable=False),  # their ids, with commas between
    Column("state", String(12), nullable=False),  # proposed, active, losing, lost, ended, refused
    Column("author", BigInteger, nullable=False),
    Column("asked_ns", BigInteger, nullable=False),
    Column("granted_sequence", BigInteger, nullable=False),  # 0: not yet
    Column("first_day", BigInteger, nullable=False),  # the first whole day that counts
    Column("ended_sequence", BigInteger, nullable=False),
    Column("failed_days", Integer, nullable=False),  # in a row
    Index("maker_terms_by_state", "state"),
)
maker_days = Table(  # a day of UTC of a maker on one instrument, judged
    "maker_days",
    metadata,
    Column("maker", BigInteger, primary_key=True, autoincrement=False),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("instrument", Integer, primary_key=True, autoincrement=False),
    Column("open_ns", BigInteger, nullable=False),
    Column("present_ns", BigInteger, nullable=False),
    Column("is_met", Boolean, nullable=False),
)
maker_hours = Table(  # of accounts with rates of their own: how long their quotes were how wide
    "maker_hours",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),  # hours since 1970, engine time
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("instrument", Integer, primary_key=True, autoincrement=False),
    Column("width_bps", Integer, primary_key=True, autoincrement=False),  # rounded up
    Column("time_ns", BigInteger, nullable=False),
)
maker_quotes = Table(  # how wide their quotes are now, and since when; what was before is in the hours
    "maker_quotes",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("instrument", Integer, primary_key=True, autoincrement=False),
    Column("width_bps", Integer, nullable=False),  # -1: not on both sides, or it does not trade
    Column("since_ns", BigInteger, nullable=False),
)
notices = Table(  # what a brand's team, and the account concerned, is told
    "notices",
    metadata,
    Column("notice", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("account", BigInteger, nullable=False),  # 0: the team alone
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("details", Text, nullable=False),  # canonical JSON
    Column("time_ns", BigInteger, nullable=False),  # engine time
    Column("has_letters", Boolean, nullable=False, server_default=false()),  # they are in the outbox
    UniqueConstraint("brand", "kind", "subject", name="notices_once"),
    Index("notices_by_account", "account"),
)

# -- VIP levels ---------------------------------------------------------------------------------------------------

engine_days = Table(  # days of UTC in which engine time has been, each with its first command
    "engine_days",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("first_sequence", BigInteger, nullable=False),
)
level_tables = Table(  # the host's table, by version
    "level_tables",
    metadata,
    Column("version", ROW_ID, primary_key=True),
    Column("first_day", BigInteger, nullable=False),  # the first day that is judged by it
    Column("table", Text, nullable=False),  # canonical JSON
    Column("hash", String(64), nullable=False),
    Column("approval", BigInteger, nullable=False, unique=True),
    Column("made_ns", BigInteger, nullable=False),
)
level_names = Table(  # how a brand calls the host's levels
    "level_names",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("name", String(32), nullable=False),
)
volume_days = Table(  # side volume of a master and its sub-accounts
    "volume_days",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("master", BigInteger, primary_key=True, autoincrement=False),
    Column("quote_asset", Integer, primary_key=True, autoincrement=False),
    Column("notional", AmountColumn, nullable=False),
)
index_days = Table(  # the index prices with which a day ended
    "index_days",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("asset", Integer, primary_key=True, autoincrement=False),
    Column("quote_asset", Integer, primary_key=True, autoincrement=False),
    Column("price_e8", BigInteger, nullable=False),
)
level_days = Table(  # what was measured at the end of a day, and what came of it
    "level_days",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("master", BigInteger, primary_key=True, autoincrement=False),
    Column("volume", AmountColumn, nullable=False),
    Column("assets", AmountColumn, nullable=False),
    Column("token", AmountColumn, nullable=False),
    Column("level", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),  # of the table
    Index("level_days_by_master", "master", "day"),
)
level_changes = Table(
    "level_changes",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("level", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # waiting, done
    Index("level_changes_by_state", "state"),
)

# -- announcements ------------------------------------------------------------------------------------------------

announcements = Table(
    "announcements",
    metadata,
    Column("announcement", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("slug", String(64), nullable=False),  # its address, for ever
    Column("form", String(12), nullable=False),  # announcement, banner, notice, campaign
    Column("topic", String(64), nullable=False),
    Column("state", String(12), nullable=False),  # draft, published, withdrawn
    Column("version", Integer, nullable=False),  # the newest
    Column("shown_version", Integer, nullable=False),  # what is published; 0: nothing
    Column("published_ns", BigInteger, nullable=False),  # shown from this time on
    Column("event_ns", BigInteger, nullable=False),  # when what it tells of happens; 0: not told
    Column("changed_ns", BigInteger, nullable=False),
    UniqueConstraint("brand", "slug", name="announcements_by_slug"),
    Index("announcements_by_time", "brand", "published_ns"),
)
announcement_texts = Table(
    "announcement_texts",
    metadata,
    Column("announcement", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("language", String(16), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("author", BigInteger, nullable=False),
    Column("written_ns", BigInteger, nullable=False),
)

# -- listings -----------------------------------------------------------------------------------------------------

listing_plans = Table(  # a brand's listings and delistings, at their dates
    "listing_plans",
    metadata,
    Column("plan", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("instrument", Integer, nullable=False),
    Column("kind", String(8), nullable=False),  # list, delist
    Column("begin_ns", BigInteger, nullable=False),  # engine time; of a delisting the last orders are taken before it
    Column("withdrawals_until_ns", BigInteger, nullable=False),  # of a delisting
    Column("announcement", BigInteger, nullable=False),  # 0: none
    Column("state", String(12), nullable=False),  # waiting, done, withdrawn, refused
    Column("why", String(64), nullable=False),
    Column("author", BigInteger, nullable=False),
    Column("asked_ns", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # of the command; 0: not yet, or none was needed
    Index("listing_plans_by_state", "state"),
    Index("listing_plans_by_brand", "brand"),
)
listing_proposals = Table(  # tokens and pairs that a brand asks the host for
    "listing_proposals",
    metadata,
    Column("proposal", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("payload", Text, nullable=False),  # canonical JSON
    Column("state", String(12), nullable=False),  # proposed, granting, done, refused
    Column("ids", Text, nullable=False),  # JSON: the asset and the instruments that it is being given
    Column("author", BigInteger, nullable=False),
    Column("asked_ns", BigInteger, nullable=False),
    Index("listing_proposals_by_state", "state"),
)
own_tokens = Table(  # tokens that came by a brand
    "own_tokens",
    metadata,
    Column("asset", Integer, primary_key=True, autoincrement=False),
    Column("brand", Integer, nullable=False),
    Column("is_platform", Boolean, nullable=False),  # the brand's platform token
    Column("exclusive_until_ns", BigInteger, nullable=False),  # engine time; no other brand lists it before
)
asset_closings = Table(  # what a brand no longer takes in and gives out, for custody
    "asset_closings",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("asset", Integer, primary_key=True, autoincrement=False),
    Column("deposits_until_ns", BigInteger, nullable=False),
    Column("withdrawals_until_ns", BigInteger, nullable=False),
)
asset_names = Table(  # how a token is called for people; for machines its name is the journal's, for ever
    "asset_names",
    metadata,
    Column("rename", ROW_ID, primary_key=True),
    Column("asset", Integer, nullable=False, index=True),
    Column("name", String(32), nullable=False),
    Column("from_ns", BigInteger, nullable=False),
    Column("from_sequence", BigInteger, nullable=False),  # in force behind it; 0: not yet
    Column("approval", BigInteger, nullable=False, unique=True),
)
