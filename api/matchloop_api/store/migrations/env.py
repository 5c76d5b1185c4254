"""The alembic environment: migrations run on the caller's connection, in its transaction."""

from alembic import context

from matchloop_api.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=False,  # one transaction: a failure changes nothing
)
context.run_migrations()
