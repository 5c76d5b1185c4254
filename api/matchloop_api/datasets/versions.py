"""The resources that belong to a table of the catalog: earlier versions and partitions."""

from __future__ import annotations

from matchloop_api.store import Resource, Transaction

__all__ = ["PARTITION", "VERSION", "below", "clear_below", "keep_version"]

PARTITION = "partition"
"""The kind of a partition; its name is the JSON text of its values."""

VERSION = "table_version"
"""The kind of an earlier version; its name is its number, padded so that names sort by number."""


def below(table: Resource) -> str:
    """Return the scope of the resources that belong to a table."""
    return f"{table.scope}/{table.name}"


def keep_version(tx: Transaction, table: Resource) -> None:
    """Store the current definition of a table as a version, before it is replaced."""
    number = str(table.body.get("VersionId") or "0")
    tx.resources.add(
        Resource(
            kind=VERSION,
            scope=below(table),
            name=f"{number:0>12}",
            body=table.body,
            created_at=table.created_at,
            modified_at=table.modified_at,
        )
    )


def clear_below(tx: Transaction, table: Resource) -> None:
    """Remove the resources that belong to a table."""
    for kind in (PARTITION, VERSION):
        tx.resources.clear(kind, scope=below(table))
