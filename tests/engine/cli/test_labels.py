"""What commands make of labels and truths that would be taken for something else."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from matchloop.cli import main

DATA = Path(__file__).resolve().parents[3] / "data"
PEOPLE = DATA / "people.csv"


@pytest.fixture(scope="module")
def records() -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(PEOPLE.read_text("utf-8").splitlines())
    return header, rows


@pytest.fixture(scope="module")
def entity() -> dict[str, str]:
    lines = (DATA / "people_truth.csv").read_text().splitlines()[1:]
    return dict(line.split(",") for line in lines)


@pytest.fixture(scope="module")
def pairs(entity: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Return 30 pairs that match and 30 that do not."""
    keys = sorted(entity, key=lambda key: (entity[key], key))
    beside = list(zip(keys, keys[1:], strict=False))
    same = [pair for pair in beside if entity[pair[0]] == entity[pair[1]]][:30]
    other = [pair for pair in beside if entity[pair[0]] != entity[pair[1]]][:30]
    return [(*pair, True) for pair in same] + [(*pair, False) for pair in other]


def write(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> str:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows)
    return str(path)


def as_pairs(path: Path, pairs: list[tuple[str, str, bool]]) -> str:
    rows = [[one, other, str(int(said))] for one, other, said in pairs]
    return write(path, [["ltable_id", "rtable_id", "label"], *rows])


def as_answers(
    path: Path,
    pairs: list[tuple[str, str, bool]],
    records: tuple[list[str], list[list[str]]],
    words: tuple[str, str],
) -> str:
    header, rows = records
    row_of = {row[header.index("id")]: row for row in rows}
    out = [["labeling_set_id", "label", *header]]
    for number, (one, other, said) in enumerate(pairs):
        out += [[str(number), words[said], *row_of[key]] for key in (one, other)]
    return write(path, out)


def groups_in(path: Path) -> dict[str, str]:
    with path.open(newline="") as file:
        return {row["id"]: row["match_id"] for row in csv.DictReader(file)}


def test_a_table_of_pairs_teaches_what_it_says(
    tmp_path: Path, pairs: list[tuple[str, str, bool]]
) -> None:
    out = tmp_path / "out.csv"
    labels = as_pairs(tmp_path / "pairs.csv", pairs)

    typed = ["match", str(PEOPLE), "--key", "id", "--labels", labels, "--enforce-labels"]
    assert main([*typed, "-o", str(out)]) == 0

    found = groups_in(out)
    assert [found[one] == found[other] for one, other, _ in pairs] == [said for *_, said in pairs]


def test_a_saved_model_keeps_enforced_labels_that_it_would_contradict(
    tmp_path: Path, pairs: list[tuple[str, str, bool]]
) -> None:
    model, out = str(tmp_path / "people.model"), tmp_path / "out.csv"
    wrong = [(one, other, not said) for one, other, said in pairs]
    labels = as_pairs(tmp_path / "pairs.csv", wrong)

    assert main(["train", str(PEOPLE), "--key", "id", "-o", model]) == 0
    typed = ["match", str(PEOPLE), "--key", "id", "--model", model, "--labels", labels]
    assert main([*typed, "--enforce-labels", "-o", str(out)]) == 0

    found = groups_in(out)
    assert [found[one] == found[other] for one, other, _ in wrong] == [said for *_, said in wrong]


@pytest.mark.parametrize("words", [("0", "1"), ("no match", "match")])
@pytest.mark.parametrize("command", ["match", "train", "ask", "evaluate"])
def test_answers_on_pairs_are_refused_by_every_command(
    command: str,
    words: tuple[str, str],
    tmp_path: Path,
    pairs: list[tuple[str, str, bool]],
    records: tuple[list[str], list[list[str]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    labels = as_answers(tmp_path / "answers.csv", pairs, records, words)
    out = [] if command == "evaluate" else ["-o", str(tmp_path / "out.csv")]

    assert main([command, str(PEOPLE), "--key", "id", "--labels", labels, *out]) == 1

    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert "look like answers on" in told
    assert "--labels-are pairs" in told
    assert not (tmp_path / "out.csv").exists()


def test_answers_on_pairs_are_read_as_such_when_somebody_says_so(
    tmp_path: Path,
    pairs: list[tuple[str, str, bool]],
    records: tuple[list[str], list[list[str]]],
) -> None:
    out = tmp_path / "out.csv"
    labels = as_answers(tmp_path / "answers.csv", pairs, records, ("no match", "match"))

    typed = ["match", str(PEOPLE), "--key", "id", "--labels", labels, "--labels-are", "pairs"]
    assert main([*typed, "--enforce-labels", "-o", str(out)]) == 0

    found = groups_in(out)
    assert [found[one] == found[other] for one, other, _ in pairs] == [said for *_, said in pairs]


def test_two_files_that_number_their_sets_alike_teach_what_either_says(
    tmp_path: Path,
    pairs: list[tuple[str, str, bool]],
    records: tuple[list[str], list[list[str]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    header, rows = records
    row_of = {row[header.index("id")]: row for row in rows}
    files = []
    for number, part in enumerate((pairs[:10], pairs[15:25])):
        out = [["labeling_set_id", "label", *header]]
        for at, (one, other, _) in enumerate(part):
            out += [[str(at), "a", *row_of[key]] for key in (one, other)]
        files.append(write(tmp_path / f"{number}.csv", out))

    typed = [part for one in files for part in ("--labels", one)]
    matched = tmp_path / "out.csv"
    assert main(
        ["match", str(PEOPLE), "--key", "id", *typed, "--enforce-labels", "-o", str(matched)]
    ) == 0  # fmt: skip

    found = groups_in(matched)
    apart = [(a[0], b[0]) for a, b in zip(pairs[:10], pairs[15:25], strict=True)]
    assert all(found[one] != found[other] for one, other in apart)
    assert "10 sets have the id of a set of other rows" in capsys.readouterr().err


def test_a_truth_with_answers_measures_the_pairs_that_were_judged(
    tmp_path: Path,
    pairs: list[tuple[str, str, bool]],
    entity: dict[str, str],
    records: tuple[list[str], list[list[str]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    header, rows = records
    at = header.index("id")
    joined = {pairs[30][1]: entity[pairs[30][0]]}  # one pair that does not match is together
    matched = write(
        tmp_path / "matched.csv",
        [
            [*header, "match_id"],
            *([*row, str(int(joined.get(row[at], entity[row[at]])))] for row in rows),
        ],
    )
    truth = as_pairs(tmp_path / "truth.csv", pairs)

    assert main(["evaluate", matched, "--key", "id", "--truth", truth, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["judged"] == 60
    assert told["pairs"]["predicted"] == told["pairs"]["correct"] + 1
    assert "bcubed" not in told


def test_promote_sends_judged_pairs_to_its_labels(
    tmp_path: Path, pairs: list[tuple[str, str, bool]], capsys: pytest.CaptureFixture[str]
) -> None:
    truth = as_pairs(tmp_path / "truth.csv", pairs)

    typed = ["promote", str(PEOPLE), "old.model", "new.model", "--key", "id", "--truth", truth]
    assert main(typed) == 2
    assert "give it by --labels" in capsys.readouterr().err


def test_columns_of_a_truth_can_be_named(
    tmp_path: Path, entity: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [[key, "x", one] for key, one in entity.items()]
    truth = write(tmp_path / "truth.csv", [["id", "city", "person"], *rows])
    typed = ["evaluate", str(PEOPLE), "--key", "id", "--truth", truth]

    assert main(typed) == 1
    assert "name it by --truth-columns" in capsys.readouterr().err
    assert main([*typed, "--truth-columns", "person", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pairs"]["f1"] > 0.5
    without = [*typed[:-2], "--labels", truth, "--truth-columns", "person"]
    assert main(without) == 2


@pytest.mark.parametrize("command", ["match", "agree", "check-labels"])
def test_a_file_in_another_encoding_names_the_doctor(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        tmp_path / "l.csv", [["labeling_set_id", "label", "id"], ["0", "ü", "1"]], "cp1252"
    )
    typed = {
        "match": [str(PEOPLE), "--labels", path, "-o", str(tmp_path / "out.csv")],
        "agree": [path, str(tmp_path / "other.csv")],
        "check-labels": [path, "--table", str(PEOPLE)],
    }[command]

    assert main([command, *typed, "--key", "id"]) == 1
    assert f"`matchloop doctor {path}`" in capsys.readouterr().err


def test_a_table_with_a_column_of_labels_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [[str(at), f"name {at // 2}", "EMI"] for at in range(20)]
    table = write(tmp_path / "albums.csv", [["id", "name", "label"], *rows])

    assert main(["ask", table, "--key", "id", "-o", str(tmp_path / "q.csv")]) == 1
    assert "the table has a column 'label'" in capsys.readouterr().err
    assert not (tmp_path / "q.csv").exists()
