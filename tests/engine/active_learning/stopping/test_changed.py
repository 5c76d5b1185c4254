import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from matchloop.active_learning.questions import LabelingSet
from matchloop.active_learning.stopping import Changed, count_changed
from matchloop.data.io import read_labels, read_records
from matchloop.data.labels import Labels
from matchloop.data.records import Records


def people(count: int = 12) -> Records:
    names = [f"person {number}" for number in range(count)]
    table = {"id": [f"k{number}" for number in range(count)], "name": names}
    return read_records(pa.table(table), key="id")


def questions(records: Records, round_: int = 0) -> LabelingSet:
    """Three sets; the labels made 0 and 2 match and 4 and 5 differ; the last set has no such."""
    sets = [np.array(rows, np.int32) for rows in ([0, 1, 2], [4, 3, 5], [6, 7])]
    return LabelingSet(records, tuple(sets), None, round_, ((0, 2, True), (4, 5, False)))


def test_answers_to_the_drawn_pairs_are_counted_and_to_no_others() -> None:
    records = people()
    labels = questions(records).answered(["a", "a", "a", "x", "y", "x", "1", "2"])

    assert count_changed(labels, records) == Changed(right=1, answered=2, rows=8)


def test_the_mark_survives_a_file_whose_rows_were_sorted(tmp_path: Path) -> None:
    records = people()
    labels = questions(records).answered(["a", "b", "a", "x", "y", "z", "1", "2"])
    order = pa.array(np.random.default_rng(0).permutation(len(labels)))
    file = tmp_path / "labels.csv"
    pa.csv.write_csv(labels.table().take(order), file)

    again = read_labels(file, key="id")

    assert count_changed(again, records) == Changed(right=2, answered=2, rows=8)


def test_a_pair_with_a_blank_row_is_not_counted() -> None:
    records = people()
    labels = questions(records).answered(["a", None, None, "x", "x", "y", "1", "2"])

    assert count_changed(labels, records) == Changed(right=1, answered=1, rows=6)


def test_the_last_round_counts() -> None:
    records = people()
    early = questions(records).answered(["a", "b", "b", "x", "x", "x", "1", "2"])
    late = LabelingSet(records, (np.array([8, 9], np.int32),), None, 1, ((8, 9, True),)).answered(
        ["1", "1"]
    )

    assert count_changed(early.merged(late), records) == Changed(right=1, answered=1, rows=10)


def test_ids_show_neither_what_the_model_predicted_nor_which_sets_hold_a_drawn_pair() -> None:
    records = people(400)
    pairs = [np.array([2 * number, 2 * number + 1], np.int32) for number in range(200)]
    drawn = tuple((2 * number, 2 * number + 1, number % 2 == 0) for number in range(100))
    ids = LabelingSet(records, tuple(pairs), None, 1, drawn).set_ids

    ends = [re.fullmatch(r"[0-9]{2,}-[0-9a-f]{10}-([0-9a-f])[0-9a-f]{8}", name) for name in ids]
    first = [end[1] for end in ends if end is not None]

    assert len(first) == 200
    for meaning in (first[:100:2], first[1:100:2], first[100:]):  # match, differ, none drawn
        assert len(set(meaning)) > 10  # of 16 characters


def test_without_drawn_pairs_ids_have_no_further_end() -> None:
    records = people()

    assert LabelingSet(records, (np.array([0, 1], np.int32),)).set_ids == ["01-a5122350c8"]


def test_ids_of_early_files_are_read() -> None:
    values = {
        "labeling_set_id": ["01-0123456789-m201bf5ca"] * 3 + ["02-0123456789-d42bc2f1e"] * 2,
        "label": ["a", "b", "a", "x", "x"],
        "id": ["k0", "k1", "k2", "k4", "k5"],
    }
    labels = Labels.of(pa.table(values), key="id")

    assert count_changed(labels, people()) == Changed(right=1, answered=2, rows=5)


@pytest.mark.parametrize("labels", [None, "others"])
def test_without_such_a_pair_nothing_is_told(labels: str | None) -> None:
    records = people()
    plain = LabelingSet(records, (np.array([0, 1], np.int32),)).answered(["1", "1"])
    given: Labels | None = None if labels is None else plain

    assert count_changed(given, records) is None


def test_the_line_warns_where_labels_were_wrong_more_often_than_right() -> None:
    assert Changed(7, 10, 100).line() == "of 10 pairs that your labels changed, 7 were right"
    assert Changed(1, 1, 10).line() == "of 1 pair that your labels changed, 1 was right"
    warning = Changed(3, 10, 72).line()
    assert warning.startswith("of 10 pairs that your labels changed, 3 were right")
    assert "about 70 more rows" in warning


@pytest.mark.parametrize(("right", "asked"), [(0, 4), (4, 10), (2, 6)])
def test_few_answers_and_narrow_results_warn_of_nothing(right: int, asked: int) -> None:
    assert not Changed(right, asked, 100).is_worse
    assert Changed(right, asked, 100).more_rows == 0
