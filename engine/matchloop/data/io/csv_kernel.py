"""Compiled check of the quoting and the field counts of a CSV file, block by block."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["FIELDS", "OPEN", "TEXT_AFTER_QUOTE", "end_of_file", "new_state", "scan_csv"]

# the state between two blocks
STATE = 8
WHERE, LINE, COLUMN, RECORD_LINE, CARRIAGE, PROBLEM, ROWS, EXPECTED = range(STATE)
FIELDS, OPEN, TEXT_AFTER_QUOTE = 1, 2, 3
AT_ROW, AT_FIELD, IN_FIELD, IN_QUOTES, AFTER_QUOTE = 0, 1, 2, 3, 4


@numba.njit(cache=True, nogil=True)
def scan_csv(data, delimiter, state):  # type: ignore[no-untyped-def]
    """Scan a block from a state; stop at the first problem.

    ``state`` starts as :func:`new_state`. EXPECTED is the field count of the
    first row. After a problem COLUMN holds how many fields the row has.
    """
    where, line, column, record = state[0], state[1], state[2], state[3]
    carriage, rows, expected = state[4], state[6], state[7]
    problem = 0
    for at in range(len(data)):
        c = data[at]
        newline = c == 10 or c == 13
        if newline and not (c == 10 and carriage):
            line += 1
        if c == 10 and carriage and where == AT_ROW:
            carriage = 0
            record = line
            continue
        carriage = 1 if c == 13 else 0
        if where == IN_QUOTES:
            if c == 34:
                where = AFTER_QUOTE
            continue
        if newline:
            if where != AT_ROW:
                column += 1
                if expected == 0:
                    expected = column
                elif column != expected:
                    problem = FIELDS
                    break
                rows += 1
            where = AT_ROW
            column = 0
            record = line
        elif c == delimiter:
            column += 1
            where = AT_FIELD
        elif c == 34 and where != IN_FIELD:
            where = IN_QUOTES
        elif where == AFTER_QUOTE:
            problem = TEXT_AFTER_QUOTE
            break
        else:
            where = IN_FIELD
    state[0], state[1], state[2], state[3] = where, line, column, record
    state[4], state[5], state[6], state[7] = carriage, problem, rows, expected


def new_state() -> NDArray[np.int64]:
    """Return the state before the first block."""
    state = np.zeros(STATE, np.int64)
    state[LINE] = state[RECORD_LINE] = 1
    return state


def end_of_file(state: NDArray[np.int64]) -> None:
    """Record a problem at the end of the file: an open quote, or a last row cut short."""
    if state[PROBLEM]:
        return
    if state[WHERE] == IN_QUOTES:
        state[PROBLEM] = OPEN
    elif state[WHERE] != AT_ROW:
        state[COLUMN] += 1
        state[ROWS] += 1
        if state[EXPECTED] and state[COLUMN] != state[EXPECTED]:
            state[PROBLEM] = FIELDS
