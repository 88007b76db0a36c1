"""OAuth: the clients of brokers, what users have granted them, and the tokens, of which hashes alone are kept."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, text

from commonbook.storage.metadata import ROW_ID, metadata

oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("client_id", String(32), primary_key=True),
    Column("broker", Integer, nullable=False, index=True),  # the core's number of it
    Column("name", String(64), nullable=False),  # as users read it
    Column("kind", String(8), nullable=False),  # secret, public
    Column("secret_hash", String(64), nullable=False),  # "" of a public client
    Column("old_secret_hash", String(64), nullable=False),  # the one before it, which works on for a while
    Column("old_secret_until_ns", BigInteger, nullable=False),
    Column("redirects", Text, nullable=False),  # JSON, each address as it must be asked with
    Column("scopes", String(64), nullable=False),  # that it may ask for
    Column("ip_list", Text, nullable=False),  # of a client with a secret: where its servers are
    Column("cap_e8", BigInteger, nullable=False),  # the most of a trading fee that users are asked to agree to
    Column("logo_kind", String(32), nullable=False),  # "" without one
    Column("logo", LargeBinary, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
)
oauth_codes = Table(  # each is good once and soon
    "oauth_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("client_id", String(32), nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("brand", Integer, nullable=False),
    Column("redirect", Text, nullable=False),
    Column("scope", String(64), nullable=False),  # as it was asked for, in its order and with its separator
    Column("challenge", String(64), nullable=False),  # base64url of the verifier's SHA-256
    Column("terminal", String(64), nullable=False),  # of a public client: the device that asked
    Column("cap_e8", BigInteger, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("expires_ns", BigInteger, nullable=False, index=True),
    Column("used_ns", BigInteger, nullable=False),  # 0: not yet
    Column("grant_id", BigInteger, nullable=False),  # what came of it; 0: nothing yet
)
oauth_grants = Table(  # one for each time that a user has agreed: the family of the tokens that came of it
    "oauth_grants",
    metadata,
    Column("grant_id", ROW_ID, primary_key=True),
    Column("credential", BigInteger, nullable=False, unique=True),  # its number in the journal
    Column("client_id", String(32), nullable=False),
    Column("broker", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("brand", Integer, nullable=False),
    Column("scope", String(64), nullable=False),
    Column("terminal", String(64), nullable=False),
    Column("cap_e8", BigInteger, nullable=False),  # what the user was told that the broker may earn at the most
    Column("simulated", Boolean, nullable=False),  # of the simulated venue, with test funds
    Column("state", String(12), nullable=False),  # live, canceled, revoked
    Column("why", String(16), nullable=False),  # user, client, reuse, disabled; "" of a live one
    Column("created_ns", BigInteger, nullable=False),
    Column("ended_ns", BigInteger, nullable=False),
    Index("oauth_grants_by_user", "user_id", "client_id", "state"),
    Index("oauth_grants_by_client", "client_id", "state"),
    Index("oauth_grants_by_account", "account", "broker", "state"),
    Index("oauth_grants_by_end", "ended_ns", "broker"),  # what has ended since a time is told to brokers
)
oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),  # access, refresh
    Column("grant_id", BigInteger, nullable=False),
    Column("scope", String(64), nullable=False),  # the grant's, or less
    Column("issued_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False, index=True),
    Column("live", Boolean, nullable=False),  # False: a newer one has taken its place
    Index("oauth_tokens_by_grant", "grant_id", "kind", "live"),
)
oauth_keys = Table(  # API keys that brokers have made with a token
    "oauth_keys",
    metadata,
    Column("api_key", String(36), primary_key=True),
    Column("client_id", String(32), nullable=False),
    Column("grant_credential", BigInteger, nullable=False),  # of the grant that it was made with
    Column("broker", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("bound", Boolean, nullable=False),  # to the addresses of the client, whatever they are at the time
    Column("live", Boolean, nullable=False),
    Index(
        "oauth_keys_one_live",
        "user_id",
        "broker",
        unique=True,
        sqlite_where=text("live"),
        postgresql_where=text("live"),
    ),
    Index("oauth_keys_by_client", "client_id", "live"),
    Index("oauth_keys_by_account", "account", "live"),
    Index("oauth_keys_by_grant", "grant_credential"),
)

# How often a token may have lost its force, counted by triggers: gateways look at one small number.
oauth_changes = Table(
    "oauth_changes",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("count", BigInteger, nullable=False),
)
