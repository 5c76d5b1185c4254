import json
from pathlib import Path

from provenance import Results, provenance


def test_a_result_says_versions_seed_commit_and_date() -> None:
    said = provenance(seed=7, effort=0.5)

    assert said["seed"] == 7
    assert said["effort"] == 0.5
    assert said["versions"]["numpy"]
    assert {"commit", "date", "python", "machine"} <= set(said)


def test_a_run_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "results" / "rows.json"
    Results(path).put("b", {"f1": 1})

    later = Results(path)
    assert later.has("b")
    assert not later.has("a")
    later.put("a", {"f1": 0})

    assert list(json.loads(path.read_text())) == ["a", "b"]
    assert not Results(path, again=True).has("a")


def test_two_runs_can_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    one, two = Results(path), Results(path)
    one.put("a", {})
    two.put("b", {})

    assert list(json.loads(path.read_text())) == ["a", "b"]
