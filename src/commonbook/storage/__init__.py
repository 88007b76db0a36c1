"""The back office's database: SQLite by default, PostgreSQL by URL; one schema, the same queries.

Everything in it, keys and settings apart, is a projection of the journal and can be built again from it.
"""
