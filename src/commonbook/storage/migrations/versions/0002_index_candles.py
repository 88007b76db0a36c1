"""Index prices by the minute, filled from those that are kept."""

from alembic import op
from sqlalchemy import inspect, text

from commonbook.storage.schema import index_candles

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A database made by 0001 today has the table already, and nothing to fill it from. One price a row; of a minute's, the
# first by sequence opens and the last closes.
FILL = """
INSERT INTO index_candles (asset, quote_asset, minute, open_e8, high_e8, low_e8, close_e8)
SELECT sums.asset, sums.quote_asset, sums.minute, opening.price_e8, sums.high_e8, sums.low_e8, closing.price_e8
FROM (
    SELECT asset, quote_asset, time_ns / 60000000000 AS minute, MIN(sequence) AS first, MAX(sequence) AS last,
           MAX(price_e8) AS high_e8, MIN(price_e8) AS low_e8
    FROM index_prices GROUP BY asset, quote_asset, time_ns / 60000000000
) AS sums
JOIN index_prices AS opening ON opening.sequence = sums.first
JOIN index_prices AS closing ON closing.sequence = sums.last
"""


def upgrade() -> None:
    if not inspect(op.get_bind()).has_table("index_candles"):
        index_candles.create(op.get_bind())
        op.execute(text(FILL))


def downgrade() -> None:
    op.drop_table("index_candles")
