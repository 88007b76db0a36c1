"""Run by Alembic: the connection comes from `open_database`."""

from alembic import context

from commonbook.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
