"""Tables that are strange but not wrong: each is matched, quickly and without a warning."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from end_to_end.csv_rows import Rows, read
from matchloop.cli import main


def match(folder: Path, rows: Iterable[Sequence[str]], *options: str) -> Rows:
    with (folder / "in.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "name", "town"), *rows])
    arguments = ["match", str(folder / "in.csv"), "--key", "id", "-o", str(folder / "out.csv")]
    assert main([*arguments, *options]) == 0
    return read(folder / "out.csv")


def confident(rows: Rows) -> bool:
    return all(0 <= float(row["match_confidence_score"]) <= 1 for row in rows)


def test_one_row(tmp_path: Path) -> None:
    rows = match(tmp_path, [("1", "Ann", "Oslo")])

    assert len(rows) == 1
    assert confident(rows)


def test_all_rows_equal(tmp_path: Path) -> None:
    rows = match(tmp_path, [(str(i), "Ann Miller", "Oslo") for i in range(30)])

    assert len(rows) == 30
    assert confident(rows)


def test_all_values_missing(tmp_path: Path) -> None:
    rows = match(tmp_path, [(str(i), "", "") for i in range(30)])

    assert len({row["match_id"] for row in rows}) == 30


def test_a_column_of_one_value(tmp_path: Path) -> None:
    rows = match(tmp_path, [(str(i), f"person number {i * 7919}", "Oslo") for i in range(50)])

    assert len(rows) == 50
    assert confident(rows)


def test_only_a_key(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id\n1\n2\n3\n")

    code = main(["match", str(tmp_path / "in.csv"), "--key", "id", "-o", str(tmp_path / "o.csv")])

    assert code == 1
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.slow
def test_a_hundred_thousand_identical_names(tmp_path: Path) -> None:
    rows = match(tmp_path, [(str(i), "Ann Miller", f"{i * 7919 % 99991}") for i in range(100_000)])

    assert len(rows) == 100_000
    assert confident(rows)


def test_cells_of_ten_thousand_characters(tmp_path: Path) -> None:
    words = [f"word{i * 31 % 977}" for i in range(1_500)]
    rows = match(tmp_path, [(str(i), " ".join(words[i:])[:10_000], f"town {i}") for i in range(40)])

    assert len(rows) == 40
    assert confident(rows)


def test_scripts_of_the_world(tmp_path: Path) -> None:
    names = ["北京大学", "Москва", "القاهرة", "Łódź", "ΑΘΗΝΑ", "東京都", "서울", "ไทย", "🙂", "ﬁne"]
    rows = match(tmp_path, [(str(i), name, name) for i, name in enumerate(names + names)])

    assert [row["name"] for row in rows] == names + names
    assert confident(rows)


def test_the_summary_for_scripts_is_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    match(
        tmp_path,
        [(str(i), f"person {i // 2 * 7919}", f"town {i // 2}") for i in range(40)],
        "--json",
        "--explain-blocking",
    )
    told = json.loads(capsys.readouterr().out)

    assert told["rows"] == 40
    assert told["blocking"]["records"] == 40
