"""Convert Arrow columns of any type to text arrays, and their buffers to NumPy arrays."""

from __future__ import annotations

import json
import unicodedata
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.text.number_kernel import needs_plain
from matchloop.errors import TableError

__all__ = ["LARGEST", "TOO_LARGE", "as_text", "buffers", "plain", "read_only", "taken"]

Number = TypeVar("Number", bound=np.generic)

LARGEST = (1 << 31) - 1
"""Most bytes of text in one Arrow array, whose offsets are 32 bits."""

TOO_LARGE = (
    "{} holds more than 2 GiB of text, the most that can be compared; match the table in parts, "
    "cut long values, or leave the column out with the kind 'ignore'"
)

_MARKS = {"\u2212": "-", "\u2013": "-", "\u2019": "'", "\u2032": "'", "\u2033": '"'}
_MARKS |= {"\u066b": ".", "\u066c": ","}  # Arabic decimal and thousands marks


def as_text(values: pa.ChunkedArray | pa.Array) -> pa.StringArray:
    """Convert a column of any type to one text array of offset 0; null stays null.

    NaN becomes null. A nested value (list, struct, map) becomes JSON.

    Raises
    ------
    TableError
        The text is longer than the 2 GiB that one array can hold.
    """
    if isinstance(values, pa.ChunkedArray):
        parts = [as_text(chunk) for chunk in values.chunks]
        if len(parts) == 1:
            return parts[0]
        if sum(_text_bytes(part) for part in parts) > LARGEST:
            raise TableError(TOO_LARGE.format("a column"))
        return pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    if pa.types.is_nested(values.type):
        written = (
            None if value is None else json.dumps(value, ensure_ascii=False, default=str)
            for value in values.to_pylist()
        )
        return pa.array(written, pa.string())
    if pa.types.is_dictionary(values.type):
        values = as_text(values.dictionary).take(values.indices)
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    is_large = pa.types.is_large_string(values.type)
    if is_large and (pc.sum(pc.binary_length(values)).as_py() or 0) > LARGEST:
        raise TableError(TOO_LARGE.format("a column"))
    text = values if pa.types.is_string(values.type) else values.cast(pa.string())
    return text if text.offset == 0 else pa.concat_arrays([text])


def _text_bytes(text: pa.StringArray) -> int:
    offsets = buffers(text)[0]
    return int(offsets[-1]) - int(offsets[0])


def buffers(
    text: pa.StringArray,
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return offsets of shape (records + 1,), the UTF-8 bytes, and which records have a value.

    Offsets and bytes are read-only.
    """
    _, offset_buffer, data_buffer = text.buffers()
    offsets, data = np.zeros(len(text) + 1, np.int32), np.zeros(0, np.uint8)
    if len(text) and offset_buffer is not None:
        offsets = np.frombuffer(offset_buffer, np.int32)[text.offset : text.offset + len(text) + 1]
    if len(text) and data_buffer is not None:
        data = np.frombuffer(data_buffer, np.uint8)
    return read_only(offsets), read_only(data), np.asarray(text.is_valid())


def read_only(array: NDArray[Number]) -> NDArray[Number]:
    """Return a view that cannot be written.

    Compiled code has a version for arrays that can be written and one for others. Which an Arrow
    buffer is depends on who allocated it: a file, Python, or Arrow. With one kind of arrays each
    loop over text is compiled once.
    """
    view = array.view()
    view.flags.writeable = False
    return view


def plain(text: pa.StringArray) -> pa.StringArray:
    """Write digits, spaces, minus signs and Latin letters in ASCII; keep other characters."""
    hard = needs_plain(*buffers(text)[:2])
    if not hard.any():
        return text
    mask = pa.array(hard)
    bare = text.filter(mask)
    bare = pc.replace_substring_regex(pc.utf8_normalize(bare, "NFKD"), r"\p{M}", "")
    for mark, written in _MARKS.items():
        bare = pc.replace_substring(bare, mark, written)
    foreign = pc.match_substring_regex(bare, r"[\x{80}-\x{10FFFF}]")
    foreign = pc.and_(foreign, pc.match_substring_regex(bare, r"\p{Nd}"))
    if pc.any(foreign).as_py():
        written = pa.array(
            [_ascii_digits(v) for v in bare.filter(foreign).to_pylist()], pa.string()
        )
        bare = pc.replace_with_mask(bare, foreign, written)
    return pc.replace_with_mask(text, mask, bare)


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) if c > "\x7f" and c.isdecimal() else c for c in text)


def taken(
    indptr: NDArray[np.integer], rows: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the offsets of some rows of a ragged array, and the places of their items.

    Parameters
    ----------
    indptr
        Shape (all rows + 1,): row ``i`` has the items ``indptr[i]`` to ``indptr[i + 1]``.
    rows
        Rows to take, in the order wanted.

    Returns
    -------
    tuple of numpy.ndarray
        The new ``indptr``, shape (rows + 1,), and where each item stood, shape (items,).
    """
    sizes = np.diff(indptr)[rows].astype(np.int64)
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    places = np.repeat(np.asarray(indptr)[rows] - ends[:-1], sizes) + np.arange(ends[-1])
    return ends, places.astype(np.int64)
