"""The labelling page: sets that wait for answers, each person's answers and every event."""

import sqlalchemy as sa
from alembic import op

BY_BYTES = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "label_sets",
        sa.Column("transform_id", BY_BYTES, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("person", BY_BYTES),
        sa.Column("holder", BY_BYTES),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transform_id"],
            ["transforms.id"],
            name="fk_label_sets_transform_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transform_id", "number", name="pk_label_sets"),
    )
    op.create_index("ix_label_sets_queue", "label_sets", ["transform_id", "is_open", "position"])
    op.create_table(
        "label_opinions",
        sa.Column("transform_id", BY_BYTES, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person", BY_BYTES, nullable=False),
        sa.Column("submit", BY_BYTES),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transform_id", "number"],
            ["label_sets.transform_id", "label_sets.number"],
            name="fk_label_opinions_transform_id_number",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transform_id", "number", "person", name="pk_label_opinions"),
    )
    op.create_index(
        "ix_label_opinions_person", "label_opinions", ["transform_id", "person", "answered_at"]
    )
    op.create_table(
        "label_events",
        sa.Column("seq", SERIAL, nullable=False, autoincrement=True),
        sa.Column("id", BY_BYTES, nullable=False),
        sa.Column("transform_id", BY_BYTES, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person", BY_BYTES, nullable=False),
        sa.Column("session", BY_BYTES, nullable=False),
        sa.Column("session_seq", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transform_id", "number"],
            ["label_sets.transform_id", "label_sets.number"],
            name="fk_label_events_transform_id_number",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_label_events"),
        sa.UniqueConstraint("id", name="uq_label_events_id"),
    )
    op.create_index("ix_label_events_set", "label_events", ["transform_id", "number", "person"])
    op.create_index("ix_label_events_session", "label_events", ["session"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("label_events")
    op.drop_table("label_opinions")
    op.drop_table("label_sets")
