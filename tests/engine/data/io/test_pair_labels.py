from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from matchloop.data.io.label_files import read_labels
from matchloop.data.labels import Labels
from matchloop.data.records import Kind, Records
from matchloop.errors import LabelFileError

RECORDS = Records(
    pa.table({"id": ["01", "02", "03", "04"], "name": ["Ann", "Anne", "Bob", "Cleo"]}),
    "id",
    {"name": Kind.NAME},
)


def read(folder: Path, text: str, **how: object) -> Labels:
    path = folder / "pairs.csv"
    path.write_text(text)
    return read_labels(path, records=RECORDS, **how)  # type: ignore[arg-type]


def pairs_of(labels: Labels) -> list[tuple[int, int, bool]]:
    pairs = labels.bound(RECORDS).pairs(RECORDS)
    return sorted(
        zip(pairs.left.tolist(), pairs.right.tolist(), pairs.is_match.tolist(), strict=True)
    )


@pytest.mark.parametrize("yes_no", [("1", "0"), ("1.0", "0.0"), ("True", "False"), ("yes", "no")])
def test_a_table_of_pairs_is_read_as_what_it_says(tmp_path: Path, yes_no: tuple[str, str]) -> None:
    yes, no = yes_no
    labels = read(tmp_path, f"_id,ltable_id,rtable_id,label\n0,01,02,{yes}\n1,03,02,{no}\n")

    assert pairs_of(labels) == [(0, 1, True), (1, 2, False)]
    assert labels.report.lines() == []


def test_what_is_left_out_of_pairs_is_named(tmp_path: Path) -> None:
    labels = read(
        tmp_path,
        "left_id,right_id,label\n01,02,1\n02,01,0\n03,03,1\n03,99,1\n03,04,\n01,04,no\n",
    )

    assert pairs_of(labels) == [(0, 1, False), (0, 3, False)]
    assert labels.report.lines() == [
        "1 pair has a key that the table lacks and was left out",
        "1 pair holds one record twice and was left out",
        "1 pair has no answer and was left out",
        "1 pair stands twice with different answers; the later one counts",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("left_id,right_id\n01,02\n", "no column that says whether they match; call it 'label'"),
        ("left_id,right_id,label\n01,02,perhaps\n", "row 2 has 'perhaps' for an answer"),
        ("left_id,right_id,label\n1,2,1\n", "the file has '1' where the table has '01'"),
        ("left_id,right_id,label\nx,y,1\n", "no pair has two keys of the table; the pairs have"),
        ("left_id,right_id,label\n01,02,\n", "no pair of two records has an answer"),
    ],
)
def test_pairs_that_cannot_be_used_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LabelFileError, match=message):
        read(tmp_path, text)


def test_pairs_need_their_table(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("left_id,right_id,label\n01,02,1\n")

    with pytest.raises(LabelFileError, match="give the table that has their rows"):
        read_labels(path)


HEADER = "labeling_set_id,label,id,name\n"
ANSWERS = HEADER + "s1,match,01,Ann\ns1,match,02,Anne\ns2,no match,01,Ann\ns2,,03,Bob\n"


def test_sets_of_two_with_answers_are_read_as_pairs_when_asked(tmp_path: Path) -> None:
    labels = read(tmp_path, ANSWERS, labels_are="pairs")

    assert pairs_of(labels) == [(0, 1, True), (0, 2, False)]
    with pytest.raises(LabelFileError, match="set 's2' has 'no match' for labels"):
        read(tmp_path, ANSWERS)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("s,1,01,Ann\ns,0,02,Anne\n", "set 's' says both that its rows match and that they do"),
        ("s,1,01,Ann\ns,1,02,Anne\ns,1,03,Bob\n", "set 's' has 3 rows"),
        ("s,a,01,Ann\ns,a,02,Anne\n", "set 's' has the label 'a', which is no answer"),
    ],
)
def test_sets_that_are_no_pairs_are_refused(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(LabelFileError, match=message):
        read(tmp_path, HEADER + rows, labels_are="pairs")


def test_a_file_without_sets_and_pairs_says_how_to_name_its_columns(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="call them left_id, right_id and label"):
        read(tmp_path, "one,other,label\n01,02,1\n", labels_are="pairs")
