import csv
import json
from pathlib import Path

import pytest

from matchloop.active_learning.stopping import mark_of
from matchloop.cli import main

HEAD = "labeling_set_id,label,id,name,city,born"
ROWS = {
    "1": "anna abbott,rome,1940",
    "2": "ana abbott,rome,1940",
    "3": "bruno brandt,oslo,1950",
    "4": "bruno brand,oslo,1950",
    "5": "carla castillo,lima,1960",
    "6": "dmitri dubois,nice,1971",
    "7": "elena eriksen,bonn,1982",
    "8": "elena erikson,bonn,1982",
    "9": "farid fischer,bern,1993",
    "10": "greta garcia,cork,1945",
}
ONE_ANSWER = {
    "matches only": [("s", "A", "1"), ("s", "A", "2")],
    "non-matches only": [("s", "A", "1"), ("s", "B", "5")],
    "one label": [("s", "A", "1")],
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    lines = ["id,name,city,born", *(f"{key},{rest}" for key, rest in ROWS.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def labelled(path: Path, rows: list[tuple[str, str, str]]) -> str:
    lines = [f"{set_id},{label},{key},{ROWS[key]}" for set_id, label, key in rows]
    path.write_text("\n".join([HEAD, *lines]), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("what", sorted(ONE_ANSWER))
def test_labels_of_one_answer_are_handled_by_every_command(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    labels = labelled(tmp_path / "labels.csv", ONE_ANSWER[what])
    given = [str(table), "--key", "id", "--labels", labels]
    asked, matched = tmp_path / "asked.csv", tmp_path / "matched.csv"

    assert main(["ask", *given, "--sets", "2", "-o", str(asked)]) == 0
    told = capsys.readouterr().err
    assert "outlook: go on labelling: the labels do not hold both" in told
    assert len(asked.read_text("utf-8").splitlines()) > 2

    assert main(["match", *given, "-o", str(matched)]) == 0
    assert len(matched.read_text("utf-8").splitlines()) == 11
    capsys.readouterr()

    assert main(["evaluate", *given]) == 1
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert complaint.startswith("matchloop: too few labels to hold some out")
    assert "label at least 2 sets with each" in complaint


def test_the_advice_compares_the_files_of_labels_as_rounds(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = labelled(tmp_path / "a.csv", [("s", "A", "1"), ("s", "A", "2"), ("s", "B", "3")])
    second = labelled(tmp_path / "b.csv", [("t", "A", "7"), ("t", "A", "8"), ("t", "B", "9")])
    given = ["ask", str(table), "--key", "id", "--labels", first, "--labels", second]
    given += ["--sets", "1", "-o", str(tmp_path / "asked.csv"), "--json"]

    assert main(given) == 0
    out, err = capsys.readouterr()
    outlook = json.loads(out)["outlook"]

    assert err.count("outlook: ") == 1
    assert [one["labels"] for one in outlook["checkpoints"]] == [3, 6]
    assert outlook["checkpoints"][0]["agreement"] is None
    assert 0 <= outlook["change"]["low"] <= outlook["change"]["high"] <= 1

    assert main([*given, "--no-outlook", "--overlap", "0"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["outlook"] is None
    assert "outlook" not in err


def test_without_labels_nothing_is_advised(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", str(table), "--key", "id", "-o", str(tmp_path / "asked.csv")]) == 0

    assert "outlook" not in capsys.readouterr().err


def test_answers_to_pairs_that_labels_changed_are_told_by_ask_and_match(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = list(ROWS)
    drawn = [(keys[2 * number], keys[2 * number + 1]) for number in range(5)]
    rows = []
    for number, pair in enumerate(drawn):  # the model said that each of them matches
        set_id = f"{number:02d}-0123456789{mark_of(pair, True)}"
        rows += [(set_id, "A", pair[0]), (set_id, "A" if number == 0 else "B", pair[1])]
    given = [str(table), "--key", "id", "--labels", labelled(tmp_path / "labels.csv", rows)]

    assert main(["ask", *given, "--sets", "1", "-o", str(tmp_path / "asked.csv")]) == 0
    told = capsys.readouterr().err
    assert "of 5 pairs that your labels changed, 1 was right" in told
    assert "about 10 more rows" in told

    assert main(["match", *given, "-o", str(tmp_path / "matched.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["changed"]
    assert found == {"right": 1, "asked": 5, "worse": True, "more_rows": 10}


def test_formulas_are_escaped_on_request_and_the_labels_are_read_back(tmp_path: Path) -> None:
    rows = {key: rest.replace("a", "=a", 1) if key < "5" else rest for key, rest in ROWS.items()}
    table = tmp_path / "people.csv"
    lines = ["id,name,city,born", *(f"={key},={rest}" for key, rest in rows.items())]
    table.write_text("\n".join(lines), encoding="utf-8")
    asked, matched = tmp_path / "asked.csv", tmp_path / "matched.csv"
    given = [str(table), "--key", "id"]

    main(["ask", *given, "-o", str(asked), "--seed", "1", "--escape-formulas"])
    header, *shown = list(csv.reader(asked.read_text(encoding="utf-8").splitlines()))
    key, name = header.index("id"), header.index("name")
    assert all(row[key].startswith("=") for row in shown)
    assert all(row[name].startswith("'=") for row in shown)

    answers = [[row[0], str(n % 2), *row[2:]] for n, row in enumerate(shown)]
    with asked.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *answers])
    labels = ["--labels", str(asked)]
    main(["match", *given, *labels, "-o", str(matched), "--escape-formulas"])
    assert "\n=1,'=" in matched.read_text(encoding="utf-8")
    main(["match", *given, *labels, "-o", str(matched)])
    assert "'" not in matched.read_text(encoding="utf-8")


def test_a_matched_table_is_asked_about_like_the_table_before(table: Path, tmp_path: Path) -> None:
    labels = labelled(tmp_path / "labels.csv", [("s", "A", "1"), ("s", "A", "2"), ("s", "B", "5")])
    matched, asked = str(tmp_path / "matched.csv"), tmp_path / "asked.csv"
    assert main(["match", str(table), "--key", "id", "--labels", labels, "-o", matched]) == 0

    given = ["--key", "id", "--labels", labels]
    assert main(["ask", matched, *given, "--sets", "2", "-o", str(asked)]) == 0
    header, *shown = list(csv.reader(asked.read_text(encoding="utf-8").splitlines()))
    assert header == HEAD.split(",")

    with asked.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *([row[0], row[2], *row[2:]] for row in shown)])
    given += ["--labels", str(asked)]
    for again in (matched, str(table)):
        assert main(["match", again, *given, "-o", str(tmp_path / "again.csv")]) == 0
