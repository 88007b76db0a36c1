"""Terms, risk warnings and privacy texts by version, and who has accepted which."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from commonbook.storage.metadata import ROW_ID, metadata

terms_texts = Table(  # by what they say: a text is kept once and never changes
    "terms_texts",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the canonical UTF-8
    Column("text", Text, nullable=False),
)
terms_versions = Table(
    "terms_versions",
    metadata,
    Column("version", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False),  # whose text it is; 0: the host's
    Column("country", String(2), nullable=False),  # ISO 3166, or * for all that have none of their own
    Column("role", String(8), nullable=False),  # trader, staff; of the host's also partner, broker
    Column("kind", String(8), nullable=False),  # terms, risk, privacy
    Column("number", Integer, nullable=False),  # from 1, of this brand, country, role and kind
    Column("effective_ns", BigInteger, nullable=False),
    Column("is_material", Boolean, nullable=False),
    Column("author", BigInteger, nullable=False),  # the user who published it
    Column("published_ns", BigInteger, nullable=False),
    UniqueConstraint("brand", "country", "role", "kind", "number", name="terms_versions_by_number"),
)
terms_languages = Table(  # the texts of a version
    "terms_languages",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(16), primary_key=True),
    Column("hash", String(64), nullable=False, index=True),
)
terms_countries = Table(  # whose country's texts hold for a user; without a row those of *
    "terms_countries",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("country", String(2), nullable=False),
)
terms_acceptances = Table(
    "terms_acceptances",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(16), nullable=False),
    Column("hash", String(64), nullable=False),  # what was on the screen
    Column("accepted_ns", BigInteger, nullable=False),
    Column("address_prefix", String(43), nullable=False),  # the network that it came from, not the address
    Column("credential", BigInteger, nullable=False),  # the session, or the key, by which
    Index("terms_acceptances_by_version", "version"),
)
