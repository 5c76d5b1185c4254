"""Print results: words on stderr, JSON on stdout."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence

from matchloop.errors import without_passwords

__all__ = ["plain", "print_json", "say"]


def say(line: str) -> None:
    """Print a line for people, on stderr."""
    sys.stderr.write(f"{without_passwords(line)}\n")


def print_json(value: object) -> None:
    """Print a value for scripts, on stdout; NaN and infinity become null."""
    sys.stdout.write(
        without_passwords(json.dumps(plain(value), ensure_ascii=False, indent=2)) + "\n"
    )


def plain(value: object) -> object:
    """Turn numpy values, NaN, tuples and mappings into JSON values."""
    import numpy as np  # here: the list of commands needs no numpy

    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
