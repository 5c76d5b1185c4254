"""matchloop worker."""

from __future__ import annotations

__all__ = ["worker"]


def worker() -> None:
    """Not there yet."""
