from __future__ import annotations

from pathlib import Path

import pytest

from matchloop.lab.simulation import read_rounds
from matchloop.lab.simulation.asked import BINS, read_asked
from matchloop.lab.simulation.curves import read_curves


def test_what_was_asked_is_shared_out_by_round(experiment: Path) -> None:
    curves = read_curves(read_rounds([experiment]))
    asked = read_asked([experiment], {one.run: one.contender for one in curves.curves})

    assert sorted(asked) == curves.contenders
    for one in asked.values():
        assert one.matches.shape == (2,)
        assert ((one.matches >= 0) & (one.matches <= 1)).all()
        assert one.probability.shape == (2, BINS)
        assert one.probability.sum(axis=1) == pytest.approx(1)
