"""Brands as data: every version of each document, logos, domains with the proof of who controls them, certificates."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from commonbook.storage.metadata import metadata

brand_versions = Table(  # a brand is what its newest version says; older ones stay
    "brand_versions",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("document", Text, nullable=False),  # canonical JSON, all of it
    Column("hash", String(64), nullable=False),  # SHA-256 of the document
    Column("time_ns", BigInteger, nullable=False),
    Column("author", String(32), nullable=False),  # user:N of the brand, or host
    Column("note", Text, nullable=False),
)
brand_files = Table(  # logos, by what they hold
    "brand_files",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), primary_key=True),  # SHA-256 of the content
    Column("kind", String(32), nullable=False),  # image/svg+xml or image/png
    Column("content", LargeBinary, nullable=False),
    Column("added_ns", BigInteger, nullable=False),
)
brand_domains = Table(
    "brand_domains",
    metadata,
    Column("domain", String(253), primary_key=True),  # as DNS has it: lower case, xn-- for other scripts
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("token", String(64), nullable=False),  # what proves control, where only its controller can put it
    Column("claimed_ns", BigInteger, nullable=False),
    Column("proved", String(253), unique=True),  # the domain once it is proved: one brand's alone; none before
    Column("method", String(4), nullable=False, server_default=""),  # of the newest proof: dns or file
    Column("proved_ns", BigInteger, nullable=False, server_default="0"),
    Column("checked_ns", BigInteger, nullable=False, server_default="0"),  # when it was last found proved
    Column("tried_ns", BigInteger, nullable=False, server_default="0"),  # when it was last looked at
    Column(
        "missed_ns", BigInteger, nullable=False, server_default="0"
    ),  # since when the proof is missing; 0: it is not
    Column("why", Text, nullable=False, server_default=""),  # of the newest look that did not find it
    Column("acme_tried_ns", BigInteger, nullable=False, server_default="0"),
    Column("acme_why", Text, nullable=False, server_default=""),  # of the newest certificate that was not given
)
brand_certificates = Table(
    "brand_certificates",
    metadata,
    Column("domain", String(253), primary_key=True),
    Column("brand", Integer, nullable=False, index=True),
    Column("source", String(8), nullable=False),  # upload or acme
    Column("chain", Text, nullable=False),  # PEM, the domain's own first
    Column("sealed_key", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),  # SHA-256 of the domain's own
    Column("not_after_ns", BigInteger, nullable=False),
    Column("added_ns", BigInteger, nullable=False),
)
acme_accounts = Table(
    "acme_accounts",
    metadata,
    Column("directory", String(255), primary_key=True),
    Column("sealed_key", Text, nullable=False),
    Column("registration", Text, nullable=False),  # JSON, as the authority has answered
)
acme_challenges = Table(  # what gateways answer at /.well-known/acme-challenge/TOKEN
    "acme_challenges",
    metadata,
    Column("token", String(128), primary_key=True),
    Column("domain", String(253), nullable=False),
    Column("answer", Text, nullable=False),
    Column("made_ns", BigInteger, nullable=False),
)

# How often versions, domains and certificates have changed, counted by triggers: gateways look at one small number.
brand_changes = Table(
    "brand_changes",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("count", BigInteger, nullable=False),
)
