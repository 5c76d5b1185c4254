"""matchloop serve."""

from __future__ import annotations

__all__ = ["serve"]


def serve() -> None:
    """Not there yet."""
