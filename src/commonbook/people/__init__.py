"""Persons and the users they are at brands: who they are, how they prove it, and what is kept of them.

Personal data lies outside the journal, under a key per user that erasure destroys. Rules: docs/rules/people.md.
"""
