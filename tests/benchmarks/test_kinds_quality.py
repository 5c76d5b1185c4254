from typing import Any

import numpy as np
import pytest

from kinds.registry import load
from kinds_quality import compare, judged, measure
from tabulate import kinds_table


def row(table: str, *, f1: float = 0.0, false: float = 0.0, true: int = 9) -> dict[str, Any]:
    return {
        "table": table,
        "seed": 0,
        "what": "0",
        "rows": None,
        "use": "choose",
        "kind": "persons",
        "records": 100,
        "f1": f1,
        "precision": f1,
        "recall": f1,
        "false_per_200": false,
        "true": true,
        "seconds": 1.0,
    }


def test_a_comparison_names_the_worst_losses_first(capsys: pytest.CaptureFixture[str]) -> None:
    before = {"x": row("won", f1=0.5), "y": row("lost", f1=0.5), "z": row("clean", true=0)}
    after = {"x": row("won", f1=0.7), "y": row("lost", f1=0.1)}
    after["z"] = row("clean", false=30.0, true=0)
    after["only"] = row("new", f1=0.9)

    compare(before, after)
    said = capsys.readouterr().out

    assert said.index("lost ") < said.index("won ") < said.index("clean ")
    assert "1 better, 1 worse" in said
    assert "+30.000" in said
    assert "new " not in said
    assert "1 rows stand in one of the files only" in said


def test_false_pairs_are_counted_per_two_hundred_records() -> None:
    table = load("clean_cities", rows=100)

    found = judged(table, np.repeat(np.arange(50), 2))

    assert found["false_per_200"] == 100
    assert found["largest_group"] == 2


def test_a_table_is_measured_without_labels_with_some_and_by_a_baseline() -> None:
    rows = list(measure(("cities_twice", 0, ("0", "20", "tfidf", "forest")), 120))

    assert [each["what"] for each in rows] == ["0", "20", "tfidf", "forest"]
    assert rows[1]["asked_rows"] == 20
    assert rows[3]["f1"] > 0.6


def test_the_table_of_kinds_has_a_line_per_table_and_false_pairs_of_clean_lists() -> None:
    rows = {"x": row("won", f1=0.5), "z": row("clean", false=2.5, true=0)}

    lines = kinds_table(rows).splitlines()

    assert any("won" in line and "0.500" in line for line in lines)
    assert any("clean" in line and "2.5" in line for line in lines)
