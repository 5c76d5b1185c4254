from __future__ import annotations

import json

import numpy as np
import pytest

from matchloop.cli.words import plain, print_json


def test_numpy_values_become_plain_ones() -> None:
    given = {"a": np.float32(0.5), "b": np.arange(3), "c": (np.int64(1), None), 4: np.True_}

    assert plain(given) == {"a": 0.5, "b": [0, 1, 2], "c": [1, None], "4": True}


def test_what_is_no_number_becomes_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"x": float("nan"), "y": [float("inf"), "ü"]})

    assert json.loads(capsys.readouterr().out) == {"x": None, "y": [None, "ü"]}
