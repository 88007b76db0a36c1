"""How far brokers that have endpoints were told of what happens to them."""

from alembic import op

from commonbook.storage.tables.broker_webhooks import broker_webhooks

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    broker_webhooks.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has it already


def downgrade() -> None:
    broker_webhooks.drop(op.get_bind())
