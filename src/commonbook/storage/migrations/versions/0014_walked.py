"""How far the daily check has read the journal."""

import sqlalchemy as sa
from alembic import op

from commonbook.storage.tables.clearing import reconciliations

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAMES = ("walked_sequence", "walked_hash", "walked_epoch")


def upgrade() -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(reconciliations.name)}
    for name in NAMES:
        if name not in there:  # a database made by 0001 today has them already
            kind = sa.String(64) if name == "walked_hash" else sa.BigInteger()
            empty = "" if name == "walked_hash" else "0"
            op.add_column(reconciliations.name, sa.Column(name, kind, nullable=False, server_default=empty))


def downgrade() -> None:
    for name in NAMES:
        op.drop_column(reconciliations.name, name)
