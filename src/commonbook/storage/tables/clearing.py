"""Clearing: what was agreed with brands, what they are owed day by day, releases, bills and daily checks.

Days and months are counted in UTC by engine time: days since 1970, months as year * 12 + month - 1. Amounts are ledger
units, signed as they change what the brand is owed.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from commonbook.storage.metadata import ROW_ID, metadata
from commonbook.storage.types import AmountColumn

# -- terms: each row is in force from its time on -----------------------------------------------------------------

cost_shares = Table(  # the host's share of what the claims leave of a brand's income
    "cost_shares",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("source", String(12), primary_key=True),  # trading, withdrawal, listing, other
    Column("effective_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("rate_e8", BigInteger, nullable=False),
)
claim_schedules = Table(  # claims that are agreed by data: affiliates, and the pool of token holders
    "claim_schedules",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),  # 0: every brand without a row of its own
    Column("kind", String(16), primary_key=True),  # affiliate, token_holders
    Column("account", BigInteger, primary_key=True, autoincrement=False),  # whose fees an affiliate claims of; else 0
    Column("effective_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("beneficiary", BigInteger, nullable=False),
    Column("rate_e8", BigInteger, nullable=False),
    Column("bound", Boolean, nullable=False),  # claimed only when somebody is there to be paid
)
release_schedules = Table(
    "release_schedules",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("asset", Integer, primary_key=True, autoincrement=False),  # 0: every asset without a row of its own
    Column("effective_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("period", String(8), nullable=False),  # daily, weekly, monthly
    Column("on_day", Integer, nullable=False),  # weekly: 1 Monday to 7 Sunday; monthly: 1 to 28; daily: 0
    Column("delay_days", Integer, nullable=False),
    Column("minimum", AmountColumn, nullable=False),
)

# -- what brands are owed -----------------------------------------------------------------------------------------

revenue_days = Table(  # kept up with the ledger, from which it must never differ
    "revenue_days",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("asset", Integer, primary_key=True, autoincrement=False),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("fees", AmountColumn, nullable=False),
    Column("rebates", AmountColumn, nullable=False),
    Column("affiliates", AmountColumn, nullable=False),
    Column("commissions", AmountColumn, nullable=False),
    Column("cost_share", AmountColumn, nullable=False),  # of all sources
    Column("holders", AmountColumn, nullable=False),
    Column("subsidy", AmountColumn, nullable=False),
    Column("trading", AmountColumn, nullable=False),  # from here on: what changes what is owed
    Column("withdrawal", AmountColumn, nullable=False),
    Column("listing", AmountColumn, nullable=False),
    Column("other", AmountColumn, nullable=False),
    Column("transfers", AmountColumn, nullable=False),  # by the host's own command; and what there was before all days
    Column("adjustments", AmountColumn, nullable=False),
    Column("released", AmountColumn, nullable=False),
    Column("set_off", AmountColumn, nullable=False),
)
revenue_moves = Table(  # all that changes what is owed, fills apart
    "revenue_moves",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("brand", Integer, nullable=False),
    Column("asset", Integer, nullable=False),
    Column("day", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),  # income, release, adjustment, set_off, transfer
    Column("source", String(12), nullable=False),  # of an income
    Column("reference", String(32), nullable=False),
    Column("amount", AmountColumn, nullable=False),  # the change of what is owed
    Column("cost_share", AmountColumn, nullable=False),  # what the host keeps of an income beside
    Column("key", String(64), nullable=False, unique=True),  # the transfer's, in hexadecimal
    Index("revenue_moves_by_day", "brand", "asset", "day"),
)
clearing_statements = Table(
    "clearing_statements",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("asset", Integer, primary_key=True, autoincrement=False),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("opening", AmountColumn, nullable=False),
    Column("closing", AmountColumn, nullable=False),
    Column("totals", Text, nullable=False),  # the footer without its hashes: canonical JSON
    Column("lines", BigInteger, nullable=False),
    Column("root", String(64), nullable=False),
    Column("last_sequence", BigInteger, nullable=False),  # all of the day is at or before it
    Column("state", String(12), nullable=False),  # computed, closed, released, held
    Column("release_day", BigInteger, nullable=False),  # 0: not yet
)
holds = Table(  # what is kept back because somebody disputes it
    "clearing_holds",
    metadata,
    Column("hold", BigInteger, primary_key=True, autoincrement=False),  # the approval's number
    Column("brand", Integer, nullable=False),
    Column("asset", Integer, nullable=False),
    Column("day", BigInteger, nullable=False),  # whose statement is disputed
    Column("amount", AmountColumn, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("fills", Text, nullable=False),  # JSON: their ids
    Column("lifted_by", BigInteger, nullable=False),  # the approval; 0: it holds
)
adjustments = Table(  # corrections; what they move is in the journal, why is here
    "clearing_adjustments",
    metadata,
    Column("adjustment", BigInteger, primary_key=True, autoincrement=False),  # the approval's number
    Column("brand", Integer, nullable=False),
    Column("asset", Integer, nullable=False),
    Column("amount", AmountColumn, nullable=False),
    Column("of_day", BigInteger, nullable=False),
    Column("of_root", String(64), nullable=False),  # of the statement that is corrected
    Column("reason", String(200), nullable=False),
)
releases = Table(
    "releases",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("asset", Integer, primary_key=True, autoincrement=False),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("cutoff", BigInteger, nullable=False),  # the newest day whose income is in it
    Column("payable", AmountColumn, nullable=False),  # of those days, and not released before
    Column("held", AmountColumn, nullable=False),
    Column("minimum", AmountColumn, nullable=False),
    Column("set_off", AmountColumn, nullable=False),
    Column("amount", AmountColumn, nullable=False),  # what goes to the treasury
    Column("carried", AmountColumn, nullable=False),  # payable - set_off - amount
    Column("state", String(12), nullable=False),  # computed, released, carried
    Column("key", String(32), nullable=False),
)

# -- the host's bill ----------------------------------------------------------------------------------------------

service_prices = Table(
    "service_prices",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),  # 0: every brand without a price of its own
    Column("service", String(32), primary_key=True),
    Column("effective_month", Integer, primary_key=True, autoincrement=False),
    Column("price", AmountColumn, nullable=False),  # of one, in the asset that is billed in
)
service_uses = Table(  # how much of a service a brand had in a month
    "service_uses",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("service", String(32), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)
service_targets = Table(
    "service_targets",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),  # 0: every brand without a row of its own
    Column("measure", String(16), primary_key=True),  # availability_e8, p99_us
    Column("effective_month", Integer, primary_key=True, autoincrement=False),
    Column("target", BigInteger, nullable=False),
    Column("credit_e8", BigInteger, nullable=False),  # of the month's services, when it is missed
)
service_measures = Table(
    "service_measures",
    metadata,
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("measure", String(16), primary_key=True),
    Column("measured", BigInteger, nullable=False),
)
invoices = Table(
    "invoices",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1 for each brand, without gaps
    Column("month", Integer, nullable=False),
    Column("asset", Integer, nullable=False),
    Column("services", AmountColumn, nullable=False),
    Column("credits", AmountColumn, nullable=False),
    Column("due", AmountColumn, nullable=False),
    Column("text", Text, nullable=False),  # the document
    Column("root", String(64), nullable=False),
    Column("parts", Integer, nullable=False),  # payments that were begun
    UniqueConstraint("brand", "month", name="invoices_by_month"),
)
invoice_payments = Table(
    "invoice_payments",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("way", String(8), nullable=False),  # set_off, transfer
    Column("reference", BigInteger, nullable=False),  # set_off: the release day; transfer: the approval
    Column("amount", AmountColumn, nullable=False),
    Column("state", String(8), nullable=False),  # begun, paid
)

# -- checks -------------------------------------------------------------------------------------------------------

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),  # before: nothing up to here is cleared; broken; clean; closed
    Column("sequence", BigInteger, nullable=False),
    Column("problems", Text, nullable=False),  # JSON
    Column("liabilities", Text, nullable=False),  # JSON: brand to asset to what its customers have
    Column("journal_hash", String(64), nullable=False),
    # The end of the last closed segment that was read; 0: none was.
    Column("walked_sequence", BigInteger, nullable=False, server_default="0"),
    Column("walked_hash", String(64), nullable=False, server_default=""),
    Column("walked_epoch", BigInteger, nullable=False, server_default="0"),
)
audit_alarms = Table(  # the online auditor's
    "audit_alarms",
    metadata,
    Column("alarm", ROW_ID, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("asset", Integer, nullable=False),
    Column("name", String(64), nullable=False),  # of the ledger's account
    Column("ledger", AmountColumn, nullable=False),
    Column("engine", AmountColumn, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("cleared_by", BigInteger, nullable=False),  # the approval; 0: it stands
)

# -- volume -------------------------------------------------------------------------------------------------------

brand_instrument_hours = Table(
    "brand_instrument_hours",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("instrument", Integer, primary_key=True, autoincrement=False),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("fills", BigInteger, nullable=False),
    Column("internal_fills", BigInteger, nullable=False),
    Column("side_volume", AmountColumn, nullable=False),
    Column("attributed_volume", AmountColumn, nullable=False),
)
book_instrument_hours = Table(
    "book_instrument_hours",
    metadata,
    Column("instrument", Integer, primary_key=True, autoincrement=False),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("trades", BigInteger, nullable=False),
    Column("volume", AmountColumn, nullable=False),
)
filtered_days = Table(  # what of a brand's volume are the round trips of wash pairs
    "filtered_days",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("instrument", Integer, primary_key=True, autoincrement=False),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("fills", BigInteger, nullable=False),
    Column("side_volume", AmountColumn, nullable=False),
    Column("attributed_volume", AmountColumn, nullable=False),
)

# -- claims -------------------------------------------------------------------------------------------------------

claim_blocks = Table(  # what was claimed of the fees of a batch's fills, affiliates apart
    "claim_blocks",
    metadata,
    Column("block", ROW_ID, primary_key=True),
    Column("first_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False, index=True),
    Column("rows", LargeBinary, nullable=False),  # CLAIM records of clearing/claims.py
)
