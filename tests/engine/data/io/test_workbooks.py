"""Workbooks are read as a CSV file of them would be, and written with their text as text."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

import matchloop as ml
from matchloop.data.io import read_table, write_table
from matchloop.errors import TableError, UsageError

HEAD = ["Réf", "Société", "Ville", "Créé", "Prix", "Code"]
ROWS: list[list[Any]] = [
    [101, "Crêperie Élysée", "Nîmes", datetime(2021, 5, 3), 12.5, 7],
    [102, "Hôtel Père", "Orléans", datetime(2020, 12, 31, 8, 30), 3.0, 42],
]


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_cells_are_read_as_a_csv_file_has_them(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Clients=[HEAD, *ROWS, [None] * 6])
    book = openpyxl.load_workbook(path)
    book["Clients"]["F2"].number_format = "00000"
    book.save(path)
    records = ml.read_records(path)

    assert records.key == "Réf"
    assert list(records.table.to_pylist()[0].values()) == [
        *("101", "Crêperie Élysée", "Nîmes", "2021-05-03", "12.5", "00007"),
    ]
    assert records.table.column("Créé").to_pylist()[1] == "2020-12-31 08:30:00"
    assert records.table.column("Prix").to_pylist()[1] == "3"


def test_one_of_several_sheets_has_to_be_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Nord=[HEAD, *ROWS], Sud=[HEAD, ROWS[0]], Vide=[])

    with pytest.raises(TableError, match=r"has the sheets 'Nord', 'Sud'; name one with --sheet"):
        ml.read_records(path)
    assert len(ml.read_records(path, sheet="Sud")) == 1
    with pytest.raises(TableError, match="no sheet 'Est'; it has 'Nord', 'Sud', 'Vide'"):
        ml.read_records(path, sheet="Est")


def test_the_only_filled_sheet_is_read_and_stated(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Vide=[], Nord=[HEAD, *ROWS])

    assert "sheet 'Nord' was read" in ml.read_records(path).notes


def test_a_workbook_under_the_name_of_a_csv_file_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Nord=[HEAD, *ROWS]).rename(tmp_path / "t.csv")

    assert len(ml.read_records(path)) == 2


def test_a_formula_without_a_computed_value_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Nord=[["id", "sum"], [1, "=1+1"], [2, 5]])

    with pytest.raises(TableError, match="the formula in B2 has no computed value"):
        read_table(path)


def test_columns_below_a_title_without_names_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Nord=[["Clients 2021"], HEAD, *ROWS])

    with pytest.raises(TableError, match="have values .* and no name in the header"):
        ml.read_records(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04 cut", "cannot be read as a workbook"),
        (b"\xd0\xcf\x11\xe0old", "old or encrypted"),
    ],
)
def test_a_damaged_or_old_workbook_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "t.xlsx").write_bytes(data)

    with pytest.raises(TableError, match=message):
        read_table(tmp_path / "t.xlsx")


def test_other_files_under_the_name_of_a_workbook_are_named(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("id,name\n1,Ann\n")
    with pytest.raises(TableError, match="cannot be read as a workbook; rename it if it is text"):
        read_table(tmp_path / "t.xlsx")

    with zipfile.ZipFile(tmp_path / "t.csv", "w") as packed:
        packed.writestr("people.csv", "id,name\n1,Ann\n")
    with pytest.raises(TableError, match="is a zip archive and no workbook; unpack it"):
        read_table(tmp_path / "t.csv")


def test_merged_cells_of_several_rows_are_reported(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Nord=[HEAD, *ROWS])
    book = openpyxl.load_workbook(path)
    book["Nord"].merge_cells("B2:B3")
    book.save(path)

    assert (
        "1 merged cell spans several rows, and only the first row has the value: 'B2:B3'"
        in ml.read_records(path).notes
    )


def test_options_that_a_format_does_not_have_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", Nord=[HEAD, *ROWS])

    with pytest.raises(UsageError, match="--delimiter .* is not a delimited text file"):
        ml.read_records(path, delimiter=";")
    (tmp_path / "t.csv").write_text("id,name\n1,a\n")
    with pytest.raises(UsageError, match="--sheet was given and .* is not a workbook"):
        ml.read_records(tmp_path / "t.csv", sheet="Nord")


def test_a_table_survives_a_workbook(tmp_path: Path) -> None:
    table = pa.table({"id": ["007", "=1+1"], "name": ["Ann", None], "match_id": [0, 1]})
    write_table(table, tmp_path / "t.xlsx")

    assert read_table(tmp_path / "t.xlsx").to_pylist() == [
        {"id": "007", "name": "Ann", "match_id": "0"},
        {"id": "=1+1", "name": None, "match_id": "1"},
    ]


@pytest.mark.parametrize("suffix", ["feather", "arrow"])
def test_a_table_survives_an_arrow_file(tmp_path: Path, suffix: str) -> None:
    table = pa.table({"id": [1, 2], "name": ["Ann", None]})
    write_table(table, tmp_path / f"t.{suffix}")

    assert read_table(tmp_path / f"t.{suffix}").equals(table)


def test_what_is_no_arrow_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.arrow").write_bytes(b"id,name\n1,a\n")

    with pytest.raises(TableError, match="not an Arrow file"):
        read_table(tmp_path / "t.arrow")
