"""Files of arrays that are read by memory map: the form of the index of an identity folder.

::

    magic, length of the header, header (JSON), arrays, each at a multiple of 64 bytes
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.errors import InputError

__all__ = ["ArrayFile", "array_pieces", "open_arrays"]

MAGIC = b"matchloop arrays 1\n"
ALIGN = 64

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class ArrayFile:
    """An open file of arrays.

    Parameters
    ----------
    meta
        What JSON can write.
    arrays
        The arrays by name, read from the file only where they are used.
    """

    meta: Mapping[str, Any]
    arrays: Arrays

    def under(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Return the arrays whose names begin with ``prefix/``, without it."""
        start = f"{prefix}/"
        return {
            name.removeprefix(start): array
            for name, array in self.arrays.items()
            if name.startswith(start)
        }


def array_pieces(meta: Mapping[str, Any], arrays: Arrays) -> list[memoryview]:
    """Return the bytes of a file of arrays in pieces, without copying the arrays."""
    places: dict[str, tuple[str, Sequence[int], int]] = {}
    pieces: list[memoryview] = []
    at = 0
    for name, array in arrays.items():
        whole = np.ascontiguousarray(array)
        places[name] = whole.dtype.str, whole.shape, at
        padding = -whole.nbytes % ALIGN
        pieces += [whole.data.cast("B")] if whole.nbytes else []
        pieces += [memoryview(bytes(padding))] if padding else []
        at += whole.nbytes + padding
    body = {"meta": meta, "arrays": places, "size": at}
    header = json.dumps(body, sort_keys=True, default=lambda number: number.item()).encode()
    start = len(MAGIC) + 8 + len(header)
    header += b" " * (-start % ALIGN)
    return [memoryview(MAGIC + struct.pack("<Q", len(header)) + header), *pieces]


def open_arrays(path: Path) -> ArrayFile:
    """Open a file of arrays.

    Raises
    ------
    InputError
        It is missing, cut short, or something else.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError("magic")
            length = struct.unpack("<Q", file.read(8))[0]
            header = json.loads(file.read(length))
            start = file.tell()
        if path.stat().st_size != start + header["size"]:
            raise ValueError("size")
        data = np.memmap(path, np.uint8, "r", start) if header["size"] else np.empty(0, np.uint8)
        arrays = {
            name: np.frombuffer(
                data, np.dtype(kind), int(np.prod(shape, dtype=np.int64)), offset
            ).reshape(shape)
            if np.prod(shape, dtype=np.int64)
            else np.empty(shape, np.dtype(kind))
            for name, (kind, shape, offset) in header["arrays"].items()
        }
        return ArrayFile(header["meta"], arrays)
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise InputError(f"{path} is not a whole file of arrays ({error})") from None
