from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from matchloop.lab.simulation.statistics import (
    bands,
    holm,
    interval,
    paired_permutation,
    rank,
    signed_rank,
)

chances = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12)


@given(chances)
def test_holm_never_lowers_a_p_and_keeps_their_order(raw: list[float | None]) -> None:
    corrected = holm(raw)
    known = [(p, q) for p, q in zip(raw, corrected, strict=True) if p is not None and q is not None]

    assert [q is None for q in corrected] == [p is None for p in raw]
    assert all(p <= q <= 1 for p, q in known)
    ordered = [q for _, q in sorted(known)]
    assert ordered == sorted(ordered)


def test_holm_by_hand() -> None:
    corrected = holm([0.01, 0.04, None, 0.03])

    assert corrected == [pytest.approx(0.03), pytest.approx(0.06), None, pytest.approx(0.06)]


def test_the_permutation_test_counts_flips() -> None:
    assert paired_permutation([0.1, 0.2, 0.3]) == pytest.approx(2 / 8)
    assert paired_permutation(np.arange(1, 11)) == pytest.approx(2 / 2**10)
    assert paired_permutation([-1.0, 2.0, 4.0]) == pytest.approx(4 / 8)


def test_wilcoxon_is_that_of_scipy() -> None:
    differences = [0.1, 0.25, -0.05, 0.3, 0.2, 0.4]

    assert signed_rank(differences) == pytest.approx(stats.wilcoxon(differences).pvalue)


@pytest.mark.parametrize("test", [signed_rank, paired_permutation])
def test_one_difference_is_no_test_and_none_is_no_evidence(test) -> None:  # type: ignore[no-untyped-def]
    assert test([0.3]) is None
    assert test([0.0, 0.0, 0.0]) == 1.0


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12))
def test_an_interval_holds_its_mean_and_is_repeatable(values: list[float]) -> None:
    one = interval(values)

    assert one == interval(values)
    assert one.low is not None
    assert one.high is not None
    assert min(values) - 1e-9 <= one.low <= one.mean <= one.high <= max(values) + 1e-9


def test_one_value_has_no_interval() -> None:
    one = interval([0.5])

    assert (one.mean, one.low, one.high, one.count, one.sign) == (0.5, None, None, 1, 0)


def test_bands_are_the_bootstrap_of_scipy() -> None:
    values = np.random.default_rng(1).normal(0.8, 0.05, (10, 3))
    mean, low, high = bands(values)
    expected = stats.bootstrap(
        (values,), np.mean, axis=0, n_resamples=20_000, method="percentile",
        random_state=np.random.default_rng(3),
    ).confidence_interval  # fmt: skip

    assert mean == pytest.approx(values.mean(axis=0))
    assert low == pytest.approx(expected.low, abs=0.003)
    assert high == pytest.approx(expected.high, abs=0.003)


def test_ranks_and_friedman_are_those_of_scipy() -> None:
    values = np.random.default_rng(2).random((7, 4))
    found = rank(values)

    assert found is not None
    assert found.ranks == pytest.approx(stats.rankdata(-values, axis=1).mean(axis=0))
    assert found.p == pytest.approx(stats.friedmanchisquare(*values.T).pvalue)


def test_the_critical_difference_is_that_of_the_literature() -> None:
    found = rank(np.random.default_rng(2).random((14, 4)))

    assert found is not None  # Demsar (2006), section 3.2.2: q = 2.569, N = 14, k = 4
    assert found.critical_difference == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=1e-3)


def test_contenders_alike_in_all_share_a_rank_and_a_bar() -> None:
    found = rank(np.ones((4, 3)))

    assert found is not None
    assert found.ranks == (2, 2, 2)
    assert found.p == 1
    assert found.alike() == [(0, 2)]


def test_bars_join_what_is_closer_than_the_critical_difference() -> None:
    ladder = np.arange(6.0)[None, :] + np.zeros((30, 1))
    found = rank(ladder)

    assert found is not None
    assert found.critical_difference == pytest.approx(1.377, abs=0.01)
    assert found.alike() == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]


@pytest.mark.parametrize("shape", [(1, 3), (3, 1)])
def test_too_few_tables_or_contenders_have_no_rank(shape: tuple[int, int]) -> None:
    assert rank(np.ones(shape)) is None


def test_two_contenders_have_ranks_but_no_friedman_test() -> None:
    found = rank(np.array([[0.1, 0.2], [0.3, 0.4]]))

    assert found is not None
    assert (found.ranks, found.p) == ((2, 1), None)
