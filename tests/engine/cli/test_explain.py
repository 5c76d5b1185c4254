from __future__ import annotations

import json
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
        ([], "explain needs the keys of two records, or --doubtful N"),
        (["1"], "explain needs the keys of two records, or --doubtful N"),
        (["1", "2", "--doubtful", "3"], "two records and --doubtful were both given"),
        (["--doubtful", "3", "--taught-by", "--labels", "l.csv"], "--taught-by is of one pair"),
    ],
)
def test_wrong_use_of_explain_is_one_line(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", PEOPLE, *given, "--key", "id"]) == 2
    assert said in capsys.readouterr().err
