"""How far the daily check has read the journal; which notices went by letter."""

import sqlalchemy as sa
from alembic import op

from commonbook.storage.schema import positions
from commonbook.storage.tables.autonomy import notices
from commonbook.storage.tables.clearing import reconciliations

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LETTERS = "letters"  # until now: the position of the newest notice that went
COLUMNS = (  # table, name, kind, and what it is where it was not
    (reconciliations.name, "walked_sequence", sa.BigInteger(), "0"),
    (reconciliations.name, "walked_hash", sa.String(64), ""),
    (reconciliations.name, "walked_epoch", sa.BigInteger(), "0"),
    (notices.name, "has_letters", sa.Boolean(), sa.false()),
)


def upgrade() -> None:
    connection = op.get_bind()
    for table, name, kind, default in COLUMNS:
        if name not in {one["name"] for one in sa.inspect(connection).get_columns(table)}:
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
        # else: a database made by 0001 today has them already
    newest = sa.select(positions.c.sequence).where(positions.c.name == LETTERS)
    gone = connection.execute(newest).scalar() or 0
    connection.execute(sa.update(notices).where(notices.c.notice <= gone).values(has_letters=True))
    connection.execute(sa.delete(positions).where(positions.c.name == LETTERS))


def downgrade() -> None:
    for table, name, _, _ in reversed(COLUMNS):
        op.drop_column(table, name)
