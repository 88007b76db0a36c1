"""How somebody becomes a broker, and who is one.

An application walks a table of moves (`rules.py`) from a draft to a code that earns; what a move needs is computed from
facts (`facts.py`). The registry (`registry.py`) says who a broker is and what the core is to say of its code: the core
is told by sequenced commands alone (`codes.py`). What lapses is warned of first and comes back by itself (`upkeep.py`).
Rules: docs/rules/becoming-a-broker.md.
"""
