from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from matchloop_api.store import TransformQuery, open_store
from matchloop_api.store.migrations import FOLDER, known_revisions
from matchloop_api.store.schema import REVISION, metadata


@pytest.fixture
def connection(store_url: str) -> Iterator[Connection]:
    open_store(store_url).close()
    engine = create_engine(store_url)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def configured() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def test_the_migrations_make_what_the_tables_say(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True})

    assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    script = ScriptDirectory.from_config(configured())

    assert script.get_current_head() == REVISION
    assert known_revisions() == {one.revision for one in script.walk_revisions()}


def test_every_migration_can_be_taken_back(connection: Connection) -> None:
    config = configured()
    config.attributes["connection"] = connection
    command.downgrade(config, "base")

    assert inspect(connection).get_table_names() == ["alembic_version"]
    command.upgrade(config, "head")
    assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_store_of_the_first_version_is_found_by_everything_after_it_is_brought_up(
    store_url: str, connection: Connection
) -> None:
    config = configured()
    config.attributes["connection"] = connection
    command.downgrade(config, "0001")
    connection.execute(
        text(
            "INSERT INTO transforms (id, name, status, created_at, modified_at, definition, "
            "schema, label_count) VALUES ('tfm-1', 'old', 'READY', 1, 1, :definition, :columns, 3)"
        ),
        {
            "definition": '{"GlueVersion":"2.0"}',
            "columns": '[{"Name":"gr\\u00f6\\u00dfe","DataType":"int"}]',
        },
    )
    connection.execute(
        text("INSERT INTO tags (resource, kind, tags) VALUES ('mlTransform/tfm-1', 'x', :tags)"),
        {"tags": '{"team":"\\u0000a"}'},
    )
    connection.execute(text("DELETE FROM resources"))
    connection.commit()
    connection.close()

    store = open_store(store_url)
    with store.reading() as tx:
        for query in (
            TransformQuery(glue_versions=("2.0",)),
            TransformQuery(columns=({"Name": "größe"},)),
            TransformQuery(tags={"team": "\0a"}),
        ):
            assert tx.transforms.find_ids(query) == ["tfm-1"]
    assert len(store.secret) == 32
    store.close()
