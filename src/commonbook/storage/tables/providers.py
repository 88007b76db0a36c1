"""OpenID Connect providers by which brands' teams sign in."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from commonbook.storage.metadata import metadata

oidc_providers = Table(
    "oidc_providers",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("issuer", Text, nullable=False),
    Column("client", String(255), nullable=False),
    Column("sealed_secret", Text, nullable=False),  # empty: a public client, PKCE alone
    Column("role_claim", String(64), nullable=False),  # empty: roles are given here, by hand
    Column("role_map", Text, nullable=False),  # JSON: value of the claim to role
    Column("changed_by", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
)
oidc_attempts = Table(  # sign-ins that have begun; each ends once
    "oidc_attempts",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("brand", Integer, nullable=False),
    Column("browser_hash", String(64), nullable=False),  # of the cookie of the browser that began
    Column("issuer", Text, nullable=False),  # as the provider was then
    Column("client", String(255), nullable=False),
    Column("sealed", Text, nullable=False),  # JSON: nonce and PKCE verifier
    Column("redirect", Text, nullable=False),
    Column("expires_ns", BigInteger, nullable=False, index=True),
)
oidc_links = Table(  # whom a provider means by its subject
    "oidc_links",
    metadata,
    Column("brand", Integer, primary_key=True, autoincrement=False),
    Column("subject_hash", String(64), primary_key=True),  # SHA-256 of issuer and subject
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("linked_ns", BigInteger, nullable=False),
)
