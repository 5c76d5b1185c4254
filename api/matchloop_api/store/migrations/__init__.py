"""Migrations of the schema, by alembic; imported only when one is due."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

__all__ = ["FOLDER", "known_revisions", "upgrade"]

FOLDER = Path(__file__).parent


def known_revisions() -> frozenset[str]:
    """Return every revision that this version can migrate from."""
    return frozenset(path.name.split("_")[0] for path in FOLDER.glob("versions/[0-9]*.py"))


def upgrade(connection: Connection) -> None:
    """Run every missing migration in the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
