"""A part of a table is read and compared by the statistics of the whole table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.memory import memory_of
from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind, Records
from matchloop.data.statistics import Statistics
from matchloop.data.views import Views
from matchloop.matching.comparing import Comparer

NAMES = ["anna berg", "anna bergh", "jon dahl", "john dahl gmbh", "eva lind", "ewa lind", None]
DATES = ["3/4/1990", "25/12/1990", "1.2.88", "88", "1990", "32000", "12/25/1990", None]
AMOUNTS = ["1,5 kg", "1.500", "1500 g", "12,50", "2 lb", "3", "€ 4,20", "$ 7", None]
KINDS = {"name": Kind.NAME, "born": Kind.DATE, "amount": Kind.NUMBER}

rows = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(DATES), st.sampled_from(AMOUNTS)),
    min_size=4,
    max_size=30,
)


def table_of(values: list[tuple[str | None, ...]]) -> Records:
    columns = dict(zip(KINDS, map(list, zip(*values, strict=True)), strict=True))
    keys = [str(row) for row in range(len(values))]
    table = pa.table({"id": keys} | {n: pa.array(v, pa.string()) for n, v in columns.items()})
    return Records(table, "id", KINDS)


def compared(records: Records, statistics: Statistics | None = None) -> Any:
    """Return the views of a table, and the features of all of its pairs, without rivals."""
    views = Views(records, statistics)
    left, right = np.triu_indices(len(records), 1)
    pairs = CandidatePairs.of(left.astype(np.int32), right.astype(np.int32), "all")
    comparer = Comparer.plan(views, pairs)
    features = comparer.compare(pairs).features
    own = [at for at, name in enumerate(comparer.names) if not name.startswith("rivals")]
    return views, features[:, own], (left, right)


def saved(statistics: Statistics) -> Statistics:
    """Return statistics as a file of decisions gives them back."""
    return replace(statistics, decisions=json.loads(json.dumps(dict(statistics.decisions))))


@given(rows=rows, kept=st.sets(st.integers(0, 29), min_size=2))
def test_pairs_of_a_part_have_the_features_they_have_in_the_whole(
    rows: list[tuple[str | None, ...]], kept: set[int]
) -> None:
    whole = table_of(rows)
    views, features, (left, right) = compared(whole)
    chosen = np.array(sorted(row for row in kept if row < len(rows)), np.int64)
    if len(chosen) < 2:
        return

    part = Records(whole.table.take(pa.array(chosen)), "id", KINDS)
    part_views, near, _ = compared(part, saved(views.recorder.statistics()))

    is_inside: NDArray[np.bool_] = np.isin(left, chosen) & np.isin(right, chosen)
    assert near.tobytes() == features[is_inside].tobytes()
    for column in KINDS:
        expected = views.folded(column).take(pa.array(chosen))
        assert part_views.folded(column).equals(expected), column


@given(rows=rows, seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_count(rows: list[tuple[str | None, ...]], seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(len(rows))

    one = compared(table_of(rows))[0].recorder.statistics()
    other = compared(table_of([rows[at] for at in shuffled]))[0].recorder.statistics()

    assert_equal(one, other)


@pytest.mark.parametrize("limit", ["512MiB", "1GiB"])
def test_a_memory_limit_does_not_count(limit: str) -> None:
    whole = table_of([(NAMES[n % 7], DATES[n % 8], AMOUNTS[n % 9]) for n in range(200)])
    limited = replace(whole, memory=memory_of(limit))

    assert_equal(
        compared(whole)[0].recorder.statistics(), compared(limited)[0].recorder.statistics()
    )


def assert_equal(one: Statistics, other: Statistics) -> None:
    assert one.decisions == other.decisions
    assert one.histograms.keys() == other.histograms.keys()
    for name, histogram in one.histograms.items():
        assert histogram.tobytes() == other.histograms[name].tobytes(), name
    assert one.counts.keys() == other.counts.keys()
    for name, both in one.counts.items():
        for here, there in zip(both, other.counts[name], strict=True):
            assert here.tobytes() == there.tobytes(), name
