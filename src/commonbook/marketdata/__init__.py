"""What everybody may see: trades, candles, 24-hour figures, and the book by price level."""
