from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.quality.sampled_audit import (
    AuditDraw,
    audited_calibration,
    audited_curve,
    known_calibration,
    known_curve,
    stratified_f1,
)


def test_the_known_curve_counts_what_blocking_lost() -> None:
    probability = np.array([0.9, 0.6, 0.1])
    is_match = np.array([True, False, True])
    half = {point.threshold: point for point in known_curve(probability, is_match, 2)}[0.5]

    assert half.precision.value == pytest.approx(1 / 2)
    assert half.recall.value == pytest.approx(1 / 4)
    assert half.recall.width == 0


def test_known_calibration_counts_each_pair_once() -> None:
    probability = np.linspace(0, 1, 101)
    bins = known_calibration(probability, probability > 0.5)

    assert sum(one.pairs for one in bins) == 101
    assert bins[0].share.value == 0
    assert bins[-1].share.value == 1


def test_the_curve_of_an_audit_has_a_band(draw: AuditDraw, entity: NDArray[np.int64]) -> None:
    left, right = draw.pairs
    said = entity[left] == entity[right]
    curve = audited_curve(draw.population, draw.stratum, draw.drawn, said)
    recall = [point.recall.value for point in curve]

    assert all(point.precision.width >= 0 for point in curve)
    assert max(point.recall.width for point in curve) > 0
    assert recall[0] >= recall[-1]


def test_the_calibration_of_an_audit_speaks_of_candidates(
    draw: AuditDraw, entity: NDArray[np.int64]
) -> None:
    left, right = draw.pairs
    said = entity[left] == entity[right]
    bins = audited_calibration(draw.population, draw.drawn, said, draw.weights)

    assert sum(one.pairs for one in bins) == (draw.population.tier[draw.drawn] == 0).sum()
    assert all(one.share.low <= one.share.value <= one.share.high for one in bins)


@pytest.mark.parametrize("control", [False, True])
def test_the_textbook_estimates_come_near(
    draw: AuditDraw, entity: NDArray[np.int64], control: bool
) -> None:
    many = draw.more(1_000)
    left, right = many.pairs
    f1 = stratified_f1(
        many.population, many.stratum, many.drawn, entity[left] == entity[right], control=control
    )

    assert 0.8 < f1.value <= 1
    assert f1.low <= f1.value <= f1.high
