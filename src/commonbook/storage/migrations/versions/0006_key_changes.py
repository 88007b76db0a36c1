"""A count of all changes of keys, by triggers: also what an operator changes by hand is seen within a second."""

from alembic import op
from sqlalchemy import insert, select

from commonbook.storage.schema import key_changes

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("api_keys", "key_brokers")
CHANGES = ("INSERT", "UPDATE", "DELETE")
COUNT = "UPDATE key_changes SET count = count + 1 WHERE id = 1"


def upgrade() -> None:
    key_changes.create(op.get_bind(), checkfirst=True)  # a new database has it from 0001, which makes all tables
    if op.get_bind().execute(select(key_changes)).first() is None:
        op.execute(insert(key_changes).values(id=1, count=0))
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for change in CHANGES:
                name = f"{table}_{change.lower()}_counted"
                op.execute(f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {change} ON {table} BEGIN {COUNT}; END")
        return
    body = f"BEGIN {COUNT}; RETURN NULL; END"
    op.execute(f"CREATE OR REPLACE FUNCTION count_key_changes() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for table in TABLES:
        events = " OR ".join(CHANGES)
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_counted AFTER {events} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_key_changes()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for change in CHANGES:
                op.execute(f"DROP TRIGGER {table}_{change.lower()}_counted")
    else:
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_counted ON {table}")
        op.execute("DROP FUNCTION count_key_changes()")
    key_changes.drop(op.get_bind())
