"""Without labels, tables of many kinds are grouped as their owner would, or not at all."""

import numpy as np
import pandas as pd
import pytest

import matchloop as ml
from judging import judge_partition
from kinds import registry
from tables import Table


def groups_of(table: Table, labels: ml.Labels | None = None) -> tuple[np.ndarray, str]:
    records = table.records()
    matcher = ml.Matcher().fit(records, labels)
    return np.asarray(matcher.find_matches(records).match_id), matcher.assumed


@pytest.mark.parametrize(
    "name",
    [
        "clean_persons",
        "clean_persons_few_names",
        "clean_families",
        "clean_counties",
        "clean_cities",
        "clean_members_emails",
        "variants_clean",
    ],
)
def test_a_list_without_duplicates_stays_as_it_is(name: str) -> None:
    group, assumed = groups_of(registry.load(name, rows=600))

    pairs = judge_partition(group, np.empty((0, 2), np.int64)).predicted
    assert pairs <= 600 / 200
    assert "no record was matched" in assumed or pairs


@pytest.mark.parametrize(
    ("name", "rows"),
    [("persons", 900), ("households", 900), ("references_few", 900), ("variants", 1_500)],
)
def test_duplicates_are_found_and_relatives_left_apart(name: str, rows: int) -> None:
    table = registry.load(name, rows=rows)
    group, _ = groups_of(table)

    found = judge_partition(group, table.truth)
    assert found.precision > 0.8
    assert found.recall > 0.6


@pytest.mark.parametrize(("name", "rows"), [("huge", 700), ("discs_foreign", 1_000)])
def test_one_entity_under_many_names_and_damaged_text_are_grouped(name: str, rows: int) -> None:
    table = registry.load(name, rows=rows)
    group, _ = groups_of(table)

    found = judge_partition(group, table.truth)
    assert found.precision > 0.9
    assert found.recall > 0.7


def test_answers_that_all_differ_end_a_grouping() -> None:
    table = registry.load("venues", rows=500)
    records = table.records()
    loop = ml.LabelingLoop(records)
    before = judge_partition(
        np.asarray(loop.match().match_id), np.empty((0, 2), np.int64)
    ).predicted
    asked = loop.ask(sets=4)

    loop.learn(asked.answered([str(n) for n in range(sum(map(len, asked.sets)))]))
    after = judge_partition(np.asarray(loop.match().match_id), np.empty((0, 2), np.int64)).predicted

    assert before > 20
    assert after <= 2


@pytest.mark.parametrize("rows", [5, 10])
@pytest.mark.parametrize("columns", [1, 3])
def test_rows_that_are_equal_in_every_column_match_in_a_tiny_table(rows: int, columns: int) -> None:
    names = ["anna berg", "otto klein", "maria lang", "jan novak", "eva stern"]
    cells = [names[n % 5] if n < 4 else f"{names[n % 5]} {'xyzuvw'[n - 4]}" for n in range(rows)]
    cells[-1] = cells[0]
    frame = pd.DataFrame({f"c{n}": [cell[n:] for cell in cells] for n in range(columns)})
    frame.insert(0, "id", [str(n) for n in range(rows)])

    matches = ml.Matcher().fit(ml.read_records(frame, key="id"))
    group = matches.find_matches(ml.read_records(frame, key="id")).match_id

    assert group[-1] == group[0]
    assert len(set(group.tolist())) == rows - 1
