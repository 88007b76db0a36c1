"""Web sessions, and the tickets with which they log a WebSocket in."""

from alembic import op

from commonbook.storage.schema import web_sessions, web_tickets

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (web_sessions, web_tickets)


def upgrade() -> None:
    for table in TABLES:
        table.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has them already


def downgrade() -> None:
    for table in TABLES:
        table.drop(op.get_bind())
