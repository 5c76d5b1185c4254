"""Paging in the store: indexes and facets for every list, and the secret that signs page tokens."""

import json
import secrets
import time

import sqlalchemy as sa
from alembic import op

from matchloop_api.store.facets import tag_facets, transform_facets

BY_BYTES = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
BATCH = 500

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the change."""
    op.create_index("ix_transforms_created", "transforms", ["created_at", "id"])
    op.create_index("ix_transforms_modified", "transforms", ["modified_at", "created_at", "id"])
    op.create_index("ix_transforms_status", "transforms", ["status", "created_at", "id"])
    op.create_index("ix_runs_started", "runs", ["started_at", "id"])
    op.create_index("ix_runs_counted", "runs", ["type", "status", "started_at"])
    op.create_index("ix_resources_created", "resources", ["kind", "scope", "created_at", "name"])
    op.create_table(
        "facets",
        sa.Column("facet", BY_BYTES, nullable=False),
        sa.Column("transform_id", BY_BYTES, nullable=False),
        sa.ForeignKeyConstraint(
            ["transform_id"], ["transforms.id"], name="fk_facets_transform_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("facet", "transform_id", name="pk_facets"),
    )
    op.create_index("ix_facets_transform_id", "facets", ["transform_id"])
    op.create_table(
        "tag_facets",
        sa.Column("facet", BY_BYTES, nullable=False),
        sa.Column("resource", BY_BYTES, nullable=False),
        sa.ForeignKeyConstraint(
            ["resource"], ["tags.resource"], name="fk_tag_facets_resource", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("facet", "resource", name="pk_tag_facets"),
    )
    op.create_index("ix_tag_facets_resource", "tag_facets", ["resource"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Give the rows that are there already what the code writes from now on."""
    rows = connection.execute(sa.text("SELECT id, definition, schema FROM transforms"))
    for some in rows.partitions(BATCH):
        _add(
            connection,
            "INSERT INTO facets (facet, transform_id) VALUES (:facet, :of)",
            [
                {"facet": facet, "of": key}
                for key, definition, schema in some
                for facet in transform_facets(json.loads(definition), json.loads(schema))
            ],
        )
    rows = connection.execute(sa.text("SELECT resource, tags FROM tags"))
    for some in rows.partitions(BATCH):
        _add(
            connection,
            "INSERT INTO tag_facets (facet, resource) VALUES (:facet, :of)",
            [
                {"facet": facet, "of": resource}
                for resource, tags in some
                for facet in tag_facets(json.loads(tags))
            ],
        )
    kept = "SELECT 1 FROM resources WHERE kind = 'secret' AND scope = '' AND name = 'paging'"
    if connection.execute(sa.text(kept)).first() is None:
        _add(
            connection,
            "INSERT INTO resources (kind, scope, name, body, created_at, modified_at) "
            "VALUES ('secret', '', 'paging', :body, :now, :now)",
            [
                {
                    "body": json.dumps({"value": secrets.token_hex(32)}),
                    "now": time.time_ns() // 1000,
                }
            ],
        )


def _add(connection: sa.Connection, statement: str, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(sa.text(statement), rows)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("tag_facets")
    op.drop_table("facets")
    op.drop_index("ix_resources_created", "resources")
    op.drop_index("ix_runs_counted", "runs")
    op.drop_index("ix_runs_started", "runs")
    op.drop_index("ix_transforms_status", "transforms")
    op.drop_index("ix_transforms_modified", "transforms")
    op.drop_index("ix_transforms_created", "transforms")
