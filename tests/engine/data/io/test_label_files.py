from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.io.label_files import read_labels, write_labels
from matchloop.data.labels import Labels, Provenance
from matchloop.errors import LabelFileError, OutputError, UsageError

PLAIN = (
    b"labeling_set_id,label,id,name\n"
    b"ABC123,A,007,John Doe\n"
    b'ABC123,A,8,"Doe, Johnny"\n'
    b'ABC123,B,9,"Jane ""J"" Smith"'
)


def written(tmp_path: Path, content: bytes, name: str = "labels.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_keys_are_text_and_quotes_are_understood(tmp_path: Path) -> None:
    labels = read_labels(written(tmp_path, PLAIN))

    assert labels.values["id"].to_pylist() == ["007", "8", "9"]
    assert labels.values["name"].to_pylist() == ["John Doe", "Doe, Johnny", 'Jane "J" Smith']
    assert labels.set_ids.to_pylist() == ["ABC123"] * 3


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN + b"\n",
        PLAIN.replace(b"\n", b"\r\n") + b"\r\n",
        PLAIN.replace(b"\n", b"\n\n"),
    ],
    ids=["byte order mark", "last line end", "CRLF", "empty lines"],
)
def test_the_same_labels_in_other_clothes_are_the_same(tmp_path: Path, content: bytes) -> None:
    one = read_labels(written(tmp_path, PLAIN, "one.csv"))
    other = read_labels(written(tmp_path, content, "other.csv"))

    assert one.table().equals(other.table())


def test_the_file_is_remembered(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)

    labels = read_labels(path, provenance=Provenance(person="ann", round=2, assisted=False))

    row = labels.provenance.slice(0, 1).to_pylist()[0]
    assert row["source"] == str(path)
    assert row["person"] == "ann"
    assert row["round"] == 2
    assert row["assisted"] is False
    assert row["input"] == "file"


def test_what_is_written_is_what_came_in(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"

    write_labels(read_labels(written(tmp_path, PLAIN)), out)

    assert out.read_bytes() == PLAIN + b"\n"


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=0, max_size=12)


@given(st.lists(st.tuples(st.sampled_from("12"), st.sampled_from("AB "), cells), min_size=1))
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    rows = [("1", "A", "first"), *rows]
    sets, labels, values = zip(*rows, strict=True)
    keys = [str(i) for i in range(len(rows))]
    table = pa.table(
        {"labeling_set_id": list(sets), "label": list(labels), "id": keys, "text": list(values)}
    )
    path = tmp_path_factory.mktemp("any") / "labels.csv"

    before = Labels.of(table)
    write_labels(before, path)

    assert read_labels(path).table().equals(before.table())


def test_several_files_are_merged_in_their_order(tmp_path: Path) -> None:
    one = written(tmp_path, PLAIN, "one.csv")
    two = written(tmp_path, PLAIN.replace(b"B,9", b"A,9"), "two.csv")

    assert read_labels([one, two], key="id").labels.to_pylist() == ["A", "A", "A"]
    assert read_labels([two, one], key="id").labels.to_pylist() == ["A", "A", "B"]


def test_a_pandas_frame_with_blank_cells_keeps_its_whole_numbers() -> None:
    frame = pd.DataFrame(
        {"labeling_set_id": [1, 1, 1], "label": [1, np.nan, 2], "id": [7, 8, 9], "name": "x"},
        index=[5, 6, 7],
    )

    labels = read_labels(frame, key="id")

    assert labels.labels.to_pylist() == ["1", "2"]
    assert labels.values.column_names == ["id", "name"]
    assert labels.values["id"].to_pylist() == ["7", "9"]
    assert labels.report.blank == 1


def test_a_pandas_frame_may_mix_numbers_and_words() -> None:
    frame = pd.DataFrame({"labeling_set_id": ["a", 1], "label": [1, "x"], "id": ["k", 2]})

    labels = read_labels(frame)

    assert labels.set_ids.to_pylist() == ["a", "1"]
    assert labels.labels.to_pylist() == ["1", "x"]


def test_a_polars_frame_is_read() -> None:
    frame = pl.DataFrame({"labeling_set_id": ["1", "1"], "label": ["A", None], "id": ["k", "l"]})

    assert read_labels(frame).values["id"].to_pylist() == ["k"]


def test_labels_in_another_place_of_the_header_are_found(tmp_path: Path) -> None:
    labels = read_labels(written(tmp_path, b"id,label,labeling_set_id\nk,A,1\nl,B,1\n"))

    assert labels.table().column_names == ["labeling_set_id", "label", "id"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"labeling_set_id,label,id\n", "a header and no rows"),
        (b"label,id\nA,1\n", "lack the column 'labeling_set_id'"),
        (b"labeling_set_id,id\n1,1\n", "lack the column 'label'"),
        (b"labeling_set_id,label,id,id\n1,A,1,1\n", "a column twice: 'id'"),
        (b"labeling_set_id,label,id\n1,,1\n1, ,2\n", "no row of 2 has a label"),
        (b"labeling_set_id,label,id\n1,A,k\n1,A\n", "line 3: the row has 2 fields"),
        (b'labeling_set_id,label,id\n1,A,"k"\n1,A,"m\n1,A,n\n', "line 3: a quote opens"),
        (b'labeling_set_id,label,id\n1,A,"k"x\n', "line 2: text follows a closing quote"),
        (b'labeling_set_id,label,id\n1,A,"k\n2"\n1,A,"m', "line 4: a quote opens"),
        (b"\xef\xbb\xbflabeling_set_id,label,id\r\n1,A,\xe9", "line 2: byte 0xe9 is not UTF-8"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = written(tmp_path, content, "bad.csv")

    with pytest.raises(LabelFileError, match=message) as caught:
        read_labels(path)

    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="nowhere.csv"):
        read_labels(tmp_path / "nowhere.csv")


def test_no_file_at_all_is_an_error() -> None:
    with pytest.raises(LabelFileError, match="no label file was given"):
        read_labels([])


def test_something_else_is_not_read() -> None:
    with pytest.raises(UsageError, match="from a int"):
        read_labels(5)


def test_a_folder_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    labels = read_labels(written(tmp_path, PLAIN))

    with pytest.raises(OutputError, match="cannot write"):
        write_labels(labels, tmp_path / "missing" / "out.csv")

    assert [path.name for path in tmp_path.iterdir()] == ["labels.csv"]


@pytest.mark.parametrize(
    ("encoding", "delimiter", "told"),
    [
        ("cp1252", ";", "read as cp1252"),
        ("utf-8-sig", ";", "semicolons between fields"),
        ("utf-16", "\t", "UTF-16"),
    ],
)
def test_labels_as_a_spreadsheet_writes_them_are_read_and_said_so(
    tmp_path: Path, encoding: str, delimiter: str, told: str
) -> None:
    lines = [
        ["labeling_set_id", "label", "id", "name", "price"],
        ["1", "A", "k1", "Müller, Jörg", "12,50"],
        ["1", "A", "k2", "Mueller, Jörg", "12,50"],
        ["2", "A", "k3", "Weiß", "7,25"],
        ["2", "B", "k4", "Weiss", "9,75"],
    ]
    text = "\r\n".join(delimiter.join(line) for line in lines) + "\r\n"
    labels = read_labels(written(tmp_path, text.encode(encoding), "excel.csv"), key="id")

    assert labels.table().column("name").to_pylist()[0] == "Müller, Jörg"
    assert labels.table().column("price").to_pylist() == ["12,50", "12,50", "7,25", "9,75"]
    first = labels.report.lines()[0]
    assert told in first
    assert "decimal commas" in first


def test_only_a_file_that_is_there_can_be_repaired(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="no such file: .*; check the path$"):
        read_labels(tmp_path / "absent.csv")
