from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import LabelingSet, by_likeness
from matchloop.data.io import read_records
from matchloop.data.records import Records

PEOPLE = Path(__file__).parents[4] / "data" / "people.csv"


def table(names: list[str | None], keys: list[str] | None = None) -> Records:
    keys = keys or [f"k{number:03d}" for number in range(len(names))]
    columns = {"id": pa.array(keys), "name": pa.array(names, pa.string())}
    return read_records(pa.table(columns), key="id", kinds={"name": "text"})


def shown(records: Records, rows: list[int] | None = None) -> list[str]:
    """Keys in the order in which a person sees them."""
    chosen = np.arange(len(records)) if rows is None else np.array(rows)
    ordered = by_likeness(records, chosen.astype(np.int32))
    return list(records.keys.take(pa.array(ordered)).to_pylist())


def test_rows_of_similar_text_are_adjacent() -> None:
    records = table(["ann lee", "bo chang", "anne leigh", "cy dumont", "chang, bo", "CY DUMOND"])

    place = {key: number for number, key in enumerate(shown(records))}

    for one, other in (("k000", "k002"), ("k001", "k004"), ("k003", "k005")):
        assert abs(place[one] - place[other]) == 1


@given(
    st.lists(st.text(max_size=12) | st.none(), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
)
def test_the_order_depends_neither_on_the_order_of_the_table_nor_on_that_of_the_set(
    names: list[str | None], random: np.random.Generator
) -> None:
    names = [*names, "a text in every table"]
    numbers = list(range(len(names)))
    random.shuffle(numbers)
    keys = [f"k{number:03d}" for number in range(len(names))]
    moved = table([names[number] for number in numbers], [keys[number] for number in numbers])

    expected = shown(table(names))

    assert sorted(expected) == keys
    assert shown(moved) == expected
    assert shown(table(names), numbers) == expected


def test_the_first_of_two_rows_is_the_first_by_text() -> None:
    records = table(["zoe", "adam"])

    assert shown(records, [0, 1]) == shown(records, [1, 0]) == ["k001", "k000"]


def test_equal_rows_are_ordered_by_key() -> None:
    records = table(["same", "same", "other", "same"], ["c", "a", "x", "b"])

    assert [key for key in shown(records) if key != "x"] == ["a", "b", "c"]


def test_empty_rows_stand_together() -> None:
    records = table([None, "ann lee", "", "anne lee", None])

    place = {key: number for number, key in enumerate(shown(records))}

    empty = sorted(place[key] for key in ("k000", "k002", "k004"))
    assert empty in ([0, 1, 2], [2, 3, 4])


@pytest.mark.parametrize(
    ("one", "other", "third"),
    [
        ("北京市朝阳区建国路", "北京市朝阳区建国路甲", "上海市浦东新区"),
        ("محمد علي حسن", "محمد على حسن", "فاطمة الزهراء"),
        ("Иван Петров", "Петров Иван", "Ольга Смирнова"),
        ("राम कुमार", "रामकुमार", "सीता देवी"),
    ],
)
def test_scripts_other_than_latin_are_compared_too(one: str, other: str, third: str) -> None:
    place = {key: number for number, key in enumerate(shown(table([one, third, "x y", other])))}

    assert abs(place["k000"] - place["k003"]) == 1


def test_long_texts_are_compared_by_their_first_4000_characters() -> None:
    begins = "".join(np.random.default_rng(0).choice(list("abcde "), 3_999))
    alike = table([f"{begins}.{tail}" for tail in ("zoe", "yan", "adam")])
    unlike = table([f"{begins}{tail}" for tail in ("z", "y", "a")])

    assert shown(alike) == ["k000", "k001", "k002"]  # as equal rows are, by key
    assert shown(unlike)[0] == "k002"


def test_more_than_500_rows_are_sorted_by_their_text_and_not_compared_in_pairs() -> None:
    numbers = np.random.default_rng(0).integers(0, 10**9, 501)
    by_text = [f"k{row:03d}" for row in np.argsort(numbers)]

    records = table([f"{number:09d}" for number in numbers])

    assert shown(records) == by_text
    assert shown(records, list(range(500))) != [key for key in by_text if key != "k500"]


@pytest.mark.parametrize("rows", [2, 10])
def test_questions_are_in_the_order_of_their_text_whatever_the_model(rows: int) -> None:
    records = read_records(PEOPLE, key="id")
    loop = LabelingLoop(records)

    untaught = loop.ask(sets=3, rows=rows)
    answers = [str(number // 2) for number in range(len(untaught))]
    loop.learn(untaught.answered(answers))
    taught = loop.ask(sets=3, rows=rows)

    for one in (*untaught.sets, *taught.sets):
        assert one.tolist() == by_likeness(records, np.sort(one)).tolist()


def test_a_file_of_questions_has_no_columns_but_those_of_the_table() -> None:
    records = read_records(PEOPLE, key="id")
    loop = LabelingLoop(records)
    asked: LabelingSet = loop.ask(sets=2)
    loop.learn(asked.answered([str(number // 2) for number in range(len(asked))]))

    names = loop.ask(sets=2).to_table().column_names

    assert names == ["labeling_set_id", "label", *records.table.column_names]
