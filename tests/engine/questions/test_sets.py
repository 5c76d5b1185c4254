from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from matchloop.errors import LabelFileError, UsageError
from matchloop.io.label_files import read_labels
from matchloop.questions import LabelingSet
from matchloop.records import Kind, Records

ROWS = Records(
    pa.table({"code": [10, 11, 12, 13, 14], "name": ["a", "b", None, "d, e", "f"]}),
    "code",
    {"name": Kind.NAME},
)


def asked() -> LabelingSet:
    sets = (np.array([3, 0], np.int32), np.array([1, 4, 2], np.int32))
    return LabelingSet(ROWS, sets, "margin", 2)


def test_the_table_is_in_glues_form_with_an_empty_label_column() -> None:
    table = asked().to_table()

    assert len(asked()) == 5
    assert table.column_names == ["labeling_set_id", "label", "code", "name"]
    assert table["label"].null_count == 5
    assert table["code"].to_pylist() == [13, 10, 11, 14, 12]
    assert len(set(table["labeling_set_id"].to_pylist())) == 2


def test_the_ids_of_sets_are_those_of_their_rows() -> None:
    others = LabelingSet(ROWS, (np.array([0, 3], np.int32), np.array([1, 2], np.int32)))

    assert asked().set_ids[0] == others.set_ids[0]
    assert asked().set_ids[1] != others.set_ids[1]


def test_a_filled_file_comes_back_as_labels(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    asked().to_csv(path)
    lines = path.read_text("utf-8").splitlines()
    filled = [
        line.replace(",,", f",{label},", 1) for line, label in zip(lines[1:], "AABAB", strict=True)
    ]
    path.write_text("\n".join([lines[0], *filled]), "utf-8")

    pairs = read_labels(path).pairs(ROWS)

    found = zip(pairs.left, pairs.right, pairs.is_match, strict=True)
    assert list(found) == [(0, 3, True), (1, 2, True), (1, 4, False), (2, 4, False)]


def test_unfilled_questions_are_no_labels(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    asked().to_csv(path)

    with pytest.raises(LabelFileError, match="no row of 5 has a label"):
        read_labels(path)


def test_answers_remember_where_they_come_from() -> None:
    labels = asked().answered(["x", "x", None, "y", "y"], person="ann", assisted=True)

    assert len(labels) == 4
    assert labels.report.blank == 1
    assert labels.provenance.to_pylist()[0] == {
        "round": 2,
        "strategy": "margin",
        "person": "ann",
        "time": None,
        "source": None,
        "assisted": True,
    }


def test_answers_need_one_label_per_row() -> None:
    with pytest.raises(UsageError, match="3 labels were given for 5 rows"):
        asked().answered(["x", "y", "z"])


def test_no_questions_are_an_empty_table() -> None:
    nothing = LabelingSet(ROWS, ())

    assert len(nothing) == 0
    assert nothing.to_table().num_rows == 0
