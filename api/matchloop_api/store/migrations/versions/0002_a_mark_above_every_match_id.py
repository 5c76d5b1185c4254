"""A mark above every match id that a transform ever gave."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the change."""
    op.add_column(
        "transforms",
        sa.Column("next_match_id", sa.BigInteger(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("transforms", "next_match_id")
