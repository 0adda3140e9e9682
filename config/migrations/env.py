"""What Alembic runs: the migrations, in the transaction that `config.database` has begun."""

from alembic import context

from domain.store.tables.everything import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
