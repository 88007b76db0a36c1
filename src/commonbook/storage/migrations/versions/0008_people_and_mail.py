"""What people prove themselves with, the mails to them, and a word of what a user may not do to all who know keys."""

import sqlalchemy as sa
from alembic import op

from commonbook.storage.tables.notices import mails
from commonbook.storage.tables.people import (
    account_openings,
    challenges,
    devices,
    passkeys,
    person_aliases,
    recoveries,
    recovery_codes,
    throttles,
    totps,
    users,
)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = (
    *(person_aliases, account_openings, challenges, throttles, totps, recovery_codes, passkeys, devices, recoveries),
    mails,
)
COLUMN = "withdrawals_from_ns"
WATCHED = f"UPDATE OF state, {COLUMN} ON users"  # who remembers keys looks again when one of these changes
COUNT = "UPDATE key_changes SET count = count + 1 WHERE id = 1"


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        table.create(connection, checkfirst=True)  # a database made by 0001 today has them already
    if COLUMN not in {column["name"] for column in sa.inspect(connection).get_columns(users.name)}:
        op.add_column(users.name, sa.Column(COLUMN, sa.BigInteger, nullable=False, server_default="0"))
    if connection.dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER IF NOT EXISTS users_counted AFTER {WATCHED} BEGIN {COUNT}; END")
        return
    op.execute(
        f"CREATE OR REPLACE TRIGGER users_counted AFTER {WATCHED}"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_key_changes()"
    )


def downgrade() -> None:
    on_table = "" if op.get_bind().dialect.name == "sqlite" else " ON users"
    op.execute(f"DROP TRIGGER users_counted{on_table}")
    op.drop_column(users.name, COLUMN)
    for table in reversed(TABLES):
        table.drop(op.get_bind())
