"""The part of Glue's DynamicFrame that scripts around FindMatches use, over a Spark DataFrame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matchloop.errors import UsageError
from matchloop.spark.glue.records import filtered, mapped

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["DynamicFrame", "DynamicFrameCollection", "NotOffered", "frame_of", "like"]


class NotOffered(UsageError, AttributeError):
    """A method of Glue's class that is not offered here; ``hasattr`` sees that it lacks."""


class DynamicFrame:
    """A Spark DataFrame under the name and the methods of Glue's class.

    Parameters
    ----------
    frame
        The DataFrame.
    glue_ctx
        The context it was read by.
    name
        Its name in messages.
    """

    def __init__(self, frame: DataFrame, glue_ctx: Any = None, name: str = "") -> None:
        self._frame = frame
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: Any, name: str = "") -> DynamicFrame:
        """Wrap a DataFrame."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options: Sequence[Any] | None = None) -> DataFrame:
        """Return the DataFrame."""
        return self._frame

    def count(self) -> int:
        """Count the rows."""
        return int(self._frame.count())

    def printSchema(self) -> None:
        """Print the columns and their types."""
        self._frame.printSchema()

    def show(self, num_rows: int = 20) -> None:
        """Print some rows."""
        self._frame.show(num_rows)

    def schema(self) -> Any:
        """Return the Spark schema."""
        return self._frame.schema

    def repartition(self, num_partitions: int, *_: Any) -> DynamicFrame:
        """Spread the rows over so many partitions."""
        return self._over(self._frame.repartition(num_partitions))

    def coalesce(self, num_partitions: int, *_: Any, **__: Any) -> DynamicFrame:
        """Merge partitions until so many are left."""
        return self._over(self._frame.coalesce(num_partitions))

    def select_fields(self, paths: Sequence[str], *_: Any, **__: Any) -> DynamicFrame:
        """Keep some columns."""
        return self._over(self._frame.select(*paths))

    def drop_fields(self, paths: Sequence[str], *_: Any, **__: Any) -> DynamicFrame:
        """Leave some columns out."""
        return self._over(self._frame.drop(*paths))

    def rename_field(self, oldName: str, newName: str, *_: Any, **__: Any) -> DynamicFrame:
        """Rename a column."""
        return self._over(self._frame.withColumnRenamed(oldName, newName))

    def resolveChoice(
        self, specs: Sequence[Sequence[str]] | None = None, *_: Any, **__: Any
    ) -> DynamicFrame:
        """Cast the columns of specs such as ``("price", "cast:double")``.

        Nothing else is to be resolved: the columns of a DataFrame have one type each.
        """
        rows = self._frame
        for column, action in specs or ():
            verb, colon, kind = action.partition(":")
            if colon and verb in ("cast", "project"):
                rows = rows.withColumn(column, rows[f"`{column}`"].cast(kind))
        return self._over(rows)

    def map(self, f: Callable[[dict[str, Any]], Any], *_: Any, **__: Any) -> DynamicFrame:
        """Return the records that a function makes of the records, each a dict."""
        return self._over(mapped(self._frame, f))

    def filter(self, f: Callable[[dict[str, Any]], bool], *_: Any, **__: Any) -> DynamicFrame:
        """Keep the records for which a function is true."""
        return self._over(filtered(self._frame, f))

    def union(self, frame2: Any, *_: Any, **__: Any) -> DynamicFrame:
        """Add the records of another frame; columns that one of them lacks are missing there."""
        rows = self._frame.unionByName(frame_of(frame2), allowMissingColumns=True)
        return self._over(rows)

    def apply_mapping(self, mappings: Sequence[Sequence[str]], *_: Any, **__: Any) -> DynamicFrame:
        """Choose, rename and cast columns: ``(source, its type, target, its type)``.

        A mapping of two names, or ``(source, target, type)``, is taken as Glue takes it.
        """
        from pyspark.sql import functions

        columns = []
        for mapping in mappings:
            source, target, kind = _mapping(tuple(mapping))
            column = functions.col(f"`{source.strip('`')}`")
            columns.append((column if kind is None else column.cast(kind)).alias(target.strip("`")))
        return self._over(self._frame.select(*columns))

    def _over(self, frame: DataFrame) -> DynamicFrame:
        return type(self)(frame, self.glue_ctx, self.name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotOffered(
            f"DynamicFrame.{name} is not offered here; use toDF(), Spark's own methods, and "
            "DynamicFrame.fromDF"
        )


class DynamicFrameCollection:
    """Frames by name, as custom transforms of Glue Studio take and return them."""

    def __init__(self, dynamic_frames: Mapping[str, DynamicFrame], glue_ctx: Any = None) -> None:
        self._frames = dict(dynamic_frames)
        self.glue_ctx = glue_ctx

    def keys(self) -> list[str]:
        """Return the names."""
        return list(self._frames)

    def values(self) -> list[DynamicFrame]:
        """Return the frames."""
        return list(self._frames.values())

    def select(self, key: str) -> DynamicFrame:
        """Return the frame of a name."""
        return self._frames[key]

    __getitem__ = select

    def __len__(self) -> int:
        return len(self._frames)


def frame_of(frame: Any) -> DataFrame:
    """Return the DataFrame of a DynamicFrame; a DataFrame is returned as it is."""
    rows: DataFrame = (
        frame if hasattr(frame, "toArrow") or not hasattr(frame, "toDF") else frame.toDF()
    )
    if not hasattr(rows, "toArrow"):
        raise UsageError(f"a {type(frame).__name__} was given; expected a DynamicFrame of Spark 4")
    return rows


def like(frame: Any, result: DataFrame, name: str | None = None) -> Any:
    """Wrap a result in a DynamicFrame of the class and context of the frame it came from."""
    if hasattr(frame, "toArrow"):
        return result
    return type(frame)(result, frame.glue_ctx, frame.name if name is None else name)


def _mapping(mapping: tuple[str, ...]) -> tuple[str, str, str | None]:
    match mapping:
        case (source, target):
            return source, target, None
        case (source, target, kind):
            return source, target, kind
        case (source, _, target, kind):
            return source, target, None if kind.lower() == "choice" else kind
    raise UsageError(f"the mapping {mapping!r} is none of (source, type, target, type)")
