import numpy as np
import pyarrow as pa
import pytest

from matchloop.active_learning.questions import LabelingSet
from matchloop.data.records import Kind, Records
from matchloop.errors import UsageError
from matchloop.lab.simulation import TruthOracle

ROWS = Records(pa.table({"id": ["a", "b", "c", "d"], "name": ["x"] * 4}), "id", {"name": Kind.NAME})
ASKED = LabelingSet(ROWS, (np.array([3, 0, 1], np.int32),), "random", 1)


def test_rows_of_one_entity_get_one_label() -> None:
    labels = TruthOracle(["e", "f", "f", "e"]).answer(ASKED)

    assert labels.labels.to_pylist() == ["1", "1", "2"]
    assert labels.values["id"].to_pylist() == ["d", "a", "b"]
    assert set(labels.provenance["person"].to_pylist()) == {"truth"}


def test_true_pairs_make_entities_by_what_they_connect() -> None:
    oracle = TruthOracle.from_pairs(np.array([0, 1]), np.array([1, 3]), 4)

    assert oracle.answer(ASKED).labels.to_pylist() == ["1", "1", "1"]


def test_the_truth_of_another_table_is_refused() -> None:
    with pytest.raises(UsageError, match="the truth knows 2 records, the table holds 4"):
        TruthOracle(["e", "f"]).answer(ASKED)
