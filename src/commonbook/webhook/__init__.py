"""Webhooks: a brand's own programs are told of what happens to its users, signed, in order and at least once.

    outbox.py      what happened, written in the transaction that it happened in
    endpoints.py   where a brand is told, of what, and with which secret
    brokers.py     what brokers are told of, gathered from the tables of their program
    delivery.py    the telling itself, endpoint by endpoint
    outbound.py    the guard of every request that goes to an address somebody has given us

Rules: docs/rules/webhooks.md; of brokers BL-7 to BL-9 of docs/rules/broker-live.md.
"""
