"""The one shared book: numbering, journal, engine and the stream of what became durable.

`sequencer` is the heart: number, journal, apply, wait until durable. `core` puts it behind a Unix socket, `client`
is the other end of that socket, `stream` follows everything from any sequence on, `recovery` rebuilds the engine.
"""
