import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from peers import PINS, chosen_tables, judge, kinds_of, last_words
from provenance import HERE
from tables import Table


@pytest.fixture
def people() -> Table:
    frame = pd.DataFrame({"key": ["k3", "k1", "k2", "k0"], "title": ["a", "a", "b", "b"]})
    return Table("autofj50/x", frame, "key", None, np.array([[0, 1], [2, 3]]))


def test_a_partition_is_judged_and_rows_it_leaves_out_stand_alone(
    people: Table, tmp_path: Path
) -> None:
    path = tmp_path / "groups.parquet"
    pd.DataFrame({"key": ["k1", "k3"], "cluster": ["5", "5"]}).to_parquet(path)

    found = judge(path, people)

    assert (found.predicted, found.right, found.true) == (1, 1, 2)


def test_pairs_are_judged_once_each_in_either_order(people: Table, tmp_path: Path) -> None:
    path = tmp_path / "match.parquet"
    pd.DataFrame({"left": ["k1", "k3", "k0"], "right": ["k3", "k1", "k1"]}).to_parquet(path)

    found = judge(path, people)

    assert (found.predicted, found.right) == (2, 1)


def test_pairs_that_a_peer_was_told_are_left_out(people: Table, tmp_path: Path) -> None:
    path = tmp_path / "groups.parquet"
    pd.DataFrame({"key": ["k1", "k3"], "cluster": ["5", "5"]}).to_parquet(path)
    path.with_suffix(".asked.json").write_text(json.dumps([["k1", "k3"], ["k1", "k2"]]))

    found = judge(path, people)

    assert (found.predicted, found.right, found.true) == (0, 0, 1)


def test_the_kinds_of_a_task_are_those_of_its_collection(people: Table) -> None:
    assert kinds_of(people) == {"title": "text"}


def test_a_dead_peer_is_blamed_on_its_last_error() -> None:
    lines = ["Traceback", "ValueError: too much", "  at once", ""]

    assert last_words(lines) == "ValueError: too much"
    assert last_words(["Killed", ""]) == "Killed"
    assert last_words([]) == ""


def test_a_collection_is_chosen_with_all_its_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("films", "lists/a", "lists/b"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "gold.csv").touch()
    monkeypatch.setenv("MATCHLOOP_DATA", str(tmp_path))

    assert chosen_tables("lists,films") == ["lists/a", "lists/b", "films"]
    assert chosen_tables("all") == ["films", "lists/a", "lists/b"]
    assert chosen_tables("lists/b") == ["lists/b"]


def test_every_peer_has_an_adapter() -> None:
    for peer in PINS:
        assert (HERE / "peer_adapters" / f"{peer}_peer.py").exists()
