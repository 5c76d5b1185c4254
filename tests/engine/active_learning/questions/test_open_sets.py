"""Open sets: their rows are not asked again until they are answered or closed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions import OpenSets
from matchloop.data.pairs import unpacked


def rows(*numbers: int) -> NDArray[np.int32]:
    return np.array(numbers, np.int32)


def free(sets: OpenSets, askable: NDArray[np.bool_] | None = None) -> list[int]:
    mask = sets.free_rows(6, askable)
    return list(range(6)) if mask is None else np.flatnonzero(mask).tolist()


def test_rows_of_open_sets_are_not_free_until_the_set_is_closed() -> None:
    sets = OpenSets()
    sets.add([("a", rows(0, 1)), ("b", rows(1, 4))])
    assert free(sets) == [2, 3, 5]

    sets.close({"a"})
    assert free(sets) == [0, 2, 3, 5]

    sets.close()
    assert free(sets) == [0, 1, 2, 3, 4, 5]


def test_rows_that_are_not_askable_are_never_free() -> None:
    askable = np.array([True, True, True, False, False, True])
    sets = OpenSets()
    assert free(sets, askable) == [0, 1, 2, 5]

    sets.add([("a", rows(0, 3))])
    assert free(sets, askable) == [1, 2, 5]
    assert askable.tolist() == [True, True, True, False, False, True]  # not changed in place


def test_passing_over_closes_the_sets_inside_and_bars_their_pairs() -> None:
    sets = OpenSets()
    sets.add([("a", rows(4, 1, 2)), ("b", rows(2, 3))])
    sets.pass_over(rows(4, 1, 2))

    left, right = unpacked(np.sort(sets.passed_over))
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(1, 2), (1, 4), (2, 4)]
    assert free(sets) == [0, 1, 4, 5]
