"""Terms and their acceptance, and what a brand decides by itself; who may order is looked at when terms change."""

from alembic import op
from sqlalchemy import Table

from commonbook.storage.tables import autonomy, terms

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = [table for module in (terms, autonomy) for table in vars(module).values() if isinstance(table, Table)]
COUNTED = {  # what decides who may order, and the changes of it
    "terms_versions": ("INSERT", "UPDATE", "DELETE"),
    "terms_countries": ("INSERT", "UPDATE", "DELETE"),
    "terms_acceptances": ("INSERT", "UPDATE", "DELETE"),
    "users": ("INSERT", "UPDATE OF account, brand", "DELETE"),
}
COUNT = "UPDATE key_changes SET count = count + 1 WHERE id = 1"


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        table.create(connection, checkfirst=True)  # a database made by 0001 today has them already
    for name, changes in COUNTED.items():
        for change in changes:
            trigger = f"{name}_{change.split()[0].lower()}_counted"
            if connection.dialect.name == "sqlite":
                op.execute(f"CREATE TRIGGER IF NOT EXISTS {trigger} AFTER {change} ON {name} BEGIN {COUNT}; END")
            else:  # the function is of 0006
                op.execute(
                    f"CREATE OR REPLACE TRIGGER {trigger} AFTER {change} ON {name}"
                    " FOR EACH STATEMENT EXECUTE FUNCTION count_key_changes()"
                )


def downgrade() -> None:
    where = "" if op.get_bind().dialect.name == "sqlite" else " ON {}"
    for name, changes in COUNTED.items():
        for change in changes:
            op.execute(f"DROP TRIGGER {name}_{change.split()[0].lower()}_counted{where.format(name)}")
    for table in reversed(TABLES):
        table.drop(op.get_bind())
