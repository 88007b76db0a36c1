"""Brokers and the accounts they act for: who said yes and no to whom, from where a broker asks, its report files."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, text

from commonbook.storage.metadata import ROW_ID, metadata

broker_consents = Table(  # one row for each yes, kept when it has ended: a fill is judged by what was so at its time
    "broker_consents",
    metadata,
    Column("consent", ROW_ID, primary_key=True),
    Column("account", BigInteger, nullable=False),  # the master's trading account
    Column("broker", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False),  # who said it; 0: the host's command
    Column("how", String(8), nullable=False),  # key, oauth, page
    Column("text_version", String(16), nullable=False),
    Column("cap_e8", BigInteger, nullable=False),  # the highest share of a fee the broker may earn; -1: the program's
    Column("given_ns", BigInteger, nullable=False),
    Column("given_behind", BigInteger, nullable=False),  # the newest sequence that had been judged
    Column("earns_from_ns", BigInteger, nullable=False),  # later than given where the account moves from another broker
    Column("ended_ns", BigInteger, nullable=False),  # 0: it stands
    Column("ended_behind", BigInteger, nullable=False),
    Column("was_replaced", Boolean, nullable=False),  # it ended by a newer yes to the same broker, and not by a no
    Index("broker_consents_by_account", "account", "broker"),
    Index(  # of two at once, one comes second
        "broker_consents_standing",
        "account",
        "broker",
        unique=True,
        sqlite_where=text("ended_ns = 0"),
        postgresql_where=text("ended_ns = 0"),
    ),
    Index("broker_consents_by_broker", "broker", "account"),
)
broker_refusals = Table(  # a standing no, whatever a key is associated with
    "broker_refusals",
    metadata,
    Column("refusal", ROW_ID, primary_key=True),
    Column("account", BigInteger, nullable=False),  # the master's trading account
    Column("broker", Integer, nullable=False),  # 0: all brokers
    Column("user_id", BigInteger, nullable=False),
    Column("refused_ns", BigInteger, nullable=False),
    Column("refused_behind", BigInteger, nullable=False),  # the newest sequence that had been judged
    Column("lifted_ns", BigInteger, nullable=False),  # 0: it stands
    Column("lifted_behind", BigInteger, nullable=False),
    Index("broker_refusals_by_account", "account"),
    Index(
        "broker_refusals_standing",
        "account",
        "broker",
        unique=True,
        sqlite_where=text("lifted_ns = 0"),
        postgresql_where=text("lifted_ns = 0"),
    ),
)
broker_addresses = Table(  # from where a broker's servers ask: keys that it holds work from nowhere else
    "broker_addresses",
    metadata,
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("address", String(45), primary_key=True),
)
broker_forms = Table(  # what a broker may be beside a fully disclosed one
    "broker_forms",
    metadata,
    Column("broker", Integer, primary_key=True, autoincrement=False),
    Column("non_disclosed", Boolean, nullable=False),  # has sub-accounts whose orders are all its own (dma, nd)
    Column("subaccounts_most", Integer, nullable=False),
)
suspended_brokers = Table(  # by the host: what they have of users has no force while they stand here
    "suspended_brokers",
    metadata,
    Column("broker", Integer, primary_key=True, autoincrement=False),
)
broker_reports = Table(  # files of what a broker was paid for, order by order
    "broker_reports",
    metadata,
    Column("report", ROW_ID, primary_key=True),
    Column("broker", Integer, nullable=False),
    Column("kind", String(8), nullable=False),  # fd, dma
    Column("begin_day", Integer, nullable=False),  # days since 1970
    Column("end_day", Integer, nullable=False),  # the last one, which is in it
    Column("asked_ns", BigInteger, nullable=False),
    Column("made_ns", BigInteger, nullable=False),  # 0: it is being made
    Column("rows", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Index("broker_reports_by_broker", "broker", "kind"),
)
report_links = Table(  # each opens one file to whoever has it, for a while
    "report_links",
    metadata,
    Column("link_hash", String(64), primary_key=True),
    Column("report", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False, index=True),
)
