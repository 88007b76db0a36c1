"""Busted trades and corrected commissions."""

from alembic import op

from commonbook.storage.tables.corrections import made

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in made:
        table.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has them already


def downgrade() -> None:
    for table in reversed(made):
        table.drop(op.get_bind())
