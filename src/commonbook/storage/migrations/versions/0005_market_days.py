"""The days of trades and candles that are in files."""

from alembic import op

from commonbook.storage.schema import market_days

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    market_days.create(op.get_bind(), checkfirst=True)  # a new database has it from 0001, which makes all tables


def downgrade() -> None:
    market_days.drop(op.get_bind())
