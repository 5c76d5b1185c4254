"""The hash of a record's content, by which a changed record is noticed."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.records import Records
from matchloop.data.text import as_text

__all__ = ["compared_columns", "content_hashes"]

BYTES = 16


def compared_columns(records: Records) -> list[str]:
    """Return the columns that matching reads: those compared, and the source."""
    return [*records.kinds, *([] if records.source is None else [records.source])]


def content_hashes(table: pa.Table, columns: Iterable[str]) -> pa.Array:
    """Return a hash of the content of each row, 16 bytes, shape (rows,).

    It covers the names of the columns and the text of their values. Neither the order of columns
    nor a column without a value changes it.

    Parameters
    ----------
    table
        The rows.
    columns
        The columns to read, at least one.
    """
    fields = []
    for name in sorted(columns):
        text = as_text(table.column(name))
        size = pc.binary_length(text).cast(pa.string())
        # lengths keep neighbouring values apart, whatever characters they hold
        fields.append(pc.binary_join_element_wise(f"{len(name)}:{name}=", size, ":", text, ""))
    blank = [pc.fill_null(field, "") for field in fields]
    lines = pc.binary_join_element_wise(*blank, "") if len(blank) > 1 else blank[0]
    digests = [blake2b(line.encode(), digest_size=BYTES).digest() for line in lines.to_pylist()]
    return pa.array(digests, pa.binary(BYTES))
