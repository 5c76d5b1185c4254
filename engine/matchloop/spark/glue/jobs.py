"""Contexts, arguments and jobs of Glue scripts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from logging import Logger, getLogger
from typing import TYPE_CHECKING, Any

from matchloop.errors import UsageError
from matchloop.spark.glue.catalog import read_catalog_table, write_catalog_table
from matchloop.spark.glue.frames import DynamicFrame, NotOffered, frame_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["GlueContext", "Job", "getResolvedOptions"]


FORMATS = {"glueparquet": "parquet"}
"""Formats that Spark knows under another name."""


class GlueContext:
    """A Spark session with Glue's readers and writers.

    Parameters
    ----------
    sparkContext
        Taken for compatibility; the active session is used.
    """

    def __init__(self, sparkContext: Any = None, **_: Any) -> None:
        from pyspark.sql import SparkSession

        self.spark_session = SparkSession.builder.getOrCreate()
        self.create_dynamic_frame = _Reader(self)
        self.write_dynamic_frame = _Writer(self)
        self.create_dynamic_frame_from_options = self.create_dynamic_frame.from_options
        self.create_dynamic_frame_from_catalog = self.create_dynamic_frame.from_catalog
        self.write_dynamic_frame_from_options = self.write_dynamic_frame.from_options
        self.write_dynamic_frame_from_catalog = self.write_dynamic_frame.from_catalog

    def get_logger(self) -> Logger:
        """Return the logger of the job, with ``info``, ``warn`` and ``error``."""
        return getLogger("matchloop.glue")

    def __getattr__(self, name: str) -> Any:
        raise _not_offered(f"GlueContext.{name}", name)


class _Reader:
    def __init__(self, context: GlueContext) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        raise _not_offered(f"create_dynamic_frame.{name}", name)

    def from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        **_: Any,
    ) -> DynamicFrame:
        """Read files by their paths."""
        options = dict(connection_options or {})
        paths = options.get("paths") or [options["path"]] if options else []
        if connection_type not in ("s3", "file") or not paths or format is None:
            raise UsageError(
                f"connection type '{connection_type}', format {format!r}, paths {paths!r}: only "
                "files (connection type s3) of a named format can be read here; read others with "
                "spark_session.read and DynamicFrame.fromDF"
            )
        format = FORMATS.get(format, format)
        reader = self._context.spark_session.read.format(format)
        reader = reader.options(**_spark_options(format, format_options or {}))
        if options.get("recurse"):
            reader = reader.option("recursiveFileLookup", "true")
        return DynamicFrame(reader.load(list(paths)), self._context, transformation_ctx)

    def from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        name_space: str | None = None,
        **_: Any,
    ) -> DynamicFrame:
        """Read a table of the server's Data Catalog."""
        home = database or name_space
        if not home or not table_name:
            raise UsageError("from_catalog needs a database and a table_name")
        frame = read_catalog_table(self._context.spark_session, home, table_name)
        return DynamicFrame(frame, self._context, transformation_ctx)


class _Writer:
    def __init__(self, context: GlueContext) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        raise _not_offered(f"write_dynamic_frame.{name}", name)

    def from_options(
        self,
        frame: Any,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        **_: Any,
    ) -> Any:
        """Add the rows to the files of a folder."""
        options = dict(connection_options or {})
        if connection_type not in ("s3", "file") or "path" not in options:
            raise UsageError(
                f"connection type '{connection_type}', options {options!r}: only a folder of files "
                "can be written here (connection type s3 with a path); write others with "
                "toDF().write"
            )
        form = FORMATS.get(format or "parquet", format or "parquet")
        writer = _rows(frame).write.mode("append").format(form)
        writer = writer.options(**_spark_options(form, format_options or {}))
        if options.get("partitionKeys"):
            writer = writer.partitionBy(*options["partitionKeys"])
        writer.save(options["path"])
        return frame

    def from_catalog(
        self,
        frame: Any,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        name_space: str | None = None,
        **_: Any,
    ) -> Any:
        """Add the rows to the files of a table of the server's Data Catalog."""
        home = database or name_space
        if not home or not table_name:
            raise UsageError("from_catalog needs a database and a table_name")
        write_catalog_table(_rows(frame), home, table_name)
        return frame


class Job:
    """A job: takes note of its name and arguments; bookmarks are not kept."""

    def __init__(self, glue_context: Any = None) -> None:
        self.name = ""
        self.arguments: dict[str, Any] = {}

    def init(self, job_name: str, args: Mapping[str, Any] | None = None) -> None:
        """Begin."""
        self.name, self.arguments = job_name, dict(args or {})

    def commit(self) -> None:
        """End."""


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:
    """Return the job's arguments, given as ``--NAME value`` or ``--NAME=value``.

    Raises
    ------
    UsageError
        An argument is missing.
    """
    typed: dict[str, str] = {}
    words = list(args[1:])
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if not equals and words and not words[0].startswith("--"):
            value = words.pop(0)
        typed[name.replace("-", "_")] = value
    wanted = [name.replace("-", "_") for name in options]
    missing = [name for name in wanted if name not in typed]
    if missing:
        script = os.path.basename(args[0]) if args else "the script"
        raise UsageError(f"{script} needs the argument --{missing[0]}")
    extra = ("JOB_NAME", "TempDir", "JOB_RUN_ID")
    return {name: typed[name] for name in (*wanted, *extra) if name in typed}


def _not_offered(what: str, name: str) -> AttributeError:
    if name.startswith("_"):
        return AttributeError(name)
    return NotOffered(f"{what} is not offered here; use spark_session and DynamicFrame.fromDF")


def _rows(frame: Any) -> DataFrame:
    return frame_of(frame)


def _spark_options(form: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Translate Glue's format options to Spark's; by default a CSV has a header."""
    names = {
        "withHeader": "header",
        "writeHeader": "header",
        "separator": "sep",
        "quoteChar": "quote",
        "escaper": "escape",
        "multiline": "multiLine",
    }
    translated = {"header": "true"} if form == "csv" else {}
    for name, value in options.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        translated[names.get(name, name)] = text
    if form == "csv" and translated.get("quote") == "-1":
        translated["quote"] = ""
    return translated
