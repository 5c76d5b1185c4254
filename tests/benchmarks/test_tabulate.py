from typing import Any

from tabulate import fill, peers_table, quality_table, speed_table, split_table

ORIGIN = {
    "commit": "abc",
    "date": "2026-01-01T00:00Z",
    "seed": 0,
    "python": "3.11",
    "machine": "x",
    "versions": {"numpy": "2"},
}


def quality_row(table: str, what: str, f1: float) -> dict[str, Any]:
    return {
        "table": table,
        "what": what,
        "f1": f1,
        "true": 9,
        "start_f1": 0.65,
        "precision": 1.0,
        "recall": 0.5,
        "bcubed_f1": 0.9,
        "blocking_recall": 0.95,
        "pairs_per_record": 8.0,
        "seconds": 2.0,
        "provenance": ORIGIN,
    }


def peer_row(table: str, peer: str, **f1: float) -> dict[str, Any]:
    quality = {name: {"f1": value} for name, value in f1.items()}
    return {
        "table": table,
        "peer": peer,
        "quality": quality,
        "seconds": 1.0,
        "peak_mib": 100,
        "provenance": ORIGIN | {"peer_versions": {"splink": "5"}},
    }


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- one -->\nold\n<!-- end -->\n<!-- two -->\nkept\n<!-- end -->\n"

    filled = fill(text, "one", "new \\1")

    assert filled == text.replace("old", "new \\1")


def test_quality_is_the_mean_over_seeds_beside_the_best_peer_without_labels() -> None:
    rows = [quality_row("a", "0", 0.5), quality_row("a", "0", 0.7), quality_row("a", "100", 0.9)]
    peers = [peer_row("a", "splink", groups=0.4, one=0.6), peer_row("a", "dedupe", groups=1.0)]

    table = quality_table(dict(zip("xyz", rows, strict=True)), dict(zip("xy", peers, strict=True)))

    assert "| a | 0.600 (0.500-0.700) | 0.900 | 0.650 |  | 0.900 | 0.950 | 8.0 | 2.0 |" in table
    assert "0.600 splink (one)" in table
    assert "commit abc" in table


def test_tasks_of_a_collection_count_together_and_a_failed_one_counts_nothing() -> None:
    died = peer_row("c/two", "splink") | {"died": "stopped"}
    table = peers_table({"x": peer_row("c/one", "splink", groups=0.8), "y": died})

    assert "| c | splink | groups 0.400 (finished 1 of 2) |" in table


def test_a_peer_that_died_says_so() -> None:
    row = peer_row("a", "dedupe") | {"died": "stopped after 120 s"}

    assert "died: stopped after 120 s" in peers_table({"x": row})


def test_splits_are_a_table_of_their_own() -> None:
    row = quality_row("a", "split", 0.9) | {"trained_on": 1000, "tested_on": 50}

    assert "| a | 0.900 | 1.000 | 0.500 | 1,000 | 50 |" in split_table({"x": row})
    assert "| a |" not in quality_table({"x": row}, {})


def test_speed_names_every_stage_and_its_growth() -> None:
    stage = {"seconds": 1.0, "cpu_seconds": 2.0, "peak_mib": 300}
    run = {
        "seconds": 1.0,
        "cpu_seconds": 2.0,
        "peak_mib": 300,
        "stages": {"block": stage},
        "quality": {"f1": 0.9, "blocking_recall": 0.95},
    }
    row = {
        "runs": {"1000": run, "2000": run},
        "growth": {"block": 1.1},
        "first": {"seconds": 9.0},
        "provenance": ORIGIN,
    }

    table = speed_table({"persons": row})

    assert "| 2,000 | block | 1.00 | 2.00 | 300 | 1.1 |" in table
    assert "9.0 s" in table


def test_no_results_are_no_table() -> None:
    assert quality_table({}, {}).strip() == "Not measured yet."


def test_a_run_whose_labels_took_all_true_pairs_is_no_quality() -> None:
    rows = {"x": quality_row("a", "100", 0.5), "y": quality_row("a", "100", 0.0) | {"true": 0}}

    assert "| a |  | 0.500 |" in quality_table(rows, {})
