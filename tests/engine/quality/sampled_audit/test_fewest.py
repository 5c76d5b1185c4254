from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.quality.sampled_audit.fewest import fewest

ONE = np.ones(3)
SEEN = st.lists(st.integers(0, 20), min_size=3, max_size=3)
WEIGHTS = st.lists(st.floats(1, 1e4), min_size=3, max_size=3)


def test_where_no_error_was_seen_there_may_be_none() -> None:
    assert fewest(np.zeros(3), np.array([1.0, 10.0, 1000.0]), ONE) == (0, 0)


def test_errors_of_strata_that_were_asked_whole_are_counted() -> None:
    assert fewest(np.array([2.0, 0.0, 1.0]), ONE, ONE) == (3, 3)


def test_one_error_seen_allows_hardly_more_than_that_one() -> None:
    least, likely = fewest(np.array([1.0, 0.0, 0.0]), np.array([16.0, 1.0, 1.0]), ONE)

    assert 1 <= least < 3
    assert likely == 16


@given(SEEN, WEIGHTS)
def test_the_least_lies_between_what_was_seen_and_what_is_likely(
    seen: list[int], weights: list[float]
) -> None:
    least, likely = fewest(np.array(seen, float), np.array(weights), ONE)

    assert sum(seen) <= least * (1 + 1e-9)
    assert least <= likely * (1 + 1e-9)


def test_the_true_number_is_denied_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(0)
    size, asked, errors = np.array([50, 200, 1000]), np.array([10, 20, 50]), np.array([8, 10, 10])
    weight = size / asked
    denied = [
        fewest(rng.hypergeometric(errors, size - errors, asked).astype(float), weight, ONE)[0] > 28
        for _ in range(2000)
    ]

    assert np.mean(denied) < 0.085
