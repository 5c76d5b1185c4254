from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

import matchloop as ml
from matchloop.cli import main

TABLE = "id,name\n007,Ann\n042,Bob\n1-3,Carl\n"
LABELS = "labeling_set_id,label,id,name\n1,1,007,Ann\n1,1,042,Bob\n1,2,1-3,Carl\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "people.csv").write_text(TABLE)
    (tmp_path / "labels.csv").write_text(LABELS)
    (tmp_path / "broken.csv").write_text(LABELS.replace("007", "7").replace("1-3", "01-Mar"))
    (tmp_path / "lost.csv").write_text(LABELS.replace("007,Ann", "zz,Zoe"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_clean_file_exits_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "labels.csv", "--table", "people.csv", "--key", "id"]) == 0
    assert capsys.readouterr().out == "3 rows: 3 kept\nnothing is wrong\n"


def test_a_repaired_file_exits_with_0_and_can_be_learned_from(folder: Path) -> None:
    typed = ["doctor", "broken.csv", "--table", "people.csv", "--key", "id", "-o", "out.csv"]

    assert main(typed) == 0
    assert (folder / "out.csv").read_text() == LABELS
    records = ml.read_records("people.csv", key="id")
    assert ml.read_labels("out.csv").bound(records).report.lines() == []


def test_what_a_person_has_to_decide_exits_with_1(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "lost.csv", "--table", "people.csv", "--key", "id"]) == 1
    assert "open: row 2: the key is not in the table (found 'zz'" in capsys.readouterr().out


def test_findings_are_json_for_a_script(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["doctor", "broken.csv", "--table", "people.csv", "--key", "id", "--json"]

    assert main(typed) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == told["counts"]["kept"] == 3
    assert [(one["row"], one["found"], one["proposed"]) for one in told["findings"]] == [
        (2, "7", "007"),
        (4, "01-Mar", "1-3"),
    ]


def test_a_table_without_its_key_is_wrong_use(folder: Path) -> None:
    assert main(["doctor", "labels.csv", "--table", "people.csv"]) == 2


def test_a_missing_file_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "none.csv"]) == 1
    assert capsys.readouterr().err.startswith("matchloop: no such file: none.csv")


def test_a_workbook_goes_out_with_text_keys_and_comes_back(folder: Path) -> None:
    assert main(["doctor", "labels.csv", "-o", "labels.xlsx"]) == 0
    sheet = openpyxl.load_workbook("labels.xlsx").active
    assert sheet is not None
    assert sheet["C2"].value == "007"
    assert sheet["C2"].number_format == "@"
    typed = ["doctor", "labels.xlsx", "--table", "people.csv", "--key", "id", "-o", "back.csv"]

    assert main(typed) == 0
    assert (folder / "back.csv").read_text() == LABELS


def test_nothing_is_written_of_what_cannot_be_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "page.csv").write_text("<html></html>")

    assert main(["doctor", "page.csv", "-o", "out.csv"]) == 1
    assert not (folder / "out.csv").exists()
    assert "nothing was written" in capsys.readouterr().err


def test_a_table_is_examined_as_one_and_converted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "firmen.csv").write_bytes("Nr;Ort\n1;Köln\n2;Würzburg\n3;Lübeck\n".encode("cp1252"))

    assert main(["doctor", "firmen.csv", "-o", "firms.csv"]) == 0
    shown = capsys.readouterr()
    assert "repaired: read as cp1252, semicolons between fields" in shown.out
    assert "it is examined as a table" in shown.err
    assert (folder / "firms.csv").read_text("utf-8") == "Nr,Ort\n1,Köln\n2,Würzburg\n3,Lübeck\n"
