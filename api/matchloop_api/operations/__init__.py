"""The table of operations: one line each. What is not in it is not offered."""

from __future__ import annotations

from collections.abc import Mapping

from matchloop_api.wire import Operation

__all__ = ["OPERATIONS"]

OPERATIONS: Mapping[str, Operation] = {}
