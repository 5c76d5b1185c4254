"""Practice: short sets with known answers, made of rows of the table and changed copies of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rapidfuzz import fuzz

from matchloop_api.labelling.contents import Cells, Table
from matchloop_api.labelling.shown import cells_of, columns_of

__all__ = ["practice_sets"]

ROWS = 7
"""Different rows that three sets are made of."""

ALIKE = 65.0
"""Token-sort ratio from which two rows may be the same thing, so that their answer is not known."""

_NOT_COMPARED = frozenset({"key", "source", "ignored"})
_EDITED = frozenset({"name", "text"})


def practice_sets(
    table: Table, rows: Sequence[Cells], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Return three sets as the page gets them; none where the rows do not allow it.

    Parameters
    ----------
    table
        The columns.
    rows
        Rows to choose from.
    rng
        Chooses rows and typing errors.
    """
    compared = [at for at, kind in enumerate(table.kinds) if kind not in _NOT_COMPARED]
    if len(compared) < 2:
        return []
    chosen = _different(rows, compared, rng)
    if len(chosen) < ROWS:
        return []
    first, second, third, fourth, fifth, sixth, seventh = chosen
    typo, place = _with_typo(first, table, compared, rng)
    lacking, lack = _without(second, compared)
    typo_three, place_three = _with_typo(third, table, compared, rng)
    typo_four, place_four = _with_typo(fourth, table, compared, rng)
    both, lack_four = _without(typo_four, [at for at in compared if at != place_four])
    name = table.columns
    return [
        _set(
            1,
            table,
            [(first, "A"), (typo, "A"), (fifth, "B")],
            f"Rows 1 and 2 are the same: '{name[place]}' has a typing error. Row 3 is another.",
        ),
        _set(
            2,
            table,
            [(second, "A"), (lacking, "A"), (third, "B"), (typo_three, "B")],
            f"Rows 1 and 2 are the same: '{name[lack]}' is missing in one of them. Rows 3 and 4 "
            f"differ by a typing error in '{name[place_three]}'.",
        ),
        _set(
            3,
            table,
            [(fourth, "A"), (both, "A"), (sixth, "B"), (seventh, "C")],
            f"Rows 1 and 2 are the same: one has a typing error in '{name[place_four]}' and lacks "
            f"'{name[lack_four]}'. "
            "Rows 3 and 4 match no other row: each is alone.",
        ),
    ]


def _different(
    rows: Sequence[Cells], compared: Sequence[int], rng: np.random.Generator
) -> list[Cells]:
    """Choose rows of which no two are alike, those with most cells filled first."""
    order = rng.permutation(len(rows))[:200].tolist()
    order.sort(key=lambda at: -sum(1 for column in compared if rows[at][column]))
    chosen: list[Cells] = []
    texts: list[str] = []
    for at in order:
        filled = [cell for column in compared if (cell := rows[at][column])]
        text = " ".join(filled).casefold()
        if len(filled) < 2 or any(fuzz.token_sort_ratio(text, other) >= ALIKE for other in texts):
            continue
        chosen.append(rows[at])
        texts.append(text)
        if len(chosen) == ROWS:
            break
    return chosen


def _with_typo(
    row: Cells, table: Table, compared: Sequence[int], rng: np.random.Generator
) -> tuple[Cells, int]:
    """Swap two neighbouring letters of one cell, in a name or text where there is one."""
    order = sorted(
        (at for at in compared if row[at]),
        key=lambda at: (table.kinds[at] not in _EDITED, -len(row[at] or "")),
    )
    for at in order:
        text = row[at] or ""
        places = [
            place
            for place in range(1, min(len(text) - 1, 60))
            if text[place].isalnum()
            and text[place + 1].isalnum()
            and text[place].casefold() != text[place + 1].casefold()
        ]
        if places:
            place = places[int(rng.integers(len(places)))]
            typo = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            return (*row[:at], typo, *row[at + 1 :]), at
    return row, order[0]


def _without(row: Cells, compared: Sequence[int]) -> tuple[Cells, int]:
    """Leave out the last filled cell."""
    at = [column for column in compared if row[column]][-1]
    return (*row[:at], None, *row[at + 1 :]), at


def _set(number: int, table: Table, rows: Sequence[tuple[Cells, str]], why: str) -> dict[str, Any]:
    tokens = [f"practice-{number}-{at}" for at in range(1, len(rows) + 1)]
    return {
        "set": f"practice-{number}",
        "columns": columns_of(table),
        "rows": [
            {"token": token, "cells": cells_of(cells, table)[0]}
            for token, (cells, _) in zip(tokens, rows, strict=True)
        ],
        "answer": {token: label for token, (_, label) in zip(tokens, rows, strict=True)},
        "why": why,
    }
