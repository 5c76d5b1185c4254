"""The transforms that scripts around FindMatches use."""

from matchloop.spark.glue.transforms import (
    ApplyMapping,
    DropFields,
    DropNullFields,
    Filter,
    Map,
    RenameField,
    ResolveChoice,
    SelectFields,
    SelectFromCollection,
)

__all__ = [
    "ApplyMapping",
    "DropFields",
    "DropNullFields",
    "Filter",
    "Map",
    "RenameField",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
]
