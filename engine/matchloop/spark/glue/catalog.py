"""The server's Data Catalog and transforms, asked by boto3 as Glue is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matchloop.errors import MissingExtra, TableError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["ENDPOINT", "glue_client", "read_catalog_table", "write_catalog_table"]

ENDPOINT = "AWS_ENDPOINT_URL_GLUE"
"""Environment variable that holds the URL of the matchloop server."""


def glue_client(wanted: str) -> Any:
    """Return a client of the server.

    Parameters
    ----------
    wanted
        What the client is wanted for, to name it in a message.

    Raises
    ------
    UsageError
        No server is named: the real AWS is never asked.
    MissingExtra
        boto3 is not installed.
    """
    url = os.environ.get(ENDPOINT)
    if not url:
        raise UsageError(f"{wanted} needs a matchloop server: set {ENDPOINT} to its URL")
    try:
        import boto3
    except ImportError:
        raise MissingExtra(f"{wanted} needs boto3: pip install boto3") from None
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return boto3.client("glue", endpoint_url=url, region_name=region)


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """Where the files of a catalog table are, and how Spark reads and writes them.

    Parameters
    ----------
    location
        URI of the files.
    form
        The format, as Spark names it.
    columns
        Names and types, as a schema of Spark's.
    options
        Options of the format.
    """

    location: str
    form: str
    columns: str
    options: dict[str, str]

    @classmethod
    def of(cls, database: str, name: str) -> CatalogTable:
        """Ask the server for a table.

        Raises
        ------
        TableError
            There is no such table, or its format is none of CSV, JSON lines and Parquet.
        """
        client = glue_client(f"the table {database}.{name}")
        try:
            table = client.get_table(DatabaseName=database, Name=name)["Table"]
        except client.exceptions.EntityNotFoundException:
            raise TableError(f"no table {database}.{name} in the catalog of the server") from None
        storage = table["StorageDescriptor"]
        parameters = {**storage.get("Parameters", {}), **table.get("Parameters", {})}
        serde = storage.get("SerdeInfo", {})
        form = _format(parameters.get("classification", ""), storage, serde)
        if form is None:
            raise TableError(f"the table {database}.{name} is neither CSV nor JSON nor Parquet")
        columns = [*storage["Columns"], *table.get("PartitionKeys", [])]
        described = ", ".join(f"`{column['Name']}` {column['Type']}" for column in columns)
        options: dict[str, str] = {}
        if form == "csv":
            settings = serde.get("Parameters", {})
            header = parameters.get("skip.header.line.count", "0") != "0"
            separator = settings.get("separatorChar") or settings.get("field.delim") or ","
            options = {"header": str(header).lower(), "sep": separator, "quote": '"', "escape": '"'}
        return cls(storage["Location"], form, described, options)


def read_catalog_table(session: Any, database: str, name: str) -> DataFrame:
    """Read the files of a catalog table by Spark; see :meth:`CatalogTable.of` for its errors."""
    table = CatalogTable.of(database, name)
    reader = session.read.format(table.form).options(**table.options)
    if table.form == "csv":
        reader = reader.schema(table.columns).options(multiLine="true", enforceSchema="true")
    rows: DataFrame = reader.load(table.location)
    return rows


def write_catalog_table(rows: DataFrame, database: str, name: str) -> None:
    """Add rows to the files of a catalog table; the table's columns in the catalog stay."""
    table = CatalogTable.of(database, name)
    rows.write.mode("append").format(table.form).options(**table.options).save(table.location)


def _format(classification: str, storage: dict[str, Any], serde: dict[str, Any]) -> str | None:
    """Return the format of a table, by its classification, else by its classes."""
    words = f"{storage.get('InputFormat', '')} {serde.get('SerializationLibrary', '')}".lower()
    for form, marks in (
        ("parquet", ("parquet",)),
        ("json", ("json",)),
        ("csv", ("csv", "lazysimpleserde", "textinputformat")),
    ):
        if classification.lower() == form or any(mark in words for mark in marks):
            return form
    return None
