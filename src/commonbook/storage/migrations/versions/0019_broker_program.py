"""Rates, tiers and the tree of brokers as data; what is counted of their clients' trades."""

from alembic import op

from commonbook.storage.tables import program

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = (
    *(program.program_clocks, program.rate_versions, program.program_conditions, program.program_settings),
    *(program.tier_rules, program.tiers_by_hand, program.broker_places),
    *(program.broker_days, program.broker_clients, program.broker_firsts, program.tier_months, program.broker_notices),
    *(program.sub_brokers, program.sub_broker_invitations, program.sub_broker_limits, program.broker_bindings),
)


def upgrade() -> None:
    for table in TABLES:
        table.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has them already


def downgrade() -> None:
    for table in reversed(TABLES):
        table.drop(op.get_bind())
