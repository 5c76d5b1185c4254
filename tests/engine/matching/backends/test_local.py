from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.data import unnamed_files
from matchloop.data.freeing import return_freed_memory
from matchloop.data.io import read_records
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.matching.backends import PreparedTable, local, prepare
from matchloop.matching.backends.spill import SpilledFeatures
from matchloop.matching.comparing.base import Comparator, Features, Positions, RecordComparator
from matchloop.matching.matcher import Matcher

pytestmark = pytest.mark.usefixtures("small_forests")

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


def test_some_candidates_have_the_bytes_of_all_compared_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table, places = prepared(), np.array([3, 4, 90])

    reused = table.some(places)
    monkeypatch.setattr(local, "KEPT_BYTES", 0)
    compared = prepared().some(places)

    assert reused.pairs.ids().tolist() == table.candidates.ids()[places].tolist()
    assert compared.features.tobytes() == reused.features.tobytes()
    assert reused.features.tobytes() == table.comparisons.features[places].tobytes()


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


class Counting:
    """A comparator that counts the pairs it compares."""

    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind)

    def __init__(self, inner: Comparator | RecordComparator) -> None:
        self.measures, self.inner = inner.measures, inner
        self.pairs = 0

    @classmethod
    def plan(cls, views: Views) -> Self:
        raise AssertionError("it is planned by its inner comparator")

    def compare(self, left: Positions, right: Positions, out: Features) -> None:
        self.pairs += len(left)
        self.inner.compare(left, right, out)


def counted(table: PreparedTable) -> tuple[PreparedTable, Counting]:
    first, *rest = table.comparer.parts
    counting = Counting(first.comparator)
    parts = (replace(first, comparator=counting), *rest)
    return replace(table, comparer=replace(table.comparer, parts=parts)), counting


def test_labels_and_matching_compare_the_candidates_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "KEPT_BYTES", 0)
    monkeypatch.setattr(local, "CHUNK", 500)
    table, counting = counted(prepared())
    pairs = table.candidates.take(np.argsort(-table.candidates.strength)[::40])
    is_match = np.arange(len(pairs)) < len(pairs) // 4
    sets = np.arange(len(pairs), dtype=np.int32)
    matcher = Matcher()

    model = matcher.learn(table, LabeledPairs(pairs.left, pairs.right, is_match, sets))
    model.score(table)
    model.score(table)

    sampled = 20_000 + len(table.candidates)  # what the prior model is fitted to
    assert counting.pairs - sampled < 1.5 * len(table.candidates)


def test_features_read_from_a_file_are_those_that_were_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local, "KEPT_BYTES", 0)
    monkeypatch.setattr(local, "CHUNK", 300)
    table, counting = counted(prepared())

    compared = [chunk.features.copy() for _, chunk in table.chunks(keep=True)]
    once = counting.pairs
    read = [chunk.features for _, chunk in table.chunks()]

    assert counting.pairs == once
    assert np.concatenate(read).tobytes() == np.concatenate(compared).tobytes()


def test_a_full_disk_leaves_the_features_to_be_compared_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local, "KEPT_BYTES", 0)
    monkeypatch.setattr(unnamed_files, "SPARE_BYTES", 1 << 62)
    table, counting = counted(prepared())

    first = table.score(first_feature, keep=True)
    second = table.score(first_feature, keep=True)

    assert SpilledFeatures.open(1, 1) is None
    assert counting.pairs == 2 * len(table.candidates)
    assert first.probability.tobytes() == second.probability.tobytes()


def test_a_value_is_cached_until_another_is_wanted() -> None:
    table = prepared()
    made: list[str] = []

    for of in ("a", "a", "b", "a"):
        table.latest("thing", of, lambda of=of: made.append(of))  # type: ignore[misc]

    assert made == ["a", "b", "a"]


def test_a_score_gets_the_numbers_beside_its_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "KEPT_BYTES", 0)
    monkeypatch.setattr(local, "CHUNK", 37)
    table = prepared()
    beside = np.linspace(0, 1, len(table.candidates), dtype=np.float32)

    scores = table.score(lambda _, numbers: numbers, beside=beside)

    assert scores.probability.tobytes() == beside.tobytes()


def test_freed_memory_can_be_returned_at_any_time() -> None:
    return_freed_memory()
    return_freed_memory()
