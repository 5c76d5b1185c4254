from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from matchloop.cli import main

MATCHED = """id,name,email,shop,match_id,match_confidence_score
1,Jon Smith,n/a,south,0,0.9
2,John Smith,js@x.org,north,0,0.9
3,Eve Stone,,south,1,1
"""
RULES = """source = "shop"

[columns]
name = [{ source = ["south", "north"] }, "longest"]
email = "unanimous"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "matched.csv").write_text(MATCHED)
    (tmp_path / "golden.toml").write_text(RULES)
    (tmp_path / "people.csv").write_text(
        "id,name,city\n"
        + "".join(f"{n},name {n // 2} of {n // 2},town {n % 7}\n" for n in range(60))
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_matched_table_becomes_one_row_per_group(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["golden", "matched.csv", "--key", "id", "--rules", "golden.toml", "-o", "golden.csv"]

    assert main(typed) == 0
    assert (here / "golden.csv").read_text() == (
        "match_id,size,confidence,id,name,email,shop\n"
        '0,2,0.9,1,Jon Smith,js@x.org,"[""south"", ""north""]"\n'
        '1,1,1,3,Eve Stone,,"[""south""]"\n'
    )
    assert (here / "golden.provenance.csv").read_text() == (
        "match_id,column,key,rule,alternatives\n"
        '0,name,1,"source(south, north)","[""John Smith""]"\n'
        "0,email,2,only_value,[]\n"
        "0,shop,,all,[]\n"
    )
    assert "2 golden rows, 1 of several records" in capsys.readouterr().err


def test_the_source_of_the_rules_can_be_given_for_a_table_of_one_source_too(here: Path) -> None:
    (here / "golden.toml").write_text("[columns]\nname = { source = ['south', 'north'] }\n")
    typed = ["golden", "matched.csv", "--key", "id", "--rules", "golden.toml", "-o", "golden.csv"]
    assert main([*typed, "--source", "shop"]) == 0
    assert [row["name"] for row in rows(here / "golden.csv")] == ["Jon Smith", "Eve Stone"]

    (here / "matched.csv").write_text(MATCHED.replace("north", "south"))
    assert main([*typed, "--source", "shop"]) == 0
    assert [row["shop"] for row in rows(here / "golden.csv")] == ['["south"]'] * 2


def test_match_writes_the_same_golden_rows_as_the_command_makes_of_its_output(here: Path) -> None:
    assert main(["match", "people.csv", "--key", "id", "-o", "m.csv", "--golden", "g.csv"]) == 0
    assert main(["golden", "m.csv", "--key", "id", "-o", "again.csv"]) == 0

    assert (here / "g.csv").read_bytes() == (here / "again.csv").read_bytes()
    again = (here / "again.provenance.csv").read_bytes()
    assert (here / "g.provenance.csv").read_bytes() == again
    assert len(rows(here / "g.csv")) == len({row["match_id"] for row in rows(here / "m.csv")})


def test_golden_rows_of_an_incremental_run_hold_the_earlier_records_too(here: Path) -> None:
    (here / "new.csv").write_text("id,name,city\n99,name 3 of 3,town 6\n")
    assert main(["match", "people.csv", "--key", "id", "-o", "m.csv"]) == 0
    typed = ["match", "new.csv", "--key", "id", "--incremental", "m.csv", "-o", "n.csv"]

    assert main([*typed, "--golden", "g.csv"]) == 0
    assert sum(int(row["size"]) for row in rows(here / "g.csv")) == 61


def test_a_script_gets_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["golden", "matched.csv", "--key", "id", "--rules", "golden.toml", "-o", "golden.csv"]

    assert main([*typed, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["rows"], report["merged"], report["conflicts"]) == (2, 1, {"email": 0})


@pytest.mark.parametrize(
    ("toml", "typed", "code", "message"),
    [
        ("[columns]\nname = 'longst'", [], 1, "golden.toml: columns.name: no rule 'longst'"),
        ("[columns]\nnme = 'longest'", [], 1, "columns.nme: the table has no column 'nme'"),
        ("[columns", [], 1, "golden.toml is no TOML"),
        (None, [], 1, "no such file: golden.toml"),
        ("", ["--golden", "g.doc"], 1, "the suffix says no format"),
    ],
)
def test_wrong_rules_are_one_line_before_anything_is_written(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    toml: str | None,
    typed: list[str],
    code: int,
    message: str,
) -> None:
    (here / "golden.toml").unlink()
    if toml is not None:
        (here / "golden.toml").write_text(toml)
    match = ["match", "people.csv", "--key", "id", "-o", "out.csv"]

    assert main([*match, "--golden", "g.csv", "--golden-rules", "golden.toml", *typed]) == code
    error = capsys.readouterr().err
    assert message in error.splitlines()[-1]
    assert not (here / "out.csv").exists()
    assert not (here / "g.csv").exists()


def test_rules_without_a_file_for_golden_rows_are_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["match", "people.csv", "--key", "id", "-o", "o.csv", "--golden-rules", "golden.toml"]

    assert main(typed) == 2
    assert "without --golden" in capsys.readouterr().err


def test_golden_rows_are_written_as_the_file_of_the_records_is(here: Path) -> None:
    text = MATCHED.replace("Smith", "Schröder").replace(",", ";")
    (here / "matched.csv").write_bytes(text.encode("cp1252"))

    assert main(["golden", "matched.csv", "--key", "id", "-o", "golden.csv"]) == 0
    golden = (here / "golden.csv").read_bytes().decode("cp1252").splitlines()
    provenance = (here / "golden.provenance.csv").read_bytes().decode("cp1252").splitlines()
    assert golden[0] == "match_id;size;confidence;id;name;email;shop"
    assert "John Schröder" in golden[1]
    assert provenance[0] == "match_id;column;key;rule;alternatives"
