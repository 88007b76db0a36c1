"""What users are told at the exchange's own pages."""

from alembic import op

from commonbook.storage.tables.inbox import made

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in made:
        table.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has them already


def downgrade() -> None:
    for table in reversed(made):
        table.drop(op.get_bind())
