from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.pairs import CandidatePairs
from matchloop.quality.label_checks.neighbours import NEIGHBOUR_FEATURES, compare_neighbours


def told(
    edges: dict[tuple[int, int], float], pairs: list[tuple[int, int]], records: int = 8
) -> np.ndarray:
    """Return the neighbour features of pairs, given the prior probability of candidate pairs."""
    left, right = np.array(sorted(edges), np.int32).reshape(-1, 2).T
    guess = np.array([edges[one] for one in sorted(edges)])
    asked = np.array(sorted(pairs), np.int32).reshape(-1, 2).T
    candidates = CandidatePairs.of(left, right)
    return compare_neighbours(candidates, guess, CandidatePairs.of(*asked), records)


def test_a_third_record_that_is_like_both_speaks_for_the_pair() -> None:
    found = told({(0, 1): 0.5, (0, 2): 0.9, (1, 2): 0.8, (0, 3): 0.1, (1, 3): 0.0}, [(0, 1)])[0]

    assert np.allclose(found, [0.8, 0.8, 0.8 / 1.0, 0.1, 0.8 / 0.8])


def test_the_pair_itself_is_no_shared_neighbour() -> None:
    alone = told({(0, 1): 0.99, (4, 5): 0.5}, [(0, 1)])[0]

    assert alone[0] == alone[1] == alone[3] == 0
    assert np.isnan(alone[2])
    assert np.isnan(alone[4])


def test_pairs_outside_the_candidates_are_told_of_as_well() -> None:
    found = told({(0, 2): 0.9, (1, 2): 0.9}, [(0, 1), (5, 6)])

    assert np.isclose(found[0, 0], 0.9)
    assert found[1, 0] == 0


def test_no_pairs_make_no_rows() -> None:
    assert told({(0, 1): 0.5}, []).shape == (0, len(NEIGHBOUR_FEATURES))


@given(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(4, 7)), st.floats(0, 1)))
def test_between_two_tables_nothing_is_known(edges: dict[tuple[int, int], float]) -> None:
    found = told(edges, [(0, 4), (3, 7)])

    assert (found[:, [0, 1, 3]] == 0).all()
