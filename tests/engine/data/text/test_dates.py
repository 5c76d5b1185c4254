from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.text import NO_DATE, Precision, parse_dates

EPOCH = dt.date(1970, 1, 1)
days = st.dates(dt.date(1000, 1, 1), dt.date(2999, 12, 31))


def read(text: str | None) -> tuple[str | None, int]:
    dates = parse_dates(pa.array([text], pa.string()))
    found = None if dates.days[0] == NO_DATE else str(EPOCH + dt.timedelta(int(dates.days[0])))
    return found, int(dates.precision[0])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-01-31", "2020-01-31"),
        ("2020-01-31T10:00:00Z", "2020-01-31"),
        ("2020-01-31 10:00:00+02:00", "2020-01-31"),
        ("20200131", "2020-01-31"),
        ("31012020", "2020-01-31"),
        ("20200131101010", "2020-01-31"),
        ("31.12.2020", "2020-12-31"),
        ("12/25/99", "1999-12-25"),
        ("1/2/2020", "2020-02-01"),
        ("5 January 2020", "2020-01-05"),
        ("Jan 5, 2020", "2020-01-05"),
        ("Sunday, 3rd of May 1998", "1998-05-03"),
        ("24. März 1971", "1971-03-24"),
        ("24 août 1971", "1971-08-24"),
        ("2020年1月31日", "2020-01-31"),
        ("2020年5月3日（日）", "2020-05-03"),
        ("2020년 1월 31일", "2020-01-31"),
        ("9 października 1985", "1985-10-09"),
        ("12. května 1980", "1980-05-12"),
        ("12 Şubat 1980", "1980-02-12"),
        ("12 AĞUSTOS 1980", "1980-08-12"),
        ("1980. május 12.", "1980-05-12"),
        ("12 lokakuuta 1980", "1980-10-12"),
        ("5 Августа 1980 г.", "1980-08-05"),
        ("5 травня 1980 р.", "1980-05-05"),
        ("5 Αυγούστου 1980", "1980-08-05"),
        ("٣ مايو ١٩٨٠", "1980-05-03"),
        ("ngày 5 tháng 8 năm 1980", "1980-08-05"),
        ("12\u20105\u20101980", "1980-05-12"),
        ("99-12-31", "1999-12-31"),
    ],
)
def test_reads_days_as_people_write_them(text: str, day: str) -> None:
    assert read(text) == (day, Precision.DAY)


@pytest.mark.parametrize("text", ["1995", "1995,", "(1995).", "c. 1995", "1995-96"])
def test_reads_a_year_alone(text: str) -> None:
    assert read(text) == ("1995-01-01", Precision.YEAR)


@pytest.mark.parametrize("text", ["June 1995", "1995-06", "06/1995"])
def test_reads_a_month(text: str) -> None:
    assert read(text) == ("1995-06-01", Precision.MONTH)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "19711341",
        "2019-02-29",
        "12345",
        "hello 1995",
        "10:30",
        "97",
        None,
        "5 слов 1980",
        "昭和55年5月3日",
        "5 listopada 1980",
    ],
)
def test_finds_no_date_where_there_is_none(text: str | None) -> None:
    assert read(text) == (None, Precision.NONE)


@given(days, st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d %B %Y", "%b %d, %Y", "%Y/%m/%d"]))
def test_reads_back_what_python_writes(day: dt.date, form: str) -> None:
    assert read(day.strftime(form)) == (str(day), Precision.DAY)


@given(days)
def test_dates_and_timestamps_are_taken_as_they_are(day: dt.date) -> None:
    column = pa.array([day, None], pa.date32())
    expected = (day - EPOCH).days

    assert parse_dates(column).days.tolist() == [expected, NO_DATE]
    assert parse_dates(column.cast(pa.timestamp("s"))).days.tolist() == [expected, NO_DATE]
    assert parse_dates(column).years().tolist() == [day.year, 0]


@given(st.lists(st.none() | st.text(max_size=12), max_size=20))
def test_reads_any_text_without_harm(values: list[str | None]) -> None:
    dates = parse_dates(pa.array(values, pa.string()))

    assert len(dates) == len(values)
    assert ((dates.days == NO_DATE) == ~dates.has_date).all()


def test_the_column_says_whether_the_day_or_the_month_stands_first() -> None:
    month_first = parse_dates(pa.array(["12/31/2020", "3/4/2020"]))
    day_first = parse_dates(pa.array(["31/12/2020", "3/4/2020"]))

    assert [d.astype("datetime64[D]").astype(str).tolist() for d in (month_first.days[1:],)] == [
        ["2020-03-04"]
    ]
    assert str(np.datetime64(int(day_first.days[1]), "D")) == "2020-04-03"


def test_two_digits_are_a_year_among_years() -> None:
    assert parse_dates(pa.array(["1997", "'97", "03"])).years().tolist() == [1997, 1997, 2003]
    assert parse_dates(pa.array(["17", "97", "03"])).years().tolist() == [0, 0, 0]


def test_whole_numbers_are_dates_too() -> None:
    assert parse_dates(pa.array([19710624, 1995])).years().tolist() == [1971, 1995]
    assert parse_dates(pa.array([1995.0, float("nan"), None])).years().tolist() == [1995, 0, 0]


def iso(days: np.ndarray) -> list[str]:
    return [str(np.datetime64(int(day), "D")) for day in days]


def test_each_source_has_an_order_of_its_own() -> None:
    values = pa.array(["31/12/1980", "05/06/1980", "12/31/1980", "06/05/1980"])

    dates = parse_dates(values, np.array([0, 0, 1, 1], np.int32))

    assert iso(dates.days) == ["1980-12-31", "1980-06-05"] * 2
    assert len(dates.other) == 0


def test_a_source_that_shows_no_order_keeps_both_readings() -> None:
    values = pa.array(["31/12/1980", "05/06/1980", "06/05/1980", "07/07/1980", "1980-05-06"])

    dates = parse_dates(values, np.array([0, 0, 1, 1, 1], np.int32))

    assert iso(dates.days[2:]) == ["1980-05-06", "1980-07-07", "1980-05-06"]
    assert iso(dates.other[2:3]) == ["1980-06-05"]
    assert (dates.other[[0, 1, 3, 4]] == NO_DATE).all()


def test_a_column_written_in_both_orders_keeps_both_readings() -> None:
    mixed = ["31/12/1980", "12/31/1980", "05/06/1980"]
    slip = [*(f"{day}/12/1980" for day in range(13, 31)), "12/31/1980", "05/06/1980"]

    assert iso(parse_dates(pa.array(mixed)).other[2:]) == ["1980-05-06"]
    assert len(parse_dates(pa.array(slip)).other) == 0


def test_serial_numbers_of_a_spreadsheet_are_dates_among_dates() -> None:
    written = ["1970-01-02", "12 Mar 1980", "19800312", "09.09.82", "1990-05-05"]

    dates = parse_dates(pa.array([*written, "29221", "33000.0", "65000", "12345678901"]))

    assert iso(dates.days[5:7]) == ["1980-01-01", "1990-05-07"]
    assert not dates.has_date[7:].any()


def test_numbers_of_five_digits_alone_are_dates_only_if_the_column_is_known_to_hold_dates() -> None:
    numbers = pa.array(["29221", "33000", "30111"])

    assert not parse_dates(numbers).has_date.any()
    assert iso(parse_dates(numbers, are_dates=True).days[:1]) == ["1980-01-01"]
