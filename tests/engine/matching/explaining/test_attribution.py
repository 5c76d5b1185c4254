from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.matching.explaining.attribution import EXACT, attribute


def groups_of(sizes: list[int]) -> list[NDArray[np.int64]]:
    ends = np.cumsum(sizes)
    return [np.arange(end - size, end) for size, end in zip(sizes, ends, strict=True)]


@pytest.mark.parametrize("count", [1, 3, EXACT, EXACT + 5])
def test_base_and_shares_add_up_to_the_prediction(count: int) -> None:
    rng = np.random.default_rng(1)
    background = rng.random((20, count), dtype=np.float32)
    row = rng.random(count, dtype=np.float32)

    def predict(features: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(-(features.sum(axis=1) ** 2))), np.float64)

    base, shares = attribute(predict, row, background, groups_of([1] * count), rng=rng)

    assert base == pytest.approx(predict(background).mean())
    assert base + shares.sum() == pytest.approx(predict(row[None])[0])


@pytest.mark.parametrize("count", [4, EXACT + 3])
def test_the_shares_of_a_sum_are_its_terms(count: int) -> None:
    rng = np.random.default_rng(2)
    background = rng.random((10, count), dtype=np.float32)
    row = rng.random(count, dtype=np.float32)

    _, shares = attribute(
        lambda f: f.sum(axis=1, dtype=np.float64), row, background, groups_of([1] * count), rng=rng
    )

    assert shares == pytest.approx(row - background.mean(axis=0), abs=1e-6)


def test_two_groups_that_do_the_same_share_alike() -> None:
    background = np.zeros((1, 4), np.float32)
    row = np.ones(4, np.float32)

    _, shares = attribute(
        lambda f: f[:, :2].max(axis=1).astype(np.float64) * f[:, 2:].max(axis=1),
        row,
        background,
        groups_of([1, 1, 2]),
        rng=np.random.default_rng(0),
    )

    assert shares[0] == pytest.approx(shares[1])
    assert shares.sum() == pytest.approx(1)
