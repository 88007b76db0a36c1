"""Clearing statements, releases, bills, daily checks; volume by instrument.

What brands are owed today is brought forward as one amount; days are cleared from the one behind the newest on.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from commonbook.storage.schema import ledger_balances, ledger_entries
from commonbook.storage.tables import clearing

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DAY_NS = 24 * 3_600_000_000_000
TABLES = (
    *(clearing.cost_shares, clearing.claim_schedules, clearing.release_schedules),
    *(clearing.revenue_days, clearing.revenue_moves, clearing.clearing_statements),
    *(clearing.holds, clearing.adjustments, clearing.releases),
    *(clearing.service_prices, clearing.service_uses, clearing.service_targets, clearing.service_measures),
    *(clearing.invoices, clearing.invoice_payments, clearing.reconciliations, clearing.audit_alarms),
    *(clearing.brand_instrument_hours, clearing.book_instrument_hours, clearing.filtered_days),
)
PREFIX = "brand_revenue:"
ITEMS = (
    *("fees", "rebates", "affiliates", "commissions", "cost_share", "holders", "subsidy", "trading"),
    *("withdrawal", "listing", "other", "transfers", "adjustments", "released", "set_off"),
)


def upgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        table.create(connection, checkfirst=True)  # a database made by 0001 today has them already
    newest_ns = connection.execute(sa.select(sa.func.max(ledger_entries.c.time_ns))).scalar()
    if newest_ns is None:
        return
    day = int(newest_ns) // DAY_NS
    known: dict[str, Any] = {"problems": "[]", "liabilities": "{}", "journal_hash": "", "sequence": 0}
    connection.execute(sa.insert(clearing.reconciliations).values(day=day, state="before", **known))
    owed = sa.select(ledger_balances).where(ledger_balances.c.account.startswith(PREFIX))
    for row in connection.execute(owed).all():
        values = dict.fromkeys(ITEMS, 0) | {"transfers": row.amount}
        brand = int(row.account.removeprefix(PREFIX))
        connection.execute(sa.insert(clearing.revenue_days).values(brand=brand, asset=row.asset, day=day, **values))


def downgrade() -> None:
    for table in reversed(TABLES):
        table.drop(op.get_bind())
