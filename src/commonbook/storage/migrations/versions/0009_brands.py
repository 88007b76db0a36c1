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
down_revision = "0008"
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
        for name in COUNTED:
            for change in CHANGES:
                trigger = f"{name}_{change.lower()}_counted"
                op.execute(f"CREATE TRIGGER IF NOT EXISTS {trigger} AFTER {change} ON {name} BEGIN {COUNT}; END")
        return
    body = f"BEGIN {COUNT}; RETURN NULL; END"
    op.execute(f"CREATE OR REPLACE FUNCTION count_brand_changes() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for name in COUNTED:
        events = " OR ".join(CHANGES)
        op.execute(
            f"CREATE OR REPLACE TRIGGER {name}_counted AFTER {events} ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_brand_changes()"
        )


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for name in COUNTED:
            for change in CHANGES:
                op.execute(f"DROP TRIGGER {name}_{change.lower()}_counted")
    else:
        for name in COUNTED:
            op.execute(f"DROP TRIGGER {name}_counted ON {name}")
        op.execute("DROP FUNCTION count_brand_changes()")
    for table in reversed(TABLES):
        table.drop(connection)
