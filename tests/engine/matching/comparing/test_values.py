"""What single values are worth: agreement, numbers, dates, places, digits and models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pytest

from engine.matching.comparing.planned import Planned
from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.matching.comparing import BUILTIN

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]
Compare = Callable[..., dict[str, float]]


@pytest.fixture
def compare(make_views: Callable[[Columns], Views]) -> Compare:
    def compare(name: str, kind: Kind, first: str, second: str, *others: str) -> dict[str, float]:
        planned = Planned.of(name, make_views({"c": (kind, [first, second, *others])}))
        out = np.empty((len(planned.measures), 1), np.float32)
        planned.compare(np.zeros(1, np.int32), np.ones(1, np.int32), out)
        return dict(zip(planned.measures, out[:, 0].tolist(), strict=True))

    return compare


def test_a_rare_value_that_agrees_says_more_than_a_common_one(compare: Compare) -> None:
    rare = compare("agreement", Kind.NAME, "Zorn", "ZORN", "smith", "jones", "meier", "li")
    common = compare("agreement", Kind.NAME, "li", "li", "li", "li", "li", "zorn")
    other = compare("agreement", Kind.NAME, "zorn", "li", "li", "li", "li", "li")

    assert 1 > rare["agreement"] > common["agreement"] > 0.5
    assert other["agreement"] == 0


def test_an_initial_begins_the_name(compare: Compare) -> None:
    assert compare("endings", Kind.NAME, "J", "John") == {"start": 1.0}


def test_a_phone_number_is_the_same_with_and_without_the_country(compare: Compare) -> None:
    measured = compare("endings", Kind.IDENTIFIER, "+49 30 123456", "030 123456")

    assert measured == {"start": 1.0, "end": 1.0}


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("$10", "10.00", 1.0),
        ("10", "5", 0.5),
        ("-10", "10", 0.0),
        ("0", "0", 1.0),
        ("1,000", "999", 0.999),
    ],
)
def test_numbers_are_compared_by_size(
    first: str, second: str, ratio: float, compare: Compare
) -> None:
    assert compare("quantity", Kind.NUMBER, first, second)["ratio"] == pytest.approx(ratio)


def test_nearness_is_one_half_at_the_usual_spread(compare: Compare) -> None:
    measured = compare("quantity", Kind.NUMBER, "100", "110", "90", "120", "105")

    assert measured["nearness"] == pytest.approx(1 / (1 + 10 / 5))


@pytest.mark.parametrize(
    ("first", "second", "days", "years", "digits"),
    [
        ("1984-02-25", "25 Feb 1984", 1.0, 1.0, 1.0),
        ("1984-02-25", "1984-03-26", 0.5, 1.0, 0.75),
        ("1984-02-25", "1948-02-25", None, 1 / 37, 7 / 8),
        ("1984-02-05", "1984-05-02", None, 1.0, 7 / 8),
        ("1984-02-25", "1994-02-25", None, 1 / 11, 7 / 8),
    ],
)
def test_dates_are_compared_by_days_years_and_digits(
    first: str, second: str, days: float | None, years: float, digits: float, compare: Compare
) -> None:
    measured = compare("day", Kind.DATE, first, second, "2000-12-31", "1999-10-30", "25.02.1984")

    assert measured["years"] == pytest.approx(years)
    assert measured["digits"] == pytest.approx(digits)
    if days is not None:
        assert measured["days"] == pytest.approx(days)


def test_a_year_alone_is_compared_as_a_year(compare: Compare) -> None:
    measured = compare("day", Kind.DATE, "1984", "1984-02-25", "2000-12-31")

    assert measured["years"] == 1
    assert np.isnan([measured["days"], measured["digits"]]).all()


def test_places_are_compared_by_their_distance_on_the_globe(compare: Compare) -> None:
    berlin_paris = compare("place", Kind.LOCATION, "52.5200, 13.4050", "48.8566, 2.3522")
    same = compare("place", Kind.LOCATION, "52.52, 13.40", "POINT (13.40 52.52)")

    assert 1 / berlin_paris["distance"] - 1 == pytest.approx(878, abs=2)
    assert same["distance"] == pytest.approx(1.0)


def test_words_with_digits_that_conflict_are_zero_and_not_missing(compare: Compare) -> None:
    conflict = compare("digits", Kind.TEXT, "disk 500 gb", "disk 250 gb")
    shared = compare("digits", Kind.TEXT, "disk 500 gb", "disk of 500 gb, usb 2")
    none = compare("digits", Kind.TEXT, "disk", "disk 500 gb")

    assert conflict["digits"] == 0
    assert shared["digits"] == 1
    assert np.isnan(none["digits"])


@pytest.mark.parametrize(
    "second", ["camera DSC-W120", "dscw120/b", "dsc w120 sony", "DSC W 120", "the DSCW-120"]
)
def test_model_numbers_are_found_however_they_are_split(second: str, compare: Compare) -> None:
    others = [f"item {n} x{n}" for n in range(20)]

    assert compare("model", Kind.TEXT, "Sony DSC-W120", second, *others)["model"] > 0.5
    assert compare("model", Kind.TEXT, "Sony DSC-W130", second, *others)["model"] == 0


def test_a_date_of_unknown_order_agrees_a_little_less_than_a_certain_one() -> None:
    born = ["31/12/1980", "05/06/1980", "06/05/1980", "05/06/1980", "09/11/1980", "05/06/1980"]
    table = pa.table({"key": list("abcdef"), "from": list("xxyyyx"), "born": born})
    planned = BUILTIN["day"].plan(Views(Records(table, "key", {"born": Kind.DATE}, "from")), "born")
    out = np.empty((len(planned.measures), 4), np.float32)

    planned.compare(np.full(4, 1, np.int32), np.array([5, 3, 2, 4], np.int32), out)
    days, _, digits = out

    assert days[0] == days[1] == 1  # as both are read first
    assert 1 > days[2] > 0.8 > 0.3 > days[3]
    assert 1 > digits[2] >= 0.875 > digits[3]
