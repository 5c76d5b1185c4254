from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from matchloop.active_learning.questions import LabelingSet
from matchloop.data.io.label_files import read_labels
from matchloop.data.records import Kind, Records
from matchloop.errors import LabelFileError, TableError, UsageError

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
        "set": None,
        "seconds": None,
        "input": None,
        "gold": None,
    }


def test_answers_need_one_label_per_row() -> None:
    with pytest.raises(UsageError, match="3 labels were given for 5 rows"):
        asked().answered(["x", "y", "z"])


def test_no_questions_are_an_empty_table() -> None:
    nothing = LabelingSet(ROWS, ())

    assert len(nothing) == 0
    assert nothing.to_table().num_rows == 0


@pytest.mark.parametrize(
    "answers",
    [
        ["x", "x", None, "y", "y"],
        ("x", "x", None, "y", "y"),
        np.array(["x", "x", None, "y", "y"], object),
        pa.array(["x", "x", None, "y", "y"]),
        pl.Series(["x", "x", None, "y", "y"]),
        {"10": "x", "13": "x", "14": "y", "12": "y"},
        {10: "x", 13: "x", 14: "y", 12: "y", 11: None},
        pd.Series(["y", "x", "x", "y"], index=["12", "10", "13", "14"]),
        pd.Series(["y", "x", "x", "y"], index=[12.0, 10.0, 13.0, 14.0]),
        pd.DataFrame({"label": ["y", "x", "x", "y"], "code": [12, 10, 13, 14], "name": "-"}),
        pd.DataFrame({"label": ["y", "x", "x", "y"]}, pd.Index([12, 10, 13, 14], name="code")),
        pl.DataFrame({"label": ["y", "x", "x", "y"], "code": ["12", "10", "13", "14"]}),
        pa.table({"label": ["y", "x", "x", "y"], "code": [12, 10, 13, 14]}),
    ],
    ids=lambda one: f"{type(one).__module__.split('.')[0]}.{type(one).__name__}",
)
def test_answers_are_taken_in_every_natural_form(answers: object) -> None:
    labels = asked().answered(answers)

    said = dict(zip(labels.values["code"].to_pylist(), labels.labels.to_pylist(), strict=True))
    assert said == {"13": "x", "10": "x", "14": "y", "12": "y"}


def test_the_own_table_with_its_labels_filled_in_comes_back() -> None:
    frame = asked().to_table().to_pandas()
    frame["label"] = [1, 1, np.nan, 2, 2]

    labels = asked().answered(frame.iloc[::-1])

    assert labels.labels.to_pylist() == ["1", "1", "2", "2"]
    assert labels.values["code"].to_pylist() == ["13", "10", "14", "12"]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ("xxyyy", "cannot be read from a str; give a list"),
        (5, "cannot be read from a int; give a list"),
        ({"13": "x", "99": "x"}, "1 of the keys were not asked about: '99'"),
        ({"13": True}, "a label is a text or a number, not a bool: True"),
        (pd.Series(["x"] * 5), "the index of the Series does not hold the keys 'code'"),
        (pd.Series({"13": "x", "99": "x"}), "1 of the keys were not asked about: '99'"),
        (pd.DataFrame({"label": ["x"]}), "lack the column 'code'"),
        (pd.DataFrame({"code": [13], "said": ["x"]}), "lack the column 'label'"),
        (pd.DataFrame({"code": [13, 13], "label": ["x", "y"]}), "key '13' has the labels 'x', 'y'"),
    ],
    ids=[
        "text", "number", "unknown key", "bool", "no keys", "a key too many",
        "no key", "no label", "two labels",
    ],
)  # fmt: skip
def test_answers_that_could_be_taken_wrong_are_refused(answers: object, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        asked().answered(answers)

    assert "\n" not in str(caught.value)


def test_a_series_numbered_from_0_is_refused_where_the_keys_are_numbers_from_0() -> None:
    records = Records(
        pa.table({"id": [0, 1, 2], "name": ["a", "b", "c"]}), "id", {"name": Kind.NAME}
    )
    one = LabelingSet(records, (np.array([2, 0, 1], np.int32),))

    with pytest.raises(UsageError, match="if it is in the order of the rows"):
        one.answered(pd.Series(["x", "x", "y"]))


def test_a_record_in_two_sets_may_have_two_labels_where_the_set_is_given() -> None:
    sets = (np.array([0, 1], np.int32), np.array([1, 2], np.int32))
    questions = LabelingSet(ROWS, sets)
    frame = questions.to_table().to_pandas()
    frame["label"] = ["x", "x", "y", "y"]

    assert questions.answered(frame).labels.to_pylist() == ["x", "x", "y", "y"]
    with pytest.raises(UsageError, match="the column 'labeling_set_id' where it stands in several"):
        questions.answered(frame.drop(columns="labeling_set_id"))


def test_answers_on_pairs_are_no_groups() -> None:
    with pytest.raises(LabelFileError, match="look like answers on a pair"):
        asked().answered(["no match", "no match", None, "match", "match"])


def test_a_table_with_a_column_of_labels_asks_nothing_by_file(tmp_path: Path) -> None:
    records = Records(
        pa.table({"id": ["1", "2"], "label": ["EMI", "Emi"]}), "id", {"label": Kind.NAME}
    )
    questions = LabelingSet(records, (np.array([0, 1], np.int32),))

    with pytest.raises(TableError, match="the table has a column 'label', which is a labelling"):
        questions.to_csv(tmp_path / "q.csv")
    assert not list(tmp_path.iterdir())
    with pytest.raises(TableError, match="give the column of the table another name"):
        questions.to_table()
    assert len(questions.answered(["x", "x"])) == 2
