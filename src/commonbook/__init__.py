"""commonbook: one order book, many exchanges. Start reading at `commonbook.exchange`."""
