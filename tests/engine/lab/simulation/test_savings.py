from __future__ import annotations

import numpy as np
import pytest

from matchloop.lab.simulation.curves import Choice, Curve
from matchloop.lab.simulation.savings import LEVELS, crossings, labels_saved

SPENT = np.array([0.0, 20, 40, 60, 80])


def curve(seed: int, reached: list[float]) -> Curve:
    choice = Choice("margin", "mbx", 2, "merge", "matcher")
    return Curve(f"run {seed}", "t", "margin", "truth", seed, choice, SPENT, np.array(reached))


def test_labels_saved_by_hand() -> None:
    slow = {seed: curve(seed, [0.5, 0.6, 0.7, 0.75, 0.8]) for seed in range(3)}
    fast = {seed: curve(seed, [0.5, 0.7, 0.7, 0.75, 0.8]) for seed in range(3)}
    flat = {seed: curve(seed, [0.5] * 5) for seed in range(3)}
    saved = labels_saved(slow, fast, 40, 80)
    never = labels_saved(slow, flat, 40, 80)

    assert saved is not None
    assert saved.level == pytest.approx(0.7)
    assert (saved.needed, saved.saved) == (20, 20)
    assert (saved.low, saved.high) == (20, 20)
    assert never is not None
    assert (never.needed, never.saved, never.low) == (None, None, None)
    assert labels_saved(slow, {9: fast[0]}, 40, 80) is None


def test_nothing_is_saved_where_nothing_is_to_learn() -> None:
    flat = {seed: curve(seed, [0.9] * 5) for seed in range(3)}
    saved = labels_saved(flat, flat, 40, 80)

    assert saved is not None
    assert (saved.budget, saved.needed, saved.saved, saved.low, saved.high) == (0, 0, 0, 0, 0)


def test_a_level_counts_from_the_round_from_which_a_run_stays_there() -> None:
    falls = curve(0, [0.5, 0.95, 0.7, 0.95, 0.95])
    found = crossings([(falls, 1.0)])

    assert [one.share for one in found] == list(LEVELS)
    assert [(one.first, one.stable, one.reached) for one in found] == [
        (20, 60, 1.0),
        (20, 60, 1.0),
        (None, None, 0.0),
    ]


def test_without_a_run_that_learned_every_label_nothing_is_crossed() -> None:
    assert crossings([]) == ()
