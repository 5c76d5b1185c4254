from __future__ import annotations

import pyarrow as pa
import pytest

from matchloop.data.text.phones import parse_phones

USUAL = [f"({area}) 555-0{number}" for area in (225, 282, 319) for number in (142, 177, 190)]


def numbers(*values: str | None) -> list[int]:
    return list(parse_phones(pa.array([*values, *USUAL], pa.string()))[: len(values)])


@pytest.mark.parametrize(
    "spelling",
    ["+1 (225) 810-3325", "0012258103325", "001 225 810 3325", "1-225-810-3325", "12258103325"]
    + ["225.810.3325", "tel. 225 810 3325", "225 810 3325 ext. 12", "225/8103325x4"],
)
def test_a_number_is_the_same_with_and_without_its_country_code(spelling: str) -> None:
    assert numbers(spelling, "2258103325") == [12258103325, 12258103325]


@pytest.mark.parametrize("spelling", ["+49 30 1234567", "+49 (0)30 1234567", "004930/1234567"])
def test_the_zero_of_national_calls_is_no_part_of_a_number(spelling: str) -> None:
    assert numbers(spelling, "030 1234567") == [1301234567, 1301234567]


@pytest.mark.parametrize("spelling", ["8 (935) 230-64-90", "89352306490", "7 935 230 64 90"])
def test_the_eight_of_russian_calls_is_no_part_of_a_number(spelling: str) -> None:
    first, second = numbers(spelling, "+7 935 2306490")

    assert first == second == 19352306490


def test_an_eight_belongs_to_the_number_where_no_number_is_russian() -> None:
    _, second = numbers("+1 225 810 3325", "8 (935) 230-64-90")

    assert second == 189352306490


def test_other_numbers_differ_and_what_is_no_number_is_none() -> None:
    first, second, *others = numbers("225 810 3325", "225 810 3326", None, "none", "12345")

    assert first != second
    assert others == [0, 0, 0]


def test_codes_of_plain_digits_are_no_phone_numbers() -> None:
    assert not parse_phones(pa.array(["0012345678905", "012345678905", "4006381333931"])).any()
