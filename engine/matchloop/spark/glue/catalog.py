"""The server's Data Catalog and transforms, asked by boto3 as Glue is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from matchloop.errors import MissingExtra, TableError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["ENDPOINT", "glue_client", "read_catalog_table"]

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


def read_catalog_table(session: Any, database: str, name: str) -> DataFrame:
    """Read the files of a catalog table by Spark: CSV, JSON lines or Parquet.

    Raises
    ------
    TableError
        There is no such table, or its format is another.
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
    reader = session.read.format(form)
    columns = [*storage["Columns"], *table.get("PartitionKeys", [])]
    if form == "csv":
        described = ", ".join(f"`{column['Name']}` {column['Type']}" for column in columns)
        settings = serde.get("Parameters", {})
        header = parameters.get("skip.header.line.count", "0") != "0"
        separator = settings.get("separatorChar") or settings.get("field.delim") or ","
        options = {"header": str(header).lower(), "sep": separator, "enforceSchema": "true"}
        reader = reader.schema(described).options(quote='"', escape='"', multiLine="true")
        reader = reader.options(**options)
    rows: DataFrame = reader.load(storage["Location"])
    return rows


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
