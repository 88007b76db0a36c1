"""What everybody may see: trades, candles, 24-hour figures, and the book by price level.

The recent days lie in tables, closed days in Parquet files; `queries.MarketHistory` reads both as one.
"""
