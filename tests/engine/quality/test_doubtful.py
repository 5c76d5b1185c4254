from __future__ import annotations

import numpy as np

from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.quality.doubtful import doubtful_groups, weakest_links


def scores(pairs: dict[tuple[int, int], float]) -> Scores:
    left, right = (np.array(side) for side in zip(*sorted(pairs), strict=True))
    candidates = CandidatePairs.of(left, right)
    return Scores(candidates, np.array([pairs[pair] for pair in sorted(pairs)], np.float32))


GROUPS = np.array([0, 0, 0, 1, 1, 2])
PAIRS = scores({(0, 1): 0.9, (0, 2): 0.75, (1, 2): 0.25, (3, 4): 0.99, (4, 5): 0.375, (2, 3): 0.01})


def test_a_record_is_tied_to_its_group_by_the_mean_of_its_pairs() -> None:
    link = weakest_links(GROUPS, PAIRS)

    np.testing.assert_allclose(link[:5], [0.825, 0.575, 0.5, 0.99, 0.99], rtol=1e-6)
    assert np.isnan(link[5])


def test_the_most_doubtful_decisions_come_first_joined_or_apart() -> None:
    first, second = doubtful_groups(GROUPS, PAIRS)

    assert (first.groups, first.is_together, first.rows[0]) == ((0,), True, 2)
    assert abs(first.doubt - 0.5) < 1e-6
    assert (second.groups, second.is_together, second.rows) == ((1, 2), False, (4, 5))
    assert second.doubt == second.probability == 0.375


def test_decisions_that_are_all_but_certain_are_left_out() -> None:
    sure = scores({(0, 1): 0.995, (3, 4): 0.999, (2, 3): 0.005})

    assert doubtful_groups(np.array([0, 0, 1, 2, 2]), sure) == []
    assert len(doubtful_groups(GROUPS, PAIRS, limit=1)) == 1
