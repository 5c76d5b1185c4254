"""Rank and lead of a pair are what counting its rivals says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.comparing.rivals import KEPT, Rivals

ROWS = 9
PAIRS = [(i, j) for i in range(ROWS) for j in range(i + 1, ROWS)]


@st.composite
def contests(draw: st.DrawFn) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    """Draw a similarity for every pair, and the candidates among them."""
    levels = st.integers(0, 8).map(lambda level: level / 8)
    similarity = {pair: draw(levels) for pair in PAIRS}
    chosen = draw(st.sets(st.sampled_from(PAIRS)))
    return similarity, {pair: similarity[pair] for pair in PAIRS if pair in chosen}


def standing(
    pair: tuple[int, int], record: int, value: float, candidates: dict[tuple[int, int], float]
) -> tuple[int, float]:
    rivals = [s for other, s in candidates.items() if record in other and other != pair]
    rank = min(1 + sum(s > value for s in rivals), KEPT + 1)
    return rank, value - max(rivals, default=0.0)


@given(contests())
def test_rank_and_lead_are_counted_among_the_candidates_of_both_records(
    contest: tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]],
) -> None:
    similarity, chosen = contest
    left, right = np.array(PAIRS, np.int32).T.copy()
    candidates = CandidatePairs.of(
        np.array([i for i, _ in chosen], np.int32), np.array([j for _, j in chosen], np.int32)
    )
    rivals = Rivals.of(candidates, np.array(list(chosen.values()), np.float32), ROWS)
    out = np.empty((4, len(PAIRS)), np.float32)

    rivals.compare(left, right, np.array(list(similarity.values()), np.float32), out)

    for at, (pair, value) in enumerate(similarity.items()):
        (rank_i, lead_i), (rank_j, lead_j) = (standing(pair, r, value, chosen) for r in pair)
        expected = [1 / min(rank_i, rank_j), 1 / max(rank_i, rank_j)]
        expected += [min(lead_i, lead_j), max(lead_i, lead_j)]
        np.testing.assert_allclose(out[:, at], expected, atol=1e-6)


def test_a_pair_that_could_not_be_compared_stands_behind_all_others() -> None:
    candidates = CandidatePairs.of(np.array([0, 0]), np.array([1, 2]))
    similarity = np.array([np.nan, 0.5], np.float32)
    out = np.empty((4, 2), np.float32)

    Rivals.of(candidates, similarity, 3).compare(candidates.left, candidates.right, similarity, out)

    assert out.tolist() == [[1.0, 1.0], [0.5, 1.0], [-0.5, 0.5], [0.0, 0.5]]
