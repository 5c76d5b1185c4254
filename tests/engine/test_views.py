from __future__ import annotations

import numpy as np
import pyarrow as pa

import matchloop as ml
from matchloop.records import Kind, Records
from matchloop.views import Views

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
    assert [note.split(" was ")[0] for note in views.notes()] == [
        '"0" in price',
        '"1900-01-01" in born',
    ]
    assert (views.present("price") == (rows % 4 != 0)).all()
    assert (np.isnan(views.numbers("price")) == (rows % 4 == 0)).all()
    assert (views.dates("born").known == (rows % 5 != 0)).all()
    assert not np.diff(views.words("price").indptr)[::4].any()


def test_what_stands_for_nothing_is_said_with_the_result() -> None:
    records = table(price=["xxx" if row % 4 == 0 else f"{row}.5" for row in range(ROWS)])

    (note,) = ml.Matcher().fit(records).find_matches(records).notes[:1]

    assert note.startswith('"xxx" in price was taken as missing')


def test_a_table_without_stand_ins_is_read_as_it_is() -> None:
    views = Views(table(price=[f"{row}.5" for row in range(ROWS)]))

    assert views.stand_ins == {}
    assert views.notes() == []
    assert views.present("price").all()
