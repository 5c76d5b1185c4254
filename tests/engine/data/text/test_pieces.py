from __future__ import annotations

import pyarrow as pa
import pytest

from matchloop.data.text import encode, fold_array
from matchloop.data.text.pieces import Pieces, pieces


def cut(*values: str | None) -> Pieces:
    column = pa.array(values, pa.string())
    return pieces(encode(fold_array(column)), column)


def written(cut_values: Pieces, record: int) -> list[str]:
    codes = cut_values.strings.codes
    start, stop = cut_values.indptr[record : record + 2]
    return [
        "".join(chr(code) for code in codes[first : first + length])
        for first, length in zip(
            cut_values.starts[start:stop], cut_values.lengths[start:stop], strict=True
        )
    ]


def ids(cut_values: Pieces, record: int) -> list[int]:
    start, stop = cut_values.indptr[record : record + 2]
    return [int(number) for number in cut_values.ids[start:stop]]


def test_words_are_cut_where_letters_and_digits_meet() -> None:
    assert written(cut("Audition2 DSC-W120, 64GB"), 0) == [
        *("audition", "2", "dsc", "w", "120", "64", "gb")
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("acme v17", "acme 17"),
        ("acme v 17", "acme 17"),
        ("acme xi", "acme 11"),
        ("acme 007", "acme 7"),
    ],
)
def test_spellings_of_one_number_are_one_piece(one: str, other: str) -> None:
    found = cut(one, other)

    assert ids(found, 0) == ids(found, 1)
    assert found.is_number[ids(found, 0)[-1]]


def test_a_letter_alone_and_a_first_word_are_no_roman_numerals() -> None:
    found = cut("vi editor", "6 editor", "mac os x", "mac os 10")

    assert ids(found, 0) != ids(found, 1)
    assert ids(found, 2) != ids(found, 3)


def test_quantities_are_equal_in_other_units() -> None:
    found = cut("1 kg", "1000 g", "6 x 1kg", "6000 g", "250 g", "1 l", "3 in 1", "12 monkeys")
    quantity = [int(found.quantity[start]) for start in found.indptr[:-1]]

    assert quantity[0] == quantity[1] > 0
    assert quantity[2] == quantity[3] > 0
    assert len(set(quantity[:6])) == 4
    assert quantity[6:] == [0, 0]
    assert found.covers[found.indptr[2]] == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [("oil 0.5 l", "oil 500 ml"), ("oil 6 x 0,75 l", "oil 4.5l"), ("tea 1.05 kg", "tea 1050 g")],
)
def test_decimals_are_part_of_a_quantity(one: str, other: str) -> None:
    found = cut(one, other)

    assert found.quantity[1] == found.quantity[found.indptr[1] + 1] > 0


@pytest.mark.parametrize("value", ["1.000 g", "1.2.50 g", "tea"])
def test_other_marks_are_no_decimals(value: str) -> None:
    assert 500 * 10_000 * 16 + 1 not in cut(value, "500 g").quantity[:-2]
    assert cut(value).covers.max() <= 2


def test_neighbours_are_known_as_the_word_that_they_are_together() -> None:
    found = cut("video studio", "videostudio", "video camera")

    assert found.joined[0] == ids(found, 1)[0]
    assert (found.joined[1:] == -1).all()


def test_a_missing_value_has_no_pieces() -> None:
    assert cut(None, "a").indptr.tolist() == [0, 0, 1]
