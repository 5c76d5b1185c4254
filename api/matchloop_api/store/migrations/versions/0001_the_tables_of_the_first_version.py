"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

BY_BYTES = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
MOVES = sa.text("status IN ('STARTING', 'RUNNING', 'STOPPING')")

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "keys",
        sa.Column("id", BY_BYTES, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )
    op.create_table(
        "payloads",
        sa.Column("id", BY_BYTES, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payloads"),
    )
    op.create_index("ix_payloads_created_at", "payloads", ["created_at"])

    op.create_table(
        "resources",
        sa.Column("kind", BY_BYTES, nullable=False),
        sa.Column("scope", BY_BYTES, nullable=False),
        sa.Column("name", BY_BYTES, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "scope", "name", name="pk_resources"),
    )
    op.create_table(
        "tags",
        sa.Column("resource", BY_BYTES, nullable=False),
        sa.Column("kind", BY_BYTES, nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource", name="pk_tags"),
    )
    op.create_index("ix_tags_kind", "tags", ["kind"])

    op.create_table(
        "transforms",
        sa.Column("id", BY_BYTES, nullable=False),
        sa.Column("name", BY_BYTES, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=False),
        sa.Column("label_count", sa.BigInteger(), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=True),
        sa.Column("matches", BY_BYTES, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_transforms"),
        sa.UniqueConstraint("name", name="uq_transforms_name"),
    )
    op.create_index("ix_transforms_matches", "transforms", ["matches"])

    op.create_table(
        "ledger",
        sa.Column("transform_id", BY_BYTES, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("replace_all", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("payload", BY_BYTES, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("run_id", BY_BYTES, nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["payload"], ["payloads.id"], name="fk_ledger_payload"),
        sa.ForeignKeyConstraint(
            ["transform_id", "undoes"],
            ["ledger.transform_id", "ledger.seq"],
            name="fk_ledger_transform_id_undoes",
        ),
        sa.ForeignKeyConstraint(
            ["transform_id"], ["transforms.id"], name="fk_ledger_transform_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("transform_id", "seq", name="pk_ledger"),
        sa.UniqueConstraint("run_id", name="uq_ledger_run_id"),
    )
    op.create_index("ix_ledger_payload", "ledger", ["payload"])

    op.create_table(
        "pieces",
        sa.Column("payload_id", BY_BYTES, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payload_id"], ["payloads.id"], name="fk_pieces_payload_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("payload_id", "number", name="pk_pieces"),
    )
    op.create_table(
        "runs",
        sa.Column("id", BY_BYTES, nullable=False),
        sa.Column("type", BY_BYTES, nullable=False),
        sa.Column("status", BY_BYTES, nullable=False),
        sa.Column("transform_id", BY_BYTES, nullable=True),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("log_group", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("timeout_s", sa.Double(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.Double(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("pairs", sa.BigInteger(), nullable=False),
        sa.Column("left_s", sa.Double(), nullable=True),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transform_id"], ["transforms.id"], name="fk_runs_transform_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_of_transform", "runs", ["transform_id", "started_at", "id"])
    op.create_index(
        "ix_runs_queue", "runs", ["started_at", "id"], sqlite_where=MOVES, postgresql_where=MOVES
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("runs")
    op.drop_table("pieces")

    op.drop_table("ledger")

    op.drop_table("transforms")

    op.drop_table("tags")
    op.drop_table("resources")

    op.drop_table("payloads")
    op.drop_table("keys")
