"""The callbacks of a backend: one reports progress, one scores pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["OnStage", "Score"]

OnStage = Callable[[str, float], None]
"""Called as ``on_stage(name, fraction)``: the stage at work and how much of it is done, 0 to 1."""

Score = Callable[..., NDArray[np.float32]]
"""Gives the match probability of compared pairs, shape (pairs,), in [0, 1].

Called with the comparisons and, where a caller has a number beside each pair, with these."""
