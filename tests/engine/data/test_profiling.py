"""A profile says what was understood of a table, and which of its values look wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

import matchloop as ml
from matchloop.data.profiling import ColumnProfile, Profile, profile_table

DAYS = [f"{day:02d}.{month:02d}.2021" for month in range(1, 7) for day in (3, 14, 25)]


def profiled(**columns: Sequence[object]) -> Profile:
    rows = max(len(values) for values in columns.values())
    table = pa.table({"id": list(range(rows)), **columns})
    return profile_table(ml.read_records(table, key="id"))


def column(profile: Profile, name: str) -> ColumnProfile:
    return next(one for one in profile.columns if one.name == name)


def reasons(profile: Profile, name: str) -> dict[str, int]:
    return {odd.reason: odd.rows for odd in column(profile, name).odd}


def test_rows_gaps_and_values_are_counted() -> None:
    profile = profiled(city=["Bath", "Bath", "York", None, " ", "n/a"], name=list("abcdef"))
    city = column(profile, "city")

    assert profile.rows == 6
    assert [one.role for one in profile.columns] == ["key", "compared", "compared"]
    assert (city.missing, city.distinct) == (2, 2)
    assert [(one.value, one.rows) for one in city.top] == [("Bath", 2), ("York", 1)]
    assert [(one.value, one.rows) for one in city.placeholders] == [("n/a", 1)]


def test_a_stand_in_of_the_table_is_no_value() -> None:
    born = [f"{day:02d}/{month:02d}/19{50 + day}" for month in range(1, 9) for day in range(1, 29)]
    names = [f"{chr(97 + row % 26)}{chr(97 + row // 26)}x Person" for row in range(len(born) + 60)]
    profile = profiled(born=[*born, *["01/01/1900"] * 60], name=names)

    assert [(one.value, one.rows) for one in column(profile, "born").stand_ins] == [
        ("01/01/1900", 60)
    ]
    assert "01/01/1900" not in [one.value for one in column(profile, "born").top]


def test_numbers_that_are_none_or_far_away_are_odd() -> None:
    prices = [f"{price},50" for price in range(90)]
    profile = profiled(price=[*prices, "9.999.999,00", "-3,20", "free"])

    assert reasons(profile, "price") == {
        "no number": 1,
        "far from the other numbers": 1,
        "below zero": 1,
    }
    assert column(profile, "price").low == "-3,20"
    assert column(profile, "price").high == "9.999.999,00"


def test_mixed_date_orders_are_counted() -> None:
    american = ["01/25/2021", "02/14/2021", "03/31/2021"]
    dates = column(profiled(day=[*DAYS, *american, "soon"]), "day").dates

    assert dates is not None
    assert dates.is_mixed
    assert (dates.day_first, dates.month_first, dates.either) == (12, 3, 6)


def test_dates_of_one_order_are_not_mixed() -> None:
    dates = column(profiled(day=DAYS), "day").dates

    assert dates is not None
    assert not dates.is_mixed


def test_damaged_text_is_odd_and_named_by_its_record() -> None:
    names = ["Ann Lee", "MÃ¼ller", "Tom\x07", " Zed", "Bo<br>Fox", "Cy \ufffd\ufffd Day", "Di Roe"]
    profile = profiled(name=names)

    assert reasons(profile, "name") == {
        "wrong encoding": 1,
        "lost characters": 1,
        "control characters": 1,
        "HTML": 1,
        "spaces around": 1,
    }
    assert column(profile, "name").odd[0].examples == ((2, "MÃ¼ller"),)


def test_right_text_is_not_odd() -> None:
    names = ["São João", "Ärzte & Co", "Côte d’Azur", "a < b", "Größe", "Ångström", "why?", "A??"]

    assert reasons(profiled(name=names), "name") == {}


def test_a_rare_spelling_of_a_category_is_odd() -> None:
    profile = profiled(city=["Bath"] * 60 + ["York"] * 60 + ["BATH"])

    assert reasons(profile, "city") == {"another spelling of a more frequent value": 1}


def test_a_code_of_another_length_is_odd() -> None:
    codes = [f"KX{number:05d}" for number in range(0, 90_000, 1_001)]
    profile = profiled(code=[*codes, "KX12"], name=[f"n {n}" for n in range(len(codes) + 1)])

    assert reasons(profile, "code") == {"another length than 7 characters": 1}
