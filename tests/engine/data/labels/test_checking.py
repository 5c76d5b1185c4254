"""Labels that would be taken for something else than what was meant are refused by every reader."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.labels import Labels
from matchloop.data.labels.checking import check_labels
from matchloop.data.labels.meaning import answer_of
from matchloop.errors import LabelFileError

Row = tuple[str, str, str]


def labelled(*rows: Row, key: str | None = "id") -> Labels:
    sets, labels, keys = zip(*rows, strict=True)
    table = pa.table({"labeling_set_id": list(sets), "label": list(labels), "id": list(keys)})
    return Labels.of(table, key=key)


def blocks(*names: str) -> list[Row]:
    """Return two rows of a set for each name; no key stands twice."""
    return [(name, label, f"{at}{label}") for at, name in enumerate(names) for label in ("A", "B")]


@pytest.mark.parametrize("key", ["id", None])
def test_a_numbering_that_starts_over_with_other_rows_is_refused(key: str | None) -> None:
    labels = labelled(*blocks("0", "1", "2", "0", "1"), key=key)

    with pytest.raises(LabelFileError, match="2 set ids come back with other rows .*'0', '1'"):
        check_labels(labels)


def test_a_numbering_that_starts_over_with_the_same_rows_is_an_answer_given_again() -> None:
    rows = blocks("0", "1", "2")

    check_labels(labelled(*rows, *rows, key=None))


def test_rows_in_another_order_are_still_sets() -> None:
    rows = blocks("0", "1", "2", "3")

    check_labels(labelled(*rows[::2], *rows[1::2]))


@given(st.integers(0, 1_000), st.integers(1, 200))
def test_shuffled_rows_are_still_sets(seed: int, swaps: int) -> None:
    rows = [(name, "A", f"{name}{at}") for name in "0123456789" for at in range(10)]
    rng = np.random.default_rng(seed)
    for one, other in rng.integers(0, len(rows), (swaps, 2)):
        rows[one], rows[other] = rows[other], rows[one]

    check_labels(labelled(*rows))


@pytest.mark.parametrize(
    ("one", "other"), [("a", "A"), ("no 1", "no1"), ("1", "01"), ("ﬁ", "fi"), ("1.0", "1")]
)
def test_labels_of_a_set_that_differ_by_their_form_only_are_refused(one: str, other: str) -> None:
    rows = [("s", one, "a"), ("s", other, "b"), ("s", "z", "c"), ("t", "x", "d")]

    with pytest.raises(LabelFileError, match="set 's' holds the labels .* differ by case"):
        check_labels(labelled(*rows))


def test_labels_of_two_sets_may_differ_by_their_form() -> None:
    check_labels(labelled(("s", "a", "a"), ("s", "b", "b"), ("t", "A", "c"), ("t", "B", "d")))


@pytest.mark.parametrize(
    "labels",
    [
        ["match", "match", "no match", "no match"],
        ["yes", "yes", "No", "No"],
        ["TRUE", "TRUE", "FALSE", "FALSE"],
        ["1", "1", "0", "0"],
        ["1.0", "1.0", "0.0", "0.0"],
        ["yes", "unsure", "no", "no"],
        ["Y", "Y", "N", "N"],
        ["1", "1", "-1", "-1"],
        ["tak", "tak", "nie", "nie"],
        [label for label in "ppppqqqqqq" for _ in range(2)],
    ],
)
def test_answers_on_pairs_are_refused_unless_somebody_says_that_they_are_groups(
    labels: list[str],
) -> None:
    rows = [(f"s{at // 2}", label, f"k{at}") for at, label in enumerate(labels)]

    with pytest.raises(LabelFileError, match="look like answers on .*--labels-are pairs"):
        check_labels(labelled(*rows))
    check_labels(labelled(*rows), "groups")


@pytest.mark.parametrize(
    "labels",
    [
        ["1", "1", "0", "1"],
        ["1", "1", "2", "2"],
        ["0", "0", "0", "0"],
        ["match", "match", "match", "match"],
        ["no", "other", "no", "other"],
        ["a", "a", "a", "b"],
        ["1", "1", "0", "0", "7", "7"],
        ["Y", "Y", "N", "Y"],
        [label for label in "pppqqq" for _ in range(2)],
        [label for label in "ppppppppppqq" for _ in range(2)],
        [label for label in "ppppqqqqqrr" for _ in range(2)],
    ],
)
def test_groups_of_two_rows_are_no_answers(labels: list[str]) -> None:
    check_labels(labelled(*[(f"s{at // 2}", one, f"k{at}") for at, one in enumerate(labels)]))


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("1", True), ("1.0", True), ("0", False), ("-1", False), ("Y", True), ("No match", False),
        ("non-match", False), ("not_a_match", False), ("TRUE", True), ("unsure", None), ("", None),
        ("да", True), ("não", False), ("?", None), ("-", False), ("+", True), ("N/A", None),
    ],
)  # fmt: skip
def test_answers_are_read_in_the_ways_people_write_them(label: str, answer: bool | None) -> None:
    assert answer_of(label) is answer


@pytest.mark.parametrize("doubt", ["?", "??", "-", "n/a", "NaN", "unsure", "don't know", " ? "])
def test_rows_that_nobody_could_judge_have_no_label_and_are_reported(doubt: str) -> None:
    labels = labelled(("s", "a", "1"), ("s", doubt, "2"), ("s", doubt, "3"), ("s", "b", "4"))

    assert labels.values["id"].to_pylist() == ["1", "4"]
    assert labels.report.blank == 2
    told = f"2 rows have {doubt.strip()!r} for a label, which was taken as no answer"
    assert told.replace('"', "'") in [note.replace('"', "'") for note in labels.report.notes]


@pytest.mark.parametrize("mark", ["*", "x", "u", "no", "👍", "na2"])
def test_other_marks_are_labels(mark: str) -> None:
    assert len(labelled(("s", mark, "1"), ("s", mark, "2"), ("s", "b", "3"))) == 3
