"""Persons and users, roles, approvals and the audit log; whose a key or a session is."""

import sqlalchemy as sa
from alembic import op

from commonbook.storage.schema import api_keys, web_sessions
from commonbook.storage.tables.administration import approvals, audit_heads, audit_log, grants
from commonbook.storage.tables.people import key_uses, persons, user_keys, users

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (persons, users, user_keys, key_uses, grants, approvals, audit_heads, audit_log)
COLUMNS = {
    api_keys.name: (sa.Column("user_id", sa.BigInteger, nullable=False, server_default="0"),),
    web_sessions.name: (
        sa.Column("user_id", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("proved_ns", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("seen_ns", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("device", sa.Text, nullable=False, server_default=""),
    ),
}


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        table.create(connection, checkfirst=True)  # a database made by 0001 today has them already
    for name, columns in COLUMNS.items():
        there = {column["name"] for column in sa.inspect(connection).get_columns(name)}
        for column in columns:
            if column.name not in there:
                op.add_column(name, column)
        if not any(index["column_names"] == ["user_id"] for index in sa.inspect(connection).get_indexes(name)):
            op.create_index(f"ix_{name}_user_id", name, ["user_id"])


def downgrade() -> None:
    for name, columns in COLUMNS.items():
        op.drop_index(f"ix_{name}_user_id", name)
        for column in columns:
            op.drop_column(name, column.name)
    for table in reversed(TABLES):
        table.drop(op.get_bind())
