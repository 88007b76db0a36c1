"""Consents and refusals of brokers, where a broker asks from, its sub-accounts, and its report files.

Triggers count changes of refusals, addresses and grants with those of keys: every gateway knows of them in a second.
"""

import sqlalchemy as sa
from alembic import op

from commonbook.storage.schema import key_brokers, subaccounts
from commonbook.storage.tables import broker_clients

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = (
    broker_clients.broker_consents,
    broker_clients.broker_refusals,
    broker_clients.broker_addresses,
    broker_clients.broker_forms,
    broker_clients.suspended_brokers,
    broker_clients.broker_reports,
    broker_clients.report_links,
)
COLUMNS = (  # table, name, kind, and what it is where it was not
    (key_brokers.name, "held", sa.Boolean(), sa.false()),
    (subaccounts.name, "broker", sa.Integer(), "0"),
    (subaccounts.name, "closed_ns", sa.BigInteger(), "0"),
)
COUNTED = tuple(
    table.name
    for table in (
        broker_clients.broker_refusals,
        broker_clients.broker_addresses,
        broker_clients.broker_forms,
        broker_clients.suspended_brokers,
    )
)
CHANGES = ("INSERT", "UPDATE", "DELETE")
COUNT = "UPDATE key_changes SET count = count + 1 WHERE id = 1"


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        table.create(connection, checkfirst=True)  # a new database has them from 0001, which makes all tables
    for table_name, name, kind, default in COLUMNS:
        if name not in {one["name"] for one in sa.inspect(connection).get_columns(table_name)}:
            op.add_column(table_name, sa.Column(name, kind, nullable=False, server_default=default))
    for counted in COUNTED:
        if connection.dialect.name == "sqlite":
            for change in CHANGES:
                name = f"{counted}_{change.lower()}_counted"
                op.execute(f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {change} ON {counted} BEGIN {COUNT}; END")
            continue
        op.execute(  # the function is that of 0006
            f"CREATE OR REPLACE TRIGGER {counted}_counted AFTER {' OR '.join(CHANGES)} ON {counted}"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_key_changes()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        table.drop(op.get_bind())
    for table_name, name, _, _ in reversed(COLUMNS):
        op.drop_column(table_name, name)
