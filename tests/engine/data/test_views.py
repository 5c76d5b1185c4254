from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import matchloop as ml
from matchloop.data.reading_notes import reading_notes
from matchloop.data.records import Kind, Records
from matchloop.data.text import fold
from matchloop.data.views import Views

ROWS = 400


def table(**columns: list[str]) -> Records:
    kinds = {"name": Kind.NAME, "price": Kind.NUMBER, "born": Kind.DATE}
    made = {"key": [str(row) for row in range(ROWS)], "name": [f"{row} ann" for row in range(ROWS)]}
    return Records(pa.table({**made, **columns}), "key", {n: kinds[n] for n in ("name", *columns)})


def test_a_stand_in_is_missing_in_everything_that_is_read_of_a_column() -> None:
    prices = ["0" if row % 4 == 0 else f"{row}.5" for row in range(ROWS)]
    dates = [
        "1900-01-01" if row % 5 == 0 else f"{1950 + row % 60}-{row % 12 + 1:02}-{row % 28 + 1:02}"
        for row in range(ROWS)
    ]
    views = Views(table(price=prices, born=dates))
    rows = np.arange(ROWS)

    assert views.stand_ins == {"price": {"0"}, "born": {"1900 01 01"}}
    assert [note.split(" was ")[0] for note in reading_notes(views)] == [
        '"0" in price',
        '"1900-01-01" in born',
    ]
    assert (views.present("price") == (rows % 4 != 0)).all()
    assert (np.isnan(views.numbers("price")) == (rows % 4 == 0)).all()
    assert (views.dates("born").has_date == (rows % 5 != 0)).all()
    assert not np.diff(views.words("price").indptr)[::4].any()


def test_what_stands_for_nothing_is_said_with_the_result() -> None:
    records = table(price=["xxx" if row % 4 == 0 else f"{row}.5" for row in range(ROWS)])

    (note,) = ml.Matcher().fit(records).find_matches(records).notes[:1]

    assert note.startswith('"xxx" in price was taken as missing')


def test_a_table_without_stand_ins_is_read_as_it_is() -> None:
    views = Views(table(price=[f"{row}.5" for row in range(ROWS)]))

    assert views.stand_ins == {}
    assert reading_notes(views) == []
    assert views.present("price").all()


def read(kind: Kind, values: list[str], sources: list[str] | None = None) -> Views:
    made = {"key": [str(row) for row in range(len(values))], "c": values}
    if sources is not None:
        made["source"] = sources
    table = pa.table(made)
    return Views(Records(table, "key", {"c": kind}, None if sources is None else "source"))


def test_values_that_mean_the_same_have_one_spelling() -> None:
    dates = read(Kind.DATE, ["1980-03-12", "12 Mar 1980", "19800312", "29292", "1980", "soon"])
    weights = read(Kind.NUMBER, ["1 kg", "1000 g", "1.000 kg", "250 g", "2kg", "3 boxes"])
    phones = read(Kind.IDENTIFIER, ["+1 (225) 810-3325", "001 225 8103325", "225.810.3326"])

    assert dates.folded("c").to_pylist() == [*4 * ["1980 03 12"], "1980", "soon"]
    assert weights.folded("c").to_pylist()[0] == weights.folded("c").to_pylist()[1]
    assert weights.folded("c").to_pylist()[5] == "3 boxes"
    assert phones.folded("c").to_pylist() == ["2258103325", "2258103325", "2258103326"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.DATE, ["12/03/1980", "31/12/1981", "1980", "3.80"]),
        (Kind.DATE, ["2020-01-31 10:00:00", "2020-01-31 11:00:00", "2020-01-31 11:30:00"]),
        (Kind.NUMBER, ["12.50", "7.99", "12.50", "100"]),
        (Kind.IDENTIFIER, ["225 810 3325", "225 810 3326", "0225 810 332"]),
    ],
)
def test_a_column_written_in_one_way_is_read_as_it_is(kind: Kind, values: list[str]) -> None:
    assert read(kind, values).folded("c").to_pylist() == [fold(value) for value in values]


def test_two_orders_of_dates_are_named() -> None:
    days = ["31/12/1980", "05/06/1980", "12/31/1980", "06/05/1980"]

    (note,) = reading_notes(read(Kind.DATE, days, ["a", "a", "b", "b"]))

    assert note == "dates in c were read day first in a, month first in b"


def test_dates_of_unknown_order_are_counted() -> None:
    days = ["31/12/1980", "05/06/1980", "04/03/1980", "06/05/1980"]

    (note,) = reading_notes(read(Kind.DATE, days, ["a", "a", "b", "b"]))

    assert note.startswith("2 dates in c may be read day first or month first")
