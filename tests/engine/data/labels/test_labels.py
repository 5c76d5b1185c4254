from dataclasses import replace
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.labels import LabeledPairs, Labels, Provenance
from matchloop.data.records import Kind, Records
from matchloop.errors import LabelFileError, UsageError

Row = tuple[str, str, str]


def people(*keys: str) -> Records:
    table = pa.table({"id": list(keys), "name": [f"name of {key}" for key in keys]})
    return Records(table, "id", {"name": Kind.NAME})


def labelled(*rows: Row, key: str | None = "id", person: str | None = None) -> Labels:
    sets, labels, keys = zip(*rows, strict=True)
    table = pa.table(
        {
            "labeling_set_id": list(sets),
            "label": list(labels),
            "id": list(keys),
            "name": [f"name of {one}" for one in keys],
        }
    )
    return Labels.of(table, key=key, provenance=Provenance(person=person))


def triples(pairs: LabeledPairs) -> list[tuple[int, int, bool]]:
    return list(
        zip(pairs.left.tolist(), pairs.right.tolist(), pairs.is_match.tolist(), strict=True)
    )


def as_rows(labels: Labels) -> list[Row]:
    return list(
        zip(
            labels.set_ids.to_pylist(),
            labels.labels.to_pylist(),
            labels.values["id"].to_pylist(),
            strict=True,
        )
    )


def test_pairs_stand_inside_a_set_only() -> None:
    labels = labelled(("1", "A", "c"), ("1", "A", "a"), ("1", "B", "b"), ("2", "A", "d"))

    pairs = labels.pairs(people("a", "b", "c", "d"))

    assert triples(pairs) == [(0, 1, False), (0, 2, True), (1, 2, False)]
    assert pairs.left.dtype == np.int32
    assert pairs.set_index.tolist() == [0, 0, 0]


def test_the_same_label_in_two_sets_says_nothing() -> None:
    labels = labelled(("1", "37", "a"), ("2", "37", "b"))

    assert len(labels.pairs(people("a", "b"))) == 0


def test_contradictions_between_sets_are_both_kept() -> None:
    labels = labelled(("1", "A", "a"), ("1", "A", "b"), ("2", "A", "a"), ("2", "B", "b"))

    pairs = labels.pairs(people("a", "b"))

    assert triples(pairs) == [(0, 1, True), (0, 1, False)]
    assert pairs.set_index.tolist() == [0, 1]


def test_labels_are_case_sensitive_and_spaces_around_them_mean_nothing() -> None:
    labels = labelled(("1", "A", "a"), ("1", " A ", "b"), ("1", "a", "c"))

    assert triples(labels.pairs(people("a", "b", "c"))) == [
        (0, 1, True),
        (0, 2, False),
        (1, 2, False),
    ]
    assert labels.labels.to_pylist() == ["A", " A ", "a"]


def test_a_blank_label_is_ignored_and_reported() -> None:
    labels = labelled(("1", "A", "a"), ("1", "  ", "b"), ("1", "", "c"), ("", "A", "d"))

    assert len(labels) == 1
    assert labels.report.blank == 3
    assert "3 rows without a label were ignored" in str(labels.report)


def test_all_blank_is_an_error() -> None:
    with pytest.raises(LabelFileError, match="no row of 2 has a label"):
        labelled(("1", "", "a"), ("1", " ", "b"))


def test_a_later_row_of_the_same_set_and_key_wins_in_place() -> None:
    old = labelled(("1", "A", "a"), ("1", "A", "b"), ("1", "A", "c"), person="ann")
    new = labelled(("1", "B", "b"), ("2", "A", "b"), person="ben")

    both = old.merged(new)

    assert as_rows(both) == [("1", "A", "a"), ("1", "B", "b"), ("1", "A", "c"), ("2", "A", "b")]
    assert both.provenance["person"].to_pylist() == ["ann", "ben", "ann", "ben"]
    assert both.report.replaced == 1
    assert both.report.identical == 0


def test_an_identical_row_changes_nothing_not_even_who_said_it() -> None:
    old = labelled(("1", "A", "a"), ("1", "A", "b"), person="ann")

    both = old.merged(labelled(("1", "A", "a"), ("1", "A", "b"), person="ben"))

    assert as_rows(both) == as_rows(old)
    assert both.provenance["person"].to_pylist() == ["ann", "ann"]
    assert both.report.identical == 2
    assert both.report.replaced == 0


def test_a_blank_upload_does_not_take_a_label_back() -> None:
    old = labelled(("1", "A", "a"), ("1", "A", "b"))

    both = old.merged(labelled(("1", "", "a"), ("1", "B", "b")))

    assert as_rows(both) == [("1", "A", "a"), ("1", "B", "b")]
    assert both.report.blank == 1


def test_replace_all_forgets_what_was() -> None:
    old = labelled(("1", "A", "a"), ("1", "A", "b"))
    new = labelled(("9", "A", "a"), ("9", "B", "b"), key=None)

    both = old.merged(new, replace_all=True)

    assert as_rows(both) == as_rows(new)
    assert both.key == "id"


def test_merging_leaves_both_sides_as_they_were() -> None:
    old, new = labelled(("1", "A", "a")), labelled(("1", "B", "a"))

    old.merged(new)

    assert as_rows(old) == [("1", "A", "a")]
    assert as_rows(new) == [("1", "B", "a")]


def test_labels_without_a_key_sort_out_repeats_when_they_meet_their_table() -> None:
    labels = labelled(("1", "A", "a"), ("1", "A", "b"), ("1", "B", "b"), key=None)

    assert len(labels) == 3
    assert as_rows(labels.bound(people("a", "b"))) == [("1", "A", "a"), ("1", "B", "b")]
    assert triples(labels.pairs(people("a", "b"))) == [(0, 1, False)]


def test_labels_of_other_columns_are_not_merged() -> None:
    other = Labels.of(pa.table({"labeling_set_id": ["1"], "label": ["A"], "id": ["a"], "x": ["y"]}))

    with pytest.raises(
        LabelFileError, match="columns that are not in the labels given before: 'x'"
    ):
        labelled(("1", "A", "a")).merged(other)


def test_labels_of_another_key_are_not_merged() -> None:
    other = Labels.of(labelled(("1", "A", "a")).table(), key="name")

    with pytest.raises(UsageError, match="key 'name'"):
        labelled(("1", "A", "a")).merged(other)


def test_unknown_keys_are_named_and_left_out_of_the_pairs() -> None:
    labels = labelled(("1", "A", "a"), ("1", "A", "x"), ("1", "A", "b"), ("2", "A", "x"))
    records = people("a", "b")

    assert labels.unknown_keys(records) == ("x",)
    assert triples(labels.pairs(records)) == [(0, 1, True)]
    assert labels.bound(records).report.unknown == ("x",)


def test_no_known_key_at_all_is_an_error() -> None:
    labels = labelled(("1", "A", "x"), ("1", "A", "y"))

    for use in (labels.bound, labels.pairs):
        with pytest.raises(LabelFileError, match="none of the 2 labelled keys is in the table"):
            use(people("a", "b"))


def test_values_that_differ_from_the_table_are_reported() -> None:
    table = labelled(("1", "A", "a"), ("1", "A", "b")).table()
    changed = table.set_column(3, "name", pa.array(["name of a", "somebody else"]))

    assert Labels.of(changed).bound(people("a", "b")).report.differing == 1


def test_columns_that_the_table_lacks_are_an_error() -> None:
    records = Records(pa.table({"id": ["a"], "title": ["x"]}), "id", {"title": Kind.TEXT})

    with pytest.raises(LabelFileError, match="not in the table: 'name' and no column 'title'"):
        labelled(("1", "A", "a"), key=None).bound(records)


def test_a_missing_key_column_is_an_error() -> None:
    records = Records(pa.table({"code": ["a"], "name": ["x"]}), "code", {"name": Kind.NAME})

    with pytest.raises(LabelFileError, match="lack the key column 'code'"):
        labelled(("1", "A", "a"), key=None).bound(records)


def test_a_table_may_have_a_column_named_label() -> None:
    columns = [["1", "1"], ["A", "A"], ["a", "b"], ["EMI", "Emi"]]
    labels = Labels.of(
        pa.Table.from_arrays(
            [pa.array(column) for column in columns], ["labeling_set_id", "label", "id", "label"]
        )
    )
    records = Records(
        pa.table({"id": ["a", "b"], "label": ["EMI", "Emi"]}), "id", {"label": Kind.NAME}
    )

    assert triples(labels.pairs(records)) == [(0, 1, True)]
    assert labels.table().column_names == ["labeling_set_id", "label", "id", "label"]


def test_number_keys_meet_as_text() -> None:
    table = pa.table(
        {"labeling_set_id": [0, 0], "label": [1, 1], "id": ["7", "10"], "size": ["1.5", ""]}
    )
    records = Records(
        pa.table({"id": [10, 7], "size": pa.array([None, 1.5])}), "id", {"size": Kind.NUMBER}
    )

    labels = Labels.of(table).bound(records)

    assert triples(labels.pairs(records)) == [(0, 1, True)]
    assert labels.report.differing == 0


def test_small_and_large_sets_are_reported() -> None:
    rows = [("big", "A", f"k{i}") for i in range(51)]

    report = labelled(("one", "A", "a"), *rows).report

    assert report.single == ("one",)
    assert report.large == ("big",)


def test_a_set_too_large_to_be_meant_is_an_error() -> None:
    keys = [f"k{i}" for i in range(5_001)]
    labels = labelled(*[("all", "A", key) for key in keys])

    with pytest.raises(LabelFileError, match="set 'all' holds 5,001 rows"):
        labels.pairs(people(*keys))


@pytest.mark.parametrize(
    ("rows", "ready"),
    [
        ([("1", "A", "a"), ("1", "A", "b")], False),
        ([("1", "A", "a"), ("1", "B", "b")], False),
        ([("1", "A", "a"), ("2", "A", "b")], False),
        ([("1", "A", "a"), ("1", "A", "b"), ("2", "A", "c"), ("2", "B", "d")], True),
    ],
)
def test_labels_are_ready_with_one_match_and_one_that_is_none(rows: list[Row], ready: bool) -> None:
    assert labelled(*rows).is_ready is ready


few = st.text("abc", min_size=1, max_size=1)
some_rows = st.lists(st.tuples(few, st.sampled_from("AB"), few), min_size=1, max_size=20)


@given(some_rows)
def test_pairs_are_what_two_loops_would_find(rows: list[Row]) -> None:
    records = people("c", "a", "b")
    where = {"c": 0, "a": 1, "b": 2}
    latest = {(one, key): label for one, label, key in rows}
    expected = sorted(
        (*sorted((where[key], where[other])), label == other_label)
        for ((one, key), label), ((another, other), other_label) in combinations(latest.items(), 2)
        if one == another
    )

    assert sorted(triples(labelled(*rows).pairs(records))) == expected


def told_apart(old: list[Row], new: list[Row]) -> list[Row]:
    """Name the new sets as a person would who looks at one set after the other."""
    sets: dict[str, set[str]] = {}
    for one, _, key in old:
        sets.setdefault(one, set()).add(key)
    named = {}
    for one in {one for one, _, _ in new}:
        keys = {key for other, _, key in new if other == one}
        named[one] = one if not sets.get(one) or sets[one] & keys else f"{one} (2)"
    return [*old, *((named[one], label, key) for one, label, key in new)]


@given(some_rows, some_rows)
def test_merging_keeps_one_row_per_set_and_key_with_the_latest_label(
    old: list[Row], new: list[Row]
) -> None:
    both = as_rows(labelled(*old).merged(labelled(*new)))

    expected = {(one, key): label for one, label, key in told_apart(old, new)}
    assert {(one, key): label for one, label, key in both} == expected
    assert len(both) == len(expected)
    assert as_rows(labelled(*both).merged(labelled(*new))) == both


def test_a_set_of_other_rows_is_another_set_whatever_its_id() -> None:
    old = labelled(("0", "A", "a"), ("0", "A", "b"), ("1", "A", "c"), ("1", "B", "d"))
    new = labelled(("0", "A", "e"), ("0", "B", "f"), ("1", "A", "d"), ("1", "A", "c"))

    both = old.merged(new)

    assert both.set_ids.to_pylist() == ["0", "0", "1", "1", "0 (2)", "0 (2)"]
    assert triples(both.pairs(people(*"abcdef"))) == [(0, 1, True), (2, 3, True), (4, 5, False)]
    assert "1 set has the id of a set of other rows" in str(both.report)
    assert both.merged(new).set_ids.equals(both.set_ids)


def test_each_further_set_of_the_same_id_is_one_of_its_own() -> None:
    both = labelled(("0", "A", "a"))
    for key in "bcbd":
        both = both.merged(labelled(("0", "A", key)))

    assert as_rows(both) == [
        ("0", "A", "a"), ("0 (2)", "A", "b"), ("0 (3)", "A", "c"), ("0 (4)", "A", "d"),
    ]  # fmt: skip


def test_without_a_key_a_set_is_known_by_its_whole_rows() -> None:
    old = labelled(("0", "A", "a"), ("0", "A", "b"), key=None)

    other = old.merged(labelled(("0", "A", "c"), ("0", "A", "d"), key=None))
    again = old.merged(labelled(("0", "A", "b"), ("0", "B", "c"), key=None))

    assert other.n_sets == 2
    assert again.n_sets == 1


def test_a_set_answered_in_two_halves_stays_one_set() -> None:
    first = labelled(("0", "A", "a"), ("0", "A", "b"), ("0", "", "c"), ("0", "", "d"))
    second = labelled(("0", "", "a"), ("0", "", "b"), ("0", "A", "c"), ("0", "B", "d"))

    assert first.merged(second).n_sets == 1


@pytest.mark.parametrize("name", ["03-0123456789", "audit-0123abcd-0001", "pair-0123456789"])
def test_ids_made_of_keys_name_the_same_set_in_every_file(name: str) -> None:
    both = labelled((name, "A", "a")).merged(labelled((name, "A", "b")))

    assert both.set_ids.to_pylist() == [name, name]


def test_sets_that_share_few_of_their_rows_become_one_with_a_word() -> None:
    old = labelled(*[("0", "A", key) for key in "abcd"])

    both = old.merged(labelled(*[("0", "B", key) for key in "dxyz"]))

    assert both.n_sets == 1
    assert "1 set shares only some of its rows" in str(both.report)


def test_keys_that_differ_by_spaces_are_two_records() -> None:
    labels = labelled(("1", "A", "49"), ("1", "B", " 49"), ("1", "A", "x"))

    assert triples(labels.pairs(people("49", " 49", "x"))) == [
        (0, 1, False), (0, 2, True), (1, 2, False),
    ]  # fmt: skip
    assert labels.report.replaced == 0


def test_a_whole_number_and_the_same_with_decimals_are_one_label() -> None:
    labels = labelled(
        ("1", "1", "a"), ("1", "1.0", "b"), ("1", "2,0", "c"),
        ("2", "1.0", "a"), ("2", "x", "b"),
    )  # fmt: skip

    assert triples(labels.pairs(people("a", "b", "c"))) == [
        (0, 1, True), (0, 2, False), (1, 2, False), (0, 1, False),
    ]  # fmt: skip
    assert labels.labels.to_pylist() == ["1", "1", "2", "1.0", "x"]
    assert "1 set writes a label as 1 and as 1.0, which were taken as one: '1'" in str(
        labels.report
    )


def test_a_header_among_the_rows_is_left_out_and_begins_another_file() -> None:
    rows = [("0", "A", "a"), ("1", "A", "b"), ("0", "A", "c"), ("1", "A", "d")]
    for name in ("labeling_set_id", "\ufefflabeling_set_id"):
        sets, labels, keys = zip(*rows[:2], (name, "label", "id"), *rows[2:], strict=True)

        read = Labels.of(
            pa.table({"labeling_set_id": list(sets), "label": list(labels), "id": list(keys)})
        )

        assert read.set_ids.to_pylist() == ["0", "1", "0 (2)", "1 (2)"]
        assert "1 header among the rows was left out" in str(read.report)


def test_a_header_on_each_page_begins_no_other_file() -> None:
    header = ("labeling_set_id", "label", "id")
    rows = [("0", "A", "a"), ("1", "A", "b"), header, ("1", "B", "c"), header, ("2", "A", "d")]
    sets, labels, keys = zip(*rows, strict=True)

    read = Labels.of(
        pa.table({"labeling_set_id": list(sets), "label": list(labels), "id": list(keys)})
    )

    assert read.set_ids.to_pylist() == ["0", "1", "1", "2"]


def test_a_header_among_the_rows_in_another_order_is_refused() -> None:
    table = pa.table(
        {"labeling_set_id": ["0", "label"], "label": ["A", "labeling_set_id"], "id": ["a", "id"]}
    )

    with pytest.raises(LabelFileError, match="a header among the rows has the columns in another"):
        Labels.of(table, key="id")


def test_a_pair_of_an_audit_teaches_nothing_where_it_meets_again_in_another_set() -> None:
    records = people("a", "b", "c")
    labels = labelled(
        ("s", "x", "a"), ("s", "x", "b"), ("s", "y", "c"),
        ("audit-0123abcd-0001", "1", "b"), ("audit-0123abcd-0001", "1", "a"),
    )  # fmt: skip

    assert triples(labels.pairs(records)) == [(0, 2, False), (1, 2, False)]
    assert triples(labels.pairs(records, audit=True)) == [(0, 1, True)]


def test_labels_with_results_of_a_run_join_labels_without() -> None:
    bare = labelled(("s", "A", "1"), ("s", "A", "2"))
    table = bare.table().append_column("match_id", pa.array([7, 7]))
    results = Labels.of(table, key="id")
    records = people("1", "2")
    matched = replace(records, table=records.table.append_column("match_id", pa.array([0, 0])))

    for labels in (bare, results, bare.merged(results), results.merged(bare)):
        for one in (records, matched):
            bound = labels.bound(one)

            assert triples(bound.pairs(one)) == [(0, 1, True)]
            assert bound.report.differing == 0
