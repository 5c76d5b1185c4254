"""The transforms of Glue that generated scripts put around FindMatches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from matchloop.spark.glue.frames import DynamicFrameCollection, frame_of, like

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


class ApplyMapping:
    """Choose, rename and cast columns."""

    @classmethod
    def apply(cls, frame: Any, mappings: Sequence[Sequence[str]], *_: Any, **__: Any) -> Any:
        """Return the mapped frame; see :meth:`DynamicFrame.apply_mapping`."""
        return frame.apply_mapping(mappings)


class DropFields:
    """Leave columns out."""

    @classmethod
    def apply(cls, frame: Any, paths: Sequence[str], *_: Any, **__: Any) -> Any:
        """Return the frame without some columns."""
        return frame.drop_fields(paths)


class DropNullFields:
    """Leave out columns of the type null."""

    @classmethod
    def apply(cls, frame: Any, *_: Any, **__: Any) -> Any:
        """Return the frame without columns that have no type."""
        rows = frame_of(frame)
        empty = [field.name for field in rows.schema if field.dataType.typeName() == "void"]
        return like(frame, rows.drop(*empty))


class Filter:
    """Keep records."""

    @classmethod
    def apply(cls, frame: Any, f: Callable[[dict[str, Any]], bool], *_: Any, **__: Any) -> Any:
        """Return the records for which a function is true."""
        return frame.filter(f)


class Map:
    """Make records of records."""

    @classmethod
    def apply(cls, frame: Any, f: Callable[[dict[str, Any]], Any], *_: Any, **__: Any) -> Any:
        """Return what a function makes of each record."""
        return frame.map(f)


class RenameField:
    """Rename a column."""

    @classmethod
    def apply(cls, frame: Any, old_name: str, new_name: str, *_: Any, **__: Any) -> Any:
        """Return the frame with a column renamed."""
        return frame.rename_field(old_name, new_name)


class ResolveChoice:
    """Give columns of several types one; those of a DataFrame have one."""

    @classmethod
    def apply(
        cls, frame: Any, specs: Sequence[Sequence[str]] | None = None, *_: Any, **__: Any
    ) -> Any:
        """Return the frame with the casts of the specs; see :meth:`DynamicFrame.resolveChoice`."""
        return frame.resolveChoice(specs=specs) if specs else frame


class SelectFields:
    """Keep columns."""

    @classmethod
    def apply(cls, frame: Any, paths: Sequence[str], *_: Any, **__: Any) -> Any:
        """Return the frame with some columns alone."""
        return frame.select_fields(paths)


class SelectFromCollection:
    """Take a frame of a collection."""

    @classmethod
    def apply(cls, dfc: DynamicFrameCollection, key: str, *_: Any, **__: Any) -> Any:
        """Return the frame of a name."""
        return dfc.select(key)
