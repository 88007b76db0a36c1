"""The record door: the journal's own records over TCP and a Unix socket, for gateways and market makers.

    client ── COMMANDS ──▶ checks      a frame's records at once: kinds, account, text; stamps what no client says
                              ▼
                           the core    a RECEIPT and the frame's commands, one submission
                              │ the durable stream
                              ▼
    client ◀── EVENTS ──── routing     each account's events, and from the receipts what was answered

A frame is answered from the stream alone: the receipt that stands before its commands in the journal says whose they
are. So a door that was restarted knows what the one before it knew, and a resend has its effect once.
The page is docs/reference/record-door.md.
"""
