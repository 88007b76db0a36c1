"""Becoming a broker, and the registry of brokers."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from commonbook.storage.metadata import ROW_ID, metadata

applications = Table(
    "broker_applications",
    metadata,
    Column("application", ROW_ID, primary_key=True),
    Column("reference", String(16), nullable=False, unique=True),  # by which people name it
    Column("state", String(16), nullable=False),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("open_user", BigInteger, unique=True),  # the user while it is not over: at most one each; null: over
    Column("brand", Integer, nullable=False),  # the user's
    Column("account", BigInteger, nullable=False),  # is paid; 0: not submitted yet
    Column("title", String(64), nullable=False),  # the name that users see
    Column("models", String(8), nullable=False),  # api, oauth, both
    Column("business", String(16), nullable=False),  # "" while it is not told
    Column("codes", Text, nullable=False),  # JSON: the codes that are wished, the most wished one first
    Column("redirect_urls", Text, nullable=False),  # JSON
    Column("is_public_client", Boolean, nullable=False),  # of OAuth: it keeps no secret
    Column("ip_list", Text, nullable=False),  # JSON
    Column("requests_per_s", Integer, nullable=False),  # that its systems keep up; 0: not told
    Column("subaccounts_most", Integer, nullable=False),  # that it wishes to keep for clients of its own; 0: none
    Column("logo", String(64), nullable=False),  # the hash of its picture; "" for none
    Column("personal", Text, nullable=False),  # sealed under the application's own key; "" once it is erased
    Column("broker", Integer, nullable=False, index=True),  # its number; 0: not yet
    Column("created_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Column("asked", BigInteger, nullable=False),  # counts up by whoever moves it, which locks it
    Index("broker_applications_by_state", "state", "changed_ns"),
)
application_keys = Table(  # without its row, what is sealed of an application is noise
    "broker_dossier_keys",
    metadata,
    Column("application", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed_key", Text, nullable=False),
)
papers = Table(
    "broker_papers",
    metadata,
    Column("application", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(64), nullable=False),
    Column("size", Integer, nullable=False),  # bytes
    Column("name", Text, nullable=False),  # sealed
    Column("content", Text, nullable=False),  # sealed
)
logos = Table(
    "broker_logos",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256
    Column("kind", String(32), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
codes = Table(  # codes that are wished or given: each for one application, whatever the case of its letters
    "broker_codes",
    metadata,
    Column("folded", String(16), primary_key=True),  # in small letters
    Column("code", String(16), nullable=False),
    Column("application", BigInteger, nullable=False, index=True),
)
steps = Table(  # the way of each application so far
    "broker_steps",
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
checks = Table(  # what the host has found
    "broker_checks",
    metadata,
    Column("check", ROW_ID, primary_key=True),
    Column("application", BigInteger, nullable=False, index=True),
    Column("kind", String(12), nullable=False),  # kyb, sanctions, security
    Column("passed", Boolean, nullable=False),
    Column("source", String(96), nullable=False),  # the provider and its number for it
    Column("user_id", BigInteger, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
)
comments = Table(
    "broker_comments",
    metadata,
    Column("comment", ROW_ID, primary_key=True),
    Column("application", BigInteger, nullable=False, index=True),
    Column("user_id", BigInteger, nullable=False),
    Column("role", String(12), nullable=False),  # applicant, host
    Column("is_internal", Boolean, nullable=False),  # the applicant does not see it
    Column("text", Text, nullable=False),  # sealed
    Column("time_ns", BigInteger, nullable=False),
)
contract_texts = Table(
    "broker_contract_texts",
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
    "broker_contracts",
    metadata,
    Column("application", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1; a renewal is the next
    Column("version", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("broker_user", BigInteger, nullable=False),  # 0: not accepted yet
    Column("broker_ns", BigInteger, nullable=False),
    Column("host_approval", BigInteger, nullable=False),
    Column("host_ns", BigInteger, nullable=False),  # 0: not accepted yet
    Column("starts_ns", BigInteger, nullable=False),  # 0: until both have accepted
    Column("ends_ns", BigInteger, nullable=False),
    Column("noticed_ns", BigInteger, nullable=False),  # when the broker was warned of its end; 0: not
)
attestations = Table(  # what a broker has sworn, and until when that counts
    "broker_attestations",
    metadata,
    Column("attestation", ROW_ID, primary_key=True),
    Column("application", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),  # aml_kyc, data_protection
    Column("hash", String(64), nullable=False),  # of the statement that was made
    Column("user_id", BigInteger, nullable=False),
    Column("made_ns", BigInteger, nullable=False),
    Column("ends_ns", BigInteger, nullable=False),
    Column("noticed_ns", BigInteger, nullable=False),  # when the broker was warned of its end; 0: not
    Index("broker_attestations_by_application", "application", "kind"),
)
brokers = Table(  # who the core knows under a number, and what it is to know
    "brokers",
    metadata,
    Column("broker", Integer, primary_key=True, autoincrement=False),  # the core's id
    Column("code", String(16), nullable=False),
    Column("application", BigInteger, nullable=False, unique=True),
    Column("user_id", BigInteger, nullable=False),
    Column("brand", Integer, nullable=False),
    Column("payout_account", BigInteger, nullable=False),
    Column("title", String(64), nullable=False),
    Column("models", String(8), nullable=False),
    Column("business", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # testing, live, lapsed, suspended, closed
    Column("is_active", Boolean, nullable=False),  # what the core is to say of the code
    Column("is_pending", Boolean, nullable=False),  # the core has not confirmed that yet
    Column("opened_ns", BigInteger, nullable=False),
    Column("since_ns", BigInteger, nullable=False),  # first live; 0: not yet
    Column("changed_ns", BigInteger, nullable=False),
    UniqueConstraint("code", name="brokers_by_code"),
    Index("brokers_by_user", "user_id"),
    Index("brokers_by_state", "state"),
)
certificates = Table(  # what runs of the conformance kit have found
    "broker_certificates",
    metadata,
    Column("certificate", ROW_ID, primary_key=True),
    Column("broker", Integer, nullable=False, index=True),
    Column("passed", Boolean, nullable=False),
    Column("report", Text, nullable=False),  # as it was signed
    Column("report_hash", String(64), nullable=False),  # SHA-256 of it
    Column("signature", String(128), nullable=False),  # Ed25519 of the report, by the host's key
    Column("signed_by", String(64), nullable=False),  # the public key
    Column("made_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
    UniqueConstraint("broker", "report_hash", name="broker_certificates_by_report"),
)

TABLES = (
    applications,
    application_keys,
    papers,
    logos,
    codes,
    steps,
    checks,
    comments,
    contract_texts,
    contracts,
    attestations,
    brokers,
    certificates,
)
