"""What is derived from distinct values is what a look at every record finds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.distinct import numbered_values
from matchloop.data.records import Kind, Records
from matchloop.data.text import encode, folded_text
from matchloop.data.views import Views

WRITTEN = ["Ann", "ANN ", "ann-marie", "Müller", "MÃ¼ller", "na", "n/a", "", "???", "李 明", None]
columns = st.lists(st.sampled_from(WRITTEN) | st.text(max_size=6), min_size=1, max_size=30)


def views_of(values: list[str | None], kind: Kind = Kind.NAME) -> Views:
    keys = [str(row) for row in range(len(values))]
    table = pa.table({"id": keys, "c": pa.array(values, pa.string())})
    return Views(Records(table, "id", {"c": kind}))


@given(columns, st.sampled_from(list(Kind)))
def test_folded_values_are_those_of_each_record(values: list[str | None], kind: Kind) -> None:
    views = views_of(values, kind)
    written = pa.array(values, pa.string())

    if kind in (Kind.NAME, Kind.TEXT, Kind.CATEGORY):  # other kinds may be spelt in one way
        assert views.folded("c").to_pylist() == folded_text(written).to_pylist()
    folded = views.folded("c")
    assert views.present("c").tolist() == folded.is_valid().to_pylist()
    assert views.distinct("c").hashes().tolist() == encode(folded).hashes().tolist()
    assert views.distinct("c").characters == sum(len(text or "") for text in folded.to_pylist())


@given(columns)
def test_values_are_numbered_by_first_appearance_and_a_null_comes_last(
    values: list[str | None],
) -> None:
    distinct, number, counts = numbered_values(pa.array(values, pa.string()))

    present: list[str | None] = [value for value in dict.fromkeys(values) if value is not None]
    expected = [*present, None] if None in values else present
    assert distinct.to_pylist() == expected
    assert [expected[at] for at in number] == values
    assert counts.tolist() == [values.count(value) for value in expected]


@given(columns)
def test_words_of_records_are_those_of_their_values(values: list[str | None]) -> None:
    views = views_of(values)
    by_record = views.words("c")

    for row, text in enumerate(views.folded("c").to_pylist()):
        tokens = by_record.ids[by_record.indptr[row] : by_record.indptr[row + 1]]
        assert len(tokens) >= (text is not None)
    counted = np.bincount(by_record.ids, minlength=len(by_record.hashes))
    assert by_record.frequency.tolist() == counted.tolist()
    assert views.words().frequency.tolist() == counted.tolist()  # the only column is the record


@given(columns)
def test_the_first_record_with_each_value_is_found(values: list[str | None]) -> None:
    distinct = views_of(values).distinct("c")

    expected = [int(np.argmax(distinct.number == value)) for value in range(len(distinct.counts))]
    assert distinct.first.tolist() == expected
