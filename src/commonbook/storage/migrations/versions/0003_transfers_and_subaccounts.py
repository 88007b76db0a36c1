"""Transfers by number and by key, and sub-accounts by name.

Transfers from before this migration are in the journal and in the bills; nobody could ask for them by number.
"""

from alembic import op

from commonbook.storage.schema import subaccounts, transfer_names, transfers

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (transfers, transfer_names, subaccounts)


def upgrade() -> None:
    for table in TABLES:
        table.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has them already


def downgrade() -> None:
    for table in TABLES:
        table.drop(op.get_bind())
