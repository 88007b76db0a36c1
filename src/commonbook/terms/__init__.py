"""Texts that users agree to: terms, risk warning, privacy; which hold for whom, and what is still to be accepted.

Orders of an account that belongs to a user wait for the user's acceptance; an account without a user needs none.
Rules: docs/rules/terms.md.
"""
