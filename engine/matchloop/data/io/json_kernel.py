"""Compiled check of how deep JSON is nested and how long its lines are, block by block."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["DEEP", "LINE", "LONG", "PROBLEM", "SPREAD", "new_state", "scan_json"]

# the state between two blocks
STATE = 7
DEPTH, LINE, IN_TEXT, ESCAPED, LENGTH, PROBLEM, BASE = range(STATE)
DEEP, LONG, SPREAD = 1, 2, 3


@numba.njit(cache=True, nogil=True)
def scan_json(data, deepest, longest, by_line, state):  # type: ignore[no-untyped-def]
    """Scan a block from a state; stop at a line that is too deep (DEEP) or too long (LONG).

    ``state`` starts as :func:`new_state`. The problem is SPREAD where only several lines together
    are too deep: a parser that ignores line ends adds up the brackets that they leave open.
    Without ``by_line`` the whole file counts as one line. A text ends with its line, so that one
    broken line does not hide the lines after it.
    """
    depth, line, in_text, escaped, length = state[0], state[1], state[2], state[3], state[4]
    problem, base = state[5], state[6]
    for at in range(len(data)):
        c = data[at]
        if c == 10:
            line += 1
            length = in_text = escaped = 0
            if by_line:
                base = depth
            continue
        length += 1
        if length > longest:
            problem = LONG
            break
        if in_text:
            if escaped:
                escaped = 0
            elif c == 92:
                escaped = 1
            elif c == 34:
                in_text = 0
        elif c == 34:
            in_text = 1
        elif c == 123 or c == 91:
            depth += 1
            if depth > deepest:
                problem = SPREAD
                if depth - base > deepest:
                    problem = DEEP
                    break
        elif (c == 125 or c == 93) and depth > 0:
            depth -= 1
            base = min(base, depth)
    state[0], state[1], state[2], state[3] = depth, line, in_text, escaped
    state[4], state[5], state[6] = length, problem, base


def new_state() -> NDArray[np.int64]:
    """Return the state before the first block."""
    state = np.zeros(STATE, np.int64)
    state[LINE] = 1
    return state
