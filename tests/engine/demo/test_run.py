from __future__ import annotations

import csv
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from matchloop.demo import DemoRun, load_known_table, make_report, run_demo
from matchloop.report import Report

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    folder = tmp_path_factory.mktemp("people")
    (folder / "records.csv").write_bytes((DATA / "people.csv").read_bytes())
    groups: dict[str, list[str]] = defaultdict(list)
    with (DATA / "people_truth.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            groups[row["person"]].append(row["id"])
    with (folder / "gold.csv").open("w", newline="") as file:
        pairs = [pair for keys in groups.values() for pair in combinations(keys, 2)]
        csv.writer(file).writerows([("id_a", "id_b"), *pairs])
    return run_demo(load_known_table(str(folder)), rounds=2, sets=5)


@pytest.fixture(scope="module")
def report(run: DemoRun) -> Report:
    return make_report(run)


def test_quality_is_judged_before_and_after_each_round(run: DemoRun) -> None:
    assert [one.rows for one in run.rounds][0] == 0
    assert len(run.rounds) == 3
    assert run.rounds[-1].rows > run.rounds[1].rows > 0
    assert run.rounds[-1].quality.f1 > 0.9


def test_what_was_assumed_at_the_start_is_kept(run: DemoRun) -> None:
    assert run.assumed
    assert run.matcher.assumed == ""


def test_the_report_shows_big_groups_and_three_kinds_of_pairs(run: DemoRun, report: Report) -> None:
    clear, uncertain, different = (pair.explanation.probability for pair in report.pairs)

    assert clear > 0.7  # of a small forest
    assert different < 0.1
    assert different <= uncertain <= clear
    assert len(report.groups) == 5
    sizes = [len(group.rows) + group.hidden for group in report.groups]
    assert sizes == sorted(sizes, reverse=True)
    assert [point.rows for point in report.curve] == [one.rows for one in run.rounds]
    assert any(note.startswith("At the start: ") for note in report.notes)


def test_the_most_frequent_value_is_not_marked(report: Report) -> None:
    for group in report.groups:
        for column in range(1, len(group.columns)):
            marked = [group.differs(row, column) for row in range(len(group.rows))]
            assert not all(marked)
