"""The desks: what people, partners and the host do beside trading, as REST with an OpenAPI document for each desk.

    /account/v1   a user's own: sign-up, login, keys, devices, terms
    /partner/v1   a brand's team
    /host/v1      the host's people
    /program/v1   what anybody may know of the programs, and applications

`app.py` proves who asks before anything is parsed; a handler states what it needs (`needs.py`), and what it answers are
the structs in its signature. Rules: docs/rules/administration.md, docs/rules/people.md, docs/rules/partnership.md.
"""
