import argparse
from pathlib import Path

import numpy as np
import pytest

from matchloop.data.pairs import CandidatePairs
from quality import as_candidates, as_labels, ids_of, wanted


def test_pairs_that_blocking_did_not_find_are_candidates_of_no_strength() -> None:
    known = CandidatePairs(
        np.array([0, 1], np.int32),
        np.array([3, 2], np.int32),
        np.array([0.5, 0.9], np.float32),
        np.array([1, 2], np.uint32),
        ("one", "two"),
    )

    pairs = as_candidates(np.array([[0, 2], [1, 2], [4, 5]]), known)

    assert pairs.left.tolist() == [0, 1, 4]
    assert pairs.strength.tolist() == pytest.approx([0.0, 0.9, 0.0])
    assert pairs.rules.tolist() == [0, 2, 0]


def test_both_rows_of_a_match_bear_the_same_label() -> None:
    assert as_labels(np.array([True, False])) == ["1", "1", "1", "2"]


def test_a_pair_has_one_number_in_either_order() -> None:
    numbers = ids_of(np.array([[1, 2], [2, 1], [1, 3]]))

    assert numbers[0] == numbers[1] != numbers[2]


def test_a_table_of_partial_truth_is_measured_on_its_split_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("beer", "films"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "gold.csv").touch()
    (tmp_path / "beer" / "pairs_test.csv").touch()
    monkeypatch.setenv("MATCHLOOP_DATA", str(tmp_path))
    options = argparse.Namespace(tables="all", labels="0,all", seeds=2, splits=True)

    assert wanted(options) == [
        ("beer", 0, "split"),
        ("beer", 1, "split"),
        ("films", 0, "0"),
        ("films", 0, "all"),
        ("films", 1, "0"),
        ("films", 1, "all"),
    ]
