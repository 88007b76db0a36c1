"""The root of each settled hour, signed by the host and chained to the hour before."""

from alembic import op

from commonbook.storage.tables import broker

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    broker.signed_hours.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has it already


def downgrade() -> None:
    broker.signed_hours.drop(op.get_bind())
