"""The records of `match`: alone, after earlier ones, or beside the last output."""

from __future__ import annotations

from pathlib import Path

import pytest

from matchloop.cli.match_checks import check_match_options
from matchloop.cli.match_input import MatchInput, join_earlier, say_replaced
from matchloop.cli.options import read_table
from matchloop.cli.table_files import TableFile
from matchloop.errors import UsageError

OPTIONS = {
    "key": "id",
    "source": None,
    "labels": None,
    "model": None,
    "enforce_labels": False,
    "incremental": None,
    "previous": None,
    "identity": None,
    "deleted": None,
    "mode": "hold",
    "rows": "new",
    "remove_duplicates": False,
    "thresholds": False,
    "explain_blocking": False,
    "engine": "local",
    "page": None,
    "output": "out.csv",
    "dry_run": False,
}


def joined(folder: Path, **options: str) -> MatchInput:
    (folder / "old.csv").write_text("id,name,match_id\n1,Ann,4\n2,Bob,7\n", encoding="utf-8")
    (folder / "new.csv").write_text("id,name,city\n3,Eve,Rome\n", encoding="utf-8")
    file = TableFile(str(folder / "new.csv"))
    return join_earlier(read_table(file, "id"), file, **options)


def test_columns_that_the_output_replaces_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "goals.csv"
    path.write_text("id,match_id,name\n1,final,Ann\n", encoding="utf-8")
    say_replaced(read_table(TableFile(str(path)), "id"), TableFile(str(path)))

    assert "goals.csv: the output replaces the file's 'match_id'" in capsys.readouterr().err


def test_without_an_earlier_run_the_file_is_all() -> None:
    new = read_table(TableFile(str(Path(__file__).parents[3] / "data" / "people.csv")), "id")
    table = join_earlier(new, TableFile("people.csv"))

    assert table.records is new
    assert not table.is_part
    assert table.labelled is new


def test_incremental_puts_earlier_records_first_with_their_groups(tmp_path: Path) -> None:
    table = joined(tmp_path, incremental=str(tmp_path / "old.csv"))

    assert table.records.keys.to_pylist() == ["1", "2", "3"]
    assert table.groups is not None
    assert table.groups.tolist() == [4, 7, -1]
    assert table.is_part


def test_labels_of_an_incremental_run_have_the_columns_of_the_earlier_table(
    tmp_path: Path,
) -> None:
    table = joined(tmp_path, incremental=str(tmp_path / "old.csv"))

    assert "city" in table.records.table.column_names
    assert "city" not in table.labelled.table.column_names


def test_previous_only_names_the_groups_of_the_file(tmp_path: Path) -> None:
    table = joined(tmp_path, previous=str(tmp_path / "old.csv"))

    assert table.records.keys.to_pylist() == ["3"]
    assert table.earlier is not None
    assert table.groups is None
    assert not table.is_part


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"model": "m", "labels": ["l"]}, "--model and --labels"),
        ({"enforce_labels": True}, "--enforce-labels"),
        ({"thresholds": True, "incremental": "old.csv"}, "--thresholds and --incremental"),
        ({"page": "p.html", "remove_duplicates": True}, "--report and --remove-duplicates"),
        ({"identity": "ids", "engine": "spark"}, "--engine spark"),
        ({"previous": "old.csv", "key": None}, "--key"),
        ({"key": "match_id"}, "--key match_id: the output has a column of this name"),
        ({"source": "match_id"}, "--source match_id: the output has"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    typed: dict[str, object], named: str
) -> None:
    with pytest.raises(UsageError, match=named):
        check_match_options(**{**OPTIONS, **typed})  # type: ignore[arg-type]


def test_plain_options_are_accepted() -> None:
    check_match_options(**OPTIONS)  # type: ignore[arg-type]
