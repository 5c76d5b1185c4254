"""Paths of files that are written beside the output."""

from __future__ import annotations

__all__ = ["beside"]


def beside(path: str, word: str) -> str:
    """Return the path of a file beside another: ``out.csv`` has ``out.moved.csv``."""
    folder, slash, name = path.rpartition("/")
    packed = name[-3:] if name.lower().endswith(".gz") else ""
    stem, dot, suffix = name.removesuffix(packed).rpartition(".")
    return f"{folder}{slash}{stem}.{word}{dot}{suffix}{packed}"
