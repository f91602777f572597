"""What Alembic runs: the migrations, on the connection that `steward.store.migrate` opened its transaction on."""

from alembic import context

from steward.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
context.run_migrations()
