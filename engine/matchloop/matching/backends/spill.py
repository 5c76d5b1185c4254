"""Features of many pairs in a temporary file, read back by memory map."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Compared
from matchloop.data.unnamed_files import open_unnamed

__all__ = ["SpilledComparisons", "SpilledFeatures"]

BYTES = np.dtype(np.float32).itemsize


class SpilledFeatures:
    """Rows of features in an unnamed file, in memory only while they are read.

    Parameters
    ----------
    file
        Open for reading and writing, empty.
    width
        Features of a row.
    """

    def __init__(self, file: IO[bytes], width: int) -> None:
        self._file = file
        weakref.finalize(self, file.close)
        self._width = width
        self._flushed = False

    @classmethod
    def open(cls, rows: int, width: int, folder: str | None = None) -> SpilledFeatures | None:
        """Open an empty file for some rows; return None where the disk has no room for them."""
        try:
            return cls(open_unnamed(rows * width * BYTES, folder), width)
        except OSError:
            return None

    def append(self, features: NDArray[np.float32]) -> None:
        """Write rows behind the others."""
        self._file.write(np.ascontiguousarray(features, np.float32).data)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Map rows ``start`` to ``stop`` into memory, shape (rows, features)."""
        if not self._flushed:
            self._file.flush()
            self._flushed = True
        shape = (stop - start, self._width)
        offset = start * self._width * BYTES
        # Copy on write: kernels compiled for writable arrays take the map as it is.
        return np.asarray(np.memmap(self._file, np.float32, "c", offset=offset, shape=shape))


@dataclass(frozen=True, slots=True, eq=False)
class SpilledComparisons:
    """Compared pairs whose features are in memory only while they are read.

    Parameters
    ----------
    pairs, names
        As in :class:`matchloop.data.pairs.Comparisons`.
    file
        The features of the pairs.
    """

    pairs: CandidatePairs
    names: tuple[str, ...]
    file: SpilledFeatures

    @classmethod
    def of(cls, comparisons: Compared, folder: str | None = None) -> Compared:
        """Write features to a temporary file; return what was given where it has no room."""
        features = comparisons.features
        rows, width = features.shape
        file = SpilledFeatures.open(rows, width, folder)
        if file is None:
            return comparisons
        file.append(features)
        return cls(comparisons.pairs, comparisons.names, file)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def features(self) -> NDArray[np.float32]:
        """The features, mapped into memory anew, shape (pairs, features)."""
        return self.file.read(0, len(self.pairs))
