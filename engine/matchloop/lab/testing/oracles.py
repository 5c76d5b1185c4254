"""The contract of every oracle, as tests.

In a test file of a plug-in::

    class TestMine(OracleContract):
        @pytest.fixture
        def oracle(self):
            return Mine()
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from matchloop.data.pairs import pair_ids
from matchloop.data.records import Kind, Records
from matchloop.lab.simulation.oracles import Answer, Oracle, grouped
from matchloop.lab.simulation.truth import Truth

__all__ = ["OracleContract", "made_up_truth"]


def made_up_truth(n_records: int = 30, *, seed: int = 0) -> Truth:
    """Make a truth of small groups, with a table of names and with pairs that are hard to judge.

    Parameters
    ----------
    n_records
        Number of records, at least 2.
    seed
        The same seed gives the same truth.
    """
    rng = np.random.default_rng(seed)
    entities = rng.integers(0, max(2, n_records // 3), n_records).astype(np.int64)
    left, right = np.triu_indices(n_records, 1)
    ids = np.sort(pair_ids(left, right))
    table = pa.table(
        {
            "id": [f"r{number}" for number in range(n_records)],
            "name": [f"name {entity}" for entity in entities.tolist()],
        }
    )
    return Truth(entities, ids, rng.random(len(ids)), Records(table, "id", {"name": Kind.NAME}))


class OracleContract:
    """Tests that every oracle passes; give the oracle as the fixture ``oracle``."""

    @pytest.fixture
    def oracle(self) -> Oracle:
        """Return the oracle under test."""
        raise NotImplementedError("override the fixture 'oracle' and return your oracle")

    def test_keeps_the_protocol(self, oracle: Oracle) -> None:
        """Check that it has the method of :class:`Oracle`."""
        assert isinstance(oracle, Oracle)

    def test_its_parameters_are_its_fields(self, oracle: Oracle) -> None:
        """Check that it is a frozen dataclass, equal to another one of the same fields."""
        assert is_dataclass(oracle)
        assert type(oracle).__dataclass_params__.frozen
        values = {field.name: getattr(oracle, field.name) for field in fields(oracle)}
        assert type(oracle)(**values) == oracle

    @pytest.mark.parametrize("count", [1, 2, 3, 10])
    def test_gives_one_label_or_none_per_row(self, oracle: Oracle, count: int) -> None:
        """Check that its labels are texts that are not blank, or None."""
        answer = _asked(oracle, _rows(count, seed=count))

        assert isinstance(answer.labels, tuple)
        assert len(answer.labels) == count
        assert all(label is None or (isinstance(label, str) and label) for label in answer.labels)

    def test_says_who_answered_and_what_it_cost(self, oracle: Oracle) -> None:
        """Check that there is an annotator, and that price and time are not negative."""
        answer = _asked(oracle, _rows(4))

        assert answer.person
        assert answer.price >= 0
        assert answer.seconds >= 0
        assert all(len(vote.labels) == 4 for vote in answer.votes)

    def test_the_same_chance_gives_the_same_answer(self, oracle: Oracle) -> None:
        """Check that it uses the generator only, and keeps no state between questions."""
        for seed in range(5):
            rows = _rows(5, seed=seed)
            first = _asked(oracle, rows, seed=seed)
            _asked(oracle, _rows(7), seed=9)

            assert _asked(oracle, rows, seed=seed).labels == first.labels

    @pytest.mark.parametrize("count", [2, 3, 8])
    def test_the_order_of_the_rows_changes_nothing(self, oracle: Oracle, count: int) -> None:
        """Check that rows in another order get the same groups."""
        for seed in range(20):
            rows = _rows(count, seed=seed)
            order = np.random.default_rng(seed).permutation(count)
            straight = _asked(oracle, rows, seed=seed).labels
            turned = _asked(oracle, rows[order], seed=seed).labels

            assert _groups([straight[at] for at in order.tolist()]) == _groups(list(turned))

    def test_leaves_its_question_as_it_was(self, oracle: Oracle) -> None:
        """Check that it writes neither to the rows nor to the truth."""
        rows, truth = _rows(6), made_up_truth()
        _asked(oracle, rows, truth)

        assert rows.tolist() == _rows(6).tolist()
        assert truth.entities.tobytes() == made_up_truth().entities.tobytes()
        assert truth.ambiguity.tobytes() == made_up_truth().ambiguity.tobytes()


def _rows(count: int, *, seed: int = 0) -> NDArray[np.int32]:
    return np.random.default_rng(seed).permutation(30)[:count].astype(np.int32)


def _asked(
    oracle: Oracle, rows: NDArray[np.int32], truth: Truth | None = None, *, seed: int = 0
) -> Answer:
    return oracle.answer(rows, truth or made_up_truth(), np.random.default_rng(seed))


def _groups(labels: list[str | None]) -> list[str | None]:
    numbers = iter(grouped(label for label in labels if label is not None))
    return [None if label is None else next(numbers) for label in labels]
