"""OKX v5 over WebSocket: requests, order entry and pushes on the port that serves REST.

upgrade      the HTTP server hands a connection over
connection   one client: login, subscriptions, orders; what it may cost
channels     the table of channels, and where each may be asked for
hub          who listens to what; every durable batch passes here
books, market, private, broker_feeds    the feeds: what a channel pushes
brokers, accruing    what is read for brokers who listen
"""
