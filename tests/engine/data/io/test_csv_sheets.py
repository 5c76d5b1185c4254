from __future__ import annotations

from pathlib import Path

import pytest

from matchloop.data.io import read_records, read_table
from matchloop.errors import TableError

ROWS = [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bob"}]


def read(folder: Path, text: str, name: str = "t.csv") -> tuple[list[dict[str, str]], list[str]]:
    (folder / name).write_bytes(text.encode())
    notes: list[str] = []
    table = read_table(folder / name, notes=notes)
    return table.to_pylist(), notes


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("id,name\n1,Ann\n2,Bob\n", None),
        ("\n\r\n,,\n ,\nid,name\n1,Ann\n2,Bob\n", None),
        ("\ufeff;;\nid;name\n1;Ann\n2;Bob\n", "semicolons between fields"),
        ("id,name,,\n1,Ann,,\n2,Bob,,\n", "columns 3, 4 have neither a name nor a value; left out"),
        (",id,name\n,1,Ann\n,2,Bob\n", "column 1 has neither a name nor a value; left out"),
        (
            ",\n\nid,name\n1,Ann,\n2,Bob,\n",
            "every row ends in 1 empty field that the header lacks; left out",
        ),
        (
            '"id","name"\n1,Ann,,\n2,Bob,,\n',
            "every row ends in 2 empty fields that the header lacks; left out",
        ),
        ("id,name\n,\n1,Ann\n,\n2,Bob\n", "2 rows hold no value (1, 3); left out"),
        ("id,name\n1,Ann\n2,Bob\n,\n", "row 3 holds no value; left out"),
    ],
)
def test_what_holds_nothing_is_left_out_with_a_word(
    tmp_path: Path, text: str, note: str | None
) -> None:
    assert read(tmp_path, text) == (ROWS, [] if note is None else [note])


def test_tabs_are_read_in_the_same_way(tmp_path: Path) -> None:
    rows, notes = read(tmp_path, "\t\nid\tname\t\n1\tAnn\t\n2\tBob\t\n", "t.tsv")

    assert rows == ROWS
    assert notes == ["column 3 has neither a name nor a value; left out"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",id,,\n0,1,,x\n1,2,,\n", "columns 1, 4 have values ('0', 'x') and no name"),
        ("\nid,name\n1,Ann,\n2,Bob,x\n", "line 3: the row has 3 fields, the header has 2"),
        ("id,name\n1,Ann,\n2,Bob\n", "line 2: the row has 3 fields, the header has 2"),
        (",,\nid,name\n1,Ann\n2\n", "line 4: the row has 1 field, the header has 2"),
        (",,\n\n", "is empty; expected a header line and records"),
    ],
)
def test_what_is_not_certain_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError) as error:
        read(tmp_path, text)

    assert message in str(error.value)


def test_a_single_column_without_a_name_is_kept_and_not_compared(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(",id,name\n0,1,Ann\n1,2,Bob\n")

    records = read_records(tmp_path / "t.csv", key="id")
    indexed = read_records(tmp_path / "t.csv", key="")

    assert records.table.column_names == ["", "id", "name"]
    assert records.columns == ("name",)
    assert records.notes == (
        "a column without a name is kept and not compared; name it to compare it",
    )
    assert indexed.notes == ()


@pytest.mark.parametrize(
    ("text", "is_record"),
    [
        ("1,Ann,Bath\n2,Ann Lee,Bath\n", True),
        ("7,Ann,Bath\n8,Bob,Hull\n", True),
        ("k,ann@x.org,Bath\nl,bob@x.org,Bath\n", True),
        ("k,03.05.2021,Bath\nl,04.05.2021,Bath\n", True),
        ("id,2019,2020\n1,5,6\n2,5,7\n", False),
        ("2019,2020\n5,6\n5,7\n", False),
        ("id,name\n1,name\n2,Bob\n", False),
        ("1,2\n", False),
    ],
)
def test_a_record_in_place_of_the_names_is_named(
    tmp_path: Path, text: str, is_record: bool
) -> None:
    _, notes = read(tmp_path, text)

    assert any("looks like a record" in note for note in notes) is is_record
