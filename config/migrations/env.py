"""What Alembic runs: the migrations, in the transaction that `config.database` has begun."""

from alembic import context

from domain.store.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
