import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from matchloop.active_learning.questions import doubts, repeats, twins_of
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind, Records

values = st.sampled_from(["a", "b", None])


@given(st.lists(st.tuples(values, values), min_size=1, max_size=12))
def test_records_are_twins_where_all_compared_values_are_equal(
    rows: list[tuple[str | None, str | None]],
) -> None:
    table = pa.table(
        {
            "id": [str(i) for i in range(len(rows))],
            "x": pa.array([x for x, _ in rows], pa.string()),
            "y": pa.array([y for _, y in rows], pa.string()),
        }
    )
    found = twins_of(Records(table, "id", {"x": Kind.NAME, "y": Kind.NAME}))

    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            assert (found[i] == found[j]) == (one == other)


def test_of_questions_that_read_the_same_the_best_is_kept_unless_one_is_answered() -> None:
    pairs = CandidatePairs.of(np.array([0, 1, 2, 4, 5]), np.array([3, 3, 3, 6, 6]))
    twins = np.array([9, 9, 9, 1, 2, 2, 3])
    nothing = np.zeros(5, np.bool_)
    answered = np.array([False, False, False, True, False])
    score = np.array([0.1, 0.9, 0.5, 0.3, 0.4])

    assert sorted(repeats(pairs, twins, nothing, score).tolist()) == [0, 2, 3]
    assert sorted(repeats(pairs, twins, answered, score).tolist()) == [0, 2, 4]


def test_pairs_of_equal_records_are_no_questions() -> None:
    pairs = CandidatePairs.of(np.array([0, 2, 4]), np.array([1, 3, 5]))
    twins = np.array([0, 0, 1, 1, 2, 3])
    score = np.array([0.1, 0.9, 0.5])

    assert sorted(repeats(pairs, twins, np.zeros(3, np.bool_), score).tolist()) == [0, 1]
    assert repeats(pairs, np.arange(6), np.zeros(3, np.bool_), score).tolist() == []


def test_doubt_is_the_distance_of_a_label_from_the_probability() -> None:
    pairs = CandidatePairs.of(np.array([0, 1]), np.array([1, 2]))
    known = LabeledPairs(
        np.array([0, 1, 0], np.int32),
        np.array([1, 2, 2], np.int32),
        np.array([True, False, False]),
        np.zeros(3, np.int64),
    )

    found = doubts(pairs, np.array([0.75, 0.5], np.float32), known, 4)

    assert found.tolist() == [0.25, 0.5, 0.5, -1]
