"""What people are told by mail: texts in their language, an outbox, and its delivery.

A mail is in a brand's name, as its letterhead says. Rules: docs/rules/people.md, PE-13 and PE-14.
"""
