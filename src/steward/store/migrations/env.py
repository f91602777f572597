"""What Alembic runs: the migrations, on the connection that `steward.store.migrate` opened its transaction on."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
context.run_migrations()
