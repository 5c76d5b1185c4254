from __future__ import annotations

import json
from pathlib import Path

import pytest

from matchloop.cli import main


@pytest.fixture
def shops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "south.csv").write_text("id,title\n1,drill veloce\n2,desk lamp\n007,kettle\n")
    (tmp_path / "north.csv").write_text("nr,name,colour\n1,veloce drill,red\n9,toaster,\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


TYPED = ["stack", "south.csv", "north.csv", "--key", "id"]
SAME = ["--rename", "nr=id", "--rename", "title=name"]


def test_two_files_become_one_that_can_be_linked(
    shops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*TYPED, *SAME, "-o", "both.csv"]) == 0
    assert (shops / "both.csv").read_text().splitlines() == [
        "source,id,name,colour",
        "south,south:1,drill veloce,",
        "south,south:2,desk lamp,",
        "south,south:007,kettle,",
        "north,north:1,veloce drill,red",
        "north,north:9,toaster,",
    ]
    assert "matchloop match both.csv --key id --source source" in capsys.readouterr().err

    assert main(["match", "both.csv", "--key", "id", "--source", "source", "-o", "l.csv"]) == 0


def test_a_script_gets_json(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TYPED, *SAME, "-o", "both.parquet", "--source", "shop", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 5
    assert told["sources"] == ["south", "north"]
    assert told["columns"] == ["shop", "id", "name", "colour"]


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ([*TYPED, "-o", "both.csv"], 1, "north lacks the key column 'id'; it has 'nr'"),
        ([*TYPED, "--rename", "nr", "-o", "both.csv"], 2, "expected OLD=NEW"),
        ([*TYPED, *SAME, "-o", "both.doc"], 1, "the suffix says no format"),
        (["stack", "south.csv", "south.csv", "--key", "id", "-o", "both.csv"], 2, "given twice"),
        (["stack", "south.csv", "west.csv", "--key", "id", "-o", "both.csv"], 1, "west.csv"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(
    shops: Path, capsys: pytest.CaptureFixture[str], typed: list[str], code: int, said: str
) -> None:
    assert main(typed) == code

    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1
    assert not (shops / "both.csv").exists()


def test_tables_of_one_program_are_stacked_as_it_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them has no fraction, so that only the other one shows decimal commas."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_bytes("id;nom;solde\n1;Hélène;1 059,50\n2;Zoé;8,25\n".encode("cp1252"))
    Path("b.csv").write_bytes("id;nom;solde\n3;Léa;\n".encode("cp1252"))

    typed = ["stack", "a.csv", "b.csv", "--key", "id", "--encoding", "cp1252"]
    assert main([*typed, "-o", "both.csv"]) == 0
    lines = Path("both.csv").read_bytes().decode("cp1252").splitlines()
    assert sorted(lines[0].split(";")) == ["id", "nom", "solde", "source"]
    assert ";Hélène;1 059,50" in lines[1]
