"""Webhooks, exports and imports of brands, and their sign-in providers."""

from alembic import op

from commonbook.storage.tables.leaving import brand_exports, external_ids, import_rows, transfer_consents, user_imports
from commonbook.storage.tables.providers import oidc_attempts, oidc_links, oidc_providers
from commonbook.storage.tables.webhooks import webhook_deliveries, webhook_endpoints, webhook_events

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    *(webhook_endpoints, webhook_events, webhook_deliveries),
    *(transfer_consents, brand_exports, user_imports, import_rows, external_ids),
    *(oidc_providers, oidc_attempts, oidc_links),
)


def upgrade() -> None:
    for table in TABLES:
        table.create(op.get_bind(), checkfirst=True)  # a database made by 0001 today has them already


def downgrade() -> None:
    for table in reversed(TABLES):
        table.drop(op.get_bind())
