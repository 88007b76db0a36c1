"""The partnership: phases, applications, slots and stakes, contracts."""

from alembic import op

from commonbook.storage.tables import partnership as tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    tables.phases,
    tables.phase_versions,
    tables.applications,
    tables.application_keys,
    tables.attachments,
    tables.messages,
    tables.steps,
    tables.checks,
    tables.slots,
    tables.stakes,
    tables.payments,
    tables.contract_texts,
    tables.contracts,
)


def upgrade() -> None:
    for table in TABLES:
        table.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has them already


def downgrade() -> None:
    for table in reversed(TABLES):
        table.drop(op.get_bind())
