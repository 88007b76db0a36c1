"""The open partnership: how a team applies, is looked at, stakes, signs, tries out, goes live, and leaves again.

A phase is data (`phases.py`). An application walks a table of moves (`rules.py`); what a move needs is computed from
facts (`facts.py`, `verification.py`) and never ticked by hand. The stake is a transfer in the journal whose key names
the slot of the quota (`stake.py`). Rules: docs/rules/partnership.md.
"""
