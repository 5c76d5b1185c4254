from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.data.io import read_records
from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.backends import PreparedTable, local, prepare
from matchloop.matching.backends.memory import return_freed_memory

DATA = Path(__file__).parents[4] / "data"


def first_feature(comparisons: Comparisons) -> NDArray[np.float32]:
    return np.nan_to_num(comparisons.features[:, 0]).astype(np.float32)


def prepared() -> PreparedTable:
    return prepare(read_records(DATA / "customers.csv", key="id"))


def test_chunks_of_any_size_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = prepared().score(first_feature)

    monkeypatch.setattr(local, "KEPT_BYTES", 0)
    monkeypatch.setattr(local, "CHUNK", 37)
    parts = prepared().score(first_feature)

    assert parts.probability.tobytes() == whole.probability.tobytes()
    assert parts.pairs.ids().tolist() == whole.pairs.ids().tolist()


def test_progress_ends_at_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "KEPT_BYTES", 0)
    monkeypatch.setattr(local, "CHUNK", 500)
    told: list[tuple[str, float]] = []

    prepared().score(first_feature, on_stage=lambda stage, done: told.append((stage, done)))

    assert told[-1] == ("compare and score", 1.0)
    assert [done for _, done in told] == sorted(done for _, done in told)


def test_a_sample_is_spread_over_the_candidates() -> None:
    table = prepared()

    sample = table.sample(50)

    assert len(sample) == 50
    assert np.isin(sample.pairs.ids(), table.candidates.ids()).all()
    assert sample.pairs.left[-1] > len(table.records) // 2


def test_pairs_that_are_no_candidates_can_be_scored() -> None:
    table = prepared()
    pairs = CandidatePairs.of(np.array([0, 5]), np.array([9, 300]))

    scores = table.score(first_feature, pairs)

    assert len(scores) == 2


def test_what_needs_no_label_is_made_once() -> None:
    table = prepared()
    made: list[int] = []

    for _ in range(3):
        table.once("thing", lambda: made.append(1))

    assert made == [1]


def test_freed_memory_can_be_returned_at_any_time() -> None:
    return_freed_memory()
    return_freed_memory()
