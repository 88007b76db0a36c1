"""Applications to be a broker, and the registry of brokers."""

from alembic import op

from commonbook.storage.tables import brokerage

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    for table in brokerage.TABLES:
        table.create(connection, checkfirst=True)  # a database made by 0001 today has them already


def downgrade() -> None:
    for table in reversed(brokerage.TABLES):
        op.drop_table(table.name)
