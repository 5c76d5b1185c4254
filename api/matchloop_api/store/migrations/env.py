"""How alembic runs: on the connection it is given, in that connection's transaction."""

from alembic import context

from matchloop_api.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=False,  # the caller's transaction holds everything
)
context.run_migrations()
