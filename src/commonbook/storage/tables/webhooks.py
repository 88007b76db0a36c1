"""Where brands are told of what happens, what waits to be told, and what became of it."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from commonbook.storage.metadata import ROW_ID, metadata

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("endpoint", ROW_ID, primary_key=True),
    Column("brand", Integer, nullable=False, index=True),  # below zero: a broker's
    Column("url", Text, nullable=False),
    Column("kinds", String(128), nullable=False),  # of events, with a space between
    Column("state", String(8), nullable=False),  # live, paused, removed
    Column("sealed_secret", Text, nullable=False),
    Column("sealed_before", Text, nullable=False),  # the secret before it; empty: there is none
    Column("before_until_ns", BigInteger, nullable=False),  # so long both sign
    Column("created_by", BigInteger, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),  # one behind the other, of the delivery that is first
    Column("failing_since_ns", BigInteger, nullable=False),  # 0: it is not
    Column("next_try_ns", BigInteger, nullable=False),  # nothing is sent before
)
webhook_events = Table(
    "webhook_events",
    metadata,
    Column("name", String(64), primary_key=True),  # the same in every delivery; of the stream by sequence and index
    Column("brand", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("made_ns", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON: exactly what is sent
    Index("webhook_events_by_age", "made_ns"),
)
webhook_deliveries = Table(  # in the order in which an endpoint is told
    "webhook_deliveries",
    metadata,
    Column("delivery", ROW_ID, primary_key=True),
    Column("endpoint", BigInteger, nullable=False),
    Column("event", String(64), nullable=False, index=True),
    Column("state", String(12), nullable=False),  # waiting, delivered, dropped
    Column("tries", Integer, nullable=False),
    Column("status", Integer, nullable=False),  # of the newest answer; 0: there was none
    Column("why", String(200), nullable=False),  # it failed, the newest time
    Column("made_ns", BigInteger, nullable=False),
    Column("tried_ns", BigInteger, nullable=False),  # the newest time; 0: not yet
    Index("webhook_deliveries_by_endpoint", "endpoint", "state", "delivery"),
)
