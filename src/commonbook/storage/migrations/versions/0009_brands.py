"""Brands as data: versions, logos, domains and certificates, and a count of their changes."""

from alembic import op
from sqlalchemy import insert, select

from commonbook.storage.tables.brand import (
    acme_accounts,
    acme_challenges,
    brand_certificates,
    brand_changes,
    brand_domains,
    brand_files,
    brand_versions,
)

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = (
    brand_versions,
    brand_files,
    brand_domains,
    brand_certificates,
    acme_accounts,
    acme_challenges,
    brand_changes,
)
COUNTED = ("brand_versions", "brand_domains", "brand_certificates")
CHANGES = ("INSERT", "UPDATE", "DELETE")
COUNT = "UPDATE brand_changes SET count = count + 1 WHERE id = 1"


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        table.create(connection, checkfirst=True)  # a new database has them from 0001, which makes all tables
    if connection.execute(select(brand_changes)).first() is None:
        op.execute(insert(brand_changes).values(id=1, count=0))
    if connection.dialect.name == "sqlite":
        for table in COUNTED:
            for change in CHANGES:
                name = f"{table}_{change.lower()}_counted"
                op.execute(f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {change} ON {table} BEGIN {COUNT}; END")
        return
    body = f"BEGIN {COUNT}; RETURN NULL; END"
    op.execute(f"CREATE OR REPLACE FUNCTION count_brand_changes() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for table in COUNTED:
        events = " OR ".join(CHANGES)
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_counted AFTER {events} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_brand_changes()"
        )


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for table in COUNTED:
            for change in CHANGES:
                op.execute(f"DROP TRIGGER {table}_{change.lower()}_counted")
    else:
        for table in COUNTED:
            op.execute(f"DROP TRIGGER {table}_counted ON {table}")
        op.execute("DROP FUNCTION count_brand_changes()")
    for table in reversed(TABLES):
        table.drop(connection)
