from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

import matchloop as ml
from matchloop.cli import main

DATA = Path(__file__).resolve().parents[3] / "data"
PEOPLE = str(DATA / "people.csv")
INTERNAL = ("grams_best_rank", "words", "contained", "covered", "rarest")


def test_the_most_doubtful_pairs_are_those_closest_to_the_threshold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", PEOPLE, "--key", "id", "--doubtful", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    records = ml.read_records(PEOPLE, key="id")
    probability = ml.Matcher().fit(records).score(records).probability
    nearest = np.sort(np.abs(probability.astype(np.float64) - 0.5))[:3]

    assert [abs(one["probability"] - 0.5) for one in told] == pytest.approx(nearest, abs=1e-4)


def test_explanations_use_the_words_of_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", PEOPLE, "1", "213", "--key", "id"]) == 0
    shown = capsys.readouterr().out

    assert "whole record" in shown
    assert "other records" in shown
    assert shown.count("not known") == 3
    assert not any(name in shown for name in INTERNAL)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "explain needs the keys of two records, --doubtful N or --group MATCH_ID"),
        (["1"], "explain needs the keys of two records, --doubtful N or --group MATCH_ID"),
        (["1", "2", "--group", "3"], "two records and --group were both given"),
        (["--doubtful", "1", "--group", "3"], "--doubtful and --group were both given"),
        (["1", "2", "--doubtful", "3"], "two records and --doubtful were both given"),
        (["--doubtful", "3", "--taught-by", "--labels", "l.csv"], "--taught-by is of one pair"),
    ],
)
def test_wrong_use_of_explain_is_one_line(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", PEOPLE, *given, "--key", "id"]) == 2
    assert said in capsys.readouterr().err


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "matched.csv"
    assert main(["match", PEOPLE, "--key", "id", "-o", str(path)]) == 0
    return path


def groups_of(matched: Path) -> dict[str, list[str]]:
    by_group: dict[str, list[str]] = {}
    with matched.open(newline="") as file:
        for row in csv.DictReader(file):
            by_group.setdefault(row["match_id"], []).append(row["id"])
    return by_group


def test_a_group_is_explained_by_the_pairs_that_tie_it_and_the_likeliest_record_outside(
    matched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group, keys = next(item for item in groups_of(matched).items() if len(item[1]) > 2)
    typed = ["explain", str(matched), "--key", "id", "--group", group]
    assert main([*typed, "--json", "--html", str(tmp_path / "page.html")]) == 0
    report = json.loads(capsys.readouterr().out)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    ends = [{pair["left_key"], pair["right_key"]} for pair in report["pairs"]]

    assert sorted(report["keys"]) == sorted(keys)
    assert set().union(*ends[:-1]) == set(keys)
    assert len(ends[-1] - set(keys)) == 1
    assert page.count("<article") == len(ends)
    assert "the likeliest record outside" in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)


def test_a_group_of_one_record_is_explained_by_the_likeliest_record_outside(
    matched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group, keys = next(item for item in groups_of(matched).items() if len(item[1]) == 1)
    assert main(["explain", str(matched), "--key", "id", "--group", group]) == 0
    shown = capsys.readouterr().out

    assert f"Group {group}: 1 record" in shown
    assert f"{keys[0]} and " in shown
    assert "the likeliest record outside" in shown


def test_the_page_of_doubtful_pairs_names_reasons_and_what_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["explain", PEOPLE, "--key", "id", "--doubtful", "12", "--json"]
    assert main([*typed, "--html", str(tmp_path / "page.html")]) == 0
    report = json.loads(capsys.readouterr().out)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    missing = [
        part["name"]
        for pair in report
        for part in pair["contributions"]
        if part["left"] is None and part["right"] is None and part["name"] in ("email", "phone")
    ]

    assert page.count("<article") == 12
    assert missing
    assert page.count("missing in both") >= len(missing)
    for pair in report:
        reasons = [each["name"] for side in ("for", "against") for each in pair["reasons"][side]]
        lacking = [part["name"] for part in pair["contributions"] if not part["known"]]
        assert not set(reasons) & set(lacking)
        assert sorted(each["name"] for each in pair["reasons"]["none"]) == sorted(lacking)
    assert not any(name in page for name in INTERNAL)


@pytest.mark.parametrize(
    ("file", "group", "expected"),
    [(PEOPLE, "1", "no column 'match_id'"), (None, "4711", "no row of .* has this match_id")],
)
def test_a_group_that_is_not_there_is_one_line(
    file: str | None,
    group: str,
    expected: str,
    matched: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", file or str(matched), "--key", "id", "--group", group]) in (1, 2)
    words = capsys.readouterr().err

    assert re.search(expected, words)
    assert len(words.splitlines()) == 1
