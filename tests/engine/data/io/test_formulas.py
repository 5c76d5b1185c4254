from __future__ import annotations

import pyarrow as pa
import pytest

from matchloop.data.io import escape_formulas, is_spreadsheet

FORMULAS = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+A3", "\t=1", "\r=1", "-\n=1"]
PLAIN = ["", "-", "+", "-5", "-1,234.50", "+49 30 1234", "1=1", "a@b", "'=1", "x", "- ", "50 %"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_what_a_spreadsheet_takes_for_a_formula_is_text_afterwards(kind: pa.DataType) -> None:
    table = pa.table({"a": pa.array([*FORMULAS, None], kind)})

    assert escape_formulas(table)["a"].to_pylist() == [*(f"'{one}" for one in FORMULAS), None]


def test_other_values_and_columns_stay() -> None:
    count = len(PLAIN)
    table = pa.table({"a": PLAIN, "id": ["=1"] * count, "n": pa.array([-1] * count, pa.int8())})

    assert escape_formulas(table, keep=("id",)).to_pydict() == table.to_pydict()


def test_a_column_of_codes_is_looked_at_too() -> None:
    table = pa.table({"a": pa.array(["=1", "x", "=1"]).dictionary_encode()})

    assert escape_formulas(table)["a"].to_pylist() == ["'=1", "x", "'=1"]


def test_only_csv_is_opened_by_a_spreadsheet() -> None:
    assert is_spreadsheet("a.csv")
    assert is_spreadsheet("a.tsv.gz")
    assert not is_spreadsheet("a.parquet")
    assert not is_spreadsheet("a.jsonl")
