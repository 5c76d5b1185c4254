import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.matches import Matches, assign_ids, match_ids_of, next_free_id
from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.data.records import Kind, Records
from matchloop.errors import TableError


def people(count: int, **more: list[object]) -> Records:
    keys = [f"k{i}" for i in range(count)]
    table = pa.table({"id": keys, "name": [f"name {i}" for i in range(count)], **more})
    return Records(table, "id", {"name": Kind.NAME})


def one_pair() -> Scores:
    left, right = np.asarray([0], np.int32), np.asarray([2], np.int32)
    blank = np.zeros(1, np.float32)
    pairs = CandidatePairs(left, right, blank, blank.astype(np.uint32), ("rule",))
    return Scores(pairs, np.asarray([0.75], np.float32))


def matched(records: Records) -> Matches:
    return Matches(records, np.asarray([5, 7, 5]), np.asarray([0.75, 1.0, 0.75]), one_pair())


def by_key(keys: list[str], groups: list[int]) -> tuple[pa.Array, NDArray[np.int64]]:
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    return pa.array(keys), np.asarray([numbers[group] for group in groups], np.int64)


def test_the_table_is_the_input_with_two_columns_more() -> None:
    table = matched(people(3)).table()

    assert table.column_names == ["id", "name", "match_id", "match_confidence_score"]
    assert table.column("id").to_pylist() == ["k0", "k1", "k2"]
    assert table.column("match_id").to_pylist() == [5, 7, 5]
    assert table.column("match_confidence_score").to_pylist() == [0.75, 1.0, 0.75]


def test_result_columns_of_an_earlier_run_are_replaced() -> None:
    table = matched(people(3, match_id=[1, 2, 3], zip=["a", "b", "c"])).table()

    assert table.column_names == ["id", "name", "zip", "match_id", "match_confidence_score"]
    assert table.column("match_id").to_pylist() == [5, 7, 5]


def test_a_key_named_like_a_result_is_refused() -> None:
    table = pa.table({"match_id": ["a", "b", "c"], "name": ["x", "y", "z"]})

    with pytest.raises(TableError, match="rename"):
        matched(Records(table, "match_id", {"name": Kind.NAME}))


def test_groups_list_their_keys() -> None:
    groups = matched(people(3)).groups()

    assert groups.to_pydict() == {
        "match_id": [5, 7],
        "size": [2, 1],
        "match_confidence_score": [0.75, 1.0],
        "keys": [["k0", "k2"], ["k1"]],
    }


def test_compared_pairs_can_be_reviewed_beside_the_groups() -> None:
    matches = matched(people(3))

    assert matches.pairs_table().to_pylist() == [
        {"left": "k0", "right": "k2", "probability": 0.75, "same_group": True}
    ]
    assert matches.pairs_table(at_least=0.8).num_rows == 0


def test_without_an_earlier_run_ids_count_up() -> None:
    ids, changes = assign_ids(np.asarray([0, 1, 0]), pa.array(["a", "b", "c"]))

    assert ids.tolist() == [0, 1, 0]
    assert changes is None


groupings = st.lists(st.integers(0, 4), min_size=1, max_size=12)


@given(groupings, st.randoms(use_true_random=False))
def test_a_rerun_over_shuffled_rows_keeps_every_id(groups: list[int], random: object) -> None:
    keys = [f"k{i}" for i in range(len(groups))]
    previous = {key: 1000 - 7 * group for key, group in zip(keys, groups, strict=True)}
    order = list(range(len(groups)))
    random.shuffle(order)  # type: ignore[attr-defined]
    names, cluster = by_key([keys[i] for i in order], [groups[i] for i in order])
    ids, changes = assign_ids(cluster, names, previous)

    assert dict(zip(names.to_pylist(), ids.tolist(), strict=True)) == previous
    assert changes is not None
    assert not any(changes.counts().values())


@given(groupings, groupings, st.data())
def test_ids_do_not_depend_on_the_order_of_rows_where_nothing_is_new(
    before: list[int], after: list[int], data: st.DataObject
) -> None:
    count = min(len(before), len(after))
    keys = [f"k{i}" for i in range(count)]
    previous = dict(zip(keys, before, strict=False))
    order = data.draw(st.permutations(range(count)))
    here_keys, here = by_key(keys, after[:count])
    there_keys, there = by_key([keys[i] for i in order], [after[i] for i in order])
    here_ids, _ = assign_ids(here, here_keys, previous)
    there_ids, _ = assign_ids(there, there_keys, previous)
    ours = dict(zip(keys, here_ids.tolist(), strict=True))
    theirs = dict(zip(there_keys.to_pylist(), there_ids.tolist(), strict=True))
    old = {*previous.values()}

    assert {k: v for k, v in ours.items() if v in old} == {
        k: v for k, v in theirs.items() if v in old
    }


@given(groupings, st.lists(st.integers(-1, 6), max_size=12))
def test_ids_name_groups_one_to_one_and_old_ids_stay_with_a_sharer(
    groups: list[int], earlier: list[int]
) -> None:
    names, cluster = by_key([f"k{i}" for i in range(len(groups))], groups)
    previous = (names.to_pylist()[: len(earlier)], np.asarray(earlier[: len(groups)], np.int64))
    ids, _ = assign_ids(cluster, names, previous)
    old = {value for value in previous[1].tolist() if value >= 0}

    assert len({*zip(cluster.tolist(), ids.tolist(), strict=True)}) == len({*ids.tolist()})
    assert len({*ids.tolist()}) == cluster.max() + 1
    for number in old & {*ids.tolist()}:
        holders = np.flatnonzero(previous[1] == number)
        assert number in ids[holders]
    # every group that holds earlier records keeps one of their ids unless another took it
    for group in range(cluster.max() + 1):
        rows = np.flatnonzero(cluster == group)
        wished = {int(v) for v in previous[1][rows[rows < len(previous[1])]] if v >= 0}
        own = int(ids[rows[0]])
        assert own in wished or wished <= {*ids.tolist()}


def test_the_larger_share_keeps_the_id() -> None:
    names, cluster = by_key(list("abcde"), [0, 0, 1, 1, 1])

    ids, changes = assign_ids(cluster, names, dict.fromkeys("abcde", 40))

    assert ids.tolist() == [41, 41, 40, 40, 40]
    assert changes is not None
    assert changes.split.tolist() == [[40, 41]]
    assert changes.counts() == {"created": 0, "joined": 0, "merged": 0, "split": 1, "removed": 0}


def test_equal_halves_are_settled_by_the_lowest_key() -> None:
    names, cluster = by_key(list("dcba"), [0, 0, 1, 1])

    ids, _ = assign_ids(cluster, names, dict.fromkeys("abcd", 3))

    assert ids.tolist() == [4, 4, 3, 3]


def test_changes_tell_created_joined_merged_and_removed() -> None:
    names, cluster = by_key(["k0", "k1", "k2", "k3"], [0, 0, 0, 1])
    ids, changes = assign_ids(cluster, names, {"k0": 2, "k1": 8, "gone": 9})

    assert ids.tolist() == [2, 2, 2, 10]
    assert changes is not None
    assert changes.created.tolist() == [10]
    assert changes.joined.tolist() == [[2, 2]]
    assert changes.merged.tolist() == [[2, 8]]
    assert changes.split.tolist() == []
    assert changes.removed.tolist() == [9]
    assert changes.table(people(4)).to_pylist() == [
        {"change": "created", "match_id": 10, "other_match_id": None, "key": None},
        {"change": "joined", "match_id": 2, "other_match_id": None, "key": "k2"},
        {"change": "merged", "match_id": 2, "other_match_id": 8, "key": None},
        {"change": "removed", "match_id": 9, "other_match_id": None, "key": None},
    ]


def test_no_records_have_no_ids() -> None:
    ids, changes = assign_ids(np.empty(0, np.int64), pa.array([], pa.string()), {"a": 4})

    assert ids.tolist() == []
    assert changes is not None
    assert changes.removed.tolist() == [4]


@pytest.mark.parametrize(
    ("given_ids", "expected"),
    [
        ([3, None, 4], [3, -1, 4]),
        (["3", " ", "4 "], [3, -1, 4]),
        ([3.0, None, 4.0], [3, -1, 4]),
        (["3.0", None, "4"], [3, -1, 4]),
    ],
)
def test_earlier_ids_are_read_as_numbers_or_text(
    given_ids: list[object], expected: list[int]
) -> None:
    assert match_ids_of(pa.table({"match_id": given_ids})).tolist() == expected


@pytest.mark.parametrize("wrong", [["a"], ["0.5"], ["9" * 20], [0.5], [-3], [True]])
def test_other_earlier_ids_are_refused(wrong: list[object]) -> None:
    with pytest.raises(TableError, match="whole numbers"):
        match_ids_of(pa.table({"match_id": wrong}))


def test_a_table_without_ids_is_no_earlier_run() -> None:
    with pytest.raises(TableError, match="no column 'match_id'"):
        match_ids_of(pa.table({"id": ["a"]}))


def test_the_next_id_is_above_every_id_of_either_run() -> None:
    earlier = ["a", "b"], np.array([7, 2])

    ids, _ = assign_ids(np.array([0, 1]), pa.array(["b", "c"]), earlier, next_id=20)

    assert ids.tolist() == [2, 20]
    assert next_free_id(ids, earlier, 20) == 21
    assert next_free_id(np.array([2, 3]), earlier) == 8
