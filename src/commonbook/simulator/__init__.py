"""The recorded market: a real half-hour of Bitstamp's BTC/USD, and the demo venue it is played on."""
