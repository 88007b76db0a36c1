"""OAuth clients, grants and tokens, and a count of what takes their force away."""

from alembic import op
from sqlalchemy import insert, select

from commonbook.storage.tables.oauth import (
    oauth_changes,
    oauth_clients,
    oauth_codes,
    oauth_grants,
    oauth_keys,
    oauth_tokens,
)

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = (oauth_clients, oauth_codes, oauth_grants, oauth_tokens, oauth_keys, oauth_changes)
WATCHED = (oauth_clients, oauth_grants, oauth_tokens)  # a new row takes nothing from what is known
COUNT = "UPDATE oauth_changes SET count = count + 1 WHERE id = 1"


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        table.create(connection, checkfirst=True)  # a database made by 0001 today has them already
    if connection.execute(select(oauth_changes)).first() is None:
        op.execute(insert(oauth_changes).values(id=1, count=0))
    if connection.dialect.name == "sqlite":
        for table in WATCHED:
            name = f"{table.name}_update_counted"
            op.execute(f"CREATE TRIGGER IF NOT EXISTS {name} AFTER UPDATE ON {table.name} BEGIN {COUNT}; END")
        return
    body = f"BEGIN {COUNT}; RETURN NULL; END"
    op.execute(f"CREATE OR REPLACE FUNCTION count_oauth_changes() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for table in WATCHED:
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table.name}_counted AFTER UPDATE ON {table.name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_oauth_changes()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        table.drop(op.get_bind())
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION count_oauth_changes()")
