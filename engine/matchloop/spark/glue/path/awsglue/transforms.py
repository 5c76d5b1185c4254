"""The transforms that scripts around FindMatches use."""

from matchloop.spark.glue.transforms import (
    ApplyMapping,
    DropFields,
    DropNullFields,
    RenameField,
    ResolveChoice,
    SelectFields,
    SelectFromCollection,
)

__all__ = [
    "ApplyMapping",
    "DropFields",
    "DropNullFields",
    "RenameField",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
]
