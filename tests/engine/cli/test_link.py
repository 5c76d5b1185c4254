from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import matchloop as ml
from matchloop.cli import main
from matchloop.errors import UsageError

FIRST = ["sol", "mar", "azul", "rosa", "parc", "europa", "luna", "verde", "norte", "sur"]
SECOND = ["palace", "garden", "central", "plaza", "villa", "mirador"]


def hotel(number: int) -> tuple[str, str, str]:
    name = f"{FIRST[number % 10]} {SECOND[number % 6]} {FIRST[number * 7 // 10 % 10]}"
    return name, f"{FIRST[number * 3 % 10]}ville", f"95{number * 7919 % 100000:05d}"


def write(path: Path, head: str, numbers: list[int], prefix: str = "") -> None:
    rows = [",".join((f"{prefix}{at}", *hotel(n))) for at, n in enumerate(numbers)]
    path.write_text("\n".join([head, *rows]) + "\n")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path / "south.csv", "id,name,city,phone", list(range(0, 60)))
    write(tmp_path / "north.csv", "nr,title,town,telephone", list(range(30, 90)))
    write(tmp_path / "west.csv", "id,name,city,phone", list(range(45, 75)), "w")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


TWO = ["link", "south.csv", "north.csv", "--key", "id", "--key", "nr", "-o", "pairs.csv"]
THREE = ["link", "south.csv", "north.csv", "west.csv", "--key", "id", "--key", "nr", "--key", "id"]


def test_two_tables_of_other_columns_are_linked_by_their_own_keys(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(TWO) == 0
    result = rows(here / "pairs.csv")
    error = capsys.readouterr().err

    assert list(result[0]) == ["left_id", "right_id", "probability"]
    assert all(len(row["probability"]) <= len("0.1234") for row in result)
    assert {(r["left_id"], r["right_id"]) for r in result} == {
        (str(n), str(n - 30)) for n in range(30, 60)
    }
    assert "  name  = title      name" in error
    assert "  phone = telephone  name" in error
    assert "30 pairs; south: 30 of 60 records with a match" in error


def test_both_rows_stand_side_by_side_if_wanted(here: Path) -> None:
    assert main([*TWO, "--rows"]) == 0
    first = rows(here / "pairs.csv")[0]

    assert list(first)[3:] == [
        "left_name", "right_name", "left_city", "right_city", "left_phone", "right_phone",
    ]  # fmt: skip
    assert first["left_phone"] == first["right_phone"]


def test_a_column_can_be_mapped_or_left_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TWO, "--map", "name=title", "--map", "city="]) == 0
    error = capsys.readouterr().err

    assert "  name  = title      given" in error
    assert "not compared, in south alone: city" in error
    assert "not compared, in north alone: town" in error


def test_three_tables_name_the_table_of_each_key(here: Path) -> None:
    assert main([*THREE, "-o", "pairs.csv", "--per-source", "one"]) == 0
    result = rows(here / "pairs.csv")
    tables = {(r["left_table"], r["right_table"]) for r in result}

    assert tables == {("south", "north"), ("south", "west"), ("north", "west")}
    ends = [(r["left_table"], r["left_id"], r["right_table"]) for r in result]
    assert len(ends) == len(set(ends))


def test_with_a_hub_the_other_tables_are_not_linked_with_each_other(here: Path) -> None:
    assert main([*THREE, "-o", "pairs.csv", "--hub", "south", "--per-source", "one"]) == 0
    result = rows(here / "pairs.csv")

    assert {(r["left_table"], r["right_table"]) for r in result} == {
        ("south", "north"),
        ("south", "west"),
    }
    both = {r["left_id"] for r in result if r["right_table"] == "north"}
    assert len({r["left_id"] for r in result if r["right_table"] == "west"} & both) >= 10


def test_one_table_can_be_deduplicated_on_the_way(here: Path) -> None:
    twice = [n for n in range(40) for _ in range(1 + n % 2)]
    write(here / "south.csv", "id,name,city,phone", twice)
    assert main([*TWO, "--deduplicate", "south"]) == 0
    result = rows(here / "pairs.csv")
    within = {(r["left_id"], r["right_id"]) for r in result if r["right_table"] == "south"}

    expected = {
        (str(at), str(at + 1)) for at in range(len(twice) - 1) if twice[at] == twice[at + 1]
    }
    assert expected <= within
    assert ("south", "north") in {(r["left_table"], r["right_table"]) for r in result}
    assert ("north", "north") not in {(r["left_table"], r["right_table"]) for r in result}


def test_pairs_of_a_run_with_a_label_are_labels_of_the_next(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["left_id,right_id,label"]
    lines += [f"{n},{n - 30},{0 if n == 40 else 1}" for n in range(30, 50)]
    lines += [f"{n},{n - 20},0" for n in range(30, 50)]
    (here / "labels.csv").write_text("\n".join(lines) + "\n")

    assert main([*TWO, "--labels", "labels.csv", "--enforce-labels", "--json"]) == 0
    result = {(r["left_id"], r["right_id"]) for r in rows(here / "pairs.csv")}
    assert ("40", "10") not in result
    assert ("41", "11") in result
    report = json.loads(capsys.readouterr().out)
    assert report["pairs"] == len(result)
    assert report["columns"]["north"][0]["left"] == "name"


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        (["link", "south.csv", "--key", "id", "-o", "p.csv"], 2, "two tables or more"),
        ([*TWO, "--key", "x"], 2, "--key was given 3 times for 2 tables"),
        ([*TWO[:5], "-o", "p.csv"], 1, "north lacks the key column 'id'"),
        ([*TWO, "--map", "name"], 2, "expected LEFT=RIGHT"),
        ([*TWO, "--map", "nam=title"], 2, "--map nam=title: no column 'nam'"),
        ([*TWO, "--map", "name=titel"], 2, "--map name=titel: no column 'titel'"),
        ([*TWO, "--hub", "east"], 2, "--hub east: no such table; there are 'south', 'north'"),
        (["link", "south.csv", "south.csv", "--key", "id", "-o", "p.csv"], 2, "given twice"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], typed: list[str], code: int, message: str
) -> None:
    assert main(typed) == code
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not list(here.glob("p*.csv"))


def test_tables_without_a_common_column_are_refused_with_their_columns(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "east.csv").write_text("id,colour\n1,red\n2,blue\n")
    assert main(["link", "south.csv", "east.csv", "--key", "id", "-o", "p.csv"]) == 1
    assert "no two columns mean the same: south has 'id', 'name'" in capsys.readouterr().err


def test_pairs_are_written_as_the_files_of_both_tables_are(here: Path) -> None:
    for name in ("south.csv", "north.csv"):
        text = (here / name).read_text().replace("palace", "château").replace(",", ";")
        (here / name).write_bytes(text.encode("cp1252"))

    assert main([*TWO, "--rows"]) == 0
    lines = (here / "pairs.csv").read_bytes().decode("cp1252").splitlines()
    assert lines[0].startswith("left_id;right_id;probability;left_name;right_name")
    assert any("château" in line for line in lines)


def test_pairs_of_tables_in_two_dialects_are_written_in_the_plain_one(here: Path) -> None:
    text = (here / "north.csv").read_text().replace(",", ";")
    (here / "north.csv").write_text(text)

    assert main(TWO) == 0
    assert rows(here / "pairs.csv")[0].keys() == {"left_id", "right_id", "probability"}


def test_a_table_without_a_fraction_shares_the_dialect_of_one_with_decimal_commas(
    here: Path,
) -> None:
    for name, more in (("south.csv", ";1 059,5"), ("north.csv", "")):
        head, *lines = (here / name).read_text().replace(",", ";").splitlines()
        column = ";turnover" if more else ""
        (here / name).write_text("\n".join([head + column, *(line + more for line in lines)]))

    assert main(TWO) == 0
    assert (here / "pairs.csv").read_text().startswith("left_id;right_id;probability\n")


def test_without_keys_a_column_is_proposed_or_rows_are_numbered(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "plain.csv").write_text(
        "\n".join(line.partition(",")[2] for line in (here / "south.csv").read_text().splitlines())
        + "\n"
    )
    assert main(["link", "plain.csv", "north.csv", "-o", "pairs.csv"]) == 0
    error = capsys.readouterr().err

    assert "plain: no column identifies the records; 'row' numbers them" in error
    assert "north: the key is 'nr'" in error
    assert {(r["left_id"], r["right_id"]) for r in rows(here / "pairs.csv")} == {
        (str(n + 1), str(n - 30)) for n in range(30, 60)
    }


def test_one_call_links_frames_as_the_command_does(here: Path) -> None:
    assert main([*TWO, "--rows"]) == 0
    south, north = (pd.read_csv(here / name, dtype=str) for name in ("south.csv", "north.csv"))
    links = ml.link({"south": south, "north": north})

    assert links.notes[0].startswith("south: the key is 'id'")
    assert links.notes[1].startswith("north: the key is 'nr'")
    expected = rows(here / "pairs.csv")
    found = links.table(rows=True).to_pylist()
    assert list(found[0]) == list(expected[0])
    assert [(r["left_id"], r["right_id"], r["left_name"]) for r in found] == [
        (r["left_id"], r["right_id"], r["left_name"]) for r in expected
    ]
    with pytest.raises(UsageError, match="two tables or more"):
        ml.link({"south": south})
    with pytest.raises(UsageError, match="no such table"):
        ml.link({"south": south, "north": north}, hub="west")
    with pytest.raises(UsageError, match="3 keys were given for 2 tables"):
        ml.link({"south": south, "north": north}, keys=["id", "nr", "id"])


def test_tables_without_names_are_refused() -> None:
    with pytest.raises(UsageError, match="tables cannot be a list; give a mapping from the name"):
        ml.link([pa.table({"id": [1]}), pa.table({"id": [2]})])  # type: ignore[arg-type]
