from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from matchloop.quality.label_checks.noise import NOTICED, NoiseTest, noise_test


def examined(sure: float, slips: float, seed: int) -> NoiseTest:
    """Test 300 answers drawn from what models say, some of them turned round."""
    rng = np.random.default_rng(seed)
    odds = sure * rng.normal(size=300) + np.where(rng.random(300) < 0.5, -sure, sure)
    chance = expit(odds)
    is_match = (rng.random(300) < chance) ^ (rng.random(300) < slips)
    found = noise_test(chance, is_match, np.ones(300))
    assert found is not None
    return found


def test_slips_on_an_easy_table_are_noticed() -> None:
    noticed = [examined(4.0, 0.1, seed).p_value < 0.05 for seed in range(5)]

    assert sum(noticed) >= 3


def test_slips_among_pairs_that_are_nearly_all_surely_no_matches_are_noticed() -> None:
    opinion = np.append(np.full(295, 0.003), np.full(5, 0.95))
    clean = np.arange(300) >= 295
    slipped = clean ^ (np.arange(300) % 20 == 0)

    cleared = noise_test(opinion, clean, np.ones(300))
    noticed = noise_test(opinion, slipped, np.ones(300))

    assert cleared is not None
    assert cleared.p_value >= 0.05
    assert not cleared.is_undecided
    assert noticed is not None
    assert noticed.p_value < 0.05
    assert noticed.low > 0.02


def test_clean_labels_of_an_easy_table_are_cleared() -> None:
    found = [examined(6.0, 0.0, seed) for seed in range(5)]

    assert all(one.p_value >= 0.05 for one in found)
    assert not any(one.is_undecided for one in found)


def test_hard_pairs_are_no_noise_but_may_hide_it() -> None:
    found = [examined(0.8, 0.0, seed) for seed in range(12)]

    assert sum(one.p_value < 0.05 for one in found) <= 2  # one in twenty is expected
    assert all(one.high >= NOTICED for one in found)


def test_one_answer_only_cannot_be_tested() -> None:
    said = np.full(20, 0.4)

    assert noise_test(said, np.ones(20, bool), np.ones(20)) is None


@pytest.mark.parametrize("slips", [0.02, 0.15])
def test_the_interval_holds_what_slipped(slips: float) -> None:
    found = examined(4.0, slips, 1)

    assert found.low <= slips <= found.high
