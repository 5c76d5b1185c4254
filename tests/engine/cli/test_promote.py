from __future__ import annotations

import json
from pathlib import Path

import pytest

from matchloop.cli import main

GROUPS = 20


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = [(f"r{n}", n // 2) for n in range(2 * GROUPS)]
    people = [f"{key},name {entity} of town {entity * 7}" for key, entity in rows]
    (tmp_path / "people.csv").write_text("\n".join(["id,name", *people]) + "\n")
    truth = [f"{key},e{entity}" for key, entity in rows]
    (tmp_path / "truth.csv").write_text("\n".join(["id,entity", *truth]) + "\n")
    pairs = [f"r{n},r{n + 1}" for n in range(0, 2 * GROUPS, 2)]
    (tmp_path / "pairs.csv").write_text("\n".join(["one,other", *pairs]) + "\n")
    good = [f"{key},{entity}" for key, entity in rows]
    bad = [f"{key},{number}" for number, (key, _) in enumerate(rows)]
    (tmp_path / "good.csv").write_text("\n".join(["id,match_id", *good]) + "\n")
    (tmp_path / "bad.csv").write_text("\n".join(["id,match_id", *reversed(bad)]) + "\n")
    labels = [f"s{n // 4},{entity},{key}" for n, (key, entity) in enumerate(rows)]
    names = [f"{row},{line.split(',')[1]}" for row, line in zip(labels, people, strict=True)]
    head = "labeling_set_id,label,id,name"
    (tmp_path / "labels.csv").write_text("\n".join([head, *names]) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("truth", ["truth.csv", "pairs.csv"])
def test_a_worse_model_exits_with_1_and_is_not_copied(
    folder: Path, truth: str, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["promote", "people.csv", "good.csv", "bad.csv", "--key", "id", "--truth", truth]

    assert main([*typed, "-o", "live.csv"]) == 1
    assert not (folder / "live.csv").exists()
    shown = capsys.readouterr().out
    assert "0 merged, 20 split" in shown
    assert "refused by 'f1.high < 0': f1.high is -0." in shown


def test_a_better_model_is_copied(folder: Path) -> None:
    typed = ["promote", "people.csv", "bad.csv", "good.csv", "--key", "id", "--labels"]

    assert main([*typed, "labels.csv", "-o", "live.csv", "--changes", "changes.csv"]) == 0
    assert (folder / "live.csv").read_bytes() == (folder / "good.csv").read_bytes()
    assert len((folder / "changes.csv").read_text().splitlines()) == 1 + 2 * GROUPS


def test_changes_alone_can_refuse(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["promote", "people.csv", "bad.csv", "good.csv", "--key", "id", "--json"]

    assert main(typed) == 0
    assert main([*typed, "--refuse-if", "changed > 5%"]) == 1
    told = json.loads(capsys.readouterr().out.split("\n}\n", 1)[1])
    assert told["changes"]["joined"] == GROUPS
    assert told["refused"][0]["value"] == 1.0


def test_models_and_labelling_files_are_compared(folder: Path) -> None:
    learn = ["train", "people.csv", "--key", "id", "--labels", "labels.csv", "-o", "new.model"]
    typed = ["promote", "people.csv", "labels.csv", "new.model", "--key", "id"]

    assert main(learn) == 0
    assert main([*typed, "--refuse-if", "changed > 0"]) == 0


def test_wrong_use_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["promote", "people.csv", "good.csv", "bad.csv", "--key", "id"]

    assert main([*typed, "--refuse-if", "f1 < 0"]) == 2
    assert main([*typed, "--refuse-if", "nonsense"]) == 2
    assert main([*typed, "--truth", "truth.csv", "--labels", "labels.csv"]) == 2
    assert main(["promote", "people.csv", "people.csv", "bad.csv", "--key", "id"]) == 1
    assert capsys.readouterr().err.count("matchloop: ") == 4


def test_labels_that_a_model_learns_from_do_not_judge_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["promote", "people.csv", "labels.csv", "bad.csv", "--key", "id"]

    assert main([*typed, "--labels", "labels.csv"]) == 1
    told = capsys.readouterr()
    assert "an interval needs 8 sets or more, there are 0" in told.out
    assert "60 pairs that a model learns from were left out" in told.err


def test_answers_to_an_audit_judge_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head, *rows = (folder / "labels.csv").read_text().splitlines()
    wrong = [row.replace(row.split(",")[1], f"e{n}", 1) for n, row in enumerate(rows)]
    audit = [f"audit-0123abcd-{n // 2:04d},{row.split(',', 1)[1]}" for n, row in enumerate(rows)]
    (folder / "answers.csv").write_text("\n".join([head, *wrong, *audit]) + "\n")
    typed = ["promote", "people.csv", "bad.csv", "good.csv", "--key", "id", "--json"]

    assert main([*typed, "--labels", "answers.csv"]) == 0
    f1 = json.loads(capsys.readouterr().out)["differences"][2]
    assert (f1["old"], f1["new"]) == (0.0, 1.0)


def audit_of(folder: Path, pairs: list[tuple[int, int]], name: str = "audit.csv") -> str:
    """Write the true answers to an audit of pairs of rows, by their numbers."""
    lines = ["labeling_set_id,label,id,name"]
    for number, pair in enumerate(pairs):
        for row in pair:
            person = f"name {row // 2} of town {row // 2 * 7}"
            lines.append(f"audit-0123abcd-{number:04d},e{row // 2},r{row},{person}")
    (folder / name).write_text("\n".join(lines) + "\n")
    return name


@pytest.fixture
def nearly_good(folder: Path) -> str:
    """Write groups that differ from the good ones in the last two groups, which are one here."""
    rows = [f"r{n},{n // 2 if n < 36 else 18}" for n in range(2 * GROUPS)]
    (folder / "nearly.csv").write_text("\n".join(["id,match_id", *rows]) + "\n")
    return "nearly.csv"


def test_answers_that_cannot_tell_two_models_apart_copy_nothing(
    folder: Path, nearly_good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = audit_of(folder, [(n, n + 1) for n in range(0, 36, 2)])
    typed = ["promote", "people.csv", "good.csv", nearly_good, "--key", "id", "--labels", audit]

    assert main([*typed, "-o", "live.csv", "--ask", "ask.csv"]) == 1
    shown = capsys.readouterr()
    assert not (folder / "live.csv").exists()
    assert (
        "18 answered pairs show no difference; the models differ on 4 pairs that nobody answered"
        in shown.out
    )
    assert "[+0.0000, +0.0000]" not in shown.out
    assert "undecided; live.csv was left as it is: answer ask.csv" in shown.out
    asked = [line.split(",") for line in (folder / "ask.csv").read_text().splitlines()[1:]]
    sets: dict[str, set[str]] = {}
    for row in asked:
        sets.setdefault(row[0], set()).add(row[2])
    assert sorted(map(sorted, sets.values())) == [
        ["r36", "r38"],
        ["r36", "r39"],
        ["r37", "r38"],
        ["r37", "r39"],
    ]


def test_a_rule_that_looks_at_the_difference_alone_does_not_pass_what_is_undecided(
    folder: Path, nearly_good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = audit_of(folder, [(n, n + 1) for n in range(0, 36, 2)])
    typed = ["promote", "people.csv", "good.csv", nearly_good, "--key", "id", "--labels", audit]
    typed += ["--refuse-if", "f1 < -0.01", "-o", "live.csv", "--json"]

    assert main(typed) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["undecided"], told["promoted"], told["refused"]) == (True, None, [])
    assert told["contested"] == {"pairs": 4, "answered": 0, "old_right": 0, "new_right": 0}
    assert {one["high"] for one in told["differences"]} == {None}
    assert main([*typed, "--copy-undecided"]) == 0
    assert (folder / "live.csv").read_bytes() == (folder / nearly_good).read_bytes()


def test_answered_questions_decide(
    folder: Path, nearly_good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    contested = [(36, 38), (36, 39), (37, 38), (37, 39)]
    audit = audit_of(folder, [(n, n + 1) for n in range(0, 36, 2)])
    more = audit_of(folder, [(n, n + 1) for n in range(0, 36, 2)] + contested, "more.csv")
    typed = ["promote", "people.csv", "good.csv", nearly_good, "--key", "id"]

    main([*typed, "--labels", audit, "--labels", more, "-o", "live.csv"])
    assert (
        "the models differ on 4 pairs; 4 of them are answered: the new model is right on 0, the "
        "old one on 4" in capsys.readouterr().out
    )


def test_models_that_join_the_same_records_are_not_undecided(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = audit_of(folder, [(n, n + 1) for n in range(0, 36, 2)])
    typed = ["promote", "people.csv", "good.csv", "good.csv", "--key", "id", "--labels", audit]

    assert main([*typed, "-o", "live.csv", "--ask", "ask.csv"]) == 0
    assert "both models put the same records together" in capsys.readouterr().out
    assert len((folder / "ask.csv").read_text().splitlines()) == 1


def test_options_without_their_purpose_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["promote", "people.csv", "good.csv", "bad.csv", "--key", "id"]

    assert main([*typed, "--copy-undecided"]) == 2
    assert main([*typed, "--truth", "truth.csv", "--ask", "ask.csv"]) == 2
    assert capsys.readouterr().err.count("matchloop: ") == 2
