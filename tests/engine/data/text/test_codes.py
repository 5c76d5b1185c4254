from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.text import Strings, encode

columns = st.lists(st.none() | st.text(max_size=20), max_size=20)


def decoded(strings: Strings) -> list[str]:
    return [
        "".join(map(chr, strings.points[strings.codes[start:stop]]))
        for start, stop in zip(strings.offsets[:-1], strings.offsets[1:], strict=True)
    ]


@given(columns)
def test_codes_stand_for_their_characters(values: list[str | None]) -> None:
    strings = encode(pa.array(values, pa.string()))

    assert decoded(strings) == [value or "" for value in values]
    assert all(code < strings.alphabet for code in strings.codes)


@given(columns, st.integers(0, 3))
def test_a_slice_is_coded_like_the_values_it_holds(values: list[str | None], front: int) -> None:
    column = pa.array(["front", "é", "x"][:front] + values, pa.string()).slice(front)

    assert decoded(encode(column)) == [value or "" for value in values]


@given(columns)
def test_ascii_characters_keep_their_number(values: list[str | None]) -> None:
    strings = encode(pa.array(values, pa.string()))

    assert (strings.points[: min(128, strings.alphabet)] == np.arange(128)).all()


def test_scripts_without_spaces_are_marked() -> None:
    strings = encode(pa.array(["東京 タワー กรุงเทพ москва tower"]))
    marked = {chr(point) for point in strings.points[strings.unspaced]}

    assert marked == set("東京タワーกรุงเทพ") - {"ー"} | ({"ー"} & marked)
    assert not marked & set("москваtower ")


def test_more_characters_than_codes_share_the_rare_ones() -> None:
    many = (
        "".join(chr(c) for c in range(0x4E00, 0x9000))
        + "".join(chr(c) for c in range(0x20000, 0x2A000))
        + "".join(chr(c) for c in range(0xAC00, 0xD7A3))
    )
    strings = encode(pa.array([many]))

    assert len(strings.codes) == len(many)
    assert strings.codes.dtype == np.uint16
    assert strings.alphabet == 65_536
