from __future__ import annotations

import pyarrow as pa
import pytest

from matchloop.text import encode, fold_array
from matchloop.text.pieces import Pieces, pieces


def cut(*values: str | None) -> Pieces:
    return pieces(encode(fold_array(pa.array(values, pa.string()))))


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
    return cut_values.ids[start:stop].tolist()


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


def test_neighbours_are_known_as_the_word_that_they_are_together() -> None:
    found = cut("video studio", "videostudio", "video camera")

    assert found.joined[0] == ids(found, 1)[0]
    assert (found.joined[1:] == -1).all()


def test_a_missing_value_has_no_pieces() -> None:
    assert cut(None, "a").indptr.tolist() == [0, 0, 1]
